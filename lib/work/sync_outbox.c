#include "work/sync_outbox.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "doc/val.h"
#include "task/project.h"
#include "work/sync_away.h"
#include "work/sync_comment.h"
#include "work/sync_impl.h"
#include "work/sync_link.h"
#include "work/sync_mark.h"
#include "work/sync_pages.h"
#include "work/sync_trust.h"

#define BEFORE 600		/* seconds: how far clocks and lists may be behind */
#define PAGES 10

static struct val *
find(const struct sync *s, const char *kind, const char *name, const char *value)
{
	for (size_t i = 0; i < s->state.outbox->n; i++) {
		const struct val *entry = s->state.outbox->v[i];
		const char *k = val_text(val_get(entry, "kind"));
		const char *v = val_text(val_get(entry, name));

		if (k != NULL && v != NULL && strcmp(k, kind) == 0 && strcmp(v, value) == 0)
			return s->state.outbox->v[i];
	}
	return NULL;
}

bool
sync_outbox_has_issue(const struct sync *s, const char *uid)
{
	return find(s, "issue", "uid", uid) != NULL;
}

bool
sync_outbox_has_comment(const struct sync *s, const char *key)
{
	return find(s, "comment", "key", key) != NULL;
}

static void
drop(struct sync *s, const struct val *entry)
{
	struct val *list = val_list();

	for (size_t i = 0; i < s->state.outbox->n; i++)
		if (!val_same(s->state.outbox->v[i], entry))
			val_push(list, val_copy(s->state.outbox->v[i]));
	val_free(s->state.outbox);
	s->state.outbox = list;
}

static int
send(struct sync *s, struct val *entry, const char *path, const struct val *body,
    struct gh_answer *answer, struct err *e)
{
	val_add(entry, "at", val_int(s->now));
	val_push(s->state.outbox, entry);
	if (sync_state_save(&s->state, e) == -1 ||
	    sync_write(s, "POST", path, body, answer, e) == -1)
		return -1;
	if (answer->end != GH_UNSURE)
		drop(s, entry);
	if (answer->end == GH_OK && s->state.login == NULL &&
	    val_text(val_path(answer->body, "user.login")) != NULL)
		s->state.login = xstrdup(val_text(val_path(answer->body, "user.login")));
	/* What was refused is not made: the entry must not be looked for. */
	return answer->end == GH_OK || answer->end == GH_UNSURE ? 0 : sync_state_save(&s->state, e);
}

int
sync_outbox_issue(struct sync *s, int64_t task, const char *uid, const struct val *body,
    struct gh_answer *answer, struct err *e)
{
	struct val *entry = val_map();
	char *path = sync_path(s, "/issues");
	int r;

	val_add(entry, "kind", val_str("issue"));
	val_add(entry, "task", val_int(task));
	val_add(entry, "uid", val_str(uid));
	r = send(s, entry, path, body, answer, e);
	free(path);
	return r;
}

int
sync_outbox_comment(struct sync *s, int64_t task, int64_t number, const char *key,
    const char *text, struct gh_answer *answer, struct err *e)
{
	struct val *entry = val_map(), *body = val_map();
	char *path = sync_issue_path(s, number, "/comments");
	int r;

	val_add(entry, "kind", val_str("comment"));
	val_add(entry, "task", val_int(task));
	val_add(entry, "number", val_int(number));
	val_add(entry, "key", val_str(key));
	val_add(body, "body", val_str(text));
	r = send(s, entry, path, body, answer, e);
	val_free(body);
	free(path);
	return r;
}

/* ---- looking for what may have been made ---- */

struct looked {
	bool issue;			/* else a comment */
	const char *name;		/* uid, or key */
	struct val *found;
};

static bool
is_it(const struct sync *s, const struct val *item, const struct looked *l)
{
	const char *body = val_text(val_get(item, "body"));
	char uid[SYNC_UID_LEN + 1], *found;
	struct sync_key key;
	bool yes;

	/* Others can copy a mark. */
	if (body == NULL || !sync_may_be_ours(s, item))
		return false;
	if (l->issue)
		return sync_mark_uid(body, uid) && strcmp(uid, l->name) == 0;
	if (!sync_mark_key(body, &key))
		return false;
	found = sync_comment_key(&key);
	yes = strcmp(found, l->name) == 0;
	free(found);
	return yes;
}

static int
look_at(struct sync *s, const struct val *item, void *arg, struct err *e)
{
	struct looked *l = arg;

	(void)e;
	if (!is_it(s, item, l))
		return 0;
	l->found = val_copy(item);
	return 1;
}

/* What is not to be had now is asked for in the next run.  An issue that is gone has no
 * comments, and of one that was taken elsewhere they are looked for there, once that is known. */
static int
search(struct sync *s, char *url, struct looked *l, struct err *e)
{
	int r = sync_pages(s, url, PAGES, look_at, l, e);

	if (r == PAGES_REFUSED || (r == PAGES_NONE && l->issue))
		e->code = ERR_BUSY;
	else if (r != -1)
		return 0;
	return -1;
}

static int
settle_one(struct sync *s, const struct val *entry, struct err *e)
{
	const char *kind = val_text(val_get(entry, "kind"));
	bool issue = kind != NULL && strcmp(kind, "issue") == 0;
	const char *name = val_text(val_get(entry, issue ? "uid" : "key"));
	struct looked looked = { .issue = issue, .name = name };
	int64_t task = val_number(val_get(entry, "task"), 0), at = val_number(val_get(entry, "at"), 0);
	int64_t number = val_number(val_get(entry, "number"), 0);
	char since[CLOCK_MAX], *url;
	int r;

	if (name == NULL || (!issue && number <= 0)) {
		drop(s, entry);
		return 0;
	}
	clock_format(at > BEFORE ? at - BEFORE : 0, since);
	url = issue ? sync_path(s, "/issues?state=all&sort=created&direction=desc&per_page=100"
	    "&since=%s", since) : sync_issue_path(s, number, "/comments?per_page=100&since=%s", since);
	if ((r = search(s, url, &looked, e)) == 0 && looked.found != NULL) {
		sync_did(s, "adopt", task, number, "%s", issue ? "the issue was made" :
		    "the comment was made");
		r = issue ? sync_link_made(s, task, name, looked.found, e) :
		    sync_comment_made(s, number, looked.found, e);
		if (r == 0)
			drop(s, entry);
	} else if (r == 0 && s->now - at >= config_int(&s->p->config, "gh.settle_seconds")) {
		drop(s, entry);
	} else if (r == 0) {
		sync_left(s, issue ? "create" : "comment", task, number, ERR_BUSY,
		    "GitHub did not say whether it was made, and it is not to be seen yet");
	}
	val_free(looked.found);
	return r;
}

int
sync_settle(struct sync *s, struct err *e)
{
	struct val *entries;
	int r = 0;

	if (s->state.outbox->n == 0)
		return 0;
	if (sync_know_login(s, e) == -1)
		return -1;
	/* The outbox changes on the way. */
	entries = val_copy(s->state.outbox);
	for (size_t i = 0; i < entries->n && r == 0; i++)
		r = settle_one(s, entries->v[i], e);
	val_free(entries);
	return r == 0 ? sync_state_save(&s->state, e) : -1;
}
