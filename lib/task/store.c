/*
 * store.c - one commit after another
 *
 * The order of a commit, each step of which may be the last one before a kill:
 *
 *	1  lock                     5  the record of generations, synced
 *	2  settle what a kill left  6  events appended and synced
 *	3  read, check, change      7  exchange, compare, (back and again)
 *	4  staged file, synced      8  backup, folders synced, unlock
 *
 * Until 7 the file is the old one and 2 of the next holder takes 6 back; after 7
 * it is the new one and 2 keeps what came out as the backup that 8 would have
 * made.  What tells the two apart is the staged file: it holds the new content
 * before the exchange and the old one after it.
 */
#include "task/store.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "doc/edit.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "sys/path.h"
#include "task/backup.h"
#include "task/change.h"
#include "task/event.h"
#include "task/project.h"
#include "task/record.h"

#define TRIES_MAX	100	/* a person who saves that often is a program */

struct store {
	struct project *p;
	const struct store_opts *opts;
	int state_fd;
	int backup_fd;
	struct fs_file file;
	struct buf old;		/* the file as read; also the picture's text, copied */
	struct record last;	/* of the generation that the file has */
};

static const char *
base_name(const struct project *p)
{
	return path_base(p->tasks);
}

/* ---- backups ---- */

/* What is one too many is a matter of space: it stays, with a warning. */
static int
keep(struct store *s, int64_t gen, struct err *e)
{
	char name[BACKUP_NAME_MAX];
	struct err warn = { 0 };

	backup_name(gen, name);
	if (fs_keep(&s->file, s->backup_fd, name, e) == -1)
		return -1;
	if (backup_rotate(s->backup_fd, &warn) == -1)
		log_write(&s->p->log, LOG_WARN, 0, 0, "%s", warn.msg);
	return 0;
}

/* ---- step 2: what a killed holder left ---- */

/*
 * It was exchanged, but what came out did not reach the backups.  That is the
 * generation before, or what a person saved in that very instant: then it is kept
 * where conflicts are.
 */
static int
keep_leftover(struct store *s, const struct buf *left, const struct record *before,
    struct err *e)
{
	char hash[FS_HASH_MAX], name[64];
	int dir, r;

	fs_hash(left->data, left->len, hash);
	if (strcmp(hash, before->hash) == 0 || before->gen == 0)
		return keep(s, s->last.gen - 1, e);
	if ((dir = project_dir(s->p, "conflicts", e)) == -1)
		return -1;
	snprintf(name, sizeof name, "g%09" PRId64 "-saved.yml", s->last.gen);
	log_write(&s->p->log, LOG_WARN, 0, 0, "what was saved during a change that was killed "
	    "is kept as '.orch/conflicts/%s'", name);
	r = fs_keep(&s->file, dir, name, e);
	close(dir);
	return r;
}

/* It was about to be exchanged and was not: none of it happened. */
static int
drop_staged(struct store *s, const struct record *before, struct err *e)
{
	char staged[FS_IDENTITY_MAX];

	fs_staged_name(&s->file, staged);
	if (s->last.gen == 0 || strcmp(staged, s->last.staged) != 0)
		return 0;
	if (event_cut(s->p, s->last.events, e) == -1)
		return -1;
	log_write(&s->p->log, LOG_WARN, 0, 0,
	    "generation %lld was not committed: its events are taken back",
	    (long long)s->last.gen);
	s->last = *before;
	return 0;
}

static int
settle(struct store *s, struct err *e)
{
	struct record before;
	struct buf text = { 0 };
	int r = -1, found;

	if (record_read(s->p, s->state_fd, &s->last, &before, e) == -1)
		goto done;
	if ((found = fs_leftover(&s->file, &text, e)) == 1)
		r = keep_leftover(s, &text, &before, e);
	else if (found == 0 && (found = fs_staged(&s->file, &text, e)) != -1)
		r = found == 1 ? drop_staged(s, &before, e) : 0;
done:
	buf_release(&text);
	return r;
}

/* ---- steps 4 to 8 ---- */

/* Nothing came of it: the events go, then the record says again what was before. */
static void
take_back(struct store *s, const struct record *next)
{
	struct record again = s->last;
	struct err e = { 0 };

	again.slot = next->slot;
	if (event_cut(s->p, next->events, &e) == -1 || record_write(s->state_fd, &again, &e) == -1)
		log_write(&s->p->log, LOG_WARN, 0, 0, "left for the next commit: %s", e.msg);
}

/* 1: a person saved in between, nothing happened.  0: durable. */
static int
commit(struct store *s, const struct change *c, const struct buf *new, struct err *e)
{
	struct record next = { .gen = s->last.gen + 1, .seq = s->last.seq,
	    .slot = 1 - s->last.slot };
	struct buf lines = { 0 };
	char old_hash[FS_HASH_MAX];
	struct err warn = { 0 };
	int r = -1;

	/* What is in the file now came from a person: that was a generation too. */
	fs_hash(s->old.data, s->old.len, old_hash);
	if (s->last.gen > 0 && strcmp(old_hash, s->last.hash) != 0)
		next.gen++;
	fs_hash(new->data, new->len, next.hash);
	next.next = change_next_id(c);
	change_events(c, next.gen, &next.seq, &lines);
	if (fs_stage(&s->file, new->data, new->len, e) == -1 ||
	    event_begin(s->p, &next.events, e) == -1)
		goto done;
	fs_staged_name(&s->file, next.staged);
	if (record_write(s->state_fd, &next, e) == -1 || event_append(s->p, &lines, e) == -1 ||
	    (r = fs_swap(&s->file, &s->old, e)) != 0) {
		take_back(s, &next);
		goto done;
	}
	if (s->old.len > 0 && keep(s, next.gen - 1, &warn) == -1)
		log_write(&s->p->log, LOG_WARN, 0, 0, "no backup: %s", warn.msg);
	r = fs_settle(&s->file, e);
done:
	buf_release(&lines);
	return r;
}

