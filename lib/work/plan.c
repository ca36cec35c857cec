/*
 * plan - reads a manifest
 *
 * The schema says which keys there are and of which kind their values; the table below
 * says which field of a task a key becomes, and the check of that field whether the value
 * will do.  Both name a node of the tree, and the tree knows the line.
 */
#include "work/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "doc/schema.h"
#include "doc/val.h"
#include "task/field.h"
#include "task/project.h"
#include "task/repo.h"
#include "work/add.h"
#include "work/agent.h"
#include "work/plan_impl.h"
#include "work/probe.h"
#include "work/schema_file.h"

#define SCHEMA	  "plan.json"
#define SHOWN_MAX 60		/* bytes of a foreign word that a message repeats */

static const char *const modes[] = {
	[PLAN_PARALLEL] = "all-parallel", [PLAN_SEQUENTIAL] = "all-sequential",
	[PLAN_BATCHING] = "manual-batching", [PLAN_DEPENDENCIES] = "dependency-driven",
};

/* Keys of a task and of `defaults`; the others have a meaning of their own. */
static const struct {
	const char *key;
	enum field field;
} keys[] = {
	{ "title", F_TITLE }, { "agent", F_AGENT }, { "model", F_AGENT_MODEL },
	{ "profile", F_AGENT_PROFILE }, { "skills", F_SELECTED_SKILLS },
	{ "complexity", F_COMPLEXITY }, { "labels", F_LABELS }, { "priority", F_PRIORITY },
	{ "project", F_PROJECT }, { "timeout", F_TIMEOUT }, { "idle_timeout", F_IDLE_TIMEOUT },
	{ "max_attempts", F_MAX_ATTEMPTS }, { "budget", F_BUDGET }, { "command", F_COMMAND },
	{ "verify", F_VERIFY }, { "optional_verify", F_OPTIONAL_VERIFY },
	{ "produces", F_PRODUCES }, { "isolation", F_ISOLATION }, { "sandbox", F_SANDBOX },
	{ "executor", F_EXECUTOR },
};

const char *
plan_mode_name(enum plan_mode mode)
{
	return modes[mode];
}

int
plan_is_name(const char *s)
{
	const char *const good = "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t len = strlen(s);

	if (len == 0 || len > PLAN_NAME_MAX)
		return 0;
	for (;; s++) {
		size_t n = strspn(s, good);

		s += n;
		if (n == 0 || *s != '-')
			return n > 0 && *s == '\0';
	}
}

int
plan_at(const struct plan_reader *r, uint32_t offset)
{
	size_t line, col;

	yaml_place(&r->yaml, offset, &line, &col);
	r->e->code = ERR_INVALID;
	return err_prefix(r->e, "%s:%zu:%zu", r->name, line, col);
}

/* ---- the shape ---- */

/* Where the tree has what the way leads to: the key before a value, or an item. */
static uint32_t
find_place(const struct yaml_node *at, const struct vec_str *way)
{
	uint32_t place = at->start;
	int64_t i;

	for (size_t k = 0; at != NULL && k < way->n; k++) {
		const struct yaml_node *map = yaml_deref(at);

		at = NULL;
		if (map->kind == YAML_MAP && (at = yaml_own(map, way->v[k])) != NULL) {
			place = at->key->start;
		} else if (map->kind == YAML_SEQ &&
		    num_int(way->v[k], 0, YAML_VALUES_MAX, &i) == 0) {
			for (at = map->child; at != NULL && i > 0; i--)
				at = at->next;
			if (at != NULL)
				place = at->start;
		}
	}
	return place;
}

static int
check_shape(struct plan_reader *r)
{
	struct val *schema = schema_file(r->project, SCHEMA, r->e), *value;
	struct vec_str way = { 0 };
	int bad = -1;

	if (schema == NULL)
		return -1;
	value = yaml_value(r->yaml.root);
	bad = schema_check_where(schema, value, 0, &way, r->e);
	if (bad == -1 && r->e->code == ERR_INVALID)
		plan_at(r, r->yaml.root != NULL ? find_place(r->yaml.root, &way) : 0);
	vec_str_release(&way);
	val_free(value);
	val_free(schema);
	return bad;
}

