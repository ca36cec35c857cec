/*
 * config_table - every key of orch.yml, with its default and its bounds
 *
 * In the order of the manual.  Keys of one section stand together: that is how
 * config_sample() prints them.
 */
#include "task/config.h"

#define SECOND INT64_C(1000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define KB INT64_C(1024)
#define MB (1024 * KB)

static const char *const accepts[] = { "checked", "unchecked", NULL };
static const char *const isolations[] = { "worktree", "none", NULL };
static const char *const sandboxes[] = { "none", "landlock", "bwrap", NULL };
static const char *const products[] = { "any", "commits", "text", NULL };
static const char *const modes[] = { "rules", "round_robin", "llm", NULL };
static const char *const permissions[] = { "read", "edit", "full", NULL };
static const char *const levels[] = { "error", "warn", "info", "debug", NULL };
static const char *const priorities[] = { "urgent", "high", "normal", "low", NULL };
static const char *const complexities[] = { "simple", "medium", "complex", NULL };

/* clang-format off */
const struct config_key config_table[] = {
	{ "workers", CONFIG_INT, "4", 1, 256, NULL,
	    "how many attempts run at once, whoever runs them" },
	{ "slots", CONFIG_INT, "2", 1, 256, NULL,
	    "how many of them may be of one agent" },
	{ "timeout", CONFIG_SPAN, "2h", SECOND, 7 * DAY, NULL,
	    "longest time of an attempt" },
	{ "idle_timeout", CONFIG_SPAN, "30m", SECOND, 7 * DAY, NULL,
	    "longest silence of an attempt" },
	{ "grace", CONFIG_SPAN, "10s", SECOND, 7 * DAY, NULL,
	    "time between asking an agent to stop and making it" },
	{ "max_attempts", CONFIG_INT, "5", 1, 100, NULL,
	    "attempts before a task has failed" },
	{ "same_error_limit", CONFIG_INT, "3", 1, 100, NULL,
	    "times that one error may repeat before a person must look" },
	{ "retry.base", CONFIG_SPAN, "60s", 0, 12 * HOUR, NULL,
	    "pause after the first failure, doubled with each further one" },
	{ "retry.cap", CONFIG_SPAN, "1h", 0, 12 * HOUR, NULL,
	    "longest pause" },
	{ "retry.jitter", CONFIG_INT, "10", 0, 100, NULL,
	    "percent by which a pause may be longer or shorter" },
	{ "breaker.failures", CONFIG_INT, "5", 1, 100, NULL,
	    "failures of its own in a row that close an agent" },
	{ "breaker.cooldown", CONFIG_SPAN, "10m", SECOND, DAY, NULL,
	    "how long, before one attempt tries it again" },
	{ "aging_hours", CONFIG_INT, "24", 0, 87600, NULL,
	    "waiting time that raises a task by one priority; 0: never" },
	{ "accept", CONFIG_WORD, "checked", 0, 0, accepts,
	    "unchecked: work that nothing verified and nobody reviewed is done" },
	{ "base", CONFIG_TEXT, NULL, 0, 0, NULL,
	    "git ref from which work trees start; absent: HEAD" },
	{ "worktrees", CONFIG_TEXT, NULL, 0, 0, NULL,
	    "folder for work trees; absent: $XDG_STATE_HOME/orch/worktrees" },
	{ "isolation", CONFIG_WORD, "worktree", 0, 0, isolations,
	    "whether an attempt gets a work tree of its own" },
	{ "sandbox", CONFIG_WORD, "none", 0, 0, sandboxes,
	    "what else holds an attempt within its work tree" },
	{ "sandbox_paths", CONFIG_TEXTS, NULL, 0, 0, NULL,
	    "what an attempt may write besides, in the project's folder, ~/ or /" },
	{ "produces", CONFIG_WORD, "any", 0, 0, products,
	    "what an attempt must leave behind" },
	{ "env", CONFIG_TEXTS, NULL, 0, 0, NULL,
	    "names of variables that agents get besides the usual ones" },

	{ "router.mode", CONFIG_WORD, "rules", 0, 0, modes,
	    "how an agent is chosen where no rule matches" },
	{ "router.default", CONFIG_TEXT, NULL, 0, 0, NULL,
	    "agent for tasks that no rule matches" },
	{ "router.agents", CONFIG_TEXTS, NULL, 0, 0, NULL,
	    "agents that take turns, or that the model may choose; absent: all that are installed" },
	{ "router.agent", CONFIG_TEXT, NULL, 0, 0, NULL,
	    "agent whose model chooses in the mode llm" },
	{ "router.model", CONFIG_TEXT, NULL, 0, 0, NULL,
	    "that model; absent: the one of the agent" },
	{ "router.timeout", CONFIG_SPAN, "2m", SECOND, HOUR, NULL,
	    "longest time of its answer" },
	{ "router.min_confidence", CONFIG_REAL, "0.5", 0, 1, NULL,
	    "a person is asked where it is less sure than this, from 0 to 1" },
	{ "router.rules", CONFIG_TREE, NULL, 0, 0, NULL,
	    "list of rules, the first that matches decides" },

	{ "agents.*.slots", CONFIG_INT, "=slots", 1, 256, NULL,
	    "how many attempts of this agent run at once" },
	{ "agents.*.enabled", CONFIG_BOOL, "true", 0, 0, NULL,
	    "whether it gets work" },
	{ "agents.*.model", CONFIG_TEXT, NULL, 0, 0, NULL,
	    "the model it is asked for" },
	{ "agents.*.models", CONFIG_TEXTS, NULL, 0, 0, NULL,
	    "instead, those for simple, medium and complex tasks, in this order" },
	{ "agents.*.permission", CONFIG_WORD, "edit", 0, 0, permissions,
	    "what it may do: read, edit files, or anything" },
	{ "agents.*.bin", CONFIG_TEXT, NULL, 0, 0, NULL,
	    "path of its program" },
	{ "agents.*.args", CONFIG_TEXTS, NULL, 0, 0, NULL,
	    "arguments that it gets besides its own" },
	{ "agents.*.sandbox", CONFIG_WORD, "=sandbox", 0, 0, sandboxes,
	    "what holds its attempts within their work trees" },
	{ "agents.*.sandbox_paths", CONFIG_TEXTS, NULL, 0, 0, NULL,
	    "what they may write besides, added to sandbox_paths" },
	{ "agents.*.fallback", CONFIG_TEXTS, NULL, 0, 0, NULL,
	    "agents that take its tasks while it is closed, the first that can" },
	{ "agents.*.steal", CONFIG_TEXTS, NULL, 0, 0, NULL,
	    "agents whose tasks it takes when it is idle and they are busy" },
	{ "agents.*.deep_model", CONFIG_TEXT, NULL, 0, 0, NULL,
	    "the model it is asked for where complexity is complex" },
	{ "agents.*.deep_per_day", CONFIG_INT, "0", 0, 10000, NULL,
	    "how many attempts a day get that model" },

	{ "context.max_bytes", CONFIG_SIZE, "96K", KB, 8 * MB, NULL,
	    "size of a prompt" },
	{ "context.instructions", CONFIG_SIZE, "10K", 0, 8 * MB, NULL,
	    "of it for AGENTS.md, CLAUDE.md and the head of README" },
	{ "context.skills", CONFIG_SIZE, "16K", 0, 8 * MB, NULL,
	    "for skills" },
	{ "context.tree", CONFIG_SIZE, "8K", 0, 8 * MB, NULL,
	    "for the list of files" },
	{ "context.diff", CONFIG_SIZE, "16K", 0, 8 * MB, NULL,
	    "for the diff and log of the branch" },
	{ "context.attempts", CONFIG_SIZE, "8K", 0, 8 * MB, NULL,
	    "for what earlier attempts came to" },
	{ "context.review", CONFIG_SIZE, "8K", 0, 8 * MB, NULL,
	    "for review notes" },
	{ "context.parent", CONFIG_SIZE, "4K", 0, 8 * MB, NULL,
	    "for the parent and its other children" },
	{ "context.results", CONFIG_SIZE, "8K", 0, 8 * MB, NULL,
	    "for the results of dependencies" },
	{ "context.answers", CONFIG_SIZE, "8K", 0, 8 * MB, NULL,
	    "for answers of people" },
	{ "context.task", CONFIG_SIZE, "64K", 0, 8 * MB, NULL,
	    "for the task itself" },

	{ "review.reviewers", CONFIG_TEXTS, NULL, 0, 0, NULL,
	    "agents that judge finished work" },
	{ "review.max_rounds", CONFIG_INT, "3", 1, 100, NULL,
	    "times that a task may be sent back before a person must look" },

	{ "children.max", CONFIG_INT, "20", 0, 1000, NULL,
	    "children that one task may have" },
	{ "children.depth", CONFIG_INT, "4", 0, 64, NULL,
	    "generations below a task" },
	{ "children.tree", CONFIG_INT, "100", 0, 10000, NULL,
	    "tasks in all generations below a task" },

	{ "worktree.copy", CONFIG_TEXTS, NULL, 0, 0, NULL,
	    "files that a new work tree gets a copy of, from the project's folder" },
	{ "worktree.link", CONFIG_TEXTS, NULL, 0, 0, NULL,
	    "files and folders that it gets a symbolic link to" },
	{ "worktree.ports", CONFIG_INT, "0", 0, 16, NULL,
	    "how many ports an attempt leases, as ORCH_PORT_1 and so on" },
	{ "worktree.hooks.after_create", CONFIG_TEXT, NULL, 0, 0, NULL,
	    "shell command run in a new work tree" },
	{ "worktree.hooks.before_run", CONFIG_TEXT, NULL, 0, 0, NULL,
	    "before each attempt; if it fails, the attempt is tried later" },
	{ "worktree.hooks.after_run", CONFIG_TEXT, NULL, 0, 0, NULL,
	    "after each; if it fails, what was done is not accepted" },
	{ "worktree.hooks.before_remove", CONFIG_TEXT, NULL, 0, 0, NULL,
	    "before orch-gc removes a work tree; if it fails, the work tree stays" },

	{ "land.verify", CONFIG_TEXTS, NULL, 0, 0, NULL,
	    "shell commands that must pass before a branch lands, besides the task's own" },

	{ "log.level", CONFIG_WORD, "info", 0, 0, levels,
	    "the most detailed messages that are kept" },
	{ "events.max_bytes", CONFIG_SIZE, "16M", 64 * KB, 1024 * MB, NULL,
	    "size of the event log before it is rotated" },

	{ "gc.archive_after", CONFIG_SPAN, "14d", 0, 3650 * DAY, NULL,
	    "age at which orch-gc archives a finished task" },
	{ "gc.runs_after", CONFIG_SPAN, "14d", 0, 3650 * DAY, NULL,
	    "age of a finished task at which run folders, work tree and merged branch go" },
	{ "gc.runs_max_bytes", CONFIG_SIZE, "2G", 0, MB * MB, NULL,
	    "size of all run folders above which the oldest go sooner" },
	{ "gc.logs_after", CONFIG_SPAN, "90d", 0, 3650 * DAY, NULL,
	    "age at which old logs go" },

	{ "allow_network_fs", CONFIG_BOOL, "false", 0, 0, NULL,
	    "whether the project may lie on a network file system" },
	{ 0 },
};

const struct field_def config_rule_match[] = {
	{ "label", FIELD_LINE, FIELD_PERSON, NULL, 0, 0, "a label that the task has" },
	{ "title", FIELD_LINE, FIELD_PERSON, NULL, 0, 0,
	    "extended regular expression found in the title" },
	{ "key", FIELD_LINE, FIELD_PERSON, NULL, 0, 0, "its key" },
	{ "project", FIELD_LINE, FIELD_PERSON, NULL, 0, 0, "its project" },
	{ "priority", FIELD_WORD, FIELD_PERSON, priorities, 0, 0, "its priority" },
	{ 0 },
};

const struct field_def config_rule_set[] = {
	{ "agent", FIELD_LINE, FIELD_PERSON, NULL, 0, 0, "the agent it gets" },
	{ "model", FIELD_LINE, FIELD_PERSON, NULL, 0, 0, "the model" },
	{ "profile", FIELD_MAP, FIELD_PERSON, NULL, 0, 0, "the agent_profile" },
	{ "skills", FIELD_TEXTS, FIELD_PERSON, NULL, 0, 0, "the selected_skills" },
	{ "complexity", FIELD_WORD, FIELD_PERSON, complexities, 0, 0, "the complexity" },
	{ 0 },
};
/* clang-format on */
