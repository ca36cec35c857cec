#include "work/plan_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/val.h"
#include "task/archive.h"
#include "task/circle.h"
#include "task/graph.h"
#include "task/store.h"
#include "work/plan_import.h"
#include "work/propagate.h"

static const char *const verdicts[] = {
	[PLAN_PASS] = "pass", [PLAN_WARN] = "warn", [PLAN_FAIL] = "fail",
	[PLAN_SKIPPED] = "skipped", [PLAN_PENDING] = "pending",
};

const char *
plan_verdict_name(enum plan_verdict v)
{
	return verdicts[v];
}

static enum plan_verdict
verdict_of(const struct task *t)
{
	switch (t->status) {
	case ST_DONE:
		return task_count(t, F_REMAINING) + task_count(t, F_WARNINGS) > 0 ? PLAN_WARN : PLAN_PASS;
	case ST_FAILED:
		return PLAN_FAIL;
	case ST_SKIPPED:
	case ST_CANCELLED:
		return PLAN_SKIPPED;
	default:
		return PLAN_PENDING;
	}
}

static bool
is_bad(enum plan_verdict v)
{
	return v == PLAN_FAIL || v == PLAN_SKIPPED;
}

static int
compare(const void *a, const void *b)
{
	const struct plan_line *x = a, *y = b;

	return x->task->id < y->task->id ? -1 : x->task->id > y->task->id;
}

/* Of the archive the newest copy, of what the file does not have. */
static bool
counts(const struct task *t, const struct tasks *file, const struct archive *archive)
{
	return archive == NULL ||
	    (tasks_find(file, t->id) == NULL && archive_find(archive, t->id) == t);
}

static void
find_in(struct plan_state *s, const struct tasks *tasks, const struct tasks *file,
    const struct archive *archive)
{
	size_t len = strlen(s->name);

	for (size_t i = 0; i < tasks->n; i++) {
		const struct task *t = &tasks->v[i];
		const char *plan = task_text(t, F_PLAN), *name;

		if (plan == NULL || strcmp(plan, s->name) != 0 ||
		    !counts(t, file, archive))
			continue;
		name = task_text(t, F_KEY);
		if (name != NULL && str_starts(name, s->name) && name[len] == '/')
			name += len + 1;
		s->v = vec_room(s->v, &s->cap, s->n, sizeof *s->v);
		s->v[s->n++] = (struct plan_line){ .task = t, .verdict = verdict_of(t), .wave = 1,
			.name = name ? name : task_text(t, F_TITLE) };
	}
}

static struct plan_line *
line_of(const struct plan_state *s, int64_t id)
{
	const struct task key = { .id = id };
	const struct plan_line wanted = { .task = &key };

	return bsearch(&wanted, s->v, s->n, sizeof *s->v, compare);
}

/* A person may have closed a ring by hand: then all are of the first wave, and none runs. */
static void
find_waves(struct plan_state *s)
{
	struct graph *g = graph_new();
	struct vec_id ids = { 0 }, waves = { 0 }, needs = { 0 };
	const struct plan_line *on;

	for (size_t i = 0; i < s->n; i++) {
		graph_node(g, s->v[i].task->id);
		needs.n = 0;
		task_ids(s->v[i].task, F_DEPENDS_ON, &needs);
		for (size_t k = 0; k < needs.n; k++) {
			if ((on = line_of(s, needs.v[k])) == NULL)
				continue;
			graph_edge(g, s->v[i].task->id, needs.v[k]);
			s->v[i].doomed = s->v[i].doomed || is_bad(on->verdict);
		}
	}
	if (graph_waves(g, &ids, &waves) == 0)
		for (size_t i = 0; i < s->n; i++)
			s->v[i].wave = waves.v[i];
	vec_id_release(&ids);
	vec_id_release(&waves);
	vec_id_release(&needs);
	graph_free(g);
}

static void
find_held(struct plan_state *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct plan_line *line = &s->v[i];
		const char *reason = task_text(line->task, F_REASON);
		char *held = plan_held(s->name, line->wave);

		line->held = line->task->status == ST_NEEDS_REVIEW && reason != NULL &&
		    strcmp(reason, held) == 0;
		if (line->held && (s->held == 0 || line->wave < s->held))
			s->held = line->wave;
		free(held);
	}
	for (size_t i = 0; i < s->n; i++)
		s->before += s->v[i].wave < s->held && s->v[i].verdict == PLAN_PENDING;
}

