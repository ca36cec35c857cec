/*
 * field - the table of task fields
 *
 * Three lists say the same names: the table in the order of the manual, the
 * plain names for whoever wants an order of insertion, and the fields sorted by
 * name for the search that every key of every task goes through.  The unit test
 * holds them together; the compiler builds nothing at start-up.
 */
#include "task/field.h"

#include <stddef.h>
#include <string.h>

#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "task/event.h"

#define SECOND INT64_C(1000)
#define DAY (86400 * SECOND)

static const char *const priorities[] = { "urgent", "high", "normal", "low", NULL };
static const char *const statuses[] = {
	"new", "routed", "in_progress", "blocked", "in_review", "needs_review",
	"done", "failed", "skipped", "cancelled", NULL,
};
static const char *const complexities[] = { "simple", "medium", "complex", NULL };
static const char *const products[] = { "any", "commits", "text", NULL };
static const char *const isolations[] = { "worktree", "none", NULL };
static const char *const sandboxes[] = { "none", "landlock", "bwrap", NULL };
static const char *const decisions[] = { "approve", "request_changes", "reject", NULL };

/* clang-format off */
const struct field_def field_table[FIELD_N] = {
	[F_ID] = { "id", FIELD_INT, FIELD_MACHINE, NULL, 1, NUM_ID_MAX,
	    "number of the task, given once and never used again" },
	[F_UID] = { "uid", FIELD_LINE, FIELD_MACHINE, NULL, 0, 0,
	    "128 random bits in hex, given when a tracker is linked" },
	[F_KEY] = { "key", FIELD_LINE, FIELD_PERSON, NULL, 0, 0,
	    "free name that no other task has: for --dedupe and manifests" },
	[F_TITLE] = { "title", FIELD_LINE, FIELD_PERSON, NULL, 0, 0,
	    "what is to be done, in one line" },
	[F_BODY] = { "body", FIELD_TEXT, FIELD_PERSON, NULL, 0, 0,
	    "the same at length" },
	[F_LABELS] = { "labels", FIELD_TEXTS, FIELD_PERSON, NULL, 0, 0,
	    "words to select and to route by" },
	[F_PRIORITY] = { "priority", FIELD_WORD, FIELD_PERSON, priorities, 0, 0,
	    "place in the queue, raised with age; absent: normal" },
	[F_CREATED_AT] = { "created_at", FIELD_TIME, FIELD_MACHINE, NULL, 0, 0,
	    "when the task was added" },
	[F_UPDATED_AT] = { "updated_at", FIELD_TIME, FIELD_MACHINE, NULL, 0, 0,
	    "when a command last changed it" },
	[F_CREATED_BY] = { "created_by", FIELD_LINE, FIELD_MACHINE, NULL, 0, 0,
	    "the command that added it; of a part that an agent asked for, 'agent of task N'" },
	[F_EVENT_DEPTH] = { "event_depth", FIELD_INT, FIELD_MACHINE, NULL, 1, EVENT_DEPTH_MAX,
	    "how many events stand behind it; absent: none" },

	[F_PROJECT] = { "project", FIELD_LINE, FIELD_PERSON, NULL, 0, 0,
	    "one of the projects of orch.yml; absent: this one" },
	[F_JOB] = { "job", FIELD_LINE, FIELD_MACHINE, NULL, 0, 0,
	    "the schedule that made it" },
	[F_SCHEDULED_FOR] = { "scheduled_for", FIELD_TIME, FIELD_MACHINE, NULL, 0, 0,
	    "the slot of that schedule" },
	[F_PLAN] = { "plan", FIELD_LINE, FIELD_MACHINE, NULL, 0, 0,
	    "the manifest that made it" },
	[F_STAGE] = { "stage", FIELD_LINE, FIELD_MACHINE, NULL, 0, 0,
	    "the stage of that manifest" },

	[F_STATUS] = { "status", FIELD_WORD, FIELD_STATE, statuses, 0, 0,
	    "where it stands; absent: new; changed by verbs only" },
	[F_REASON] = { "reason", FIELD_TEXT, FIELD_MACHINE, NULL, 0, 0,
	    "why it stands there" },
	[F_DEPENDS_ON] = { "depends_on", FIELD_IDS, FIELD_PERSON, NULL, 0, 0,
	    "tasks that must be done first" },
	[F_PARENT_ID] = { "parent_id", FIELD_INT, FIELD_MACHINE, NULL, 1, NUM_ID_MAX,
	    "the task that delegated this one" },
	[F_CHILDREN] = { "children", FIELD_IDS, FIELD_MACHINE, NULL, 0, 0,
	    "the tasks that it delegated" },
	[F_JOIN] = { "join", FIELD_JOIN, FIELD_PERSON, NULL, 0, 0,
	    "how many children must be done: all, any or a number; absent: all" },

	[F_AGENT] = { "agent", FIELD_LINE, FIELD_PERSON, NULL, 0, 0,
	    "the driver that does the work; absent: the router chooses" },
	[F_AGENT_MODEL] = { "agent_model", FIELD_LINE, FIELD_PERSON, NULL, 0, 0,
	    "the model that the driver is asked for" },
	[F_AGENT_PROFILE] = { "agent_profile", FIELD_MAP, FIELD_PERSON, NULL, 0, 0,
	    "role, skills, tools and constraints for the prompt" },
	[F_SELECTED_SKILLS] = { "selected_skills", FIELD_TEXTS, FIELD_PERSON, NULL, 0, 0,
	    "skills whose text goes into the prompt" },
	[F_COMPLEXITY] = { "complexity", FIELD_WORD, FIELD_PERSON, complexities, 0, 0,
	    "how hard it looks: chooses the model" },
	[F_ROUTE_REASON] = { "route_reason", FIELD_TEXT, FIELD_MACHINE, NULL, 0, 0,
	    "why this agent was chosen" },
	[F_ROUTE_WARNING] = { "route_warning", FIELD_TEXT, FIELD_MACHINE, NULL, 0, 0,
	    "what was wrong with the choice" },

	[F_ATTEMPTS] = { "attempts", FIELD_INT, FIELD_MACHINE, NULL, 0, 1000000,
	    "attempts begun: the number of the newest" },
	[F_RETRIED_AFTER] = { "retried_after", FIELD_INT, FIELD_MACHINE, NULL, 0, 1000000,
	    "attempts up to this one no longer count: a person put it back (orch-retry)" },
	[F_RETRIED_USAGE] = { "retried_usage", FIELD_MAP, FIELD_MACHINE, NULL, 0, 0,
	    "the part of usage that no longer counts against budgets: the same" },
	[F_MAX_ATTEMPTS] = { "max_attempts", FIELD_INT, FIELD_PERSON, NULL, 1, 100,
	    "attempts it may use; absent: as in orch.yml" },
	[F_RETRY_AT] = { "retry_at", FIELD_TIME, FIELD_MACHINE, NULL, 0, 0,
	    "not before this time" },
	[F_LAST_ERROR] = { "last_error", FIELD_TEXT, FIELD_MACHINE, NULL, 0, 0,
	    "how the last attempt failed" },
	[F_ERROR_CLASS] = { "error_class", FIELD_LINE, FIELD_MACHINE, NULL, 0, 0,
	    "the same in one word" },
	[F_TIMEOUT] = { "timeout", FIELD_SPAN, FIELD_PERSON, NULL, SECOND, 7 * DAY,
	    "longest time of an attempt; absent: as in orch.yml" },
	[F_IDLE_TIMEOUT] = { "idle_timeout", FIELD_SPAN, FIELD_PERSON, NULL, SECOND, 7 * DAY,
	    "longest silence of an attempt; absent: as in orch.yml" },
	[F_BUDGET] = { "budget", FIELD_BUDGET, FIELD_PERSON, NULL, 0, 0,
	    "US dollars it may cost, or a mapping of limits" },
	[F_COMMAND] = { "command", FIELD_TEXT, FIELD_PERSON, NULL, 0, 0,
	    "shell command of the agent sh" },
	[F_VERIFY] = { "verify", FIELD_TEXTS, FIELD_PERSON, NULL, 0, 0,
	    "shell commands that must succeed before it is done" },
	[F_OPTIONAL_VERIFY] = { "optional_verify", FIELD_TEXTS, FIELD_PERSON, NULL, 0, 0,
	    "shell commands whose failure is told in warnings, and no more" },
	[F_PRODUCES] = { "produces", FIELD_WORD, FIELD_PERSON, products, 0, 0,
	    "what an attempt must leave behind; absent: any" },
	[F_ISOLATION] = { "isolation", FIELD_WORD, FIELD_PERSON, isolations, 0, 0,
	    "whether it gets a work tree of its own" },
	[F_SANDBOX] = { "sandbox", FIELD_WORD, FIELD_PERSON, sandboxes, 0, 0,
	    "what keeps the agent from writing elsewhere" },
	[F_EXECUTOR] = { "executor", FIELD_LINE, FIELD_PERSON, NULL, 0, 0,
	    "where attempts run; absent: local" },
	[F_BRANCH] = { "branch", FIELD_LINE, FIELD_MACHINE, NULL, 0, 0,
	    "the git branch of the work" },
	[F_WORKTREE] = { "worktree", FIELD_LINE, FIELD_MACHINE, NULL, 0, 0,
	    "the folder of the work" },
	[F_SESSION] = { "session", FIELD_LINE, FIELD_MACHINE, NULL, 0, 0,
	    "the agent's session, to go on in" },
	[F_TRIED_AGENTS] = { "tried_agents", FIELD_TEXTS, FIELD_MACHINE, NULL, 0, 0,
	    "agents that have had an attempt" },

	[F_SUMMARY] = { "summary", FIELD_TEXT, FIELD_MACHINE, NULL, 0, 0,
	    "what the last attempt says it did" },
	[F_ACCOMPLISHED] = { "accomplished", FIELD_TEXTS, FIELD_MACHINE, NULL, 0, 0,
	    "what is done" },
	[F_REMAINING] = { "remaining", FIELD_TEXTS, FIELD_MACHINE, NULL, 0, 0,
	    "what is not" },
	[F_WARNINGS] = { "warnings", FIELD_TEXTS, FIELD_MACHINE, NULL, 0, 0,
	    "optional checks that failed" },
	[F_BLOCKERS] = { "blockers", FIELD_TEXTS, FIELD_MACHINE, NULL, 0, 0,
	    "what stood in the way" },
	[F_FILES_CHANGED] = { "files_changed", FIELD_TEXTS, FIELD_MACHINE, NULL, 0, 0,
	    "files that the work touched" },
	[F_NEEDS_HELP] = { "needs_help", FIELD_BOOL, FIELD_MACHINE, NULL, 0, 0,
	    "whether the agent asked for a person" },
	[F_QUESTION] = { "question", FIELD_TEXT, FIELD_MACHINE, NULL, 0, 0,
	    "what it asked" },
	[F_ANSWER] = { "answer", FIELD_TEXT, FIELD_MACHINE, NULL, 0, 0,
	    "what the person said (orch-answer)" },
	[F_USAGE] = { "usage", FIELD_MAP, FIELD_MACHINE, NULL, 0, 0,
	    "input_tokens, output_tokens, seconds and cost_usd, of it estimated_usd, of all attempts" },

	[F_REVIEW_DECISION] = { "review_decision", FIELD_WORD, FIELD_MACHINE, decisions, 0, 0,
	    "the last verdict" },
	[F_REVIEW_NOTES] = { "review_notes", FIELD_TEXT, FIELD_MACHINE, NULL, 0, 0,
	    "what the reviewers found" },
	[F_REVIEW_ROUND] = { "review_round", FIELD_INT, FIELD_MACHINE, NULL, 0, 1000000,
	    "times that it was sent back" },
	[F_REVIEW_CALLS] = { "review_calls", FIELD_TEXTS, FIELD_MACHINE, NULL, 0, 0,
	    "calls of reviewers that are booked, each once" },

	[F_HISTORY] = { "history", FIELD_MAPS, FIELD_MACHINE, NULL, 0, 0,
	    "its newest 20 changes of status, and notes: at, status, note" },
	[F_GH] = { "gh", FIELD_MAP, FIELD_MACHINE, NULL, 0, 0,
	    "the GitHub issue it is linked with" },
};

