/*
 * From a report to a class.  The driver's finer classes map to ours by one table;
 * an ending that the driver calls good is then judged by the answer, and what is
 * claimed there by what can be seen: changes, commits, a summary.
 *
 * The answer file rules where there is one, valid or not: whoever wrote it meant it.
 */
#include "work/outcome.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/redact.h"
#include "doc/val.h"
#include "base/vec.h"
#include "work/add.h"
#include "work/agent.h"
#include "work/answer.h"
#include "work/classify.h"
#include "work/delegate.h"
#include "work/oneline.h"

static const char *const names[OUTCOME_N] = {
	[OUTCOME_OK] = "ok",
	[OUTCOME_CONTINUE] = "continue",
	[OUTCOME_ASKS] = "asks",
	[OUTCOME_DELEGATED] = "delegated",
	[OUTCOME_RATE_LIMITED] = "rate_limited",
	[OUTCOME_OVERLOADED] = "overloaded",
	[OUTCOME_AUTH] = "auth",
	[OUTCOME_BILLING] = "billing",
	[OUTCOME_MISSING_TOOL] = "missing_tool",
	[OUTCOME_CONTEXT_OVERFLOW] = "context_overflow",
	[OUTCOME_TIMEOUT] = "timeout",
	[OUTCOME_IDLE] = "idle",
	[OUTCOME_CRASHED] = "crashed",
	[OUTCOME_INVALID_OUTPUT] = "invalid_output",
	[OUTCOME_NO_WORK] = "no_work",
	[OUTCOME_REFUSED] = "refused",
	[OUTCOME_VERIFY_FAILED] = "verify_failed",
	[OUTCOME_SETUP_FAILED] = "setup_failed",
	[OUTCOME_ORPHANED] = "orphaned",
	[OUTCOME_INTERRUPTED] = "interrupted",
	[OUTCOME_OVER_BUDGET] = "over_budget",
};

/* What the driver says, where our word for it is another one (AGENTS.md, head). */
static const struct {
	const char *driver;
	enum outcome_class class;
} finer[] = {
	{ "quota", OUTCOME_BILLING },
	{ "config", OUTCOME_AUTH },
	{ "bad_model", OUTCOME_AUTH },
	{ "network", OUTCOME_OVERLOADED },
	{ "truncated", OUTCOME_INVALID_OUTPUT },
	{ "empty", OUTCOME_INVALID_OUTPUT },
	{ "bad_output", OUTCOME_INVALID_OUTPUT },
	{ "no_result", OUTCOME_INVALID_OUTPUT },
	{ "denied", OUTCOME_REFUSED },
	{ "bad_request", OUTCOME_REFUSED },
	{ "budget", OUTCOME_REFUSED },		/* its own limit: more money is a person's call */
	{ "failed", OUTCOME_CRASHED },
	{ "output", OUTCOME_CRASHED },		/* stopped by us: it wrote too much */
	{ "asked", OUTCOME_INTERRUPTED },
	{ "interrupted", OUTCOME_CRASHED },	/* not by us, so it counts */
};

const char *
outcome_name(enum outcome_class class)
{
	return names[class];
}

