/*
 * What a CLI tells about its run: text, session, tokens, cost.  All of it is said by
 * a program that we do not trust: numbers are checked, and the session, which will
 * be an argument, has to look like one.
 */
#include "work/agent_table.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "doc/val.h"
#include "work/agent.h"
#include "work/oneline.h"

#define SESSION_MAX 200

/* The first of the selectors that finds a value; caller frees; NULL: none. */
static struct val *
field(const struct agent_reading *r, enum agent_field f)
{
	const struct agent_sel_list *l = &r->t->field[f];
	struct val *v = NULL;

	for (size_t i = 0; i < l->n && !v; i++)
		v = jsonl_value(&l->v[i], &r->events);
	return v;
}

char *
agent_field_text(const struct agent_reading *r, enum agent_field f)
{
	struct val *v = field(r, f);
	char *s = v ? jsonl_text(v) : NULL;

	val_free(v);
	return s;
}

/* A number that is not negative, else -1. */
static double
field_number(const struct agent_reading *r, enum agent_field f)
{
	struct val *v = field(r, f);
	double d = -1;

	if (v && v->kind == VAL_INT)
		d = (double)v->i;
	else if (v && v->kind == VAL_REAL)
		d = v->r;
	val_free(v);
	return isfinite(d) && d >= 0 ? d : -1;
}

/* Likewise a count; what no counter can reach was not counted. */
static int64_t
field_count(const struct agent_reading *r, enum agent_field f)
{
	double d = field_number(r, f);

	return d < 1e15 ? (int64_t)d : -1;
}

/*
 * The session is an argument of the next call, chosen by the program: only what
 * cannot be taken for an option or anything but a name.
 */
static char *
session(const struct agent_reading *r)
{
	char *s = agent_field_text(r, AGENT_F_SESSION);
	size_t n;

	if (!s)
		return NULL;
	n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:");
	if (n > 0 && n <= SESSION_MAX && s[n] == '\0' && *s != '-')
		return s;
	free(s);
	return NULL;
}

static int64_t
tokens(const struct agent_reading *r, enum agent_field f, enum agent_field also, bool add)
{
	int64_t n = field_count(r, f), more = add ? field_count(r, also) : -1;

	return n >= 0 && more > 0 ? n + more : n;
}

static char *
answer_text(const struct agent_reading *r)
{
	struct buf b = { 0 };

	if (r->t->format != AGENT_TEXT)
		return agent_field_text(r, AGENT_F_TEXT);
	str_clean(&b, r->end->out, r->end->out_len);
	return buf_detach(&b);
}

void
agent_read_fields(struct agent_report *out, const struct agent_reading *r)
{
	char *denied = agent_field_text(r, AGENT_F_DENIED);

	out->text = answer_text(r);
	out->json = field(r, AGENT_F_JSON);
	if (out->json && out->json->kind != VAL_MAP) {
		val_free(out->json);
		out->json = NULL;
	}
	out->session = session(r);
	out->denied = denied && *denied ? oneline(denied, strlen(denied)) : NULL;
	out->tokens_in = tokens(r, AGENT_F_IN, AGENT_F_CACHED, !r->t->cached_in_input);
	out->tokens_out = tokens(r, AGENT_F_OUT, AGENT_F_REASONING, true);
	out->cost_usd = field_number(r, AGENT_F_COST);
	out->tokens_total = r->t->tokens_total;
	out->cost_total = r->t->cost_total;
	free(denied);
}
