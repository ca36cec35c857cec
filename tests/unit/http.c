#include "net/http.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/scripted.h"
#include "../lib/tap.h"
#include "base/alloc.h"
#include "base/err.h"
#include "scratch.h"

#define BIG (2u << 20)	/* libcurl would ask first from 1 MiB on */
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

static struct http_reply reply;
static struct err e;
static char url[256];

/* One request to the server; what it fails with is in `e`. */
static enum http_fate
ask(struct http *h, const struct scripted *s, const char *method, const char *path, const char *body, bool write)
{
	static const char *const headers[] = { "Authorization: Bearer hush", "X-One: 1", NULL };
	struct http_wish w = { .method = method, .url = url, .headers = headers, .body = body,
		.size = body ? strlen(body) : 0, .write = write };

	snprintf(url, sizeof url, "%s%s", s->url, path);
	e = (struct err){ 0 };
	return http_ask(h, &w, &reply, &e);
}

/* One server, one act, one request. */
static enum http_fate
once(const struct scripted_act *act, const char *method, const char *body, bool write, struct buf *heard)
{
	struct scripted s;
	struct http *h = http_new(&e);
	enum http_fate fate;

	http_bounds(h)->total = 5000;
	scripted_start(&s, act, 1);
	fate = ask(h, &s, method, "/x", body, write);
	if (heard != NULL)
		scripted_heard(&s, heard);
	scripted_stop(&s);
	http_free(h);
	return fate;
}

static void
test_request(void)
{
	struct scripted_act act = { .say = OK };
	struct buf heard = { 0 }, more = { 0 };
	char *end, *big = xcalloc(1, BIG);

	ok(once(&act, "POST", "{\"a\":1}", true, &heard) == HTTP_ANSWERED, "a request is answered");
	is_int(reply.status, 200, "with its status");
	is(buf_str(&reply.body), "{}", "and its body");
	ok(strncmp(heard.data, "POST /x HTTP/1.1\r\n", 18) == 0, "method and path are sent");
	ok(strstr(heard.data, "\r\nAuthorization: Bearer hush\r\n") != NULL, "and the headers");
	ok(strstr(heard.data, "\r\n\r\n{\"a\":1}\n====") != NULL, "and the body");
	memset(big, ' ', BIG - 1);
	ok(once(&act, "POST", big, true, &more) == HTTP_ANSWERED && more.len > BIG, "a body may be long");
	ok(strcasestr(more.data, "Expect") == NULL, "but no Expect, which would be sent again without");
	ok(strcasestr(heard.data, "Cookie") == NULL, "and no cookie");
	once(&act, "PUT", NULL, true, &heard);
	ok(strncmp(heard.data, "PUT ", 4) == 0 && strstr(heard.data, "\r\nContent-Length: 0\r\n") != NULL,
	    "a PUT of nothing says that it has no length");
	ok(strcasestr(heard.data, "Content-Type") == NULL, "and no type");
	once(&act, "DELETE", NULL, true, &heard);
	ok(strncmp(heard.data, "DELETE ", 7) == 0 && strcasestr(heard.data, "Content-Length") == NULL,
	    "a DELETE of nothing has no length");
	once(&act, "DELETE", "{\"sub_issue_id\":6}", true, &heard);
	ok(strstr(heard.data, "\r\n\r\n{\"sub_issue_id\":6}\n====") != NULL, "a DELETE may have a body");
	once(&act, "GET", NULL, false, &heard);
	end = strstr(heard.data, "\r\n\r\n");
	ok(strncmp(heard.data, "GET ", 4) == 0 && end != NULL && strncmp(end + 4, "\n====", 5) == 0,
	    "a GET has no body");
	buf_release(&heard);
	buf_release(&more);
	free(big);
}

static void
test_headers(void)
{
	struct scripted_act act = { .say = "HTTP/1.1 103 Early Hints\r\nLink: <early>\r\nX-Early: 1\r\n\r\n"
		"HTTP/1.1 200 OK\r\nLINK: <one>\r\nlink:\t<two> \r\nETag: W/\"a:b\"\r\n folded\r\n"
		"Transfer-Encoding: chunked\r\nX-Empty:\r\n\r\n2\r\n{}\r\n0\r\nLink: <trailer>\r\n\r\n" };

	ok(once(&act, "GET", NULL, false, NULL) == HTTP_ANSWERED, "a reply after 103 is heard");
	is_int(reply.status, 200, "with the last status");
	is(http_header(&reply, "Link"), "<two>", "of a header that is repeated the last one counts, trailers do not");
	is(http_header(&reply, "x-early"), NULL, "what came with 103 is forgotten");
	is(http_header(&reply, "etag"), "W/\"a:b\"", "a value may have a colon");
	is(http_header(&reply, "x-empty"), "", "or be empty");
	is(http_header(&reply, "lin"), NULL, "a name is not found by its start");
	is(buf_str(&reply.body), "{}", "a body in chunks is whole");
}

