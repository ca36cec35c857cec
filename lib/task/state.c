/*
 * state - the only place where a task's status changes
 *
 * A cell of the table in capitals is a transition: to a status, or to one that a
 * fact decides (AGENT, LOOK, JUDGE).  A cell in small letters is a refusal
 * and names its message.  Every message says what is the case and which verb
 * leads on, because it is what a person or a script sees instead of a change.
 *
 * An event that leaves the status as it is (routed, routed again) is a
 * transition like any other: the caller still records what came with it.
 */
#include "task/state.h"

#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"

enum cell {
	/* Transitions.  The plain ones are the statuses themselves. */
	NEW = ST_NEW,
	ROUTE = ST_ROUTED,
	WORK = ST_IN_PROGRESS,
	BLOCK = ST_BLOCKED,
	PARK = ST_NEEDS_REVIEW,
	DONE = ST_DONE,
	SKIP = ST_SKIPPED,
	GONE = ST_CANCELLED,
	AGENT = STATUS_N,	/* routed where an agent is set, else new */
	LOOK,			/* in_review where a look is due, else done */
	JUDGE,			/* tried anew (AGENT), needs_review or failed, as decided */
	/* Refusals. */
	none, there, fresh, idle, busy, waits, due, park, done, fail, skip, gone, late, quiet,
	open, unrun, alone, over, again, held,
	CELL_N
};

static const char *const refusals[CELL_N] = {
	[none] = "does not exist",
	[there] = "is there already: change it with orch-set",
	[fresh] = "is new, it has no agent yet: choose one with orch-route",
	[idle] = "is not running: start it with orch-run",
	[busy] = "is in_progress: wait for it, or stop it with orch-cancel",
	[waits] = "is blocked: orch-delegate joins it when its children have ended",
	[due] = "is in_review: give the verdict with orch-review",
	[park] = "is needs_review: answer with orch-answer, or put it back with orch-retry",
	[done] = "is done: reopen it with orch-retry",
	[fail] = "is failed: put it back with orch-retry",
	[skip] = "is skipped: it comes back with its dependency, or with orch-retry",
	[gone] = "is cancelled: reopen it with orch-retry",
	[late] = "has no attempt running, this result comes too late: see orch-show",
	[quiet] = "has no open question: orch-inbox lists the tasks that wait for a person",
	[open] = "is not ended, so it cannot be reopened: orch-run runs it",
	[unrun] = "has no finished work to judge: run it with orch-run first",
	[alone] = "is not blocked, it waits for no children: orch-show tells its state",
	[over] = "is done, there is nothing left to cancel: orch-retry reopens it",
	[again] = "is cancelled already: orch-retry reopens it",
	[held] = "is not skipped: orch-list --explain tells what it waits for",
};

/* clang-format off */
static const uint8_t table[STATE_EVENT_N][STATUS_N] = {
	/*                      none   new    route  work   block  review park   done   fail   skip   cancel */
	[EV_ADD]            = { AGENT, there, there, there, there, there, there, there, there, there, there },
	[EV_ROUTE]          = { none,  ROUTE, ROUTE, busy,  waits, due,   park,  done,  fail,  skip,  gone  },
	[EV_ROUTE_FAILED]   = { none,  NEW,   ROUTE, busy,  waits, due,   park,  done,  fail,  skip,  gone  },
	[EV_CLAIM]          = { none,  fresh, WORK,  busy,  waits, due,   park,  done,  fail,  skip,  gone  },
	[EV_DELEGATE]       = { none,  BLOCK, BLOCK, BLOCK, BLOCK, due,   park,   done,  fail,  skip,  gone  },
	[EV_JOIN]           = { none,  alone, alone, busy,  AGENT, alone, alone, done,  fail,  skip,  gone  },
	[EV_CHILD_FAILED]   = { none,  alone, alone, busy,  JUDGE, alone, alone, done,  fail,  skip,  gone  },
	[EV_FINISH]         = { none,  idle,  late,  LOOK,  late,  late,  late,  late,  late,  late,  late  },
	[EV_VERIFY_FAILED]  = { none,  idle,  late,  JUDGE, late,  late,  late,  late,  late,  late,  late  },
	[EV_ATTEMPT_FAILED] = { none,  idle,  late,  JUDGE, late,  late,  late,  late,  late,  late,  late  },
	[EV_ORPHANED]       = { none,  idle,  late,  JUDGE, late,  late,  late,  late,  late,  late,  late  },
	[EV_ASK]            = { none,  PARK,  PARK,  PARK,  waits, due,   park,  done,  fail,  skip,  gone  },
	[EV_ANSWER]         = { none,  quiet, quiet, quiet, quiet, due,   AGENT, done,  fail,  skip,  gone  },
	[EV_REVIEW_APPROVE] = { none,  unrun, unrun, busy,  waits, DONE,  park,  done,  fail,  skip,  gone  },
	[EV_REVIEW_CHANGES] = { none,  unrun, unrun, busy,  waits, JUDGE, park,  done,  fail,  skip,  gone  },
	[EV_REVIEW_REJECT]  = { none,  unrun, unrun, busy,  waits, PARK,  park,  done,  fail,  skip,  gone  },
	[EV_RETRY]          = { none,  fresh, ROUTE, busy,  waits, due,   AGENT, done,  AGENT, AGENT, gone  },
	[EV_REOPEN]         = { none,  open,  open,  busy,  waits, due,   park,  AGENT, fail,  skip,  AGENT },
	[EV_CANCEL]         = { none,  GONE,  GONE,  GONE,  GONE,  GONE,  GONE,  over,  GONE,  GONE,  again },
	[EV_CLOSE]          = { none,  DONE,  DONE,  busy,  DONE,  DONE,  DONE,  done,  DONE,  DONE,  DONE  },
	[EV_SKIP]           = { none,  SKIP,  SKIP,  busy,  SKIP,  due,   park,  done,  fail,  skip,  gone  },
	[EV_UNSKIP]         = { none,  held,  held,  held,  held,  held,  held,  held,  held,  AGENT, held  },
	[EV_LAND]           = { none,  fresh, idle,  busy,  waits, due,   park,  DONE,  fail,  skip,  gone  },
	[EV_LAND_FAILED]    = { none,  fresh, idle,  busy,  waits, due,   park,  PARK,  fail,  skip,  gone  },
	[EV_IMPORT]         = { AGENT, there, there, there, there, there, there, there, there, there, there },
};
/* clang-format on */

