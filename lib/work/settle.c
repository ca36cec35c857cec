#include "work/settle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/redact.h"
#include "doc/val.h"
#include "sys/lock.h"
#include "task/archive.h"
#include "task/config.h"
#include "task/project.h"
#include "task/repo.h"
#include "task/store.h"
#include "work/attempt.h"
#include "work/budget.h"
#include "work/cancel.h"
#include "work/delegate.h"
#include "work/jsonfile.h"
#include "work/oneline.h"
#include "work/outcome.h"
#include "work/propagate.h"
#include "work/reroute.h"
#include "work/settle_agent.h"
#include "work/usage.h"

#include <unistd.h>

#define FILES_KEPT	100
#define ERROR_KEPT	400	/* bytes of last_error */
#define LOOSE		"; not on its branch: "
#define NOTE_KEPT	120	/* bytes of it in a line of history */

struct settling {
	struct attempt *attempt;
	const struct outcome *outcome;
	const struct settle_facts *facts;
	struct outcome_decision decision;
	enum status reached;
	struct val *cancel;	/* a person withdrew it meanwhile; NULL: no */
	struct pool_amount assumed;	/* used, though nothing told it */
	struct buf left_out;	/* fields whose value was not valid, for the history */
	bool refused;		/* its list of delegations: `e` says why */
};

/* ---- outcome.json: what the next attempt, the repeat counter and reviews read ---- */

static struct val *
list_of(const struct vec_str *list, size_t max)
{
	struct val *v = val_list();

	for (size_t i = 0; i < list->n && i < max; i++)
		val_push(v, val_str(list->v[i]));
	return v;
}

static int
write_outcome(const struct attempt *a, const struct outcome *o,
    const struct settle_facts *facts, struct err *e)
{
	struct val *v = val_map(), *washed;
	char when[CLOCK_MAX], *fingerprint = outcome_fingerprint(o);
	const char *summary = val_text(val_get(o->answer, "summary"));

	clock_format(clock_now(), when);
	val_put(v, "schema", val_int(1));
	val_put(v, "attempt", val_int(a->number));
	val_put(v, "at", val_str(when));
	val_put(v, "class", val_str(outcome_name(o->class)));
	if (o->detail != NULL)
		val_put(v, "detail", val_str(o->detail));
	val_put(v, "message", val_str(o->message ? o->message : ""));
	val_put(v, "fingerprint", val_str(fingerprint));
	free(fingerprint);
	if (summary != NULL)
		val_put(v, "summary", val_str(summary));
	if (facts->verify_output != NULL)
		val_put(v, "verify", val_str(facts->verify_output));
	if (a->tip_id[0] != '\0')
		val_put(v, "tip", val_str(a->tip_id));
	if (facts->verify != NULL)
		val_put(v, "checks", list_of(facts->verify, facts->verify->n));
	washed = redact_val(a->project->redact, v);
	val_free(v);
	return jsonfile_write(a->run_fd, "outcome.json", washed, e);
}

static struct val *
read_outcome(struct project *p, int64_t task, int number)
{
	char name[96];

	snprintf(name, sizeof name, "runs/%lld/%d/outcome.json", (long long)task, number);
	return jsonfile_peek(p->orch_fd, name, JSON_TEXT_MAX);
}

/* How many attempts in a row, this one included, ended with the fingerprint; no more than
 * those after `first`. */
static int
count_same(const struct attempt *a, int first, const char *fingerprint)
{
	int same = 1;

	for (int n = a->number - 1; n > first; n--) {
		struct val *v = read_outcome(a->project, a->task, n);
		const char *other = val_text(val_get(v, "fingerprint"));
		bool equal = other != NULL && strcmp(other, fingerprint) == 0;

		val_free(v);
		if (!equal)
			break;
		same++;
	}
	return same;
}

/* How many attempts after `first` were used up before this one: those whose class counts. */
static int
count_used(const struct attempt *a, int first)
{
	int used = 0;

	for (int n = first + 1; n < a->number; n++) {
		struct val *v = read_outcome(a->project, a->task, n);
		const char *name = val_text(val_get(v, "class"));
		int class = name ? outcome_find(name) : -1;

		/* What left no outcome, or an unknown one, is counted. */
		used += class == -1 || outcome_policy[class].counts;
		val_free(v);
	}
	return used;
}

/* ---- the commit ---- */

/* At most max bytes of a text, no letter cut in two; caller frees. */
static char *
cut(const char *text, size_t max)
{
	if (text == NULL)
		return xstrdup("");
	return xstrndup(text, str_cut(text, strlen(text), max));
}

