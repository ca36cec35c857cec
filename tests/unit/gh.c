#include "net/gh.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/scripted.h"
#include "../lib/tap.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "doc/json.h"
#include "doc/redact.h"
#include "doc/val.h"
#include "net/gh_impl.h"
#include "net/http.h"
#include "scratch.h"

#define TOKEN "ghp_0123456789abcdefghijABCDEFGHIJ012345"
#define NOW "2026-11-21T10:25:00Z"
#define NOW_MS INT64_C(1795256700000)
#define DATE "Date: Sat, 21 Nov 2026 10:25:00 GMT\r\n"
#define JSON "Content-Type: application/json; charset=utf-8\r\n"
#define REPLY(status, head, body) { .say = "HTTP/1.1 " status "\r\n" DATE "Connection: close\r\n" head "\r\n" body, \
	.then = SCRIPTED_CLOSE }
#define COUNT(a) (sizeof(a) / sizeof *(a))

static struct err e;
static struct scripted server;
static struct gh *g;
static struct gh_answer a;
static int64_t paused[16];
static int pauses;
static struct redact redact;
static struct log logfile = { .fd = -1, .level = LOG_DEBUG, .command = "unit" };

static void
note_pause(void *arg, int64_t ms)
{
	(void)arg;
	paused[pauses++ % 16] = ms;
}

static int
try_open(const char *host, const char *token)
{
	struct gh_options o = { .host = host, .token = token, .token_source = "GH_TOKEN", .redact = &redact,
		.log = &logfile, .pause = note_pause };

	e = (struct err){ 0 };
	return gh_open(&g, &o, &e);
}

/* A server with these replies, and a client that has waited for nothing yet. */
static void
begin(const struct scripted_act *acts, size_t n)
{
	static int run;
	char home[64];

	snprintf(home, sizeof home, "%.40s/%d", scratch, ++run);
	setenv("XDG_STATE_HOME", home, 1);
	scripted_start(&server, acts, n);
	setenv("GITHUB_API_URL", server.url, 1);
	pauses = 0;
	if (try_open("github.com", TOKEN) == -1)
		ok(false, "cannot open: %s", e.msg);
}

static void
end(void)
{
	gh_close(g);
	g = NULL;
	scripted_stop(&server);
}

static enum gh_end
ask(const char *path, enum gh_want want)
{
	if (gh_get(g, path, want, NULL, &a, &e) == -1) {
		ok(false, "gh_get: %s", e.msg);
		return GH_ELSEWHERE;
	}
	return a.end;
}

static enum gh_end
post(const char *path)
{
	struct val *body = val_map();

	val_put(body, "title", val_str("x"));
	if (gh_write(g, "POST", path, body, &a, &e) == -1) {
		ok(false, "gh_write: %s", e.msg);
		a.end = GH_ELSEWHERE;
	}
	val_free(body);
	return a.end;
}

static bool
heard(const char *text)
{
	struct buf b = { 0 };
	bool found = strcasestr(scripted_heard(&server, &b), text) != NULL;

	buf_release(&b);
	return found;
}

/* What every request has. */
static void
test_request(void)
{
	struct scripted_act act = REPLY("200 OK", JSON "ETag: W/\"abc\"\r\n", "{\"id\":7}");
	struct scripted_act same = REPLY("304 Not Modified", "ETag: W/\"abc\"\r\n", "");
	struct scripted_act list = REPLY("200 OK", JSON, "[]");

	begin(&act, 1);
	is(gh_end_name(ask("/repos/o/r", GH_MAP)), "ok", "a map is read");
	is_int(val_number(val_get(a.body, "id"), 0), 7, "with what is in it");
	is(a.etag, "W/\"abc\"", "its ETag is kept as it is");
	is_int(a.date, NOW_MS, "the server's clock is told");
	is(a.why, "", "there is nothing to explain");
	ok(heard("GET /repos/o/r HTTP/1.1\r\n"), "the path is asked for");
	ok(heard("\r\nUser-Agent: orch/"), "User-Agent");
	ok(heard("\r\nAccept: application/vnd.github+json\r\n"), "Accept");
	ok(heard("\r\nX-GitHub-Api-Version: 2022-11-28\r\n"), "X-GitHub-Api-Version");
	ok(heard("\r\nAuthorization: Bearer " TOKEN "\r\n"), "Authorization");
	ok(!heard("\r\nIf-None-Match"), "no condition where none was given");
	is_int(g->requests, 1, "a request is counted");
	is_int(g->billed, 1, "and billed");
	is_int(g->writes, 0, "but is no write");
	post("/repos/o/r/issues");
	ok(heard("\r\nContent-Type: application/json\r\n") && heard("{\"title\":\"x\"}\n===="),
	    "a body is JSON and says so");
	is_int(g->writes, 1, "a write is counted");
	end();
	begin(&same, 1);
	ok(gh_get(g, "/x", GH_LIST, "W/\"abc\"", &a, &e) == 0 && a.end == GH_SAME, "304 says that nothing changed");
	ok(heard("\r\nIf-None-Match: W/\"abc\"\r\n"), "the ETag is sent back verbatim");
	is_int(g->billed, 0, "and is not billed");
	is_int(g->requests, 1, "though it was a request");
	end();
	begin(&list, 1);
	is(gh_end_name(ask("/x", GH_LIST)), "ok", "an empty list is a list");
	is_int(pauses, 0, "none of them waited");
	end();
}

