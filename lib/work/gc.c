#include "work/gc.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/config.h"
#include "task/project.h"
#include "task/task.h"

int64_t
gc_age(const struct gc *gc, const char *key)
{
	return gc->wish->older >= 0 ? gc->wish->older : config_int(&gc->p->config, key) / 1000;
}

int64_t
gc_since(const struct gc *gc, const struct task *t)
{
	struct val *history = task_value(t, F_HISTORY);
	const char *text = NULL;
	int64_t at;

	if (history != NULL && history->kind == VAL_LIST && history->n > 0)
		text = val_text(val_get(history->v[history->n - 1], "at"));
	if (text == NULL || clock_parse(text, &at) == -1)
		at = task_time(t, F_UPDATED_AT, task_time(t, F_CREATED_AT, gc->now));
	val_free(history);
	return at;
}

static void
add(struct gc *gc, struct gc_thing thing)
{
	struct gc_report *r = gc->report;

	r->v = vec_room(r->v, &r->cap, r->n, sizeof *r->v);
	r->v[r->n++] = thing;
}

void
gc_gone(struct gc *gc, const char *kind, char *what, int64_t task, int64_t bytes)
{
	add(gc, (struct gc_thing){ .kind = kind, .what = what, .task = task, .bytes = bytes });
	if (!gc->wish->dry_run)
		log_write(&gc->p->log, LOG_INFO, task, 0, "%s %s: %s", kind, what,
		    strcmp(kind, "task") == 0 ? "archived" : "removed");
}

void
gc_kept(struct gc *gc, const char *kind, char *what, int64_t task, int64_t bytes, const char *why)
{
	add(gc, (struct gc_thing){ .kind = kind, .what = what, .task = task, .bytes = bytes,
	    .kept = xstrdup(why) });
}

void
gc_failed(struct gc *gc, const char *kind, char *what, int64_t task, const struct err *e)
{
	add(gc, (struct gc_thing){ .kind = kind, .what = what, .task = task, .bytes = -1,
	    .kept = xstrdup(e->msg), .code = e->code });
}

void
gc_release(struct gc_report *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->v[i].what);
		free(r->v[i].kept);
	}
	free(r->v);
	*r = (struct gc_report){ 0 };
}

struct val *
gc_value(const struct gc_thing *t)
{
	struct val *v = val_map();

	val_add(v, "schema", val_int(1));
	val_add(v, "kind", val_str(t->kind));
	val_add(v, "what", val_str(t->what));
	if (t->task != 0)
		val_add(v, "task", val_int(t->task));
	if (t->bytes >= 0)
		val_add(v, "bytes", val_int(t->bytes));
	if (t->kept != NULL)
		val_add(v, "kept", val_str(t->kept));
	return v;
}

static int
runs_and_calls(struct gc *gc, struct err *e)
{
	return gc_runs(gc, e) == -1 ? -1 : gc_calls(gc, e);
}

/*
 * Work trees come before the run folders, whose locks guard them.  Who finds the project
 * locked once does not wait for it three times more.
 */
int
gc_run(struct project *p, const struct gc_wish *wish, struct gc_report *report, struct err *e)
{
	static int (*const kinds[])(struct gc *, struct err *) = {
		gc_archive, gc_worktrees, runs_and_calls, gc_logs,
	};
	struct gc gc = { .p = p, .wish = wish, .report = report, .now = clock_now() };
	struct err one;
	int r = 0;

	if (!wish->dry_run && project_prepare(p, e) == -1)
		return -1;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		one = (struct err){ 0 };
		if ((wish->kinds & (1u << i)) == 0 || kinds[i](&gc, &one) == 0)
			continue;
		if (r == 0 || err_worse(err_exit(e->code), err_exit(one.code)) != err_exit(e->code))
			*e = one;
		r = -1;
		if (one.code == ERR_BUSY)
			break;
	}
	return r;
}
