#include "work/serve.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "sys/alarm.h"
#include "sys/sig.h"
#include "task/project.h"
#include "work/serve_impl.h"

#define SETTLE_MS   20		/* several changes at once are one */
#define PACE_MAX_MS 500		/* between two looks at a file that is large */
#define STOP_MS     60000	/* what a stop takes at most, for a service manager */
#define MINUTE	    60

void
serve_say(const struct serve *s, enum log_level level, const char *fmt, ...)
{
	char text[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	log_write(&s->p->log, level, 0, 0, "%s", text);
	s->opts->report(s->opts->arg, level, text);
}

static void
earlier(int64_t *when, int64_t other)
{
	if (other != 0 && (*when == 0 || other < *when))
		*when = other;
}

/* ---- looks ---- */

/* Something happened that a look will tell more of. */
static void
look_again(struct serve *s)
{
	int64_t soon = clock_mono() + SETTLE_MS;

	if (!s->again && s->look_at < soon)
		s->look_at = soon;
	s->again = true;
}

static void
look_failed(struct serve *s, const char *why)
{
	if (s->look_failures++ == 0)
		serve_say(s, LOG_WARN, "cannot look: %s", why);
	s->look_at = clock_mono() + serve_pause(s->look_failures);
	s->again = true;
}

static void
begin_look(struct serve *s)
{
	struct err e = { 0 };

	s->again = false;
	s->look_began = clock_mono();
	if ((s->look_fd = serve_look_begin(s->p, &s->looking, &e)) == -1)
		look_failed(s, e.msg);
}

static void
tell_problem(struct serve *s)
{
	const char *problem = s->look.problem;

	if (strcmp(problem, s->said) == 0)
		return;
	if (*problem != '\0')
		serve_say(s, LOG_ERROR, "%s: nothing is begun until that is mended", problem);
	else
		serve_say(s, LOG_WARN, "all is well again");
	snprintf(s->said, sizeof s->said, "%s", problem);
}

/* The first look of a server, or of what it was told to read again, is over. */
static void
tell_ready(struct serve *s)
{
	if (!s->ready || s->reloading)
		notify_send(&s->notify, "READY=1");
	if (!s->ready)
		serve_say(s, LOG_INFO, "ready");
	s->ready = true;
	s->reloading = false;
}

/*
 * Is the project, or its state, another one than that whose lock is held?  It is left alone at
 * first: who removes a project would find anew what was removed.
 */
static bool
is_another(struct serve *s)
{
	bool differs = !s->look.gone && s->place != 0 && s->place != s->look.stamp[STAMP_PLACE];

	if (s->place == 0 && !s->look.gone)
		s->place = s->look.stamp[STAMP_PLACE];
	if (differs && !s->settling) {
		s->settling = s->again = true;
		s->look_at = clock_mono() + PACE_MAX_MS;
		return false;
	}
	s->settling = false;
	return differs;
}

/* -1: another server has it now, or the system refuses. */
static int
take_look(struct serve *s, const struct serve_look *new, struct err *e)
{
	struct serve_look before = s->look, *old = s->looked ? &before : NULL;
	bool anew;

	s->look = *new;
	if (*new->problem != '\0') {
		/* The last good configuration stays, but nothing begins by it. */
		s->look.workers = before.workers;
		s->look.sync_ms = before.sync_ms;
		s->look.drain_ms = before.drain_ms;
	}
	s->looked = true;
	s->look_failures = 0;
	tell_problem(s);
	if ((anew = is_another(s))) {
		if (serve_take_again(s, e) == -1)
			return -1;
		s->place = 0;
	}
	if (s->moved || s->blind || anew || (old != NULL && old->gone != s->look.gone) ||
	    (old != NULL && old->tells) != s->look.tells) {
		serve_watch(s);
		s->again = s->again || anew || !s->blind;
	}
	serve_want(s, old);
	if (*new->problem == '\0')
		serve_watch_lives(s);
	tell_ready(s);
	return 0;
}

static int
end_look(struct serve *s, struct err *e)
{
	struct serve_look new;
	int64_t now = clock_mono(), pace = 4 * (now - s->look_began);
	int status, r = serve_look_read(s->look_fd, &new);

	s->look_fd = -1;
	/* It has written all, or it never will. */
	proc_signal(&s->looking, SIGKILL);
	while (proc_reap(&s->looking, &status) == 0)
		poll(&(struct pollfd){ .fd = s->looking.pidfd, .events = POLLIN }, 1, -1);
	s->look_at = now + (pace < PACE_MAX_MS ? pace : PACE_MAX_MS);
	if (r == -1) {
		look_failed(s, "the process that looks ended");
		return 0;
	}
	return take_look(s, &new, e);
}

/* ---- time ---- */

static int64_t
next_minute(const struct serve *s)
{
	int64_t now = clock_now();

	if (s->mode != SERVE_WORKS || s->opts->once || !(s->look.jobs || s->blind))
		return 0;
	return now - now % MINUTE + MINUTE;
}

static void
wall_rang(struct serve *s)
{
	int came = alarm_read(s->wall_fd);
	int64_t at = s->wall;

	if (came == 0)
		return;
	s->wall = 0;
	/* A clock that was set: what is due when has to be found out anew. */
	if (came == -1 || (s->minute != 0 && at >= s->minute)) {
		s->minute = 0;
		s->step[STEP_CRON].wanted = true;
		s->step[STEP_CRON].pause = 0;
		if (came == -1 || s->blind)
			look_again(s);
	}
	if (s->look.due != 0 && at >= s->look.due) {
		s->look.due = 0;
		serve_ease(s);
		look_again(s);
	}
}

static void
mono_rang(struct serve *s)
{
	int64_t now = clock_mono();

	alarm_read(s->mono_fd);
	if (s->watchdog_at != 0 && now >= s->watchdog_at) {
		notify_send(&s->notify, "WATCHDOG=1");
		s->watchdog_at = now + s->notify.watchdog_ms;
	}
	if (s->sync_at != 0 && now >= s->sync_at) {
		s->step[STEP_SYNC].wanted = true;
		s->sync_at = 0;
	}
}

/* `pause`: when a step may be started that is wanted. */
static void
set_alarms(struct serve *s, int64_t pause)
{
	int64_t mono = pause, wall = 0;
	bool works = s->mode == SERVE_WORKS;

	if (works && s->look.syncs && s->sync_at == 0)
		s->sync_at = clock_mono() + s->look.sync_ms;
	if (!works || !s->look.syncs)
		s->sync_at = 0;
	if (s->minute == 0)
		s->minute = next_minute(s);
	if (next_minute(s) == 0)
		s->minute = 0;
	if (works && s->again && s->look_fd == -1)
		earlier(&mono, s->look_at > 0 ? s->look_at : 1);
	earlier(&mono, s->opts->once ? 0 : s->sync_at);
	earlier(&mono, s->watchdog_at);
	earlier(&mono, s->mode == SERVE_DRAINS ? s->drained : 0);
	earlier(&wall, s->minute);
	earlier(&wall, works && !s->opts->once ? s->look.due : 0);
	alarm_set_mono(s->mono_fd, mono);
	if (wall != s->wall)
		alarm_set_wall(s->wall_fd, wall);
	s->wall = wall;
}

/* ---- signals ---- */

static void
stop(struct serve *s)
{
	s->mode = SERVE_STOPS;
	serve_say(s, LOG_WARN, "stops what runs: %zu", s->n);
	serve_stop_helpers(s);
}

static void
drain(struct serve *s)
{
	int64_t ms = s->looked ? s->look.drain_ms : config_int(&s->p->config, "serve.drain");

	s->mode = SERVE_DRAINS;
	s->drained = clock_mono() + ms;
	notify_send(&s->notify, "STOPPING=1\nEXTEND_TIMEOUT_USEC=%lld", (long long)(ms + STOP_MS) * 1000);
	serve_say(s, LOG_INFO, "drains: %zu run", s->n);
}

static void
reload(struct serve *s)
{
	notify_send(&s->notify, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)notify_usec());
	serve_say(s, LOG_INFO, "reads its configuration again");
	s->reloading = true;
	serve_forgive(s);
	serve_watch(s);
	s->step[STEP_RECOVER].wanted = s->step[STEP_CRON].wanted = true;
	s->again = true;
	s->look_at = 0;
}

