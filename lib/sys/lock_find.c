/*
 * lock_find - which process has a lock, and what to tell the one that waits
 *
 * Four different things look like a "stale" lock, and each gets its own answer:
 * a holder that is stopped or hangs (named with its state), one that died while a
 * child had inherited the lock (both are named), a program that is none of ours,
 * and one that we are not allowed to see.  None of them is robbed.
 */
#include "lock.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/num.h"
#include "sys/lock_priv.h"

#define LONGEST_S 31536000	/* a lock held longer was taken by a wrong clock */

/*
 * Does this descriptor of that process hold a flock on the file?  fdinfo shows a
 * lock at every process that shares the open file, so also at one that inherited
 * it; a process that only waits for the lock shows none.
 */
static bool
descriptor_holds(int proc, const char *number, const struct stat *file)
{
	char name[64], text[1024];
	struct stat st;
	ssize_t n;
	int fd;

	snprintf(name, sizeof name, "fd/%.20s", number);
	if (fstatat(proc, name, &st, 0) == -1 || st.st_dev != file->st_dev ||
	    st.st_ino != file->st_ino)
		return false;
	snprintf(name, sizeof name, "fdinfo/%.20s", number);
	fd = openat(proc, name, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return false;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return strstr(text, "FLOCK") != NULL;
}

static bool
process_holds(const char *pid, const struct stat *file)
{
	char path[64];
	struct dirent *entry;
	bool found = false;
	DIR *dir;
	int proc, fds;

	snprintf(path, sizeof path, "/proc/%.20s", pid);
	proc = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (proc == -1)
		return false;
	fds = openat(proc, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fds == -1 ? NULL : fdopendir(fds);
	while (dir != NULL && !found && (entry = readdir(dir)) != NULL)
		found = entry->d_name[0] != '.' && descriptor_holds(proc, entry->d_name, file);
	if (dir != NULL)
		closedir(dir);
	else if (fds != -1)
		close(fds);
	close(proc);
	return found;
}

pid_t
lock_find(int dirfd, const char *name)
{
	struct dirent *entry;
	struct stat file;
	int64_t pid, found = 0;
	DIR *dir;

	if (fstatat(dirfd, name, &file, AT_SYMLINK_NOFOLLOW) == -1)
		return 0;
	dir = opendir("/proc");
	while (dir != NULL && found == 0 && (entry = readdir(dir)) != NULL)
		if (num_int(entry->d_name, 1, INT32_MAX, &pid) == 0 &&
		    process_holds(entry->d_name, &file))
			found = pid;
	if (dir != NULL)
		closedir(dir);
	return (pid_t)found;
}

/*
 * The pid that took the lock, as the kernel lists it for all users.  It is that
 * process's number even when it is gone and a child has the lock now.
 */
static pid_t
find_in_list(const struct stat *file)
{
	char line[256], key[64];
	intmax_t pid = 0;
	FILE *list = fopen("/proc/locks", "re");

	snprintf(key, sizeof key, " %02x:%02x:%ju ", major(file->st_dev), minor(file->st_dev),
	    (uintmax_t)file->st_ino);
	while (list != NULL && pid == 0 && fgets(line, sizeof line, list) != NULL)
		if (strstr(line, key) == NULL ||
		    sscanf(line, "%*9d: FLOCK ADVISORY WRITE %9jd", &pid) != 1)
			pid = 0;
	if (list != NULL)
		fclose(list);
	return pid > 0 ? (pid_t)pid : 0;
}

static const char *
say_state(char state)
{
	switch (state) {
	case 'T':
		return ", stopped";
	case 't':
		return ", stopped by a debugger";
	case 'D':
		return ", waiting for a device";
	case 'Z':
		return ", ended";
	default:
		return "";
	}
}

/* "pid 4711 (orch-retry, state T, stopped)" */
static void
say_process(char *out, size_t size, pid_t pid, const char *command, char *state)
{
	char path[64], comm[64], name[32];
	uint64_t start;

	snprintf(path, sizeof path, "/proc/%jd/comm", (intmax_t)pid);
	if (command == NULL && lock_read_text(path, comm, sizeof comm) > 0) {
		lock_plain(comm, name, sizeof name);
		command = name;
	}
	if (command == NULL)
		command = "?";
	if (lock_read_stat(pid, state, &start) == 0) {
		snprintf(out, size, "pid %jd (%s, state %c%s)", (intmax_t)pid, command, *state,
		    say_state(*state));
	} else {
		*state = '?';
		snprintf(out, size, "pid %jd (%s)", (intmax_t)pid, command);
	}
}

static void
say_since(char *out, size_t size, const struct lock_holder *h)
{
	int64_t s = clock_now() - h->since;

	if (h->pid != 0 && s >= 0 && s <= LONGEST_S)
		snprintf(out, size, " for %jd s", (intmax_t)s);
	else
		*out = '\0';
}

static int
say_holder(pid_t pid, const struct lock_holder *h, struct err *e)
{
	char who[128], since[40], number[16], state;
	bool writer = pid == h->pid;

	say_since(since, sizeof since, h);
	say_process(who, sizeof who, pid, writer ? h->command : NULL, &state);
	snprintf(number, sizeof number, "%jd", (intmax_t)pid);
	if (!writer && h->pid != 0 && lock_alive(h) == 0)
		return err_set(e, ERR_BUSY, "lock held%s by %s, which has it from pid %jd "
		    "(%s), which is gone", since, who,
		    (intmax_t)h->pid, h->command);
	if (!writer)
		return err_set(e, ERR_BUSY, "lock held by %s, which is no command of orch%s%s%s",
		    who, state == 'T' ? "; `kill -CONT " : "", state == 'T' ? number : "",
		    state == 'T' ? "` lets it go on" : "");
	if (state == 'T')
		return err_set(e, ERR_BUSY, "lock held%s by %s; `kill -CONT %s` lets it go on",
		    since, who, number);
	return err_set(e, ERR_BUSY, "lock held%s by %s", since, who);
}

/*
 * The metadata is believed only if that process has the lock now: it stays in
 * the file after a release, and a foreign flock(1) writes none.
 */
int
lock_busy(int dirfd, const char *name, struct err *e)
{
	struct lock_holder h;
	struct stat file;
	struct err unread;
	char number[16];
	pid_t pid = 0;

	if (lock_read_holder(dirfd, name, &h, &unread) == -1 ||
	    fstatat(dirfd, name, &file, AT_SYMLINK_NOFOLLOW) == -1)
		return err_set(e, ERR_BUSY, "lock held by another process");
	snprintf(number, sizeof number, "%jd", (intmax_t)h.pid);
	if (h.pid != 0 && lock_alive(&h) == 1 && process_holds(number, &file))
		pid = h.pid;
	if (pid == 0)
		pid = lock_find(dirfd, name);
	if (pid == 0)
		pid = find_in_list(&file);
	if (pid == 0)
		return err_set(e, ERR_BUSY, "lock held by a process that cannot be seen");
	return say_holder(pid, &h, e);
}
