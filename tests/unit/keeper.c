/*
 * The keeper with fake agents: what it records, what it stops, what it outlives.
 * Ends are seen on pidfds and at the ends of pipes; a timeout is waited for only
 * where it is the thing that is tested.
 */
#include "work/keeper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/tap.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "sys/fs.h"
#include "sys/lock.h"
#include "sys/proc.h"
#include "sys/sig.h"
#include "work/jsonl.h"
#include "work/keeper_output.h"
#include "work/keeper_scan.h"

#define PATIENCE 60000		/* ms; only ever waited for when something is broken */
#define FOREVER  (60 * 60 * 1000)

static enum contain_kind kind;
static char self[4096], base[4096], fakes[4096];
static int run_fd, cwd_fd;

/* ---- helpers ---- */

static bool
is_space(void)
{
	return kind == CONTAIN_PIDNS || kind == CONTAIN_USERNS;
}

static bool
wait_for(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n;

	do
		n = poll(&p, 1, PATIENCE);
	while (n == -1 && errno == EINTR);
	return n == 1;
}

static int
finish(struct proc *p)
{
	int status = -1;

	if (!wait_for(p->pidfd))
		proc_signal(p, SIGKILL);
	while (proc_reap(p, &status) == 0)
		wait_for(p->pidfd);
	return status;
}

/* A spec that runs a fake, or the words of a shell when `line` has a blank. */
static struct keeper_spec
spec_of(const char *line)
{
	static char word[3][4200], env[3][4200];
	static char *argv[4], *envp[4];
	bool shell = strchr(line, ' ') != NULL;

	snprintf(word[0], sizeof word[0], shell ? "/bin/sh" : "%s/%s", fakes, line);
	snprintf(word[1], sizeof word[1], "-c");
	snprintf(word[2], sizeof word[2], "%s", line);
	argv[0] = word[0];
	argv[1] = shell ? word[1] : NULL;
	argv[2] = word[2];
	argv[3] = NULL;
	snprintf(env[0], sizeof env[0], "PATH=/usr/local/bin:/usr/bin:/bin");
	snprintf(env[1], sizeof env[1], "FAKE_PIDS=%s/pids", base);
	snprintf(env[2], sizeof env[2], "BASE=%s", base);
	for (int i = 0; i < 3; i++)
		envp[i] = env[i];
	return (struct keeper_spec){ .name = "", .run_fd = run_fd, .argv = argv, .envp = envp,
		.cwd_fd = cwd_fd, .timeout_ms = FOREVER, .grace_ms = FOREVER };
}

static struct keeper_result
run(const struct keeper_spec *s)
{
	struct keeper_result r;
	struct err e = { 0 };

	if (keeper_run(s, -1, &r, &e) != 0)
		ok(false, "keeper_run: %s", e.msg);
	return r;
}

static const char *
content(const char *name)
{
	static struct buf b;
	struct err e = { 0 };

	buf_cut(&b, 0);
	if (fs_read(run_fd, name, 16 << 20, &b, &e) != 0)
		return NULL;
	return buf_str(&b);
}

