#include "sys/lock.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <time.h>

#include "../lib/tap.h"
#include "base/clock.h"
#include "lock_child.h"
#include "scratch.h"
#include "sys/lock_state.h"
#include "sys/proc.h"

#define WRITERS 32
#define TIMES   50

/*
 * The library's flock(2).  A test sets this to put something between the look at the
 * clock and the call that begins to wait, where a signal or a rename may come in life.
 */
static void (*before_waiting)(void);

int
flock(int fd, int operation)
{
	if (operation == LOCK_EX && before_waiting != NULL)
		before_waiting();
	return (int)syscall(SYS_flock, fd, operation);
}

static void
test_take(void)
{
	struct lock l = { .fd = -1 }, second = { .fd = -1 };
	struct err e = { 0 };
	struct stat st;

	lock_release(&l);
	umask(0);
	is_int(lock_take(&l, dir, 0, "test", &e), 0, "taken at once");
	umask(022);
	stat("lock", &st);
	is_int(st.st_mode & 07777, 0600, "the file is private");
	is_int(fcntl(l.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC, "closed on exec");
	is_int(lock_take(&second, dir, 0, "test", &e), -1, "not twice");
	is_int(e.code, ERR_BUSY, "but busy");
	is_int(second.fd, -1, "and nothing is held");
	lock_release(&second);
#ifdef ORCH_DEBUG
	ok(lock_held(), "held");
#else
	ok(!lock_held(), "a release build does not know");
#endif
	lock_release(&l);
	lock_release(&l);
	ok(!lock_held(), "released, twice");
	is_int(lock_take(&l, dir, 0, "test", &e), 0, "taken again");
	lock_release(&l);
}

/* Nothing that blocks, and nobody else's code, while it is held: a debug build sees to it. */
static void
test_no_process(void)
{
	struct err e = { 0 };
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		struct lock l = { .fd = -1 };
		struct rlimit none = { 0 };
		struct proc p;

		setrlimit(RLIMIT_CORE, &none);
		if (lock_take(&l, dir, 0, "test", &e) == -1)
			_exit(1);
		if (proc_fork(&p, &e) == 1)
			_exit(0);
		_exit(2);
	}
	waitpid(pid, &status, 0);
#ifdef ORCH_DEBUG
	is_int(WIFSIGNALED(status) ? WTERMSIG(status) : 0, SIGABRT, "no process is started while it is held");
#else
	is_int(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 2, "a release build does not look");
#endif
}

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Who came when, and how long each waited at most: for the diagnostic only. */
struct shared {
	int turns;
	int order[WRITERS * TIMES];
	int64_t longest[WRITERS];
};

static int
read_counter(void)
{
	const char *text = get("counter");

	return text ? (int)strtol(text, NULL, 10) : 0;
}

static void
count_up(struct shared *s, int who, int gun)
{
	char text[16];
	struct lock l;
	struct err e = { 0 };
	int64_t start, waited;

	if (read(gun, text, 1) != 0)
		_exit(2);
	for (int i = 0; i < TIMES; i++) {
		start = now_us();
		if (lock_take(&l, dir, 60000, "counter", &e) == -1) {
			printf("# %s\n", e.msg);
			_exit(1);
		}
		waited = now_us() - start;
		if (waited > s->longest[who])
			s->longest[who] = waited;
		s->order[s->turns++] = who;
		snprintf(text, sizeof text, "%d", read_counter() + 1);
		put("counter", text);
		lock_release(&l);
	}
	_exit(0);
}

/* Jain's index of what each of them had got when half of it was given out. */
static double
fairness(const struct shared *s)
{
	double got[WRITERS] = { 0 }, sum = 0, squares = 0;

	for (int i = 0; i < WRITERS * TIMES / 2; i++)
		got[s->order[i]]++;
	for (int i = 0; i < WRITERS; i++) {
		sum += got[i];
		squares += got[i] * got[i];
	}
	return sum * sum / (WRITERS * squares);
}

