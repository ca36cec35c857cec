/*
 * ready_impl - the parts of being ready, for the list (ready.c) and for the words
 * (ready_why.c)
 */
#ifndef ORCH_TASK_READY_IMPL_H
#define ORCH_TASK_READY_IMPL_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct ready_rules;
struct task;
struct tasks;
struct vec_id;

bool	ready_status(const struct task *, const struct ready_rules *);
bool	ready_due(const struct task *, const struct ready_rules *);
/* Is its project there?  The error says what is wrong. */
bool	ready_place(const struct task *, const struct ready_rules *, struct err *);
/* How long it has waited, in seconds, and its priority after ageing. */
int64_t	ready_waited(const struct task *, const struct ready_rules *);
int	ready_priority(const struct task *, const struct ready_rules *);

/* The task of the file, else of the archive, else NULL. */
const struct task *ready_find(const struct tasks *, const struct ready_rules *, int64_t id);

/* Appends the dependencies that are not done. */
void	ready_unmet(const struct tasks *, const struct ready_rules *, const struct task *,
	    struct vec_id *);

#endif
