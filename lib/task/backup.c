#include "task/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "base/vec.h"
#include "sys/fs.h"

#define HOUR 3600
#define DAY  86400

void
backup_name(int64_t gen, char out[BACKUP_NAME_MAX])
{
	snprintf(out, BACKUP_NAME_MAX, "g%09" PRId64 ".yml", gen);
}

/* The generation in a name, -1 if it is not one that backup_name() makes. */
static int64_t
scan_name(const char *name)
{
	char digits[BACKUP_NAME_MAX], again[BACKUP_NAME_MAX];
	size_t len = strlen(name);
	int64_t gen;

	if (len < 6 || len >= sizeof digits)
		return -1;
	memcpy(digits, name + 1, len - 5);
	digits[len - 5] = '\0';
	if (num_int(digits, 0, NUM_ID_MAX, &gen) == -1)
		return -1;
	backup_name(gen, again);
	return strcmp(name, again) == 0 ? gen : -1;
}

static int
compare(const void *a, const void *b)
{
	const struct backup *x = a, *y = b;

	return x->gen > y->gen ? -1 : x->gen < y->gen;
}

/* What is no file, and what has gone since it was listed, is passed over. */
static int
add(struct backups *list, int dirfd, const char *name, struct err *e)
{
	int64_t gen = scan_name(name);
	struct stat st;

	if (gen == -1)
		return 0;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : err_sys(e, "cannot look at backup '%s'", name);
	if (!S_ISREG(st.st_mode))
		return 0;
	list->v = vec_room(list->v, &list->cap, list->n, sizeof *list->v);
	list->v[list->n++] = (struct backup){
		.gen = gen, .at = st.st_mtim.tv_sec, .size = st.st_size,
	};
	return 0;
}

int
backup_list(int dirfd, struct backups *list, struct err *e)
{
	int fd = fs_openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *entry;

	*list = (struct backups){ 0 };
	if (dir == NULL) {
		r = err_sys(e, "cannot read the folder of backups");
		if (fd != -1)
			close(fd);
		return r;
	}
	while (r == 0 && (errno = 0, entry = readdir(dir)) != NULL)
		r = add(list, dirfd, entry->d_name, e);
	if (r == 0 && errno != 0)
		r = err_sys(e, "cannot read the folder of backups");
	closedir(dir);
	if (r == -1)
		backup_release(list);
	else if (list->n > 1)
		qsort(list->v, list->n, sizeof *list->v, compare);
	return r;
}

void
backup_release(struct backups *list)
{
	free(list->v);
	*list = (struct backups){ 0 };
}

int
backup_load(int dirfd, int64_t gen, struct buf *text, struct err *e)
{
	char name[BACKUP_NAME_MAX];

	backup_name(gen, name);
	return fs_read(dirfd, name, FS_FILE_MAX, text, e);
}

/* ---- which may go ---- */

/* Before 1970 too a unit begins where it should. */
static int64_t
unit_of(int64_t at, int64_t unit)
{
	return at / unit - (at % unit < 0);
}

/*
 * Keeps the newest one of each unit of time, of the newest `units` of these.  By
 * order, not by the clock: after it was set the same hour may come twice, and is
 * then one.
 */
static void
keep_each(const struct backup *v, size_t n, int64_t unit, size_t units, bool *doomed)
{
	int64_t seen[BACKUP_HOURS > BACKUP_DAYS ? BACKUP_HOURS : BACKUP_DAYS];
	size_t found = 0, at;

	for (size_t i = 0; i < n && found < units; i++) {
		for (at = 0; at < found && seen[at] != unit_of(v[i].at, unit); at++)
			continue;
		if (at < found)
			continue;
		seen[found++] = unit_of(v[i].at, unit);
		doomed[i] = false;
	}
}

void
backup_plan(const struct backup *v, size_t n, bool *doomed)
{
	int64_t left = BACKUP_BYTES;
	bool full = false;

	for (size_t i = 0; i < n; i++)
		doomed[i] = i >= BACKUP_NEWEST;
	keep_each(v, n, HOUR, BACKUP_HOURS, doomed);
	keep_each(v, n, DAY, BACKUP_DAYS, doomed);
	for (size_t i = 0; i < n; i++) {
		if (doomed[i])
			continue;
		full = full || v[i].size > left;
		doomed[i] = full && i > 0;
		left -= full ? 0 : v[i].size;
	}
}

int
backup_rotate(int dirfd, struct err *e)
{
	struct backups list;
	struct err none;
	char name[BACKUP_NAME_MAX];
	bool *doomed, retired = false;
	int r = 0;

	if (backup_list(dirfd, &list, e) == -1)
		return -1;
	doomed = xcalloc(list.n + 1, sizeof *doomed);
	backup_plan(list.v, list.n, doomed);
	for (size_t i = list.n; i-- > 0;) {
		if (!doomed[i])
			continue;
		backup_name(list.v[i].gen, name);
		if (!retired && fs_rename(dirfd, name, BACKUP_RETIRED, &none) == 0)
			retired = true;
		else if (unlinkat(dirfd, name, 0) == -1 && errno != ENOENT && r == 0)
			r = err_sys(e, "cannot remove backup '%s'", name);
	}
	free(doomed);
	backup_release(&list);
	return r;
}

void
backup_settled(int dirfd)
{
	struct err none;

	(void)fs_rename(dirfd, BACKUP_RETIRED, BACKUP_SPARE, &none);
}

void
backup_clear(int dirfd)
{
	(void)unlinkat(dirfd, BACKUP_RETIRED, 0);
	(void)unlinkat(dirfd, BACKUP_SPARE, 0);
}
