/*
 * The command line of a call, made from the driver's templates.  An argument in
 * the file is an argument of the program: nothing here splits, quotes or expands
 * what it inserts, so that no text of a task can become an option or a second
 * argument.
 *
 * A placeholder is {name} or {name...}, with a name of small letters, digits and
 * '_'.  Any other brace stands for itself, so that JSON can be written in a value.
 */
#include "work/agent.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/val.h"

#define ARG_MAX_BYTES (128u << 10)	/* MAX_ARG_STRLEN of Linux, with its NUL */
#define NAME_MAX_BYTES 63

struct vars {
	const struct agent_var *v;
	size_t n;
	const char *model;	/* where the caller has none */
};

struct hole {
	char name[NAME_MAX_BYTES + 1];
	bool list;		/* {name...} */
	size_t len;		/* bytes of the placeholder */
};

static bool
hole_at(const char *s, struct hole *h)
{
	size_t n;

	if (s[0] != '{' || s[1] < 'a' || s[1] > 'z')
		return false;
	n = strspn(s + 1, "abcdefghijklmnopqrstuvwxyz0123456789_");
	if (n > NAME_MAX_BYTES)
		return false;
	h->list = str_starts(s + 1 + n, "...");
	h->len = 1 + n + (h->list ? 3 : 0) + 1;
	memcpy(h->name, s + 1, n);
	h->name[n] = '\0';
	return s[h->len - 1] == '}';
}

static const struct agent_var *
find(const struct vars *vars, const char *name)
{
	for (size_t i = 0; i < vars->n; i++)
		if (strcmp(vars->v[i].name, name) == 0)
			return &vars->v[i];
	return NULL;
}

static const char *
value_of(const struct vars *vars, const char *name)
{
	const struct agent_var *v = find(vars, name);

	if (v && v->value && *v->value)
		return v->value;
	return strcmp(name, "model") == 0 ? vars->model : NULL;
}

static const char *const *
list_of(const struct vars *vars, const char *name)
{
	const struct agent_var *v = find(vars, name);

	return v && v->list && v->list[0] ? v->list : NULL;
}

/* A basic string of TOML 1.0. */
static void
put_toml(struct buf *out, const char *s)
{
	static const char plain[] = "\b\t\n\f\r\"\\", letter[] = "btnfr\"\\";
	const char *at;

	buf_putc(out, '"');
	for (; *s; s++) {
		at = strchr(plain, *s);
		if (at)
			buf_printf(out, "\\%c", letter[at - plain]);
		else if ((unsigned char)*s < 0x20 || *s == 0x7f)
			buf_printf(out, "\\u%04X", (unsigned)(unsigned char)*s);
		else
			buf_putc(out, *s);
	}
	buf_putc(out, '"');
}

/* Appends the value of {name}, or of {name_toml}; false if it is not set. */
static bool
put_value(struct buf *out, const struct vars *vars, const char *name)
{
	const char *v = value_of(vars, name);
	char *base;

	if (v) {
		buf_puts(out, v);
		return true;
	}
	if (!str_ends(name, "_toml"))
		return false;
	base = xstrndup(name, strlen(name) - strlen("_toml"));
	v = value_of(vars, base);
	free(base);
	if (v)
		put_toml(out, v);
	return v != NULL;
}

/* 0, or 1 with the name of what is not set. */
static int
expand(struct buf *out, const char *text, const struct vars *vars, char *missing)
{
	struct hole h;

	while (*text) {
		if (!hole_at(text, &h)) {
			buf_putc(out, *text++);
			continue;
		}
		if (h.list || !put_value(out, vars, h.name)) {
			memcpy(missing, h.name, sizeof h.name);
			return 1;
		}
		text += h.len;
	}
	return 0;
}

/* The text of an element of a list; numbers are text too. */
static char *
element(const struct val *v)
{
	struct buf b = { 0 };

	val_plain(&b, v);
	return buf_detach(&b);
}

static int
push_one(struct vec_str *argv, const struct val *item, const struct vars *vars, char *missing)
{
	struct buf out = { 0 };
	const char *const *list;
	char *text = element(item);
	struct hole h;
	int rc = 0;

	if (hole_at(text, &h) && h.list && text[h.len] == '\0') {
		list = list_of(vars, h.name);
		rc = list ? 0 : 1;
		if (!list)
			memcpy(missing, h.name, sizeof h.name);
		for (; list && *list; list++)
			vec_str_push(argv, *list);
	} else {
		rc = expand(&out, text, vars, missing);
		if (rc == 0)
			vec_str_push(argv, buf_str(&out));
	}
	buf_release(&out);
	free(text);
	return rc;
}

/* 1: a placeholder is not set; what was pushed before it is still there. */
static int
push_all(struct vec_str *argv, const struct val *list, size_t from, size_t to,
    const struct vars *vars, char *missing)
{
	for (size_t i = from; list && i < to && i < list->n; i++)
		if (push_one(argv, list->v[i], vars, missing))
			return 1;
	return 0;
}

/*
 * The router's rules take the place of the CLI's own: it needs no tools and no manners.
 * Whoever works needs them, and has our rules in the prompt.
 */
static bool
option_fits(const char *name, enum agent_mode mode)
{
	return mode == AGENT_ROUTER || strcmp(name, "system_replace") != 0;
}

static void
push_options(struct vec_str *argv, const struct agent *a, enum agent_mode mode,
    const struct vars *vars)
{
	const struct val *opt = val_get(a->table, "opt");
	struct vec_str one = { 0 };
	char missing[NAME_MAX_BYTES + 1];

	for (size_t i = 0; opt && i < opt->n; i++) {
		if (!option_fits(opt->key[i], mode)
		    || push_all(&one, opt->v[i], 0, opt->v[i]->n, vars, missing)) {
			vec_str_release(&one);
			continue;
		}
		for (size_t j = 0; j < one.n; j++)
			vec_str_push(argv, one.v[j]);
		vec_str_release(&one);
	}
}

