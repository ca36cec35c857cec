/*
 * store - commits: what they write and do not write, people who save in between,
 * files that are gone, and a kill before each step of a commit
 */
#include "task/store.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/val.h"
#include "scratch.h"
#include "sys/lock.h"
#include "task/project.h"

#define TASKS	"# mine\nnext_id: 3\ntasks:\n  - id: 1\n    title: one   # first\n" \
		"  - id: 2\n    title: two\n"
#define EVENTS	".orch/events.jsonl"

/* What one change does: it counts its calls, and a person may save during the first. */
struct job {
	const char *title;	/* of a task that is added, NULL: none */
	int64_t priority_of;	/* a task that becomes high; 0: none */
	int fail;		/* ends with an error */
	const char *saves;	/* a person saves this during the first call */
	bool by_rename;
	int calls;
	int64_t id;
	size_t seen;		/* tasks in the picture of the last call */
};

static int
work(struct change *c, void *arg, struct err *e)
{
	struct job *j = arg;
	struct val *fields;
	int r = 0;

	j->calls++;
	j->seen = change_tasks(c)->n;
	if (j->saves != NULL && j->calls == 1) {
		if (j->by_rename)
			put_by_rename("tasks.yml", j->saves);
		else
			put("tasks.yml", j->saves);
	}
	if (j->title != NULL) {
		fields = val_map();
		val_put(fields, "title", val_str(j->title));
		r = change_add(c, fields, &j->id, e);
		val_free(fields);
	}
	if (r == 0 && j->priority_of != 0)
		r = change_set(c, j->priority_of, F_PRIORITY, val_str("high"), e);
	if (r == 0 && j->fail)
		r = err_set(e, ERR_NO, "no");
	return r;
}

static int
update(struct job *j, bool dry_run, struct err *e)
{
	struct store_opts opts = { .dry_run = dry_run, .command = "test" };
	struct project p;
	int r;

	*e = (struct err){ 0 };
	j->calls = 0;
	if (project_find(&p, NULL, NULL, "test", e) == -1)
		return -1;
	r = store_update(&p, &opts, work, j, e);
	project_release(&p);
	return r;
}

static int
read_tasks(struct tasks *tasks, struct err *e)
{
	struct project p;
	int r;

	*e = (struct err){ 0 };
	if (project_find(&p, NULL, NULL, "test", e) == -1)
		return -1;
	r = store_read(&p, tasks, e);
	project_release(&p);
	return r;
}

/* How many tasks the file has, -1 if it is not valid. */
static int
count_tasks(void)
{
	struct tasks tasks;
	struct err e;
	int n;

	if (read_tasks(&tasks, &e) == -1)
		return -1;
	n = (int)tasks.n;
	tasks_release(&tasks);
	return n;
}

static void
fresh(const char *text)
{
	struct err e = { 0 };

	fs_remove_tree(AT_FDCWD, "p", &e);
	if (mkdir("p", 0700) == -1 || chdir("p") == -1)
		printf("Bail out! no folder\n");
	put("tasks.yml", text);
}

static void
back(void)
{
	if (chdir(scratch) == -1)
		printf("Bail out! no way back\n");
}

/* Events of the log, and whether their numbers grow by one. */
static int
count_events(bool *in_order)
{
	const char *text = get(EVENTS);
	struct err e = { 0 };
	int n = 0;

	*in_order = true;
	for (; text != NULL && *text; n++) {
		size_t len = strcspn(text, "\n");
		struct val *v = json_parse(text, len, &e);

		*in_order = *in_order && text[len] == '\n' &&
		    val_number(val_get(v, "seq"), 0) == n + 1;
		val_free(v);
		text += len + (text[len] == '\n');
	}
	return n;
}

