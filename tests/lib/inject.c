/*
 * inject - the calls of a process counted, failed, stopped or killed, from outside
 *
 * A shared object for LD_PRELOAD that stands before the C library's calls on files
 * (or its allocations).  It knows nothing of the program, so a test counts the calls
 * of a command once and then does something at each:
 *
 *	INJECT_ONLY=PREFIX	only calls on files whose path begins so
 *	INJECT_COUNT=FILE	a line each: number, name, what is apt (i can be
 *				interrupted, s short, n needs room, -), path
 *	INJECT_AT=K		call K fails
 *	INJECT_FROM=K		call K fails, and all after it for which that is apt
 *	INJECT_ERRNO=ENOSPC|EIO|EINTR|SHORT	how: SHORT moves half of the bytes
 *	INJECT_STOP_AT=K	the process stops itself before call K (SIGSTOP)
 *	INJECT_KILL_AT=K	the process is killed before call K
 *	INJECT_DID=FILE		a line for each time that one of these was done
 *	INJECT_NOSYNC=1		what is synced only seems to be: for tests without power cuts
 *	INJECT_ALLOC=1		allocations are counted and fail, instead of calls
 *
 * "Apt" is what the call may say by its manual: only what needs room is refused room,
 * only what can wait is interrupted.  INJECT_AT does what it is told.
 *
 * Only the process that was started so is meant: what it forks is not counted, and
 * what it executes is not preloaded.  Calls that the C library makes within itself
 * (stdio, realpath) cannot be seen from here.  Its checked variants (__read_chk) can.
 */
#include <dlfcn.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#define SHORT (-1)	/* no errno: fewer bytes than asked for */
#define PATH_ROOM 4352

enum kind {
	READS = 1,	/* may be interrupted, may be short */
	WRITES = 2,	/* and needs room */
	WAITS = 4,	/* may be interrupted */
	NEEDS_ROOM = 8,
	OTHER = 16,
};

static struct {
	pid_t pid;		/* 0: nothing is asked for */
	unsigned long count, at, from, stop, kill;
	int error;
	bool alloc, busy, nosync;
	int list, did;		/* descriptors, or -1 */
	const char *only;
	size_t only_len;
} in = { .list = -1, .did = -1 };

static unsigned long
number(const char *name)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : 0;
}

/* Moved up, so that descriptors have the numbers that they have without us. */
static int
list_in(const char *name)
{
	const char *file = getenv(name);
	long fd, high;

	if (file == NULL)
		return -1;
	fd = syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	high = syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 900);
	if (fd == -1 || high == -1)
		abort();
	syscall(SYS_close, fd);
	return (int)high;
}

