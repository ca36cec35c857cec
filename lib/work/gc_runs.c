/*
 * gc_runs - the run folders of finished tasks, by age and by size
 *
 * Which may go is decided twice: first from what can be read without a lock, where sizes
 * are counted, then under the state lock and the task's run lock, where the task is
 * looked at again.  There the folder only gets another name, under which nobody looks
 * for it; its files are removed when the locks are free.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "base/vec.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "task/archive.h"
#include "task/config.h"
#include "task/project.h"
#include "task/store.h"
#include "work/gc.h"
#include "work/probe.h"

#define GONE ".orch-gone"	/* ".17.orch-gone" is what a killed one left */

struct folder {
	int64_t id;
	int64_t since;		/* when its task came to an end */
	int64_t bytes;
	bool ended;
	bool goes;
};

struct runs {
	struct gc *gc;
	int fd;			/* of the folder */
	struct folder *v;
	size_t n, cap;
	int64_t bytes;		/* of all */
};

static char *
shown(int64_t id)
{
	return xasprintf(".orch/runs/%lld", (long long)id);
}

/* ---- which there are ---- */

/* What it takes on the disk; what cannot be looked at counts as nothing. */
static int64_t
size_of(const struct project *p, int64_t id)
{
	char *path = xasprintf("%s/runs/%lld", p->orch, (long long)id);
	char *const paths[] = { path, NULL };
	FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	int64_t bytes = 0;
	FTSENT *f;

	while (walk != NULL && (f = fts_read(walk)) != NULL)
		if (f->fts_info != FTS_DP && f->fts_info != FTS_NS && f->fts_info != FTS_ERR &&
		    f->fts_info != FTS_DNR && f->fts_statp != NULL)
			bytes += (int64_t)f->fts_statp->st_blocks * 512;
	if (walk != NULL)
		fts_close(walk);
	free(path);
	return bytes;
}

/*
 * Has the task of the folder ended, and when?  A task that is in no file any more was
 * removed by a person: then the folder's own time counts.  An id that was not given out
 * when the file was read is a newer task's.
 */