static void
committing(void)
{
	struct job add = { .title = "three" }, high = { .priority_of = 1 }, none = { 0 };
	struct err e;
	struct stat before, after;
	const char *text;
	bool order;

	fresh(TASKS);
	ok(update(&add, false, &e) == 0 && add.calls == 1, "a task is added");
	is_int(add.id, 3, "with the id that the file names");
	is(get(".orch/backup/g000000000.yml"), TASKS, "what was there is kept");
	ok(strncmp(get("tasks.yml"), "# mine\nnext_id: 4\ntasks:\n  - id: 1\n    title: one   # first\n"
	    "  - id: 2\n    title: two\n  - id: 3\n    title: three\n", 90) == 0,
	    "and every byte of it is in the new one");
	is_int(count_names(".orch-"), 0, "nothing lies about");
	is_int(count_events(&order), 1, "one event");
	ok(order, "which is number 1");
	ok(update(&high, false, &e) == 0, "a field is set");
	text = get("tasks.yml");
	ok(strstr(text, "    title: one   # first\n    priority: high\n") != NULL, "in its place");
	ok(there(".orch/backup/g000000001.yml") && !there(".orch/backup/g000000002.yml"),
	    "a second generation");
	stat("tasks.yml", &before);
	ok(update(&high, false, &e) == 0, "again");
	stat("tasks.yml", &after);
	ok(before.st_ino == after.st_ino && !there(".orch/backup/g000000002.yml"),
	    "what is so already is not written");
	ok(update(&none, false, &e) == 0 && strcmp(get("tasks.yml"), text) == 0,
	    "nor is nothing");
	is_int(count_events(&order), 1, "nor told");
	add.fail = 1;
	ok(update(&add, false, &e) == -1 && e.code == ERR_NO && strcmp(get("tasks.yml"), text) == 0,
	    "an error of the function leaves everything");
	chmod("tasks.yml", 0640);
	add.fail = 0;
	update(&add, false, &e);
	ok(stat("tasks.yml", &after) == 0 && (after.st_mode & 0777) == 0640, "the mode stays");
	is_int(add.id, 4, "an id that was not taken is still free");
	back();
}

static void
many(void)
{
	struct job add = { .title = "again" };
	time_t start = time(NULL);
	struct err e;
	bool order;
	int kept;

	fresh("");
	setenv("ORCH_TEST_NOSYNC", "1", 1);
	for (int i = 0; i < 30; i++)
		if (update(&add, false, &e) == -1)
			printf("# %s\n", e.msg);
	unsetenv("ORCH_TEST_NOSYNC");
	is_int(count_tasks(), 30, "thirty commits from an empty file");
	is_int(count_events(&order), 30, "thirty events");
	ok(order, "in order");
	ok(chdir(".orch/backup") == 0, "backups");
	/* In the hour, and on the day, that begins just now there may be one more. */
	kept = count_names("g0000000");
	ok(kept == 20 || (kept <= 22 && time(NULL) / 3600 != start / 3600),
	    "of which %d are kept, the newest", kept);
	ok(there("g000000029.yml") && there("g000000010.yml") && !there("g000000001.yml"),
	    "not the oldest");
	back();
}

static void
trying(void)
{
	struct job add = { .title = "three" };
	struct err e;
	struct stat before, after;

	fresh(TASKS);
	stat("tasks.yml", &before);
	ok(update(&add, true, &e) == 0 && add.id == 3, "a dry run computes");
	stat("tasks.yml", &after);
	ok(before.st_ino == after.st_ino && before.st_ctim.tv_nsec == after.st_ctim.tv_nsec &&
	    strcmp(get("tasks.yml"), TASKS) == 0, "and touches nothing");
	ok(!there(".orch"), "not even .orch");
	add.priority_of = 77;
	ok(update(&add, true, &e) == -1 && e.code == ERR_USAGE, "it refuses what a real one would");
	back();
}

static void
people(void)
{
	static const char theirs[] = "next_id: 9\ntasks:\n- {id: 7, title: theirs}\n";
	struct job add = { .title = "mine", .saves = theirs };
	struct job broken = { .title = "mine", .saves = "tasks:\n- {id: 1\n" };
	struct job gone = { .title = "mine" };
	struct err e;
	bool order;

	for (int i = 0; i < 2; i++) {
		const char *how = i ? "by rename" : "in place";

		fresh(TASKS);
		add.by_rename = i;
		ok(update(&add, false, &e) == 0, "a person saves %s in between: done", how);
		is_int(add.calls, 2, "it is all done again");
		is_int(add.id, 9, "with the new file");
		ok(strstr(get("tasks.yml"), "theirs") != NULL, "nothing of theirs is lost");
		is_int(count_events(&order), 1, "one event");
		ok(order, "the first attempt left none");
		is_int(count_names(".orch-"), 0, "and nothing lies about");
		ok(there(".orch/backup/g000000000.yml") &&
		    strcmp(get(".orch/backup/g000000000.yml"), theirs) == 0, "theirs is kept too");
		back();
	}
	fresh(TASKS);
	ok(update(&broken, false, &e) == -1 && e.code == ERR_INVALID &&
	    strstr(e.msg, "tasks.yml:") != NULL, "what they save is broken: refused, with the line");
	is(get("tasks.yml"), broken.saves, "and left as they saved it");
	is_int(count_names(".orch-"), 0, "and nothing lies about");
	back();

	fresh(TASKS);
	update(&gone, false, &e);
	put("tasks.yml", TASKS "  - title: by hand\n");
	is_int(update(&gone, false, &e), 0, "a person went back to an older text and added to it");
	ok(strstr(get("tasks.yml"), "title: by hand") != NULL && gone.id == 5,
	    "their task got an id before ours was made, and none is given twice");
	ok(there(".orch/backup/g000000002.yml"), "their saving was a generation of its own");
	back();
}

