#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/err.h"
#include "task/project.h"
#include "work/serve_impl.h"
#include "work/suite.h"

#define TICKS 4			/* at once */
#define TICK_PAUSE_MS 60000	/* between two of them, however many fail */

/* clang-format off */
static const struct {
	const char *name, *program, *words[4];
} steps[STEPS] = {
	[STEP_RECOVER] = { "recover", "retry",   { "--due" } },
	[STEP_CRON]    = { "cron",    "cron",    { "tick" } },
	[STEP_ROUTE]   = { "route",   "route",   { "@new" } },
	/* Each id that had its turn tells that the place is free, before subscriptions are run. */
	[STEP_RUN]     = { "run",     "run",     { "--print", "all", "next" } },
	[STEP_REVIEW]  = { "review",  "review",  { "@in_review" } },
	[STEP_SYNC]    = { "sync",    "sync-gh", { "run" } },
};
/* clang-format on */

const char *
serve_step_name(enum serve_step step)
{
	return steps[step].name;
}

int64_t
serve_pause(unsigned n)
{
	int64_t ms = SERVE_PAUSE_MS;

	while (n-- > 1 && ms < SERVE_PAUSE_MAX_MS)
		ms *= 2;
	return ms < SERVE_PAUSE_MAX_MS ? ms : SERVE_PAUSE_MAX_MS;
}

/* ---- which are due ---- */

int
serve_attempts(const struct serve *s)
{
	int n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->v[i].step == STEP_RUN && !s->v[i].told;
	return n;
}

static int
jobs(const struct serve *s)
{
	return s->opts->jobs > 0 ? s->opts->jobs : s->look.workers;
}

/* Runs that may begin: for each task that is ready and that none of those begun will take. */
static int
runs(const struct serve *s)
{
	int64_t busy = s->look.running + s->begun, ours = serve_attempts(s);
	int64_t room = jobs(s) - (busy > ours ? busy : ours);
	int64_t tasks = s->look.ready - s->unclaimed - s->begun;

	return tasks <= 0 || room <= 0 ? 0 : (int)(tasks < room ? tasks : room);
}

int
serve_due(const struct serve *s, enum serve_step step)
{
	const struct serve_state *st = &s->step[step];
	bool due = false;

	if (s->mode != SERVE_WORKS || !s->looked || s->settling || *s->look.problem != '\0')
		return 0;
	switch (step) {
	case STEP_RUN:
		return runs(s);
	case STEP_RECOVER:
		due = st->wanted || s->look.dead > 0;
		break;
	case STEP_CRON:
		/* One that runs subscriptions holds up no other. */
		return st->wanted && (s->look.jobs || s->look.tells) && st->running < TICKS;
	case STEP_ROUTE:
		due = s->look.fresh > 0;
		break;
	case STEP_REVIEW:
		due = s->look.judged > 0;
		break;
	case STEP_SYNC:
		due = st->wanted && s->look.syncs;
		break;
	case STEPS:
		break;
	}
	return due && st->running == 0;
}

/* What found nothing that it could do, or did it badly, sees another picture now. */
void
serve_ease(struct serve *s)
{
	for (int i = 0; i < STEPS; i++) {
		struct serve_state *st = &s->step[i];

		if (!st->refused && st->pause > st->ended + SERVE_AGAIN_MS)
			st->pause = st->ended + SERVE_AGAIN_MS;
	}
}

void
serve_forgive(struct serve *s)
{
	for (int i = 0; i < STEPS; i++) {
		s->step[i].failures = 0;
		s->step[i].refused = false;
		s->step[i].pause = 0;
	}
	s->look_failures = 0;
}

