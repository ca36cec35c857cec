/*
 * sync_text - foreign text on its way to and from a tracker: pure
 *
 * What agents wrote is shown to people as Markdown, but it calls nobody, links to no issue,
 * closes nothing and hides nothing.  Lengths are code points (GITHUB.md 3).
 */
#ifndef ORCH_WORK_SYNC_TEXT_H
#define ORCH_WORK_SYNC_TEXT_H

#include <stddef.h>

#include "task/field.h"

struct buf;
struct task;

#define SYNC_TEXT_MAX 60000	/* a body, a comment */
#define SYNC_TITLE_MAX 256
#define SYNC_LABEL_MAX 50

/* Code points of a text; a byte that is no UTF-8 counts as one. */
size_t	sync_text_length(const char *);

/*
 * Appends at most `max` code points of it: all, or its head and its tail with a paragraph
 * "[... N characters left out ...]" between them.  `max` is 100 at least.
 */
void	sync_text_clip(struct buf *, const char *, size_t max);

/* In one line, cut with an ellipsis: for titles and labels.  Caller frees. */
char	*sync_text_line(const char *, size_t max);

/*
 * Appends Markdown that an agent wrote, at most `max` code points (100 at least) in the
 * end, which is clipped before it is made harmless.  U+200B is put into @name, @org/team, #123, GH-1 and
 * owner/repo#1; a URL of an issue, a pull request or a discussion becomes code, so closing
 * keywords find nothing to close; tags, comments and character references are shown and
 * not obeyed; what nobody sees is dropped.  Code stays as it is, and so do addresses of
 * e-mail and other URLs.  A text whose fences are not plainly matched is fenced as a whole.
 */
void	sync_text_neutral(struct buf *, const char *, size_t max);

/* The same in one line, for an item of a list: at most `max` code points of the text, each of
 * which may become six. */
void	sync_text_inline(struct buf *, const char *, size_t max);

/* A title that an agent wrote, which is shown as it is: it calls nobody and links nothing. */
void	sync_text_title(struct buf *, const char *, size_t max);

/*
 * Appends a block of code with a fence longer than any run of backticks in it, at most `max`
 * code points (120 at least); control characters are made visible.  Begins and ends with its
 * fence, without a line end.
 */
void	sync_text_fence(struct buf *, const char *, size_t max);

/*
 * Text that comes in, as a prompt may have it: without HTML comments, where a person would
 * not see them (those in code are kept, an open one at the start of a line goes to the
 * end), and without invisible and bidirectional code points; CRLF becomes LF.  Caller frees.
 */
char	*sync_text_incoming(const char *);

/* Title or body of a task as a prompt may have it: of one with an issue, which others may have
 * written, as above; "" if it is not set.  Caller frees. */
char	*sync_text_prompt(const struct task *, enum field);

#endif
