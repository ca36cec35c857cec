#include "work/dispatch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/redact.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "sys/proc.h"
#include "sys/sig.h"
#include "task/config.h"
#include "task/event.h"
#include "task/project.h"
#include "work/env.h"
#include "work/group.h"
#include "work/oneline.h"
#include "work/reading.h"
#include "work/subscribe.h"

#define SAID_MAX 4096		/* bytes of its output that are kept, the newest */

extern char **environ;

static const int stops[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, 0 };

enum phase { WANTS, RUNS, STOPS, OVER };	/* STOPS: it was asked to */

struct runner {
	const struct subscription *s;
	enum phase phase;
	struct lock claim;
	struct reading reading;	/* at most one event: the one that it is run for */
	struct proc proc;
	int out;		/* what it prints; -1: nothing any more */
	struct buf said;
	int64_t begun;		/* clock_mono; 0: not yet */
	int64_t deadline;	/* of its phase */
	bool late;		/* it was stopped because its time was up */
};

struct dispatch {
	struct project *p;
	const char *command;
	struct runner *v;
	size_t n, running;
	int sig_fd, cwd;
	int64_t deadline;	/* clock_mono; 0: none */
	bool stopping;
	bool late;		/* the time was up before all was given */
	struct err refused;	/* the first thing that the system would not do */
	dispatch_report *report;
	void *arg;
};