/* Replies that are none: what is known then about the request. */
static void
test_broken(void)
{
	static const struct {
		const char *say;
		enum scripted_then then;
		const char *what;
	} t[] = {
		{ "", SCRIPTED_CLOSE, "no reply" },
		{ "", SCRIPTED_RESET, "a reset instead of a reply" },
		{ "HTTP/1.1 201 Created\r\nContent-Length: 20\r\n\r\n{\"id\":", SCRIPTED_RESET, "a reset in the body" },
		{ "HTTP/1.1 201 Created\r\nContent-Length: 20\r\n\r\n{\"id\":", SCRIPTED_CLOSE, "an end in the body" },
		{ "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"id\"", SCRIPTED_CLOSE,
		    "an end in a chunk" },
		{ "HTTP/1.1 201 Created\r\nContent-Len", SCRIPTED_CLOSE, "an end in the headers" },
		{ "HTTP/1.1 100 Continue\r\n\r\n", SCRIPTED_CLOSE, "an end after 100" },
		{ "{\"id\":1}", SCRIPTED_CLOSE, "no HTTP" },
		{ "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope", SCRIPTED_CLOSE,
		    "no gzip" },
	};

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct scripted_act act = { .say = t[i].say, .then = t[i].then };

		ok(once(&act, "POST", "{}", true, NULL) == HTTP_UNSURE, "after %s nobody knows", t[i].what);
		ok(e.code == ERR_FAILED && strncmp(e.msg, "127.0.0.1:", 10) == 0 && strstr(e.msg, "hush") == NULL,
		    "and the message says who and why: %s", e.msg);
	}
}

