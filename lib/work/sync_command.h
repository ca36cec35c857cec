/*
 * sync_command - what a person asks for in a comment: its first line
 *
 *	/retry [TEXT]		/close [TEXT]
 *	/assign AGENT		/context TEXT
 *	/unblock [TEXT]		/priority urgent|high|normal|low
 *	/help
 *
 * The slash stands in the first column of the first line that is not blank; upper and
 * lower case are the same.  What follows, on this line and below, is text for the next
 * attempt.  A first line that is quoted, fenced or indented is no command, nor is a path
 * ("/usr/bin/x"), nor a comment with a marker of ours in it, wherever it stands.  Who may
 * command is not decided here.
 */
#ifndef ORCH_WORK_SYNC_COMMAND_H
#define ORCH_WORK_SYNC_COMMAND_H

#define SYNC_ARGUMENT_MAX 64	/* bytes */
#define SYNC_COMMENT_MAX 16000	/* code points of text, clipped as by sync_text_clip() */

enum sync_verb {
	SYNC_NONE,		/* an ordinary comment */
	SYNC_RETRY, SYNC_ASSIGN, SYNC_UNBLOCK, SYNC_CLOSE, SYNC_CONTEXT, SYNC_PRIORITY, SYNC_HELP,
	SYNC_WRONG,		/* one of these, used wrongly: `why` */
	SYNC_UNKNOWN,		/* "/word" of somebody else, perhaps of another tool */
};

struct sync_command {
	enum sync_verb verb;
	char *argument;		/* of assign and priority, lower case; else NULL */
	char *text;		/* washed by sync_text_incoming(); NULL: none */
	char *why;		/* SYNC_WRONG, SYNC_UNKNOWN: one line for the person; else NULL */
};

/* An agent is [a-z0-9._-], letter or digit first; whether there is one, others know. */
void	sync_command_read(struct sync_command *, const char *comment);
void	sync_command_release(struct sync_command *);

/* What /help is answered with: Markdown. */
const char *sync_command_help(void);

#endif
