#include "sys/lock_state.h"

#include <signal.h>
#include <sys/file.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "lock_child.h"
#include "scratch.h"

static void
state_is(int64_t hung_ms, enum lock_verdict want, const char *text, const char *remedy)
{
	struct lock_state s = { 0 };
	struct buf line = { 0 }, advice = { 0 };
	struct err e = { 0 };

	is_int(lock_state(&s, dir, "lock", hung_ms, &e), 0, "looked at");
	is(lock_verdict_name(s.verdict), lock_verdict_name(want), "the verdict");
	lock_state_text(&s, &line);
	lock_state_remedy(&s, &advice);
	ok(strstr(buf_str(&line), text) != NULL, "'%s' says '%s'", buf_str(&line), text);
	is(buf_str(&advice), remedy, "and what to do");
	buf_release(&line);
	buf_release(&advice);
	lock_state_release(&s);
}

/* As if it had been held since the machine was started. */
static void
make_old(void)
{
	char text[512];
	char *up;

	snprintf(text, sizeof text, "%s", get("lock"));
	up = strstr(text, "\"up\":");
	if (up != NULL)
		memcpy(up, "\"up\":1}\n", sizeof "\"up\":1}\n");
	put("lock", text);
}

static void
test_state(void)
{
	struct lock_state s = { 0 };
	struct child c;
	struct err e = { 0 };
	char part[160], remedy[64];
	int status;

	unlink("lock");
	state_is(1, LOCK_FREE, "free", "");
	if (!start_child(&c)) {
		take_or_exit(&(struct lock){ 0 });
		say(&c, getpid());
		raise(SIGSTOP);
		wait_for_parent(&c);
		_exit(0);
	}
	hear(&c);
	waitpid(c.pid, &status, WUNTRACED);
	snprintf(part, sizeof part, "held for 0 s by pid %d (orch-child, state T, stopped)",
	    (int)c.pid);
	snprintf(remedy, sizeof remedy, "`kill -CONT %d` lets it go on", (int)c.pid);
	state_is(LOCK_HUNG_MS, LOCK_STOPPED, part, remedy);
	kill(c.pid, SIGCONT);
	waitpid(c.pid, &status, WCONTINUED);
	snprintf(part, sizeof part, "held for 0 s by pid %d (orch-child, state ", (int)c.pid);
	state_is(LOCK_HUNG_MS, LOCK_HELD, part, "");
	is_int(lock_state(&s, dir, "lock", 0, &e), 0, "more of it");
	ok(s.n == 1 && s.v[0].pid == c.pid && s.v[0].writer && s.taker == c.pid, "one has it, who took it");
	ok(s.alive == 1 && s.holder.pid == c.pid && s.v[0].start == s.holder.start, "and wrote it");
	lock_state_release(&s);
	make_old();
	snprintf(part, sizeof part, " s by pid %d (orch-child, state ", (int)c.pid);
	state_is(1, LOCK_HUNG, part, "`orch-fsck --locks --kill` ends it");
	state_is(0, LOCK_HELD, part, "");
	is_int(end_child(&c), 0, "it ends");
	state_is(1, LOCK_FREE, "free", "");
	is_int(lock_state(&s, dir, "lock", 0, &e), 0, "of a free one");
	ok(s.n == 0 && s.alive == 0 && s.holder.pid == c.pid, "who had it is known, and that it is gone");
	lock_state_release(&s);
}

