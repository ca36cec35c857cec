/*
 * fs_tree - folders: private ones, whole trees removed, which kind they are on
 */
#include "fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/err.h"
#include "sys/fault.h"
#include "sys/fs_priv.h"

/* A folder of somebody else, or one that others can write, can be turned against us. */
static int
check_private(int fd, const char *name, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_sys(e, "cannot look at folder '%s'", name);
	if (st.st_uid != geteuid())
		return err_set(e, ERR_SYSTEM, "folder '%s' belongs to user %ju, not to us", name,
		    (uintmax_t)st.st_uid);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return err_set(e, ERR_SYSTEM, "folder '%s' can be written by others (mode %04o)",
		    name, (unsigned int)st.st_mode & 07777);
	return 0;
}

static int
settle_new(int dirfd, int fd, const char *name, bool sync, struct err *e)
{
	if (fchmod(fd, 0700) == -1)
		return err_sys(e, "cannot set the mode of folder '%s'", name);
	if (!sync)
		return 0;
	fault_step("make-dir-fsync");
	if (fs_sync_dir(dirfd) == -1)
		return err_sys(e, "cannot sync the folder of '%s'", name);
	return 0;
}

static int
refuse_folder(int dirfd, const char *name, struct err *e)
{
	struct stat st;
	int saved = errno;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(st.st_mode))
		return err_set(e, ERR_SYSTEM, "'%s' is %s, not a folder", name, fs_what(st.st_mode));
	errno = saved;
	return err_sys(e, "cannot open folder '%s'", name);
}

static int
open_private(int dirfd, const char *name, bool sync, struct err *e)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = (int)TEMP_FAILURE_RETRY(openat(dirfd, name, flags));
	bool made = false;

	if (fd == -1 && errno == ENOENT) {
		fault_step("make-dir");
		made = mkdirat(dirfd, name, 0700) == 0;
		if (!made && errno != EEXIST)
			return err_sys(e, "cannot make folder '%s'", name);
		fd = (int)TEMP_FAILURE_RETRY(openat(dirfd, name, flags));
	}
	if (fd == -1)
		return refuse_folder(dirfd, name, e);
	if (check_private(fd, name, e) == 0 && (!made || settle_new(dirfd, fd, name, sync, e) == 0))
		return fd;
	close(fd);
	return -1;
}

int
fs_private_dir(int dirfd, const char *name, struct err *e)
{
	return open_private(dirfd, name, true, e);
}

int
fs_put_dir(int dirfd, const char *name, struct err *e)
{
	return open_private(dirfd, name, false, e);
}

/*
 * Removing a tree.  An agent may have nested folders ten thousand deep, so there
 * is no recursion: a folder that is not empty is emptied by moving the folders in
 * it up to the top, under names of our own.  Each moves once at most, and two
 * descriptors are open at a time.
 */
struct sweep {
	int top;
	unsigned long next;	/* number of the next name of ours */
};

/* Folders that take their own write permission away (module caches) get it back. */
static int
open_folder(int dirfd, const char *name)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = (int)TEMP_FAILURE_RETRY(openat(dirfd, name, flags));

	if (fd == -1 && errno == EACCES &&
	    fchmodat(dirfd, name, 0700, AT_SYMLINK_NOFOLLOW) == 0)
		fd = (int)TEMP_FAILURE_RETRY(openat(dirfd, name, flags));
	if (fd != -1)
		(void)fchmod(fd, 0700);
	return fd;
}

/* To a name that is free, or taken by an empty folder, which then goes. */
static int
move_up(struct sweep *s, int dirfd, const char *name)
{
	char fresh[32];

	for (;;) {
		snprintf(fresh, sizeof fresh, "%lu", s->next++);
		if (renameat(dirfd, name, s->top, fresh) == 0)
			return 0;
		if (errno == EACCES && fchmodat(dirfd, name, 0700, AT_SYMLINK_NOFOLLOW) == 0 &&
		    renameat(dirfd, name, s->top, fresh) == 0)
			return 0;
		if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR)
			return -1;
	}
}

/* 0 removed, 1 it is a folder with something in it, -1 error. */
static int
remove_one(int dirfd, const char *name)
{
	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return -1;
	if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	return errno == ENOTEMPTY || errno == EEXIST ? 1 : -1;
}