static mode_t
mode_of(const char *name)
{
	struct stat st;

	return fstatat(run_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_mode & 07777 : 0;
}

/* Empties the run folder, and counts what was in it. */
static int
clear(void)
{
	struct err e = { 0 };
	struct dirent *d;
	DIR *dir = fdopendir(openat(run_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	int n = 0;

	while ((d = readdir(dir)) != NULL)
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0) {
			fs_remove_tree(run_fd, d->d_name, &e);
			n++;
		}
	closedir(dir);
	return n;
}

static void
put(const char *name, const char *text)
{
	struct err e = { 0 };

	if (fs_replace(run_fd, name, text, strlen(text), 0600, &e) == -1)
		ok(false, "%s", e.msg);
}

/* ---- one run, well ended ---- */

static void
test_ok(void)
{
	struct keeper_spec s = spec_of("ok");
	struct keeper_result r;
	struct err e = { 0 };

	put("prompt", "do this\n");
	s.input = "prompt";
	is_int(keeper_read(run_fd, "", &r, &e), 1, "no result before");
	r = run(&s);
	ok(r.started && r.exit == 0 && r.signal == 0 && r.stop == KEEPER_NOT, "a good end");
	ok(r.ms >= 0 && r.swept == 0, "in some time, leaving nothing");
	is(r.error, "", "without an error");
	ok(strstr(content("stdout"), "read 8 bytes") != NULL, "the prompt came on stdin");
	is_int(r.out_bytes, (int64_t)strlen(content("stdout")), "its output was counted");
	is(content("stderr"), "", "stderr is there");
	is_int(r.err_bytes, 0, "and empty");
	ok(str_starts(content("result.json"), "{\"schema\":1,\"started\":true,\"exit\":0,\"signal\":0,"
	    "\"stop\":\"\",\"ms\":"), "the result is one object");
	ok(mode_of("stdout") == 0600 && mode_of("stderr") == 0600 && mode_of("result.json") == 0600,
	    "the files are private");
	is_int(r.container, kind, "in the container that was asked for");
	ok(strstr(content("container.json"), contain_name(kind)) != NULL, "of which there is a trace");
	is_int(clear(), 5, "and there are no others");

	s.input = NULL;
	s.name = "verify-1.";
	r = run(&s);
	ok(strstr(content("verify-1.stdout"), "read 0 bytes") != NULL, "no input, and a prefix");
	ok(content("verify-1.result.json") != NULL, "for all files");
	ok(content("verify-1.container.json") != NULL, "the trace too");
	is_int(clear(), 4, "none without it");
}

static void
test_ends(void)
{
	struct keeper_spec s = spec_of("fails");
	struct keeper_result r = run(&s);

	ok(r.started && r.exit == 3 && r.signal == 0, "an exit status");
	is(content("stdout"), "half an answer\n", "stdout apart");
	is(content("stderr"), "error: something is missing\n", "from stderr");
	s = spec_of("kill -SEGV $$");
	r = run(&s);
	ok(r.started && r.exit == -1 && r.signal == SIGSEGV, "death by a signal");
	s = spec_of("garbage");
	r = run(&s);
	ok(r.exit == 0 && r.out_bytes == 56, "bytes are bytes");
	s = spec_of("empty");
	r = run(&s);
	ok(r.exit == 0 && r.out_bytes == 0, "no output is fine");
	s = spec_of("exec >&- 2>&-; exit 5");
	r = run(&s);
	is_int(r.exit, 5, "closed outputs are not the end");
	s = spec_of("no-such-fake");
	r = run(&s);
	ok(!r.started && r.exit == -1, "a program that is not there was not started");
	ok(strstr(r.error, "no-such-fake': No such file or directory") != NULL, "for this reason");
	is(content("stdout"), "", "the former output is not taken for its");
	s = spec_of("ok");
	s.input = "no-such-input";
	r = run(&s);
	ok(!r.started, "nor without its input");
	is(r.error, "cannot open 'no-such-input': No such file or directory", "for this reason");
	clear();
}

/* ---- stopping ---- */

/* The program must have come so far before its time is up, however slow the machine: it is
 * given more until it ends with this signal, or exits so, and has so many children. */
static struct keeper_result
run_out_of_time(struct keeper_spec *s, int64_t *limit, int signal, int exit, int children)
{
	struct keeper_result r;

	for (*limit = 100; ; *limit *= 4) {
		r = run(s);
		if ((r.signal == signal && r.exit == exit && r.swept >= children) || *limit > 20000)
			return r;
		printf("# %lld ms: signal %d, exit %d, %d swept\n", (long long)*limit, r.signal,
		    r.exit, (int)r.swept);
	}
}

static void
test_limits(void)
{
	struct keeper_spec s = spec_of("slow");
	struct keeper_result r;

	r = run_out_of_time(&s, &s.timeout_ms, SIGTERM, -1, 0);
	ok(r.stop == KEEPER_TIMEOUT && r.signal == SIGTERM && r.exit == -1, "the wall clock");
	ok(r.ms >= s.timeout_ms, "not before its time");
	ok(strstr(content("result.json"), "\"stop\":\"timeout\"") != NULL, "by name");
	s = spec_of("slow");
	r = run_out_of_time(&s, &s.idle_ms, SIGTERM, -1, 0);
	ok(r.stop == KEEPER_IDLE && r.signal == SIGTERM, "silence");
	is(content("stdout"), "beginning\n", "what was said before is kept");
	s = spec_of("chatter");
	s.timeout_ms = 1000;
	s.idle_ms = 600;
	r = run(&s);
	ok(r.stop == KEEPER_TIMEOUT, "who speaks is not idle");
	s = spec_of("ignores-term");
	s.idle_ms = 100;
	s.grace_ms = 50;
	r = run(&s);
	ok(r.stop == KEEPER_IDLE && r.signal == SIGKILL, "who does not hear is killed");
	ok(r.ms >= 150, "after the grace");
	s = spec_of("trap 'echo bye; exit 4' TERM; while :; do tail -f /dev/null & wait; done");
	r = run_out_of_time(&s, &s.timeout_ms, 0, 4, 0);
	ok(r.stop == KEEPER_TIMEOUT && r.exit == 4, "who hears may end in order");
	is(content("stdout"), "bye\n", "and say so");
	s = spec_of("kill -STOP $$ ");
	r = run_out_of_time(&s, &s.timeout_ms, SIGTERM, -1, 0);
	ok(r.stop == KEEPER_TIMEOUT && r.signal == SIGTERM, "who is suspended is woken");
	s = spec_of("flood");
	s.max_output = 1 << 20;
	r = run(&s);
	ok(r.stop == KEEPER_OUTPUT && r.out_bytes > 1 << 20, "too much output");
	clear();
}

static void
test_asked(void)
{
	static const int stops[] = { SIGTERM, SIGINT, 0 };
	struct keeper_spec s = spec_of("slow");
	struct keeper_result r;
	struct err e = { 0 };
	struct proc p;
	sigset_t old;
	int fd;

	signal(SIGTERM, SIG_IGN);
	is_int(keeper_start(&p, &s, &e), 0, "a keeper is started, by one that ignores requests");
	signal(SIGTERM, SIG_DFL);
	proc_signal(&p, SIGTERM);
	is_int(finish(&p), 0, "asked at once, it ends well");
	is_int(keeper_read(run_fd, "", &r, &e), 0, "with a result");
	ok(r.stop == KEEPER_ASKED && r.started, "that says so");

	sigprocmask(SIG_BLOCK, NULL, &old);
	fd = sig_fd(stops, &e);
	s = spec_of("kill -INT $STARTER; tail -f /dev/null");
	/* in a pid namespace our number means nothing */
	if (!is_space()) {
		char starter[32], *envp[] = { s.envp[0], starter, NULL };

		snprintf(starter, sizeof starter, "STARTER=%d", (int)getpid());
		s.envp = envp;
		is_int(keeper_run(&s, fd, &r, &e), 0, "asked through the starter");
		ok(r.stop == KEEPER_ASKED && r.signal == SIGTERM, "the program is");
	}
	close(fd);
	sigprocmask(SIG_SETMASK, &old, NULL);
	clear();
}

/* ---- descendants ---- */

/* How many processes there were whose environment names our folder: none may be left. */
static int
living(const char *pids)
{
	char mark[4200], *marks[] = { mark, NULL };
	struct err e = { 0 };
	struct buf b = { 0 };
	int dirfd = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	snprintf(mark, sizeof mark, "BASE=%s", base);
	fs_read(dirfd, pids, 4096, &b, &e);
	ok(b.len > 0, "there were some");
	unlinkat(dirfd, pids, 0);
	unlinkat(dirfd, "pids.up", 0);
	close(dirfd);
	buf_release(&b);
	return proc_kill_marked(marks, clock_mono() + PATIENCE, &e);
}

static void
test_descendants(void)
{
	struct keeper_spec s = spec_of("grandchildren");
	struct keeper_result r = run(&s);

	ok(r.exit == 0 && r.stop == KEEPER_NOT, "it left children that hold its output");
	ok(strstr(content("stdout"), "not all of me") != NULL, "its answer is there");
	ok(r.swept >= 4, "%d were swept", r.swept);
	is_int(living("pids"), 0, "none is left");
	s = spec_of("churner");
	r = run(&s);
	ok(r.exit == 0 && r.swept >= 1, "one that moves is caught");
	is(content("stdout"), "leaving\n", "with its output");
	s = spec_of("(trap '' TERM; tail -f /dev/null & tail -f /dev/null) & tail -f /dev/null");
	r = run_out_of_time(&s, &s.timeout_ms, SIGTERM, -1, 2);
	ok(r.signal == SIGTERM && r.swept >= 2, "children outlive a request, not a sweep");
	clear();
}

static int
count_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	struct dirent *f;
	int n = 0;

	while ((f = readdir(d)) != NULL)
		n += *f->d_name != '.' && strtol(f->d_name, NULL, 10) != dirfd(d);
	closedir(d);
	return n;
}

/*
 * The lock belongs to the keeper alone: it is held while the program runs, the
 * program does not have it, and when it is free there is a result.
 */
static void
test_lock(void)
{
	char part[] = "files", *argv[] = { self, part, NULL };
	struct keeper_spec s = spec_of("slow");
	struct lock lock, other;
	struct keeper_result r;
	struct err e = { 0 };
	struct proc p;
	int ends[2], stray = open("/dev/null", O_RDONLY);	/* without O_CLOEXEC */
	int keep[3];

	s.argv = argv;
	s.timeout_ms = FOREVER;
	if (lock_try(&lock, run_fd, "lock", &e) != 0 || pipe(ends) == -1) {
		ok(false, "no lock or no pipe: %s", e.msg);
		return;
	}
	keep[0] = ends[1];
	keep[1] = lock.fd;
	keep[2] = -1;
	s.keep = keep;
	r = run(&s);
	is_int(r.exit, 3, "the program has three descriptors");

	s = spec_of("slow");
	s.keep = keep;
	keeper_start(&p, &s, &e);
	close(lock.fd);
	close(ends[1]);
	is_int(lock_try(&other, run_fd, "lock", &e), 1, "the lock is held while it runs");
	proc_signal(&p, SIGTERM);
	ok(wait_for(ends[0]), "the keeper goes");
	finish(&p);
	is_int(lock_try(&other, run_fd, "lock", &e), 0, "the lock is free");
	is_int(keeper_read(run_fd, "", &r, &e), 0, "and there is a result");
	lock_release(&other);
	close(ends[0]);
	close(stray);
	clear();
}

/* ---- who dies when ---- */

/* A starter that is killed while its keeper's program waits at a FIFO. */
static void
test_starter_killed(void)
{
	struct keeper_spec s = spec_of("echo up >$BASE/up; read x <$BASE/go; echo \"$x\"");
	struct keeper_result r;
	struct err e = { 0 };
	char up[4200], go[4200], word[4] = "";
	int ends[2], fd, keep[2], status;
	pid_t pid;

	snprintf(up, sizeof up, "%s/up", base);
	snprintf(go, sizeof go, "%s/go", base);
	if (mkfifo(up, 0600) == -1 || mkfifo(go, 0600) == -1 || pipe2(ends, O_CLOEXEC) == -1) {
		ok(false, "cannot make pipes");
		return;
	}
	fflush(stdout);
	if ((pid = fork()) == 0) {
		struct proc p;

		keep[0] = ends[1];
		keep[1] = -1;
		s.keep = keep;
		keeper_start(&p, &s, &e);
		for (;;)
			pause();
	}
	close(ends[1]);
	fd = open(up, O_RDONLY | O_CLOEXEC);
	ok(read(fd, word, 3) == 3, "the program is %.2s", word);
	close(fd);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	ok(WIFSIGNALED(status), "the starter is killed");
	is_int(keeper_read(run_fd, "", &r, &e), 1, "there is no result yet");
	fd = open(go, O_WRONLY | O_CLOEXEC);
	ok(write(fd, "on\n", 3) == 3, "the program goes on");
	close(fd);
	ok(wait_for(ends[0]), "the keeper ends by itself");
	is_int(keeper_read(run_fd, "", &r, &e), 0, "there is a result");
	ok(r.exit == 0 && r.stop == KEEPER_NOT, "a good one");
	is(content("stdout"), "on\n", "with all the output");
	close(ends[0]);
	unlink(up);
	unlink(go);
	clear();
}

/* Nobody is left to stop the program, so it goes with its keeper. */
static void
test_keeper_killed(void)
{
	struct keeper_spec s = spec_of("seq -f %015.0f 0 200000; exec 9>$BASE/up; "
	    "exec tail -f /dev/null");
	struct keeper_result r;
	struct err e = { 0 };
	struct proc p;
	char up[4200], word[4], *want;
	int fd;

	snprintf(up, sizeof up, "%s/up", base);
	mkfifo(up, 0600);
	keeper_start(&p, &s, &e);
	/* opened when all was written, at its end when the program is gone; what is
	 * still in the pipe is lost with the keeper */
	fd = open(up, O_RDONLY | O_CLOEXEC);
	kill(p.pid, SIGKILL);
	ok(WIFSIGNALED(finish(&p)), "the keeper is killed");
	is_int(read(fd, word, 1), 0, "its program goes too");
	close(fd);
	unlink(up);
	ok(keeper_end(run_fd, "", clock_mono() + PATIENCE, &e) >= 0, "its container is ended (%s)", e.msg);
	is_int(keeper_end(run_fd, "", clock_mono(), &e), 0, "once");
	is_int(keeper_read(run_fd, "", &r, &e), 1, "there is no result");
	is_int(keeper_salvage(run_fd, "", &e), 0, "the output is salvaged");
	want = xstrdup(content("stdout"));
	ok(str_starts(want, "000000000000000\n000000000000001\n"), "with its head");
	ok(strstr(want, " bytes left out ...]\n") != NULL && strlen(want) > KEEPER_TAIL_MAX,
	    "and its tail");
	is_int(keeper_salvage(run_fd, "", &e), 0, "again");
	is(content("stdout"), want, "changes nothing");
	free(want);
	is_int(clear(), 3, "no parts are left");
	is_int(keeper_salvage(run_fd, "", &e), 0, "nothing to salvage is fine");
}

static void
test_no_result(void)
{
	struct keeper_spec s = spec_of("rm -r $BASE/run");
	struct keeper_result r;
	struct err e = { 0 };
	char path[4200];

	is_int(keeper_run(&s, -1, &r, &e), -1, "a result that cannot be written");
	is_int(e.code, ERR_SYSTEM, "is an error");
	is(e.msg, "the keeper could not write its result", "of the system");
	snprintf(path, sizeof path, "%s/run", base);
	mkdir(path, 0700);
	close(run_fd);
	run_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	s = spec_of("kill -KILL $PPID; tail -f /dev/null");
	is_int(keeper_run(&s, -1, &r, &e), 1, "a killed keeper has none");
	is(e.msg, "the keeper was ended by signal KILL", "as is said");
	put("result.json", "{\"schema\":1}");
	is_int(keeper_read(run_fd, "", &r, &e), -1, "half a result");
	is_int(e.code, ERR_INVALID, "is none");
	put("result.json", "garbage");
	is_int(keeper_read(run_fd, "", &r, &e), -1, "no JSON");
	is_int(e.code, ERR_INVALID, "neither");
	put("result.json", "{\"schema\":1,\"started\":true,\"exit\":0,\"signal\":0,\"stop\":\"what\","
	    "\"ms\":1,\"stdout_bytes\":0,\"stderr_bytes\":0,\"swept\":0,\"error\":\"\"}");
	is_int(keeper_read(run_fd, "", &r, &e), -1, "nor an unknown reason to stop");
	clear();
}

/* ---- output ---- */

static char
byte_at(int64_t i)
{
	return (char)('a' + (i ^ i >> 7 ^ i >> 17) % 26);
}

/* What the file must hold after `n` bytes. */
static void
expect(struct buf *b, int64_t n)
{
	int64_t head = n < KEEPER_HEAD_MAX ? n : KEEPER_HEAD_MAX, tail = n - head;
	int64_t gone = tail > KEEPER_TAIL_MAX ? tail - KEEPER_TAIL_MAX : 0;

	buf_cut(b, 0);
	for (int64_t i = 0; i < head; i++)
		buf_putc(b, byte_at(i));
	if (gone > 0)
		buf_printf(b, "\n[... %lld bytes left out ...]\n", (long long)gone);
	for (int64_t i = head + gone; i < n; i++)
		buf_putc(b, byte_at(i));
}

static void
feed(struct keeper_output *o, int64_t n, size_t step)
{
	char *part = xmalloc(step);

	while (o->bytes < n) {
		size_t len = step;

		if (n - o->bytes < (int64_t)step)
			len = (size_t)(n - o->bytes);
		for (size_t i = 0; i < len; i++)
			part[i] = byte_at(o->bytes + (int64_t)i);
		keeper_output_add(o, part, len);
	}
	free(part);
}

static bool
holds(const struct buf *want)
{
	const char *got = content("x.stdout");

	return got != NULL && strlen(got) == want->len && memcmp(got, buf_str(want), want->len) == 0;
}

static void
test_output(void)
{
	enum { H = KEEPER_HEAD_MAX, T = KEEPER_TAIL_MAX };
	static const int64_t sizes[] = { 0, 1, H - 1, H, H + 1, H + T - 1, H + T, H + T + 1,
		H + 2 * T - 1, H + 2 * T, H + 2 * T + 1, H + 3 * T + 12345, 7 * T };
	struct keeper_output o;
	struct buf want = { 0 };
	struct err e = { 0 };

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (size_t step = 4096 + 7; step <= 3 * T; step *= 29) {
			int rc = keeper_output_open(&o, run_fd, "x.", "stdout", &e);

			feed(&o, sizes[i], step);
			expect(&want, sizes[i]);
			rc += keeper_output_end(&o, &e);
			if (rc != 0 || !holds(&want) || clear() != 1)
				ok(false, "%lld bytes by %zu", (long long)sizes[i], step);
		}
	ok(true, "head and tail, of any length");

	/* as a killed keeper leaves it, twice, the second time half joined */
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		int fd;

		keeper_output_open(&o, run_fd, "x.", "stdout", &e);
		feed(&o, sizes[i], 100000);
		close(o.fd);
		free(o.name);
		fd = openat(run_fd, "x.stdout", O_WRONLY | O_APPEND | O_CLOEXEC);
		if (sizes[i] > H && write(fd, "half", 4) != 4)
			ok(false, "write");
		close(fd);
		expect(&want, sizes[i]);
		if (keeper_output_join(run_fd, "x.stdout", &e) != 0 || !holds(&want) ||
		    keeper_output_join(run_fd, "x.stdout", &e) != 0 || !holds(&want))
			ok(false, "%lld bytes", (long long)sizes[i]);
		/* the removal of the parts was interrupted */
		put("x.stdout.tail-7", "rest");
		if (keeper_output_join(run_fd, "x.stdout", &e) != 0 || !holds(&want) || clear() != 1)
			ok(false, "%lld bytes, removal", (long long)sizes[i]);
	}
	ok(true, "joined after a kill");
	put("x.stdout.tail-5", "old");
	put("x.stdout.tail-five", "other");
	put("x.stdout", "old");
	keeper_output_open(&o, run_fd, "x.", "stdout", &e);
	keeper_output_end(&o, &e);
	is(content("x.stdout"), "", "a former run's output is gone");
	is_int(clear(), 2, "and its parts, but no other file");
	buf_release(&want);
}

