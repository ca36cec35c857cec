/*
 * task - one reading of tasks.yml
 *
 * Loading whole is one walk over the tree that yaml_parse() made: every key of every
 * task is looked up, a known one is checked in place and noted as one of its parts.
 * No value is copied, so a picture costs the tree and the parts.
 *
 * What is wrong with one task alone, or with two that claim one id, is refused
 * here with its place.  What is wrong between tasks (a dependency that does not
 * exist, a cycle) is not: a slip in one corner of the file must not stop readers
 * of all the others.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/num.h"
#include "doc/val.h"
#include "task/task_impl.h"

#define VERSION_MAX 1		/* of the file's `version`, where it has one */

struct loader {
	struct tasks *ts;
	const char *name;
	struct err *e;
};

/* Puts "name:line:col: " before the message. */
static int
at(const struct loader *l, uint32_t offset)
{
	size_t line, col;

	yaml_place(&l->ts->yaml, offset, &line, &col);
	return err_prefix(l->e, "%s:%zu:%zu", l->name, line, col);
}

static bool
is_null(const struct yaml_node *n)
{
	return n->kind == YAML_SCALAR && yaml_scalar_kind(n) == VAL_NULL;
}

/* Puts "name:line:col: task 3: " before the message; the task may be half read. */
static int
at_task(const struct loader *l, const struct yaml_node *node, size_t i, uint32_t offset)
{
	const struct yaml_node *id = yaml_get(node, "id");
	int64_t n;

	if (id != NULL && id->kind == YAML_SCALAR && num_id(id->text, &n) == 0)
		err_prefix(l->e, "task %lld", (long long)n);
	else
		err_prefix(l->e, "number %zu of the tasks", i + 1);
	return at(l, offset);
}

static int
take_field(struct loader *l, struct task *t, size_t i, enum field f,
    const struct yaml_node *raw)
{
	const struct yaml_node *node = yaml_deref(raw), *where;

	if (is_null(node))
		return 0;
	if (field_check_node(f, node, &where, l->e) == -1)
		return at_task(l, t->more->node, i,
		    where == node && raw->key != NULL ? raw->key->start : where->start);
	task_part_add(t, f, node);
	return 0;
}

/* A mapping with merge keys: what counts is decided by yaml_get(). */
static int
take_merged(struct loader *l, struct task *t, size_t i)
{
	for (int f = 0; f < FIELD_N; f++) {
		const struct yaml_node *n = yaml_get(t->more->node, field_table[f].name);

		if (n != NULL && take_field(l, t, i, (enum field)f, n) == -1)
			return -1;
	}
	return 0;
}

static int
take_own(struct loader *l, struct task *t, size_t i)
{
	for (const struct yaml_node *n = t->more->node->child; n != NULL; n = n->next) {
		int f = field_find(n->key->text);

		if (f != -1 && take_field(l, t, i, (enum field)f, n) == -1)
			return -1;
	}
	return 0;
}

static int
take_task(struct loader *l, struct task *t, size_t i, const struct yaml_node *raw)
{
	const struct yaml_node *node = yaml_deref(raw);

	if (node->kind != YAML_MAP) {
		err_set(l->e, ERR_INVALID, "number %zu of the tasks is not a map", i + 1);
		return at(l, raw->start);
	}
	t->more = &l->ts->more[i];
	*t->more = (struct task_more){ .of = l->ts, .node = node, .tree = &l->ts->yaml, .all = true };
	if ((node->merge ? take_merged(l, t, i) : take_own(l, t, i)) == -1)
		return -1;
	if (!task_is_set(t, F_TITLE)) {
		err_set(l->e, ERR_INVALID, "title: missing");
		return at_task(l, node, i, node->start);
	}
	t->id = task_int(t, F_ID, 0);
	t->status = task_is_set(t, F_STATUS) ? (enum status)state_find(task_text(t, F_STATUS)) : ST_NEW;
	return 0;
}