/* Two have it, and neither is the one that took it. */
static void
test_state_inherited(void)
{
	struct lock_state s = { 0 };
	struct child c;
	struct err e = { 0 };
	char part[160];
	pid_t heir[2];

	unlink("lock");
	if (!start_child(&c)) {
		take_or_exit(&(struct lock){ 0 });
		for (int i = 0; i < 2; i++) {
			if ((heir[i] = fork()) == 0) {
				wait_for_parent(&c);
				_exit(0);
			}
			say(&c, heir[i]);
		}
		_exit(0);
	}
	heir[0] = hear(&c);
	heir[1] = hear(&c);
	is_int(ended(c.pid), 0, "the holder is gone");
	snprintf(part, sizeof part, ", which have it from pid %d (orch-child), which is gone",
	    (int)c.pid);
	state_is(1, LOCK_INHERITED, part, "`orch-fsck --locks --kill` ends what has it");
	is_int(lock_state(&s, dir, "lock", 0, &e), 0, "and nothing else is said");
	is_int((int64_t)s.n, 2, "two have it");
	ok((s.v[0].pid == heir[0] && s.v[1].pid == heir[1]) ||
	    (s.v[0].pid == heir[1] && s.v[1].pid == heir[0]), "both are named");
	ok(s.alive == 0 && !s.v[0].writer && !s.v[1].writer, "who wrote is dead");
	for (size_t i = 0; i < s.n; i++)
		is_int(lock_kill(dir, "lock", &s.v[i], 5000, &e), 0, "ended");
	lock_state_release(&s);
	close(c.to);
	close(c.from);
	state_is(1, LOCK_FREE, "free", "");
}

/* A former holder's words stand in the file; the one that has it now wrote none. */
static void
test_state_foreign(void)
{
	struct child c;
	struct lock l;
	struct err e = { 0 };
	char part[160], remedy[64];
	int status;

	unlink("lock");
	if (!start_child(&c)) {
		take_or_exit(&l);
		_exit(0);
	}
	is_int(end_child(&c), 0, "one of ours has been there");
	if (!start_child(&c)) {
		be("make");
		if (flock(open("lock", O_RDWR | O_CLOEXEC), LOCK_EX) == -1)
			_exit(1);
		raise(SIGSTOP);
		wait_for_parent(&c);
		_exit(0);
	}
	waitpid(c.pid, &status, WUNTRACED);
	snprintf(part, sizeof part, "held by pid %d (make, state T, stopped), which is no command of "
	    "orch", (int)c.pid);
	snprintf(remedy, sizeof remedy, "`kill -CONT %d` lets it go on", (int)c.pid);
	state_is(1, LOCK_FOREIGN, part, remedy);
	kill(c.pid, SIGCONT);
	waitpid(c.pid, &status, WCONTINUED);
	state_is(1, LOCK_FOREIGN, "(make, state ", "it is free when that program ends");
	end_child(&c);
	/* A run lock has no words in it, and may be shared and held for hours. */
	unlink("lock");
	if (!start_child(&c)) {
		be("orch-run");
		if (lock_try(&l, dir, "lock", &e) != 0)
			_exit(1);
		say(&c, getpid());
		wait_for_parent(&c);
		_exit(0);
	}
	hear(&c);
	state_is(0, LOCK_HELD, "(orch-run, state ", "");
	end_child(&c);
}

/* Held by root, asked by a user who may not look at what root has open. */
static void
test_state_unseen(void)
{
	struct lock_process p = { .command = "test" };
	struct lock_state s = { 0 };
	struct buf text = { 0 };
	struct child c;
	struct err e = { 0 };
	char part[64];
	pid_t pid;

	if (geteuid() != 0) {
		ok(true, "a holder that cannot be seen # SKIP only root can make one");
		return;
	}
	unlink("lock");
	put("lock", "");
	if (chown("lock", 65534, 65534) == -1 || chmod(".", 0755) == -1)
		printf("# not given away\n");
	if (!start_child(&c)) {
		if (flock(open("lock", O_RDWR | O_CLOEXEC), LOCK_EX) == -1)
			_exit(1);
		say(&c, getpid());
		wait_for_parent(&c);
		_exit(0);
	}
	p.pid = hear(&c);
	lock_start_time(p.pid, &p.start);
	pid = fork();
	if (pid == 0) {
		if (setgid(65534) == -1 || setuid(65534) == -1)
			_exit(9);
		if (lock_state(&s, dir, "lock", 1, &e) == -1 || s.verdict != LOCK_UNSEEN ||
		    s.n != 0 || s.taker != p.pid)
			_exit(1);
		lock_state_text(&s, &text);
		snprintf(part, sizeof part, "held by pid %d, which cannot be seen", (int)p.pid);
		if (strcmp(buf_str(&text), part) != 0)
			_exit(2);
		_exit(lock_kill(dir, "lock", &p, 20, &e) == -1 && e.code == ERR_SYSTEM ? 0 : 3);
	}
	is_int(ended(pid), 0, "a holder that cannot be seen is said to be one, and not ended");
	is_int(end_child(&c), 0, "it was left alone");
	unlink("lock");
}

