/*
 * pool_attempt.c - what attempts do to the pool: they are counted, reserve what they may
 * use, use it, and show by their ends how their agent does
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "doc/val.h"
#include "work/pool_impl.h"
#include "work/usage.h"

#define RESET_AHEAD_MAX 86400	/* seconds: a reset that was parsed is a guess */

const char *const pool_measure_names[POOL_MEASURES] = {
	[POOL_ATTEMPTS] = "attempts", [POOL_TIME] = "seconds",
	[POOL_TOKENS] = "tokens", [POOL_COST] = "cost_usd",
};

/* ---- amounts ---- */

int64_t
pool_dollars(double usd)
{
	if (!(usd > 0))
		return 0;
	return usd >= 1e12 ? INT64_C(1000000000000000000) : (int64_t)(usd * (double)POOL_DOLLAR + 0.5);
}

static int64_t
read_measure(enum pool_measure m, const struct val *v)
{
	int64_t n = val_number(v, 0);

	if (m == POOL_COST)
		return pool_dollars(v != NULL && v->kind == VAL_REAL ? v->r : (double)n);
	if (m == POOL_TIME)
		return usage_ms(v);
	return n > 0 ? n : 0;
}

void
pool_amount_read(struct pool_amount *a, const struct val *v)
{
	for (int m = 0; m < POOL_MEASURES; m++)
		a->v[m] = read_measure((enum pool_measure)m, val_get(v, pool_measure_names[m]));
}

static void
put_amount(struct val *v, const struct pool_amount *a)
{
	for (int m = 0; m < POOL_MEASURES; m++)
		if (a->v[m] > 0 && a->v[m] != POOL_NO_LIMIT)
			val_put(v, pool_measure_names[m], m == POOL_TIME ? usage_seconds(a->v[m]) :
			    m == POOL_COST ? val_real((double)a->v[m] / (double)POOL_DOLLAR) :
			    val_int(a->v[m]));
}

struct val *
pool_amount_value(const struct pool_amount *a)
{
	struct val *v = val_map();

	put_amount(v, a);
	return v;
}

void
pool_measure_text(enum pool_measure m, int64_t n, char out[POOL_TEXT_MAX])
{
	switch (m) {
	case POOL_COST:
		snprintf(out, POOL_TEXT_MAX, "%.2f USD", (double)n / (double)POOL_DOLLAR);
		break;
	case POOL_TIME:
		num_duration_text(n < NUM_DURATION_LIMIT ? n : NUM_DURATION_LIMIT, out);
		break;
	default:
		snprintf(out, POOL_TEXT_MAX, "%" PRId64 " %s", n, pool_measure_names[m]);
	}
}

static int64_t
sum(int64_t a, int64_t b)
{
	return a > INT64_MAX / 2 || b > INT64_MAX / 2 ? INT64_MAX / 2 : a + b;
}

static void
add(struct pool_amount *to, const struct pool_amount *more)
{
	for (int m = 0; m < POOL_MEASURES; m++)
		to->v[m] = sum(to->v[m], more->v[m]);
}

/* ---- today ---- */

/* What was counted today; NULL: nothing yet. */
static const struct val *
today(const struct pool *p, const char *agent)
{
	const struct val *day = val_get(pool_known(p, agent), "day");
	const char *date = val_text(val_get(day, "date"));

	return date != NULL && strcmp(date, p->day.date) == 0 ? day : NULL;
}

void
pool_today(const struct pool *p, const char *agent, struct pool_amount *a, int64_t *deep)
{
	const struct val *day = today(p, agent);

	pool_amount_read(a, day);
	if (deep != NULL)
		*deep = val_number(val_get(day, "deep"), 0);
}

static void
count(struct pool *p, const char *agent, const struct pool_amount *more, bool deep)
{
	struct pool_amount a;
	struct val *day = val_map();
	int64_t deeps;

	pool_today(p, agent, &a, &deeps);
	add(&a, more);
	val_put(day, "date", val_str(p->day.date));
	put_amount(day, &a);
	if (deeps + deep > 0)
		val_put(day, "deep", val_int(deeps + deep));
	val_put(pool_entry(p, agent), "day", day);
}

/* For its agent, and all together. */
static void
count_both(struct pool *p, const char *agent, const struct pool_amount *more, bool deep)
{
	count(p, agent, more, deep);
	count(p, NULL, more, deep);
}

/* ---- reservations ---- */

static void
add_reservation(struct pool_amount *to, const struct val *attempt)
{
	struct pool_amount a;

	pool_amount_read(&a, attempt);
	a.v[POOL_ATTEMPTS] = 0;		/* those are counted when they begin */
	add(to, &a);
}

