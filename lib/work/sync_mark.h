/*
 * sync_mark - what the synchronisation writes into a body that a person never sees
 *
 *	text of a person
 *
 *	<!-- orch:links=UID -->
 *	Parent: #12
 *	Blocked by: #3, #4
 *
 *	<!-- orch:task=UID -->
 *
 * The marker tells whose task an issue is.  The block of links is for hosts that know
 * neither sub-issues nor dependencies.  sync_mark_person(sync_mark_body(P, ...)) is P, byte
 * for byte, but that CRLF becomes LF (and a CR at its end nothing), unless P has a marker of
 * the same UID in a line of its own, which is ours and goes.
 *
 * A marker counts where it is alone in its line and not in fenced code, or is the last line
 * of all.  Of several the last one counts: people copy whole issues, and what is appended
 * last is ours.  Whoever adopts an issue by its marker must look at its author first.
 * A UID is 32 lower-case hexadecimal digits.
 */
#ifndef ORCH_WORK_SYNC_MARK_H
#define ORCH_WORK_SYNC_MARK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"

struct buf;

#define SYNC_UID_LEN 32
#define SYNC_MARK "<!-- orch:"	/* with this every marker begins */
#define SYNC_KIND_MAX 16

/* Numbers of issues.  0 and an empty list: none. */
struct sync_links {
	int64_t parent;
	struct vec_id blocked_by;
};

/*
 * The body to send.  No links: NULL.  Caller frees.  A text of VIEW_BODY_MAX code points stays
 * within what GitHub takes: the block names as many blockers as there is room for.
 */
char	*sync_mark_body(const char *person, const char *uid, const struct sync_links *);

/* What a person wrote in it: no marker, no block, LF.  Caller frees. */
char	*sync_mark_person(const char *body);

/* Appended: the text without any of our markers, wherever in it: it is of a task, whose issue must
 * not seem to be another's. */
void	sync_mark_strip(struct buf *, const char *text);

/* Whose task it is: true, and the UID with its NUL. */
bool	sync_mark_uid(const char *body, char uid[SYNC_UID_LEN + 1]);

/* What the block says, which a person may have edited; false: there is none. */
bool	sync_mark_links(const char *body, struct sync_links *);
void	sync_links_release(struct sync_links *);

/*
 * A comment is known by what it tells of: a task, an attempt (0: the task as a whole; of an
 * answer the id of the comment that it answers) and a kind, "status" or "result", of lower-case
 * letters.
 */
struct sync_key {
	char uid[SYNC_UID_LEN + 1];
	int64_t attempt;
	char kind[SYNC_KIND_MAX + 1];
};

char	*sync_mark_comment(const char *text, const struct sync_key *);	/* caller frees */
bool	sync_mark_key(const char *comment, struct sync_key *);

/* Does a marker of any kind stand in it, wherever?  Such a comment is never a command. */
bool	sync_mark_ours(const char *comment);

#endif
