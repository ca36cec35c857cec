/*
 * gc_logs - old logs go, of backups too
 *
 * What tells of damage (corrupt/, conflicts/) and what happened long ago (old event logs)
 * is evidence: it is named, and goes only if that was asked for.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/num.h"
#include "base/str.h"
#include "base/vec.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "sys/log_file.h"
#include "task/backup.h"
#include "task/event.h"
#include "task/project.h"
#include "work/gc.h"

static bool
is_old_log(const char *name)
{
	return log_file_number(name) > 0;
}

static bool
is_old_events(const char *name)
{
	int64_t n;

	return str_starts(name, EVENT_FILE ".") &&
	    num_int(name + strlen(EVENT_FILE "."), 1, 99, &n) == 0;
}

static bool
is_any(const char *name)
{
	return name[0] != '.';
}

/* The files of a folder of .orch that are old enough: gone, or named as evidence. */
static int
thin(struct gc *gc, const char *folder, bool (*is)(const char *), bool evidence, struct err *e)
{
	const char *kind = evidence ? "evidence" : "log";
	int64_t older = gc_age(gc, "gc.logs_after");
	struct vec_str names = { 0 };
	struct dirent *entry;
	struct stat st;
	DIR *dir;
	int fd = fs_open_dir(gc->p->orch_fd, folder);

	if (fd == -1)
		return errno == ENOENT ? 0 : err_sys(e, "cannot open '%s/%s'", gc->p->orch, folder);
	if ((dir = fdopendir(fd)) == NULL) {
		close(fd);
		return err_sys(e, "cannot read '%s/%s'", gc->p->orch, folder);
	}
	while ((entry = readdir(dir)) != NULL)
		if (is(entry->d_name))
			vec_str_push(&names, entry->d_name);
	vec_str_sort(&names);
	for (size_t i = 0; i < names.n; i++) {
		const char *name = names.v[i];
		struct err one = { 0 };
		char *what;

		if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1 || !S_ISREG(st.st_mode) ||
		    gc->now - st.st_mtime < older)
			continue;
		what = strcmp(folder, ".") == 0 ? xasprintf(".orch/%s", name) :
		    xasprintf(".orch/%s/%s", folder, name);
		if (evidence && !gc->wish->evidence)
			gc_kept(gc, kind, what, 0, st.st_size, "it is evidence (--evidence)");
		else if (!gc->wish->dry_run && unlinkat(fd, name, 0) == -1 && errno != ENOENT) {
			err_sys(&one, "cannot remove it");
			gc_failed(gc, kind, what, 0, &one);
		} else {
			gc_gone(gc, kind, what, 0, st.st_size);
		}
	}
	closedir(dir);
	vec_str_release(&names);
	return 0;
}

/* As after a commit; here for a project in which there are none any more. */
static int
rotate_backups(struct gc *gc, struct err *e)
{
	struct lock lock = { .fd = -1 };
	struct backups list = { 0 };
	char name[BACKUP_NAME_MAX];
	bool *doomed = NULL;
	int r = -1, dir = fs_openat(gc->p->orch_fd, "backup",
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir == -1)
		return errno == ENOENT ? 0 : err_sys(e, "cannot open '%s/backup'", gc->p->orch);
	if (!gc->wish->dry_run &&
	    lock_take(&lock, gc->p->orch_fd, LOCK_WAIT_MS, gc->wish->command, e) == -1)
		goto done;
	if (backup_list(dir, &list, e) == -1)
		goto done;
	doomed = xcalloc(list.n + 1, sizeof *doomed);
	backup_plan(list.v, list.n, doomed);
	if (!gc->wish->dry_run) {
		if (backup_rotate(dir, e) == -1)
			goto done;
		backup_clear(dir);
	}
	for (size_t i = list.n; i-- > 0;)
		if (doomed[i]) {
			backup_name(list.v[i].gen, name);
			gc_gone(gc, "backup", xasprintf(".orch/backup/%s", name), 0, list.v[i].size);
		}
	r = 0;
done:
	lock_release(&lock);
	backup_release(&list);
	free(doomed);
	close(dir);
	return r;
}

int
gc_logs(struct gc *gc, struct err *e)
{
	if (gc->p->orch_fd == -1)
		return 0;
	if (thin(gc, "log", is_old_log, false, e) == -1 ||
	    thin(gc, ".", is_old_events, true, e) == -1 ||
	    thin(gc, "corrupt", is_any, true, e) == -1 ||
	    thin(gc, "conflicts", is_any, true, e) == -1 || rotate_backups(gc, e) == -1)
		return -1;
	return 0;
}
