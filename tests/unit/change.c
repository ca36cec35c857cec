/* change - what is recorded over a picture, and the operations and events that it becomes */
#include "task/change.h"

#include <stdlib.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "doc/json.h"
#include "doc/patch.h"
#include "doc/val.h"

static const char file[] =
    "next_id: 10\n"
    "tasks:\n"
    "- {id: 1, title: one, labels: [a, b]}\n"
    "- {id: 2, title: two, depends_on: [1], status: routed, agent: sh}\n"
    "- {id: 3, title: three, parent_id: 4}\n"
    "- {id: 4, title: four, children: [3], status: done, agent: sh}\n";

struct fixture {
	struct tasks tasks;
	struct change *c;
	struct err e;
};

static void
begin(struct fixture *f, const char *text)
{
	struct buf b = { 0 };

	*f = (struct fixture){ 0 };
	buf_puts(&b, text);
	if (tasks_load(&f->tasks, &b, "tasks.yml", &f->e) == -1) {
		printf("Bail out! %s\n", f->e.msg);
		exit(1);
	}
	f->c = change_new(&f->tasks, "orch-test");
}

static void
end(struct fixture *f)
{
	change_free(f->c);
	tasks_release(&f->tasks);
}

/* A field as JSON, "-" if it is absent; good until the next call. */
static const char *
shown(const struct fixture *f, int64_t id, enum field field)
{
	static char text[1024];
	struct val *v = change_get(f->c, id, field);
	struct buf b = { 0 };

	if (v != NULL)
		json_print(&b, v);
	snprintf(text, sizeof text, "%s", v ? buf_str(&b) : "-");
	buf_release(&b);
	val_free(v);
	return text;
}

/* Is this one of the lines of the text? */
static bool
has_line(const char *text, const char *line, size_t len)
{
	for (; text != NULL; text = strchr(text, '\n'), text += text != NULL)
		if (strcspn(text, "\n") == len && memcmp(text, line, len) == 0)
			return true;
	return false;
}

/* How many lines of the new text are new. */
static size_t
new_lines(struct fixture *f)
{
	struct patch patch;
	struct buf text = { 0 };
	size_t n = 0;

	if (change_patch(f->c, "tasks.yml", &patch, &f->e) != 0)
		return 999;
	patch_apply(&patch, &f->tasks.text, &text);
	for (const char *p = buf_str(&text); *p != '\0'; p += strcspn(p, "\n"), p += *p == '\n')
		n += !has_line(buf_str(&f->tasks.text), p, strcspn(p, "\n"));
	patch_release(&patch);
	buf_release(&text);
	return n;
}

/* The events as lines, without what every one has. */
static size_t
events(const struct fixture *f, struct buf *lines)
{
	int64_t seq = 0;

	change_events(f->c, 1, &seq, lines);
	return (size_t)seq;
}

static void
setting(void)
{
	struct fixture f;

	begin(&f, file);
	ok(!change_any(f.c), "nothing is recorded at first");
	ok(change_set(f.c, 1, F_TITLE, val_str("one"), &f.e) == 0 && !change_any(f.c) &&
	    new_lines(&f) == 0, "a value that is there already is no change");
	ok(change_set(f.c, 1, F_AGENT, NULL, &f.e) == 0 && !change_any(f.c),
	    "nor is removing what is not there");
	ok(change_set(f.c, 1, F_TITLE, val_str("uno"), &f.e) == 0 && change_any(f.c),
	    "another value is");
	is(shown(&f, 1, F_TITLE), "\"uno\"", "it is read back");
	is(shown(&f, 1, F_UPDATED_AT), "\"2026-01-02T03:04:05Z\"", "updated_at follows");
	is(shown(&f, 2, F_UPDATED_AT), "-", "not that of others");
	is_int((int64_t)new_lines(&f), 1, "one line of the file changes");
	change_set(f.c, 1, F_TITLE, val_str("eins"), &f.e);
	is_int((int64_t)new_lines(&f), 1, "also if a field is set twice");
	is(shown(&f, 1, F_TITLE), "\"eins\"", "with the later value");
	ok(change_set(f.c, 1, F_LABELS, NULL, &f.e) == 0, "a field is removed");
	is(shown(&f, 1, F_LABELS), "-", "and gone");
	is_int((int64_t)task_count(&f.tasks.v[0], F_LABELS), 2, "the picture is as it was");

	ok(change_set(f.c, 99, F_TITLE, val_str("x"), &f.e) == -1 && f.e.code == ERR_USAGE,
	    "no such task");
	ok(change_set(f.c, 1, F_PRIORITY, val_str("hihg"), &f.e) == -1 &&
	    f.e.code == ERR_INVALID, "a wrong value");
	ok(change_set(f.c, 1, F_STATUS, val_str("done"), &f.e) == -1 && f.e.code == ERR_USAGE,
	    "status is not set");
	ok(change_set(f.c, 1, F_ID, val_int(7), &f.e) == -1, "nor is the id");
	ok(change_set(f.c, 1, F_HISTORY, val_list(), &f.e) == -1, "nor the history");
	is(shown(&f, 1, F_PRIORITY), "-", "what was refused is not there");
	end(&f);
}

