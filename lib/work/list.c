#include "work/list.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/val.h"
#include "task/archive.h"
#include "task/ready.h"
#include "task/task.h"
#include "work/closed.h"

int
list_fields_add(struct list_fields *fields, const char *names, struct err *e)
{
	char *copy = xstrdup(names), *at = copy, *name;
	enum field field;
	int r = 0;

	while (r == 0 && (name = strsep(&at, ",")) != NULL) {
		if ((r = field_need(name, &field, e)) == -1)
			break;
		for (size_t i = 0; i < fields->n && r == 0; i++)
			if (fields->v[i] == field)
				r = err_set(e, ERR_USAGE, "'%s' stands twice", name);
		if (r == 0)
			fields->v[fields->n++] = field;
	}
	free(copy);
	return r;
}

/* What is shown for a task without the field: its meaning, where it has one. */
static struct val *
value_of(const struct task *t, enum field field)
{
	static const char *const priorities[] = { "urgent", "high", "normal", "low" };

	if (field == F_ID)
		return val_int(t->id);
	if (field == F_STATUS)
		return val_str(state_name(t->status));
	if (field == F_PRIORITY)
		return val_str(priorities[task_priority(t)]);
	return task_value(t, field);
}

/* The ids come from a selection in the same place, so they are there. */
static const struct task *
find(const struct list_from *from, int64_t id, bool *archived)
{
	const struct task *t = tasks_find(from->tasks, id);

	*archived = t == NULL;
	return t != NULL ? t : archive_find(from->archive, id);
}

/* ---- fields ---- */

static void
escape(struct buf *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '\\':
			buf_puts(out, "\\\\");
			break;
		case '\t':
			buf_puts(out, "\\t");
			break;
		case '\n':
			buf_puts(out, "\\n");
			break;
		case '\r':
			buf_puts(out, "\\r");
			break;
		default:
			buf_putc(out, *text);
		}
	}
}

static void
put_field(struct buf *out, const struct val *v)
{
	struct buf text = { 0 };
	bool maps = v->kind == VAL_LIST && v->n > 0 && v->v[0]->kind == VAL_MAP;

	if (v->kind == VAL_MAP || maps) {
		json_print(&text, v);
	} else if (v->kind == VAL_LIST) {
		for (size_t i = 0; i < v->n; i++) {
			if (i > 0)
				buf_putc(&text, ',');
			val_plain(&text, v->v[i]);
		}
	} else {
		val_plain(&text, v);
	}
	escape(out, buf_str(&text));
	buf_release(&text);
}

void
list_table(const struct list_from *from, const struct vec_id *ids, const struct list_fields *fields,
    struct buf *out)
{
	bool archived;

	for (size_t i = 0; i < ids->n; i++) {
		const struct task *t = find(from, ids->v[i], &archived);

		for (size_t k = 0; k < fields->n; k++) {
			struct val *v = value_of(t, fields->v[k]);

			if (k > 0)
				buf_putc(out, '\t');
			if (v != NULL)
				put_field(out, v);
			val_free(v);
		}
		buf_putc(out, '\n');
	}
}

void
list_json(const struct list_from *from, const struct vec_id *ids, const struct list_fields *fields,
    struct buf *out)
{
	for (size_t i = 0; i < ids->n; i++) {
		bool archived;
		const struct task *t = find(from, ids->v[i], &archived);
		struct val *map, *v;

		if (fields->n == 0) {
			map = task_map(t);
			val_put(map, "id", value_of(t, F_ID));
			val_put(map, "status", value_of(t, F_STATUS));
			val_put(map, "priority", value_of(t, F_PRIORITY));
		} else {
			map = val_map();
			for (size_t k = 0; k < fields->n; k++)
				if ((v = value_of(t, fields->v[k])) != NULL)
					val_put(map, field_table[fields->v[k]].name, v);
		}
		if (archived)
			val_put(map, "archived", val_bool(true));
		val_put(map, "schema", val_int(1));
		json_print(out, map);
		buf_putc(out, '\n');
		val_free(map);
	}
}

/* ---- for people ---- */

static void
put_title(struct buf *out, const struct task *t)
{
	const char *title = task_text(t, F_TITLE);

	str_visible(out, title, strlen(title), false);
}

#define ARCHIVED ", archived"

static void
put_status(struct buf *out, const struct task *t, bool archived, size_t width,
    const struct list_colour *colour)
{
	const char *name = state_name(t->status), *sgr = colour->on ? colour->sgr(name) : "";
	size_t end;

	buf_puts(out, sgr);
	end = out->len + width;
	buf_puts(out, name);
	if (archived)
		buf_puts(out, ARCHIVED);
	buf_pad(out, end);
	if (*sgr)
		buf_puts(out, colour->sgr(""));
}

struct row {
	const struct task *task;
	const char *agent;
	bool archived;
};

struct widths {
	size_t id, status, agent;
};

static size_t
digits(int64_t id)
{
	size_t n = 1;

	for (; id >= 10; id /= 10)
		n++;
	return n;
}

