/* What an attempt amounts to, and what is done about it. */
#include "work/outcome.h"

#include <fcntl.h>
#include <stdlib.h>

#include "../lib/cases.h"
#include "../lib/tap.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "task/config.h"
#include "task/project.h"
#include "work/agent.h"
#include "work/agent_table.h"
#include "work/classify.h"

static struct val *
load_schema(void)
{
	struct buf text = { 0 };
	struct err e = { 0 };
	struct val *v = NULL;

	if (fs_read(AT_FDCWD, "share/orch/schema/result.json", 1 << 20, &text, &e) == 0)
		v = json_parse(text.data, text.len, &e);
	ok(v != NULL, "result.json %s", e.msg);
	buf_release(&text);
	return v;
}

/* ---- judging ---- */

static void
check_outcome(const struct cases *c, const struct outcome *o)
{
	struct buf answer = { 0 };
	const char *want;

	is(outcome_name(o->class), case_get(c, "class"), c->name);
	is(o->detail, case_get(c, "detail"), "its finer class");
	ok(o->message && !strchr(o->message, '\n'), "one line: %s", o->message);
	if ((want = case_get(c, "message")) != NULL)
		is(o->message, want, "its message");
	if ((want = case_get(c, "says")) != NULL)
		ok(strstr(o->message, want) != NULL, "says: %s", want);
	if ((want = case_get(c, "session")) != NULL)
		is(o->session, want, "its session");
	if ((want = case_get(c, "answer")) != NULL) {
		json_print(&answer, o->answer);
		is(buf_str(&answer), want, "its answer");
	}
	buf_release(&answer);
}

static void
test_judge(const struct val *schema)
{
	static char nowhere[] = "/nowhere", share[] = "tests/data/agents";
	struct project p = { .dir = nowhere, .share = share, .orch_fd = -1 };
	struct cases c;

	if (!ok(cases_open(&c, "tests/data/answers/outcomes.txt") == 0, "outcomes.txt"))
		return;
	while (cases_next(&c)) {
		struct classify_ending end = {
			.out = case_or(&c, "stdout", ""),
			.errtext = case_or(&c, "stderr", ""),
			.started = !case_get(&c, "started"),
			.exit = (int)atoll(case_or(&c, "exit", "0")),
			.signal = (int)atoll(case_or(&c, "signal", "0")),
			.stopped = case_or(&c, "stopped", ""),
		};
		struct outcome_facts facts = {
			.ending = &end, .file = case_get(&c, "file"),
			.changed = case_get(&c, "changed"),
			.committed = case_get(&c, "committed"),
			.produces = case_or(&c, "produces", "any"),
		};
		struct outcome o = { 0 };
		struct agent a = { 0 };
		struct err e = { 0 };

		end.out_len = strlen(end.out);
		end.err_len = strlen(end.errtext);
		facts.file_len = facts.file ? strlen(facts.file) : 0;
		if (ok(agent_load(&a, &p, case_get(&c, "agent"), &e) == 0
		    && outcome_judge(&o, &a, schema, &facts, &e) == 0, "judged %s", e.msg))
			check_outcome(&c, &o);
		outcome_release(&o);
		agent_release(&a);
	}
	free(c.text);
}

/* Limits of result.json hold. */
static void
test_limits(const struct val *schema)
{
	static char nowhere[] = "/nowhere", share[] = "tests/data/agents";
	struct project p = { .dir = nowhere, .share = share, .orch_fd = -1 };
	struct agent a = { 0 };
	struct err e = { 0 };

	if (agent_load(&a, &p, "plain", &e) == -1)
		return;
	for (int over = 0; over < 2; over++) {
		struct buf text = { 0 };
		struct classify_ending end = { .started = true, .errtext = "", .stopped = "" };
		struct outcome_facts facts = { .ending = &end };
		struct outcome o;

		buf_puts(&text, "{\"status\":\"done\",\"summary\":\"");
		for (int i = 0; i < 16384 + over; i++)
			buf_putc(&text, 'x');
		buf_puts(&text, "\"}");
		end.out = text.data;
		end.out_len = text.len;
		if (!ok(outcome_judge(&o, &a, schema, &facts, &e) == 0, "it is judged"))
			return;
		ok(o.class == (over ? OUTCOME_INVALID_OUTPUT : OUTCOME_OK), "summary of %d: %.80s",
		    16384 + over, o.message);
		outcome_release(&o);
		buf_release(&text);
	}
	agent_release(&a);
}

/* ---- names ---- */

static void
test_names(void)
{
	for (int i = 0; i < OUTCOME_N; i++)
		is_int(outcome_find(outcome_name((enum outcome_class)i)), i,
		    outcome_name((enum outcome_class)i));
	is_int(outcome_find("approved"), -1, "no such class");
}

/* ---- fingerprints ---- */

