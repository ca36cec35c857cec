/*
 * lock_holder - what the holder of a lock writes into it, and whether it still lives
 *
 * A holder writes one line of JSON into the lock file, always the same keys in
 * the same order:
 *
 *	{"pid":4711,"start":90210,"boot":"6d1c...","space":4026531836,
 *	 "host":"host","cmd":"orch-run","since":1763720000,"up":94312877}
 *
 * It is read back strictly and bounded; what is not exactly that form is as if
 * nothing were written.  No decision about a lock is ever made by it.
 */
#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/num.h"
#include "sys/lock_priv.h"

#define TEXT_MAX 512	/* of the metadata, and of /proc/PID/stat up to the start */

ssize_t
lock_read_text(const char *path, char *out, size_t size)
{
	int fd = (int)TEMP_FAILURE_RETRY(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
	ssize_t n;

	if (fd == -1)
		return -1;
	n = read(fd, out, size - 1);
	close(fd);
	out[n > 0 ? n : 0] = '\0';
	return n;
}

int
lock_boot_id(char out[40])
{
	char line[64];
	size_t n;

	if (lock_read_text("/proc/sys/kernel/random/boot_id", line, sizeof line) <= 0)
		return -1;
	n = strspn(line, "0123456789abcdef-");
	if (n != 36)
		return -1;
	memcpy(out, line, n);
	out[n] = '\0';
	return 0;
}

/* The second field is the program's name in brackets and may hold blanks and brackets. */
int
lock_read_stat(pid_t pid, char *state, uint64_t *start)
{
	char path[64], line[TEXT_MAX], *p, *end;
	int64_t value;

	snprintf(path, sizeof path, "/proc/%jd/stat", (intmax_t)pid);
	if (lock_read_text(path, line, sizeof line) <= 0)
		return -1;
	p = strrchr(line, ')');
	if (p == NULL || p[1] != ' ' || p[2] == '\0')
		return -1;
	*state = p[2];
	for (int field = 2; field < 22 && p != NULL; field++)
		p = strchr(p + 1, ' ');
	if (p == NULL || (end = strchr(p + 1, ' ')) == NULL)
		return -1;
	*end = '\0';
	if (num_int(p + 1, 0, INT64_MAX, &value) == -1)
		return -1;
	*start = (uint64_t)value;
	return 0;
}

int
lock_start_time(pid_t pid, uint64_t *start)
{
	char state;

	return lock_read_stat(pid, &state, start);
}

/* Two processes can be compared by pid only if they see the same numbers. */
static uint64_t
pid_space(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 ? (uint64_t)st.st_ino : 0;
}

void
lock_plain(const char *from, char *to, size_t size)
{
	size_t n = 0;

	for (; *from > ' ' && *from < 0x7f && n < size - 1; from++)
		to[n++] = *from == '"' || *from == '\\' || *from == '`' ? '_' : *from;
	to[n] = '\0';
}

void
lock_describe(struct lock_holder *h, pid_t pid, const char *command)
{
	char host[65] = "";

	*h = (struct lock_holder){ .pid = pid, .since = clock_now(), .up = clock_mono(),
	    .space = pid_space() };
	if (lock_start_time(h->pid, &h->start) == -1)
		h->start = 0;
	if (lock_boot_id(h->boot) == -1)
		h->boot[0] = '\0';
	if (gethostname(host, sizeof host - 1) == 0)
		lock_plain(host, h->host, sizeof h->host);
	lock_plain(command, h->command, sizeof h->command);
}

int
lock_write_holder(const struct lock *l, const char *command, struct err *e)
{
	struct lock_holder h;
	char line[TEXT_MAX];
	int n;

	lock_describe(&h, getpid(), command);
	n = snprintf(line, sizeof line,
	    "{\"pid\":%jd,\"start\":%" PRIu64 ",\"boot\":\"%s\",\"space\":%" PRIu64
	    ",\"host\":\"%s\",\"cmd\":\"%s\",\"since\":%" PRId64
	    ",\"up\":%" PRId64 "}\n",
	    (intmax_t)h.pid, h.start, h.boot, h.space, h.host, h.command, h.since, h.up);
	if (pwrite(l->fd, line, (size_t)n, 0) == n && ftruncate(l->fd, n) == 0)
		return 0;
	err_sys(e, "cannot write into the lock file");
	if (ftruncate(l->fd, 0) == -1)
		return err_prefix(e, "what it says may be of a former holder");
	return -1;
}

/* Reading it back: each takes what it expects off the front, or makes *p NULL. */
static void
expect(const char **p, const char *text)
{
	size_t n = strlen(text);

	if (*p != NULL)
		*p = strncmp(*p, text, n) == 0 ? *p + n : NULL;
}

static int64_t
number(const char **p)
{
	char digits[24];
	int64_t value;
	size_t n;

	if (*p == NULL)
		return 0;
	n = strspn(*p, "0123456789");
	if (n < sizeof digits) {
		memcpy(digits, *p, n);
		digits[n] = '\0';
		if (num_int(digits, 0, INT64_MAX, &value) == 0) {
			*p += n;
			return value;
		}
	}
	*p = NULL;
	return 0;
}

static void
word(const char **p, char *out, size_t size)
{
	size_t n;

	expect(p, "\"");
	if (*p == NULL)
		return;
	n = strcspn(*p, "\"");
	if (n >= size) {
		*p = NULL;
		return;
	}
	for (size_t i = 0; i < n; i++)
		out[i] = (*p)[i] > ' ' && (*p)[i] < 0x7f ? (*p)[i] : '_';
	out[n] = '\0';
	*p += n;
	expect(p, "\"");
}

static void
parse(const char *p, struct lock_holder *h)
{
	int64_t pid;

	expect(&p, "{\"pid\":");
	pid = number(&p);
	expect(&p, ",\"start\":");
	h->start = (uint64_t)number(&p);
	expect(&p, ",\"boot\":");
	word(&p, h->boot, sizeof h->boot);
	expect(&p, ",\"space\":");
	h->space = (uint64_t)number(&p);
	expect(&p, ",\"host\":");
	word(&p, h->host, sizeof h->host);
	expect(&p, ",\"cmd\":");
	word(&p, h->command, sizeof h->command);
	expect(&p, ",\"since\":");
	h->since = number(&p);
	expect(&p, ",\"up\":");
	h->up = number(&p);
	expect(&p, "}\n");
	if (p == NULL || *p != '\0' || pid < 1 || pid > INT32_MAX)
		*h = (struct lock_holder){ 0 };
	else
		h->pid = (pid_t)pid;
}

int
lock_read_holder(int dirfd, const char *name, struct lock_holder *h, struct err *e)
{
	char line[TEXT_MAX];
	ssize_t n;
	int fd;

	*h = (struct lock_holder){ 0 };
	fd = lock_open_plain(dirfd, name, O_RDONLY, e);
	if (fd == -1)
		return e->sys == ENOENT ? 0 : -1;
	n = read(fd, line, sizeof line - 1);
	if (n == -1)
		err_sys(e, "cannot read lock file '%s'", name);
	close(fd);
	if (n == -1)
		return -1;
	line[n] = '\0';
	if (memchr(line, '\0', (size_t)n) == NULL)
		parse(line, h);
	return 0;
}

int
lock_here(const struct lock_holder *h)
{
	char boot[40], raw[65] = "", host[65] = "";

	if (h->boot[0] == '\0' || lock_boot_id(boot) == -1)
		return -1;
	if (strcmp(h->boot, boot) == 0)
		return h->space == 0 || h->space == pid_space() ? 1 : -1;
	if (gethostname(raw, sizeof raw - 1) == 0)
		lock_plain(raw, host, sizeof host);
	return h->host[0] == '\0' || strcmp(h->host, host) == 0 ? 0 : -1;
}

int
lock_alive(const struct lock_holder *h)
{
	uint64_t start;
	char state;
	int here = lock_here(h);

	if (h->pid <= 0 || h->start == 0 || here == -1)
		return -1;
	if (here == 0)
		return 0;
	if (lock_read_stat(h->pid, &state, &start) == 0)
		return start == h->start && state != 'Z' && state != 'X';
	return kill(h->pid, 0) == -1 && errno == ESRCH ? 0 : -1;
}
