#include <errno.h>
#include <stdio.h>

#include "base/err.h"
#include "sys/fault.h"
#include "sys/fs.h"

int
fs_rename(int dirfd, const char *from, const char *to, struct err *e)
{
	fault_step("rename");
	if (renameat(dirfd, from, dirfd, to) == -1 && errno != ENOENT)
		return err_sys(e, "cannot rename '%s' to '%s'", from, to);
	return 0;
}