static void
lists(void)
{
	struct fixture f;

	begin(&f, file);
	ok(change_list(f.c, 1, F_LABELS, "b", NULL, &f.e) == 0 && !change_any(f.c),
	    "an item that is there already is no change");
	ok(change_list(f.c, 1, F_LABELS, NULL, "z", &f.e) == 0 && !change_any(f.c),
	    "nor is removing one that is not");
	ok(change_list(f.c, 1, F_LABELS, "c,d", NULL, &f.e) == 0, "an item with a comma");
	is(shown(&f, 1, F_LABELS), "[\"a\",\"b\",\"c,d\"]", "is one item, at the end");
	change_list(f.c, 1, F_LABELS, NULL, "a", &f.e);
	change_list(f.c, 1, F_LABELS, NULL, "b", &f.e);
	is(shown(&f, 1, F_LABELS), "[\"c,d\"]", "items go");
	change_list(f.c, 1, F_LABELS, NULL, "c,d", &f.e);
	is(shown(&f, 1, F_LABELS), "-", "with the last one the field");
	ok(change_list(f.c, 3, F_DEPENDS_ON, "2", NULL, &f.e) == 0, "a list that was not there");
	is(shown(&f, 3, F_DEPENDS_ON), "[2]", "of ids holds numbers");
	ok(change_list(f.c, 3, F_DEPENDS_ON, "02", NULL, &f.e) == -1 && f.e.code == ERR_USAGE,
	    "an id that is none");
	ok(change_list(f.c, 3, F_TITLE, "x", NULL, &f.e) == -1 && f.e.code == ERR_USAGE,
	    "what is no list");
	end(&f);
}

static void
adding(void)
{
	struct val *fields = val_map(), *labels = val_list(), *line;
	struct fixture f;
	struct buf text = { 0 };
	int64_t id = 0;

	begin(&f, file);
	val_push(labels, val_str("x"));
	val_put(fields, "custom", val_int(5));
	val_put(fields, "labels", labels);
	val_put(fields, "title", val_str("five"));
	val_put(fields, "agent", val_null());
	val_put(fields, "parent_id", val_int(2));
	if (!ok(change_add(f.c, fields, &id, &f.e) == 0, "a task is added"))
		printf("# %s\n", f.e.msg);
	is_int(id, 10, "with the next id of the file, not the greatest plus one");
	is(shown(&f, 10, F_TITLE), "\"five\"", "it can be read");
	is(shown(&f, 10, F_CREATED_BY), "\"orch-test\"", "who made it");
	is(shown(&f, 10, F_CREATED_AT), "\"2026-01-02T03:04:05Z\"", "and when");
	is_int(change_status(f.c, 10), ST_NEW, "new without an agent");
	is(shown(&f, 2, F_CHILDREN), "[10]", "its parent knows of it");
	ok(change_check_links(f.c, &f.e) == 0, "the links are right");
	ok(val_get(fields, "id") == NULL && val_get(fields, "status") == NULL,
	    "what was given is as it was");
	val_put(fields, "agent", val_str("sh"));
	change_add(f.c, fields, &id, &f.e);
	is_int(id, 11, "the second gets the id after it");
	is_int(change_status(f.c, 11), ST_ROUTED, "routed with an agent");
	is(shown(&f, 2, F_CHILDREN), "[10,11]", "both are children");
	is_int((int64_t)events(&f, &text), 2, "an event each");
	line = json_parse(buf_str(&text), strcspn(buf_str(&text), "\n"), &f.e);
	is(val_text(val_get(line, "topic")), "task.new", "with the new status as topic");
	is(val_text(val_path(line, "data.event")), "add", "and what happened");
	ok(val_path(line, "data.from") == NULL, "from nowhere");
	val_free(line);

	val_put(fields, "parent_id", val_int(77));
	ok(change_add(f.c, fields, &id, &f.e) == -1, "no parent of that id");
	end(&f);
	buf_release(&text);
	val_free(fields);
}