static void
test_writers(void)
{
	struct shared *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
	    -1, 0);
	int64_t start = now_us(), longest = 0;
	int failed = 0, gun[2];

	put("counter", "0");
	if (pipe2(gun, O_CLOEXEC) == -1)
		printf("# no pipe\n");
	fflush(stdout);
	for (int i = 0; i < WRITERS; i++) {
		if (fork() == 0) {
			close(gun[1]);
			count_up(s, i, gun[0]);
		}
	}
	close(gun[0]);
	close(gun[1]);
	for (int i = 0; i < WRITERS; i++) {
		failed += ended(-1) != 0;
		longest = s->longest[i] > longest ? s->longest[i] : longest;
	}
	is_int(failed, 0, "thirty-two writers, fifty times each");
	is_int(read_counter(), WRITERS * TIMES, "no update is lost");
	ok(fairness(s) >= 0.8, "and each had its turn");
	printf("# Jain %.3f, longest wait %jd ms, all in %jd ms\n", fairness(s),
	    (intmax_t)longest / 1000, (intmax_t)(now_us() - start) / 1000);
	munmap(s, sizeof *s);
}

static void
busy_with(const char *part, const char *what)
{
	struct lock l;
	struct err e = { 0 };

	is_int(lock_take(&l, dir, 30, "test", &e), -1, what);
	is_int(e.code, ERR_BUSY, "busy");
	ok(strstr(e.msg, part) != NULL, "'%s' says '%s'", e.msg, part);
}

static void
test_stopped_holder(void)
{
	struct child c;
	struct lock l;
	char part[64];
	struct err e = { 0 };
	int status;

	if (!start_child(&c)) {
		take_or_exit(&l);
		raise(SIGSTOP);
		wait_for_parent(&c);
		_exit(0);
	}
	waitpid(c.pid, &status, WUNTRACED);
	snprintf(part, sizeof part, "by pid %d (orch-child, state T, stopped); `kill -CONT %d`",
	    (int)c.pid, (int)c.pid);
	busy_with(part, "a stopped holder is not robbed");
	kill(c.pid, SIGKILL);
	is_int(end_child(&c), 1000 + SIGKILL, "it is killed");
	is_int(lock_take(&l, dir, 0, "test", &e), 0, "and the lock is free");
	lock_release(&l);
}

/* The holder dies; a child of it that it had no business to have keeps the file open. */
static void
test_inherited(void)
{
	struct child c;
	struct lock l;
	char part[128];
	struct err e = { 0 };
	pid_t heir;

	if (!start_child(&c)) {
		take_or_exit(&l);
		heir = fork();
		if (heir == 0) {
			wait_for_parent(&c);
			_exit(0);
		}
		say(&c, heir);
		_exit(0);
	}
	heir = hear(&c);
	is_int(ended(c.pid), 0, "the holder is gone");
	snprintf(part, sizeof part, "by pid %d (", (int)heir);
	busy_with(part, "who inherited it has it");
	snprintf(part, sizeof part, "which has it from pid %d (orch-child), which is gone",
	    (int)c.pid);
	busy_with(part, "and from whom is said as well");
	is_int(lock_find(dir, "lock"), heir, "found");
	kill(heir, SIGKILL);
	close(c.to);
	close(c.from);
	is_int(lock_take(&l, dir, 5000, "test", &e), 0, "it is free when the heir is gone");
	lock_release(&l);
}

/* The state lock is released even if a child has inherited it by mistake. */
static void
test_released_for_all(void)
{
	struct child c;
	struct lock l, second;
	struct err e = { 0 };

	lock_take(&l, dir, 0, "test", &e);
	if (!start_child(&c)) {
		wait_for_parent(&c);
		_exit(0);
	}
	lock_release(&l);
	is_int(lock_take(&second, dir, 0, "test", &e), 0, "a child that inherited it is no holder");
	lock_release(&second);
	end_child(&c);
}

static void
test_foreign(void)
{
	struct child c;
	char part[64];
	int fd;

	put("lock", "");
	if (!start_child(&c)) {
		fd = open("lock", O_RDWR | O_CLOEXEC);
		if (flock(fd, LOCK_EX) == -1)
			_exit(1);
		say(&c, getpid());
		wait_for_parent(&c);
		_exit(0);
	}
	hear(&c);
	snprintf(part, sizeof part, "by pid %d (", (int)c.pid);
	busy_with(part, "another program's flock");
	busy_with("no command of orch", "is said to be none of ours");
	end_child(&c);
}