static const char *const modes[] = { "run", "router", "resume", "review" };
const char *const agent_perm_names[] = { "", "read", "edit", "full" };

static int
fill_argv(struct vec_str *argv, const struct agent *a, enum agent_mode mode,
    enum agent_perm perm, const struct vars *vars, struct err *e)
{
	const struct val *t = a->table, *base = val_get(val_get(t, "argv"), modes[mode]), *level;
	char missing[NAME_MAX_BYTES + 1];
	size_t at;

	if (!base && mode == AGENT_REVIEW)
		base = val_path(t, "argv.run");
	if (!base || base->kind != VAL_LIST)
		return err_set(e, ERR_CONFIG, "agent %s cannot %s: no argv.%s in %s", a->id,
		    mode == AGENT_RESUME ? "resume a session"
		    : mode == AGENT_ROUTER ? "route" : "do that", modes[mode], a->path);
	level = val_get(val_get(t, "perm"), agent_perm_names[perm]);
	if (perm != AGENT_PERM_NONE && !level)
		return err_set(e, ERR_CONFIG, "agent %s has no permission level '%s' (perm.%s "
		    "in %s)", a->id, agent_perm_names[perm], agent_perm_names[perm], a->path);
	at = (size_t)val_number(val_get(t, "insert_after"), (int64_t)base->n);
	if (push_all(argv, base, 0, at, vars, missing))
		goto unset;
	push_options(argv, a, mode, vars);
	if (perm != AGENT_PERM_NONE && push_all(argv, level, 0, level->n, vars, missing))
		goto unset;
	for (size_t i = 0; a->args && i < a->args->n; i++)
		vec_str_take(argv, element(a->args->v[i]));
	if (push_all(argv, base, at, base->n, vars, missing))
		goto unset;
	return 0;
unset:
	if (strcmp(missing, "model") == 0)
		return err_set(e, ERR_CONFIG, "agent %s needs a model: name one in orch.yml "
		    "(agents.%s.model) or in the task (agent_model)", a->id, a->id);
	return err_set(e, ERR_CONFIG, "agent %s: {%s} is not set for argv.%s in %s", a->id,
	    missing, modes[mode], a->path);
}

/* ---- the environment ---- */

static void
env_remove(struct vec_str *env, const char *name)
{
	size_t len = strlen(name), kept = 0;

	for (size_t i = 0; i < env->n; i++) {
		if (strncmp(env->v[i], name, len) == 0 && env->v[i][len] == '=')
			free(env->v[i]);
		else
			env->v[kept++] = env->v[i];
	}
	env->n = kept;
}

/* All of the map or nothing.  1: a placeholder is not set. */
static int
env_add(struct vec_str *env, const struct val *map, const struct vars *vars, char *missing)
{
	struct vec_str lines = { 0 };
	struct buf out = { 0 };
	char *text;
	int rc = 0;

	for (size_t i = 0; map && i < map->n && rc == 0; i++) {
		text = element(map->v[i]);
		buf_printf(&out, "%s=", map->key[i]);
		rc = expand(&out, text, vars, missing);
		vec_str_take(&lines, buf_detach(&out));
		free(text);
	}
	for (size_t i = 0; i < lines.n && rc == 0; i++) {
		env_remove(env, map->key[i]);
		vec_str_push(env, lines.v[i]);
	}
	vec_str_release(&lines);
	return rc;
}

static int
fill_env(struct vec_str *env, const struct agent *a, enum agent_mode mode,
    enum agent_perm perm, const struct vars *vars, struct err *e)
{
	const struct val *t = a->table, *opt = val_get(t, "env_opt"), *drop;
	char missing[NAME_MAX_BYTES + 1];

	drop = val_get(t, "env_drop");
	for (size_t i = 0; drop && i < drop->n; i++)
		if (val_text(drop->v[i]))
			env_remove(env, val_text(drop->v[i]));
	if (env_add(env, val_get(t, "env"), vars, missing)
	    || env_add(env, val_get(val_get(t, "env_mode"), modes[mode]), vars, missing)
	    || env_add(env, val_get(val_get(t, "env_perm"), agent_perm_names[perm]), vars, missing))
		return err_set(e, ERR_CONFIG, "agent %s: {%s} is not set for the environment "
		    "in %s", a->id, missing, a->path);
	for (size_t i = 0; opt && i < opt->n; i++)
		if (option_fits(opt->key[i], mode))
			env_add(env, opt->v[i], vars, missing);
	return 0;
}

int
agent_argv(const struct agent *a, enum agent_mode mode, enum agent_perm perm,
    const char *program, const struct agent_var *v, size_t n, struct vec_str *argv,
    struct vec_str *env, struct err *e)
{
	struct vars vars = { v, n, a->model };

	if (!a->given)
		vec_str_push(argv, program);
	if (fill_argv(argv, a, mode, perm, &vars, e) == -1
	    || fill_env(env, a, mode, perm, &vars, e) == -1)
		return -1;
	for (size_t i = 0; i < argv->n; i++)
		if (strlen(argv->v[i]) >= ARG_MAX_BYTES)
			return err_set(e, ERR_CONFIG, "agent %s: argument %zu has %zu bytes, "
			    "the system takes %u", a->id, i, strlen(argv->v[i]),
			    ARG_MAX_BYTES - 1);
	return 0;
}
