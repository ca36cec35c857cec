/*
 * edit_session - the task file in a person's editor
 *
 * The editor gets a copy, .orch/edit/N/tasks.yml, and the file as it was opened is kept
 * beside it.  No lock of the task file is held meanwhile: what the person changed is
 * worked into what the file has become (store_merge()).  Beside .orch/edit/N lies
 * N.lock, held for as long as the session lasts; a copy that nobody holds was left by
 * one that did not come to its end, and can be gone on with.  When there are as many of
 * those as there may be, one in which nothing was saved gives its place away.
 *
 *	edit_begin(&s, p, dry_run, resume, e)
 *	edit_run(&s, e)			the editor: 1 if nothing differs, 0 if so
 *	edit_merge(&s, &opts, &ids, e)	after ERR_INVALID perhaps edit_run() again
 *	edit_end(&s)			at any point; a copy with work in it stays
 *
 * A dry run edits a copy in TMPDIR that never stays.
 */
#ifndef ORCH_WORK_EDIT_SESSION_H
#define ORCH_WORK_EDIT_SESSION_H

#include <stdbool.h>

#include "base/buf.h"
#include "sys/lock.h"

struct err;
struct project;
struct store_opts;
struct vec_id;

struct edit_session {
	struct project *p;
	bool dry_run;
	bool spent;		/* there is nothing in the copy that is not in the file */
	int parent, dir;	/* the folder of the copy, and the one above; -1 */
	char *name;		/* its name in there, NULL: none was made */
	char *path;		/* of the copy, absolute */
	struct lock lock;
	struct buf base, mine;	/* as it was opened, and as it is edited */
};

/*
 * `resume`: the copy that was kept first; ERR_NO if there is none.  Otherwise those that
 * were kept are named in notes.  ERR_INVALID: the task file itself must be mended first.
 */
int	edit_begin(struct edit_session *, struct project *, bool dry_run, bool resume,
	    struct err *);

/* $VISUAL, $EDITOR, editor or vi, in the shell's words.  ERR_NO: it did not end well. */
int	edit_run(struct edit_session *, struct err *);

/* `changed` gets the ids of tasks that are new or changed. */
int	edit_merge(struct edit_session *, const struct store_opts *, struct vec_id *changed,
	    struct err *);

void	edit_end(struct edit_session *);

#endif
