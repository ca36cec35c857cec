#include "view.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "store.h"

static struct val *
text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static struct val *
text(const char *fmt, ...)
{
	struct val *v;
	char *s;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) == -1)
		xnomem();
	va_end(ap);
	v = val_str(s);
	free(s);
	return v;
}

/* A copy of a member; null where there is none. */
static struct val *
member(const struct val *map, const char *key)
{
	const struct val *v = val_get(map, key);

	return v ? val_copy(v) : val_null();
}

struct val *
view_node(const char *prefix, int64_t id)
{
	return text("%s%" PRIx64, prefix, (uint64_t)id);
}

int64_t
view_node_id(const char *prefix, const char *node)
{
	size_t n = strlen(prefix);
	char *end;
	long long id;

	if (strncmp(node, prefix, n) != 0 || strspn(node + n, "0123456789abcdef") != strlen(node + n))
		return 0;
	id = strtoll(node + n, &end, 16);
	return *end ? 0 : id;
}

struct val *
view_time(int64_t t)
{
	char out[CLOCK_MAX];

	if (t == 0)
		return val_null();
	clock_format(t, out);
	return val_str(out);
}

void
view_encode(struct buf *b, const char *s)
{
	for (; *s; s++)
		if ((*s >= '0' && *s <= '9') || (*s >= 'A' && *s <= 'Z') || (*s >= 'a' && *s <= 'z') ||
		    strchr("-._~", *s))
			buf_putc(b, *s);
		else
			buf_printf(b, "%%%02X", (unsigned char)*s);
}

struct val *
view_user(const struct store *s, const char *login)
{
	const struct val *user = store_user(s, login);
	struct val *v;

	if (!user)
		return val_null();
	v = val_map();
	val_put(v, "login", member(user, "login"));
	val_put(v, "id", member(user, "id"));
	val_put(v, "node_id", view_node("U_kgDO", store_int(user, "id")));
	val_put(v, "avatar_url", text("%s/avatars/%" PRId64, s->base, store_int(user, "id")));
	val_put(v, "url", text("%s/users/%s", s->base, store_text(user, "login")));
	val_put(v, "html_url", text("https://github.test/%s", store_text(user, "login")));
	val_put(v, "type", member(user, "type"));
	val_put(v, "site_admin", val_bool(false));
	return v;
}

struct val *
view_repo(const struct store *s, const struct val *repo, const char *login)
{
	static const struct { const char *name; enum role role; } can[] = {
		{ "admin", ROLE_ADMIN }, { "maintain", ROLE_MAINTAIN }, { "push", ROLE_WRITE },
		{ "triage", ROLE_TRIAGE }, { "pull", ROLE_READ },
	};
	const char *owner = store_text(repo, "owner"), *name = store_text(repo, "name");
	struct val *v = val_map(), *permissions;
	enum role role = store_role(s, repo, login);

	val_put(v, "id", member(repo, "id"));
	val_put(v, "node_id", view_node("R_kgDO", store_int(repo, "id")));
	val_put(v, "name", val_str(name));
	val_put(v, "full_name", text("%s/%s", owner, name));
	val_put(v, "private", val_bool(val_truth(val_get(repo, "private"), false)));
	val_put(v, "visibility", val_str(*store_text(repo, "visibility") ? store_text(repo, "visibility") :
	    val_truth(val_get(repo, "private"), false) ? "private" : "public"));
	val_put(v, "owner", view_user(s, owner));
	val_put(v, "url", text("%s/repos/%s/%s", s->base, owner, name));
	val_put(v, "html_url", text("https://github.test/%s/%s", owner, name));
	val_put(v, "has_issues", val_bool(val_truth(val_get(repo, "has_issues"), true)));
	val_put(v, "archived", val_bool(val_truth(val_get(repo, "archived"), false)));
	val_put(v, "disabled", val_bool(false));
	if (login) {
		permissions = val_map();
		for (size_t i = 0; i < sizeof can / sizeof *can; i++)
			val_put(permissions, can[i].name, val_bool(role >= can[i].role));
		val_put(v, "permissions", permissions);
	}
	return v;
}

struct val *
view_label(const struct store *s, const struct val *repo, const struct val *label)
{
	struct val *v = val_map();
	struct buf name = { 0 };

	view_encode(&name, store_text(label, "name"));
	val_put(v, "id", member(label, "id"));
	val_put(v, "node_id", view_node("LA_kwDO", store_int(label, "id")));
	val_put(v, "url", text("%s/repos/%s/%s/labels/%s", s->base, store_text(repo, "owner"),
	    store_text(repo, "name"), buf_str(&name)));
	buf_release(&name);
	val_put(v, "name", member(label, "name"));
	val_put(v, "color", member(label, "color"));
	val_put(v, "default", val_bool(false));
	val_put(v, "description", member(label, "description"));
	return v;
}

