/*
 * opt - one table of options: parsing, -h, completions, the check of the pages
 *
 * A command describes itself in a `struct opt_cmd`: name, purpose (the same
 * words as the .Nd line of its page), usage lines, options.  The table is
 * constant and ends with an entry whose name is NULL.  OPT_COMMON stands at
 * the end of every table.
 *
 * Arguments are read one after another, options and operands in any order:
 *
 *	struct opt_state s = { 0 };
 *	opt_start(&s, &cmd, argc, argv);
 *	while ((key = opt_next(&s, &value, e)) != OPT_END)
 *		switch (key) {
 *		case OPT_OPERAND: ... value ...
 *		case OPT_ERROR:   return -1;
 *
 * "--name=value", "--name value", "-xvalue", "-x value", bundles of letters
 * and "--" (what follows is operands; opt_rest() gives them as they stand) are
 * understood.  An argument that may be left out must stand in the same word:
 * "--restore=12", and "--restore" alone gives a value of NULL.  A long name may be
 * shortened while it stays unambiguous; an unknown one is ERR_USAGE and names the
 * nearest.
 */
#ifndef ORCH_BASE_OPT_H
#define ORCH_BASE_OPT_H

#include <stdbool.h>

struct buf;
struct err;

/* What an argument completes to; words of a fixed set stand in `arg` as a|b|c. */
enum opt_kind { OPT_FLAG, OPT_TEXT, OPT_FILE, OPT_DIR, OPT_ID, OPT_LABEL, OPT_AGENT, OPT_WORD };

struct opt {
	const char *name;	/* long name without dashes */
	char letter;		/* 0: none */
	enum opt_kind kind;	/* OPT_FLAG takes no argument */
	const char *arg;	/* "ID", "DIR", "low|normal"; NULL for a flag; "[=ID]": one
				   that may be left out */
	const char *help;	/* one line, lower case, no full stop */
	int key;		/* what opt_next() returns: the letter, or >= 256 */
};

struct opt_cmd {
	const char *name;		/* "orch-add" */
	const char *purpose;		/* "add tasks" */
	const char *const *usage;	/* after the name, one entry a line, NULL at the end */
	const struct opt *opts;
};

enum {
	OPT_END = -1,
	OPT_ERROR = -2,
	OPT_OPERAND = -3,	/* value is the operand */
	OPT_HELP = 'h',
	OPT_TABLE = 256,	/* --help-table: opt_table(), for generators */
	OPT_VERSION,
	OPT_FIRST = 300,	/* a command's own keys start here */
};

/* The letters that mean the same everywhere.  Others stand in the tables. */
#define OPT_COMMON \
	{ "directory", 'C', OPT_DIR, "DIR", "find the project from DIR", 'C' }, \
	{ "file", 'f', OPT_FILE, "FILE", "use this task file; its folder is the project", 'f' }, \
	{ "quiet", 'q', OPT_FLAG, 0, "print errors only", 'q' }, \
	{ "verbose", 'v', OPT_FLAG, 0, "say what is being done", 'v' }, \
	{ "help", 'h', OPT_FLAG, 0, "print this help", 'h' }, \
	{ "version", 0, OPT_FLAG, 0, "print the version", OPT_VERSION }, \
	{ "help-table", 0, OPT_FLAG, 0, 0, OPT_TABLE }, \
	{ 0, 0, OPT_FLAG, 0, 0, 0 }

#define OPT_DRY_RUN { "dry-run", 'n', OPT_FLAG, 0, "say what would be done, change nothing", 'n' }

struct opt_state {
	const struct opt_cmd *cmd;
	int argc;
	char **argv;		/* borrowed */
	int next;		/* index of the next argument */
	const char *bundle;	/* rest of "-abc" */
	bool operands;		/* "--" was seen */
	int end;		/* index after "--", 0 if there was none */
};

void	opt_start(struct opt_state *, const struct opt_cmd *, int argc, char **argv);
int	opt_next(struct opt_state *, const char **value, struct err *);

/* After OPT_END: the arguments that stood behind "--", NULL-terminated, or NULL. */
char	**opt_rest(const struct opt_state *);

/* The text of -h, and the table as tab-separated lines for generators. */
void	opt_help(struct buf *, const struct opt_cmd *);
void	opt_table(struct buf *, const struct opt_cmd *);

#endif