static size_t
wider(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* What the row of a task shows, and the widths that it needs. */
static struct row
look_at(const struct list_from *from, int64_t id, struct widths *w)
{
	struct row row;

	row.task = find(from, id, &row.archived);
	row.agent = task_text(row.task, F_AGENT);
	if (row.agent == NULL)
		row.agent = "-";
	w->id = wider(w->id, digits(row.task->id));
	w->status = wider(w->status,
	    strlen(state_name(row.task->status)) + (row.archived ? strlen(ARCHIVED) : 0));
	w->agent = wider(w->agent, strlen(row.agent));
	return row;
}

static void
put_row(struct buf *out, const struct row *row, const struct widths *w,
    const struct list_colour *colour)
{
	size_t agent_end;

	buf_pad(out, out->len + w->id - digits(row->task->id));
	buf_int(out, row->task->id);
	buf_puts(out, "  ");
	put_status(out, row->task, row->archived, w->status, colour);
	buf_puts(out, "  ");
	agent_end = out->len + w->agent;
	str_visible(out, row->agent, strlen(row->agent), false);
	buf_pad(out, agent_end);
	buf_puts(out, "  ");
	put_title(out, row->task);
	buf_putc(out, '\n');
}

void
list_columns(const struct list_from *from, const struct vec_id *ids,
    const struct list_colour *colour, struct buf *out)
{
	struct row *rows = xcalloc(ids->n + 1, sizeof *rows);
	struct widths widths = { 1, 1, 1 };

	for (size_t i = 0; i < ids->n; i++)
		rows[i] = look_at(from, ids->v[i], &widths);
	for (size_t i = 0; i < ids->n; i++)
		put_row(out, &rows[i], &widths, colour);
	free(rows);
}

void
list_explain(const struct list_from *from, const struct vec_id *ids,
    const struct ready_rules *rules, const struct closed *closed, struct buf *out)
{
	for (size_t i = 0; i < ids->n; i++) {
		bool archived;
		const struct task *t = find(from, ids->v[i], &archived);
		struct buf why = { 0 };
		char *agent = NULL;

		if (ready_why(from->tasks, t, rules, &why) == 1 && (agent = closed_why(closed, t)) != NULL) {
			buf_cut(&why, 0);
			buf_puts(&why, agent);
		}
		free(agent);
		buf_puts(&why, archived ? ARCHIVED : "");
		buf_printf(out, "%lld\t", (long long)ids->v[i]);
		str_visible(out, buf_str(&why), why.len, false);
		buf_putc(out, '\n');
		buf_release(&why);
	}
}

/* ---- the tree ---- */

/* A selected task and where its subtree goes on; links are positions + 1. */
struct branch {
	const struct task *task;
	bool archived;
	size_t first, last, next;	/* child, last child, sibling */
	bool shown;
};

static void
put_branch(struct buf *out, const struct branch *b, size_t depth, const struct list_colour *colour)
{
	const struct task *t = b->task;
	struct vec_id after = { 0 };

	for (size_t i = 0; i < depth; i++)
		buf_puts(out, "  ");
	buf_printf(out, "%lld ", (long long)t->id);
	put_status(out, t, b->archived, 1, colour);
	buf_putc(out, ' ');
	put_title(out, t);
	task_ids(t, F_DEPENDS_ON, &after);
	for (size_t i = 0; i < after.n; i++)
		buf_printf(out, "%s%lld", i == 0 ? " (after " : ", ", (long long)after.v[i]);
	buf_puts(out, after.n > 0 ? ")\n" : "\n");
	vec_id_release(&after);
}

struct place {
	int64_t id;
	size_t at;
};

static int
by_id(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* Links every selected task to its selected parent. */
static void
link_branches(struct branch *v, size_t n)
{
	struct place *places = xcalloc(n, sizeof *places), *found, key;

	for (size_t i = 0; i < n; i++)
		places[i] = (struct place){ v[i].task->id, i };
	qsort(places, n, sizeof *places, by_id);
	for (size_t i = 0; i < n; i++) {
		struct branch *parent;

		key.id = task_int(v[i].task, F_PARENT_ID, 0);
		found = bsearch(&key, places, n, sizeof *places, by_id);
		if (found == NULL || found->at == i)
			continue;
		parent = &v[found->at];
		if (parent->last != 0)
			v[parent->last - 1].next = i + 1;
		else
			parent->first = i + 1;
		parent->last = i + 1;
	}
	free(places);
}

/* Depth first with a stack of our own: how deep people nest is not ours to trust. */
static void
put_subtree(struct branch *v, size_t root, const struct list_colour *colour, struct buf *out)
{
	struct vec_id stack = { 0 };
	size_t at = root + 1;

	while (at != 0 || stack.n > 0) {
		if (at == 0) {
			at = v[stack.v[--stack.n] - 1].next;
			if (stack.n == 0)
				break;
			continue;
		}
		if (v[at - 1].shown) {
			at = 0;
			continue;
		}
		v[at - 1].shown = true;
		put_branch(out, &v[at - 1], stack.n, colour);
		vec_id_push(&stack, (int64_t)at);
		at = v[at - 1].first;
	}
	vec_id_release(&stack);
}

void
list_tree(const struct list_from *from, const struct vec_id *ids, const struct list_colour *colour,
    struct buf *out)
{
	struct branch *v = xcalloc(ids->n + 1, sizeof *v);
	bool *child = xcalloc(ids->n + 1, sizeof *child);

	for (size_t i = 0; i < ids->n; i++)
		v[i].task = find(from, ids->v[i], &v[i].archived);
	link_branches(v, ids->n);
	for (size_t i = 0; i < ids->n; i++)
		for (size_t c = v[i].first; c != 0; c = v[c - 1].next)
			child[c - 1] = true;
	for (size_t i = 0; i < ids->n; i++)
		if (!child[i])
			put_subtree(v, i, colour, out);
	/* What is left is in a circle of parents: shown all the same. */
	for (size_t i = 0; i < ids->n; i++)
		if (!v[i].shown)
			put_subtree(v, i, colour, out);
	free(child);
	free(v);
}