/* Does the stream have the event, cut into pieces of `step` bytes? */
static bool
scans(const struct jsonl_sel *what, const char *text, size_t step)
{
	struct keeper_scan s = { .what = what };
	bool seen = false;

	for (size_t i = 0, len = strlen(text); i < len; i += step)
		seen = keeper_scan(&s, text + i, len - i < step ? len - i : step) || seen;
	keeper_scan_release(&s);
	return seen;
}

static void
test_scan(void)
{
	static const char yes[] = "{\"type\":\"step\"}\nnoise\n{\"type\":\"done\",\"x\":1}\n";
	static const char no[] = "{\"type\":\"step\",\"x\":\"done\"}\n{\"type\":\"done\"}x\n{\"type\":\"done\"}";
	struct jsonl_sel what;
	struct buf b = { 0 };
	struct err e = { 0 };
	bool good = true;

	is_int(jsonl_compile(&what, JSONL_EVENT, "type=done", &e), 0, "an event to look for");
	for (size_t step = 1; step < sizeof yes; step++)
		good = good && scans(&what, yes, step) && !scans(&what, no, step);
	ok(good, "is found however the stream is cut, and nothing else");
	ok(!scans(NULL, yes, 7), "nothing is looked for where nothing is known");
	/* a line that is too long hides neither the next nor itself as its own end */
	buf_puts(&b, "{\"type\":\"done\",\"x\":\"");
	for (int i = 0; i < KEEPER_LINE_MAX; i++)
		buf_putc(&b, 'x');
	buf_puts(&b, "\"}\n");
	ok(!scans(&what, buf_str(&b), 1000) && !scans(&what, buf_str(&b), b.len), "a line too long");
	buf_puts(&b, yes);
	ok(scans(&what, buf_str(&b), 1000) && scans(&what, buf_str(&b), b.len), "and the next");
	buf_release(&b);
	jsonl_sel_release(&what);
}

