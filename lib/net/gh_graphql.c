/*
 * GraphQL: one URL, one method, and errors that come with status 200.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/alloc.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/val.h"
#include "net/gh_impl.h"

/* The server's own fault: it may have done the half of it. */
static bool
own_fault(const char *type, const char *message)
{
	static const char *const types[] = { "INTERNAL", "INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE",
		"MAX_EXECUTION_TIME_EXCEEDED", "TIMEOUT", "STALE_DATA", "LOADING" };

	for (size_t i = 0; type != NULL && i < sizeof types / sizeof *types; i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	/* This one comes without a type. */
	return type == NULL && message != NULL && strcasestr(message, "something went wrong") != NULL;
}

static enum gh_end
end_of(const struct val *error, bool write, bool *limited)
{
	const char *type = val_text(val_get(error, "type")), *message = val_text(val_get(error, "message"));

	if (type != NULL && (strcmp(type, "RATE_LIMITED") == 0 || strcmp(type, "RATE_LIMIT") == 0)) {
		*limited = true;
		return GH_LIMITED;
	}
	if (own_fault(type, message))
		return write ? GH_UNSURE : GH_DOWN;
	if (type != NULL && (strcmp(type, "FORBIDDEN") == 0 || strcmp(type, "INSUFFICIENT_SCOPES") == 0))
		return GH_REFUSED;
	if (type != NULL && strcmp(type, "NOT_FOUND") == 0)
		return GH_MISSING;
	return GH_INVALID;
}

enum gh_end
gh_graphql_end(const struct val *body, bool write, bool *limited)
{
	/* Of several errors that one which forbids most. */
	static const enum gh_end order[] = { GH_LIMITED, GH_UNSURE, GH_DOWN, GH_REFUSED, GH_INVALID, GH_MISSING };
	const struct val *errors = val_get(body, "errors"), *data = val_get(body, "data");
	bool seen[GH_ELSEWHERE + 1] = { false };

	*limited = false;
	if (errors == NULL || errors->kind != VAL_LIST || errors->n == 0)
		return data != NULL && data->kind == VAL_MAP ? GH_OK : write ? GH_UNSURE : GH_DOWN;
	for (size_t i = 0; i < errors->n; i++)
		seen[end_of(errors->v[i], write, limited)] = true;
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (seen[order[i]])
			return order[i];
	return GH_INVALID;
}

int
gh_graphql(struct gh *g, const char *query, const struct val *variables, bool write, struct gh_answer *a,
    struct err *e)
{
	struct gh_call c = { .method = "POST", .url = g->graphql, .resource = "graphql", .want = GH_MAP, .write = write,
		.graphql = true };
	struct val *body = val_map();
	struct buf text = { 0 };
	int r;

	if (g->opts.read_only && write)
		xabort("a mutation to GitHub in a dry run");
	val_put(body, "query", val_str(query));
	if (variables != NULL)
		val_put(body, "variables", val_copy(variables));
	json_print(&text, body);
	c.body = text.data;
	c.size = text.len;
	r = gh_carry(g, &c, a, e);
	buf_release(&text);
	val_free(body);
	return r;
}
