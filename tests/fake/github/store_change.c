#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "store.h"

/* The last of a list, which was just put there. */
static struct val *
last(struct val *list)
{
	return list->v[list->n - 1];
}

struct val *
store_add_user(struct store *s, const char *login, const char *type)
{
	struct val *user = store_user(s, login), *list = val_get(s->state, "users");

	if (user)
		return user;
	user = val_map();
	store_put(user, "login", login);
	store_put_int(user, "id", store_new_id(s));
	store_put(user, "type", type ? type : "User");
	val_push(list, user);
	return user;
}

struct val *
store_add_label(struct store *s, struct val *repo, const char *name, const char *color,
    const char *description)
{
	struct val *label = val_map();

	store_put_int(label, "id", store_new_id(s));
	store_put(label, "name", name);
	store_put(label, "color", color ? color : "ededed");
	store_put(label, "description", description);
	val_push(store_list(repo, "labels"), label);
	return label;
}

struct val *
store_add_issue(struct store *s, struct val *repo, const char *user, const char *title, const char *body)
{
	static const char *const lists[] = { "labels", "assignees", "children", "blocked_by", "reactions", "comments" };
	int64_t number = store_int(repo, "next_number"), now = store_now(s);
	struct val *issue = val_map();

	store_add_user(s, user, NULL);
	store_put_int(issue, "number", number);
	store_put_int(issue, "id", store_new_id(s));
	store_put(issue, "title", title);
	store_put(issue, "body", body);
	store_put(issue, "user", user);
	store_put(issue, "state", "open");
	store_put_int(issue, "created_at", now);
	store_put_int(issue, "updated_at", now);
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		val_put(issue, lists[i], val_list());
	store_put_int(repo, "next_number", number + 1);
	val_push(store_list(repo, "issues"), issue);
	return last(store_list(repo, "issues"));
}

struct val *
store_add_comment(struct store *s, struct val *issue, const char *user, const char *body)
{
	struct val *comment = val_map();

	store_add_user(s, user, NULL);
	store_put_int(comment, "id", store_new_id(s));
	store_put(comment, "user", user);
	store_put(comment, "body", body);
	store_put_int(comment, "created_at", store_now(s));
	store_put_int(comment, "updated_at", store_now(s));
	val_put(comment, "reactions", val_list());
	val_push(store_list(issue, "comments"), comment);
	store_touch(s, issue);
	return comment;
}

struct val *
store_add_item(struct store *s, struct val *project, int64_t issue)
{
	struct val *items = store_list(project, "items"), *item = store_find(items, "issue", issue);

	if (item)
		return item;
	item = val_map();
	store_put_int(item, "id", store_new_id(s));
	store_put_int(item, "issue", issue);
	store_put_int(item, "created_at", store_now(s));
	store_put_int(item, "updated_at", store_now(s));
	val_put(item, "archived", val_bool(false));
	val_put(item, "values", val_map());
	val_push(items, item);
	return item;
}

enum role
store_role_named(const char *name)
{
	static const char *const names[] = { "none", "read", "triage", "write", "maintain", "admin" };

	for (int i = 0; i < (int)(sizeof names / sizeof *names); i++)
		if (strcmp(names[i], name) == 0)
			return (enum role)i;
	return ROLE_NONE;
}

enum role
store_role(const struct store *s, const struct val *repo, const char *login)
{
	const struct val *roles = val_get(repo, "collaborators");

	(void)s;
	if (!login)
		return val_truth(val_get(repo, "private"), false) ? ROLE_NONE : ROLE_READ;
	if (strcasecmp(store_text(repo, "owner"), login) == 0)
		return ROLE_ADMIN;
	for (size_t i = 0; roles && i < roles->n; i++)
		if (strcasecmp(roles->key[i], login) == 0)
			return store_role_named(val_text(roles->v[i]) ? roles->v[i]->s : "");
	return val_truth(val_get(repo, "private"), false) ? ROLE_NONE : ROLE_READ;
}

