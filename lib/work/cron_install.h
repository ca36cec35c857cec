/*
 * cron_install - a project's tick comes each minute, by the user's crontab or by systemd
 *
 * One kind at a time, the same again writes nothing, and what is taken out leaves the bytes of
 * before (cron_line.h, cron_unit.h).  Those who install or uninstall take turns:
 * $XDG_STATE_HOME/orch/install.lock, which crontab(1) holds, too, while it writes.
 */
#ifndef ORCH_WORK_CRON_INSTALL_H
#define ORCH_WORK_CRON_INSTALL_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/vec.h"

struct err;
struct project;

struct cron_install {
	const struct project *project;
	bool systemd;		/* a timer, and no line in the crontab */
	bool remove;		/* take out what is there, of either kind */
	bool dry_run;
};

struct cron_installed {
	struct buf lines;	/* what was (or would be) written: "+++ WHERE", "-LINE", "+LINE",
				 * "--- FILE" for one that goes, "$ COMMAND"; none: nothing to do */
	struct vec_str notes;	/* what a person should know */
	int status;		/* 0, or 69: the notes say what is left to do */
};

/*
 * ERR_FAILED: the other kind is installed, or a unit of that name is somebody else's;
 * ERR_INVALID: cron or systemd cannot run such a path; ERR_BUSY: another one is at it.  What was
 * written by then stands in `lines`, also on failure.
 */
int	cron_install(const struct cron_install *, struct cron_installed *, struct err *);
void	cron_installed_release(struct cron_installed *);	/* the status stays */

#endif
