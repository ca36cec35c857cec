/*
 * graphql - queries and changes of boards, over the table of schema.c
 *
 * A document is looked at whole before anything is done: what the types do not have, a
 * connection without bounds, a missing argument are violations, and errors without data.
 * All errors but that of a bad token come with status 200.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "base/alloc.h"
#include "check.h"
#include "gql.h"
#include "routes.h"
#include "schema.h"

#define PAGE_MAX 100

struct run {
	struct call *c;
	struct val *errors;
	struct val *path;	/* of the field that is looked at */
};

static void
add_error(struct run *g, const char *type, const char *message)
{
	struct val *error = val_map(), *places = val_list(), *place = val_map();

	if (type)
		store_put(error, "type", type);
	val_put(error, "path", val_copy(g->path));
	store_put_int(place, "line", 1);
	store_put_int(place, "column", 1);
	val_push(places, place);
	val_put(error, "locations", places);
	store_put(error, "message", message);
	val_push(g->errors, error);
}

/* An error of the document itself. */
static void
invalid(struct run *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
invalid(struct run *g, const char *fmt, ...)
{
	char message[GQL_MESSAGE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof message, fmt, ap);
	va_end(ap);
	check_violation(g->c, "graphql", "%s", message);
	add_error(g, NULL, message);
}

/* "login! number!" against what is given. */
static void
check_args(struct run *g, const struct schema_field *f, const struct val *node)
{
	const struct val *args = val_get(node, "args"), *first, *last;
	const char *at = f->args;
	char name[64];
	size_t n;

	for (; *at; at += n + (at[n] == ' ')) {
		n = strcspn(at, " ");
		snprintf(name, sizeof name, "%.*s", (int)strcspn(at, "! "), at);
		if (at[n - 1] == '!' && (!val_get(args, name) || val_get(args, name)->kind == VAL_NULL))
			invalid(g, "Field '%s' is missing required arguments: %s", f->name, name);
	}
	for (size_t i = 0; i < args->n; i++)
		if (!strstr(f->args, args->key[i]) && (f->shape != SCHEMA_CONNECTION ||
		    !strstr("first last after before", args->key[i])))
			invalid(g, "Field '%s' doesn't accept argument '%s'", f->name, args->key[i]);
	if (f->shape != SCHEMA_CONNECTION)
		return;
	first = val_get(args, "first");
	last = val_get(args, "last");
	if (!first && !last)
		invalid(g, "You must provide a `first` or `last` value to properly paginate the `%s` connection.",
		    f->name);
	else if (val_number(first ? first : last, 0) < 1 || val_number(first ? first : last, 0) > PAGE_MAX)
		invalid(g, "Requesting %" PRId64 " records on the `%s` connection exceeds the `first` limit of 100 "
		    "records.", val_number(first ? first : last, 0), f->name);
}

static void
check_scope(struct run *g, const struct schema_field *f)
{
	char message[GQL_MESSAGE];

	if (!f->scope || board_scope(g->c, f->scope))
		return;
	if (!val_get(g->c->token, "scopes")) {
		add_error(g, "FORBIDDEN", "Resource not accessible by personal access token");
		return;
	}
	snprintf(message, sizeof message, "Your token has not been granted the required scopes to execute this "
	    "query. The '%s' field requires one of the following scopes: ['%s'].", f->name, f->scope);
	add_error(g, "INSUFFICIENT_SCOPES", message);
}

static void check_selection(struct run *, const char *type, const struct val *sel);

/* The fields of a connection: nodes, edges, pageInfo, totalCount. */
static void
check_connection(struct run *g, const char *type, const struct val *sel)
{
	for (size_t i = 0; i < sel->n; i++) {
		const char *name = store_text(sel->v[i], "name");
		const struct val *below = val_get(sel->v[i], "sel");

		if (strcmp(name, "nodes") == 0 && below)
			check_selection(g, type, below);
		else if (strcmp(name, "totalCount") != 0 && strcmp(name, "__typename") != 0 &&
		    (strcmp(name, "pageInfo") != 0 || !below))
			invalid(g, "Field '%s' doesn't exist on type '%sConnection'", name, type);
	}
}

/* As deep as gql.c lets a document be. */
static void
check_selection(struct run *g, const char *type, const struct val *sel)
{
	for (size_t i = 0; i < sel->n; i++) {
		const struct val *node = sel->v[i], *below = val_get(node, "sel");
		const char *name = store_text(node, "name"), *on = store_text(node, "on");
		const struct schema_field *f;

		if (*on) {
			if (!schema_is(on, type) && !schema_is(type, on))
				invalid(g, "Fragment on %s can't be spread inside %s", on, type);
			else
				check_selection(g, on, below);
			continue;
		}
		if (strcmp(name, "__typename") == 0 || strcmp(name, "clientMutationId") == 0)
			continue;
		f = schema_field(type, name);
		if (!f) {
			invalid(g, "Field '%s' doesn't exist on type '%s'", name, type);
			continue;
		}
		val_push(g->path, val_str(store_text(node, "alias")));
		check_args(g, f, node);
		check_scope(g, f);
		if ((f->shape == SCHEMA_SCALAR) != (below == NULL))
			invalid(g, "Field '%s' %s", name, below ? "has no selections" : "must have selections");
		else if (f->shape == SCHEMA_CONNECTION)
			check_connection(g, f->type, below);
		else if (below)
			check_selection(g, f->type, below);
		store_remove(g->path, g->path->n - 1);
	}
}

static void run_selection(struct run *, struct thing, const struct val *sel, struct val *into);

static struct val *
run_thing(struct run *g, struct thing t, const struct val *sel)
{
	struct val *v;

	if (!t.type)
		return val_null();
	v = val_map();
	run_selection(g, t, sel, v);
	return v;
}

/* `first` or `last` of the things, from the one behind `after` on; cursors are places. */
static struct val *
run_connection(struct run *g, const struct resolve *r, const struct val *sel)
{
	int64_t first = val_number(val_get(r->args, "first"), 0), last = val_number(val_get(r->args, "last"), 0);
	size_t from = (size_t)strtoul(store_text(r->args, "after"), NULL, 10), to = r->n;
	struct val *v = val_map(), *list, *info;
	char cursor[24];

	from = from > r->n ? r->n : from;
	if (first > 0 && to - from > (size_t)first)
		to = from + (size_t)first;
	else if (last > 0 && to - from > (size_t)last)
		from = to - (size_t)last;
	for (size_t i = 0; i < sel->n; i++) {
		const char *name = store_text(sel->v[i], "name"), *alias = store_text(sel->v[i], "alias");

		if (strcmp(name, "totalCount") == 0)
			store_put_int(v, alias, (int64_t)r->n);
		else if (strcmp(name, "pageInfo") == 0) {
			info = val_map();
			snprintf(cursor, sizeof cursor, "%zu", to);
			val_put(info, "hasNextPage", val_bool(to < r->n));
			val_put(info, "hasPreviousPage", val_bool(from > 0));
			store_put(info, "endCursor", cursor);
			val_put(v, alias, info);
		} else {
			list = val_list();
			for (size_t k = from; k < to; k++)
				val_push(list, run_thing(g, r->out[k], val_get(sel->v[i], "sel")));
			val_put(v, alias, list);
		}
	}
	return v;
}

static struct val *
run_scalar(struct run *g, const struct schema_field *f, struct thing t)
{
	const struct val *v = val_get(t.v, f->scalar ? "" : f->type);

	return f->scalar ? f->scalar(g->c, t) : v ? val_copy(v) : val_null();
}

static struct val *
run_field(struct run *g, const struct schema_field *f, struct thing t, const struct val *node)
{
	struct resolve *r = xcalloc(1, sizeof *r);
	const struct val *sel = val_get(node, "sel");
	struct val *v;

	r->c = g->c;
	r->args = val_get(node, "args");
	if (f->find)
		f->find(r, t);
	else
		r->out[r->n++] = (struct thing){ f->type, t.v, t.up };
	if (r->error) {
		add_error(g, r->error, r->message);
		v = val_null();
	} else if (f->shape == SCHEMA_CONNECTION)
		v = run_connection(g, r, sel);
	else if (f->shape == SCHEMA_LIST) {
		v = val_list();
		for (size_t i = 0; i < r->n; i++)
			val_push(v, run_thing(g, r->out[i], sel));
	} else {
		/* What a mutation gives is wrapped in its payload. */
		if (r->n > 0 && strcmp(f->on, "Mutation") == 0)
			r->out[0].type = f->type;
		v = run_thing(g, r->out[0], sel);
	}
	free(r);
	return v;
}

static void
run_selection(struct run *g, struct thing t, const struct val *sel, struct val *into)
{
	for (size_t i = 0; i < sel->n; i++) {
		const struct val *node = sel->v[i];
		const char *name = store_text(node, "name"), *alias = store_text(node, "alias");
		const struct schema_field *f;

		if (*store_text(node, "on")) {
			if (schema_is(t.type, store_text(node, "on")))
				run_selection(g, t, val_get(node, "sel"), into);
			continue;
		}
		if (strcmp(name, "__typename") == 0) {
			store_put(into, alias, t.type);
			continue;
		}
		if (strcmp(name, "clientMutationId") == 0 || (f = schema_field(t.type, name)) == NULL) {
			val_put(into, alias, val_null());
			continue;
		}
		val_push(g->path, val_str(alias));
		val_put(into, alias, f->shape == SCHEMA_SCALAR ? run_scalar(g, f, t) : run_field(g, f, t, node));
		store_remove(g->path, g->path->n - 1);
	}
}

static void
run(struct run *g, const struct val *operation)
{
	bool query = strcmp(store_text(operation, "kind"), "query") == 0;
	struct thing root = { query ? "Query" : "Mutation", g->c->s->state, NULL };
	struct val *answer = val_map(), *data = val_map();

	check_selection(g, root.type, val_get(operation, "sel"));
	if (g->errors->n == 0) {
		run_selection(g, root, val_get(operation, "sel"), data);
		val_put(answer, "data", data);
		g->c->wrote = !query;
	} else
		val_free(data);
	if (g->errors->n > 0)
		val_put(answer, "errors", val_copy(g->errors));
	api_json(g->c, 200, answer);
}

void
graphql_answer(struct call *c)
{
	struct run g = { .c = c };
	const char *query = val_text(val_get(c->body, "query"));
	char message[GQL_MESSAGE] = "";
	struct val *operation, *answer;

	if (!c->login) {
		api_fail(c, 401, "This endpoint requires you to be authenticated.");
		return;
	}
	if (strcmp(c->q->method, "POST") != 0 || !query) {
		check_violation(c, "graphql", "no query");
		api_fail(c, 400, "A query attribute must be specified and must be a string.");
		return;
	}
	g.errors = val_list();
	g.path = val_list();
	operation = gql_parse(query, val_get(c->body, "variables"), message);
	if (store_int(c->token, "graphql_used") >= store_int(c->token, "limit"))
		add_error(&g, "RATE_LIMITED", "API rate limit exceeded for user ID 1.");
	else if (!operation)
		invalid(&g, "Parse error: %s", message);
	if (g.errors->n > 0) {
		answer = val_map();
		val_put(answer, "errors", val_copy(g.errors));
		api_json(c, 200, answer);
		if (store_int(c->token, "graphql_used") >= store_int(c->token, "limit"))
			store_put_int(c->token, "penalty", store_int(c->token, "reset"));
	} else
		run(&g, operation);
	val_free(operation);
	val_free(g.errors);
	val_free(g.path);
}
