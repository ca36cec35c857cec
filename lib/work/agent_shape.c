/*
 * The keys of a driver file and the kinds of their values, as one constant table
 * that is also the list for near misses.
 */
#include "work/agent_table.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "doc/val.h"

const char *const agent_classes[] = {
	"rate_limited", "overloaded", "network", "auth", "billing", "quota", "config",
	"bad_model", "missing_tool", "context_overflow", "refused", "denied",
	"bad_request", "budget", "truncated", "empty", "bad_output", "no_result",
	"interrupted", "timeout", "crashed", "failed", NULL,
};

const char *const agent_field_names[AGENT_FIELD_N] = {
	[AGENT_F_SESSION] = "session", [AGENT_F_MODEL] = "model", [AGENT_F_TEXT] = "text",
	[AGENT_F_JSON] = "json", [AGENT_F_COST] = "cost_usd", [AGENT_F_IN] = "tokens_in",
	[AGENT_F_CACHED] = "tokens_cached", [AGENT_F_CACHE_WRITE] = "tokens_cache_write",
	[AGENT_F_OUT] = "tokens_out",
	[AGENT_F_REASONING] = "tokens_reasoning", [AGENT_F_DENIED] = "denied",
	[AGENT_F_RESET] = "reset_at",
};

enum kind {
	INT,		/* a whole number >= 0 */
	PRICE,		/* any number >= 0 */
	BOOL,
	TEXT,
	TEXT_OR_TEXTS,
	WORD,		/* one of words */
	TEXTS,		/* list of text; numbers are fine where they read the same */
	NAMED_TEXT,	/* map of any names to text */
	NAMED_TEXTS,	/* map of any names to lists of text */
	NAMED_MAPS,	/* map of any names to NAMED_TEXT */
	NAMED_BELOW,	/* map of any names to maps of the keys `below` */
	MAP,		/* map of the keys `below` */
	MAPS,		/* list of such maps */
	ANY,
};

#define KEYS_MAX 32

struct shape {
	const char *key;
	enum kind kind;
	const char *const *words;
	const struct shape *below;
};

static const char *const formats[] = { "text", "json", "jsonl", NULL };
static const char *const stdins[] = { "prompt", "none", NULL };
static const char *const answers[] = { "json", "exit", NULL };
static const char *const vias[] = { "prompt", "flag", NULL };
static const char *const scopes[] = { "session", "run", NULL };

static const struct shape version_keys[] = {
	{ "argv", TEXTS, 0, 0 }, { "re", TEXT, 0, 0 }, { 0, ANY, 0, 0 },
};
static const struct shape auth_keys[] = {
	{ "argv", TEXTS, 0, 0 }, { "ok", INT, 0, 0 }, { 0, ANY, 0, 0 },
};
static const struct shape argv_keys[] = {
	{ "run", TEXTS, 0, 0 }, { "router", TEXTS, 0, 0 }, { "resume", TEXTS, 0, 0 },
	{ "review", TEXTS, 0, 0 }, { 0, ANY, 0, 0 },
};
static const struct shape perm_keys[] = {
	{ "read", TEXTS, 0, 0 }, { "edit", TEXTS, 0, 0 }, { "full", TEXTS, 0, 0 },
	{ 0, ANY, 0, 0 },
};
static const struct shape env_perm_keys[] = {
	{ "read", NAMED_TEXT, 0, 0 }, { "edit", NAMED_TEXT, 0, 0 },
	{ "full", NAMED_TEXT, 0, 0 }, { 0, ANY, 0, 0 },
};
static const struct shape env_mode_keys[] = {
	{ "run", NAMED_TEXT, 0, 0 }, { "router", NAMED_TEXT, 0, 0 },
	{ "resume", NAMED_TEXT, 0, 0 }, { "review", NAMED_TEXT, 0, 0 }, { 0, ANY, 0, 0 },
};