/*
 * A value that its field does not take is left out and told, because the task must
 * leave in_progress whatever an agent or a folder's name put into it.
 */
static int
put(struct change *c, struct settling *s, enum field field, struct val *value, struct err *e)
{
	if (change_set(c, s->attempt->task, field, value, e) == 0)
		return 0;
	if (e->code != ERR_INVALID)
		return -1;
	buf_printf(&s->left_out, "; %s left out: %s", field_table[field].name, e->msg);
	*e = (struct err){ 0 };
	return 0;
}

/* A text or list of the answer becomes a field; absent leaves the field alone. */
static int
take(struct change *c, struct settling *s, enum field field, struct err *e)
{
	const struct val *v = val_get(s->outcome->answer, field_table[field].name);

	if (v == NULL || v->kind == VAL_NULL ||
	    (v->kind == VAL_STR && *v->s == '\0') || (v->kind == VAL_LIST && v->n == 0))
		return 0;
	return put(c, s, field, val_copy(v), e);
}

static int
put_text(struct change *c, struct settling *s, enum field field, const char *text, struct err *e)
{
	return put(c, s, field, text && *text ? val_str(text) : NULL, e);
}

/* A sum over the attempts of the task. */
static int
set_usage(struct change *c, struct settling *s, struct err *e)
{
	const struct outcome *o = s->outcome;
	const struct pool_amount *assumed = &s->assumed;
	struct usage used = {
		.tokens_in = (o->tokens_in > 0 ? o->tokens_in : 0) + assumed->v[POOL_TOKENS],
		.tokens_out = o->tokens_out,
		.ms = s->facts->ms + assumed->v[POOL_TIME],
		.cost_usd = o->cost_usd > 0 ? o->cost_usd :
		    (double)assumed->v[POOL_COST] / (double)POOL_DOLLAR,
		.estimated_usd = o->cost_priced ? o->cost_usd : 0,
	};

	return usage_add(c, s->attempt->task, &used, e);
}

/*
 * A question is open until it has an answer, so the answer to the one before goes.  Who
 * asks without one, blocked or in need of help, is asked about in its own words.
 */
static int
set_question(struct change *c, struct settling *s, struct err *e)
{
	const struct val *parts;

	if (s->outcome->class != OUTCOME_ASKS)
		return 0;
	parts = val_get(s->outcome->answer, "delegations");
	if (parts != NULL && parts->n > 0)
		buf_printf(&s->left_out, "; %zu delegations left out: it asks first", parts->n);
	if (put_text(c, s, F_ANSWER, NULL, e) == -1 ||
	    put_text(c, s, F_QUESTION, s->outcome->message, e) == -1)
		return -1;
	return take(c, s, F_QUESTION, e);
}

/* One that cannot be gone on in is told, and the one before it is not gone on in either. */
static int
set_session(struct change *c, struct settling *s, struct err *e)
{
	const struct outcome *o = s->outcome;

	if (o->session_odd != NULL)
		buf_printf(&s->left_out, "; session left out: '%.*s' is no name of one",
		    (int)str_cut(o->session_odd, strlen(o->session_odd), 80), o->session_odd);
	return o->session == NULL && o->session_odd == NULL ? 0 :
	    put_text(c, s, F_SESSION, o->session, e);
}

static int
set_results(struct change *c, struct settling *s, struct err *e)
{
	static const enum field from_answer[] = {
		F_SUMMARY, F_ACCOMPLISHED, F_REMAINING, F_BLOCKERS, F_NEEDS_HELP,
	};
	const struct attempt *a = s->attempt;
	const struct outcome *o = s->outcome;
	char *message = cut(o->message, ERROR_KEPT);
	int r = -1;
	bool failed = o->class != OUTCOME_OK && o->class != OUTCOME_CONTINUE &&
	    o->class != OUTCOME_ASKS && o->class != OUTCOME_DELEGATED;

	for (size_t i = 0; i < sizeof from_answer / sizeof *from_answer; i++)
		if (take(c, s, from_answer[i], e) == -1)
			goto done;
	if (set_question(c, s, e) == -1 ||
	    put_text(c, s, F_LAST_ERROR, failed ? message : NULL, e) == -1 ||
	    put_text(c, s, F_ERROR_CLASS, failed ? outcome_name(o->class) : NULL, e) == -1 ||
	    (a->branch != NULL && put_text(c, s, F_BRANCH, a->branch, e) == -1) ||
	    (a->worktree != NULL && put_text(c, s, F_WORKTREE, a->worktree, e) == -1) ||
	    set_session(c, s, e) == -1 ||
	    change_list(c, a->task, F_TRIED_AGENTS, a->agent, NULL, e) == -1 ||
	    set_usage(c, s, e) == -1)
		goto done;
	/* What an earlier attempt was warned of says nothing of this one. */
	if (s->facts->warnings != NULL && s->facts->warnings->n > 0)
		r = put(c, s, F_WARNINGS, list_of(s->facts->warnings, FILES_KEPT), e);
	else
		r = change_set(c, a->task, F_WARNINGS, NULL, e);
	if (r == 0 && s->facts->files != NULL && s->facts->files->n > 0)
		r = put(c, s, F_FILES_CHANGED, list_of(s->facts->files, FILES_KEPT), e);
done:
	free(message);
	return r;
}

