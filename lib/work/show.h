/*
 * show - one task whole, and what its attempts left behind
 *
 * Texts are for people: one line is one line, what spans lines is indented; nothing
 * in it is made safe for a terminal, which is the printer's to do.
 */
#ifndef ORCH_WORK_SHOW_H
#define ORCH_WORK_SHOW_H

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

struct buf;
struct err;
struct project;
struct task;
struct val;

struct show_attempt {
	int number;
	char *agent;		/* NULL: killed before it was written down */
	char *class;		/* NULL: it was not judged (yet) */
	char *message;		/* NULL likewise */
	int64_t ms;		/* how long the agent ran; -1: it has not ended */
	char *path;		/* the folder */
	char *container;	/* what it runs in, NULL: not begun */
	bool sealed;		/* the mounts in there hold it */
	char *sandbox;		/* that was asked for; NULL as agent */
};

struct show_attempts {
	struct show_attempt *v;	/* by number */
	size_t n, cap;
};

/* All attempts that have a folder.  A record that cannot be read is as if absent. */
int	show_attempts(struct show_attempts *, const struct project *, int64_t task,
	    struct err *);
void	show_attempts_release(struct show_attempts *);

/* The attempt of that number, 0: the newest; NULL: there is none. */
const struct show_attempt *show_attempt(const struct show_attempts *, int number);

/*
 * Fields that are set, in the order of the table, groups apart; then the attempts.
 * `archived` is the file of the archive in which it stands, NULL: it is in the task file.
 */
void	show_text(const struct task *, const char *archived, const struct show_attempts *,
	    struct buf *);

/* The task as a map with schema, attempt_list and, where it is so, archived; caller
 * frees. */
struct val *show_value(const struct task *, const char *archived, const struct show_attempts *);

/* Appends a file of the attempt ("stdout", "prompt.md").  1: it is not there. */
int	show_file(const struct project *, int64_t task, int number, const char *name,
	    struct buf *, struct err *);

#endif