static void
test_honest_length(void)
{
	struct scripted_act act = { .say = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n{\"id\":" };

	ok(once(&act, "GET", NULL, false, NULL) == HTTP_ANSWERED,
	    "a text that is cut with an honest length is a reply");
	is(buf_str(&reply.body), "{\"id\":", "that is for others to refuse");
}

/* The server carries the POST out and closes the connection that it came on. */
static void
test_once(void)
{
	static const struct scripted_act acts[] = {
		{ .say = OK }, { .say = "", .then = SCRIPTED_CLOSE }, { .say = OK },
	};
	static const struct scripted_act gets[] = {
		{ .say = OK }, { .say = OK }, { .say = "", .then = SCRIPTED_CLOSE }, { .say = OK },
	};
	struct scripted s;
	struct http *h = http_new(&e);
	struct buf heard = { 0 };

	scripted_start(&s, acts, 3);
	ok(ask(h, &s, "GET", "/", NULL, false) == HTTP_ANSWERED, "a connection is there to be used again");
	ok(ask(h, &s, "POST", "/", "{}", true) == HTTP_UNSURE, "a POST that is not answered is unsure");
	is_int(scripted_count(&s, "POST"), 1, "and was sent once");
	ok(strstr(scripted_heard(&s, &heard), "==== 2") != NULL, "over a connection of its own");
	ok(ask(h, &s, "PATCH", "/", "{}", true) == HTTP_ANSWERED, "so is the next one");
	ok(strstr(scripted_heard(&s, &heard), "==== 3") != NULL, "which gets another");
	scripted_stop(&s);
	scripted_start(&s, gets, 4);
	ask(h, &s, "GET", "/", NULL, false);
	ask(h, &s, "GET", "/", NULL, false);
	ok(strstr(scripted_heard(&s, &heard), "==== 2") == NULL, "GETs share a connection");
	ok(ask(h, &s, "GET", "/", NULL, false) == HTTP_ANSWERED, "and survive that it was closed");
	scripted_stop(&s);
	scripted_start(&s, gets, 1);
	ask(h, &s, "POST", "/", "{}", true);
	ask(h, &s, "GET", "/", NULL, false);
	ok(strstr(scripted_heard(&s, &heard), "==== 2") != NULL, "none uses that of a write");
	scripted_stop(&s);
	http_free(h);
	buf_release(&heard);
}

static void
test_unsent(void)
{
	struct scripted s;
	struct http *h = http_new(&e);

	scripted_start(&s, &(struct scripted_act){ .say = OK }, 1);
	scripted_stop(&s);
	ok(ask(h, &s, "POST", "/", "{}", true) == HTTP_UNSENT && e.code == ERR_FAILED,
	    "where nobody listens nothing was sent: %s", e.msg);
	http_free(h);
}

static void
test_stall(void)
{
	struct scripted_act said[] = {
		{ .say = "", .then = SCRIPTED_HANG },
		{ .say = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", .then = SCRIPTED_HANG },
	};
	struct scripted s;
	struct http *h = http_new(&e);

	http_bounds(h)->total = 50;
	for (size_t i = 0; i < 2; i++) {
		scripted_start(&s, &said[i], 1);
		ok(ask(h, &s, "POST", "/", "{}", true) == HTTP_UNSURE, "a server that stalls ends as unsure: %s",
		    e.msg);
		scripted_stop(&s);
	}
	http_bounds(h)->total = 60000;
	http_bounds(h)->stall = 1000;
	scripted_start(&s, &said[1], 1);
	ok(ask(h, &s, "GET", "/", NULL, false) == HTTP_UNSURE, "one that is slow for too long, too: %s", e.msg);
	scripted_stop(&s);
	http_free(h);
}

static void
test_huge(void)
{
	struct scripted_act body = { .say = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
		.then = SCRIPTED_CLOSE, .fill = 32u << 20 };
	struct scripted_act head = { .say = "HTTP/1.1 200 OK\r\nX-A:", .then = SCRIPTED_CLOSE, .fill = 90000 };
	struct buf many = { 0 };

	ok(once(&body, "GET", NULL, false, NULL) == HTTP_ANSWERED, "32 MiB are a reply");
	is_int((int64_t)reply.body.len, 32 << 20, "and heard whole");
	body.fill++;
	ok(once(&body, "GET", NULL, false, NULL) == HTTP_UNSURE, "a byte more is not: %s", e.msg);
	ok(strstr(e.msg, "too long") != NULL, "and the message says so");
	is_int(reply.status, 200, "with the status that was heard");
	buf_puts(&many, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 6000; i++)
		buf_printf(&many, "X-%d: 0123456789012345678901234567890123456789\r\n", i);
	buf_puts(&many, "\r\n");
	head = (struct scripted_act){ .say = many.data, .then = SCRIPTED_CLOSE };
	ok(once(&head, "GET", NULL, false, NULL) == HTTP_UNSURE, "headers without end are no reply: %s", e.msg);
	buf_release(&many);
}

static void
test_gzip(void)
{
	/* {"n":1} and a newline, by gzip -n */
	static const char gzip[] = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n"
		"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\x56\xca\x53\xb2\x32\xac\xe5\x02\x00\x93\x11\xbe\x85"
		"\x08\x00\x00\x00";
	struct scripted_act act = { .say = gzip, .len = sizeof gzip - 1, .then = SCRIPTED_CLOSE };
	struct buf heard = { 0 };

	ok(once(&act, "GET", NULL, false, &heard) == HTTP_ANSWERED, "what is compressed is read: %s", e.msg);
	is(buf_str(&reply.body), "{\"n\":1}\n", "as it was");
	ok(strcasestr(buf_str(&heard), "\r\nAccept-Encoding: ") != NULL, "and asked for");
	buf_release(&heard);
}

static void
test_redirect(void)
{
	struct scripted_act act = { .say = "HTTP/1.1 301 Moved\r\nLocation: @URL@/y\r\nContent-Length: 0\r\n\r\n" };
	struct buf heard = { 0 };

	ok(once(&act, "GET", NULL, false, &heard) == HTTP_ANSWERED && reply.status == 301, "a redirect is a reply");
	ok(strstr(buf_str(&heard), " /y ") == NULL, "that is not followed");
	buf_release(&heard);
}

/* What never leaves. */
static void
test_refused(void)
{
	static const char *const urls[] = {
		"http://example.com/", "http://127.0.0.1.example.com/", "http://128.0.0.1/", "http://[::2]/",
		"http://[::ffff:127.0.0.1]/", "http://localhost.example.com/", "http://xlocalhost/",
		    "http://[fe80::1%25lo]/",
		"ftp://127.0.0.1/", "file:///etc/passwd", "127.0.0.1", "/x", "", "https://",
		"http://a:b@127.0.0.1/", "https://token@example.com/", "https://exa mple.com/", "https://a\n.com/",
		"https://a/\x7f", "gopher://127.0.0.1/", "javascript:1",
	};
	struct http *h = http_new(&e);

	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		struct http_wish w = { .method = "GET", .url = urls[i] };

		e = (struct err){ 0 };
		ok(http_ask(h, &w, &reply, &e) == HTTP_UNSENT && e.code == ERR_CONFIG, "not asked: '%s': %s",
		    strpbrk(urls[i], "\n\x7f") ? "a control character" : urls[i], e.msg);
		ok(strstr(e.msg, "token") == NULL, "and the message keeps what it has");
	}
	http_free(h);
}

static void
test_header_injection(void)
{
	static const char *const headers[] = { "Authorization: Bearer a\r\nX-Two: 2", NULL };
	struct http *h = http_new(&e);
	struct http_wish w = { .method = "GET", .url = "http://127.0.0.1:1/", .headers = headers };

	e = (struct err){ 0 };
	ok(http_ask(h, &w, &reply, &e) == HTTP_UNSENT && e.code == ERR_CONFIG, "a line end in a header is refused: %s",
	    e.msg);
	http_free(h);
}

static void
test_origin(void)
{
	static const struct {
		const char *url, *origin;
	} t[] = {
		{ "https://api.github.com", "https://api.github.com:443" },
		{ "https://API.GitHub.com:443/x?y#z", "https://api.github.com:443" },
		{ "https://api.github.com:444/", "https://api.github.com:444" },
		{ "https://api.github.com./", "https://api.github.com.:443" },
		{ "http://127.0.0.1:8080/", "http://127.0.0.1:8080" },
		{ "http://127.255.0.1/", "http://127.255.0.1:80" },
		{ "http://2130706433/", "http://127.0.0.1:80" },
		{ "http://[::1]:9/", "http://[::1]:9" },
		{ "http://LOCALHOST/", "http://localhost:80" },
	};
	static const struct {
		const char *reference, *url;
	} r[] = {
		{ "/repositories/1/issues?page=2", "https://h:9/repositories/1/issues?page=2" },
		{ "?page=2", "https://h:9/api/v3/x?page=2" },
		{ "https://other/y", "https://other/y" },
		{ "//other/y", "https://other/y" },
	};
	char *got;

	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		got = http_origin(t[i].url, &e);
		is(got, t[i].origin, t[i].url);
		free(got);
	}
	for (size_t i = 0; i < sizeof r / sizeof *r; i++) {
		got = http_resolve("https://h:9/api/v3/x?page=1", r[i].reference, &e);
		is(got, r[i].url, r[i].reference);
		free(got);
	}
	e = (struct err){ 0 };
	ok(http_resolve("https://h/", "a b", &e) == NULL && e.code == ERR_INVALID, "a reference with a blank is none");
	ok(http_resolve("https://h/", "https://[", &e) == NULL, "nor is what does not parse");
}

