/*
 * config_read - the layers of the configuration
 *
 * A file is walked along the table: a key is a value that the table describes, a
 * section that the table goes on in, or unknown.  The walk goes as deep as the
 * table does.  The environment is walked the other way round, because most of its
 * variables are none of ours: each is held against the table.
 */
#include "task/config_read.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/val.h"
#include "doc/yaml.h"
#include "task/config.h"

#define PREFIX "ORCH_"

/* Does the table go on below the pattern? */
static bool
is_section(const struct buf *pattern)
{
	for (const struct config_key *k = config_table; k->path != NULL; k++)
		if (str_starts(k->path, buf_str(pattern)) && k->path[pattern->len] == '.')
			return true;
	return false;
}

static const struct config_key *
exact(const struct buf *pattern)
{
	for (const struct config_key *k = config_table; k->path != NULL; k++)
		if (strcmp(k->path, buf_str(pattern)) == 0)
			return k;
	return NULL;
}

static int
refuse_key(struct config_reader *r, const struct yaml_key *key, size_t pattern, size_t path)
{
	struct vec_str siblings = { 0 };
	struct config_names known = { 0 };
	int bad;

	buf_cut(&r->pattern, pattern);
	buf_cut(&r->path, path);
	for (const struct config_key *k = config_table; k->path != NULL; k++) {
		const char *rest = k->path + pattern + (pattern > 0);
		char *name;

		if (!str_starts(k->path, buf_str(&r->pattern)) ||
		    (pattern > 0 && k->path[pattern] != '.'))
			continue;
		name = xstrndup(rest, strcspn(rest, "."));
		vec_str_take(&siblings, name);
		config_names_add(&known, name);
	}
	bad = config_unknown(r, key, buf_str(&r->path), &known);
	vec_str_release(&siblings);
	return bad;
}

/*
 * Appends a key to both paths, as '*' to the pattern where the table has one.  A key
 * with a point in it is no path ("retry.base: 5" is not "retry: {base: 5}").
 */
static void
enter(struct config_reader *r, const char *key)
{
	size_t len = r->pattern.len;

	buf_printf(&r->path, "%s%s", r->path.len > 0 ? "." : "", key);
	buf_puts(&r->pattern, len > 0 ? ".*" : "*");
	if (exact(&r->pattern) != NULL || is_section(&r->pattern))
		return;
	buf_cut(&r->pattern, len);
	buf_printf(&r->pattern, "%s%s", len > 0 ? "." : "",
	    strpbrk(key, ".*") == NULL ? key : "?");
}

/* The map for a section, made if need be. */
static struct val *
section(struct val *map, const char *key)
{
	struct val *v = val_get(map, key);

	if (v == NULL) {
		v = val_map();
		val_put(map, key, v);
	}
	return v;
}

static int
read_map(struct config_reader *r, const struct yaml_node *map, struct val *into)
{
	size_t pattern = r->pattern.len, path = r->path.len;

	for (const struct yaml_node *raw = map->child; raw != NULL; raw = raw->next) {
		const struct yaml_node *n = yaml_deref(raw);
		const struct config_key *k;
		bool null = n->kind == YAML_SCALAR && yaml_scalar_kind(n) == VAL_NULL;
		struct val *v;

		enter(r, raw->key->text);
		if ((k = exact(&r->pattern)) == NULL && !is_section(&r->pattern))
			return refuse_key(r, raw->key, pattern, path);
		if (k != NULL && !null) {
			if ((v = config_value(r, k, raw)) == NULL)
				return -1;
			val_put(into, raw->key->text, v);
		} else if (k == NULL && n->kind == YAML_MAP) {
			if (read_map(r, n, section(into, raw->key->text)) == -1)
				return -1;
		} else if (k == NULL && !null) {
			err_set(r->e, ERR_CONFIG, "%s: map expected", buf_str(&r->path));
			return config_at(r, raw->key->start);
		}
		buf_cut(&r->pattern, pattern);
		buf_cut(&r->path, path);
	}
	return 0;
}

static int
read_root(struct config_reader *r, struct config *c)
{
	const struct yaml_node *root = r->yaml->root;

	if (c->map == NULL)
		c->map = val_map();
	if (root == NULL || (root->kind == YAML_SCALAR && yaml_scalar_kind(root) == VAL_NULL))
		return 0;
	if (root->kind == YAML_MAP)
		return read_map(r, root, c->map);
	err_set(r->e, ERR_CONFIG, "map of keys expected");
	return config_at(r, root->start);
}

int
config_add(struct config *c, const char *text, size_t len, const char *name, struct err *e)
{
	struct yaml yaml;
	struct config_reader r = { .yaml = &yaml, .name = name, .e = e };
	int bad;

	if (yaml_parse(&yaml, text, len, name, e) == -1) {
		if (e->code == ERR_INVALID)
			e->code = ERR_CONFIG;
		return -1;
	}
	bad = read_root(&r, c);
	buf_release(&r.pattern);
	buf_release(&r.path);
	yaml_release(&yaml);
	return bad;
}

/*
 * Is `var` (without ORCH_, `len` bytes) the variable of the key?  Then *path gets the
 * key's path, a '*' filled in with what stands there in small letters; caller frees.
 */
static bool
names_key(const char *var, size_t len, const char *pattern, char **path)
{
	struct buf b = { 0 };
	const char *end = var + len;

	for (; *pattern != '\0'; pattern++) {
		if (*pattern == '*') {
			size_t tail = strlen(pattern + 1);

			if ((size_t)(end - var) <= tail)
				break;
			for (; (size_t)(end - var) > tail; var++)
				buf_putc(&b, (char)tolower((unsigned char)*var));
			continue;
		}
		if (var == end ||
		    *var != (*pattern == '.' ? '_' : toupper((unsigned char)*pattern)))
			break;
		buf_putc(&b, *pattern);
		var++;
	}
	if (*pattern == '\0' && var == end) {
		*path = buf_detach(&b);
		return true;
	}
	buf_release(&b);
	return false;
}

/* Puts a value at a path, whose sections are made if need be. */
static void
put_path(struct val *map, char *path, struct val *v)
{
	char *dot;

	for (; (dot = strchr(path, '.')) != NULL; path = dot + 1) {
		*dot = '\0';
		map = section(map, path);
	}
	val_put(map, path, v);
}

static int
add_variable(struct config *c, const char *name, size_t len, const char *text, struct err *e)
{
	const size_t skip = strlen(PREFIX);
	char *path = NULL, *shown;
	const struct config_key *k = config_table;
	struct val *v;

	while (k->path != NULL && !names_key(name + skip, len - skip, k->path, &path))
		k++;
	if (k->path == NULL)
		return 0;
	shown = xstrndup(name, len);
	if ((v = config_env_value(k, shown, text, e)) != NULL)
		put_path(c->map, path, v);
	free(shown);
	free(path);
	return v != NULL ? 0 : -1;
}

int
config_add_env(struct config *c, char *const *env, struct err *e)
{
	if (c->map == NULL)
		c->map = val_map();
	for (; *env != NULL; env++) {
		const char *eq = strchr(*env, '=');

		if (eq != NULL && str_starts(*env, PREFIX) &&
		    add_variable(c, *env, (size_t)(eq - *env), eq + 1, e) == -1)
			return -1;
	}
	return 0;
}
