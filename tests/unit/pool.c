/*
 * pool - every way in which an agent is closed and opened again, what attempts reserve and
 * use, and the days
 */
#include "work/pool.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/tap.h"
#include "base/err.h"
#include "doc/val.h"
#include "task/field.h"

#define NOON INT64_C(1767355200)	/* 2026-01-02T12:00:00Z */
#define HOUR 3600

static struct val *value;
static struct pool pool;

static int64_t
pause_of(const void *arg, int n)
{
	(void)arg;
	return 60 << (n - 1);
}

static const struct pool_policy policy = { 5, 600, pause_of, NULL };

static void
fresh(void)
{
	val_free(value);
	value = val_map();
	pool_at(&pool, value, NOON);
}

static void
at(int64_t now)
{
	pool_at(&pool, value, now);
}

static enum pool_state
state(const char *agent)
{
	struct pool_answer a;

	pool_ask(&pool, agent, false, &a);
	return a.state;
}

static void
state_is(const char *agent, enum pool_state want, const char *what)
{
	if (!ok(state(agent) == want, "%s: %s", what, pool_state_name(want)))
		printf("# it is %s\n", pool_state_name(state(agent)));
}

static int64_t
until(const char *agent)
{
	struct pool_answer a;

	pool_ask(&pool, agent, false, &a);
	return a.until;
}

static void
start(const char *agent, const char *attempt)
{
	struct pool_start s = { .agent = agent, .attempt = attempt,
	    .reserve = { .v = { [POOL_ATTEMPTS] = 1, [POOL_TOKENS] = 1000, [POOL_COST] = POOL_DOLLAR } } };

	pool_start(&pool, &s);
}

static const char *
end_at(const char *agent, const char *attempt, enum outcome_class class, int64_t reset)
{
	struct pool_end e = { .agent = agent, .attempt = attempt, .class = class,
	    .used = { .v = { [POOL_TOKENS] = 10, [POOL_COST] = POOL_DOLLAR / 4 } },
	    .reset_at = reset, .message = "as it was told" };

	return pool_end(&pool, &e, &policy);
}

/* A whole attempt. */
static const char *
run(const char *agent, enum outcome_class class)
{
	start(agent, "1/1");
	return end_at(agent, "1/1", class, 0);
}

static void
cooldowns(void)
{
	struct pool_answer a;

	fresh();
	state_is("a", POOL_OPEN, "nothing is known");
	start("a", "1/1");
	is(end_at("a", "1/1", OUTCOME_RATE_LIMITED, NOON + HOUR), "cooling", "a limit with its time");
	state_is("a", POOL_COOLING, "now");
	pool_ask(&pool, "a", false, &a);
	is(a.why, "cooling until 2026-01-02T13:00:00Z: rate_limited: as it was told", "until then");
	ok(a.status == 75 && a.since == NOON, "which is worth waiting for");
	state_is("b", POOL_OPEN, "another agent");
	at(NOON + HOUR - 1);
	state_is("a", POOL_COOLING, "a second before");
	at(NOON + HOUR);
	state_is("a", POOL_OPEN, "then");

	fresh();
	start("a", "1/1");
	end_at("a", "1/1", OUTCOME_RATE_LIMITED, NOON + 9 * 24 * HOUR);
	is_int(until("a"), NOON + 24 * HOUR, "no time is believed for more than a day");
	fresh();
	run("a", OUTCOME_OVERLOADED);
	is_int(until("a"), NOON + 60, "without a time it is the first pause");
	is(run("a", OUTCOME_OVERLOADED), NULL, "one that ran beside it changes nothing");
	is_int(until("a"), NOON + 60, "nor doubles it");
	at(NOON + 60);
	run("a", OUTCOME_OVERLOADED);
	is_int(until("a"), NOON + 180, "the next one doubles it");
	run("a", OUTCOME_OK);
	state_is("a", POOL_COOLING, "success of one that had begun before");
	at(NOON + 180);
	run("a", OUTCOME_OK);
	at(NOON + 200);
	run("a", OUTCOME_RATE_LIMITED);
	is_int(until("a"), NOON + 260, "after a success the pauses begin anew");
	start("a", "1/2");
	end_at("a", "1/2", OUTCOME_RATE_LIMITED, NOON + 300);
	is_int(until("a"), NOON + 300, "a later time that is told counts");
}