/* Each status and body, as the answer to a read and to a write. */
static void
test_classes(void)
{
	static const struct {
		struct scripted_act act;
		const char *what, *read, *write, *why;
	} t[] = {
		{ REPLY("200 OK", JSON, "{}"), "200", "ok", "ok", "" },
		{ REPLY("201 Created", JSON, "{}"), "201", "ok", "ok", "" },
		{ REPLY("200 OK", "content-type: APPLICATION/vnd.github+JSON\r\n", "{}"), "vnd.github+json", "ok",
		    "ok", "" },
		{ REPLY("204 No Content", "", ""), "204 for a map", "down", "ok", NULL },
		{ REPLY("204 No Content", "", ""), "204 for anything", "ok", "ok", "" },
		{ REPLY("200 OK", JSON, "[]"), "a list for a map", "down", "ok", NULL },
		{ REPLY("200 OK", JSON, "{}"), "a map for a list", "down", "ok", NULL },
		{ REPLY("200 OK", JSON, "null"), "null", "down", "unsure", "not what was asked" },
		{ REPLY("200 OK", JSON, "7"), "a number", "down", "unsure", "not what was asked" },
		{ REPLY("200 OK", JSON, ""), "an empty body", "down", "unsure", "empty" },
		{ REPLY("200 OK", JSON, "{\"id\":7,\"title\":\"cut"), "JSON that is cut", "down", "unsure",
		    "not valid JSON" },
		{ REPLY("200 OK", JSON, "{\"id\":7}{"), "JSON with more behind it", "down", "unsure",
		    "not valid JSON" },
		{ REPLY("200 OK", JSON, "{\"id\":7,\"id\":8}"), "a key twice", "down", "unsure", "not valid JSON" },
		{ REPLY("200 OK", JSON, "{\"a\":\"\xff\"}"), "invalid UTF-8", "down", "unsure", "not valid JSON" },
		{ REPLY("200 OK", "Content-Type: text/html\r\n", "<html>"), "HTML as 200", "down", "unsure",
		    "not JSON" },
		{ REPLY("200 OK", "", "{}"), "no content type", "down", "unsure", "not JSON" },
		{ REPLY("200 OK", "Content-Type: application/jsonp\r\n", "{}"), "another type", "down", "unsure",
		    "not JSON" },
		{ REPLY("400 Bad Request", JSON, "{\"message\":\"Problems parsing JSON\"}"), "400", "invalid",
		    "invalid",
		    "Problems parsing JSON (HTTP 400)" },
		{ REPLY("401 Unauthorized", JSON, "{\"message\":\"Bad credentials\"}"), "401", "auth", "auth",
		    "the token of GH_TOKEN was refused: Bad credentials (HTTP 401)" },
		{ REPLY("403 Forbidden",
		    JSON "X-Accepted-GitHub-Permissions: issues=write\r\nX-RateLimit-Remaining: 4999\r\n",
		    "{\"message\":\"Resource not accessible by integration\"}"), "403 for a permission", "refused",
		    "refused",
		    "Resource not accessible by integration; needs issues=write (HTTP 403)" },
		{ REPLY("403 Forbidden", JSON "X-GitHub-SSO: required; url=https://github.com/orgs/o/sso?x=1\r\n",
		    "{\"message\":\"Resource protected by organization SAML enforcement.\"}"), "403 for SAML",
		    "refused",
		    "refused", "authorize the token for SSO: https://github.com/orgs/o/sso?x=1" },
		{ REPLY("403 Forbidden", "Content-Type: text/html\r\n", "Request forbidden by administrative rules."),
		    "403 as HTML", "refused", "refused", "no reason given (HTTP 403)" },
		{ REPLY("404 Not Found", JSON, "{\"message\":\"Not Found\"}"), "404", "missing", "missing",
		    "Not Found; it is not there, or the token may not see it (HTTP 404)" },
		{ REPLY("409 Conflict", JSON, "{\"message\":\"Conflict\"}"), "409", "invalid", "invalid", "Conflict" },
		{ REPLY("410 Gone", JSON, "{\"message\":\"This issue was deleted\"}"), "410", "gone", "gone",
		    "deleted" },
		{ REPLY("422 Unprocessable", JSON,
		    "{\"message\":\"Validation Failed\",\"errors\":[{\"resource\":\"Issue\","
		    "\"field\":\"title\",\"code\":\"missing_field\"},{\"code\":\"custom\",\"message\":\"too long\"},"
		    "\"text\",7]}"), "422", "invalid", "invalid",
		    "Validation Failed: Issue.title missing_field; custom: too long; text (HTTP 422)" },
		{ REPLY("451 Unavailable", JSON, "{\"message\":\"DMCA\"}"), "451", "legal", "legal", "DMCA" },
		{ REPLY("408 Timeout", "", ""), "408", "down", "unsure", "HTTP 408" },
		{ REPLY("500 Oops", JSON, "{\"message\":\"Server Error\"}"), "500", "down", "unsure", "Server Error" },
		{ REPLY("502 Bad Gateway", "Content-Type: text/html\r\n", "<html>"), "502 as HTML", "down", "unsure",
		    "HTTP 502" },
		{ REPLY("503 Unavailable", "", ""), "503", "down", "unsure", "HTTP 503" },
		{ REPLY("504 Gateway Timeout", "", ""), "504", "down", "unsure", "HTTP 504" },
		{ REPLY("303 See Other", "", ""), "303", "elsewhere", "elsewhere", NULL },
		{ REPLY("301 Moved", "", ""), "301 to nowhere", "elsewhere", "elsewhere", "redirected" },
		{ { .say = "", .then = SCRIPTED_CLOSE }, "no reply", "down", "unsure", "127.0.0.1" },
		{ { .say = "", .then = SCRIPTED_RESET }, "a reset", "down", "unsure", "127.0.0.1" },
		{ { .say = "HTTP/1.1 200 OK\r\n" JSON "Content-Length: 90\r\n\r\n{}", .then = SCRIPTED_CLOSE },
		    "an end before the end", "down", "unsure", "127.0.0.1" },
	};

	for (size_t i = 0; i < COUNT(t); i++) {
		bool down = strcmp(t[i].read, "down") == 0;
		enum gh_want want = strstr(t[i].what, "for a list") ? GH_LIST :
		    strstr(t[i].what, "for anything") ? GH_ANY : GH_MAP;

		begin(&t[i].act, 1);
		ask("/x", want);
		ok(strcmp(gh_end_name(a.end), t[i].read) == 0, "a read, %s: %s: %s", t[i].what, gh_end_name(a.end),
		    a.why);
		ok(t[i].why == NULL || (*t[i].why == '\0' ? a.why[0] == '\0' : strstr(a.why, t[i].why) != NULL),
		    "and it is explained");
		is_int(scripted_count(&server, ""), down ? GH_TRIES : 1, down ? "asked again" : "asked once");
		is_int(pauses, down ? GH_TRIES - 1 : 0, "with a pause between");
		ok(a.next == NULL && (a.end == GH_OK || a.end == GH_SAME || a.why[0] != '\0'),
		    "no end is without a reason");
		end();
		begin(&t[i].act, 1);
		post("/x");
		ok(strcmp(gh_end_name(a.end), t[i].write) == 0, "a write, %s: %s: %s", t[i].what, gh_end_name(a.end),
		    a.why);
		is_int(scripted_count(&server, ""), 1, "sent once");
		end();
	}
}