/* ---- reading ---- */

/*
 * A file that is gone or empty although a commit left tasks in it was damaged,
 * not edited: taking it for "no tasks" would make the loss final.
 */
static int
check_gone(int state_fd, const struct project *p, const struct buf *text, struct err *e)
{
	struct record last, before;

	if (text->len > 0)
		return 0;
	if (record_read(p, state_fd, &last, &before, e) == -1)
		return -1;
	/* Without a record of its own there is nothing to hold against an empty file. */
	if (last.gen == 0 || last.hash[0] == '\0')
		return 0;
	return err_set(e, ERR_INVALID, "'%s' is empty or gone, but it was not: put the newest "
	    "of '%s/backup' back, or remove '%s/state/" RECORD_FILE "' to start anew",
	    base_name(p), p->orch, p->orch);
}

int
store_read(const struct project *p, struct tasks *tasks, struct err *e)
{
	struct fs_file file = { .dirfd = -1 };
	struct buf text = { 0 };
	int state_fd = -1, r = -1;

	if (fs_open(&file, p->tasks, e) == -1 || fs_load(&file, &text, e) == -1)
		goto done;
	if (file.st.st_nlink == 0 && p->named) {
		err_set(e, ERR_USAGE, "there is no '%s'", p->tasks);
		goto done;
	}
	if (p->orch_fd != -1 && text.len == 0) {
		state_fd = openat(p->orch_fd, "state", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (state_fd != -1 && check_gone(state_fd, p, &text, e) == -1)
			goto done;
	}
	r = tasks_load(tasks, &text, base_name(p), e);
done:
	if (state_fd != -1)
		close(state_fd);
	buf_release(&text);
	fs_close(&file);
	return r;
}

/* ---- one reading, one call of the function, perhaps one commit ---- */

enum turn { TURN_DONE, TURN_AGAIN, TURN_FAILED };

static enum turn
turn(struct store *s, store_fn *fn, void *arg, struct err *e)
{
	struct tasks tasks = { 0 };
	struct change *c = NULL;
	struct buf text = { 0 }, new = { 0 };
	const struct edit_op *ops;
	enum turn result = TURN_FAILED;
	bool loaded = false;
	size_t n;
	int r;

	buf_append(&text, s->old.data, s->old.len);
	if (tasks_load(&tasks, &text, base_name(s->p), e) == -1)
		goto done;
	loaded = true;
	tasks_raise(&tasks, s->last.next);
	c = change_new(&tasks, s->opts->command ? s->opts->command : "orch");
	if (fn(c, arg, e) == -1 || change_check_links(c, e) == -1)
		goto done;
	if (!change_any(c)) {
		result = TURN_DONE;
		goto done;
	}
	change_adopt(c);
	ops = change_ops(c, &n);
	if (edit_apply(&tasks.yaml, ops, n, field_order(), base_name(s->p), &new, e) == -1)
		goto done;
	if (s->opts->dry_run) {
		result = TURN_DONE;
		goto done;
	}
	if ((r = commit(s, c, &new, e)) == -1)
		goto done;
	result = r == 1 ? TURN_AGAIN : TURN_DONE;
done:
	change_free(c);
	if (loaded)
		tasks_release(&tasks);
	buf_release(&text);
	buf_release(&new);
	return result;
}

static int
open_folders(struct store *s, struct err *e)
{
	if (project_prepare(s->p, e) == -1 ||
	    (s->state_fd = project_dir(s->p, "state", e)) == -1 ||
	    (s->backup_fd = project_dir(s->p, "backup", e)) == -1)
		return -1;
	return 0;
}

int
store_update(struct project *p, const struct store_opts *opts, store_fn *fn, void *arg,
    struct err *e)
{
	struct store s = { .p = p, .opts = opts, .state_fd = -1, .backup_fd = -1,
	    .file = { .dirfd = -1 } };
	struct lock lock = { .fd = -1 };
	int64_t wait = opts->wait_ms == 0 ? LOCK_WAIT_MS : opts->wait_ms < 0 ? 0 : opts->wait_ms;
	enum turn t = TURN_AGAIN;

	/* A dry run reads and computes; it takes no lock and makes no folder. */
	if (!opts->dry_run) {
		if (open_folders(&s, e) == -1 ||
		    lock_take(&lock, p->orch_fd, wait, opts->command ? opts->command : "orch", e) == -1) {
			t = TURN_FAILED;
			goto done;
		}
	}
	for (int i = 0; t == TURN_AGAIN; i++) {
		if (i == TRIES_MAX) {
			err_set(e, ERR_BUSY, "'%s' is changed by somebody else all the time",
			    base_name(p));
			t = TURN_FAILED;
			break;
		}
		fs_close(&s.file);
		buf_release(&s.old);
		if (fs_open(&s.file, p->tasks, e) == -1 ||
		    fs_load(&s.file, &s.old, e) == -1 ||
		    (!opts->dry_run && (settle(&s, e) == -1 ||
		    check_gone(s.state_fd, p, &s.old, e) == -1))) {
			t = TURN_FAILED;
			break;
		}
		t = turn(&s, fn, arg, e);
	}
done:
	fs_close(&s.file);
	lock_release(&lock);
	buf_release(&s.old);
	if (s.state_fd != -1)
		close(s.state_fd);
	if (s.backup_fd != -1)
		close(s.backup_fd);
	return t == TURN_DONE ? 0 : -1;
}
