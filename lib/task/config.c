/*
 * config - the answers of a merged configuration
 *
 * The map holds what people wrote and nothing else; a default is read from its
 * text in the table at the moment it is asked for.  What was put into the map
 * was checked by config_read.c, so that reading cannot fail.
 */
#include "task/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/num.h"
#include "base/str.h"
#include "doc/val.h"

/* What stands in the sample where any name may. */
#define SAMPLE_AGENT "claude"
#define SAMPLE_TIER  "small"
#define SAMPLE_PROJECT "web"

/* Is it a path of the pattern, with any name for '*'?  The name may have points in it. */
static bool
covers(const char *pattern, const char *path)
{
	const char *star = strchr(pattern, '*');
	size_t head;

	if (star == NULL)
		return strcmp(pattern, path) == 0;
	head = (size_t)(star - pattern);
	return strncmp(pattern, path, head) == 0 &&
	    strlen(path) >= strlen(pattern) && str_ends(path + head, star + 1);
}

const struct config_key *
config_find(const char *path)
{
	for (const struct config_key *k = config_table; k->path != NULL; k++)
		if (covers(k->path, path))
			return k;
	return NULL;
}

static const struct config_key *
need(const char *path)
{
	const struct config_key *k = config_find(path);

	if (k == NULL)
		abort();
	return k;
}

/* "agents" of "agents.*.slots": a part of the file that has keys below it. */
static bool
is_section(const char *path)
{
	for (const struct config_key *k = config_table; k->path != NULL; k++)
		if (str_starts(k->path, path) && k->path[strlen(path)] == '.')
			return true;
	return false;
}

/* What was written for the path of a key, or NULL. */
static const struct val *
written(const struct config *c, const struct config_key *k, const char *path)
{
	const char *star = strchr(k->path, '*'), *name;
	const struct val *v = c->map;
	size_t tail;
	char *part;

	if (star == NULL)
		return val_path(v, path);
	/* "agents." and ".slots" are known, what is between them is the name. */
	name = path + (star - k->path);
	tail = strlen(star + 1);
	part = xstrndup(k->path, (size_t)(star - k->path) - 1);
	v = val_path(v, part);
	free(part);
	part = xstrndup(name, strlen(name) - tail);
	v = val_get(v, part);
	free(part);
	return star[1] == '\0' ? v : val_path(v, star + 2);
}

static int64_t
number(const struct config_key *k, const char *text)
{
	int64_t n = 0;

	if (k->type == CONFIG_SPAN)
		num_duration(text, &n);
	else if (k->type == CONFIG_SIZE)
		num_bytes(text, &n);
	else
		num_int(text, INT64_MIN, INT64_MAX, &n);
	return n;
}

int64_t
config_int(const struct config *c, const char *path)
{
	const struct config_key *k = need(path);
	const struct val *v = written(c, k, path);

	if (k->type != CONFIG_INT && k->type != CONFIG_SPAN && k->type != CONFIG_SIZE)
		abort();
	if (v != NULL && v->kind == VAL_INT)
		return k->type == CONFIG_SPAN ? v->i * 1000 : v->i;
	if (v != NULL)
		return number(k, val_text(v));
	if (k->otherwise == NULL)
		return 0;
	return *k->otherwise == '=' ? config_int(c, k->otherwise + 1) : number(k, k->otherwise);
}

double
config_real(const struct config *c, const char *path)
{
	const struct config_key *k = need(path);
	const struct val *v = written(c, k, path);
	double r = 0;

	if (k->type != CONFIG_REAL)
		abort();
	if (v != NULL)
		return v->kind == VAL_INT ? (double)v->i : v->r;
	if (k->otherwise != NULL)
		num_real(k->otherwise, &r);
	return r;
}

bool
config_bool(const struct config *c, const char *path)
{
	const struct config_key *k = need(path);

	if (k->type != CONFIG_BOOL)
		abort();
	return val_truth(written(c, k, path),
	    k->otherwise != NULL && strcmp(k->otherwise, "true") == 0);
}

