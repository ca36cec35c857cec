#include "work/sync_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/val.h"
#include "task/project.h"
#include "work/sync_away.h"
#include "work/sync_impl.h"
#include "work/sync_repo.h"

#define OVERLAP 120		/* seconds that a list may lag */
#define DAY (INT64_C(24) * 3600)
#define PAGES_MAX 1000
#define LONE_MAX 20		/* issues asked for alone in one run */

/* ---- the list ---- */

/* Both by our clock, which may be off, but not by a different amount each time. */
static bool
is_full(const struct sync *s)
{
	int64_t age = clock_now() - s->state.full_at;

	if (s->state.since == 0 || s->looks > 0)
		return s->state.since == 0;
	return s->opts->full || s->state.full_at == 0 || age < -DAY ||
	    age * 1000 > config_int(&s->p->config, "gh.full_after");
}

static char *
open_path(const struct sync *s)
{
	return sync_path(s, "/issues?state=open&sort=updated&direction=asc&per_page=100");
}

static char *
since_path(const struct sync *s)
{
	char since[CLOCK_MAX];

	clock_format(s->state.since - OVERLAP, since);
	return sync_path(s, "/issues?state=all&sort=updated&direction=asc&per_page=100&since=%s",
	    since);
}

static char *
newest_path(const struct sync *s)
{
	return sync_path(s, "/issues?state=all&sort=updated&direction=desc&per_page=100");
}

/* What the last answer to that question was; NULL: that is not known. */
static const char *
etag_of(const struct sync *s, const char *url)
{
	return s->state.etag_url != NULL && strcmp(s->state.etag_url, url) == 0 ? s->state.etag :
	    NULL;
}

/* Takes the ETag over, which may be NULL. */
static void
note_etag(struct sync *s, const char *url, char *etag)
{
	char *own = xstrdup(url);

	free(s->etag);
	free(s->etag_url);
	s->etag = etag;
	s->etag_url = own;
}

/* A 404 may be a permission, or a replica that lags: what is there again is not missing. */
static void
back(struct sync *s, int64_t number, int64_t id)
{
	struct sync_issue *issue = sync_state_by_number(&s->state, number);

	if (issue == NULL || issue->gone == NULL || issue->away != 0 || issue->id != id ||
	    strcmp(issue->gone, "missing") != 0)
		return;
	free(issue->gone);
	issue->gone = NULL;
	issue->dirty = true;
	sync_did(s, "link", issue->task, number, "it is there again");
}

/* One issue of which GitHub tells nothing that makes sense holds up no other.  Nothing is written
 * to it meanwhile, and it is listed again. */
static void
hold(struct sync *s, int64_t number, const char *why)
{
	struct sync_issue *issue = sync_state_by_number(&s->state, number);

	s->unsettled = true;
	if (issue != NULL)
		issue->unread = true;
	sync_left(s, "update", issue != NULL ? issue->task : 0, number, ERR_FAILED,
	    "GitHub's answer makes no sense: %s", why);
}

static int
take_page(struct sync *s, const struct val *list, struct err *e)
{
	for (size_t i = 0; i < list->n; i++) {
		struct err why = { 0 };
		const struct sync_remote *r = sync_remote_add(s, val_copy(list->v[i]), &why);

		if (r == NULL && why.code == ERR_INVALID) {
			hold(s, val_number(val_get(list->v[i], "number"), 0), why.msg);
		} else if (r == NULL && why.code != ERR_NONE) {
			*e = why;
			return -1;
		}
		if (r != NULL)
			back(s, r->number, r->id);
		if (r != NULL && r->view.updated_at > s->seen)
			s->seen = r->view.updated_at;
	}
	return 0;
}

/* A redirect was followed: the repository has another name. */
static void
look_at_move(struct sync *s, const struct gh_answer *answer)
{
	s->moved |= answer->moved != NULL;
}

/* What ends the run, of a list. */
static int
unlisted(const struct sync *s, const struct gh_answer *answer, struct err *e)
{
	if (!sync_ends(answer, e))
		err_set(e, ERR_FAILED, "%s: the issues cannot be listed: %s", s->pin.repo,
		    answer->why);
	return -1;
}

/* Only what comes on one page can be asked for with its ETag; of a longer list it is asked
 * whether the newest hundred are the same. */
