/*
 * opt - one table of options: parsing, -h, completions, the check of the pages
 *
 * The parser holds a position in argv and, inside "-abc", one in the bundle;
 * argv is neither moved nor changed.  Options without a help text are hidden:
 * they work when spelled out, but -h, the table, abbreviations and hints know
 * nothing of them.
 *
 * A message quotes what was typed, and what was typed may hold anything, so
 * quotes go through str_visible() and are cut.
 */
#include "base/opt.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#define QUOTE_MAX 80	/* bytes of a typed word that a message repeats */
#define COLUMN_MAX 30	/* the help stands at most this far to the right */

static const char *const kind_names[] = {
	[OPT_FLAG] = "flag",
	[OPT_TEXT] = "text",
	[OPT_FILE] = "file",
	[OPT_DIR] = "dir",
	[OPT_ID] = "id",
	[OPT_LABEL] = "label",
	[OPT_AGENT] = "agent",
	[OPT_WORD] = "word",
};

void
opt_start(struct opt_state *s, const struct opt_cmd *cmd, int argc, char **argv)
{
	*s = (struct opt_state){ .cmd = cmd, .argc = argc, .argv = argv, .next = 1 };
}

/* OPT_ERROR after "unknown option '--lable', did you mean '--label'?" */
static int
unknown_long(const struct opt_cmd *cmd, const char *name, size_t len, struct err *e)
{
	struct buf quote = { 0 };
	const char **names, *near;
	char *word = xstrndup(name, len);
	size_t n = 0, count = 0;

	for (const struct opt *o = cmd->opts; o->name != NULL; o++)
		count++;
	names = xcalloc(count + 1, sizeof *names);
	for (const struct opt *o = cmd->opts; o->name != NULL; o++)
		if (o->help != NULL)
			names[n++] = o->name;
	near = str_nearest(word, names);
	str_visible(&quote, name, str_cut(name, len, QUOTE_MAX), false);
	if (near != NULL)
		err_set(e, ERR_USAGE, "unknown option '--%s', did you mean '--%s'?",
		    buf_str(&quote), near);
	else
		err_set(e, ERR_USAGE, "unknown option '--%s'", buf_str(&quote));
	buf_release(&quote);
	free(names);
	free(word);
	return OPT_ERROR;
}

static int
unknown_letter(const char *letter, struct err *e)
{
	struct buf quote = { 0 };
	uint32_t cp;

	str_visible(&quote, letter, str_decode(letter, strlen(letter), &cp), false);
	err_set(e, ERR_USAGE, "unknown option '-%s'", buf_str(&quote));
	buf_release(&quote);
	return OPT_ERROR;
}

/*
 * The option that `len` bytes of `name` mean: the one spelled so, else the only
 * one that begins so.  Two spellings of one key are not ambiguous.
 */
static const struct opt *
find_long(const struct opt_cmd *cmd, const char *name, size_t len, struct err *e)
{
	const struct opt *found = NULL, *other = NULL;

	for (const struct opt *o = cmd->opts; o->name != NULL; o++) {
		if (strncmp(o->name, name, len) != 0)
			continue;
		if (o->name[len] == '\0')
			return o;
		if (o->help == NULL || len == 0)
			continue;
		if (found == NULL)
			found = o;
		else if (o->key != found->key)
			other = o;
	}
	if (other != NULL) {
		err_set(e, ERR_USAGE, "option '--%.*s' is ambiguous: '--%s' or '--%s'", (int)len,
		    name, found->name, other->name);
		return NULL;
	}
	if (found == NULL)
		unknown_long(cmd, name, len, e);
	return found;
}

static bool
is_optional(const struct opt *o)
{
	return o->kind != OPT_FLAG && o->arg != NULL && o->arg[0] == '[';
}

/* The next argument as the value of an option that the message names. */
static int
take_value(struct opt_state *s, const struct opt *o, const char *dashes, const char *name,
    const char **value, struct err *e)
{
	if (s->next >= s->argc) {
		err_set(e, ERR_USAGE, "option '%s%s' needs an argument: %s", dashes, name,
		    o->arg ? o->arg : "VALUE");
		return OPT_ERROR;
	}
	*value = s->argv[s->next++];
	return o->key;
}

