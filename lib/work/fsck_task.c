/*
 * fsck_task - what the tasks say about each other, and what the locks say about them
 */
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/num.h"
#include "base/vec.h"
#include "sys/path.h"
#include "task/graph.h"
#include "task/project.h"
#include "task/ready.h"
#include "task/store.h"
#include "task/task.h"
#include "work/fsck.h"
#include "work/probe.h"

#define CLOCK_SLACK_S 300	/* two machines that share a file may differ by so much */

static void
finding(struct findings *f, const char *check, const struct task *t, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void
finding(struct findings *f, const char *check, const struct task *t, const char *fmt, ...)
{
	char place[40], text[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	snprintf(place, sizeof place, "task %lld", (long long)t->id);
	fsck_add(f, check, t->id, place, "%s", text);
}

/* ---- links ---- */

static bool
lists(const struct task *t, enum field f, int64_t id)
{
	struct vec_id ids = { 0 };
	bool yes;

	task_ids(t, f, &ids);
	yes = vec_id_has(&ids, id);
	vec_id_release(&ids);
	return yes;
}

/* A person wrote it, so it is named by its place. */
static void
check_id(struct findings *f, const struct project *p, const struct task *t)
{
	char *place;

	if (task_is_set(t, F_ID))
		return;
	place = xasprintf("%s:%zu", path_base(p->tasks), task_line(t));
	fsck_add(f, "links", 0, place, "'%s' has no id: the next command that changes the file "
	    "gives it one", task_text(t, F_TITLE));
	free(place);
}

static void
check_links(struct findings *f, const struct tasks *tasks, const struct task *t)
{
	struct vec_id ids = { 0 };
	int64_t parent = task_int(t, F_PARENT_ID, 0);
	const struct task *other;

	task_ids(t, F_DEPENDS_ON, &ids);
	for (size_t i = 0; i < ids.n; i++)
		if (tasks_find(tasks, ids.v[i]) == NULL)
			finding(f, "links", t, "depends_on names task %lld, which does not exist: "
			    "orch-set %lld depends_on-=%lld", (long long)ids.v[i],
			    (long long)t->id, (long long)ids.v[i]);
	ids.n = 0;
	task_ids(t, F_CHILDREN, &ids);
	for (size_t i = 0; i < ids.n; i++)
		if ((other = tasks_find(tasks, ids.v[i])) == NULL)
			finding(f, "links", t, "children names task %lld, which does not exist",
			    (long long)ids.v[i]);
		else if (task_int(other, F_PARENT_ID, 0) != t->id)
			finding(f, "links", t, "children names task %lld, whose parent_id is not %lld",
			    (long long)ids.v[i], (long long)t->id);
	vec_id_release(&ids);
	if (parent == 0)
		return;
	if ((other = tasks_find(tasks, parent)) == NULL)
		finding(f, "links", t, "parent_id names task %lld, which does not exist",
		    (long long)parent);
	else if (!lists(other, F_CHILDREN, t->id))
		finding(f, "links", t, "parent_id names task %lld, whose children do not have it",
		    (long long)parent);
}

/*
 * Who waits for whom: for dependencies always, for children while blocked.  What a
 * cycle leads through is in the message; mending it shows the next one, if any.
 */
static void
check_cycle(struct findings *f, const struct tasks *tasks)
{
	struct graph *waits = graph_new(), *descent = graph_new();
	struct vec_id ids = { 0 };
	struct buf text = { 0 };

	for (size_t i = 0; i < tasks->n; i++) {
		const struct task *t = &tasks->v[i];
		int64_t parent = task_int(t, F_PARENT_ID, 0);

		ids.n = 0;
		task_ids(t, F_DEPENDS_ON, &ids);
		if (t->status == ST_BLOCKED)
			task_ids(t, F_CHILDREN, &ids);
		for (size_t k = 0; k < ids.n; k++)
			graph_edge(waits, t->id, ids.v[k]);
		if (parent != 0)
			graph_edge(descent, t->id, parent);
	}
	ids.n = 0;
	if (graph_cycle(waits, &ids) == 1) {
		graph_path_text(&ids, &text);
		finding(f, "cycle", tasks_find(tasks, ids.v[0]), "it waits for itself: %s",
		    buf_str(&text));
	}
	ids.n = 0;
	buf_cut(&text, 0);
	if (graph_cycle(descent, &ids) == 1) {
		graph_path_text(&ids, &text);
		finding(f, "cycle", tasks_find(tasks, ids.v[0]), "it is its own ancestor: %s",
		    buf_str(&text));
	}
	graph_free(waits);
	graph_free(descent);
	vec_id_release(&ids);
	buf_release(&text);
}

/* ---- attempts ---- */

/* The picture and the locks are not of one instant: what they disagree about is
 * looked at once more, in a reading made after the lock was. */
struct again {
	const struct project *p;
	struct tasks tasks;
	bool loaded;
};

static int
is_so(struct again *again, int64_t id, bool in_progress, bool held, struct err *e)
{
	const struct task *now;
	struct err unknown = { 0 };

	if (again->loaded)
		tasks_release(&again->tasks);
	again->loaded = false;
	if (store_read(again->p, &again->tasks, e) == -1)
		return -1;
	again->loaded = true;
	now = tasks_find(&again->tasks, id);
	return (now != NULL && now->status == ST_IN_PROGRESS) == in_progress &&
	    probe_attempt(again->p, id, &unknown) == (held ? 1 : 0);
}

static int
check_task_attempt(struct findings *f, struct again *again, const struct task *t, struct err *e)
{
	struct err unknown = { 0 };
	int live = probe_attempt(again->p, t->id, &unknown), r = 0;
	long long number = task_int(t, F_ATTEMPTS, 0);

	if (live == -1) {
		finding(f, "attempt", t, "whether an attempt lives cannot be told: %s", unknown.msg);
	} else if (t->status == ST_IN_PROGRESS && live == 0) {
		if ((r = is_so(again, t->id, true, false, e)) == 1)
			finding(f, "attempt", t, "attempt %lld is in progress, but no process holds "
			    "it: the next orch-run settles it", number);
	} else if (t->status != ST_IN_PROGRESS && live == 1) {
		if ((r = is_so(again, t->id, false, true, e)) == 1)
			finding(f, "attempt", t, "it is %s, but a process still holds an attempt of it",
			    state_name(t->status));
	}
	return r == -1 ? -1 : 0;
}

/* Run folders whose task is in no file any more. */
static int
check_run_folders(struct findings *f, const struct project *p, const struct tasks *tasks,
    struct err *e)
{
	char *path = path_join(p->orch, "runs");
	struct dirent *entry;
	DIR *dir = opendir(path);
	int64_t id;
	int r = 0;

	if (dir == NULL && errno != ENOENT)
		r = err_sys(e, "cannot read '%s'", path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char *place;

		/* An id that was not given out when we read the file is a newer task's. */
		if (num_id(entry->d_name, &id) == -1 || tasks_find(tasks, id) != NULL ||
		    id >= tasks->next_id)
			continue;
		place = xasprintf(".orch/runs/%lld", (long long)id);
		fsck_add(f, "leftover", id, place,
		    "there is no task %lld any more: the folder can be removed", (long long)id);
		free(place);
	}
	if (dir != NULL)
		closedir(dir);
	free(path);
	return r;
}

/* ---- the clock ---- */

static void
check_clock(struct findings *f, const struct tasks *tasks)
{
	int64_t now = clock_now(), newest = 0, at;
	const struct task *who = NULL;
	char when[CLOCK_MAX];

	for (size_t i = 0; i < tasks->n; i++) {
		const struct task *t = &tasks->v[i];

		at = task_time(t, F_UPDATED_AT, task_time(t, F_CREATED_AT, 0));
		if (at > newest) {
			newest = at;
			who = t;
		}
		at = task_time(t, F_RETRY_AT, 0);
		if (t->status == ST_ROUTED && at > now + READY_RETRY_AHEAD_MAX)
			finding(f, "clock", t, "retry_at %s was written by a wrong clock: it counts as "
			    "passed", task_text(t, F_RETRY_AT));
	}
	if (newest <= now + CLOCK_SLACK_S)
		return;
	clock_format(now, when);
	finding(f, "clock", who, "it was changed at %s, and the clock says %s",
	    task_text(who, task_text(who, F_UPDATED_AT) ? F_UPDATED_AT : F_CREATED_AT), when);
}

int
fsck_tasks(struct findings *f, const struct project *p, const struct tasks *tasks, struct err *e)
{
	struct again again = { .p = p };
	int r = 0;

	for (size_t i = 0; i < tasks->n; i++) {
		check_id(f, p, &tasks->v[i]);
		check_links(f, tasks, &tasks->v[i]);
	}
	check_cycle(f, tasks);
	for (size_t i = 0; i < tasks->n && r == 0; i++)
		r = check_task_attempt(f, &again, &tasks->v[i], e);
	if (r == 0)
		r = check_run_folders(f, p, tasks, e);
	check_clock(f, tasks);
	if (again.loaded)
		tasks_release(&again.tasks);
	return r;
}