static void
missing(void)
{
	struct job add = { .title = "one" };
	struct err e;

	fresh("");
	unlink("tasks.yml");
	if (mkdir(".orch", 0700) == -1)
		printf("# no .orch\n");
	ok(count_tasks() == 0, "no file is no tasks");
	ok(update(&add, false, &e) == 0 && add.id == 1, "the first task makes the file");
	unlink("tasks.yml");
	is_int(count_tasks(), 1, "a file that is gone after that is shown as it was");
	ok(!there("tasks.yml"), "reading makes none");
	ok(update(&add, false, &e) == 0 && add.id == 2, "a change brings it back");
	is_int(count_tasks(), 2, "with all that was in it");
	put("tasks.yml", "");
	is_int(count_tasks(), 2, "so is an empty one shown");
	ok(update(&add, false, &e) == 0 && count_tasks() == 3, "and brought back");
	back();
}

/* The record of generations is lost or damaged: what it counted goes on all the same. */
static void
forgetting(void)
{
	struct job add = { .title = "x" };
	struct err e;
	bool order;

	for (int i = 0; i < 2; i++) {
		const char *how = i == 0 ? "lost" : "damaged";

		fresh(TASKS);
		for (int k = 0; k < 3; k++)
			update(&add, false, &e);
		for (int k = 0; k < 2; k++) {
			const char *slot = k == 0 ? ".orch/state/store.0" : ".orch/state/store.1";

			ok(there(slot), "a slot of the record");
			if (i == 0)
				unlink(slot);
			else
				put(slot, "gen=zzz");
		}
		ok(update(&add, false, &e) == 0, "a record that is %s stops nothing", how);
		is(get(".orch/backup/g000000000.yml"), TASKS, "no backup is overwritten");
		ok(count_events(&order) == 4 && order, "and no number of an event is given twice");
		fs_remove_tree(AT_FDCWD, ".orch/backup", &e);
		fs_remove_tree(AT_FDCWD, ".orch/state", &e);
		put("tasks.yml", "tasks: []\n");
		ok(update(&add, false, &e) == 0 && add.id == 7, "nor an id that the log tells of");
		back();
	}
}

/* Other things than a file in the place of tasks.yml. */
static void
strange(void)
{
	struct job add = { .title = "x" };
	struct err e;
	struct stat st;

	fresh(TASKS);
	if (rename("tasks.yml", "real.yml") == -1 || symlink("real.yml", "tasks.yml") == -1)
		printf("# no link\n");
	ok(update(&add, false, &e) == 0, "a link to the file");
	ok(lstat("tasks.yml", &st) == 0 && S_ISLNK(st.st_mode), "is still one");
	ok(strstr(get("real.yml"), "title: x") != NULL, "what it names was changed");
	unlink("real.yml");
	ok(update(&add, false, &e) == -1, "a link to nothing is refused");
	unlink("tasks.yml");
	ok(mkdir("tasks.yml", 0700) == 0 && update(&add, false, &e) == -1, "so is a folder");
	rmdir("tasks.yml");
	ok(mkfifo("tasks.yml", 0600) == 0 && update(&add, false, &e) == -1,
	    "and a FIFO, without waiting");
	back();
}

