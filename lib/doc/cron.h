/*
 * cron - schedules: "30 2 * * *" read, said in words, and when they come
 *
 * Text and a time zone in, instants out; no files, no clock.  The grammar stands in
 * orch-schedule(7).  It is that of crontab(5), so that a line moved from there keeps its
 * meaning, with what croniter, Quartz and Jenkins agree upon: L, LW, 15W, 5L, 1#2, H, a/n.
 *
 * Two rules go by the text of a field and not by what it means, as they do in Vixie cron 3.0
 * (entry.c, cron.c) and Debian's cron:
 *
 *	If neither day of month nor day of week begins with '*', one of the two is enough.
 *	If minute or hour begins with '*', the schedule follows real time.  Else it has fixed
 *	times: what a clock that is put forward passes over comes once, in the first minute
 *	after, however much it was; of what it shows twice only the first comes.
 *
 * A change of more than three hours is a correction and no daylight saving: then the new
 * time holds at once.  Time goes by the minutes of UTC: a local minute is the one that the
 * wall shows at their begin (offsets have had seconds, until 1972).
 */
#ifndef ORCH_DOC_CRON_H
#define ORCH_DOC_CRON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct err;
struct tzif;
struct vec_str;

#define CRON_TEXT_MAX 1024		/* bytes of a schedule */
#define CRON_SLOTS_MAX 1000		/* that cron_slots() counts */

/* Bit n stands for the value n; a value that needs no release. */
struct cron {
	uint64_t min;
	uint32_t hour, dom, mon;
	uint32_t workday;	/* nW: the weekday nearest to the n-th */
	uint8_t dow;		/* 0 is Sunday .. 6 */
	uint8_t dow_last;	/* dL: the last one of the month */
	uint8_t dow_nth[5];	/* d#n: the n-th one, from 0 */
	bool dom_last;		/* L */
	bool workday_last;	/* LW */
	bool dom_star, dow_star;	/* the text begins with '*', or is '?' */
	bool wild;		/* so does that of minute or hour */
	bool hashed;		/* H was in it */
};

/*
 * Reads a schedule; all of the text must be one.  H stands for a value that depends on the
 * name of the job and on the field alone; `job` NULL takes it for a nameless one, and the
 * caller looks at `hashed`.  ERR_INVALID "column N: what is wrong; what to write instead";
 * columns are bytes from 1.  A schedule that no day of 400 years fits is an error too.
 * What is most likely not meant is appended to `warnings`, which may be NULL.
 */
int	cron_parse(struct cron *, const char *text, const char *job, struct vec_str *warnings,
	    struct err *);

/* Appends it in words: "at 02:30 on day 1-7 of the month OR on Monday". */
void	cron_say(struct buf *, const struct cron *);

/* ---- when ---- */

enum cron_reason {
	CRON_NORMAL,
	CRON_GAP,		/* for times that the clock has passed over */
};

const char *cron_reason_name(enum cron_reason);

/* A schedule where it is kept. */
struct cron_job {
	const struct cron *cron;
	const struct tzif *zone;
	int64_t jitter;		/* seconds, >= 0: how much later than its slot it is due */
};

struct cron_slot {
	int64_t at;		/* the begin of a minute: what the slot is known by */
	int64_t due;		/* at + jitter */
	enum cron_reason reason;
};

/* The first slot that is due after `t`, years 0 to 9999.  False: none within 400 years. */
bool	cron_next(const struct cron_job *, int64_t t, struct cron_slot *);

/*
 * The slots after `base` that are due by `now`, newest first; how many were written, at most
 * `max`.  With CRON_SLOTS_MAX there may be more.  `base` is a slot or a time without a slot:
 * jitter is not added to it.
 */
size_t	cron_slots(const struct cron_job *, int64_t base, int64_t now, struct cron_slot *, size_t max);

/*
 * The jitter of a job: the same for ever, from 0 to `most` - 1 seconds; 0 if `most` is.
 * Jobs of one schedule are spread evenly by it (FixedRandomDelay of systemd.timer(5)).
 */
int64_t	cron_jitter(const char *job, int64_t most);

#endif