static void
breaker(void)
{
	struct pool_answer a;

	fresh();
	for (int i = 0; i < 4; i++)
		run("a", OUTCOME_CRASHED);
	state_is("a", POOL_OPEN, "four failures");
	run("a", OUTCOME_VERIFY_FAILED);
	for (int i = 0; i < 4; i++)
		run("a", OUTCOME_TIMEOUT);
	state_is("a", POOL_OPEN, "four more, after it had answered");
	run("a", OUTCOME_RATE_LIMITED);
	at(NOON + 60);
	run("a", OUTCOME_REFUSED);
	run("a", OUTCOME_SETUP_FAILED);
	run("a", OUTCOME_NO_WORK);
	run("a", OUTCOME_INTERRUPTED);
	state_is("a", POOL_OPEN, "limits and failures of tasks do not count");
	start("a", "7/1");	/* it will end after the breaker has opened */
	is(run("a", OUTCOME_INVALID_OUTPUT), "tripped", "nor do they end the row");
	pool_ask(&pool, "a", false, &a);
	is(a.why, "tripped until 2026-01-02T12:11:00Z: 5 failures in a row, the last: invalid_output: "
	    "as it was told", "it says why");
	at(NOON + 120);
	is(end_at("a", "7/1", OUTCOME_CRASHED, 0), NULL, "a failure that had begun before");
	is_int(until("a"), NOON + 660, "does not make it longer");
	at(NOON + 660);
	state_is("a", POOL_OPEN, "after the cooldown");
	start("a", "8/1");
	state_is("a", POOL_TRIAL, "one attempt tries it, all others");
	is_int(until("a"), 0, "it is not known how long");
	end_at("a", "8/1", OUTCOME_ORPHANED, 0);
	state_is("a", POOL_OPEN, "the trial is lost");
	start("a", "8/2");
	state_is("a", POOL_TRIAL, "there is another");
	is(end_at("a", "8/2", OUTCOME_CRASHED, 0), "tripped", "which fails");
	is_int(until("a"), NOON + 1260, "for as long again");
	at(NOON + 1260);
	start("a", "8/3");
	is(end_at("a", "8/3", OUTCOME_OK, 0), "open", "one that ends well");
	state_is("a", POOL_OPEN, "closes the breaker");
	for (int i = 0; i < 4; i++)
		run("a", OUTCOME_CRASHED);
	state_is("a", POOL_OPEN, "and the count begins anew");
	run("a", OUTCOME_IDLE);
	start("a", "9/1");
	state_is("a", POOL_TRIAL, "a trial, the ends of others");
	pool_reset(&pool, "a");
	state_is("a", POOL_OPEN, "a person resets it");

	fresh();
	for (int i = 0; i < 9; i++) {
		struct pool_end e = { .agent = "sh", .attempt = "1/1", .class = OUTCOME_CRASHED,
		    .task_fault = true };

		start("sh", "1/1");
		pool_end(&pool, &e, &policy);
	}
	state_is("sh", POOL_OPEN, "what a shell ends with is the task's fault");
}