static const struct {
	const char *a, *b;
	bool same;
} prints[] = {
	{ "exit status 3: line 17 of /tmp/a/b.c", "exit status 3: line 99 of /var/x.c", true },
	{ "session 1a2b3c4d5e not found", "session ffee00112233 not found", true },
	{ "Cannot  open file", "cannot open FILE", true },
	{ "took 1.5 s (attempt 2)", "took 12.25 s (attempt 3)", true },
	{ "cannot open file", "cannot close file", false },
	{ "undefined reference to 'foo'", "undefined reference to 'bar'", false },
	{ "", "x", false },
};

static void
test_fingerprint(void)
{
	for (size_t i = 0; i < sizeof prints / sizeof *prints; i++) {
		struct outcome a = { .class = OUTCOME_CRASHED }, b = { .class = OUTCOME_CRASHED };
		char *x, *y;

		a.message = xstrdup(prints[i].a);
		b.message = xstrdup(prints[i].b);
		x = outcome_fingerprint(&a);
		y = outcome_fingerprint(&b);
		ok((strcmp(x, y) == 0) == prints[i].same, "'%s' and '%s'", x, y);
		free(x);
		free(y);
		b.class = OUTCOME_TIMEOUT;
		free(b.message);
		b.message = xstrdup(prints[i].a);
		x = outcome_fingerprint(&a);
		y = outcome_fingerprint(&b);
		ok(strcmp(x, y) != 0, "another class is another error");
		free(x);
		free(y);
		outcome_release(&a);
		outcome_release(&b);
	}
}

/* ---- decisions ---- */

#define NOW 1000000

static const struct {
	enum outcome_class class;
	int attempts, max, same;
	uint32_t random;
	int64_t reset_at;
	enum state_event event;
	enum state_verdict verdict;
	int64_t wait;		/* retry_at - NOW, 0: none */
	const char *reason;
} decisions[] = {
	{ OUTCOME_OK, 5, 5, 1, 0, 0, EV_FINISH, VERDICT_RETRY, 0, "" },
	{ OUTCOME_ASKS, 5, 5, 9, 0, 0, EV_ASK, VERDICT_PARK, 0, "" },
	{ OUTCOME_DELEGATED, 5, 5, 9, 0, 0, EV_DELEGATE, VERDICT_RETRY, 0, "" },
	/* base, doubled, capped; the jitter is -10 .. +10 percent */
	{ OUTCOME_CRASHED, 1, 5, 1, 6, 0, EV_ATTEMPT_FAILED, VERDICT_RETRY, 60, "" },
	{ OUTCOME_CRASHED, 2, 9, 1, 12, 0, EV_ATTEMPT_FAILED, VERDICT_RETRY, 120, "" },
	{ OUTCOME_CRASHED, 3, 9, 1, 0, 0, EV_ATTEMPT_FAILED, VERDICT_RETRY, 216, "" },
	{ OUTCOME_CRASHED, 3, 9, 1, 48, 0, EV_ATTEMPT_FAILED, VERDICT_RETRY, 264, "" },
	{ OUTCOME_CRASHED, 3, 9, 1, 49, 0, EV_ATTEMPT_FAILED, VERDICT_RETRY, 216, "" },
	{ OUTCOME_CRASHED, 90, 99, 1, 360, 0, EV_ATTEMPT_FAILED, VERDICT_RETRY, 3600, "" },
	{ OUTCOME_TIMEOUT, 1, 5, 1, 6, 0, EV_ATTEMPT_FAILED, VERDICT_RETRY, 60, "" },
	{ OUTCOME_VERIFY_FAILED, 1, 5, 1, 6, 0, EV_VERIFY_FAILED, VERDICT_RETRY, 60, "" },
	{ OUTCOME_ORPHANED, 1, 5, 1, 0, 0, EV_ORPHANED, VERDICT_RETRY, 0, "" },
	/* caps */
	{ OUTCOME_CRASHED, 3, 5, 3, 0, 0, EV_ATTEMPT_FAILED, VERDICT_PARK, 0,
	    "the same error three times" },
	{ OUTCOME_VERIFY_FAILED, 3, 9, 8, 0, 0, EV_VERIFY_FAILED, VERDICT_PARK, 0,
	    "the same error 8 times" },
	{ OUTCOME_CRASHED, 5, 5, 1, 0, 0, EV_ATTEMPT_FAILED, VERDICT_FAIL, 0,
	    "attempts used up (5 of 5)" },
	{ OUTCOME_ORPHANED, 5, 5, 1, 0, 0, EV_ORPHANED, VERDICT_FAIL, 0,
	    "attempts used up (5 of 5)" },
	{ OUTCOME_CRASHED, 7, 5, 1, 0, 0, EV_ATTEMPT_FAILED, VERDICT_FAIL, 0,
	    "attempts used up (7 of 5)" },
	/* going on is no error, and is bounded */
	{ OUTCOME_CONTINUE, 4, 5, 4, 0, 0, EV_ATTEMPT_FAILED, VERDICT_RETRY, 0, "" },
	{ OUTCOME_CONTINUE, 5, 5, 5, 0, 0, EV_ATTEMPT_FAILED, VERDICT_FAIL, 0,
	    "attempts used up (5 of 5)" },
	/* limits of the agent use no attempt up */
	{ OUTCOME_RATE_LIMITED, 5, 5, 1, 6, 0, EV_ATTEMPT_FAILED, VERDICT_RETRY, 60, "" },
	{ OUTCOME_RATE_LIMITED, 5, 5, 2, 12, 0, EV_ATTEMPT_FAILED, VERDICT_RETRY, 120, "" },
	{ OUTCOME_RATE_LIMITED, 1, 5, 1, 0, NOW + 500, EV_ATTEMPT_FAILED, VERDICT_RETRY, 500, "" },
	{ OUTCOME_RATE_LIMITED, 1, 5, 1, 6, NOW - 5, EV_ATTEMPT_FAILED, VERDICT_RETRY, 60, "" },
	{ OUTCOME_RATE_LIMITED, 1, 5, 1, 0, NOW + 999999, EV_ATTEMPT_FAILED, VERDICT_RETRY,
	    86400, "" },
	{ OUTCOME_OVERLOADED, 9, 5, 40, 360, 0, EV_ATTEMPT_FAILED, VERDICT_RETRY, 3600, "" },
	/* only a person can mend it */
	{ OUTCOME_AUTH, 1, 5, 1, 0, 0, EV_ATTEMPT_FAILED, VERDICT_PARK, 0,
	    "auth: the agent cannot work until a person mends it" },
	{ OUTCOME_MISSING_TOOL, 1, 5, 1, 0, 0, EV_ATTEMPT_FAILED, VERDICT_PARK, 0,
	    "missing_tool: the agent cannot work until a person mends it" },
	{ OUTCOME_REFUSED, 1, 5, 1, 0, 0, EV_ATTEMPT_FAILED, VERDICT_PARK, 0,
	    "refused: a person must look" },
	/* once more, then a person */
	{ OUTCOME_CONTEXT_OVERFLOW, 1, 5, 1, 0, 0, EV_ATTEMPT_FAILED, VERDICT_RETRY, 0, "" },
	{ OUTCOME_CONTEXT_OVERFLOW, 2, 5, 2, 0, 0, EV_ATTEMPT_FAILED, VERDICT_PARK, 0,
	    "the same error twice" },
	{ OUTCOME_INTERRUPTED, 5, 5, 9, 0, 0, EV_ATTEMPT_FAILED, VERDICT_RETRY, 0, "" },
	{ OUTCOME_OVER_BUDGET, 1, 5, 1, 0, 0, EV_ATTEMPT_FAILED, VERDICT_FAIL, 0,
	    "over budget: the attempt was stopped" },
};

