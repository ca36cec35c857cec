#include "work/sync_away.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/val.h"
#include "task/store.h"
#include "work/sync_feedback.h"
#include "work/sync_impl.h"
#include "work/sync_link.h"
#include "work/sync_list.h"
#include "work/sync_merge.h"
#include "work/sync_set.h"

/* ---- what a task says ---- */

int64_t
sync_at_home(const struct val *gh)
{
	return val_number(val_path(gh, "from.repo_id"), val_number(val_get(gh, "repo_id"), 0));
}

void
sync_at_read(const struct sync *s, const struct val *gh, struct sync_at *at)
{
	int64_t repo = val_number(val_get(gh, "repo_id"), 0);
	int64_t number = val_number(val_get(gh, "number"), 0);
	int64_t from = val_number(val_path(gh, "from.number"), 0);

	*at = (struct sync_at){ 0 };
	if (number <= 0)
		return;
	if (repo == s->pin.id)
		at->number = number;
	else if (repo > 0 && from > 0 && sync_at_home(gh) == s->pin.id)
		*at = (struct sync_at){ from, repo, number };
}

bool
sync_at_damaged(const struct sync *s, const struct task *t)
{
	struct val *gh = task_is_set(t, F_GH) ? task_value(t, F_GH) : NULL;
	struct sync_at at;
	bool ours = gh != NULL && sync_at_home(gh) == s->pin.id;

	sync_at_read(s, gh, &at);
	val_free(gh);
	return ours && at.number == 0;
}

bool
sync_at_same(const struct sync_issue *issue, const struct sync_at *at)
{
	return issue->number == at->number && issue->away == at->away &&
	    issue->away_number == at->away_number;
}

void
sync_at_put(struct sync_issue *issue, const struct sync_at *at)
{
	if (sync_at_same(issue, at))
		return;
	issue->away = at->away;
	issue->away_number = at->away_number;
	issue->dirty = true;
	issue->arrived = true;
	/* Its comments may have other ids there: ours are looked for. */
	issue->comments_known = false;
	free(issue->etag);
	free(issue->item);
	free(issue->column);
	issue->etag = issue->item = issue->column = NULL;
}

static void
put_from(const struct sync *s, struct val *gh, int64_t number)
{
	struct val *from = val_map();

	val_add(from, "repo_id", val_int(s->pin.id));
	val_add(from, "number", val_int(number));
	val_put(gh, "from", from);
}

struct val *
sync_at_map(const struct sync *s, const struct sync_issue *issue)
{
	struct val *gh = val_map();

	val_add(gh, "host", val_str(s->pin.host));
	val_add(gh, "repo_id", val_int(issue->away != 0 ? issue->away : s->pin.id));
	val_add(gh, "number", val_int(issue->away != 0 ? issue->away_number : issue->number));
	if (issue->away != 0)
		put_from(s, gh, issue->number);
	return gh;
}

/* ---- URLs ---- */

char *
sync_issue_path(const struct sync *s, int64_t number, const char *fmt, ...)
{
	const struct sync_issue *issue = sync_state_by_number(&s->state, number);
	char *tail, *path;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&tail, fmt, ap) == -1)
		xnomem();
	va_end(ap);
	path = issue != NULL && issue->away != 0 ? xasprintf("/repositories/%lld/issues/%lld%s",
	    (long long)issue->away, (long long)issue->away_number, tail) :
	    sync_path(s, "/issues/%lld%s", (long long)number, tail);
	free(tail);
	return path;
}

char *
sync_comment_path(const struct sync *s, const struct sync_issue *issue, int64_t id)
{
	return issue->away != 0 ? xasprintf("/repositories/%lld/issues/comments/%lld",
	    (long long)issue->away, (long long)id) :
	    sync_path(s, "/issues/comments/%lld", (long long)id);
}

/* ---- whether it is followed ---- */

enum { PRIVATE, INTERNAL, PUBLIC };	/* who can read it, more and more people */

struct repo {
	int64_t id, owner;
	int readers;
};