static const char *const status_names[] = {
	"new", "routed", "in_progress", "blocked", "in_review", "needs_review",
	"done", "failed", "skipped", "cancelled", NULL,
};

static const char *const event_names[STATE_EVENT_N] = {
	[EV_ADD] = "add",
	[EV_ROUTE] = "route",
	[EV_ROUTE_FAILED] = "route_failed",
	[EV_CLAIM] = "claim",
	[EV_DELEGATE] = "delegate",
	[EV_JOIN] = "join",
	[EV_CHILD_FAILED] = "child_failed",
	[EV_FINISH] = "finish",
	[EV_VERIFY_FAILED] = "verify_failed",
	[EV_ATTEMPT_FAILED] = "attempt_failed",
	[EV_ORPHANED] = "orphaned",
	[EV_ASK] = "ask",
	[EV_ANSWER] = "answer",
	[EV_REVIEW_APPROVE] = "review_approve",
	[EV_REVIEW_CHANGES] = "review_changes",
	[EV_REVIEW_REJECT] = "review_reject",
	[EV_RETRY] = "retry",
	[EV_REOPEN] = "reopen",
	[EV_CANCEL] = "cancel",
	[EV_CLOSE] = "close",
	[EV_SKIP] = "skip",
	[EV_UNSKIP] = "unskip",
	[EV_LAND] = "land",
	[EV_LAND_FAILED] = "land_failed",
	[EV_IMPORT] = "import",
};

static enum status
verdict_status(const struct state_facts *facts)
{
	switch (facts->verdict) {
	case VERDICT_RETRY:
		return facts->has_agent ? ST_ROUTED : ST_NEW;
	case VERDICT_PARK:
		return ST_NEEDS_REVIEW;
	case VERDICT_FAIL:
		break;
	}
	return ST_FAILED;
}

int
state_next(enum status from, enum state_event ev, const struct state_facts *facts,
    enum status *next, struct err *e)
{
	static const struct state_facts nothing = { 0 };
	uint8_t c = table[ev][from];

	if (facts == NULL)
		facts = &nothing;
	if (refusals[c] != NULL)
		return err_set(e, ERR_FAILED, "%s", refusals[c]);
	if (c == AGENT)
		*next = facts->has_agent ? ST_ROUTED : ST_NEW;
	else if (c == LOOK)
		*next = facts->review_due ? ST_IN_REVIEW : ST_DONE;
	else if (c == JUDGE)
		*next = verdict_status(facts);
	else
		*next = (enum status)c;
	return 0;
}

const char *
state_name(enum status s)
{
	return s == ST_NONE ? "" : status_names[s - 1];
}

const char *
state_event_name(enum state_event ev)
{
	return event_names[ev];
}

int
state_find(const char *name)
{
	for (int s = ST_NEW; s < STATUS_N; s++)
		if (strcmp(name, status_names[s - 1]) == 0)
			return s;
	return -1;
}

bool
state_ended(enum status s)
{
	return s == ST_DONE || s == ST_FAILED || s == ST_SKIPPED || s == ST_CANCELLED;
}

bool
state_parked(enum status s)
{
	return s == ST_NEEDS_REVIEW || s == ST_FAILED;
}

const char *const *
state_names(void)
{
	return status_names;
}

static const char *
cell_text(uint8_t c)
{
	switch (c) {
	case AGENT:
		return "routed or new";
	case LOOK:
		return "in_review or done";
	case JUDGE:
		return "routed or new, needs_review or failed";
	default:
		return state_name((enum status)c);
	}
}

void
state_render(struct buf *b)
{
	for (int s = ST_NONE; s < STATUS_N; s++) {
		const char *sep = "";

		buf_printf(b, ".It %s%s\n", s == ST_NONE ? "Pq no task yet" : "Cm ",
		    state_name((enum status)s));
		for (int ev = 0; ev < STATE_EVENT_N; ev++) {
			uint8_t c = table[ev][s];

			if (refusals[c] != NULL)
				continue;
			buf_printf(b, "%s%s: %s", sep, event_names[ev], cell_text(c));
			sep = ";\n";
		}
		buf_puts(b, ".\n");
	}
}
