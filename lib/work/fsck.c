#include "work/fsck.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "sys/path.h"
#include "task/project.h"
#include "task/store.h"
#include "task/task.h"
#include "work/fsck_backup.h"
#include "work/fsck_mend.h"
#include "work/oneline.h"

/* Its place in the counts, made if need be. */
static size_t
count_of(struct findings *f, const char *check)
{
	size_t i = 0;

	while (i < FSCK_CHECKS - 1 && f->count[i].check != NULL &&
	    strcmp(f->count[i].check, check) != 0)
		i++;
	f->count[i].check = check;
	return i;
}

/* A file of millions of faults is not to fill the memory with what nobody will read. */
bool
fsck_enough(struct findings *f, const char *check)
{
	size_t i = count_of(f, check);

	f->dropped = f->count[i].n >= FSCK_MANY;
	f->count[i].more += f->dropped;
	return f->dropped;
}

static void
add(struct findings *f, const char *check, int64_t task, const char *place, size_t len,
    const char *message)
{
	if (fsck_enough(f, check))
		return;
	f->count[count_of(f, check)].n++;
	f->v = vec_room(f->v, &f->cap, f->n, sizeof *f->v);
	f->v[f->n++] = (struct finding){
		.check = check, .task = task, .place = oneline(place, len),
		.message = oneline(message, strlen(message)),
	};
}

