/*
 * sync_board - the cards of a project board (Projects v2) show where tasks are
 *
 * A task's issue is put on the board once, which may be repeated, and its card moved when the
 * column that belongs to the task's status is another one: gh.columns.* name columns, the first
 * that the board has, without regard to case.  REST first; where the host answers 404 to that,
 * GraphQL.  What a board is made of is asked once and remembered; ids in orch.yml (`board
 * --setup`) go before names, and all is found out again by name when an id is refused.  A token
 * without the scope for projects leaves the board as it is, which is told once, and the rest is
 * done.  An archived card is told of once and left alone.  A task that had ended before it had a
 * card gets one by `orch-sync-gh board` only.
 *
 * With gh.board_pull a card that a person moved is a request, as if the person had set the label
 * of the status: "done" there is "status:done", "todo" is "status:new".  Nothing can be asked for
 * by the other columns: the card goes back.  A label that a person set meanwhile beats it.
 *
 *	sync_board_pull(s, e)			before the merge: changes views of s->remote
 *	.. merge
 *	sync_board_took(s, remote, issue, &out)	for each merged one, before its base is replaced
 *	sync_board_done(s)			when that is saved
 */
#ifndef ORCH_WORK_SYNC_BOARD_H
#define ORCH_WORK_SYNC_BOARD_H

struct err;
struct merge_out;
struct sync;
struct sync_issue;
struct sync_remote;

/* A step of a run: nothing, where no board is named or no column differs.  In a run of the way
 * SYNC_BOARD it is looked at first where the cards are. */
int	sync_board(struct sync *, struct err *);

/*
 * Finds out the ids of the board, its field and options, by name, and writes them into orch.yml,
 * where all else stays byte for byte.  ERR_CONFIG: none is named, or there is no such field.
 */
int	sync_board_setup(struct sync *, struct err *);

/* One request for each hundred cards, none billed where nothing changed and they fit in one
 * page; and one for each card that was moved and whose issue did not change. */
int	sync_board_pull(struct sync *, struct err *);
/* What was asked for by a card is out of the view and the next base again: no label says so. */
void	sync_board_took(struct sync *, struct sync_remote *, struct sync_issue *, struct merge_out *);
void	sync_board_done(struct sync *);

/* At the end of a run. */
void	sync_board_close(struct sync *);

#endif
