/*
 * A chain of choosers, each of which knows one way to find an agent and passes if it
 * does not apply; the first that finds one decides.  Only then is the agent looked
 * at: a task that names an agent which is not there is not given to another one
 * behind its back.  Round robin alone passes over agents that cannot work.
 */
#include "work/route.h"

#include <regex.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/config.h"
#include "task/project.h"
#include "task/store.h"
#include "task/task.h"
#include "work/agent.h"
#include "work/route_impl.h"

#define LABEL_MARK   "agent:"
#define COMMAND_AGENT "sh"
#define ROUND_ROBIN  "round robin"

/* ---- the agent ---- */

int
route_agent_works(const struct project *p, const char *id, bool answers, struct err *e)
{
	struct agent a = { 0 };
	char *program = NULL;
	int rc = -1;

	if (agent_load(&a, p, id, e) == -1)
		goto done;
	if (!config_agent_bool(&p->config, id, "enabled")) {
		err_set(e, ERR_FAILED, "agent %s is not enabled in orch.yml", id);
		goto done;
	}
	if (answers && (a.answer_is_exit || a.given)) {
		err_set(e, ERR_FAILED, "agent %s cannot be given any task", id);
		goto done;
	}
	program = agent_program(&a, p, getenv("PATH") ? getenv("PATH") : "", e);
	rc = program ? 0 : -1;
done:
	agent_release(&a);
	free(program);
	return rc;
}

void
route_reason(struct route *r, char *reason)
{
	char *both = r->reason ? xasprintf("%s, %s", r->reason, reason) : NULL;

	if (both) {
		free(r->reason);
		free(reason);
	}
	r->reason = both ? both : reason;
}

void
route_take(struct route *r, const char *agent, char *reason)
{
	r->agent = xstrdup(agent);
	route_reason(r, reason);
}

void
route_setting(struct route *r, enum field f, struct val *v)
{
	r->extra = r->extra ? r->extra : val_map();
	if (val_get(r->extra, field_table[f].name))
		val_free(v);
	else
		val_put(r->extra, field_table[f].name, v);
}

/* ---- the choosers: 0 chosen or passed (see out->agent), -1 error ---- */

static int
by_label(struct routing *r, struct err *e)
{
	struct vec_str labels = { 0 };

	(void)e;
	task_texts(r->task, F_LABELS, &labels);
	for (size_t i = 0; i < labels.n && !r->out->agent; i++)
		if (str_starts(labels.v[i], LABEL_MARK))
			route_take(r->out, labels.v[i] + strlen(LABEL_MARK),
			    xasprintf("label %s", labels.v[i]));
	vec_str_release(&labels);
	return 0;
}

static bool
same_text(const struct task *t, enum field f, const char *want)
{
	const char *s = task_text(t, f);

	return s && strcmp(s, want) == 0;
}

/* 1 it matches, 0 it does not. */
static int
title_matches(const struct task *t, const char *pattern, struct err *e)
{
	const char *title = task_text(t, F_TITLE);
	char reason[200];
	regex_t re;
	int rc = xregcomp(&re, pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB);

	if (rc != 0) {
		regerror(rc, &re, reason, sizeof reason);
		return err_set(e, ERR_CONFIG, "title: '%s': %s", pattern, reason);
	}
	rc = title && regexec(&re, title, 0, NULL, 0) == 0;
	regfree(&re);
	return rc;
}

static bool
priority_is(const struct task *t, const char *want)
{
	static const char *const names[] = { [PRIORITY_URGENT] = "urgent",
		[PRIORITY_HIGH] = "high", [PRIORITY_NORMAL] = "normal", [PRIORITY_LOW] = "low" };

	return strcmp(names[task_priority(t)], want) == 0;
}

/* All that the rule asks for.  1, 0 or -1. */
static int
rule_matches(const struct task *t, const struct val *rule, struct err *e)
{
	const char *s;

	if ((s = val_text(val_get(rule, "label"))) != NULL && !task_has(t, F_LABELS, s))
		return 0;
	if ((s = val_text(val_get(rule, "key"))) != NULL && !same_text(t, F_KEY, s))
		return 0;
	if ((s = val_text(val_get(rule, "project"))) != NULL && !same_text(t, F_PROJECT, s))
		return 0;
	if ((s = val_text(val_get(rule, "priority"))) != NULL && !priority_is(t, s))
		return 0;
	s = val_text(val_get(rule, "title"));
	return s ? title_matches(t, s, e) : 1;
}

/* What a rule sets beside the agent, under the names of the fields. */
static const struct {
	const char *key;
	enum field field;
} settings[] = {
	{ "model", F_AGENT_MODEL },
	{ "profile", F_AGENT_PROFILE },
	{ "skills", F_SELECTED_SKILLS },
	{ "complexity", F_COMPLEXITY },
};

#define SETTINGS (sizeof settings / sizeof *settings)

static void
take_settings(struct route *r, const struct val *rule)
{
	const struct val *v;

	for (size_t i = 0; i < SETTINGS; i++)
		if ((v = val_get(rule, settings[i].key)) != NULL)
			route_setting(r, settings[i].field, val_copy(v));
}

static int
by_rule(struct routing *r, struct err *e)
{
	const struct val *rules = config_val(&r->p->config, "router.rules");
	const char *agent;
	int match;

	for (size_t i = 0; rules && rules->kind == VAL_LIST && i < rules->n; i++) {
		match = rule_matches(r->task, rules->v[i], e);
		if (match == -1)
			return err_prefix(e, "router.rules: rule %zu", i + 1);
		if (match == 0)
			continue;
		take_settings(r->out, rules->v[i]);
		agent = val_text(val_get(rules->v[i], "agent"));
		if (agent)
			route_take(r->out, agent, xasprintf("rule %zu", i + 1));
		else
			route_reason(r->out, xasprintf("rule %zu", i + 1));
		break;
	}
	return 0;
}

