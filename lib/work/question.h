/*
 * question - tasks that ask a person before anything is spent on them
 *
 * A task with the label "ambiguous" does so before its first attempt; so does one that
 * the router is not sure of (route.h).  It is parked with its question, orch-inbox shows
 * it, orch-answer moves it on.
 */
#ifndef ORCH_WORK_QUESTION_H
#define ORCH_WORK_QUESTION_H

#include <stdbool.h>

struct change;
struct err;
struct task;

#define QUESTION_AMBIGUOUS "The task is labelled \"ambiguous\": what exactly is wanted?"

/* Must a person say first what the task labelled so means? */
bool	question_due(const struct task *);

/* Has a person answered, whatever was asked? */
bool	question_answered(const struct task *);

/* Parks the task, which is new or routed, with the question. */
int	question_ask(struct change *, const struct task *, const char *question, struct err *);

#endif
