#include "work/agents.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/config.h"
#include "task/project.h"
#include "task/sidecar.h"
#include "task/store.h"
#include "work/agent.h"
#include "work/budget.h"
#include "work/login.h"
#include "work/probe.h"

#define SUITE "suite"

static int
check_names(const struct project *p, const struct vec_str *names, struct err *e)
{
	struct agent agent = { 0 };

	for (size_t i = 0; i < names->n; i++) {
		if (agent_load(&agent, p, names->v[i], e) == -1)
			return -1;
		agent_release(&agent);
	}
	return 0;
}

/* ---- a person's word ---- */

struct acting {
	enum agents_act act;
	const struct vec_str *names;
	struct vec_str *changed;
};

static const enum pool_state states[] = {
	[AGENTS_PAUSE] = POOL_PAUSED, [AGENTS_DRAIN] = POOL_DRAINING,
	[AGENTS_STOP] = POOL_STOPPED, [AGENTS_RESUME] = POOL_OPEN,
};

/* Who pauses what somebody has stopped does not know of it, or means to resume it first. */
static int
check_weaker(const struct pool *pool, enum agents_act act, const char *agent, struct err *e)
{
	enum pool_state was = pool_held(pool, agent);

	if (act == AGENTS_RESET || states[act] == POOL_OPEN || was == POOL_OPEN || was >= states[act])
		return 0;
	return err_set(e, ERR_NO, "%s is %s by hand: orch-agent resume%s%s comes first",
	    agent ? agent : "the " SUITE, pool_state_name(was), agent ? " " : "", agent ? agent : "");
}

static bool
act_on(struct pool *pool, enum agents_act act, const char *agent)
{
	return act == AGENTS_RESET ? pool_reset(pool, agent) : pool_hold(pool, agent, states[act]);
}

static int
act(struct change *c, void *arg, struct err *e)
{
	struct acting *a = arg;
	struct val *beside = change_beside(c, e);
	struct pool pool;

	if (beside == NULL)
		return -1;
	pool_at(&pool, beside, change_now(c));
	if (a->names->n == 0 && check_weaker(&pool, a->act, NULL, e) == -1)
		return -1;
	for (size_t i = 0; i < a->names->n; i++)
		if (check_weaker(&pool, a->act, a->names->v[i], e) == -1)
			return -1;
	vec_str_release(a->changed);
	if (a->names->n == 0 && act_on(&pool, a->act, NULL))
		vec_str_push(a->changed, SUITE);
	for (size_t i = 0; i < a->names->n; i++)
		if (act_on(&pool, a->act, a->names->v[i]))
			vec_str_push(a->changed, a->names->v[i]);
	return 0;
}

int
agents_act(struct project *p, const struct store_opts *opts, enum agents_act what,
    const struct vec_str *names, struct vec_str *changed, struct err *e)
{
	static const char *const words[] = {
		[AGENTS_PAUSE] = "paused", [AGENTS_DRAIN] = "drained", [AGENTS_STOP] = "stopped",
		[AGENTS_RESUME] = "resumed", [AGENTS_RESET] = "reset",
	};
	struct acting a = { what, names, changed };

	if (check_names(p, names, e) == -1 || store_update(p, opts, act, &a, e) == -1)
		return -1;
	for (size_t i = 0; i < changed->n && !opts->dry_run; i++)
		log_write(&p->log, LOG_INFO, 0, 0, "%s: %s by hand", changed->v[i], words[what]);
	return 0;
}

/* ---- the list ---- */

static void
put_text(struct val *v, const char *key, const char *text)
{
	if (text != NULL && *text)
		val_add(v, key, val_str(text));
}

static int64_t
slots_used(const struct pool *pool, const char *agent)
{
	const struct val *attempts = val_get(pool->value, "attempts");
	int64_t n = 0;

	for (size_t i = 0; attempts != NULL && i < attempts->n; i++) {
		const char *by = val_text(val_get(attempts->v[i], "agent"));

		n += by != NULL && strcmp(by, agent) == 0;
	}
	return n;
}

