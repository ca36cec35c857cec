/*
 * serve - starts what a project needs when it needs it, and sleeps in between
 *
 * One process with one poll(2).  What is to be done is found out by a child of it that lives for
 * milliseconds (serve_look.h), so that this process parses nothing, stays small and cannot
 * hang in a file; it is done by the commands of the suite, each in a process of its own that
 * outlives this one.  Nothing that a server knows is kept: the next one looks again.
 *
 *	something happened	inotify, an alarm, a child that ended, a signal
 *	a look			what is ready, what is due when, what is wrong
 *	starts			of each step that is wanted and neither runs nor pauses
 *
 * Held by this process alone is .orch/state/serve.lock.
 */
#ifndef ORCH_WORK_SERVE_H
#define ORCH_WORK_SERVE_H

#include <stdbool.h>

#include "base/log.h"

struct buf;
struct err;
struct project;

/* One line for people, in the order of the log as well; LOG_DEBUG is for who wants all. */
typedef void serve_report(void *arg, enum log_level, const char *text);

struct serve_opts {
	int jobs;		/* 0: serve.jobs */
	bool once;		/* end when nothing is due */
	bool verbose;		/* the commands tell more */
	serve_report *report;
	void *arg;
};

/*
 * The exit status of orch-serve(1), or -1: ERR_BUSY where another server is at work, ERR_SYSTEM.
 * The project is prepared; its configuration was valid.  The working directory becomes '/'.
 */
int	serve(struct project *, const struct serve_opts *, struct err *);

/* What would be started now: a line each, appended. */
int	serve_plan(struct project *, const struct serve_opts *, struct buf *, struct err *);

#endif
