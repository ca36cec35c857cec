/*
 * sidecar - the state beside the task file says what the commits say that happened: a
 * kill before each step of a commit, changes of it alone, files that are damaged
 */
#include "task/sidecar.h"

#include <signal.h>

#include "../lib/tap.h"
#include "base/err.h"
#include "doc/val.h"
#include "scratch.h"
#include "task/project.h"
#include "task/store.h"

#define TASKS "tasks:\n  - id: 1\n    title: one\n"
#define FILE_ ".orch/state/" SIDECAR_FILE

/* What one change does: a task that is added, and a number beside that is raised. */
struct job {
	const char *title;	/* NULL: none */
	int64_t more;
	bool fail;
	int64_t saw;		/* the number before */
};

static int
work(struct change *c, void *arg, struct err *e)
{
	struct val *beside = change_beside(c, e), *fields;
	struct job *j = arg;
	int64_t id;
	int r = 0;

	if (beside == NULL)
		return -1;
	j->saw = val_number(val_get(beside, "n"), 0);
	if (j->more != 0)
		val_put(beside, "n", val_int(j->saw + j->more));
	if (j->title != NULL) {
		fields = val_map();
		val_put(fields, "title", val_str(j->title));
		r = change_add(c, fields, &id, e);
		val_free(fields);
	}
	return r == 0 && j->fail ? err_set(e, ERR_NO, "no") : r;
}

static int
update(struct job *j, bool dry_run, struct err *e)
{
	struct store_opts opts = { .dry_run = dry_run, .command = "test" };
	struct project p;
	int r;

	*e = (struct err){ 0 };
	if (project_find(&p, NULL, NULL, "test", e) == -1)
		return -1;
	r = store_update(&p, &opts, work, j, e);
	project_release(&p);
	return r;
}

/* The number as a reader sees it; -1: an error, -2: it is not known. */
static int64_t
seen(void)
{
	struct val *value = NULL;
	struct err e = { 0 };
	struct project p;
	int64_t n = -1;

	if (project_find(&p, NULL, NULL, "test", &e) == 0 && sidecar_read(&p, &value, &e) == 0)
		n = val_truth(val_get(value, SIDECAR_DAMAGED), false) ? -2 :
		    val_number(val_get(value, "n"), 0);
	else
		printf("# %s\n", e.msg);
	val_free(value);
	project_release(&p);
	return n;
}

static void
fresh(void)
{
	struct err e = { 0 };

	fs_remove_tree(AT_FDCWD, "p", &e);
	if (mkdir("p", 0700) == -1 || chdir("p") == -1)
		printf("Bail out! no folder\n");
	put("tasks.yml", TASKS);
}

static void
back(void)
{
	if (chdir(scratch) == -1)
		printf("Bail out! no way back\n");
}

static int
crash(struct job *j, int at)
{
	char number[16];
	struct err e;
	pid_t pid = fork();

	if (pid == 0) {
		snprintf(number, sizeof number, "%d", at);
		if (at > 0)
			setenv("ORCH_TEST_CRASH_AT", number, 1);
		_exit(update(j, false, &e) == 0 ? 0 : err_exit(e.code));
	}
	return ended(pid);
}

static bool
has(const char *file, const char *part)
{
	const char *text = get(file);

	return text != NULL && strstr(text, part) != NULL;
}

/* With a value before that commit, or the first one of all. */
static void
kills(bool later, bool with_task)
{
	struct job before = { .title = "before", .more = 10 };
	struct job job = { .title = with_task ? "KILLED" : NULL, .more = 1 };
	struct job other = { .title = "other" }, after = { .more = 100 };
	int at, status = 1000 + SIGKILL, was = later ? 10 : 0, old = 0;

	for (at = 1; status == 1000 + SIGKILL && at < 100; at++) {
		bool happened;
		int64_t now;

		fresh();
		if (later)
			crash(&before, 0);
		status = crash(&job, at);
		now = seen();
		happened = with_task ? has("tasks.yml", "KILLED") : now == was + 1;
		old += !happened;
		if (!ok(now == was + happened, "step %d: beside stands what the file says, %s", at,
		    happened ? "new" : "old"))
			printf("# %lld\n%s", (long long)now, get(FILE_) ? get(FILE_) : "(none)\n");
		/* The number of the lost generation is given again, to a change that is none of it. */
		ok(crash(&other, 0) == 0 && seen() == was + happened, "and after another change too");
		ok(crash(&after, 0) == 0 && seen() == was + happened + 100, "and what follows adds to it");
		is_int(count_names(".orch-"), 0, "nothing lies about");
		back();
	}
	ok(status == 0 && at > 4 && old > 1 && old < at,
	    "stopped at each of %d steps, %d of them before it happened", at - 1, old);
}