static int
take_tasks(struct loader *l, const struct yaml_node *list)
{
	struct tasks *ts = l->ts;
	size_t i = 0;

	if (list == NULL || is_null(list))
		return 0;
	if (list->kind != YAML_SEQ) {
		err_set(l->e, ERR_INVALID, "tasks: list expected");
		return at(l, list->start);
	}
	ts->v = xcalloc(list->n > 0 ? list->n : 1, sizeof *ts->v);
	ts->more = xcalloc(list->n > 0 ? list->n : 1, sizeof *ts->more);
	ts->n = list->n;
	for (const struct yaml_node *n = list->child; n != NULL; n = n->next, i++)
		if (take_task(l, &ts->v[i], i, n) == -1)
			return -1;
	return 0;
}

static int
compare_ids(const void *a, const void *b, void *arg)
{
	const struct task *v = arg;
	size_t i = *(const size_t *)a, k = *(const size_t *)b;

	if (v[i].id != v[k].id)
		return v[i].id < v[k].id ? -1 : 1;
	return i < k ? -1 : i > k;
}

/* next_id as it is written, raised where a task by hand went past it. */
static int
take_next_id(const struct loader *l, const struct yaml_node *n)
{
	struct tasks *ts = l->ts;

	ts->next_id = 1;
	if (n != NULL && !is_null(n) && (n->kind != YAML_SCALAR ||
	    yaml_scalar_kind(n) != VAL_INT || num_id(n->text, &ts->next_id) == -1)) {
		err_set(l->e, ERR_INVALID, "next_id: a task id expected");
		return at(l, n->start);
	}
	ts->written = n != NULL && !is_null(n) ? ts->next_id : 0;
	for (size_t i = 0; i < ts->n; i++)
		if (ts->next_id <= ts->v[i].id)
			ts->next_id = ts->v[i].id + 1;
	return 0;
}

/* A task without an id gets the one that the next commit will write down for it. */
static void
foresee_ids(struct tasks *ts)
{
	for (size_t i = 0; i < ts->n; i++)
		if (ts->v[i].id == 0)
			ts->v[i].id = ts->next_id++;
}

/*
 * Sorts by id; files are in that order already unless somebody moved a task.  -1: two
 * tasks have one id.
 */
int
tasks_index(struct tasks *ts, size_t *first, size_t *again)
{
	bool sorted = true;

	ts->by_id = xcalloc(ts->n > 0 ? ts->n : 1, sizeof *ts->by_id);
	for (size_t i = 0; i < ts->n; i++) {
		ts->by_id[i] = i;
		sorted = sorted && (i == 0 || ts->v[i - 1].id < ts->v[i].id);
	}
	if (!sorted)
		qsort_r(ts->by_id, ts->n, sizeof *ts->by_id, compare_ids, ts->v);
	for (size_t i = 1; i < ts->n; i++)
		if (ts->v[ts->by_id[i - 1]].id == ts->v[ts->by_id[i]].id) {
			*first = ts->by_id[i - 1];
			*again = ts->by_id[i];
			return -1;
		}
	return 0;
}

static uint32_t
id_place(const struct task *t)
{
	return yaml_get(t->more->node, "id")->start;
}

static int
index_ids(const struct loader *l)
{
	struct tasks *ts = l->ts;
	size_t first, again, line, col;

	if (tasks_index(ts, &first, &again) == 0)
		return 0;
	yaml_place(&ts->yaml, id_place(&ts->v[first]), &line, &col);
	err_set(l->e, ERR_INVALID, "id %lld is used twice, first at line %zu",
	    (long long)ts->v[first].id, line);
	return at(l, id_place(&ts->v[again]));
}

/* Those foreseen are the greatest anyway, so that the order by id stays as it is. */
void
tasks_raise(struct tasks *ts, int64_t floor)
{
	int64_t first = ts->next_id, more;

	for (size_t i = 0; ts->whole && i < ts->n; i++)
		first -= !task_is_set(&ts->v[i], F_ID);
	if ((more = floor - first) <= 0)
		return;
	for (size_t i = 0; ts->whole && i < ts->n; i++)
		if (!task_is_set(&ts->v[i], F_ID))
			ts->v[i].id += more;
	ts->next_id += more;
}

static int
check_version(const struct loader *l, const struct yaml_node *n)
{
	int64_t v;

	if (n == NULL || n->kind != YAML_SCALAR || yaml_scalar_kind(n) != VAL_INT ||
	    (num_int(n->text, 0, INT64_MAX, &v) == 0 && v <= VERSION_MAX))
		return 0;
	err_set(l->e, ERR_INVALID, "version %.20s is newer than this program knows (%d)",
	    n->text, VERSION_MAX);
	return at(l, n->start);
}

