/*
 * review_ask - one reviewer is asked about one attempt, and what becomes of its answer
 *
 * verdict.json is the newest call's record: {schema, at, task, attempt, agent, model, call,
 * failures, input, class, message, tries, reset_at, usage, verdict}.  Calls are numbered from
 * 1, and the files of call K are K.prompt.md and so on, K.again.* where it was shown what was
 * wrong with its answer.  `input` is the hash of what was asked: a verdict about other words
 * is none.  What may answer a call does not begin before K.input is on the disk, so that
 * whoever comes after a kill knows which question an answer belongs to.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "task/config.h"
#include "task/project.h"
#include "task/store.h"
#include "work/budget.h"
#include "work/call.h"
#include "work/call_book.h"
#include "work/classify.h"
#include "work/context.h"
#include "work/jsonfile.h"
#include "work/outcome.h"
#include "work/pool.h"
#include "work/review_impl.h"
#include "work/schema_file.h"
#include "work/verdict.h"

#define REPLY_MAX  (4u << 10)	/* bytes of an answer that it is shown again */

struct asking {
	const struct review_work *w;
	const struct review_seat *seat;
	const struct val *schema;
	const char *schema_text;
	const char *verdicts;
	struct call call;
	char input[FS_HASH_MAX];
	int64_t number;			/* of the call */
	int64_t failures;		/* of those before it */
	int64_t timeout_ms;
	bool past;			/* a call about other words was found and is to be booked */
	struct val *verdict;		/* valid */
	struct call_told told;
	char *message;			/* of that */
	struct buf refused;
};

/* ---- what a seat says ---- */

char *
review_seat_name(const struct review_seat *s)
{
	return xasprintf("%s%s", s->agent.id, s->arbiter ? REVIEW_ARBITER : "");
}

char *
review_seat_title(const struct review_seat *s)
{
	return xasprintf("%s%s", s->arbiter ? "arbiter " : "", s->agent.id);
}

const struct val *
review_verdict(const struct val *record)
{
	return val_get(record, "verdict");
}

char *
review_missing(const struct review_seat *s)
{
	const char *class = val_text(val_get(s->record, "class"));
	const char *message = val_text(val_get(s->record, "message"));

	if (s->record == NULL)
		return xasprintf("%s: %s", s->agent.id, s->why.msg);
	return xasprintf("%s: %s: %s", s->agent.id, class ? class : "?", message ? message : "");
}

static bool
is_limit(enum outcome_class class)
{
	return class == OUTCOME_RATE_LIMITED || class == OUTCOME_OVERLOADED || class == OUTCOME_AUTH ||
	    class == OUTCOME_BILLING || class == OUTCOME_MISSING_TOOL;
}

int
review_missing_status(const struct review_seat *s)
{
	const char *class = val_text(val_get(s->record, "class"));
	int known = class ? outcome_find(class) : -1;

	if (s->record == NULL)
		return err_exit(s->why.code);
	if (known != -1 && is_limit((enum outcome_class)known))
		return 75;
	return val_number(val_get(s->record, "failures"), 0) < REVIEW_ASKS ? 65 : 69;
}

/* ---- the prompt ---- */

static int
build(const struct asking *a, const char *refused, struct context *c, struct err *e)
{
	const struct context_judged judged = { .checks = a->w->checks, .verdicts = a->verdicts,
		.refused = refused };
	const struct context_input in = { .project = a->w->project, .repo = a->w->repo, .tasks = &a->w->tasks,
		.task = a->w->task, .attempt = a->w->attempt, .worktree = a->w->worktree,
		.base_id = a->w->base, .judged = &judged };

	return context_build(c, &in, e);
}

/* What is asked, without what was wrong with an answer: the same, the same verdict. */
static int
hash_input(struct asking *a, struct err *e)
{
	struct context c = { 0 };
	int r = build(a, NULL, &c, e);

	if (r == 0) {
		buf_puts(&c.prompt, a->w->head);
		buf_puts(&c.prompt, a->w->terms);
		fs_hash(c.prompt.data, c.prompt.len, a->input);
	}
	context_release(&c);
	return r;
}

/* ---- one call ---- */

static void
fail(struct asking *a, enum outcome_class class, const char *message)
{
	a->told.class = class;
	free(a->message);
	a->told.message = a->message = xstrdup(message);
}

