#include "work/login.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/val.h"
#include "sys/proc.h"
#include "task/project.h"
#include "work/agent.h"
#include "work/env.h"

extern char **environ;

const char *
login_name(enum login login)
{
	static const char *const names[] = { "unknown", "good", "refused" };

	return names[login];
}

/* Its exit status; -1: it was killed, by us or somebody else. */
static int
wait_for(struct proc *p)
{
	int64_t deadline = clock_mono() + LOGIN_MS;
	int status = 0;

	for (;;) {
		struct pollfd fd = { .fd = p->pidfd, .events = POLLIN };
		int64_t left = deadline - clock_mono();

		if (proc_reap(p, &status) == 1)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		if (left <= 0)
			proc_signal(p, SIGKILL);
		poll(&fd, 1, left > 0 ? (int)left : 100);
	}
}

/* Run in the project's folder, with what the agent gets there. */
static int
run(const struct project *p, const struct agent *a, struct vec_str *argv, int *status, struct err *e)
{
	struct vec_str env = { 0 };
	struct proc proc = { .pidfd = -1 };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int cwd = open(p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = -1;

	env_pass(&env, environ, &p->config, val_get(a->table, "env_pass"));
	struct proc_spec spec = { .argv = vec_str_argv(argv), .envp = vec_str_argv(&env), .cwd = cwd,
		.in = null, .out = null, .err = null, .death_signal = SIGKILL };
	if (null == -1 || cwd == -1)
		err_sys(e, "cannot run '%s'", argv->v[0]);
	else if ((r = proc_spawn(&proc, &spec, e)) == 0)
		*status = wait_for(&proc);
	if (null != -1)
		close(null);
	if (cwd != -1)
		close(cwd);
	vec_str_release(&env);
	return r;
}

int
login_ask(const struct project *p, const struct agent *a, enum login *login, struct err *e)
{
	const struct val *words = val_path(a->table, "auth.argv");
	struct vec_str argv = { 0 };
	char *program = agent_program(a, p, getenv("PATH"), e);
	int status = 0, r = 0;

	*login = LOGIN_UNKNOWN;
	if (program == NULL)
		return -1;
	vec_str_push(&argv, program);
	for (size_t i = 0; words != NULL && i < words->n; i++)
		vec_str_push(&argv, val_text(words->v[i]));
	if (words != NULL && (r = run(p, a, &argv, &status, e)) == 0 && status != -1)
		*login = status == val_number(val_path(a->table, "auth.ok"), 0) ? LOGIN_GOOD : LOGIN_REFUSED;
	vec_str_release(&argv);
	free(program);
	return r;
}
