#include "work/delegate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/table.h"
#include "doc/json.h"
#include "doc/val.h"
#include "task/archive.h"
#include "task/circle.h"
#include "task/config.h"
#include "task/graph.h"
#include "task/project.h"
#include "task/store.h"
#include "work/add.h"
#include "work/answer.h"
#include "work/delegate_family.h"
#include "work/oneline.h"
#include "work/propagate.h"
#include "work/route.h"

/* ---- the list ---- */

struct val *
delegate_parse(const char *text, size_t len, struct err *e)
{
	struct vec_id lines = { 0 };
	struct val *list;

	if (text[strspn(text, " \t\r\n")] == '[')
		return json_parse(text, len, e);
	list = add_parse(text, len, DELEGATE_MAX, &lines, e);
	vec_id_release(&lines);
	return list;
}

static void
name_unknown(const struct val *list, struct vec_str *unknown)
{
	static const char *const known[] = { "title", "body", "labels", "suggested_agent", "depends_on" };

	for (size_t i = 0; list->kind == VAL_LIST && i < list->n; i++)
		for (size_t k = 0; list->v[i]->kind == VAL_MAP && k < list->v[i]->n; k++) {
			const char *key = list->v[i]->key[k];
			bool is = vec_str_has(unknown, key);

			for (size_t j = 0; j < sizeof known / sizeof *known && !is; j++)
				is = strcmp(known[j], key) == 0;
			if (!is)
				vec_str_push(unknown, key);
		}
}

/* As part of an answer, so that both are judged by the same words. */
int
delegate_check(const struct val *schema, struct val **list, struct vec_str *unknown, struct err *e)
{
	struct val *answer = val_map();
	struct vec_str names = { 0 };
	int r;

	val_put(answer, "status", val_str("blocked"));
	val_put(answer, "delegations", val_copy(*list));
	name_unknown(*list, &names);
	if ((r = answer_check(schema, answer, e)) == 0) {
		val_free(*list);
		*list = val_copy(val_get(answer, "delegations"));
		for (size_t i = 0; unknown != NULL && i < names.n; i++)
			vec_str_push(unknown, names.v[i]);
	}
	vec_str_release(&names);
	val_free(answer);
	return r;
}

/* ---- making the children ---- */

struct handing {
	struct change *c;
	const struct project *p;
	int64_t parent;
	const struct val *list;
	bool by_agent;
	struct delegated *out;
	struct family family;
	struct table asked;		/* what a child was asked for, to its id */
	struct vec_str texts;		/* owns what the table borrows */
	struct vec_id above;		/* the parent and all above it */
	struct vec_id first;		/* for each part: the position at which it is made, or
					   where it stood first in the list */
	int64_t next;			/* the id of the next new one */
};

static const char *
identity(struct handing *h, const char *title, const char *body)
{
	struct buf text = { 0 };

	add_identity(&text, title, body);
	vec_str_take(&h->texts, buf_detach(&text));
	return h->texts.v[h->texts.n - 1];
}

static const char *
identity_of(struct handing *h, const struct task *t)
{
	return identity(h, task_text(t, F_TITLE), task_text(t, F_BODY));
}

static int
blame(size_t i, struct err *e)
{
	return err_prefix(e, "at delegations.%zu", i);
}

/* The parent and all above it once more would go on for ever. */
static int
check_self(struct handing *h, size_t i, const char *text, struct err *e)
{
	for (size_t k = 0; k < h->above.n; k++) {
		const struct task *t = family_find(&h->family, h->above.v[k]);

		if (t != NULL && strcmp(text, identity_of(h, t)) == 0) {
			err_set(e, ERR_INVALID, "it is task %lld itself", (long long)t->id);
			return blame(i, e);
		}
	}
	return 0;
}

/* Each part gets the id of the child that was asked for it, or a new one. */
static int
give_ids(struct handing *h, struct err *e)
{
	struct table places = { 0 };
	struct vec_id children = { 0 };
	int r = 0;

	family_children(&h->family, h->parent, &children);
	for (size_t i = 0; i < children.n; i++) {
		const struct task *t = family_find(&h->family, children.v[i]);

		if (t != NULL)
			table_put(&h->asked, identity_of(h, t), t->id);
	}
	h->next = change_tasks(h->c)->next_id;
	for (size_t i = 0; i < h->list->n && r == 0; i++) {
		const struct val *part = h->list->v[i];
		const char *text = identity(h, val_text(val_get(part, "title")),
		    val_text(val_get(part, "body")));

		if ((r = check_self(h, i, text, e)) == -1)
			break;
		if (table_get(&h->asked, text) == 0) {
			table_put(&h->asked, text, h->next++);
			h->out->made++;
		}
		table_put(&places, text, (int64_t)i + 1);
		vec_id_push(&h->out->ids, table_get(&h->asked, text));
		vec_id_push(&h->first, table_get(&places, text) - 1);
	}
	table_release(&places);
	vec_id_release(&children);
	return r;
}

