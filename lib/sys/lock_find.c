/*
 * lock_find - which processes have a lock, as the kernel shows them
 *
 * /proc/PID/fdinfo/N lists the locks of an open file at every process that has it,
 * so also at one that inherited it, with the pid of the one that took it; a process
 * that only waits for the lock shows none.  Where fdinfo of a process is closed to
 * us, /proc/locks still has the number of the one that took it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/num.h"
#include "base/vec.h"
#include "sys/lock.h"
#include "sys/lock_priv.h"
#include "sys/lock_state.h"

#define PID_MAX 4194304		/* proc(5): PID_MAX_LIMIT */

/*
 * The lock is looked for before the file is: whatever else that process has open, on
 * a server that does not answer perhaps, is not touched.
 */
static bool
descriptor_has(int proc, const char *number, const struct stat *file, pid_t *taker)
{
	char name[64], text[2048];
	const char *line;
	struct stat st;
	intmax_t pid;
	ssize_t n;
	int fd;

	snprintf(name, sizeof name, "fd/%.20s", number);
	if (readlinkat(proc, name, text, 1) != 1 || text[0] != '/')
		return false;
	snprintf(name, sizeof name, "fdinfo/%.20s", number);
	fd = openat(proc, name, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return false;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	line = strstr(text, ": FLOCK ");
	snprintf(name, sizeof name, "fd/%.20s", number);
	if (line == NULL || fstatat(proc, name, &st, 0) == -1 || st.st_dev != file->st_dev ||
	    st.st_ino != file->st_ino)
		return false;
	*taker = sscanf(line, ": FLOCK %*15s %*15s %9jd", &pid) == 1 && pid > 0 ? (pid_t)pid : 0;
	return true;
}

int
lock_process_has(pid_t pid, const struct stat *file, pid_t *taker)
{
	char path[64];
	struct dirent *entry;
	int proc, fds = -1, found = 0;
	DIR *dir = NULL;

	snprintf(path, sizeof path, "/proc/%jd", (intmax_t)pid);
	proc = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (proc != -1)
		fds = openat(proc, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fds == -1)
		found = errno == EACCES || errno == EPERM || errno == EMFILE ? -1 : 0;
	else
		dir = fdopendir(fds);
	while (dir != NULL && found == 0 && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			found = descriptor_has(proc, entry->d_name, file, taker);
	if (dir != NULL)
		closedir(dir);
	else if (fds != -1)
		close(fds);
	if (proc != -1)
		close(proc);
	return found;
}

void
lock_add_process(struct lock_state *s, pid_t pid)
{
	struct lock_process p = { .pid = pid, .state = '?', .command = "?" };
	char path[64], comm[64];

	snprintf(path, sizeof path, "/proc/%jd/comm", (intmax_t)pid);
	if (lock_read_text(path, comm, sizeof comm) > 0)
		lock_plain(comm, p.command, sizeof p.command);
	if (lock_read_stat(pid, &p.state, &p.start) == -1)
		p.start = 0;
	s->v = vec_room(s->v, &s->cap, s->n, sizeof *s->v);
	s->v[s->n++] = p;
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

void
lock_scan(struct lock_state *s, const struct stat *file)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	pid_t taker;
	int64_t pid;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (num_int(entry->d_name, 1, PID_MAX, &pid) == -1 ||
		    lock_process_has((pid_t)pid, file, &taker) != 1)
			continue;
		lock_add_process(s, (pid_t)pid);
		s->taker = taker;
	}
	if (dir != NULL)
		closedir(dir);
	if (s->taker == 0)
		s->taker = find_in_list(file);
}

pid_t
lock_find(int dirfd, const char *name)
{
	struct lock_state s = { 0 };
	struct stat file;
	pid_t found = 0;

	if (fstatat(dirfd, name, &file, AT_SYMLINK_NOFOLLOW) == 0)
		lock_scan(&s, &file);
	if (s.n > 0)
		found = s.v[0].pid;
	lock_state_release(&s);
	return found;
}
