/*
 * cron_ask - a program of the system that is asked: crontab(1), systemctl(1)
 */
#ifndef ORCH_WORK_CRON_ASK_H
#define ORCH_WORK_CRON_ASK_H

#include <stdbool.h>

struct buf;
struct err;
struct vec_str;

#define CRON_ASK_MAX (16u << 20)	/* bytes that an answer may have */
#define CRON_ASK_MS  30000		/* what takes longer is killed */

struct cron_ask {
	const struct vec_str *words;	/* the first is searched on PATH, or a path */
	const struct buf *in;		/* its standard input, whole before it starts; NULL: none */
	const char *editor;		/* what it has for VISUAL and EDITOR; NULL: as we have them */
	int keep;			/* a lock that it holds, too, if we are killed; 0: none */
};

/*
 * Its exit status; -1 if it could not be run, was ended by a signal, took too long or said too
 * much (ERR_SYSTEM; e->sys is ENOENT where there is no such program).  `out` gets what it
 * printed, `said` what it said on standard error, in English and without newlines at the end.
 * It has our environment, but for what would have it answer otherwise, and works in "/".
 */
int	cron_ask(const struct cron_ask *, struct buf *out, struct buf *said, struct err *);

/* Is there such a program? */
bool	cron_ask_is_there(const char *name);

#endif
