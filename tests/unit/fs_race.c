/*
 * A person saves at each instant of a commit.  fault_step() is replaced here by
 * one that lets the person act at the step of that name.
 */
#include "sys/fs.h"

#include <sched.h>
#include <signal.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "scratch.h"
#include "sys/fault.h"

#define OLD    "tasks: []\n"
#define PERSON "tasks: [a person's]\n"
#define SECOND "tasks: [a person's second thoughts]\n"
#define OURS   "# ours\n"

/* What happens when: up to two acts, each once. */
static struct act {
	const char *at;
	void (*act)(void);
} acts[2];

void
fault_step(const char *name)
{
	void (*act)(void);

	for (size_t i = 0; i < 2; i++) {
		if (acts[i].at == NULL || strcmp(acts[i].at, name) != 0)
			continue;
		act = acts[i].act;
		acts[i] = (struct act){ 0 };
		act();
	}
}

static void
set_acts(const char *at, void (*act)(void), const char *at2, void (*act2)(void))
{
	acts[0] = (struct act){ at, act };
	acts[1] = (struct act){ at2, act2 };
}

static void
save_by_rename(void)
{
	put_by_rename("t.yml", PERSON);
}

static void
save_in_place(void)
{
	put("t.yml", PERSON);
}

static void
second_by_rename(void)
{
	put_by_rename("t.yml", SECOND);
}

static void
second_in_place(void)
{
	put("t.yml", SECOND);
}

static void
delete_it(void)
{
	unlink("t.yml");
}

static void
make_it_a_link(void)
{
	unlink("t.yml");
	if (symlink("elsewhere", "t.yml") == -1)
		printf("# no link\n");
}

static void
make_it_a_folder(void)
{
	unlink("t.yml");
	mkdir("t.yml", 0700);
}

static void
change_mode(void)
{
	chmod("t.yml", 0640);
}

static void
die(void)
{
	kill(getpid(), SIGKILL);
}

/* One try: what fs_swap() says; the new content is the one read, and a line of ours. */
static int
try_once(struct fs_file *f, bool keep, struct err *e)
{
	struct buf old = { 0 }, new = { 0 };
	int rc;

	rc = fs_load(f, &old, e);
	buf_append(&new, buf_str(&old), old.len);
	buf_puts(&new, OURS);
	if (rc == 0)
		rc = fs_stage(f, new.data, new.len, e);
	if (rc == 0)
		rc = fs_swap(f, &old, e);
	if (rc == 1 && !there(".t.yml.orch-new"))
		rc = 2;	/* what was staged must stay until the next try */
	if (rc == 0 && keep)
		rc = fs_keep(f, AT_FDCWD, "backup", e);
	if (rc == 0 && keep)
		rc = fs_settle(f, e);
	buf_release(&old);
	buf_release(&new);
	return rc;
}

/* As often as it takes; *tries counts. */
static int
commit(bool exchange, int *tries, struct err *e)
{
	struct fs_file f = { 0 };
	int rc;

	*tries = 0;
	rc = fs_open(&f, "t.yml", e);
	if (!exchange)
		f.exchange = FS_EXCHANGE_NO;
	if (rc == 0) {
		do {
			rc = try_once(&f, true, e);
		} while (++*tries < 10 && rc == 1);
	}
	fs_close(&f);
	return rc;
}

static void
start_afresh(void)
{
	struct err e = { 0 };

	fs_remove_tree(AT_FDCWD, "t.yml", &e);
	unlink("backup");
	unlink("elsewhere");
	put("t.yml", OLD);
	chmod("t.yml", 0644);
}

static void
test_before(bool exchange, const char *step, void (*save)(void), const char *style)
{
	struct err e = { 0 };
	int tries;

	start_afresh();
	set_acts(step, save, NULL, NULL);
	is_int(commit(exchange, &tries, &e), 0, "the commit succeeds");
	is_int(tries, 2, "at the second try");
	ok(strcmp(get("t.yml"), PERSON OURS) == 0, "saved %s before '%s': both are there", style,
	    step);
	is_int(count_names("orch-"), 0, "nothing is left");
}