static void
test_decide(void)
{
	struct config config = { 0 };
	struct outcome_decision d;

	for (size_t i = 0; i < sizeof decisions / sizeof *decisions; i++) {
		struct outcome_history h = {
			.attempts = decisions[i].attempts, .max_attempts = decisions[i].max,
			.same = decisions[i].same, .now = NOW, .random = decisions[i].random,
			.reset_at = decisions[i].reset_at,
		};

		outcome_decide(decisions[i].class, &h, &config, &d);
		ok(d.event == decisions[i].event && d.verdict == decisions[i].verdict,
		    "decision %zu: %s", i, outcome_name(decisions[i].class));
		is_int(d.retry_at ? d.retry_at - NOW : 0, decisions[i].wait, "when");
		is(d.reason, decisions[i].reason, "why");
		if (decisions[i].event != EV_ATTEMPT_FAILED)
			continue;
		h.hopeless = true;
		outcome_decide(decisions[i].class, &h, &config, &d);
		ok(d.verdict == VERDICT_PARK && d.retry_at == 0, "hopeless: a person looks first");
	}
}

/* No class may start work again for ever without using an attempt up or waiting. */
static void
test_no_spin(void)
{
	for (int i = 0; i < OUTCOME_N; i++) {
		const struct outcome_policy *p = &outcome_policy[i];

		ok(p->counts || p->backoff || p->verdict == VERDICT_PARK
		    || i == OUTCOME_INTERRUPTED, "%s cannot spin",
		    outcome_name((enum outcome_class)i));
	}
}

int
main(void)
{
	struct val *schema = load_schema();

	test_judge(schema);
	test_limits(schema);
	val_free(schema);
	test_names();
	test_fingerprint();
	test_decide();
	test_no_spin();
	return done_testing();
}
