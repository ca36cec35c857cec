/*
 * fsck_backup - what is said of former generations, and of the file held against them
 */
#include "work/fsck_backup.h"

#include <signal.h>
#include <unistd.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/val.h"
#include "scratch.h"
#include "task/project.h"
#include "task/store.h"
#include "work/fsck.h"

#define TASKS "next_id: 2\ntasks:\n  - id: 1\n    title: one\n"

static int
work(struct change *c, void *arg, struct err *e)
{
	struct val *fields = val_map();
	int64_t id;
	int r;

	(void)arg;
	val_put(fields, "title", val_str("again"));
	r = change_add(c, fields, &id, e);
	val_free(fields);
	return r;
}

static int
commit_here(void)
{
	struct store_opts opts = { .command = "test" };
	struct project p;
	struct err e = { 0 };
	int r;

	if (project_find(&p, NULL, NULL, "test", &e) == -1)
		return -1;
	r = store_update(&p, &opts, &work, NULL, &e);
	if (r == -1)
		printf("# %s\n", e.msg);
	project_release(&p);
	return r;
}

/* In a process of its own, which is killed at that durable step; 0: at none. */
static int
commit_until(int at)
{
	char step[16];
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		snprintf(step, sizeof step, "%d", at);
		if (at > 0)
			setenv("ORCH_TEST_CRASH_AT", step, 1);
		_exit(commit_here() == 0 ? 0 : 1);
	}
	return ended(pid);
}

static int
commit(void)
{
	return commit_until(0);
}

/* A project with generations 0..n-1 kept, and n the file. */
static void
fresh(int n)
{
	struct err e = { 0 };

	if (chdir(scratch) == -1 || fs_remove_tree(AT_FDCWD, "p", &e) == -1 ||
	    mkdir("p", 0700) == -1 || chdir("p") == -1)
		printf("Bail out! no folder: %s\n", e.msg);
	put("tasks.yml", TASKS);
	for (int i = 0; i < n; i++)
		commit();
}

/* "2+ 1+ 0-": generations, newest first, + if valid. */
static const char *
listed(void)
{
	static char text[1024];
	struct fsck_backups list = { 0 };
	struct project p;
	struct err e = { 0 };
	size_t len = 0;

	text[0] = '\0';
	project_find(&p, NULL, NULL, "test", &e);
	if (fsck_backups(&list, &p, true, &e) == -1)
		snprintf(text, sizeof text, "%s", e.msg);
	for (size_t i = 0; i < list.n && len < sizeof text; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%s%" PRId64 "%c",
		    i > 0 ? " " : "", list.v[i].gen, list.v[i].valid ? '+' : '-');
	fsck_backups_release(&list);
	project_release(&p);
	return text;
}

/* What fsck_verify() says: the word for the file, and "check|place|message" of the first
 * finding and how many there are. */
struct verdict {
	enum fsck_live live;
	char first[1024];
	size_t n;
	int r;
	struct err e;
};

static void
verify(struct verdict *v)
{
	struct fsck_backups list = { 0 };
	struct findings f = { 0 };
	struct project p;

	*v = (struct verdict){ .r = -1 };
	if (project_find(&p, NULL, NULL, "test", &v->e) == -1)
		return;
	if (fsck_backups(&list, &p, false, &v->e) == 0)
		v->r = fsck_verify(&f, &v->live, &p, &list, &v->e);
	v->n = f.n;
	if (f.n > 0)
		snprintf(v->first, sizeof v->first, "%s|%s|%s", f.v[0].check, f.v[0].place,
		    f.v[0].message);
	fsck_release(&f);
	fsck_backups_release(&list);
	project_release(&p);
}

/* No finding, and this word for the file. */
static void
sound(enum fsck_live live, const char *what)
{
	struct verdict v;

	verify(&v);
	is_int(v.r, 0, what);
	is(fsck_live_name(v.live), fsck_live_name(live), "- the file");
	is(v.first, "", "- nothing is found");
}

/* One finding that ends so. */
static void
finds(enum fsck_live live, const char *part, const char *what)
{
	struct verdict v;

	verify(&v);
	is_int(v.r, 0, what);
	is(fsck_live_name(v.live), fsck_live_name(live), "- the file");
	is_int((int64_t)v.n, 1, "- one finding");
	ok(strstr(v.first, part) != NULL, "- '%s' says '%s'", v.first, part);
}

