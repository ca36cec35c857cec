/*
 * sync_away - issues that were taken to another repository of the same owner
 *
 * The task names its issue where that is now (`gh`: repo_id, number, id, node_id, url), and in
 * `gh.from` {repo_id, number} which one of the pinned repository it was.  That number stays the
 * key of everything here: the file of the issue, the outbox, what is told.  Only the URLs of
 * requests are others, and are made here: /repositories/ID/issues/N, by the number of the
 * repository and not by its name, which may come to be another's.
 *
 * An issue is followed where the owner is the same, and where no more people can read it than
 * before; back into the pinned repository always.  Else it is parked (`gone`).
 *
 * It is in no list that is asked for, so each that is open costs a question of its own in every
 * run, with its ETag; one that is closed only when all issues are asked for.  Commands in its
 * comments are not read.
 */
#ifndef ORCH_WORK_SYNC_AWAY_H
#define ORCH_WORK_SYNC_AWAY_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct gh_answer;
struct sync;
struct sync_issue;
struct task;
struct val;
struct view;

/* What `gh` of a task says. */
struct sync_at {
	int64_t number;			/* of the pinned repository; 0: of another project's */
	int64_t away, away_number;	/* where it is now; 0: there */
};

void	sync_at_read(const struct sync *, const struct val *gh, struct sync_at *);
/* Does it name an issue by what is no number of one?  Nothing is written for it, then: neither to
 * the issue that it may have meant, nor a new one. */
bool	sync_at_damaged(const struct sync *, const struct task *);
bool	sync_at_same(const struct sync_issue *, const struct sync_at *);
/* Notes in the file of the issue where it is. */
void	sync_at_put(struct sync_issue *, const struct sync_at *);
/* The repository that a task belongs to by its `gh`; 0: to none. */
int64_t	sync_at_home(const struct val *gh);
/* {host, repo_id, number, from} of an issue that is known. */
struct val *sync_at_map(const struct sync *, const struct sync_issue *);

/* The URL of that issue of the pinned repository, wherever it is now, and what follows;
 * caller frees. */
char	*sync_issue_path(const struct sync *, int64_t number, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
/* The same of a comment of it. */
char	*sync_comment_path(const struct sync *, const struct sync_issue *, int64_t id);

/*
 * An issue that goes with a task was asked for and answered from elsewhere: *issue is followed,
 * which the task is told first, or parked.  1: it goes on, and may be another one in the state.
 */
int	sync_away_follow(struct sync *, struct sync_issue **, const struct gh_answer *, struct err *);

/*
 * A write was answered as if the issue was not there: the issue itself tells what became of it.
 * 1: it was taken elsewhere or is gone, which is told, and the struct may be that of another
 * one (`gone`).  0: it is where it was.
 */
int	sync_away_look(struct sync *, struct sync_issue *, const char *what, const struct gh_answer *,
	    struct err *);

/* The file of an issue gets another number of the pinned repository, and that one is given; the
 * former is "transferred", or a "twin" (sync_twin.h). */
struct sync_issue *sync_away_rekey(struct sync *, struct sync_issue *, int64_t number);

/* The task names another issue, if it names this one still (1), then the file does: `number` is
 * the key, `gh` gets members added. */
int	sync_away_repin(struct sync *, struct sync_issue **, struct val *gh, int64_t number,
	    const char *note, struct err *);

/* It is held against its base for the first time there. */
void	sync_away_arrived(struct sync_issue *, const struct view *there);

/* Asks for those that are in no list. */
int	sync_away_list(struct sync *, struct err *);

#endif
