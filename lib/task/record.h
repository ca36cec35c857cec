/*
 * record - the generations of the task file: .orch/state/store
 *
 * Two slots of 512 bytes, written in turn, each with a sum of itself: a torn write
 * loses the new one, never both.  A record is written before the exchange that it
 * tells of; store.c says how the next holder of the lock finds out whether that
 * happened.  For store.c only.
 */
#ifndef ORCH_TASK_RECORD_H
#define ORCH_TASK_RECORD_H

#include <stdint.h>

#include "sys/fs.h"

struct err;
struct project;

#define RECORD_FILE "store"

/* What one commit was about to make of the file, and where its events start. */
struct record {
	int64_t gen;		/* 0: nothing is known */
	char hash[FS_HASH_MAX];
	char staged[FS_IDENTITY_MAX];	/* the file that was to be exchanged */
	int64_t events;		/* offset in events.jsonl where its events start */
	int64_t seq;		/* of the last event, that commit's included */
	int64_t next;		/* the next id, which never goes back */
	int slot;		/* where in the file it stands; the next takes the other */
};

/*
 * The newer and the older of the two.  Where neither can be read the newer one is put
 * together from the backups and the event log, with numbers that were not used yet
 * and a hash that fits nothing: what is in the file then counts as a person's edit.
 */
int	record_read(const struct project *, int state_fd, struct record *newest,
	    struct record *before, struct err *);

/* Overwrites the slot that it names, then syncs. */
int	record_write(int state_fd, const struct record *, struct err *);

#endif