static bool
is_new(const struct handing *h, size_t i)
{
	return h->out->ids.v[i] >= change_tasks(h->c)->next_id && h->first.v[i] == (int64_t)i;
}

/* ---- what is allowed ---- */

/* Positions that wait for each other.  Children that are there wait for none of them. */
static int
check_circles(const struct handing *h, struct err *e)
{
	struct graph *g = graph_new();
	struct vec_id path = { 0 };
	struct buf text = { 0 };
	int r = 0;

	for (size_t i = 0; i < h->list->n && r == 0; i++) {
		const struct val *depends = val_get(h->list->v[i], "depends_on");

		for (size_t k = 0; depends != NULL && k < depends->n && r == 0; k++) {
			size_t on = (size_t)depends->v[k]->i;

			if (on >= h->list->n)
				r = err_set(e, ERR_INVALID, "at delegations.%zu.depends_on: there is no %zu", i, on);
			else if (is_new(h, i))
				graph_edge(g, (int64_t)i, h->first.v[on]);
		}
	}
	for (size_t i = 0; i < h->list->n && r == 0; i++)
		if (graph_cycle_at(g, (int64_t)i, &path)) {
			graph_path_text(&path, &text);
			r = err_set(e, ERR_INVALID, "at delegations.%zu.depends_on: a circle: %s", i,
			    buf_str(&text));
		}
	graph_free(g);
	vec_id_release(&path);
	buf_release(&text);
	return r;
}

/* ---- the fields of a child ---- */

/* A stranger's word: it is one of ours, or it is told that it is none. */
static void
suggest(struct handing *h, const char *name, struct val *fields)
{
	struct err why = { 0 };
	char *line, *warning;

	if (name == NULL || *name == '\0')
		return;
	if (route_agent_works(h->p, name, true, &why) == 0) {
		val_put(fields, "agent", val_str(name));
		line = xasprintf("suggested by task %lld", (long long)h->parent);
		val_put(fields, "route_reason", val_str(line));
		free(line);
		return;
	}
	line = oneline(name, strlen(name));
	warning = xasprintf("suggested agent '%s' was not taken: %s", line, why.msg);
	free(line);
	line = oneline(warning, strlen(warning));
	val_put(fields, "route_warning", val_str(line));
	vec_str_take(&h->out->warnings, line);
	free(warning);
}

static void
inherit(const struct handing *h, enum field field, struct val *fields)
{
	struct val *v = change_get(h->c, h->parent, field);

	if (v != NULL)
		val_put(fields, field_table[field].name, v);
}

static struct val *
depends_of(const struct handing *h, const struct val *positions)
{
	struct val *ids = val_list();
	struct vec_id seen = { 0 };

	for (size_t i = 0; i < positions->n; i++) {
		int64_t id = h->out->ids.v[positions->v[i]->i];

		if (!vec_id_has(&seen, id)) {
			val_push(ids, val_int(id));
			vec_id_push(&seen, id);
		}
	}
	vec_id_release(&seen);
	return ids;
}

/* Many models write all keys that they know. */
static bool
is_empty(const struct val *v)
{
	return v->kind == VAL_LIST ? v->n == 0 : v->kind == VAL_STR && *v->s == '\0';
}

static int
make_child(struct handing *h, size_t i, struct err *e)
{
	static const char *const given[] = { "title", "body", "labels" };
	const struct val *part = h->list->v[i], *v;
	struct val *fields = val_map();
	int64_t id = 0;
	char *by;
	int r;

	for (size_t k = 0; k < sizeof given / sizeof *given; k++)
		if ((v = val_get(part, given[k])) != NULL && !is_empty(v))
			val_put(fields, given[k], val_copy(v));
	if ((v = val_get(part, "depends_on")) != NULL && v->n > 0)
		val_put(fields, "depends_on", depends_of(h, v));
	val_put(fields, "parent_id", val_int(h->parent));
	if (h->by_agent) {
		by = xasprintf(DELEGATE_AGENT "%lld", (long long)h->parent);
		val_put(fields, "created_by", val_str(by));
		free(by);
	}
	inherit(h, F_PROJECT, fields);
	inherit(h, F_PRIORITY, fields);
	suggest(h, val_text(val_get(part, "suggested_agent")), fields);
	if ((r = add_check_title(val_get(fields, "title"), e)) == 0)
		r = change_add(h->c, fields, &id, e);
	if (r == 0 && id != h->out->ids.v[i])
		r = err_set(e, ERR_FAILED, "a bug: task %lld was to be %lld", (long long)id,
		    (long long)h->out->ids.v[i]);
	val_free(fields);
	return r == -1 ? blame(i, e) : 0;
}