static void
locking(void)
{
	struct store_opts opts = { .wait_ms = -1, .command = "test" };
	struct job add = { .title = "x" };
	struct lock lock = { .fd = -1 };
	struct project p;
	struct err e = { 0 };

	fresh(TASKS);
	project_find(&p, NULL, NULL, "test", &e);
	project_prepare(&p, &e);
	lock_take(&lock, p.orch_fd, 0, "somebody", &e);
	if (fork() == 0)
		_exit(store_update(&p, &opts, work, &add, &e) == -1 && e.code == ERR_BUSY &&
		    strstr(e.msg, "somebody") != NULL ? 0 : 1);
	is_int(ended(-1), 0, "who does not wait is told who has the lock");
	ok(count_tasks() == 2, "reading needs none");
	lock_release(&lock);
	ok(store_update(&p, &opts, work, &add, &e) == 0, "then it is free");
	project_release(&p);
	back();
}

/* ---- a kill before each step ---- */

/* In a child (steps are counted on in it), stopped before a step; NULL: not at all. */
static int
crash_before(struct job *j, const char *step)
{
	struct err e;
	pid_t pid = fork();

	if (pid == 0) {
		if (step != NULL)
			setenv("ORCH_TEST_CRASH_AT", step, 1);
		_exit(update(j, false, &e) == 0 ? 0 : err_exit(e.code));
	}
	return ended(pid);
}

static int
crash(struct job *j, int at)
{
	char number[16];

	snprintf(number, sizeof number, "%d", at);
	return crash_before(j, at > 0 ? number : NULL);
}

static bool
file_has(const char *file, const char *part)
{
	const char *text = get(file);

	return text != NULL && strstr(text, part) != NULL;
}

/* The first commit of a project, or a later one. */
static void
kills(bool later)
{
	struct job before = { .title = "before" }, job = { .title = "KILLED", .priority_of = 1 };
	struct job after = { .title = "after" };
	int at, status = 1000 + SIGKILL, commits = later ? 1 : 0;
	bool order;

	for (at = 1; status == 1000 + SIGKILL && at < 100; at++) {
		bool happened;

		fresh(TASKS);
		if (later)
			crash(&before, 0);
		status = crash(&job, at);
		happened = file_has("tasks.yml", "KILLED");
		if (status == 0) {
			ok(happened, "%s: uninterrupted", later ? "later" : "first");
			back();
			break;
		}
		if (!ok(status == 1000 + SIGKILL && count_tasks() == 2 + commits + happened,
		    "%s, step %d: the file is %s and whole", later ? "later" : "first", at,
		    happened ? "new" : "old"))
			printf("# %d tasks, status %d\n", count_tasks(), status);
		ok(file_has("tasks.yml", "priority: high") == happened, "both changes or none");
		ok(crash(&after, 0) == 0, "the next change goes through");
		if (!ok(count_events(&order) == 1 + commits + happened && order &&
		    file_has(EVENTS, "\"task\":4") == (later || happened),
		    "the events tell what happened, and nothing else"))
			printf("# %s", get(EVENTS));
		ok(count_tasks() == 3 + commits + happened, "no task is lost");
		is_int(count_names(".orch-"), 0, "nothing lies about");
		ok(file_has(".orch/backup/g000000000.yml", "title: two"), "the first backup is whole");
		ok(!there(".orch/conflicts"), "and nothing was taken for a conflict");
		back();
	}
	ok(at > 10 && at < 100, "%s: stopped at each of %d steps", later ? "later" : "first", at - 1);
}

/*
 * The power goes when the record is on the disk and the staged file is not: that may have
 * any size and any time then, be empty, or be gone.  None of it happened.
 */
static void
power_cuts(bool later)
{
	static const char *const left[] = {
		":", "rm $n", ": >$n", "truncate -s 20 $n", "cp $n x; tr a-z '\\0' <x >$n; rm x",
		"mv $n .orch/backup/.spare",
	};
	struct job before = { .title = "before" }, job = { .title = "KILLED", .priority_of = 1 };
	struct job after = { .title = "after" };
	const char *record = later ? ".orch/state/store.0" : ".orch/state/store.1";
	int commits = later ? 1 : 0;
	char line[128];
	bool order;

	for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
		fresh(TASKS);
		if (later)
			crash(&before, 0);
		ok(crash_before(&job, "stage-fsync") == 1000 + SIGKILL, "%s: the power goes, then %s",
		    later ? "later" : "first", left[i]);
		ok(file_has(record, later ? "gen=2 " : "gen=1 "), "the record tells of it");
		snprintf(line, sizeof line, "n=.tasks.yml.orch-new; %s", left[i]);
		ok(shell(line) && count_tasks() == 2 + commits, "readers see the old file");
		ok(crash(&after, 0) == 0 && count_tasks() == 3 + commits, "the next change goes through");
		ok(!file_has("tasks.yml", "KILLED") && !file_has("tasks.yml", "priority"),
		    "what was lost is not half there");
		ok(count_events(&order) == 1 + commits && order && !file_has(EVENTS, "KILLED"),
		    "nor told");
		is_int(count_names(".orch-"), 0, "nothing lies about");
		ok(!there(".orch/conflicts") && !there(".orch/corrupt"), "and it is no evidence");
		ok(file_has(".orch/backup/g000000000.yml", "title: two") &&
		    there(".orch/backup/g000000001.yml") == later, "each generation has its number");
		back();
	}
}