static void
disabled(void)
{
	static const struct {
		enum outcome_class class;
		int status;
	} t[] = { { OUTCOME_AUTH, 77 }, { OUTCOME_BILLING, 69 }, { OUTCOME_MISSING_TOOL, 69 } };
	struct pool_answer a;

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		fresh();
		is(run("a", t[i].class), "disabled", outcome_name(t[i].class));
		is(run("a", t[i].class), NULL, "that is told once");
		at(NOON + 90 * 24 * HOUR);
		run("a", OUTCOME_OK);
		pool_ask(&pool, "a", true, &a);
		ok(a.state == POOL_DISABLED && a.status == t[i].status && a.until == 0,
		    "until somebody mends it");
		if (i == 0)
			pool_login(&pool, "a", "good");
		else
			ok(pool_reset(&pool, i == 1 ? "a" : NULL) && !pool_reset(&pool, "a"), "a person resets it");
		state_is("a", POOL_OPEN, "then");
	}
	pool_login(&pool, "a", "unknown");
	state_is("a", POOL_OPEN, "a probe without an answer");
	pool_login(&pool, "a", "refused");
	state_is("a", POOL_DISABLED, "one that is refused");
}

/* A question to its model is no attempt. */
static void
calls(void)
{
	struct pool_amount used;

	fresh();
	is(end_at("a", NULL, OUTCOME_RATE_LIMITED, NOON + HOUR), "cooling", "a call that meets a limit");
	state_is("a", POOL_COOLING, "closes the agent");
	is(end_at("a", NULL, OUTCOME_OK, 0), NULL, "one that had begun before");
	state_is("a", POOL_COOLING, "does not open it");
	pool_today(&pool, "a", &used, NULL);
	ok(used.v[POOL_TOKENS] == 20 && used.v[POOL_COST] == POOL_DOLLAR / 2, "both count for the day");
	is_int(used.v[POOL_ATTEMPTS], 0, "not as attempts");
	pool_today(&pool, NULL, &used, NULL);
	is_int(used.v[POOL_TOKENS], 20, "also for that of all");
	fresh();
	end_at("a", NULL, OUTCOME_OVERLOADED, 0);
	at(NOON + 60);
	end_at("a", NULL, OUTCOME_OVERLOADED, 0);
	is_int(until("a"), NOON + 180, "the second limit in a row is a longer pause");
	at(NOON + 180);
	end_at("a", NULL, OUTCOME_OK, 0);
	end_at("a", NULL, OUTCOME_OVERLOADED, 0);
	is_int(until("a"), NOON + 240, "an answer ends the row");
	fresh();
	is(end_at("a", NULL, OUTCOME_BILLING, 0), "disabled", "one that is not paid for");
	state_is("a", POOL_DISABLED, "disables it");
	fresh();
	for (int i = 0; i < 4; i++)
		run("a", OUTCOME_CRASHED);
	for (int i = 0; i < 9; i++)
		end_at("a", NULL, OUTCOME_CRASHED, 0);
	state_is("a", POOL_OPEN, "calls that fail do not trip it");
	end_at("a", NULL, OUTCOME_OK, 0);
	is(run("a", OUTCOME_CRASHED), "tripped", "nor does a model that answers forgive what crashes at work");
	at(NOON + 600);
	start("a", "8/1");
	is(end_at("a", NULL, OUTCOME_OK, 0), NULL, "it is no trial");
	state_is("a", POOL_TRIAL, "that goes on");
}

static void
holding(void)
{
	static const enum pool_state states[] = { POOL_PAUSED, POOL_DRAINING, POOL_STOPPED };
	struct pool_answer a;

	for (size_t i = 0; i < 3; i++) {
		fresh();
		ok(pool_hold(&pool, "a", states[i]) && !pool_hold(&pool, "a", states[i]), "by hand");
		state_is("a", states[i], "the agent");
		state_is("b", POOL_OPEN, "another");
		pool_ask(&pool, "a", true, &a);
		ok((a.state == POOL_OPEN) == (states[i] == POOL_DRAINING), "what has begun");
		pool_reset(&pool, NULL);
		state_is("a", states[i], "a reset does not resume");
		ok(pool_hold(&pool, "a", POOL_OPEN) && !pool_hold(&pool, "a", POOL_OPEN), "resumed");
		state_is("a", POOL_OPEN, "then");
		pool_hold(&pool, NULL, states[i]);
		state_is("b", states[i], "all of the suite");
		pool_hold(&pool, "b", POOL_STOPPED);
		state_is("b", POOL_STOPPED, "the stronger counts");
		pool_hold(&pool, NULL, POOL_OPEN);
		state_is("c", POOL_OPEN, "the suite is resumed");
		state_is("b", POOL_STOPPED, "but not what was stopped by itself");
	}
	fresh();
	val_put(value, "damaged", val_bool(true));
	state_is("a", POOL_DAMAGED, "nothing is known any more");
	pool_hold(&pool, "a", POOL_PAUSED);
	state_is("a", POOL_DAMAGED, "whatever is written then");
	ok(!pool_reset(&pool, "a") && pool_reset(&pool, NULL), "only a reset of the suite");
	state_is("a", POOL_PAUSED, "begins anew");
}

