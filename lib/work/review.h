/*
 * review - what is in review is judged by agents that did not make it, or by a person
 *
 * Each reviewer is asked about an attempt until it has answered, by calls (call.h) that may
 * only read, in .orch/runs/ID/N/review/ROUND/AGENT; what it sees is found by the ids of task
 * and attempt alone (context.h).  Its answer stays there, in verdict.json, so that a kill
 * between two verdicts loses none and asks for none again.  Then they are counted
 * (consensus.h), an arbiter is asked where that is needed, and what came of it is one commit,
 * guarded by status, attempt number, what the task says and the commit that was judged.
 *
 * Nothing but a valid verdict approves.  What is not decided stays in review, and `reason`
 * says why if a person has to do something about it.
 */
#ifndef ORCH_WORK_REVIEW_H
#define ORCH_WORK_REVIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "work/consensus.h"

struct change;
struct err;
struct project;
struct store_opts;
struct val;
struct vec_id;
struct vec_str;

#define REVIEW_ASKS 3	/* calls without a valid verdict, limits apart, before an agent is not
			   asked any more about an attempt */

/* What became of one task. */
struct review_line {
	int64_t id;
	int attempt;		/* that was judged */
	int status;		/* exit status: 0 approved (or done already), 1 changes were asked
				   for, 69 a person is needed, 75 later, 65 no valid verdict */
	int decision;		/* enum decision; -1: none */
	char *text;		/* what came of it, one line */
	struct val *verdicts;	/* list of {agent, and verdict or class and message}; or NULL */
};

struct reviews {
	struct review_line *v;	/* in the order of the ids */
	size_t n, cap;
};

struct review_wish {
	const struct vec_str *reviewers;	/* NULL: review.reviewers */
	int64_t rounds;				/* 0: review.max_rounds */
	bool dry_run;				/* nobody is asked: the text says who would be */
};

/* -1: ERR_CONFIG, a reviewer is no agent, or one with a veto no reviewer; or the rest was not
 * done. */
int	review_tasks(struct project *, const struct vec_id *, const struct review_wish *,
	    struct reviews *, struct err *);

/*
 * A person's verdict on each of the tasks, in one commit.  `text`: the findings, or NULL.
 * The same verdict again, while nobody has gone on, is given already.
 */
int	review_by_hand(struct project *, const struct store_opts *, const struct vec_id *,
	    enum decision, const char *text, struct reviews *, struct err *);

/* The same of one task that is in review, inside of a change, with what follows from it. */
int	review_speak(struct change *, struct project *, int64_t task, enum decision,
	    const char *text, struct err *);

/* Books the calls of reviewers that have ended, and to which nobody comes back; those that
 * still run: later.  What cannot be booked is a line in `problems`, its exit status the worst
 * of *status. */
int	review_left(struct project *, struct vec_str *problems, int *status, struct err *);

void	reviews_release(struct reviews *);

/* {"schema":1, id, attempt, decision, status, text, verdicts}; caller frees. */
struct val *review_line_value(const struct review_line *);

#endif
