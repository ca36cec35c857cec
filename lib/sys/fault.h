/*
 * fault - named steps at which a test may stop the process
 *
 * Every step that makes something durable, or visible to others, first calls
 * fault_step("name").  Nothing happens unless the environment says so:
 *
 *	ORCH_TEST_CRASH_AT=7	   the 7th step of this process is not done: SIGKILL
 *	ORCH_TEST_CRASH_AT=name	   likewise, the first step of that name
 *	ORCH_TEST_STEPS=FILE	   the steps' names are appended to FILE, a line each
 *
 * so that a test counts the steps of a scenario once and then stops it at each.
 * Steps are counted per process; a child that is forked counts on.
 */
#ifndef ORCH_SYS_FAULT_H
#define ORCH_SYS_FAULT_H

void	fault_step(const char *name);

#endif