static void
test_after(const char *step, void (*save)(void), const char *style)
{
	struct err e = { 0 };
	int tries;

	start_afresh();
	set_acts(step, save, NULL, NULL);
	is_int(commit(true, &tries, &e), 0, "the commit succeeds");
	ok(strcmp(get("t.yml"), PERSON) == 0, "saved %s before '%s': the person's stays", style,
	    step);
	is(get("backup"), OLD, "the backup is what was there before");
}

/* A second save, onto ours in the instant that it stands there: the newest stays. */
static void
test_twice(void (*second)(void), const char *style)
{
	struct err e = { 0 };
	int tries;

	start_afresh();
	set_acts("exchange", save_by_rename, "exchange-back", second);
	is_int(commit(true, &tries, &e), 0, "the commit succeeds");
	ok(strcmp(get("t.yml"), SECOND OURS) == 0, "saved twice, then %s: the newest is there",
	    style);
	is_int(count_names("orch-"), 0, "nothing is left");
}

/* What a swap says when the file is no longer what it was. */
static void
test_changed(void (*act)(void), const char *what, bool file)
{
	struct fs_file f = { 0 };
	struct err e = { 0 };
	struct stat st;

	start_afresh();
	set_acts("exchange", act, NULL, NULL);
	fs_open(&f, "t.yml", &e);
	is_int(try_once(&f, false, &e), 1, what);
	ok(lstat("t.yml", &st) == -1 ? act == delete_it : S_ISREG(st.st_mode) == file,
	    "and it stays as the person made it");
	fs_close(&f);
	is_int(count_names("orch-"), 0, "nothing is left");
}

static void
test_created(void)
{
	struct fs_file f = { 0 };
	struct err e = { 0 };

	unlink("t.yml");
	set_acts("create", save_in_place, NULL, NULL);
	fs_open(&f, "t.yml", &e);
	is_int(try_once(&f, false, &e), 1, "a person has made the file meanwhile");
	is(get("t.yml"), PERSON, "and it stays");
	fs_close(&f);
	is_int(count_names("orch-"), 0, "nothing is left");
}

/* Without exchange the gap is real; in place it at least reaches the backup. */
static void
test_gap(void)
{
	struct err e = { 0 };
	int tries;

	start_afresh();
	set_acts("replace", save_in_place, NULL, NULL);
	is_int(commit(false, &tries, &e), 0, "the commit succeeds");
	is(get("t.yml"), OLD OURS, "ours is there");
	is(get("backup"), PERSON, "the person's is what is kept");
}

static int held = -1;

static void
open_it(void)
{
	held = open("t.yml", O_WRONLY | O_CLOEXEC);
}

/*
 * An editor opens the file in the instant before the exchange and goes on writing:
 * the old file is put back at once, and no change is made before it is saved.
 */
static void
test_open_editor(void)
{
	struct err e = { 0 };
	int tries;

	start_afresh();
	set_acts("exchange", open_it, NULL, NULL);
	is_int(commit(true, &tries, &e), -1, "no commit while an editor has the file open");
	is_int(e.code, ERR_BUSY, "it may be tried again");
	is(get("t.yml"), OLD, "what the editor has open is what stands there");
	if (ftruncate(held, 0) == -1 || write(held, PERSON, strlen(PERSON)) == -1)
		ok(false, "cannot save");
	close(held);
	set_acts(NULL, NULL, NULL, NULL);
	is_int(commit(true, &tries, &e), 0, "it is saved: the commit succeeds");
	is(get("t.yml"), PERSON OURS, "and both are there");
}

