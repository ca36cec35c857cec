/*
 * fsck_attempt - what the locks say about the tasks, and what attempts have left
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "base/vec.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "sys/path.h"
#include "task/project.h"
#include "task/store.h"
#include "task/task.h"
#include "work/fsck.h"
#include "work/probe.h"

#define GIT_LOCK_S   600	/* git holds index.lock for as long as it takes to write it */
#define GIT_LINK_MAX 4096

/* ---- what is in progress ---- */

/* What task and lock disagree about.  They are not of one instant, so it is looked at once
 * more, in a reading made after the lock was. */
struct doubt {
	int64_t task;
	bool in_progress, held;
};

struct doubts {
	struct doubt *v;
	size_t n, cap;
};

/* The numbers that run folders have, sorted. */
static int
list_runs(const struct project *p, struct vec_id *ids, struct err *e)
{
	char *path = path_join(p->orch, "runs");
	struct dirent *entry;
	DIR *dir = opendir(path);
	int64_t id;
	int r = 0;

	if (dir == NULL && errno != ENOENT && errno != ENOTDIR)
		r = err_sys(e, "cannot read '%s'", path);
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (num_id(entry->d_name, &id) == 0)
			vec_id_push(ids, id);
	if (dir != NULL)
		closedir(dir);
	free(path);
	vec_id_sort(ids);
	return r;
}

/* Without a folder there is no lock that anybody could hold. */
static void
doubt_task(struct findings *f, const struct project *p, const struct vec_id *runs,
    const struct task *t, struct doubts *doubts)
{
	bool in_progress = t->status == ST_IN_PROGRESS;
	struct err unknown = { 0 };
	int live = vec_id_has_sorted(runs, t->id) ? probe_attempt(p, t->id, &unknown) : 0;

	if (live == -1) {
		fsck_add_task(f, "attempt", t->id, "whether an attempt lives cannot be told: %s",
		    unknown.msg);
	} else if (in_progress != (live == 1)) {
		doubts->v = vec_room(doubts->v, &doubts->cap, doubts->n, sizeof *doubts->v);
		doubts->v[doubts->n++] = (struct doubt){ t->id, in_progress, live == 1 };
	}
}

static void
check_doubt(struct findings *f, const struct project *p, const struct tasks *now,
    const struct doubt *d)
{
	const struct task *t = tasks_find(now, d->task);
	struct err unknown = { 0 };

	if ((t != NULL && t->status == ST_IN_PROGRESS) != d->in_progress ||
	    probe_attempt(p, d->task, &unknown) != d->held)
		return;
	if (d->in_progress)
		fsck_add_task(f, "attempt", d->task, "attempt %lld is in progress, but no process "
		    "holds it: the next orch-run settles it", (long long)task_int(t, F_ATTEMPTS, 0));
	else
		fsck_add_task(f, "attempt", d->task, "it is %s, but a process still holds an attempt "
		    "of it", t ? state_name(t->status) : "gone");
}

static int
check_progress(struct findings *f, const struct project *p, const struct tasks *tasks,
    const struct vec_id *runs, struct err *e)
{
	struct doubts doubts = { 0 };
	const struct tasks *now = tasks;
	struct tasks own;

	for (size_t i = 0; i < tasks->n; i++)
		doubt_task(f, p, runs, &tasks->v[i], &doubts);
	if (doubts.n > 0)
		now = fsck_now(p, tasks, &own, e);
	for (size_t i = 0; now != NULL && i < doubts.n; i++)
		check_doubt(f, p, now, &doubts.v[i]);
	if (now == &own)
		tasks_release(&own);
	free(doubts.v);
	return now == NULL ? -1 : 0;
}

/* Run folders whose task is in no file any more; orch-gc removes them, but for those of an
 * attempt that goes on. */
static void
check_run_folders(struct findings *f, const struct project *p, const struct tasks *tasks,
    const struct vec_id *runs)
{
	for (size_t i = 0; i < runs->n; i++) {
		int64_t id = runs->v[i];
		struct err unknown = { 0 };
		char *place;
		int live;

		/* An id that was not given out when we read the file is a newer task's. */
		if (tasks_find(tasks, id) != NULL || id >= tasks->next_id || fsck_archived(f, id))
			continue;
		place = xasprintf(".orch/runs/%lld", (long long)id);
		if ((live = probe_attempt(p, id, &unknown)) == 0)
			fsck_add(f, "orphan", id, place,
			    "there is no task %lld any more: the folder can be removed", (long long)id);
		else if (live == 1)
			fsck_add(f, "attempt", id, place, "there is no task %lld any more, but a process "
			    "still holds an attempt of it: leave the folder until that has ended",
			    (long long)id);
		else
			fsck_add(f, "attempt", id, place, "there is no task %lld any more, and whether an "
			    "attempt of it lives cannot be told: %s", (long long)id, unknown.msg);
		free(place);
	}
}

/* ---- work trees ---- */

/* The folder in which git keeps the index of a linked work tree; NULL: it is none. */
static char *
index_folder(const char *worktree)
{
	static const char mark[] = "gitdir: /";
	char *path = path_join(worktree, ".git"), *folder = NULL;
	struct buf text = { 0 };
	struct err none = { 0 };

	if (fs_read(AT_FDCWD, path, GIT_LINK_MAX, &text, &none) == 0 &&
	    str_starts(buf_str(&text), mark) && strstr(text.data, "/.git/worktrees/") != NULL)
		folder = xstrndup(text.data + sizeof mark - 2,
		    strcspn(text.data + sizeof mark - 2, "\n"));
	buf_release(&text);
	free(path);
	return folder;
}

/* As long as we hold the run lock no attempt begins in that work tree. */
static bool
remove_index_lock(const struct project *p, int64_t id, const char *path)
{
	char *name = xasprintf("runs/%lld", (long long)id);
	struct lock run = { .fd = -1 };
	struct err busy = { 0 };
	int dir = fs_open_dir(p->orch_fd, name);
	bool done = dir != -1 && lock_try(&run, dir, "lock", &busy) == 0 && unlink(path) == 0;

	lock_release(&run);
	if (dir != -1)
		close(dir);
	free(name);
	return done;
}

/*
 * A git that was killed in the work tree leaves index.lock, and every later one
 * refuses to work there.  A person may be at work there too, but not for so long.
 */
static void
check_worktree(struct findings *f, const struct project *p, const struct task *t)
{
	const char *worktree = task_text(t, F_WORKTREE);
	char *folder = worktree && worktree[0] == '/' ? index_folder(worktree) : NULL;
	char *path = folder ? path_join(folder, "index.lock") : NULL;
	struct err unknown = { 0 };
	struct stat st;

	if (path != NULL && lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_mtim.tv_sec < clock_now() - GIT_LOCK_S && probe_attempt(p, t->id, &unknown) == 0) {
		fsck_add(f, "leftover", t->id, path, "a git that was killed in the work tree of task "
		    "%lld left it: remove it", (long long)t->id);
		if (fsck_may_fix(f) && p->orch_fd != -1 && remove_index_lock(p, t->id, path))
			fsck_fixed(f);
	}
	free(path);
	free(folder);
}

int
fsck_attempts(struct findings *f, const struct project *p, const struct tasks *tasks,
    struct err *e)
{
	struct vec_id runs = { 0 };
	int r = list_runs(p, &runs, e);

	if (r == 0 && (r = check_progress(f, p, tasks, &runs, e)) == 0)
		check_run_folders(f, p, tasks, &runs);
	for (size_t i = 0; i < tasks->n; i++)
		check_worktree(f, p, &tasks->v[i]);
	vec_id_release(&runs);
	return r;
}
