/*
 * Programs are started, named when they cannot be, and none of their
 * descendants survives a sweep.  The test is its own fake: with arguments it
 * plays a child.
 */
#include "sys/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "sys/sig.h"

#define PATIENCE 20000		/* ms; only ever waited for when something is broken */

static char self[4096], base[4096];

/* ---- what the child says about itself ---- */

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

static void
describe(void)
{
	struct rlimit core, files, size;
	sigset_t mask;
	char cwd[4096];
	mode_t old = umask(0);
	int blocked = 0, ignored = 0;

	getrlimit(RLIMIT_CORE, &core);
	getrlimit(RLIMIT_NOFILE, &files);
	getrlimit(RLIMIT_FSIZE, &size);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	for (int i = 1; i < 32; i++) {
		struct sigaction a;

		blocked += sigismember(&mask, i);
		ignored += sigaction(i, NULL, &a) == 0 && a.sa_handler == SIG_IGN;
	}
	printf("files=%d leader=%d group=%d umask=%03o core=%d nofile=%d fsize=%d\n",
	    count_files(), getsid(0) == getpid(), getpgrp() == getpid(), (unsigned)old,
	    (int)core.rlim_max, files.rlim_cur <= 4096, (int)size.rlim_cur);
	printf("nnp=%d blocked=%d ignored=%d cwd=%s x=%s path=%s\n",
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), blocked, ignored, getcwd(cwd, sizeof cwd),
	    getenv("X"), getenv("PATH") ? "yes" : "no");
}

/* A new process every few microseconds, the former one gone: a moving target. */
static _Noreturn void
churn(void)
{
	for (;;)
		if (fork() != 0)
			_exit(0);
		else
			setsid();
}

/* The pipe on descriptor 1 is held by all of them: its end says that all are gone. */
static void
brood(bool churner)
{
	for (int kind = 0; kind < 4; kind++) {
		if (kind == 3 && !churner)
			continue;
		if (fork() != 0)
			continue;
		signal(SIGTERM, SIG_IGN);
		signal(SIGHUP, SIG_IGN);
		if (kind >= 1)
			setsid();
		if (kind >= 2 && fork() != 0)
			_exit(0);
		if (kind == 3)
			churn();
		for (;;)
			pause();
	}
}

static int
play(const char *part)
{
	struct rlimit r;

	if (strcmp(part, "describe") == 0)
		describe();
	else if (strcmp(part, "oom") == 0)
		execl("/bin/cat", "cat", "/proc/self/oom_score_adj", (char *)NULL);
	else if (strcmp(part, "pause") == 0)
		pause();
	else if (strcmp(part, "brood") == 0 || strcmp(part, "churn") == 0)
		brood(*part == 'c');
	else if (strcmp(part, "core") == 0)
		printf("%d\n", getrlimit(RLIMIT_CORE, &r));
	return 7;
}

/* ---- the parent's side ---- */

static bool
wait_for(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

static int
finish(struct proc *p)
{
	int status = -1;

	if (!wait_for(p->pidfd, PATIENCE))
		proc_signal(p, SIGKILL);
	while (proc_reap(p, &status) == 0)
		wait_for(p->pidfd, 100);
	return status;
}

static void
slurp(int fd, struct buf *b)
{
	char part[4096];
	ssize_t n;

	while ((n = read(fd, part, sizeof part)) > 0)
		buf_append(b, part, (size_t)n);
}

typedef int starter(struct proc *, const struct proc_spec *, struct err *);

/* Starts a part of this file; its output comes through *out. */
static int
start_by(starter *by, struct proc *p, const char *part, int *out, struct err *e)
{
	char word[16];
	char *argv[] = { self, word, NULL };
	char x[] = "X=1", *envp[] = { x, NULL };
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), ends[2], rc;
	int cwd = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	snprintf(word, sizeof word, "%s", part);
	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
	struct proc_spec s = { .argv = argv, .envp = envp, .cwd = cwd, .in = null,
		.out = ends[1], .err = ends[1], .max_file = 1 << 20 };
	rc = by(p, &s, e);
	close(ends[1]);
	close(null);
	close(cwd);
	*out = ends[0];
	return rc;
}

static int
start(struct proc *p, const char *part, int *out, struct err *e)
{
	return start_by(proc_spawn, p, part, out, e);
}

