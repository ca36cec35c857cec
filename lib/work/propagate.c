/*
 * Breadth first, along the dependencies as they were read and from child to parent.  The
 * list of what is left to look at grows by what moved; a task is moved at most once
 * in each direction, so that a ring comes to an end.
 */
#include "work/propagate.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/str.h"
#include "doc/val.h"
#include "task/archive.h"
#include "task/config.h"
#include "task/project.h"
#include "task/store.h"

/* `task` waits for `on`. */
struct wait {
	int64_t on, task;
};

struct spread {
	struct change *c;
	const struct project *p;
	struct propagated *out;
	struct vec_id left;		/* moved, and what followed from that so far */
	struct wait *waits;		/* sorted, once they are needed */
	size_t n, cap;
};

void
propagated_release(struct propagated *p)
{
	vec_id_release(&p->skipped);
	vec_id_release(&p->back);
	vec_id_release(&p->joined);
}

static bool
ended_badly(enum status status)
{
	return state_ended(status) && status != ST_DONE;
}

/* Of the file as it will be, else of the archive; ST_NONE: there is no such task. */
static enum status
status_of(const struct change *c, int64_t id)
{
	enum status status = change_status(c, id);
	const struct task *archived;

	if (status == ST_NONE && (archived = archive_ask(change_archive(c), id)) != NULL)
		status = archived->status;
	return status;
}

static void
followed(struct spread *s, struct vec_id *where, int64_t id)
{
	vec_id_push(where, id);
	vec_id_push(&s->left, id);
}

/* ---- who waits for whom ---- */

static int
compare(const void *a, const void *b)
{
	const struct wait *x = a, *y = b;

	if (x->on != y->on)
		return x->on < y->on ? -1 : 1;
	return x->task < y->task ? -1 : x->task > y->task;
}

static void
read_waits(struct spread *s)
{
	const struct tasks *tasks = change_tasks(s->c);
	struct vec_id ids = { 0 };

	for (size_t i = 0; i < tasks->n; i++) {
		ids.n = 0;
		task_ids(&tasks->v[i], F_DEPENDS_ON, &ids);
		for (size_t k = 0; k < ids.n; k++) {
			s->waits = vec_room(s->waits, &s->cap, s->n, sizeof *s->waits);
			s->waits[s->n++] = (struct wait){ ids.v[k], tasks->v[i].id };
		}
	}
	vec_id_release(&ids);
	if (s->n > 0)
		qsort(s->waits, s->n, sizeof *s->waits, compare);
	else
		s->waits = vec_room(s->waits, &s->cap, 0, sizeof *s->waits);
}

