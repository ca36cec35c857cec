/*
 * sync_repo - which repository a project goes with, and that it is still that one
 *
 * It is named by GITHUB_REPO or `gh.repo`, and by nothing else: least of all by the folder
 * somebody stands in.  The first run notes the number that GitHub gave it; a name that leads to
 * another number later stops everything (ERR_CONFIG), a new name of the same one is noted.
 */
#ifndef ORCH_WORK_SYNC_REPO_H
#define ORCH_WORK_SYNC_REPO_H

#include <stdint.h>

struct err;
struct project;
struct sync;

/* "owner/name" and the host as they are asked for now; borrowed.  ERR_CONFIG if there is none,
 * or if it is nothing that a repository is called. */
int	sync_repo_named(const struct project *, const char **host, const char **repo, struct err *);

/*
 * Fills s->pin: from what is noted, else from GitHub, after which it is noted (but for a dry
 * run) and told of.  Tasks that name an issue of another repository stop it, too.
 */
int	sync_repo_pin(struct sync *, struct err *);

/* Asks GitHub once more, if that was not done of late: before anything is written, and before a
 * list is believed that has no issue that is known. */
int	sync_repo_check(struct sync *, struct err *);

#endif