static void
test_child(void)
{
	struct err e = { 0 };
	struct buf got = { 0 }, want = { 0 };
	struct proc p;
	int extra = open("/dev/null", O_RDONLY), out, status;	/* without O_CLOEXEC */

	signal(SIGUSR1, SIG_IGN);
	ok(start(&p, "describe", &out, &e) == 0, "a program starts");
	slurp(out, &got);
	status = finish(&p);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 7, "its status arrives");
	ok(p.pid == 0 && p.pidfd == -1, "a reaped process is forgotten");
	buf_printf(&want, "files=3 leader=1 group=1 umask=077 core=0 nofile=1 fsize=1048576\n"
	    "nnp=1 blocked=0 ignored=0 cwd=%s x=1 path=no\n", base);
	is(buf_str(&got), buf_str(&want), "session, limits, descriptors, environment");
	close(out);
	close(extra);
	buf_release(&got);
	buf_release(&want);
}

static void
test_oom(void)
{
	struct err e = { 0 };
	struct buf got = { 0 };
	struct proc p;
	FILE *f = fopen("/proc/self/oom_score_adj", "r");
	int out, own = 0;

	if (f != NULL && fscanf(f, "%d", &own) != 1)
		own = 0;
	if (f != NULL)
		fclose(f);
	start(&p, "oom", &out, &e);
	slurp(out, &got);
	finish(&p);
	is_int(strtol(buf_str(&got), NULL, 10), own + 500 > 1000 ? 1000 : own + 500,
	    "the child is the first to go when memory runs out");
	close(out);
	buf_release(&got);
}

/* Descriptors 0..2 of the caller may be anything, also each other's targets. */
static void
test_low_files(void)
{
	struct buf got = { 0 };
	int ends[2], status = -1;
	pid_t pid;

	if (pipe(ends) == -1)
		return;
	fflush(stdout);
	if ((pid = fork()) == 0) {
		char part[] = "describe", x[] = "X=1";
		char *argv[] = { self, part, NULL }, *envp[] = { x, NULL };
		struct err e = { 0 };
		struct proc p;
		int cwd, fd = dup(ends[1]);

		close(0);
		close(1);
		close(2);
		cwd = open(base, O_RDONLY);		/* 0 */
		dup2(fd, 2);
		open("/dev/null", O_RDONLY);		/* 1 */
		struct proc_spec s = { .argv = argv, .envp = envp, .cwd = cwd, .in = 1,
			.out = 2, .err = 2 };
		_exit(proc_spawn(&p, &s, &e) == 0 ? finish(&p) >> 8 : 99);
	}
	close(ends[1]);
	slurp(ends[0], &got);
	waitpid(pid, &status, 0);
	is_int(WEXITSTATUS(status), 7, "descriptors below 3 are moved first");
	ok(strstr(buf_str(&got), "files=3") != NULL, "and arrive in their places");
	close(ends[0]);
	buf_release(&got);
}

static int
try_spawn(char *const *argv, const char *path, int cwd, struct err *e)
{
	char *envp[] = { NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), rc;
	struct proc p;
	struct proc_spec s = { .argv = argv, .envp = envp, .path = path, .cwd = cwd,
		.in = null, .out = null, .err = null };

	*e = (struct err){ 0 };
	if ((rc = proc_spawn(&p, &s, e)) == 0)
		finish(&p);
	else
		ok(p.pid == 0 && p.pidfd == -1, "nothing is left of a failed start");
	close(null);
	return rc;
}

static void
write_file(const char *name, const char *text, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	if (fd == -1 || write(fd, text, strlen(text)) == -1 || fchmod(fd, mode) == -1)
		ok(false, "cannot write %s", name);
	close(fd);
}

static void
test_failures(void)
{
	char missing[] = "/nonexistent/prog", bare[] = "no-such-program", bad[4200];
	char *argv[] = { missing, NULL };
	struct err e;
	int cwd = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int file = open("/dev/null", O_RDONLY | O_CLOEXEC);

	is_int(try_spawn(argv, NULL, cwd, &e), -1, "a missing program fails to start");
	is(e.msg, "cannot run '/nonexistent/prog': No such file or directory", "with its name");
	is_int(e.sys, ENOENT, "and errno");
	argv[0] = bare;
	is_int(try_spawn(argv, "/bin:/usr/bin", cwd, &e), -1, "not on the path");
	is_int(e.sys, ENOENT, "has errno too");
	is_int(try_spawn(argv, NULL, cwd, &e), -1, "no path at all");
	snprintf(bad, sizeof bad, "%s/text", base);
	write_file(bad, "no program\n", 0755);
	argv[0] = bad;
	is_int(try_spawn(argv, NULL, cwd, &e), -1, "a text without #! is no program");
	is_int(e.sys, ENOEXEC, "and no shell is tried");
	chmod(bad, 0600);
	is_int(try_spawn(argv, NULL, cwd, &e), -1, "a file that may not be executed");
	is_int(e.sys, EACCES, "is denied");
	argv[0] = self;
	is_int(try_spawn(argv, NULL, file, &e), -1, "a folder that is none");
	is_int(e.sys, ENOTDIR, "is named as the reason");
	ok(strstr(e.msg, "cannot enter the folder of") == e.msg, "in words");
	ok(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "no zombie stays");
	close(cwd);
	close(file);
}

