/* state - every cell against tests/data/state.table, which was written by hand. */
#include "task/state.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"

#include "../lib/tap.h"

#define TABLE "tests/data/state.table"
#define LINE 256

/* The next word of a line; NULL at its end. */
static char *
word(char **line)
{
	char *w = *line + strspn(*line, " \n"), *end = w + strcspn(w, " \n");

	if (*w == '\0')
		return NULL;
	*line = *end == '\0' ? end : end + 1;
	*end = '\0';
	return w;
}

static int
event_find(const char *name)
{
	for (int ev = 0; ev < STATE_EVENT_N; ev++)
		if (strcmp(state_event_name((enum state_event)ev), name) == 0)
			return ev;
	return -1;
}

/* What a cell means, given the facts. */
static enum status
expect(const char *cell, const struct state_facts *f)
{
	if (strcmp(cell, "agent") == 0)
		return f->has_agent ? ST_ROUTED : ST_NEW;
	if (strcmp(cell, "review") == 0)
		return f->review_due ? ST_IN_REVIEW : ST_DONE;
	if (strcmp(cell, "verdict") == 0)
		return f->verdict == VERDICT_RETRY ? (f->has_agent ? ST_ROUTED : ST_NEW) :
		    f->verdict == VERDICT_PARK ? ST_NEEDS_REVIEW : ST_FAILED;
	return (enum status)state_find(cell);
}

static void
test_refusal(enum status from, enum state_event ev)
{
	struct state_facts f = { .has_agent = true };
	enum status next = ST_NONE;
	struct err e = { 0 };
	bool helps;

	ok(state_next(from, ev, &f, &next, &e) == -1 && e.code == ERR_FAILED &&
	    next == ST_NONE, "%s refuses %s", from ? state_name(from) : "nothing",
	    state_event_name(ev));
	helps = from == ST_NONE || strstr(e.msg, "orch-") != NULL;
	ok(helps && strlen(e.msg) > 10 && e.msg[strlen(e.msg) - 1] != '.',
	    "... and says what to do: %s", e.msg);
}

static void
test_transition(enum status from, enum state_event ev, const char *cell)
{
	bool good = true;

	for (int i = 0; i < 12; i++) {
		struct state_facts f = { i & 1, i & 2, (enum state_verdict)(i / 4) };
		enum status next = ST_NONE, want = expect(cell, &f);
		struct err e = { 0 };

		good &= state_next(from, ev, &f, &next, &e) == 0 && next == want;
	}
	ok(good, "%s: %s leads to %s", from ? state_name(from) : "nothing",
	    state_event_name(ev), cell);
}

static void
test_table(void)
{
	FILE *in = fopen(TABLE, "r");
	int column[STATUS_N], n = 0, rows = 0;
	char text[LINE], *line, *w;

	if (!ok(in != NULL, "open %s", TABLE))
		return;
	while ((line = fgets(text, sizeof text, in)) != NULL) {
		int ev, i = 0;

		if (*line == '#' || (w = word(&line)) == NULL)
			continue;
		if (strcmp(w, "event") == 0) {
			while ((w = word(&line)) != NULL && n < STATUS_N)
				column[n++] = strcmp(w, "-") == 0 ? ST_NONE : state_find(w);
			continue;
		}
		ev = event_find(w);
		if (!ok(ev == rows++, "event %s", w))
			continue;
		for (; i < n && (w = word(&line)) != NULL; i++) {
			if (strcmp(w, ".") == 0)
				test_refusal((enum status)column[i], (enum state_event)ev);
			else
				test_transition((enum status)column[i], (enum state_event)ev, w);
		}
		is_int(i, STATUS_N, "... has a cell for each status");
	}
	fclose(in);
	is_int(rows, STATE_EVENT_N, "every event has a row");
	for (int i = 0; i < n; i++)
		is_int(column[i], i, "every status has a column");
}

static void
test_names(void)
{
	int n = 0;

	for (int s = ST_NEW; s < STATUS_N; s++, n++) {
		is_int(state_find(state_name((enum status)s)), s, "a name is found");
		is(state_names()[n], state_name((enum status)s), "... in order");
	}
	ok(state_names()[n] == NULL, "the names end");
	is(state_name(ST_NONE), "", "no status has no name");
	is_int(state_find(""), -1, "... and is not found");
	is_int(state_find("Done"), -1, "names are exact");
	is_int(state_find("done "), -1, "... to the last blank");
}

static void
test_classes(void)
{
	static const char *const ended[] = { "done", "failed", "skipped", "cancelled", NULL };
	static const char *const parked[] = { "needs_review", "failed", NULL };
	int e = 0, p = 0;

	for (int s = ST_NONE; s < STATUS_N; s++) {
		e += state_ended((enum status)s);
		p += state_parked((enum status)s);
	}
	for (int i = 0; ended[i] != NULL; i++, e--)
		ok(state_ended((enum status)state_find(ended[i])), "ended: %s", ended[i]);
	for (int i = 0; parked[i] != NULL; i++, p--)
		ok(state_parked((enum status)state_find(parked[i])), "parked: %s", parked[i]);
	is_int(e, 0, "no other status is ended");
	is_int(p, 0, "no other status is parked");
}

static void
test_render(void)
{
	struct buf b = { 0 };
	int items = 0;

	state_render(&b);
	for (const char *s = buf_str(&b); (s = strstr(s, ".It ")) != NULL; s++)
		items++;
	is_int(items, STATUS_N, "render: an item for each status, and for none");
	ok(strstr(buf_str(&b), ".It Cm blocked\ndelegate: blocked;\njoin: routed or new;\n"
	    "child_failed: routed or new, needs_review or failed;\ncancel: cancelled;\n"
	    "close: done;\nskip: skipped.\n") != NULL, "render: blocked");
	if (getenv("STATE_RENDER") != NULL)
		fputs(buf_str(&b), stderr);
	buf_release(&b);
}

int
main(void)
{
	test_table();
	test_names();
	test_classes();
	test_render();
	return done_testing();
}