static void
signalled(struct serve *s)
{
	int sig;

	while ((sig = sig_next(s->sig_fd)) != 0) {
		if (sig == SIGHUP && (s->tty == -1 || isatty(s->tty))) {
			if (s->mode == SERVE_WORKS)
				reload(s);
			continue;
		}
		if (s->mode == SERVE_STOPS)
			s->left = true;
		if (s->mode == SERVE_WORKS)
			drain(s);
		else if (s->mode == SERVE_DRAINS && sig != SIGQUIT)
			stop(s);
		if (sig == SIGQUIT && s->mode == SERVE_DRAINS)
			stop(s);
	}
}

/* ---- the loop ---- */

static void
tell_status(struct serve *s)
{
	char text[sizeof s->status];

	if (s->mode != SERVE_WORKS)
		snprintf(text, sizeof text, "%s, %zu run", s->mode == SERVE_DRAINS ? "drains" : "stops", s->n);
	else if (!s->looked)
		snprintf(text, sizeof text, "begins");
	else if (*s->look.problem != '\0')
		snprintf(text, sizeof text, "waits: %.140s", s->look.problem);
	else
		snprintf(text, sizeof text, "%lld run, %lld ready", (long long)s->look.running,
		    (long long)s->look.ready);
	if (strcmp(text, s->status) == 0)
		return;
	memcpy(s->status, text, sizeof text);
	notify_send(&s->notify, "STATUS=%s", text);
}