static void
test_find(void)
{
	char dir[4200], prog[4300], path[9000], *got;

	snprintf(dir, sizeof dir, "%s/bin", base);
	mkdir(dir, 0700);
	snprintf(prog, sizeof prog, "%s/tool", dir);
	write_file(prog, "#!/bin/sh\n", 0755);
	snprintf(path, sizeof path, ":bin:.:/nonexistent:%s:/bin", dir);
	if (chdir(base) == -1)
		ok(false, "chdir");
	got = proc_find("tool", path);
	is(got, prog, "found on the path");
	free(got);
	got = proc_find("tool", ":bin:.::");
	is(got, NULL, "empty and relative entries are passed over");
	chmod(prog, 0600);
	got = proc_find("tool", path);
	ok(got == NULL && errno == EACCES, "what may not be executed is not found");
	got = proc_find("bin", base);
	ok(got == NULL, "a folder is no program");
	got = proc_find("nothing-like-it", path);
	ok(got == NULL && errno == ENOENT, "nor is what does not exist");
	ok(proc_find("", path) == NULL, "an empty name is never found");
	ok(proc_find("./tool", path) == NULL, "a relative path is never searched");
	got = proc_find("/bin/sh", NULL);
	is(got, "/bin/sh", "an absolute one needs no path");
	free(got);
	got = proc_find("sh", NULL);
	ok(got == NULL, "no path, no program");
}

static void
test_signal(void)
{
	struct err e = { 0 };
	struct proc p, other;
	int out, status = 0;

	start(&p, "pause", &out, &e);
	is_int(proc_reap(&p, &status), 0, "still running");
	proc_signal(&p, SIGTERM);
	status = finish(&p);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM, "ended by the signal");
	proc_signal(&p, SIGTERM);
	ok(true, "signalling a reaped process hits nobody");
	close(out);

	start(&p, "pause", &out, &e);
	close(out);
	start(&other, "pause", &out, &e);
	close(out);
	proc_signal(&p, SIGKILL);
	wait_for(p.pidfd, PATIENCE);
	proc_reap_others(&other);
	ok(waitpid(p.pid, NULL, WNOHANG) == -1, "another child that ended is reaped");
	status = 0;
	is_int(proc_reap(&p, &status), 1, "one that somebody else reaped has ended");
	ok(WIFSIGNALED(status), "and did not end well");
	proc_signal(&other, SIGKILL);
	wait_for(other.pidfd, PATIENCE);
	proc_reap_others(&other);
	is_int(proc_reap(&other, &status), 1, "the kept one is left to its owner");
}

/* The starter ends, its program goes with it: seen at the end of the pipe. */
static void
test_death(void)
{
	struct buf got = { 0 };
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) == -1)
		return;
	fflush(stdout);
	if ((pid = fork()) == 0) {
		char part[] = "pause", *argv[] = { self, part, NULL }, *envp[] = { NULL };
		struct err e = { 0 };
		struct proc p;
		int cwd = open(base, O_RDONLY);
		int null = open("/dev/null", O_RDONLY);
		struct proc_spec s = { .argv = argv, .envp = envp, .cwd = cwd, .in = null,
			.out = ends[1], .err = ends[1], .death_signal = SIGKILL };

		_exit(proc_spawn(&p, &s, &e) == 0 ? 0 : 1);
	}
	close(ends[1]);
	waitpid(pid, NULL, 0);
	ok(wait_for(ends[0], PATIENCE), "a program ends with its starter where asked");
	close(ends[0]);
	buf_release(&got);
}

static void
test_sweep(const char *part, int least)
{
	struct err e = { 0 };
	struct buf got = { 0 };
	struct proc p;
	int64_t from;
	int out, n;

	is_int(proc_become_subreaper(&e), 0, "orphans fall to this process");
	start(&p, part, &out, &e);
	finish(&p);
	from = clock_mono();
	n = proc_sweep(from + PATIENCE, &e);
	ok(n >= least, "%s: %d swept in %d ms (%s)", part, n, (int)(clock_mono() - from), e.msg);
	ok(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "no child is left");
	slurp(out, &got);
	ok(true, "the pipe has no writer any more");
	is_int(proc_sweep(clock_mono(), &e), 0, "nothing to sweep is fine");
	close(out);
	buf_release(&got);
}