static int
take_root(struct loader *l, const struct yaml_node *root)
{
	if (root == NULL) {
		l->ts->next_id = 1;
		return 0;
	}
	/* A null too: nothing could be put into it. */
	if (root->kind != YAML_MAP) {
		err_set(l->e, ERR_INVALID, "map with next_id and tasks expected");
		return at(l, root->start);
	}
	if (check_version(l, yaml_get(root, "version")) == -1 ||
	    take_tasks(l, yaml_get(root, "tasks")) == -1 ||
	    take_next_id(l, yaml_get(root, "next_id")) == -1)
		return -1;
	foresee_ids(l->ts);
	return index_ids(l);
}

int
tasks_load_or_tree(struct tasks *ts, struct buf *text, struct yaml *tree, const char *name,
    struct err *e)
{
	struct loader l = { .ts = ts, .name = name, .e = e };

	*ts = (struct tasks){ .text = *text, .whole = true, .arena.hint = text->len / 4 };
	*tree = (struct yaml){ 0 };
	if (yaml_parse(&ts->yaml, buf_str(&ts->text), ts->text.len, name, e) == 0) {
		if (take_root(&l, ts->yaml.root) == 0) {
			*text = (struct buf){ 0 };
			return 0;
		}
		*tree = ts->yaml;
		ts->yaml = (struct yaml){ 0 };
	}
	ts->text = (struct buf){ 0 };
	tasks_release(ts);
	return -1;
}

int
tasks_load(struct tasks *ts, struct buf *text, const char *name, struct err *e)
{
	struct yaml tree;
	int r = tasks_load_or_tree(ts, text, &tree, name, e);

	if (r == -1) {
		yaml_release(&tree);
		buf_release(text);
	}
	return r;
}

int
tasks_view(struct tasks *ts, const struct buf *text, const char *name, struct err *e)
{
	struct buf view = buf_view(buf_str(text), text->len);

	return tasks_load(ts, &view, name, e);
}

int
tasks_check(const struct buf *text, const char *name, struct err *e)
{
	struct tasks ts;

	if (tasks_view(&ts, text, name, e) == -1)
		return -1;
	tasks_release(&ts);
	return 0;
}

int
tasks_load_known(struct tasks *ts, struct buf *text, const char *name, struct err *e)
{
	return tasks_load_outlined(ts, text, &(struct outline){ 0 }, name, e);
}

int
tasks_load_outlined(struct tasks *ts, struct buf *text, struct outline *outline, const char *name,
    struct err *e)
{
	*ts = (struct tasks){ .text = *text, .outline = *outline, .arena.hint = text->len / 4 };
	*text = (struct buf){ 0 };
	*outline = (struct outline){ 0 };
	if (tasks_outline(ts))
		return 0;
	*text = ts->text;
	return tasks_load(ts, text, name, e);
}

void
tasks_release(struct tasks *ts)
{
	struct task_window *w, *next;

	for (w = ts->window; w != NULL; w = next) {
		next = w->next;
		yaml_release(&w->yaml);
		free(w);
	}
	outline_release(&ts->outline);
	yaml_release(&ts->yaml);
	arena_release(&ts->arena);
	buf_release(&ts->text);
	free(ts->v);
	free(ts->more);
	free(ts->by_id);
	*ts = (struct tasks){ 0 };
}

const struct task *
tasks_find(const struct tasks *ts, int64_t id)
{
	int64_t last = ts->n > 0 ? ts->v[ts->by_id[ts->n - 1]].id : 0;
	size_t low, high;

	if (id < 1 || id > last)
		return NULL;
	/* Each is there once: so there are at most `id` up to it, and last - id behind it. */
	high = (uint64_t)id < ts->n ? (size_t)id : ts->n;
	low = (uint64_t)(last - id) < ts->n ? ts->n - (size_t)(last - id) - 1 : 0;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct task *t = &ts->v[ts->by_id[mid]];

		if (t->id == id)
			return t;
		if (t->id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}
