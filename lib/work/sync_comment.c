#include "work/sync_comment.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/redact.h"
#include "doc/val.h"
#include "task/project.h"
#include "work/sync_away.h"
#include "work/sync_impl.h"
#include "work/sync_mark.h"
#include "work/sync_outbox.h"
#include "work/sync_owner.h"
#include "work/sync_pages.h"
#include "work/sync_repo.h"
#include "work/sync_report.h"
#include "work/sync_text.h"
#include "work/sync_trust.h"

#define HOUR INT64_C(3600)
#define DAY (24 * HOUR)
#define PER_HOUR 10
#define NEED_MAX 4000			/* code points */
#define PAGES 30			/* of comments: GitHub takes 2,500 of an issue */

char *
sync_comment_key(const struct sync_key *key)
{
	return xasprintf("%s.%lld.%s", key->uid, (long long)key->attempt, key->kind);
}

static void
key_set(struct sync_key *key, const struct sync_issue *issue, int64_t attempt, const char *kind)
{
	*key = (struct sync_key){ .attempt = attempt };
	memcpy(key->uid, issue->uid, sizeof key->uid);
	memcpy(key->kind, kind, strnlen(kind, SYNC_KIND_MAX));
}

/* ---- how many ---- */

/* That it was the last is told with it, once; `status` tells of it from then on. */
static void
count(struct sync *s, struct sync_issue *issue)
{
	issue->made++;
	if (issue->made == SYNC_COMMENTS_MAX)
		sync_left(s, "comment", issue->task, issue->number, ERR_NONE,
		    "the issue has %d comments of ours: that was the last", SYNC_COMMENTS_MAX);
}

/* What is too much for an hour is written in the next. */
static bool
too_fast(const struct sync *s, struct sync_issue *issue)
{
	if (s->now - issue->hour >= HOUR || s->now < issue->hour) {
		issue->hour = s->now;
		issue->in_hour = 0;
	}
	return issue->in_hour >= PER_HOUR;
}

/* ---- what is there ---- */

/* A comment of ours: what it tells of is told. */
static void
note(struct sync_issue *issue, const struct sync_key *key, const struct val *item)
{
	int64_t id = val_number(val_get(item, "id"), 0);

	issue->dirty = true;
	if (strcmp(key->kind, "status") == 0) {
		issue->status_comment = id;
		free(issue->status_text);
		issue->status_text = NULL;	/* it may say something else by now */
	} else if (strcmp(key->kind, "result") == 0 && key->attempt > issue->commented) {
		issue->commented = key->attempt;
	} else if (strcmp(key->kind, "needs") == 0 && key->attempt > issue->tells) {
		issue->tells = key->attempt;
	} else if (strcmp(key->kind, "answer") == 0 && key->attempt > issue->cursor) {
		issue->cursor = key->attempt;
	}
}

int
sync_comment_made(struct sync *s, int64_t number, const struct val *item, struct err *e)
{
	struct sync_issue *issue = sync_state_by_number(&s->state, number);
	const char *body = val_text(val_get(item, "body"));
	struct sync_key key;

	if (issue == NULL || body == NULL || !sync_mark_key(body, &key))
		return 0;
	note(issue, &key, item);
	count(s, issue);
	return sync_state_save_issues(&s->state, e);
}

static int
look_at(struct sync *s, const struct val *item, void *arg, struct err *e)
{
	struct sync_issue *issue = arg;
	const char *body = val_text(val_get(item, "body"));
	struct sync_key key;

	(void)e;
	if (body != NULL && sync_is_ours(s, item) && sync_mark_key(body, &key) &&
	    strcmp(key.uid, issue->uid) == 0) {
		note(issue, &key, item);
		count(s, issue);
	}
	return 0;
}

/* Where what was known of the issue is lost: its comments tell which of them are ours.  1: they
 * could not be read, which was told. */
static int
look(struct sync *s, struct sync_issue *issue, struct err *e)
{
	char *url;
	int r;

	if (sync_know_login(s, e) == -1)
		return -1;
	url = sync_issue_path(s, issue->number, "/comments?per_page=100");
	if ((r = sync_pages(s, url, PAGES, look_at, issue, e)) == -1)
		return -1;
	if (r == PAGES_REFUSED || r == PAGES_NONE) {
		sync_left(s, "comment", issue->task, issue->number, ERR_FAILED, "%s", e->msg);
		return 1;
	}
	issue->comments_known = true;
	issue->dirty = true;
	return 0;
}

/* ---- making one ---- */

/* The text has its mark.  0: it is there, *id is its number.  1: it is not, which was told, now
 * or when the last one was made. */
