/*
 * Why an agent is closed is one table: each line looks at one part of the value, in the
 * order in which a person should hear of them.
 */
#include "work/pool_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "doc/val.h"
#include "task/sidecar.h"

/* clang-format off */
static const struct {
	const char *name;
	int status;	/* of who wanted the agent */
} states[POOL_STATES] = {
	[POOL_OPEN]     = { "open",     0  },
	[POOL_DAMAGED]  = { "damaged",  69 },
	[POOL_STOPPED]  = { "stopped",  69 },
	[POOL_PAUSED]   = { "paused",   75 },
	[POOL_DRAINING] = { "draining", 75 },
	[POOL_DISABLED] = { "disabled", 69 },
	[POOL_COOLING]  = { "cooling",  75 },
	[POOL_TRIPPED]  = { "tripped",  75 },
	[POOL_TRIAL]    = { "trial",    75 },
	[POOL_SPENT]    = { "spent",    75 },
};
/* clang-format on */

static const char *const levels[] = {
	[POOL_NORMAL] = "normal", [POOL_DEGRADED] = "degraded",
	[POOL_LIMITED] = "limited", [POOL_HALTED] = "halted",
};

const char *
pool_state_name(enum pool_state state)
{
	return states[state].name;
}

const char *
pool_level_name(enum pool_level level)
{
	return levels[level];
}

void
pool_at(struct pool *p, struct val *value, int64_t now)
{
	*p = (struct pool){ .value = value, .now = now };
	clock_day(now, &p->day);
}

/* ---- the value ---- */

struct val *
pool_part(struct val *map, const char *key)
{
	struct val *v = val_get(map, key);

	if (v == NULL || v->kind != VAL_MAP) {
		v = val_map();
		val_put(map, key, v);
	}
	return v;
}

struct val *
pool_known(const struct pool *p, const char *agent)
{
	return agent ? val_get(val_get(p->value, "agents"), agent) : val_get(p->value, "suite");
}

struct val *
pool_entry(struct pool *p, const char *agent)
{
	return agent ? pool_part(pool_part(p->value, "agents"), agent) : pool_part(p->value, "suite");
}

const struct val *
pool_agents(const struct pool *p)
{
	return val_get(p->value, "agents");
}

/* ---- closed? ---- */

