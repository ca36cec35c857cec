/*
 * change - what a store_fn records, and how it becomes edits
 *
 * The inside of store.h: store.c makes one for each reading, hands it to the
 * function, then asks for the operations for edit_apply() and the events.
 */
#ifndef ORCH_TASK_CHANGE_H
#define ORCH_TASK_CHANGE_H

#include "task/store.h"

struct patch;
struct redact;
struct sidecar;

struct change *change_new(const struct tasks *, const char *command);

/* The next id as it will be. */
int64_t	change_next_id(const struct change *);
void	change_free(struct change *);

/* Where to look for what the picture does not have; borrowed. */
void	change_use_archive(struct change *, struct archive_lookup *);

/* And what is beside the file; borrowed. */
void	change_use_sidecar(struct change *, struct sidecar *);

/* What no agent may leave in the file; borrowed.  Without it secrets go by their looks alone. */
void	change_use_redact(struct change *, const struct redact *);

/* Every task that is added gets a uid, where none is given. */
void	change_use_uids(struct change *);

bool	change_any(const struct change *);	/* was anything of the file recorded? */

/* Tells that a former generation was put back, and keeps next_id as it was. */
void	change_restored(struct change *, int64_t gen);

/* Writes down the ids of the tasks that a person wrote without one. */
void	change_adopt(struct change *);

/*
 * What it makes of the text of its picture, proved as edit.h says.  1: it cannot be told
 * from a picture by outline, so that all of it is to be done again with a whole one.
 */
int	change_patch(struct change *, const char *name, struct patch *, struct err *);

/* The events recorded, as lines of generation `gen`; *seq is the last one used. */
void	change_events(const struct change *, int64_t gen, int64_t *seq, struct buf *lines);

#endif