static const char *const order[FIELD_N + 1] = {
	"id", "uid", "key", "title", "body", "labels", "priority", "created_at",
	"updated_at", "created_by", "event_depth",
	"project", "job", "scheduled_for", "plan", "stage",
	"status", "reason", "depends_on", "parent_id", "children", "join",
	"agent", "agent_model", "agent_profile", "selected_skills", "complexity",
	"route_reason", "route_warning",
	"attempts", "retried_after", "retried_usage", "max_attempts", "retry_at", "last_error",
	"error_class",
	"timeout", "idle_timeout", "budget", "command", "verify", "optional_verify", "produces",
	"isolation", "sandbox",
	"executor", "branch", "worktree", "session", "tried_agents",
	"summary", "accomplished", "remaining", "warnings", "blockers", "files_changed",
	"needs_help",
	"question", "answer", "usage",
	"review_decision", "review_notes", "review_round", "review_calls",
	"history", "gh",
	NULL,
};

static const unsigned char sorted[FIELD_N] = {
	F_ACCOMPLISHED, F_AGENT, F_AGENT_MODEL, F_AGENT_PROFILE, F_ANSWER, F_ATTEMPTS,
	F_BLOCKERS, F_BODY, F_BRANCH, F_BUDGET, F_CHILDREN, F_COMMAND, F_COMPLEXITY,
	F_CREATED_AT, F_CREATED_BY, F_DEPENDS_ON, F_ERROR_CLASS, F_EVENT_DEPTH, F_EXECUTOR,
	F_FILES_CHANGED, F_GH, F_HISTORY, F_ID, F_IDLE_TIMEOUT, F_ISOLATION, F_JOB, F_JOIN,
	F_KEY, F_LABELS, F_LAST_ERROR, F_MAX_ATTEMPTS, F_NEEDS_HELP, F_OPTIONAL_VERIFY, F_PARENT_ID, F_PLAN,
	F_PRIORITY, F_PRODUCES, F_PROJECT, F_QUESTION, F_REASON, F_REMAINING, F_RETRIED_AFTER, F_RETRIED_USAGE,
	F_RETRY_AT,
	F_REVIEW_CALLS, F_REVIEW_DECISION, F_REVIEW_NOTES, F_REVIEW_ROUND, F_ROUTE_REASON,
	F_ROUTE_WARNING, F_SANDBOX, F_SCHEDULED_FOR, F_SELECTED_SKILLS, F_SESSION, F_STAGE,
	F_STATUS, F_SUMMARY, F_TIMEOUT, F_TITLE, F_TRIED_AGENTS, F_UID, F_UPDATED_AT,
	F_USAGE, F_VERIFY, F_WARNINGS, F_WORKTREE,
};
/* clang-format on */