/* What has been asked is asked of this process alone. */
static void
forget(void)
{
	static const char *const names[] = { "LD_PRELOAD", "INJECT_ONLY", "INJECT_COUNT",
	    "INJECT_AT", "INJECT_FROM", "INJECT_ERRNO", "INJECT_STOP_AT", "INJECT_KILL_AT",
	    "INJECT_DID", "INJECT_ALLOC", "INJECT_NOSYNC" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unsetenv(names[i]);
}

__attribute__((constructor)) static void
start(void)
{
	const char *error = getenv("INJECT_ERRNO");

	in.at = number("INJECT_AT");
	in.from = number("INJECT_FROM");
	in.stop = number("INJECT_STOP_AT");
	in.kill = number("INJECT_KILL_AT");
	in.alloc = number("INJECT_ALLOC") != 0;
	in.nosync = number("INJECT_NOSYNC") != 0;
	in.list = list_in("INJECT_COUNT");
	in.did = list_in("INJECT_DID");
	in.only = getenv("INJECT_ONLY");
	in.only = strdup(in.only ? in.only : "");
	in.only_len = strlen(in.only);
	if (error == NULL)
		error = "EIO";
	in.error = strcmp(error, "ENOSPC") == 0 ? ENOSPC : strcmp(error, "EINTR") == 0 ? EINTR :
	    strcmp(error, "SHORT") == 0 ? SHORT : EIO;
	forget();
	in.pid = getpid();
}

static void
say(int fd, const char *name, enum kind kind, const char *path)
{
	const char *how = kind == READS ? "is" : kind == WRITES ? "isn" : kind == WAITS ? "i" :
	    kind == (WAITS | NEEDS_ROOM) ? "in" : kind == NEEDS_ROOM ? "n" : "-";
	char line[PATH_ROOM + 64];
	int n;

	if (fd == -1)
		return;
	n = snprintf(line, sizeof line, "%lu %s %s %s\n", in.count, name, how, path);
	if (syscall(SYS_write, fd, line, n) != n)
		abort();
}

static bool
apt(enum kind kind)
{
	switch (in.error) {
	case ENOSPC:
		return (kind & (WRITES | NEEDS_ROOM)) != 0;
	case EINTR:
		return (kind & (READS | WRITES | WAITS)) != 0;
	case SHORT:
		return (kind & (READS | WRITES)) != 0;
	default:
		return true;
	}
}

/* The call's turn: is it to fail? */
static bool
turn(const char *name, enum kind kind, const char *path)
{
	bool fails;

	in.count++;
	say(in.list, name, kind, path);
	fails = in.count == in.at || (in.from != 0 && in.count >= in.from && apt(kind));
	if (fails || in.count == in.stop || in.count == in.kill)
		say(in.did, name, kind, path);
	if (in.count == in.kill)
		syscall(SYS_kill, in.pid, SIGKILL);
	if (in.count == in.stop)
		syscall(SYS_kill, in.pid, SIGSTOP);
	return fails;
}

static bool
off(void)
{
	return in.pid == 0 || in.alloc || in.busy || in.pid != getpid();
}

/* The path behind a descriptor, "" if there is none. */
static void
behind(int fd, char path[PATH_ROOM])
{
	char link[40];
	long n;

	snprintf(link, sizeof link, fd == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", fd);
	n = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_ROOM - 1);
	path[n > 0 ? n : 0] = '\0';
}

static bool
by_path(const char *name, enum kind kind, const char *path)
{
	if (strncmp(path, in.only, in.only_len) != 0)
		return false;
	return turn(name, kind, *path ? path : "-");
}

/* May leave errno changed only where the call fails anyway. */
static bool
by_fd(const char *name, enum kind kind, int fd)
{
	char path[PATH_ROOM];
	int saved = errno;
	bool fails;

	if (off())
		return false;
	behind(fd, path);
	fails = by_path(name, kind, path);
	errno = fails && in.error != SHORT ? in.error : saved;
	return fails;
}

static bool
by_name(const char *call, enum kind kind, int dirfd, const char *name)
{
	char path[PATH_ROOM];
	int saved = errno;
	size_t len;
	bool fails;

	if (off())
		return false;
	if (*name == '/') {
		snprintf(path, sizeof path, "%s", name);
	} else {
		behind(dirfd, path);
		len = strlen(path);
		if (*name != '\0')
			snprintf(path + len, sizeof path - len, "/%s", name);
	}
	fails = by_path(call, kind, path);
	errno = fails && in.error != SHORT ? in.error : saved;
	return fails && in.error != SHORT;
}

/* ---- calls that move bytes: how many of `len`, or -1 ---- */

static ssize_t
room(const char *name, enum kind kind, int fd, size_t len)
{
	if (!by_fd(name, kind, fd))
		return (ssize_t)len;
	if (in.error != SHORT)
		return -1;
	return (ssize_t)(len > 1 ? len / 2 : len);
}

ssize_t	__read_chk(int, void *, size_t, size_t);
ssize_t	__pread_chk(int, void *, size_t, off_t, size_t);
ssize_t	__pread64_chk(int, void *, size_t, off_t, size_t);

ssize_t
read(int fd, void *to, size_t len)
{
	ssize_t n = room("read", READS, fd, len);

	return n == -1 ? -1 : syscall(SYS_read, fd, to, n);
}

ssize_t
__read_chk(int fd, void *to, size_t len, size_t size)
{
	if (len > size)
		abort();
	return read(fd, to, len);
}

ssize_t
pread(int fd, void *to, size_t len, off_t at)
{
	ssize_t n = room("pread", READS, fd, len);

	return n == -1 ? -1 : syscall(SYS_pread64, fd, to, n, at);
}

ssize_t
pread64(int fd, void *to, size_t len, off_t at)
{
	return pread(fd, to, len, at);
}

ssize_t
__pread_chk(int fd, void *to, size_t len, off_t at, size_t size)
{
	if (len > size)
		abort();
	return pread(fd, to, len, at);
}

ssize_t
__pread64_chk(int fd, void *to, size_t len, off_t at, size_t size)
{
	return __pread_chk(fd, to, len, at, size);
}

ssize_t
write(int fd, const void *from, size_t len)
{
	ssize_t n = room("write", WRITES, fd, len);

	return n == -1 ? -1 : syscall(SYS_write, fd, from, n);
}

ssize_t
pwrite(int fd, const void *from, size_t len, off_t at)
{
	ssize_t n = room("pwrite", WRITES, fd, len);

	return n == -1 ? -1 : syscall(SYS_pwrite64, fd, from, n, at);
}

ssize_t
pwrite64(int fd, const void *from, size_t len, off_t at)
{
	return pwrite(fd, from, len, at);
}

/* Short: half of the first part. */
ssize_t
writev(int fd, const struct iovec *part, int n)
{
	ssize_t len;

	if (n < 1)
		return syscall(SYS_writev, fd, part, n);
	len = room("writev", WRITES, fd, part->iov_len);
	if (len == -1 || (size_t)len == part->iov_len)
		return len == -1 ? -1 : syscall(SYS_writev, fd, part, n);
	return syscall(SYS_write, fd, part->iov_base, len);
}

ssize_t
pwritev(int fd, const struct iovec *part, int n, off_t at)
{
	ssize_t len;

	if (n < 1)
		return syscall(SYS_pwritev, fd, part, n, at, 0);
	len = room("pwritev", WRITES, fd, part->iov_len);
	if (len == -1 || (size_t)len == part->iov_len)
		return len == -1 ? -1 : syscall(SYS_pwritev, fd, part, n, at, 0);
	return syscall(SYS_pwrite64, fd, part->iov_base, len, at);
}

ssize_t
pwritev64(int fd, const struct iovec *part, int n, off_t at)
{
	return pwritev(fd, part, n, at);
}

ssize_t
copy_file_range(int from, off_t *at, int to, off_t *there, size_t len, unsigned int flags)
{
	ssize_t n = room("copy_file_range", WRITES, to, len);

	return n == -1 ? -1 : syscall(SYS_copy_file_range, from, at, to, there, n, flags);
}

/* ---- opening and closing ---- */

int	__open_2(const char *, int);
int	__open64_2(const char *, int);
int	__openat_2(int, const char *, int);
int	__openat64_2(int, const char *, int);

static int
open_it(const char *call, int dirfd, const char *name, int flags, mode_t mode)
{
	enum kind kind = WAITS | ((flags & O_CREAT) != 0 ? NEEDS_ROOM : 0);

	if (by_name(call, kind, dirfd, name))
		return -1;
	return (int)syscall(SYS_openat, dirfd, name, flags, mode);
}

#define OPEN(function, dirfd, call, ...)                                     \
	int function(__VA_ARGS__ const char *name, int flags, ...)           \
	{                                                                    \
		mode_t mode = 0;                                             \
		va_list ap;                                                  \
		va_start(ap, flags);                                         \
		if ((flags & (O_CREAT | __O_TMPFILE)) != 0)                  \
			mode = va_arg(ap, mode_t);                           \
		va_end(ap);                                                  \
		return open_it(call, dirfd, name, flags, mode);              \
	}

#define AT int dirfd,
OPEN(open, AT_FDCWD, "open", )
OPEN(open64, AT_FDCWD, "open", )
OPEN(openat, dirfd, "openat", AT)
OPEN(openat64, dirfd, "openat", AT)

int
creat(const char *name, mode_t mode)
{
	return open_it("creat", AT_FDCWD, name, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

int
__open_2(const char *name, int flags)
{
	return open_it("open", AT_FDCWD, name, flags, 0);
}

int
__open64_2(const char *name, int flags)
{
	return open_it("open", AT_FDCWD, name, flags, 0);
}

int
__openat_2(int dirfd, const char *name, int flags)
{
	return open_it("openat", dirfd, name, flags, 0);
}

int
__openat64_2(int dirfd, const char *name, int flags)
{
	return open_it("openat", dirfd, name, flags, 0);
}

/* As in the kernel: whatever it says, the descriptor is gone. */
int
close(int fd)
{
	bool fails = by_fd("close", WAITS | NEEDS_ROOM, fd) && in.error != SHORT;
	int rc = (int)syscall(SYS_close, fd);

	if (fails)
		errno = in.error;
	return fails ? -1 : rc;
}

/* What libc does not let us see inside: the folder itself is opened, or is not. */
DIR *
opendir(const char *name)
{
	static DIR *(*real)(const char *);

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "opendir");
	return by_name("opendir", OTHER, AT_FDCWD, name) ? NULL : real(name);
}

struct dirent *
readdir(DIR *dir)
{
	static struct dirent *(*real)(DIR *);

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "readdir");
	if (by_fd("readdir", OTHER, dirfd(dir)) && in.error != SHORT)
		return NULL;
	return real(dir);
}

struct dirent64 *
readdir64(DIR *dir)
{
	static struct dirent64 *(*real)(DIR *);

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "readdir64");
	if (by_fd("readdir", OTHER, dirfd(dir)) && in.error != SHORT)
		return NULL;
	return real(dir);
}

