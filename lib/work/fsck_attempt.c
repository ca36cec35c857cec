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
check_task(struct findings *f, struct again *again, const struct task *t, struct err *e)
{
	struct err unknown = { 0 };
	int live = probe_attempt(again->p, t->id, &unknown), r = 0;
	long long number = task_int(t, F_ATTEMPTS, 0);

	if (live == -1) {
		fsck_add_task(f, "attempt", t->id, "whether an attempt lives cannot be told: %s",
		    unknown.msg);
	} else if (t->status == ST_IN_PROGRESS && live == 0) {
		if ((r = is_so(again, t->id, true, false, e)) == 1)
			fsck_add_task(f, "attempt", t->id, "attempt %lld is in progress, but no process "
			    "holds it: the next orch-run settles it", number);
	} else if (t->status != ST_IN_PROGRESS && live == 1) {
		if ((r = is_so(again, t->id, false, true, e)) == 1)
			fsck_add_task(f, "attempt", t->id, "it is %s, but a process still holds an attempt "
			    "of it", state_name(t->status));
	}
	return r == -1 ? -1 : 0;
}

/* Run folders whose task is in no file any more; orch-gc removes them. */
static int
check_run_folders(struct findings *f, const struct project *p, const struct tasks *tasks,
    struct err *e)
{
	char *path = path_join(p->orch, "runs");
	struct dirent *entry;
	DIR *dir = opendir(path);
	int64_t id;
	int r = 0;

	if (dir == NULL && errno != ENOENT && errno != ENOTDIR)
		r = err_sys(e, "cannot read '%s'", path);
	while (dir != NULL && r == 0 && (entry = readdir(dir)) != NULL) {
		char *place;

		/* An id that was not given out when we read the file is a newer task's. */
		if (num_id(entry->d_name, &id) == -1 || tasks_find(tasks, id) != NULL ||
		    id >= tasks->next_id || fsck_archived(f, id))
			continue;
		place = xasprintf(".orch/runs/%lld", (long long)id);
		fsck_add(f, "orphan", id, place,
		    "there is no task %lld any more: the folder can be removed", (long long)id);
		free(place);
	}
	if (dir != NULL)
		closedir(dir);
	free(path);
	return r;
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
	struct again again = { .p = p };
	int r = 0;

	for (size_t i = 0; i < tasks->n && r == 0; i++)
		r = check_task(f, &again, &tasks->v[i], e);
	if (r == 0)
		r = check_run_folders(f, p, tasks, e);
	for (size_t i = 0; i < tasks->n; i++)
		check_worktree(f, p, &tasks->v[i]);
	if (again.loaded)
		tasks_release(&again.tasks);
	return r;
}
