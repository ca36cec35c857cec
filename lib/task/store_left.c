/*
 * store_left - what comes out of an exchange, and what a killed holder left
 *
 * What comes out is the generation before, which becomes a backup, or something else:
 * then it is evidence, and nothing of that is ever written over.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "sys/fs.h"
#include "sys/path.h"
#include "task/backup.h"
#include "task/event.h"
#include "task/found.h"
#include "task/project.h"
#include "task/record.h"
#include "task/sidecar.h"
#include "task/store_impl.h"

/* ---- what comes out of an exchange ---- */

/* Generation `gen` to the backups. */
int
store_keep_backup(struct store *s, int64_t gen, struct err *e)
{
	char name[BACKUP_NAME_MAX];

	backup_name(gen, name);
	return fs_keep(&s->file, s->backup_fd, name, e);
}

/*
 * A person's text has taken the place of the last generation, which then is nowhere in
 * whole: a checkout may bring it back, and a person may want it back.
 */
int
store_keep_last(struct store *s, struct err *e)
{
	struct buf text = { 0 };
	char name[BACKUP_NAME_MAX];
	int r;

	if (s->ours || s->last.gen == 0)
		return 0;
	if ((r = found_last(s->p, &s->last, &text, e)) == 0 && text.len > 0) {
		backup_name(s->last.gen, name);
		r = fs_replace(s->backup_fd, name, text.data, text.len, 0600, e);
	}
	buf_release(&text);
	return r == -1 ? -1 : 0;
}

/* Evidence is never written over: "g000000412-saved.yml", then "-saved-2.yml" and so on. */
static void
free_name(int dirfd, int64_t gen, const char *why, char *name, size_t size)
{
	struct stat st;

	snprintf(name, size, "g%09" PRId64 "-%s.yml", gen, why);
	for (int i = 2; fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0; i++)
		snprintf(name, size, "g%09" PRId64 "-%s-%d.yml", gen, why, i);
}

/* What is no generation, to "corrupt" or "conflicts". */
int
store_keep_evidence(struct store *s, const char *folder, const char *why, struct err *e)
{
	char name[64];
	int r;

	if (s->evidence_fd != -1)
		close(s->evidence_fd);
	if ((s->evidence_fd = project_dir(s->p, folder, e)) == -1)
		return -1;
	free_name(s->evidence_fd, s->last.gen, why, name, sizeof name);
	r = fs_keep(&s->file, s->evidence_fd, name, e);
	if (r == 0)
		project_note(s->p, "what stood in '%s' is kept as '%s/%s/%s'", path_base(s->p->tasks),
		    s->p->orch, folder, name);
	return r;
}

/* ---- step 2: what a killed holder left ---- */

/*
 * It was exchanged, but what came out did not reach the backups.  That is what it was to
 * replace, or what a person saved in that very instant: then it is kept where conflicts are.
 */
static int
keep_leftover(struct store *s, const struct buf *left, struct err *e)
{
	char hash[FS_HASH_MAX];

	fs_hash(buf_str(left), left->len, hash);
	if (s->last.gen == 0 || strcmp(hash, s->last.was) != 0)
		return store_keep_evidence(s, "conflicts", "saved", e);
	if (s->last.base == -1 && left->len > 0)
		return store_keep_evidence(s, "corrupt", "damaged", e);
	return store_keep_backup(s, s->last.gen - 1, e);
}

static bool
has_backup(const struct store *s, int64_t gen)
{
	char name[BACKUP_NAME_MAX];
	struct stat st;

	backup_name(gen, name);
	return fstatat(s->backup_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/*
 * Was it about to be exchanged, and was not?  Then what was to be exchanged is staged, or,
 * where a power cut took that or left another file of it, what it was to replace is not
 * among the backups: it still stands there, or somebody has saved something else since.
 * Where the backup before that is missing too, somebody may have cleared the folder.
 */
static int
never_happened(struct store *s, bool is_staged, struct err *e)
{
	char staged[FS_IDENTITY_MAX], hash[FS_HASH_MAX];

	if (s->last.gen == 0)
		return 0;
	if (is_staged) {
		fs_staged_name(&s->file, staged);
		if (strcmp(staged, s->last.staged) == 0)
			return 1;
	}
	if (s->last.base == -1 || has_backup(s, s->last.base) ||
	    strcmp(s->last.was, s->last.hash) == 0)
		return 0;
	if (s->disk.data == NULL && fs_hold(&s->file, &s->disk, e) == -1)
		return -1;
	fs_hash(buf_str(&s->disk), s->disk.len, hash);
	return strcmp(hash, s->last.was) == 0 || (strcmp(hash, s->last.hash) != 0 &&
	    s->last.base > 0 && has_backup(s, s->last.base - 1));
}

/* None of it happened. */
static int
drop_last(struct store *s, const struct record *before, struct err *e)
{
	struct record none;

	if (event_cut(s->p, s->last.events, s->last.gen, e) == -1)
		return -1;
	if (sidecar_take_back(s->state_fd, s->last.gen, e) == -1)
		return -1;
	log_write(&s->p->log, LOG_WARN, 0, 0,
	    "generation %lld was not committed: its events are taken back",
	    (long long)s->last.gen);
	/* For good: this command may well end without a commit of its own. */
	if (record_drop(s->state_fd, &s->last, e) == -1)
		return -1;
	if (before->gen == 0)
		return record_read(s->p, s->state_fd, &s->last, &none, e);
	s->last = *before;
	return 0;
}

int
store_settle(struct store *s, struct err *e)
{
	struct record before;
	struct buf text = { 0 };
	int64_t task = 0;
	int r = -1, found, never;

	if (record_read(s->p, s->state_fd, &s->last, &before, e) == -1)
		goto done;
	/* What was exchanged counts from now on, so that it is to be on the disk. */
	if ((found = fs_leftover(&s->file, &text, e)) == 1)
		r = keep_leftover(s, &text, e) == -1 ? -1 : fs_settle(&s->file, e);
	else if (found == 0 && (found = fs_staged(&s->file, &text, e)) != -1 &&
	    (never = never_happened(s, found == 1, e)) != -1)
		r = never ? drop_last(s, &before, e) : 0;
	if (r == 0 && (r = record_tail(s->state_fd, &s->last, &s->tail, e)) == 0)
		r = event_settle(s->p, &s->tail, &s->last.seq, &task, e);
	if (r == 0 && task >= s->last.next)
		s->last.next = task + 1;
done:
	buf_release(&text);
	return r;
}
