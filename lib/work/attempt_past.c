/*
 * attempt_past.c - what an attempt that was killed left behind
 *
 * Whoever holds the run lock of its task comes here before anything of it is judged
 * or used again: no process of it may live on, nothing half-written stays, and what
 * cannot have been written by a keeper is put aside, so that it decides nothing and
 * can still be looked at.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "net/git.h"
#include "sys/fs.h"
#include "sys/proc.h"
#include "task/project.h"
#include "task/repo.h"
#include "work/attempt_impl.h"

#define KILL_MS 10000

/* The folder, to be read. */
static DIR *
open_again(int run_fd, struct err *e)
{
	int fd = fs_openat(run_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);

	if (dir == NULL)
		err_sys(e, "cannot read the folder of an attempt");
	return dir;
}

static void
tell_survivors(const struct attempt *a)
{
	log_write(&a->project->log, LOG_WARN, a->task, a->number,
	    "processes of it were left and have been killed");
}

/* One container: 1 something lived in it, 0 nothing did. */
static int
end_container(const struct attempt *a, const char *file, struct err *e)
{
	char *name = xstrndup(file, strlen(file) - strlen(KEEPER_TRACE));
	int r = keeper_end(a->run_fd, name, clock_mono() + KILL_MS, e);

	/* One that no keeper wrote names no container. */
	if (r == -1 && e->code == ERR_INVALID)
		r = attempt_put_aside(a, file, e) == -1 ? -1 : 0;
	else if (r == -1)
		err_prefix(e, "'%s/%s'", a->run_dir, file);
	free(name);
	return r;
}

/* The containers of the agent and of its checks, whose keepers are gone or must go. */
static int
end_containers(const struct attempt *a, struct err *e)
{
	DIR *dir = open_again(a->run_fd, e);
	struct dirent *d;
	int r = 0, some = 0;

	if (dir == NULL)
		return -1;
	while (r != -1 && (d = readdir(dir)) != NULL)
		if (*d->d_name != '.' && str_ends(d->d_name, KEEPER_TRACE)) {
			r = end_container(a, d->d_name, e);
			some |= r == 1;
		}
	closedir(dir);
	if (some)
		tell_survivors(a);
	return r == -1 ? -1 : 0;
}

/* Should keeper and worker have been killed, nobody has swept. */
static int
kill_survivors(const struct attempt *a, struct err *e)
{
	char number[64], *project = xasprintf("ORCH_PROJECT=%s", a->project->dir);
	char *marks[] = { number, project, NULL };
	int r;

	snprintf(number, sizeof number, "ORCH_ATTEMPT=%lld/%d", (long long)a->task, a->number);
	r = proc_kill_marked(marks, clock_mono() + KILL_MS, e);
	if (r == 1)
		tell_survivors(a);
	free(project);
	return r == -1 ? -1 : 0;
}

/* The temporary files of fs_replace(). */
static int
remove_halves(const struct attempt *a, struct err *e)
{
	DIR *dir = open_again(a->run_fd, e);
	struct dirent *d;
	int r = 0;

	if (dir == NULL)
		return -1;
	while (r == 0 && (d = readdir(dir)) != NULL)
		if (*d->d_name == '.' && str_ends(d->d_name, ".orch-new"))
			r = fs_remove_tree(a->run_fd, d->d_name, e);
	closedir(dir);
	return r;
}

int
attempt_stop(int run_fd, bool kill, struct err *e)
{
	DIR *dir = open_again(run_fd, e);
	struct dirent *d;
	int r = 0;

	if (dir == NULL)
		return -1;
	while (r != -1 && (d = readdir(dir)) != NULL)
		if (*d->d_name != '.' && str_ends(d->d_name, KEEPER_TRACE)) {
			char *name = xstrndup(d->d_name, strlen(d->d_name) - strlen(KEEPER_TRACE));

			r = kill ? keeper_end(run_fd, name, clock_mono() + KILL_MS, e) :
			    keeper_ask(run_fd, name, e);
			free(name);
		}
	closedir(dir);
	return r == -1 ? -1 : 0;
}

int
attempt_clear(const struct attempt *a, struct err *e)
{
	return end_containers(a, e) == -1 || kill_survivors(a, e) == -1 || remove_halves(a, e) == -1 ? -1 : 0;
}

int
attempt_unlock(const struct attempt *a, struct err *e)
{
	struct git *git = git_open(a->repo->dir, e);
	int r = git == NULL ? -1 : git_work_unlock(git, a->worktree, a->branch, e);

	git_close(git);
	if (r == 1)
		log_write(&a->project->log, LOG_WARN, a->task, a->number,
		    "a lock that a killed git had left in '%s' is removed", a->worktree);
	return r == -1 ? -1 : 0;
}

int
attempt_intact(const struct attempt *a, struct err *e)
{
	struct git *git;
	int r;

	if (a->worktree == NULL)
		return 0;
	r = (git = git_open(a->repo->dir, e)) == NULL ? -1 : git_work_intact(git, a->worktree, e);
	git_close(git);
	return r;
}

int
attempt_put_aside(const struct attempt *a, const char *name, struct err *e)
{
	char *aside = xasprintf("%s.damaged", name), why[sizeof e->msg];
	int r;

	if (e->code != ERR_INVALID) {
		free(aside);
		return -1;
	}
	snprintf(why, sizeof why, "%s", e->msg);
	*e = (struct err){ 0 };
	r = fs_remove_tree(a->run_fd, aside, e) == -1 ? -1 : fs_rename(a->run_fd, name, aside, e);
	if (r == 0)
		log_write(&a->project->log, LOG_WARN, a->task, a->number,
		    "%s cannot be used and is kept as '%s': %s", name, aside, why);
	free(aside);
	return r == 0 ? 1 : -1;
}