static void
tell(struct dispatch *d, const struct runner *r, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void
tell(struct dispatch *d, const struct runner *r, const char *fmt, ...)
{
	char text[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	log_write(&d->p->log, LOG_WARN, 0, 0, "subscription %s: %s", r->s->name, text);
	d->report(d->arg, r->s->name, text);
}

/* ---- what is written down ---- */

/* One step of a subscription: what became of an event, and which one comes next. */
struct step {
	int64_t done;		/* acknowledged; 0: none */
	const char *failed;	/* why the pending one is not; NULL: it did not fail */
	struct reading *next;	/* NULL: none */
	bool suspended;		/* gets whether it is now */
};

static int
write_step(struct group *g, void *arg, struct err *e)
{
	struct step *s = arg;

	(void)e;
	if (s->done > 0) {
		group_drop(g, s->done);
		g->failures = 0;
	}
	if (s->failed != NULL) {
		free(g->error);
		g->error = xstrdup(s->failed);
		g->errors++;
		if (++g->failures >= SUBSCRIBE_FAILURES && g->suspended == 0)
			g->suspended = clock_now();
	}
	s->suspended = g->suspended != 0;
	if (s->next != NULL)
		reading_note(s->next, g);
	return 0;
}

static int
step(struct dispatch *d, const struct runner *r, struct step *s, struct err *e)
{
	return group_change(d->p, r->s->name, d->command, write_step, s, e);
}

/* ---- its program ---- */

static void
add_number(struct vec_str *env, const char *name, int64_t n)
{
	char text[24] = "";

	if (n > 0)
		snprintf(text, sizeof text, "%lld", (long long)n);
	env_set(env, name, text);
}

static void
environment(const struct dispatch *d, const struct runner *r, struct vec_str *env)
{
	const struct val *event = r->reading.v[0].event;

	env_pass(env, environ, &d->p->config, NULL);
	env_set(env, "ORCH_DIR", d->p->dir);
	if (d->p->named)
		env_set(env, "ORCH_TASKS", d->p->tasks);
	env_set(env, SUBSCRIBE_NAME, r->s->name);
	env_set(env, "ORCH_EVENT_TOPIC", val_text(val_get(event, "topic")));
	add_number(env, "ORCH_EVENT_SEQ", r->reading.v[0].seq);
	add_number(env, "ORCH_EVENT_TASK", val_number(val_get(event, "task"), 0));
	add_number(env, "ORCH_EVENT_COUNT", r->reading.v[0].count);
	add_number(env, EVENT_DEPTH, val_number(val_get(event, "depth"), 0) + 1);
}

/* The event as a file without a name, to be read from its start. */
static int
input(struct runner *r, struct err *e)
{
	struct reading_event *ev = &r->reading.v[0];
	struct buf line = { 0 };
	int fd = memfd_create("event", MFD_CLOEXEC);

	val_put(ev->event, "count", val_int(ev->count));
	if (r->reading.missed > 0)
		val_put(ev->event, "missed", val_int(r->reading.missed));
	json_print(&line, ev->event);
	buf_putc(&line, '\n');
	if (fd == -1 || fs_write_all(fd, line.data, line.len) == -1 || lseek(fd, 0, SEEK_SET) == -1) {
		err_sys(e, "cannot pass the event on");
		if (fd != -1)
			close(fd);
		fd = -1;
	}
	buf_release(&line);
	return fd;
}

static int
start(struct dispatch *d, struct runner *r, struct err *e)
{
	struct vec_str argv = { 0 }, env = { 0 };
	int in = input(r, e), pipes[2] = { -1, -1 }, rc = -1;

	for (size_t i = 0; i < r->s->run->n; i++)
		vec_str_push(&argv, val_text(r->s->run->v[i]));
	environment(d, r, &env);
	struct proc_spec spec = { .argv = vec_str_argv(&argv), .envp = vec_str_argv(&env), .cwd = d->cwd,
		.in = in, .death_signal = SIGKILL };
	if (in == -1)
		goto done;
	if (pipe2(pipes, O_CLOEXEC) == -1 || fcntl(pipes[0], F_SETFL, O_NONBLOCK) == -1) {
		err_sys(e, "cannot make a pipe");
		goto done;
	}
	spec.out = spec.err = pipes[1];
	rc = proc_spawn_swept(&r->proc, &spec, e);
done:
	if (in != -1)
		close(in);
	if (pipes[1] != -1)
		close(pipes[1]);
	if (rc == 0)
		r->out = pipes[0];
	else if (pipes[0] != -1)
		close(pipes[0]);
	vec_str_release(&argv);
	vec_str_release(&env);
	return rc;
}

/* What it has printed so far, of which the end is kept. */
static void
hear(struct runner *r)
{
	char chunk[4096];
	ssize_t n;

	/* One that never stops is heard again in its turn. */
	if ((n = read(r->out, chunk, sizeof chunk)) > 0) {
		buf_append(&r->said, chunk, (size_t)n);
		if (r->said.len > 2 * SAID_MAX) {
			memmove(r->said.data, r->said.data + r->said.len - SAID_MAX, SAID_MAX);
			buf_cut(&r->said, SAID_MAX);
		}
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		close(r->out);
		r->out = -1;
	}
}

/* "exit status 1: its last line" */
static char *
reason(const struct dispatch *d, const struct runner *r, int status)
{
	const char *text = buf_str(&r->said), *line = text;
	size_t len = r->said.len;
	char *why, *last;

	while (len > 0 && strchr("\r\n\t ", text[len - 1]) != NULL)
		len--;
	if (len > 0 && (line = memrchr(text, '\n', len)) != NULL)
		line++;
	else
		line = text;
	last = oneline(line, len - (size_t)(line - text));
	if (r->late)
		why = xasprintf("stopped after %lld s", (long long)(r->s->timeout_ms / 1000));
	else if (WIFSIGNALED(status))
		why = xasprintf("killed by signal %s", sig_name(WTERMSIG(status)));
	else
		why = xasprintf("exit status %d", WEXITSTATUS(status));
	if (*last != '\0') {
		char *more = xasprintf("%s: %.500s", why, last);

		free(why);
		why = more;
	}
	free(last);
	return redact_string(d->p->redact, why);
}

/* ---- one subscription ---- */

static void
over(struct runner *r)
{
	reading_clear(&r->reading);
	buf_cut(&r->said, 0);
	lock_release(&r->claim);
	r->phase = OVER;
}

/* What stands in its file cannot be had or written: it rests until the next time. */
static void
broken(struct dispatch *d, struct runner *r, const struct err *why)
{
	if (why->code == ERR_SYSTEM && d->refused.code == ERR_NONE) {
		d->refused = *why;
		err_prefix(&d->refused, "subscription %s", r->s->name);
	} else {
		tell(d, r, "%s", why->msg);
	}
	over(r);
}

static void
failed(struct dispatch *d, struct runner *r, const char *why)
{
	struct step s = { .failed = why };
	struct err e = { 0 };

	tell(d, r, "event %lld: %s", (long long)r->reading.v[0].seq, why);
	if (step(d, r, &s, &e) == -1) {
		broken(d, r, &e);
		return;
	}
	if (s.suspended)
		tell(d, r, "suspended after %d failures in a row (orch-event subscriptions --resume %s)",
		    SUBSCRIBE_FAILURES, r->s->name);
	over(r);
}

/* Reads which event comes next: the pending one, or the next that it wants. */
static int
choose(struct dispatch *d, struct runner *r, const struct group *g, struct err *e)
{
	int64_t deep = r->reading.too_deep;
	struct vec_id gone = { 0 };
	int rc = 0;

	r->reading.now = clock_now();
	r->reading.missed = 0;
	for (size_t i = 0; rc == 0 && i < g->n && r->reading.n == 0; i++) {
		rc = reading_again(&r->reading, d->p, g->v[i].seq, g->v[i].count, e);
		if (r->reading.n == 0)
			vec_id_push(&gone, g->v[i].seq);
	}
	if (rc == 0)
		rc = group_ack_ids(d->p, r->s->name, d->command, &gone, e);
	vec_id_release(&gone);
	if (rc == -1)
		return -1;
	if (reading_begin(&r->reading, d->p, g->seen, e) == -1 ||
	    (r->reading.n == 0 && reading_more(&r->reading, d->p, e) == -1))
		return -1;
	if (r->reading.too_deep > deep)
		tell(d, r, "%lld events were caused by subscriptions, %d deep: they are not given to it",
		    (long long)(r->reading.too_deep - deep), EVENT_DEPTH_MAX);
	if (r->reading.missed > 0)
		tell(d, r, "%lld events had left the log before it saw them", (long long)r->reading.missed);
	return 0;
}

/*
 * The next event is noted and its program started.  `done` (0: none) is acknowledged with
 * that.  Without a next one it lets go.
 */
static void
go_on(struct dispatch *d, struct runner *r, int64_t done)
{
	struct err e = { 0 };
	struct group g = { 0 };
	struct step s = { .done = done, .next = &r->reading };
	bool idle;

	reading_clear(&r->reading);
	buf_cut(&r->said, 0);
	r->late = false;
	if (group_read(d->p, r->s->name, &g, &e) == -1) {
		broken(d, r, &e);
		return;
	}
	group_drop(&g, done);
	idle = g.suspended != 0 || d->stopping || clock_mono() - r->begun >= r->s->timeout_ms;
	if (idle)
		s.next = NULL;
	if ((!idle && choose(d, r, &g, &e) == -1) || ((done > 0 || (!idle && (r->reading.n > 0 ||
	    r->reading.seen > g.seen || r->reading.missed > 0))) && step(d, r, &s, &e) == -1)) {
		broken(d, r, &e);
	} else if (r->reading.n == 0 || r->reading.v[0].count == 0) {
		over(r);	/* there is none, or a person acknowledged it just now */
	} else if (start(d, r, &e) == -1) {
		failed(d, r, e.msg);
	} else {
		r->phase = RUNS;
		r->deadline = clock_mono() + r->s->timeout_ms;
		d->running++;
	}
	group_release(&g);
}

static void
begin(struct dispatch *d, struct runner *r)
{
	struct err e = { 0 };
	int held = group_claim(&r->claim, d->p, r->s->name, &e);

	if (r->begun == 0)
		r->begun = clock_mono();
	if (held == 0)
		go_on(d, r, 0);
	else if (held == 1)
		over(r);	/* somebody else is at it */
	else
		broken(d, r, &e);
}

/* Its program has ended, perhaps because we said so. */
static void
ended(struct dispatch *d, struct runner *r, int status)
{
	int64_t seq = r->reading.v[0].seq;
	char *why;

	for (int i = 0; r->out != -1 && i < 16; i++)
		hear(r);
	if (r->out != -1)
		close(r->out);
	r->out = -1;
	d->running--;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		go_on(d, r, seq);
		return;
	}
	if (r->phase == STOPS && !r->late) {
		over(r);	/* it stays pending */
		return;
	}
	why = reason(d, r, status);
	failed(d, r, why);
	free(why);
}

static void
ask_to_stop(struct dispatch *d, struct runner *r, bool late)
{
	r->phase = STOPS;
	r->late = late;
	r->deadline = clock_mono() + config_int(&d->p->config, "grace");
	proc_signal(&r->proc, SIGTERM);
}

static void
stop_all(struct dispatch *d)
{
	d->stopping = true;
	for (size_t i = 0; i < d->n; i++) {
		if (d->v[i].phase == RUNS)
			ask_to_stop(d, &d->v[i], false);
		else if (d->v[i].phase == WANTS)
			over(&d->v[i]);
	}
}

/* What is left is for the next time. */
static void
look_at_clock(struct dispatch *d)
{
	if (d->deadline == 0 || d->stopping || clock_mono() < d->deadline)
		return;
	d->late = true;
	stop_all(d);
}

/* What has happened to one whose program is there. */
static void
look_at(struct dispatch *d, struct runner *r, short ended_too)
{
	int status;

	if (r->out != -1)
		hear(r);
	if (ended_too != 0) {
		if (proc_reap(&r->proc, &status) == 1)
			ended(d, r, status);
		return;
	}
	if (clock_mono() < r->deadline)
		return;
	if (r->phase == RUNS)
		ask_to_stop(d, r, true);
	else
		proc_signal(&r->proc, SIGQUIT);
}

/* ---- all of them ---- */

static int
wait_for_news(struct dispatch *d, struct err *e)
{
	struct pollfd *fds = xcalloc(2 * d->n + 1, sizeof *fds);
	int64_t now = clock_mono(), left = 60000;
	int n, r = -1;

	for (size_t i = 0; i < d->n; i++) {
		const struct runner *x = &d->v[i];
		bool there = x->phase == RUNS || x->phase == STOPS;

		fds[2 * i] = (struct pollfd){ .fd = there ? x->proc.pidfd : -1, .events = POLLIN };
		fds[2 * i + 1] = (struct pollfd){ .fd = there ? x->out : -1, .events = POLLIN };
		if (there && x->deadline - now < left)
			left = x->deadline - now;
	}
	if (d->deadline != 0 && !d->stopping && d->deadline - now < left)
		left = d->deadline - now;
	fds[2 * d->n] = (struct pollfd){ .fd = d->sig_fd, .events = POLLIN };
	/* One that is killed and does not end yet has its deadline behind it. */
	n = poll(fds, 2 * d->n + 1, left < 10 ? 10 : (int)left);
	if (n == -1 && errno != EINTR) {
		err_sys(e, "cannot wait for subscriptions");
		goto done;
	}
	if (n > 0 && fds[2 * d->n].revents != 0 && sig_next(d->sig_fd) != 0)
		stop_all(d);
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].phase == RUNS || d->v[i].phase == STOPS)
			look_at(d, &d->v[i], n > 0 ? fds[2 * i].revents : 0);
	r = 0;