/* The same before there was any text: the record alone can make the first generation. */
static void
power_cut_of_the_first(void)
{
	struct job job = { .title = "KILLED" }, after = { .title = "after" };
	bool order;

	fresh("");
	is_int(crash_before(&job, "stage-fsync"), 1000 + SIGKILL, "an empty file: the power goes");
	unlink(".tasks.yml.orch-new");
	ok(crash(&after, 0) == 0, "the next change goes through");
	ok(count_events(&order) >= 1 && order && count_tasks() ==
	    1 + file_has("tasks.yml", "KILLED"), "and the change is done whole or not at all");
	ok(file_has("tasks.yml", "KILLED") == file_has(EVENTS, "\"task\":2"), "as the events say");
	back();
}

/* Without a backup it looks as if there had been no exchange; nor is there an older one. */
static void
cleared(void)
{
	struct job add = { .title = "x" };
	struct err e;
	bool order;

	fresh(TASKS);
	for (int i = 0; i < 3; i++)
		update(&add, false, &e);
	fs_remove_tree(AT_FDCWD, ".orch/backup", &e);
	ok(shell("sed -i 's/title: two/title: by hand/' tasks.yml"), "no backups, and an edit by hand");
	ok(update(&add, false, &e) == 0 && count_tasks() == 6 && add.id == 6, "the next change goes through");
	ok(count_events(&order) == 4 && order, "no event of a commit that happened is lost");
	ok(file_has("tasks.yml", "by hand"), "nor the edit");
	back();
}

/*
 * A person undoes the last change and it is made again within the same second, so
 * that the same bytes are staged twice; the second is killed before it is recorded.
 * The events of the first belong to a commit that did happen.
 */
static void
twice(void)
{
	struct job high = { .priority_of = 1 }, add = { .title = "x" };
	struct err e;
	int status;
	bool order;

	fresh(TASKS);
	update(&add, false, &e);
	update(&high, false, &e);
	update(&add, false, &e);
	is_int(count_events(&order), 2, "two tasks were added, one after the other");
	put("tasks.yml", get(".orch/backup/g000000002.yml"));
	if (fork() == 0) {
		/* Killed at the first durable step after the staged file. */
		setenv("ORCH_TEST_CRASH_AT", "patch-write", 1);
		update(&add, false, &e);
		_exit(0);
	}
	status = ended(-1);
	is_int(status, 1000 + SIGKILL, "a person takes the last one out; adding it again is killed");
	high.priority_of = 2;
	ok(update(&high, false, &e) == 0, "the next change goes through");
	if (!ok(count_events(&order) == 3 && order && file_has(EVENTS, "\"task\":4") &&
	    file_has(EVENTS, "file.merged"), "no event of a commit that happened is lost"))
		printf("# %s", get(EVENTS) ? get(EVENTS) : "(none)\n");
	back();
}

int
main(void)
{
	scratch_make();
	setenv("HOME", scratch, 1);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("ORCH_DIR");
	unsetenv("ORCH_TASKS");
	setenv("ORCH_TEST_NOW", "2026-01-02T03:04:05Z", 1);
	/* First, because a child goes on counting the steps of this process. */
	setenv("ORCH_TEST_NOSYNC", "1", 1);
	kills(false);
	kills(true);
	power_cuts(false);
	power_cuts(true);
	power_cut_of_the_first();
	cleared();
	twice();
	unsetenv("ORCH_TEST_NOSYNC");
	committing();
	many();
	trying();
	people();
	missing();
	forgetting();
	strange();
	locking();
	scratch_remove();
	return done_testing();
}