/* ---- words ---- */

int
plan_refuse(struct plan_reader *r, const struct yaml_node *n, const char *what, const char *tail)
{
	struct buf b = { 0 };

	str_visible(&b, n->text, str_cut(n->text, strlen(n->text), SHOWN_MAX), false);
	err_set(r->e, ERR_INVALID, "%s: '%s' %s", what, buf_str(&b), tail);
	buf_release(&b);
	return plan_at(r, n->start);
}

/* The text of a key that must be a name; NULL with the error. */
static const char *
read_name(struct plan_reader *r, const struct yaml_node *map, const char *key)
{
	const struct yaml_node *n = yaml_get(map, key);

	if (plan_is_name(n->text))
		return n->text;
	plan_refuse(r, n, key, "is no name: small letters and digits, joined by single hyphens, "
	    "at most 64");
	return NULL;
}

static const char *
text_of(const struct yaml_node *map, const char *key)
{
	const struct yaml_node *n = map ? yaml_get(map, key) : NULL;

	return n ? n->text : NULL;
}

/* ---- agents ---- */

/* An agent that may be installed later is told of once; one that no agent can be is refused.
 * `n` is the word that named it, or its tier. */
static int
check_agent(struct plan_reader *r, const struct yaml_node *n, const char *what, const char *id)
{
	struct err fault = { 0 };
	size_t line, col;

	if (id == NULL || !agent_is_id(id))
		return plan_refuse(r, n, what, "names no agent: small letters, digits, '-' and '_', "
		    "at most 64");
	if (table_get(&r->agents, id) != 0)
		return 0;
	table_put(&r->agents, id, 1);
	if (probe_agent(r->project, id, &fault) == 0)
		return 0;
	yaml_place(&r->yaml, n->start, &line, &col);
	vec_str_take(&r->plan->warnings, xasprintf("%s:%zu:%zu: %s", r->name, line, col, fault.msg));
	return 0;
}

/* ---- tiers ---- */

/* The tiers of the manifest over those of orch.yml. */
static int
read_tiers(struct plan_reader *r, const struct yaml_node *tiers)
{
	const struct val *own = config_val(&r->project->config, "plan.tiers");

	r->tiers = own != NULL ? val_copy(own) : val_map();
	for (const struct yaml_node *raw = tiers ? tiers->child : NULL; raw != NULL; raw = raw->next) {
		const struct yaml_node *tier = yaml_deref(raw);
		const char *what = NULL;

		if (tier->kind != YAML_MAP || tier->child == NULL)
			what = "a map of agent and model is expected";
		for (const struct yaml_node *v = what ? NULL : tier->child; v != NULL; v = v->next)
			if (strcmp(v->key->text, "agent") != 0 && strcmp(v->key->text, "model") != 0)
				what = "has keys that are neither agent nor model";
			else if (yaml_deref(v)->kind != YAML_SCALAR ||
			    yaml_scalar_kind(yaml_deref(v)) != VAL_STR || *yaml_deref(v)->text == '\0')
				what = "agent and model are text";
		if (what != NULL) {
			err_set(r->e, ERR_INVALID, "tiers.%.60s: %s", raw->key->text, what);
			return plan_at(r, raw->key->start);
		}
		if (yaml_get(tier, "agent") != NULL && check_agent(r, yaml_get(tier, "agent"),
		    "agent", text_of(tier, "agent")) == -1)
			return -1;
		val_put(r->tiers, raw->key->text, yaml_value(tier));
	}
	return 0;
}

static const struct val *
find_tier(struct plan_reader *r, const struct yaml_node *n)
{
	const struct val *tier = val_get(r->tiers, n->text);
	const char **names, *near;
	char *tail;

	if (tier != NULL)
		return tier;
	names = xcalloc(r->tiers->n + 1, sizeof *names);
	for (size_t i = 0; i < r->tiers->n; i++)
		names[i] = r->tiers->key[i];
	near = str_nearest(n->text, names);
	tail = near ? xasprintf("is none of the tiers, did you mean '%s'?", near) :
	    xstrdup("is none of the tiers, neither here nor in orch.yml (plan.tiers)");
	plan_refuse(r, n, "tier", tail);
	free(tail);
	free(names);
	return NULL;
}

