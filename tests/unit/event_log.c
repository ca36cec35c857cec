/* event_log, event_filter - what a reader sees of the log, and what he wants of it */
#include "task/event_log.h"

#include <stdlib.h>
#include <string.h>

#include "../lib/tap.h"
#include "base/buf.h"
#include "base/err.h"
#include "doc/json.h"
#include "doc/val.h"
#include "scratch.h"
#include "task/event_filter.h"
#include "task/project.h"

#define LOG ".orch/events.jsonl"

/* The numbers that were seen, with a blank behind each; stops behind `stop`. */
struct seen {
	struct buf text;
	int64_t stop;
};

static int
see(void *arg, const struct event_seen *ev)
{
	struct seen *s = arg;

	buf_printf(&s->text, "%lld ", (long long)ev->seq);
	return ev->seq == s->stop;
}

/* The numbers of lines with that text, from the end. */
static const char *
hinted(const struct project *p, const char *text)
{
	static struct seen s;
	struct event_hint hint = { { { NULL, strdup(text) } }, 1 };
	struct event_log log;
	struct err e = { 0 };

	buf_cut(&s.text, 0);
	if (event_log_open(&log, p, &e) == -1 || event_log_back(&log, &hint, see, &s, &e) == -1)
		return "an error";
	event_log_close(&log);
	event_hint_release(&hint);
	return buf_str(&s.text);
}

static const char *
reads(const struct project *p, int64_t after, bool back, int64_t stop)
{
	static struct seen s;
	struct event_log log;
	struct err e = { 0 };

	buf_cut(&s.text, 0);
	s.stop = stop;
	if (event_log_open(&log, p, &e) == -1 || (back ? event_log_back(&log, NULL, see, &s, &e) :
	    event_log_each(&log, after, see, &s, &e)) == -1)
		return "an error";
	event_log_close(&log);
	return buf_str(&s.text);
}

static void
line(struct buf *b, int64_t seq, int64_t gen, const char *topic)
{
	event_line(b, seq, gen, 0, &(struct event){ .topic = topic });
}

/* Numbers from..to, each in a line of about `size` bytes. */
static void
many(struct buf *b, int64_t from, int64_t to, size_t size)
{
	char *fill = malloc(size + 1);
	struct val *data;

	memset(fill, 'x', size);
	fill[size] = '\0';
	for (int64_t i = from; i <= to; i++) {
		data = val_str(fill);
		event_line(b, i, 0, 0, &(struct event){ .topic = "a.b", .source = "s", .data = data });
		val_free(data);
	}
	free(fill);
}

