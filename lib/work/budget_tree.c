#include "work/budget_tree.h"

#include <stdbool.h>

#include "base/err.h"
#include "doc/val.h"
#include "task/archive.h"
#include "task/store.h"

#define ARCHIVED "archived"	/* in retried_usage */

/* Of a task of the file, or else of the archive. */
static struct val *
field_of(const struct change *c, int64_t id, enum field field)
{
	const struct task *t;

	if (change_status(c, id) != ST_NONE)
		return change_get(c, id, field);
	return (t = archive_ask(change_archive(c), id)) != NULL ? task_value(t, field) : NULL;
}

/* ---- what was used ---- */

static void
read_usage(const struct val *usage, struct pool_amount *a)
{
	pool_amount_read(a, usage);
	a->v[POOL_TOKENS] = val_number(val_get(usage, "input_tokens"), 0) +
	    val_number(val_get(usage, "output_tokens"), 0);
}

/* Without what was given back before it was archived, too. */
void
budget_task_used(const struct change *c, int64_t task, struct pool_amount *used)
{
	struct val *usage = field_of(c, task, F_USAGE), *before = field_of(c, task, F_RETRIED_USAGE);
	struct val *attempts = field_of(c, task, F_ATTEMPTS), *after = field_of(c, task, F_RETRIED_AFTER);
	struct pool_amount now, then;

	read_usage(usage, &now);
	read_usage(before, &then);
	now.v[POOL_ATTEMPTS] = val_number(attempts, 0);
	if (then.v[POOL_ATTEMPTS] < val_number(after, 0))
		then.v[POOL_ATTEMPTS] = val_number(after, 0);
	for (int m = 0; m < POOL_MEASURES; m++)
		if (now.v[m] > then.v[m])
			used->v[m] += now.v[m] - then.v[m];
	val_free(usage);
	val_free(before);
	val_free(attempts);
	val_free(after);
}

/* What archived ones had used is given back as a whole: the newest time, which is the most. */
static void
add_given(const struct change *c, int64_t task, struct pool_amount *given)
{
	struct val *before = field_of(c, task, F_RETRIED_USAGE);
	struct pool_amount a;

	pool_amount_read(&a, val_get(before, ARCHIVED));
	for (int m = 0; m < POOL_MEASURES; m++)
		if (a.v[m] > given->v[m])
			given->v[m] = a.v[m];
	val_free(before);
}

/* ---- the tree ---- */

static int64_t
parent_of(const struct change *c, int64_t task)
{
	struct val *v = field_of(c, task, F_PARENT_ID);
	int64_t parent = val_number(v, 0);

	val_free(v);
	return parent;
}

static bool
exists(const struct change *c, int64_t task)
{
	return change_status(c, task) != ST_NONE || archive_ask(change_archive(c), task) != NULL;
}

static size_t
archived_tasks(const struct change *c)
{
	const struct archive *all = archive_ask_all(change_archive(c));
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		n += all->v[i].tasks->n;
	return n;
}

/* The topmost parent that is there.  Parents in a ring end it, somewhere. */
static int64_t
root_of(const struct change *c, int64_t task)
{
	size_t most = change_tasks(c)->n;
	bool outside = false;
	int64_t parent;

	for (size_t i = 0; i <= most; i++) {
		if ((parent = parent_of(c, task)) == 0 || !exists(c, parent))
			break;
		if (!outside && change_status(c, parent) == ST_NONE) {
			outside = true;
			most += archived_tasks(c);
		}
		task = parent;
	}
	return task;
}

static void
add_live(struct budget_tree *tree, const struct change *c, int64_t root)
{
	const struct tasks *tasks = change_tasks(c);

	for (size_t i = 0; i < tasks->n; i++) {
		int64_t id = tasks->v[i].id;

		if (id != root && (!task_is_set(&tasks->v[i], F_PARENT_ID) || root_of(c, id) != root))
			continue;
		vec_id_push(&tree->live, id);
		budget_task_used(c, id, &tree->used);
		add_given(c, id, &tree->given);
	}
}

/* Of a task that is there more than once the newest copy counts, and none if it is in the
 * file. */
static void
add_archived(struct budget_tree *tree, const struct change *c, int64_t root)
{
	const struct archive *all = archive_ask_all(change_archive(c));

	for (size_t i = 0; i < all->n; i++)
		for (size_t k = 0; k < all->v[i].tasks->n; k++) {
			const struct task *t = &all->v[i].tasks->v[k];

			if (change_status(c, t->id) != ST_NONE || archive_find(all, t->id) != t ||
			    (t->id != root && root_of(c, t->id) != root))
				continue;
			budget_task_used(c, t->id, &tree->archived);
			add_given(c, t->id, &tree->given);
		}
}

int
budget_tree_read(struct budget_tree *tree, const struct change *c, int64_t task, struct err *e)
{
	int64_t root = root_of(c, task);

	*tree = (struct budget_tree){ 0 };
	add_live(tree, c, root);
	if (change_status(c, root) == ST_NONE)
		add_archived(tree, c, root);
	return archive_failed(change_archive(c), e);
}

void
budget_tree_release(struct budget_tree *tree)
{
	vec_id_release(&tree->live);
	*tree = (struct budget_tree){ 0 };
}

/* ---- given back ---- */

static bool
is_nothing(const struct pool_amount *a)
{
	for (int m = 0; a != NULL && m < POOL_MEASURES; m++)
		if (a->v[m] != 0)
			return false;
	return true;
}

int
budget_task_forgive(struct change *c, int64_t task, const struct pool_amount *archived,
    struct err *e)
{
	struct val *usage = change_get(c, task, F_USAGE), *attempts = change_get(c, task, F_ATTEMPTS);
	int64_t n = val_number(attempts, 0);

	val_free(attempts);
	if (usage == NULL && n == 0 && is_nothing(archived))
		return 0;
	usage = usage ? usage : val_map();
	val_put(usage, pool_measure_names[POOL_ATTEMPTS], val_int(n));
	if (!is_nothing(archived))
		val_put(usage, ARCHIVED, pool_amount_value(archived));
	return change_set(c, task, F_RETRIED_USAGE, usage, e);
}
