/*
 * fsck_group - what was given to whom: each file can be read, and fits the log
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/vec.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "task/event.h"
#include "task/project.h"
#include "work/fsck.h"
#include "work/group.h"
#include "work/reading.h"

/* Nothing is lost: it is kept where what was damaged is, under a name that is free. */
static int
move_aside(struct project *p, const char *name, struct err *e)
{
	char *from = xasprintf(EVENT_GROUPS "/%s.json", name), *to = xasprintf("corrupt/group-%s.json", name);
	struct lock lock = { .fd = -1 };
	struct group g = { 0 };
	int dir = project_dir(p, "corrupt", e), r = -1;

	for (int i = 2; dir != -1 && faccessat(p->orch_fd, to, F_OK, AT_SYMLINK_NOFOLLOW) == 0; i++) {
		free(to);
		to = xasprintf("corrupt/group-%s-%d.json", name, i);
	}
	/* Somebody may have seen to it since it was looked at. */
	if (dir != -1 && (r = lock_take(&lock, p->orch_fd, LOCK_WAIT_MS, "orch-fsck", e)) == 0 &&
	    group_read(p, name, &g, e) == -1)
		r = e->code == ERR_INVALID ? fs_rename(p->orch_fd, from, to, e) : -1;
	lock_release(&lock);
	group_release(&g);
	if (dir != -1)
		close(dir);
	free(from);
	free(to);
	return r;
}

/* What is no file at all is named by the check of modes. */
static bool
is_file(const struct project *p, const char *place)
{
	struct stat st;

	return fstatat(p->orch_fd, place, &st, AT_SYMLINK_NOFOLLOW) == -1 || S_ISREG(st.st_mode);
}

static int
check(struct findings *f, struct project *p, const char *name, struct err *e)
{
	char *place = xasprintf(".orch/" EVENT_GROUPS "/%s.json", name);
	struct err bad = { 0 };
	struct group g = { 0 };
	int64_t newest = 0;
	int r = is_file(p, place + strlen(".orch/")) ? group_read(p, name, &g, &bad) : 1;

	if (r == -1 && bad.code == ERR_INVALID) {
		fsck_add(f, "events", 0, place, "it is damaged: what the group has seen is not known; without the "
		    "file it begins anew");
		r = fsck_may_fix(f) ? move_aside(p, name, e) : 1;
		if (r == 0)
			fsck_fixed(f);
	} else if (r == -1 && !fsck_is_named(&bad)) {
		*e = bad;
	} else if (r == 0 && (r = reading_newest(p, &newest, e)) == 0 && g.seen > newest) {
		fsck_add(f, "events", 0, place, "it has seen event %lld, and the log has come to %lld: its end is "
		    "missing", (long long)g.seen, (long long)newest);
	} else if (r == -1 && (fsck_is_named(&bad) || e->code == ERR_INVALID)) {
		r = 0;		/* the check of modes says so */
	}
	group_release(&g);
	free(place);
	return r == -1 ? -1 : 0;
}

int
fsck_groups(struct findings *f, struct project *p, struct err *e)
{
	struct vec_str names = { 0 };
	int r = event_groups(p, &names, e);

	if (r == -1 && fsck_is_named(e))
		r = 0;
	for (size_t i = 0; r == 0 && i < names.n; i++)
		r = check(f, p, names.v[i], e);
	vec_str_release(&names);
	return r;
}