const char *const *
field_order(void)
{
	return order;
}

const struct field_def *
field_def_find(const struct field_def *d, const char *name)
{
	for (; d->name != NULL; d++)
		if (strcmp(d->name, name) == 0)
			return d;
	return NULL;
}

int
field_find(const char *name)
{
	return field_find_n(name, strlen(name));
}

int
field_find_n(const char *name, size_t len)
{
	size_t low = 0, high = FIELD_N;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const char *there = field_table[sorted[mid]].name;
		int r = strncmp(name, there, len);

		if (r == 0 && there[len] == '\0')
			return sorted[mid];
		if (r == 0)
			r = -1;		/* a beginning of it stands before it */
		if (r < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return -1;
}

bool
field_is_persons(enum field f)
{
	return field_table[f].owner == FIELD_PERSON || f == F_PARENT_ID;
}

int
field_need(const char *name, enum field *field, struct err *e)
{
	int f = field_find(name);
	const char *near;

	if (f != -1) {
		*field = (enum field)f;
		return 0;
	}
	if ((near = str_nearest(name, order)) != NULL)
		return err_set(e, ERR_USAGE, "no field '%.64s', did you mean '%s'?", name, near);
	return err_set(e, ERR_USAGE, "no field '%.64s': see orch-tasks(5)", name);
}
