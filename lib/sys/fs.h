/*
 * fs - the only module that changes files which must not be lost
 *
 * Two ways to write: fs_replace() for files that only the suite writes, and
 * the swap for files that people edit too (the order is RELIABILITY 3):
 *
 *	struct fs_file f = { 0 };
 *	fs_open(&f, path, e)		through symbolic links, to a regular file
 *	fs_leftover(&f, &left, e)	1 if a former writer was killed in mid-swap:
 *					look at what came out then, and keep it
 *	fs_load(&f, &old, e)		a stable reading of all of it
 *	fs_hold(&f, &old, e)		the same without a copy: until fs_close() nobody
 *					can open the file for writing
 *	fs_spare(&f, dirfd, name)	names a file that may be written over for that
 *	fs_stage(&f, new, len, e)	a temporary file beside it, same owner, mode, ACL
 *					and extended attributes, on its way to the disk
 *	fs_swap(&f, &old, e)		syncs that, exchanges the two names, reads back what
 *					came out: 1 if a person saved in between (exchanged
 *					back, start over at fs_load), 0 if done
 *	fs_keep(&f, dirfd, name, e)	moves what came out to the backups
 *	fs_settle(&f, e)		syncs the folders; from here on it is durable
 *	fs_close(&f)			safe at any point; removes what was staged
 *
 * The caller holds the lock from before fs_leftover() until after fs_settle().  Between
 * fs_stage() and fs_swap() it may sync what else the change needs: the disk is at work
 * on the staged file meanwhile.
 * A failed fsync is never repeated on the same descriptor.
 *
 * Beside NAME there may stand, for the time of a swap,
 *
 *	.NAME.orch-new	 what is staged; after the exchange, what came out
 *	.NAME.orch-mark	 a second link to the staged file
 *	.NAME.orch-old	 what is about to be replaced, where nothing can be exchanged
 *
 * under fixed names, so that leftovers are found again.  The mark tells the two
 * meanings of .orch-new apart after a crash: if it is the marked file, nothing
 * had happened and it is worthless; if not, it came out of an exchange and may
 * be what a person saved in that instant.
 *
 * Where the file system cannot exchange (f.exchange is then FS_EXCHANGE_NO),
 * fs_swap() links the file to .orch-old, compares, and renames.  A person who
 * saves between the comparison and the rename, a few microseconds, is overtaken:
 * saved by writing into the file, the edit is in what fs_keep() gets; saved by a
 * rename, it is lost.
 *
 * fs_hold() maps the file and keeps a read lease on it: whoever opens it for writing,
 * or cuts it, waits until fs_close(), which is a matter of milliseconds.  With the lease
 * fs_swap() need not read again what came out: it is the file that was mapped, and who
 * waits for it is seen, which is as if he had saved.  Where there is no lease (the file of
 * another, some file systems) it is fs_load().
 *
 * A program that still has the file open for writing is an editor in the middle
 * of saving: fs_load() waits for it, at most two seconds (ERR_BUSY), and a swap that
 * meets it is put back at once.
 *
 * ORCH_TEST_NOSYNC=1 skips fsync(2), nothing else.  The steps (fault.h):
 *
 *	fs_stage	[stage-reuse] [stage-create] stage-write
 *	fs_swap		stage-fsync mark exchange [exchange-back [exchange-again]]
 *			stage-fsync create		there was no file
 *			stage-fsync link-old replace	no exchange here
 *	fs_keep		backup-rename [the steps of fs_replace, to another file
 *			system] unmark
 *	fs_settle	dir-fsync backup-dir-fsync
 *	fs_replace	replace-create replace-write replace-fsync replace-rename
 *			replace-dir-fsync
 *	fs_put		the same without the last
 *	fs_append	append-create append-write append-fsync
 *	fs_extend	append-create append-write [append-fsync]
 *	fs_sync_file	file-fsync
 *	fs_patch	patch-create patch-write patch-fsync
 *	fs_cache	[cache-create] cache-write
 *	fs_truncate	truncate truncate-fsync
 *	fs_rename	rename
 *	fs_sync_names	names-fsync
 *	fs_private_dir	make-dir make-dir-fsync
 *	fs_put_dir	make-dir
 */
#ifndef ORCH_SYS_FS_H
#define ORCH_SYS_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

struct buf;
struct err;

#define FS_FILE_MAX (64u << 20)

