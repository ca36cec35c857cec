/* The verdict about a run, by the rules of its driver. */
#include "work/classify.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>

#include "../lib/cases.h"
#include "../lib/tap.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include "doc/val.h"
#include "sys/fs.h"
#include "task/project.h"
#include "work/agent.h"

static struct project
project_of(const char *share)
{
	static char nowhere[] = "tests/data/agents/nowhere";

	return (struct project){ .dir = nowhere, .share = xstrdup(share), .orch_fd = -1,
	    .log = { .fd = -1 } };
}

/* Every test runs at this time: a Monday, and nowhere is another zone. */
static int64_t
now(void)
{
	int64_t t = 0;

	clock_parse("2029-12-31T00:00:00Z", &t);
	return t;
}

/* ---- endings ---- */

static void
check_report(const struct cases *c, const struct classify_report *r)
{
	const char *want;
	char at[CLOCK_MAX], *number;

	is(r->class, case_get(c, "class"), c->name);
	if ((want = case_get(c, "message")) != NULL)
		is(r->message, want, "its message");
	if ((want = case_get(c, "text")) != NULL)
		is(r->text, want, "its text");
	if ((want = case_get(c, "session")) != NULL)
		is(r->session ? r->session : "", want, "its session");
	if ((want = case_get(c, "session_odd")) != NULL)
		is(r->session_odd ? r->session_odd : "", want, "what is none");
	if ((want = case_get(c, "denied")) != NULL)
		is(r->denied, want, "what was denied");
	if ((want = case_get(c, "in")) != NULL)
		is_int(r->tokens.in, atoll(want), "tokens in");
	if ((want = case_get(c, "out")) != NULL)
		is_int(r->tokens.out, atoll(want), "tokens out");
	if ((want = case_get(c, "cached")) != NULL)
		is_int(r->tokens.cached, atoll(want), "of these from a cache");
	if ((want = case_get(c, "reasoning")) != NULL)
		is_int(r->tokens.reasoning, atoll(want), "of these for reasoning");
	if ((want = case_get(c, "model")) != NULL)
		is(r->model ? r->model : "", want, "its model");
	if ((want = case_get(c, "rule")) != NULL)
		is(r->rule ? r->rule : "", want, "the rule that decided");
	if ((want = case_get(c, "evidence")) != NULL)
		is(r->evidence, want, "by what it found");
	if ((want = case_get(c, "reset")) != NULL) {
		clock_format(r->reset_at, at);
		is(at, want, "when it ends");
	}
	if ((want = case_get(c, "cost")) != NULL) {
		number = xasprintf("%g", r->cost_usd);
		is(number, want, "its cost");
		free(number);
	}
}

/* A table of endings, for the drivers below a folder. */
static void
test_endings(const char *table, const char *share)
{
	struct project p = project_of(share);
	struct cases c;

	if (!ok(cases_open(&c, table) == 0, "%s", table))
		return;
	while (cases_next(&c)) {
		struct classify_ending end = {
			.out = case_or(&c, "stdout", ""),
			.errtext = case_or(&c, "stderr", ""),
			.started = !case_get(&c, "started"),
			.exit = (int)atoll(case_or(&c, "exit", "0")),
			.signal = (int)atoll(case_or(&c, "signal", "0")),
			.stopped = case_or(&c, "stopped", ""),
			.model = case_get(&c, "told"),
			.now = now(),
		};
		struct classify_report r = { 0 };
		struct agent a = { 0 };
		struct err e = { 0 };

		end.usage = case_get(&c, "usage");
		end.usage_len = end.usage ? strlen(end.usage) : 0;
		end.out_len = strlen(end.out);
		end.err_len = strlen(end.errtext);
		if (ok(agent_load(&a, &p, case_get(&c, "agent"), &e) == 0, "%s %s", c.name, e.msg)) {
			classify(&r, &a, &end);
			check_report(&c, &r);
		}
		classify_release(&r);
		agent_release(&a);
	}
	free(c.text);
	free(p.share);
}