static void
finds_all(const char *part, size_t n, const char *what)
{
	struct verdict v;

	verify(&v);
	ok(v.r == 0 && v.n == n, "%s: %zu findings", what, v.n);
	ok(strstr(v.first, part) != NULL, "'%s' says '%s'", v.first, part);
}

static void
test_list(void)
{
	struct fsck_backups list = { 0 };
	struct project p;
	struct err e = { 0 };
	struct val *v;
	struct buf text = { 0 };

	fresh(0);
	is(listed(), "", "no project folder, no generations");
	sound(FSCK_LIVE_UNKNOWN, "and nothing wrong");
	ok(!there(".orch"), "nothing was made");
	fresh(3);
	is(listed(), "2+ 1+ 0+", "three changes leave three");
	sound(FSCK_LIVE_OURS, "all is well");
	put(".orch/backup/g000000001.yml", "tasks: [\n");
	put(".orch/backup/gX.yml", "tasks: [\n");
	is(listed(), "2+ 1- 0+", "one that is no YAML");
	finds(FSCK_LIVE_OURS, "/.orch/backup/g000000001.yml|generation 1 cannot be restored: "
	    "g000000001.yml:", "is a finding");
	put(".orch/backup/g000000001.yml", "");
	finds(FSCK_LIVE_OURS, "generation 1 cannot be restored: it is empty", "so is an empty one");
	put(".orch/backup/g000000001.yml", TASKS);
	sound(FSCK_LIVE_OURS, "of an older one no hash is known");
	put(".orch/backup/g000000002.yml", TASKS);
	is(listed(), "2+ 1+ 0+", "valid, but other bytes");
	finds(FSCK_LIVE_OURS, "generation 2 cannot be restored: it is not what was committed",
	    "are known of the newest");

	put(".orch/backup/g000000002.yml", "\x1b[31m: [");
	project_find(&p, NULL, NULL, "test", &e);
	is_int(fsck_backups(&list, &p, true, &e), 0, "as values");
	ok(list.v[0].why != NULL && strchr(list.v[0].why, '\x1b') == NULL, "made visible: %s",
	    list.v[0].why);
	list.v[1].at = 1763720000;
	v = fsck_backup_value(&list.v[1]);
	json_print(&text, v);
	ok(strstr(buf_str(&text), "{\"schema\":1,\"gen\":1,\"at\":\"2025-11-21T10:13:20Z\",\"size\":43,"
	    "\"valid\":true,\"tasks\":1,\"hash\":\"") != NULL, "%s", buf_str(&text));
	ok(strstr(buf_str(&text), "why") == NULL, "nothing to say of a good one");
	val_free(v);
	v = fsck_backup_value(&list.v[0]);
	ok(!val_truth(val_get(v, "valid"), true) && val_get(v, "why") != NULL &&
	    val_get(v, "tasks") == NULL, "of a bad one why");
	val_free(v);
	buf_release(&text);
	fsck_backups_release(&list);
	project_release(&p);
}

static void
test_live(void)
{
	char text[1024], last[1024];

	fresh(3);
	snprintf(last, sizeof last, "%s", get("tasks.yml"));
	snprintf(text, sizeof text, "%s  # a person's\n", get("tasks.yml"));
	put("tasks.yml", text);
	sound(FSCK_LIVE_EDITED, "an edit is no finding");
	put("tasks.yml", "tasks: [\n");
	sound(FSCK_LIVE_INVALID, "nor is a typo one of this check");
	put("tasks.yml", get(".orch/backup/g000000001.yml"));
	finds(FSCK_LIVE_OLD, "backup|tasks.yml|it is generation 1 again, not 3", "an old buffer");
	put("tasks.yml", get(".orch/backup/g000000002.yml"));
	finds(FSCK_LIVE_OLD, "it is generation 2 again, not 3", "or the one before");
	put("tasks.yml", "");
	finds(FSCK_LIVE_DAMAGED, "backup|tasks.yml|it is empty: the next change or `orch-fsck --restore` "
	    "puts generation 3 back", "an empty file");
	unlink("tasks.yml");
	finds(FSCK_LIVE_DAMAGED, "it is gone: ", "a lost one");
	snprintf(text, sizeof text, "%s", get(".orch/backup/g000000002.yml"));
	text[strlen(text) - 3] = '\0';
	put("tasks.yml", text);
	finds(FSCK_LIVE_DAMAGED, "it was cut off in the middle of a line: ", "a piece of one");
	strrchr(text, '\n')[1] = '\0';
	put("tasks.yml", text);
	sound(FSCK_LIVE_EDITED, "cut between two lines it may be an edit");
	snprintf(text, sizeof text, "%s", last);
	text[strlen(text) - 3] = '\0';
	put("tasks.yml", text);
	finds(FSCK_LIVE_DAMAGED, "puts generation 3 back", "a piece of the last generation, of which "
	    "there is no backup");
	put("tasks.yml", TASKS);
	if (truncate("tasks.yml", 100) == -1)
		printf("# not longer\n");
	finds(FSCK_LIVE_DAMAGED, "it has NUL bytes in it: ", "zeros of a disk");
	put(".orch/backup/g000000000.yml", "x: [");
	put(".orch/backup/g000000001.yml", "x: [");
	put(".orch/backup/g000000002.yml", "x: [");
	finds_all("generation 2 cannot be restored", 4, "without any good backup");
}

