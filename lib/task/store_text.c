/*
 * store_text - commits of another text than the file's: a former generation, or what came
 * of an editor
 */
#include <string.h>

#include "base/err.h"
#include "base/vec.h"
#include "sys/path.h"
#include "task/change.h"
#include "task/merge_impl.h"
#include "task/project.h"
#include "task/store_impl.h"

/* The text that is current: the file's, or what takes its place anyway. */
static const struct buf *
current_text(const struct store *s)
{
	return s->known ? &s->disk : &s->found.text;
}

/* From now on `text` (taken over) is what is to be written, of what was found nothing. */
static void
go_on_with(struct store *s, struct buf *text)
{
	buf_release(&s->found.text);
	s->found.text = *text;
	s->found.rewrite = text->len != s->disk.len ||
	    memcmp(buf_str(text), buf_str(&s->disk), text->len) != 0;
	*text = (struct buf){ 0 };
	s->known = false;
}

struct restore {
	int64_t gen;
};

/*
 * A file that cannot be read any more says nothing of tasks in progress: the newest
 * generation does, and to bring that one itself back takes no attempt its task away.
 */
static int
refuse_progress(const struct store *s, int64_t gen, struct err *e)
{
	struct tasks tasks = { 0 };
	struct buf newest = { 0 };
	struct err ignored = { 0 };
	int64_t any = 0;
	int r = 0;

	if (s->disk.len == 0 ||
	    tasks_view(&tasks, &s->disk, path_base(s->p->tasks), &ignored) == -1) {
		tasks = (struct tasks){ 0 };
		if (gen == 0 || found_newest(s->p, &s->last, &any, &newest, &ignored) != 0 ||
		    tasks_view(&tasks, &newest, path_base(s->p->tasks), &ignored) == -1)
			goto done;
	}
	for (size_t i = 0; i < tasks.n && r == 0; i++)
		if (tasks.v[i].status == ST_IN_PROGRESS)
			r = err_set(e, ERR_BUSY, "task %lld is in progress: cancel it first, or "
			    "wait until it has ended", (long long)tasks.v[i].id);
	tasks_release(&tasks);
done:
	buf_release(&newest);
	return r;
}

/* What a person can read is a generation when it gives way; else it is evidence. */
static bool
is_readable(const struct store *s)
{
	struct err ignored = { 0 };

	return s->known || tasks_check(&s->disk, path_base(s->p->tasks), &ignored) == 0;
}

static int
from_generation(struct store *s, void *arg, struct err *e)
{
	struct restore *r = arg;
	struct buf text = { 0 };
	int64_t gen = r->gen;
	int got;

	if (refuse_progress(s, r->gen, e) == -1)
		return -1;
	got = found_newest(s->p, &s->last, &gen, &text, e);
	if (got == 0 && r->gen != 0 && gen != r->gen)
		got = 1;
	if (got == 1)
		err_set(e, r->gen == 0 ? ERR_INVALID : ERR_USAGE, r->gen == 0 ?
		    "there is no generation to restore" : "there is no valid generation %lld",
		    (long long)r->gen);
	if (got == 0) {
		r->gen = gen;
		s->found.kind = is_readable(s) ? FOUND_FIRST : FOUND_DAMAGED;
		s->found.gen = gen;
		s->found.asked = true;
		go_on_with(s, &text);
	}
	buf_release(&text);
	return got == 0 ? 0 : -1;
}

static int
tell_restored(struct change *c, void *arg, struct err *e)
{
	const struct restore *r = arg;

	(void)e;
	change_restored(c, r->gen);
	return 0;
}

int
store_restore(struct project *p, const struct store_opts *opts, int64_t gen, int64_t *restored,
    struct err *e)
{
	struct restore r = { gen };

	if (store_run(p, opts, from_generation, &r, tell_restored, &r, e) == -1)
		return -1;
	*restored = r.gen;
	return 0;
}

struct sides {
	const struct buf *base, *mine;
	struct tasks now;	/* the file before */
	struct vec_id *changed;
};

static int
from_merge(struct store *s, void *arg, struct err *e)
{
	struct sides *sides = arg;
	const char *name = path_base(s->p->tasks);
	struct tasks base = { 0 }, mine = { 0 };
	struct buf merged = { 0 }, now = { 0 };
	int r = -1;

	tasks_release(&sides->now);
	if (store_from_file(s, NULL, e) == -1)
		goto done;
	/* It is asked again when that text has given way. */
	buf_append(&now, buf_str(current_text(s)), current_text(s)->len);
	if (tasks_load(&sides->now, &now, name, e) == -1 ||
	    tasks_view(&mine, sides->mine, name, e) == -1 ||
	    tasks_view(&base, sides->base, name, e) == -1 ||
	    merge_tasks(&base, &sides->now, &mine, name, &merged, &s->found.notes, e) == -1)
		goto done;
	go_on_with(s, &merged);
	r = 0;
done:
	tasks_release(&base);
	tasks_release(&mine);
	buf_release(&merged);
	return r;
}

/* A status that a person wrote is told of as it is when it is found in the file. */
static int
tell_merged(struct change *c, void *arg, struct err *e)
{
	const struct sides *sides = arg;
	const struct tasks *tasks = change_tasks(c);

	(void)e;
	sides->changed->n = 0;
	for (size_t i = 0; i < tasks->n; i++) {
		const struct task *t = &tasks->v[i], *was = tasks_find(&sides->now, t->id);

		if (was != NULL && !pair_changed(was, t))
			continue;
		vec_id_push(sides->changed, t->id);
		if (was != NULL && was->status != t->status)
			found_tell_hand(c, t->id, was->status, t->status);
	}
	return 0;
}

int
store_merge(struct project *p, const struct store_opts *opts, const struct buf *base,
    const struct buf *mine, struct vec_id *changed, struct err *e)
{
	struct sides sides = { .base = base, .mine = mine, .changed = changed };
	int r = store_run(p, opts, from_merge, &sides, tell_merged, &sides, e);

	tasks_release(&sides.now);
	return r;
}
