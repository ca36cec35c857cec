/*
 * store - readings and changes of tasks.yml; nothing else writes it
 *
 * Reading takes no lock and always sees a whole file.  A change is a function:
 *
 *	store_update(p, &opts, fn, arg, e)
 *
 * takes the state lock, reads and checks the file, calls fn(change, arg, e),
 * turns what it recorded into edits of byte spans, proves the result, and makes
 * it durable in the order of RELIABILITY 3.  If a person's editor saved in
 * between, all of it is done again with the new file, fn included: fn must not
 * do anything but look at the change and record in it.  When store_update()
 * returns 0 the change is on the disk.  If fn records nothing, nothing is written.
 *
 * What stands in the file is first held against the record of generations (record.h).
 * If it is what the last commit left, it is known to be good and only the tasks that
 * matter are read.  If not, found.h says what it is: a person's edit is taken as it is,
 * somebody's copy of an older generation is merged with the last one, a damaged file
 * gives way to the newest generation that can be had, and a typo is refused.  What a
 * person should know of that is told by project_note().
 */
#ifndef ORCH_TASK_STORE_H
#define ORCH_TASK_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "sys/fs.h"
#include "task/state.h"
#include "task/task.h"

struct buf;
struct archive_lookup;
struct change;
struct err;
struct event;
struct project;
struct val;
struct vec_id;

/*
 * The picture of now.  A missing file is no tasks.  Where the file is damaged or cannot
 * be read for a typo, the newest generation that can be had, with a note; the error if
 * there is none.
 */
int	store_read(const struct project *, struct tasks *, struct err *);

typedef int store_fn(struct change *, void *arg, struct err *);

/*
 * The same without a copy, for whoever is done with the picture in milliseconds: until
 * store_look_end() who opens the file for writing waits (fs_hold()).  Nothing that can
 * block, such as output, belongs in between.
 */
struct store_look {
	struct fs_file file;
};

int	store_look(const struct project *, struct store_look *, struct tasks *, struct err *);
void	store_look_end(struct store_look *, struct tasks *);

/* What stands in a file that is refused, as far as it can be had. */
struct store_refused {
	struct buf text;
	struct yaml yaml;	/* its tree, if it is YAML; else yaml.text is NULL */
	bool damaged;		/* nobody can have meant it: the next change brings the last back */
};

/*
 * The file itself, checked anew and whole: for whoever wants to know what is wrong with it.
 * The same error as the one that a change would be refused with; a damaged file is one.
 * The next id is never one that was given, whatever the file says.  Where there is an error
 * `refused` (may be NULL) is what to release with store_refused_release().
 */
int	store_read_file(const struct project *, struct tasks *, struct store_refused *,
	    struct err *);
void	store_refused_release(struct store_refused *);

struct store_opts {
	int64_t wait_ms;	/* for the lock; 0: LOCK_WAIT_MS, < 0: do not wait */
	bool dry_run;		/* all checks, no write: not even the lock file */
	const char *command;	/* for the lock's message and created_by */
};

int	store_update(struct project *, const struct store_opts *, store_fn *, void *arg,
	    struct err *);

/*
 * Puts generation `gen` (0: the newest that is a valid file) back as a commit of its own:
 * what stands there now becomes a generation, too, or evidence if it cannot be read.  Ids
 * that were given since are not given again.  Refused (ERR_BUSY) while a task is in progress.
 * *restored gets its number.
 * ERR_USAGE: there is no such generation; ERR_INVALID: it is no valid file.
 */
int	store_restore(struct project *, const struct store_opts *, int64_t gen,
	    int64_t *restored, struct err *);

/*
 * Works what changed from `base` to `mine`, two texts of the file, into what it is now:
 * orch-edit.  `mine` that cannot be read is ERR_INVALID with line and column.  `changed`
 * gets the ids of tasks that are new or that differ from what they were just before.
 */
int	store_merge(struct project *, const struct store_opts *, const struct buf *base,
	    const struct buf *mine, struct vec_id *changed, struct err *);

/*
 * Appends an event that tells of no change; it has a source.  When it returns 0 the event is
 * on the disk, and *seq is its number.
 */
int	store_tell(struct project *, const struct store_opts *, const struct event *, int64_t *seq,
	    struct err *);

/* ---- inside fn ---- */

const struct tasks *change_tasks(const struct change *);	/* as read */
int64_t	change_now(const struct change *);			/* one instant for all of it */
struct archive_lookup *change_archive(const struct change *);	/* of that reading */

/*
 * The state beside the file (sidecar.h), to be read and edited in place: what differs in the
 * end is committed with the change, or alone, without a new generation, if nothing else is
 * recorded.  NULL with an error.
 */
struct val *change_beside(struct change *, struct err *);

/* The task as it will be: recorded values over those that were read.  The value is
 * the caller's.  NULL: absent. */
struct val *change_get(const struct change *, int64_t id, enum field);
/* Is there a value; the number that it is, 0: there is none. */
bool	change_is_set(const struct change *, int64_t id, enum field);
int64_t	change_int(const struct change *, int64_t id, enum field);
enum status change_status(const struct change *, int64_t id);	/* ST_NONE: no such task */

/*
 * Records a value (owned from now on) or NULL to remove the field; the field's
 * check is applied (ERR_INVALID).  F_ID, F_STATUS and F_HISTORY are refused:
 * change_event() moves the state.  `updated_at` follows by itself.
 */
int	change_set(struct change *, int64_t id, enum field, struct val *, struct err *);
/* Adds to or removes from a list of texts or ids; already so is no change. */
int	change_list(struct change *, int64_t id, enum field, const char *add,
	    const char *remove, struct err *);

/*
 * Sends the event to the state table; records the status, one line of history
 * (`note` may be NULL) and one event of the log ("task.done", ...).  `reason` is
 * put into F_REASON, NULL removes it.
 */
int	change_event(struct change *, int64_t id, enum state_event,
	    const struct state_facts *, const char *reason, const char *note,
	    struct err *);

/* A line of history alone: the status stays what it is, and the log tells nothing. */
int	change_note(struct change *, int64_t id, const char *note, struct err *);

/*
 * A new task from a map of fields (borrowed; unknown keys are kept).  Gives it the
 * next id, created_at, created_by, a uid (uid_wanted()) and the status of EV_ADD.  F_PARENT_ID links the
 * parent's children too.  Dependencies that do not exist or make a cycle are
 * refused.  *id gets the new id.
 */
int	change_add(struct change *, const struct val *fields, int64_t *id, struct err *);
/* The part of its checks that needs no file. */
int	change_check_fields(const struct val *fields, struct err *);

/*
 * The task leaves the file (orch-gc has put it into the archive).  The lines of its
 * item go, with the comments inside; those between it and the next one stay.
 */
int	change_remove(struct change *, int64_t id, struct err *);

/* An event of the log that tells of something else; `data` is owned from now on. */
void	change_tell(struct change *, const char *topic, int64_t id, int attempt,
	    struct val *data);

/* Refuses dependencies that do not exist, not even in the archive, or that make a cycle
 * (path in the message), and a key that another task has, archived or not.
 * store_update() calls it after fn. */
int	change_check_links(const struct change *, struct err *);

#endif
