#include "work/fsck_backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "sys/path.h"
#include "task/backup.h"
#include "task/project.h"
#include "task/record.h"
#include "task/task.h"
#include "work/fsck.h"
#include "work/fsck_live.h"
#include "work/oneline.h"

/* -1 without an error (e->code ERR_NONE) if there is no such folder. */
static int
open_folder(const struct project *p, const char *name, struct err *e)
{
	int fd;

	*e = (struct err){ 0 };
	if (p->orch_fd == -1)
		return -1;
	fd = fs_open_dir(p->orch_fd, name);
	if (fd == -1 && errno != ENOENT)
		err_sys(e, "cannot open '%s/%s'", p->orch, name);
	return fd;
}

/* ---- the list ---- */

struct lister {
	struct fsck_backups *list;
	int dirfd;
	struct record known;	/* a generation that a commit has checked */
	bool count;
};

static bool
is_known(const struct lister *l, const struct fsck_backup *b)
{
	return l->known.gen > 0 && l->known.gen == b->gen && l->known.rules == TASKS_RULES &&
	    strcmp(l->known.hash, b->hash) == 0;
}

/* Takes the text over.  A backup is never empty: what is was cut off by a crash. */
static void
check(const struct lister *l, struct fsck_backup *b, struct buf *text)
{
	char name[BACKUP_NAME_MAX];
	struct tasks tasks;
	struct err e = { 0 };
	bool empty = text->len == 0;

	backup_name(b->gen, name);
	fs_hash(text->data, text->len, b->hash);
	b->valid = !empty && is_known(l, b);
	if (b->valid && !l->count)
		return;
	if ((b->valid ? tasks_load_known : tasks_load)(&tasks, text, name, &e) == -1) {
		b->why = oneline(e.msg, strlen(e.msg));
		return;
	}
	b->tasks = tasks.n;
	b->valid = !empty;
	if (empty)
		b->why = xstrdup("it is empty");
	tasks_release(&tasks);
}

/* One that has gone since it was listed, because a commit made room, is left out. */
static void
look_at(const struct lister *l, const struct backup *from)
{
	struct fsck_backups *list = l->list;
	struct fsck_backup b = { .gen = from->gen, .at = from->at, .size = from->size };
	struct buf text = { 0 };
	struct err e = { 0 };
	int r = backup_load(l->dirfd, from->gen, &text, &e);

	if (r == 1)
		goto done;
	if (r == 0)
		check(l, &b, &text);
	else
		b.why = oneline(e.msg, strlen(e.msg));
	list->v = vec_room(list->v, &list->cap, list->n, sizeof *list->v);
	list->v[list->n++] = b;
done:
	buf_release(&text);
}

int
fsck_backups(struct fsck_backups *list, const struct project *p, bool count, struct err *e)
{
	int fd = open_folder(p, "backup", e), state, r = -1;
	struct lister l = { .list = list, .dirfd = fd, .count = count };
	struct backups found = { 0 };
	struct err unknown = { 0 };
	struct record last;

	*list = (struct fsck_backups){ 0 };
	if (fd == -1)
		return e->code == ERR_NONE ? 0 : -1;
	if ((state = open_folder(p, "state", &unknown)) != -1) {
		(void)record_read(p, state, &last, &l.known, &unknown);
		close(state);
	}
	if (backup_list(fd, &found, e) == -1)
		goto done;
	for (size_t i = 0; i < found.n; i++)
		look_at(&l, &found.v[i]);
	r = 0;
done:
	backup_release(&found);
	close(fd);
	return r;
}

void
fsck_backups_release(struct fsck_backups *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->v[i].why);
	free(list->v);
	*list = (struct fsck_backups){ 0 };
}

char *
fsck_backup_text(const struct fsck_backup *b)
{
	char at[CLOCK_MAX];

	clock_format(b->at, at);
	if (b->valid)
		return xasprintf("%lld\t%s\t%lld\t%zu tasks", (long long)b->gen, at,
		    (long long)b->size, b->tasks);
	return xasprintf("%lld\t%s\t%lld\tnot valid: %s", (long long)b->gen, at,
	    (long long)b->size, b->why ? b->why : "");
}

