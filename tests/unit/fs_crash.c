/*
 * Every scenario is stopped (SIGKILL) at each of its steps, one after the other,
 * until it runs through; whatever was stopped, the files are old or new, and the
 * next run succeeds and leaves nothing lying about.
 */
#include "sys/fs.h"

#include <signal.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "scratch.h"

#define OLD "id: 1\ntitle: old\n"
#define NEW "id: 1\ntitle: new and longer than it was\n"

/* A commit as the store does it, leftovers included. */
static int
commit(bool exchange)
{
	struct buf old = { 0 }, left = { 0 };
	struct fs_file f = { 0 };
	struct err e = { 0 };
	int rc;

	rc = fs_open(&f, "t.yml", &e);
	f.exchange = exchange ? FS_EXCHANGE_UNKNOWN : FS_EXCHANGE_NO;
	if (rc == 0)
		rc = fs_leftover(&f, &left, &e);
	if (rc == 1)
		rc = fs_keep(&f, AT_FDCWD, "left.yml", &e);
	if (rc == 0)
		rc = fs_load(&f, &old, &e);
	if (rc == 0)
		rc = fs_stage(&f, NEW, strlen(NEW), &e);
	if (rc == 0)
		rc = fs_swap(&f, &old, &e);
	if (rc == 0)
		rc = fs_keep(&f, AT_FDCWD, there("backup.yml") ? "second.yml" : "backup.yml", &e);
	if (rc == 0)
		rc = fs_settle(&f, &e);
	if (rc != 0)
		printf("# %s\n", e.msg);
	fs_close(&f);
	buf_release(&old);
	buf_release(&left);
	return rc;
}

static int
by_exchange(void)
{
	return commit(true);
}

static int
by_rename(void)
{
	return commit(false);
}

static int
replace(void)
{
	struct err e = { 0 };

	return fs_replace(AT_FDCWD, "t.yml", NEW, strlen(NEW), 0644, &e);
}

static int
append(void)
{
	struct err e = { 0 };
	off_t before;

	return fs_append(AT_FDCWD, "log", "line\n", 5, &before, &e);
}

/* 0: the run was complete; 1000 + SIGKILL: it was stopped. */
static int
run_until(int (*scenario)(void), int step)
{
	char number[16];
	pid_t pid = fork();

	if (pid != 0)
		return ended(pid);
	snprintf(number, sizeof number, "%d", step);
	if (step > 0)
		setenv("ORCH_TEST_CRASH_AT", number, 1);
	_exit(scenario() == 0 ? 0 : 1);
}

static bool
is_old_or_new(const char *text)
{
	return text != NULL && (strcmp(text, OLD) == 0 || strcmp(text, NEW) == 0);
}

/* The former content has not vanished: it is in its place, or among the backups. */
static bool
old_is_somewhere(void)
{
	static const char *const names[] = { "t.yml", "backup.yml", "second.yml", "left.yml",
	    ".t.yml.orch-new", ".t.yml.orch-old" };
	const char *text;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		text = get(names[i]);
		if (text != NULL && strcmp(text, OLD) == 0)
			return true;
	}
	return false;
}

static void
start_afresh(bool missing)
{
	unlink("backup.yml");
	unlink("second.yml");
	unlink("left.yml");
	unlink("log");
	unlink("t.yml");
	if (!missing)
		put("t.yml", OLD);
}

static void
stop_at_each(int (*scenario)(void), const char *what, bool backup, bool missing)
{
	int status, step = 0;

	do {
		start_afresh(missing);
		status = run_until(scenario, ++step);
		ok(status == 0 || status == 1000 + SIGKILL, "%s: step %d ends with %d", what, step,
		    status);
		ok(is_old_or_new(get("t.yml")) || (missing && !there("t.yml")),
		    "%s: stopped at %d, the file is old or new", what, step);
		ok(!backup || missing || old_is_somewhere(), "%s: the old content is to be had",
		    what);
		is_int(run_until(scenario, 0), 0, "the next run succeeds");
		is(get("t.yml"), NEW, "and has changed the file");
		is_int(count_names("orch-"), 0, "nothing is left");
		ok(!backup || missing || old_is_somewhere(), "%s: nor is anything lost", what);
	} while (status != 0 && step < 50);
	printf("# %s: %d steps\n", what, step - 1);
}

/* An append is there as a whole, or not at all. */
static void
stop_append(void)
{
	const char *text;
	int status, step = 0;

	do {
		start_afresh(false);
		put("log", "first\n");
		status = run_until(append, ++step);
		text = get("log");
		ok(strcmp(text, "first\n") == 0 || strcmp(text, "first\nline\n") == 0,
		    "append, stopped at %d: all or nothing", step);
	} while (status != 0 && step < 50);
	is(text, "first\nline\n", "the last one is complete");
}

int
main(void)
{
	scratch_make();
	setenv("ORCH_TEST_NOSYNC", "1", 1);	/* only the process dies here, not the machine */
	stop_at_each(by_exchange, "exchange", true, false);
	stop_at_each(by_rename, "link and rename", true, false);
	stop_at_each(by_exchange, "create", false, true);
	stop_at_each(replace, "replace", false, false);
	stop_append();
	scratch_remove();
	return done_testing();
}