static void
levels(void)
{
	static const char *const agents[] = { "a", "b", "c", "d", "e" };
	static const char *const faults[] = { "", "", "", "", "not on PATH" };
	struct pool_health h;

	fresh();
	pool_health(&pool, agents, NULL, 5, &h);
	ok(h.level == POOL_NORMAL && h.since == 0 && *h.why == '\0', "all are open: normal");
	pool_health(&pool, agents, faults, 5, &h);
	ok(h.level == POOL_DEGRADED, "one cannot be started: degraded");
	is(h.why, "e: not on PATH", "it says which");
	pool_health(&pool, NULL, NULL, 0, &h);
	ok(h.level == POOL_NORMAL, "none are needed: normal");
	run("a", OUTCOME_AUTH);
	at(NOON + 10);
	run("b", OUTCOME_OVERLOADED);
	pool_health(&pool, agents, NULL, 5, &h);
	ok(h.level == POOL_DEGRADED && h.since == NOON + 10, "two of five: degraded, since the second");
	pool_hold(&pool, "d", POOL_PAUSED);
	pool_health(&pool, agents, NULL, 5, &h);
	ok(h.level == POOL_LIMITED, "three of five: limited");
	pool_health(&pool, agents, NULL, 2, &h);
	ok(h.level == POOL_HALTED, "all that there are: halted");
	pool_hold(&pool, NULL, POOL_STOPPED);
	pool_health(&pool, agents + 2, NULL, 1, &h);
	ok(h.level == POOL_HALTED && h.since == NOON + 10, "a person's stop: halted");
	pool_hold(&pool, NULL, POOL_DRAINING);
	pool_health(&pool, agents + 2, NULL, 1, &h);
	ok(h.level == POOL_NORMAL, "a drain closes nothing");
}

static bool
only_two(const void *arg, int64_t task, int number)
{
	(void)arg;
	return task == 2 && number == 1;
}

