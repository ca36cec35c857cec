#include "work/plan_run.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/num.h"
#include "base/vec.h"
#include "sys/watch.h"
#include "task/archive.h"
#include "task/project.h"
#include "task/ready.h"
#include "task/store.h"
#include "work/plan_state.h"
#include "work/suite.h"

#define LOOK_MS	 5000	/* until the tasks are looked at again when nothing is heard of them */
#define RETRY_MS 60000

/* FNV-1a over what moves when something happens, also to children of the plan's tasks. */
static uint64_t
print_of(const struct tasks *tasks)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < tasks->n; i++) {
		const struct task *t = &tasks->v[i];
		const int64_t words[] = { t->id, (int64_t)t->status, task_int(t, F_ATTEMPTS, 0),
			task_time(t, F_RETRY_AT, 0) };

		for (size_t k = 0; k < sizeof words / sizeof *words; k++)
			h = (h ^ (uint64_t)words[k]) * UINT64_C(0x100000001b3);
	}
	return h;
}

struct running {
	struct project *p;
	const struct store_opts *store;
	const struct plan_run_opts *opts;
	int64_t deadline;	/* clock_mono; 0: none */
	int status;		/* how the last orch-run, or orch-route, ended */
	int stopped;		/* the signal that asked us to */
};

static int64_t
left_ms(int64_t deadline, int64_t most)
{
	int64_t left = deadline - clock_mono();

	if (deadline == 0 || left > most)
		return most;
	return left > 0 ? left : 0;
}

/* ---- the programs ---- */

/* Runs orch-NAME for those tasks, with what it may print going to `out`. */
static int
call(struct running *r, const char *name, const char *selector, int out, struct err *e)
{
	struct vec_str words = { 0 };
	char span[NUM_DURATION_MAX];
	int bad;

	if (r->opts->quiet)
		vec_str_push(&words, "-q");
	if (r->opts->verbose)
		vec_str_push(&words, "-v");
	if (strcmp(name, "run") == 0 && r->opts->jobs != NULL) {
		vec_str_push(&words, "-j");
		vec_str_push(&words, r->opts->jobs);
	}
	if (strcmp(name, "run") == 0 && r->deadline != 0) {
		num_duration_text(left_ms(r->deadline, r->opts->timeout_ms) + 1, span);
		vec_str_push(&words, "--timeout");
		vec_str_push(&words, span);
	}
	vec_str_push(&words, strcmp(name, "route") == 0 ? "@new" : "@routed,in_progress");
	vec_str_push(&words, selector);
	bad = suite_run(r->p, name, &words, out, &r->status, &r->stopped, e);
	vec_str_release(&words);
	return bad;
}

/* Are there tasks that no agent was chosen for, or that run or could run?  `tree` selects
 * what the tasks that wait for children have below them, "": none does. */
static void
find_work(const struct plan_look *l, const struct project *p, bool *unrouted, bool *work,
    struct buf *tree)
{
	struct ready_rules rules = { .project = p, .now = clock_now(), .archive = l->archive,
		.aging_hours = config_int(&p->config, "aging_hours") };
	struct vec_id ready = { 0 };

	*unrouted = *work = false;
	ready_list(&l->tasks, &rules, &ready);
	vec_id_sort(&ready);
	for (size_t i = 0; i < l->state.n; i++) {
		const struct task *t = l->state.v[i].task;

		*unrouted = *unrouted || t->status == ST_NEW;
		*work = *work || t->status == ST_IN_PROGRESS ||
		    vec_id_has_sorted(&ready, t->id);
		if (t->status == ST_BLOCKED)
			buf_printf(tree, "%s%lld", tree->len > 0 ? "," : "tree=", (long long)t->id);
	}
	vec_id_release(&ready);
}

/* An agent for those that have none, whose ids are for nobody else yet; then an attempt. */
static int
route_and_run(struct running *r, const char *selector, bool route, struct err *e)
{
	int null, bad = 0;

	if (route) {
		if ((null = open("/dev/null", O_WRONLY | O_CLOEXEC)) == -1)
			return err_sys(e, "cannot open '/dev/null'");
		bad = call(r, "route", selector, null, e);
		close(null);
	}
	return bad == -1 || r->stopped != 0 ? bad : call(r, "run", selector, STDOUT_FILENO, e);
}