const char *
store_association(const struct store *s, const struct val *repo, const char *login)
{
	const struct val *owner = store_user(s, store_text(repo, "owner"));

	if (strcasecmp(store_text(repo, "owner"), login) == 0)
		return "OWNER";
	if (store_has(val_get(owner, "members"), login))
		return "MEMBER";
	return store_role_named(store_text(val_get(repo, "collaborators"), login)) != ROLE_NONE ?
	    "COLLABORATOR" : "NONE";
}

void
store_touch(struct store *s, struct val *issue)
{
	store_put_int(issue, "updated_at", store_now(s));
}

void
store_move(struct store *s, struct val *item, const struct val *field, const char *option)
{
	const struct val *done = store_named(val_get(field, "options"), "name", "Done");
	struct val *repo, *issue = store_issue_id(s, store_int(item, "issue"), &repo);
	char key[32];

	snprintf(key, sizeof key, "%" PRId64, store_int(field, "id"));
	if (option)
		store_put(val_get(item, "values"), key, option);
	else
		val_drop(val_get(item, "values"), key);
	store_put_int(item, "updated_at", store_now(s));
	if (store_option(s, "workflows", 0) && option && done && strcmp(store_text(done, "id"), option) == 0 &&
	    issue && strcmp(store_text(issue, "state"), "open") == 0)
		store_set_state(s, issue, "closed", NULL, "github-project-automation[bot]");
}

/* What the workflows of a board do when an issue is closed. */
static void
move_closed(struct store *s, const struct val *issue)
{
	const struct val *projects = val_get(s->state, "projects"), *field, *done;
	struct val *item;

	for (size_t i = 0; store_option(s, "workflows", 0) && i < projects->n; i++) {
		item = store_find(val_get(projects->v[i], "items"), "issue", store_int(issue, "id"));
		field = store_named(val_get(projects->v[i], "fields"), "name", "Status");
		done = store_named(val_get(field, "options"), "name", "Done");
		if (item && done)
			store_move(s, item, field, store_text(done, "id"));
	}
}

void
store_set_state(struct store *s, struct val *issue, const char *state, const char *reason, const char *by)
{
	bool closes = strcmp(state, "closed") == 0;

	store_put(issue, "state", state);
	store_put(issue, "state_reason", reason ? reason : closes ? "completed" : "reopened");
	if (closes) {
		store_put_int(issue, "closed_at", store_now(s));
		store_put(issue, "closed_by", by);
		move_closed(s, issue);
	} else {
		val_drop(issue, "closed_at");
		val_drop(issue, "closed_by");
	}
	store_touch(s, issue);
}

void
store_set_parent(struct store *s, struct val *issue, int64_t parent)
{
	struct val *repo, *old = store_issue_id(s, store_int(issue, "parent"), &repo);
	struct val *new = store_issue_id(s, parent, &repo);

	if (old) {
		store_remove_int(store_list(old, "children"), store_int(issue, "id"));
		store_touch(s, old);
	}
	val_drop(issue, "parent");
	if (new) {
		val_push(store_list(new, "children"), val_int(store_int(issue, "id")));
		store_put_int(issue, "parent", parent);
		store_touch(s, new);
	}
	store_touch(s, issue);
}

void
store_changed(struct store *s)
{
	int64_t keep = store_option(s, "keep", 0);

	s->writes++;
	if (keep <= 0)
		return;
	while (s->kept_n > 0 && (s->kept_n >= (size_t)keep || s->kept_n == STORE_KEPT_MAX)) {
		val_free(s->kept[0]);
		s->kept_n--;
		memmove(s->kept, s->kept + 1, s->kept_n * sizeof *s->kept);
		memmove(s->kept_write, s->kept_write + 1, s->kept_n * sizeof *s->kept_write);
	}
	s->kept[s->kept_n] = val_copy(val_get(s->state, "repos"));
	s->kept_write[s->kept_n++] = s->writes;
}
