/*
 * sync_command: what is a command, what is not, and what becomes of its words
 */
#include "work/sync_command.h"

#include "../lib/tap.h"
#include "base/buf.h"
#include "work/sync_text.h"

#define LONG "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
test_read(void)
{
	static const struct {
		const char *comment;
		enum sync_verb verb;
		const char *argument, *text;
	} t[] = {
		{ "/retry", SYNC_RETRY, NULL, NULL },
		{ "/retry\r\n", SYNC_RETRY, NULL, NULL },
		{ "\n  \n/retry  ", SYNC_RETRY, NULL, NULL },
		{ "/ReTrY with care\n\nand\nmore\n", SYNC_RETRY, NULL, "with care\n\nand\nmore" },
		{ "/assign claude", SYNC_ASSIGN, "claude", NULL },
		{ "/assign\tClaude-2.1  \r\nbecause", SYNC_ASSIGN, "claude-2.1", "because" },
		{ "/assign", SYNC_WRONG, NULL, NULL },
		{ "/assign a b", SYNC_WRONG, NULL, NULL },
		{ "/assign ../x", SYNC_WRONG, NULL, NULL },
		{ "/assign -x", SYNC_WRONG, NULL, NULL },
		{ "/assign @bob", SYNC_WRONG, NULL, NULL },
		{ "/assign \xc3\xa9", SYNC_WRONG, NULL, NULL },
		{ "/assign " LONG, SYNC_WRONG, NULL, NULL },
		{ "/unblock use port 80", SYNC_UNBLOCK, NULL, "use port 80" },
		{ "/close", SYNC_CLOSE, NULL, NULL },
		{ "/context the file\nis here", SYNC_CONTEXT, NULL, "the file\nis here" },
		{ "/context\nonly below", SYNC_CONTEXT, NULL, "only below" },
		{ "/context  ", SYNC_WRONG, NULL, NULL },
		{ "/context <!-- hidden -->", SYNC_WRONG, NULL, NULL },
		{ "/context a<!-- hidden\nhere -->b\u200b", SYNC_CONTEXT, NULL, "ab" },
		{ "/priority HIGH", SYNC_PRIORITY, "high", NULL },
		{ "/priority highest", SYNC_WRONG, NULL, NULL },
		{ "/priority", SYNC_WRONG, NULL, NULL },
		{ "/help me", SYNC_HELP, NULL, NULL },
		{ "/lgtm", SYNC_UNKNOWN, NULL, NULL },
		{ "/retry-all", SYNC_UNKNOWN, NULL, NULL },
		{ "", SYNC_NONE, NULL, NULL },
		{ "\n\n", SYNC_NONE, NULL, NULL },
		{ "/", SYNC_NONE, NULL, NULL },
		{ "//retry", SYNC_NONE, NULL, NULL },
		{ "/ retry", SYNC_NONE, NULL, NULL },
		{ "/retry, please", SYNC_NONE, NULL, NULL },
		{ "/retry/now", SYNC_NONE, NULL, NULL },
		{ "/usr/bin/x is missing", SYNC_NONE, NULL, NULL },
		{ "please /retry", SYNC_NONE, NULL, NULL },
		{ "please\n/retry", SYNC_NONE, NULL, NULL },
		{ " /retry", SYNC_NONE, NULL, NULL },
		{ "    /retry", SYNC_NONE, NULL, NULL },
		{ "\t/retry", SYNC_NONE, NULL, NULL },
		{ "> /retry", SYNC_NONE, NULL, NULL },
		{ "`/retry`", SYNC_NONE, NULL, NULL },
		{ "```\n/retry\n```", SYNC_NONE, NULL, NULL },
		{ "- /retry", SYNC_NONE, NULL, NULL },
		{ "\u200b/retry", SYNC_NONE, NULL, NULL },
		{ "<!-- x -->/retry", SYNC_NONE, NULL, NULL },
		{ "/retry\n<!-- orch:c=0123456789abcdef0123456789abcdef.1.result -->", SYNC_NONE, NULL, NULL },
		{ "/" LONG, SYNC_NONE, NULL, NULL },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct sync_command c;

		sync_command_read(&c, t[i].comment);
		ok(c.verb == t[i].verb, "comment %zu is what it is (%d)", i, c.verb);
		is(c.argument, t[i].argument, "its argument");
		is(c.text, t[i].text, "its text");
		ok((c.why != NULL) == (c.verb == SYNC_WRONG || c.verb == SYNC_UNKNOWN), "and why not");
		sync_command_release(&c);
	}
}

static void
test_bounds(void)
{
	struct buf b = { 0 };
	struct sync_command c;

	buf_puts(&b, "/context ");
	while (b.len < 100000)
		buf_puts(&b, "\xc3\xa9");
	sync_command_read(&c, b.data);
	ok(c.verb == SYNC_CONTEXT && sync_text_length(c.text) <= SYNC_COMMENT_MAX &&
	    strstr(c.text, "characters left out"), "a long text is clipped");
	sync_command_release(&c);
	buf_release(&b);
	sync_command_read(&c, sync_command_help());
	is_int(c.verb, SYNC_NONE, "the help is no command");
	sync_command_release(&c);
}

int
main(void)
{
	test_read();
	test_bounds();
	return done_testing();
}