/* ---- what the real programs wrote ---- */

#define TRANSCRIPTS "tests/data/transcripts"

/* A run of tests/data/transcripts: AGENT/CASE/{stdout,stderr,how}, perhaps usage. */
struct recorded {
	struct buf out, errtext, usage;
	struct classify_ending end;
	char stopped[16];
};

static int
signal_number(const char *name)
{
	for (int i = 1; i < NSIG; i++)
		if (sigabbrev_np(i) && strcmp(sigabbrev_np(i), name) == 0)
			return i;
	return 0;
}

static int
read_recorded(struct recorded *r, const char *agent, const char *name)
{
	static const char *const files[] = { "stdout", "stderr", "how" };
	struct buf how = { 0 }, *into[] = { &r->out, &r->errtext, &how };
	char *path, word[16], value[16], *line;
	struct err e = { 0 };

	*r = (struct recorded){ .end = { .started = true, .exit = -1, .now = now() } };
	for (size_t i = 0; i < 3; i++) {
		path = xasprintf(TRANSCRIPTS "/%s/%s/%s", agent, name, files[i]);
		if (!ok(fs_read(AT_FDCWD, path, CLASSIFY_MAX, into[i], &e) == 0, "%s", path))
			return -1;
		free(path);
	}
	for (line = how.data; line && *line; line = strchr(line, '\n') + 1) {
		if (sscanf(line, "%15s %15s", word, value) < 1)
			return -1;
		if (strcmp(word, "exit") == 0)
			r->end.exit = (int)atoll(value);
		else if (strcmp(word, "signal") == 0)
			r->end.signal = signal_number(value + strlen("SIG"));
		else if (strcmp(word, "stopped") == 0)
			memcpy(r->stopped, value, sizeof value);
	}
	r->end.out = buf_str(&r->out);
	r->end.out_len = r->out.len;
	r->end.errtext = buf_str(&r->errtext);
	r->end.err_len = r->errtext.len;
	r->end.stopped = r->stopped;
	path = xasprintf(TRANSCRIPTS "/%s/%s/usage", agent, name);
	if (fs_read(AT_FDCWD, path, CLASSIFY_MAX, &r->usage, &e) == 0) {
		r->end.usage = buf_str(&r->usage);
		r->end.usage_len = r->usage.len;
	}
	free(path);
	buf_release(&how);
	return 0;
}

/* Every folder has a case, so that a run that is added is asked about. */
static void
all_there(const char *agent, const struct vec_str *seen)
{
	char *path = xasprintf(TRANSCRIPTS "/%s", agent);
	DIR *dir = opendir(path);
	struct dirent *d;
	size_t n = 0;

	while (dir && (d = readdir(dir)) != NULL) {
		if (*d->d_name == '.')
			continue;
		n++;
		if (!vec_str_has(seen, d->d_name))
			ok(false, "%s/%s has no case", agent, d->d_name);
	}
	ok(n > 12, "%s: %zu runs, each with a case", agent, n);
	if (dir)
		closedir(dir);
	free(path);
}

static void
test_agent(const struct project *p, const char *id)
{
	char *table = xasprintf(TRANSCRIPTS "/%s.txt", id), *text;
	struct vec_str seen = { 0 };
	struct agent a = { 0 };
	struct err e = { 0 };
	struct cases c;

	if (!ok(cases_open(&c, table) == 0, "%s", table)
	    || !ok(agent_load(&a, p, id, &e) == 0, "%s %s", id, e.msg))
		return;
	while (cases_next(&c)) {
		struct classify_report report = { 0 };
		struct recorded r;

		if ((text = strrchr(case_or(&c, "text", ""), '\n')) != NULL && !text[1])
			*text = '\0';
		vec_str_push(&seen, c.name);
		if (read_recorded(&r, id, c.name) == 0) {
			r.end.stopped = case_or(&c, "stopped", r.stopped);
			classify(&report, &a, &r.end);
			check_report(&c, &report);
			ok(report.good == (strcmp(report.class, "ok") == 0
			    || (report.rule && str_starts(report.rule, "soft"))), "%s: good or not", c.name);
			ok(*report.message || strcmp(report.class, "ok") == 0,
			    "and says why: %s", report.message);
		}
		classify_release(&report);
		buf_release(&r.out);
		buf_release(&r.errtext);
		buf_release(&r.usage);
	}
	all_there(id, &seen);
	vec_str_release(&seen);
	agent_release(&a);
	free(c.text);
	free(table);
}