done:
	free(fds);
	return r;
}

static int
run_all(struct dispatch *d, struct err *e)
{
	bool waits = true;

	while (waits || d->running > 0) {
		look_at_clock(d);
		for (size_t i = 0; i < d->n; i++)
			if (d->v[i].phase == WANTS && d->running < DISPATCH_PARALLEL)
				begin(d, &d->v[i]);
		if (d->running > 0 && wait_for_news(d, e) == -1)
			return -1;
		waits = false;
		for (size_t i = 0; i < d->n; i++)
			waits = waits || d->v[i].phase == WANTS;
	}
	return 0;
}

int
dispatch_events(struct project *p, const char *command, int64_t deadline, dispatch_report *report,
    void *arg, struct err *e)
{
	struct dispatch d = { .p = p, .command = command, .deadline = deadline, .sig_fd = -1,
	    .cwd = -1, .report = report, .arg = arg };
	struct subscriptions list;
	int64_t newest;
	int r = -1;

	if (subscribe_load(&list, p, e) == -1)
		return -1;
	if (list.n == 0) {
		r = 0;
		goto done;
	}
	d.v = xcalloc(list.n, sizeof *d.v);
	for (; d.n < list.n; d.n++)
		d.v[d.n] = (struct runner){ .s = &list.v[d.n], .claim = { .fd = -1 }, .out = -1,
		    .proc = { .pidfd = -1 }, .reading = { .filter = &list.v[d.n].filter, .limit = 1,
		    .max_depth = EVENT_DEPTH_MAX } };
	if ((d.cwd = open(p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		err_sys(e, "cannot open '%s'", p->dir);
	else if (subscribe_begin(p, command, e) == 0 && reading_newest(p, &newest, e) == 0 &&
	    (d.sig_fd = sig_fd(stops, e)) != -1) {
		for (size_t i = 0; i < d.n; i++)
			d.v[i].reading.until = newest > 0 ? newest : 1;
		r = run_all(&d, e);
	}
	if (r == 0 && d.refused.code != ERR_NONE) {
		*e = d.refused;
		r = -1;
	} else if (r == 0) {
		r = d.late;
	}
	for (size_t i = 0; i < d.n; i++) {
		over(&d.v[i]);
		buf_release(&d.v[i].said);
	}
	if (d.sig_fd != -1)
		close(d.sig_fd);
	if (d.cwd != -1)
		close(d.cwd);
done:
	free(d.v);
	subscribe_release(&list);
	return r;
}
