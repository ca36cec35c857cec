/*
 * change_impl - the records of a change, for the files of change only
 */
#ifndef ORCH_TASK_CHANGE_IMPL_H
#define ORCH_TASK_CHANGE_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "task/change.h"

struct change_record {
	enum field field;
	struct val *value;		/* NULL: the field goes */
};

struct change_entry {
	int64_t id;
	const struct task *task;	/* NULL: a new one */
	struct val *map;		/* of a new one */
	struct change_record *v;
	size_t n, cap;
	bool links;		/* depends_on, parent_id or key was recorded */
	bool removed;		/* the task goes, whatever else was recorded */
};

struct change_telling {
	char *topic;
	int64_t id;
	int attempt;
	struct val *data;
};

struct change {
	const struct tasks *tasks;
	struct archive_lookup *archive;	/* borrowed; NULL: an empty one */
	struct sidecar *sidecar;
	const struct redact *redact;
	const char *command;
	int64_t now;
	int64_t next_id;
	bool uids;			/* a task that is added gets one */
	bool numbered;			/* an id was given: next_id is written */
	struct change_entry *v;
	size_t *of_task;		/* for tasks->v[i]: 1 + the place of its entry; 0: none */
	size_t *of_new;			/* the same for ids from first_new on */
	size_t of_new_cap;
	int64_t first_new;
	size_t n, cap;
	struct change_telling *events;
	size_t nevents, events_cap;
	struct val *next;		/* the value of next_id, for the operations */
};

/* The entry of a task that was touched, or NULL. */
struct change_entry *change_find(const struct change *, int64_t id);

/* Records a value, owned from now on, if it differs from what is there; sees to updated_at. */
int	change_record(struct change *, int64_t id, enum field, struct val *, struct err *);

/* change_state.c: the event "task.STATUS". */
void	change_tell_state(struct change *, int64_t id, enum status from, enum status to,
	    enum state_event, const char *reason, const char *note);

/* change_cut.c: a whole picture without those tasks to be removed that have lines of their
 * own; they are marked in `cut`.  False: it cannot be cut, nothing to release. */
bool	change_cut(const struct change *, const char *name, bool *cut, struct tasks *rest);

#endif
