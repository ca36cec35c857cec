/*
 * inbox - what waits for a person, and for how long
 *
 * Pure: a picture in, entries and text out.  A task is in it where nothing of the suite
 * will move it on: it asks, it is parked or failed, its work is finished and nobody judges
 * it, or it waits for children that it does not have.  What is skipped is not: it comes
 * back with its cause, and that is there.  So is an agent in use that only a person opens.
 */
#ifndef ORCH_WORK_INBOX_H
#define ORCH_WORK_INBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct archive_lookup;
struct buf;
struct list_colour;
struct pool;
struct project;
struct task;
struct tasks;
struct vec_id;

enum inbox_kind {
	INBOX_QUESTION,		/* needs_review with a question: orch-answer */
	INBOX_PARKED,		/* needs_review for another reason */
	INBOX_FAILED,
	INBOX_REVIEW,		/* in_review, and no reviewer looks or could decide */
	INBOX_BLOCKED,		/* blocked without children */
	INBOX_AGENT,		/* no task: an agent that is disabled, stopped or damaged */
};

struct inbox_entry {
	const struct task *task;	/* of the picture; NULL for INBOX_AGENT */
	char *agent;			/* or "suite"; NULL for a task */
	const char *status;		/* name of the task's status, or of the agent's state */
	enum inbox_kind kind;
	int64_t since;			/* seconds; INT64_MIN: nothing in the task tells */
	char *text;			/* the question or the reason, as it stands there */
};

struct inbox {
	struct inbox_entry *v;
	size_t n, cap;
};

/* What is to be known beside the tasks. */
struct inbox_rules {
	bool reviewers;			/* somebody reviews what has reason `review` */
	struct archive_lookup *archive;	/* for children that were archived; borrowed */
};

/*
 * Those of the ids that wait, the one that has waited longest first, then by id.  A wait
 * begins with the newest line of history that has the status; a task that a person wrote
 * so, with its updated_at or created_at; one without any of them comes first.
 */
void	inbox_collect(struct inbox *, const struct tasks *, const struct vec_id *,
	    const struct inbox_rules *);
/* Adds the agents in use that only a person opens, and puts all in order again.  What a
 * stop of the suite or the loss of all state closes is told once, as "suite". */
void	inbox_agents(struct inbox *, const struct project *, const struct tasks *,
	    const struct pool *);
void	inbox_release(struct inbox *);

const char *inbox_kind_name(enum inbox_kind);		/* "question" */

/* The same for one task: is it parked with a question that nobody has answered? */
bool	inbox_asks(const struct task *);
/* Does it wait for a person, and for what? */
bool	inbox_waits(const struct task *, const struct tasks *, const struct inbox_rules *,
	    enum inbox_kind *);
/* Since when it has the status that it has; INT64_MIN: nothing in it tells. */
int64_t	inbox_since(const struct task *);

/* A line of id ("-": none), kind, since and title or agent, then the text, indented; all made
 * visible. */
void	inbox_text(const struct inbox *, const struct list_colour *, struct buf *);

/* One object a line: "schema":1, id, kind, status, since, title, and question or reason; of
 * an agent without id and title, with agent. */
void	inbox_json(const struct inbox *, struct buf *);

#endif
