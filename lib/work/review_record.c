/*
 * review_record - what came of a review, in one commit; and a person's verdict
 *
 * The commit is guarded by status, attempt number and what the task asks for.  What the
 * calls have cost is booked before it (review_book.c).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/str.h"
#include "doc/val.h"
#include "task/config.h"
#include "task/project.h"
#include "task/store.h"
#include "work/budget.h"
#include "work/fence.h"
#include "work/oneline.h"
#include "work/propagate.h"
#include "work/review_impl.h"
#include "work/verdict.h"

#define NOTES_MAX (32u << 10)	/* bytes of review_notes */

struct recording {
	const struct review_work *w;
	struct review_result *result;
};

static int
set_text(struct change *c, int64_t id, enum field f, const char *s, struct err *e)
{
	return change_set(c, id, f, s != NULL && *s != '\0' ? val_str(s) : NULL, e);
}

/* ---- what is decided ---- */

static char *
notes_of(const struct review_result *result)
{
	struct buf all = { 0 }, kept = { 0 };

	for (size_t i = 0; i < result->n; i++) {
		const struct review_seat *s = &result->seats[i];
		char *name = review_seat_title(s);

		if (review_verdict(s->record) != NULL)
			verdict_text(&all, name, review_verdict(s->record));
		free(name);
	}
	fence_cut(&kept, buf_str(&all), all.len, NOTES_MAX);
	buf_release(&all);
	return buf_detach(&kept);
}

/* How often it has been sent back, and whether that was enough. */
static int
send_back(struct change *c, const struct recording *r, struct state_facts *facts, struct err *e)
{
	struct review_result *result = r->result;
	int64_t id = r->w->task->id, rounds = change_int(c, id, F_REVIEW_ROUND);

	facts->verdict = VERDICT_PARK;
	if (rounds >= result->rounds) {
		snprintf(result->reason, sizeof result->reason,
		    "review: changes are asked for again, after %lld rounds", (long long)rounds);
		return 0;
	}
	if (budget_is_over(c, r->w->project, id, result->reason, sizeof result->reason))
		return 0;
	facts->verdict = VERDICT_RETRY;
	return change_set(c, id, F_REVIEW_ROUND, val_int(rounds + 1), e);
}

static int
decide(struct change *c, const struct recording *r, struct err *e)
{
	static const enum state_event events[DECISIONS] = {
		EV_REVIEW_APPROVE, EV_REVIEW_CHANGES, EV_REVIEW_REJECT };
	struct review_result *result = r->result;
	enum decision d = (enum decision)result->decision;
	int64_t id = r->w->task->id;
	struct state_facts facts = { .has_agent = true };
	char *notes = notes_of(result), *note = xasprintf("review: %s", result->by);
	char *line = oneline(note, strlen(note));
	struct val *data = val_map();
	int rc = -1;

	val_add(data, "decision", val_str(decision_name(d)));
	val_add(data, "by", val_str(result->by));
	val_add(data, "round", val_int(r->w->round));
	change_tell(c, "task.review", id, r->w->attempt, data);
	*result->reason = '\0';
	if (d == DECIDE_REJECT)
		snprintf(result->reason, sizeof result->reason, "review: rejected");
	if ((d == DECIDE_CHANGES && send_back(c, r, &facts, e) == -1) ||
	    (!result->left && review_book_end(c, id, r->w->attempt, e) == -1) ||
	    set_text(c, id, F_REVIEW_DECISION, decision_name(d), e) == -1 ||
	    set_text(c, id, F_REVIEW_NOTES, notes, e) == -1)
		goto done;
	rc = change_event(c, id, events[d], &facts, *result->reason ? result->reason : NULL, line, e);
	if (rc == 0)
		rc = propagate_end(c, r->w->project, id, e);
done:
	free(notes);
	free(note);
	free(line);
	return rc;
}

/* It stays; a person is told why where only one can go on, and no longer where not. */
static int
leave(struct change *c, const struct recording *r, struct err *e)
{
	int64_t id = r->w->task->id;
	struct val *old = change_get(c, id, F_REASON);
	const char *is = val_text(old), *why = r->result->why;
	int rc = 0;

	if (why == NULL && is != NULL && str_starts(is, "review: "))
		why = "review";
	if (why != NULL && (is == NULL || strcmp(is, why) != 0))
		rc = set_text(c, id, F_REASON, why, e);
	val_free(old);
	return rc;
}

static int
record(struct change *c, void *arg, struct err *e)
{
	const struct recording *r = arg;
	int64_t id = r->w->task->id;
	int rc;

	if (!review_work_awaits(r->w, tasks_find(change_tasks(c), id)))
		return err_set(e, ERR_BUSY, REVIEW_CHANGED);
	rc = r->result->decision == -1 ? leave(c, r, e) : decide(c, r, e);
	r->result->reached = change_status(c, id);
	return rc;
}

int
review_record(const struct review_work *w, struct review_result *result, struct err *e)
{
	const struct store_opts opts = { .wait_ms = LOCK_SETTLE_MS, .command = "orch-review" };
	struct recording r = { w, result };

	return store_update(w->project, &opts, record, &r, e);
}

/* ---- a person ---- */