/* Fields of a new task that are refused: as JSON, and the code. */
static const struct {
	const char *fields;
	enum err_code code;
} bad[] = {
	{ "{}", ERR_INVALID },
	{ "{\"title\":null}", ERR_INVALID },
	{ "{\"title\":\"\"}", ERR_INVALID },
	{ "{\"title\":\"a\\nb\"}", ERR_INVALID },
	{ "{\"title\":5}", ERR_INVALID },
	{ "{\"title\":\"a\",\"id\":3}", ERR_INVALID },
	{ "{\"title\":\"a\",\"status\":\"done\"}", ERR_INVALID },
	{ "{\"title\":\"a\",\"labels\":\"x\"}", ERR_INVALID },
	{ "{\"title\":\"a\",\"depends_on\":[\"1\"]}", ERR_INVALID },
	{ "{\"title\":\"a\",\"depends_on\":[0]}", ERR_INVALID },
	{ "{\"title\":\"a\",\"max_attempts\":0}", ERR_INVALID },
	{ "{\"title\":\"a\",\"timeout\":\"1ms\"}", ERR_INVALID },
};

static void
refusing(void)
{
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct fixture f;
		struct val *fields;
		int64_t id;

		begin(&f, file);
		fields = json_parse(bad[i].fields, strlen(bad[i].fields), &f.e);
		ok(fields != NULL && change_add(f.c, fields, &id, &f.e) == -1 &&
		    f.e.code == bad[i].code && !change_any(f.c), "refused: %s", bad[i].fields);
		val_free(fields);
		end(&f);
	}
}

static int
depend(struct fixture *f, int64_t id, const char *on)
{
	return change_list(f->c, id, F_DEPENDS_ON, on, NULL, &f->e) == -1 ? -1 :
	    change_check_links(f->c, &f->e);
}

static void
links(void)
{
	static const char ring[] = "tasks:\n- {id: 1, title: a, depends_on: [2]}\n"
	    "- {id: 2, title: b, depends_on: [1]}\n- {id: 3, title: c}\n- {id: 4, title: d}\n";
	struct fixture f;

	begin(&f, file);
	ok(depend(&f, 1, "2") == -1 && f.e.code == ERR_USAGE, "a ring of two is refused");
	ok(strstr(f.e.msg, "1") != NULL && strstr(f.e.msg, "->") != NULL &&
	    strstr(f.e.msg, "2") != NULL, "the path is told");
	end(&f);
	begin(&f, file);
	ok(depend(&f, 3, "3") == -1, "a ring of one too");
	end(&f);
	begin(&f, file);
	ok(depend(&f, 3, "88") == -1 && f.e.code == ERR_USAGE && strstr(f.e.msg, "88") != NULL,
	    "and what does not exist");
	end(&f);
	begin(&f, ring);
	ok(change_set(f.c, 3, F_TITLE, val_str("z"), &f.e) == 0 && change_check_links(f.c, &f.e) == 0,
	    "a ring that a person wrote stops no other change");
	ok(depend(&f, 3, "4") == 0, "not even one of links");
	ok(depend(&f, 1, "3") == -1, "but no link of its members");
	end(&f);
}

