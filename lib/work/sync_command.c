/*
 * sync_command - what a person asks for in a comment
 *
 * A table of verbs, and what may follow each.
 */
#include "work/sync_command.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "work/sync_mark.h"
#include "work/sync_text.h"

#define WORD_MAX 32

enum takes { TEXT, NEEDS_TEXT, AGENT, PRIORITY, NOTHING };

static const struct {
	const char *name;
	enum sync_verb verb;
	enum takes takes;
} table[] = {
	{ "retry", SYNC_RETRY, TEXT },
	{ "assign", SYNC_ASSIGN, AGENT },
	{ "unblock", SYNC_UNBLOCK, TEXT },
	{ "close", SYNC_CLOSE, TEXT },
	{ "context", SYNC_CONTEXT, NEEDS_TEXT },
	{ "priority", SYNC_PRIORITY, PRIORITY },
	{ "help", SYNC_HELP, NOTHING },
};

/* The first line that is not blank, if it is nothing but text. */
static const char *
first_line(const char *s)
{
	for (;;) {
		size_t n = strspn(s, " \t\r");

		if (s[n] != '\n')
			return s;
		s += n + 1;
	}
}

static size_t
word_of(const char *s)
{
	size_t n = 0;

	while (isalpha((unsigned char)s[n]) || (n > 0 && s[n] == '-'))
		n++;
	return n > 0 && n <= WORD_MAX && (s[n] == '\0' || isspace((unsigned char)s[n])) ? n : 0;
}

static bool
agent_name(const char *s)
{
	return isalnum((unsigned char)*s) &&
	    strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789._-") == strlen(s);
}

static bool
priority_name(const char *s)
{
	return strcmp(s, "urgent") == 0 || strcmp(s, "high") == 0 || strcmp(s, "normal") == 0 ||
	    strcmp(s, "low") == 0;
}

/* One word, and nothing else on the line; where the next line begins, or NULL. */
static const char *
read_argument(struct sync_command *c, const char *s)
{
	size_t n = strcspn(s, " \t\r\n"), after = n + strspn(s + n, " \t\r");

	if (n == 0 || n > SYNC_ARGUMENT_MAX || (s[after] != '\0' && s[after] != '\n'))
		return NULL;
	c->argument = xstrndup(s, n);
	for (char *p = c->argument; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return s + after;
}

/* Blanks around it do not count, nor does what nobody sees. */
static void
read_text(struct sync_command *c, const char *s)
{
	char *clean = sync_text_incoming(s);
	const char *from = clean + strspn(clean, " \t\r\n");
	size_t len = strlen(from);
	struct buf b = { 0 };
	char *text;

	while (len > 0 && isspace((unsigned char)from[len - 1]))
		len--;
	text = xstrndup(from, len);
	sync_text_clip(&b, text, SYNC_COMMENT_MAX);
	if (b.len > 0)
		c->text = buf_detach(&b);
	buf_release(&b);
	free(text);
	free(clean);
}

static void
wrong(struct sync_command *c, const char *why)
{
	sync_command_release(c);
	c->verb = SYNC_WRONG;
	c->why = xstrdup(why);
}

static void
read_rest(struct sync_command *c, enum takes takes, const char *s)
{
	s += strspn(s, " \t");
	if (takes == AGENT || takes == PRIORITY) {
		s = read_argument(c, s);
		if (takes == AGENT && (s == NULL || !agent_name(c->argument))) {
			wrong(c, "`/assign` takes the name of one agent, as in `/assign claude`");
			return;
		}
		if (takes == PRIORITY && (s == NULL || !priority_name(c->argument))) {
			wrong(c, "`/priority` takes one of urgent, high, normal, low");
			return;
		}
	}
	if (takes != NOTHING)
		read_text(c, s);
	if (takes == NEEDS_TEXT && c->text == NULL)
		wrong(c, "`/context` takes a text, as in `/context the file is in src/`");
}

void
sync_command_read(struct sync_command *c, const char *comment)
{
	const char *s = first_line(comment);
	size_t n;

	*c = (struct sync_command){ .verb = SYNC_NONE };
	if (*s != '/' || (n = word_of(s + 1)) == 0 || sync_mark_ours(comment))
		return;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (strlen(table[i].name) == n && strncasecmp(s + 1, table[i].name, n) == 0) {
			c->verb = table[i].verb;
			read_rest(c, table[i].takes, s + 1 + n);
			return;
		}
	c->verb = SYNC_UNKNOWN;
	c->why = xasprintf("`/%.*s` is no command; `/help` shows them", (int)n, s + 1);
}

void
sync_command_release(struct sync_command *c)
{
	free(c->argument);
	free(c->text);
	free(c->why);
	*c = (struct sync_command){ .verb = SYNC_NONE };
}

const char *
sync_command_help(void)
{
	return
	    "The first line of a comment may be a command:\n"
	    "\n"
	    "| command | does |\n"
	    "|---|---|\n"
	    "| `/retry` | runs the task again; what follows is told to the agent |\n"
	    "| `/assign AGENT` | gives it to another agent |\n"
	    "| `/unblock` | lets a task go on that waits for a person; what follows is the answer |\n"
	    "| `/close` | withdraws the task |\n"
	    "| `/context TEXT` | tells the next attempt something |\n"
	    "| `/priority urgent`, `high`, `normal` or `low` | changes its turn |\n"
	    "| `/help` | shows this |\n"
	    "\n"
	    "Commands count from people who may write here, each once.";
}