const char *
config_text(const struct config *c, const char *path)
{
	const struct config_key *k = need(path);
	const struct val *v = written(c, k, path);

	if (k->type != CONFIG_TEXT && k->type != CONFIG_WORD)
		abort();
	if (v != NULL)
		return val_text(v);
	return k->otherwise != NULL && *k->otherwise == '=' ? config_text(c, k->otherwise + 1) :
	    k->otherwise;
}

const struct val *
config_val(const struct config *c, const char *path)
{
	const struct config_key *k = config_find(path);

	if (k != NULL)
		return written(c, k, path);
	if (!is_section(path))
		abort();
	return val_path(c->map, path);
}

static char *
agent_path(const char *agent, const char *key)
{
	return xasprintf("agents.%s.%s", agent, key);
}

int64_t
config_agent_int(const struct config *c, const char *agent, const char *key)
{
	char *path = agent_path(agent, key);
	int64_t n = config_int(c, path);

	free(path);
	return n;
}

double
config_agent_real(const struct config *c, const char *agent, const char *key)
{
	char *path = agent_path(agent, key);
	double n = config_real(c, path);

	free(path);
	return n;
}

bool
config_agent_bool(const struct config *c, const char *agent, const char *key)
{
	char *path = agent_path(agent, key);
	bool yes = config_bool(c, path);

	free(path);
	return yes;
}

const char *
config_agent_text(const struct config *c, const char *agent, const char *key)
{
	char *path = agent_path(agent, key);
	const char *text = config_text(c, path);

	free(path);
	return text;
}

const struct val *
config_agent_val(const struct config *c, const char *agent, const char *key)
{
	char *path = agent_path(agent, key);
	const struct val *v = config_val(c, path);

	free(path);
	return v;
}

void
config_release(struct config *c)
{
	val_free(c->map);
	c->map = NULL;
}

/* How many parts at the front of two paths are the same. */
static size_t
common(const char *a, const char *b)
{
	size_t n = 0;

	for (;;) {
		size_t len = strcspn(a, ".");

		if (a[len] == '\0' || strncmp(a, b, len + 1) != 0)
			return n;
		a += len + 1;
		b += len + 1;
		n++;
	}
}

static void
indent(struct buf *b, size_t depth)
{
	buf_putc(b, '#');
	for (size_t i = 0; i < depth; i++)
		buf_puts(b, "  ");
}

/* The lines of the sections that a path opens; returns its last part. */
static const char *
put_sections(struct buf *b, const char *path, size_t same, size_t *depth)
{
	const char *name = str_starts(path, "agents.") ? SAMPLE_AGENT : SAMPLE_TIER;
	size_t len;

	for (*depth = 0; path[len = strcspn(path, ".")] != '\0'; path += len + 1, ++*depth) {
		if (*depth < same)
			continue;
		indent(b, *depth);
		buf_append(b, *path == '*' ? name : path, *path == '*' ? strlen(name) : len);
		buf_puts(b, ":\n");
	}
	return *path == '*' ? SAMPLE_PROJECT : path;
}

/*
 * A line that begins with "# " and no further blank is a comment; with the '#' taken
 * off, every other line is YAML, and all of them together are the defaults.
 */
void
config_sample(struct buf *b)
{
	const char *last = "", *part;
	size_t depth;

	for (const struct config_key *k = config_table; k->path != NULL; last = k->path, k++) {
		buf_puts(b, k == config_table ? "" : "\n");
		part = put_sections(b, k->path, common(k->path, last), &depth);
		buf_printf(b, "# %s\n", k->help);
		indent(b, depth);
		buf_printf(b, "%s:", part);
		if (k->otherwise != NULL && *k->otherwise != '=')
			buf_printf(b, " %s", k->otherwise);
		buf_putc(b, '\n');
	}
}
