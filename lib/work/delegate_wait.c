/*
 * delegate_wait.c - a barrier for scripts that costs nothing while it waits
 *
 * Every commit exchanges the task file, which the folder tells (watch.h); a file that is
 * the one that was read last is not read again.  Nobody is asked and nothing is changed.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/err.h"
#include "sys/fs.h"
#include "sys/path.h"
#include "sys/watch.h"
#include "task/archive.h"
#include "task/circle.h"
#include "task/project.h"
#include "task/store.h"
#include "work/delegate.h"
#include "work/delegate_family.h"

struct waiting {
	const struct project *p;
	const struct vec_id *ids;
	bool any;
	struct vec_id *done;
	size_t open;		/* how many have not ended */
	struct stat seen;	/* the file that was read last */
};

/* Is what is waited for never going to be?  For one that waits for itself, or for all of
 * those that are left. */
static int
check_circles(const struct waiting *w, const struct tasks *tasks, struct err *e)
{
	struct circles c;
	size_t n = 0;
	int64_t first = 0;
	int r = 0;

	circles_find(&c, tasks);
	for (size_t i = 0; i < w->ids->n; i++)
		if (circles_have(&c, w->ids->v[i]) && n++ == 0)
			first = w->ids->v[i];
	if (n > 0 && (!w->any || (w->done->n == 0 && n == w->open)))
		r = circles_refuse(&c, first, e);
	circles_release(&c);
	return r;
}

/* A task that is nowhere any more does not end. */
static int
look(struct waiting *w, struct err *e)
{
	struct tasks tasks = { 0 };
	struct family family = { .tasks = &tasks };
	int r;

	w->done->n = 0;
	w->open = 0;
	if (store_read(w->p, &tasks, e) == -1)
		return -1;
	family.archive = archive_lookup_new(w->p);
	for (size_t i = 0; i < w->ids->n; i++) {
		const struct task *t = family_find(&family, w->ids->v[i]);

		if (t != NULL && t->status == ST_DONE)
			vec_id_push(w->done, t->id);
		else if (t != NULL && !state_ended(t->status))
			w->open++;
	}
	if ((r = archive_failed(family.archive, e)) == 0 && w->open > 0)
		r = check_circles(w, &tasks, e);
	archive_lookup_free(family.archive);
	tasks_release(&tasks);
	return r;
}

static bool
is_over(const struct waiting *w)
{
	return w->open == 0 || (w->any && w->done->n > 0);
}

/* The folder of the real file, which others may lead to by a link. */
static int
open_folder(const struct project *p, char **name, struct err *e)
{
	char *real = realpath(p->tasks, NULL), *dir = path_dir(real ? real : p->tasks);
	int fd = fs_openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*name = xstrdup(path_base(real ? real : p->tasks));
	if (fd == -1)
		err_sys(e, "cannot open '%s'", dir);
	free(real);
	free(dir);
	return fd;
}

static bool
is_seen(struct waiting *w, int dir, const char *name)
{
	struct stat st = { 0 };
	bool same;

	if (fstatat(dir, name, &st, 0) == -1)
		st = (struct stat){ 0 };
	same = st.st_ino == w->seen.st_ino && st.st_size == w->seen.st_size &&
	    st.st_mtim.tv_sec == w->seen.st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == w->seen.st_mtim.tv_nsec;
	w->seen = st;
	return same;
}

/* 0: the file is another one, 1: the time is up. */
static int
sleep_until_changed(struct waiting *w, struct watch *watch, int dir, const char *name,
    int64_t deadline, struct err *e)
{
	int r;

	while (is_seen(w, dir, name)) {
		int64_t left = deadline == 0 ? -1 : deadline - clock_mono();

		if (deadline != 0 && left <= 0)
			return 1;
		r = watch_wait(watch, left > INT_MAX ? INT_MAX : (int)left, e);
		if (r == -1)
			return -1;
	}
	return 0;
}

int
delegate_wait(const struct project *p, const struct vec_id *ids, bool any, int64_t timeout_ms,
    struct vec_id *done, struct err *e)
{
	struct waiting w = { .p = p, .ids = ids, .any = any, .done = done };
	struct watch watch = { .fd = -1 };
	int64_t deadline = timeout_ms > 0 ? clock_mono() + timeout_ms : 0;
	char *name = NULL;
	int dir, r = -1;

	if ((dir = open_folder(p, &name, e)) == -1 || watch_open(&watch, e) == -1 ||
	    watch_add(&watch, dir, ".", e) == -1)
		goto done;
	/* Watched before it is looked at, so that nothing falls between. */
	is_seen(&w, dir, name);
	while ((r = look(&w, e)) == 0 && !is_over(&w))
		if ((r = sleep_until_changed(&w, &watch, dir, name, deadline, e)) != 0)
			break;
	if (r == 1)
		r = err_set(e, ERR_TIMEOUT, "%zu of %zu tasks have not ended", w.open, ids->n);
	else if (r == 0)
		r = any ? done->n == 0 : done->n < ids->n;
done:
	watch_close(&watch);
	if (dir != -1)
		close(dir);
	free(name);
	return r;
}