/* The metadata of one that has released it must not be blamed for a foreign holder. */
static void
test_stale_metadata(void)
{
	struct child c;
	struct lock l;
	struct err e = { 0 };
	char part[64];
	int fd;

	lock_take(&l, dir, 0, "orch-before", &e);
	lock_release(&l);
	if (!start_child(&c)) {
		fd = open("lock", O_RDWR | O_CLOEXEC);
		if (flock(fd, LOCK_EX) == -1)
			_exit(1);
		say(&c, getpid());
		wait_for_parent(&c);
		_exit(0);
	}
	hear(&c);
	snprintf(part, sizeof part, "by pid %d (", (int)c.pid);
	busy_with(part, "the former holder is not blamed");
	end_child(&c);
}

/* Anything at all in the lock file changes nothing. */
static void
test_garbage(void)
{
	static const char *const texts[] = {
		"", "{", "{}", "null", "\n\n\n", "{\"pid\":1}", "{\"pid\":",
		"{\"pid\":-1,\"start\":1"
		    ",\"boot\":\"b\",\"space\":1,\"host\":\"h\",\"cmd\":\"c\",\"since\":1,\"up\":1}\n",
		"{\"pid\":0,\"start\":1"
		    ",\"boot\":\"b\",\"space\":1,\"host\":\"h\",\"cmd\":\"c\",\"since\":1,\"up\":1}\n",
		"{\"pid\":4294967297,\"start\":1,\"boot\":\"b\",\"space\":1,\"cmd\":\"c\"}\n",
		"{\"pid\":1,\"start\":1,\"boot\":\"0123456789012345678901234567890123456789\",\"space\":1}\n",
		"{\"pid\":1,\"start\":1"
		    ",\"boot\":\"b\",\"space\":1,\"host\":\"h\",\"cmd\":\"c\",\"since\":1,\"up\":1} ",
		"{\"pid\":99999999999999999999999999999999999,\"start\":1}", "\xff\xfe\x1b[2J",
		"{\"pid\":1,\"start\":\"1\""
		    ",\"boot\":\"b\",\"space\":1,\"host\":\"h\",\"cmd\":\"c\",\"since\":1,\"up\":1}\n",
	};
	struct lock_holder h;
	struct lock l, second;
	struct err e = { 0 };
	char big[5000];
	int bad = 0;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		put("lock", texts[i]);
		bad += lock_read_holder(dir, "lock", &h, &e) != 0 || h.pid != 0 || lock_alive(&h) != -1;
		bad += lock_take(&l, dir, 0, "test", &e) != 0;
		put("lock", texts[i]);
		bad += lock_take(&second, dir, 0, "test", &e) != -1 || e.code != ERR_BUSY;
		lock_release(&l);
	}
	is_int(bad, 0, "no content makes a difference");
	memset(big, '7', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	memcpy(big, "{\"pid\":", 7);
	put("lock", big);
	is_int(lock_read_holder(dir, "lock", &h, &e), 0, "five thousand digits");
	is_int(h.pid, 0, "are no pid");
	put("lock", "{\"pid\":1,\"start\":5,\"boot\":\"b\",\"space\":1,\"host\":\"h\","
	    "\"cmd\":\"a\x1b[31m b\",\"since\":7,\"up\":9}\n");
	lock_read_holder(dir, "lock", &h, &e);
	is_int(h.pid, 1, "what has the form is read");
	is(h.command, "a_[31m_b", "without controls");
	is_int(lock_read_holder(dir, "none", &h, &e), 0, "a missing file");
	is_int(h.pid, 0, "has no holder");
	is_int(lock_take(&l, dir, 0, "a \"b\"", &e), 0, "a command with a blank");
	lock_read_holder(dir, "lock", &h, &e);
	ok(h.pid == getpid() && strcmp(h.command, "a") == 0, "is cut there");
	lock_release(&l);
}

