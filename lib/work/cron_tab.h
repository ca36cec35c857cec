/*
 * cron_tab - the crontab of the user, by crontab(1)
 *
 * Only that program reads and replaces it, in one step each: POSIX crontab, "-l", "-" and "-r".
 * Debian's (3.0pl1) prints "\r" for a CR and "\b" for a backspace; where such a pair is, "-e" with
 * cat(1) for an editor says which it is.
 */
#ifndef ORCH_WORK_CRON_TAB_H
#define ORCH_WORK_CRON_TAB_H

struct buf;
struct err;

/*
 * All of it.  1: there is none.  ERR_SYSTEM: what else kept it from being read, in the words of
 * the program (e->sys is ENOENT where there is no program); ERR_INVALID: there is a NUL in it;
 * ERR_FAILED: what is in it cannot be told for sure.
 */
int	cron_tab_read(struct buf *, struct err *);

/* Would crontab(1) take it?  ERR_FAILED: its last line has no newline. */
int	cron_tab_can(const struct buf *, struct err *);

/*
 * In its place this one, none if it is empty; read back to see that it is so.  crontab(1) has
 * the descriptor `lock`, too: who waits for it sees the new one, also if we are killed.
 * ERR_FAILED as above.  Steps: crontab-write, crontab-check.
 */
int	cron_tab_write(const struct buf *, int lock, struct err *);

#endif
