/*
 * fs_priv - what the files of the fs module share with each other only
 */
#ifndef ORCH_SYS_FS_PRIV_H
#define ORCH_SYS_FS_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct buf;
struct err;
struct fs_file;

/* Room for ".NAME.orch-mark"; a NAME that is too long is the kernel's to refuse. */
#define FS_SIDE_MAX 300
void	fs_side_name(const char *name, const char *suffix, char out[FS_SIDE_MAX]);

/* fsync(2) but for ORCH_TEST_NOSYNC.  Of a folder: AT_FDCWD is the working one. */
int	fs_sync(int fd);
/* The disk begins with what fs_sync() will wait for; a hint, which may come to nothing. */
void	fs_sync_begin(int fd);
int	fs_sync_dir(int dirfd);

/* A new and empty file of that name, mode 0600, whatever stood there before. */
int	fs_create(int dirfd, const char *name);

/*
 * fs_spare.c: the spare file under the name `temp`, open, no longer than `len` bytes,
 * mode 0600 and nobody else's until it is closed.  -1: there is none.
 */
int	fs_take_spare(const struct fs_file *, const char *temp, size_t len);

/* Reads to the end, at most `max` bytes: 0, or -1 with errno (EFBIG: there is more). */
int	fs_slurp(int fd, size_t max, struct buf *);

/* "a folder", "a FIFO", ... */
const char *fs_what(mode_t);

bool	fs_same_inode(const struct stat *, const struct stat *);

/* Has anybody the file open for writing?  And waits until nobody has, at most 250 ms:
 * false if somebody still has. */
bool	fs_has_writer(int fd);
bool	fs_wait_for_writer(int fd);
void	fs_nap(int64_t ms);

/* Gives `to` the owner, mode, ACL and user attributes of `from` (which has `st`). */
int	fs_copy_attributes(int from, const struct stat *st, int to, const char *path,
	    struct err *);

/* A new file has no ACL and no user attributes, wherever it may have got them from. */
int	fs_drop_attributes(int fd, const char *path, struct err *);

/* fs_hold.c: gives the file back; whether `fd` is the one that is held, and nobody waits
 * for it: 1 yes, 0 no, -1 none is held. */
void	fs_let_go(struct fs_file *);
int	fs_held(const struct fs_file *, int fd);

/* fs_file.c: what is staged is on the disk from here on, and closed. */
int	fs_sync_staged(struct fs_file *, struct err *);

/* Removes what is staged and all that may have been left beside the file. */
void	fs_unstage(struct fs_file *);

#endif
