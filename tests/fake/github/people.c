/*
 * people - who asks, what they may, how much they have left
 */
#include <string.h>

#include "api.h"
#include "routes.h"
#include "view.h"

void
repo_get(struct call *c)
{
	api_json(c, 200, view_repo(c->s, c->repo, c->login));
}

void
user_get(struct call *c)
{
	if (c->login)
		api_json(c, 200, view_user(c->s, c->login));
	else
		api_fail(c, 401, "Requires authentication");
}

/* Only who has push access may ask, as with the real one. */
void
permission_get(struct call *c)
{
	static const char *const names[] = { "none", "read", "triage", "write", "maintain", "admin" };
	static const char *const old[] = { "none", "read", "read", "write", "write", "admin" };
	const struct val *user = store_user(c->s, c->wild[0]);
	struct val *v;
	enum role role;

	if (c->role < ROLE_WRITE) {
		api_fail(c, 403, "Must have push access to view collaborator permission.");
		return;
	}
	if (!user) {
		api_fail(c, 404, "Not Found");
		return;
	}
	role = store_role(c->s, c->repo, c->wild[0]);
	v = val_map();
	store_put(v, "permission", old[role]);
	store_put(v, "role_name", names[role]);
	val_put(v, "user", view_user(c->s, c->wild[0]));
	api_json(c, 200, v);
}

static struct val *
resource(int64_t limit, int64_t used, int64_t reset)
{
	struct val *v = val_map();

	store_put_int(v, "limit", limit);
	store_put_int(v, "used", used);
	store_put_int(v, "remaining", limit > used ? limit - used : 0);
	store_put_int(v, "reset", reset);
	return v;
}

void
rate_get(struct call *c)
{
	struct val *v = val_map(), *resources = val_map();
	int64_t limit = c->token ? store_int(c->token, "limit") : 60, reset = store_now(c->s) + 3600;

	if (!store_option(c->s, "rate_headers", 1)) {
		val_free(v);
		val_free(resources);
		api_fail(c, 404, "Rate limiting is not enabled.");
		return;
	}
	if (c->token)
		reset = store_int(c->token, "reset");
	val_put(resources, "core", resource(limit, store_int(c->token, "used"), reset));
	val_put(resources, "search", resource(30, 0, reset));
	val_put(resources, "graphql", resource(5000, store_int(c->token, "graphql_used"), reset));
	val_put(v, "rate", val_copy(val_get(resources, "core")));
	val_put(v, "resources", resources);
	api_json(c, 200, v);
}