/*
 * Calls `full` for every folder in fd that is not empty, and removes all else;
 * -1 with errno.  What is moved while the folder is read may be met twice.
 */
static int
each_entry(struct sweep *s, int fd, int (*full)(struct sweep *, int, const char *))
{
	struct dirent *entry;
	DIR *dir;
	int copy, saved, rc = 0;

	copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	dir = copy == -1 ? NULL : fdopendir(copy);
	if (dir == NULL) {
		if (copy != -1)
			close(copy);
		return -1;
	}
	rewinddir(dir);
	while (rc == 0 && (errno = 0, entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		rc = remove_one(fd, entry->d_name);
		if (rc == 1)
			rc = full(s, fd, entry->d_name);
	}
	if (entry == NULL && errno != 0)
		rc = -1;
	saved = errno;
	closedir(dir);
	errno = saved;
	return rc;
}

/* Empties one folder of the top level: its folders become its neighbours. */
static int
flatten(struct sweep *s, int dirfd, const char *name)
{
	int fd, saved, rc;

	fd = open_folder(dirfd, name);
	if (fd == -1)
		return -1;
	rc = each_entry(s, fd, move_up);
	saved = errno;
	close(fd);
	errno = saved;
	return rc;
}

/* Passes over the top level until it is empty; each removes one level or fails. */
static int
empty_top(int dirfd, const char *name)
{
	struct sweep s = { .top = -1 };
	int saved, rc;

	do {
		s.top = open_folder(dirfd, name);
		if (s.top == -1)
			return -1;
		rc = each_entry(&s, s.top, flatten);
		saved = errno;
		close(s.top);
		errno = saved;
		if (rc == 0)
			rc = remove_one(dirfd, name);
	} while (rc == 1);
	return rc;
}

int
fs_remove_tree(int dirfd, const char *name, struct err *e)
{
	int rc = remove_one(dirfd, name);

	if (rc == 1)
		rc = empty_top(dirfd, name);
	if (rc == -1)
		return err_sys(e, "cannot remove '%s'", name);
	return 0;
}

static const struct kind {
	uint64_t magic;
	bool network;
	const char *name;
} kinds[] = {
	{ EXT4_SUPER_MAGIC, false, "ext4" },
	{ XFS_SUPER_MAGIC, false, "xfs" },
	{ BTRFS_SUPER_MAGIC, false, "btrfs" },
	{ TMPFS_MAGIC, false, "tmpfs" },
	{ RAMFS_MAGIC, false, "ramfs" },
	{ OVERLAYFS_SUPER_MAGIC, false, "overlay" },
	{ F2FS_SUPER_MAGIC, false, "f2fs" },
	{ 0x2fc12fc1, false, "zfs" },
	{ 0xca451a4e, false, "bcachefs" },
	{ MSDOS_SUPER_MAGIC, false, "vfat" },
	{ 0x2011bab0, false, "exfat" },
	{ 0x5346544e, false, "ntfs" },
	{ NFS_SUPER_MAGIC, true, "nfs" },
	{ SMB_SUPER_MAGIC, true, "smb" },
	{ 0xff534d42, true, "cifs" },
	{ 0xfe534d42, true, "smb2" },
	{ V9FS_MAGIC, true, "9p" },
	{ FUSE_SUPER_MAGIC, true, "fuse" },
	{ 0x00c36400, true, "ceph" },
	{ AFS_SUPER_MAGIC, true, "afs" },
	{ CODA_SUPER_MAGIC, true, "coda" },
	{ 0x0bd00bd0, true, "lustre" },
	{ 0x47504653, true, "gpfs" },
	{ 0x7461636f, true, "ocfs2" },
	{ 0x01161970, true, "gfs2" },
};

const char *
fs_kind(int dirfd, bool *network)
{
	struct statfs sf;
	int rc;

	*network = false;
	rc = dirfd == AT_FDCWD ? statfs(".", &sf) : fstatfs(dirfd, &sf);
	if (rc == -1)
		return "unknown";
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (kinds[i].magic != ((uint64_t)sf.f_type & 0xffffffff))
			continue;
		*network = kinds[i].network;
		return kinds[i].name;
	}
	return "unknown";
}
