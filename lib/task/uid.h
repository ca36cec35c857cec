/*
 * uid - what tells a task from every other one, in all copies of all projects
 *
 * Numbers are given anew in each copy.  Where tasks go to a tracker that does not do: an issue
 * bears the uid of its task as a mark, so that copies which synchronise make one issue of it.
 */
#ifndef ORCH_TASK_UID_H
#define ORCH_TASK_UID_H

#include <stdbool.h>

struct err;
struct project;

/* 128 random bits in hex; caller frees.  NULL, ERR_SYSTEM: there is no randomness. */
char	*uid_new(struct err *);

/*
 * Do the tasks of that project get one when they are added?  Only where it has a tracker:
 * gh.repo or GITHUB_REPO names it, or it was synchronised before.
 */
bool	uid_wanted(const struct project *);

#endif
