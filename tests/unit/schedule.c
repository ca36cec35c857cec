/*
 * schedule - random schedules of the real queue and the real claims, without a process
 *
 * A project with a few agents, slots and workers; callers that claim whenever they like;
 * attempts that end well or badly, lose their caller, or lose their keeper too; people who
 * add tasks and change what is urgent; a clock that is set.  Attempts are claimed by
 * attempt_claim(), so the file, the locks, the order and the commits are the real ones.
 * What an agent would do is left out: an attempt ends with the event that settling it
 * would have sent.
 *
 * Beside it the model has its own picture of the same, written down as plainly as can be:
 *
 *	- never more attempts at once than workers, nor of one agent than it has slots
 *	- no task twice at once, and its attempts are numbered without a gap
 *	- a claim gives the task that is first of those that can run, and none only if
 *	  there is none: nobody is held up by what cannot run
 *	- when nothing comes any more, all that can be done gets done
 *
 * What people may do comes as a line of actions[]; what keeps a task from running, as a
 * condition of may_run().  ORCH_TEST_TRIALS=N schedules, with LONG set 10,000.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/val.h"
#include "scratch.h"
#include "task/project.h"
#include "task/store.h"
#include "work/attempt.h"

#define AGENTS	  3
#define TASKS_MAX 40
#define RUNS_MAX  16
#define HOUR	  3600
#define DAY	  86400
#define BEGIN	  INT64_C(1767322800)	/* 2026-01-02 03:00 UTC */
#define AHEAD_MAX DAY			/* a retry_at further away was written by a wrong clock */

static const char *const agents[AGENTS] = { "one", "two", "three" };
static const char *const priorities[] = { "urgent", "high", "normal", "low" };

enum where { WAITS, RUNS, DONE, PARKED };

struct model_task {
	enum where where;
	int priority, agent, attempts;
	int64_t created, retry_at, after;	/* after: a task that must be done, 0 */
};

struct run {
	struct attempt attempt;
	bool alone;		/* its caller was killed */
};

struct sim {
	struct project project;
	uint64_t random;
	int64_t now;
	int aging, workers, slots[AGENTS];
	struct model_task task[TASKS_MAX + 1];	/* by id */
	int64_t tasks;
	struct run run[RUNS_MAX];
	int runs, most;
	int claims, refusals;
	char wrong[256];	/* the first thing that was, "" */
};

