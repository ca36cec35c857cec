/*
 * sync_command: a comment of a stranger
 *
 * What is no command asks for nothing; what is one has what its verb takes, and no more.
 */
#include "../lib/fuzz.h"
#include "base/str.h"
#include "work/sync_command.h"
#include "work/sync_mark.h"
#include "work/sync_text.h"

static void
check_word(const char *word)
{
	must(word != NULL && *word != '\0' && strlen(word) <= SYNC_ARGUMENT_MAX &&
	    strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789._-") == strlen(word), "%s", word);
}

static void
check(const struct sync_command *c, const char *text)
{
	bool takes = c->verb == SYNC_ASSIGN || c->verb == SYNC_PRIORITY;
	bool fails = c->verb == SYNC_WRONG || c->verb == SYNC_UNKNOWN;
	const char *first = text + strspn(text, " \t\r\n");
	size_t bad;

	must(c->verb == SYNC_NONE || *first == '/', "%s", text);
	must(c->verb == SYNC_NONE || !sync_mark_ours(text), "%s", text);
	must((c->argument != NULL) == takes, "%s", c->argument);
	must((c->why != NULL) == fails, "%s", c->why);
	if (takes)
		check_word(c->argument);
	if (fails)
		must(strchr(c->why, '\n') == NULL && str_utf8(c->why, strlen(c->why), &bad), "%s", c->why);
	if (c->verb == SYNC_NONE || c->verb == SYNC_HELP || fails)
		must(c->text == NULL, "%s", c->text);
	if (c->verb == SYNC_CONTEXT)
		must(c->text != NULL, "%s", text);
	if (c->text != NULL)
		must(*c->text != '\0' && sync_text_length(c->text) <= SYNC_COMMENT_MAX &&
		    str_utf8(c->text, strlen(c->text), &bad), "%s", c->text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = text_of(data, len);
	struct sync_command c;

	sync_command_read(&c, text);
	check(&c, text);
	sync_command_release(&c);
	free(text);
	return 0;
}
