#include "work/delegate_family.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "task/archive.h"
#include "task/config.h"
#include "task/graph.h"
#include "task/task.h"

void
family_release(struct family *f)
{
	graph_free(f->down);
	f->down = NULL;
}

const struct task *
family_find(const struct family *f, int64_t id)
{
	const struct task *t = tasks_find(f->tasks, id);

	return t != NULL ? t : archive_ask(f->archive, id);
}

/* ---- above ---- */

static int64_t
parent_of(const struct family *f, int64_t id)
{
	const struct vec_id *added = f->added;
	const struct task *t;
	size_t low = 0, high = added != NULL ? added->n / 2 : 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (added->v[2 * mid] == id)
			return added->v[2 * mid + 1];
		if (added->v[2 * mid] < id)
			low = mid + 1;
		else
			high = mid;
	}
	return (t = family_find(f, id)) != NULL ? task_int(t, F_PARENT_ID, 0) : 0;
}

static int
tell_ring(const struct vec_id *above, size_t from, struct err *e)
{
	struct vec_id path = { 0 };
	struct buf text = { 0 };
	size_t n = above->n - from, least = from;

	for (size_t i = from; i < above->n; i++)
		if (above->v[i] < above->v[least])
			least = i;
	for (size_t i = 0; i <= n; i++)
		vec_id_push(&path, above->v[from + (least - from + i) % n]);
	graph_path_text(&path, &text);
	err_set(e, ERR_INVALID, "task %lld is its own ancestor: %s (see orch-fsck)",
	    (long long)above->v[least], buf_str(&text));
	buf_release(&text);
	vec_id_release(&path);
	return -1;
}

/* A ring comes by the place that is remembered, which moves on in ever longer steps. */
int
family_above(const struct family *f, int64_t id, struct vec_id *above, struct err *e)
{
	for (size_t place = 0; id != 0;) {
		vec_id_push(above, id);
		if ((above->n & (above->n - 1)) == 0)
			place = above->n - 1;
		if ((id = parent_of(f, id)) == above->v[place])
			return tell_ring(above, place, e);
	}
	return 0;
}

/* ---- below ---- */

static void
add_links(struct graph *g, const struct task *t)
{
	struct vec_id children = { 0 };
	int64_t parent = task_int(t, F_PARENT_ID, 0);

	graph_node(g, t->id);
	task_ids(t, F_CHILDREN, &children);
	for (size_t i = 0; i < children.n; i++)
		graph_edge(g, t->id, children.v[i]);
	if (parent != 0)
		graph_edge(g, parent, t->id);
	vec_id_release(&children);
}

/* Those of the file; of the archive nothing is known until it is asked. */
static struct graph *
down(struct family *f)
{
	if (f->down != NULL)
		return f->down;
	f->down = graph_new();
	for (size_t i = 0; i < f->tasks->n; i++)
		add_links(f->down, &f->tasks->v[i]);
	for (size_t i = 0; f->added != NULL && i < f->added->n; i += 2)
		graph_edge(f->down, f->added->v[i + 1], f->added->v[i]);
	return f->down;
}

void
family_children(struct family *f, int64_t id, struct vec_id *children)
{
	const struct task *t = tasks_find(f->tasks, id) == NULL ? archive_ask(f->archive, id) : NULL;

	if (t != NULL)
		add_links(down(f), t);
	graph_next(down(f), id, children);
}

/* What of the archive is reached may lead on: until nothing more is. */
void
family_below(struct family *f, int64_t id, struct vec_id *below)
{
	struct vec_id archived = { 0 };
	const struct task *t;
	size_t before;

	do {
		before = archived.n;
		below->n = 0;
		graph_reach(down(f), id, below);
		for (size_t i = 0; i < below->n; i++)
			if (tasks_find(f->tasks, below->v[i]) == NULL &&
			    !vec_id_has(&archived, below->v[i]) &&
			    (t = archive_ask(f->archive, below->v[i])) != NULL) {
				add_links(down(f), t);
				vec_id_push(&archived, t->id);
			}
	} while (archived.n > before);
	vec_id_release(&archived);
}

/* ---- what is allowed ---- */

static int
too_many(struct err *e, int64_t task, size_t n, const char *what, const char *key, int64_t max)
{
	return err_set(e, ERR_FAILED, "task %lld would have %zu %s: at most %lld (%s)",
	    (long long)task, n, what, (long long)max, key);
}

int
family_room(struct family *f, const struct config *config, int64_t parent, size_t more, struct err *e)
{
	int64_t max = config_int(config, "children.max"), depth = config_int(config, "children.depth");
	int64_t tree = config_int(config, "children.tree"), top;
	struct vec_id above = { 0 }, children = { 0 }, below = { 0 };
	int r = family_above(f, parent, &above, e);

	if (r == -1)
		goto done;
	top = above.v[above.n - 1];
	family_children(f, parent, &children);
	family_below(f, top, &below);
	if (children.n + more > (size_t)max)
		r = too_many(e, parent, children.n + more, "children", "children.max", max);
	else if (above.n > (size_t)depth)
		r = too_many(e, top, above.n, "generations below it", "children.depth", depth);
	else if (below.n + more > (size_t)tree)
		r = too_many(e, top, below.n + more, "tasks below it", "children.tree", tree);
done:
	vec_id_release(&above);
	vec_id_release(&children);
	vec_id_release(&below);
	return r;
}