static int
judge(struct asking *a, const struct classify_report *report, struct err *e)
{
	a->verdict = verdict_read(a->schema, a->w->task->id, a->w->attempt, report->text, report->json, e);
	if (a->verdict != NULL) {
		fail(a, OUTCOME_OK, "");
		return 0;
	}
	if (e->code != ERR_INVALID)
		return -1;
	fail(a, OUTCOME_INVALID_OUTPUT, e->msg);
	buf_cut(&a->refused, 0);
	buf_printf(&a->refused, "%s\n\n", e->msg);
	if (report->text != NULL)
		buf_append(&a->refused, report->text, strnlen(report->text, REPLY_MAX));
	*e = (struct err){ 0 };
	return 1;
}

/* 1: ask again.  A call that failed is not made again: the same would come of it. */
static int
try_once(struct asking *a, const char *suffix, struct err *e)
{
	char *name = xasprintf("%lld.%s", (long long)a->number, suffix);
	struct classify_report report = { 0 };
	struct context c = { 0 };
	struct call_wish wish = { .name = name, .schema = a->schema_text, .reviews = true,
		.timeout_ms = a->timeout_ms, .sealed = a->w->worktree };
	int64_t ms = 0;
	int r = build(a, a->refused.len > 0 ? buf_str(&a->refused) : NULL, &c, e);

	wish.system = buf_str(&c.system);
	wish.prompt = buf_str(&c.prompt);
	if (r == 0 && (r = call_ask(&a->call, &wish, &report, &ms, e)) == 0) {
		call_told_by(&a->told, &a->seat->agent, &report, ms);
		if (report.good)
			r = judge(a, &report, e);
		else
			fail(a, outcome_of(report.class), report.message);
		classify_release(&report);
	}
	context_release(&c);
	free(name);
	return r;
}

/* ---- may it be asked? ---- */

static int
look_at_budget(struct change *c, void *arg, struct err *e)
{
	const struct review_work *w = arg;
	char reason[160];

	return budget_is_over(c, w->project, w->task->id, reason, sizeof reason) ?
	    err_set(e, ERR_FAILED, "it is not asked, the task is %s", reason) : 0;
}

/* What the task may use; the days of agents are call_ask()'s to look at. */
static int
check_budget(struct asking *a, struct err *e)
{
	const struct store_opts opts = { .dry_run = true, .command = "orch-review" };
	struct review_work w = *a->w;

	return store_update(w.project, &opts, look_at_budget, &w, e);
}

/* ---- its folder ---- */

/* 0: that call asked the same; 1: there was no such call; 2: it asked something else. */
static int
look_at_call(const struct asking *a, int64_t call, struct err *e)
{
	char *name = review_input_name(call);
	struct buf text = { 0 };
	int r = fs_read(a->call.dir, name, FS_HASH_MAX, &text, e);

	if (r == 0 && strcmp(buf_str(&text), a->input) != 0)
		r = 2;
	buf_release(&text);
	free(name);
	return r;
}

/* The first call that may still be made, or be found to have been made.  1: none, because one
 * that has asked something else is to be booked first. */
static int
choose_call(struct asking *a, const struct val *record, struct err *e)
{
	const struct review_call of = { a->w->task->id, a->w->attempt, a->w->round };
	char *name;
	int r;

	a->number = val_number(val_get(record, "call"), 0) + 1;
	while ((r = look_at_call(a, a->number, e)) == 2) {
		if ((r = review_past_call(&of, &a->call, a->number, e)) != 1) {
			a->past = r == 0;
			return r == 0 ? 1 : -1;
		}
		a->number++;
	}
	if (r != 1)
		return r;
	if (check_budget(a, e) == -1)
		return -1;
	name = review_input_name(a->number);
	r = fs_replace(a->call.dir, name, a->input, strlen(a->input), 0600, e);
	free(name);
	return r;
}

static bool
is_about(const struct asking *a, const struct val *record)
{
	const char *input = val_text(val_get(record, "input"));

	return input != NULL && strcmp(input, a->input) == 0 &&
	    val_number(val_get(record, "task"), 0) == a->w->task->id &&
	    val_number(val_get(record, "attempt"), -1) == a->w->attempt;
}

/* Was it told before that this call came to nothing?  If not, it is told now. */
static bool
is_booked(const struct asking *a, const struct val *record)
{
	char *name = review_seat_name(a->seat), *key = review_call_key(a->w->attempt, name, record);
	bool yes = task_has(a->w->task, F_REVIEW_CALLS, key);

	free(name);
	free(key);
	return yes;
}