/* 0, or -1 if this process may not make such a thing. */
static int
plant(const char *name, const char *what)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int s = -1, r = -1;

	if (strcmp(what, "a symbolic link") == 0)
		r = symlink("elsewhere", name);
	else if (strcmp(what, "a folder") == 0)
		r = mkdir(name, 0700);
	else if (strcmp(what, "a FIFO") == 0)
		r = mkfifo(name, 0600);
	else if (strcmp(what, "a device") == 0)
		r = mknod(name, S_IFCHR | 0600, makedev(1, 3));
	else if ((s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) != -1) {
		memcpy(address.sun_path, name, strlen(name));
		r = bind(s, (struct sockaddr *)&address, sizeof address);
		close(s);
	}
	return r;
}

/* Who waits would wait for ever, so nobody does. */
static void
test_planted(void)
{
	static const char *const names[] = { "lock", "lock.gate" };
	static const char *const kinds[] = { "a symbolic link", "a folder", "a FIFO", "a socket",
	    "a device" };
	char part[128];
	struct lock_state s = { 0 };
	struct lock l;
	struct err e = { 0 };

	put("elsewhere", "");
	for (size_t n = 0; n < 2; n++) {
		for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
			unlink(names[n]);
			if (plant(names[n], kinds[k]) == -1) {
				ok(errno == EPERM, "%s # SKIP cannot be made here", kinds[k]);
				continue;
			}
			snprintf(part, sizeof part, "%s/%s' is %s, not a regular file: remove it",
			    strrchr(scratch, '/'), names[n], kinds[k]);
			is_int(lock_take(&l, dir, 60000, "test", &e), -1, "refused at once");
			ok(e.code == ERR_INVALID && strstr(e.msg, part), "%s", e.msg);
			ok(lock_try(&l, dir, names[n], &e) == -1 && e.code == ERR_INVALID &&
			    lock_probe(dir, names[n], &e) == -1 && e.code == ERR_INVALID &&
			    lock_state(&s, dir, names[n], 0, &e) == -1 && e.code == ERR_INVALID,
			    "whoever asks");
			ok(strstr(e.msg, part), "%s", e.msg);
			if (remove(names[n]) == -1)
				printf("# %s is left\n", names[n]);
		}
	}
	is(get("elsewhere"), "", "what a link leads to is untouched");
	put("theirs", "");
	if (geteuid() == 0 && chown("theirs", 1, 1) == 0) {
		is_int(lock_try(&l, dir, "theirs", &e), -1, "another's file is refused");
		ok(e.code == ERR_SYSTEM && strstr(e.msg, "belongs to user 1"), "%s", e.msg);
	}
	is_int(lock_try(&l, dir, "no/such", &e), -1, "no folder");
	ok(e.code == ERR_SYSTEM && strstr(e.msg, "/no/such'"), "%s", e.msg);
	is_int(lock_take(&l, dir, 0, "test", &e), 0, "all is well again");
	lock_release(&l);
}

/* True when somebody waits for the lock on that file, as /proc/locks shows it. */
static bool
somebody_waits(const char *name)
{
	char line[256], ino[32];
	struct stat st;
	bool found = false;
	FILE *f = fopen("/proc/locks", "re");

	if (f == NULL || stat(name, &st) == -1)
		return true;
	snprintf(ino, sizeof ino, ":%ju ", (uintmax_t)st.st_ino);
	while (fgets(line, sizeof line, f) != NULL)
		found |= strstr(line, "->") != NULL && strstr(line, ino) != NULL;
	fclose(f);
	return found;
}

/* A file removed while it is held: who waited for it must not believe in it. */
static void
test_removed(void)
{
	struct child c;
	struct lock l;
	struct stat named, held;
	struct err e = { 0 };

	lock_take(&l, dir, 0, "test", &e);
	if (!start_child(&c)) {
		if (lock_take(&l, dir, 30000, "test", &e) == -1)
			_exit(1);
		if (fstat(l.fd, &held) == -1 || stat("lock", &named) == -1)
			_exit(2);
		_exit(held.st_ino == named.st_ino ? 0 : 3);
	}
	while (!somebody_waits("lock"))
		sched_yield();
	unlink("lock");
	put("lock", "");
	lock_release(&l);
	is_int(end_child(&c), 0, "the lock that is taken is on the file that is named");
}