static void
alone(void)
{
	struct job raise = { .more = 1 }, both = { .more = 1, .title = "two" }, look = { 0 };
	struct err e;
	struct stat st, st2;

	fresh();
	is_int(seen(), 0, "nobody has written anything");
	ok(update(&look, false, &e) == 0 && !there(FILE_), "looking writes nothing");
	ok(update(&raise, true, &e) == 0 && !there(FILE_), "nor does a dry run");
	ok(update(&raise, false, &e) == 0 && seen() == 1, "it is changed alone");
	is(get("tasks.yml"), TASKS, "the task file is not");
	ok(!there(".orch/state/store.0") && !there(".orch/state/store.1"), "no generation is made of it");
	ok(stat(FILE_, &st) == 0 && (st.st_mode & 0777) == 0600, "nobody else may read it");
	ok(update(&both, false, &e) == 0 && seen() == 2, "then with a commit");
	ok(has(FILE_, "\"gen\":1") && has(FILE_, "\"before\":{\"n\":1}"),
	    "whose generation it names, and what was before");
	ok(update(&look, false, &e) == 0 && look.saw == 2, "the next change sees it");
	stat(FILE_, &st);
	both = (struct job){ .title = "three" };
	ok(update(&both, false, &e) == 0 && stat(FILE_, &st2) == 0 && st.st_ino == st2.st_ino,
	    "a commit that leaves it alone does not write it");
	both = (struct job){ .title = "four", .more = 5, .fail = true };
	ok(update(&both, false, &e) == -1 && seen() == 2, "an error of the change leaves it");
	back();
}

static void
damaged(void)
{
	static const char *const texts[] = {
		"", "{", "[]", "{\"schema\":1}", "{\"schema\":1,\"gen\":1,\"value\":3}",
		"{\"schema\":1,\"gen\":1,\"value\":{},\"before\":7}", "{\"schema\":0,\"gen\":1,\"value\":{}}",
		"{\"schema\":1,\"gen\":-1,\"value\":{}}",
	};
	struct job raise = { .more = 1 }, look = { 0 };
	struct err e;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		fresh();
		update(&raise, false, &e);
		put(FILE_, texts[i]);
		is_int(seen(), -2, "damaged: a reader says that it is not known");
		ok(has(FILE_, texts[i]) && !there(FILE_ ".damaged"), "and touches nothing");
		ok(update(&raise, true, &e) == 0 && has(FILE_, texts[i]), "nor does a dry run");
		ok(update(&look, false, &e) == 0 && has(FILE_ ".damaged", texts[i]), "a change keeps the evidence");
		ok(!there(FILE_) && seen() == -2, "and knows no more than that");
		ok(update(&raise, false, &e) == 0 && seen() == -2 && there(FILE_), "whatever is written then");
		back();
	}
	fresh();
	update(&raise, false, &e);
	put(FILE_, "{\"schema\":2,\"gen\":0,\"value\":{}}");
	ok(update(&raise, false, &e) == -1 && e.code == ERR_FAILED && there(FILE_) && seen() == -1,
	    "one of a later version is refused");
	back();
	fresh();
	update(&look, false, &e);
	if (mkdir(FILE_, 0700) == -1)
		printf("# no folder\n");
	ok(update(&raise, false, &e) == 0 && there(FILE_ ".damaged"), "a folder in its place is moved aside");
	is_int(seen(), -2, "and nothing is known");
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
	kills(false, true);
	kills(true, true);
	kills(false, false);
	kills(true, false);
	unsetenv("ORCH_TEST_NOSYNC");
	alone();
	damaged();
	scratch_remove();
	return done_testing();
}
