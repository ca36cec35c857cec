/*
 * A report as other programs read it.  The names are part of what `orch-agent
 * classify` promises; what was not told has no key, so that a 0 is a zero.
 */
#include "work/classify.h"

#include <string.h>

#include "doc/val.h"
#include "work/outcome.h"

static void
put_text(struct val *map, const char *key, const char *s)
{
	if (s)
		val_add(map, key, val_str(s));
}

static void
put_count(struct val *map, const char *key, int64_t n)
{
	if (n >= 0)
		val_add(map, key, val_int(n));
}

static struct val *
tokens(const struct classify_report *r)
{
	struct val *map = val_map();

	put_count(map, "input", r->tokens.in);
	put_count(map, "cached", r->tokens.cached);
	put_count(map, "output", r->tokens.out);
	put_count(map, "reasoning", r->tokens.reasoning);
	if (map->n > 0)
		val_add(map, "scope", val_str(r->tokens_total ? "session" : "run"));
	return map;
}

struct val *
classify_value(const struct classify_report *r)
{
	struct val *map = val_map(), *counts = tokens(r);

	put_text(map, "class", r->class);
	val_add(map, "good", val_bool(r->good));
	put_text(map, "message", *r->message ? r->message : NULL);
	put_text(map, "rule", r->rule);
	put_text(map, "evidence", r->evidence);
	put_text(map, "session", r->session);
	put_text(map, "session_odd", r->session_odd);
	put_text(map, "model", r->model);
	put_text(map, "text", r->text);
	if (r->json)
		val_add(map, "json", val_copy(r->json));
	put_text(map, "denied", r->denied);
	if (counts->n > 0)
		val_add(map, "tokens", counts);
	else
		val_free(counts);
	if (r->cost_usd >= 0) {
		val_add(map, "cost_usd", val_real(r->cost_usd));
		val_add(map, "cost_scope", val_str(r->cost_total ? "session" : "run"));
		val_add(map, "cost_by", val_str(r->cost_priced ? "price" : "agent"));
	}
	if (r->reset_at > 0)
		val_add(map, "reset_at", val_time(r->reset_at));
	return map;
}

struct val *
classify_told(const char *agent, const struct classify_report *r)
{
	struct val *map = val_map(), *value = classify_value(r);

	val_add(map, "schema", val_int(1));
	val_add(map, "agent", val_str(agent));
	for (size_t i = 0; i < value->n; i++)
		val_add(map, value->key[i], val_copy(value->v[i]));
	/* Of what ended well the answer decides, and nobody gave us one. */
	if (strcmp(r->class, "ok") != 0)
		put_text(map, "treated_as", outcome_name(outcome_of(r->class)));
	val_free(value);
	return map;
}
