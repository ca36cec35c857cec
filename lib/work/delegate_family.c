#include "work/delegate_family.h"

#include "base/vec.h"
#include "task/archive.h"
#include "task/graph.h"
#include "task/task.h"

const struct task *
family_find(const struct family *f, int64_t id)
{
	const struct task *t = tasks_find(f->tasks, id);

	return t != NULL ? t : archive_ask(f->archive, id);
}

void
family_above(const struct family *f, int64_t id, struct vec_id *above)
{
	const struct task *t;

	while (id != 0 && !vec_id_has(above, id)) {
		vec_id_push(above, id);
		id = (t = family_find(f, id)) != NULL ? task_int(t, F_PARENT_ID, 0) : 0;
	}
}

void
family_children(const struct family *f, int64_t id, struct vec_id *children)
{
	const struct task *t = family_find(f, id);

	if (t != NULL)
		task_ids(t, F_CHILDREN, children);
	for (size_t i = 0; i < f->tasks->n; i++)
		if (task_int(&f->tasks->v[i], F_PARENT_ID, 0) == id &&
		    !vec_id_has(children, f->tasks->v[i].id))
			vec_id_push(children, f->tasks->v[i].id);
}

static void
add_links(struct graph *g, const struct task *t)
{
	struct vec_id children = { 0 };
	int64_t parent = task_int(t, F_PARENT_ID, 0);

	task_ids(t, F_CHILDREN, &children);
	for (size_t i = 0; i < children.n; i++)
		graph_edge(g, t->id, children.v[i]);
	if (parent != 0)
		graph_edge(g, parent, t->id);
	vec_id_release(&children);
}

/* What of the archive is reached may lead on: until nothing more is. */
void
family_below(const struct family *f, int64_t id, struct vec_id *below)
{
	struct graph *g = graph_new();
	struct vec_id archived = { 0 };
	const struct task *t;
	size_t before;

	for (size_t i = 0; i < f->tasks->n; i++)
		add_links(g, &f->tasks->v[i]);
	do {
		before = archived.n;
		below->n = 0;
		graph_reach(g, id, below);
		for (size_t i = 0; i < below->n; i++)
			if (tasks_find(f->tasks, below->v[i]) == NULL &&
			    !vec_id_has(&archived, below->v[i]) &&
			    (t = archive_ask(f->archive, below->v[i])) != NULL) {
				add_links(g, t);
				vec_id_push(&archived, t->id);
			}
	} while (archived.n > before);
	graph_free(g);
	vec_id_release(&archived);
}
