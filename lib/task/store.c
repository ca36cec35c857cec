/*
 * store.c - one commit after another
 *
 * The order of a commit, each step of which may be the last one before a kill:
 *
 *	1  lock                     5  the record, with events and sidecar, synced
 *	2  settle what a kill left  6  a sidecar too long for that, events appended
 *	3  read, judge, change      7  staged file synced; exchange, compare, (back and again)
 *	4  staged file, written     8  backup, old ones go, folders synced, unlock
 *
 * Until 7 the file is the old one and 2 of the next holder takes 6 back; after 7
 * it is the new one and 2 keeps what came out as the backup that 8 would have
 * made.  What tells the two apart is the staged file: it holds the new content
 * before the exchange and the old one after it.  Nothing but the exchange needs it, so
 * it goes to the disk while the record does.  A power cut in between may leave any part
 * of it, under any of its times, or none: then it is told by the old text, which is in
 * the backups only after the exchange.
 */
#include "task/archive.h"
#include "task/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/patch.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "sys/path.h"
#include "task/backup.h"
#include "task/change.h"
#include "task/event.h"
#include "task/found.h"
#include "task/outline_file.h"
#include "task/project.h"
#include "task/record.h"
#include "task/sidecar.h"
#include "task/store_impl.h"
#include "task/uid.h"

#define TRIES_MAX	100	/* a person who saves that often is a program */

/* ---- steps 4 to 8 ---- */

/* A commit on its way: the picture that was changed, and what was made of it. */
struct commit {
	const struct tasks *tasks;
	const struct change *change;
	const struct patch *patch;	/* of the picture's text */
	struct sidecar *sidecar;
	struct record next;
	struct buf beside;		/* what the record carries of the sidecar */
	struct buf lines;		/* its events */
};

/* The bytes that the file must still have when the new ones take their place. */
static const struct buf *
expected(const struct store *s, const struct commit *c)
{
	return s->known || !s->found.rewrite ? &c->tasks->text : &s->disk;
}

/* How the new generation comes from what will be its backup, or from nothing. */
static int
write_record(struct store *s, struct commit *c, struct err *e)
{
	const struct buf *text = &c->tasks->text, *disk = expected(s, c);
	struct buf nothing = { 0 }, new = { 0 };
	struct patch other = { 0 };
	int r;

	c->next.base = c->next.gen - 1;
	if (disk->len == 0 || (!s->known && s->found.kind == FOUND_DAMAGED))
		c->next.base = -1;
	if (disk == text && (c->next.base >= 0 || text->len == 0))
		return record_write(s->state_fd, &c->next, c->patch, &s->tail, &c->beside, e);
	if (c->next.base == -1)
		disk = &nothing;
	patch_apply(c->patch, text, &new);
	patch_add(&other, disk, 0, disk->len, buf_str(&new), new.len);
	r = record_write(s->state_fd, &c->next, &other, &s->tail, &c->beside, e);
	patch_release(&other);
	buf_release(&new);
	return r;
}

/* Nothing came of it: the events go, then the record says again what was before. */
static void
take_back(struct store *s, const struct record *next)
{
	struct err e = { 0 };

	if (event_cut(s->p, next->events, next->gen, &e) == 0 &&
	    sidecar_take_back(s->state_fd, next->gen, &e) == 0 &&
	    record_drop(s->state_fd, next, &e) == 0)
		return;
	/* The next holder of the lock finds what is staged, and does this then. */
	s->file.precious = true;
	log_write(&s->p->log, LOG_WARN, 0, 0, "left for the next commit: %s", e.msg);
}

static int
stage(struct store *s, struct commit *c, struct err *e)
{
	size_t n, size;
	struct iovec *part = patch_parts(c->patch, &c->tasks->text, &n, &size);
	int r;

	fs_spare(&s->file, s->backup_fd, BACKUP_SPARE);
	r = fs_stage_parts(&s->file, part, n, e);
	if (r == 0) {
		fs_hash_parts(part, n, c->next.hash);
		fs_staged_name(&s->file, c->next.staged);
	}
	free(part);
	return r;
}