/* 1: it is known.  0: this token cannot see it. */
static int
look_at(struct sync *s, const char *path, struct repo *out, struct err *e)
{
	struct gh_answer answer = { 0 };
	int r = sync_get(s, path, GH_MAP, NULL, &answer, e);
	const char *visibility = r == 0 ? val_text(val_get(answer.body, "visibility")) : NULL;

	if (r == 0 && answer.end == GH_OK) {
		*out = (struct repo){ val_number(val_get(answer.body, "id"), 0),
			val_number(val_path(answer.body, "owner.id"), 0),
			val_truth(val_get(answer.body, "private"), false) ? PRIVATE : PUBLIC };
		if (visibility != NULL && strcmp(visibility, "internal") == 0)
			out->readers = INTERNAL;
		r = out->id > 0 && out->owner > 0;
	} else if (r == 0) {
		r = sync_ends(&answer, e) ? -1 : 0;
	}
	gh_answer_release(&answer);
	return r;
}

/* 1: yes, *there is filled in. */
static int
may_follow(struct sync *s, const struct sync_issue *issue, const char *moved, struct repo *there,
    struct err *e)
{
	const char *end = strstr(moved, "/issues/");
	char *to = xstrndup(moved, end != NULL ? (size_t)(end - moved) : strlen(moved));
	char *from = issue->away != 0 ? xasprintf("/repositories/%lld", (long long)issue->away) :
	    sync_path(s, "%s", "");
	struct repo was = { 0 };
	int r = end != NULL ? look_at(s, to, there, e) : 0;

	if (r == 1 && there->id != s->pin.id && (r = look_at(s, from, &was, e)) == 1)
		r = was.id == (issue->away != 0 ? issue->away : s->pin.id) &&
		    was.owner == there->owner && there->readers <= was.readers;
	free(to);
	free(from);
	return r;
}

/* ---- the task ---- */

struct moving {
	const struct sync *sync;
	int64_t task, number;		/* the issue that it must name still */
	struct val *gh;
	const char *note;
	bool done;
};

static int
move_task(struct change *c, void *arg, struct err *e)
{
	struct moving *m = arg;
	struct val *old = change_get(c, m->task, F_GH);
	const struct val *comment = val_get(old, "comment");
	struct sync_at at;

	sync_at_read(m->sync, old, &at);
	m->done = at.number == m->number;
	if (comment != NULL && val_get(m->gh, "comment") == NULL)
		val_add(m->gh, "comment", val_copy(comment));
	val_free(old);
	if (!m->done)
		return 0;
	return change_set(c, m->task, F_GH, val_copy(m->gh), e) == -1 ? -1 :
	    change_note(c, m->task, m->note, e);
}

/* What is told in one issue is not told in another one of the same task. */
static void
forget_comments(struct sync_issue *issue)
{
	issue->comments_known = false;
	issue->status_comment = issue->commented = 0;
	free(issue->status_text);
	free(issue->item);
	free(issue->column);
	issue->status_text = issue->item = issue->column = NULL;
	issue->closed_by_us = false;
	if (issue->base != NULL) {
		merge_sending(issue->base, NULL, 0);
		issue->base->updated_at = 0;
	}
}

/* The numbers of the pinned repository are the keys: one that came back may have a new one. */
struct sync_issue *
sync_away_rekey(struct sync *s, struct sync_issue *issue, int64_t number)
{
	int64_t former = issue->number, task = issue->task, id = issue->id;
	bool twin = issue->away == 0;
	struct sync_issue *to, was;

	if (number == former)
		return issue;
	to = sync_state_issue(&s->state, number);
	/* The state finds them by task and id: both let go of theirs before they change places. */
	for (int i = 0; i < 2; i++) {
		sync_state_bind(&s->state, i == 0 ? issue : to, 0);
		sync_state_identify(&s->state, i == 0 ? issue : to, 0);
	}
	was = *to;
	*to = *issue;
	to->number = number;
	if (twin)
		forget_comments(to);
	*issue = was;
	issue->number = former;
	free(issue->gone);
	issue->gone = xstrdup(twin ? "twin" : "transferred");
	sync_state_identify(&s->state, issue, id);
	sync_state_bind(&s->state, to, task);
	sync_state_identify(&s->state, to, id);
	return to;
}

/* What the task is to say; *number is the key. */
static int
make_map(struct sync *s, const struct sync_issue *issue, const struct val *json,
    const struct repo *there, struct val **gh, int64_t *number, struct err *e)
{
	bool home = there->id == s->pin.id;

	*number = home ? val_number(val_get(json, "number"), 0) : issue->number;
	/* Commands that stand there are of before. */
	if (home && sync_feedback_start(s, json, e) == -1)
		return -1;
	*gh = sync_link_map(s, json);
	if (!home) {
		val_put(*gh, "repo_id", val_int(there->id));
		val_drop(*gh, "comment");
		put_from(s, *gh, issue->number);
	}
	return 0;
}

