/*
 * probe - facts about the surroundings, found out without touching anything
 *
 * For commands that only report: no file is made, no lock is kept.
 */
#ifndef ORCH_WORK_PROBE_H
#define ORCH_WORK_PROBE_H

#include <stdint.h>

struct err;
struct project;

/*
 * Does a process hold the task's run lock?  1 yes: an attempt lives.  0 no.  -1 it
 * cannot be told (error), which must never be taken for no.
 */
int	probe_attempt(const struct project *, int64_t task, struct err *);

/*
 * Can the agent be started: its driver is valid, it is enabled, its program is on
 * PATH?  0, or -1 with a message that names it.
 */
int	probe_agent(const struct project *, const char *id, struct err *);

#endif
