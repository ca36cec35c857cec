#include "work/fsck_live.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "sys/path.h"
#include "task/backup.h"
#include "task/found.h"
#include "task/project.h"
#include "task/record.h"
#include "task/task.h"

#define LOOKS_MAX 10	/* somebody commits all the time: then the last look counts */

struct look {
	const struct project *p;
	int state_fd;
	const struct fsck_backups *list;
	struct record last, before;
	struct fs_file file;
	struct buf text;
	char hash[FS_HASH_MAX];	/* of the text */
};

/* Is a commit on its way, or was it killed before the exchange? */
static bool
is_committing(const struct look *l)
{
	struct err unknown;
	struct stat st;
	char *staged = xasprintf(".%s.orch-new", l->file.name);
	bool there = fstatat(l->file.dirfd, staged, &st, AT_SYMLINK_NOFOLLOW) == 0;

	free(staged);
	return there || lock_probe(l->p->orch_fd, "lock", &unknown) == 1;
}

static const struct fsck_backup *
find_hash(const struct look *l)
{
	for (size_t i = 0; i < l->list->n; i++)
		if (strcmp(l->list->v[i].hash, l->hash) == 0)
			return &l->list->v[i];
	return NULL;
}

static const char *
damage(const struct look *l)
{
	if (l->text.len == 0)
		return l->file.st.st_nlink == 0 ? "it is gone" : "it is empty";
	if (memchr(l->text.data, '\0', l->text.len) != NULL)
		return "it has NUL bytes in it";
	return "it was cut off in the middle of a line";
}

/* As found_judge() judges, for whom a text without any generation is no damage but a text. */
static int
judge(const struct look *l, struct live *out, struct err *e)
{
	const struct fsck_backup *same;
	struct buf newest = { 0 };
	int damaged;

	if (l->last.hash[0] == '\0') {
		out->live = FSCK_LIVE_UNKNOWN;
		return 0;
	}
	if (strcmp(l->hash, l->last.hash) == 0 ||
	    (strcmp(l->hash, l->before.hash) == 0 && is_committing(l))) {
		out->live = FSCK_LIVE_OURS;
		return 0;
	}
	damaged = found_damage(l->p, &l->last, &l->text, &out->instead, &newest, e);
	buf_release(&newest);
	if (damaged == -1)
		return -1;
	if (damaged == 1 || (out->instead == 0 && (l->text.len == 0 ||
	    memchr(l->text.data, '\0', l->text.len) != NULL))) {
		out->live = FSCK_LIVE_DAMAGED;
		out->why = damage(l);
	} else if ((same = find_hash(l)) != NULL) {
		out->live = FSCK_LIVE_OLD;
		out->same_as = same->gen;
	} else {
		out->live = FSCK_LIVE_EDITED;
	}
	return 0;
}

/* The last generation was made of one that is now a backup, unless a commit is on its way. */
static int64_t
find_missing(const struct look *l)
{
	char name[BACKUP_NAME_MAX], *path;
	bool there;

	if (l->last.hash[0] == '\0' || l->last.base < 0)
		return -1;
	backup_name(l->last.base, name);
	path = xasprintf("backup/%s", name);
	there = faccessat(l->p->orch_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
	free(path);
	return there || is_committing(l) ? -1 : l->last.base;
}

static int
read_once(struct look *l, struct live *out, struct err *e)
{
	int r = -1;

	*out = (struct live){ .missing = -1 };
	if (record_read(l->p, l->state_fd, &l->last, &l->before, e) == -1 ||
	    fs_open(&l->file, l->p->tasks, e) == -1 || fs_load(&l->file, &l->text, e) == -1)
		goto done;
	fs_hash(l->text.data, l->text.len, l->hash);
	out->gen = l->last.gen;
	out->damaged = record_damaged(l->state_fd);
	out->lost = out->damaged && l->last.hash[0] == '\0';
	if (l->before.gen > 0 && l->before.gen < l->last.gen) {
		out->before_gen = l->before.gen;
		memcpy(out->before_hash, l->before.hash, sizeof out->before_hash);
	}
	memcpy(out->was, l->last.was, sizeof out->was);
	out->missing = find_missing(l);
	r = judge(l, out, e);
done:
	fs_close(&l->file);
	return r;
}

static bool
is_finding(const struct live *l)
{
	return (l->live != FSCK_LIVE_OURS && l->live != FSCK_LIVE_UNKNOWN) || l->missing != -1;
}

int
live_look(struct live *out, const struct project *p, int state_fd,
    const struct fsck_backups *list, bool valid, struct err *e)
{
	struct look l = { .p = p, .state_fd = state_fd, .list = list, .file = { .dirfd = -1 } };
	struct err ignored = { 0 };
	struct live former;
	int r = read_once(&l, out, e);

	for (int i = 1; r == 0 && i < LOOKS_MAX && is_finding(out); i++) {
		former = *out;
		r = read_once(&l, out, e);
		if (r == 0 && out->live == former.live && out->gen == former.gen &&
		    out->missing == former.missing)
			break;
	}
	if (r == 0 && valid && out->live == FSCK_LIVE_EDITED &&
	    tasks_check(&l.text, path_base(p->tasks), &ignored) == -1)
		out->live = FSCK_LIVE_INVALID;
	buf_release(&l.text);
	return r;
}
