/*
 * sync_feedback_read - which comments are commands, and of whom
 */
#include "work/sync_feedback.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "doc/val.h"
#include "task/project.h"
#include "work/sync_command.h"
#include "work/sync_impl.h"
#include "work/sync_mark.h"
#include "work/sync_order.h"
#include "work/sync_pages.h"
#include "work/sync_trust.h"

#define OVERLAP 120		/* seconds that a list may lag */
#define LAG 600			/* how long one that lacks something is asked for again */
#define LOOK_BACK (INT64_C(24) * 3600)
#define PAGES 50
#define LOGIN_MAX 40		/* GitHub's limit is 39 */

void
sync_feedback_release(struct sync_feedback *f)
{
	for (size_t i = 0; i < f->n; i++)
		sync_order_release(&f->v[i]);
	free(f->v);
	vec_id_release(&f->answered);
	sync_twins_release(&f->twins);
	*f = (struct sync_feedback){ 0 };
}

/* ---- what is there when an issue comes to go with a task ---- */

int
sync_feedback_start(struct sync *s, const struct val *json, struct err *e)
{
	struct gh_answer answer = { 0 };
	char *path;
	int r;

	if (s->newest_comment != 0 || val_number(val_get(json, "comments"), 1) == 0 ||
	    !config_bool(&s->p->config, "gh.commands"))
		return 0;
	path = sync_path(s, "/issues/comments?sort=created&direction=desc&per_page=1");
	if ((r = sync_get(s, path, GH_LIST, NULL, &answer, e)) == 0) {
		if (answer.end == GH_OK)
			s->newest_comment = val_number(val_get(val_at(answer.body, 0), "id"), 0);
		else if (sync_ends(&answer, e))
			r = -1;
	}
	gh_answer_release(&answer);
	free(path);
	return r;
}

/* ---- one comment ---- */

static bool
is_linked(const struct sync_issue *issue)
{
	return issue != NULL && issue->task != 0 && issue->gone == NULL && issue->away == 0;
}

/* The issue that ".../issues/12" names; 0 if it names none. */
static int64_t
number_of(const struct val *json)
{
	const char *url = val_text(val_get(json, "issue_url"));
	const char *slash = url != NULL ? strrchr(url, '/') : NULL;
	int64_t number;

	return slash != NULL && num_id(slash + 1, &number) == 0 ? number : 0;
}

/* A login as it may stand in a note; what cannot be one is nobody. */
static char *
login_of(const struct val *json)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	const char *login = val_text(val_path(json, "user.login"));

	if (login == NULL || strspn(login, letters) != strlen(login) || strlen(login) > LOGIN_MAX)
		login = "somebody";
	return xstrdup(login);
}

static bool
is_bot(const struct val *json)
{
	const char *type = val_text(val_path(json, "user.type"));
	const char *login = val_text(val_path(json, "user.login"));

	return login == NULL || (type != NULL && strcasecmp(type, "Bot") == 0) || str_ends(login, "[bot]");
}

/* A comment of ours, which a mark alone does not prove: others can copy it. */
static void
note_ours(const struct sync *s, struct sync_feedback *f, struct sync_issue *issue,
    const struct val *json, const char *body)
{
	struct sync_key key;

	if (sync_is_ours(s, json) && issue->uid != NULL && sync_mark_key(body, &key) &&
	    strcmp(key.uid, issue->uid) == 0)
		sync_twins_see(&f->twins, issue, &key, val_number(val_get(json, "id"), 0), body);
	if ((sync_is_ours(s, json) || (s->state.login == NULL && is_bot(json))) &&
	    sync_mark_key(body, &key) && strcmp(key.kind, "answer") == 0)
		vec_id_push(&f->answered, key.attempt);
}

/* Is it a command that somebody trusted gave?  1 yes, 0 no. */
static int
is_order(struct sync *s, const struct val *json, const char *body, struct sync_order *o, struct err *e)
{
	const char *why;

	if (is_bot(json) || sync_mark_ours(body))
		return 0;
	sync_command_read(&o->command, body);
	if (o->command.verb == SYNC_NONE)
		return 0;
	if (sync_is_ours(s, json) && (why = sync_trust_own(s, json)) != NULL) {
		o->why = xstrdup(why);
		return 0;
	}
	return sync_trust(s, json, e);
}

static int
take(struct sync *s, struct sync_feedback *f, const struct val *json, struct err *e)
{
	const char *body = val_text(val_get(json, "body"));
	const char *updated = val_text(val_get(json, "updated_at"));
	struct sync_order o = { .comment = val_number(val_get(json, "id"), 0), .number = number_of(json) };
	struct sync_issue *issue = sync_state_by_number(&s->state, o.number);
	int r;

	if (updated != NULL && clock_parse(updated, &o.updated_at) == 0 && o.updated_at > f->since)
		f->since = o.updated_at;
	if (!is_linked(issue) || body == NULL || o.comment <= 0)
		return 0;
	note_ours(s, f, issue, json, body);
	if (o.comment <= issue->cursor)
		return 0;
	if ((r = is_order(s, json, body, &o, e)) == -1) {
		sync_order_release(&o);
		return -1;
	}
	o.by = login_of(json);
	if (r == 0)
		o.end = ORDER_PASSED;
	else if (o.command.verb >= SYNC_HELP)
		o.end = ORDER_ASKS;
	f->v = vec_room(f->v, &f->cap, f->n, sizeof *f->v);
	f->v[f->n++] = o;
	return 0;
}