static struct val *
slots(const struct project *p, const struct pool *pool, const char *agent)
{
	struct val *v = val_map();

	val_add(v, "used", val_int(slots_used(pool, agent)));
	val_add(v, "total", val_int(config_agent_int(&p->config, agent, "slots")));
	return v;
}

static struct val *
today(const struct pool *pool, const char *agent)
{
	struct pool_amount used;
	struct val *v;
	int64_t deep;

	pool_today(pool, agent, &used, &deep);
	v = pool_amount_value(&used);
	if (deep > 0)
		val_add(v, "deep", val_int(deep));
	return v;
}

static struct val *
limits(const struct project *p, const char *agent)
{
	int64_t deep = config_agent_int(&p->config, agent, "deep_per_day");
	struct pool_amount limit;
	struct val *v;

	budget_agent_limits(p, agent, &limit);
	v = pool_amount_value(&limit);
	if (deep > 0)
		val_add(v, "deep", val_int(deep));
	return v;
}

static const char *
breaker(const struct pool *pool, const char *agent)
{
	const struct val *part = val_get(val_get(pool_agents(pool), agent), "breaker");

	if (part == NULL)
		return "closed";
	return val_seconds(val_get(part, "until")) > pool->now ? "open" : "half_open";
}

static struct val *
line(const struct project *p, const struct pool *pool, const char *agent)
{
	const struct val *known = val_get(pool_agents(pool), agent);
	struct pool_answer a;
	struct err fault = { 0 };
	bool installed = probe_agent(p, agent, &fault) == 0;
	struct val *v = val_map();

	pool_ask(pool, agent, false, &a);
	if (a.state == POOL_OPEN)
		budget_day_spent(p, pool, agent, &a);
	val_add(v, "schema", val_int(1));
	val_add(v, "agent", val_str(agent));
	val_add(v, "state", val_str(a.state == POOL_OPEN && !installed ? "missing" : pool_state_name(a.state)));
	put_text(v, "why", a.state != POOL_OPEN ? a.why : installed ? NULL : fault.msg);
	if (a.since > 0)
		val_add(v, "since", val_time(a.since));
	if (a.until > 0)
		val_add(v, "until", val_time(a.until));
	val_add(v, "enabled", val_bool(config_agent_bool(&p->config, agent, "enabled")));
	val_add(v, "installed", val_bool(installed));
	val_add(v, "slots", slots(p, pool, agent));
	put_text(v, "login", val_text(val_path(known, "login.state")));
	val_add(v, "failures", val_int(val_number(val_get(known, "failures"), 0)));
	val_add(v, "breaker", val_str(breaker(pool, agent)));
	val_add(v, "today", today(pool, agent));
	val_add(v, "limits", limits(p, agent));
	return v;
}

/* One that works for whoever gives it a task, not only for whom a command line is given. */
static bool
is_worker(const struct project *p, const char *id)
{
	struct agent agent = { 0 };
	struct err ignored;
	bool given = agent_load(&agent, p, id, &ignored) == 0 && agent.given;

	agent_release(&agent);
	return !given && probe_agent(p, id, &ignored) == 0;
}

/* Installed, in use or closed: what a person may want to hear of. */
static int
default_names(const struct project *p, const struct pool *pool, struct vec_str *names, struct err *e)
{
	const struct val *known = pool_agents(pool);
	struct vec_str all = { 0 };

	if (agent_ids(p, &all, e) == -1)
		return -1;
	for (size_t i = 0; i < all.n; i++)
		if (val_get(known, all.v[i]) != NULL || is_worker(p, all.v[i]))
			vec_str_push(names, all.v[i]);
	vec_str_release(&all);
	return 0;
}

struct val *
agents_lines(const struct project *p, const struct pool *pool, const struct vec_str *names)
{
	struct val *list = val_list();

	for (size_t i = 0; i < names->n; i++)
		val_push(list, line(p, pool, names->v[i]));
	return list;
}