/* Every third argument, number or pointer, fits a pointer. */
int
fcntl(int fd, int what, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, what);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (by_fd("fcntl", OTHER, fd) && in.error != SHORT)
		return -1;
	return (int)syscall(SYS_fcntl, fd, what, arg);
}

/* ---- all others: a function each, which fails or is the system call ---- */

#define PLAIN(type, function, fails, parameters, ...)                        \
	type function parameters                                             \
	{                                                                    \
		return fails ? -1 : (type)syscall(__VA_ARGS__);              \
	}

static int
sync_by(const char *call, long sys, int fd)
{
	if (by_fd(call, WAITS | NEEDS_ROOM, fd) && in.error != SHORT)
		return -1;
	return in.nosync ? 0 : (int)syscall(sys, fd);
}

int
fsync(int fd)
{
	return sync_by("fsync", SYS_fsync, fd);
}

int
fdatasync(int fd)
{
	return sync_by("fdatasync", SYS_fdatasync, fd);
}

#define FD(call, kind)		(by_fd(call, kind, fd) && in.error != SHORT)
#define NAME(call, kind, dir, name) by_name(call, kind, dir, name)

PLAIN(int, syncfs, FD("syncfs", WAITS | NEEDS_ROOM), (int fd), SYS_syncfs, fd)
PLAIN(int, ftruncate, FD("ftruncate", WAITS | NEEDS_ROOM), (int fd, off_t n), SYS_ftruncate, fd, n)
PLAIN(int, ftruncate64, FD("ftruncate", WAITS | NEEDS_ROOM), (int fd, off_t n), SYS_ftruncate, fd, n)
PLAIN(int, fallocate, FD("fallocate", WAITS | NEEDS_ROOM), (int fd, int mode, off_t at, off_t n),
    SYS_fallocate, fd, mode, at, n)
