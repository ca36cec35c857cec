/*
 * sync_order - each command against each status, in a project of its own: what is carried out
 * is noted with the comment, what is not leaves the task as it was, and nothing is done twice
 */
#include "work/sync_order.h"

#include <stdlib.h>

#include "../lib/tap.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/val.h"
#include "scratch.h"
#include "task/project.h"
#include "task/store.h"

static struct project p;
static const struct store_opts opts = { .command = "orch-test" };
static struct vec_id moved;

static void
begin(const char *fields)
{
	struct err e = { 0 };
	char *text = xasprintf("next_id: 10\ntasks:\n- {id: 1, title: x, gh: {number: 7, comment: 100}, %s}\n",
	    fields);

	/* With its former generations it would be taken for somebody's older copy. */
	if (p.dir != NULL)
		project_release(&p);
	if (fs_remove_tree(AT_FDCWD, ".orch", &e) == -1)
		printf("# %s\n", e.msg);
	put("tasks.yml", text);
	free(text);
	if (project_at(&p, ".", "orch-test", &e) == -1) {
		printf("Bail out! %s\n", e.msg);
		exit(1);
	}
}

static struct val *
task_now(void)
{
	struct tasks tasks = { 0 };
	struct err e = { 0 };
	struct val *v = NULL;

	if (store_read(&p, &tasks, &e) == 0)
		v = task_map(tasks_find(&tasks, 1));
	tasks_release(&tasks);
	return v;
}

static bool
has(const char *path, const char *want)
{
	struct val *v = task_now();
	struct buf b = { 0 };
	bool same;

	if (val_path(v, path) != NULL)
		val_plain(&b, val_path(v, path));
	same = strcmp(buf_str(&b), want) == 0;
	if (!same)
		printf("# %s: got '%s', want '%s'\n", path, buf_str(&b), want);
	val_free(v);
	buf_release(&b);
	return same;
}

static int
do_it(struct change *c, void *arg, struct err *e)
{
	struct sync_order *o = arg;

	vec_id_release(&moved);
	/* The store may ask twice of the same picture: nothing is kept from the first time. */
	return sync_order_apply(c, &p, 1, o, false, &moved, e);
}

/* What came of it; ->why in `why`. */
static char why[512];

static enum sync_order_end
order(int64_t id, const char *text)
{
	struct sync_order o = { .number = 7, .comment = id, .by = xstrdup("ana") };
	struct err e = { 0 };
	enum sync_order_end end;

	sync_command_read(&o.command, text);
	if (store_update(&p, &opts, do_it, &o, &e) == -1)
		printf("# error: %s\n", e.msg);
	snprintf(why, sizeof why, "%s", o.why != NULL ? o.why : "");
	end = o.end;
	sync_order_release(&o);
	return end;
}

/* A row for each status: what becomes of it by /retry, /assign, /unblock, /close, a status or
 * "-" where it is refused, "..." where it waits. */