static int
by_command(struct routing *r, struct err *e)
{
	const char *command = task_text(r->task, F_COMMAND);

	(void)e;
	if (command && *command)
		route_take(r->out, COMMAND_AGENT, xstrdup("command"));
	return 0;
}

/* ---- by mode ---- */

/* The agents that take turns. */
static int
turn_takers(const struct project *p, struct vec_str *l, struct err *e)
{
	const struct val *list = config_val(&p->config, "router.agents");
	struct vec_str all = { 0 };
	struct err ignored = { 0 };
	int rc;

	for (size_t i = 0; list && i < list->n; i++)
		if (val_text(list->v[i]))
			vec_str_push(l, val_text(list->v[i]));
	if (l->n > 0)
		return 0;
	rc = agent_ids(p, &all, e);
	for (size_t i = 0; rc == 0 && i < all.n; i++)
		if (route_agent_works(p, all.v[i], true, &ignored) == 0)
			vec_str_push(l, all.v[i]);
	vec_str_release(&all);
	return rc;
}

/* Whose turn it was last: the newest task that round robin gave away.  -1: none. */
static long
last_turn(const struct tasks *tasks, const struct vec_str *l)
{
	const struct task *newest = NULL;
	const char *reason, *agent;

	for (size_t i = 0; i < tasks->n; i++) {
		reason = task_text(&tasks->v[i], F_ROUTE_REASON);
		if (reason && str_ends(reason, ROUND_ROBIN)
		    && (!newest || tasks->v[i].id > newest->id))
			newest = &tasks->v[i];
	}
	agent = newest ? task_text(newest, F_AGENT) : NULL;
	for (size_t i = 0; agent && i < l->n; i++)
		if (strcmp(l->v[i], agent) == 0)
			return (long)i;
	return -1;
}

static int
by_turn(struct routing *r, struct err *e)
{
	struct vec_str l = { 0 };
	size_t at;
	int rc = turn_takers(r->p, &l, e);

	if (rc == 0 && l.n == 0)
		rc = err_set(e, ERR_FAILED, "no agent that could take a turn is installed");
	if (rc == -1)
		goto done;
	at = (size_t)(last_turn(r->tasks, &l) + 1) + r->turn;
	rc = -1;
	for (size_t i = 0; i < l.n && rc == -1; i++) {
		rc = route_agent_works(r->p, l.v[(at + i) % l.n], true, e);
		if (rc == 0)
			route_take(r->out, l.v[(at + i) % l.n], xstrdup(ROUND_ROBIN));
	}
done:
	vec_str_release(&l);
	return rc;
}

int
route_by_default(struct routing *r, struct err *e)
{
	const char *agent = config_text(&r->p->config, "router.default");

	if (!agent || !*agent)
		return err_set(e, ERR_FAILED, "no rule matches and router.default is not set");
	route_take(r->out, agent, xstrdup("default"));
	return 0;
}

/* The agent has a model for that, and nobody has named another. */
static void
model_by_complexity(struct routing *r)
{
	static const char *const words[] = { "simple", "medium", "complex" };
	const char *word = val_text(val_get(r->out->extra, field_table[F_COMPLEXITY].name));
	const struct val *models = config_agent_val(&r->p->config, r->out->agent, "models");

	if (!word)
		word = task_text(r->task, F_COMPLEXITY);
	for (size_t i = 0; word && models && i < models->n && i < sizeof words / sizeof *words; i++)
		if (strcmp(word, words[i]) == 0 && val_text(models->v[i]) &&
		    !task_is_set(r->task, F_AGENT_MODEL))
			route_setting(r->out, F_AGENT_MODEL, val_copy(models->v[i]));
}

static int
by_mode(struct routing *r, struct err *e)
{
	const char *mode = config_text(&r->p->config, "router.mode");

	if (mode && strcmp(mode, "llm") == 0)
		return route_by_model(r, e);
	if (mode && strcmp(mode, "round_robin") == 0)
		return by_turn(r, e);
	return route_by_default(r, e);
}

static int
by_caller(struct routing *r, struct err *e)
{
	(void)e;
	if (r->agent)
		route_take(r->out, r->agent, xstrdup("command line"));
	return 0;
}

static int
by_itself(struct routing *r, struct err *e)
{
	const char *agent = task_text(r->task, F_AGENT);
	const char *reason = task_text(r->task, F_ROUTE_REASON);

	(void)e;
	if (agent)
		route_take(r->out, agent, xstrdup(reason ? reason : "its own"));
	return 0;
}

int
route_choose(struct route *out, const struct project *p, const struct tasks *tasks, int64_t id,
    const char *agent, unsigned turn, const struct route_said *said, struct err *e)
{
	static int (*const choosers[])(struct routing *, struct err *) = {
		by_caller, by_itself, by_label, by_rule, by_command, by_mode,
	};
	struct routing r = { p, tasks, tasks_find(tasks, id), agent, turn, said, out };
	int rc = 0;

	*out = (struct route){ 0 };
	if (!r.task)
		return err_set(e, ERR_USAGE, "there is no task %lld", (long long)id);
	for (size_t i = 0; i < sizeof choosers / sizeof *choosers && rc == 0 && !out->agent &&
	    !out->asks; i++)
		rc = choosers[i](&r, e);
	if (rc == 0 && !out->asks && (rc = route_agent_works(p, out->agent, false, e)) == 0)
		model_by_complexity(&r);
	return rc;
}

void
route_release(struct route *r)
{
	free(r->agent);
	free(r->reason);
	free(r->warning);
	free(r->question);
	val_free(r->extra);
	val_free(r->record);
	*r = (struct route){ 0 };
}