struct val *
view_type(const struct val *type)
{
	struct val *v = val_map();

	val_put(v, "id", member(type, "id"));
	val_put(v, "node_id", view_node("IT_kwDO", store_int(type, "id")));
	val_put(v, "name", member(type, "name"));
	val_put(v, "description", val_null());
	val_put(v, "is_enabled", val_bool(true));
	return v;
}

static struct val *
rollup(const struct val *of, const char *url)
{
	static const char *const kinds[] = { "+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes" };
	const struct val *list = val_get(of, "reactions");
	struct val *v = val_map();
	int64_t n;

	val_put(v, "url", text("%s/reactions", url));
	val_put(v, "total_count", val_int(list ? (int64_t)list->n : 0));
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		n = 0;
		for (size_t i = 0; list && i < list->n; i++)
			n += strcmp(store_text(list->v[i], "content"), kinds[k]) == 0;
		val_put(v, kinds[k], val_int(n));
	}
	return v;
}

/* "extra" and "omit" of what is shown, and an association that was not set. */
static void
finish(struct val *v, const struct store *s, const struct val *repo, const struct val *of)
{
	const struct val *extra = val_get(of, "extra"), *omit = val_get(of, "omit");

	if (*store_text(of, "association"))
		val_put(v, "author_association", member(of, "association"));
	else
		val_put(v, "author_association", val_str(store_association(s, repo, store_text(of, "user"))));
	for (size_t i = 0; extra && i < extra->n; i++)
		val_put(v, extra->key[i], val_copy(extra->v[i]));
	for (size_t i = 0; omit && i < omit->n; i++)
		if (val_text(omit->v[i]))
			val_drop(v, omit->v[i]->s);
}

/* What only some servers know: how an issue hangs together with others. */
static void
put_links(struct val *v, const struct store *s, const struct val *issue)
{
	const struct val *children = val_get(issue, "children"), *blocks = val_get(issue, "blocked_by");
	struct val *repo, *parent_repo, *summary;
	const struct val *parent = store_issue_id(s, store_int(issue, "parent"), &parent_repo);
	int64_t n = 0, open = 0;

	if (store_option(s, "sub_issues", 1)) {
		for (size_t i = 0; children && i < children->n; i++)
			n += strcmp(store_text(store_issue_id(s, val_number(children->v[i], 0), &repo), "state"),
			    "closed") == 0;
		summary = val_map();
		val_put(summary, "total", val_int(children ? (int64_t)children->n : 0));
		val_put(summary, "completed", val_int(n));
		val_put(summary, "percent_completed",
		    val_int(children && children->n ? 100 * n / (int64_t)children->n : 0));
		val_put(v, "sub_issues_summary", summary);
		if (parent)
			val_put(v, "parent_issue_url", text("%s/repos/%s/%s/issues/%" PRId64, s->base,
			    store_text(parent_repo, "owner"), store_text(parent_repo, "name"),
			    store_int(parent, "number")));
	}
	if (store_option(s, "dependencies", 1)) {
		for (size_t i = 0; blocks && i < blocks->n; i++)
			open += strcmp(store_text(store_issue_id(s, val_number(blocks->v[i], 0), &repo), "state"),
			    "open") == 0;
		summary = val_map();
		val_put(summary, "blocked_by", val_int(open));
		val_put(summary, "total_blocked_by", val_int(blocks ? (int64_t)blocks->n : 0));
		val_put(summary, "blocking", val_int(0));
		val_put(summary, "total_blocking", val_int(0));
		val_put(v, "issue_dependencies_summary", summary);
	}
}