void
serve_want(struct serve *s, const struct serve_look *old)
{
	const struct serve_look *now = &s->look;
	bool changed[STAMPS], well = *now->problem == '\0' && (old == NULL || *old->problem != '\0');
	int64_t ours = serve_attempts(s);

	for (int i = 0; i < STAMPS; i++)
		changed[i] = old == NULL || old->stamp[i] != now->stamp[i];
	s->begun = 0;
	s->unclaimed = ours > now->running ? (int)(ours - now->running) : 0;
	s->changes += changed[STAMP_TASKS];
	if (changed[STAMP_CONFIG] || well)
		serve_forgive(s);
	else if (changed[STAMP_TASKS] || changed[STAMP_AGENTS])
		serve_ease(s);
	if (changed[STAMP_TASKS] || well)
		s->step[STEP_RECOVER].wanted = true;
	if (changed[STAMP_JOBS] || changed[STAMP_CONFIG] || (now->tells && changed[STAMP_EVENTS]) || well)
		s->step[STEP_CRON].wanted = true;
	if (changed[STAMP_CONFIG] && now->syncs && (old == NULL || !old->syncs))
		s->step[STEP_SYNC].wanted = true;
}

/* ---- start ---- */

static int
start(struct serve *s, enum serve_step step, struct err *e)
{
	struct serve_helper h = { .proc.pidfd = -1, .step = step, .out = -1 };
	char *dir = suite_dir(), *program = suite_program(dir, steps[step].program), number[16];
	int ends[2] = { -1, -1 }, r = -1;
	struct vec_str args = { 0 };

	if (program == NULL) {
		err_set(e, ERR_SYSTEM, "orch-%s is neither in '%s' nor on PATH", steps[step].program, dir);
		goto done;
	}
	if (step == STEP_RUN ? pipe2(ends, O_CLOEXEC) == -1 :
	    (ends[1] = open("/dev/null", O_WRONLY | O_CLOEXEC)) == -1) {
		err_sys(e, "cannot open what it prints to");
		goto done;
	}
	vec_str_push(&args, program);
	vec_str_push(&args, s->p->named ? "-f" : "-C");
	vec_str_push(&args, s->p->named ? s->p->tasks : s->p->dir);
	/* Each of several runs would tell the same of all that is ready. */
	if (s->opts->verbose || step == STEP_RUN)
		vec_str_push(&args, s->opts->verbose ? "-v" : "-q");
	if (step == STEP_RUN) {
		snprintf(number, sizeof number, "-j%d", jobs(s));
		vec_str_push(&args, number);
	}
	for (size_t i = 0; i < 4 && steps[step].words[i] != NULL; i++)
		vec_str_push(&args, steps[step].words[i]);
	if ((r = proc_helper_start(&h.proc, vec_str_argv(&args), ends[1], e)) == 0) {
		serve_say(s, LOG_DEBUG, "%s: pid %d", steps[step].name, (int)h.proc.pid);
		h.out = ends[0];
		ends[0] = -1;
		s->v[s->n++] = h;
	}
done:
	for (int i = 0; i < 2; i++)
		if (ends[i] != -1)
			close(ends[i]);
	vec_str_release(&args);
	free(program);
	free(dir);
	return r;
}

/* What is due by itself is due again when it is time, the others when they have paused. */
static void
failed(struct serve *s, enum serve_step step, int status, int64_t now)
{
	struct serve_state *st = &s->step[step];
	int64_t pause = serve_pause(++st->failures);

	if (step == STEP_CRON && pause > TICK_PAUSE_MS)
		pause = TICK_PAUSE_MS;
	/* Bad jobs were told of, and the others seen to. */
	if (step == STEP_RECOVER || (step == STEP_CRON && status != err_exit(ERR_INVALID)))
		st->wanted = status > 1;
	st->ended = now;
	st->pause = now + (step == STEP_SYNC ? 0 : pause);
	s->again = true;
}

/* The first and each other kind of failure is told of; that it lasts is for who wants all. */
static void
tell_start(struct serve *s, enum serve_step step, const struct err *e)
{
	struct serve_state *st = &s->step[step];

	serve_say(s, st->status == err_exit(e->code) ? LOG_DEBUG : LOG_WARN, "%s: %s", steps[step].name, e->msg);
	st->status = err_exit(e->code);
}

