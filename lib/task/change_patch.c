/*
 * change_patch - what was recorded becomes bytes
 *
 * With a whole picture the operations go to the whole tree.  With one by outline each
 * task that changes is edited as a document of its own, in its window (task_impl.h); a
 * new one is appended to a window of the last two tasks, which show how they are set
 * apart.  What comes out must again be that many tasks to the outline, so that the file
 * as a whole stays one that it can be sure of; whatever it or the editor says no to is
 * done again with a whole picture, which also has the right line numbers for messages.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/edit.h"
#include "doc/patch.h"
#include "doc/val.h"
#include "task/change_impl.h"
#include "task/task_impl.h"

#define TAIL 2			/* tasks that show how the next one is set apart */

struct ops {
	struct edit_op *v;
	size_t n, cap;
};

static void
add_op(struct ops *o, enum edit_kind kind, const struct yaml_node *map, const char *key,
    const struct val *value)
{
	o->v = vec_room(o->v, &o->cap, o->n, sizeof *o->v);
	o->v[o->n++] = (struct edit_op){ kind, map, key, value };
}

/* What was recorded for a task whose mapping is `map`. */
static void
add_records(struct ops *o, const struct change_entry *entry, const struct yaml_node *map)
{
	for (size_t i = 0; i < entry->n; i++)
		add_op(o, entry->v[i].value ? EDIT_PUT : EDIT_DROP, map,
		    field_table[entry->v[i].field].name, entry->v[i].value);
}

static void
add_new_tasks(struct ops *o, const struct change *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].map != NULL)
			add_op(o, EDIT_APPEND, NULL, "tasks", c->v[i].map);
}

static void
add_next_id(struct ops *o, struct change *c)
{
	val_free(c->next);
	c->next = val_int(c->next_id);
	add_op(o, EDIT_PUT, NULL, "next_id", c->next);
}

/* ---- the whole tree ---- */

/* The operations on `rest`, which is the picture without those that are `cut`. */
static void
add_whole(struct ops *o, struct change *c, const bool *cut, const struct tasks *rest)
{
	const struct task *t = rest->v;

	if (c->numbered)
		add_next_id(o, c);
	for (size_t i = 0; i < c->tasks->n; i++) {
		const struct change_entry *entry = c->of_task[i] > 0 ? &c->v[c->of_task[i] - 1] : NULL;

		if (cut[i])
			continue;
		if (entry != NULL && entry->removed)
			add_op(o, EDIT_REMOVE, task_node(t), NULL, NULL);
		else if (entry != NULL)
			add_records(o, entry, task_node(t));
		t++;
	}
	add_new_tasks(o, c);
}

static int
patch_whole(struct change *c, const char *name, struct patch *out, struct err *e)
{
	const struct tasks *ts = c->tasks, *from = ts;
	bool *cut = xcalloc(ts->n + 1, sizeof *cut), removes = false;
	struct tasks rest = { 0 };
	struct ops ops = { 0 };
	struct buf new = { 0 };
	int r;

	for (size_t i = 0; i < c->n; i++)
		removes = removes || c->v[i].removed;
	if (removes && change_cut(c, name, cut, &rest))
		from = &rest;
	else
		memset(cut, 0, ts->n * sizeof *cut);
	add_whole(&ops, c, cut, from);
	r = edit_apply(&from->yaml, ops.v, ops.n, field_order(), name, &new, e);
	if (r == 0)
		patch_add(out, &ts->text, 0, ts->text.len, new.data, new.len);
	free(ops.v);
	free(cut);
	buf_release(&new);
	tasks_release(&rest);
	return r;
}

/* ---- one window after the other ---- */

/* Is the new text of a window `n` tasks still, laid out as before?  Their ids are those
 * of the items from `first` on, as far as there are any. */
static bool
is_window(const struct tasks *ts, size_t first, const struct buf *new, size_t n)
{
	static const struct outline_names names = { .list = "tasks", .mark = "next_id", .wanted = { "id" } };
	const char *text = buf_str(new);
	struct outline o;
	bool good;

	if (strncmp(text, TASK_WINDOW_HEAD, strlen(TASK_WINDOW_HEAD)) != 0 ||
	    !outline_read(&o, text, new->len, &names))
		return false;
	good = o.n == n && o.dash == ts->outline.dash && o.end == new->len &&
	    o.list == strlen(TASK_WINDOW_HEAD);
	for (size_t i = 0; i < n && good; i++)
		good = o.v[i].wanted[0] != OUTLINE_NONE && (first + i >= ts->n ||
		    (int64_t)strtoll(text + o.v[i].wanted[0] + 3, NULL, 10) == ts->v[first + i].id);
	outline_release(&o);
	return good;
}

/* The window of the tasks from `first` on becomes what these operations say: `count`
 * tasks then.  1: not in this way. */