/* Nothing of the person's environment sends a request elsewhere, or lets it know more. */
static void
test_environment(void)
{
	struct scripted_act act = { .say = OK };
	struct scripted proxy;
	struct http *h = http_new(&e);
	struct http_wish w = { .method = "POST", .url = "https://api.invalid/x", .write = true,
		.headers = (const char *const[]){ "Authorization: Bearer hush", NULL } };
	struct scripted_act refuse = { .say = "HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n", .then = SCRIPTED_CLOSE };
	struct buf heard = { 0 };

	scripted_start(&proxy, &refuse, 1);
	setenv("http_proxy", proxy.url, 1);
	setenv("https_proxy", proxy.url, 1);
	setenv("ALL_PROXY", proxy.url, 1);
	ok(once(&act, "GET", NULL, false, &heard) == HTTP_ANSWERED, "loopback is reached directly");
	is_int(scripted_count(&proxy, ""), 0, "whatever proxies there are");
	ok(http_ask(h, &w, &reply, &e) != HTTP_ANSWERED, "a proxy that refuses is no answer: %s", e.msg);
	is_int(scripted_count(&proxy, "CONNECT api.invalid:443"), 1, "the proxy of the environment is used");
	ok(strstr(scripted_heard(&proxy, &heard), "hush") == NULL, "and does not see what is for the server");
	unsetenv("http_proxy");
	unsetenv("https_proxy");
	unsetenv("ALL_PROXY");
	scripted_stop(&proxy);
	http_free(h);
	buf_release(&heard);
}