__attribute__((format(printf, 2, 3))) static void
wrong(struct sim *s, const char *fmt, ...)
{
	va_list ap;

	if (s->wrong[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(s->wrong, sizeof s->wrong, fmt, ap);
	va_end(ap);
}

/* splitmix64 */
static uint64_t
random64(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static int
draw(struct sim *s, int n)
{
	return (int)(random64(&s->random) % (uint64_t)n);
}

static void
set_clock(struct sim *s, int64_t now)
{
	char text[CLOCK_MAX];

	s->now = now;
	clock_format(now, text);
	setenv("ORCH_TEST_NOW", text, 1);
}

/* ---- what the model says ---- */

static int
running(const struct sim *s, int agent)
{
	int n = 0;

	for (int i = 0; i < s->runs; i++)
		n += agent == -1 || s->task[s->run[i].attempt.task].agent == agent;
	return n;
}

static bool
may_run(const struct sim *s, int64_t id)
{
	const struct model_task *t = &s->task[id];

	return t->where == WAITS &&
	    (t->after == 0 || s->task[t->after].where == DONE) &&
	    (t->retry_at <= s->now || t->retry_at > s->now + AHEAD_MAX) &&
	    running(s, t->agent) < s->slots[t->agent];
}

static int
raised(const struct sim *s, const struct model_task *t)
{
	int64_t steps = s->aging == 0 ? 0 : (s->now - t->created) / (s->aging * HOUR);

	return steps > t->priority ? 0 : t->priority - (int)steps;
}

static bool
is_sooner(const struct sim *s, const struct model_task *a, const struct model_task *b)
{
	if (raised(s, a) != raised(s, b))
		return raised(s, a) < raised(s, b);
	return a->created < b->created;
}

/* The task that the next claim must give, 0: none. */
static int64_t
first(const struct sim *s)
{
	int64_t best = 0;

	for (int64_t id = 1; running(s, -1) < s->workers && id <= s->tasks; id++)
		if (may_run(s, id) && (best == 0 || is_sooner(s, &s->task[id], &s->task[best])))
			best = id;
	return best;
}

/* ---- what happens ---- */

static void
act_claim(struct sim *s)
{
	struct attempt_wish wish = { .workers = s->workers, .claimer = "schedule" };
	struct run *r = &s->run[s->runs];
	struct vec_str why = { 0 };
	struct err e = { 0 };
	int64_t want = first(s);
	int status = 0, rc = attempt_claim(&r->attempt, &s->project, &wish, &why, &status, &e);

	if (rc == -1)
		wrong(s, "a claim failed: %s", e.msg);
	else if (rc == 1 && want != 0)
		wrong(s, "nothing was claimed, but %lld can run (%s)", (long long)want,
		    why.n > 0 ? why.v[why.n - 1] : "no reason");
	else if (rc == 0 && r->attempt.task != want)
		wrong(s, "%lld was claimed in place of %lld", (long long)r->attempt.task,
		    (long long)want);
	else if (rc == 0 && r->attempt.number != s->task[want].attempts + 1)
		wrong(s, "attempt %d of %lld came after %d", r->attempt.number, (long long)want,
		    s->task[want].attempts);
	s->claims += rc == 0;
	s->refusals += rc == 1;
	vec_str_release(&why);
	if (rc != 0) {
		attempt_release(&r->attempt);
		return;
	}
	r->alone = false;
	s->runs++;
	s->task[r->attempt.task].where = RUNS;
	s->task[r->attempt.task].attempts++;
	if (running(s, -1) > s->workers || running(s, s->task[r->attempt.task].agent) >
	    s->slots[s->task[r->attempt.task].agent])
		wrong(s, "too many at once");
	if (s->runs > s->most)
		s->most = s->runs;
}

/* One change of one task, as a command or the end of an attempt makes it. */
struct edit {
	int64_t id;
	enum state_event event;		/* STATE_EVENT_N: none */
	enum state_verdict verdict;
	int64_t retry_at;		/* -1: left alone, 0: removed */
	const char *priority;		/* NULL: left alone */
	const struct val *add;
};

static int
apply(struct change *c, void *arg, struct err *e)
{
	const struct edit *x = arg;
	struct state_facts facts = { .has_agent = true, .verdict = x->verdict };
	char when[CLOCK_MAX];
	int64_t id;

	if (x->add != NULL)
		return change_add(c, x->add, &id, e);
	if (x->priority != NULL && change_set(c, x->id, F_PRIORITY, val_str(x->priority), e) == -1)
		return -1;
	clock_format(x->retry_at, when);
	if (x->retry_at != -1 &&
	    change_set(c, x->id, F_RETRY_AT, x->retry_at > 0 ? val_str(when) : NULL, e) == -1)
		return -1;
	return x->event == STATE_EVENT_N ? 0 : change_event(c, x->id, x->event, &facts, NULL, NULL, e);
}

static void
edit(struct sim *s, struct edit *x)
{
	struct store_opts opts = { .command = "schedule" };
	struct err e = { 0 };

	if (store_update(&s->project, &opts, apply, x, &e) == -1)
		wrong(s, "a change failed: %s", e.msg);
}

/* The locks fall when the commit is there, as in attempt_run(). */
static void
end_run(struct sim *s, int i, enum where where, int64_t pause)
{
	struct run *r = &s->run[i];
	struct model_task *t = &s->task[r->attempt.task];
	struct edit x = { .id = r->attempt.task, .event = where == DONE ? EV_FINISH :
		EV_ATTEMPT_FAILED, .verdict = where == PARKED ? VERDICT_PARK : VERDICT_RETRY,
		.retry_at = pause > 0 ? s->now + pause : 0 };

	edit(s, &x);
	t->where = where;
	t->retry_at = x.retry_at;
	attempt_release(&r->attempt);
	s->run[i] = s->run[--s->runs];
}

static void
act_end(struct sim *s)
{
	int how = draw(s, 10);

	if (s->runs == 0)
		return;
	if (how < 6)
		end_run(s, draw(s, s->runs), DONE, 0);
	else if (how < 9)	/* now and then by a clock that was wrong */
		end_run(s, draw(s, s->runs), WAITS, how < 8 ? 60 << draw(s, 6) : 3 * DAY);
	else
		end_run(s, draw(s, s->runs), PARKED, 0);
}

/* The keeper holds on to all that the attempt has; what comes of it is settled later. */
static void
act_kill_caller(struct sim *s)
{
	if (s->runs > 0)
		s->run[draw(s, s->runs)].alone = true;
}

/* The keeper too: its locks fall first, and the next tick puts the task back. */
static void
act_kill_keeper(struct sim *s)
{
	struct edit x = { .event = EV_ORPHANED, .retry_at = -1 };
	int i = s->runs > 0 ? draw(s, s->runs) : 0;

	if (s->runs == 0 || !s->run[i].alone)
		return;
	x.id = s->run[i].attempt.task;
	attempt_release(&s->run[i].attempt);
	s->run[i] = s->run[--s->runs];
	/* In between somebody claims, and must not get this one. */
	act_claim(s);
	edit(s, &x);
	s->task[x.id].where = WAITS;
}

static void
act_wait(struct sim *s)
{
	static const int64_t most[] = { 60, HOUR, 12 * HOUR, 2 * DAY };

	set_clock(s, s->now + 1 + draw(s, (int)most[draw(s, 4)]));
}

static void
act_hurry(struct sim *s)
{
	int64_t id = 1 + draw(s, (int)s->tasks);
	struct edit x = { .id = id, .event = STATE_EVENT_N, .retry_at = -1 };

	s->task[id].priority = draw(s, 4);
	x.priority = priorities[s->task[id].priority];
	edit(s, &x);
}

static void
draw_task(struct sim *s, struct model_task *t)
{
	*t = (struct model_task){ .priority = draw(s, 4), .agent = draw(s, AGENTS),
		.created = s->now };
	if (s->tasks > 0 && draw(s, 4) == 0)
		t->after = 1 + draw(s, (int)s->tasks);
}

static void
act_add(struct sim *s)
{
	struct model_task *t = &s->task[s->tasks + 1];
	struct edit x = { 0 };
	struct val *v, *list;

	if (s->tasks == TASKS_MAX)
		return;
	draw_task(s, t);
	v = val_map();
	val_put(v, "title", val_str("added"));
	val_put(v, "agent", val_str(agents[t->agent]));
	val_put(v, "priority", val_str(priorities[t->priority]));
	if (t->after != 0) {
		list = val_list();
		val_push(list, val_int(t->after));
		val_put(v, "depends_on", list);
	}
	x.add = v;
	edit(s, &x);
	val_free(v);
	s->tasks++;
}

static const struct action {
	int weight;
	void (*act)(struct sim *);
} actions[] = {
	{ 9, act_claim },
	{ 5, act_end },
	{ 2, act_add },
	{ 2, act_wait },
	{ 1, act_hurry },
	{ 1, act_kill_caller },
	{ 1, act_kill_keeper },
};

#define ACTIONS (sizeof actions / sizeof *actions)

static void
act(struct sim *s)
{
	int all = 0, which;

	for (size_t i = 0; i < ACTIONS; i++)
		all += actions[i].weight;
	which = draw(s, all);
	for (size_t i = 0; i < ACTIONS; which -= actions[i++].weight)
		if (which < actions[i].weight) {
			actions[i].act(s);
			return;
		}
}

/* ---- one schedule ---- */

static void
write_project(struct sim *s)
{
	struct buf text = { 0 };
	char when[CLOCK_MAX];

	buf_printf(&text, "aging_hours: %d\nworkers: %d\nagents:\n", s->aging, s->workers);
	for (int i = 0; i < AGENTS; i++)
		buf_printf(&text, "  %s: {slots: %d}\n", agents[i], s->slots[i]);
	put("orch.yml", buf_str(&text));
	buf_cut(&text, 0);
	buf_puts(&text, "tasks:\n");
	for (int n = 3 + draw(s, 6); n > 0; n--) {
		struct model_task *t = &s->task[s->tasks + 1];

		draw_task(s, t);
		s->tasks++;
		t->created -= draw(s, 100) * HOUR;
		clock_format(t->created, when);
		buf_printf(&text, "  - {id: %lld, title: t, status: routed, agent: %s, priority: %s, "
		    "created_at: %s%s", (long long)s->tasks, agents[t->agent],
		    priorities[t->priority], when, t->after ? ", depends_on: [" : "}\n");
		if (t->after)
			buf_printf(&text, "%lld]}\n", (long long)t->after);
	}
	put("tasks.yml", buf_str(&text));
	buf_release(&text);
}

/* No task comes any more, and every attempt ends well: in the end nothing is left. */
static void
drain(struct sim *s)
{
	int before;

	do {
		while (s->runs > 0)
			end_run(s, 0, DONE, 0);
		set_clock(s, s->now + 4 * DAY);
		do {
			before = s->runs;
			act_claim(s);
		} while (s->runs > before);
	} while (s->runs > 0 && s->wrong[0] == '\0');
	for (int64_t id = 1; id <= s->tasks; id++) {
		const struct model_task *t = &s->task[id];

		if (t->where == WAITS && (t->after == 0 || s->task[t->after].where == DONE))
			wrong(s, "%lld was never run", (long long)id);
	}
}

/* The file says what the model says. */
static void
compare(struct sim *s)
{
	static const enum status status[] = { [WAITS] = ST_ROUTED, [RUNS] = ST_IN_PROGRESS,
		[DONE] = ST_DONE, [PARKED] = ST_NEEDS_REVIEW };
	struct tasks tasks = { 0 };
	struct err e = { 0 };

	if (store_read(&s->project, &tasks, &e) == -1) {
		wrong(s, "the file cannot be read: %s", e.msg);
		return;
	}
	for (int64_t id = 1; id <= s->tasks; id++) {
		const struct task *t = tasks_find(&tasks, id);

		if (t == NULL || t->status != status[s->task[id].where] ||
		    task_int(t, F_ATTEMPTS, 0) != s->task[id].attempts)
			wrong(s, "the file and the model differ about %lld", (long long)id);
	}
	tasks_release(&tasks);
}

static void
open_project(struct sim *s)
{
	struct err e = { 0 };

	if (project_find(&s->project, scratch, NULL, "schedule", &e) == -1 ||
	    project_prepare(&s->project, &e) == -1)
		wrong(s, "no project: %s", e.msg);
}

static void
close_project(struct sim *s)
{
	struct err e = { 0 };

	project_release(&s->project);
	if (fs_remove_tree(AT_FDCWD, ".orch", &e) == -1)
		wrong(s, "%s", e.msg);
}

static void
schedule(struct sim *s, uint64_t seed, int steps)
{

	*s = (struct sim){ .random = seed };
	set_clock(s, BEGIN);
	s->aging = draw(s, 3) == 0 ? 0 : 1 + draw(s, 30);
	s->workers = 1 + draw(s, 5);
	for (int i = 0; i < AGENTS; i++)
		s->slots[i] = 1 + draw(s, 3);
	write_project(s);
	open_project(s);
	for (int i = 0; i < steps && s->wrong[0] == '\0'; i++)
		act(s);
	if (s->wrong[0] == '\0')
		compare(s);
	drain(s);
	while (s->runs > 0)
		attempt_release(&s->run[--s->runs].attempt);
	close_project(s);
}

static void
test_random(int trials)
{
	struct sim s;
	int64_t claims = 0, refusals = 0;
	int most = 0, bad = 0;

	for (int i = 1; i <= trials && bad < 5; i++) {
		schedule(&s, (uint64_t)i, 25);
		if (s.wrong[0] != '\0') {
			printf("# schedule %d: %s\n", i, s.wrong);
			bad++;
		}
		claims += s.claims;
		refusals += s.refusals;
		most = s.most > most ? s.most : most;
	}
	ok(bad == 0, "%d random schedules", trials);
	ok(most >= 4 && claims > trials && refusals > trials, "with all that there is to see");
	printf("# figures: %d schedules, %lld claims, %lld refusals, %d at once\n", trials,
	    (long long)claims, (long long)refusals, most);
}

/* Whoever waits long enough runs, whatever else comes. */
static void
test_ageing(void)
{
	struct sim s = { .aging = 10, .workers = 1, .slots = { 1, 1, 1 } };
	int hours = 0;

	set_clock(&s, BEGIN);
	put("orch.yml", "aging_hours: 10\nworkers: 1\n");
	put("tasks.yml", "tasks:\n  - {id: 1, title: t, status: routed, agent: one, priority: low, "
	    "created_at: 2026-01-02T03:00:00Z}\n");
	s.task[1] = (struct model_task){ .priority = 3, .created = BEGIN };
	s.tasks = 1;
	open_project(&s);
	for (; hours < TASKS_MAX - 1 && s.task[1].where == WAITS && s.wrong[0] == '\0'; hours++) {
		struct val *v = val_map();

		set_clock(&s, s.now + HOUR);
		val_put(v, "title", val_str("more urgent"));
		val_put(v, "agent", val_str("one"));
		val_put(v, "priority", val_str("urgent"));
		edit(&s, &(struct edit){ .add = v });
		val_free(v);
		s.task[++s.tasks] = (struct model_task){ .created = s.now };
		act_claim(&s);
		end_run(&s, 0, DONE, 0);
	}
	close_project(&s);
	is(s.wrong, "", "something urgent comes each hour, and the worker does it");
	is_int(hours, 30, "until the task of low priority has waited three steps of ten hours");
}

int
main(void)
{
	const char *n = getenv("ORCH_TEST_TRIALS");
	int trials = getenv("LONG") != NULL ? 10000 : 60;

	scratch_make();
	if (getcwd(scratch, sizeof scratch) == NULL || !shell("mkdir -p orch.d/agents"))
		return 1;
	for (int i = 0; i < AGENTS; i++) {
		char path[64], text[160];

		snprintf(path, sizeof path, "orch.d/agents/%s.yml", agents[i]);
		snprintf(text, sizeof text, "id: %s\nbin: [/bin/sh]\nstdin: none\nformat: text\n"
		    "answer: exit\nargv: {run: [-c, \"true\"]}\nperm: {edit: []}\nok: {exit: [0]}\n",
		    agents[i]);
		put(path, text);
	}
	setenv("ORCH_TEST_NOSYNC", "1", 1);
	test_ageing();
	test_random(n != NULL ? (int)strtol(n, NULL, 10) : trials);
	scratch_remove();
	return done_testing();
}