static void
test_try(void)
{
	struct lock l, other;
	struct child c;
	struct err e = { 0 };

	is_int(lock_try(&l, dir, "run", &e), 0, "a run lock");
	is_int(lock_try(&other, dir, "run", &e), 1, "1: somebody else holds it");
	is_int(lock_write_holder(&l, "orch-run", &e), 0, "who is written into it");
	is_int(lock_busy(dir, "run", &e), -1, "and can be asked for");
	ok(strstr(e.msg, "(orch-run, state R)"), "%s", e.msg);
	if (!start_child(&c)) {
		say(&c, getpid());
		wait_for_parent(&c);
		_exit(0);
	}
	hear(&c);
	lock_release(&l);
	is_int(lock_try(&other, dir, "run", &e), 1, "the child that shares it has it still");
	end_child(&c);
	is_int(lock_try(&other, dir, "run", &e), 0, "it is free when the last has ended");
	lock_release(&other);
}

static void
test_alive(void)
{
	struct lock_holder h, was;
	struct child c;
	struct lock l;
	struct err e = { 0 };
	siginfo_t info;

	lock_try(&l, dir, "alive", &e);
	lock_write_holder(&l, "test", &e);
	lock_read_holder(dir, "alive", &h, &e);
	is_int(h.pid, getpid(), "the pid");
	is(h.command, "test", "the command");
	ok(h.space != 0 && h.start != 0 && strlen(h.boot) == 36, "all that tells it apart");
	is_int(lock_alive(&h), 1, "this process is alive");
	was = h;
	h.start++;
	is_int(lock_alive(&h), 0, "the pid of another time is not");
	h = was;
	h.boot[0] = h.boot[0] == 'x' ? 'y' : 'x';
	is_int(lock_alive(&h), 0, "nor one of another boot");
	snprintf(h.host, sizeof h.host, "elsewhere");
	is_int(lock_alive(&h), -1, "of another host nothing is known");
	h = was;
	h.space++;
	is_int(lock_alive(&h), -1, "nor of another pid namespace");
	h = (struct lock_holder){ 0 };
	is_int(lock_alive(&h), -1, "nor of nobody");
	if (!start_child(&c)) {
		lock_write_holder(&l, "child", &e);
		_exit(0);
	}
	waitid(P_PID, (id_t)c.pid, &info, WEXITED | WNOWAIT);
	lock_read_holder(dir, "alive", &h, &e);
	is_int(h.pid, c.pid, "a child");
	is_int(lock_alive(&h), 0, "that has ended and was not waited for is dead");
	end_child(&c);
	is_int(lock_alive(&h), 0, "and after that as well");
	lock_release(&l);
}

/* The timer leaves nothing behind: no handler, no blocked signal, no tick. */
static void
test_timer(void)
{
	struct sigaction sa = { .sa_handler = SIG_IGN };
	struct lock l, other;
	struct err e = { 0 };
	sigset_t mask;
	int64_t start;

	sigaction(SIGRTMIN, &sa, NULL);
	sigemptyset(&mask);
	sigaddset(&mask, SIGRTMIN);
	sigaddset(&mask, SIGUSR1);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	lock_take(&l, dir, 0, "test", &e);
	start = clock_mono();
	is_int(lock_take(&other, dir, 50, "test", &e), -1, "waited");
	ok(clock_mono() - start >= 50, "as long as it should");
	sigaction(SIGRTMIN, NULL, &sa);
	ok(sa.sa_handler == SIG_IGN, "the handler is as before");
	sigprocmask(SIG_SETMASK, NULL, &mask);
	ok(sigismember(&mask, SIGRTMIN) && sigismember(&mask, SIGUSR1) && !sigismember(&mask, SIGUSR2),
	    "and the mask");
	sigpending(&mask);
	ok(!sigismember(&mask, SIGRTMIN), "no tick is pending");
	lock_release(&l);
}

