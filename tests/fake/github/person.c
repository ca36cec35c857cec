/*
 * person - what people do in the browser, which is no request of ours
 *
 *	{"as": "bob", "repo": "acme/app", "issue": 3, "do": "close", "reason": "not_planned"}
 *
 * do: create (title, body, labels) edit (title, body) close (reason) reopen label unlabel
 * (label) assign unassign (login) comment (body) edit-comment delete-comment (comment: id)
 * lock unlock delete (hidden: true for 404) convert react (content)
 * transfer (to: "o/r", number: one that was taken from there, new_comments: their ids are others)
 * parent (to: number, 0: none) block unblock (by: number)
 * of the repository: rename (to: "o/r") delete-repo disable-issues enable-issues
 * rename-label (label, to) delete-label (label) role (login, role)
 * of a board (owner, project): move (issue, field, option: name) archive unarchive (issue)
 * board-options (field, options: all are made anew, with new ids, and values are lost)
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "control.h"
#include "store.h"

struct act {
	struct store *s;
	const struct val *from;
	const char *as;
	struct val *repo;
	struct val *issue;	/* NULL where none was named */
};

static const char *
get(const struct act *a, const char *key)
{
	return store_text(a->from, key);
}

static struct val *
repo_named(const struct store *s, const char *full)
{
	char *owner = xstrdup(full), *slash = strchr(owner, '/');
	struct val *repo = NULL;
	bool renamed;

	if (slash) {
		*slash = '\0';
		repo = store_repo(s, owner, slash + 1, &renamed);
	}
	free(owner);
	return repo;
}

static void
do_create(struct act *a)
{
	const struct val *labels = val_get(a->from, "labels");

	a->issue = store_add_issue(a->s, a->repo, a->as, get(a, "title"), val_text(val_get(a->from, "body")));
	for (size_t i = 0; labels && i < labels->n; i++) {
		if (!store_label(a->repo, labels->v[i]->s))
			store_add_label(a->s, a->repo, labels->v[i]->s, NULL, NULL);
		val_push(store_list(a->issue, "labels"), val_copy(labels->v[i]));
	}
}

static void
do_edit(struct act *a)
{
	if (val_get(a->from, "title"))
		store_put(a->issue, "title", get(a, "title"));
	if (val_get(a->from, "body"))
		store_put(a->issue, "body", val_text(val_get(a->from, "body")));
	store_touch(a->s, a->issue);
}

static void
do_close(struct act *a)
{
	store_set_state(a->s, a->issue, "closed", *get(a, "reason") ? get(a, "reason") : NULL, a->as);
}

static void
do_reopen(struct act *a)
{
	store_set_state(a->s, a->issue, "open", NULL, a->as);
}

static void
do_label(struct act *a)
{
	struct val *list = store_list(a->issue, "labels");

	if (!store_label(a->repo, get(a, "label")))
		store_add_label(a->s, a->repo, get(a, "label"), NULL, NULL);
	if (!store_has(list, get(a, "label")))
		val_push(list, val_str(get(a, "label")));
	store_touch(a->s, a->issue);
}

static void
do_unlabel(struct act *a)
{
	store_remove_text(store_list(a->issue, "labels"), get(a, "label"));
	store_touch(a->s, a->issue);
}

static void
do_assign(struct act *a)
{
	store_add_user(a->s, get(a, "login"), NULL);
	if (!store_has(store_list(a->issue, "assignees"), get(a, "login")))
		val_push(store_list(a->issue, "assignees"), val_str(get(a, "login")));
	store_touch(a->s, a->issue);
}

static void
do_unassign(struct act *a)
{
	store_remove_text(store_list(a->issue, "assignees"), get(a, "login"));
	store_touch(a->s, a->issue);
}

static void
do_comment(struct act *a)
{
	struct val *comment = store_add_comment(a->s, a->issue, a->as, get(a, "body"));

	if (val_get(a->from, "association"))
		store_put(comment, "association", get(a, "association"));
}

static void
do_edit_comment(struct act *a)
{
	struct val *comment = store_comment(a->repo, store_int(a->from, "comment"), &a->issue);

	if (!comment)
		return;
	store_put(comment, "body", get(a, "body"));
	store_put_int(comment, "updated_at", store_now(a->s));
	store_touch(a->s, a->issue);
}

static void
do_delete_comment(struct act *a)
{
	struct val *comment = store_comment(a->repo, store_int(a->from, "comment"), &a->issue), *list;

	list = comment ? store_list(a->issue, "comments") : NULL;
	for (size_t i = 0; list && i < list->n; i++)
		if (list->v[i] == comment) {
			store_remove(list, i);
			store_touch(a->s, a->issue);
			break;
		}
}