/* One event of the table through all its effects. */
static void
stating(void)
{
	struct state_facts facts = { .has_agent = true };
	struct fixture f;
	struct buf text = { 0 };
	struct val *line, *history;

	begin(&f, file);
	ok(change_event(f.c, 2, EV_CLAIM, &facts, NULL, "attempt 1", &f.e) == 0, "a claim");
	is_int(change_status(f.c, 2), ST_IN_PROGRESS, "is in progress");
	is_int(change_status(f.c, 1), ST_NEW, "others are what they were");
	facts.review_due = true;
	ok(change_event(f.c, 2, EV_FINISH, &facts, "unchecked", NULL, &f.e) == 0,
	    "a second event in the same change");
	is(shown(&f, 2, F_STATUS), "\"in_review\"", "goes on from the first");
	is(shown(&f, 2, F_REASON), "\"unchecked\"", "with its reason");
	history = change_get(f.c, 2, F_HISTORY);
	ok(history != NULL && history->n == 2, "two lines of history");
	is(val_text(val_path(history, "0.note")), "attempt 1", "the first with its note");
	is(val_text(val_path(history, "1.status")), "in_review", "the second with its status");
	ok(val_path(history, "1.note") == NULL, "and no empty note");
	val_free(history);
	is_int((int64_t)events(&f, &text), 2, "and two events");
	ok(change_note(f.c, 2, "a note", &f.e) == 0, "a note alone");
	history = change_get(f.c, 2, F_HISTORY);
	ok(history->n == 3 && strcmp(val_text(val_path(history, "2.note")), "a note") == 0 &&
	    strcmp(val_text(val_path(history, "2.status")), "in_review") == 0,
	    "is a line with the status that it is");
	val_free(history);
	is(shown(&f, 2, F_REASON), "\"unchecked\"", "and changes nothing else");
	buf_release(&text);
	is_int((int64_t)events(&f, &text), 2, "nor tells of an event");
	ok(change_note(f.c, 50, "x", &f.e) == -1 && f.e.code == ERR_USAGE, "of no task there is none");
	line = json_parse(buf_str(&text), strcspn(buf_str(&text), "\n"), &f.e);
	is(val_text(val_path(line, "data.from")), "routed", "from");
	is(val_text(val_get(line, "topic")), "task.in_progress", "to");
	is(val_text(val_path(line, "data.note")), "attempt 1", "with the note");
	val_free(line);
	ok(change_event(f.c, 4, EV_CLAIM, &facts, NULL, NULL, &f.e) == -1 &&
	    f.e.code == ERR_FAILED && strncmp(f.e.msg, "task 4: is done", 15) == 0,
	    "what the table refuses is refused by name");
	ok(change_event(f.c, 50, EV_CLAIM, &facts, NULL, NULL, &f.e) == -1 &&
	    f.e.code == ERR_USAGE, "a task that is not there too");
	is_int((int64_t)events(&f, &text), 2, "neither is told");
	facts.review_due = false;
	ok(change_event(f.c, 2, EV_REVIEW_APPROVE, &facts, NULL, NULL, &f.e) == 0, "approved");
	is(shown(&f, 2, F_REASON), "-", "without a reason the old one goes");
	end(&f);
	buf_release(&text);
}

static void
remembering(void)
{
	struct state_facts facts = { .has_agent = true };
	struct val *history;
	struct fixture f;
	char note[16];

	begin(&f, file);
	for (int i = 0; i < 25; i++) {
		snprintf(note, sizeof note, "n%d", i);
		change_event(f.c, 2, EV_ROUTE, &facts, NULL, note, &f.e);
	}
	history = change_get(f.c, 2, F_HISTORY);
	is_int((int64_t)history->n, 20, "of 25 changes 20 are remembered");
	is(val_text(val_path(history, "0.note")), "n5", "from the sixth");
	is(val_text(val_path(history, "19.note")), "n24", "to the last");
	val_free(history);
	end(&f);
}

static struct val *
id_list(int64_t a, int64_t b)
{
	struct val *list = val_list();

	if (a != 0)
		val_push(list, val_int(a));
	if (b != 0)
		val_push(list, val_int(b));
	return list;
}

