/*
 * fsck_beside - what a killed command left beside the task file
 *
 * Such a leftover may be what a person had saved in that very instant, and tells
 * whether the commit happened: so it is the store that deals with it, as the first
 * thing that any change does.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "sys/path.h"
#include "task/project.h"
#include "task/store.h"
#include "work/fsck.h"
#include "work/fsck_mend.h"
#include "work/fsck_place.h"

bool
fsck_is_temporary(const char *name)
{
	return name[0] == '.' && (str_ends(name, ".orch-new") || str_ends(name, ".orch-mark") ||
	    str_ends(name, ".orch-old"));
}

/* Beside our task file, or a file that we write by rename.  What stands beside another
 * task file is under the lock of that one, and its own check asks for it. */
static bool
is_ours(const char *name, const char *tasks)
{
	const char *const files[] = { tasks, "jobs.yml", "orch.yml" };

	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (str_starts(name + 1, files[i]) &&
		    str_starts(name + 1 + strlen(files[i]), ".orch-"))
			return true;
	return false;
}

/*
 * The store has had its turn.  Where nothing came out of an exchange, what is left is
 * a mark, or was staged and not used: worthless.
 */
static void
sweep(const struct project *p, int dirfd, const struct vec_str *names)
{
	struct lock lock = { .fd = -1 };
	struct fs_file file = { .dirfd = -1 };
	struct buf left = { 0 };
	struct err busy = { 0 };

	if (lock_take(&lock, p->orch_fd, LOCK_WAIT_MS, "orch-fsck", &busy) == 0 &&
	    fs_open(&file, p->tasks, &busy) == 0 && fs_leftover(&file, &left, &busy) == 0)
		for (size_t i = 0; i < names->n; i++)
			unlinkat(dirfd, names->v[i], 0);
	buf_release(&left);
	fs_close(&file);
	lock_release(&lock);
}

/* No command made a folder of that name; one with something in it is somebody's. */
static void
remove_folders(const struct project *p, int dirfd, const struct vec_str *names)
{
	struct lock lock = { .fd = -1 };
	struct err busy = { 0 };

	if (lock_take(&lock, p->orch_fd, LOCK_WAIT_MS, "orch-fsck", &busy) == 0)
		for (size_t i = 0; i < names->n; i++)
			unlinkat(dirfd, names->v[i], AT_REMOVEDIR);
	lock_release(&lock);
}

/* Marks those that are gone; the findings about them are the newest, in order. */
static void
mend(struct findings *f, struct project *p, int dirfd, const struct vec_str *names)
{
	struct err refused = { 0 };
	struct stat st;

	remove_folders(p, dirfd, names);
	/* It settles before it reads, so that a file with a fault does not matter. */
	(void)fsck_settle(p, &refused);
	sweep(p, dirfd, names);
	for (size_t i = 0; i < names->n; i++)
		if (fstatat(dirfd, names->v[i], &st, AT_SYMLINK_NOFOLLOW) == -1)
			f->v[f->n - names->n + i].fixed = true;
}

/* The names, sorted, and which files they are. */
static void
list(DIR *dir, const char *tasks, struct vec_str *names, struct vec_id *inodes)
{
	struct dirent *entry;
	struct stat st;

	while ((entry = readdir(dir)) != NULL)
		if (fsck_is_temporary(entry->d_name) && is_ours(entry->d_name, tasks))
			vec_str_push(names, entry->d_name);
	vec_str_sort(names);
	for (size_t i = 0; i < names->n; i++)
		vec_id_push(inodes, fstatat(dirfd(dir), names->v[i], &st, AT_SYMLINK_NOFOLLOW) == 0 ?
		    (int64_t)st.st_ino : 0);
}

/* Temporary files stand beside the task file, wherever a link leads. */
int
fsck_beside(struct findings *f, struct project *p, struct err *e)
{
	char *real = realpath(p->tasks, NULL);
	const char *tasks = real ? real : p->tasks;
	char *folder = path_dir(tasks);
	struct vec_str names = { 0 }, left = { 0 };
	struct vec_id inodes = { 0 };
	struct err unknown = { 0 };
	DIR *dir = opendir(folder);
	struct stat st;
	int r = 0;

	if (dir == NULL) {
		r = err_sys(e, "cannot read '%s'", folder);
		goto done;
	}
	list(dir, path_base(tasks), &names, &inodes);
	/* What was somebody's is gone when nobody has the lock any more; only what is the
	 * same file then is a leftover. */
	if (p->orch_fd == -1 || lock_probe(p->orch_fd, "lock", &unknown) != 0)
		goto done;
	for (size_t i = 0; i < names.n; i++) {
		if (fstatat(dirfd(dir), names.v[i], &st, AT_SYMLINK_NOFOLLOW) == -1 ||
		    (int64_t)st.st_ino != inodes.v[i])
			continue;
		vec_str_push(&left, names.v[i]);
		fsck_add(f, "leftover", 0, names.v[i], "%s",
		    S_ISDIR(st.st_mode) ? FSCK_IN_THE_WAY : FSCK_LEFTOVER);
		fsck_may_fix(f);
	}
	if (f->fix && left.n > 0)
		mend(f, p, dirfd(dir), &left);
done:
	if (dir != NULL)
		closedir(dir);
	vec_str_release(&names);
	vec_str_release(&left);
	vec_id_release(&inodes);
	free(real);
	free(folder);
	return r;
}