static void
do_lock(struct act *a)
{
	val_put(a->issue, "locked", val_bool(strcmp(get(a, "do"), "lock") == 0));
	store_touch(a->s, a->issue);
}

static void
do_delete(struct act *a)
{
	store_put(a->issue, "gone", val_truth(val_get(a->from, "hidden"), false) ? "hidden" : "deleted");
}

/* The one that is there already, or that is made. */
static struct val *
arrival(struct act *a, struct val *to)
{
	struct val *back = store_issue(to, store_int(a->from, "number"));

	if (back == NULL)
		return store_add_issue(a->s, to, store_text(a->issue, "user"),
		    store_text(a->issue, "title"), val_text(val_get(a->issue, "body")));
	val_drop(back, "moved");
	store_put(back, "title", store_text(a->issue, "title"));
	store_put(back, "body", val_text(val_get(a->issue, "body")));
	store_touch(a->s, back);
	return back;
}

/* The other repository has it under a new number and a new id, or (number) as before; labels that
 * it does not have are dropped. */
static void
do_transfer(struct act *a)
{
	struct val *to = repo_named(a->s, get(a, "to")), *new, *moved, *labels, *comments;
	static const char *const kept[] = { "labels", "comments", "state", "state_reason", "association" };

	if (!to)
		return;
	new = arrival(a, to);
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		if (val_get(a->issue, kept[i]))
			val_put(new, kept[i], val_copy(val_get(a->issue, kept[i])));
	labels = store_list(new, "labels");
	for (size_t i = labels->n; i-- > 0;)
		if (!store_label(to, val_text(labels->v[i])))
			store_remove(labels, i);
	comments = store_list(new, "comments");
	for (size_t i = 0; i < comments->n && val_truth(val_get(a->from, "new_comments"), false); i++)
		store_put_int(comments->v[i], "id", store_new_id(a->s));
	moved = val_map();
	store_put(moved, "owner", store_text(to, "owner"));
	store_put(moved, "repo", store_text(to, "name"));
	store_put_int(moved, "number", store_int(new, "number"));
	val_put(a->issue, "moved", moved);
	val_put(a->issue, "comments", val_list());
}

static void
do_react(struct act *a)
{
	struct val *reaction = val_map();

	store_put_int(reaction, "id", store_new_id(a->s));
	store_put(reaction, "user", a->as);
	store_put(reaction, "content", get(a, "content"));
	store_put_int(reaction, "created_at", store_now(a->s));
	val_push(store_list(a->issue, "reactions"), reaction);
}

static void
do_parent(struct act *a)
{
	store_set_parent(a->s, a->issue, store_int(store_issue(a->repo, store_int(a->from, "to")), "id"));
}

static void
do_block(struct act *a)
{
	int64_t by = store_int(store_issue(a->repo, store_int(a->from, "by")), "id");

	store_remove_int(store_list(a->issue, "blocked_by"), by);
	if (strcmp(get(a, "do"), "block") == 0)
		val_push(store_list(a->issue, "blocked_by"), val_int(by));
	store_touch(a->s, a->issue);
}

static void
do_rename(struct act *a)
{
	char *former = xasprintf("%s/%s", store_text(a->repo, "owner"), store_text(a->repo, "name"));
	const char *slash = strchr(get(a, "to"), '/');
	char *owner = slash ? xstrndup(get(a, "to"), (size_t)(slash - get(a, "to"))) : NULL;

	val_push(store_list(a->repo, "former"), val_str(former));
	if (owner) {
		store_add_user(a->s, owner, NULL);
		store_put(a->repo, "owner", owner);
	}
	store_put(a->repo, "name", slash ? slash + 1 : get(a, "to"));
	free(owner);
	free(former);
}

static void
do_delete_repo(struct act *a)
{
	struct val *list = val_get(a->s->state, "repos");

	for (size_t i = 0; i < list->n; i++)
		if (list->v[i] == a->repo) {
			store_remove(list, i);
			break;
		}
	a->repo = NULL;
}

static void
do_issues(struct act *a)
{
	val_put(a->repo, "has_issues", val_bool(strcmp(get(a, "do"), "enable-issues") == 0));
}

/* Neither changes the time of an issue. */
static void
do_rename_label(struct act *a)
{
	struct val *label = store_label(a->repo, get(a, "label")), *issues = store_list(a->repo, "issues");
	bool drop = strcmp(get(a, "do"), "delete-label") == 0;

	for (size_t i = 0; i < issues->n; i++)
		if (store_remove_text(store_list(issues->v[i], "labels"), get(a, "label")) && !drop)
			val_push(store_list(issues->v[i], "labels"), val_str(get(a, "to")));
	if (label && !drop)
		store_put(label, "name", get(a, "to"));
	for (size_t i = 0; drop && i < store_list(a->repo, "labels")->n; i++)
		if (store_list(a->repo, "labels")->v[i] == label)
			store_remove(store_list(a->repo, "labels"), i);
}

