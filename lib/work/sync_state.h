/*
 * sync_state - what is remembered of a repository from one synchronisation to the next
 *
 *	.orch/state/gh/pin.json			which repository this project goes with
 *	.orch/state/gh/HOST/REPO_ID.json	how far it was read, what is on its way out
 *	.orch/state/gh/HOST/REPO_ID.lock	one synchronisation at a time
 *	.orch/state/gh/HOST/REPO_ID/NUMBER.json	one for each issue that goes with a task
 *
 * All are written as a whole and synced.  Without them nothing is lost: tasks name their
 * issues, issues have marks, and `base` is taken to be what GitHub has.  The order that makes
 * this so: the task file is committed before a base that goes with it.  A base that is older
 * than both sides costs nothing, as both sides agree; a newer one would undo a person's edit.
 * Of an issue that a task is about to be made of there is no older one: its base goes first,
 * and counts only if the task is there (`pending`).
 *
 *	sync_state_open(&s, p, &pin, e)		takes the lock, reads
 *	..					change members, then sync_state_save() or
 *						sync_issue_save() of those that changed
 *	sync_state_close(&s)
 */
#ifndef ORCH_WORK_SYNC_STATE_H
#define ORCH_WORK_SYNC_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sys/lock.h"
#include "work/sync_index.h"

struct err;
struct project;
struct val;
struct view;

/* The repository of a project: noted by the first run, and never guessed afterwards. */
struct sync_pin {
	char *host;
	char *repo;		/* "owner/name", as it is called now */
	char *named;		/* the name that led there, which may be a former one; or NULL */
	int64_t id;		/* GitHub's number of it; 0: nothing is pinned */
};

/* A project without one gets { 0 }.  ERR_INVALID: the file is damaged. */
int	sync_pin_read(const struct project *, struct sync_pin *, struct err *);
int	sync_pin_write(struct project *, const struct sync_pin *, struct err *);
void	sync_pin_release(struct sync_pin *);

/* Times are seconds of the server's clock, 0: never. */
struct sync_issue {
	int64_t number, id;		/* of the pinned repository; id: of the database,
					   sync_state_identify() */
	int64_t away, away_number;	/* it was taken to that repository: sync_away.h */
	bool arrived;			/* since then it was not merged */
	char *etag;			/* where it is away: of what was merged last; or NULL */
	char *node_id, *url;
	int64_t task;			/* 0: none; sync_state_bind() */
	char *uid;
	bool marked;			/* its body has our mark: we made it */
	char *block;			/* the links in its body, where the host has no others */
	struct view *base;		/* what both sides were when they last agreed; NULL: lost */
	bool closed_by_us;		/* the last closing that is known of was ours */
	bool clipped;			/* it was told that labels of its task stay here */
	bool gated;			/* its author is not trusted: each text counts only once it
					   was let in */
	char *approved;			/* the text that a person let in by linking; or NULL */
	char *refused;			/* a text of it that was held back, and told of */
	char *gone;			/* "deleted", "transferred", "missing", "unlinked"; or NULL */
	bool pending;			/* a task of that uid was to be made: nothing without it */
	bool comments_known;		/* those of ours were looked for, or cannot be there yet */
	int64_t status_comment;		/* id of the comment with the state; 0: none yet */
	char *status_text;		/* what stands there */
	int64_t commented;		/* the newest attempt whose result was written */
	int64_t cursor;			/* id of the newest comment that nothing is left of */
	int64_t comments;		/* how many it has, as far as they were read */
	int64_t made, hour, in_hour;	/* comments made; in the hour that began then */
	char *told;			/* what gh.owner was last told of: "failed 3" */
	int64_t tells;			/* how often */
	bool flagged;			/* the label needs-human is ours: sync_owner.h */
	char *assigned;			/* whom we assigned for that; or NULL */
	int64_t mute;			/* until then no comment: GitHub refuses them */
	char *item, *column;		/* of the board: id of the card, where it stands */
	bool kept;			/* its task has no_gh or local-only by now: nothing is written
					   (sync_keep(); of this run, not saved) */
	bool unread;			/* likewise: what GitHub told of it made no sense */
	bool dirty;			/* not saved yet */
};

struct sync_state {
	int dir;			/* .orch/state/gh/HOST */
	int issues_dir;
	char *name;			/* "REPO_ID.json" */
	struct lock lock;
	int64_t repo_id;

	int64_t since;			/* newest updated_at of all that was taken over */
	char *etag, *etag_url;		/* of the last list, or of the newest issues if that was
					   longer than one page; etag NULL: to be asked for anew */
	char *token;			/* hash of the token that etag and login belong to */
	char *login;			/* whose token it is; NULL: not known */
	int64_t full_at;		/* the last list of all, by our clock */
	int64_t skew;			/* what the server's clock is ahead of ours */
	int64_t checked_at;		/* when name and id were last seen to be of one repository */
	int64_t comments_since;		/* the newest comment that was read */
	bool orders;			/* commands wait, or for their answers */
	struct val *outbox;		/* list, sync_outbox.h */
	struct val *missing;		/* map: what the host cannot do -> until when that is believed */
	struct val *people;		/* map: login -> {permission, until} */
	struct val *board;		/* what is known of the board, sync_board_impl.h; or NULL */
	struct val *report;		/* of the last run, for `status` */
	struct val *conflicts;		/* list, the newest last: sync_status.h; or NULL */

	struct sync_issue **v;		/* by number */
	size_t n, cap;
	struct sync_index by_task, by_id;
};

/*
 * ERR_BUSY: another synchronisation of this repository runs.  ERR_INVALID: REPO_ID.json is
 * damaged.  The file of an issue that is damaged counts as lost, and is told of.
 */
int	sync_state_open(struct sync_state *, struct project *, const struct sync_pin *, struct err *);
/* The same to look at only: no lock, nothing is made, saving does nothing; what is not there is
 * empty. */
int	sync_state_look(struct sync_state *, struct project *, const struct sync_pin *, struct err *);
void	sync_state_close(struct sync_state *);

/* What is not of one issue. */
int	sync_state_save(struct sync_state *, struct err *);
/* Every issue that is dirty; of several the folder is synced once. */
int	sync_state_save_issues(struct sync_state *, struct err *);

struct sync_issue *sync_state_by_number(const struct sync_state *, int64_t number);
struct sync_issue *sync_state_by_id(const struct sync_state *, int64_t id);
struct sync_issue *sync_state_by_task(const struct sync_state *, int64_t task);
struct sync_issue *sync_state_by_uid(const struct sync_state *, const char *uid);

/*
 * Does it get no more comments of ours?  The one with the state is edited all the same.  Too
 * many are no help to anybody, and beyond 2,500 GitHub takes none for ever.
 */
#define SYNC_COMMENTS_MAX 100
bool	sync_issue_full(const struct sync_issue *);

/* The one of that number, made if there is none. */
struct sync_issue *sync_state_issue(struct sync_state *, int64_t number);

/* The task that goes with it, and its id of the database, become these. */
void	sync_state_bind(struct sync_state *, struct sync_issue *, int64_t task);
void	sync_state_identify(struct sync_state *, struct sync_issue *, int64_t id);

/* As if it had never been there. */
void	sync_state_forget(struct sync_state *, struct sync_issue *);

/* Is it (still) known that the host cannot do that?  And learn it, for a day. */
bool	sync_state_lacks(const struct sync_state *, const char *what, int64_t now);
void	sync_state_learn(struct sync_state *, const char *what, int64_t now);

#endif