/* ---- the question ---- */

static int
compare(const void *a, const void *b)
{
	const struct sync_order *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return x->comment < y->comment ? -1 : x->comment > y->comment;
}

/* Pages overlap when something changes meanwhile. */
static void
sort(struct sync_feedback *f)
{
	size_t n = 0;

	if (f->n > 0)
		qsort(f->v, f->n, sizeof *f->v, compare);
	for (size_t i = 0; i < f->n; i++) {
		if (n > 0 && compare(&f->v[n - 1], &f->v[i]) == 0) {
			sync_order_release(&f->v[i]);
			continue;
		}
		f->v[n++] = f->v[i];
	}
	f->n = n;
	for (size_t i = 0; i < f->n; i++)
		if (vec_id_has(&f->answered, f->v[i].comment))
			f->v[i].end = ORDER_PASSED;
}

struct reading {
	struct sync_feedback *feedback;
	bool begun;
};

/* Who we are is asked when there is something to read, and once: an app is not told. */
static int
take_next(struct sync *s, const struct val *json, void *arg, struct err *e)
{
	struct reading *r = arg;

	if (!r->begun && sync_know_login(s, e) == -1)
		return -1;
	r->begun = true;
	return take(s, r->feedback, json, e);
}

static int
pages(struct sync *s, struct sync_feedback *f, char *url, struct err *e)
{
	struct reading reading = { .feedback = f };
	int r = sync_pages(s, url, PAGES, take_next, &reading, e);

	f->more = r == PAGES_MORE;
	if (r == PAGES_REFUSED || r == PAGES_NONE)
		sync_left(s, "update", 0, 0, ERR_FAILED, "the comments cannot be listed: %s", e->msg);
	return r == -1 ? -1 : 0;
}

static bool
any_linked(const struct sync *s)
{
	for (size_t i = 0; i < s->state.n; i++)
		if (is_linked(s->state.v[i]))
			return true;
	return false;
}

/* A comment changes the time of its issue, though not within a second. */
static bool
any_changed(const struct sync *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct sync_remote *r = s->remote[i];
		const struct sync_issue *issue = sync_state_by_number(&s->state, r->number);

		if (is_linked(issue) && (issue->base == NULL ||
		    issue->base->updated_at != r->view.updated_at ||
		    val_number(val_get(r->json, "comments"), 0) > issue->comments))
			return true;
	}
	return false;
}

/* Lists lag: an issue says that it has more comments than before, and there is none to see. */
static void
look_for_lag(struct sync *s, struct sync_feedback *f)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct sync_remote *r = s->remote[i];
		struct sync_issue *issue = sync_state_by_number(&s->state, r->number);
		int64_t count = val_number(val_get(r->json, "comments"), 0);
		bool seen = false;

		if (!is_linked(issue) || count == issue->comments)
			continue;
		for (size_t k = 0; k < f->n && !seen; k++)
			seen = f->v[k].number == r->number;
		if (count > issue->comments && !seen && issue->base != NULL &&
		    s->now - r->view.updated_at < LAG) {
			f->more = true;
		} else {
			issue->comments = count;
			issue->dirty = true;
		}
	}
}

bool
sync_feedback_any(const struct sync_feedback *f)
{
	return f->n > 0;
}

int
sync_feedback_read(struct sync *s, struct sync_feedback *f, struct err *e)
{
	char since[CLOCK_MAX];
	int r;

	/* What is said while nobody listens is not carried out later. */
	if (!config_bool(&s->p->config, "gh.commands") ||
	    (s->state.comments_since == 0 && !any_linked(s))) {
		s->state.comments_since = s->now;
		s->state.orders = false;
		return 0;
	}
	if (!s->state.orders && !any_changed(s))
		return 0;
	if (s->state.comments_since == 0)
		s->state.comments_since = s->now - LOOK_BACK;
	f->asked = true;
	f->since = s->state.comments_since;
	clock_format(f->since - OVERLAP, since);
	if ((r = pages(s, f, sync_path(s, "/issues/comments?sort=updated&direction=asc&per_page=100"
	    "&since=%s", since), e)) == -1)
		return -1;
	sort(f);
	look_for_lag(s, f);
	/* Whoever is killed behind the commit comes back for what is left, though no issue changes. */
	for (size_t i = 0; i < f->n && !s->state.orders; i++)
		s->state.orders = f->v[i].end != ORDER_PASSED;
	if (s->state.orders && !s->opts->dry_run)
		r = sync_state_save(&s->state, e);
	return r;
}
