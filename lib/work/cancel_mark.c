/*
 * cancel_mark - what says that an attempt is withdrawn: a file in its folder
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "doc/val.h"
#include "task/project.h"
#include "work/cancel.h"
#include "work/jsonfile.h"

#define MARK	 "cancel.json"
#define MARK_MAX (64u << 10)

int
cancel_mark(struct project *p, int64_t task, int number, const char *reason, struct err *e)
{
	char *name = xasprintf("runs/%lld/%d", (long long)task, number);
	struct val *v = val_map();
	int fd = project_dir(p, name, e), r = -1;

	val_put(v, "schema", val_int(1));
	if (reason != NULL)
		val_put(v, "reason", val_str(reason));
	if (fd == -1)
		val_free(v);
	else {
		r = jsonfile_write(fd, MARK, v, e);
		close(fd);
	}
	free(name);
	return r;
}

struct val *
cancel_read(int run_fd)
{
	struct val *v;

	if (!cancel_asked(run_fd))
		return NULL;
	v = jsonfile_peek(run_fd, MARK, MARK_MAX);
	return v != NULL ? v : val_map();	/* it is there, that is what counts */
}

bool
cancel_asked(int run_fd)
{
	struct stat st;

	return fstatat(run_fd, MARK, &st, AT_SYMLINK_NOFOLLOW) == 0;
}
