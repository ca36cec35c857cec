/* event - one line an event, files turned over by size, and taking lines back */
#include "task/event.h"

#include <unistd.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/val.h"
#include "scratch.h"
#include "task/project.h"

/* The least that can be had, so that each line of that size turns the file over. */
#define FULL (64 << 10)
static const char small[] = "events: {max_bytes: 64K}\n";

static void
lines(void)
{
	struct buf out = { 0 };
	struct val *data = val_map(), *back;
	struct err e = { 0 };

	val_put(data, "note", val_str("a \"quote\",\na line end and \xc3\xa9"));
	event_line(&out, 7, 3, 0, &(struct event){ .topic = "task.done", .task = 17, .attempt = 2,
	    .data = data });
	is_int((int64_t)strcspn(buf_str(&out), "\n"), (int64_t)out.len - 1, "one line");
	back = json_parse(buf_str(&out), out.len - 1, &e);
	ok(back != NULL, "that is JSON");
	is_int(val_number(val_get(back, "schema"), 0), 1, "schema");
	is_int(val_number(val_get(back, "seq"), 0), 7, "seq");
	is_int(val_number(val_get(back, "gen"), 0), 3, "generation");
	is(val_text(val_get(back, "at")), "1970-01-01T00:00:00Z", "time");
	is(val_text(val_get(back, "topic")), "task.done", "topic");
	is_int(val_number(val_get(back, "task"), 0), 17, "task");
	is_int(val_number(val_get(back, "attempt"), 0), 2, "attempt");
	ok(val_same(val_get(back, "data"), data), "data is as it was given");
	is(val_text(val_get(data, "note")), "a \"quote\",\na line end and \xc3\xa9",
	    "and still the caller's");
	val_free(back);
	buf_cut(&out, 0);
	event_line(&out, 8, 3, 0, &(struct event){ .topic = "store.adopted" });
	back = json_parse(buf_str(&out), out.len - 1, &e);
	ok(val_get(back, "task") == NULL && val_get(back, "attempt") == NULL &&
	    val_get(back, "data") == NULL, "what is not there is left out");
	val_free(back);
	val_free(data);
	buf_release(&out);
}

static struct event_tail tail;	/* as the record would have it */

static void
append(struct project *p, const char *text, int64_t want_start, const char *what)
{
	struct buf b = { 0 };
	struct err e = { 0 };
	int64_t start = -1, seq = 0, task;

	buf_puts(&b, text);
	if (!ok(event_settle(p, &tail, &seq, &task, &e) == 0 && event_begin(p, &b, &tail, &start, &e) == 0 &&
	    start == want_start && event_append(p, &b, &e) == 0, "%s", what))
		printf("# starts at %lld, %s\n", (long long)start, e.msg);
	buf_release(&b);
}

#define L(n) "{\"seq\":" #n ",\"gen\":" #n ",\"task\":" #n "}\n"
#define LEN  ((int64_t)sizeof L(1) - 1)

/* Settles a tail that starts there, its record knowing of number 3; true if the log is `want`
 * then, and `left` what the tail has. */
static bool
settles(struct project *p, int64_t at, const char *lines, const char *want, const char *left)
{
	struct event_tail t = { .at = at };
	struct err e = { 0 };
	int64_t seq = 3, task;
	bool good;

	buf_puts(&t.lines, lines);
	good = event_settle(p, &t, &seq, &task, &e) == 0 &&
	    strcmp(get(".orch/events.jsonl"), want) == 0 && strcmp(buf_str(&t.lines), left) == 0 &&
	    t.at + (int64_t)t.lines.len == (int64_t)strlen(want);
	if (!good)
		printf("# %s: '%s', tail '%s' at %lld\n", e.msg, get(".orch/events.jsonl"),
		    buf_str(&t.lines), (long long)t.at);
	buf_release(&t.lines);
	return good;
}

