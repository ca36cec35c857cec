/*
 * What must not be survived: how a process ends then, and what it says.
 */
#include "base/alloc.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/tap.h"

static void
without_memory(void)
{
	xnomem();
}

static void
with_a_word(void)
{
	xabort("task %d is %s", 7, "two");
}

static void
after_a_change(void)
{
	xnomem_done("the change is committed");
	xnomem();
}

/* Longer than the line: it is cut, and still one line. */
static void
with_many(void)
{
	char many[2001];

	memset(many, 'x', sizeof many - 1);
	many[sizeof many - 1] = '\0';
	xabort("%s", many);
}

/* Runs it in a child; what that said on standard error is in `said`. */
static int
ending_of(void (*fatal)(void), char *said, size_t size)
{
	const struct rlimit none = { 0 };
	size_t have = 0;
	ssize_t n;
	int fd[2], status;
	pid_t pid;

	fflush(stdout);
	if (pipe(fd) == -1 || (pid = fork()) == -1)
		exit(1);
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &none);
		signal(SIGABRT, SIG_DFL);
		dup2(fd[1], STDERR_FILENO);
		fatal();
		_exit(0);
	}
	close(fd[1]);
	while ((n = read(fd[0], said + have, size - 1 - have)) > 0)
		have += (size_t)n;
	said[have] = '\0';
	close(fd[0]);
	waitpid(pid, &status, 0);
	return status;
}

int
main(void)
{
	char said[4096];
	int status;

	status = ending_of(without_memory, said, sizeof said);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 71, "without memory: status 71");
	is(said, "orch: out of memory\n", "and a message");
	ending_of(after_a_change, said, sizeof said);
	is(said, "orch: out of memory: the change is committed\n", "and what was done before");
	status = ending_of(with_a_word, said, sizeof said);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "a contradiction: SIGABRT");
	is(said, "orch: internal error: task 7 is two\n", "and a message");
	status = ending_of(with_many, said, sizeof said);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "a long message: SIGABRT");
	is_int((int64_t)strlen(said), 511, "cut to one line");
	ok(strchr(said, '\n') == said + strlen(said) - 1, "that ends");
	return done_testing();
}
