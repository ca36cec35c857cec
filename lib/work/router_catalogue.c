/*
 * What a router may choose from, and whether it has done so.  Only what works now is in
 * the catalogue: agents that are enabled and installed, skills that can be read.
 */
#include "work/router.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/schema.h"
#include "doc/val.h"
#include "task/config.h"
#include "task/project.h"
#include "work/route.h"
#include "work/skill.h"

static int
list_agents(struct router *r, struct buf *out, struct err *e)
{
	const struct val *some = config_val(&r->project->config, "router.agents");
	struct vec_str all = { 0 };
	struct err why = { 0 };

	for (size_t i = 0; some != NULL && i < some->n; i++)
		if (val_text(some->v[i]) != NULL)
			vec_str_push(&all, some->v[i]->s);
	if (all.n == 0 && agent_ids(r->project, &all, e) == -1)
		return -1;
	buf_puts(out, "Agents:\n");
	for (size_t i = 0; i < all.n; i++) {
		if (route_agent_works(r->project, all.v[i], true, &why) == -1)
			continue;
		vec_str_push(&r->agents, all.v[i]);
		buf_printf(out, "- %s\n", all.v[i]);
	}
	vec_str_release(&all);
	if (r->agents.n == 0)
		return err_set(e, ERR_FAILED, "no agent that could be chosen works%s%s",
		    why.code != ERR_NONE ? ": " : "", why.msg);
	return 0;
}

static int
list_skills(struct router *r, struct buf *out, struct err *e)
{
	struct vec_str names = { 0 };

	if (skill_names(r->project, &names, e) == -1)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		struct skill s;
		struct err why = { 0 };

		if (skill_load(&s, r->project, names.v[i], &why) == -1) {
			log_write(&r->project->log, LOG_WARN, 0, 0, "%s", why.msg);
			continue;
		}
		buf_printf(out, "%s- %s: %s\n", r->skills.n == 0 ? "Skills:\n" : "", s.name,
		    s.description);
		vec_str_push(&r->skills, s.name);
		skill_release(&s);
	}
	vec_str_release(&names);
	return 0;
}

int
router_catalogue(struct router *r, struct err *e)
{
	struct buf out = { 0 };
	int rc = list_agents(r, &out, e) == -1 || list_skills(r, &out, e) == -1 ? -1 : 0;

	r->catalogue = buf_detach(&out);
	return rc;
}

/* ---- the answer ---- */

/* What the key holds if there is nothing to say. */
static struct val *
empty_of(const struct val *property)
{
	const char *type = val_text(val_get(property, "type"));

	if (type != NULL && strcmp(type, "array") == 0)
		return val_list();
	if (type != NULL && strcmp(type, "boolean") == 0)
		return val_bool(false);
	return val_str("");
}

/* Models leave out what does not apply; the schema has all keys, because some APIs take
 * no other. */
static void
fill_gaps(const struct val *schema, struct val *answer)
{
	static const char *const needed[] = { "agent", "complexity", "confidence" };
	const struct val *properties = val_get(schema, "properties"), *v;

	for (size_t i = 0; properties != NULL && i < properties->n; i++) {
		const char *key = properties->key[i];
		bool need = false;

		for (size_t n = 0; n < sizeof needed / sizeof *needed; n++)
			need = need || strcmp(key, needed[n]) == 0;
		v = val_get(answer, key);
		if (!need && (v == NULL || v->kind == VAL_NULL))
			val_put(answer, key, empty_of(properties->v[i]));
	}
}

static int
check_name(const char *what, const char *name, const struct vec_str *names, struct err *e)
{
	struct buf list = { 0 };

	if (vec_str_has(names, name))
		return 0;
	for (size_t i = 0; i < names->n; i++)
		buf_printf(&list, "%s%s", i ? ", " : "", names->v[i]);
	err_set(e, ERR_INVALID, "there is no %s '%.64s' (there are: %s)", what, name,
	    names->n ? buf_str(&list) : "none");
	buf_release(&list);
	return -1;
}

int
router_check(const struct router *r, struct val *answer, struct err *e)
{
	const struct val *skills;

	if (answer->kind != VAL_MAP)
		return err_set(e, ERR_INVALID, "a JSON object is expected");
	fill_gaps(r->schema, answer);
	if (schema_check(r->schema, answer, 1, e) == -1 ||
	    check_name("agent", val_text(val_get(answer, "agent")), &r->agents, e) == -1)
		return -1;
	skills = val_get(answer, "skills");
	for (size_t i = 0; i < skills->n; i++)
		if (check_name("skill", skills->v[i]->s, &r->skills, e) == -1)
			return -1;
	return 0;
}
