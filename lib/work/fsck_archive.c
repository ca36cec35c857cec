/*
 * fsck_archive - a task that has left the file is not missing
 *
 * There is no archive yet.
 */
#include "work/fsck.h"

int
fsck_archive(struct findings *f, const struct project *p, struct err *e)
{
	(void)f;
	(void)p;
	(void)e;
	return 0;
}

bool
fsck_archived(const struct findings *f, int64_t id)
{
	(void)id;
	return f->no_archive;
}

void
fsck_archive_release(struct findings *f)
{
	f->archive = NULL;
}
