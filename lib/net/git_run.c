/*
 * The two things that git(1) does for us, in a checkout that is a person's: telling
 * whether tracked files are changed, and going forward to a commit.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "net/git_impl.h"
#include "sys/proc.h"

#define SAID_MAX (64u << 10)

/* What it needs to find itself and the person's settings; no GIT_*, no editor. */
static void
environment(struct vec_str *env)
{
	static const char *const passed[] = { "PATH", "HOME", "XDG_CONFIG_HOME", "USER", "LOGNAME", "TZ" };

	for (size_t i = 0; i < sizeof passed / sizeof *passed; i++) {
		const char *value = getenv(passed[i]);

		if (value != NULL)
			vec_str_take(env, xasprintf("%s=%s", passed[i], value));
	}
	vec_str_push(env, "LC_ALL=C");
	vec_str_push(env, "GIT_TERMINAL_PROMPT=0");
	vec_str_push(env, "GIT_EDITOR=false");
}

static int
wait_end(struct proc *p, int *status, struct err *e)
{
	struct pollfd end = { .fd = p->pidfd, .events = POLLIN };

	while (proc_reap(p, status) == 0)
		if (poll(&end, 1, -1) == -1 && errno != EINTR)
			return err_sys(e, "cannot wait for git");
	return 0;
}

/* Runs git in a folder; `said` gets its output and its messages, *status as of waitpid. */
static int
run(const char *dir, const char *const *args, int hold, struct buf *said, int *status,
    struct err *e)
{
	static const char *const first[] = {
		"git", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false",
	};
	struct vec_str argv = { 0 }, env = { 0 };
	struct proc_spec spec = { .in = hold };
	struct proc p = { .pidfd = -1 };
	char chunk[4096];
	ssize_t n;
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC), r = -1;
	int out = memfd_create("git", MFD_CLOEXEC), cwd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (size_t i = 0; i < sizeof first / sizeof *first; i++)
		vec_str_push(&argv, first[i]);
	for (; *args != NULL; args++)
		vec_str_push(&argv, *args);
	environment(&env);
	spec.argv = vec_str_argv(&argv);
	spec.envp = vec_str_argv(&env);
	spec.cwd = cwd;
	spec.out = spec.err = out;
	if (hold == -1)
		spec.in = nothing;
	if (nothing == -1 || out == -1 || cwd == -1)
		err_sys(e, "cannot run git in '%s'", dir);
	else if (proc_spawn(&p, &spec, e) == 0 && wait_end(&p, status, e) == 0)
		r = 0;
	for (off_t at = 0; r == 0 && said->len < SAID_MAX; at += n) {
		if ((n = pread(out, chunk, sizeof chunk, at)) <= 0)
			break;
		buf_append(said, chunk, (size_t)n);
	}
	if (nothing != -1)
		close(nothing);
	if (out != -1)
		close(out);
	if (cwd != -1)
		close(cwd);
	vec_str_release(&argv);
	vec_str_release(&env);
	return r;
}

/* Lines become ", ": names of files, or what git has to say. */
static void
join(const struct buf *said, struct buf *line)
{
	size_t len = said->len;

	while (len > 0 && said->data[len - 1] == '\n')
		len--;
	for (size_t i = 0; i < len; i++)
		if (said->data[i] == '\n')
			buf_puts(line, ", ");
		else if (said->data[i] != '\t')
			str_visible(line, said->data + i, 1, false);
}

int
gitlib_tidy(const char *where, const char *except, struct err *e)
{
	size_t len = strlen(where);
	char *spec = except != NULL && str_starts(except, where) && except[len] == '/' ?
	    xasprintf(":(top,exclude,literal)%s", except + len + 1) : NULL;
	const char *args[] = { "diff", "--no-ext-diff", "--name-only", "HEAD", "--", ":/", spec, NULL };
	struct buf said = { 0 }, line = { 0 };
	int status = 0, r = run(where, args, -1, &said, &status, e);

	join(&said, &line);
	if (r == 0 && status != 0)
		r = err_set(e, ERR_FAILED, "git cannot look at '%s': %s", where, buf_str(&line));
	else if (r == 0 && said.len > 0)
		r = err_set(e, ERR_BUSY, "not committed in '%s': %s", where, buf_str(&line));
	buf_release(&said);
	buf_release(&line);
	free(spec);
	return r;
}

int
gitlib_forward(const char *where, const char *id, int hold, struct err *e)
{
	const char *args[] = { "merge", "--ff-only", "--no-autostash", "--quiet", "--no-stat", id, NULL };
	struct buf said = { 0 }, line = { 0 };
	int status = 0, r = run(where, args, hold, &said, &status, e);

	join(&said, &line);
	if (r == 0 && status != 0)
		r = err_set(e, ERR_BUSY, "the checkout '%s' cannot follow: %s", where, buf_str(&line));
	buf_release(&said);
	buf_release(&line);
	return r;
}
