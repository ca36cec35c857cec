#include "work/agent_meter.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "doc/val.h"
#include "work/agent.h"
#include "work/agent_table.h"

/* The fields that count, each with one sum for every selector of it. */
static const enum agent_field fields[] = {
	AGENT_F_IN, AGENT_F_CACHED, AGENT_F_CACHE_WRITE, AGENT_F_OUT, AGENT_F_REASONING, AGENT_F_COST,
};

#define FIELDS (sizeof fields / sizeof *fields)

struct reading {
	double value;
	bool told;
};

struct agent_meter {
	const struct agent_table *t;	/* borrowed */
	struct reading *of[FIELDS];
};

struct agent_meter *
agent_meter_new(const struct agent *a)
{
	const struct agent_table *t = a->rules;
	struct agent_meter *m;

	if (t->format != AGENT_JSONL || (t->field[AGENT_F_IN].n == 0 && t->field[AGENT_F_COST].n == 0))
		return NULL;
	m = xcalloc(1, sizeof *m);
	m->t = t;
	for (size_t i = 0; i < FIELDS; i++)
		m->of[i] = xcalloc(t->field[fields[i]].n + 1, sizeof **m->of);
	return m;
}

void
agent_meter_free(struct agent_meter *m)
{
	for (size_t i = 0; m != NULL && i < FIELDS; i++)
		free(m->of[i]);
	free(m);
}

static void
add(struct reading *r, const struct jsonl_sel *sel, const struct val *event)
{
	const struct val *v = jsonl_pick(sel, event);
	double n;

	if (v == NULL || (v->kind != VAL_INT && v->kind != VAL_REAL))
		return;
	n = v->kind == VAL_REAL ? v->r : (double)v->i;
	if (!(n >= 0) || (sel->agg == JSONL_FIRST && r->told))
		return;
	r->value = sel->agg == JSONL_SUM ? r->value + n : n;
	r->told = true;
}

void
agent_meter_add(struct agent_meter *m, const struct val *event)
{
	for (size_t i = 0; i < FIELDS; i++) {
		const struct agent_sel_list *l = &m->t->field[fields[i]];

		for (size_t k = 0; k < l->n; k++)
			add(&m->of[i][k], &l->v[k], event);
	}
}

/* The first selector that found something speaks for its field. */
static double
read_field(const struct agent_meter *m, enum agent_field field)
{
	for (size_t i = 0; i < FIELDS; i++)
		for (size_t k = 0; fields[i] == field && k < m->t->field[field].n; k++)
			if (m->of[i][k].told)
				return m->of[i][k].value;
	return 0;
}

int64_t
agent_meter_tokens(const struct agent_meter *m)
{
	double n = read_field(m, AGENT_F_IN) + read_field(m, AGENT_F_OUT);

	if (m->t->tokens_total)
		return 0;
	if (!m->t->cached_in_input)
		n += read_field(m, AGENT_F_CACHED) + read_field(m, AGENT_F_CACHE_WRITE);
	if (!m->t->reasoning_in_output)
		n += read_field(m, AGENT_F_REASONING);
	return n < 1e15 ? (int64_t)n : INT64_C(1000000000000000);
}

double
agent_meter_cost(const struct agent_meter *m)
{
	return m->t->cost_total ? 0 : read_field(m, AGENT_F_COST);
}