void
serve_start(struct serve *s, int64_t *pause)
{
	int64_t now = clock_mono();
	struct err e = { 0 };

	for (int i = 0; i < STEPS; i++) {
		struct serve_state *st = &s->step[i];

		if (serve_due(s, i) > 0 && st->pause > now && (*pause == 0 || st->pause < *pause))
			*pause = st->pause;
		while (st->pause <= now && s->n < SERVE_HELPERS && serve_due(s, i) > 0) {
			if (start(s, i, &e) == -1) {
				tell_start(s, i, &e);
				failed(s, i, err_exit(e.code), now);
				break;
			}
			st->wanted = false;
			st->running++;
			st->changes = s->changes;
			s->begun += i == STEP_RUN;
		}
	}
}

/* ---- end ---- */

void
serve_hear(struct serve *s, struct serve_helper *h)
{
	struct serve_state *st = &s->step[h->step];
	char text[64];
	ssize_t n = read(h->out, text, sizeof text);

	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		close(h->out);
		h->out = -1;
		return;
	}
	for (ssize_t i = 0; i < n; i++) {
		if (text[i] == '\n') {
			h->told = true;
			st->failures = 0;
			st->refused = false;
			st->pause = 0;
			s->again = true;
		} else if (!h->told && text[i] >= '0' && text[i] <= '9' && h->id < INT64_MAX / 10 - 1) {
			h->id = h->id * 10 + (text[i] - '0');
		}
	}
}

/* Only who configures or installs something can mend that. */
static bool
is_refused(int status)
{
	return status == 2 || status == 71 || status == 77 || status == 78 || status == 126 || status == 127;
}

static void
tell_end(struct serve *s, const struct serve_helper *h, int ended, int status, bool came_to_something)
{
	struct serve_state *st = &s->step[h->step];
	const char *name = steps[h->step].name;
	enum log_level level = status <= 1 || status == st->status ? LOG_DEBUG : LOG_WARN;

	if (WIFSIGNALED(ended))
		serve_say(s, LOG_WARN, "%s: was killed by signal %d", name, WTERMSIG(ended));
	else if (h->told)
		serve_say(s, LOG_DEBUG, "%s: task %lld: exit status %d", name, (long long)h->id, status);
	else if (h->step == STEP_RUN && !is_refused(status) && status > 1)
		serve_say(s, level, "%s: what is ready cannot run now (%d): orch-status and orch-list --ready "
		    "--explain say why", name, status);
	else
		serve_say(s, level, "%s: exit status %d%s", name, status, came_to_something ? "" :
		    status > 1 ? "; it is tried again" : "");
}

/* It may have said something before it ended, and others may hold the pipe. */
static void
hear_out(struct serve *s, struct serve_helper *h)
{
	if (h->out == -1)
		return;
	fcntl(h->out, F_SETFL, O_NONBLOCK);
	serve_hear(s, h);
	if (h->out != -1)
		close(h->out);
	h->out = -1;
}

bool
serve_reap(struct serve *s, size_t i)
{
	struct serve_helper h = s->v[i];
	struct serve_state *st = &s->step[h.step];
	int64_t now = clock_mono();
	int ended, status;
	bool well;

	if (proc_reap(&h.proc, &ended) == 0)
		return false;
	hear_out(s, &h);
	s->v[i] = s->v[--s->n];
	status = WIFEXITED(ended) ? WEXITSTATUS(ended) : 75;
	/* An attempt that failed was run all the same. */
	well = h.told || (status <= 1 && (s->changes != st->changes || h.step == STEP_CRON || h.step == STEP_SYNC));
	tell_end(s, &h, ended, status, well);
	st->running--;
	st->ended = now;
	st->status = h.told ? 0 : status;
	st->refused = !h.told && is_refused(status);
	if (h.told)
		s->worst = err_worse(s->worst, status);
	s->again = true;
	if (!well)
		failed(s, h.step, status, now);
	else if (!h.told)
		st->pause = now + SERVE_AGAIN_MS;
	if (well)
		st->failures = 0;
	return true;
}

void
serve_stop_helpers(struct serve *s)
{
	for (size_t i = 0; i < s->n; i++) {
		s->cut = true;
		kill(s->v[i].proc.pid, SIGTERM);
	}
}
