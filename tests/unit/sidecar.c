/*
 * sidecar - the state beside the task file says what the commits say that happened: a
 * kill before each step of a commit, changes of it alone, files that are damaged
 */
#include "task/sidecar.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/tap.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/val.h"
#include "scratch.h"
#include "task/project.h"
#include "task/store.h"

#define TASKS "tasks:\n  - id: 1\n    title: one\n"
#define FILE_ ".orch/state/" SIDECAR_FILE

static const char *const records[] = { ".orch/state/store.0", ".orch/state/store.1" };

/* What one change does: a task that is added, and a number beside that is raised. */
struct job {
	const char *title;	/* NULL: none */
	int64_t more;
	bool fail;
	bool forgive;		/* what is not known is known from now on */
	enum { AS_IT_IS, SHORT, LONG } size;	/* LONG: no record can carry the value */
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
	if (j->forgive)
		val_drop(beside, SIDECAR_DAMAGED);
	if (j->size == SHORT)
		val_drop(beside, "long");
	if (j->size == LONG) {
		char *text = xmalloc(SIDECAR_CARRIED_MAX + 1);

		memset(text, 'x', SIDECAR_CARRIED_MAX);
		text[SIDECAR_CARRIED_MAX] = '\0';
		val_put(beside, "long", val_str(text));
		free(text);
	}
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
kills(bool later, bool with_task, int size_before, int size)
{
	struct job before = { .title = "before", .more = 10, .size = size_before };
	struct job job = { .title = with_task ? "KILLED" : NULL, .more = 1, .size = size };
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

/* The newest of the records, or the other one. */
static const char *
record_file(bool newest)
{
	int64_t gen[2] = { 0 };

	for (int i = 0; i < 2; i++)
		if (get(records[i]) != NULL)
			gen[i] = strtoll(get(records[i]) + strlen("gen="), NULL, 10);
	return records[(gen[1] > gen[0]) == newest];
}

/* How often that stands in the newest record. */
static int
carried(const char *part)
{
	struct buf text = { 0 };
	struct err e = { 0 };
	const char *at;
	int n = 0;

	if (fs_read(AT_FDCWD, record_file(true), 1 << 20, &text, &e) != 0)
		printf("# %s\n", e.msg);
	for (at = buf_str(&text); (at = memmem(at, (size_t)(buf_str(&text) + text.len - at), part,
	    strlen(part))) != NULL; at++)
		n++;
	buf_release(&text);
	return n;
}

static void
alone(void)
{
	struct job raise = { .more = 1 }, both = { .more = 1, .title = "two" }, look = { 0 };
	struct err e;
	struct stat st;

	fresh();
	is_int(seen(), 0, "nobody has written anything");
	ok(update(&look, false, &e) == 0 && !there(FILE_), "looking writes nothing");
	ok(update(&raise, true, &e) == 0 && !there(FILE_), "nor does a dry run");
	ok(update(&raise, false, &e) == 0 && seen() == 1, "it is changed alone");
	is(get("tasks.yml"), TASKS, "the task file is not");
	ok(!there(".orch/state/store.0") && !there(".orch/state/store.1"), "no generation is made of it");
	ok(stat(FILE_, &st) == 0 && (st.st_mode & 0777) == 0600, "nobody else may read it");
	ok(update(&both, false, &e) == 0 && seen() == 2, "then with a commit");
	ok(has(FILE_, "\"gen\":0,\"value\":{\"n\":1}}") && carried("{\"n\":2}") == 1, "whose record has it");
	ok(update(&look, false, &e) == 0 && look.saw == 2, "the next change sees it");
	both = (struct job){ .title = "three" };
	ok(update(&both, false, &e) == 0 && seen() == 2 && carried("{\"n\":2}") == 1,
	    "a commit that leaves it alone carries it on");
	ok(update(&raise, false, &e) == 0 && seen() == 3 && has(FILE_, "\"gen\":2,\"value\":{\"n\":3}}"),
	    "it is changed alone again");
	ok(update(&both, false, &e) == 0 && seen() == 3, "which holds with a commit that is not about it");
	both = (struct job){ .title = "five", .more = 1 };
	ok(update(&both, false, &e) == 0 && seen() == 4, "and is what the next one is about");
	both.size = LONG;
	ok(update(&both, false, &e) == 0 && seen() == 5 && has(FILE_, "\"gen\":5") &&
	    has(FILE_, "\"before\":{\"n\":4}"), "too long for a record it has a generation, and what was before");
	ok(carried("beside=") == 0, "and no record");
	both = (struct job){ .title = "six" };
	ok(update(&both, false, &e) == 0 && seen() == 5, "a commit that is not about it leaves it there");
	both = (struct job){ .title = "seven", .more = 1, .size = SHORT };
	ok(update(&both, false, &e) == 0 && seen() == 6 && carried("{\"n\":6}") == 1, "short it is carried");
	for (int i = 0; i < 3; i++)
		update(&look, false, &e);
	both = (struct job){ .title = "eight" };
	for (int i = 0; i < 3; i++)
		update(&both, false, &e);
	ok(seen() == 6 && carried("{\"n\":6}") == 1, "on and on");
	both = (struct job){ .title = "four", .more = 5, .fail = true };
	ok(update(&both, false, &e) == -1 && seen() == 6, "an error of the change leaves it");
	back();
}

/* One byte of a record's value is another, or all of it. */
static void
spoil(const char *record, const char *value)
{
	struct buf text = { 0 };
	struct err e = { 0 };
	char *at;
	FILE *f;

	if (value == NULL) {
		put(record, "nonsense");
		return;
	}
	if (fs_read(AT_FDCWD, record, 1 << 20, &text, &e) != 0 ||
	    (at = memmem(text.data, text.len, value, strlen(value))) == NULL)
		printf("Bail out! no %s in %s\n", value, record);
	else
		*at = '[';
	f = fopen(record, "we");
	if (f == NULL || fwrite(text.data, 1, text.len, f) != text.len || fclose(f) != 0)
		printf("Bail out! cannot write %s\n", record);
	buf_release(&text);
}

/* What the records carry goes with them, and that is told. */
static void
lost(void)
{
	struct job first = { .title = "one more", .more = 1 }, other = { .title = "other" };
	struct job raise = { .more = 1 }, look = { 0 }, forgive = { .forgive = true };
	struct err e;

	for (int i = 0; i < 4; i++) {
		fresh();
		update(&first, false, &e);
		update(&first, false, &e);
		if (i < 2) {
			spoil(records[0], NULL);
			spoil(records[1], NULL);
		} else {
			spoil(record_file(true), "{\"n\":2}");
		}
		is_int(seen(), -2, i < 2 ? "both records are lost: it is not known" :
		    "the newest is damaged where it carries it: likewise");
		ok(update(&look, true, &e) == 0 && !has(FILE_, SIDECAR_DAMAGED), "a dry run writes nothing");
		if (i % 2 == 0)
			ok(update(&look, false, &e) == 0 && has(FILE_, SIDECAR_DAMAGED), "who asks writes that down");
		else
			ok(update(&other, false, &e) == 0 && has(FILE_, SIDECAR_DAMAGED),
			    "so does the next commit, whatever it is about");
		is_int(seen(), -2, "it stays so");
		ok(update(&first, false, &e) == 0 && update(&other, false, &e) == 0 && seen() == -2,
		    "also with commits");
		ok(update(&forgive, false, &e) == 0 && seen() >= 0, "until somebody takes that out");
		ok(update(&other, false, &e) == 0 && update(&other, false, &e) == 0 && seen() >= 0, "for good");
		back();
	}
	fresh();
	update(&first, false, &e);
	update(&first, false, &e);
	spoil(record_file(true), NULL);
	is_int(seen(), 1, "the newest record is lost: what the one before has");
	back();
	fresh();
	update(&other, false, &e);
	update(&other, false, &e);
	spoil(records[0], NULL);
	spoil(records[1], NULL);
	is_int(seen(), 0, "what was never there is not lost");
	ok(update(&first, false, &e) == 0 && seen() == 1, "and can be");
	back();
	fresh();
	update(&other, false, &e);
	update(&raise, false, &e);
	spoil(record_file(true), NULL);
	is_int(seen(), 1, "what no record carried is not lost with it");
	ok(update(&other, false, &e) == 0 && seen() == 1, "nor with the next commit");
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
		ok(has(FILE_, SIDECAR_DAMAGED) && seen() == -2, "and knows no more than that");
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
	for (int i = 0; i < 4; i++) {
		kills(i & 1, i & 2, AS_IT_IS, AS_IT_IS);
		kills(i & 1, i & 2, AS_IT_IS, LONG);
	}
	for (int i = 0; i < 2; i++) {
		kills(true, i, LONG, SHORT);
		kills(true, i, LONG, LONG);
		kills(true, i, LONG, AS_IT_IS);
	}
	unsetenv("ORCH_TEST_NOSYNC");
	alone();
	lost();
	damaged();
	scratch_remove();
	return done_testing();
}
