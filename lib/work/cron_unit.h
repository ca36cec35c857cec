/*
 * cron_unit - a project's timer and service of the user's systemd
 *
 * Two files, orch-tick-NAME-HASH.timer and .service, in $XDG_CONFIG_HOME/systemd/user; HASH is
 * of the project's path, so that each project has its own.  Their first line says whose they
 * are; without it they are somebody else's and left alone.  Words are quoted as systemd.syntax(7)
 * and systemd.service(5) say: "%" doubled, "$" doubled but in the path of the program, C escapes.
 */
#ifndef ORCH_WORK_CRON_UNIT_H
#define ORCH_WORK_CRON_UNIT_H

#include <stdbool.h>

#include "base/buf.h"

struct err;
struct project;
struct vec_str;

enum { CRON_UNIT_SERVICE, CRON_UNIT_TIMER, CRON_UNITS };

struct cron_unit {
	char *dir;			/* the folder of the user's units */
	char *name;			/* "orch-tick-app-0123456789abcdef" */
	struct {
		char *name, *path;
		struct buf is, want;	/* as it is and as it is to be */
		bool there;
	} file[CRON_UNITS];
	bool foreign;			/* one of them is somebody else's */
};

/* Reads what is there; cron_unit_release() in any case. */
int	cron_unit_look(struct cron_unit *, const struct project *, const char *program, struct err *);
void	cron_unit_release(struct cron_unit *);

bool	cron_unit_there(const struct cron_unit *);		/* any of it */
bool	cron_unit_same(const struct cron_unit *);		/* all of it as it is to be */

/* Does the user's systemd have the timer enabled and started?  False also if there is none. */
bool	cron_unit_runs(const struct cron_unit *);

/*
 * Writes the files (steps: unit-service, unit-timer) and has systemd start the timer; or stops
 * it and removes them, with the links that enabling it made.  1: the files are so, but there is
 * no systemd of the user to be reached, which `why` says.  `did` gets the commands.
 */
int	cron_unit_put(const struct cron_unit *, struct vec_str *did, struct buf *why, struct err *);
int	cron_unit_remove(const struct cron_unit *, struct vec_str *did, struct buf *why, struct err *);

/* The commands of cron_unit_put() for a person to type. */
void	cron_unit_commands(const struct cron_unit *, bool remove, struct vec_str *);

#endif