static int
patch_window(const struct tasks *ts, const struct yaml *tree, const struct ops *ops, size_t first,
    size_t last, size_t count, struct patch *out)
{
	size_t head = strlen(TASK_WINDOW_HEAD);
	struct buf new = { 0 };
	struct err ignored = { 0 };
	int r = 1;

	if (edit_apply(tree, ops->v, ops->n, field_order(), "window", &new, &ignored) == 0 &&
	    is_window(ts, first, &new, count)) {
		patch_add(out, &ts->text, ts->outline.v[first].start, ts->outline.v[last].start,
		    new.data + head, new.len - head);
		r = 0;
	}
	buf_release(&new);
	return r;
}

static int
patch_task(const struct tasks *ts, const struct change_entry *entry, struct patch *out)
{
	size_t i = (size_t)(entry->task - ts->v);
	struct ops ops = { 0 };
	int r;

	add_records(&ops, entry, task_node(entry->task));
	r = patch_window(ts, task_tree(entry->task), &ops, i, i + 1, 1, out);
	free(ops.v);
	return r;
}

/*
 * The lines of a task go, with all up to the next one.  If there is more than lines of its
 * own, a comment or blank lines, that would come to stand behind the task before, and may
 * mean something there.  1: so it is.
 */
static int
patch_removed(const struct tasks *ts, const struct change_entry *entry, struct patch *out)
{
	const struct outline_item *item = &ts->outline.v[entry->task - ts->v];
	const struct yaml_node *node = task_node(entry->task);
	uint32_t end = item->start + node->end - (uint32_t)strlen(TASK_WINDOW_HEAD);

	while (end < item[1].start && (end == item->start || ts->text.data[end - 1] != '\n'))
		end++;
	if (end != item[1].start)
		return 1;
	patch_add(out, &ts->text, item->start, end, "", 0);
	return 0;
}

/* The last tasks, with what was recorded for them, and the new ones. */
static int
patch_tail(const struct change *c, size_t first, size_t added, struct patch *out)
{
	const struct tasks *ts = c->tasks;
	const struct outline_item *item = &ts->outline.v[first];
	const struct yaml_node *node;
	struct ops ops = { 0 };
	struct buf text = { 0 };
	struct yaml tree;
	struct err ignored = { 0 };
	int r = 1;

	buf_puts(&text, TASK_WINDOW_HEAD);
	buf_append(&text, ts->text.data + item->start, ts->outline.end - item->start);
	if (yaml_parse(&tree, text.data, text.len, "window", &ignored) == -1)
		goto done;
	node = yaml_own(tree.root, "tasks")->child;
	for (size_t i = first; i < ts->n; i++, node = node->next)
		if (c->of_task[i] > 0)
			add_records(&ops, &c->v[c->of_task[i] - 1], node);
	add_new_tasks(&ops, c);
	r = patch_window(ts, &tree, &ops, first, ts->n, ts->n - first + added, out);
	yaml_release(&tree);
done:
	free(ops.v);
	buf_release(&text);
	return r;
}

/* The line of next_id, as a document of its own. */
static int
patch_next_id(struct change *c, struct patch *out)
{
	const struct tasks *ts = c->tasks;
	uint32_t at = ts->outline.mark, end;
	struct ops ops = { 0 };
	struct buf new = { 0 };
	struct yaml tree;
	struct err ignored = { 0 };
	int r = 1;

	if (at == OUTLINE_NONE)
		return 1;
	end = at + (uint32_t)strcspn(ts->text.data + at, "\n");
	if (yaml_parse(&tree, ts->text.data + at, end - at, "next_id", &ignored) == -1)
		return 1;
	add_next_id(&ops, c);
	if (edit_apply(&tree, ops.v, ops.n, field_order(), "next_id", &new, &ignored) == 0) {
		patch_add(out, &ts->text, at, end, new.data, new.len);
		r = 0;
	}
	yaml_release(&tree);
	free(ops.v);
	buf_release(&new);
	return r;
}

/* From the first byte to the last: the line of next_id is before or behind all tasks. */
static int
patch_by_outline(struct change *c, struct patch *out)
{
	const struct tasks *ts = c->tasks;
	size_t added = 0, tail;
	bool above = ts->outline.mark < ts->outline.list;

	for (size_t i = 0; i < c->n; i++)
		added += c->v[i].map != NULL;
	tail = added == 0 ? ts->n : ts->n < TAIL ? 0 : ts->n - TAIL;
	if (c->numbered && above && patch_next_id(c, out) != 0)
		return 1;
	for (size_t i = 0; i < ts->n; i++) {
		const struct change_entry *entry = c->of_task[i] > 0 ? &c->v[c->of_task[i] - 1] : NULL;

		if (entry != NULL && entry->removed) {
			if (i >= tail || patch_removed(ts, entry, out) != 0)
				return 1;
		} else if (entry != NULL && i < tail && patch_task(ts, entry, out) != 0) {
			return 1;
		}
	}
	if (added > 0 && patch_tail(c, tail, added, out) != 0)
		return 1;
	return c->numbered && !above ? patch_next_id(c, out) : 0;
}

int
change_patch(struct change *c, const char *name, struct patch *out, struct err *e)
{
	*out = (struct patch){ 0 };
	if (c->tasks->whole)
		return patch_whole(c, name, out, e);
	if (patch_by_outline(c, out) == 0)
		return 0;
	patch_release(out);
	return 1;
}
