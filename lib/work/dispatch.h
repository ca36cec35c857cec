/*
 * dispatch - runs the subscriptions of orch.yml for the events that have come
 *
 * At the end of a command that runs things, and outside of every lock.  Each subscription gets
 * its events one after another, in order, each at least once: an event is pending on the
 * disk before its program is started, and acknowledged after that has ended with 0.  All
 * subscriptions are at work at the same time, DISPATCH_PARALLEL of them at most, so that none
 * waits for another.
 *
 * The program gets the event on its standard input, as listen.h has it; its environment is
 * that of an agent (env.h) and
 *
 *	ORCH_SUBSCRIPTION	its name
 *	ORCH_EVENT_SEQ		number, topic, task ("" for none) and count of the event
 *	ORCH_EVENT_TOPIC
 *	ORCH_EVENT_TASK
 *	ORCH_EVENT_COUNT
 *	ORCH_EVENT_DEPTH	that of events that it will tell of
 *
 * It has a session of its own, begins in the project's folder, and all that it leaves running
 * is killed when it ends, or this process does (proc_spawn_swept()).  One that runs for longer than its timeout is
 * asked to stop (TERM), after `grace` made to (KILL).  When its program has failed it is not
 * run again before the next dispatch; after SUBSCRIBE_FAILURES failures in a row it is
 * suspended.  No new event is begun when the timeout has passed since its first one, so that
 * it takes at most twice its timeout and the grace, and a dispatch no more than its slowest.
 *
 * Events that come while a dispatch is at work are left for the next one, so that nobody can
 * keep it busy.  What a subscription causes has a greater depth than what it was run for, and events that are
 * EVENT_DEPTH_MAX deep are given to none: a circle ends.
 */
#ifndef ORCH_WORK_DISPATCH_H
#define ORCH_WORK_DISPATCH_H

#include <stdint.h>

struct err;
struct project;

#define DISPATCH_PARALLEL 100

/* What a person should know of the subscription. */
typedef void dispatch_report(void *arg, const char *name, const char *message);

/*
 * SIGTERM, SIGINT, SIGHUP and SIGQUIT end it: what runs is stopped and stays pending.  So does
 * the deadline (clock_mono; 0: none): 1 if it did.  A failure of a program is no error; that the
 * system would not write what was given is one, after all others have had their turn.
 */
int	dispatch_events(struct project *, const char *command, int64_t deadline, dispatch_report *,
	    void *arg, struct err *);

#endif
