/*
 * land_verify - the checks of what is to land
 *
 * They run as those of an attempt do, in runs/ID/land.  The folder and the work tree are
 * made anew for each, so that nothing of an earlier landing is taken for this one's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/vec.h"
#include "net/git.h"
#include "sys/fs.h"
#include "sys/path.h"
#include "task/project.h"
#include "work/attempt_impl.h"
#include "work/land.h"
#include "work/place.h"

int
land_sweep(const struct land_site *s, struct err *e)
{
	if (git_work_unlock(s->git, s->tree, s->branch, e) == -1)
		return -1;
	return git_work_discard(s->git, s->tree, s->branch, e);
}

static int
make_folders(struct attempt *a, struct err *e)
{
	static const char *const names[] = { "out", "tmp" };
	char *name = xasprintf("runs/%lld", (long long)a->task);
	int fd = project_dir(a->project, name, e), r = -1;

	if (fd != -1 && fs_remove_tree(fd, "land", e) == 0 &&
	    (a->run_fd = fs_private_dir(fd, "land", e)) != -1)
		r = 0;
	for (size_t i = 0; r == 0 && i < sizeof names / sizeof *names; i++) {
		int made = fs_private_dir(a->run_fd, names[i], e);

		r = made == -1 ? -1 : close(made);
	}
	if (fd != -1)
		close(fd);
	free(name);
	return r;
}

int
land_verify(struct land *l, const struct landing *x, const struct task *t,
    const struct vec_str *commands, struct outcome *o, struct buf *output, struct err *e)
{
	const struct land_site *s = x->at;
	char dir[64], *base = NULL;
	/* The keeper holds both locks: until it has ended nobody else lands or runs this. */
	struct attempt a = { .project = l->p, .repo = s->repo, .task = x->task, .number = x->number, .run = x->run,
	    .slot = *s->held, .worker = { .fd = -1 }, .ports = { .fd = -1 }, .run_fd = -1,
	    .worktree = s->tree, .branch = x->branch, .stop_fd = l->stop_fd,
	    .sandbox = sandbox_of(l->p, s->repo, t, task_text(t, F_AGENT)) };
	struct err swept = { 0 };
	int r = -1;

	snprintf(dir, sizeof dir, "runs/%lld/land", (long long)x->task);
	a.run_dir = path_join(l->p->orch, dir);
	if (land_sweep(s, e) == 0 && place_lease(&a, e) == 0 && make_folders(&a, e) == 0 &&
	    git_work_add(s->git, s->tree, s->branch, x->id, &base, e) == 0)
		r = attempt_verify(&a, t, commands, o, output, e);
	if (land_sweep(s, &swept) == -1)
		log_write(&l->p->log, LOG_WARN, x->task, x->number, "%s", swept.msg);
	lock_release(&a.ports);
	if (a.run_fd != -1)
		close(a.run_fd);
	free(a.run_dir);
	free(base);
	return r;
}