/* Nothing can be written into the file: the lock is held all the same. */
static void
test_cannot_write(void)
{
	struct rlimit limit = { 0, 0 };
	struct lock l;
	struct err e = { 0 };
	pid_t pid;

	unlink("lock");
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		_exit(lock_take(&l, dir, 0, "test", &e) == 0 ? 0 : 1);
	}
	is_int(ended(pid), 0, "taken, though nothing can be written");
}

/* ---- the deadline ---- */

static int ticks_awaited;

/* Waits for a tick, which is then lost to the call that begins to wait after it. */
static void
lose_a_tick(void)
{
	if (ticks_awaited++ == 0)
		pause();
}

/* With a timer that rings once the lost tick would have been the only one. */
static void
test_lost_tick(void)
{
	struct lock l, other;
	struct err e = { 0 };
	int64_t start;

	lock_take(&l, dir, 0, "test", &e);
	before_waiting = &lose_a_tick;
	start = now_us();
	alarm(60);
	is_int(lock_take(&other, dir, 150, "test", &e), -1, "it wakes though a tick was lost");
	alarm(0);
	before_waiting = NULL;
	is_int(e.code, ERR_BUSY, "busy");
	ok(ticks_awaited > 0 && now_us() - start >= 150000, "not before its time");
	lock_release(&l);
}

static int64_t set_by;		/* seconds that somebody has set the time of day by */

int
clock_gettime(clockid_t id, struct timespec *t)
{
	int r = (int)syscall(SYS_clock_gettime, id, t);

	if (id == CLOCK_REALTIME)
		t->tv_sec += set_by;
	return r;
}

static void
jump_ahead(void)
{
	set_by = 70ll * 365 * 86400;
}

static void
jump_back(void)
{
	set_by = -40ll * 365 * 86400;
}

/* Somebody sets the clock while one holds the lock and another waits. */
static void
test_wall_clock(void)
{
	void (*const jump[])(void) = { &jump_ahead, &jump_back };
	struct lock l, other;
	struct err e = { 0 };
	int64_t start;

	for (int i = 0; i < 2; i++) {
		lock_take(&l, dir, 0, "test", &e);
		before_waiting = jump[i];
		start = now_us();
		alarm(60);
		is_int(lock_take(&other, dir, 60, "test", &e), -1, "the clock is set");
		alarm(0);
		ok(set_by != 0, "while one waited");
		ok(e.code == ERR_BUSY && now_us() - start >= 60000, "who waits does so as long");
		ok(strstr(e.msg, "held for 0 s by") != NULL, "and nothing grows old: %s", e.msg);
		before_waiting = NULL;
		set_by = 0;
		lock_release(&l);
	}
}

/* ---- the gate ---- */

/* One is stopped in the gate, the lock is free: all wait for that one. */
static void
test_gate(void)
{
	struct child c;
	struct lock l;
	char part[160];
	struct err e = { 0 };
	int status;

	if (!start_child(&c)) {
		be("orch-add");
		if (lock_try(&l, dir, "lock.gate", &e) != 0)
			_exit(8);
		raise(SIGSTOP);
		wait_for_parent(&c);
		_exit(0);
	}
	waitpid(c.pid, &status, WUNTRACED);
	snprintf(part, sizeof part, "gate of the lock held by pid %d (orch-add, state T, stopped); "
	    "`kill -CONT %d` lets it go on", (int)c.pid, (int)c.pid);
	busy_with(part, "one that is stopped in the gate");
	kill(c.pid, SIGCONT);
	is_int(end_child(&c), 0, "goes on");
	is_int(lock_take(&l, dir, 0, "test", &e), 0, "and so do all");
	lock_release(&l);
}

int
main(void)
{
	scratch_make();
	dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	test_take();
	test_no_process();
	test_writers();
	test_stopped_holder();
	test_inherited();
	test_released_for_all();
	test_foreign();
	test_stale_metadata();
	test_garbage();
	test_planted();
	test_removed();
	test_try();
	test_alive();
	test_timer();
	test_cannot_write();
	test_lost_tick();
	test_wall_clock();
	test_gate();
	close(dir);
	scratch_remove();
	return done_testing();
}
