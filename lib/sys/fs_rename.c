#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/err.h"
#include "sys/fault.h"
#include "sys/fs_priv.h"
#include "sys/fs.h"

int
fs_rename(int dirfd, const char *from, const char *to, struct err *e)
{
	fault_step("rename");
	if (renameat(dirfd, from, dirfd, to) == -1 && errno != ENOENT)
		return err_sys(e, "cannot rename '%s' to '%s'", from, to);
	return 0;
}

int
fs_turn_over(int dirfd, const char *name, int files, struct err *e)
{
	int r = 0;

	for (int i = files - 1; i > 0 && r == 0; i--) {
		char *from = i == 1 ? xstrdup(name) : xasprintf("%s.%d", name, i - 1);
		char *to = xasprintf("%s.%d", name, i);

		r = fs_rename(dirfd, from, to, e);
		free(from);
		free(to);
	}
	return r;
}

int
fs_sync_names(int dirfd, struct err *e)
{
	fault_step("names-fsync");
	return fs_sync_dir(dirfd) == -1 ? err_sys(e, "cannot sync a folder of the project") : 0;
}