void
pool_reserved(const struct pool *p, struct pool_amount *a)
{
	pool_reserved_by(p, NULL, 0, a);
}

void
pool_reserved_by(const struct pool *p, const char *agent, int64_t task, struct pool_amount *a)
{
	const struct val *attempts = val_get(p->value, "attempts");

	*a = (struct pool_amount){ 0 };
	for (size_t i = 0; attempts != NULL && i < attempts->n; i++) {
		const char *by = val_text(val_get(attempts->v[i], "agent"));

		if ((agent == NULL || (by != NULL && strcmp(by, agent) == 0)) &&
		    (task == 0 || strtoll(attempts->key[i], NULL, 10) == task))
			add_reservation(a, attempts->v[i]);
	}
}

bool
pool_reservation(const struct pool *p, const char *attempt, struct pool_amount *a, bool *deep)
{
	const struct val *v = val_get(val_get(p->value, "attempts"), attempt);

	pool_amount_read(a, v);
	*deep = val_truth(val_get(v, "deep"), false);
	return v != NULL;
}

/* It is over: what it used takes the place of what it had reserved, if it had. */
static void
release(struct pool *p, const char *agent, const char *attempt, const struct pool_amount *used)
{
	struct val *attempts = val_get(p->value, "attempts"), *entry = pool_known(p, agent);
	struct val *breaker = val_get(entry, "breaker");
	const char *trial = val_text(val_get(breaker, "trial"));
	struct pool_amount a = { 0 };

	if (attempt != NULL)
		add_reservation(&a, val_get(attempts, attempt));
	for (int m = POOL_TIME; m < POOL_MEASURES; m++)
		if (used->v[m] >= 0)
			a.v[m] = used->v[m];
	count_both(p, agent, &a, false);
	if (attempts != NULL && attempt != NULL)
		val_drop(attempts, attempt);
	if (trial != NULL && attempt != NULL && strcmp(trial, attempt) == 0)
		val_drop(breaker, "trial");
}

void
pool_sweep(struct pool *p, bool (*lives)(const void *arg, int64_t task, int number), const void *arg)
{
	static const struct pool_amount not_told = { .v = { -1, -1, -1, -1 } };
	struct val *attempts = val_get(p->value, "attempts");

	for (size_t i = attempts != NULL ? attempts->n : 0; i-- > 0;) {
		const char *key = attempts->key[i], *slash = strchr(key, '/');
		const char *agent = val_text(val_get(attempts->v[i], "agent"));
		char attempt[64], by[64];

		if (slash != NULL && lives(arg, strtoll(key, NULL, 10), (int)strtol(slash + 1, NULL, 10)))
			continue;
		/* They lie in what goes. */
		snprintf(attempt, sizeof attempt, "%s", key);
		snprintf(by, sizeof by, "%s", agent ? agent : "?");
		release(p, by, attempt, &not_told);
	}
}

/* ---- an attempt begins ---- */

void
pool_start(struct pool *p, const struct pool_start *s)
{
	struct pool_amount one = { .v = { [POOL_ATTEMPTS] = 1 } };
	struct val *breaker, *v = val_map();

	count_both(p, s->agent, &one, s->deep);
	breaker = val_get(pool_known(p, s->agent), "breaker");
	if (breaker != NULL)
		val_put(breaker, "trial", val_str(s->attempt));
	val_put(v, "agent", val_str(s->agent));
	put_amount(v, &s->reserve);
	if (s->deep)
		val_put(v, "deep", val_bool(true));
	val_put(pool_part(p->value, "attempts"), s->attempt, v);
}

/* ---- and ends ---- */

enum effect { EFFECT_NONE, EFFECT_GOOD, EFFECT_OWN, EFFECT_LIMIT, EFFECT_DISABLE };

/*
 * What an end says of the agent: it answered, whatever the answer is worth; it failed by
 * itself; it was at a limit; it cannot work; or nothing.
 */
/* clang-format off */
static const enum effect effects[OUTCOME_N] = {
	[OUTCOME_OK]               = EFFECT_GOOD,
	[OUTCOME_CONTINUE]         = EFFECT_GOOD,
	[OUTCOME_ASKS]             = EFFECT_GOOD,
	[OUTCOME_DELEGATED]        = EFFECT_GOOD,
	[OUTCOME_VERIFY_FAILED]    = EFFECT_GOOD,
	[OUTCOME_RATE_LIMITED]     = EFFECT_LIMIT,
	[OUTCOME_OVERLOADED]       = EFFECT_LIMIT,
	[OUTCOME_AUTH]             = EFFECT_DISABLE,
	[OUTCOME_BILLING]          = EFFECT_DISABLE,
	[OUTCOME_MISSING_TOOL]     = EFFECT_DISABLE,
	[OUTCOME_TIMEOUT]          = EFFECT_OWN,
	[OUTCOME_IDLE]             = EFFECT_OWN,
	[OUTCOME_CRASHED]          = EFFECT_OWN,
	[OUTCOME_INVALID_OUTPUT]   = EFFECT_OWN,
	[OUTCOME_CONTEXT_OVERFLOW] = EFFECT_NONE,
	[OUTCOME_NO_WORK]          = EFFECT_NONE,
	[OUTCOME_REFUSED]          = EFFECT_NONE,
	[OUTCOME_SETUP_FAILED]     = EFFECT_NONE,
	[OUTCOME_ORPHANED]         = EFFECT_NONE,
	[OUTCOME_INTERRUPTED]      = EFFECT_NONE,
	[OUTCOME_OVER_BUDGET]      = EFFECT_NONE,
};
/* clang-format on */

