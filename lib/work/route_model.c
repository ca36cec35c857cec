/*
 * The choice that a model has made, as a route, and what was said by models in a call.
 * Nothing is asked here: who routes asks first and then commits what came of it.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/config.h"
#include "task/project.h"
#include "task/task.h"
#include "work/oneline.h"
#include "work/outcome.h"
#include "work/question.h"
#include "work/route_impl.h"
#include "work/router.h"

/* ---- what was said ---- */

int
route_said_open(struct route_said *s, struct project *p)
{
	const char *mode = config_text(&p->config, "router.mode");

	*s = (struct route_said){ 0 };
	if (mode == NULL || strcmp(mode, "llm") != 0)
		return 1;
	s->router = xcalloc(1, sizeof *s->router);
	if (router_open(s->router, p, &s->why) == 0) {
		s->why = (struct err){ 0 };
		return 0;
	}
	free(s->router);
	s->router = NULL;
	return 1;
}

void
route_said_release(struct route_said *s)
{
	for (size_t i = 0; i < s->n; i++) {
		router_question_release(s->v[i].question);
		free(s->v[i].question);
		val_free(s->v[i].record);
	}
	if (s->router)
		router_close(s->router);
	free(s->router);
	free(s->v);
	*s = (struct route_said){ 0 };
}

void
route_said_add(struct route_said *s, struct router_question *q, struct val *record, bool asked)
{
	struct router_question *own = xcalloc(1, sizeof *own);

	*own = *q;
	*q = (struct router_question){ 0 };
	s->v = vec_room(s->v, &s->cap, s->n, sizeof *s->v);
	s->v[s->n++] = (struct route_word){ own, record, asked, false };
}

/* What was said about it as it is now; about what it was before nobody wants to know. */
static const struct val *
find(const struct route_said *s, const struct task *t)
{
	const struct val *found = NULL;
	struct router_question now;

	for (size_t i = 0; i < s->n && !found; i++) {
		if (s->v[i].question->task != t->id)
			continue;
		router_question(s->router, t, &now);
		if (strcmp(now.input, s->v[i].question->input) == 0)
			found = s->v[i].record;
		router_question_release(&now);
	}
	return found;
}

/* ---- as a route ---- */

/* What a person has written down is not overruled. */
static void
suggest(struct routing *r, enum field f, struct val *v)
{
	if (task_is_set(r->task, f) || (v->kind == VAL_LIST && v->n == 0) ||
	    (v->kind == VAL_MAP && v->n == 0))
		val_free(v);
	else
		route_setting(r->out, f, v);
}

/* A list of short texts, without those that are empty. */
static struct val *
lines_of(const struct val *list)
{
	struct val *lines = val_list();

	for (size_t i = 0; i < list->n; i++) {
		char *line = oneline(list->v[i]->s, strlen(list->v[i]->s));

		if (*line)
			val_push(lines, val_str(line));
		free(line);
	}
	return lines;
}

static struct val *
profile_of(const struct val *answer)
{
	static const char *const lists[] = { "tools", "constraints" };
	const char *role = val_text(val_get(answer, "role"));
	struct val *profile = val_map();
	char *line = oneline(role, strlen(role));

	if (*line)
		val_put(profile, "role", val_str(line));
	free(line);
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		struct val *lines = lines_of(val_get(answer, lists[i]));

		if (lines->n > 0)
			val_put(profile, lists[i], lines);
		else
			val_free(lines);
	}
	return profile;
}

static double
confidence_of(const struct val *answer)
{
	const struct val *v = val_get(answer, "confidence");

	return v->kind == VAL_REAL ? v->r : (double)v->i;
}

/* It is not sure enough, and nobody has told it more yet: what a person is asked. */
static void
ask_person(struct routing *r, const struct val *answer)
{
	const char *question = val_text(val_get(answer, "question"));
	const char *reason = val_text(val_get(answer, "reason"));
	double confidence = confidence_of(answer);
	char *line;

	if (confidence >= config_real(&r->p->config, "router.min_confidence") ||
	    question_answered(r->task))
		return;
	line = oneline(question, strlen(question));
	if (*line == '\0') {
		free(line);
		line = oneline(reason, strlen(reason));
		r->out->question = xasprintf("The router is not sure what is wanted (confidence %.2f%s%s): "
		    "what exactly is it?", confidence, *line ? ": " : "", line);
		free(line);
	} else {
		r->out->question = line;
	}
}

static void
take_answer(struct routing *r, const struct val *record, const struct val *answer)
{
	const char *reason = val_text(val_get(answer, "reason"));
	char *line = oneline(reason, strlen(reason));

	route_take(r->out, val_text(val_get(answer, "agent")), xasprintf("router %s%s%s (confidence %.2f)",
	    val_text(val_get(record, "agent")), *line ? ": " : "", line, confidence_of(answer)));
	free(line);
	suggest(r, F_COMPLEXITY, val_copy(val_get(answer, "complexity")));
	suggest(r, F_AGENT_PROFILE, profile_of(answer));
	suggest(r, F_SELECTED_SKILLS, val_copy(val_get(answer, "skills")));
	r->out->plan = val_truth(val_get(answer, "decompose"), false);
	ask_person(r, answer);
}

/* What limits the router's agent now may be over soon. */
static bool
passes(const char *class)
{
	static const enum outcome_class passing[] = { OUTCOME_RATE_LIMITED, OUTCOME_OVERLOADED,
		OUTCOME_TIMEOUT, OUTCOME_CRASHED };

	for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
		if (strcmp(class, outcome_name(passing[i])) == 0)
			return true;
	return false;
}

int
route_by_model(struct routing *r, struct err *e)
{
	const struct val *record, *answer;
	const char *class;
	int rc;

	if (!r->said)
		return err_set(e, ERR_FAILED, "no model can be asked here");
	if (r->said->why.code != ERR_NONE) {
		*e = r->said->why;
		return -1;
	}
	record = find(r->said, r->task);
	if (!record) {
		r->out->asks = true;
		return 0;
	}
	r->out->record = val_copy(record);
	answer = val_get(record, "answer");
	if (answer) {
		take_answer(r, record, answer);
		return 0;
	}
	class = val_text(val_get(record, "class"));
	route_reason(r->out, xasprintf("router %s: %s: %s", val_text(val_get(record, "agent")), class,
	    val_text(val_get(record, "message"))));
	rc = route_by_default(r, e);
	if (rc == -1) {
		err_prefix(e, "%s", r->out->reason);
		e->code = passes(class) ? ERR_BUSY : e->code;
	}
	return rc;
}
