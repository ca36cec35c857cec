/*
 * fsck_archive - a task that has left the file is not missing
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/err.h"
#include "task/archive.h"
#include "task/project.h"
#include "work/fsck.h"

int
fsck_archive(struct findings *f, const struct project *p, struct err *e)
{
	struct archive *a;
	struct err bad = { 0 };

	if (p->orch_fd == -1)
		return 0;
	a = xcalloc(1, sizeof *a);
	if (archive_read(a, p, &bad) == 0) {
		f->archive = a;
		return 0;
	}
	free(a);
	f->no_archive = true;
	if (bad.code == ERR_SYSTEM) {
		*e = bad;
		return -1;
	}
	fsck_add_err(f, "schema", 0, ".orch/archive", &bad);
	return 0;
}

bool
fsck_archived(const struct findings *f, int64_t id)
{
	return f->no_archive || (f->archive != NULL && archive_find(f->archive, id) != NULL);
}

void
fsck_archive_release(struct findings *f)
{
	if (f->archive != NULL)
		archive_release(f->archive);
	free(f->archive);
	f->archive = NULL;
}