/* Is all that is due done, or has it failed? */
static bool
is_done(const struct serve *s)
{
	if (s->left)
		return true;
	if (s->n > 0 || s->look_fd != -1)
		return false;
	if (s->mode != SERVE_WORKS)
		return true;
	if (!s->opts->once || !s->looked || s->again)
		return false;
	for (int i = 0; i < STEPS; i++)
		if (serve_due(s, i) > 0 && s->step[i].failures == 0)
			return false;
	return true;
}

static int
sleep_and_hear(struct serve *s, struct err *e)
{
	struct pollfd *fds = xcalloc(5 + 2 * SERVE_HELPERS, sizeof *fds);
	size_t helpers = s->n;
	int r = 0;

	fds[0] = (struct pollfd){ .fd = s->sig_fd, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = s->wall_fd, .events = POLLIN };
	fds[2] = (struct pollfd){ .fd = s->mono_fd, .events = POLLIN };
	fds[3] = (struct pollfd){ .fd = s->watch.fd, .events = POLLIN };
	fds[4] = (struct pollfd){ .fd = s->look_fd, .events = POLLIN };
	for (size_t i = 0; i < helpers; i++) {
		fds[5 + 2 * i] = (struct pollfd){ .fd = s->v[i].proc.pidfd, .events = POLLIN };
		fds[6 + 2 * i] = (struct pollfd){ .fd = s->v[i].out, .events = POLLIN };
	}
	if (poll(fds, 5 + 2 * helpers, -1) == -1) {
		r = errno == EINTR ? 0 : err_sys(e, "cannot wait");
		goto done;
	}
	if (fds[0].revents)
		signalled(s);
	if (fds[1].revents)
		wall_rang(s);
	if (fds[2].revents)
		mono_rang(s);
	if (fds[3].revents && serve_watched(s))
		look_again(s);
	/* From the end, because the last one moves into a gap. */
	for (size_t i = helpers; i-- > 0;) {
		if (fds[6 + 2 * i].revents)
			serve_hear(s, &s->v[i]);
		if (fds[5 + 2 * i].revents)
			serve_reap(s, i);
	}
	if (fds[4].revents)
		r = end_look(s, e);
done:
	free(fds);
	return r;
}