static bool
ended(const struct runs *r, const struct tasks *tasks, struct archive_lookup *archive, int64_t id,
    int64_t *since)
{
	const struct task *t = tasks_find(tasks, id);
	struct stat st;
	char name[32];

	*since = r->gc->now;
	if (t != NULL && t->status != ST_DONE && t->status != ST_CANCELLED && t->status != ST_SKIPPED)
		return false;
	if (t == NULL && (t = archive_ask(archive, id)) == NULL) {
		snprintf(name, sizeof name, "%lld", (long long)id);
		if (id < tasks->next_id && fstatat(r->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			*since = st.st_mtime;
		return id < tasks->next_id;
	}
	*since = gc_since(r->gc, t);
	return true;
}

static void
add(struct runs *r, const struct tasks *tasks, struct archive_lookup *archive, int64_t id)
{
	struct folder f = { .id = id };

	f.ended = ended(r, tasks, archive, id, &f.since);
	f.bytes = size_of(r->gc->p, id);
	r->bytes += f.bytes;
	r->v = vec_room(r->v, &r->cap, r->n, sizeof *r->v);
	r->v[r->n++] = f;
}

/* All of them; what a killed one left under another name goes at once. */
static int
look(struct runs *r, const struct tasks *tasks, struct archive_lookup *archive, struct err *e)
{
	int fd = fs_openat(r->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int64_t id;

	if (dir == NULL) {
		err_sys(e, "cannot read '%s/runs'", r->gc->p->orch);
		if (fd != -1)
			close(fd);
		return -1;
	}
	while ((entry = readdir(dir)) != NULL) {
		struct err one = { 0 };

		if (num_id(entry->d_name, &id) == 0)
			add(r, tasks, archive, id);
		else if (entry->d_name[0] == '.' && str_ends(entry->d_name, GONE) &&
		    !r->gc->wish->dry_run && fs_remove_tree(r->fd, entry->d_name, &one) == -1)
			gc_failed(r->gc, "run", xstrdup(entry->d_name), 0, &one);
	}
	closedir(dir);
	return archive_failed(archive, e);
}

static int
oldest_first(const void *a, const void *b)
{
	const struct folder *x = a, *y = b;

	if (x->since != y->since)
		return x->since < y->since ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static void
choose(struct runs *r)
{
	const struct gc *gc = r->gc;
	int64_t older = gc_age(gc, "gc.runs_after");
	int64_t most = config_int(&gc->p->config, "gc.runs_max_bytes"), left = r->bytes;

	if (r->n > 0)
		qsort(r->v, r->n, sizeof *r->v, oldest_first);
	for (size_t i = 0; i < r->n; i++)
		if (r->v[i].ended && gc->now - r->v[i].since >= older) {
			r->v[i].goes = true;
			left -= r->v[i].bytes;
		}
	for (size_t i = 0; i < r->n && left > most; i++)
		if (r->v[i].ended && !r->v[i].goes) {
			r->v[i].goes = true;
			left -= r->v[i].bytes;
		}
}

/* ---- their end ---- */

/* Another name, under its run lock.  0, 1: it is held, -1 */
static int
set_aside(const struct runs *r, int64_t id, struct err *e)
{
	struct lock lock = { .fd = -1 };
	char name[32], gone[48];
	int fd, held;

	snprintf(name, sizeof name, "%lld", (long long)id);
	snprintf(gone, sizeof gone, ".%lld" GONE, (long long)id);
	fd = fs_open_dir(r->fd, name);
	if (fd == -1)
		return err_sys(e, "cannot open '%s/runs/%s'", r->gc->p->orch, name);
	if ((held = lock_try(&lock, fd, "lock", e)) == 0)
		held = fs_rename(r->fd, name, gone, e);
	lock_release(&lock);
	close(fd);
	return held;
}

static void
set_all_aside(struct runs *r, const struct tasks *tasks, struct archive_lookup *archive)
{
	for (size_t i = 0; i < r->n; i++) {
		struct folder *f = &r->v[i];
		struct err one = { 0 };
		int64_t since;
		int held;

		if (!f->goes)
			continue;
		f->goes = false;
		if (!ended(r, tasks, archive, f->id, &since))
			continue;
		if ((held = set_aside(r, f->id, &one)) == -1)
			gc_failed(r->gc, "run", shown(f->id), f->id, &one);
		else if (held == 1)
			gc_kept(r->gc, "run", shown(f->id), f->id, f->bytes, "an attempt holds it");
		else
			f->goes = true;
	}
}

static void
remove_all(struct runs *r)
{
	char gone[48];

	for (size_t i = 0; i < r->n; i++) {
		const struct folder *f = &r->v[i];
		struct err one = { 0 };

		if (!f->goes)
			continue;
		snprintf(gone, sizeof gone, ".%lld" GONE, (long long)f->id);
		if (fs_remove_tree(r->fd, gone, &one) == -1)
			gc_failed(r->gc, "run", shown(f->id), f->id, &one);
		else
			gc_gone(r->gc, "run", shown(f->id), f->id, f->bytes);
	}
}

/* The locks, the second look, the other names. */
static int
begin(struct runs *r, struct err *e)
{
	const struct project *p = r->gc->p;
	struct archive_lookup *archive = archive_lookup_new(p);
	struct lock lock = { .fd = -1 };
	struct tasks tasks;
	int done = -1;

	if (lock_take(&lock, p->orch_fd, LOCK_WAIT_MS, r->gc->wish->command, e) == 0 &&
	    store_read(p, &tasks, e) == 0) {
		set_all_aside(r, &tasks, archive);
		tasks_release(&tasks);
		done = 0;
	}
	lock_release(&lock);
	archive_lookup_free(archive);
	return done;
}

/* What would be done. */
static void
foretell(struct runs *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct folder *f = &r->v[i];
		struct err unknown = { 0 };

		if (f->goes && probe_attempt(r->gc->p, f->id, &unknown) != 0)
			gc_kept(r->gc, "run", shown(f->id), f->id, f->bytes, "an attempt holds it");
		else if (f->goes)
			gc_gone(r->gc, "run", shown(f->id), f->id, f->bytes);
	}
}

int
gc_runs(struct gc *gc, struct err *e)
{
	const struct project *p = gc->p;
	struct runs r = { .gc = gc, .fd = -1 };
	struct archive_lookup *archive = archive_lookup_new(p);
	struct tasks tasks = { 0 };
	bool any = false;
	int done = -1;

	if (p->orch_fd != -1)
		r.fd = fs_open_dir(p->orch_fd, "runs");
	if (r.fd == -1) {
		done = p->orch_fd == -1 || errno == ENOENT ? 0 : err_sys(e, "cannot open '%s/runs'", p->orch);
		goto done;
	}
	if (store_read(p, &tasks, e) == -1 || look(&r, &tasks, archive, e) == -1)
		goto done;
	choose(&r);
	for (size_t i = 0; i < r.n; i++)
		any = any || r.v[i].goes;
	if (gc->wish->dry_run) {
		foretell(&r);
	} else if (any) {
		if (begin(&r, e) == -1)
			goto done;
		remove_all(&r);
	}
	done = 0;
done:
	if (r.fd != -1)
		close(r.fd);
	tasks_release(&tasks);
	archive_lookup_free(archive);
	free(r.v);
	return done;
}