static void
test_flood(void)
{
	struct keeper_spec s = spec_of("flood");
	struct keeper_result r;
	struct rusage u;
	char bytes[] = "FAKE_BYTES=50331648", *envp[] = { s.envp[0], bytes, NULL };
	const char *got;

	s.envp = envp;
	r = run(&s);
	ok(r.exit == 0 && r.out_bytes == 50331648, "48 MiB in %d ms", (int)r.ms);
	got = content("stdout");
	ok(str_ends(got, "\n000000003145727\n"), "the last line is there");
	ok(strstr(got, "\n\n[... 49217536 bytes left out ...]\n0000") != NULL, "the gap is counted");
	is_int((int64_t)strlen(got), KEEPER_HEAD_MAX + KEEPER_TAIL_MAX + 35, "nothing else is kept");
	getrusage(RUSAGE_CHILDREN, &u);
#ifndef ORCH_DEBUG
	ok(u.ru_maxrss <= 16384, "in at most 16 MiB (%ld KiB)", u.ru_maxrss);
#endif
	is_int(clear(), 4, "no parts are left");
}

/* The disk is full: the program runs on, and the result tells. */
static void
test_full(void)
{
	struct keeper_spec s = spec_of("flood");
	struct keeper_result r;
	struct rlimit old, small = { .rlim_cur = 32 << 10 };

	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_FSIZE, &small);
	r = run(&s);
	setrlimit(RLIMIT_FSIZE, &old);
	ok(r.started && r.exit == 0 && r.out_bytes == 4 << 20, "output that cannot be kept is counted");
	is(r.error, "cannot write 'stdout': File too large", "and the reason recorded");
	is_int((int64_t)strlen(content("stdout")), 32 << 10, "what was kept stays");
	clear();
}

