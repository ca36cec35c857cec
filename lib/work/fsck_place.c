/*
 * fsck_place - what lies in .orch and around it: leftovers, modes, file system
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "sys/path.h"
#include "task/config.h"
#include "task/project.h"
#include "work/fsck.h"
#include "work/probe.h"

/* .orch, runs, runs/ID, runs/ID/N; what is below that is the agent's own. */
#define DEPTH_MAX 3

struct walk {
	struct findings *f;
	const struct project *p;
	int64_t task;		/* whose run folder this is, 0: none */
};

/* ---- leftovers ---- */

/* The names beside a file for the time of a change (fs.h). */
static bool
is_temporary(const char *name)
{
	return name[0] == '.' && (str_ends(name, ".orch-new") || str_ends(name, ".orch-mark") ||
	    str_ends(name, ".orch-old"));
}

/* Somebody may be at it: then it is no leftover.  Looked at again when nobody is. */
static void
check_leftover(const struct walk *w, int dirfd, const char *name, const char *path,
    const struct stat *seen)
{
	struct err unknown = { 0 };
	struct stat now;
	int busy = 0;

	if (w->task != 0)
		busy = probe_attempt(w->p, w->task, &unknown);
	else if (w->p->orch_fd != -1)
		busy = lock_probe(w->p->orch_fd, "lock", &unknown);
	if (busy == 0 && fstatat(dirfd, name, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
	    now.st_ino == seen->st_ino)
		fsck_add(w->f, "leftover", w->task, path, "a command was killed while it wrote: "
		    "the next one that writes there removes it");
}

/* ---- modes ---- */

static void
check_entry(const struct walk *w, const char *path, const struct stat *st)
{
	unsigned mode = st->st_mode & 07777;

	if (S_ISLNK(st->st_mode))
		fsck_add(w->f, "mode", w->task, path, "it is a symbolic link: remove it");
	else if (st->st_uid != geteuid())
		fsck_add(w->f, "mode", w->task, path, "it belongs to user %ju, not to us: chown it",
		    (uintmax_t)st->st_uid);
	else if (S_ISDIR(st->st_mode) && (mode & 077) != 0)
		fsck_add(w->f, "mode", w->task, path, "it is open to others (mode %04o): chmod 700 it",
		    mode);
	else if (!S_ISDIR(st->st_mode) && (mode & 022) != 0)
		fsck_add(w->f, "mode", w->task, path, "others can write it (mode %04o): chmod 600 it",
		    mode);
}

static int
walk_folder(struct walk *w, int dirfd, const char *path, int depth, struct err *e)
{
	struct dirent *entry;
	DIR *dir = fdopendir(dirfd);
	int r = 0;

	if (dir == NULL) {
		close(dirfd);
		return err_sys(e, "cannot read '%s'", path);
	}
	while (r == 0 && (entry = readdir(dir)) != NULL) {
		const char *name = entry->d_name;
		struct stat st;
		char *below;
		int fd;

		/* What has gone since it was listed is of no interest. */
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
		    fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			continue;
		if (depth == 1 && str_ends(path, "/runs") && num_id(name, &w->task) == -1)
			w->task = 0;
		below = xasprintf("%s/%s", path, name);
		check_entry(w, below, &st);
		if (is_temporary(name))
			check_leftover(w, dirfd, name, below, &st);
		if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX) {
			fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			if (fd != -1)
				r = walk_folder(w, fd, below, depth + 1, e);
			else if (errno != ENOENT)
				r = err_sys(e, "cannot open '%s'", below);
		}
		if (depth == 1)
			w->task = 0;
		free(below);
	}
	closedir(dir);
	return r;
}

static int
check_orch(struct walk *w, struct err *e)
{
	struct stat st;
	int fd;

	if (w->p->orch_fd == -1)
		return 0;
	fd = openat(w->p->orch_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1) {
		if (fd != -1)
			close(fd);
		return err_sys(e, "cannot open '%s'", w->p->orch);
	}
	check_entry(w, ".orch", &st);
	return walk_folder(w, fd, ".orch", 0, e);
}

/* Temporary files stand beside the task file, wherever a link leads. */
static int
check_beside(struct walk *w, struct err *e)
{
	char *real = realpath(w->p->tasks, NULL), *folder = path_dir(real ? real : w->p->tasks);
	struct dirent *entry;
	DIR *dir = opendir(folder);
	struct stat st;
	int r = dir == NULL ? err_sys(e, "cannot read '%s'", folder) : 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (is_temporary(entry->d_name) &&
		    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			check_leftover(w, dirfd(dir), entry->d_name, entry->d_name, &st);
	if (dir != NULL)
		closedir(dir);
	free(real);
	free(folder);
	return r;
}

/*
 * Whoever can write a folder above can put another .orch in our place.  A group that
 * is our own (each user has one) is no stranger; in a sticky folder nobody can rename
 * what is not his.
 */
static void
check_path(struct findings *f, const struct project *p)
{
	char *at = xstrdup(p->dir), *up;
	struct stat st;

	for (;;) {
		if (stat(at, &st) == 0) {
			unsigned mode = st.st_mode & 07777;

			if (st.st_uid != 0 && st.st_uid != geteuid())
				fsck_add(f, "mode", 0, at, "it belongs to user %ju, who can replace the "
				    "project", (uintmax_t)st.st_uid);
			else if ((mode & S_ISVTX) == 0 && ((mode & S_IWOTH) != 0 ||
			    ((mode & S_IWGRP) != 0 && st.st_gid != getegid())))
				fsck_add(f, "mode", 0, at, "others can write it (mode %04o), and so replace "
				    "the project: chmod go-w it", mode);
		}
		if (strcmp(at, "/") == 0)
			break;
		up = path_dir(at);
		free(at);
		at = up;
	}
	free(at);
}

/* ---- the file system ---- */

static int
check_fs(struct findings *f, const struct project *p, struct err *e)
{
	struct err unknown = { 0 };
	bool network;
	const char *kind;
	int fd = open(p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1)
		return err_sys(e, "cannot open '%s'", p->dir);
	kind = fs_kind(p->orch_fd != -1 ? p->orch_fd : fd, &network);
	if (network && !config_bool(&p->config, "allow_network_fs"))
		fsck_add(f, "fs", 0, p->orch, "it is on %s, where a lock may not exclude other "
		    "machines: move the project, or set allow_network_fs if only one uses it", kind);
	if (p->orch_fd != -1 && lock_probe(p->orch_fd, "lock", &unknown) == -1)
		fsck_add(f, "fs", 0, p->orch, "%s", unknown.msg);
	close(fd);
	return 0;
}

int
fsck_places(struct findings *f, const struct project *p, struct err *e)
{
	struct walk w = { .f = f, .p = p };
	struct err one = { 0 };
	int r = 0;

	if (check_beside(&w, e) == -1)
		r = -1;
	if (check_orch(&w, r == 0 ? e : &one) == -1)
		r = -1;
	check_path(f, p);
	if (check_fs(f, p, r == 0 ? e : &one) == -1)
		r = -1;
	return r;
}