/* 1: something was called, 0: there is nothing to call for. */
static int
work(struct running *r, const struct plan_look *l, struct err *e)
{
	char *plan = xasprintf("plan=%s", r->opts->name);
	struct buf tree = { 0 };
	bool unrouted, runs;
	int bad = 0;

	r->status = 0;
	find_work(l, r->p, &unrouted, &runs, &tree);
	if (unrouted || runs)
		bad = route_and_run(r, plan, unrouted, e);
	if (bad == 0 && r->stopped == 0 && tree.len > 0)
		bad = route_and_run(r, buf_str(&tree), true, e);
	runs = runs || unrouted || tree.len > 0;
	buf_release(&tree);
	free(plan);
	return bad == -1 ? -1 : runs;
}

/* ---- between two calls ---- */

/* How many of the wave there are, and how many of them would run. */
static size_t
count_held(const struct plan_state *s, size_t *run)
{
	size_t n = 0;

	*run = 0;
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].held && s->v[i].wave == s->held) {
			n++;
			*run += !s->v[i].doomed;
		}
	return n;
}

static int
approve(struct running *r, const struct plan_state *s, struct err *e)
{
	struct vec_id ids = { 0 };
	size_t run, n = count_held(s, &run);
	char *question = xasprintf("wave %lld of plan %s: run %zu of its %zu tasks?",
	    (long long)s->held, s->name, run, n);
	int bad;

	/* What would be skipped at once is nothing to ask a person about, nor approved by one:
	 * it stays parked, so that it is asked for when what it needs is back. */
	if (run == 0 && !r->opts->yes)
		bad = err_set(e, ERR_FAILED, "wave %lld of plan %s stays parked: what it needs ended "
		    "badly (orch-retry puts that back)", (long long)s->held, s->name);
	else if (!r->opts->yes && !r->opts->ask(question))
		bad = err_set(e, ERR_FAILED, "wave %lld of plan %s waits for approval, %zu tasks: "
		    "--yes, or orch-plan approve %s", (long long)s->held, s->name, n, s->name);
	else
		bad = plan_approve(r->p, r->store, r->opts->name, &ids, e);
	free(question);
	vec_id_release(&ids);
	return bad;
}

/* Milliseconds until a task may be tried again, or somebody else's attempt is looked at
 * again; -1: nothing will go on by itself. */
static int64_t
pause_of(const struct plan_look *l)
{
	int64_t now = clock_now(), pause = -1;
	struct ready_rules rules = { .now = now, .archive = l->archive };
	struct ready_rules later = rules;

	later.ignore_retry_at = 1;
	for (size_t i = 0; i < l->state.n; i++) {
		const struct task *t = l->state.v[i].task;
		int64_t ms = -1;

		if (t->status == ST_IN_PROGRESS)
			ms = LOOK_MS;
		else if (t->status == ST_ROUTED && !ready_why(&l->tasks, t, &rules, NULL) &&
		    ready_why(&l->tasks, t, &later, NULL))
			ms = (task_time(t, F_RETRY_AT, now) - now) * 1000;
		if (ms >= 0 && (pause == -1 || ms < pause))
			pause = ms;
	}
	return pause > RETRY_MS ? RETRY_MS : pause;
}

