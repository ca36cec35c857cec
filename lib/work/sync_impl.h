/*
 * sync_impl - one run of a synchronisation, and its steps
 *
 * The inside of sync.h.  A step returns -1 for what ends the run: trouble of this machine, or
 * an answer after which nothing more may be sent (sync_ends()).  What stops only one issue is
 * told with sync_left() and the run goes on.
 */
#ifndef ORCH_WORK_SYNC_IMPL_H
#define ORCH_WORK_SYNC_IMPL_H

#include "net/gh.h"
#include "task/task.h"
#include "work/sync.h"
#include "work/sync_account.h"
#include "work/sync_state.h"
#include "work/sync_view.h"

struct board;
struct sync_repo;

/* An issue as this run got it from GitHub. */
struct sync_remote {
	struct val *json;
	struct view view;
	int64_t number, id;
	bool ours;			/* it has our mark, and is by our login: sync_marked.h */
	bool fresh;			/* a task was made of it in this run */
	char *etag;			/* of an issue that is away (sync_away.h); or NULL */

	/* A card that a person moved (sync_board.h): its column, and the labels of the status that
	 * stood in `view` before. */
	const char *card;
	struct vec_str labelled;
};

struct sync {
	struct project *p;		/* borrowed, as are the next three */
	const struct store_opts *store;
	const struct sync_opts *opts;
	struct sync_account *report;
	struct sync_pin pin;
	struct sync_state state;
	struct gh *gh;
	int64_t now;			/* the server's clock, s: as it told (`timed`), or as far as
					   ours was from it */
	bool timed;
	char *token_hash;
	struct vec_id known;		/* database ids of the issues that go with tasks, ascending */
	int64_t newest_comment;		/* of the repository, once it was asked for; 0 */
	int unsure;			/* writes in a row of which GitHub did not say what came */
	bool barred;			/* no issue may be made: the next would be refused as well */

	struct sync_remote **remote;	/* of this run, by number */
	size_t n, cap;

	/* The picture of both sides, which grows old while one write follows the other. */
	int64_t looked;			/* when GitHub was last asked for it: clock_mono() */
	int looks;			/* how often that was done again */
	enum { LOOK_NOT, LOOK_FIRST, LOOK_NOW } look;	/* before a write: no matter how old; if it is
					   too old; it is, nothing is written */

	bool asked;			/* which repository it is, in this run */
	bool moved;			/* a list came from elsewhere than asked for */

	/* Of sync_list.h, to be remembered when what was read is merged. */
	bool full;			/* all open issues were asked for */
	bool unchanged;			/* nothing changed since the last list */
	bool unsettled;			/* of what changed something waits: it must be listed again */
	bool unfinished;		/* some that are missing from it were not asked for */
	int64_t seen;			/* the newest updated_at */
	int64_t listed;			/* the server's time when it was asked; 0: it did not tell */
	char *etag, *etag_url;

	struct board *board;		/* of sync_board.h; NULL: not looked at yet */
};

/* Numbers from here on are of issues that a dry run would make, and are not told. */
#define SYNC_UNMADE (INT64_C(1) << 62)

/* ---- sync.c ---- */

/* A line of the report; issue number and task may be 0. */
void	sync_did(struct sync *, const char *what, int64_t task, int64_t number, const char *fmt, ...)
	    __attribute__((format(printf, 5, 6)));
/* The same for what could not be done; the exit status of the run is that of `code` at least. */
void	sync_left(struct sync *, const char *what, int64_t task, int64_t number, int code,
	    const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/* Does nothing more make sense after that answer?  Then the error is what ends the run. */
bool	sync_ends(const struct gh_answer *, struct err *);

/*
 * May one more write be sent?  If not it is told as left.  In a dry run it is told as if it
 * was done, and false.  False, too, and told nobody, where the picture is to be new first
 * (s->look is LOOK_NOW then): what the write is made of may not be so any more.
 */
bool	sync_may_write(struct sync *, const char *what, int64_t task, int64_t number,
	    const char *detail);

/* "/repos/OWNER/NAME" and what follows; caller frees. */
char	*sync_path(const struct sync *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

struct sync_remote *sync_remote_find(const struct sync *, int64_t number);
/* Takes the value over; NULL with an error where it is no issue.  A pull request is NULL
 * without one. */
struct sync_remote *sync_remote_add(struct sync *, struct val *json, struct err *);
/* The same under the number that it had in the pinned repository. */
struct sync_remote *sync_remote_add_as(struct sync *, struct val *json, int64_t number,
	    struct err *e);
void	sync_remote_free(struct sync_remote *);

/* Makes s->known of the files as they are now. */
void	sync_know(struct sync *);

/* Is the task among those that were asked for? */
bool	sync_wants(const struct sync *, int64_t task);

/* Notes of each issue whether its task is kept (view_is_kept()), or it is held: then people's words are taken in,
 * and none is written. */
void	sync_keep(struct sync *, const struct tasks *);

/* Has it no issue, and is to get one? */
bool	sync_publishes(const struct sync *, const struct task *);

/* The issue that the task names in this repository, or named before it was taken to another one
 * (sync_away.h); 0 if there is none. */
int64_t	sync_task_number(const struct sync *, const struct task *);

/* ---- sync_send.c ---- */

/*
 * gh_get(), gh_write() and gh_graphql(), of which the run learns the time, and whether GitHub
 * answers.  All that leaves is redacted there: nobody else sends anything.
 */
int	sync_get(struct sync *, const char *path, enum gh_want want, const char *etag, struct gh_answer *,
	    struct err *);
int	sync_write(struct sync *, const char *method, const char *path, const struct val *body,
	    struct gh_answer *, struct err *);
/* Of an issue that is known: what it has (`told`) goes back to it as it is. */
int	sync_rewrite(struct sync *, const char *method, const char *path, const struct val *body,
	    const struct view *told, struct gh_answer *, struct err *);
/* The variables are taken over. */
int	sync_graphql(struct sync *, const char *query, struct val *variables, bool write,
	    struct gh_answer *, struct err *);

/* ---- steps ---- */

int	sync_settle(struct sync *, struct err *);	/* sync_outbox.c */
int	sync_pull(struct sync *, struct err *);		/* sync_pull.c */
int	sync_look_again(struct sync *, struct err *);	/* the same once more */
int	sync_push(struct sync *, struct err *);		/* sync_push.c */

#endif