/* What came out of the exchange was a generation, or damage. */
static int
keep(struct store *s, const struct commit *c, struct err *e)
{
	if (expected(s, c)->len == 0)
		return 0;
	if (!s->known && s->found.kind == FOUND_DAMAGED)
		return store_keep_evidence(s, "corrupt", "damaged", e);
	return store_keep_backup(s, c->next.gen - 1, e);
}

/*
 * What came out could not be kept, and the generation was to be made again from it: from
 * now on it is made from nothing.  The record says so in the other slot, so that one of
 * the two is whole whatever happens.
 */
static void
stand_alone(struct store *s, struct commit *c)
{
	struct record alone = c->next;
	struct buf nothing = { 0 }, new = { 0 };
	struct patch all = { 0 };
	struct err e = { 0 };

	alone.base = -1;
	alone.slot = 1 - alone.slot;
	patch_apply(c->patch, &c->tasks->text, &new);
	patch_add(&all, &nothing, 0, 0, buf_str(&new), new.len);
	if (record_write(s->state_fd, &alone, &all, &s->tail, &c->beside, &e) == -1)
		project_note(s->p, "nor anything in its place: %s", e.msg);
	patch_release(&all);
	buf_release(&new);
}

/* What is old goes, and all is on the disk. */
static int
settle_backups(struct store *s, struct err *e)
{
	struct err warn = { 0 };
	bool kept = s->file.keepfd == s->backup_fd;

	if (backup_rotate(s->backup_fd, &warn) == -1)
		project_note(s->p, "%s", warn.msg);
	if (fs_settle(&s->file, e) == -1)
		return -1;
	if (kept)
		backup_settled(s->backup_fd);
	return 0;
}

/* 1: a person saved in between, nothing happened.  0: durable. */
static int
commit(struct store *s, struct commit *c, struct err *e)
{
	const struct buf *disk = expected(s, c);
	struct record *next = &c->next;
	struct err warn = { 0 };
	int r = -1;

	*next = (struct record){ .gen = s->last.gen + 1, .seq = s->last.seq,
	    .slot = 1 - s->last.slot, .rules = TASKS_RULES, .next = change_next_id(c->change) };
	/* What is in the file now came from a person: that was a generation too. */
	if (s->last.gen > 0 && !s->ours)
		next->gen++;
	if (s->ours)
		memcpy(next->was, s->last.hash, sizeof next->was);
	else
		fs_hash(buf_str(disk), disk->len, next->was);
	change_events(c->change, next->gen, &next->seq, &c->lines);
	if (store_keep_last(s, &warn) == -1)
		project_note(s->p, "generation %lld has no backup: %s", (long long)s->last.gen,
		    warn.msg);
	if (sidecar_carry(c->sidecar, next, &c->beside, e) == -1 || stage(s, c, e) == -1 ||
	    event_begin(s->p, &c->lines, &s->tail, &next->events, e) == -1)
		goto done;
	if (write_record(s, c, e) == -1 || sidecar_write(c->sidecar, next, e) == -1 ||
	    event_append(s->p, &c->lines, e) == -1 || (r = fs_swap(&s->file, disk, e)) != 0) {
		take_back(s, next);
		goto done;
	}
	/* Whoever ends for want of memory from here on has not failed. */
	xnomem_done("the change is committed, durability unknown");
	if (keep(s, c, &warn) == -1) {
		project_note(s->p, "no backup: %s", warn.msg);
		stand_alone(s, c);
	}
	r = settle_backups(s, e);
	outline_file_write(s->p, c->tasks, c->patch, next->hash);
done:
	buf_release(&c->lines);
	buf_release(&c->beside);
	return r;
}

/* ---- one reading, one call of the function, perhaps one commit ---- */

/* WHOLE: again, of the same bytes and with a whole picture. */
enum turn { TURN_DONE, TURN_AGAIN, TURN_WHOLE, TURN_FAILED };