/* What a person broke by hand is mended a step at a time, and hides nothing new. */
static void
mending(void)
{
	static const char broken[] = "next_id: 5\ntasks:\n"
	    "- {id: 1, title: a, depends_on: [2]}\n- {id: 2, title: b, depends_on: [1, 99]}\n"
	    "- {id: 3, title: c}\n- {id: 4, title: d, key: k, depends_on: [3]}\n";
	struct fixture f;

	begin(&f, broken);
	ok(change_set(f.c, 2, F_DEPENDS_ON, id_list(1, 0), &f.e) == 0 &&
	    change_check_links(f.c, &f.e) == 0, "the missing one goes, the ring stays for now");
	end(&f);
	begin(&f, broken);
	ok(change_set(f.c, 2, F_DEPENDS_ON, id_list(99, 0), &f.e) == 0 &&
	    change_check_links(f.c, &f.e) == 0, "the ring goes, the missing one stays for now");
	end(&f);
	begin(&f, broken);
	ok(change_set(f.c, 3, F_DEPENDS_ON, id_list(4, 0), &f.e) == 0 &&
	    change_check_links(f.c, &f.e) == -1 && strstr(f.e.msg, "3 -> 4 -> 3") != NULL,
	    "a ring elsewhere hides no new one");
	end(&f);
	begin(&f, broken);
	ok(change_set(f.c, 4, F_DEPENDS_ON, NULL, &f.e) == 0 &&
	    change_set(f.c, 3, F_DEPENDS_ON, id_list(4, 0), &f.e) == 0 &&
	    change_check_links(f.c, &f.e) == 0, "a dependency is turned round in one change");
	end(&f);
	begin(&f, broken);
	ok(change_set(f.c, 4, F_KEY, NULL, &f.e) == 0 &&
	    change_set(f.c, 3, F_KEY, val_str("k"), &f.e) == 0 &&
	    change_check_links(f.c, &f.e) == 0, "a key moves in one change");
	end(&f);
	begin(&f, broken);
	ok(change_set(f.c, 3, F_KEY, val_str("k"), &f.e) == 0 &&
	    change_check_links(f.c, &f.e) == -1 && strstr(f.e.msg, "task 4") != NULL,
	    "but two cannot have it");
	end(&f);
}

static void
adopting(void)
{
	struct fixture f;
	struct buf text = { 0 };

	begin(&f, "next_id: 5\ntasks:\n- title: a\n- {id: 3, title: b}\n- title: c\n");
	change_adopt(f.c);
	is(shown(&f, 5, F_TITLE), "\"a\"", "the first got the next");
	is(shown(&f, 6, F_TITLE), "\"c\"", "the second that after it");
	is_int((int64_t)new_lines(&f), 3, "two ids and next_id are written");
	is_int((int64_t)events(&f, &text), 2, "and told");
	end(&f);
	begin(&f, "tasks:\n- {id: 3, title: b}\n");
	change_adopt(f.c);
	ok(!change_any(f.c), "with all ids there is nothing to do");
	end(&f);
	buf_release(&text);
}

static void
telling(void)
{
	struct fixture f;
	struct buf text = { 0 };
	int64_t seq = 41;

	begin(&f, file);
	change_tell(f.c, "agent.paused", 0, 0, NULL);
	change_tell(f.c, "task.note", 2, 3, val_map());
	ok(change_any(f.c), "an event alone is a change");
	is_int((int64_t)new_lines(&f), 0, "of no byte of the file");
	change_events(f.c, 9, &seq, &text);
	is_int(seq, 43, "numbers go on");
	ok(strstr(buf_str(&text), "\"seq\":42,\"gen\":9") != NULL, "from the one given");
	end(&f);
	buf_release(&text);
}

int
main(void)
{
	setenv("ORCH_TEST_NOW", "2026-01-02T03:04:05Z", 1);
	setting();
	lists();
	adding();
	refusing();
	links();
	stating();
	remembering();
	mending();
	adopting();
	telling();
	return done_testing();
}