int
plan_state(struct plan_state *s, const struct tasks *tasks, struct archive_lookup *lookup,
    const char *name, struct err *e)
{
	const struct archive *archive = archive_ask_all(lookup);

	*s = (struct plan_state){ .name = xstrdup(name) };
	if (archive_failed(lookup, e) == -1)
		goto failed;
	find_in(s, tasks, tasks, NULL);
	for (size_t i = archive->n; i-- > 0;)
		find_in(s, archive->v[i].tasks, tasks, archive);
	if (s->n == 0) {
		err_set(e, ERR_USAGE, "no task is of the plan '%.64s'", name);
		goto failed;
	}
	qsort(s->v, s->n, sizeof *s->v, compare);
	find_waves(s);
	find_held(s);
	for (size_t i = 0; i < s->n; i++)
		s->sum[s->v[i].verdict]++;
	return 0;
failed:
	plan_state_release(s);
	return -1;
}

void
plan_state_release(struct plan_state *s)
{
	free(s->name);
	free(s->v);
	*s = (struct plan_state){ 0 };
}

int
plan_look(struct plan_look *l, const struct project *p, const char *name, struct err *e)
{
	*l = (struct plan_look){ 0 };
	if (store_read(p, &l->tasks, e) == -1)
		return -1;
	l->archive = archive_lookup_new(p);
	if (plan_state(&l->state, &l->tasks, l->archive, name, e) == 0)
		return 0;
	plan_look_end(l);
	return -1;
}

void
plan_look_end(struct plan_look *l)
{
	plan_state_release(&l->state);
	tasks_release(&l->tasks);
	archive_lookup_free(l->archive);
	*l = (struct plan_look){ 0 };
}

int
plan_state_exit(const struct plan_state *s)
{
	if (s->sum[PLAN_FAIL] + s->sum[PLAN_SKIPPED] > 0)
		return err_exit(ERR_FAILED);
	return s->sum[PLAN_PENDING] > 0 ? err_exit(ERR_NO) : 0;
}

int
plan_state_circle(const struct plan_state *s, const struct tasks *tasks, struct err *e)
{
	struct circles c;
	size_t n = 0;
	int64_t first = 0;
	int r = 0;

	circles_find(&c, tasks);
	for (size_t i = 0; i < s->n; i++)
		if (circles_have(&c, s->v[i].task->id) && n++ == 0)
			first = s->v[i].task->id;
	if (n > 0 && n == s->sum[PLAN_PENDING])
		r = circles_refuse(&c, first, e);
	circles_release(&c);
	return r;
}

/* ---- approval ---- */

struct approving {
	const struct project *p;
	const char *name;
	struct vec_id *ids;
};

static int
let_go(struct change *c, const struct plan_state *s, struct vec_id *ids, struct err *e)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct task *t = s->v[i].task;
		struct state_facts facts = { .has_agent = task_is_set(t, F_AGENT) };

		if (!s->v[i].held || s->v[i].wave != s->held)
			continue;
		if (change_event(c, t->id, EV_RETRY, &facts, NULL, "its wave is approved", e) == -1)
			return -1;
		vec_id_push(ids, t->id);
	}
	return 0;
}

static int
approve(struct change *c, void *arg, struct err *e)
{
	const struct approving *a = arg;
	struct plan_state s;
	struct vec_id bad = { 0 };
	int r = -1;

	a->ids->n = 0;
	if (plan_state(&s, change_tasks(c), change_archive(c), a->name, e) == -1)
		return -1;
	if (s.held != 0 && s.before > 0) {
		err_set(e, ERR_BUSY, "%zu tasks before wave %lld have not ended", s.before,
		    (long long)s.held);
		goto done;
	}
	if (let_go(c, &s, a->ids, e) == -1)
		goto done;
	/* While they were parked they could not be skipped for what ended badly before them. */
	for (size_t i = 0; i < s.n; i++)
		if (a->ids->n > 0 && is_bad(s.v[i].verdict))
			vec_id_push(&bad, s.v[i].task->id);
	r = bad.n > 0 ? propagate(c, a->p, &bad, NULL, e) : 0;
done:
	vec_id_release(&bad);
	plan_state_release(&s);
	return r;
}

int
plan_approve(struct project *p, const struct store_opts *opts, const char *name,
    struct vec_id *ids, struct err *e)
{
	struct approving a = { p, name, ids };
	struct plan_look l;
	int64_t held;

	/* Where nothing is held no lock is taken. */
	if (plan_look(&l, p, name, e) == -1)
		return -1;
	held = l.state.held;
	plan_look_end(&l);
	return held != 0 ? store_update(p, opts, approve, &a, e) : 0;
}
