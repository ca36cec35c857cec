#include "task/uid.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "task/project.h"

#define UID_BYTES 16

char *
uid_new(struct err *e)
{
	unsigned char random[UID_BYTES];
	struct buf hex = { 0 };

	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
		err_sys(e, "cannot get random bytes");
		return NULL;
	}
	for (size_t i = 0; i < sizeof random; i++)
		buf_printf(&hex, "%02x", random[i]);
	return buf_detach(&hex);
}

bool
uid_wanted(const struct project *p)
{
	const char *repo = getenv("GITHUB_REPO");

	return (repo != NULL && *repo != '\0') || config_text(&p->config, "gh.repo") != NULL ||
	    (p->orch_fd != -1 && faccessat(p->orch_fd, "state/gh", F_OK, AT_SYMLINK_NOFOLLOW) == 0);
}