/* Agent and model go together: the first that names either of them says both. */
static int
put_agent(struct plan_reader *r, const struct yaml_node *map, struct val *fields)
{
	const struct yaml_node *word = yaml_get(map, "tier");
	const struct val *tier = word ? find_tier(r, word) : NULL, *v;

	if (word != NULL && tier == NULL)
		return -1;
	if (text_of(map, "agent") != NULL || text_of(map, "model") != NULL) {
		if (text_of(map, "agent") == NULL)
			val_drop(fields, "agent");
		if (text_of(map, "model") == NULL)
			val_drop(fields, "agent_model");
		return 0;
	}
	if (tier == NULL)
		return 0;
	val_drop(fields, "agent");
	val_drop(fields, "agent_model");
	if ((v = val_get(tier, "agent")) != NULL) {
		if (check_agent(r, word, "tier", val_text(v)) == -1)
			return -1;
		val_put(fields, "agent", val_copy(v));
	}
	if ((v = val_get(tier, "model")) != NULL)
		val_put(fields, "agent_model", val_copy(v));
	return 0;
}

/* ---- fields ---- */

/* What the map says, put over `fields`, each value as its field wants it. */
static int
put_fields(struct plan_reader *r, const struct yaml_node *map, struct val *fields)
{
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		const struct yaml_node *n = yaml_get(map, keys[i].key), *where = n;
		struct val *v;

		if (n == NULL)
			continue;
		if (field_check_node(keys[i].field, n, &where, r->e) == -1)
			return plan_at(r, where->start);
		if (keys[i].field == F_AGENT && check_agent(r, n, "agent", n->text) == -1)
			return -1;
		if (keys[i].field == F_PROJECT && repo_check_name(r->project, n->text, r->e) == -1)
			return plan_at(r, n->start);
		v = yaml_value(n);
		if (keys[i].field == F_TITLE && add_check_title(v, r->e) == -1) {
			val_free(v);
			return plan_at(r, n->start);
		}
		val_put(fields, field_table[keys[i].field].name, v);
	}
	return put_agent(r, map, fields);
}

/* A line of text without its end; NULL behind the last. */
static const char *
next_line(const char **text, size_t *len)
{
	const char *line = *text;

	if (*line == '\0')
		return NULL;
	*len = strcspn(line, "\n");
	*text = line + *len + (line[*len] == '\n');
	if (*len > 0 && line[*len - 1] == '\r')
		--*len;
	return line;
}

char *
plan_prompt(const char *const *parts, size_t n)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < n; i++) {
		const char *text = parts[i], *line;
		size_t len, blank = 0;
		bool begun = false;

		while (text != NULL && (line = next_line(&text, &len)) != NULL) {
			if (strspn(line, " \t") >= len) {
				blank++;
				continue;
			}
			/* Between two parts one line, within a part as many as there are. */
			if (!begun)
				blank = b.len > 0;
			for (; blank > 0; blank--)
				buf_putc(&b, '\n');
			buf_append(&b, line, len);
			buf_putc(&b, '\n');
			begun = true;
		}
	}
	return b.len > 0 ? buf_detach(&b) : NULL;
}