/* `text` is what stands behind "--". */
static int
next_long(struct opt_state *s, const char *text, const char **value, struct err *e)
{
	size_t len = strcspn(text, "=");
	const struct opt *o = find_long(s->cmd, text, len, e);

	if (o == NULL)
		return OPT_ERROR;
	if (o->kind == OPT_FLAG && text[len] == '=') {
		err_set(e, ERR_USAGE, "option '--%s' takes no argument", o->name);
		return OPT_ERROR;
	}
	if (text[len] == '=')
		*value = text + len + 1;
	if (o->kind == OPT_FLAG || text[len] == '=' || is_optional(o))
		return o->key;
	return take_value(s, o, "--", o->name, value, e);
}

/* The letter at s->bundle, which is not empty. */
static int
next_letter(struct opt_state *s, const char **value, struct err *e)
{
	const char *at = s->bundle, name[] = { *at, '\0' };
	const struct opt *o = s->cmd->opts;

	while (o->name != NULL && o->letter != *at)
		o++;
	s->bundle = NULL;
	if (o->name == NULL)
		return unknown_letter(at, e);
	if (o->kind == OPT_FLAG) {
		s->bundle = at[1] != '\0' ? at + 1 : NULL;
		return o->key;
	}
	if (at[1] != '\0')
		*value = at + 1;
	if (at[1] != '\0' || is_optional(o))
		return o->key;
	return take_value(s, o, "-", name, value, e);
}

int
opt_next(struct opt_state *s, const char **value, struct err *e)
{
	const char *arg;

	*value = NULL;
	if (s->bundle != NULL)
		return next_letter(s, value, e);
	if (!s->operands && s->next < s->argc && strcmp(s->argv[s->next], "--") == 0) {
		s->operands = true;
		s->end = ++s->next;
	}
	if (s->next >= s->argc)
		return OPT_END;
	arg = s->argv[s->next++];
	if (s->operands || arg[0] != '-' || arg[1] == '\0') {
		*value = arg;
		return OPT_OPERAND;
	}
	if (arg[1] == '-')
		return next_long(s, arg + 2, value, e);
	s->bundle = arg + 1;
	return next_letter(s, value, e);
}

char **
opt_rest(const struct opt_state *s)
{
	return s->operands ? s->argv + s->end : NULL;
}

/* "  -l, --label LABEL" */
static void
left_column(struct buf *b, const struct opt *o)
{
	if (o->letter != '\0')
		buf_printf(b, "  -%c, --%s", o->letter, o->name);
	else
		buf_printf(b, "      --%s", o->name);
	if (o->kind != OPT_FLAG && o->arg != NULL)
		buf_printf(b, "%s%s", is_optional(o) ? "" : " ", o->arg);
}

/* Where the help texts start: two blanks right of the longest that is not too long. */
static size_t
help_column(const struct opt *opts)
{
	struct buf b = { 0 };
	size_t column = 0;

	for (const struct opt *o = opts; o->name != NULL; o++) {
		if (o->help == NULL)
			continue;
		buf_cut(&b, 0);
		left_column(&b, o);
		if (b.len + 2 > column && b.len + 2 <= COLUMN_MAX)
			column = b.len + 2;
	}
	buf_release(&b);
	return column;
}

void
opt_help(struct buf *out, const struct opt_cmd *cmd)
{
	size_t column = help_column(cmd->opts);

	for (const char *const *u = cmd->usage; *u != NULL; u++)
		buf_printf(out, "%s %s%s%s\n", u == cmd->usage ? "Usage:" : "      ", cmd->name,
		    **u != '\0' ? " " : "", *u);
	buf_printf(out, "\n%s\n\n", cmd->purpose);
	for (const struct opt *o = cmd->opts; o->name != NULL; o++) {
		size_t start = out->len, width;

		if (o->help == NULL)
			continue;
		left_column(out, o);
		width = out->len - start;
		if (width + 2 > column) {
			buf_putc(out, '\n');
			width = 0;
		}
		buf_printf(out, "%*s%s\n", (int)(column - width), "", o->help);
	}
}

void
opt_table(struct buf *out, const struct opt_cmd *cmd)
{
	buf_printf(out, "command\t%s\t%s\n", cmd->name, cmd->purpose);
	for (const struct opt *o = cmd->opts; o->name != NULL; o++) {
		const char letter[] = { o->letter ? o->letter : '-', '\0' };

		if (o->help != NULL)
			buf_printf(out, "%s\t%s\t%s\t%s\t%s\n", o->name, letter,
			    kind_names[o->kind], o->kind != OPT_FLAG && o->arg ? o->arg : "-",
			    o->help);
	}
}
