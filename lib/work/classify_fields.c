/*
 * What a CLI tells about its run: text, session, model, tokens, cost.  All of it is said by
 * a program that we do not trust: numbers are checked, and the session, which will
 * be an argument, has to look like one.
 */
#include "work/classify.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "doc/val.h"
#include "work/classify_impl.h"
#include "work/oneline.h"

#define SESSION_MAX 200

/* The first of the selectors that finds a value; caller frees; NULL: none. */
static struct val *
field(const struct classify_reading *r, enum agent_field f)
{
	const struct agent_sel_list *l = &r->t->field[f];
	struct val *v = NULL;

	for (size_t i = 0; i < l->n && !v; i++)
		v = jsonl_value(&l->v[i], &r->events);
	for (size_t i = 0; i < l->n && !v; i++)
		v = jsonl_value(&l->v[i], &r->usage);
	return v;
}

char *
classify_field_text(const struct classify_reading *r, enum agent_field f)
{
	struct val *v = field(r, f);
	char *s = v ? jsonl_text(v) : NULL;

	val_free(v);
	return s;
}

/* A number that is not negative, else -1. */
static double
field_number(const struct classify_reading *r, enum agent_field f)
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
field_count(const struct classify_reading *r, enum agent_field f)
{
	double d = field_number(r, f);

	return d < 1e15 ? (int64_t)d : -1;
}

/*
 * The session is an argument of the next call, chosen by the program: a name, or the path
 * of a file; nothing that is taken for an option, and no path that leads up.
 */
static bool
is_session(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:/@+=,~%#");

	if (n == 0 || n > SESSION_MAX || s[n] != '\0' || *s == '-')
		return false;
	for (; *s != '\0'; s += n, s += *s == '/')
		if ((n = strcspn(s, "/")) == 2 && memcmp(s, "..", 2) == 0)
			return false;
	return true;
}

static void
find_session(struct classify_report *out, const struct classify_reading *r)
{
	char *s = classify_field_text(r, AGENT_F_SESSION);

	if (s != NULL && is_session(s)) {
		out->session = s;
		return;
	}
	if (s != NULL && *s != '\0')
		out->session_odd = oneline(s, strlen(s));
	free(s);
}

static int64_t
plus(int64_t n, int64_t more)
{
	return n >= 0 && more > 0 ? n + more : n;
}

/* The same kinds for all: what a CLI counts beside its input or output is put in. */
static void
count_tokens(struct classify_tokens *c, const struct classify_reading *r)
{
	c->in = field_count(r, AGENT_F_IN);
	c->cached = field_count(r, AGENT_F_CACHED);
	c->out = field_count(r, AGENT_F_OUT);
	c->reasoning = field_count(r, AGENT_F_REASONING);
	if (!r->t->cached_in_input)
		c->in = plus(plus(c->in, c->cached), field_count(r, AGENT_F_CACHE_WRITE));
	if (!r->t->reasoning_in_output)
		c->out = plus(c->out, c->reasoning);
}

static const struct agent_price *
price_of(const struct agent_table *t, const char *model)
{
	for (size_t i = 0; model && i < t->prices; i++)
		if (strcmp(t->price[i].model, model) == 0)
			return &t->price[i];
	return NULL;
}

/* What the CLI says; else what its tokens cost, if the model's price is known. */
static void
find_cost(struct classify_report *out, const struct classify_reading *r)
{
	const struct classify_tokens *c = &out->tokens;
	const struct agent_price *p = price_of(r->t, out->model ? out->model : r->end->model);
	int64_t cached = c->cached > 0 && c->cached <= c->in ? c->cached : 0;

	out->cost_usd = field_number(r, AGENT_F_COST);
	out->cost_total = r->t->cost_total;
	if (out->cost_usd >= 0 || !p || c->in < 0 || c->out < 0)
		return;
	out->cost_usd = ((double)(c->in - cached) * p->input + (double)cached * p->cached
	    + (double)c->out * p->output) / 1e6;
	out->cost_total = r->t->tokens_total;
	out->cost_priced = true;
}

static char *
answer_text(const struct classify_reading *r)
{
	struct buf b = { 0 };

	if (r->t->format != AGENT_TEXT)
		return classify_field_text(r, AGENT_F_TEXT);
	str_clean(&b, r->end->out, r->end->out_len);
	return buf_detach(&b);
}

/* A field as one line, NULL if it is not there or empty. */
static char *
line_of(const struct classify_reading *r, enum agent_field f)
{
	char *s = classify_field_text(r, f), *line = NULL;

	if (s && *s)
		line = oneline(s, strlen(s));
	free(s);
	return line;
}

void
classify_fields(struct classify_report *out, const struct classify_reading *r)
{
	out->text = answer_text(r);
	out->json = field(r, AGENT_F_JSON);
	if (out->json && out->json->kind != VAL_MAP) {
		val_free(out->json);
		out->json = NULL;
	}
	find_session(out, r);
	out->model = line_of(r, AGENT_F_MODEL);
	out->denied = line_of(r, AGENT_F_DENIED);
	out->tokens_total = r->t->tokens_total;
	count_tokens(&out->tokens, r);
	find_cost(out, r);
}