int
agents_list(struct project *p, const struct vec_str *names, struct val **list, struct err *e)
{
	struct vec_str these = { 0 };
	struct val *value = NULL;
	struct pool pool;
	int r = -1;

	*list = NULL;
	if (check_names(p, names, e) == -1 || sidecar_read(p, &value, e) == -1)
		return -1;
	pool_at(&pool, value, clock_now());
	for (size_t i = 0; i < names->n; i++)
		vec_str_push(&these, names->v[i]);
	if (these.n == 0 && default_names(p, &pool, &these, e) == -1)
		goto done;
	*list = agents_lines(p, &pool, &these);
	r = 0;
done:
	vec_str_release(&these);
	val_free(value);
	return r;
}

/* ---- logins ---- */

struct probed {
	struct vec_str names;
	enum login *login;
};

static int
record_logins(struct change *c, void *arg, struct err *e)
{
	const struct probed *probed = arg;
	struct val *beside = change_beside(c, e);
	struct pool pool;

	if (beside == NULL)
		return -1;
	pool_at(&pool, beside, change_now(c));
	for (size_t i = 0; i < probed->names.n; i++)
		pool_login(&pool, probed->names.v[i], login_name(probed->login[i]));
	return 0;
}

/* One that cannot be run says nothing of its login. */
static int
ask(const struct project *p, const char *name, struct probed *probed, int *status, struct err *e)
{
	struct agent agent = { 0 };
	struct err missing = { 0 };
	enum login login;

	if (agent_load(&agent, p, name, e) == -1)
		return -1;
	if (login_ask(p, &agent, &login, &missing) == -1) {
		project_note(p, "%s", missing.msg);
		*status = err_worse(*status, err_exit(missing.code));
	} else {
		probed->login[probed->names.n] = login;
		vec_str_push(&probed->names, name);
		if (login == LOGIN_REFUSED)
			*status = err_worse(*status, 77);
	}
	agent_release(&agent);
	return 0;
}

int
agents_probe(struct project *p, const struct store_opts *opts, const struct vec_str *names,
    int *status, struct err *e)
{
	struct probed probed = { 0 };
	struct val *list = NULL;
	int r = agents_list(p, names, &list, e);

	if (r == -1)
		return -1;
	probed.login = xcalloc(list->n + 1, sizeof *probed.login);
	for (size_t i = 0; i < list->n && r == 0; i++)
		r = ask(p, val_text(val_get(list->v[i], "agent")), &probed, status, e);
	if (r == 0)
		r = store_update(p, opts, record_logins, &probed, e);
	vec_str_release(&probed.names);
	free(probed.login);
	val_free(list);
	return r;
}

/* ---- text ---- */

/* "2", "2/5", "0.50", "-": what was used today, of what is allowed. */
static void
put_used(struct buf *b, const struct val *agent, const char *key, bool money)
{
	const struct val *parts[] = { val_get(val_get(agent, "today"), key),
		val_get(val_get(agent, "limits"), key) };

	for (size_t i = 0; i < 2; i++) {
		const struct val *v = parts[i];

		if (i == 1 && v == NULL)
			break;
		if (i == 1)
			buf_putc(b, '/');
		if (money)
			buf_printf(b, "%.2f", v != NULL && v->kind == VAL_REAL ? v->r : (double)val_number(v, 0));
		else
			buf_printf(b, "%lld", (long long)val_number(v, 0));
	}
}

void
agents_text(const struct val *v, struct buf *b)
{
	const char *login = val_text(val_get(v, "login")), *why = val_text(val_get(v, "why"));

	buf_printf(b, "%s\t%s\t%lld/%lld\t%s\t", val_text(val_get(v, "agent")),
	    val_text(val_get(v, "state")), (long long)val_number(val_path(v, "slots.used"), 0),
	    (long long)val_number(val_path(v, "slots.total"), 0), login ? login : "-");
	put_used(b, v, "attempts", false);
	buf_putc(b, '\t');
	put_used(b, v, "cost_usd", true);
	if (val_path(v, "limits.deep") != NULL) {
		buf_puts(b, "\tdeep ");
		put_used(b, v, "deep", false);
	} else {
		buf_puts(b, "\t-");
	}
	buf_printf(b, "\t%s", why ? why : "-");
}
