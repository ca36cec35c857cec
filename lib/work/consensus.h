/*
 * consensus - what several verdicts on one piece of work amount to
 *
 * Numbers and names in, a decision out.  In this order:
 *
 *	veto	  one agent with a veto that asks for changes or rejects decides alone; the
 *		  strictest of them, if there are several.  While one of them has no valid
		  verdict, nothing else is decided: it might be that.
 *	quorum	  fewer valid verdicts than that: nothing is decided.
 *	conflict  one approves and another does not, and both speak of the same line of the
 *		  same file (line 0 is the whole file): an arbiter has to look.
 *	weights	  those that approve against those that do not; equal weight is a tie, and an
 *		  arbiter has to look.  Those that do not approve reject if the weight of
 *		  rejecting is no less than that of asking for changes.
 *
 * A verdict that is missing or whose numbers are none that can be (NaN, infinite, negative, a
 * confidence above 1) has no other part in this, so nothing is ever approved by it.  How sure
 * a reviewer is, is for people and the arbiter to read: models are sure of the wrong things
 * too, so it does not count.
 */
#ifndef ORCH_WORK_CONSENSUS_H
#define ORCH_WORK_CONSENSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order of strictness. */
enum decision { DECIDE_APPROVE, DECIDE_CHANGES, DECIDE_REJECT, DECISIONS };

const char *decision_name(enum decision);	/* "request_changes" */
int	decision_find(const char *);		/* enum decision, or -1 */

struct consensus_spot {
	const char *file;		/* in the tree, however written (./a//b); "", or one
					   that leaves it: nowhere in particular */
	int64_t line;
};

struct consensus_vote {
	bool given;			/* false: it is missing */
	enum decision decision;
	double confidence;		/* 0 to 1 */
	double weight;			/* from 0 */
	bool veto;
	const struct consensus_spot *spots;	/* that its findings are about */
	size_t spots_n;
};

enum consensus_end {
	CONSENSUS_SHORT,		/* the quorum is missing */
	CONSENSUS_UNHEARD,		/* a verdict with a veto is */
	CONSENSUS_TIE,			/* both need an arbiter: */
	CONSENSUS_CONFLICT,
	CONSENSUS_DECIDED,
};

struct consensus {
	enum consensus_end end;
	enum decision decision;		/* if decided */
	bool by_veto;
	size_t counted;			/* valid verdicts */
	size_t one, other;		/* of a conflict: the votes, */
	size_t spot;			/* and which spot of `one` it is about */
};

/* quorum: at least 1; what is below counts as 1. */
void	consensus(struct consensus *, const struct consensus_vote *, size_t n, size_t quorum);

/* Is it one that counts? */
bool	consensus_counts(const struct consensus_vote *);

#endif