static void
say(struct pool_answer *a, enum pool_state state, const struct val *part, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* "cooling until T: ..." */
static void
say(struct pool_answer *a, enum pool_state state, const struct val *part, const char *fmt, ...)
{
	char when[CLOCK_MAX], more[160];
	va_list ap;

	a->state = state;
	a->status = states[state].status;
	a->since = val_seconds(val_get(part, "since"));
	va_start(ap, fmt);
	vsnprintf(more, sizeof more, fmt, ap);
	va_end(ap);
	clock_format(a->until, when);
	snprintf(a->why, sizeof a->why, "%s%s%s: %s", states[state].name, a->until ? " until " : "",
	    a->until ? when : "", more);
}

/* "rate_limited: the message", cut for a line. */
static void
reason_of(const struct val *part, char *out, size_t size)
{
	const char *class = val_text(val_get(part, "class"));
	const char *reason = val_text(val_get(part, "reason"));
	size_t len;

	len = (size_t)snprintf(out, size, "%s%s%s", class ? class : "", class && reason && *reason ?
	    ": " : "", reason ? reason : "");
	if (len >= size)
		out[str_cut(out, size - 1, size - 1)] = '\0';
}

/* The state that a person put the agent or the suite into; POOL_OPEN: none. */
static enum pool_state
held(const struct val *entry)
{
	const char *name = val_text(val_path(entry, "hold.state"));

	for (int s = POOL_STOPPED; name != NULL && s <= POOL_DRAINING; s++)
		if (strcmp(states[s].name, name) == 0)
			return (enum pool_state)s;
	return POOL_OPEN;
}

static bool
ask_damage(const struct pool *p, const char *agent, bool begun, struct pool_answer *a)
{
	(void)agent;
	(void)begun;
	if (!val_truth(val_get(p->value, SIDECAR_DAMAGED), false))
		return false;
	say(a, POOL_DAMAGED, NULL, "what was known of the agents is lost: "
	    "orch-agent reset begins anew");
	return true;
}

/* The stronger of what was said of the agent and of the suite. */
static bool
ask_hold(const struct pool *p, const char *agent, bool begun, struct pool_answer *a)
{
	const struct val *own = agent ? pool_known(p, agent) : NULL, *suite = pool_known(p, NULL), *by;
	enum pool_state mine = held(own), all = held(suite), state;
	bool by_suite = all != POOL_OPEN && (mine == POOL_OPEN || all <= mine);

	by = by_suite ? suite : own;
	state = by_suite ? all : mine;
	if (state == POOL_OPEN || (state == POOL_DRAINING && begun))
		return false;
	say(a, state, val_get(by, "hold"), "by hand, until orch-agent resume%s%s", by_suite ? "" : " ",
	    by_suite ? "" : agent);
	return true;
}

static bool
ask_disabled(const struct pool *p, const char *agent, bool begun, struct pool_answer *a)
{
	const struct val *part = val_get(pool_known(p, agent), "disabled");
	char reason[120];

	(void)begun;
	if (part == NULL)
		return false;
	reason_of(part, reason, sizeof reason);
	say(a, POOL_DISABLED, part, "%s (mended? orch-agent probe %s)", reason, agent);
	if (strcmp(val_text(val_get(part, "class")) ? val_text(val_get(part, "class")) : "",
	    outcome_name(OUTCOME_AUTH)) == 0)
		a->status = 77;
	return true;
}

static bool
ask_cooldown(const struct pool *p, const char *agent, bool begun, struct pool_answer *a)
{
	const struct val *part = val_get(pool_known(p, agent), "cooldown");
	char reason[140];

	(void)begun;
	if (val_seconds(val_get(part, "until")) <= p->now)
		return false;
	a->until = val_seconds(val_get(part, "until"));
	reason_of(part, reason, sizeof reason);
	say(a, POOL_COOLING, part, "%s", reason);
	return true;
}

static bool
ask_breaker(const struct pool *p, const char *agent, bool begun, struct pool_answer *a)
{
	const struct val *entry = pool_known(p, agent), *part = val_get(entry, "breaker");
	const char *trial = val_text(val_get(part, "trial"));
	char reason[140];

	(void)begun;
	if (part == NULL || (trial == NULL && val_seconds(val_get(part, "until")) <= p->now))
		return false;
	if (trial != NULL) {
		say(a, POOL_TRIAL, part, "its breaker is half open: attempt %.40s tries it", trial);
		return true;
	}
	a->until = val_seconds(val_get(part, "until"));
	reason_of(part, reason, sizeof reason);
	say(a, POOL_TRIPPED, part, "%lld failures in a row, the last: %s",
	    (long long)val_number(val_get(entry, "failures"), 0), reason);
	return true;
}

void
pool_ask(const struct pool *p, const char *agent, bool begun, struct pool_answer *a)
{
	static bool (*const asks[])(const struct pool *, const char *, bool, struct pool_answer *) = {
		ask_damage, ask_hold, ask_disabled, ask_cooldown, ask_breaker,
	};

	*a = (struct pool_answer){ .state = POOL_OPEN };
	for (size_t i = 0; i < sizeof asks / sizeof *asks; i++)
		if (asks[i](p, agent, begun, a))
			return;
}

/* ---- the suite ---- */

bool
pool_suite_closed(const struct pool *p, struct pool_answer *a)
{
	*a = (struct pool_answer){ .state = POOL_OPEN };
	return ask_damage(p, NULL, true, a) ||
	    (held(pool_known(p, NULL)) == POOL_STOPPED && ask_hold(p, NULL, true, a));
}

void
pool_health(const struct pool *p, const char *const *agents, const char *const *faults, size_t n,
    struct pool_health *h)
{
	struct pool_answer a;
	struct buf why = { 0 };
	size_t closed = 0;

	*h = (struct pool_health){ .level = POOL_NORMAL };
	if (pool_suite_closed(p, &a)) {
		h->level = POOL_HALTED;
		h->since = a.since;
		snprintf(h->why, sizeof h->why, "%s", a.why);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		bool faulty = faults != NULL && *faults[i] != '\0';

		pool_ask(p, agents[i], true, &a);
		if (!faulty && a.state == POOL_OPEN)
			continue;
		closed++;
		buf_printf(&why, "%s%s: %s", closed > 1 ? "; " : "", agents[i], faulty ? faults[i] : a.why);
		if (!faulty && a.since > h->since)
			h->since = a.since;
	}
	buf_cut(&why, str_cut(buf_str(&why), why.len, sizeof h->why - 1));
	memcpy(h->why, buf_str(&why), why.len);
	buf_release(&why);
	if (closed > 0)
		h->level = closed == n ? POOL_HALTED : 2 * closed >= n ? POOL_LIMITED : POOL_DEGRADED;
}

/* ---- a person ---- */

static bool
drop(struct val *map, const char *key)
{
	return map != NULL && val_drop(map, key);
}

enum pool_state
pool_held(const struct pool *p, const char *agent)
{
	return held(pool_known(p, agent));
}

bool
pool_hold(struct pool *p, const char *agent, enum pool_state state)
{
	struct val *entry = pool_known(p, agent), *hold;

	if (held(entry) == state)
		return false;
	if (state == POOL_OPEN)
		return drop(entry, "hold");
	entry = pool_entry(p, agent);
	hold = pool_part(entry, "hold");
	val_put(hold, "state", val_str(states[state].name));
	val_put(hold, "since", val_time(p->now));
	return true;
}

bool
pool_reset(struct pool *p, const char *agent)
{
	static const char *const closing[] = { "disabled", "cooldown", "limits", "failures", "breaker" };
	struct val *agents = val_get(p->value, "agents"), *entry;
	bool some = agent == NULL && val_drop(p->value, SIDECAR_DAMAGED);

	for (size_t i = 0; agents != NULL && i < agents->n; i++) {
		entry = agents->v[i];
		if (agent != NULL && strcmp(agents->key[i], agent) != 0)
			continue;
		for (size_t k = 0; k < sizeof closing / sizeof *closing; k++)
			some = drop(entry, closing[k]) || some;
	}
	return some;
}

void
pool_login(struct pool *p, const char *agent, const char *login)
{
	struct val *entry = pool_entry(p, agent), *part;

	val_drop(entry, "login");
	part = pool_part(entry, "login");
	val_put(part, "state", val_str(login));
	val_put(part, "at", val_time(p->now));
	if (strcmp(login, "good") == 0)
		val_drop(entry, "disabled");
	if (strcmp(login, "refused") != 0 || val_get(entry, "disabled") != NULL)
		return;
	part = pool_part(entry, "disabled");
	val_put(part, "class", val_str(outcome_name(OUTCOME_AUTH)));
	val_put(part, "reason", val_str("its program says that there is no login"));
	val_put(part, "since", val_time(p->now));
}
