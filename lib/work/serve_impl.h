/*
 * serve_impl - what the files of serve share
 *
 *	serve.c		the loop: what happened, what it means, when to wake up
 *	serve_step.c	the commands: which one is due, its start, its end, its pauses
 *	serve_place.c	the files: the lock of the server, the folders that are watched
 */
#ifndef ORCH_WORK_SERVE_IMPL_H
#define ORCH_WORK_SERVE_IMPL_H

#include "base/vec.h"
#include "sys/lock.h"
#include "sys/notify.h"
#include "sys/proc.h"
#include "sys/watch.h"
#include "work/serve.h"
#include "work/serve_look.h"

#define SERVE_PAUSE_MS 1000		/* after the first failure */
#define SERVE_PAUSE_MAX_MS 600000
#define SERVE_AGAIN_MS 300		/* between two looks, or two starts of what came to nothing */
#define SERVE_HELPERS 300		/* processes at once: attempts, and those that tell of them */

enum serve_step { STEP_RECOVER, STEP_CRON, STEP_ROUTE, STEP_RUN, STEP_REVIEW, STEP_SYNC, STEPS };

struct serve_helper {
	struct proc proc;
	enum serve_step step;
	int out;		/* what it prints, of a run; -1: nobody listens */
	bool told;		/* an id came by it: its attempt has ended */
	int64_t id;		/* that is read, digit by digit */
};

struct serve_state {
	bool wanted;		/* by something that happened; what the look shows comes on top */
	int running;
	unsigned failures;	/* in a row */
	bool refused;		/* the last one: by what only its configuration can mend */
	int64_t ended;		/* clock_mono() */
	unsigned changes;	/* of the task file, when it was started */
	int64_t pause;		/* it is not started before; clock_mono() */
	int status;		/* the last that it ended with */
};

enum serve_mode { SERVE_WORKS, SERVE_DRAINS, SERVE_STOPS };

struct serve {
	struct project *p;
	const struct serve_opts *opts;
	enum serve_mode mode;
	int64_t drained;		/* when what runs is stopped; clock_mono(), 0: not */
	bool cut;			/* something was stopped */
	bool left;			/* the server ends, and what runs goes on */
	int worst;			/* of the exit statuses of attempts */

	struct serve_state step[STEPS];
	struct serve_helper v[SERVE_HELPERS];
	size_t n;
	int begun, unclaimed;		/* runs since the last look; then, without a task yet */
	unsigned changes;		/* of the task file that looks have seen */

	struct serve_look look;
	bool looked;			/* there is one */
	struct proc looking;
	int look_fd;			/* -1: nobody looks */
	bool again;			/* look anew: something happened */
	int64_t look_at;		/* but not before; clock_mono() */
	int64_t look_began;
	unsigned look_failures;
	char said[SERVE_PROBLEM];	/* the problem that was told of */
	uint64_t place;			/* STAMP_PLACE of the project that is held; 0: of the next look */
	bool settling;			/* it seems to be another one: nothing begins until it is clear */
	bool reloading;
	bool ready;			/* READY=1 was sent */
	char status[160];

	int64_t minute;			/* the next, in seconds; 0: nobody waits for it */
	int64_t wall;			/* what the wall alarm is set to */
	int64_t sync_at;		/* clock_mono() */
	int64_t watchdog_at;

	struct notify notify;
	int sig_fd, wall_fd, mono_fd, tty;

	struct lock lock;
	struct watch watch;
	bool blind;			/* not all can be watched: each minute is a change */
	bool blind_said;
	bool moved;			/* a folder is gone: watch anew */
	struct vec_str names;		/* of files that matter */
	int64_t life[SERVE_LIVES];	/* attempts whose lock is watched, and the folders */
	int life_folder[SERVE_LIVES];
	size_t lives;
};

void	serve_say(const struct serve *, enum log_level, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* ---- serve_step.c ---- */

const char *serve_step_name(enum serve_step);
/* Attempts that were begun and have not told of an end. */
int	serve_attempts(const struct serve *);
/* What the new look wants, beside the old one. */
void	serve_want(struct serve *, const struct serve_look *old);
/* How many of it would be started now. */
int	serve_due(const struct serve *, enum serve_step);
/* Starts all that is due; *pause is lowered to when a step that is wanted may be started. */
void	serve_start(struct serve *, int64_t *pause);
void	serve_hear(struct serve *, struct serve_helper *);
/* True: it has ended, and its place is another's now. */
bool	serve_reap(struct serve *, size_t i);
void	serve_stop_helpers(struct serve *);
/* What failed, or came to nothing, is tried again; the latter alone, soon. */
void	serve_forgive(struct serve *);
void	serve_ease(struct serve *);
/* The n'th pause in a row. */
int64_t	serve_pause(unsigned n);

/* ---- serve_place.c ---- */

/* 0, or -1: ERR_BUSY where another server is at work. */
int	serve_take(struct serve *, struct err *);
/* The same where the project has been made anew, as another folder. */
int	serve_take_again(struct serve *, struct err *);
void	serve_watch(struct serve *);
void	serve_watch_lives(struct serve *);
/* Takes what happened: true if a look should follow. */
bool	serve_watched(struct serve *);
void	serve_place_release(struct serve *);

#endif
