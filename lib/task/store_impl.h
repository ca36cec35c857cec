/*
 * store_impl - one change on its way, for the files of store only
 */
#ifndef ORCH_TASK_STORE_IMPL_H
#define ORCH_TASK_STORE_IMPL_H

#include <stdbool.h>

#include "base/buf.h"
#include "sys/fs.h"
#include "task/event.h"
#include "task/found.h"
#include "task/record.h"
#include "task/store.h"

/* Says with which text to go on, in s->found; found_judge() and what comes in its place. */
struct store;
typedef int store_source(struct store *, void *arg, struct err *);

struct store {
	struct project *p;
	const struct store_opts *opts;
	store_source *source;
	void *source_arg;
	int state_fd;
	int backup_fd;
	int evidence_fd;	/* the folder that evidence went to, synced by fs_settle() */
	struct fs_file file;
	struct buf disk;	/* the file as read; empty while a picture of it has the bytes */
	struct record last;	/* of the generation that the file has */
	struct event_tail tail;	/* of the log, that its record carries */
	bool ours;		/* the file is that generation */
	bool known;		/* and it is what to go on with */
	struct found found;	/* if not, or if another text is to take its place */
};

/* store_left.c: generation `gen`, which came out of an exchange, to the backups. */
int	store_keep_backup(struct store *, int64_t gen, struct err *);
/* A person's text has taken the place of the last generation: that to the backups. */
int	store_keep_last(struct store *, struct err *);
/* What came out and is no generation, to the folder "corrupt" or "conflicts". */
int	store_keep_evidence(struct store *, const char *folder, const char *why, struct err *);
/* Step 2: completes or takes back what a killed holder left; s->last is what counts then. */
int	store_settle(struct store *, struct err *);

/* store.c: the whole of a change, with another text in the place of the file's. */
int	store_run(struct project *, const struct store_opts *, store_source *, void *source_arg,
	    store_fn *, void *arg, struct err *);

/* The source of every ordinary change: the file. */
int	store_from_file(struct store *, void *, struct err *);

#endif
