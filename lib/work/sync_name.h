/*
 * sync_name - what a repository and a host may be called
 *
 * Both become parts of URLs and of paths, wherever they were read: orch.yml, the environment,
 * what was noted before.
 */
#ifndef ORCH_WORK_SYNC_NAME_H
#define ORCH_WORK_SYNC_NAME_H

#include <stdbool.h>

bool	sync_name_repo(const char *);	/* "owner/name" */
bool	sync_name_host(const char *);	/* "ghe.example.com", "ghe.example.com:8443" */

#endif
