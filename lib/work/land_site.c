/*
 * land_site - the repositories that tasks land in, and their locks
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/vec.h"
#include "net/git.h"
#include "sys/path.h"
#include "task/config.h"
#include "task/project.h"
#include "task/repo.h"
#include "task/store.h"
#include "work/attempt.h"
#include "work/land.h"

#define LOCK_NAME "orch-land.lock"
#define LIST_LOCK "land.lock"

/* Only a branch can be landed on: a base that is a tag or of a remote is not guessed at. */
static int
find_target(const struct land *l, struct land_site *s, struct err *e)
{
	const char *base = config_text(s->repo->config, "base");
	char id[GIT_ID_MAX];
	int r;

	if (l->wish->onto != NULL)
		s->target = xstrdup(l->wish->onto);
	else
		s->target = base ? xstrdup(base) : git_head(s->git);
	if (s->target == NULL)
		return err_set(e, ERR_CONFIG, "HEAD is on no branch: say where to land with --onto");
	if ((r = git_tip(s->git, s->target, id, e)) != 2)
		return r;
	if (l->wish->onto != NULL)
		return err_set(e, ERR_USAGE, "--onto: there is no branch '%s'", s->target);
	return err_set(e, ERR_CONFIG, "'%s' is no local branch: say where to land with --onto",
	    s->target);
}

/* Of this list's own: what another one was killed in is in nobody's way. */
static int
find_tree(struct land_site *s, struct err *e)
{
	char *root = attempt_worktrees(s->repo, e), *branches = attempt_branches(s->repo);

	if (root != NULL)
		s->tree = path_join(root, "land");
	s->branch = xasprintf("%sland", branches);
	free(branches);
	free(root);
	return root != NULL ? 0 : -1;
}

static int
find_folder(struct land_site *s, struct err *e)
{
	struct stat st;

	if (stat(git_dir(s->git), &st) == -1)
		return err_sys(e, "cannot look at '%s'", git_dir(s->git));
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	return 0;
}

static int
open_site(const struct land *l, struct land_site *s, struct err *e)
{
	s->tasks = s->repo->name == NULL ? xstrdup(l->p->tasks) : path_join(s->repo->dir, "tasks.yml");
	if ((s->git = git_open(s->repo->dir, e)) == NULL || find_target(l, s, e) == -1 ||
	    find_folder(s, e) == -1)
		return -1;
	return l->wish->dry_run ? git_dry(s->git, e) : find_tree(s, e);
}

struct land_site *
land_site(const struct land *l, const struct repo *repo)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->sites[i]->repo == repo)
			return l->sites[i];
	return NULL;
}

static int
add_site(struct land *l, const struct repo *repo, struct err *e)
{
	struct land_site *s;

	if (land_site(l, repo) != NULL)
		return 0;
	s = xcalloc(1, sizeof *s);
	s->repo = repo;
	s->lock.fd = -1;
	l->sites = vec_room(l->sites, &l->cap, l->n, sizeof *l->sites);
	l->sites[l->n++] = s;
	if (open_site(l, s, &s->bad) == -1 && repo->name == NULL) {
		*e = s->bad;
		return -1;
	}
	return 0;
}

/* The killed one must be brought to its end before another one begins. */
static int
add_left(struct land *l, struct err *e)
{
	const struct repo *repo;
	char *project = NULL;
	int r = l->wish->dry_run ? 1 : land_left(l, &project, e);

	if (r == 0 && ((repo = repo_find(l->p, project, e)) == NULL || add_site(l, repo, e) == -1))
		r = err_prefix(e, "a landing that was killed cannot be brought to its end");
	free(project);
	return r == -1 ? -1 : 0;
}

int
land_sites(struct land *l, struct err *e)
{
	struct tasks tasks = { 0 };
	int r = store_read(l->p, &tasks, e);

	for (size_t i = 0; r == 0 && i < l->wish->ids->n; i++) {
		const struct task *t = tasks_find(&tasks, l->wish->ids->v[i]);
		struct err unknown = { 0 };
		const struct repo *repo = t != NULL ? repo_of(l->p, t, &unknown) : NULL;

		if (repo != NULL)
			r = add_site(l, repo, e);
	}
	tasks_release(&tasks);
	return r == -1 ? -1 : add_left(l, e);
}

static int
by_folder(const void *a, const void *b)
{
	const struct land_site *x = *(struct land_site *const *)a, *y = *(struct land_site *const *)b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return (x->ino > y->ino) - (x->ino < y->ino);
}

/* Closes the folder. */
static int
take(struct lock *lock, int dir, const char *name, struct err *e)
{
	int r = lock_try(lock, dir, name, e);

	if (r == 1)
		r = lock_busy(dir, name, e);
	close(dir);
	return r;
}

int
land_lock_list(struct land *l, struct err *e)
{
	int dir = project_dir(l->p, "state", e);

	return dir == -1 ? -1 : take(&l->list, dir, LIST_LOCK, e);
}

static int
take_site(const struct land *l, struct land_site *s, struct err *e)
{
	int dir = open(git_dir(s->git), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir == -1)
		return err_sys(e, "cannot open '%s'", git_dir(s->git));
	s->held = &s->lock;
	return take(&s->lock, dir, LOCK_NAME, e) == -1 ? -1 :
	    lock_write_holder(&s->lock, l->wish->command, e);
}

int
land_lock(struct land *l, struct err *e)
{
	const struct land_site *before = NULL;

	if (l->n > 1)
		qsort(l->sites, l->n, sizeof *l->sites, by_folder);
	for (size_t i = 0; i < l->n; i++) {
		struct land_site *s = l->sites[i];

		if (s->bad.code != ERR_NONE)
			continue;
		if (before != NULL && before->dev == s->dev && before->ino == s->ino)
			s->held = before->held;
		else if (take_site(l, s, e) == -1)
			return -1;
		before = s;
	}
	return 0;
}

void
land_leave(struct land *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct land_site *s = l->sites[i];

		lock_release(&s->lock);
		git_close(s->git);
		free(s->tasks);
		free(s->target);
		free(s->tree);
		free(s->branch);
		free(s);
	}
	free(l->sites);
	lock_release(&l->list);
}