/* The reason and the facts with which a success leaves in_progress. */
static const char *
success(const struct settling *s, struct state_facts *facts)
{
	const struct config *config = &s->attempt->project->config;
	const struct val *reviewers = config_val(config, "review.reviewers");
	bool sure = s->facts->checked || s->facts->exit_is_check;

	facts->review_due = true;
	if (reviewers != NULL && reviewers->n > 0)
		return "review";
	if (!sure && strcmp(config_text(s->attempt->repo->config, "accept"), "unchecked") != 0)
		return "unchecked";
	facts->review_due = false;
	return sure ? NULL : "accepted unchecked";
}

/* The line of history: "attempt 2: crashed: exit status 1". */
static char *
note_of(const struct settling *s)
{
	const struct outcome *o = s->outcome;
	char *message = cut(o->message, NOTE_KEPT);
	char *note = xasprintf("attempt %d: %s%s%s%s%s%s", s->attempt->number,
	    outcome_name(o->class), *message ? ": " : "", message,
	    s->facts->loose ? LOOSE : "", s->facts->loose ? s->facts->loose : "",
	    buf_str(&s->left_out));

	free(message);
	return note;
}

static int
record(struct change *c, void *arg, struct err *e)
{
	struct settling *s = arg;
	const struct attempt *a = s->attempt;
	struct val *attempts = change_get(c, a->task, F_ATTEMPTS);
	int64_t current = val_number(attempts, 0);
	struct state_facts facts = { .has_agent = true, .verdict = s->decision.verdict };
	const char *reason = s->decision.reason;
	char *note, when[CLOCK_MAX];
	int r;

	val_free(attempts);
	if (change_status(c, a->task) != ST_IN_PROGRESS || current != a->number)
		return err_set(e, ERR_FAILED, "attempt %d is over already: its result is "
		    "refused and stays in '%s'", a->number, a->run_dir);
	if (set_results(c, s, e) == -1)
		return -1;
	if (s->decision.event == EV_FINISH)
		reason = success(s, &facts);
	if (s->cancel != NULL) {
		reason = val_text(val_get(s->cancel, "reason"));
	} else if (facts.verdict == VERDICT_RETRY && s->decision.event != EV_FINISH &&
	    s->decision.event != EV_ASK && budget_is_over(c, a->project, a->task,
	    s->decision.reason, sizeof s->decision.reason)) {
		facts.verdict = VERDICT_FAIL;
		s->decision.retry_at = 0;
	}
	clock_format(s->decision.retry_at, when);
	if (change_set(c, a->task, F_RETRY_AT,
	    s->decision.retry_at > 0 ? val_str(when) : NULL, e) == -1)
		return -1;
	note = note_of(s);
	r = change_event(c, a->task, s->decision.event, &facts,
	    reason && *reason ? reason : NULL, note, e);
	free(note);
	if (r == -1)
		return -1;
	s->reached = change_status(c, a->task);
	return propagate_end(c, a->project, a->task, e);
}

/* The last attempt that a person has forgiven; 0: none. */
static int
forgiven(struct change *c, const struct attempt *a)
{
	struct val *v = change_get(c, a->task, F_RETRIED_AFTER);
	int64_t n = val_number(v, 0);

	val_free(v);
	return (int)n;
}

static int
max_attempts(struct change *c, const struct attempt *a)
{
	struct val *v = change_get(c, a->task, F_MAX_ATTEMPTS), *budget = change_get(c, a->task, F_BUDGET);
	int64_t n = val_number(v, config_int(&a->project->config, "max_attempts"));
	int64_t allowed = val_number(val_get(budget, "attempts"), n);

	val_free(v);
	val_free(budget);
	return (int)(allowed < n ? allowed : n);
}

/*
 * The parts that it wants others to do become its children.  A list that must not be made is
 * the agent's failure, which whoever comes next is told.
 */