static void
say_found(const struct store *s)
{
	const char *name = path_base(s->p->tasks);

	if (s->found.unknown && !s->ours)
		project_note(s->p, "generation %lld cannot be had any more: '%s' is taken as it is",
		    (long long)s->last.gen, name);
	if (s->found.kind == FOUND_DAMAGED && !s->found.asked)
		project_note(s->p, "'%s' was damaged or gone: generation %lld takes its place%s", name,
		    (long long)s->found.gen,
		    s->found.gen < s->last.gen ? ", since the last one cannot be had" : "");
	if (s->found.kind == FOUND_STALE)
		project_note(s->p, "'%s' was saved from an older copy (generation %lld): merged "
		    "with what was done since (a task is withdrawn by orch-cancel)", name, (long long)s->found.gen);
	for (size_t i = 0; i < s->found.notes.n; i++) {
		struct buf line = { 0 };

		merge_text(&s->found.notes.v[i], &line);
		project_note(s->p, "%s", buf_str(&line));
		buf_release(&line);
	}
}

/* What a merge could not settle stands in a file of its own, for whoever reads no stderr. */
static int
keep_conflicts(struct store *s, int64_t gen, struct err *e)
{
	struct buf text = { 0 };
	char name[64];
	int dir, r;

	if (!merge_conflicts(&s->found.notes))
		return 0;
	if ((dir = project_dir(s->p, "conflicts", e)) == -1)
		return -1;
	for (size_t i = 0; i < s->found.notes.n; i++) {
		merge_text(&s->found.notes.v[i], &text);
		buf_putc(&text, '\n');
	}
	snprintf(name, sizeof name, "g%09" PRId64 ".txt", gen);
	r = fs_replace(dir, name, text.data, text.len, 0600, e);
	close(dir);
	buf_release(&text);
	return r;
}

/* The picture to change.  One of a text that is known takes the bytes of s->disk over. */
static int
load(struct store *s, bool whole, struct tasks *tasks, struct err *e)
{
	struct buf text = { 0 };
	struct outline outline;

	if (s->known) {
		text = s->disk;
		s->disk = (struct buf){ 0 };
		if (!whole) {
			outline_file_read(s->p, s->last.hash, &text, &outline);
			return tasks_load_outlined(tasks, &text, &outline, path_base(s->p->tasks), e);
		}
	} else {
		text = buf_view(buf_str(&s->found.text), s->found.text.len);
	}
	return tasks_load(tasks, &text, path_base(s->p->tasks), e);
}

static enum turn
turn(struct store *s, bool whole, store_fn *fn, void *arg, struct err *e)
{
	struct tasks tasks = { 0 };
	struct archive_lookup *archive;
	struct sidecar sidecar = { .p = s->p, .state_fd = s->state_fd, .last = &s->last,
	    .dry_run = s->opts->dry_run };
	struct commit c = { .tasks = &tasks, .sidecar = &sidecar };
	struct change *change = NULL;
	struct patch patch = { 0 };
	enum turn result = TURN_FAILED;
	int r;

	if (load(s, whole, &tasks, e) == -1)
		return TURN_FAILED;
	tasks_raise(&tasks, s->last.next);
	change = change_new(&tasks, s->opts->command ? s->opts->command : "orch");
	archive = archive_lookup_new(s->p);
	change_use_archive(change, archive);
	change_use_sidecar(change, &sidecar);
	change_use_redact(change, s->p->redact);
	if (uid_wanted(s->p))
		change_use_uids(change);
	if (fn(change, arg, e) == -1 || change_check_links(change, e) == -1)
		goto done;
	if (!change_any(change) && !(s->found.rewrite && !s->known)) {
		if (s->opts->dry_run || sidecar_write(&sidecar, NULL, e) == 0)
			result = TURN_DONE;
		goto done;
	}
	if (!s->known)
		found_tell(&s->found, change);
	change_adopt(change);
	if ((r = change_patch(change, path_base(s->p->tasks), &patch, e)) == -1)
		goto done;
	if (r == 1 || s->opts->dry_run) {
		result = r == 1 ? TURN_WHOLE : TURN_DONE;
		goto done;
	}
	c.change = change;
	c.patch = &patch;
	if ((!s->known && keep_conflicts(s, s->last.gen + (s->ours ? 1 : 2), e) == -1) ||
	    (r = commit(s, &c, e)) == -1)
		goto done;
	result = r == 1 ? TURN_AGAIN : TURN_DONE;
	if (result == TURN_DONE && !s->known)
		say_found(s);
done:
	if (result == TURN_WHOLE) {
		s->disk = tasks.text;
		tasks.text = (struct buf){ 0 };
	}
	patch_release(&patch);
	change_free(change);
	archive_lookup_free(archive);
	sidecar_release(&sidecar);
	tasks_release(&tasks);
	return result;
}