struct val *
fsck_backup_value(const struct fsck_backup *b)
{
	struct val *v = val_map();
	char at[CLOCK_MAX];

	clock_format(b->at, at);
	val_add(v, "schema", val_int(1));
	val_add(v, "gen", val_int(b->gen));
	val_add(v, "at", val_str(at));
	val_add(v, "size", val_int(b->size));
	val_add(v, "valid", val_bool(b->valid));
	if (b->valid)
		val_add(v, "tasks", val_int((int64_t)b->tasks));
	if (b->hash[0] != '\0')
		val_add(v, "hash", val_str(b->hash));
	if (b->why != NULL)
		val_add(v, "why", val_str(b->why));
	return v;
}

/* ---- the findings ---- */

const char *
fsck_live_name(enum fsck_live live)
{
	static const char *const names[] = {
		[FSCK_LIVE_UNKNOWN] = "unknown",
		[FSCK_LIVE_OURS] = "ours",
		[FSCK_LIVE_EDITED] = "edited",
		[FSCK_LIVE_OLD] = "old",
		[FSCK_LIVE_DAMAGED] = "damaged",
		[FSCK_LIVE_INVALID] = "invalid",
	};

	return names[live];
}

static void
add_backup(struct findings *f, const struct project *p, const struct fsck_backup *b,
    const char *what)
{
	char name[BACKUP_NAME_MAX], *place;

	backup_name(b->gen, name);
	place = xasprintf("%s/backup/%s", p->orch, name);
	fsck_add(f, "backup", 0, place, "generation %lld %s", (long long)b->gen, what);
	free(place);
}

/*
 * The store knows the hash of the generation that it committed before the last one, and of
 * what that one replaced: a backup with other bytes is none, be it valid or not.
 */
static void
check_backups(struct findings *f, const struct project *p, const struct fsck_backups *list,
    const struct live *l)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct fsck_backup *b = &list->v[i];
		char *why = b->valid ? NULL : xasprintf("cannot be restored: %s", b->why);

		if (why != NULL)
			add_backup(f, p, b, why);
		else if (l->was[0] != '\0' && b->gen == l->gen - 1 && strcmp(b->hash, l->was) != 0)
			add_backup(f, p, b, "cannot be restored: it is not what was committed");
		else if (l->before_gen > 0 && b->gen == l->before_gen && strcmp(b->hash, l->before_hash) != 0)
			add_backup(f, p, b, "is not what was committed: somebody has changed it");
		free(why);
	}
}

static void
check_live(struct findings *f, const struct project *p, const struct live *l)
{
	const char *place = path_base(p->tasks);
	char way[96] = "and no generation is left to take its place";

	if (l->instead > 0)
		snprintf(way, sizeof way, "the next change or `orch-fsck --restore` puts generation "
		    "%lld back", (long long)l->instead);
	if (l->live == FSCK_LIVE_DAMAGED)
		fsck_add(f, "backup", 0, place, "%s: %s", l->why, way);
	else if (l->live == FSCK_LIVE_OLD)
		fsck_add(f, "backup", 0, place, "it is generation %lld again, not %lld (saved by an "
		    "editor that had it open, or checked out): the next change brings back what was "
		    "done since", (long long)l->same_as, (long long)l->gen);
	if (l->missing != -1)
		fsck_add(f, "backup", 0, p->orch, "there is no backup of generation %lld, which generation "
		    "%lld was made of: somebody removed it; the next change makes one anew",
		    (long long)l->missing, (long long)l->gen);
	if (l->lost)
		fsck_add(f, "backup", 0, p->orch, "state/store cannot be read: which generation the "
		    "task file is, is not known until the next change");
	else if (l->damaged)
		fsck_add(f, "backup", 0, p->orch, "one of state/store.0 and store.1 cannot be read: what "
		    "the newest change was may not be known; the next two write both anew");
}

int
fsck_verify(struct findings *f, enum fsck_live *live, const struct project *p,
    const struct fsck_backups *list, struct err *e)
{
	struct live l = { .missing = -1 };
	int state_fd = open_folder(p, "state", e), r = -1;

	if (live != NULL)
		*live = FSCK_LIVE_UNKNOWN;
	if (state_fd == -1 && e->code != ERR_NONE)
		goto done;
	if (state_fd != -1 && live_look(&l, p, state_fd, list, live != NULL, e) == -1)
		goto done;
	if (live != NULL)
		*live = l.live;
	r = 0;
done:
	/* What can be said of the backups is said in any case. */
	check_backups(f, p, list, &l);
	if (r == 0)
		check_live(f, p, &l);
	if (state_fd != -1)
		close(state_fd);
	return r;
}