int
sync_away_repin(struct sync *s, struct sync_issue **issue, struct val *gh, int64_t number,
    const char *note, struct err *e)
{
	struct moving m = { .sync = s, .task = (*issue)->task, .number = (*issue)->number, .gh = gh,
		.note = note };
	char *uid;

	if (!s->opts->dry_run && store_update(s->p, s->store, move_task, &m, e) == -1)
		return -1;
	if (!m.done && !s->opts->dry_run)
		return 0;
	*issue = sync_away_rekey(s, *issue, number);
	uid = (*issue)->uid != NULL ? xstrdup((*issue)->uid) : NULL;
	sync_link_know(s, m.task, uid, gh);
	free(uid);
	sync_did(s, "follow", m.task, number, "%s", note);
	return sync_state_save_issues(&s->state, e) == -1 ? -1 : 1;
}

int
sync_away_follow(struct sync *s, struct sync_issue **issue, const struct gh_answer *got,
    struct err *e)
{
	const char *url = val_text(val_get(got->body, "html_url"));
	const struct sync_issue *other;
	struct repo there = { 0 };
	struct val *gh = NULL;
	char *note = NULL;
	int64_t number = 0;
	int r = may_follow(s, *issue, got->moved, &there, e);

	/* The repository has another name, and that is all. */
	if (r == 1 && there.id == s->pin.id && (*issue)->away == 0 &&
	    val_number(val_get(got->body, "number"), 0) == (*issue)->number)
		return 1;
	if (r == 1 && (r = make_map(s, *issue, got->body, &there, &gh, &number, e)) == 0) {
		other = sync_state_by_number(&s->state, number);
		note = xasprintf("its issue was taken to %s", url != NULL ? url : "another place");
		if (other != NULL && other != *issue && other->task != 0)
			sync_left(s, "follow", (*issue)->task, number, ERR_INVALID,
			    "task %lld goes with it, too", (long long)other->task);
		else
			r = sync_away_repin(s, issue, gh, number, note, e);
	}
	val_free(gh);
	free(note);
	return r;
}

/* What the other repository does not have is dropped on the way: no person took it off. */
void
sync_away_arrived(struct sync_issue *issue, const struct view *there)
{
	struct vec_str both = { 0 };

	if (!issue->arrived || issue->base == NULL)
		return;
	sync_set_both(&both, &issue->base->labels, &there->labels);
	sync_set_copy(&issue->base->labels, &both);
	vec_str_release(&both);
	for (size_t i = 0; i < VIEW_MANAGED_N; i++)
		if (there->managed[i].n == 0)
			vec_str_release(&issue->base->managed[i]);
}

int
sync_away_look(struct sync *s, struct sync_issue *issue, const char *what,
    const struct gh_answer *answer, struct err *e)
{
	int64_t away = issue->away, number = issue->number, task = issue->task;

	if (answer->end != GH_GONE && answer->end != GH_MISSING && answer->end != GH_ELSEWHERE)
		return 0;
	if (sync_list_one(s, number, e) == -1)
		return -1;
	if (issue->gone == NULL && issue->away == away)
		return 0;
	if (issue->gone == NULL || issue->task != task)
		sync_left(s, what, task, number, ERR_BUSY,
		    "it was taken to another repository: the next run writes there");
	return sync_state_save_issues(&s->state, e) == -1 ? -1 : 1;
}

/* ---- in no list ---- */

int
sync_away_list(struct sync *s, struct err *e)
{
	struct vec_id numbers = { 0 };
	int r = 0;

	for (size_t i = 0; i < s->state.n; i++) {
		const struct sync_issue *issue = s->state.v[i];

		if (issue->away != 0 && issue->gone == NULL && issue->task != 0 &&
		    sync_wants(s, issue->task) &&
		    (s->full || issue->base == NULL || issue->base->open))
			vec_id_push(&numbers, issue->number);
	}
	for (size_t i = 0; i < numbers.n && r == 0; i++)
		r = sync_list_one(s, numbers.v[i], e);
	vec_id_release(&numbers);
	return r;
}