/* Reads the file and says what it is. */
static int
read_file(struct store *s, struct err *e)
{
	struct record before;

	buf_release(&s->disk);
	fs_close(&s->file);
	found_release(&s->found);
	if (fs_open(&s->file, s->p->tasks, e) == -1 || fs_hold(&s->file, &s->disk, e) == -1)
		return -1;
	if (!s->opts->dry_run) {
		if (store_settle(s, e) == -1)
			return -1;
	} else if (s->state_fd != -1 &&
	    record_read(s->p, s->state_fd, &s->last, &before, e) == -1) {
		return -1;
	}
	s->ours = record_is(&s->last, &s->disk);
	s->known = s->ours && s->last.rules == TASKS_RULES;
	return s->source(s, s->source_arg, e);
}

int
store_from_file(struct store *s, void *arg, struct err *e)
{
	(void)arg;
	return s->known ? 0 : found_judge(&s->found, s->p, &s->last, &s->disk, e);
}

/* A dry run reads and computes; it takes no lock and makes no folder. */
static int
open_folders(struct store *s, struct err *e)
{
	if (s->opts->dry_run) {
		if (s->p->orch_fd != -1)
			s->state_fd = fs_open_dir(s->p->orch_fd, "state");
		return 0;
	}
	if (project_prepare(s->p, e) == -1 ||
	    (s->state_fd = project_dir(s->p, "state", e)) == -1 ||
	    (s->backup_fd = project_dir(s->p, "backup", e)) == -1)
		return -1;
	return 0;
}

int
store_run(struct project *p, const struct store_opts *opts, store_source *source,
    void *source_arg, store_fn *fn, void *arg, struct err *e)
{
	struct store s = { .p = p, .opts = opts, .source = source, .source_arg = source_arg,
	    .state_fd = -1, .backup_fd = -1, .evidence_fd = -1, .file = { .dirfd = -1 } };
	struct lock lock = { .fd = -1 };
	int64_t wait = opts->wait_ms == 0 ? LOCK_WAIT_MS : opts->wait_ms < 0 ? 0 : opts->wait_ms;
	enum turn t = TURN_AGAIN;

	if (open_folders(&s, e) == -1 || (!opts->dry_run &&
	    lock_take(&lock, p->orch_fd, wait, opts->command ? opts->command : "orch", e) == -1)) {
		t = TURN_FAILED;
		goto done;
	}
	for (int i = 0; t == TURN_AGAIN || t == TURN_WHOLE; i++) {
		if (i == TRIES_MAX) {
			err_set(e, ERR_BUSY, "'%s' is changed by somebody else all the time",
			    path_base(p->tasks));
			t = TURN_FAILED;
		} else if (t == TURN_AGAIN && read_file(&s, e) == -1) {
			t = TURN_FAILED;
		} else {
			t = turn(&s, t == TURN_WHOLE, fn, arg, e);
		}
	}
done:
	fs_close(&s.file);
	lock_release(&lock);
	xnomem_done(NULL);
	found_release(&s.found);
	buf_release(&s.tail.lines);
	buf_release(&s.disk);
	if (s.state_fd != -1)
		close(s.state_fd);
	if (s.backup_fd != -1)
		close(s.backup_fd);
	if (s.evidence_fd != -1)
		close(s.evidence_fd);
	return t == TURN_DONE ? 0 : -1;
}

int
store_update(struct project *p, const struct store_opts *opts, store_fn *fn, void *arg,
    struct err *e)
{
	return store_run(p, opts, store_from_file, NULL, fn, arg, e);
}