static void
test_retry(void)
{
	static const struct scripted_act acts[] = {
		REPLY("502 Bad Gateway", "", ""), { .say = "", .then = SCRIPTED_RESET }, REPLY("200 OK", JSON,
		    "{\"id\":1}"),
	};

	begin(acts, 3);
	is(gh_end_name(ask("/x", GH_MAP)), "ok", "a read is tried again until it is answered");
	is_int(pauses, 2, "after a pause each time");
	ok(paused[0] >= 500 && paused[0] < 1500 && paused[1] >= 1000 && paused[1] < 3000,
	    "of about a second, then two (%lld, %lld ms)", (long long)paused[0], (long long)paused[1]);
	is_int(g->requests, 3, "all of them are counted");
	is_int(g->billed, 2, "those that were answered as billed");
	end();
	begin(acts, 1);
	scripted_stop(&server);
	is(gh_end_name(post("/x")), "down", "a write that cannot leave was surely not carried out");
	is_int(pauses, 0, "and is not tried again either");
	scripted_start(&server, acts, 1);
	end();
}

/* The reused connection of a read dies under a write, which the server has carried out. */
static void
test_once(void)
{
	static const struct scripted_act acts[] = {
		{ .say = "HTTP/1.1 200 OK\r\n" JSON "Content-Length: 2\r\n\r\n{}" }, { .say = "",
		    .then = SCRIPTED_CLOSE },
		REPLY("201 Created", JSON, "{}"),
	};

	begin(acts, 3);
	ask("/x", GH_MAP);
	is(gh_end_name(post("/x")), "unsure", "a write without an answer is unsure");
	is_int(scripted_count(&server, "POST"), 1, "and never repeated");
	end();
}

/* Status and headers of a limit, how long it lasts, and for what. */
static void
test_limits(void)
{
	static const struct {
		struct scripted_act act;
		const char *what;
		int64_t wait;		/* ms; 0: it is none */
		bool graphql;		/* is GraphQL limited too? */
	} t[] = {
		{ REPLY("403 Forbidden", JSON "Retry-After: 30\r\n", "{\"message\":\"x\"}"), "403, retry-after",
		    30000, true },
		{ REPLY("429 Too Many", JSON "Retry-After: 30\r\n", "{}"), "429, retry-after", 30000, true },
		{ REPLY("429 Too Many", "Retry-After: Sat, 21 Nov 2026 10:26:00 GMT\r\n", ""),
		    "429, retry-after a date", 60000,
		    true },
		{ REPLY("403 Forbidden", JSON "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1795257000\r\n",
		    "{\"message\":\"API rate limit exceeded for user ID 1.\"}"), "403, nothing remains", 301000,
		    false },
		{ REPLY("429 Too Many", JSON "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1795257000\r\n", "{}"),
		    "429, nothing remains", 301000, false },
		{ REPLY("403 Forbidden", JSON, "{\"message\":\"You have exceeded a secondary rate limit.\"}"),
		    "secondary", 60000,
		    true },
		{ REPLY("429 Too Many", "", ""), "429 and no more", 60000, true },
		{ REPLY("200 OK", JSON "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1795257000\r\n", "{}"),
		    "the last answer",
		    301000, false },
		{ REPLY("403 Forbidden", JSON, "{\"message\":\"Resource not accessible by integration\"}"),
		    "a permission", 0,
		    false },
	};

	for (int64_t skew = -7200; skew <= 7200; skew += 7200)
		for (size_t i = 0; i < COUNT(t); i++) {
			char now[CLOCK_MAX];
			bool last = strncmp(t[i].act.say, "HTTP/1.1 200", 12) == 0;
			int sent;

			clock_format(NOW_MS / 1000 + skew, now);
			setenv("ORCH_TEST_NOW", now, 1);
			begin(&t[i].act, 1);
			if (i % 2 == 0)
				post("/x");
			else
				ask("/x", GH_MAP);
			ok(a.end == (last ? GH_OK : t[i].wait > 0 ? GH_LIMITED : GH_REFUSED),
			    "our clock %+lld s, %s: %s: %s",
			    (long long)skew, t[i].what, gh_end_name(a.end), a.why);
			if (a.end == GH_LIMITED)
				is_int(a.until - clock_now_ms(), t[i].wait, "for so long");
			if (a.end == GH_LIMITED && strstr(t[i].what, "date") != NULL)
				is_int(a.until - clock_now_ms(), 60000, "whatever our clock says");
			sent = scripted_count(&server, "");
			is_int(sent, 1, "it is not tried again");
			if (t[i].wait > 0) {
				ask("/y", GH_MAP);
				ok(a.end == GH_LIMITED && a.status == 0 && a.until - clock_now_ms() == t[i].wait,
				    "and then: %s", a.why);
				is_int(scripted_count(&server, ""), sent, "nothing more is sent");
				gh_graphql(g, "query{viewer{login}}", NULL, false, &a, &e);
				is_int(scripted_count(&server, "POST /graphql"), !t[i].graphql, t[i].graphql ?
				    "to no endpoint" :
				    "but GraphQL has a quota of its own");
				clock_format(NOW_MS / 1000 + skew + t[i].wait / 1000, now);
				setenv("ORCH_TEST_NOW", now, 1);
				sent = scripted_count(&server, "GET");
				ask("/y", GH_MAP);
				ok(scripted_count(&server, "GET") > sent, "until that time has passed");
			}
			end();
		}
	setenv("ORCH_TEST_NOW", NOW, 1);
}