struct speaking {
	struct project *p;
	const struct vec_id *ids;
	enum decision decision;
	const char *text;
	struct reviews *out;
};

/* Who was killed before the verdict was acknowledged says it again; and what is done needs
 * no approval. */
static bool
said_already(const struct task *t, const struct speaking *s)
{
	static const enum status there[DECISIONS] = { ST_DONE, ST_ROUTED, ST_NEEDS_REVIEW };
	const char *decision = task_text(t, F_REVIEW_DECISION), *notes = task_text(t, F_REVIEW_NOTES);

	if (s->decision == DECIDE_APPROVE)
		return t->status == ST_DONE;
	return t->status == there[s->decision] && decision != NULL &&
	    strcmp(decision, decision_name(s->decision)) == 0 &&
	    (s->text == NULL || (notes != NULL && strcmp(notes, s->text) == 0));
}

int
review_speak(struct change *c, struct project *p, int64_t id, enum decision decision,
    const char *text, struct err *e)
{
	static const enum state_event events[DECISIONS] = {
		EV_REVIEW_APPROVE, EV_REVIEW_CHANGES, EV_REVIEW_REJECT };
	static const char *const says[DECISIONS] = { "approved", "changes are asked for", "rejected" };
	const int64_t round = change_int(c, id, F_REVIEW_ROUND);
	const int attempt = (int)change_int(c, id, F_ATTEMPTS);
	const struct state_facts facts = { .has_agent = true, .verdict = VERDICT_RETRY };
	char *line = text ? oneline(text, strlen(text)) : xstrdup("");
	char *note = xasprintf("review: %s by hand%s%s", says[decision], *line ? ": " : "", line);
	struct val *data = val_map();
	int rc = -1;

	val_add(data, "decision", val_str(decision_name(decision)));
	val_add(data, "by", val_str("a person"));
	change_tell(c, "task.review", id, attempt, data);
	/* Somebody may be asking just now, who must find what is booked. */
	if (review_book(c, p, id, attempt, round + 1, e) == 0 &&
	    set_text(c, id, F_REVIEW_DECISION, decision_name(decision), e) == 0 &&
	    set_text(c, id, F_REVIEW_NOTES, text, e) == 0 && (decision != DECIDE_CHANGES ||
	    change_set(c, id, F_REVIEW_ROUND, val_int(round + 1), e) == 0) &&
	    change_event(c, id, events[decision], &facts,
	    decision == DECIDE_REJECT ? "review: rejected by hand" : NULL, note, e) == 0)
		rc = propagate_end(c, p, id, e);
	free(line);
	free(note);
	return rc;
}

static int
speak_all(struct change *c, void *arg, struct err *e)
{
	static const char *const done[DECISIONS] = { "approved", "sent back", "parked" };
	const struct speaking *s = arg;

	reviews_release(s->out);
	for (size_t i = 0; i < s->ids->n; i++) {
		const struct task *t = tasks_find(change_tasks(c), s->ids->v[i]);
		struct review_line *line;
		enum status next;
		struct err why = { 0 };
		int refused;

		s->out->v = vec_room(s->out->v, &s->out->cap, s->out->n, sizeof *s->out->v);
		line = &s->out->v[s->out->n++];
		*line = (struct review_line){ .id = s->ids->v[i], .decision = -1 };
		if (t == NULL) {
			err_set(&why, ERR_USAGE, "there is no such task");
			refused = 1;
		} else {
			line->attempt = (int)task_int(t, F_ATTEMPTS, 0);
			refused = !said_already(t, s) &&
			    state_next(t->status, EV_REVIEW_APPROVE, NULL, &next, &why) == -1;
		}
		if (refused) {
			line->status = t != NULL && t->status == ST_IN_PROGRESS ? 75 : err_exit(why.code);
			line->text = xstrdup(why.msg);
			continue;
		}
		line->decision = (int)s->decision;
		line->text = xstrdup(done[s->decision]);
		if (!said_already(t, s) && review_speak(c, s->p, t->id, s->decision, s->text, e) == -1)
			return err_prefix(e, "task %lld", (long long)t->id);
	}
	return 0;
}

/* What nobody has come back to after a kill is booked with the verdict; who still asks, or is
 * asked, is not waited for (review_left.c). */
static int
find_past(struct project *p, const struct vec_id *ids, struct err *e)
{
	struct tasks tasks = { 0 };
	int rc = store_read(p, &tasks, e);

	for (size_t i = 0; i < ids->n && rc == 0; i++) {
		const struct task *t = tasks_find(&tasks, ids->v[i]);

		if (t != NULL && t->status == ST_IN_REVIEW)
			rc = review_past_all(p, &(struct review_call){ t->id, (int)task_int(t, F_ATTEMPTS, 0),
			    task_int(t, F_REVIEW_ROUND, 0) + 1 }, 0, e) == -1 ? -1 : 0;
	}
	tasks_release(&tasks);
	return rc;
}

int
review_by_hand(struct project *p, const struct store_opts *opts, const struct vec_id *ids,
    enum decision decision, const char *text, struct reviews *out, struct err *e)
{
	struct speaking s = { p, ids, decision, text, out };

	if (!opts->dry_run && find_past(p, ids, e) == -1)
		return -1;
	return store_update(p, opts, speak_all, &s, e);
}