static int
hand_over(struct change *c, struct settling *s, struct err *e)
{
	const struct attempt *a = s->attempt;
	const struct val *parts = val_get(s->outcome->answer, "delegations");
	struct delegated d = { 0 };
	struct err broken = { 0 };
	int r;

	if (budget_is_over(c, a->project, a->task, s->decision.reason, sizeof s->decision.reason)) {
		s->decision.event = EV_ATTEMPT_FAILED;
		s->decision.verdict = VERDICT_FAIL;
		return 0;
	}
	r = delegate_children(c, a->project, a->task, parts, true, &d, e);
	if (r == 0 && d.made == 0)
		r = err_set(e, ERR_INVALID, "its children were asked for all of it before");
	s->refused = r == -1 && archive_failed(change_archive(c), &broken) == 0 &&
	    (e->code == ERR_INVALID || e->code == ERR_FAILED || e->code == ERR_USAGE);
	delegated_release(&d);
	return r;
}

static void
refuse_parts(struct outcome *o, struct err *e)
{
	char *message = xasprintf("delegations refused: %s", e->msg);

	free(o->message);
	o->message = oneline(message, strlen(message));
	o->class = OUTCOME_INVALID_OUTPUT;
	free(message);
	*e = (struct err){ 0 };
}

/* The decision needs the task as it is under the lock, so it is made in there. */
static int
decide_and_record(struct change *c, void *arg, struct err *e)
{
	struct settling *s = arg;
	char *fingerprint = outcome_fingerprint(s->outcome);
	int first = forgiven(c, s->attempt);
	struct outcome_history history = {
		.attempts = count_used(s->attempt, first) + 1,
		.max_attempts = max_attempts(c, s->attempt),
		.same = count_same(s->attempt, first, fingerprint),
		.now = change_now(c),
		.random = num_random(),
		.reset_at = s->outcome->reset_at,
		.hopeless = s->outcome->hopeless,
	};
	char *other = NULL, *why = NULL;
	int r;

	free(fingerprint);
	buf_cut(&s->left_out, 0);
	outcome_decide(s->outcome->class, &history, &s->attempt->project->config, &s->decision);
	s->refused = false;
	val_free(s->cancel);
	s->cancel = cancel_read(s->attempt->run_fd);
	r = settle_agent(c, s->attempt, s->outcome, s->facts, history.random, &s->decision,
	    &s->assumed, &other, &why, e);
	if (r == 0 && s->cancel != NULL)
		s->decision = (struct outcome_decision){ .event = EV_CANCEL };
	if (r == 0 && s->decision.event == EV_DELEGATE)
		r = hand_over(c, s, e);
	if (r == 0)
		r = record(c, s, e);
	if (r == 0 && other != NULL && s->reached == ST_ROUTED)
		r = reroute(c, s->attempt->task, other, why, e);
	free(other);
	free(why);
	return r;
}

static int
status_of(enum status reached)
{
	switch (reached) {
	case ST_DONE:
	case ST_IN_REVIEW:
		return 0;
	case ST_ROUTED:
	case ST_BLOCKED:
		return 75;
	default:
		return 69;
	}
}

int
settle_attempt(struct attempt *a, struct outcome *o, const struct settle_facts *facts,
    char **message, struct err *e)
{
	struct settling s = { .attempt = a, .outcome = o, .facts = facts };
	struct store_opts opts = { .wait_ms = LOCK_SETTLE_MS, .command = "orch-run" };
	int r;

	/* At most twice: what is refused is no list any more. */
	do {
		r = write_outcome(a, o, facts, e) == -1 ? -1 :
		    store_update(a->project, &opts, decide_and_record, &s, e);
		if (r == -1 && s.refused)
			refuse_parts(o, e);
		else if (r == -1)
			goto done;
	} while (r == -1);
	log_write(&a->project->log, LOG_INFO, a->task, a->number, "%s: %s -> %s",
	    outcome_name(o->class), o->message ? o->message : "", state_name(s.reached));
	*message = o->class == OUTCOME_OK
	    ? xasprintf("%s%s%s", state_name(s.reached),
		facts->loose ? "\nsome of what was checked is not on its branch: " : "",
		facts->loose ? facts->loose : "")
	    : xasprintf("%s: %s%s%s", state_name(s.reached), outcome_name(o->class),
		o->message && *o->message ? ": " : "", o->message ? o->message : "");
	if (facts->loose != NULL)
		log_write(&a->project->log, LOG_WARN, a->task, a->number,
		    "some of what was checked is not on its branch: %s", facts->loose);
	if (s.left_out.len > 0)
		log_write(&a->project->log, LOG_WARN, a->task, a->number, "settled%s",
		    buf_str(&s.left_out));
	r = status_of(s.reached);
done:
	val_free(s.cancel);
	buf_release(&s.left_out);
	return r;
}