struct fs_file {
	int dirfd;		/* folder of the real file, -1 when closed */
	char *name;		/* its name in there; NULL when closed */
	char *path;		/* as given, for messages */
	struct stat st;		/* as last loaded; st_nlink 0: there is no file */
	char *temp;		/* name of the staged file, NULL: nothing staged */
	bool swapped;		/* temp holds the former content */
	enum { FS_EXCHANGE_UNKNOWN, FS_EXCHANGE_YES, FS_EXCHANGE_NO } exchange;

	/* private */
	void *map;		/* of fs_hold(); its descriptor has the lease */
	int map_fd;		/* -1: nothing is held */
	struct stat staged;	/* the staged file, to know it again */
	int stage_fd;		/* of it, as long as it is not synced; or -1 */
	int keepfd;		/* folder that fs_keep() moved into, borrowed; or -1 */
	const char *spare;	/* what fs_spare() said, borrowed; NULL: nothing */
	int sparefd;
	bool precious;		/* temp may be somebody's only copy: never removed */
};

/*
 * Resolves `path` (relative to the working directory) once.  A folder, FIFO,
 * device, socket, dangling or looping link is ERR_INVALID.  A missing file is
 * fine: st.st_nlink is 0 and fs_swap() creates it with mode 0600, whatever the
 * umask (it must still be missing).
 */
int	fs_open(struct fs_file *, const char *path, struct err *);

/*
 * 1: a writer was killed between the exchange and the backup, and the buffer has
 * what came out: the generation before, or what a person had saved in that very
 * instant and nobody has seen since.  The caller tells which by comparing, and
 * moves it away with fs_keep(); closed or not, it stays until then or until the
 * next fs_stage().  0: nothing of that kind; what was only staged is not meant.
 */
int	fs_leftover(struct fs_file *, struct buf *, struct err *);

/*
 * 1: a writer was killed before the exchange, and the buffer has what it had staged, as
 * much as reached the disk; fs_close() removes it.  0: nothing of that kind.  Only after fs_leftover() said 0.
 */
int	fs_staged(struct fs_file *, struct buf *, struct err *);

/* Which file is staged (or was found by fs_staged): two stagings never have the same
 * name, be their bytes the same.  After a power cut one that was not synced may have
 * another. */
#define FS_IDENTITY_MAX 64
void	fs_staged_name(const struct fs_file *, char out[FS_IDENTITY_MAX]);

/* The same of what stands there beside the file, for whoever only looks; "" if nothing does. */
int	fs_staged_peek(const char *path, char out[FS_IDENTITY_MAX], struct err *);

/*
 * The whole content, at most FS_FILE_MAX bytes, in place of what the buffer had.
 * A file that changes while it is read is read again, for at most two seconds
 * (ERR_BUSY).  A read error is an error, never an early end.
 */
int	fs_load(struct fs_file *, struct buf *, struct err *);

/* The buffer is a view, or a copy; it must not be used after fs_close(). */
int	fs_hold(struct fs_file *, struct buf *, struct err *);

/*
 * The file of that name, in the folder dirfd, is worth nothing and fs_stage() may move it
 * away and write over it; it does not if anybody else has it open, or by another name.  The
 * caller knows that no other name of it can come back after a power cut.  Both are borrowed.
 */
void	fs_spare(struct fs_file *, int dirfd, const char *name);

/* If the group cannot be kept, the group gets no access.  On error nothing stays.  The
 * content may come in parts. */
int	fs_stage(struct fs_file *, const void *, size_t, struct err *);
int	fs_stage_parts(struct fs_file *, const struct iovec *, size_t n, struct err *);

/*
 * 1 also if mode or owner were changed, or the file was removed or replaced by
 * something that is no file, since it was loaded.  -1 also if what is staged cannot be
 * synced.  What was staged stays there
 * until the next fs_stage() or fs_close(), so that a caller who is killed before
 * it has undone what belongs to the change learns of it by fs_staged().
 */
int	fs_swap(struct fs_file *, const struct buf *expected, struct err *);

/* Fine if there was no former content.  dirfd stays open until fs_settle(). */
int	fs_keep(struct fs_file *, int dirfd, const char *name, struct err *);

/* On error the change is in place: "committed, durability unknown". */
int	fs_settle(struct fs_file *, struct err *);
void	fs_close(struct fs_file *);

/*
 * In the following `name` is a plain name in the folder dirfd (AT_FDCWD allowed)
 * unless it says otherwise.  Links and what is no regular file are ERR_INVALID.
 */

