/*
 * agent - drivers as data: how a CLI is called and how its output is read
 *
 * A driver is a YAML file (`agents/ID.yml`) with the keys of AGENTS.md 8.  The
 * code knows four things only: how to fill argv, environment and stdin (here), how to
 * read a stream of JSON lines with selectors (jsonl.h), and how to find the class of
 * an ending by the rules of the file (classify.h).  Adding an agent needs no C.
 *
 * Beside those keys: `ok.last` names events of which only the last one counts for
 * `ok.need` and `ok.not` (a step that ended well before a step that did not);
 * `progress` names the events that show that a limit was overcome (classify.h);
 * `price: {MODEL: {input, cached, output}}` is US dollars for a million tokens, for a
 * CLI that tells no cost; `reasoning_in_output` is to output what `cached_in_input` is
 * to input; `scope.tokens_in` holds for tokens of every kind.
 * `answer: json | exit` says whether the text must hold the
 * answer object (json, the default) or whether exit status 0 is the answer and
 * an answer object may come from the output file only (sh).  `env_pass: [NAME, NAME_*]`
 * lists the variables of the caller that this program gets and others do not: its
 * keys and settings (work/env.h has those that all get).
 */
#ifndef ORCH_WORK_AGENT_H
#define ORCH_WORK_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct project;
struct val;
struct vec_str;

enum agent_mode { AGENT_RUN, AGENT_ROUTER, AGENT_RESUME, AGENT_REVIEW };
enum agent_perm { AGENT_PERM_NONE, AGENT_PERM_READ, AGENT_PERM_EDIT, AGENT_PERM_FULL };
extern const char *const agent_perm_names[];	/* "edit"; "" for NONE */

struct agent_table;

/* What orch.yml says about the agent (agents.ID.model, .permission, .args) is part of it. */
struct agent {
	char *id;
	char *path;			/* the driver file, for messages */
	struct val *table;		/* the file, checked */
	struct agent_table *rules;	/* the same compiled; private (agent_table.h) */
	bool prompt_on_stdin;
	bool answer_is_exit;
	bool given;			/* no `bin:` of its own: the caller has the whole
					   command line and puts it into {argv...} (cmd) */
	enum agent_perm perm;		/* what it may do in an attempt */
	char *model;			/* for {model} where a task names none; NULL: none */
	struct val *args;		/* list of further arguments, NULL: none */
	int64_t grace_ms;		/* that it can use between TERM and KILL; INT64_MAX
					   where the driver does not say */
};

/*
 * A name is 1 to 64 small letters, digits, '-' and '_', and does not begin with '-'; another
 * one is no agent's, be there such a file or not.  ERR_CONFIG "FILE:LINE:COLUMN:
 * error.2.class: reason" if it is not valid; ERR_CONFIG "no agent 'x' (there are: ...)" if
 * nobody has it.
 */
int	agent_load(struct agent *, const struct project *, const char *id, struct err *);
void	agent_release(struct agent *);

/* Can it be an agent's name, as agent_load() has it? */
bool	agent_is_id(const char *);

/* The ids of all drivers, sorted; and the names of all files, also such as are no ids. */
int	agent_ids(const struct project *, struct vec_str *, struct err *);
int	agent_files(const struct project *, struct vec_str *, struct err *);

/* The id that is meant by a name in whatever case, as people write it elsewhere; caller frees.
 * NULL: there is none, and the error is untouched, or its code says what failed. */
char	*agent_find(const struct project *, const char *name, struct err *);

/* Absolute path of the CLI (config agents.ID.bin, else the first of `bin:` on
 * `path`), caller frees; NULL with ERR_FAILED "agent codex: 'codex' is not on PATH". */
char	*agent_program(const struct agent *, const struct project *, const char *path,
	    struct err *);

/*
 * A placeholder of argv and env: {name} -> value; NULL and "" are "not set" (an
 * empty session would start a new one).  {name...}, alone in an element of argv,
 * stands for a list of arguments; an empty list is not set either.
 */
struct agent_var {
	const char *name;
	const char *value;
	const char *const *list;	/* NULL-terminated, for {name...}; else NULL */
};

/*
 * Fills argv (argv[0] = program, which is not used where `given`) and puts NAME=VALUE into env
 * for a mode and a permission level; a name that env has already is replaced, those
 * of `env_drop` are removed.  An argument whose placeholder is not set is an error
 * (ERR_CONFIG); the option fragments of `opt:` are used when all theirs are set,
 * but `system_replace` for the router only; then come the permission level and the
 * configured arguments.
 * Values are inserted as they are, one argument each, never split, never expanded
 * again.  {x_toml} is x as a TOML string.
 *
 * A mode that the driver does not have is ERR_CONFIG (a review falls back on run),
 * and so is a permission level that its `perm:` does not name.
 */
int	agent_argv(const struct agent *, enum agent_mode, enum agent_perm,
	    const char *program, const struct agent_var *, size_t n,
	    struct vec_str *argv, struct vec_str *env, struct err *);

#endif