static const struct shape field_keys[] = {
	{ "session", TEXTS, 0, 0 }, { "model", TEXTS, 0, 0 }, { "text", TEXTS, 0, 0 },
	{ "json", TEXTS, 0, 0 }, { "cost_usd", TEXTS, 0, 0 }, { "tokens_in", TEXTS, 0, 0 },
	{ "tokens_cached", TEXTS, 0, 0 }, { "tokens_cache_write", TEXTS, 0, 0 },
	{ "tokens_out", TEXTS, 0, 0 },
	{ "tokens_reasoning", TEXTS, 0, 0 }, { "denied", TEXTS, 0, 0 },
	{ "reset_at", TEXTS, 0, 0 }, { 0, ANY, 0, 0 },
};
static const struct shape scope_keys[] = {
	{ "cost_usd", WORD, scopes, 0 }, { "tokens_in", WORD, scopes, 0 },
	{ "tokens_cached", WORD, scopes, 0 }, { "tokens_out", WORD, scopes, 0 },
	{ 0, ANY, 0, 0 },
};
static const struct shape price_keys[] = {
	{ "input", PRICE, 0, 0 }, { "cached", PRICE, 0, 0 }, { "output", PRICE, 0, 0 },
	{ 0, ANY, 0, 0 },
};
static const struct shape ok_keys[] = {
	{ "exit", ANY, 0, 0 }, { "need", TEXT_OR_TEXTS, 0, 0 },
	{ "not", TEXT_OR_TEXTS, 0, 0 }, { "last", TEXT, 0, 0 }, { 0, ANY, 0, 0 },
};
static const struct shape rule_keys[] = {
	{ "class", WORD, agent_classes, 0 }, { "event", TEXT, 0, 0 }, { "re", TEXT, 0, 0 },
	{ "absent", TEXT, 0, 0 }, { "exit", INT, 0, 0 }, { "stderr", TEXT, 0, 0 },
	{ "reset", TEXT, 0, 0 }, { 0, ANY, 0, 0 },
};

static const struct shape top_keys[] = {
	{ "id", TEXT, 0, 0 }, { "bin", TEXTS, 0, 0 }, { "verified", ANY, 0, 0 },
	{ "version", MAP, 0, version_keys }, { "auth", MAP, 0, auth_keys },
	{ "stdin", WORD, stdins, 0 }, { "format", WORD, formats, 0 },
	{ "answer", WORD, answers, 0 }, { "timeout_grace_s", INT, 0, 0 },
	{ "system_via", WORD, vias, 0 }, { "env", NAMED_TEXT, 0, 0 },
	{ "env_mode", MAP, 0, env_mode_keys }, { "env_perm", MAP, 0, env_perm_keys },
	{ "env_opt", NAMED_MAPS, 0, 0 }, { "env_drop", TEXTS, 0, 0 },
	{ "env_pass", TEXTS, 0, 0 },
	{ "argv", MAP, 0, argv_keys }, { "insert_after", INT, 0, 0 },
	{ "opt", NAMED_TEXTS, 0, 0 }, { "perm", MAP, 0, perm_keys },
	{ "field", MAP, 0, field_keys }, { "scope", MAP, 0, scope_keys },
	{ "cached_in_input", BOOL, 0, 0 }, { "reasoning_in_output", BOOL, 0, 0 },
	{ "price", NAMED_BELOW, 0, price_keys }, { "ok", MAP, 0, ok_keys },
	{ "progress", TEXTS, 0, 0 },
	{ "error", MAPS, 0, rule_keys }, { "soft", MAPS, 0, rule_keys },
	{ "evidence", MAPS, 0, rule_keys }, { 0, ANY, 0, 0 },
};

/* ---- where ---- */

int
agent_where_in(struct agent_where *w, const char *key)
{
	if (w->n < AGENT_STEPS)
		snprintf(w->step[w->n++], AGENT_STEP_MAX, "%.*s", AGENT_STEP_MAX - 1, key);
	return -1;
}

int
agent_where_at(struct agent_where *w, size_t position)
{
	char text[24];

	snprintf(text, sizeof text, "%zu", position);
	return agent_where_in(w, text);
}

/* ---- checking ---- */

/* What each of the checks needs besides the value. */
struct checking {
	struct agent_where *where;
	struct err *e;
};

static int
wrong(const struct checking *c, const struct val *v, const char *expected)
{
	return err_set(c->e, ERR_CONFIG, "%s expected, found %s", expected,
	    val_kind_name(v->kind));
}