static int
make(struct sync *s, struct sync_issue *issue, const struct sync_key *key, const char *text,
    int64_t *id, struct err *e)
{
	char *name = sync_comment_key(key);
	char *detail = xasprintf("%s of attempt %lld", key->kind, (long long)key->attempt);
	struct gh_answer answer = { 0 };
	int r = 1;

	if (sync_outbox_has_comment(s, name) || issue->mute > s->now || sync_issue_full(issue))
		goto done;
	if (too_fast(s, issue)) {
		sync_left(s, "comment", issue->task, issue->number, ERR_BUSY,
		    "the issue got %d comments within an hour: the next comes later", PER_HOUR);
		goto done;
	}
	if (!sync_may_write(s, "comment", issue->task, issue->number, detail))
		goto done;
	r = sync_outbox_comment(s, issue->task, issue->number, name, text, &answer, e);
	if (r == -1)
		goto done;
	issue->dirty = true;
	if (answer.end == GH_OK) {
		*id = val_number(val_get(answer.body, "id"), 0);
		count(s, issue);
		issue->in_hour++;
		goto done;
	}
	if ((r = sync_away_look(s, issue, "comment", &answer, e)) != 0)
		goto done;
	/* Locked, or full: nothing that the next minute would change. */
	if (answer.end == GH_REFUSED)
		issue->mute = s->now + DAY;
	sync_left(s, "comment", issue->task, issue->number, answer.end == GH_UNSURE ? ERR_BUSY :
	    ERR_FAILED, "%s", answer.why);
	r = sync_ends(&answer, e) ? -1 : sync_state_save_issues(&s->state, e) == -1 ? -1 : 1;
done:
	gh_answer_release(&answer);
	free(detail);
	free(name);
	return r;
}

/* What was made is noted in the issue's file before the outbox forgets it. */
static int
made(struct sync *s, struct sync_issue *issue, struct err *e)
{
	issue->dirty = true;
	return sync_state_save_issues(&s->state, e) == -1 ? -1 : sync_state_save(&s->state, e);
}

int
sync_comment_post(struct sync *s, struct sync_issue *issue, const char *kind, int64_t number,
    const char *text, struct err *e)
{
	struct sync_key key;
	char *marked;
	int64_t id = 0;
	int r;

	if (issue->uid == NULL)
		return 0;
	key_set(&key, issue, number, kind);
	marked = sync_mark_comment(text, &key);
	r = make(s, issue, &key, marked, &id, e);
	free(marked);
	if (r == 1)
		return 0;
	if (r == 0)
		note(issue, &key, NULL);
	return r == -1 || made(s, issue, e) == -1 ? -1 : 1;
}

/* ---- the state ---- */

static int
edit(struct sync *s, struct sync_issue *issue, const char *text, struct err *e)
{
	char *path = sync_comment_path(s, issue, issue->status_comment);
	struct gh_answer answer = { 0 };
	struct val *body = val_map();
	int r = 0;

	val_add(body, "body", val_str(text));
	if (issue->mute <= s->now &&
	    sync_may_write(s, "status", issue->task, issue->number, "the comment with the state") &&
	    (r = sync_write(s, "PATCH", path, body, &answer, e)) == 0) {
		issue->dirty = true;
		if (answer.end == GH_OK) {
			free(issue->status_text);
			issue->status_text = xstrdup(text);
		} else if (answer.end == GH_MISSING || answer.end == GH_GONE) {
			issue->status_comment = 0;	/* somebody deleted it: a new one */
		} else if (answer.end != GH_ELSEWHERE ||
		    (r = sync_away_look(s, issue, "status", &answer, e)) == 0) {
			if (answer.end == GH_REFUSED)
				issue->mute = s->now + DAY;
			sync_left(s, "status", issue->task, issue->number, answer.end == GH_UNSURE ?
			    ERR_BUSY : ERR_FAILED, "%s", answer.why);
		}
		if (r == 0)
			r = sync_ends(&answer, e) ? -1 : sync_state_save_issues(&s->state, e);
	}
	gh_answer_release(&answer);
	val_free(body);
	free(path);
	return r == -1 ? -1 : 0;
}

static int
push_status(struct sync *s, struct sync_issue *issue, const struct task *t, struct err *e)
{
	char *text = sync_report_status(t, s->p->redact);
	struct sync_key key;
	int64_t id = 0;
	int r = 0;

	if (issue->status_comment != 0) {
		if (issue->status_text == NULL || strcmp(issue->status_text, text) != 0)
			r = edit(s, issue, text, e);
	} else if (task_int(t, F_ATTEMPTS, 0) > 0 || state_parked(t->status)) {
		key_set(&key, issue, 0, "status");
		if ((r = make(s, issue, &key, text, &id, e)) == 0) {
			issue->status_comment = id;
			free(issue->status_text);
			issue->status_text = xstrdup(text);
			r = made(s, issue, e);
		}
	}
	free(text);
	return r == -1 ? -1 : 0;
}

