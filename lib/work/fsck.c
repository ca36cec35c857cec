#include "work/fsck.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/project.h"
#include "task/store.h"
#include "task/task.h"
#include "work/fsck_backup.h"
#include "work/fsck_mend.h"
#include "work/oneline.h"

static void
add(struct findings *f, const char *check, int64_t task, const char *place, size_t len,
    const char *message)
{
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
		free(f->v[f->n].place);
		free(f->v[f->n].message);
	}
}

bool
fsck_may_fix(struct findings *f)
{
	f->v[f->n - 1].fixable = true;
	return f->fix;
}

void
fsck_fixed(struct findings *f)
{
	f->v[f->n - 1].fixed = true;
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

/* What depends on the tasks; false: what is shown of them does not stand in the file. */
static bool
check_tasks(struct findings *f, struct project *p, struct tasks *tasks,
    const struct tasks **readable, struct first *first)
{
	struct err bad = { 0 }, one = { 0 };
	int r = store_read_file(p, tasks, &bad), sound = 0;

	*readable = r == 0 ? tasks : NULL;
	/* What the system refused is no finding about the file. */
	if (r == -1 && bad.code == ERR_SYSTEM)
		note(first, -1, &bad);
	else
		note(first, sound = fsck_schema(f, p, *readable, r == 0 ? NULL : &bad, &one), &one);
	if (r == 0) {
		fsck_links(f, tasks);
		note(first, fsck_attempts(f, p, tasks, &one), &one);
	}
	return sound == 1;
}

int
fsck_generations(struct findings *f, const struct project *p, struct err *e)
{
	struct fsck_backups list = { 0 };
	struct err bad = { 0 };
	int r = fsck_backups(&list, p, &bad);

	if (r == 0)
		r = fsck_verify(f, NULL, p, &list, &bad);
	if (r == -1)
		*e = bad;
	fsck_backups_release(&list);
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
	settled = check_tasks(f, p, &tasks, &readable, &first) && settled;
	note(&first, fsck_processes(f, p, &one), &one);
	note(&first, fsck_events(f, p, settled, &one), &one);
	fsck_clock(f, p, readable);
	note(&first, fsck_mend(f, p, &one), &one);
	note(&first, fsck_places(f, p, &one), &one);
	/* What is no folder was named already. */
	if (fsck_generations(f, p, &one) == -1 && one.sys != ENOTDIR && one.sys != ELOOP)
		note(&first, -1, &one);
	note(&first, fsck_disk(f, p, &one), &one);
	note(&first, fsck_setup(f, p, readable, &one), &one);
	if (readable != NULL)
		tasks_release(&tasks);
	return first.r;
}
