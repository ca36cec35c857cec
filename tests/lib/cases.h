/*
 * cases - a table of test cases in one text file
 *
 *	=== name of the case
 *	key: value
 *	--- section
 *	lines of text, as they are
 *
 * A line that starts with "# " before the first "---" of a case is a comment.
 * cases_next() walks; case_get() answers keys and sections alike, NULL: absent.
 */
#ifndef ORCH_TESTS_CASES_H
#define ORCH_TESTS_CASES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CASE_KEYS 24

struct cases {
	char *text, *at;
	char *name;
	char *key[CASE_KEYS], *value[CASE_KEYS];
	size_t n;
};

__attribute__((unused)) static int
cases_open(struct cases *c, const char *path)
{
	FILE *f = fopen(path, "r");
	size_t cap = 1 << 20, len;

	memset(c, 0, sizeof *c);
	if (!f)
		return -1;
	c->text = calloc(1, cap + 1);
	len = fread(c->text, 1, cap, f);
	fclose(f);
	c->text[len] = '\0';
	c->at = c->text;
	return 0;
}

/* Cuts the next line off; NULL at the end. */
static char *
cases_line(struct cases *c)
{
	char *line = c->at, *nl;

	if (!*line)
		return NULL;
	nl = strchr(line, '\n');
	c->at = nl ? nl + 1 : line + strlen(line);
	if (nl)
		*nl = '\0';
	return line;
}

static void
cases_keep(struct cases *c, char *key, char *value)
{
	if (c->n == CASE_KEYS)
		abort();
	c->key[c->n] = key;
	c->value[c->n++] = value;
}

/* The end of a section: the next line that begins with one of the marks. */
static char *
cases_section_end(char *s)
{
	for (; *s; s = strchr(s, '\n') ? strchr(s, '\n') + 1 : s + strlen(s))
		if (strncmp(s, "--- ", 4) == 0 || strncmp(s, "=== ", 4) == 0)
			break;
	return s;
}

/* True while there is a case. */
__attribute__((unused)) static int
cases_next(struct cases *c)
{
	char *line, *end, *colon;

	c->n = 0;
	while ((line = cases_line(c)) != NULL && strncmp(line, "=== ", 4) != 0)
		;
	if (!line)
		return 0;
	c->name = line + 4;
	while (*c->at && strncmp(c->at, "=== ", 4) != 0) {
		line = cases_line(c);
		if (strncmp(line, "--- ", 4) == 0) {
			end = cases_section_end(c->at);
			cases_keep(c, line + 4, end > c->at ? c->at : line + strlen(line));
			/* The newline before the mark ends the text. */
			if (end > c->at && *end)
				end[-1] = '\0';
			c->at = end;
		} else if (*line && strncmp(line, "# ", 2) != 0) {
			colon = strstr(line, ": ");
			if (!colon)
				abort();
			*colon = '\0';
			cases_keep(c, line, colon + 2);
		}
	}
	return 1;
}

__attribute__((unused)) static const char *
case_get(const struct cases *c, const char *key)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->key[i], key) == 0)
			return c->value[i];
	return NULL;
}

__attribute__((unused)) static const char *
case_or(const struct cases *c, const char *key, const char *otherwise)
{
	const char *v = case_get(c, key);

	return v ? v : otherwise;
}

#endif
