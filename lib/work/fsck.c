#include "work/fsck.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/val.h"
#include "sys/path.h"
#include "task/project.h"
#include "task/store.h"
#include "task/task.h"
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
fsck_release(struct findings *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->v[i].place);
		free(f->v[i].message);
	}
	free(f->v);
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
	return v;
}

/* One check that could not be made keeps none of the others from being made. */
static void
keep_worst(struct err *first, const struct err *e)
{
	if (first->code == ERR_NONE)
		*first = *e;
}

int
fsck_project(struct findings *f, const struct project *p, struct err *e)
{
	struct tasks tasks = { 0 };
	const struct tasks *readable = &tasks;
	struct err first = { 0 }, one = { 0 };

	if (store_read_file(p, &tasks, &one) == -1) {
		readable = NULL;
		/* What the system refused is no finding about the file. */
		if (one.code == ERR_SYSTEM)
			keep_worst(&first, &one);
		else
			fsck_add_err(f, "schema", 0, path_base(p->tasks), &one);
	}
	if (readable != NULL && fsck_tasks(f, p, readable, &one) == -1)
		keep_worst(&first, &one);
	if (fsck_places(f, p, &one) == -1)
		keep_worst(&first, &one);
	if (fsck_setup(f, p, readable, &one) == -1)
		keep_worst(&first, &one);
	if (readable != NULL)
		tasks_release(&tasks);
	if (first.code == ERR_NONE)
		return 0;
	*e = first;
	return -1;
}
