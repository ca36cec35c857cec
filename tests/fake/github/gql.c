#include "gql.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/num.h"
#include "base/str.h"
#include "store.h"

struct parser {
	const char *at;
	const struct val *variables;
	struct val *declared;		/* names of variables -> their defaults, or null */
	struct val *fragments;		/* name -> {"on", "sel"} */
	char *message;
	bool failed;
};

static struct val *selection(struct parser *, int depth);

static void
fail(struct parser *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The first failure is the one that is told; from then on nothing is left to read. */
static void
fail(struct parser *p, const char *fmt, ...)
{
	va_list ap;

	if (p->failed)
		return;
	va_start(ap, fmt);
	vsnprintf(p->message, GQL_MESSAGE, fmt, ap);
	va_end(ap);
	p->failed = true;
	p->at = "";
}

/* Blanks, commas and comments mean nothing. */
static void
skip(struct parser *p)
{
	for (;;) {
		p->at += strspn(p->at, " \t\r\n,");
		if (*p->at != '#')
			return;
		p->at += strcspn(p->at, "\n");
	}
}

static bool
take(struct parser *p, const char *word)
{
	skip(p);
	if (!str_starts(p->at, word))
		return false;
	p->at += strlen(word);
	return true;
}

static void
want(struct parser *p, const char *word)
{
	if (!take(p, word))
		fail(p, "Expected \"%s\", actual: \"%.20s\"", word, *p->at ? p->at : "end of file");
}

static size_t
name_length(const char *s)
{
	return strspn(s, "_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
}

/* The caller frees. */
static char *
name(struct parser *p)
{
	size_t n;
	char *s;

	skip(p);
	n = name_length(p->at);
	if (n == 0)
		fail(p, "Expected a name, actual: \"%.20s\"", *p->at ? p->at : "end of file");
	s = xstrndup(p->at, n);
	p->at += n;
	return s;
}

static struct val *
text(struct parser *p)
{
	struct buf b = { 0 };
	struct val *v;

	for (p->at++; *p->at && *p->at != '"' && *p->at != '\n'; p->at++) {
		if (*p->at != '\\') {
			buf_putc(&b, *p->at);
			continue;
		}
		switch (*++p->at) {
		case 'n': buf_putc(&b, '\n'); break;
		case 't': buf_putc(&b, '\t'); break;
		case '"': case '\\': case '/': buf_putc(&b, *p->at); break;
		default: fail(p, "Bad escape in a string"); p->at = "\""; break;
		}
	}
	if (*p->at == '"')
		p->at++;
	else
		fail(p, "A string does not end");
	v = val_str(buf_str(&b));
	buf_release(&b);
	return v;
}

static struct val *
variable(struct parser *p)
{
	char *s;
	const struct val *v;

	want(p, "$");
	s = name(p);
	v = val_get(p->variables, s);
	if (!val_get(p->declared, s))
		fail(p, "Variable $%s is used but not declared", s);
	if (!v)
		v = val_get(p->declared, s);
	free(s);
	return v ? val_copy(v) : val_null();
}

/* A value of an argument. */
static struct val *
value(struct parser *p, int depth)
{
	struct val *v;
	int64_t n = 0;
	char *s;

	skip(p);
	if (depth > GQL_DEPTH) {
		fail(p, "nested too deep");
		return val_null();
	}
	if (*p->at == '$')
		return variable(p);
	if (*p->at == '"')
		return text(p);
	if (*p->at == '[') {
		v = val_list();
		for (p->at++; !take(p, "]") && !p->failed;)
			val_push(v, value(p, depth + 1));
		return v;
	}
	if (*p->at == '{') {
		v = val_map();
		for (p->at++; !take(p, "}") && !p->failed; free(s)) {
			s = name(p);
			want(p, ":");
			val_put(v, s, value(p, depth + 1));
		}
		return v;
	}
	if (*p->at == '-' || (*p->at >= '0' && *p->at <= '9')) {
		size_t len = strspn(p->at, "-0123456789");

		s = xstrndup(p->at, len);
		p->at += len;
		if (num_int(s, INT64_MIN, INT64_MAX, &n) == -1)
			fail(p, "'%s' is no number", s);
		free(s);
		return val_int(n);
	}
	s = name(p);
	v = strcmp(s, "true") == 0 ? val_bool(true) : strcmp(s, "false") == 0 ? val_bool(false) :
	    strcmp(s, "null") == 0 ? val_null() : val_str(s);
	free(s);
	return v;
}

static struct val *
field(struct parser *p, int depth)
{
	struct val *v = val_map(), *args = val_map();
	char *first = name(p), *second = NULL, *s;

	if (take(p, ":"))
		second = name(p);
	store_put(v, "alias", first);
	store_put(v, "name", second ? second : first);
	if (take(p, "("))
		while (!take(p, ")") && !p->failed) {
			s = name(p);
			want(p, ":");
			val_put(args, s, value(p, 0));
			free(s);
		}
	val_put(v, "args", args);
	skip(p);
	if (*p->at == '@')
		fail(p, "directives are not for us");
	if (*p->at == '{')
		val_put(v, "sel", selection(p, depth + 1));
	free(first);
	free(second);
	return v;
}

/* "... on Type {" or "...Name", whose fragment is put in its place later. */
static struct val *
spread(struct parser *p, int depth)
{
	struct val *v = val_map();
	char *s = name(p);

	if (strcmp(s, "on") == 0) {
		free(s);
		s = name(p);
		store_put(v, "on", s);
		val_put(v, "sel", selection(p, depth + 1));
	} else
		store_put(v, "spread", s);
	free(s);
	return v;
}

static struct val *
selection(struct parser *p, int depth)
{
	struct val *list = val_list();

	if (depth > GQL_DEPTH)
		fail(p, "nested too deep");
	want(p, "{");
	while (!p->failed && !take(p, "}"))
		val_push(list, take(p, "...") ? spread(p, depth) : field(p, depth));
	if (list->n == 0)
		fail(p, "a selection of nothing");
	return list;
}

/* "($id: ID!, $n: Int = 5)": only names and defaults are kept. */
static void
declarations(struct parser *p)
{
	char *s, *type;

	if (!take(p, "("))
		return;
	while (!p->failed && !take(p, ")")) {
		want(p, "$");
		s = name(p);
		want(p, ":");
		while (take(p, "["))
			;
		type = name(p);
		while (take(p, "]") || take(p, "!"))
			;
		val_put(p->declared, s, take(p, "=") ? value(p, 0) : val_null());
		free(type);
		free(s);
	}
}

/* Fragments take the place of their spreads; one that spreads itself is too deep. */
static void
expand(struct parser *p, struct val *sel, int depth)
{
	const struct val *fragment;

	if (depth > GQL_DEPTH) {
		fail(p, "nested too deep");
		return;
	}
	for (size_t i = 0; i < sel->n; i++) {
		if (val_get(sel->v[i], "spread")) {
			fragment = val_get(p->fragments, store_text(sel->v[i], "spread"));
			if (!fragment) {
				fail(p, "Fragment %s was used, but not defined", store_text(sel->v[i], "spread"));
				return;
			}
			val_free(sel->v[i]);
			sel->v[i] = val_copy(fragment);
		}
		if (val_get(sel->v[i], "sel"))
			expand(p, val_get(sel->v[i], "sel"), depth + 1);
	}
}

struct val *
gql_parse(const char *query, const struct val *variables, char message[GQL_MESSAGE])
{
	struct parser p = { .at = query, .variables = variables, .message = message };
	struct val *operation = val_map(), *v;
	char *s, *type;

	p.declared = val_map();
	p.fragments = val_map();
	for (skip(&p); *p.at && !p.failed; skip(&p), free(s)) {
		s = *p.at == '{' ? xstrdup("query") : name(&p);
		if (strcmp(s, "fragment") == 0) {
			free(s);
			s = name(&p);
			want(&p, "on");
			type = name(&p);
			v = val_map();
			store_put(v, "on", type);
			val_put(v, "sel", selection(&p, 0));
			val_put(p.fragments, s, v);
			free(type);
			continue;
		}
		if ((strcmp(s, "query") != 0 && strcmp(s, "mutation") != 0) || val_get(operation, "kind"))
			fail(&p, "one query or one mutation, not '%s'", s);
		store_put(operation, "kind", s);
		skip(&p);
		p.at += name_length(p.at);
		declarations(&p);
		val_put(operation, "sel", selection(&p, 0));
	}
	if (!val_get(operation, "sel"))
		fail(&p, "no operation");
	else
		expand(&p, val_get(operation, "sel"), 0);
	val_free(p.declared);
	val_free(p.fragments);
	if (p.failed) {
		val_free(operation);
		return NULL;
	}
	return operation;
}