static void
amounts(void)
{
	struct pool_end lost = { .agent = "b", .attempt = "3/1", .class = OUTCOME_ORPHANED,
	    .used = { .v = { -1, -1, -1, -1 } } };
	struct pool_amount a;
	int64_t deep;
	bool was_deep;
	char text[POOL_TEXT_MAX];

	fresh();
	start("a", "1/1");
	start("a", "2/1");
	start("b", "3/1");
	pool_reserved(&pool, &a);
	ok(a.v[POOL_COST] == 3 * POOL_DOLLAR && a.v[POOL_TOKENS] == 3000 && a.v[POOL_ATTEMPTS] == 0,
	    "what three may use is reserved");
	pool_reserved_by(&pool, "a", 0, &a);
	is_int(a.v[POOL_COST], 2 * POOL_DOLLAR, "of it by one agent");
	pool_reserved_by(&pool, NULL, 3, &a);
	is_int(a.v[POOL_COST], POOL_DOLLAR, "or by one task");
	pool_today(&pool, "a", &a, &deep);
	ok(a.v[POOL_ATTEMPTS] == 2 && a.v[POOL_COST] == 0 && deep == 0, "two are counted at once");
	end_at("a", "1/1", OUTCOME_OK, 0);
	pool_reserved(&pool, &a);
	is_int(a.v[POOL_COST], 2 * POOL_DOLLAR, "what it used takes the place of that");
	pool_today(&pool, "a", &a, NULL);
	ok(a.v[POOL_COST] == POOL_DOLLAR / 4 && a.v[POOL_TOKENS] == 10 && a.v[POOL_ATTEMPTS] == 2,
	    "in the agent's day");
	pool_end(&pool, &lost, &policy);
	pool_today(&pool, NULL, &a, NULL);
	ok(a.v[POOL_COST] == POOL_DOLLAR / 4 + POOL_DOLLAR && a.v[POOL_ATTEMPTS] == 3,
	    "of one that told nothing all that it had reserved, and in the suite's day all of it");
	ok(pool_reservation(&pool, "2/1", &a, &was_deep) && !was_deep && a.v[POOL_TOKENS] == 1000,
	    "what one may use");
	ok(!pool_reservation(&pool, "1/1", &a, &was_deep) && a.v[POOL_TOKENS] == 0, "but not after its end");
	start("a", "4/1");
	pool_sweep(&pool, only_two, NULL);
	pool_reserved(&pool, &a);
	is_int(a.v[POOL_COST], POOL_DOLLAR, "one that nobody hears of any more reserves nothing");
	pool_today(&pool, "a", &a, NULL);
	is_int(a.v[POOL_COST], POOL_DOLLAR / 4 + POOL_DOLLAR, "and counts as used");

	at(pool.day.end - 1);
	pool_today(&pool, "a", &a, NULL);
	ok(a.v[POOL_ATTEMPTS] == 3, "the last second of the day");
	at(pool.day.end);
	pool_today(&pool, "a", &a, NULL);
	ok(a.v[POOL_ATTEMPTS] == 0 && a.v[POOL_COST] == 0, "the next day begins at nothing");
	end_at("a", "2/1", OUTCOME_OK, 0);
	pool_today(&pool, "a", &a, NULL);
	ok(a.v[POOL_ATTEMPTS] == 0 && a.v[POOL_TOKENS] == 10, "what ends in it is used in it");

	ok(pool_dollars(0.1) * 3 == pool_dollars(0.3) && pool_dollars(-1) == 0 &&
	    pool_dollars(1e300) > 0 && pool_dollars(0.0000005) == 1, "dollars are counted whole");
	for (int m = 0; m < POOL_MEASURES; m++) {
		struct val *budget = val_map();
		struct err e = { 0 };

		val_put(budget, pool_measure_names[m], val_int(1));
		is_int(field_check_meaning(F_BUDGET, budget, &e), 0, pool_measure_names[m]);
		val_free(budget);
	}
	pool_measure_text(POOL_COST, 1500000, text);
	is(text, "1.50 USD", "for people");
	pool_measure_text(POOL_TIME, 5400500, text);
	is(text, "1h30m500ms", "time too");
	pool_measure_text(POOL_TOKENS, 12, text);
	is(text, "12 tokens", "and the rest");
}

/* What a person or a later version wrote there is kept, and does no harm. */
static void
strange(void)
{
	fresh();
	val_put(value, "agents", val_int(3));
	val_put(value, "mine", val_str("kept"));
	state_is("a", POOL_OPEN, "another kind of value");
	run("a", OUTCOME_AUTH);
	state_is("a", POOL_DISABLED, "gives way");
	is(val_text(val_get(value, "mine")), "kept", "what is not known stays");
	val_put(val_path(value, "agents.a"), "cooldown", val_str("soon"));
	val_put(val_path(value, "agents.a"), "breaker", val_bool(true));
	pool_reset(&pool, "a");
	state_is("a", POOL_OPEN, "and can be reset");
}

int
main(void)
{
	setenv("TZ", "UTC0", 1);
	tzset();
	cooldowns();
	breaker();
	disabled();
	calls();
	holding();
	levels();
	amounts();
	strange();
	val_free(value);
	return done_testing();
}