/* ---- results, and who is to know ---- */

/* What gh.owner is to be told of; NULL: nothing, or it was. */
static char *
news(const struct sync_issue *issue, const struct task *t)
{
	char *what;

	if (!state_parked(t->status))
		return NULL;
	what = xasprintf("%s %lld", state_name(t->status),
	    (long long)task_int(t, F_ATTEMPTS, 0));
	if (issue->told != NULL && strcmp(issue->told, what) == 0) {
		free(what);
		return NULL;
	}
	return what;
}

/* Nobody hears of a state that is over. */
static int
forget_news(struct sync *s, struct sync_issue *issue, const struct task *t, struct err *e)
{
	if (state_parked(t->status))
		return 0;
	if (issue->told != NULL) {
		free(issue->told);
		issue->told = NULL;
		issue->dirty = true;
	}
	return issue->flagged || issue->assigned != NULL ? sync_owner_let_go(s, issue, e) : 0;
}

static char *
result_text(const struct sync *s, const struct task *t, const char *owner)
{
	struct sync_result result;
	char *text;

	sync_result_of(&result, t);
	result.owner = owner != NULL ? xstrdup(owner) : NULL;
	text = sync_report_result(&result, s->p->redact);
	sync_result_release(&result);
	return text;
}

/* Where no attempt has ended, and a person is needed all the same. */
static char *
need_text(const struct sync *s, const struct task *t, const char *owner, const struct sync_key *key)
{
	const char *why = task_text(t, task_is_set(t, F_QUESTION) ? F_QUESTION : F_REASON);
	struct buf b = { 0 };
	char *text;

	buf_printf(&b, "@%s: this needs a person.", owner);
	if (why != NULL) {
		text = redact_string(s->p->redact, xstrdup(why));
		buf_puts(&b, "\n\n");
		sync_text_neutral(&b, text, NEED_MAX);
		free(text);
	}
	text = sync_mark_comment(buf_str(&b), key);
	buf_release(&b);
	return text;
}

static int
push_result(struct sync *s, struct sync_issue *issue, const struct task *t, struct err *e)
{
	int64_t attempts = task_int(t, F_ATTEMPTS, 0), id = 0;
	const char *owner = NULL;
	char *what = NULL, *text;
	bool self;
	bool result = attempts > issue->commented && t->status != ST_IN_PROGRESS;
	int64_t writes = s->report->writes;
	struct sync_key key;
	int r = 1;

	if (sync_owner(s->p, &owner, e) == -1 || forget_news(s, issue, t, e) == -1)
		return -1;
	what = owner != NULL ? news(issue, t) : NULL;
	self = s->state.login != NULL && owner != NULL && strcasecmp(s->state.login, owner) == 0;
	if (!result && what == NULL)
		return 0;
	if (result)
		key_set(&key, issue, attempts, "result");
	else
		key_set(&key, issue, issue->tells + 1, "needs");
	text = result ? result_text(s, t, what != NULL ? owner : NULL) : need_text(s, t, owner, &key);
	if ((r = make(s, issue, &key, text, &id, e)) == 0) {
		if (result)
			issue->commented = attempts;
		else
			issue->tells++;
		if (what != NULL) {
			free(issue->told);
			issue->told = xstrdup(what);
		}
		r = made(s, issue, e);
		if (r == 0 && what != NULL && self)
			r = sync_owner_call(s, issue, owner, e);
	}
	/* As it would be told. */
	if (s->opts->dry_run && s->report->writes > writes && what != NULL && self)
		r = sync_owner_call(s, issue, owner, e);
	free(text);
	free(what);
	return r == -1 ? -1 : 0;
}

int
sync_comment_push(struct sync *s, struct sync_issue *issue, const struct task *t, struct err *e)
{
	bool due = task_int(t, F_ATTEMPTS, 0) > 0 || state_parked(t->status) ||
	    issue->status_comment != 0;
	int r;

	if (!config_bool(&s->p->config, "gh.comments") || issue->uid == NULL || !due)
		return 0;
	if (!issue->comments_known && (r = look(s, issue, e)) != 0)
		return r == -1 ? -1 : 0;
	if (push_status(s, issue, t, e) == -1)
		return -1;
	if (issue->gone != NULL)
		return 0;
	return push_result(s, issue, t, e);
}
