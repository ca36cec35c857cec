/*
 * One process, one attempt.  Its life is a straight line: detach from the
 * starter, make a container, write down where it is, start the program in it, watch
 * until it ends, stop what it left behind, empty the pipes, write the result, go.
 *
 * The end of a run is the end of the program, as its container tells, and never the
 * end of a pipe: a grandchild may hold the pipe for ever.  After the sweep
 * nobody is left who could write, so what the pipes hold then is all there is.
 * Limits are deadlines on a clock that counts suspended time; one timer is set
 * to the nearest and looked at only when it fires, so that output costs no system
 * call but its own reading and writing.
 *
 * The result is written last: while the run lock is held there may be none, once
 * it is free there is one or the keeper was killed.  If descendants cannot be
 * killed (a process stuck in the kernel), the keeper stays with them, and so
 * does the lock: that is the honest state.
 */
#include "work/keeper_life.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "sys/contain.h"
#include "sys/fault.h"
#include "sys/proc.h"
#include "sys/sig.h"
#include "work/keeper.h"
#include "work/keeper_output.h"
#include "work/agent_meter.h"
#include "work/keeper_scan.h"

#define CHUNK     (64 << 10)	/* read from a pipe at once */
#define PIPE_SIZE (1 << 20)	/* asked for; less is fine */
#define DRAIN_MS  1000		/* for what the pipes hold at the end */
#define SWEEP_MS  5000		/* one try to get rid of the descendants */

struct stream {
	int pipe;		/* end to read, -1: closed */
	struct keeper_output output;
};

struct keeper {
	const struct keeper_spec *spec;
	struct contain box;	/* what the program is started in */
	bool ended;
	int status;		/* as of waitpid */
	int signals;		/* descriptors to hear from */
	int timer;
	struct stream stream[2];
	char *chunk;
	struct keeper_scan scan;
	int64_t began, heard;	/* clock_mono: start; last byte of output */
	int64_t told;		/* the last event that is a result, 0: none yet */
	int64_t kill_at;	/* end of the grace, once we asked it to stop; then again */
	struct keeper_result result;
};

/* ---- starting ---- */

/*
 * A copy that nobody can change: with the file's own descriptor a program could open it
 * for writing, through /proc, and outside of what is mounted in its container.
 */
static int
copy_input(int file, const char *name, struct err *e)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	ssize_t n = 1;

	while (fd != -1 && n > 0)
		n = sendfile(fd, file, NULL, CHUNK);
	if (fd != -1 && n == 0 && lseek(fd, 0, SEEK_SET) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK) == 0)
		return fd;
	err_sys(e, "cannot copy '%s'", name);
	if (fd != -1)
		close(fd);
	return -1;
}

static int
open_input(const struct keeper_spec *s, struct err *e)
{
	const char *name = s->input ? s->input : "/dev/null";
	int fd = openat(s->run_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), copy;

	if (fd == -1)
		return err_sys(e, "cannot open '%s'", name);
	if (s->input == NULL)
		return fd;
	copy = copy_input(fd, name, e);
	close(fd);
	return copy;
}

/* Only our end is non-blocking: the program must not see EAGAIN. */
static int
open_pipe(struct stream *s, int *write_end, struct err *e)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) == -1)
		return err_sys(e, "cannot make a pipe");
	s->pipe = ends[0];
	*write_end = ends[1];
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == -1)
		return err_sys(e, "cannot set up a pipe");
	fcntl(ends[0], F_SETPIPE_SZ, PIPE_SIZE);
	return 0;
}

static int
start_program(struct keeper *k, struct err *e)
{
	const struct keeper_spec *s = k->spec;
	int in = -1, out = -1, err = -1, rc = -1;

	if ((in = open_input(s, e)) == -1 || open_pipe(&k->stream[0], &out, e) == -1 ||
	    open_pipe(&k->stream[1], &err, e) == -1)
		goto done;
	struct proc_spec spec = { .argv = s->argv, .envp = s->envp, .cwd = s->cwd_fd, .in = in,
		.out = out, .err = err, .death_signal = SIGKILL, .ruleset = s->ruleset };
	if (contain_make(&k->box, &spec, s->mounts, s->keep, e) == -1 ||
	    keeper_write_trace(s, &k->box.trace, e) == -1)
		goto done;
	k->result.container = k->box.trace.kind;
	k->result.sealed = k->box.trace.sealed;
	fault_step("keeper-spawn");
	k->began = k->heard = clock_mono();
	rc = contain_start(&k->box, e);
done:
	if (in != -1)
		close(in);
	if (out != -1)
		close(out);
	if (err != -1)
		close(err);
	return rc;
}