static void
pieces(const struct project *p)
{
	struct buf b = { 0 };
	char want[64];

	is(reads(p, 0, false, 0), "", "no log");
	line(&b, 1, 1, "task.new");
	line(&b, 2, 0, "a");
	put(LOG ".2", buf_str(&b));
	buf_cut(&b, 0);
	line(&b, 3, 2, "task.new");
	buf_puts(&b, "{\"source\":\"by hand\", \"topic\":\"a.b\", \"seq\":4}\n");
	put(LOG ".1", buf_str(&b));
	buf_cut(&b, 0);
	line(&b, 5, 0, "a");
	buf_puts(&b, "somebody's\n\n{\"seq\":7}\n");
	line(&b, 6, 0, "a");
	buf_puts(&b, "{\"schema\":1,\"seq\":7,\"at\":\"now\",\"topic\":\"torn");
	put(LOG, buf_str(&b));
	is(reads(p, 0, false, 0), "1 2 3 4 5 6 ", "all files, the oldest first; what is no event is passed over");
	is(reads(p, 0, true, 0), "6 5 4 3 2 1 ", "and from the end");
	is(reads(p, 3, false, 0), "4 5 6 ", "behind a number");
	is(reads(p, 6, false, 0), "", "there may be nothing");
	is(reads(p, 0, false, 2), "1 2 ", "until it is enough");
	is(reads(p, 0, true, 4), "6 5 4 ", "from the end too");

	/* A file of two megabytes, of which the place is found. */
	buf_cut(&b, 0);
	many(&b, 10, 2009, 1000);
	put(LOG, buf_str(&b));
	is(reads(p, 2007, false, 0), "2008 2009 ", "the end of a long file");
	is(reads(p, 1000, false, 1002), "1001 1002 ", "its midst");
	is(reads(p, 4, false, 11), "10 11 ", "its start");
	is(reads(p, 0, true, 2008), "2009 2008 ", "and backwards");
	is(hinted(p, "\"seq\":1010,"), "1010 ", "one of them, by what stands in it");
	is(hinted(p, "\"seq\":10,"), "10 ", "the first");
	is(hinted(p, "\"seq\":2009,"), "2009 ", "the last");
	is(hinted(p, "\"seq\":200,"), "200 ", "any");
	for (int i = 10; i < 2009; i += 97) {
		char text[32];

		snprintf(text, sizeof text, "\"seq\":%d,", i);
		snprintf(want, sizeof want, "%d ", i);
		if (strcmp(hinted(p, text), want) != 0)
			ok(false, "%d, by what stands in it", i);
	}
	is(hinted(p, "nowhere"), "", "none");
	for (int64_t i = 10; i < 2009; i += 37) {
		snprintf(want, sizeof want, "%lld ", (long long)i + 1);
		if (strcmp(reads(p, i, false, i + 1), want) != 0)
			ok(false, "behind %lld", (long long)i);
	}
	/* Lines that are longer than what is read at a time. */
	buf_cut(&b, 0);
	many(&b, 1, 4, 700000);
	put(LOG, buf_str(&b));
	unlink(LOG ".1");
	unlink(LOG ".2");
	is(reads(p, 2, false, 0), "3 4 ", "long lines");
	is(reads(p, 0, true, 0), "4 3 2 1 ", "long lines backwards");
	/* One that is longer than any. */
	buf_cut(&b, 0);
	line(&b, 1, 0, "a");
	buf_puts(&b, "{\"x\":\"");
	for (size_t i = 0; i < 20u << 20; i += 8)
		buf_puts(&b, "xxxxxxxx");
	buf_puts(&b, "\"}\n");
	line(&b, 2, 0, "a");
	put(LOG, buf_str(&b));
	is(reads(p, 0, false, 0), "1 2 ", "what is too long for an event is passed over");
	is(reads(p, 0, true, 0), "2 1 ", "backwards too");
	unlink(LOG);
	buf_release(&b);
}

static void
peeks(void)
{
	struct event_seen ev;
	struct buf b = { 0 };
	struct val *v;

	line(&b, INT64_C(999999999999999999), 7, "task.done");
	ok(event_peek(buf_str(&b), b.len - 1, &ev) && ev.seq == INT64_C(999999999999999999) && ev.gen == 7 &&
	    ev.topic_len == 9 && memcmp(ev.topic, "task.done", 9) == 0, "number, generation, topic");
	for (size_t i = 0; i < b.len - 1; i++)
		if (event_peek(buf_str(&b), i, &ev))
			ok(false, "cut after %zu bytes", i);
	ok(!event_peek("", 0, &ev) && !event_peek("{\"seq\":0,\"topic\":\"a\"}", 21, &ev) &&
	    !event_peek("[1]", 3, &ev), "no events");
	buf_cut(&b, 0);
	event_line(&b, 1, 0, 100, &(struct event){ .topic = "a", .ttl = 5 });
	v = json_parse(buf_str(&b), b.len - 1, &(struct err){ 0 });
	ok(!event_expired(v, 104) && event_expired(v, 105) && !event_expired(v, 0), "it expires then");
	val_free(v);
	buf_release(&b);
}

/* "TOPICS|COND": does it let the event through?  -1: it is refused. */
static int
lets(const char *topics, const char *cond, const char *text)
{
	struct event_filter f = { 0 };
	struct event_seen ev;
	struct err e = { 0 };
	struct val *v = json_parse(text, strlen(text), &e);
	int r = -1;

	if ((topics == NULL || event_filter_topics(&f, topics, &e) == 0) &&
	    (cond == NULL || event_filter_where(&f, cond, &e) == 0))
		r = event_peek(text, strlen(text), &ev) && event_filter_topic(&f, &ev) && event_filter_holds(&f, v);
	event_filter_release(&f);
	val_free(v);
	return r;
}