static int
work(struct serve *s, struct err *e)
{
	int64_t pause;
	int r = 0;

	while (r == 0) {
		if (s->mode == SERVE_WORKS && s->again && s->look_fd == -1 && clock_mono() >= s->look_at)
			begin_look(s);
		if (s->mode == SERVE_DRAINS && clock_mono() >= s->drained && s->n > 0)
			stop(s);
		pause = 0;
		serve_start(s, &pause);
		tell_status(s);
		if (is_done(s))
			break;
		set_alarms(s, pause);
		r = sleep_and_hear(s, e);
	}
	return r;
}

static int
begin(struct serve *s, struct err *e)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP, 0 };

	for (int fd = STDERR_FILENO; fd >= 0; fd--)
		if (isatty(fd))
			s->tty = fd;
	if (serve_take(s, e) == -1)
		return -1;
	/* A folder in which somebody stands could be neither unmounted nor seen to go. */
	if (chdir("/") == -1)
		return err_sys(e, "cannot enter '/'");
	if ((s->sig_fd = sig_fd(signals, e)) == -1 || (s->wall_fd = alarm_wall(e)) == -1 ||
	    (s->mono_fd = alarm_mono(e)) == -1)
		return -1;
	notify_open(&s->notify);
	if (s->notify.watchdog_ms != 0)
		s->watchdog_at = clock_mono() + s->notify.watchdog_ms;
	serve_watch(s);
	s->step[STEP_SYNC].wanted = true;
	s->again = true;
	return 0;
}

static void
end(struct serve *s)
{
	notify_close(&s->notify);
	for (size_t i = 0; i < s->n; i++) {
		if (s->v[i].out != -1)
			close(s->v[i].out);
		close(s->v[i].proc.pidfd);
	}
	for (int *fd = (int[]){ s->sig_fd, s->wall_fd, s->mono_fd, s->look_fd, -2 }; *fd != -2; fd++)
		if (*fd != -1)
			close(*fd);
	serve_place_release(s);
	free(s);
}

/* The worst of all attempts, and of what each step came to in the end. */
static int
status_of_once(const struct serve *s)
{
	int r = s->worst;

	for (int i = 0; i < STEPS; i++)
		r = err_worse(r, s->step[i].status == 1 ? 0 : s->step[i].status);
	return *s->look.problem != '\0' ? err_worse(r, s->look.status) : r;
}

int
serve(struct project *p, const struct serve_opts *opts, struct err *e)
{
	struct serve *s = xcalloc(1, sizeof *s);
	int r;

	s->p = p;
	s->opts = opts;
	s->lock.fd = s->watch.fd = s->notify.fd = -1;
	s->sig_fd = s->wall_fd = s->mono_fd = s->look_fd = s->tty = -1;
	if ((r = begin(s, e)) == 0 && (r = work(s, e)) == 0) {
		r = s->cut || s->left ? err_exit(ERR_BUSY) : opts->once ? status_of_once(s) : 0;
		serve_say(s, LOG_INFO, "ended with %d", r);
	}
	end(s);
	return r;
}

int
serve_plan(struct project *p, const struct serve_opts *opts, struct buf *out, struct err *e)
{
	struct serve *s = xcalloc(1, sizeof *s);
	int r = 0, n;

	s->p = p;
	s->opts = opts;
	serve_look_now(&s->look, p);
	s->looked = true;
	if (*s->look.problem != '\0') {
		r = err_set(e, ERR_INVALID, "%s", s->look.problem);
	} else {
		serve_want(s, NULL);
		s->step[STEP_SYNC].wanted = true;
		for (int i = 0; i < STEPS; i++)
			if ((n = serve_due(s, i)) > 0)
				buf_printf(out, i == STEP_RUN ? "%s %d\n" : "%s\n", serve_step_name(i), n);
	}
	free(s);
	return r;
}