static void
power_cut(struct project *p)
{
	static const char log[] = ".orch/events.jsonl";
	static char many[EVENT_TAIL_MAX + 2];
	struct buf b = { 0 };
	struct err e = { 0 };
	int64_t start, seq, task;

	put(log, L(1) L(2) L(3));
	ok(settles(p, LEN, L(2) L(3), L(1) L(2) L(3), L(2) L(3)), "a log with its tail");
	put(log, L(1) L(2) "{\"se");
	ok(settles(p, LEN, L(2) L(3), L(1) L(2) L(3), ""), "a torn tail is put back");
	put(log, L(1));
	ok(settles(p, LEN, L(2) L(3), L(1) L(2) L(3), ""), "a lost one too");
	put(log, "");
	ok(settles(p, LEN, L(2) L(3), L(2) L(3), ""), "of a lost log what is known");
	put(log, L(1) L(2) L(3) "mine\n");
	ok(settles(p, LEN, L(2) L(3), L(1) L(2) L(3) "mine\n", ""),
	    "what a person wrote behind it stays");
	put(log, "{ \"seq\":1}\n" L(2) L(3));
	ok(settles(p, LEN, L(2) L(3), "{ \"seq\":1}\n" L(2) L(3), ""),
	    "so does a line that he made shorter");
	put(log, L(1) "mine\n" L(2));
	ok(settles(p, LEN, L(2) L(3), L(1) "mine\n" L(2) L(3), ""), "and one in its midst");
	put(log, L(1) "{\"seq");
	ok(settles(p, LEN, "", L(1), ""), "a tail that nobody knows is not made up");
	put(log, L(1));
	ok(settles(p, 0, "", L(1), ""), "a log without a record is taken as it is");
	put(log, L(1) L(7));
	tail = (struct event_tail){ .at = LEN };
	seq = 3;
	ok(event_settle(p, &tail, &seq, &task, &e) == 0 && seq == 7 && task == 7,
	    "a log that knows more than its record");

	put(log, L(1) L(4) L(4) L(5) L(5) "{\"se");
	ok(event_cut(p, 3 * LEN, 5, &e) == 0, "of a generation that was given up");
	is(get(log), L(1) L(4) L(4), "the lines go, with a torn one");
	ok(event_cut(p, 1, 4, &e) == 0, "wherever they begin by now");
	is(get(log), L(1), "no other one is torn");
	ok(event_cut(p, 0, 9, &e) == 0, "there may be none");
	is(get(log), L(1), "then nothing goes");

	put(log, L(1));
	ok(settles(p, 0, L(1), L(1), L(1)), "a tail that is all of the log");
	tail = (struct event_tail){ 0 };
	buf_puts(&tail.lines, "one\n");
	put(log, "one\nmine\n");
	buf_puts(&b, "two\n");
	ok(event_begin(p, &b, &tail, &start, &e) == 0 && start == 9 && tail.at == 9 &&
	    strcmp(buf_str(&tail.lines), "two\n") == 0, "a line that came after it was settled");
	buf_cut(&b, 0);
	buf_release(&tail.lines);

	memset(many, 'm', EVENT_TAIL_MAX);
	many[EVENT_TAIL_MAX] = '\n';
	put(log, "one\n");
	tail = (struct event_tail){ 0 };
	buf_puts(&tail.lines, "one\n");
	buf_puts(&b, many + 1);
	ok(event_begin(p, &b, &tail, &start, &e) == 0 && start == 4 && tail.at == 4 &&
	    tail.lines.len == EVENT_TAIL_MAX, "a tail that would be too long starts anew");
	buf_puts(&b, "x\n");
	ok(event_begin(p, &b, &tail, &start, &e) == 0 && start == 4 && tail.lines.len == 0 &&
	    tail.at == 4 + (int64_t)b.len, "lines that are too many are in none");
	unlink(log);
	buf_release(&tail.lines);
	tail = (struct event_tail){ 0 };
	buf_release(&b);
}

static void
file(struct project *p)
{
	struct buf none = { 0 };
	struct err e = { 0 };
	static char big[FULL + 2];
	int64_t start, seq = 0, task;

	ok(event_append(p, &none, &e) == 0 && !there(".orch/events.jsonl"),
	    "nothing to append makes no file");
	append(p, "one\n", 0, "the first line starts at 0");
	append(p, "two\n", 4, "the second behind it");
	is(get(".orch/events.jsonl"), "one\ntwo\n", "both are there");
	put(".orch/events.jsonl", "one\n");
	tail.at = 4;	/* the record before it */
	buf_cut(&tail.lines, 0);

	for (int i = 0; i < EVENT_FILES + 2; i++) {
		memset(big, 'a' + i, sizeof big - 2);
		big[sizeof big - 2] = '\n';
		big[sizeof big - 1] = '\0';
		append(p, big, i == 0 ? 4 : 0, i == 0 ? "below the size the file goes on" :
		    "a full file is turned over");
	}
	is_int(get(".orch/events.jsonl")[0], 'f', "the newest is in the file itself");
	is_int(get(".orch/events.jsonl.1")[0], 'e', "the one before in .1");
	is_int(get(".orch/events.jsonl.3")[0], 'c', "the oldest kept in .3");
	ok(!there(".orch/events.jsonl.4"), "there are no more than EVENT_FILES");

	tail.at = 0;
	buf_cut(&tail.lines, 0);
	ok(unlink(".orch/events.jsonl") == 0 && event_settle(p, &tail, &seq, &task, &e) == 0 &&
	    event_begin(p, &none, &tail, &start, &e) == 0 && start == 0 &&
	    event_cut(p, 0, 1, &e) == 0, "a file that is gone is an empty one");
	ok(symlink("../tasks.yml", ".orch/events.jsonl") == 0, "a link in its place");
	put("tasks.yml", "tasks:\n");
	buf_puts(&none, "evil\n");
	ok(event_append(p, &none, &e) == -1, "is not written through");
	is(get("tasks.yml"), "tasks:\n", "and what it points at is as it was");
	buf_release(&none);
}

int
main(void)
{
	struct project p;
	struct err e = { 0 };

	scratch_make();
	unsetenv("ORCH_DIR");
	unsetenv("ORCH_TASKS");
	setenv("HOME", scratch, 1);
	unsetenv("XDG_CONFIG_HOME");
	put("tasks.yml", "tasks:\n");
	put("orch.yml", small);
	lines();
	if (!ok(project_find(&p, NULL, NULL, "test", &e) == 0 && project_prepare(&p, &e) == 0,
	    "a project"))
		printf("Bail out! %s\n", e.msg);
	power_cut(&p);
	file(&p);
	project_release(&p);
	scratch_remove();
	return done_testing();
}