static int
check_word(const struct checking *c, const struct val *v, const char *const *words)
{
	const char *s = val_text(v), *near;

	if (!s)
		return wrong(c, v, "a word");
	for (size_t i = 0; words[i]; i++)
		if (strcmp(words[i], s) == 0)
			return 0;
	near = str_nearest(s, words);
	return err_set(c->e, ERR_CONFIG, "'%s' is not known%s%s%s", s,
	    near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

static bool
is_text(const struct val *v)
{
	return v->kind == VAL_STR || v->kind == VAL_INT;
}

static int
check_texts(const struct checking *c, const struct val *v)
{
	if (v->kind != VAL_LIST)
		return wrong(c, v, "list of text");
	for (size_t i = 0; i < v->n; i++)
		if (!is_text(v->v[i])) {
			err_set(c->e, ERR_CONFIG, "text expected, found %s: quote it",
			    val_kind_name(v->v[i]->kind));
			return agent_where_at(c->where, i);
		}
	return 0;
}

static int check_map(const struct checking *, const struct val *, const struct shape *);

static int
check_named(const struct checking *c, const struct val *v, const struct shape *s,
    enum kind kind)
{
	const struct val *item;
	int rc;

	if (v->kind != VAL_MAP)
		return wrong(c, v, "map");
	for (size_t i = 0; i < v->n; i++) {
		item = v->v[i];
		rc = 0;
		if (kind == NAMED_TEXTS)
			rc = check_texts(c, item);
		else if (kind == NAMED_MAPS)
			rc = check_named(c, item, s, NAMED_TEXT);	/* one level, no more */
		else if (kind == NAMED_BELOW)
			rc = check_map(c, item, s->below);
		else if (!is_text(item))
			rc = wrong(c, item, "text");
		if (rc)
			return agent_where_in(c->where, v->key[i]);
	}
	return 0;
}

static int
check_maps(const struct checking *c, const struct val *v, const struct shape *s)
{
	if (v->kind != VAL_LIST)
		return wrong(c, v, "list of maps");
	for (size_t i = 0; i < v->n; i++)
		if (check_map(c, v->v[i], s->below) == -1)
			return agent_where_at(c->where, i);
	return 0;
}

/* Recursion follows the constant tables above, three levels deep, not the file. */
static int
check(const struct checking *c, const struct val *v, const struct shape *s)
{
	switch (s->kind) {
	case INT:
		return v->kind == VAL_INT && v->i >= 0 && v->i <= INT32_MAX ? 0
		    : wrong(c, v, "whole number");
	case PRICE:
		return (v->kind == VAL_INT && v->i >= 0) || (v->kind == VAL_REAL && v->r >= 0)
		    ? 0 : wrong(c, v, "price");
	case BOOL:
		return v->kind == VAL_BOOL ? 0 : wrong(c, v, "true or false");
	case TEXT:
		return v->kind == VAL_STR ? 0 : wrong(c, v, "text");
	case TEXT_OR_TEXTS:
		return v->kind == VAL_STR ? 0 : check_texts(c, v);
	case WORD:
		return check_word(c, v, s->words);
	case TEXTS:
		return check_texts(c, v);
	case NAMED_TEXT:
	case NAMED_TEXTS:
	case NAMED_MAPS:
	case NAMED_BELOW:
		return check_named(c, v, s, s->kind);
	case MAP:
		return check_map(c, v, s->below);
	case MAPS:
		return check_maps(c, v, s);
	case ANY:
		return 0;
	}
	return 0;
}

static int
unknown_key(const struct checking *c, const char *key, const struct shape *shapes)
{
	const char *names[KEYS_MAX + 1], *near;
	size_t n = 0;

	for (; shapes[n].key && n < KEYS_MAX; n++)
		names[n] = shapes[n].key;
	names[n] = NULL;
	near = str_nearest(key, names);
	err_set(c->e, ERR_CONFIG, "unknown key '%s'%s%s%s", key,
	    near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
	c->where->key = true;
	return agent_where_in(c->where, key);
}

static int
check_map(const struct checking *c, const struct val *map, const struct shape *shapes)
{
	const struct shape *s;

	if (map->kind != VAL_MAP)
		return wrong(c, map, "map");
	for (size_t i = 0; i < map->n; i++) {
		for (s = shapes; s->key && strcmp(s->key, map->key[i]) != 0; s++)
			;
		if (!s->key)
			return unknown_key(c, map->key[i], shapes);
		if (map->v[i]->kind != VAL_NULL && check(c, map->v[i], s) == -1)
			return agent_where_in(c->where, s->key);
	}
	return 0;
}

int
agent_shape_check(const struct val *map, struct agent_where *where, struct err *e)
{
	return check_map(&(struct checking){ where, e }, map, top_keys);
}