/* Half of a save reads as a whole file: not even its beginning is taken. */
static void
test_slow_save(void)
{
	struct fs_file f = { 0 };
	struct buf b = { 0 };
	struct err e = { 0 };

	start_afresh();
	fs_open(&f, "t.yml", &e);
	held = open("t.yml", O_WRONLY | O_TRUNC | O_CLOEXEC);
	is_int(fs_load(&f, &b, &e), -1, "a file that is being saved is not read");
	is_int(e.code, ERR_BUSY, "it may be tried again");
	close(held);
	fs_close(&f);
	buf_release(&b);
}

/* Killed when a person's save had just been taken out: it must be found again. */
static void
test_killed_with_save(void)
{
	struct fs_file f = { 0 };
	struct buf left = { 0 };
	struct err e = { 0 };
	int tries, rc;
	pid_t pid;

	start_afresh();
	pid = fork();
	if (pid == 0) {
		set_acts("exchange", save_by_rename, "exchange-back", die);
		commit(true, &tries, &e);
		_exit(0);
	}
	is_int(ended(pid), 1000 + SIGKILL, "killed between exchange and exchange-back");
	is(get("t.yml"), OLD OURS, "ours stands there");
	fs_open(&f, "t.yml", &e);
	is_int(fs_leftover(&f, &left, &e), 1, "the next one is told");
	ok(f.swapped, "that this came out");
	is(buf_str(&left), PERSON, "what the person had saved");
	rc = fs_keep(&f, AT_FDCWD, "conflict", &e);
	is_int(rc, 0, "and can put it aside");
	is(get("conflict"), PERSON, "there it is");
	is_int(fs_leftover(&f, &left, &e), 0, "only once");
	fs_close(&f);
	buf_release(&left);
}

/* Told apart by the mark; one that was not kept is not removed by just closing. */
static void
test_leftover_stays(void)
{
	struct fs_file f = { 0 };
	struct buf left = { 0 };
	struct err e = { 0 };

	start_afresh();
	put(".t.yml.orch-new", "garbage");
	fs_open(&f, "t.yml", &e);
	is_int(fs_leftover(&f, &left, &e), 0, "a mere stage is nothing");
	is_int(fs_keep(&f, AT_FDCWD, "kept", &e), 0, "and nothing to keep");
	ok(!there("kept"), "so it is not");
	fs_close(&f);
	put(".t.yml.orch-mark", "staged");
	fs_open(&f, "t.yml", &e);
	is_int(fs_leftover(&f, &left, &e), 1, "what the mark does not name");
	ok(f.swapped, "has come out of an exchange");
	fs_close(&f);
	is(get(".t.yml.orch-new"), "garbage", "and stays after a close");
	unlink(".t.yml.orch-new");
	unlink(".t.yml.orch-mark");
	buf_release(&left);
}

int
main(void)
{
	static const char *const before[] = { "stage-create", "stage-write", "stage-fsync", "mark",
	    "exchange" };
	static const char *const after[] = { "backup-rename", "unmark", "dir-fsync",
	    "backup-dir-fsync" };

	scratch_make();
	setenv("ORCH_TEST_NOSYNC", "1", 1);
	for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
		test_before(true, before[i], save_by_rename, "by rename");
		test_before(true, before[i], save_in_place, "in place");
	}
	test_before(false, "link-old", save_by_rename, "by rename");
	test_before(false, "link-old", save_in_place, "in place");
	for (size_t i = 0; i < sizeof after / sizeof *after; i++) {
		test_after(after[i], save_by_rename, "by rename");
		test_after(after[i], save_in_place, "in place");
	}
	test_twice(second_by_rename, "by rename");
	test_twice(second_in_place, "in place");
	test_changed(delete_it, "removed meanwhile", false);
	test_changed(make_it_a_link, "a link meanwhile", false);
	test_changed(make_it_a_folder, "a folder meanwhile", false);
	test_changed(change_mode, "another mode meanwhile", true);
	test_created();
	test_gap();
	test_open_editor();
	test_slow_save();
	test_killed_with_save();
	test_leftover_stays();
	scratch_remove();
	return done_testing();
}
