/*
 * record - the generations of the task file: .orch/state/store.0 and store.1
 *
 * Two files written in turn, each with a sum of itself: a torn write loses the new
 * one, never both.  A record is written before the exchange that it tells of; store.c
 * says how the next holder of the lock finds out whether that happened.  Beside what
 * the generation is it holds how it came from the one before (doc/patch.h), which lies
 * in the backups: with both the generation can be made again, whatever becomes of the
 * task file.  And it carries the end of the event log (task/event.h) and what stands
 * beside the task file (task/sidecar.h).  For the store and fsck only.
 */
#ifndef ORCH_TASK_RECORD_H
#define ORCH_TASK_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "sys/fs.h"

struct buf;
struct err;
struct event_tail;
struct patch;
struct project;

/* What one commit was about to make of the file, and where its events start. */
struct record {
	int64_t gen;		/* 0: nothing is known */
	char hash[FS_HASH_MAX];	/* "": it is not known what the file held */
	int rules;		/* that its content was checked by (TASKS_RULES) */
	char was[FS_HASH_MAX];	/* what the file held that was to be replaced */
	char staged[FS_IDENTITY_MAX];	/* the file that was to be exchanged */
	int64_t events;		/* offset in events.jsonl where its events start */
	int64_t tail;		/* and where the lines start that the record carries */
	int64_t lines_size;	/* bytes of them, which follow the patch */
	char lines_hash[FS_HASH_MAX];
	int64_t seq;		/* of the last event, that commit's included */
	int64_t next;		/* the next id, which never goes back */
	int64_t base;		/* the generation that the patch is of; -1: of an empty text */
	int64_t patch_size;	/* bytes of it that follow the record */
	char patch_hash[FS_HASH_MAX];
	int64_t beside;		/* the generation whose sidecar it carries; 0: it carries none */
	int64_t beside_size;	/* bytes of that, which follow the lines */
	char beside_hash[FS_HASH_MAX];
	int slot;		/* where it stands; the next takes the other */
};

/*
 * The newer and the older of the two.  Where neither can be read the newer one is put
 * together from the backups and the event log, with numbers that were not used yet
 * and a hash that fits nothing: what is in the file then counts as a person's edit.
 */
int	record_read(const struct project *, int state_fd, struct record *newest,
	    struct record *before, struct err *);

/* The same, but that nothing is put together: generation 0 where neither can be read. */
int	record_peek(int state_fd, struct record *newest, struct record *before, struct err *);

/* Is there a slot that holds neither a record nor, after record_drop(), none? */
bool	record_damaged(int state_fd);

/* Can no record be read, though there were some?  One that was dropped is none. */
bool	record_lost(int state_fd);

/* Overwrites the slot that it names, then syncs.  Sets what is said of patch, tail and,
 * where it names the generation of one, of the sidecar. */
int	record_write(int state_fd, struct record *, const struct patch *,
	    const struct event_tail *, const struct buf *beside, struct err *);

/* Makes the slot that it names empty: the other one holds the newest then. */
int	record_drop(int state_fd, const struct record *, struct err *);

/*
 * What the generation was made with, for a base of that many bytes.  1: it cannot be
 * told any more.
 */
int	record_patch(int state_fd, const struct record *, size_t base_len, struct patch *,
	    struct err *);

/* The end of the event log that it carries; an empty one if that cannot be told any more. */
int	record_tail(int state_fd, const struct record *, struct event_tail *, struct err *);

/* The sidecar that it carries.  1: that cannot be told any more, or it carries none. */
int	record_beside(int state_fd, const struct record *, struct buf *, struct err *);

/* Are these bytes that generation? */
bool	record_is(const struct record *, const struct buf *);

#endif