static int
read_task(struct plan_reader *r, const struct yaml_node *map, size_t stage, const char *said)
{
	const char *id = read_name(r, map, "id");
	const char *parts[] = { r->prompt, said, text_of(map, "prompt") };
	struct plan *p = r->plan;
	struct plan_task *t;
	char *own, *body;

	if (id == NULL)
		return -1;
	if (p->n == PLAN_TASKS_MAX) {
		err_set(r->e, ERR_INVALID, "a plan has at most %d tasks", PLAN_TASKS_MAX);
		return plan_at(r, map->start);
	}
	if (table_get(&r->ids, id) != 0) {
		size_t line, col;

		yaml_place(&r->yaml, p->v[table_get(&r->ids, id) - 1].start, &line, &col);
		err_set(r->e, ERR_INVALID, "id: '%s' is there already, in line %zu", id, line);
		return plan_at(r, yaml_get(map, "id")->start);
	}
	p->v = vec_room(p->v, &p->cap, p->n, sizeof *p->v);
	t = &p->v[p->n++];
	*t = (struct plan_task){ .id = xstrdup(id), .stage = stage, .start = map->start,
		.fields = val_copy(r->defaults) };
	table_put(&r->ids, t->id, (int64_t)p->n);
	if (put_fields(r, map, t->fields) == -1)
		return -1;
	/* The prompt of the defaults is what a task has that does not say one. */
	own = plan_prompt(yaml_get(map, "prompt") != NULL ? &parts[2] : &parts[0], 1);
	if (own == NULL && val_get(t->fields, "command") == NULL) {
		err_set(r->e, ERR_INVALID, "task '%s' has neither a prompt nor a command", id);
		return plan_at(r, map->start);
	}
	free(own);
	if ((body = plan_prompt(parts, sizeof parts / sizeof *parts)) != NULL)
		val_put(t->fields, "body", val_str(body));
	free(body);
	return 0;
}

static int
read_stage(struct plan_reader *r, const struct yaml_node *map)
{
	struct plan *p = r->plan;
	const char *id = read_name(r, map, "id");
	const struct yaml_node *barrier = yaml_get(map, "barrier");
	struct val *v;

	if (id == NULL)
		return -1;
	if (table_get(&r->stages, id) != 0)
		return plan_refuse(r, yaml_get(map, "id"), "id", "is another stage's already");
	table_put(&r->stages, id, 1);
	vec_str_push(&p->stages, id);
	v = barrier ? yaml_value(barrier) : NULL;
	r->barrier = vec_room(r->barrier, &r->barriers, p->stages.n - 1, sizeof *r->barrier);
	r->barrier[p->stages.n - 1] = val_truth(v, p->mode != PLAN_DEPENDENCIES);
	val_free(v);
	for (const struct yaml_node *n = yaml_get(map, "tasks")->child; n != NULL; n = n->next)
		if (read_task(r, yaml_deref(n), p->stages.n - 1, text_of(map, "prompt")) == -1)
			return -1;
	return 0;
}

static int
read_all(struct plan_reader *r)
{
	const struct yaml_node *root = r->yaml.root, *defaults, *tiers, *stages;
	const char *name;

	if (check_shape(r) == -1 || (name = read_name(r, root, "name")) == NULL)
		return -1;
	r->plan->name = xstrdup(name);
	while (strcmp(modes[r->plan->mode], text_of(root, "mode")) != 0)
		r->plan->mode++;
	tiers = yaml_get(root, "tiers");
	defaults = yaml_get(root, "defaults");
	stages = yaml_get(root, "stages");
	if (read_tiers(r, tiers) == -1 ||
	    (defaults != NULL && put_fields(r, defaults, r->defaults) == -1))
		return -1;
	r->prompt = text_of(defaults, "prompt");
	for (const struct yaml_node *n = stages->child; n != NULL; n = n->next)
		if (read_stage(r, yaml_deref(n)) == -1)
			return -1;
	return plan_order(r, stages);
}

int
plan_read(struct plan *plan, const struct project *p, const char *text, size_t len,
    const char *name, struct err *e)
{
	struct plan_reader r = { .plan = plan, .project = p, .name = name, .e = e };
	int bad;

	*plan = (struct plan){ 0 };
	if (yaml_parse(&r.yaml, text, len, name, e) == -1)
		return -1;
	r.defaults = val_map();
	bad = read_all(&r);
	val_free(r.defaults);
	val_free(r.tiers);
	free(r.barrier);
	table_release(&r.ids);
	table_release(&r.agents);
	table_release(&r.stages);
	yaml_release(&r.yaml);
	if (bad == -1)
		plan_release(plan);
	return bad;
}

void
plan_release(struct plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->v[i].id);
		val_free(p->v[i].fields);
		vec_id_release(&p->v[i].needs);
	}
	free(p->v);
	free(p->name);
	vec_str_release(&p->stages);
	vec_str_release(&p->warnings);
	*p = (struct plan){ 0 };
}