/* A gateway that asks to wait, though it may have passed the request on. */
static void
test_busy(void)
{
	static const struct scripted_act act = REPLY("503 Unavailable", "Retry-After: 7\r\n", "");

	begin(&act, 1);
	is(gh_end_name(post("/x")), "unsure", "a write that ends in 503 is unsure, whatever else is said");
	is_int(a.until, 0, "and not limited");
	is(gh_end_name(ask("/x", GH_MAP)), "limited", "but what comes next waits");
	ok(a.until == NOW_MS + 7000 && scripted_count(&server, "") == 1, "as long as was asked for");
	end();
	begin(&act, 1);
	is(gh_end_name(ask("/x", GH_MAP)), "limited", "a read waits as well");
	is_int(scripted_count(&server, ""), 1, "and is not tried again");
	end();
}

/* What one process was told, another obeys; and another token does not. */
static void
test_shared(void)
{
	static const struct scripted_act acts[] = { REPLY("403 Forbidden", JSON "Retry-After: 90\r\n", "{}"),
		REPLY("200 OK", JSON, "{}") };
	int status = -1;
	pid_t pid;

	begin(acts, 2);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct gh *mine = g;

		if (try_open("github.com", TOKEN) == -1)
			_exit(2);
		gh_get(g, "/x", GH_MAP, NULL, &a, &e);
		gh_close(mine);
		_exit(a.end == GH_LIMITED ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	is_int(status, 0, "another process is limited");
	is(gh_end_name(ask("/x", GH_MAP)), "limited", "and so is this one");
	is_int(a.until, NOW_MS + 90000, "until the same time");
	is_int(g->requests, 0, "without a request");
	is(gh_end_name(post("/x")), "limited", "nor does a write leave");
	is_int(scripted_count(&server, ""), 1, "all that was heard is the other's");
	gh_close(g);
	try_open("github.com", TOKEN "x");
	is(gh_end_name(ask("/x", GH_MAP)), "ok", "another token is not limited");
	end();
}

static void
test_secondary(void)
{
	static const struct scripted_act act = REPLY("403 Forbidden", JSON,
	    "{\"message\":\"You have exceeded a secondary rate limit\"}");
	int64_t waits[3];
	char now[CLOCK_MAX];

	begin(&act, 1);
	for (size_t i = 0; i < 3; i++) {
		ask("/x", GH_MAP);
		waits[i] = a.until - clock_now_ms();
		clock_format((a.until + 999) / 1000, now);
		setenv("ORCH_TEST_NOW", now, 1);
	}
	setenv("ORCH_TEST_NOW", NOW, 1);
	ok(waits[0] == 60000 && waits[1] == 120000 && waits[2] == 240000,
	    "a limit without a time lasts twice as long each time");
	end();
}

static void
test_pace(void)
{
	static const struct scripted_act act = REPLY("201 Created", JSON, "{}");
	struct gh_options o = { .host = "github.com", .token = TOKEN, .write_interval_ms = 1000, .pause = note_pause };

	begin(&act, 1);
	gh_close(g);
	ok(gh_open(&g, &o, &e) == 0, "with a pace");
	post("/x");
	is_int(pauses, 0, "the first write goes at once");
	post("/x");
	ask("/x", GH_MAP);
	ok(pauses == 1 && paused[0] == 1000, "the second a second later, a read does not wait");
	for (int i = 2; i < BACKOFF_HOUR_MAX; i++) {
		char now[CLOCK_MAX];

		clock_format(NOW_MS / 1000 + 2 * i, now);
		setenv("ORCH_TEST_NOW", now, 1);
		post("/x");
	}
	is(gh_end_name(a.end), "ok", "as many as an hour may have");
	is(gh_end_name(post("/x")), "limited", "are all");
	ok(strstr(a.why, "480 writes in an hour") != NULL && a.until == NOW_MS + 3600000, "until the next: %s", a.why);
	setenv("ORCH_TEST_NOW", NOW, 1);
	end();
}

/* A redirect inside the origin is followed with method, body and token. */
static void
test_redirects(void)
{
	static const char *const statuses[] = { "301 Moved", "302 Found", "307 Temporary", "308 Permanent" };

	for (size_t i = 0; i < COUNT(statuses); i++) {
		struct buf say = { 0 };
		struct scripted_act acts[] = { { .then = SCRIPTED_CLOSE }, REPLY("200 OK", JSON, "{}") };

		buf_printf(&say, "HTTP/1.1 %s\r\nContent-Length: 0\r\nLocation: @URL@/repositories/7/issues\r\n\r\n",
		    statuses[i]);
		acts[0].say = buf_str(&say);
		begin(acts, 2);
		is(gh_end_name(post("/repos/old/name/issues")), "ok", statuses[i]);
		is_int(scripted_count(&server, "POST /repositories/7/issues HTTP/1.1\r\n"), 1, "keeps the method");
		ok(heard("{\"title\":\"x\"}\n==== 2"), "and the body");
		ok(a.moved != NULL && strcmp(a.moved + strlen(server.url), "/repositories/7/issues") == 0,
		    "the new place is told");
		is_int(g->requests, 2, "both requests are counted");
		end();
		begin(acts, 2);
		is(gh_end_name(ask("/repos/old/name", GH_MAP)), "ok", "so is a read");
		ok(a.moved != NULL, "with its new place");
		end();
		buf_release(&say);
	}
}

/* What writes is led to no other repository than the one of its path, or the pinned one. */
static void
test_repository(void)
{
	static const struct { const char *path, *to, *end; } cases[] = {
		{ "/repos/o/r/issues/1", "/repositories/7/issues/1", "ok" },
		{ "/repos/o/r/issues/1", "/repositories/8/issues/1", "elsewhere" },
		{ "/repos/o/r/issues/1", "/repositories/78/issues/1", "elsewhere" },
		{ "/repositories/8/issues/1", "/repositories/8/issues/2", "ok" },
		{ "/repositories/8/issues/1", "/repositories/7/issues/2", "elsewhere" },
		{ "/repositories/8/issues/1", "/repos/o/r/issues/2", "elsewhere" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf say = { 0 };
		struct scripted_act acts[] = { { .then = SCRIPTED_CLOSE }, REPLY("200 OK", JSON, "{}") };

		buf_printf(&say, "HTTP/1.1 307 Temporary\r\nContent-Length: 0\r\nLocation: @URL@%s\r\n\r\n",
		    cases[i].to);
		acts[0].say = buf_str(&say);
		begin(acts, 2);
		g->repo_id = 7;
		is(gh_end_name(post(cases[i].path)), cases[i].end, cases[i].to);
		end();
		buf_release(&say);
	}
}

static void
test_origin(void)
{
	struct scripted other;
	struct scripted_act loop = { .say = "HTTP/1.1 301 Moved\r\nContent-Length: 0\r\nLocation: /again\r\n\r\n" };
	struct scripted_act good = REPLY("200 OK", JSON, "{}");
	struct buf say = { 0 };
	char path[128];

	begin(&loop, 1);
	is(gh_end_name(ask("/x", GH_MAP)), "elsewhere", "redirects without end are left");
	is_int(scripted_count(&server, ""), GH_HOPS + 1, "after five");
	end();
	scripted_start(&other, &good, 1);
	for (int i = 0; i < 6; i++) {
		const char *const to[] = { other.url, "https://example.com", "//example.com", "http://user@127.0.0.1",
			"ftp://127.0.0.1", "http://localhost:1" };
		struct scripted_act away = { .then = SCRIPTED_CLOSE };

		buf_cut(&say, 0);
		buf_printf(&say, "HTTP/1.1 307 Temporary\r\nContent-Length: 0\r\nLocation: %s/x\r\n\r\n", to[i]);
		away.say = say.data;
		begin(&away, 1);
		is(gh_end_name(ask("/x", GH_MAP)), "elsewhere", "a redirect to another origin is not followed");
		is(gh_end_name(post("/x")), "elsewhere", "by a write neither");
		ok(strstr(a.why, "example.com") == NULL, "the message does not send a person there: %s", a.why);
		end();
	}
	begin(&good, 1);
	snprintf(path, sizeof path, "%s/x", other.url);
	ok(gh_get(g, path, GH_MAP, NULL, &a, &e) == -1 && e.code == ERR_INVALID,
	    "a URL of another origin is refused: %s",
	    e.msg);
	ok(gh_get(g, "x", GH_MAP, NULL, &a, &e) == -1, "so is what is no path");
	snprintf(path, sizeof path, "%s/x", server.url);
	is(gh_end_name(ask(path, GH_MAP)), "ok", "one of ours is not");
	end();
	is_int(scripted_count(&other, ""), 0, "the other server has heard nothing");
	scripted_stop(&other);
	buf_release(&say);
}

static void
test_pages(void)
{
	static const struct scripted_act acts[] = {
		REPLY("200 OK",
		    JSON "Link: <@URL@/repositories/7/issues?per_page=1&after=Y3Vyc29yOnYyOpK%3D>; rel=\"next\", "
		    "<@URL@/repositories/7/issues?page=9>; rel=\"last\"\r\n", "[1]"),
		REPLY("200 OK", JSON "Link: <@URL@/repositories/7/issues?page=1>; rel=\"prev\"\r\n", "[2]"),
	};
	static const struct scripted_act bad[] = {
		REPLY("200 OK", JSON "Link: <https://example.com/x?page=2>; rel=\"next\"\r\n", "[1]"),
		REPLY("200 OK", JSON "Link: nonsense\r\n", "[1]"),
		REPLY("200 OK", JSON "Link: <@URL@/x>; rel=\"next\"\r\n", "[1]"),
		REPLY("200 OK", JSON "Link: </x?page=2>; rel=\"next\r\n", "[1]"),
	};
	static const char *const ends[] = { "elsewhere", "down", "down", "down" };

	begin(acts, 2);
	is(gh_end_name(ask("/repos/o/r/issues", GH_LIST)), "ok", "a first page");
	ok(a.next != NULL, "names the next");
	if (a.next != NULL)
		is(gh_end_name(ask(a.next, GH_LIST)), "ok", "which is asked for as it stands there");
	ok(heard("GET /repositories/7/issues?per_page=1&after=Y3Vyc29yOnYyOpK%3D HTTP/1.1"),
	    "by id and with its cursor");
	is(a.next, NULL, "the last one has none");
	end();
	for (size_t i = 0; i < COUNT(bad); i++) {
		begin(&bad[i], 1);
		is(gh_end_name(ask("/x", GH_LIST)), ends[i], "a list that cannot be followed is not a whole one");
		is(a.next, NULL, "and is not gone on with");
		end();
	}
}

static void
test_link(void)
{
	static const struct {
		const char *link;
		int r;
		const char *next;
	} t[] = {
		{ "<https://h/a>; rel=\"next\"", 0, "https://h/a" },
		{ "<https://h/a>;rel=next", 0, "https://h/a" },
		{ "<https://h/p>; rel=\"prev\" , <https://h/n?a=1,2;3>; title=\"x, <y>; rel=next\"; REL = \"Next\"", 0,
		    "https://h/n?a=1,2;3" },
		{ "<https://h/a>; rel=\"last next\"", 0, "https://h/a" },
		{ "</b?page=2>; rel=\"next\"", 0, "https://h/b?page=2" },
		{ "<https://h/a>; rel=\"prev\"; rel=\"next\"", 1, NULL },
		{ "<https://h/a>; rel=\"nextish\"", 1, NULL },
		{ "<https://h/a>; rel=\"last\"", 1, NULL },
		{ "<https://h/a>", 1, NULL },
		{ "<https://h/a>; next", 1, NULL },
		{ "", 1, NULL },
		{ " , ,", 1, NULL },
		{ "https://h/a; rel=next", -1, NULL },
		{ "<https://h/a; rel=next", -1, NULL },
		{ "<https://h/a>; rel=\"next", -1, NULL },
		{ "<https://h/a>; rel=\"next\\", -1, NULL },
		{ "<https://h/a> rel=next", -1, NULL },
		{ "<ht tp://h/a>; rel=next", -1, NULL },
	};

	for (size_t i = 0; i < COUNT(t); i++) {
		char *next = NULL;
		int r = gh_next(t[i].link, "https://h/x?page=1", &next);

		ok(r == t[i].r && (next == NULL) == (t[i].next == NULL) && (next == NULL || strcmp(next,
		    t[i].next) == 0),
		    "Link '%s': %d %s", t[i].link, r, next ? next : "-");
		free(next);
	}
}

static void
test_graphql(void)
{
#define SAYS(errors) REPLY("200 OK", JSON, "{\"data\":{\"user\":null},\"errors\":[" errors "]}")
	static const struct {
		struct scripted_act act;
		const char *read, *write;
	} t[] = {
		{ REPLY("200 OK", JSON, "{\"data\":{\"viewer\":{\"login\":\"a\"}}}"), "ok", "ok" },
		{ REPLY("200 OK", JSON, "{\"data\":{\"a\":1},\"errors\":[]}"), "ok", "ok" },
		{ SAYS("{\"type\":\"NOT_FOUND\",\"message\":\"Could not resolve\"}"), "missing", "missing" },
		{ SAYS("{\"type\":\"FORBIDDEN\",\"message\":\"no\"}"), "refused", "refused" },
		{ SAYS("{\"type\":\"INSUFFICIENT_SCOPES\",\"message\":\"needs project\"}"), "refused", "refused" },
		{ SAYS("{\"type\":\"RATE_LIMITED\",\"message\":\"API rate limit exceeded\"}"), "limited", "limited" },
		{ SAYS("{\"message\":\"You have exceeded a secondary rate limit\"}"), "limited", "limited" },
		{ SAYS("{\"type\":\"UNPROCESSABLE\",\"message\":\"x\"}"), "invalid", "invalid" },
		{ SAYS("{\"extensions\":{\"code\":\"undefinedField\"},\"message\":\"x\"}"), "invalid", "invalid" },
		{ SAYS("{\"type\":\"SOMETHING_NEW\",\"message\":\"x\"}"), "invalid", "invalid" },
		{ SAYS("7"), "invalid", "invalid" },
		{ SAYS("{\"message\":\"Something went wrong while executing your query. Please\"}"),
		    "down", "unsure" },
		{ SAYS("{\"type\":\"SERVICE_UNAVAILABLE\",\"message\":\"x\"}"), "down", "unsure" },
		{ SAYS("{\"type\":\"NOT_FOUND\",\"message\":\"x\"},{\"type\":\"FORBIDDEN\",\"message\":\"y\"}"),
		    "refused", "refused" },
		{ REPLY("200 OK", JSON, "{\"message\":\"x\"}"), "down", "unsure" },
		{ REPLY("200 OK", JSON, "{\"data\":null}"), "down", "unsure" },
		{ REPLY("200 OK", JSON, "[]"), "down", "unsure" },
		{ REPLY("401 Unauthorized", JSON, "{\"message\":\"Bad credentials\"}"), "auth", "auth" },
		{ REPLY("403 Forbidden", JSON, "{\"message\":\"You have exceeded a secondary rate limit\"}"),
		    "limited", "limited" },
		{ REPLY("403 Forbidden", JSON, "{\"message\":\"Resource not accessible by integration\"}"), "refused",
		    "refused" },
		{ REPLY("502 Bad Gateway", "", ""), "down", "unsure" },
	};
	struct val *variables = val_map();

	val_put(variables, "n", val_int(1));
	for (size_t i = 0; i < COUNT(t); i++)
		for (int write = 0; write < 2; write++) {
			const char *want = write ? t[i].write : t[i].read;

			begin(&t[i].act, 1);
			gh_graphql(g, "query{x}", variables, write, &a, &e);
			ok(strcmp(gh_end_name(a.end), want) == 0, "GraphQL %d, %s: %s: %s", (int)i, write ?
			    "a mutation" : "a query",
			    gh_end_name(a.end), a.why);
			is_int(scripted_count(&server, "POST /graphql "), !write && strcmp(want, "down") == 0 ?
			    GH_TRIES : 1,
			    "sent as often as it may be");
			ok(heard("{\"query\":\"query{x}\",\"variables\":{\"n\":1}}\n===="), "with its variables");
			if (i == 2)
				ok(val_path(a.body, "data") != NULL && strstr(a.why,
				    "NOT_FOUND: Could not resolve") != NULL,
				    "what came besides the error is there");
			end();
		}
	val_free(variables);
}

/* Each text that people may see, with secrets in what GitHub says. */
static void
test_secrets(void)
{
	static const struct scripted_act acts[] = {
		REPLY("422 Unprocessable", JSON,
		    "{\"message\":\"bad " TOKEN "\\nsecond \\u001b[31mline\",\"errors\":[{\"resource\":"
		    "\"Issue\",\"field\":\"body\",\"code\":\"custom\",\"message\":\"my-own-secret github_pat_"
		    "11ABCDEFG0123456789_abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRS\"}]}"),
		REPLY("200 OK", JSON "Deprecation: @1\r\nSunset: Sat, 31 Dec 2033 23:59:59 GMT\r\n"
		    "X-GitHub-SSO: partial-results; organizations=1,2\r\n", "{}"),
		REPLY("301 Moved", "Location: /y?" TOKEN "\r\n", ""),
		REPLY("403 Forbidden", "Retry-After: 5\r\n", ""),
	};
	static const struct scripted_act odd = REPLY("400 Bad Request", JSON,
	    "{\"message\":\"no-pattern-knows-this\"}");
	struct buf log = { 0 };
	char huge[3000];

	logfile.fd = open("log", O_CREAT | O_RDWR | O_APPEND | O_CLOEXEC, 0600);
	begin(acts, 4);
	ask("/x?q=my-own-secret", GH_MAP);
	is(gh_end_name(a.end), "invalid", "a message with secrets");
	ok(strstr(a.why, "ghp_") == NULL && strstr(a.why, "my-own") == NULL && strstr(a.why, "github_pat_") == NULL,
	    "is redacted: %s", a.why);
	ok(strpbrk(a.why, "\n\x1b") == NULL, "and on one line, made visible");
	ask("/x", GH_MAP);
	ask("/x", GH_MAP);
	is(gh_end_name(a.end), "limited", "a limit");
	fs_read(AT_FDCWD, "log", 1 << 20, &log, &e);
	ok(strstr(log.data, " debug unit ") != NULL && strstr(log.data, "GET ") != NULL, "requests stand in the log");
	ok(strstr(log.data, "ghp_") == NULL && strstr(log.data, "my-own") == NULL, "and no secret");
	ok(strstr(log.data, " warn ") != NULL && strstr(log.data, "deprecation @1, sunset Sat, 31 Dec 2033") != NULL,
	    "what is deprecated does");
	ok(strstr(log.data, "a list is not whole") != NULL, "and what is withheld");
	ok(strstr(log.data, "limited (all) until 2026-11-21T10:25:05Z") != NULL, "and what is limited");
	end();
	close(logfile.fd);
	logfile.fd = -1;
	/* The cut comes after the redaction: half a token would not be known. */
	memset(huge, 'a', sizeof huge);
	for (size_t at = 440; at < 520; at++) {
		struct gh_answer long_one = { 0 };
		struct gh_options o = { .host = "github.com", .token = TOKEN };
		struct gh mine = { .opts = o };

		memset(huge, ' ', sizeof huge - 1);
		memcpy(huge + at, TOKEN, strlen(TOKEN));
		huge[2000] = '\0';
		gh_why(&mine, &long_one, "%s", huge);
		if (strstr(long_one.why, "ghp_") != NULL)
			ok(false, "a token at %zu is cut and shown: %s", at, long_one.why + 430);
	}
	ok(true, "a token at the cut is not shown");
	begin(&odd, 1);
	gh_close(g);
	try_open("github.com", "no-pattern-knows-this");
	ask("/x", GH_MAP);
	ok(a.end == GH_INVALID && strstr(a.why, "no-pattern") == NULL, "the token is known by itself: %s", a.why);
	end();
	buf_release(&log);
}

static void
test_bases(void)
{
	static const struct {
		const char *host, *api_url, *graphql_url, *api, *graphql;	/* NULL: refused */
	} t[] = {
		{ "github.com", NULL, NULL, "https://api.github.com", "https://api.github.com/graphql" },
		{ "GitHub.com", "", "", "https://api.github.com", "https://api.github.com/graphql" },
		{ "acme.ghe.com", NULL, NULL, "https://api.acme.ghe.com", "https://api.acme.ghe.com/graphql" },
		{ "ghe.example.com", NULL, NULL, "https://ghe.example.com/api/v3",
		    "https://ghe.example.com/api/graphql" },
		{ "ghe.example.com:8443", NULL, NULL, "https://ghe.example.com:8443/api/v3",
		    "https://ghe.example.com:8443/api/graphql" },
		{ "github.com", "http://127.0.0.1:99", NULL, "http://127.0.0.1:99", "http://127.0.0.1:99/graphql" },
		{ "github.com", "http://127.0.0.1:99/", "http://127.0.0.1:99/q", "http://127.0.0.1:99",
		    "http://127.0.0.1:99/q" },
		{ "github.com", "https://ghe.example.com/api/v3", NULL, "https://ghe.example.com/api/v3",
		    "https://ghe.example.com/api/graphql" },
		{ "ghe.example.com", "https://ghe.example.com/api/v3/", "https://GHE.example.com:443/api/graphql",
		    "https://ghe.example.com/api/v3", "https://GHE.example.com:443/api/graphql" },
		{ "ghe.example.com", "http://localhost:9", NULL, "http://localhost:9", "http://localhost:9/graphql" },
		{ "ghe.example.com", "https://api.github.com", "https://api.github.com/graphql", NULL, NULL },
		{ "github.com", "http://example.com", NULL, NULL, NULL },
		{ "github.com", "http://127.0.0.1:99", "http://127.0.0.1:98/graphql", NULL, NULL },
		{ "github.com", NULL, "http://127.0.0.1:98/graphql", NULL, NULL },
		{ "github.com", "ftp://127.0.0.1", NULL, NULL, NULL },
		{ "github.com", "api.github.com", NULL, NULL, NULL },
		{ "github.com", "https://token@api.github.com", NULL, NULL, NULL },
		{ "github.com", "https://api.github.com?x", NULL, NULL, NULL },
		{ "", NULL, NULL, NULL, NULL },
		{ "git hub.com", NULL, NULL, NULL, NULL },
		{ "github.com/x", NULL, NULL, NULL, NULL },
		{ "a@github.com", NULL, NULL, NULL, NULL },
		{ "github.com:", NULL, NULL, NULL, NULL },
		{ "github.com:1x", NULL, NULL, NULL, NULL },
	};

	for (size_t i = 0; i < COUNT(t); i++) {
		int r;

		unsetenv("GITHUB_API_URL");
		unsetenv("GITHUB_GRAPHQL_URL");
		if (t[i].api_url != NULL)
			setenv("GITHUB_API_URL", t[i].api_url, 1);
		if (t[i].graphql_url != NULL)
			setenv("GITHUB_GRAPHQL_URL", t[i].graphql_url, 1);
		r = try_open(t[i].host, TOKEN);
		if (t[i].api == NULL) {
			ok(r == -1 && e.code == ERR_CONFIG && strstr(e.msg, "token") == NULL,
			    "refused: %s, %s, %s: %s", t[i].host,
			    t[i].api_url ? t[i].api_url : "-", t[i].graphql_url ? t[i].graphql_url : "-", e.msg);
			continue;
		}
		ok(r == 0 && strcmp(g->api, t[i].api) == 0 && strcmp(g->graphql, t[i].graphql) == 0,
		    "%s, %s, %s: %s and %s",
		    t[i].host, t[i].api_url ? t[i].api_url : "-", t[i].graphql_url ? t[i].graphql_url : "-",
		    r == 0 ? g->api : e.msg, r == 0 ? g->graphql : "");
		if (r == 0)
			gh_close(g);
	}
	g = NULL;
	unsetenv("GITHUB_GRAPHQL_URL");
}

static void
test_parts(void)
{
	static const char *const t[][2] = {
		{ "status:a/b", "status%3Aa%2Fb" }, { "a b?#%", "a%20b%3F%23%25" }, { "A-z_0.9~", "A-z_0.9~" },
		{ "\xc3\xa9", "%C3%A9" }, { ".", "%2E" }, { "..", "%2E%2E" }, { "...", "..." }, { "", "" },
		    { "a\r\nb", "a%0D%0Ab" },
	};
	struct scripted_act act = REPLY("200 OK", JSON, "{}");
	struct buf b = { 0 };

	for (size_t i = 0; i < COUNT(t); i++) {
		buf_cut(&b, 0);
		gh_path_part(&b, t[i][0]);
		is(buf_str(&b), t[i][1], "a part of a path");
	}
	begin(&act, 1);
	ask("/labels/%2E%2E", GH_MAP);
	ask("/labels/../x", GH_MAP);
	ok(heard("GET /labels/%2E%2E HTTP") && heard("GET /labels/../x HTTP"), "and goes out as it is");
	end();
	buf_release(&b);
}

/* A page of a hundred issues with the longest bodies that there can be. */
static void
test_large(void)
{
	struct buf say = { 0 };
	struct scripted_act act = { .then = SCRIPTED_CLOSE };

	buf_puts(&say, "HTTP/1.1 200 OK\r\n" JSON "\r\n[");
	for (int i = 0; i < 100; i++) {
		buf_printf(&say, "%s{\"number\":%d,\"body\":\"", i > 0 ? "," : "", i);
		for (int k = 0; k < 65536; k++)
			buf_append(&say, "\xf0\x9f\x98\x80", 4);
		buf_puts(&say, "\"}");
	}
	buf_puts(&say, "]");
	act.say = say.data;
	act.len = say.len;
	begin(&act, 1);
	is(gh_end_name(ask("/x", GH_LIST)), "ok", "a page with all that fits into it");
	ok(a.body != NULL && a.body->n == 100, "is read whole (%zu bytes)", say.len);
	end();
	buf_release(&say);
}

static void
test_read_only(void)
{
	struct scripted_act act = REPLY("200 OK", JSON, "{\"data\":{}}");
	int status = 0;

	for (int i = 0; i < 3; i++) {
		begin(&act, 1);
		g->opts.read_only = true;
		fflush(stdout);
		pid_t pid = fork();

		if (pid == 0) {
			close(STDERR_FILENO);
			if (i == 0)
				gh_write(g, "POST", "/x", NULL, &a, &e);
			else
				gh_graphql(g, "mutation{x}", NULL, i == 1, &a, &e);
			_exit(0);
		}
		waitpid(pid, &status, 0);
		ok(i < 2 ? WIFSIGNALED(status) : status == 0, i < 2 ? "a write in a dry run is a bug" :
		    "a query is not");
		is_int(scripted_count(&server, ""), i == 2, "and what is does not leave");
		end();
	}
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	setenv("ORCH_TEST_NOW", NOW, 1);
	setenv("ORCH_TEST_NOSYNC", "1", 1);
	unsetenv("GITHUB_GRAPHQL_URL");
	redact_add(&redact, "my-own-secret");
	scratch_make();
	setenv("HOME", scratch, 1);
	test_request();
	test_classes();
	test_retry();
	test_once();
	test_limits();
	test_busy();
	test_shared();
	test_secondary();
	test_pace();
	test_redirects();
	test_repository();
	test_origin();
	test_pages();
	test_link();
	test_graphql();
	test_secrets();
	test_parts();
	test_large();
	test_read_only();
	test_bases();
	gh_answer_release(&a);
	redact_release(&redact);
	scratch_remove();
	return done_testing();
}