static void
test_table(void)
{
	static const char *const commands[] = { "/retry", "/assign sh", "/unblock", "/close" };
	static const struct {
		const char *status;
		const char *next[4];
	} rows[] = {
		{ "new", { "-", "routed", "-", "cancelled" } },
		{ "routed", { "routed", "routed", "-", "cancelled" } },
		{ "in_progress", { "-", "...", "-", "in_progress" } },
		{ "blocked", { "-", "blocked", "routed", "cancelled" } },
		{ "in_review", { "-", "in_review", "-", "cancelled" } },
		{ "needs_review", { "routed", "routed", "routed", "cancelled" } },
		{ "done", { "routed", "-", "-", "-" } },
		{ "failed", { "routed", "routed", "-", "cancelled" } },
		{ "skipped", { "routed", "skipped", "-", "cancelled" } },
		{ "cancelled", { "routed", "-", "-", "cancelled" } },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (size_t k = 0; k < 4; k++) {
			const char *want = rows[i].next[k];
			bool refused = strcmp(want, "-") == 0, waits = strcmp(want, "...") == 0;
			char *fields = xasprintf("status: %s, attempts: 1, command: ls%s", rows[i].status,
			    strcmp(rows[i].status, "new") == 0 ? "" : ", agent: sh");
			enum sync_order_end end;

			begin(fields);
			end = order(101, commands[k]);
			ok(end == (refused ? ORDER_REFUSED : waits ? ORDER_WAITS : ORDER_DONE) &&
			    has("status", refused || waits ? rows[i].status : want) &&
			    has("gh.comment", refused || waits ? "100" : "101") && (*why != '\0') == refused,
			    "%s: %s: %s", rows[i].status, commands[k], *why ? why : want);
			free(fields);
		}
}

static void
test_once(void)
{
	begin("status: new");
	ok(order(100, "/priority high") == ORDER_DONE && has("priority", ""),
	    "a comment that was carried out is not again");
	ok(order(99, "/priority high") == ORDER_DONE && has("priority", ""), "nor one before it");
	ok(order(101, "/priority high") == ORDER_DONE && has("priority", "high"), "one behind it is");
	ok(has("gh.number", "7"), "what the task says of its issue stays");
	begin("status: new, uid: 0");
	put("tasks.yml", "tasks:\n- {id: 1, title: x}\n");
	ok(order(101, "/close") == ORDER_PASSED && has("status", ""), "a task that was let go takes none");
}

static void
test_text(void)
{
	char *many = xcalloc(1, 20000), *command;

	begin("status: needs_review, question: Which?, agent: sh");
	ok(order(101, "/unblock") == ORDER_REFUSED && has("status", "needs_review"), "a question wants an answer");
	ok(order(102, "/retry this one") == ORDER_DONE && has("status", "routed") &&
	    has("question", "Which?") && has("answer", "this one"), "text behind /retry is one");
	ok(order(103, "/context more") == ORDER_DONE &&
	    has("answer", "more\n\nAnd before that:\nthis one"),
	    "what is said later stands before it");
	ok(moved.n == 0, "and nothing follows from that");
	begin("status: needs_review, question: Which?, agent: sh");
	ok(order(101, "/assign sh\nred") == ORDER_REFUSED && has("answer", "") && has("status", "needs_review"),
	    "what is refused says nothing");
	begin("status: in_progress, agent: sh, attempts: 2");
	ok(order(101, "/context a\nb") == ORDER_DONE && has("answer", "a\nb"), "while it runs it is noted");
	ok(has("history.0.note", "answered: a b"), "and outlives a question of that attempt");
	memset(many, 'x', 15000);
	begin("status: new");
	for (int i = 1; i < 8; i++) {
		command = xasprintf("/context %d %s", i, many);
		order(100 + i, command);
		free(command);
	}
	{
		struct val *v = task_now();
		const char *answer = val_text(val_get(v, "answer"));

		ok(answer != NULL && strlen(answer) <= SYNC_ORDER_ANSWER_MAX && strncmp(answer, "7 x", 3) == 0,
		    "all of it is bounded, the newest is kept");
		val_free(v);
	}
	free(many);
}

static void
test_close(void)
{
	begin("status: in_progress, agent: sh, attempts: 2");
	ok(order(101, "/close enough") == ORDER_DONE && access(".orch/runs/1/2/cancel.json", F_OK) == 0,
	    "a running attempt is marked for its end");
	ok(has("status", "in_progress"), "and ends by itself");
	begin("status: blocked, children: [2]");
	ok(order(101, "/close") == ORDER_DONE && moved.n == 1, "what was withdrawn is told to what waits for it");
}

int
main(void)
{
	scratch_make();
	test_table();
	test_once();
	test_text();
	test_close();
	project_release(&p);
	vec_id_release(&moved);
	scratch_remove();
	return done_testing();
}