/* The place of the first that waits for the task, or the end. */
static size_t
first_wait(struct spread *s, int64_t on)
{
	size_t low = 0, high;

	if (s->waits == NULL)
		read_waits(s);
	for (high = s->n; low < high;) {
		size_t mid = low + (high - low) / 2;

		if (s->waits[mid].on < on)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* ---- skipped, and back ---- */

/* "task 3 is cancelled"; caller frees. */
static char *
blame(int64_t id, enum status status)
{
	return xasprintf("task %lld is %s", (long long)id, state_name(status));
}

static int
skip(struct spread *s, int64_t id, int64_t on, struct err *e)
{
	enum status next;
	struct err refused = { 0 };
	char *reason;
	int r;

	if (state_next(change_status(s->c, id), EV_SKIP, NULL, &next, &refused) == -1)
		return 0;
	reason = blame(on, status_of(s->c, on));
	if ((r = change_event(s->c, id, EV_SKIP, NULL, reason, reason, e)) == 0)
		followed(s, &s->out->skipped, id);
	free(reason);
	return r;
}

/* The first dependency that ended badly, and how; 0: there is none. */
static int64_t
to_blame(const struct change *c, int64_t id, enum status *how)
{
	struct vec_id ids = { 0 };
	int64_t found = 0;

	task_ids(tasks_find(change_tasks(c), id), F_DEPENDS_ON, &ids);
	for (size_t i = 0; i < ids.n && found == 0; i++)
		if (ended_badly(*how = status_of(c, ids.v[i])))
			found = ids.v[i];
	vec_id_release(&ids);
	return found;
}

/* Was it skipped because of that task?  Then its reason begins with its name. */
static bool
is_because_of(const struct change *c, int64_t id, int64_t on)
{
	struct val *reason = change_get(c, id, F_REASON);
	char *name = xasprintf("task %lld ", (long long)on);
	bool yes = change_status(c, id) == ST_SKIPPED && val_text(reason) != NULL &&
	    str_starts(val_text(reason), name);

	val_free(reason);
	free(name);
	return yes;
}

static int
unskip(struct spread *s, int64_t id, int64_t on, struct err *e)
{
	struct state_facts facts = { .has_agent = change_is_set(s->c, id, F_AGENT) };
	enum status how;
	char *text;
	int64_t other;
	int r;

	if (!is_because_of(s->c, id, on))
		return 0;
	if ((other = to_blame(s->c, id, &how)) != 0) {
		text = blame(other, how);
		r = change_set(s->c, id, F_REASON, val_str(text), e);
		free(text);
		return r;
	}
	text = xasprintf("task %lld is back", (long long)on);
	if ((r = change_event(s->c, id, EV_UNSKIP, &facts, NULL, text, e)) == 0)
		followed(s, &s->out->back, id);
	free(text);
	return r;
}

/* Did it end badly before this change? */
static bool
was_bad(const struct spread *s, int64_t id)
{
	const struct task *was = tasks_find(change_tasks(s->c), id);

	return was != NULL && ended_badly(was->status);
}

/* What waits for a done one needs nothing: it came back before that ran.  Unless a person
 * said that it is done. */
static int
dependants(struct spread *s, int64_t id, enum status status, struct err *e)
{
	bool bad = ended_badly(status);
	int r = 0;

	if ((status == ST_DONE && !was_bad(s, id)) || status == ST_BLOCKED)
		return 0;
	for (size_t k = first_wait(s, id); k < s->n && s->waits[k].on == id && r == 0; k++)
		r = bad ? skip(s, s->waits[k].task, id, e) : unskip(s, s->waits[k].task, id, e);
	return r;
}

/* ---- joins ---- */

struct family {
	size_t total, done, bad;	/* the others may still become done */
	int64_t first;			/* of the bad ones, 0: none */
	enum status how;
};

/* A child that is nowhere any more is one that will not be done. */
static void
count(const struct change *c, int64_t parent, struct family *f)
{
	struct val *children = change_get(c, parent, F_CHILDREN);

	*f = (struct family){ 0 };
	for (size_t i = 0; children != NULL && i < children->n; i++) {
		int64_t id = val_number(children->v[i], 0);
		enum status status = status_of(c, id);

		f->total++;
		f->done += status == ST_DONE;
		if (status != ST_NONE && !ended_badly(status))
			continue;
		if (f->bad++ == 0) {
			f->first = id;
			f->how = status;
		}
	}
	val_free(children);
}

/* How many must be done: all of them, unless `join` asks for less. */
static size_t
needed(const struct change *c, int64_t parent, size_t total)
{
	struct val *join = change_get(c, parent, F_JOIN);
	size_t n = total;

	if (val_text(join) != NULL && strcmp(val_text(join), "any") == 0)
		n = 1;
	else if (join != NULL && join->kind == VAL_INT && join->i > 0 && (uint64_t)join->i < n)
		n = (size_t)join->i;
	val_free(join);
	return n < total ? n : total;
}

static enum state_verdict
policy(const struct project *p)
{
	const char *word = config_text(&p->config, "children.on_failure");

	if (strcmp(word, "park") == 0)
		return VERDICT_PARK;
	return strcmp(word, "fail") == 0 ? VERDICT_FAIL : VERDICT_RETRY;
}

/* Neither met, nor out of reach. */
static bool
is_open(const struct change *c, int64_t parent, struct family *f, bool *met)
{
	size_t need;

	count(c, parent, f);
	need = needed(c, parent, f->total);
	*met = f->done >= need;
	return !*met && f->total - f->bad >= need;
}

/* "child 3 is failed", of the first that is bad; caller frees. */
static char *
blame_child(const struct family *f)
{
	return f->how == ST_NONE ? xasprintf("child %lld does not exist", (long long)f->first) :
	    xasprintf("child %lld is %s", (long long)f->first, state_name(f->how));
}

static int
join(struct spread *s, int64_t parent, struct err *e)
{
	struct state_facts facts = { .has_agent = change_is_set(s->c, parent, F_AGENT),
		.verdict = policy(s->p) };
	enum state_event event = EV_JOIN;
	struct family f;
	char *note, *bad = NULL;
	bool met;
	int r;

	if (change_status(s->c, parent) != ST_BLOCKED || is_open(s->c, parent, &f, &met))
		return 0;
	if (!met)
		event = EV_CHILD_FAILED;
	if (f.bad > 0)
		bad = blame_child(&f);
	note = xasprintf("joined: %zu of %zu children done%s%s", f.done, f.total, bad ? ", " : "",
	    bad ? bad : "");
	r = change_event(s->c, parent, event, &facts, met || facts.verdict == VERDICT_RETRY ? NULL : bad,
	    note, e);
	if (r == 0)
		followed(s, &s->out->joined, parent);
	free(bad);
	free(note);
	return r;
}

/* One that came back while it has children to wait for. */
static int
wait_again(struct spread *s, int64_t id, struct err *e)
{
	const struct task *was = tasks_find(change_tasks(s->c), id);
	struct family f;
	bool met;
	char *note;
	int r;

	if (was == NULL || !state_ended(was->status) || !is_open(s->c, id, &f, &met))
		return 0;
	note = xasprintf("waits for its children again: %zu of %zu done", f.done, f.total);
	r = change_event(s->c, id, EV_DELEGATE, NULL, NULL, note, e);
	free(note);
	return r;
}

static int
join_parent(struct spread *s, int64_t child, struct err *e)
{
	int64_t id = change_int(s->c, child, F_PARENT_ID);

	return id == 0 ? 0 : join(s, id, e);
}

/* ---- the list ---- */

static int
spread(struct spread *s, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < s->left.n && r == 0; i++) {
		int64_t id = s->left.v[i];
		enum status status = change_status(s->c, id);

		r = dependants(s, id, status, e);
		if (r == 0 && (status == ST_NEW || status == ST_ROUTED))
			r = wait_again(s, id, e);
		if (r == 0 && status == ST_BLOCKED)
			r = join(s, id, e);
		if (r == 0 && state_ended(status))
			r = join_parent(s, id, e);
	}
	free(s->waits);
	vec_id_release(&s->left);
	return r == -1 ? -1 : archive_failed(change_archive(s->c), e);
}

int
propagate(struct change *c, const struct project *p, const struct vec_id *moved,
    struct propagated *out, struct err *e)
{
	struct propagated ignored = { 0 };
	struct spread s = { .c = c, .p = p, .out = out ? out : &ignored };
	int r;

	for (size_t i = 0; i < moved->n; i++)
		vec_id_push(&s.left, moved->v[i]);
	r = spread(&s, e);
	propagated_release(&ignored);
	return r;
}

int
propagate_end(struct change *c, const struct project *p, int64_t task, struct err *e)
{
	enum status reached = change_status(c, task);
	struct vec_id moved = { 0 };
	int r;

	if (!state_ended(reached) && reached != ST_BLOCKED)
		return 0;
	vec_id_push(&moved, task);
	r = propagate(c, p, &moved, NULL, e);
	vec_id_release(&moved);
	return r;
}

/* ---- a tick ---- */

struct tick {
	const struct project *p;
	struct propagated *out;
};

/* Something follows only from these. */
static bool
matters(enum status status)
{
	return status == ST_BLOCKED || ended_badly(status);
}

/* Tasks that are skipped for one that is no longer to blame, as a hand edit leaves them. */
static int
find_back(struct spread *s, const struct task *t, struct err *e)
{
	struct vec_id ids = { 0 };
	int r = 0;

	task_ids(t, F_DEPENDS_ON, &ids);
	for (size_t i = 0; i < ids.n && r == 0; i++)
		if (!ended_badly(status_of(s->c, ids.v[i])))
			r = unskip(s, t->id, ids.v[i], e);
	vec_id_release(&ids);
	return r;
}

static int
all(struct change *c, void *arg, struct err *e)
{
	struct tick *t = arg;
	const struct tasks *tasks = change_tasks(c);
	struct spread s = { .c = c, .p = t->p, .out = t->out };
	int r = 0;

	propagated_release(t->out);
	*t->out = (struct propagated){ 0 };
	for (size_t i = 0; i < tasks->n && r == 0; i++) {
		if (matters(tasks->v[i].status))
			vec_id_push(&s.left, tasks->v[i].id);
		if (tasks->v[i].status == ST_SKIPPED)
			r = find_back(&s, &tasks->v[i], e);
	}
	return r == -1 ? -1 : spread(&s, e);
}

bool
propagate_may(const struct tasks *tasks)
{
	for (size_t i = 0; i < tasks->n; i++)
		if (matters(tasks->v[i].status))
			return true;
	return false;
}

int
propagate_all(struct project *p, const struct store_opts *opts, struct propagated *out,
    struct err *e)
{
	struct tick t = { p, out };
	struct tasks tasks = { 0 };
	bool any;

	if (store_read(p, &tasks, e) == -1)
		return -1;
	any = propagate_may(&tasks);
	tasks_release(&tasks);
	return any ? store_update(p, opts, all, &t, e) : 0;
}