static int
make_children(struct handing *h, struct err *e)
{
	for (size_t i = 0; i < h->list->n; i++)
		if (is_new(h, i) && make_child(h, i, e) == -1)
			return -1;
	return 0;
}

int
delegate_children(struct change *c, const struct project *p, int64_t parent,
    const struct val *list, bool by_agent, struct delegated *d, struct err *e)
{
	struct handing h = {
		.c = c, .p = p, .parent = parent, .list = list, .by_agent = by_agent, .out = d,
		.family = { .tasks = change_tasks(c), .archive = change_archive(c) },
	};
	int r = -1;

	delegated_release(d);
	if (change_status(c, parent) == ST_NONE)
		return err_set(e, ERR_USAGE, "no task %lld", (long long)parent);
	if (family_above(&h.family, parent, &h.above, e) == 0 && give_ids(&h, e) == 0 &&
	    check_circles(&h, e) == 0 &&
	    (d->made == 0 || family_room(&h.family, &p->config, parent, d->made, e) == 0) &&
	    archive_failed(change_archive(c), e) == 0)
		r = make_children(&h, e);
	family_release(&h.family);
	table_release(&h.asked);
	vec_str_release(&h.texts);
	vec_id_release(&h.above);
	vec_id_release(&h.first);
	return r;
}

void
delegated_release(struct delegated *d)
{
	vec_id_release(&d->ids);
	vec_str_release(&d->warnings);
	d->made = 0;
}

/* ---- a person's ---- */

struct request {
	const struct project *p;
	int64_t parent;
	const struct val *list;
	struct delegated *out;
	bool moves;
};

static int
record(struct change *c, void *arg, struct err *e)
{
	const struct request *q = arg;
	struct vec_id moved = { 0 };
	char *note;
	int r;

	if (delegate_children(c, q->p, q->parent, q->list, false, q->out, e) == -1)
		return -1;
	if (q->out->made == 0 || !q->moves)
		return 0;
	/* Its attempt is who delegates then. */
	if (change_status(c, q->parent) == ST_IN_PROGRESS)
		return err_set(e, ERR_BUSY, "task %lld is in_progress: wait for it, or stop it with "
		    "orch-cancel", (long long)q->parent);
	note = xasprintf("delegates %zu tasks", q->out->made);
	r = change_event(c, q->parent, EV_DELEGATE, NULL, NULL, note, e);
	free(note);
	/* Children that it had before may be enough. */
	vec_id_push(&moved, q->parent);
	if (r == 0)
		r = propagate(c, q->p, &moved, NULL, e);
	vec_id_release(&moved);
	return r;
}

int
delegate_tasks(struct project *p, const struct store_opts *opts, int64_t parent,
    const struct val *list, struct delegated *d, struct err *e)
{
	struct request q = { p, parent, list, d, true };

	return store_update(p, opts, record, &q, e);
}

int
delegate_try(struct project *p, int64_t parent, const struct val *list, struct delegated *d,
    struct err *e)
{
	struct store_opts opts = { .dry_run = true, .command = "orch-delegate" };
	struct request q = { p, parent, list, d, false };

	return store_update(p, &opts, record, &q, e);
}

/* ---- joining ---- */

struct joining {
	const struct project *p;
	const struct vec_id *ids;
	struct propagated *out;
};

static int
join(struct change *c, void *arg, struct err *e)
{
	const struct joining *j = arg;
	struct vec_id blocked = { 0 };
	int r;

	propagated_release(j->out);
	for (size_t i = 0; i < j->ids->n; i++)
		if (change_status(c, j->ids->v[i]) == ST_BLOCKED)
			vec_id_push(&blocked, j->ids->v[i]);
	r = propagate(c, j->p, &blocked, j->out, e);
	vec_id_release(&blocked);
	return r;
}

int
delegate_join(struct project *p, const struct store_opts *opts, const struct vec_id *ids,
    struct propagated *out, struct err *e)
{
	struct joining j = { p, ids, out };

	return store_update(p, opts, join, &j, e);
}

int
delegate_check_circles(const struct project *p, const struct vec_id *ids, struct err *e)
{
	struct tasks tasks = { 0 };
	struct circles c;
	int r = 0;

	if (store_read(p, &tasks, e) == -1)
		return -1;
	circles_find(&c, &tasks);
	for (size_t i = 0; i < c.stuck.n && r == 0; i++)
		if (tasks_find(&tasks, c.stuck.v[i])->status == ST_BLOCKED &&
		    (ids == NULL || vec_id_has(ids, c.stuck.v[i])))
			r = circles_refuse(&c, c.stuck.v[i], e);
	circles_release(&c);
	tasks_release(&tasks);
	return r;
}
