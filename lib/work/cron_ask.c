#include "work/cron_ask.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "sys/fs.h"
#include "sys/proc.h"

#define PATH_DEFAULT "/usr/local/bin:/usr/bin:/bin"

extern char **environ;

/* Messages in English; and with this variable Debian's crontab prints three lines more. */
static void
environment(struct vec_str *env, const char *editor)
{
	for (char **v = environ; v != NULL && *v != NULL; v++)
		if (!str_starts(*v, "LC_") && !str_starts(*v, "LANG=") && !str_starts(*v, "LANGUAGE=") &&
		    !str_starts(*v, "CRONTAB_NOHEADER=") &&
		    (editor == NULL || (!str_starts(*v, "VISUAL=") && !str_starts(*v, "EDITOR="))))
			vec_str_push(env, *v);
	if (editor != NULL) {
		vec_str_take(env, xasprintf("VISUAL=%s", editor));
		vec_str_take(env, xasprintf("EDITOR=%s", editor));
	}
	vec_str_push(env, "LC_ALL=C");
	vec_str_push(env, "SYSTEMD_COLORS=0");
	vec_str_push(env, "SYSTEMD_PAGER=");
}

static const char *
search_path(void)
{
	const char *path = getenv("PATH");

	return path != NULL && *path != '\0' ? path : PATH_DEFAULT;
}

/*
 * Files in memory and no pipes: a program that reads what we give it has all of it before it
 * starts, so that our end in the middle is no end of the text to it.
 */
static int
memory(const struct buf *text)
{
	int fd = memfd_create("orch-cron", MFD_CLOEXEC);

	if (fd == -1 || text == NULL)
		return fd;
	if (fs_write_all(fd, buf_str(text), text->len) == 0 && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	close(fd);
	return -1;
}

/* What it wrote; -1: more than may be, or it cannot be read. */
static int
read_back(int fd, struct buf *b)
{
	char chunk[65536];
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET) == -1)
		return -1;
	while ((n = read(fd, chunk, sizeof chunk)) > 0) {
		if (b->len + (size_t)n > CRON_ASK_MAX) {
			errno = EFBIG;
			return -1;
		}
		buf_append(b, chunk, (size_t)n);
	}
	return n == 0 ? 0 : -1;
}

/* 0, or 1 if it had to be killed. */
static int
wait_for(struct proc *p, int *status)
{
	int64_t deadline = clock_mono() + CRON_ASK_MS;
	bool late = false;

	for (;;) {
		struct pollfd fd = { .fd = p->pidfd, .events = POLLIN };
		int64_t left = deadline - clock_mono();

		if (proc_reap(p, status) == 1)
			return late;
		if (left <= 0) {
			late = true;
			proc_signal(p, SIGKILL);
		}
		poll(&fd, 1, left > 0 ? (int)left : 100);
	}
}

static int
run(const struct cron_ask *a, struct vec_str *argv, int fds[3], int cwd, struct err *e)
{
	struct vec_str env = { 0 };
	struct proc proc = { .pidfd = -1 };
	int status = 0, late = 0, r;

	environment(&env, a->editor);
	struct proc_spec spec = { .argv = vec_str_argv(argv), .envp = vec_str_argv(&env), .path = search_path(),
		.cwd = cwd, .in = fds[0], .out = fds[1], .err = fds[2], .gains = true, .keep = a->keep };
	r = proc_spawn(&proc, &spec, e);
	if (r == 0)
		late = wait_for(&proc, &status);
	vec_str_release(&env);
	if (r == -1)
		return -1;
	if (late == 1)
		return err_set(e, ERR_SYSTEM, "'%s' took too long", argv->v[0]);
	if (WIFSIGNALED(status))
		return err_set(e, ERR_SYSTEM, "'%s' was ended by signal %d", argv->v[0], WTERMSIG(status));
	return WEXITSTATUS(status);
}

int
cron_ask(const struct cron_ask *a, struct buf *out, struct buf *said, struct err *e)
{
	struct vec_str argv = { 0 };
	int fds[3] = { a->in != NULL ? memory(a->in) : open("/dev/null", O_RDONLY | O_CLOEXEC), memory(NULL),
		memory(NULL) };
	int cwd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = -1;

	for (size_t i = 0; i < a->words->n; i++)
		vec_str_push(&argv, a->words->v[i]);
	if (fds[0] == -1 || fds[1] == -1 || fds[2] == -1 || cwd == -1)
		err_sys(e, "cannot run '%s'", argv.v[0]);
	else if ((r = run(a, &argv, fds, cwd, e)) != -1 &&
	    (read_back(fds[1], out) == -1 || read_back(fds[2], said) == -1))
		r = err_sys(e, "cannot read what '%s' says", argv.v[0]);
	while (said->len > 0 && said->data[said->len - 1] == '\n')
		buf_cut(said, said->len - 1);
	for (int i = 0; i < 3; i++)
		if (fds[i] != -1)
			close(fds[i]);
	if (cwd != -1)
		close(cwd);
	vec_str_release(&argv);
	return r;
}

bool
cron_ask_is_there(const char *name)
{
	char *path = proc_find(name, search_path());
	bool there = path != NULL;

	free(path);
	return there;
}
