/*
 * A program that knows the token, asked.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "net/gh_auth_impl.h"
#include "sys/proc.h"

/* Where gh finds its files and its keyring, and how it gets out.  No token: it would say that. */
static void
environment_of_gh(char *const *env, struct vec_str *out)
{
	static const char *const passed[] = { "PATH", "HOME", "USER", "LOGNAME", "GH_CONFIG_DIR", "XDG_CONFIG_HOME",
		"XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS",
		    "DISPLAY",
		"WAYLAND_DISPLAY", "TMPDIR", "TZ" };

	for (size_t i = 0; i < sizeof passed / sizeof *passed; i++) {
		const char *value = gh_auth_variable(env, passed[i]);

		if (value != NULL)
			vec_str_take(out, xasprintf("%s=%s", passed[i], value));
	}
	vec_str_push(out, "LC_ALL=C");
	vec_str_push(out, "GH_PROMPT_DISABLED=1");
	vec_str_push(out, "GH_NO_UPDATE_NOTIFIER=1");
	vec_str_push(out, "NO_COLOR=1");
}

/* It may be any program, with settings that nobody here knows. */
static void
environment_of_command(char *const *env, struct vec_str *out)
{
	static const char *const kept_back[] = { "BASH_ENV=", "ENV=", "IFS=", "SHELLOPTS=", "BASHOPTS=", "PS4=" };

	for (; env != NULL && *env != NULL; env++) {
		bool pass = !str_starts(*env, "LD_") && !str_starts(*env, "BASH_FUNC_");

		for (size_t i = 0; i < sizeof kept_back / sizeof *kept_back; i++)
			pass = pass && !str_starts(*env, kept_back[i]);
		if (pass)
			vec_str_push(out, *env);
	}
}

/*
 * Reads until nobody has the pipe open any more, or the program has ended and the pipe is
 * empty: what it left running may keep it.  What is too slow or says too much is killed.
 */
static int
hear(struct proc *p, int fd, int64_t ms, struct buf *said, int *status, struct err *e)
{
	int64_t deadline = clock_mono() + ms;
	bool ended = false, open = true;
	const char *why = NULL;
	char chunk[4096];

	while (open || !ended) {
		struct pollfd fds[] = { { .fd = open ? fd : -1, .events = POLLIN },
			{ .fd = ended ? -1 : p->pidfd, .events = POLLIN } };
		int64_t left = deadline - clock_mono();
		ssize_t n;

		if (why == NULL && (left <= 0 || said->len > GH_AUTH_MAX)) {
			why = left <= 0 ? "took too long" : "said too much";
			proc_signal(p, SIGKILL);
			open = false;
			continue;
		}
		if (poll(fds, 2, ended ? 0 : left > 0 ? (int)left : 100) == -1 && errno != EINTR)
			return err_sys(e, "cannot wait for a program");
		if (!ended && proc_reap(p, status) == 1)
			ended = true;
		if (!open)
			continue;
		n = read(fd, chunk, sizeof chunk);
		if (n > 0)
			buf_append(said, chunk, (size_t)n);
		else if (n == 0 || (ended && errno == EAGAIN))
			open = false;
	}
	return why != NULL ? err_set(e, ERR_AUTH, "it %s", why) : 0;
}

static int
run(const char *program, const struct vec_str *argv, struct vec_str *env, int64_t ms, struct buf *said, struct err *e)
{
	struct vec_str args = { 0 };
	struct proc p = { .pidfd = -1 };
	int ends[2] = { -1, -1 }, null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), status = 0, r = -1;

	vec_str_push(&args, program);
	for (size_t i = 1; i < argv->n; i++)
		vec_str_push(&args, argv->v[i]);
	if (null == -1 || root == -1 || pipe2(ends, O_CLOEXEC) == -1) {
		err_sys(e, "cannot run '%s'", program);
		goto done;
	}
	struct proc_spec spec = { .argv = vec_str_argv(&args), .envp = vec_str_argv(env), .cwd = root,
		.in = null, .out = ends[1], .err = null, .death_signal = SIGKILL };

	r = proc_spawn(&p, &spec, e);
	close(ends[1]);
	ends[1] = -1;
	/* Only our end: what the program writes to is as it expects. */
	if (r == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == -1)
		r = err_sys(e, "cannot run '%s'", program);
	if (p.pid != 0 && hear(&p, ends[0], ms, said, &status, e) == -1)
		r = -1;
	if (r == 0 && WIFSIGNALED(status))
		r = err_set(e, ERR_AUTH, "it was ended by signal %d", WTERMSIG(status));
	else if (r == 0 && WEXITSTATUS(status) != 0)
		r = err_set(e, ERR_AUTH, "it ended with status %d: run it by hand to see why", WEXITSTATUS(status));
done:
	for (int i = 0; i < 2; i++)
		if (ends[i] != -1)
			close(ends[i]);
	if (null != -1)
		close(null);
	if (root != -1)
		close(root);
	vec_str_release(&args);
	return r;
}

int
gh_auth_ask(const struct vec_str *argv, char *const *env, bool gh, int64_t ms, struct buf *said, struct err *e)
{
	const char *path = gh_auth_variable(env, "PATH");
	char *program = proc_find(argv->v[0], path != NULL ? path : "/usr/local/bin:/usr/bin:/bin");
	struct vec_str own = { 0 };
	int r;

	if (program == NULL)
		return 1;
	if (gh)
		environment_of_gh(env, &own);
	else
		environment_of_command(env, &own);
	r = run(program, argv, &own, ms, said, e);
	/* Where there is no token it is that which matters, whatever the reason. */
	if (r == -1)
		e->code = ERR_AUTH;
	vec_str_release(&own);
	free(program);
	return r;
}