/* What the record tells of must be there. */
static void
test_missing(void)
{
	fresh(3);
	unlink(".orch/backup/g000000000.yml");
	unlink(".orch/backup/g000000001.yml");
	sound(FSCK_LIVE_OURS, "old ones may go");
	unlink(".orch/backup/g000000002.yml");
	finds(FSCK_LIVE_OURS, "there is no backup of generation 2, which generation 3 was made of",
	    "the newest may not");
	rmdir(".orch/backup");
	finds(FSCK_LIVE_OURS, "there is no backup of generation 2", "nor the folder");
	put("tasks.yml", "");
	finds_all("it is empty: and no generation is left", 2, "then there is nothing to go back to");
	fresh(2);
	unlink(".orch/backup/g000000001.yml");
	is_int(commit(), 0, "the next change");
	sound(FSCK_LIVE_OURS, "mends it");
}

static void
test_record(void)
{
	struct verdict v;

	fresh(2);
	put(".orch/state/store.0", "nonsense\n");
	put(".orch/state/store.1", "nonsense\n");
	finds_all("state/store cannot be read", 1, "a lost record");
	unlink(".orch/state/store.0");
	unlink(".orch/state/store.1");
	sound(FSCK_LIVE_UNKNOWN, "a removed one is a new start");
	is_int(commit(), 0, "after a commit");
	sound(FSCK_LIVE_OURS, "it is known again");
	if (rename(".orch/state", ".orch/elsewhere") == -1 || symlink("elsewhere", ".orch/state") == -1)
		printf("# no link\n");
	put(".orch/backup/g000000000.yml", "x: [");
	verify(&v);
	ok(v.r == -1 && v.e.code == ERR_SYSTEM, "a link for a folder: %s", v.e.msg);
	is_int((int64_t)v.n, 1, "what is known of the backups is said all the same");
}

/* Killed before each step of a commit: nobody's fault, and nothing to do about it. */
static void
test_killed(void)
{
	struct verdict v;
	int status = -1, steps = 0;

	for (int n = 1; status != 0 && n < 100; n++, steps++) {
		fresh(2);
		status = commit_until(n);
		verify(&v);
		if (v.r != 0 || v.n != 0 || v.live != FSCK_LIVE_OURS)
			ok(false, "killed at step %d: %s, %s", n, fsck_live_name(v.live), v.first);
	}
	ok(status == 0 && steps > 8, "killed at each of %d steps, the file is ours", steps);
}

/* Looked at again and again while others commit: no finding comes of it. */
static void
test_race(void)
{
	struct verdict v;
	char first[2100] = "";
	int bad = 0, looks = 0, status, r = 0;
	pid_t pid;

	fresh(2);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 150 && r == 0; i++)
			r = commit_here();
		_exit(r == 0 ? 0 : 1);
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		verify(&v);
		looks++;
		if (v.r != 0 || v.n != 0 || v.live != FSCK_LIVE_OURS) {
			bad++;
			snprintf(first, sizeof first, "%s %s", v.r == 0 ? fsck_live_name(v.live) :
			    v.e.msg, v.first);
		}
	}
	is_int(status, 0, "a hundred and fifty commits");
	is(first, "", "looked at meanwhile");
	ok(bad == 0 && looks > 0, "%d times, and nothing is found", looks);
}

int
main(void)
{
	setenv("ORCH_TEST_NOSYNC", "1", 1);
	scratch_make();
	test_list();
	test_live();
	test_missing();
	test_record();
	test_killed();
	test_race();
	scratch_remove();
	return done_testing();
}