/* ---- lock_kill ---- */

enum deaf { DEAF_TO_NOTHING, DEAF_TO_TERM, DEAF_LETS_GO };

/* A child that has the lock and is found to have it. */
static void
start_holder(struct child *c, struct lock_process *p, enum deaf how)
{
	struct lock_state s = { 0 };
	struct lock l;
	struct err e = { 0 };
	int status;

	if (!start_child(c)) {
		take_or_exit(&l);
		if (how == DEAF_TO_TERM)
			signal(SIGTERM, SIG_IGN);
		raise(SIGSTOP);
		if (how == DEAF_LETS_GO)
			lock_release(&l);
		wait_for_parent(c);
		_exit(0);
	}
	waitpid(c->pid, &status, WUNTRACED);
	is_int(lock_state(&s, dir, "lock", 0, &e), 0, "one has the lock, and is stopped");
	*p = s.n == 1 ? s.v[0] : (struct lock_process){ 0 };
	lock_state_release(&s);
}

static void
test_kill(void)
{
	struct lock_process p, other;
	struct child c;
	struct lock l;
	struct err e = { 0 };

	unlink("lock");
	start_holder(&c, &p, DEAF_LETS_GO);
	is_int(lock_kill(dir, "lock", &p, 5000, &e), 0, "it goes on, and lets go");
	is_int(end_child(&c), 0, "of that it does not die");
	start_holder(&c, &p, DEAF_TO_NOTHING);
	is_int(lock_kill(dir, "lock", &p, 500, &e), 0, "it goes on, and does not let go");
	is_int(end_child(&c), 1000 + SIGTERM, "it is asked to end");
	start_holder(&c, &p, DEAF_TO_TERM);
	is_int(lock_kill(dir, "lock", &p, 300, &e), 0, "it does not listen");
	is_int(end_child(&c), 1000 + SIGKILL, "it is killed");
	is_int(lock_kill(dir, "lock", &p, 60, &e), 1, "1: it had ended before");

	start_holder(&c, &p, DEAF_LETS_GO);
	other = p;
	other.start++;
	is_int(lock_kill(dir, "lock", &other, 60, &e), 1, "another one of that number is gone");
	other.start = 0;
	is_int(lock_kill(dir, "lock", &other, 60, &e), -1, "one that cannot be told is not ended");
	is_int(e.code, ERR_SYSTEM, e.msg);
	other.pid = getpid();
	is_int(lock_kill(dir, "lock", &other, 60, &e), -1, "nor are we");
	is_int(e.code, ERR_USAGE, e.msg);
	other.pid = 1;
	is_int(lock_kill(dir, "lock", &other, 60, &e), -1, "nor init");
	is_int(e.code, ERR_USAGE, e.msg);
	is_int(lock_kill(dir, "none", &p, 60, &e), -1, "no such lock");
	is_int(e.code, ERR_SYSTEM, e.msg);
	put("none", "");
	is_int(lock_kill(dir, "none", &p, 60, &e), 1, "it has not that lock");
	is_int(lock_take(&l, dir, 0, "test", &e), -1, "and after all that it has its lock still");
	kill(c.pid, SIGCONT);
	is_int(end_child(&c), 0, "and was not hurt");
}

int
main(void)
{
	scratch_make();
	dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	test_state();
	test_state_inherited();
	test_state_foreign();
	test_state_unseen();
	test_kill();
	close(dir);
	scratch_remove();
	return done_testing();
}