int
outcome_find(const char *name)
{
	for (int i = 0; i < OUTCOME_N; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

/* A word that nobody knows is a failure, whatever it was meant to say. */
enum outcome_class
outcome_of(const char *driver)
{
	int found;

	for (size_t i = 0; i < sizeof finer / sizeof *finer; i++)
		if (strcmp(finer[i].driver, driver) == 0)
			return finer[i].class;
	found = outcome_find(driver);
	return found < 0 ? OUTCOME_CRASHED : (enum outcome_class)found;
}

static void
conclude(struct outcome *o, enum outcome_class class, const char *message)
{
	char *text = redact_string(o->redact, xstrdup(message));

	o->class = class;
	free(o->message);
	o->message = oneline(text, strlen(text));
	free(text);
}

/* ---- finding the answer ---- */

static bool
is_blank(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr(" \t\r\n", s[i]))
			return false;
	return true;
}

/* The object that is meant to be the answer, not yet checked.  NULL: none, or one that
 * cannot be used (e->code). */
static struct val *
find_answer(const struct outcome_facts *facts, const struct classify_report *report,
    const struct val *schema, bool *in_file, struct err *e)
{
	*e = (struct err){ 0 };
	*in_file = facts->file && !is_blank(facts->file, facts->file_len);
	if (*in_file)
		return answer_find(facts->file, facts->file_len, schema, e);
	if (report->json)
		return val_copy(report->json);
	return report->text ? answer_find(report->text, strlen(report->text), schema, e) : NULL;
}

/* ---- judging the answer ---- */

static bool
has_text(const struct val *answer, const char *key)
{
	const char *s = val_text(val_get(answer, key));

	return s && !is_blank(s, strlen(s));
}

static bool
is_status(const struct val *answer, const char *status)
{
	const char *s = val_text(val_get(answer, "status"));

	return s && strcmp(s, status) == 0;
}

/* The first of the keys that has something to say. */
static const char *
words(const struct val *answer, const char *const *keys, const char *otherwise)
{
	const struct val *v;

	for (; *keys; keys++) {
		v = val_get(answer, *keys);
		if (v && v->kind == VAL_LIST && v->n > 0)
			v = v->v[0];
		if (val_text(v) && !is_blank(v->s, strlen(v->s)))
			return v->s;
	}
	return otherwise;
}

/* ---- what it hands to others ---- */

/* Whoever has no answer to give, as a shell has none, may have noted parts all the same. */
static void
take_requested(struct outcome *o, const struct val *requested)
{
	struct val *parts;

	if (requested == NULL || requested->n == 0)
		return;
	if (o->answer == NULL) {
		o->answer = val_map();
		val_put(o->answer, "status", val_str("blocked"));
	}
	if ((parts = val_get(o->answer, "delegations")) != NULL)
		delegate_append(parts, requested);
	else
		val_put(o->answer, "delegations", val_copy(requested));
}

/* Before anything of it is compared with what was stored so. */
static void
wash_answer(struct outcome *o)
{
	struct val *raw = o->answer;

	if (raw == NULL)
		return;
	o->answer = redact_val(o->redact, raw);
	val_free(raw);
}

static bool
was_asked(const struct vec_str *asked, const struct val *part)
{
	struct buf text = { 0 };
	bool yes;

	add_identity(&text, val_text(val_get(part, "title")), val_text(val_get(part, "body")));
	yes = vec_str_has(asked, buf_str(&text));
	buf_release(&text);
	return yes;
}

/* Who asks again for what its children have done would ask for ever. */
static void
drop_asked(struct outcome *o, const struct vec_str *asked)
{
	const struct val *parts = val_get(o->answer, "delegations");

	if (parts == NULL || asked == NULL)
		return;
	for (size_t i = 0; i < parts->n; i++)
		if (!was_asked(asked, parts->v[i]))
			return;
	val_drop(o->answer, "delegations");
}

/*
 * A person first: whoever asks must be heard before more work starts.  What is
 * claimed to be done must show.
 */
static void
judge_answer(struct outcome *o, const struct outcome_facts *facts, bool exit_is_answer)
{
	static const char *const asking[] = { "question", "reason", "blockers", "summary", NULL };
	static const char *const telling[] = { "summary", "reason", NULL };
	const struct val *a, *children;
	bool delegates, noted = o->answer == NULL;
	bool needs_commit = facts->produces && strcmp(facts->produces, "commits") == 0;

	take_requested(o, facts->requested);
	wash_answer(o);
	drop_asked(o, facts->asked);
	children = val_get(o->answer, "delegations");
	delegates = children && children->n > 0;
	/* What was made up for the sake of the list goes with it. */
	if (noted && !delegates) {
		val_free(o->answer);
		o->answer = NULL;
	}
	a = o->answer;
	if (is_status(a, "needs_review") || has_text(a, "question")
	    || val_truth(val_get(a, "needs_help"), false))
		conclude(o, OUTCOME_ASKS, words(a, asking, "the agent needs a person"));
	else if (delegates)
		conclude(o, OUTCOME_DELEGATED, words(a, telling, "the agent delegates"));
	else if (is_status(a, "blocked"))
		conclude(o, OUTCOME_ASKS, words(a, asking, "the agent is blocked"));
	else if (facts->plan)
		conclude(o, OUTCOME_NO_WORK, "the task is to be divided first (label plan), but nothing "
		    "is delegated");
	else if (is_status(a, "in_progress"))
		conclude(o, OUTCOME_CONTINUE, words(a, telling, "the agent wants to go on"));
	else if (needs_commit && !facts->committed)
		conclude(o, OUTCOME_NO_WORK, "the agent says done, but there is no commit");
	else if (!exit_is_answer && !facts->changed && !has_text(a, "summary"))
		conclude(o, OUTCOME_NO_WORK,
		    "the agent says done, but nothing changed and it found nothing to say");
	else
		conclude(o, OUTCOME_OK, words(a, telling, ""));
}

static void
refuse_answer(struct outcome *o, bool in_file, const char *why)
{
	char *s = xasprintf("%s: %s", in_file ? "answer file" : "answer", why);

	conclude(o, OUTCOME_INVALID_OUTPUT, s);
	free(s);
}

/* Why there is none: a soft class of the driver says more than we can see. */
static void
no_answer(struct outcome *o, const struct classify_report *r, bool in_file)
{
	enum outcome_class class = outcome_of(r->class);
	char *tail, *s;

	if (in_file) {
		refuse_answer(o, in_file, "no JSON object in it");
	} else if (class != OUTCOME_OK) {
		conclude(o, class, r->message);
	} else if (r->denied) {
		s = xasprintf("no answer; the agent was not allowed to use: %s", r->denied);
		conclude(o, OUTCOME_REFUSED, s);
		o->detail = xstrdup("denied");
		free(s);
	} else {
		tail = oneline_last(r->text ? r->text : "", r->text ? strlen(r->text) : 0);
		s = *tail ? xasprintf("no answer object in the text, which ends: %s", tail)
		    : xstrdup("no answer: the text is empty");
		conclude(o, OUTCOME_INVALID_OUTPUT, s);
		free(tail);
		free(s);
	}
}

/* The process ended well. */
static int
judge_good(struct outcome *o, const struct agent *a, const struct val *schema,
    const struct outcome_facts *facts, const struct classify_report *r, struct err *e)
{
	struct err unusable;
	bool in_file;
	int rc;

	o->answer = find_answer(facts, a->answer_is_exit ? &(struct classify_report){ 0 } : r,
	    schema, &in_file, &unusable);
	if (unusable.code != ERR_NONE) {
		refuse_answer(o, in_file, unusable.msg);
		return 0;
	}
	if (!o->answer && (!a->answer_is_exit || in_file)) {
		no_answer(o, r, in_file);
		return 0;
	}
	if (!o->answer) {
		judge_answer(o, facts, true);
		return 0;
	}
	rc = answer_check(schema, o->answer, e);
	if (rc == 0) {
		judge_answer(o, facts, a->answer_is_exit);
		return 0;
	}
	val_free(o->answer);
	o->answer = NULL;
	if (e->code == ERR_CONFIG)
		return err_prefix(e, "schema/result.json");
	refuse_answer(o, in_file, e->msg);
	*e = (struct err){ 0 };
	return 0;
}

static void
take_numbers(struct outcome *o, struct classify_report *r)
{
	o->session = r->session;
	o->session_odd = r->session_odd;
	r->session = r->session_odd = NULL;
	o->tokens_in = r->tokens.in;
	o->tokens_out = r->tokens.out;
	o->cost_usd = r->cost_usd;
	o->cost_priced = r->cost_priced;
	o->tokens_total = r->tokens_total;
	o->cost_total = r->cost_total;
	o->reset_at = r->reset_at;
}

/* What was not found, or could not be read, may be what was not kept. */
static void
blame_length(struct outcome *o, const struct outcome_facts *facts)
{
	char *s;

	if (o->class != OUTCOME_INVALID_OUTPUT || facts->left_out == 0 || facts->file != NULL)
		return;
	s = xasprintf("its output is too long, %lld bytes of it were not kept, and in the rest: %s",
	    (long long)facts->left_out, o->message);
	conclude(o, OUTCOME_INVALID_OUTPUT, s);
	free(s);
}

int
outcome_judge(struct outcome *o, const struct agent *a, const struct val *schema,
    const struct outcome_facts *facts, struct err *e)
{
	struct classify_report r;
	int rc = 0;

	*o = (struct outcome){ .tokens_in = -1, .tokens_out = -1, .cost_usd = -1,
		.redact = facts->redact };
	conclude(o, OUTCOME_CRASHED, "not judged");
	classify(&r, a, facts->ending);
	take_numbers(o, &r);
	if (r.good)
		rc = judge_good(o, a, schema, facts, &r, e);
	else
		conclude(o, outcome_of(r.class), r.message);
	blame_length(o, facts);
	/* The driver's word, where it says more than ours about what was decided. */
	if (!o->detail && o->class == outcome_of(r.class)
	    && strcmp(r.class, outcome_name(o->class)) != 0)
		o->detail = xstrdup(r.class);
	classify_release(&r);
	if (rc == -1)
		outcome_release(o);
	return rc;
}

void
outcome_release(struct outcome *o)
{
	free(o->message);
	free(o->detail);
	val_free(o->answer);
	free(o->session);
	free(o->session_odd);
	*o = (struct outcome){ 0 };
}