/* The part that closes it, with class, reason and since. */
static struct val *
close_by(struct pool *p, const struct pool_end *end, const char *part)
{
	struct val *v = val_map();

	val_put(v, "class", val_str(outcome_name(end->class)));
	if (end->message != NULL && *end->message)
		val_put(v, "reason", val_str(end->message));
	val_put(v, "since", val_time(p->now));
	val_put(pool_entry(p, end->agent), part, v);
	return v;
}

static const char *
no_effect(struct pool *p, const struct pool_end *end, const struct pool_policy *policy)
{
	(void)p;
	(void)end;
	(void)policy;
	return NULL;
}

/* A limit whose time was told stands until then, whatever another attempt came to. */
static void
pass_limit(struct pool *p, struct val *entry)
{
	if (val_seconds(val_get(val_get(entry, "cooldown"), "until")) > p->now)
		return;
	val_drop(entry, "cooldown");
	val_drop(entry, "limits");
}

static const char *
good(struct pool *p, const struct pool_end *end, const struct pool_policy *policy)
{
	struct val *entry = pool_entry(p, end->agent);

	(void)policy;
	pass_limit(p, entry);
	if (end->attempt == NULL)
		return NULL;
	val_drop(entry, "failures");
	return val_drop(entry, "breaker") ? "open" : NULL;
}

static const char *
own(struct pool *p, const struct pool_end *end, const struct pool_policy *policy)
{
	struct val *entry = pool_entry(p, end->agent), *breaker = val_get(entry, "breaker");
	int64_t failures = val_number(val_get(entry, "failures"), 0) + 1;

	if (end->attempt == NULL)
		return NULL;
	val_put(entry, "failures", val_int(failures));
	/* One that began before it was tripped says nothing new. */
	if ((breaker == NULL && failures < policy->trip_after) || val_seconds(val_get(breaker, "until")) > p->now)
		return NULL;
	breaker = close_by(p, end, "breaker");
	val_put(breaker, "until", val_time(p->now + policy->trip_seconds));
	return "tripped";
}

/* Attempts that ran side by side meet one limit, not several. */
static const char *
limit(struct pool *p, const struct pool_end *end, const struct pool_policy *policy)
{
	struct val *entry = pool_entry(p, end->agent);
	int64_t until = val_seconds(val_get(val_get(entry, "cooldown"), "until")), then;
	int64_t limits = val_number(val_get(entry, "limits"), 0) + (until <= p->now);

	val_put(entry, "limits", val_int(limits));
	then = p->now + policy->pause(policy->arg, (int)(limits < 64 ? limits : 64));
	if (end->reset_at > p->now)
		then = end->reset_at < p->now + RESET_AHEAD_MAX ? end->reset_at : p->now + RESET_AHEAD_MAX;
	if (then <= until)
		return NULL;
	val_put(close_by(p, end, "cooldown"), "until", val_time(then));
	return "cooling";
}

static const char *
disable(struct pool *p, const struct pool_end *end, const struct pool_policy *policy)
{
	bool was = val_get(pool_entry(p, end->agent), "disabled") != NULL;

	(void)policy;
	close_by(p, end, "disabled");
	return was ? NULL : "disabled";
}

const char *
pool_end(struct pool *p, const struct pool_end *end, const struct pool_policy *policy)
{
	static const char *(*const apply[])(struct pool *, const struct pool_end *,
	    const struct pool_policy *) = {
		[EFFECT_NONE] = no_effect, [EFFECT_GOOD] = good, [EFFECT_OWN] = own,
		[EFFECT_LIMIT] = limit, [EFFECT_DISABLE] = disable,
	};
	enum effect effect = effects[end->class];

	release(p, end->agent, end->attempt, &end->used);
	if (end->task_fault && effect != EFFECT_GOOD)
		effect = EFFECT_NONE;
	return apply[effect](p, end, policy);
}