static void
test_transcripts(void)
{
	static const char *const ids[] = { "claude", "codex", "copilot", "gemini", "opencode", "qwen" };
	struct project p = project_of("share/orch");

	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
		test_agent(&p, ids[i]);
	free(p.share);
}

/* ---- when limits end ---- */

/* It is Monday 2029-12-31, 00:00:00 UTC. */
static const struct {
	const char *text, *want;	/* NULL: not understood */
} resets[] = {
	{ "1893456000", "2030-01-01T00:00:00Z" }, { "1893456000000", "2030-01-01T00:00:00Z" },
	{ "3600", "2029-12-31T01:00:00Z" }, { "20s", "2029-12-31T00:00:20Z" },
	{ "1.5 seconds", "2029-12-31T00:00:02Z" }, { "11.054s", "2029-12-31T00:00:12Z" },
	{ "1m30s", "2029-12-31T00:01:30Z" }, { "3 days, 4 hours and 5 Minutes.", "2030-01-03T04:05:00Z" },
	{ "28ms", "2029-12-31T00:00:01Z" }, { "6 apples", NULL }, { "5 minutesx", NULL },
	{ "1h 30m", "2029-12-31T01:30:00Z" }, { "2030-01-02T03:04:05+01:00", "2030-01-02T02:04:05Z" },
	{ "5:56 AM", "2029-12-31T05:56:00Z" }, { "12:00 am", "2030-01-01T00:00:00Z" },
	{ "12:01 AM", "2029-12-31T00:01:00Z" }, { "3pm", "2029-12-31T15:00:00Z" },
	{ "12pm", "2029-12-31T12:00:00Z" }, { "18:30", "2029-12-31T18:30:00Z" },
	{ "6:05am (UTC)", "2029-12-31T06:05:00Z" }, { " 6:05 am UTC. ", "2029-12-31T06:05:00Z" },
	{ "Jan 2nd, 2030 5:56 AM", "2030-01-02T05:56:00Z" },
	{ "January 2, 3pm (UTC)", "2030-01-02T15:00:00Z" },
	{ "Dec 30, 2029 11:00 PM", "2029-12-30T23:00:00Z" },
	{ "6am (America/New_York)", NULL }, { "tomorrow", NULL }, { "", NULL },
	{ "-5", NULL }, { "25:00", NULL }, { "13pm", NULL }, { "0am", NULL }, { "5:77 AM", NULL },
	{ "5", "2029-12-31T00:00:05Z" }, { "Foo 3, 5pm", NULL }, { "Jan 99, 5pm", NULL },
	{ "99999999999999999999", NULL }, { "1893456000 or later", NULL },
};

static void
test_resets(void)
{
	for (size_t i = 0; i < sizeof resets / sizeof *resets; i++) {
		int64_t at = classify_reset_time(resets[i].text, now());
		char text[CLOCK_MAX] = "";

		if (at)
			clock_format(at, text);
		is(text, resets[i].want ? resets[i].want : "", resets[i].text);
	}
}