/* Is that kind of container to be had here?  From now on it is the only one. */
static bool
available(void)
{
	struct keeper_spec s = spec_of("ok");
	struct keeper_result r;

	setenv("ORCH_TEST_CONTAIN", contain_name(kind), 1);
	r = run(&s);
	clear();
	printf("# %s: %s\n", contain_name(kind), r.started ? "is used" : r.error);
	ok(r.started || kind != CONTAIN_WEAK, "something can be used");
	return r.started;
}

static void
test_kind(void)
{
	test_ok();
	test_ends();
	test_limits();
	test_asked();
	test_descendants();
	test_lock();
	test_starter_killed();
	test_keeper_killed();
}

int
main(int argc, char **argv)
{
	char dir[] = "/tmp/orch-keeper.XXXXXX", path[4200], *cut;
	struct err e = { 0 };
	ssize_t n;

	if (argc > 1)
		return strcmp(argv[1], "files") == 0 ? count_files() : 99;
	/* build/VARIANT/unit/keeper, and the fakes in tests/fake */
	n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n <= 0 || mkdtemp(dir) == NULL || realpath(dir, base) == NULL)
		return 1;
	snprintf(fakes, sizeof fakes, "%s", self);
	for (int i = 0; i < 4; i++)
		if ((cut = strrchr(fakes, '/')) != NULL)
			*cut = '\0';
	snprintf(fakes + strlen(fakes), sizeof fakes - strlen(fakes), "/tests/fake");
	snprintf(path, sizeof path, "%s/run", base);
	mkdir(path, 0700);
	run_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cwd_fd = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	setenv("ORCH_TEST_NOSYNC", "1", 1);
	sig_start();
	signal(SIGINT, SIG_DFL);	/* ignored in the background of a script */
	for (kind = CONTAIN_PIDNS; kind <= CONTAIN_WEAK; kind++)
		if (available())
			test_kind();
	setenv("ORCH_TEST_CONTAIN", "weak", 1);
	test_no_result();
	unsetenv("ORCH_TEST_CONTAIN");
	test_output();
	test_scan();
	test_flood();
	test_full();
	is(keeper_stop_name(KEEPER_OUTPUT), "output", "reasons have names");
	close(run_fd);
	ok(fs_remove_tree(AT_FDCWD, dir, &e) == 0, "nothing is left behind");
	return done_testing();
}
