#include "work/fsck_live.h"

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

/*
 * Are these the first bytes of a generation, which end in the middle of a line?  A
 * person who removes the last tasks leaves whole lines.
 */
static bool
is_cut(const struct look *l)
{
	struct buf whole = { 0 };
	struct err e = { 0 };
	bool found = false;
	int fd;

	if (l->text.data[l->text.len - 1] == '\n')
		return false;
	fd = fs_open_dir(l->p->orch_fd, "backup");
	for (size_t i = 0; fd != -1 && i < l->list->n && !found; i++)
		if (l->list->v[i].valid && l->list->v[i].size > (int64_t)l->text.len &&
		    backup_load(fd, l->list->v[i].gen, &whole, &e) == 0 && whole.len > l->text.len)
			found = memcmp(whole.data, l->text.data, l->text.len) == 0 &&
			    whole.data[l->text.len] != '\n';
	if (fd != -1)
		close(fd);
	buf_release(&whole);
	return found;
}

static bool
is_valid(const struct look *l)
{
	struct err ignored = { 0 };

	return tasks_check(&l->text, path_base(l->p->tasks), &ignored) == 0;
}

static void
judge(const struct look *l, struct live *out)
{
	const struct fsck_backup *same;

	if (l->last.hash[0] == '\0') {
		out->live = FSCK_LIVE_UNKNOWN;
	} else if (strcmp(l->hash, l->last.hash) == 0 ||
	    (strcmp(l->hash, l->before.hash) == 0 && is_committing(l))) {
		out->live = FSCK_LIVE_OURS;
	} else if (l->text.len == 0) {
		out->live = FSCK_LIVE_DAMAGED;
		out->why = l->file.st.st_nlink == 0 ? "it is gone" : "it is empty";
	} else if (memchr(l->text.data, '\0', l->text.len) != NULL) {
		out->live = FSCK_LIVE_DAMAGED;
		out->why = "it has NUL bytes in it";
	} else if ((same = find_hash(l)) != NULL) {
		out->live = FSCK_LIVE_OLD;
		out->same_as = same->gen;
	} else if (is_cut(l)) {
		out->live = FSCK_LIVE_DAMAGED;
		out->why = "it was cut off in the middle of a line";
	} else {
		out->live = is_valid(l) ? FSCK_LIVE_EDITED : FSCK_LIVE_INVALID;
	}
}

static int
read_once(struct look *l, struct live *out, struct err *e)
{
	int r = -1;

	*out = (struct live){ 0 };
	if (record_read(l->p, l->state_fd, &l->last, &l->before, e) == -1 ||
	    fs_open(&l->file, l->p->tasks, e) == -1 || fs_load(&l->file, &l->text, e) == -1)
		goto done;
	fs_hash(l->text.data, l->text.len, l->hash);
	out->gen = l->last.gen;
	out->lost = l->last.hash[0] == '\0' && record_there(l->state_fd);
	if (l->before.gen > 0 && l->before.gen < l->last.gen) {
		out->before_gen = l->before.gen;
		memcpy(out->before_hash, l->before.hash, sizeof out->before_hash);
	}
	judge(l, out);
	r = 0;
done:
	fs_close(&l->file);
	return r;
}

int
live_look(struct live *out, const struct project *p, int state_fd,
    const struct fsck_backups *list, struct err *e)
{
	struct look l = { .p = p, .state_fd = state_fd, .list = list, .file = { .dirfd = -1 } };
	struct live former;
	int r = read_once(&l, out, e);

	for (int i = 1; r == 0 && i < LOOKS_MAX; i++) {
		former = *out;
		if (former.live == FSCK_LIVE_OURS || former.live == FSCK_LIVE_UNKNOWN)
			break;
		r = read_once(&l, out, e);
		if (r == 0 && out->live == former.live && out->gen == former.gen)
			break;
	}
	buf_release(&l.text);
	return r;
}
