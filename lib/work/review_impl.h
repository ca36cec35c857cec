/*
 * review_impl - what the files of review share with each other only
 */
#ifndef ORCH_WORK_REVIEW_IMPL_H
#define ORCH_WORK_REVIEW_IMPL_H

#include "base/err.h"
#include "base/vec.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "task/task.h"
#include "work/agent.h"
#include "work/review.h"

struct change;

/* ---- review_work.c: what is judged ---- */

/* Who had an attempt at it; what is not known is NULL. */
struct review_author {
	char *agent;
	char *program;			/* that it ran, absolute */
	char *model;
	char *words;			/* its command line */
};

struct review_work {
	struct project *project;
	struct tasks tasks;		/* the picture that it is judged in */
	const struct task *task;	/* of that */
	const struct repo *repo;	/* where it worked */
	int attempt;
	int64_t round;
	struct review_author *authors;
	size_t authors_n, authors_cap;
	char *branch, *worktree, *base;	/* NULL: it had no work tree */
	char head[41];			/* the commit that is judged; "": likewise */
	char terms[FS_HASH_MAX];	/* what it is judged by, as the task says */
	char *checks;
	struct lock lock;		/* nobody else judges it meanwhile */
};

/*
 * `alone`: takes the lock; ERR_BUSY: somebody else judges it.  ERR_FAILED: it is not in
 * review (as the state table says), or its work cannot be shown, or it is not
 * as it was checked.  To be released in any case.
 */
int	review_work_open(struct review_work *, struct project *, int64_t id, bool alone,
	    struct err *);
void	review_work_release(struct review_work *);

/* ERR_BUSY: its branch is not what was judged any more. */
int	review_work_same(const struct review_work *, struct err *);

/* Does the task, as it is now (NULL: gone), still wait for this verdict, and say the same? */
bool	review_work_awaits(const struct review_work *, const struct task *now);
#define REVIEW_CHANGED "it was changed while it was judged: the verdicts are not used"

/* The same of the task file as it is now: before each call.  ERR_BUSY: it does not. */
int	review_work_look(const struct review_work *, struct err *);

/* ---- review_authors.c: who made it ---- */

/* -1: the archive is needed and cannot be read. */
int	review_authors_find(struct review_work *, struct err *);
void	review_authors_release(struct review_work *);

/* Did that agent make it, under this or another name? */
bool	review_is_author(const struct review_work *, const struct agent *);

/* Are they one and the same who judges? */
bool	review_same_judge(const struct project *, const struct agent *, const struct agent *);

/* attempt.json of an attempt, caller frees; NULL: there is none. */
struct val *review_attempt_record(const struct review_work *, int64_t id, int attempt);

/* ---- review_program.c: what is run ---- */

/* Borrowed. */
struct review_line_of {
	const char *program;		/* absolute */
	const char *words;		/* its arguments, if it is a launcher; NULL */
};

/* A shell, an interpreter, a launcher: what it runs stands among its arguments. */
bool	review_is_runner(const char *program);

/* One file, by whatever path, or a copy of it. */
bool	review_same_file(const char *, const char *);

/* Is a file that one of them runs one that the other runs?  `dir`: of relative paths. */
bool	review_runs_same(const struct review_line_of *, const struct review_line_of *, const char *dir);

/* ---- review_ask.c: who judges, and what is said ---- */

struct review_seat {
	struct agent agent;
	double weight;
	bool veto;
	bool arbiter;
	bool asked;		/* it may judge this task */
	struct val *record;	/* verdict.json; NULL: there is none, */
	struct err why;		/* because of this */
};

/* "beta", or "beta.arbiter": no agent's id has a '.' in it. */
char	*review_seat_name(const struct review_seat *);

/* The same for people: "beta", "arbiter beta"; caller frees. */
char	*review_seat_title(const struct review_seat *);

/* The verdict of a record, borrowed; NULL: it has none. */
const struct val *review_verdict(const struct val *record);

/* How a seat without a verdict stands: "beta: timeout: ..."; caller frees. */
char	*review_missing(const struct review_seat *);

/* Will it have one later (75), can it be asked again (65), or not (69)? */
int	review_missing_status(const struct review_seat *);

/* Fills record or why.  `verdicts`: of the others, for an arbiter; NULL.  -1: give up. */
int	review_ask(const struct review_work *, struct review_seat *, const struct val *schema,
	    const char *verdicts, struct err *);

/* ---- review_past.c: calls that nobody comes back to ---- */

#define REVIEW_TRIES 2		/* of one call: shown what was wrong with its answer */
extern const char *const review_tries[REVIEW_TRIES];	/* prefixes of their files, behind "K." */

/* Which question is call K; caller frees. */
char	*review_input_name(int64_t call);

struct review_call {
	int64_t task;
	int attempt;
	int64_t round;
};

struct call;

/* Writes down, as the newest record of its folder, what that call has cost, when its
 * processes have ended.  1: nothing of it has run. */
int	review_past_call(const struct review_call *, struct call *, int64_t number, struct err *);

/* All calls of that round that no record tells of; those that still run after wait_ms stay
 * as they are.  1: there are such. */
int	review_past_all(struct project *, const struct review_call *, int64_t wait_ms, struct err *);

/* The longest that a call can take. */
int64_t	review_call_ms(const struct project *);

/* ---- review_left.c: rounds that may have calls which are not booked ---- */

/* Before the first call; and when all are booked, in front of the commit in which the task
 * forgets their names. */
int	review_left_note(struct project *, const struct review_call *, struct err *);
int	review_left_forget(struct project *, const struct review_call *, struct err *);

/* ---- review_book.c: what the calls have cost ---- */

#define REVIEW_RECORD	  "verdict.json"	/* of the newest call of a seat, in its folder */
#define REVIEW_RECORD_MAX (4u << 20)
#define REVIEW_ARBITER	  ".arbiter"		/* at the end of the name of its seat */

/* How a call is told apart from others of the task: "2/beta/1"; caller frees. */
char	*review_call_key(int attempt, const char *seat, const struct val *record);

/* Books each call of that round that is not booked yet; or does so in a commit of its own. */
int	review_book(struct change *, struct project *, int64_t id, int attempt, int64_t round,
	    struct err *);
int	review_book_now(const struct review_work *, struct err *);

/* It is decided: nobody comes back to the calls about that attempt. */
int	review_book_end(struct change *, int64_t id, int attempt, struct err *);

/* ---- review_record.c: what is written down ---- */

struct review_result {
	struct review_seat *seats;
	size_t n;
	int decision;		/* -1: none */
	int64_t rounds;		/* at most */
	bool left;		/* a call still runs, and must find what is booked */
	const char *why;	/* a person must know, for `reason`; NULL: nothing */
	char *by;		/* "beta approves (0.90), gamma approves (0.80)" */
	enum status reached;	/* out */
	char reason[200];	/* out: why it is parked; "" */
};

int	review_record(const struct review_work *, struct review_result *, struct err *);

#endif