static void
do_role(struct act *a)
{
	if (!val_get(a->repo, "collaborators"))
		val_put(a->repo, "collaborators", val_map());
	store_add_user(a->s, get(a, "login"), NULL);
	store_put(val_get(a->repo, "collaborators"), get(a, "login"), get(a, "role"));
}

static struct val *
project_of(const struct act *a)
{
	const char *owner = *get(a, "owner") ? get(a, "owner") : store_text(a->repo, "owner");

	return store_project(a->s, owner, val_number(val_get(a->from, "project"), 1));
}

static void
do_move(struct act *a)
{
	struct val *project = project_of(a), *field, *option;
	const char *name = *get(a, "field") ? get(a, "field") : "Status";

	field = store_named(val_get(project, "fields"), "name", name);
	option = store_named(val_get(field, "options"), "name", get(a, "option"));
	if (project && option)
		store_move(a->s, store_add_item(a->s, project, store_int(a->issue, "id")), field,
		    store_text(option, "id"));
}

static void
do_archive(struct act *a)
{
	struct val *item = store_find(val_get(project_of(a), "items"), "issue", store_int(a->issue, "id"));

	if (item)
		val_put(item, "archived", val_bool(strcmp(get(a, "do"), "archive") == 0));
}

static void
do_board_options(struct act *a)
{
	struct val *project = project_of(a), *items = val_get(project, "items"), *field, *options, *option;
	const struct val *names = val_get(a->from, "options");
	char key[32], *id;

	field = store_named(val_get(project, "fields"), "name", *get(a, "field") ? get(a, "field") : "Status");
	if (!field)
		return;
	val_put(field, "options", val_list());
	options = val_get(field, "options");
	for (size_t i = 0; names && i < names->n; i++) {
		id = xasprintf("%08" PRIx64, (uint64_t)store_new_id(a->s));
		option = val_map();
		store_put(option, "id", id);
		store_put(option, "name", val_text(names->v[i]));
		val_push(options, option);
		free(id);
	}
	snprintf(key, sizeof key, "%" PRId64, store_int(field, "id"));
	for (size_t i = 0; items && i < items->n; i++)
		val_drop(val_get(items->v[i], "values"), key);
}

static const struct {
	const char *name;
	bool issue;		/* it is about one */
	void (*act)(struct act *);
} acts[] = {
	{ "create", false, do_create }, { "edit", true, do_edit }, { "close", true, do_close },
	{ "reopen", true, do_reopen }, { "label", true, do_label }, { "unlabel", true, do_unlabel },
	{ "assign", true, do_assign }, { "unassign", true, do_unassign }, { "comment", true, do_comment },
	{ "edit-comment", false, do_edit_comment }, { "delete-comment", false, do_delete_comment },
	{ "lock", true, do_lock }, { "unlock", true, do_lock }, { "delete", true, do_delete },
	{ "convert", true, do_delete }, { "transfer", true, do_transfer }, { "react", true, do_react },
	{ "parent", true, do_parent }, { "block", true, do_block }, { "unblock", true, do_block },
	{ "rename", false, do_rename }, { "delete-repo", false, do_delete_repo },
	{ "disable-issues", false, do_issues }, { "enable-issues", false, do_issues },
	{ "rename-label", false, do_rename_label }, { "delete-label", false, do_rename_label },
	{ "role", false, do_role }, { "move", true, do_move }, { "archive", true, do_archive },
	{ "unarchive", true, do_archive }, { "board-options", false, do_board_options },
};

struct val *
person_do(struct store *s, const struct val *from, const char **wrong)
{
	struct act a = { .s = s, .from = from, .as = *store_text(from, "as") ? store_text(from, "as") : "someone" };
	const char *what = store_text(from, "do");
	struct val *made;
	size_t i = 0;

	a.repo = repo_named(s, store_text(from, "repo"));
	if (!a.repo && val_get(s->state, "repos")->n > 0 && !val_get(from, "repo"))
		a.repo = val_get(s->state, "repos")->v[0];
	while (i < sizeof acts / sizeof *acts && strcmp(acts[i].name, what) != 0)
		i++;
	*wrong = i == sizeof acts / sizeof *acts ? "nobody can do that" : !a.repo ? "no such repository" : NULL;
	if (*wrong)
		return NULL;
	a.issue = store_issue(a.repo, store_int(from, "issue"));
	if (acts[i].issue && !a.issue) {
		*wrong = "no such issue";
		return NULL;
	}
	store_add_user(s, a.as, NULL);
	acts[i].act(&a);
	made = val_map();
	if (a.issue) {
		store_put_int(made, "number", store_int(a.issue, "number"));
		store_put_int(made, "id", store_int(a.issue, "id"));
	}
	return made;
}