static int
watch_project(struct watch *w, const struct project *p, struct err *e)
{
	int fd = open(p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;

	if (fd == -1)
		return err_sys(e, "cannot open '%s'", p->dir);
	if ((r = watch_open(w, e)) == 0)
		r = watch_add(w, fd, ".", e);
	close(fd);
	return r;
}

static int
wait_for_news(struct watch *w, int64_t deadline, int64_t ms, struct err *e)
{
	return watch_wait(w, (int)left_ms(deadline, ms), e) == -1 ? -1 : 0;
}

/* What is pending stays so: why? */
static int
give_up(const struct running *r, const struct plan_look *l, struct err *e)
{
	if (plan_state_circle(&l->state, &l->tasks, e) == -1)
		return -1;
	if (r->stopped != 0 || (r->status != 0 && r->status != 1 && r->status != 69))
		return r->stopped != 0 ? 75 : r->status;
	return l->state.sum[PLAN_PENDING] > 0 ? 69 : plan_state_exit(&l->state);
}

/* One turn: -2 go on, -1 error, else the exit status. */
static int
turn(struct running *r, struct watch *w, uint64_t *last, struct err *e)
{
	struct plan_look l;
	int64_t pause;
	uint64_t now;
	int did = 0, status = -2;

	if (plan_look(&l, r->p, r->opts->name, e) == -1)
		return -1;
	now = print_of(&l.tasks);
	if (l.state.sum[PLAN_PENDING] == 0)
		status = plan_state_exit(&l.state);
	else if (r->stopped != 0)
		status = 75;
	else if (r->deadline != 0 && clock_mono() >= r->deadline)
		status = 124;
	/* Nothing has moved since the last call: another one would move nothing either. */
	if (status == -2 && now != *last)
		did = work(r, &l, e);
	*last = now;
	if (status != -2 || did != 0) {
		status = did == -1 ? -1 : status;
	} else if (l.state.held != 0 && l.state.before == 0) {
		status = approve(r, &l.state, e) == -1 ? -1 : -2;
	} else if ((pause = pause_of(&l)) >= 0) {
		*last = 0;
		status = wait_for_news(w, r->deadline, pause, e) == -1 ? -1 : -2;
	} else {
		status = give_up(r, &l, e);
	}
	plan_look_end(&l);
	return status;
}

int
plan_run(struct project *p, const struct store_opts *store, const struct plan_run_opts *opts,
    struct err *e)
{
	struct running r = { .p = p, .store = store, .opts = opts };
	struct watch w = { .fd = -1 };
	uint64_t last = 0;
	int status = -1;

	if (opts->timeout_ms > 0)
		r.deadline = clock_mono() + opts->timeout_ms;
	if (watch_project(&w, p, e) == 0)
		do {
			status = turn(&r, &w, &last, e);
		} while (status == -2);
	watch_close(&w);
	return status;
}

/* ---- looking on ---- */

struct seen {
	int64_t id, attempts;
	enum status status;
};

struct following {
	struct seen *v;		/* by id */
	size_t n;
	plan_news *news;
	void *arg;
};

/* Both lists are sorted by id. */
static void
tell_moved(struct following *f, const struct plan_state *s)
{
	struct seen *now = xcalloc(s->n + 1, sizeof *now);
	size_t k = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct task *t = s->v[i].task;

		now[i] = (struct seen){ t->id, task_int(t, F_ATTEMPTS, 0), t->status };
		while (k < f->n && f->v[k].id < t->id)
			k++;
		if (k == f->n || f->v[k].id != t->id || f->v[k].status != t->status ||
		    f->v[k].attempts != now[i].attempts)
			f->news(f->arg, &s->v[i]);
	}
	free(f->v);
	f->v = now;
	f->n = s->n;
}

int
plan_follow(struct project *p, const char *name, int64_t timeout_ms, plan_news *fn, void *arg,
    struct err *e)
{
	int64_t deadline = timeout_ms > 0 ? clock_mono() + timeout_ms : 0;
	struct following f = { .news = fn, .arg = arg };
	struct watch w = { .fd = -1 };
	struct plan_look l;
	bool over = false;
	int status = watch_project(&w, p, e);

	while (status == 0 && !over && (status = plan_look(&l, p, name, e)) == 0) {
		tell_moved(&f, &l.state);
		over = l.state.sum[PLAN_PENDING] == 0;
		status = plan_state_circle(&l.state, &l.tasks, e);
		plan_look_end(&l);
		if (status == -1)
			break;
		if (!over && deadline != 0 && clock_mono() >= deadline)
			status = 124;
		else if (!over)
			status = wait_for_news(&w, deadline, LOOK_MS, e);
	}
	free(f.v);
	watch_close(&w);
	return status;
}
