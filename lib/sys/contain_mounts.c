/*
 * What can be written in a container with mounts of its own.
 *
 * All paths are copied as they are mounted outside before the first of them is covered,
 * so that a later one is what it was, and not what an earlier one made of it.  Without
 * mount_setattr(2) (Linux 5.12) nothing is sealed.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "sys/contain.h"
#include "sys/contain_priv.h"

/* A copy that is mounted nowhere yet; -1 with ENOENT if there is nothing to copy. */
static int
copy(const struct contain_mount *m)
{
	int tree;

	if (strcmp(m->path, "/") == 0)
		return open("/", O_PATH | O_CLOEXEC);
	tree = open_tree(AT_FDCWD, m->path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (tree == -1 && errno == ENOTDIR)
		errno = ENOENT;
	return tree;
}

/* The root cannot be covered; what is mounted there, and below, changes itself. */
static int
put(const struct contain_mount *m, int tree)
{
	struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };

	if (!m->writable && mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &read_only,
	    sizeof read_only) == -1)
		return -1;
	if (strcmp(m->path, "/") == 0)
		return 0;
	return move_mount(tree, "", AT_FDCWD, m->path, MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS);
}

int
contain_seal(const struct contain_mount *mounts)
{
	int trees[CONTAIN_MOUNTS], r = 0;
	size_t n = 0;

	for (; n < CONTAIN_MOUNTS && mounts[n].path != NULL; n++)
		if ((trees[n] = copy(&mounts[n])) == -1 && errno != ENOENT)
			r = -1;
	for (size_t i = 0; i < n; i++) {
		if (r == 0 && trees[i] != -1)
			r = put(&mounts[i], trees[i]);
		if (trees[i] != -1)
			close(trees[i]);
	}
	return r;
}

/*
 * A folder that was opened outside is in the mounts outside, with all that is above and
 * below it.
 */
int
contain_enter(int dir, struct err *e)
{
	char link[32], path[PATH_MAX];
	struct stat before, now;
	ssize_t len;
	int again = -1, r = -1;

	snprintf(link, sizeof link, "/proc/self/fd/%d", dir);
	if (fstat(dir, &before) == -1 || (len = readlink(link, path, sizeof path - 1)) == -1)
		return err_sys(e, "cannot read '%s'", link);
	path[len] = '\0';
	if ((again = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) == -1 ||
	    fstat(again, &now) == -1)
		err_sys(e, "cannot open '%s'", path);
	else if (now.st_dev != before.st_dev || now.st_ino != before.st_ino)
		err_set(e, ERR_SYSTEM, "'%s' is not what it was", path);
	else if (dup3(again, dir, O_CLOEXEC) == -1)
		err_sys(e, "cannot enter '%s'", path);
	else
		r = 0;
	if (again != -1)
		close(again);
	return r;
}
