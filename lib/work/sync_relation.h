/*
 * sync_relation - parents as sub-issues, dependencies as "blocked by"
 *
 * Both are written by the database's id of the other issue, one request each, and asking for the
 * same again is no error.  A host that does not have them answers 404: that is remembered for a
 * day, and what a task belongs to stands in a block at the end of its issue instead.
 */
#ifndef ORCH_WORK_SYNC_RELATION_H
#define ORCH_WORK_SYNC_RELATION_H

#include <stdint.h>

struct err;
struct merge_out;
struct sync;
struct sync_issue;
struct sync_links;
struct sync_remote;
struct task;
struct val;
struct vec_id;
struct view_links;

/* For view_of_task(): the issues of what the task belongs to and waits for; `blocked` holds the ids. */
void	sync_relation_links(const struct sync *, const struct task *, struct view_links *,
	    struct vec_id *blocked);

/* Asks for what a list of issues does not tell, where it differs from what is known. */
int	sync_relation_read(struct sync *, struct sync_remote *, const struct sync_issue *,
	    struct err *);

/* Writes what the merge says of both.  -1: the run must end. */
int	sync_relation_write(struct sync *, struct sync_issue *, const struct merge_out *,
	    struct err *);

/* SIDE_PARENT, SIDE_BLOCKED: what the host is known not to have. */
unsigned sync_relation_lacking(const struct sync *);

/* The block as text, "4: 5, 6", "" for none; caller frees.  And what is there now is noted: what
 * was written, or stands in the body, where a person may have edited it. */
char	*sync_relation_text(const struct sync_links *);
void	sync_relation_note(struct sync_issue *, const char *text);
void	sync_relation_seen(struct sync_issue *, const struct val *json);

/* The numbers for the block (sync_mark.h) of an issue, which may be NULL: of those that are in
 * its repository; nothing where the host has both. */
void	sync_relation_block(const struct sync *, const struct sync_issue *, const struct view_links *,
	    struct sync_links *);

#endif
