/*
 * archive_impl - what the files of archive share
 */
#ifndef ORCH_TASK_ARCHIVE_IMPL_H
#define ORCH_TASK_ARCHIVE_IMPL_H

#include "task/archive.h"

struct vec_str;

#define ARCHIVE_DIR "archive"

/* The names of the files, oldest first; no folder is no names. */
int	archive_names(const struct project *, struct vec_str *, struct err *);

/* One file.  1: it is not there. */
int	archive_load(const struct project *, const char *name, struct tasks *, struct err *);

#endif
