#include "work/fsck_mend.h"

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/project.h"
#include "task/store.h"
#include "work/fsck.h"

struct batch {
	const struct fsck_mend *v;
	size_t n;
};

void
fsck_mend_later(struct findings *f, enum fsck_mending what, int64_t task, int64_t other)
{
	fsck_may_fix(f);
	if (f->dropped)
		return;
	f->mend = vec_room(f->mend, &f->mend_cap, f->nmend, sizeof *f->mend);
	f->mend[f->nmend++] = (struct fsck_mend){ what, task, other, f->n - 1 };
}

/* The id as an item for change_list(). */
static int
change_children(struct change *c, int64_t task, int64_t add, int64_t drop, struct err *e)
{
	char text[24];

	snprintf(text, sizeof text, "%lld", (long long)(add ? add : drop));
	return change_list(c, task, F_CHILDREN, add ? text : NULL, add ? NULL : text, e);
}

static void
tell(struct change *c, const char *topic, int64_t task)
{
	struct val *data = val_map();

	val_put(data, "note", val_str("by hand"));
	change_tell(c, topic, task, 0, data);
}

/* Of two that claim a child the first gets it. */
static int
mend_parent(struct change *c, const struct fsck_mend *m, struct err *e)
{
	struct val *now = change_get(c, m->task, F_PARENT_ID);
	int64_t parent = val_number(now, 0);

	val_free(now);
	if (parent == 0)
		return change_set(c, m->task, F_PARENT_ID, val_int(m->other), e);
	return parent == m->other ? 0 : change_children(c, m->other, 0, m->task, e);
}

static int
mend_one(struct change *c, const struct fsck_mend *m, struct err *e)
{
	const struct tasks *tasks = change_tasks(c);
	const struct task *t = tasks_find(tasks, m->task), *other = tasks_find(tasks, m->other);

	switch (m->what) {
	case MEND_CHILD_ADD:
		if (t == NULL || other == NULL || task_int(other, F_PARENT_ID, 0) != m->task)
			return 0;
		return change_children(c, m->task, m->other, 0, e);
	case MEND_CHILD_DROP:
		if (t == NULL || (other != NULL && task_int(other, F_PARENT_ID, 0) == m->task))
			return 0;
		return change_children(c, m->task, 0, m->other, e);
	case MEND_PARENT:
		return t == NULL || other == NULL ? 0 : mend_parent(c, m, e);
	case MEND_TELL_DONE:
		if (t != NULL && t->status == ST_DONE)
			tell(c, "task.done", m->task);
		return 0;
	case MEND_TELL_GONE:
		if (t == NULL)
			tell(c, "task.removed", m->task);
		return 0;
	case MEND_ADOPT:
		/* A commit writes the ids down; this makes it one, whatever else there is. */
		tell(c, "fsck.fixed", 0);
		return 0;
	}
	return 0;
}

static int
mend_batch(struct change *c, void *arg, struct err *e)
{
	const struct batch *b = arg;

	for (size_t i = 0; i < b->n; i++)
		if (mend_one(c, &b->v[i], e) == -1)
			return -1;
	return 0;
}

static int
change_nothing(struct change *c, void *arg, struct err *e)
{
	(void)c;
	(void)arg;
	(void)e;
	return 0;
}

int
fsck_settle(struct project *p, struct err *e)
{
	struct store_opts opts = { .command = "orch-fsck" };

	return store_update(p, &opts, change_nothing, NULL, e);
}

static bool
is_refusal(const struct err *e)
{
	return e->code != ERR_SYSTEM && e->code != ERR_BUSY;
}

int
fsck_mend(struct findings *f, struct project *p, struct err *e)
{
	struct store_opts opts = { .command = "orch-fsck" };
	struct batch all = { f->mend, f->nmend };
	int r;

	if (!f->fix || f->nmend == 0)
		return 0;
	r = store_update(p, &opts, mend_batch, &all, e);
	if (r == -1 && !is_refusal(e))
		return -1;
	for (size_t i = 0; i < f->nmend; i++) {
		struct batch one = { &f->mend[i], 1 };

		/* What is refused remains a finding; what the system refuses is an error. */
		if (r == 0 || store_update(p, &opts, mend_batch, &one, e) == 0)
			f->v[f->mend[i].finding].fixed = true;
		else if (!is_refusal(e))
			return -1;
	}
	return 0;
}