static int
pages(struct sync *s, char *url, bool conditional, struct err *e)
{
	char *next = NULL, *newest;
	int r = 0;

	for (int page = 0; url != NULL && r == 0; page++) {
		const char *etag = page == 0 && conditional ? etag_of(s, url) : NULL;
		struct gh_answer answer = { 0 };

		if (page == PAGES_MAX)
			r = err_set(e, ERR_FAILED, "the list of issues does not end");
		else
			r = sync_get(s, url, GH_LIST, etag, &answer, e);
		if (r == 0)
			look_at_move(s, &answer);
		if (page == 0)
			s->listed = answer.date / 1000;
		if (r == 0 && answer.end == GH_SAME) {
			s->unchanged = true;
		} else if (r == 0 && answer.end == GH_OK) {
			r = take_page(s, answer.body, e);
			next = answer.next;
			answer.next = NULL;
			if (page == 0 && conditional && next == NULL) {
				/* That nothing is there can be said of any repository. */
				bool tells = answer.body->n > 0 || s->state.n == 0;

				note_etag(s, url, tells ? answer.etag : NULL);
				answer.etag = tells ? NULL : answer.etag;
			} else if (page == 0 && conditional && s->state.since != 0 &&
			    s->etag_url == NULL) {
				newest = newest_path(s);
				note_etag(s, newest, NULL);
				free(newest);
			}
		} else if (r == 0) {
			r = unlisted(s, &answer, e);
		}
		gh_answer_release(&answer);
		free(url);
		url = next;
		next = NULL;
	}
	free(url);
	return r;
}

/*
 * Where the list was longer than a page: each change makes an issue the newest one.  Two
 * changes of one second are told apart by their order alone, so such a page is not remembered
 * while its newest issue may have a neighbour that is still to come.
 */
static int
look_at_newest(struct sync *s, struct err *e)
{
	char *url = newest_path(s);
	struct gh_answer answer = { 0 };
	int64_t newest = 0;
	int r = 0;

	if (s->state.etag_url == NULL || strcmp(s->state.etag_url, url) != 0)
		goto done;
	if ((r = sync_get(s, url, GH_LIST, s->state.etag, &answer, e)) == -1)
		goto done;
	look_at_move(s, &answer);
	if (answer.end == GH_SAME) {
		s->unchanged = true;
	} else if (answer.end == GH_OK) {
		const char *at = answer.body->n > 0 ?
		    val_text(val_get(answer.body->v[0], "updated_at")) : NULL;

		if (at != NULL && clock_parse(at, &newest) == 0 && s->now - newest > OVERLAP) {
			note_etag(s, url, answer.etag);
			answer.etag = NULL;
		} else {
			note_etag(s, url, NULL);
		}
	} else {
		r = unlisted(s, &answer, e);
	}
done:
	gh_answer_release(&answer);
	free(url);
	return r;
}

/* ---- one issue ---- */

static void
gone(struct sync *s, struct sync_issue *issue, const char *how)
{
	if (issue == NULL || issue->gone != NULL)
		return;
	issue->gone = xstrdup(how);
	issue->dirty = true;
	if (strcmp(how, "missing") == 0)
		vec_str_take(&s->report->notes, xasprintf("issue %lld is not there, or the token may "
		    "not see it: task %lld goes on without it; it is looked for again once a day, and "
		    "'orch-sync-gh link %lld %lld' does that now", (long long)issue->number,
		    (long long)issue->task, (long long)issue->task, (long long)issue->number));
	else
		vec_str_take(&s->report->notes, xasprintf("issue %lld of task %lld is %s: the task goes on "
		    "without it", (long long)issue->number, (long long)issue->task, how));
	sync_did(s, "gone", issue->task, issue->number, "%s: the task goes on without it", how);
}

/* Redirected: a repository has another name, or an issue is in another one. */
static bool
is_elsewhere(const struct sync *s, const struct sync_issue *issue, int64_t number, const char *url)
{
	bool away = issue != NULL && issue->away != 0;
	char *here = xasprintf("/repositories/%lld/issues/%lld",
	    (long long)(away ? issue->away : s->pin.id),
	    (long long)(away ? issue->away_number : number));
	bool yes = url != NULL && !str_ends(url, here);

	free(here);
	return yes;
}

static bool
is_another(const struct sync_issue *issue, int64_t number, const struct val *json)
{
	int64_t own = issue != NULL && issue->away != 0 ? issue->away_number : number;

	return val_number(val_get(json, "number"), 0) != own || (issue != NULL && issue->id != 0 &&
	    val_number(val_get(json, "id"), 0) != issue->id);
}

/* The body of the answer is taken over. */
static void
take_one(struct sync *s, struct sync_issue *issue, int64_t number, struct gh_answer *answer)
{
	struct err why = { 0 };
	struct sync_remote *got = sync_remote_add_as(s, answer->body, number, &why);

	answer->body = NULL;
	if (got == NULL && why.code != ERR_NONE) {
		hold(s, number, why.msg);
	} else if (got != NULL && issue != NULL && issue->away != 0) {
		got->etag = answer->etag;
		answer->etag = NULL;
		sync_away_arrived(issue, &got->view);
	}
}

static int
take_answer(struct sync *s, struct sync_issue *issue, int64_t number, struct gh_answer *answer,
    struct err *e)
{
	bool elsewhere = is_elsewhere(s, issue, number, answer->moved);
	int r = 0;

	if (elsewhere && issue != NULL && issue->gone == NULL && issue->task != 0 &&
	    (r = sync_away_follow(s, &issue, answer, e)) == 1)
		take_one(s, issue, issue->number, answer);
	else if (r == 0 && (elsewhere || is_another(issue, number, answer->body)))
		gone(s, issue, "transferred");
	else if (r == 0) {
		back(s, number, val_number(val_get(answer->body, "id"), 0));
		take_one(s, issue, number, answer);
	}
	return r == -1 ? -1 : 0;
}