/* A server that speaks no TLS, or shows a certificate that nobody has signed, gets nothing. */
static void
test_tls(void)
{
	struct scripted_act act = { .say = OK, .then = SCRIPTED_CLOSE };
	struct scripted s;
	struct http *h = http_new(&e);
	char secure[80];
	struct http_wish w = { .method = "POST", .url = secure, .write = true, .body = "{}", .size = 2 };

	http_bounds(h)->total = 200;
	scripted_start(&s, &act, 1);
	snprintf(secure, sizeof secure, "https%s/", s.url + 4);
	ok(http_ask(h, &w, &reply, &e) == HTTP_UNSENT, "without TLS nothing is sent: %s", e.msg);
	is_int(scripted_count(&s, ""), 0, "and nothing is heard");
	scripted_stop(&s);
	http_free(h);
}

/* Runs openssl with its output to a descriptor; its pid. */
static pid_t
openssl(int out, const char *const *argv)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);
		char *args[32] = { NULL };

		for (size_t i = 0; argv[i] != NULL; i++)
			args[i] = strdup(argv[i]);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(null, 0);
		dup2(out != -1 ? out : null, 1);
		dup2(null, 2);
		execvp("openssl", args);
		_exit(127);
	}
	return pid;
}

/* "ACCEPT 127.0.0.1:PORT" of its output, which is closed; 0: it ended before. */
static int
port_of(int fd)
{
	char line[256];
	FILE *f = fdopen(fd, "r");
	int port = 0;

	while (f != NULL && port == 0 && fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, "ACCEPT ", 7) == 0 && strrchr(line, ':') != NULL)
			port = (int)strtol(strrchr(line, ':') + 1, NULL, 10);
	if (f != NULL)
		fclose(f);
	return port;
}

/* A certificate counts if the person has said so, and for the host that it is for. */
static void
test_certificate(void)
{
	static const char *const make[] = { "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
		"ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj",
		"/CN=localhost", "-addext", "subjectAltName=DNS:localhost", NULL };
	static const char *const serve[] = { "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", "cert.pem",
	    "-key",
		"key.pem", "-www", NULL };
	struct http *h = http_new(&e);
	struct http_wish w = { .method = "GET", .url = url, .write = true };
	int status = -1, ends[2], port;
	pid_t pid;

	scratch_make();
	if (waitpid(openssl(-1, make), &status, 0) == -1 || status != 0 || pipe(ends) == -1) {
		ok(true, "certificates # SKIP openssl is not installed");
		goto done;
	}
	pid = openssl(ends[1], serve);
	close(ends[1]);
	port = port_of(ends[0]);
	snprintf(url, sizeof url, "https://localhost:%d/", port);
	ok(http_ask(h, &w, &reply, &e) == HTTP_UNSENT && strstr(e.msg, "certificate") != NULL,
	    "nothing is sent to whom nobody vouches for: %s", e.msg);
	setenv("SSL_CERT_FILE", "cert.pem", 1);
	ok(http_ask(h, &w, &reply, &e) == HTTP_ANSWERED && reply.status == 200, "SSL_CERT_FILE vouches");
	snprintf(url, sizeof url, "https://127.0.0.1:%d/", port);
	ok(http_ask(h, &w, &reply, &e) == HTTP_UNSENT, "but only for the name in it: %s", e.msg);
	setenv("SSL_CERT_FILE", "nothing.pem", 1);
	snprintf(url, sizeof url, "https://localhost:%d/", port);
	ok(http_ask(h, &w, &reply, &e) == HTTP_UNSENT, "a file that is not there is no reason to trust: %s", e.msg);
	unsetenv("SSL_CERT_FILE");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
done:
	scratch_remove();
	http_free(h);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_request();
	test_headers();
	test_broken();
	test_honest_length();
	test_once();
	test_unsent();
	test_stall();
	test_huge();
	test_gzip();
	test_redirect();
	test_refused();
	test_header_injection();
	test_origin();
	test_environment();
	test_tls();
	test_certificate();
	http_reply_release(&reply);
	return done_testing();
}