/* Everything that the watching needs, and the program last. */
static int
set_up(struct keeper *k, struct err *e)
{
	static const char *const names[] = { "stdout", "stderr" };
	const struct keeper_spec *s = k->spec;

	if (keeper_detach(s, e) == -1)
		return -1;
	k->chunk = xmalloc(CHUNK);
	if ((k->signals = sig_fd(keeper_signals, e)) == -1)
		return -1;
	if ((k->timer = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC)) == -1)
		return err_sys(e, "cannot make a timer");
	for (int i = 0; i < 2; i++)
		if (keeper_output_open(&k->stream[i].output, s->run_fd, s->name, names[i], e) == -1)
			return -1;
	return start_program(k, e);
}

/* ---- watching ---- */

/* The next moment at which something is due, 0: none. */
static int64_t
next_deadline(const struct keeper *k)
{
	const struct keeper_spec *s = k->spec;
	const int64_t limits[] = {
		s->timeout_ms > 0 ? k->began + s->timeout_ms : 0,
		s->idle_ms > 0 ? k->heard + s->idle_ms : 0,
		k->told > 0 ? k->told + s->result_ms : 0,
	};
	int64_t next = 0;

	if (k->result.stop != KEEPER_NOT)
		return k->kill_at;
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		if (limits[i] > 0 && (next == 0 || limits[i] < next))
			next = limits[i];
	return next;
}

/* A moment that has passed makes the timer fire at once; 0 stops it. */
static void
set_timer(struct keeper *k)
{
	int64_t at = next_deadline(k);
	struct itimerspec t = { .it_value = { .tv_sec = at / 1000,
		.tv_nsec = at % 1000 * 1000000 } };

	timerfd_settime(k->timer, TFD_TIMER_ABSTIME, &t, NULL);
}

/* Asks the program to end.  One that is suspended could not hear it. */
static void
stop(struct keeper *k, enum keeper_stop why)
{
	if (k->result.stop != KEEPER_NOT)
		return;
	k->result.stop = why;
	k->kill_at = clock_mono() + k->spec->grace_ms;
	contain_signal(&k->box, SIGTERM);
	contain_signal(&k->box, SIGCONT);
	set_timer(k);
}

static void
look_at_clock(struct keeper *k)
{
	const struct keeper_spec *s = k->spec;
	int64_t now = clock_mono();
	uint64_t times;

	if (read(k->timer, &times, sizeof times) == -1 && errno != EAGAIN)
		return;
	if (k->result.stop != KEEPER_NOT) {
		if (now >= k->kill_at) {
			contain_kill(&k->box);
			k->kill_at = now + SWEEP_MS;
		}
	} else if (k->told > 0 && now >= k->told + s->result_ms)
		stop(k, KEEPER_RESULT);
	else if (s->timeout_ms > 0 && now >= k->began + s->timeout_ms)
		stop(k, KEEPER_TIMEOUT);
	else if (s->idle_ms > 0 && now >= k->heard + s->idle_ms)
		stop(k, KEEPER_IDLE);
	set_timer(k);
}

static void
hear_signals(struct keeper *k)
{
	int sig;

	while ((sig = sig_next(k->signals)) != 0)
		if (sig == SIGCHLD)
			proc_reap_others(&k->box.process);
		else
			stop(k, KEEPER_ASKED);
}

/* Takes one chunk.  False if there is nothing now, or there will be nothing more. */
static bool
take_output(struct keeper *k, struct stream *s)
{
	ssize_t n;

	do
		n = read(s->pipe, k->chunk, CHUNK);
	while (n == -1 && errno == EINTR);
	if (n > 0) {
		keeper_output_add(&s->output, k->chunk, (size_t)n);
		if (s == &k->stream[0] && keeper_scan(&k->scan, k->chunk, (size_t)n)) {
			k->told = clock_mono();
			set_timer(k);
		}
		return true;
	}
	if (n == 0 || errno != EAGAIN) {
		close(s->pipe);
		s->pipe = -1;
	}
	return false;
}