int
sync_list_one(struct sync *s, int64_t number, struct err *e)
{
	struct sync_issue *issue = sync_state_by_number(&s->state, number);
	const char *etag = issue != NULL && issue->base != NULL ? issue->etag : NULL;
	char *path = sync_issue_path(s, number, "%s", "");
	struct gh_answer answer = { 0 };
	int r = sync_get(s, path, GH_MAP, etag, &answer, e);

	if (r == 0 && answer.end == GH_OK) {
		r = take_answer(s, issue, number, &answer, e);
	} else if (r == 0 && answer.end == GH_GONE) {
		gone(s, issue, "deleted");
	} else if (r == 0 && answer.end == GH_MISSING) {
		gone(s, issue, "missing");
	} else if (r == 0 && answer.end != GH_SAME) {
		if (!sync_ends(&answer, e))
			sync_left(s, "update", issue != NULL ? issue->task : 0, number, ERR_FAILED,
			    "%s", answer.why);
		else
			r = -1;
	}
	gh_answer_release(&answer);
	free(path);
	return r;
}

/* Linked ones that were open and are in no list of the open ones, though that be the same as
 * before: it may have been without them then.  And those that were not there the last time. */
static int
missing_ones(struct sync *s, struct err *e)
{
	int asked = 0;

	for (size_t i = 0; i < s->state.n; i++) {
		const struct sync_issue *issue = s->state.v[i];

		if (issue->gone != NULL || issue->task == 0 || issue->away != 0 ||
		    (issue->base != NULL && !issue->base->open) ||
		    sync_remote_find(s, issue->number) != NULL)
			continue;
		if ((s->unfinished = asked++ == LONE_MAX))
			return 0;
		if (sync_list_one(s, issue->number, e) == -1)
			return -1;
	}
	for (size_t i = 0; i < s->state.n && asked < LONE_MAX; i++) {
		const struct sync_issue *issue = s->state.v[i];

		if (issue->gone == NULL || strcmp(issue->gone, "missing") != 0 || issue->task == 0 ||
		    issue->away != 0)
			continue;
		asked++;
		if (sync_list_one(s, issue->number, e) == -1)
			return -1;
	}
	return 0;
}

/*
 * Are these the issues of the repository that is pinned?  Its name may have come to another
 * one.  The id of an issue is that issue's alone: one that is known says yes, as does an answer
 * that is the same as before; where none is, GitHub is asked before anything is believed.
 */
static int
check(struct sync *s, bool same, struct err *e)
{
	bool agrees = same, contradicts = false;

	for (size_t i = 0; i < s->n; i++) {
		const struct sync_issue *issue = sync_state_by_number(&s->state, s->remote[i]->number);

		if (issue == NULL || issue->id == 0)
			continue;
		agrees |= issue->id == s->remote[i]->id;
		contradicts |= issue->id != s->remote[i]->id;
	}
	if (s->moved || contradicts || (!agrees && s->state.n > 0))
		s->state.checked_at = 0;
	else if (agrees)
		s->state.checked_at = s->now;
	return sync_repo_check(s, e);
}

int
sync_list(struct sync *s, struct err *e)
{
	bool first = s->state.since == 0, same;

	s->full = is_full(s);
	if (!first && (look_at_newest(s, e) == -1 ||
	    (!s->unchanged && pages(s, since_path(s), true, e) == -1)))
		return -1;
	same = s->unchanged;
	/* What was closed is in the list above only. */
	if (s->full && pages(s, open_path(s), first, e) == -1)
		return -1;
	if (check(s, same, e) == -1)
		return -1;
	if (s->full && missing_ones(s, e) == -1)
		return -1;
	return sync_away_list(s, e);
}

/*
 * No open issue was ever in a list: what happens to those that we know is seen from the newest
 * of them on, which stays in each list and tells whose it is, else from when the list was made.
 * Without any there is nothing to miss.
 */
static int64_t
begin(const struct sync *s)
{
	int64_t newest = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct sync_issue *issue = sync_state_by_number(&s->state, s->remote[i]->number);

		if (issue != NULL && issue->away == 0 && s->remote[i]->view.updated_at > newest)
			newest = s->remote[i]->view.updated_at;
	}
	return s->state.n == 0 ? 0 : newest != 0 ? newest : s->listed;
}

void
sync_list_done(struct sync *s)
{
	/* Of what was not wanted, or has to wait, nothing was taken over. */
	if (s->opts->only != NULL || s->unsettled)
		return;
	if (s->full && !s->unfinished)
		s->state.full_at = clock_now();
	if (s->seen > s->state.since)
		s->state.since = s->seen;
	if (s->state.since == 0)
		s->state.since = begin(s);
	if (s->etag_url == NULL)
		return;
	free(s->state.etag);
	free(s->state.etag_url);
	s->state.etag = s->etag;
	s->state.etag_url = s->etag_url;
	s->etag = s->etag_url = NULL;
}