/* With its sweeper a program ends as without one, and leaves nothing. */
static void
test_swept(const char *part, int sig, int want)
{
	struct err e = { 0 };
	struct buf got = { 0 };
	struct proc p;
	int out, status;

	if (!ok(start_by(proc_spawn_swept, &p, part, &out, &e) == 0, "%s starts %s", part, e.msg))
		return;
	if (sig != 0)
		proc_signal(&p, sig);
	status = finish(&p);
	is_int(WIFSIGNALED(status) ? WTERMSIG(status) : 100 + WEXITSTATUS(status), want, part);
	ok(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD, "no child is left");
	slurp(out, &got);
	ok(got.len == 0 || *part == 'd', "nobody writes any more");
	if (*part == 'd')
		ok(str_starts(buf_str(&got), "files=3 leader=1 group=1 umask=077"), "%s", buf_str(&got));
	close(out);
	buf_release(&got);
}

static void
test_swept_failure(void)
{
	char *argv[] = { (char[]){ "/no/such" }, NULL }, *envp[] = { NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), cwd = open("/", O_RDONLY | O_CLOEXEC);
	struct proc_spec spec = { .argv = argv, .envp = envp, .cwd = cwd, .in = null, .out = null, .err = null };
	struct err e = { 0 };
	struct proc p;

	is_int(proc_spawn_swept(&p, &spec, &e), -1, "what cannot be run");
	is(e.msg, "cannot run '/no/such': No such file or directory", "is told as without it");
	ok(e.sys == ENOENT && p.pid == 0 && waitpid(-1, NULL, WNOHANG) == -1, "and there is no process");
	close(null);
	close(cwd);
}

/* Starts a process that waits, with an environment; its pidfd. */
static struct proc
start_waiting(char *const *envp)
{
	char *argv[] = { (char[]){ "/bin/sleep" }, (char[]){ "1000" }, NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), cwd = open("/", O_RDONLY | O_CLOEXEC);
	struct proc_spec spec = { .argv = argv, .envp = envp, .cwd = cwd, .in = null, .out = null,
		.err = null, .death_signal = SIGKILL };
	struct proc p;
	struct err e = { 0 };

	if (!ok(proc_spawn(&p, &spec, &e) == 0, "a process that waits"))
		printf("# %s\n", e.msg);
	close(null);
	close(cwd);
	return p;
}

/* Only who has all the marks is killed; values that only begin so are others. */
static void
test_marked(void)
{
	char one[64], two[] = "MARK=2", longer[] = "MARK=22", pad[40000];
	char *marks[] = { one, two, NULL };
	char *all[] = { pad, two, one, NULL }, *half[] = { one, longer, NULL };
	struct proc p, q;
	struct err e = { 0 };
	int status;

	snprintf(one, sizeof one, "MARKED_BY=%ld", (long)getpid());
	memset(pad, 'x', sizeof pad - 1);
	pad[1] = '=';
	pad[sizeof pad - 1] = '\0';
	is_int(proc_kill_marked(marks, clock_mono(), &e), 0, "nobody has the marks");
	p = start_waiting(all);
	q = start_waiting(half);
	is_int(proc_kill_marked(marks, clock_mono() + PATIENCE, &e), 1, "somebody has them");
	is_int(proc_reap(&p, &status), 1, "and has ended");
	is_int(proc_reap(&q, &status), 0, "who has not all of them lives");
	proc_signal(&q, SIGKILL);
	while (proc_reap(&q, &status) == 0)
		poll(NULL, 0, 1);
}

int
main(int argc, char **argv)
{
	char dir[] = "/tmp/orch-proc.XXXXXX", command[64];
	ssize_t n;

	if (argc > 1)
		return play(argv[1]);
	n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n <= 0 || mkdtemp(dir) == NULL || realpath(dir, base) == NULL)
		return 1;
	sig_start();
	test_child();
	test_oom();
	test_low_files();
	test_failures();
	test_find();
	test_signal();
	test_death();
	test_sweep("brood", 3);
	for (int i = 0; i < 5; i++)
		test_sweep("churn", 4);
	test_swept("describe", 0, 107);
	test_swept("brood", 0, 107);
	test_swept("churn", 0, 107);
	test_swept("pause", SIGTERM, SIGTERM);
	test_swept("pause", SIGQUIT, SIGKILL);
	test_swept_failure();
	test_marked();
	snprintf(command, sizeof command, "%s/text", dir);
	unlink(command);
	snprintf(command, sizeof command, "%s/bin/tool", dir);
	unlink(command);
	snprintf(command, sizeof command, "%s/bin", dir);
	rmdir(command);
	ok(rmdir(dir) == 0, "nothing is left behind");
	return done_testing();
}
