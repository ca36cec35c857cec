/*
 * cmd - what the mains have in common
 *
 * A command is one file that defines `cmd_about` (its option table) and cmd_run().
 * main() stands in main.c: it makes descriptors and signals sane, checks the
 * clock, calls cmd_run(), prints the error as "orch-add: message" and turns it
 * into the exit status of DESIGN 5.  Output goes through stdio to stdout; that it
 * arrived is checked at the end (71).
 */
#ifndef ORCH_CMD_CMD_H
#define ORCH_CMD_CMD_H

#include <stdbool.h>

#include "base/err.h"
#include "base/opt.h"
#include "base/vec.h"
#include "task/project.h"
#include "task/store.h"

struct archive;
struct archive_lookup;
struct buf;
struct select;
struct vec_id;

struct cmd {
	struct opt_state opt;
	const char *dir, *file;		/* -C, -f */
	bool quiet, verbose, dry_run;	/* -q, -v, -n */
	bool print_all;			/* --print all */
	bool any_config;		/* set before cmd_open(): it does not fail for orch.yml, */
	struct err config;		/* but says here that it is not valid */
	struct project project;
	struct archive_lookup *archive;	/* of the project, once it is found */
	bool open;			/* the project was found */
	bool changes;			/* by cmd_open_to_change(), without -n */
	struct select *select;		/* made by cmd_operand() */
	struct store_opts store;	/* filled in for store_update() */
};

/* For commands that print ids fit for the next stage; cmd_next() deals with it. */
#define CMD_PRINT OPT_FIRST
#define CMD_JSON  (OPT_FIRST + 1)
#define CMD_FIRST (OPT_FIRST + 2)
#define CMD_OPT_PRINT \
	{ "print", 0, OPT_WORD, "fit|all", "which ids to print (fit)", CMD_PRINT }

/* Defined by each command. */
extern const struct opt_cmd cmd_about;
/* The exit status, or -1 with the error. */
int	cmd_run(struct cmd *, struct err *);

/*
 * The next option or operand, as opt_next(), but the common ones (-C -f -q -v -n)
 * are dealt with and not returned.
 */
int	cmd_next(struct cmd *, const char **value, struct err *);

/* The whole line of a command that takes no operand and, of its own, only CMD_JSON. */
int	cmd_only_json(struct cmd *, bool *json, struct err *);

/* An operand that is a selector; "-" reads standard input. */
int	cmd_operand(struct cmd *, const char *, struct err *);

/* Finds the project.  For a change also: refused inside an attempt (ORCH_ATTEMPT),
 * unless -n was given; any_config: an orch.yml that is not valid is the same error as
 * without, but the project is open. */
int	cmd_open(struct cmd *, struct err *);
int	cmd_open_to_change(struct cmd *, struct err *);

/* The ids that the selectors name in a picture; `otherwise` if there were none. */
int	cmd_select(struct cmd *, const struct tasks *, const char *otherwise,
	    struct vec_id *, struct err *);
/* The same among the archived ones too; NULL: not. */
int	cmd_select_all(struct cmd *, const struct tasks *, const struct archive *,
	    const char *otherwise, struct vec_id *, struct err *);

/* The rules of ready.h from the configuration and the clock. */
struct ready_rules;
void	cmd_rules(const struct cmd *, struct ready_rules *);

/*
 * A command of verbs: the first operand is a verb, the others and the options are its own.  An
 * option of another verb is misuse, not something to pass over.
 */
#define CMD_OPTIONS 16			/* behind CMD_FIRST */
#define CMD_BIT(key) (1u << ((key) - CMD_FIRST))

struct cmd_asked {
	const char *verb;
	struct vec_str words;			/* its operands */
	const char *value[CMD_OPTIONS];		/* by key - CMD_FIRST: "" for a flag, NULL: not given */
};

struct cmd_line {
	const char *verb;			/* NULL ends the table */
	int (*run)(struct cmd *, const struct cmd_asked *, struct err *);
	unsigned options;			/* CMD_BIT() of each that it knows */
	size_t least, most;			/* operands */
	const char *operands;			/* as they are called */
	enum { CMD_ALONE, CMD_READS, CMD_CHANGES } project;	/* whether it is found and opened */
};

int	cmd_verbs(struct cmd *, const struct cmd_line *, struct err *);

/* Which of the names, NULL behind them, it is; -1: none, and the error has the nearest. */
int	cmd_verb(const char *, const char *const names[], struct err *);

/* A question on the terminal, whatever standard input is: 1 if a person says yes, 0 if not
 * or if there is none to ask. */
int	cmd_ask(const char *question);

/* All of a file, "-" for standard input; at most `max` bytes. */
int	cmd_read(const char *path, size_t max, struct buf *, struct err *);

/* One id a line on stdout. */
void	cmd_print_ids(const struct vec_id *);

/* "orch-add: LEVELtext" on stderr, redacted and made visible.  The project's secrets are
 * known as soon as there is one; until then what looks like a secret. */
extern const struct redact *cmd_message_redact;
void	cmd_message(const char *level, const char *text);
/* Hears the text first, if it is set; false: it is not for stderr. */
extern bool (*cmd_message_hear)(const char *text);
/* In whose log errors and warnings go, too; NULL: the command changes nothing, or nothing yet. */
extern struct project *cmd_message_project;
/* The same text not more than once a day: of a command that is run each minute. */
extern bool cmd_message_daily;
/* "orch-add: ..." on stderr and, unless it is ERR_NO, in the log. */
void	cmd_error(const struct err *);
/* "orch-add: warning: ..." on stderr, unless --quiet, and in the log. */
void	cmd_warn(const struct cmd *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* "orch-add: ..." on stderr when --verbose. */
void	cmd_say(const struct cmd *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* A dispatch_report (work/dispatch.h) whose argument is the struct cmd: a warning. */
void	cmd_report_subscription(void *cmd, const char *name, const char *message);

/* Prints foreign text: as it is into a pipe, made visible on a terminal. */
void	cmd_text(const char *);
/* 256-colour-free SGR by meaning, or "" when stdout is no terminal or a dumb one
 * (NO_COLOR, CLICOLOR_FORCE are obeyed). */
const char *cmd_colour(const char *status);

#endif