void
fsck_add(struct findings *f, const char *check, int64_t task, const char *place,
    const char *fmt, ...)
{
	char text[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	add(f, check, task, place, strlen(place), text);
}

void
fsck_add_task(struct findings *f, const char *check, int64_t task, const char *fmt, ...)
{
	char place[40], text[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	snprintf(place, sizeof place, "task %lld", (long long)task);
	add(f, check, task, place, strlen(place), text);
}

void
fsck_add_err(struct findings *f, const char *check, int64_t task, const char *place,
    const struct err *e)
{
	const char *colon = strstr(e->msg, ": ");
	size_t len = colon ? (size_t)(colon - e->msg) : 0;

	/* "tasks.yml:3:5" and "/a/b/sh.yml" are places, "cannot open 'x'" is none. */
	if (len > 0 && memchr(e->msg, ' ', len) == NULL &&
	    memmem(e->msg, len, ".yml", 4) != NULL)
		add(f, check, task, e->msg, len, colon + 2);
	else
		add(f, check, task, place, strlen(place), e->msg);
}

void
fsck_unopened(struct findings *f, const struct err *e)
{
	if (e->code != ERR_SYSTEM)
		fsck_add_err(f, "config", 0, "orch.yml", e);
	else
		fsck_add_err(f, "mode", 0, ".orch", e);
}

void
fsck_forget(struct findings *f, size_t n)
{
	while (f->n > n) {
		f->n--;
		f->count[count_of(f, f->v[f->n].check)].n--;
		free(f->v[f->n].place);
		free(f->v[f->n].message);
	}
}

bool
fsck_may_fix(struct findings *f)
{
	if (f->dropped)
		return false;
	f->v[f->n - 1].fixable = true;
	return f->fix;
}

void
fsck_fixed(struct findings *f)
{
	if (!f->dropped)
		f->v[f->n - 1].fixed = true;
}

bool
fsck_is_named(const struct err *e)
{
	return e->code == ERR_SYSTEM && (e->sys == ENOTDIR || e->sys == ELOOP);
}

/* Those that were too many, in one line for each check. */
static void
tell_more(struct findings *f, const struct project *p)
{
	for (size_t i = 0; i < FSCK_CHECKS && f->count[i].check != NULL; i++) {
		size_t more = f->count[i].more;

		f->count[i].n = 0;
		if (more > 0)
			fsck_add(f, f->count[i].check, 0, p->dir, "and %zu more: mend these, and check "
			    "again", more);
	}
}

size_t
fsck_unfixed(const struct findings *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += !f->v[i].fixed;
	return n;
}

void
fsck_release(struct findings *f)
{
	fsck_forget(f, 0);
	free(f->v);
	free(f->mend);
	fsck_archive_release(f);
	*f = (struct findings){ 0 };
}

struct val *
fsck_value(const struct finding *f)
{
	struct val *v = val_map();

	val_add(v, "schema", val_int(1));
	val_add(v, "check", val_str(f->check));
	val_add(v, "place", val_str(f->place));
	val_add(v, "message", val_str(f->message));
	if (f->task != 0)
		val_add(v, "task", val_int(f->task));
	val_add(v, "fixable", val_bool(f->fixable));
	val_add(v, "fixed", val_bool(f->fixed));
	return v;
}

/* One check that could not be made keeps none of the others from being made. */
struct first {
	struct err *e;
	int r;
};

static void
note(struct first *first, int r, const struct err *e)
{
	if (r == -1 && first->r == 0) {
		*first->e = *e;
		first->r = -1;
	}
}

const struct tasks *
fsck_now(const struct project *p, const struct tasks *seen, struct tasks *now, struct err *e)
{
	struct fs_file file = { .dirfd = -1 };
	struct buf text = { 0 };
	bool same = seen != NULL && fs_open(&file, p->tasks, e) == 0 &&
	    fs_load(&file, &text, e) == 0 && text.len == seen->text.len &&
	    memcmp(buf_str(&text), buf_str(&seen->text), text.len) == 0;

	buf_release(&text);
	fs_close(&file);
	if (same)
		return seen;
	return store_read(p, now, e) == 0 ? now : NULL;
}

/* What depends on the tasks; false: there is no picture of them. */
static bool
check_tasks(struct findings *f, struct project *p, struct tasks *tasks, struct first *first)
{
	struct store_refused refused = { 0 };
	struct err bad = { 0 }, one = { 0 };
	bool sound = store_read_file(p, tasks, &refused, &bad) == 0;

	/* What the system refused is no finding about the file. */
	if (!sound && bad.code == ERR_SYSTEM)
		note(first, fsck_is_named(&bad) ? 0 : -1, &bad);
	else
		fsck_schema(f, p, sound ? tasks : NULL, &refused, &bad);
	store_refused_release(&refused);
	if (sound) {
		fsck_links(f, tasks);
		note(first, fsck_attempts(f, p, tasks, &one), &one);
		fsck_worktrees(f, p, tasks);
	}
	return sound;
}

static int
check_generations(struct findings *f, const struct project *p, struct err *e)
{
	struct fsck_backups list = { 0 };
	struct err bad = { 0 };
	int r = fsck_backups(&list, p, false, &bad);

	if (r == 0)
		r = fsck_verify(f, NULL, p, &list, &bad);
	if (r == -1)
		*e = bad;
	fsck_backups_release(&list);
	return r;
}

int
fsck_generations(struct findings *f, const struct project *p, struct err *e)
{
	int r = check_generations(f, p, e);

	if (r == -1 && e->code == ERR_INVALID) {
		fsck_add_err(f, "backup", 0, path_base(p->tasks), e);
		r = 0;
	}
	return r;
}

int
fsck_project(struct findings *f, struct project *p, struct err *e)
{
	struct first first = { .e = e };
	struct tasks tasks = { 0 };
	const struct tasks *readable;
	struct err one = { 0 };
	bool settled;

	note(&first, fsck_beside(f, p, &one), &one);
	settled = fsck_unfixed(f) == 0;
	note(&first, fsck_archive(f, p, &one), &one);
	readable = check_tasks(f, p, &tasks, &first) ? &tasks : NULL;
	note(&first, fsck_processes(f, p, &one), &one);
	note(&first, fsck_events(f, p, settled ? readable : NULL, &one), &one);
	note(&first, fsck_groups(f, p, &one), &one);
	fsck_clock(f, p, readable);
	note(&first, fsck_places(f, p, &one), &one);
	note(&first, fsck_disk(f, p, &one), &one);
	if (!f->unset) {
		note(&first, fsck_setup(f, p, readable, &one), &one);
		fsck_jobs(f, p, readable);
	}
	if (readable != NULL)
		tasks_release(&tasks);
	/* The last, since they may take as much room as the picture did.  What is no folder
	 * or no file was named already. */
	note(&first, fsck_mend(f, p, &one), &one);
	if (check_generations(f, p, &one) == -1 && !fsck_is_named(&one) && one.code != ERR_INVALID)
		note(&first, -1, &one);
	tell_more(f, p);
	return first.r;
}