static void
filters(void)
{
	static const char ev[] = "{\"schema\":1,\"seq\":5,\"at\":\"x\",\"topic\":\"build.done\",\"task\":17,"
	    "\"data\":{\"host\":\"a\",\"n\":null,\"list\":[1,2],\"ok\":true,\"t\":\"disk is full\"}}";
	static const struct { const char *topics, *cond; int want; } table[] = {
		{ NULL, NULL, 1 }, { "*", NULL, 1 }, { "build.done", NULL, 1 }, { "build.*", NULL, 1 },
		{ "build", NULL, 0 }, { "build.don", NULL, 0 }, { "build.done.*", NULL, 0 },
		{ "x,build.done", NULL, 1 },
		{ "buil.*", NULL, 0 }, { "", NULL, -1 }, { "a,", NULL, -1 }, { "a..b", NULL, -1 },
		{ ".*", NULL, -1 },
		{ "a*", NULL, -1 }, { "a b", NULL, -1 }, { "a.*.b", NULL, -1 },
		{ NULL, "task=17", 1 }, { NULL, "task=1", 0 }, { NULL, "task!=17", 0 }, { NULL, "task!=1", 1 },
		{ NULL, "data.host=a", 1 }, { NULL, "data.host=", 0 }, { NULL, "data.gone!=a", 1 },
		{ NULL, "data.gone=a", 0 }, { NULL, "data.host?", 1 }, { NULL, "data.n?", 0 },
		{ NULL, "data.gone?", 0 },
		{ NULL, "data.ok=true", 1 }, { NULL, "data.list=[1,2]", 1 }, { NULL, "data.list.1=2", 1 },
		{ NULL, "data.t~^disk", 1 }, { NULL, "data.t~^full", 0 }, { NULL, "data.t~(full|empty)$", 1 },
		{ NULL, "data.t=disk is full", 1 }, { NULL, "data.gone~.*", 0 }, { NULL, "a.b=c=d", 0 },
		{ NULL, "", -1 }, { NULL, "=x", -1 }, { NULL, "data", -1 }, { NULL, "a!b", -1 }, { NULL, "a!", -1 },
		{ NULL, "a?b", -1 }, { NULL, "a~(", -1 }, { NULL, "a~(a)\\1", -1 }, { NULL, ".a=b", -1 },
		{ NULL, "a~((a{1,99}){1,99}){1,99}", -1 }, { NULL, "a b=c", -1 },
		{ NULL, "a~x{16}{17}", -1 }, { NULL, "a~x{99999999999999999999}", -1 }, { NULL, "a~x{,300}", -1 },
		{ NULL, "task~^1{1,16}7{1,16}$", 1 },
	};
	static char text[64 << 10];
	struct event_filter f = { 0 };
	struct err e = { 0 };
	int r = 0;

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		is_int(lets(table[i].topics, table[i].cond, ev), table[i].want,
		    table[i].topics ? table[i].topics : table[i].cond ? table[i].cond : "no filter");
	/* However long the text is and whatever is looked for, it is done at once. */
	memset(text, 'a', sizeof text);
	snprintf(text, 64, "{\"schema\":1,\"seq\":5,\"at\":\"x\",\"topic\":\"t\",\"data\":\"");
	text[strlen(text)] = 'a';
	memcpy(text + sizeof text - 3, "\"}", 3);
	is_int(lets(NULL, "data~(a|aa)*(a|aa)*(a|aa)*b$", text), 0, "a pattern that takes the square of its text");
	is_int(lets(NULL, "data~(a{1,16}){1,16}b", text), 0, "one with intervals in intervals");
	is_int(lets(NULL, "data~^a{100}", text), 1, "one that is found");
	for (int i = 0; i < EVENT_WHERE_MAX; i++)
		r |= event_filter_where(&f, "a=b", &e);
	ok(r == 0 && event_filter_where(&f, "a=b", &e) == -1, "no more than so many conditions");
	event_filter_release(&f);
	ok(event_topic_reserved("task") && event_topic_reserved("task.done") && event_topic_reserved("file.x") &&
	    !event_topic_reserved("tasks.done") && !event_topic_reserved("a.task"), "topics of the suite");
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
	if (!ok(project_find(&p, NULL, NULL, "test", &e) == 0 && project_prepare(&p, &e) == 0, "a project"))
		printf("Bail out! %s\n", e.msg);
	pieces(&p);
	peeks();
	filters();
	project_release(&p);
	scratch_remove();
	return done_testing();
}
