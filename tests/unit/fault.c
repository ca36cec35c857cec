#include "sys/fault.h"

#include <signal.h>

#include "../lib/tap.h"
#include "scratch.h"

/* A child that goes through three steps; with what the environment says. */
static int
three_steps(const char *at, const char *steps)
{
	pid_t pid = fork();

	if (pid != 0)
		return ended(pid);
	if (at != NULL)
		setenv("ORCH_TEST_CRASH_AT", at, 1);
	if (steps != NULL)
		setenv("ORCH_TEST_STEPS", steps, 1);
	fault_step("one");
	fault_step("two");
	fault_step("two");
	_exit(7);
}

/* The second step happens in a child, which counts on. */
static int
step_in_child(void)
{
	pid_t pid = fork();

	if (pid != 0)
		return ended(pid);
	setenv("ORCH_TEST_CRASH_AT", "2", 1);
	fault_step("one");
	pid = fork();
	if (pid != 0)
		_exit(ended(pid) == 1000 + SIGKILL ? 3 : 4);
	fault_step("two");
	_exit(0);
}

int
main(void)
{
	scratch_make();
	is_int(three_steps(NULL, NULL), 7, "nothing happens without the environment");
	is_int(three_steps("1", NULL), 1000 + SIGKILL, "killed at the first step");
	is_int(three_steps("3", "steps"), 1000 + SIGKILL, "killed at the third step");
	is(get("steps"), "one\ntwo\ntwo\n", "the steps that it came to are listed");
	is_int(three_steps("4", NULL), 7, "there is no fourth step");
	unlink("steps");
	is_int(three_steps("two", "steps"), 1000 + SIGKILL, "killed at a step by name");
	is(get("steps"), "one\ntwo\n", "at the first one of that name");
	is_int(three_steps("tw", NULL), 7, "part of a name is no name");
	is_int(three_steps("", ""), 7, "empty values are none");
	is_int(three_steps("03", NULL), 7, "03 is no number of a step");
	is_int(step_in_child(), 3, "a forked child counts on");
	scratch_remove();
	return done_testing();
}