/* Does that record stand, or is another call to be made? */
static bool
stands(const struct asking *a, const struct val *record)
{
	const struct val *verdict = review_verdict(record);
	struct val *copy;
	struct err ignored = { 0 };
	bool valid;

	if (record == NULL || !is_about(a, record))
		return false;
	if (verdict == NULL)
		return !is_booked(a, record) || val_number(val_get(record, "failures"), 0) >= REVIEW_ASKS;
	copy = val_copy(verdict);
	valid = verdict_check(a->schema, a->w->task->id, a->w->attempt, copy, &ignored) == 0;
	val_free(copy);
	return valid;
}

static struct val *
record_of(struct asking *a)
{
	const char *model = a->seat->agent.model;
	struct val *v = val_map();
	char at[CLOCK_MAX];

	clock_format(clock_now(), at);
	val_add(v, "schema", val_int(1));
	val_add(v, "at", val_str(at));
	val_add(v, "task", val_int(a->w->task->id));
	val_add(v, "attempt", val_int(a->w->attempt));
	val_add(v, "agent", val_str(a->seat->agent.id));
	if (model != NULL)
		val_add(v, "model", val_str(model));
	val_add(v, "call", val_int(a->number));
	val_add(v, "failures", val_int(a->failures + (a->verdict == NULL && !is_limit(a->told.class))));
	val_add(v, "input", val_str(a->input));
	call_told_put(&a->told, v);
	if (a->verdict != NULL)
		val_add(v, "verdict", a->verdict);
	a->verdict = NULL;
	return v;
}

/* Nobody is shown what was wrong with an answer that nobody wants any more. */
static bool
is_awaited(const struct asking *a)
{
	struct err ignored = { 0 };

	return review_work_look(a->w, &ignored) == 0;
}

/* The record of that folder, made if it is missing; NULL: nothing is decided. */
static struct val *
ask(struct asking *a, struct err *e)
{
	struct val *v = jsonfile_peek(a->call.dir, REVIEW_RECORD, REVIEW_RECORD_MAX);
	int r;

	if (stands(a, v))
		return v;
	a->failures = is_about(a, v) ? val_number(val_get(v, "failures"), 0) : 0;
	r = choose_call(a, v, e) == 0 ? 1 : -1;
	val_free(v);
	for (int i = 0; i < REVIEW_TRIES && r == 1 && (i == 0 || is_awaited(a)); i++)
		r = try_once(a, review_tries[i], e);
	if (r == -1)
		return NULL;
	v = record_of(a);
	if (jsonfile_write(a->call.dir, REVIEW_RECORD, val_copy(v), e) == 0)
		return v;
	val_free(v);
	return NULL;
}

int64_t
review_call_ms(const struct project *p)
{
	return REVIEW_TRIES * (config_int(&p->config, "review.timeout") + 2 * config_int(&p->config, "grace"));
}

int
review_ask(const struct review_work *w, struct review_seat *s, const struct val *schema,
    const char *verdicts, struct err *e)
{
	char *text = schema_file_text(schema), *seat = review_seat_name(s), *name = xasprintf(
	    "runs/%lld/%d/review/%lld/%s", (long long)w->task->id, w->attempt, (long long)w->round, seat);
	struct asking a = { .w = w, .seat = s, .schema = schema, .schema_text = text,
		.verdicts = verdicts, .timeout_ms = config_int(&w->project->config, "review.timeout") };
	bool booked = true, again = hash_input(&a, &s->why) == 0;

	while (again && call_open(&a.call, w->project, &s->agent, name, review_call_ms(w->project),
	    &s->why) == 0) {
		a.past = false;
		s->record = ask(&a, &s->why);
		/* A limit passes; what a person has to open is told. */
		if (s->record == NULL && a.call.closed != POOL_OPEN)
			s->why.code = a.call.closed == POOL_DISABLED ? ERR_FAILED : ERR_BUSY;
		call_close(&a.call);
		booked = (s->record == NULL && !a.past) || review_book_now(w, &s->why) == 0;
		again = booked && a.past;
	}
	val_free(a.verdict);
	free(a.message);
	buf_release(&a.refused);
	free(text);
	free(seat);
	free(name);
	/* A disk that refuses would refuse the others too. */
	if (!booked || (s->record == NULL && s->why.code == ERR_SYSTEM)) {
		*e = s->why;
		return -1;
	}
	return 0;
}