/* Has it told that it used more than it may? */
static bool
is_over_budget(const struct keeper *k)
{
	const struct keeper_spec *s = k->spec;

	return s->meter != NULL && ((s->max_tokens > 0 && agent_meter_tokens(s->meter) > s->max_tokens) ||
	    (s->max_cost > 0 && agent_meter_cost(s->meter) > s->max_cost));
}

static void
hear_output(struct keeper *k, struct stream *s)
{
	int64_t max = k->spec->max_output;

	if (!take_output(k, s))
		return;
	k->heard = clock_mono();
	if (max > 0 && k->stream[0].output.bytes + k->stream[1].output.bytes > max)
		stop(k, KEEPER_OUTPUT);
	if (is_over_budget(k))
		stop(k, KEEPER_BUDGET);
}

static void
watch(struct keeper *k)
{
	set_timer(k);
	while (!k->ended) {
		struct pollfd p[] = {
			{ .fd = contain_fd(&k->box), .events = POLLIN },
			{ .fd = k->signals, .events = POLLIN },
			{ .fd = k->timer, .events = POLLIN },
			{ .fd = k->stream[0].pipe, .events = POLLIN },
			{ .fd = k->stream[1].pipe, .events = POLLIN },
		};

		if (poll(p, sizeof p / sizeof *p, -1) == -1)
			continue;
		/* output before the clock: what has come is not silence */
		if (p[3].revents != 0)
			hear_output(k, &k->stream[0]);
		if (p[4].revents != 0)
			hear_output(k, &k->stream[1]);
		if (p[1].revents != 0)
			hear_signals(k);
		if (p[2].revents != 0)
			look_at_clock(k);
		if (p[0].revents != 0)
			k->ended = contain_ended(&k->box, &k->status) == 1;
	}
	k->result.ms = clock_mono() - k->began;
}

/* ---- ending ---- */

static void
sweep(struct keeper *k)
{
	struct err e = { 0 };

	while (contain_sweep(&k->box, clock_mono() + SWEEP_MS, &k->result.swept, &e) == -1)
		poll(NULL, 0, 1000);
}

/* Nobody is left who writes; a stranger who was handed the pipe gets a second. */
static void
drain(struct keeper *k)
{
	int64_t deadline = clock_mono() + DRAIN_MS;

	for (int i = 0; i < 2; i++)
		while (k->stream[i].pipe != -1 && take_output(k, &k->stream[i]))
			if (clock_mono() >= deadline)
				break;
}

/* Keeps the first error: what follows is usually its consequence. */
static void
note(struct keeper *k, const struct err *e)
{
	struct keeper_result *r = &k->result;

	if (r->error[0] == '\0')
		memcpy(r->error, e->msg, str_cut(e->msg, strlen(e->msg), sizeof r->error - 1));
}

static void
finish(struct keeper *k)
{
	struct keeper_result *r = &k->result;

	sweep(k);
	drain(k);
	r->exit = WIFEXITED(k->status) ? WEXITSTATUS(k->status) : -1;
	r->signal = WIFSIGNALED(k->status) ? WTERMSIG(k->status) : 0;
}

/* The whole life; the status is 0 if there is a result. */
int
keeper_live(const struct keeper_spec *s)
{
	struct keeper k = { .spec = s, .scan = { .what = s->result, .meter = s->meter }, .signals = -1,
		.timer = -1, .box = { .process.pidfd = -1, .line = -1, .group = -1, .join = -1 } };
	struct err e = { 0 };

	k.result.exit = -1;
	for (int i = 0; i < 2; i++)
		k.stream[i] = (struct stream){ .pipe = -1, .output.fd = -1 };
	if (set_up(&k, &e) == 0) {
		k.result.started = true;
		watch(&k);
		finish(&k);
	} else {
		/* What was killed on its way is no program that cannot be run. */
		k.result.started = e.code == ERR_BUSY;
		k.result.signal = e.code == ERR_BUSY ? SIGKILL : 0;
		note(&k, &e);
	}
	contain_release(&k.box);
	keeper_scan_release(&k.scan);
	for (int i = 0; i < 2; i++)
		if (keeper_output_end(&k.stream[i].output, &e) == -1)
			note(&k, &e);
	k.result.out_bytes = k.stream[0].output.bytes;
	k.result.err_bytes = k.stream[1].output.bytes;
	return keeper_write(s, &k.result, &e) == 0 ? 0 : 1;
}