/* Of a stream that is too long the end is read, from a whole line on. */
static void
test_long(void)
{
	static const char end[] = "\n{\"type\":\"done\"}\n";
	struct project p = project_of("tests/data/agents");
	size_t len = CLASSIFY_MAX + 100;
	char *bytes = xmalloc(len + sizeof end);
	struct classify_ending e = { .started = true, .out = bytes, .errtext = "", .stopped = "" };
	struct classify_report r;
	struct agent a = { 0 };
	struct err error = { 0 };

	memset(bytes, 'x', len);
	memcpy(bytes + len, end, sizeof end);
	e.out_len = len + sizeof end - 1;
	if (ok(agent_load(&a, &p, "demo", &error) == 0, "demo")) {
		classify(&r, &a, &e);
		is(r.class, "ok", "the end of a long stream is read");
		classify_release(&r);
		/* The event begins in the middle of a line once that is cut off. */
		bytes[len] = ' ';
		bytes[len - 99] = '\n';
		e.out_len = CLASSIFY_MAX + 1 + sizeof end - 1;
		e.out = bytes + len + sizeof end - 1 - e.out_len;
		classify(&r, &a, &e);
		is(r.class, "no_result", "not what only looks like a line");
		classify_release(&r);
	}
	agent_release(&a);
	free(bytes);
	free(p.share);
}

/* A text that is made for an expression with a star in it takes no time either. */
static void
test_slow(void)
{
	static const char *const words[] = { "AI_APICallError: ", "hit your " };
	struct project p = project_of("share/orch");

	for (size_t i = 0; i < 2; i++) {
		struct buf b = { 0 };
		struct classify_ending end = { .started = true, .exit = 1, .stopped = "" };
		struct classify_report r;
		struct agent a = { 0 };
		struct err e = { 0 };
		int64_t start = clock_mono();

		if (i == 1)
			buf_puts(&b, "{\"type\":\"result\",\"is_error\":true,\"result\":\"");
		while (b.len < 1 << 20)
			buf_puts(&b, words[i]);
		if (i == 1)
			buf_puts(&b, "\"}\n");
		end.out = end.errtext = "";
		*(i ? &end.out : &end.errtext) = b.data;
		*(i ? &end.out_len : &end.err_len) = b.len;
		end.stopped = i ? "" : "idle";
		if (agent_load(&a, &p, i ? "claude" : "opencode", &e) == 0) {
			classify(&r, &a, &end);
			is(r.class, i ? "failed" : "network", words[i]);
			classify_release(&r);
		}
		ok(clock_mono() - start < 20000, "is judged in %d ms", (int)(clock_mono() - start));
		agent_release(&a);
		buf_release(&b);
	}
	free(p.share);
}

/* Whatever the bytes are, there is a verdict, and it is not "ok". */
static void
test_garbage(void)
{
	struct project p = project_of("tests/data/agents");
	struct agent a = { 0 };
	struct err e = { 0 };
	char bytes[4096];
	uint32_t x = 2463534242u;
	int good = 0;

	if (agent_load(&a, &p, "demo", &e) == -1)
		return;
	for (int round = 0; round < 200; round++) {
		struct classify_ending end = { .started = true, .out = bytes, .errtext = bytes,
		    .out_len = sizeof bytes, .err_len = sizeof bytes, .stopped = "" };
		struct classify_report r;

		for (size_t i = 0; i < sizeof bytes; i++) {
			x ^= x << 13, x ^= x >> 17, x ^= x << 5;
			bytes[i] = x % 7 ? (char)x : "{}[]\":,\n\\u0"[x / 7 % 11];
		}
		classify(&r, &a, &end);
		good += strcmp(r.class, "ok") == 0;
		good += !str_utf8(r.message, strlen(r.message), NULL);
		classify_release(&r);
	}
	is_int(good, 0, "noise is never a success");
	agent_release(&a);
	free(p.share);
}

int
main(void)
{
	setenv("TZ", "UTC", 1);
	test_endings("tests/data/agents/endings.txt", "tests/data/agents");
	test_endings("tests/data/agents/shipped.txt", "share/orch");
	test_transcripts();
	test_resets();
	test_long();
	test_slow();
	test_garbage();
	return done_testing();
}