PLAIN(int, flock, FD("flock", WAITS), (int fd, int op), SYS_flock, fd, op)
PLAIN(int, fchmod, FD("fchmod", OTHER), (int fd, mode_t mode), SYS_fchmod, fd, mode)
PLAIN(int, fchown, FD("fchown", OTHER), (int fd, uid_t u, gid_t g), SYS_fchown, fd, u, g)
PLAIN(int, fstat, FD("fstat", OTHER), (int fd, struct stat *st), SYS_newfstatat, fd, "", st, AT_EMPTY_PATH)
PLAIN(off_t, lseek, FD("lseek", OTHER), (int fd, off_t at, int how), SYS_lseek, fd, at, how)
PLAIN(int, fsetxattr, FD("fsetxattr", NEEDS_ROOM), (int fd, const char *a, const void *v, size_t n, int f),
    SYS_fsetxattr, fd, a, v, n, f)
PLAIN(ssize_t, fgetxattr, FD("fgetxattr", OTHER), (int fd, const char *a, void *v, size_t n),
    SYS_fgetxattr, fd, a, v, n)
PLAIN(ssize_t, flistxattr, FD("flistxattr", OTHER), (int fd, char *list, size_t n), SYS_flistxattr, fd, list, n)
PLAIN(int, fremovexattr, FD("fremovexattr", OTHER), (int fd, const char *a), SYS_fremovexattr, fd, a)

