/*
 * The keys of a driver file and the kinds of their values, as one constant table
 * that is also the list for near misses.
 */
#include "work/agent_table.h"

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
	[AGENT_F_SESSION] = "session", [AGENT_F_TEXT] = "text", [AGENT_F_JSON] = "json",
	[AGENT_F_COST] = "cost_usd", [AGENT_F_IN] = "tokens_in",
	[AGENT_F_CACHED] = "tokens_cached", [AGENT_F_OUT] = "tokens_out",
	[AGENT_F_REASONING] = "tokens_reasoning", [AGENT_F_DENIED] = "denied",
	[AGENT_F_RESET] = "reset_at",
};

enum kind {
	INT,		/* a whole number >= 0 */
	BOOL,
	TEXT,
	WORD,		/* one of words */
	TEXTS,		/* list of text; numbers are fine where they read the same */
	NAMED_TEXT,	/* map of any names to text */
	NAMED_TEXTS,	/* map of any names to lists of text */
	NAMED_MAPS,	/* map of any names to NAMED_TEXT */
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
	{ "session", TEXTS, 0, 0 }, { "text", TEXTS, 0, 0 }, { "json", TEXTS, 0, 0 },
	{ "cost_usd", TEXTS, 0, 0 }, { "tokens_in", TEXTS, 0, 0 },
	{ "tokens_cached", TEXTS, 0, 0 }, { "tokens_out", TEXTS, 0, 0 },
	{ "tokens_reasoning", TEXTS, 0, 0 }, { "denied", TEXTS, 0, 0 },
	{ "reset_at", TEXTS, 0, 0 }, { 0, ANY, 0, 0 },
};
static const struct shape scope_keys[] = {
	{ "cost_usd", WORD, scopes, 0 }, { "tokens_in", WORD, scopes, 0 },
	{ "tokens_cached", WORD, scopes, 0 }, { "tokens_out", WORD, scopes, 0 },
	{ 0, ANY, 0, 0 },
};
static const struct shape ok_keys[] = {
	{ "exit", ANY, 0, 0 }, { "need", TEXT, 0, 0 }, { "not", TEXT, 0, 0 },
	{ 0, ANY, 0, 0 },
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
	{ "cached_in_input", BOOL, 0, 0 }, { "ok", MAP, 0, ok_keys },
	{ "error", MAPS, 0, rule_keys }, { "soft", MAPS, 0, rule_keys },
	{ "evidence", MAPS, 0, rule_keys }, { 0, ANY, 0, 0 },
};

static int
wrong(const struct val *v, const char *expected, struct err *e)
{
	return err_set(e, ERR_CONFIG, "%s expected, found %s", expected,
	    val_kind_name(v->kind));
}

static int
check_word(const struct val *v, const char *const *words, struct err *e)
{
	const char *s = val_text(v), *near;

	if (!s)
		return wrong(v, "a word", e);
	for (size_t i = 0; words[i]; i++)
		if (strcmp(words[i], s) == 0)
			return 0;
	near = str_nearest(s, words);
	return err_set(e, ERR_CONFIG, "'%s' is not known%s%s%s", s,
	    near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

static int
check_texts(const struct val *v, struct err *e)
{
	if (v->kind != VAL_LIST)
		return wrong(v, "list of text", e);
	for (size_t i = 0; i < v->n; i++)
		if (v->v[i]->kind != VAL_STR && v->v[i]->kind != VAL_INT)
			return err_set(e, ERR_CONFIG, "%zu: text expected, found %s: quote it",
			    i, val_kind_name(v->v[i]->kind));
	return 0;
}

static int
check_named(const struct val *v, enum kind kind, struct err *e)
{
	const struct val *item;
	int rc;

	if (v->kind != VAL_MAP)
		return wrong(v, "map", e);
	for (size_t i = 0; i < v->n; i++) {
		item = v->v[i];
		rc = 0;
		if (kind == NAMED_TEXTS)
			rc = check_texts(item, e);
		else if (kind == NAMED_MAPS)
			rc = check_named(item, NAMED_TEXT, e);	/* one level, no more */
		else if (item->kind != VAL_STR && item->kind != VAL_INT)
			rc = wrong(item, "text", e);
		if (rc)
			return err_prefix(e, "%s", v->key[i]);
	}
	return 0;
}

static int check_map(const struct val *, const struct shape *, struct err *);

/* Recursion follows the constant tables above, three levels deep, not the file. */
static int
check(const struct val *v, const struct shape *s, struct err *e)
{
	switch (s->kind) {
	case INT:
		return v->kind == VAL_INT && v->i >= 0 && v->i <= INT32_MAX ? 0
		    : wrong(v, "whole number", e);
	case BOOL:
		return v->kind == VAL_BOOL ? 0 : wrong(v, "true or false", e);
	case TEXT:
		return v->kind == VAL_STR ? 0 : wrong(v, "text", e);
	case WORD:
		return check_word(v, s->words, e);
	case TEXTS:
		return check_texts(v, e);
	case NAMED_TEXT:
	case NAMED_TEXTS:
	case NAMED_MAPS:
		return check_named(v, s->kind, e);
	case MAP:
		return check_map(v, s->below, e);
	case MAPS:
		if (v->kind != VAL_LIST)
			return wrong(v, "list of maps", e);
		for (size_t i = 0; i < v->n; i++)
			if (check_map(v->v[i], s->below, e) == -1)
				return err_prefix(e, "%zu", i);
		return 0;
	case ANY:
		return 0;
	}
	return 0;
}

static int
unknown_key(const char *key, const struct shape *shapes, struct err *e)
{
	const char *names[KEYS_MAX + 1], *near;
	size_t n = 0;

	for (; shapes[n].key && n < KEYS_MAX; n++)
		names[n] = shapes[n].key;
	names[n] = NULL;
	near = str_nearest(key, names);
	return err_set(e, ERR_CONFIG, "unknown key '%s'%s%s%s", key,
	    near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

static int
check_map(const struct val *map, const struct shape *shapes, struct err *e)
{
	const struct shape *s;

	if (map->kind != VAL_MAP)
		return wrong(map, "map", e);
	for (size_t i = 0; i < map->n; i++) {
		for (s = shapes; s->key && strcmp(s->key, map->key[i]) != 0; s++)
			;
		if (!s->key)
			return unknown_key(map->key[i], shapes, e);
		if (map->v[i]->kind != VAL_NULL && check(map->v[i], s, e) == -1)
			return err_prefix(e, "%s", s->key);
	}
	return 0;
}

int
agent_shape_check(const struct val *map, struct err *e)
{
	return check_map(map, top_keys, e);
}