struct val *
view_issue(const struct store *s, const struct val *repo, const struct val *issue)
{
	const struct val *labels = val_get(issue, "labels"), *people = val_get(issue, "assignees");
	const struct val *type = store_named(val_get(repo, "types"), "name", store_text(issue, "type"));
	const struct val *comments = val_get(issue, "comments");
	char *url = xasprintf("%s/repos/%s/%s", s->base, store_text(repo, "owner"), store_text(repo, "name"));
	char *self = xasprintf("%s/issues/%" PRId64, url, store_int(issue, "number"));
	struct val *v = val_map(), *list;

	val_put(v, "url", val_str(self));
	val_put(v, "repository_url", val_str(url));
	val_put(v, "labels_url", text("%s/labels{/name}", self));
	val_put(v, "comments_url", text("%s/comments", self));
	val_put(v, "events_url", text("%s/events", self));
	val_put(v, "html_url", text("https://github.test/%s/%s/%s/%" PRId64, store_text(repo, "owner"),
	    store_text(repo, "name"), val_truth(val_get(issue, "pull"), false) ? "pull" : "issues",
	    store_int(issue, "number")));
	val_put(v, "id", member(issue, "id"));
	val_put(v, "node_id", view_node("I_kwDO", store_int(issue, "id")));
	val_put(v, "number", member(issue, "number"));
	val_put(v, "title", member(issue, "title"));
	val_put(v, "user", view_user(s, store_text(issue, "user")));
	list = val_list();
	for (size_t i = 0; labels && i < labels->n; i++)
		val_push(list, view_label(s, repo, store_label(repo, val_text(labels->v[i]) ? labels->v[i]->s : "")));
	val_put(v, "labels", list);
	val_put(v, "state", member(issue, "state"));
	val_put(v, "locked", val_bool(val_truth(val_get(issue, "locked"), false)));
	list = val_list();
	for (size_t i = 0; people && i < people->n; i++)
		val_push(list, view_user(s, val_text(people->v[i]) ? people->v[i]->s : ""));
	val_put(v, "assignee", list->n ? val_copy(list->v[0]) : val_null());
	val_put(v, "assignees", list);
	val_put(v, "milestone", val_null());
	val_put(v, "comments", val_int(val_number(val_get(issue, "comment_count"),
	    comments ? (int64_t)comments->n : 0)));
	val_put(v, "created_at", view_time(store_int(issue, "created_at")));
	val_put(v, "updated_at", view_time(store_int(issue, "updated_at")));
	val_put(v, "closed_at", view_time(store_int(issue, "closed_at")));
	if (store_option(s, "issue_types", 1))
		val_put(v, "type", type ? view_type(type) : val_null());
	val_put(v, "active_lock_reason", val_null());
	if (val_truth(val_get(issue, "pull"), false)) {
		list = val_map();
		val_put(list, "url", text("%s/pulls/%" PRId64, url, store_int(issue, "number")));
		val_put(v, "pull_request", list);
		val_put(v, "draft", val_bool(false));
	}
	put_links(v, s, issue);
	val_put(v, "body", member(issue, "body"));
	val_put(v, "closed_by", view_user(s, store_text(issue, "closed_by")));
	val_put(v, "reactions", rollup(issue, self));
	val_put(v, "performed_via_github_app", val_null());
	val_put(v, "state_reason", member(issue, "state_reason"));
	finish(v, s, repo, issue);
	free(self);
	free(url);
	return v;
}

struct val *
view_comment(const struct store *s, const struct val *repo, const struct val *issue, const struct val *comment)
{
	char *url = xasprintf("%s/repos/%s/%s/issues", s->base, store_text(repo, "owner"), store_text(repo, "name"));
	char *self = xasprintf("%s/comments/%" PRId64, url, store_int(comment, "id"));
	struct val *v = val_map();

	val_put(v, "url", val_str(self));
	val_put(v, "html_url", text("https://github.test/%s/%s/issues/%" PRId64 "#issuecomment-%" PRId64,
	    store_text(repo, "owner"), store_text(repo, "name"), store_int(issue, "number"),
	    store_int(comment, "id")));
	val_put(v, "issue_url", text("%s/%" PRId64, url, store_int(issue, "number")));
	val_put(v, "id", member(comment, "id"));
	val_put(v, "node_id", view_node("IC_kwDO", store_int(comment, "id")));
	val_put(v, "user", view_user(s, store_text(comment, "user")));
	val_put(v, "created_at", view_time(store_int(comment, "created_at")));
	val_put(v, "updated_at", view_time(store_int(comment, "updated_at")));
	val_put(v, "body", member(comment, "body"));
	val_put(v, "reactions", rollup(comment, self));
	val_put(v, "performed_via_github_app", val_null());
	finish(v, s, repo, comment);
	free(self);
	free(url);
	return v;
}

struct val *
view_reaction(const struct store *s, const struct val *reaction)
{
	struct val *v = val_map();

	val_put(v, "id", member(reaction, "id"));
	val_put(v, "node_id", view_node("REA_lALO", store_int(reaction, "id")));
	val_put(v, "user", view_user(s, store_text(reaction, "user")));
	val_put(v, "content", member(reaction, "content"));
	val_put(v, "created_at", view_time(store_int(reaction, "created_at")));
	return v;
}