/* openat(2) without O_CREAT, with O_CLOEXEC, again if a signal interrupts it. */
int	fs_openat(int dirfd, const char *name, int flags);
/* Likewise a folder, for reading, and no link to one.  -1 with errno. */
int	fs_open_dir(int dirfd, const char *name);
/*
 * Opens a regular file, never through a link and never waiting for anything;
 * the messages call it `path`.  O_CREAT in `flags` makes it with mode 0600.
 * e->sys is errno, so that the caller may tell ENOENT.
 */
int	fs_open_plain(int dirfd, const char *name, const char *path, int flags,
	    struct stat *, struct err *);

/* The whole file, which may lie deeper, in place of what the buffer had; more
 * than `max` bytes are ERR_INVALID.  1: it does not exist. */
int	fs_read(int dirfd, const char *name, size_t max, struct buf *, struct err *);
/* At most `len` bytes from `offset` on; fewer at the end of the file.  1: it does not exist. */
int	fs_read_at(int dirfd, const char *name, off_t offset, size_t len, struct buf *,
	    struct err *);

/*
 * Temporary file (".NAME.orch-new"), fsync, rename, fsync of the folder.  The
 * writers of one name take turns: there is a lock, or there is only one.
 */
int	fs_replace(int dirfd, const char *name, const void *, size_t, mode_t, struct err *);
/* The same but for its last step: fs_sync_names() does that for several at once. */
int	fs_put(int dirfd, const char *name, const void *, size_t, mode_t, struct err *);

/*
 * Appends to a file made with mode 0600 if need be, then fdatasync.  *before is
 * the length it had.  A short write is undone (ftruncate) and is an error.
 */
int	fs_append(int dirfd, const char *name, const void *, size_t, off_t *before,
	    struct err *);

/* The same, but that only the name of a new file is synced: after a power cut the bytes may
 * not be there.  And what syncs them. */
int	fs_extend(int dirfd, const char *name, const void *, size_t, struct err *);
int	fs_sync_file(int dirfd, const char *name, struct err *);

/* Shortens, then fdatasync; a file that is shorter already is ERR_INVALID. */
int	fs_truncate(int dirfd, const char *name, off_t, struct err *);

/* Overwrites `len` bytes at `offset` of a file made if need be, then fdatasync. */
int	fs_patch(int dirfd, const char *name, off_t offset, const void *, size_t len,
	    struct err *);

/*
 * Makes it all that a file has, in place and not synced; it is made if need be.  Who reads
 * it may find a part of it, or a mixture with what was there before: the bytes must tell,
 * and nobody may need them.
 */
int	fs_cache(int dirfd, const char *name, const struct iovec *, size_t n, struct err *);

/* rename(2) within the folder, not synced; a missing `from` is fine. */
int	fs_rename(int dirfd, const char *from, const char *to, struct err *);
/* NAME.2 becomes NAME.3, NAME.1 becomes NAME.2, NAME itself NAME.1; of `files` in all the
 * oldest goes.  Not synced; who has NAME open writes on into NAME.1. */
int	fs_turn_over(int dirfd, const char *name, int files, struct err *);
int	fs_sync_names(int dirfd, struct err *);		/* syncs the folder */

/* write(2) and writev(2) until all is written or an error. */
int	fs_write_all(int fd, const void *, size_t);
int	fs_write_parts(int fd, const struct iovec *, size_t n);

/*
 * Removes a tree below dirfd without following links; a missing one is fine.
 * Depth costs neither stack nor descriptors.  Nobody else may be writing in it.
 */
int	fs_remove_tree(int dirfd, const char *name, struct err *);

/*
 * Opens a private folder below dirfd, made with mode 0700 if missing: must be a
 * folder, ours, not writable by others, no symbolic link.  The descriptor, or -1.
 */
int	fs_private_dir(int dirfd, const char *name, struct err *);
/* The same, but that the name of one that it makes is not synced. */
int	fs_put_dir(int dirfd, const char *name, struct err *);

/* 64-bit hash of bytes (XXH3), as 16 hex digits: identity of a content, no secret. */
#define FS_HASH_MAX 17
void	fs_hash(const void *, size_t, char out[FS_HASH_MAX]);
void	fs_hash_parts(const struct iovec *, size_t n, char out[FS_HASH_MAX]);

/* "ext4", "nfs", ...: the file system's name; *network says if locks span hosts. */
const char *fs_kind(int dirfd, bool *network);

#endif