PLAIN(int, rename, NAME("rename", NEEDS_ROOM, AT_FDCWD, b), (const char *a, const char *b),
    SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 0)
PLAIN(int, renameat, NAME("renameat", NEEDS_ROOM, to, b), (int from, const char *a, int to, const char *b),
    SYS_renameat2, from, a, to, b, 0)
PLAIN(int, renameat2, NAME("renameat2", NEEDS_ROOM, to, b),
    (int from, const char *a, int to, const char *b, unsigned int flags),
    SYS_renameat2, from, a, to, b, flags)
PLAIN(int, link, NAME("link", NEEDS_ROOM, AT_FDCWD, b), (const char *a, const char *b),
    SYS_linkat, AT_FDCWD, a, AT_FDCWD, b, 0)
PLAIN(int, linkat, NAME("linkat", NEEDS_ROOM, to, b), (int from, const char *a, int to, const char *b, int flags),
    SYS_linkat, from, a, to, b, flags)
PLAIN(int, symlinkat, NAME("symlinkat", NEEDS_ROOM, to, b), (const char *a, int to, const char *b),
    SYS_symlinkat, a, to, b)
PLAIN(int, unlink, NAME("unlink", OTHER, AT_FDCWD, a), (const char *a), SYS_unlinkat, AT_FDCWD, a, 0)
PLAIN(int, unlinkat, NAME("unlinkat", OTHER, at, a), (int at, const char *a, int flags), SYS_unlinkat, at, a, flags)
PLAIN(int, rmdir, NAME("rmdir", OTHER, AT_FDCWD, a), (const char *a), SYS_unlinkat, AT_FDCWD, a, AT_REMOVEDIR)
PLAIN(int, mkdir, NAME("mkdir", NEEDS_ROOM, AT_FDCWD, a), (const char *a, mode_t m), SYS_mkdirat, AT_FDCWD, a, m)
PLAIN(int, mkdirat, NAME("mkdirat", NEEDS_ROOM, at, a), (int at, const char *a, mode_t m), SYS_mkdirat, at, a, m)
PLAIN(int, fstatat, NAME("fstatat", OTHER, at, a), (int at, const char *a, struct stat *st, int f),
    SYS_newfstatat, at, a, st, f)
PLAIN(int, stat, NAME("stat", OTHER, AT_FDCWD, a), (const char *a, struct stat *st),
    SYS_newfstatat, AT_FDCWD, a, st, 0)
PLAIN(int, lstat, NAME("lstat", OTHER, AT_FDCWD, a), (const char *a, struct stat *st),
    SYS_newfstatat, AT_FDCWD, a, st, AT_SYMLINK_NOFOLLOW)

/* ---- allocations ---- */

void	*__libc_malloc(size_t);
void	*__libc_calloc(size_t, size_t);
void	*__libc_realloc(void *, size_t);

/* Not of what speaks of it: the message of an error may need memory too. */
static bool
no_memory(const char *name)
{
	if (in.pid == 0 || !in.alloc || in.busy || in.pid != getpid())
		return false;
	in.busy = true;
	in.error = ENOMEM;
	if (turn(name, OTHER, "-")) {
		in.busy = false;
		errno = ENOMEM;
		return true;
	}
	in.busy = false;
	return false;
}

void *
malloc(size_t size)
{
	return no_memory("malloc") ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	return no_memory("calloc") ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *old, size_t size)
{
	return no_memory("realloc") ? NULL : __libc_realloc(old, size);
}
