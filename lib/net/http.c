/*
 * http - one request, one reply: the one door to libcurl
 *
 * Every option that decides what leaves this machine is set on every request, also where
 * libcurl's default is the same today.
 */
#include "net/http.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/err.h"
#include "base/str.h"

#define STALL_BYTES 100L	/* a second */

struct http {
	CURL *curl;
	struct http_bounds bounds;
	char why[CURL_ERROR_SIZE];
};

/* What the callbacks fill in. */
struct hearing {
	struct http_reply *reply;
	size_t head, max;	/* bytes of headers so far; of the body at most */
	bool passing;		/* these are headers of a 1xx, before the real ones */
	bool whole;		/* the headers of the reply ended: what comes now are trailers */
	bool too_long;
};

struct http *
http_new(struct err *e)
{
	struct http *h = xcalloc(1, sizeof *h);

	h->bounds = (struct http_bounds){ 10000, 60000, 20000, HTTP_BODY_MAX };
	/* Counted by libcurl: each has its curl_global_cleanup(). */
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		err_set(e, ERR_SYSTEM, "cannot start libcurl");
		free(h);
		return NULL;
	}
	h->curl = curl_easy_init();
	if (h->curl == NULL)
		xnomem();
	return h;
}

void
http_free(struct http *h)
{
	if (h == NULL)
		return;
	curl_easy_cleanup(h->curl);
	curl_global_cleanup();
	free(h);
}

struct http_bounds *
http_bounds(struct http *h)
{
	return &h->bounds;
}

void
http_reply_release(struct http_reply *r)
{
	buf_release(&r->body);
	vec_str_release(&r->headers);
	r->status = 0;
}

const char *
http_header(const struct http_reply *r, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = r->headers.n; i > 0; i--) {
		const char *line = r->headers.v[i - 1];

		if (strncasecmp(line, name, len) == 0 && line[len] == ':')
			return line + len + 1 + strspn(line + len + 1, " \t");
	}
	return NULL;
}

static bool
loopback(const char *host)
{
	struct in_addr four;
	size_t len = strlen(host);

	if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
		return true;
	return len > 0 && inet_pton(AF_INET, host, &four) == 1 && (ntohl(four.s_addr) >> 24) == 127;
}

/* Of one part of a URL; NULL where it has none.  Released with curl_free(). */
static char *
part(CURLU *u, CURLUPart what, unsigned int flags)
{
	char *text = NULL;

	return curl_url_get(u, what, &text, flags) == CURLUE_OK ? text : NULL;
}

static bool
printable(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || *s == 0x7f)
			return false;
	return true;
}

/* What may be asked at all.  *near: it is this machine. */
static CURLU *
parse(const char *url, char **origin, bool *near, struct err *e)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *host = NULL, *port = NULL, *zone = NULL;

	if (u == NULL)
		xnomem();
	/* A stranger's URL does not stand in the message. */
	if (!printable(url) ||
	    curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER | CURLU_PATH_AS_IS) != CURLUE_OK ||
	    (scheme = part(u, CURLUPART_SCHEME, 0)) == NULL ||
	    (host = part(u, CURLUPART_HOST, 0)) == NULL || *host == '\0' ||
	    (port = part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT)) == NULL)
		err_set(e, ERR_CONFIG, "not a usable URL");
	else if (strcmp(scheme, "https") != 0 && strcmp(scheme, "http") != 0)
		err_set(e, ERR_CONFIG, "a URL that is neither https: nor http:");
	else if (zone = part(u, CURLUPART_ZONEID, 0), *near = zone == NULL && loopback(host),
	    !*near && strcmp(scheme, "http") == 0)
		err_set(e, ERR_CONFIG, "http: is for this machine only");
	else {
		*origin = xasprintf("%s://%s%s%s:%s", scheme, host, zone ? "%25" : "", zone ? zone : "", port);
		for (char *p = *origin; *p != '\0'; p++)
			if (*p >= 'A' && *p <= 'Z')
				*p = (char)(*p - 'A' + 'a');
		goto done;
	}
	curl_url_cleanup(u);
	u = NULL;
done:
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_free(zone);
	return u;
}

char *
http_origin(const char *url, struct err *e)
{
	char *origin = NULL;
	bool near;
	CURLU *u = parse(url, &origin, &near, e);

	curl_url_cleanup(u);
	return origin;
}

bool
http_loopback(const char *url)
{
	struct err ignored = { 0 };
	char *origin = NULL;
	bool near = false;
	CURLU *u = parse(url, &origin, &near, &ignored);

	near = u != NULL && near;
	curl_url_cleanup(u);
	free(origin);
	return near;
}

char *
http_resolve(const char *url, const char *reference, struct err *e)
{
	CURLU *u = curl_url();
	char *text = NULL, *copy = NULL;

	if (u == NULL)
		xnomem();
	if (!printable(reference) || curl_url_set(u, CURLUPART_URL, url, CURLU_PATH_AS_IS) != CURLUE_OK ||
	    curl_url_set(u, CURLUPART_URL, reference, CURLU_PATH_AS_IS) != CURLUE_OK ||
	    (text = part(u, CURLUPART_URL, 0)) == NULL)
		err_set(e, ERR_INVALID, "not a usable URL");
	else
		copy = xstrdup(text);
	curl_free(text);
	curl_url_cleanup(u);
	return copy;
}

static size_t
hear_body(char *data, size_t one, size_t n, void *arg)
{
	struct hearing *a = arg;

	if (a->reply->body.len + one * n > a->max) {
		a->too_long = true;
		return CURL_WRITEFUNC_ERROR;
	}
	buf_append(&a->reply->body, data, one * n);
	return one * n;
}

/* One line.  A status line begins anew: after 1xx the headers of the real reply come. */
static size_t
hear_head(char *data, size_t one, size_t n, void *arg)
{
	struct hearing *a = arg;
	size_t len = one * n, all = len;

	while (len > 0 && memchr(" \t\r\n", data[len - 1], 4) != NULL)
		len--;
	if ((a->head += all) > HTTP_HEAD_MAX) {
		a->too_long = true;
		return 0;
	}
	if (len == 0)
		a->whole = !a->passing;
	else if (a->whole)
		return all;
	else if (len > 5 && memcmp(data, "HTTP/", 5) == 0) {
		const char *status = memchr(data, ' ', len - 1);

		a->passing = status != NULL && status[1] == '1';
		vec_str_release(&a->reply->headers);
	} else if (*data != ' ' && *data != '\t' && memchr(data, ':', len) != NULL && memchr(data, 0, len) == NULL)
		vec_str_take(&a->reply->headers, xstrndup(data, len));
	return all;
}

static struct curl_slist *
add(struct curl_slist *list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(list, line);

	if (longer == NULL)
		xnomem();
	return longer;
}

/* A header that had a line end in it would be two. */
static int
headers(const struct http_wish *w, struct curl_slist **list, struct err *e)
{
	/* Without an answer to "Expect" libcurl would wait, and refused it would send again. */
	*list = add(NULL, "Expect:");
	if (w->body == NULL || w->size == 0)
		*list = add(*list, "Content-Type:");
	for (const char *const *p = w->headers; p != NULL && *p != NULL; p++) {
		for (const char *c = *p; *c != '\0'; c++)
			if ((unsigned char)*c < ' ' || *c == 0x7f)
				return err_set(e, ERR_CONFIG, "a control character in a header");
		*list = add(*list, *p);
	}
	return 0;
}

static void
prepare_method(CURL *c, const struct http_wish *w)
{
	bool get = strcmp(w->method, "GET") == 0, delete = strcmp(w->method, "DELETE") == 0;

	curl_easy_setopt(c, CURLOPT_HTTPGET, 1L);
	/* A PUT of nothing has a "Content-Length: 0", a DELETE of nothing has none. */
	if (w->body != NULL || (!get && !delete)) {
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(w->body ? w->size : 0));
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, w->body ? w->body : "");
	}
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, w->method);
	curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, w->write ? 1L : 0L);
	curl_easy_setopt(c, CURLOPT_FORBID_REUSE, w->write ? 1L : 0L);
}

static void
prepare(struct http *h, CURLU *u, bool near, const char *origin, struct hearing *a)
{
	const char *file = getenv("SSL_CERT_FILE"), *dir = getenv("SSL_CERT_DIR");
	CURL *c = h->curl;

	curl_easy_reset(c);
	curl_easy_setopt(c, CURLOPT_CURLU, u);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, str_starts(origin, "https:") ? "https" : "http");
	curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(c, CURLOPT_HTTP09_ALLOWED, 0L);
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(c, CURLOPT_UNRESTRICTED_AUTH, 0L);
	curl_easy_setopt(c, CURLOPT_VERBOSE, 0L);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(c, CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(c, CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
	if (file != NULL && *file != '\0')
		curl_easy_setopt(c, CURLOPT_CAINFO, file);
	if (dir != NULL && *dir != '\0')
		curl_easy_setopt(c, CURLOPT_CAPATH, dir);
	curl_easy_setopt(c, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
	curl_easy_setopt(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	if (near)
		curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)h->bounds.connect);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)h->bounds.total);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)(h->bounds.stall / 1000));
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, h->why);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, hear_head);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, a);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, hear_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, a);
	h->why[0] = '\0';
}

/* Those that only come before a byte of the request has left; for the others it is counted. */
static bool
unsent(CURL *c, CURLcode code)
{
	long bytes = 1;

	switch (code) {
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_PROXY:
		return true;
	default:
		return curl_easy_getinfo(c, CURLINFO_REQUEST_SIZE, &bytes) == CURLE_OK && bytes == 0;
	}
}

static enum http_fate
judge(struct http *h, CURLcode code, const struct hearing *a, const char *origin, struct err *e)
{
	struct buf why = { 0 };
	const char *said = h->why[0] != '\0' ? h->why : curl_easy_strerror(code);

	/* An end in the middle of the headers is no error to libcurl. */
	if (code == CURLE_OK && a->whole)
		return HTTP_ANSWERED;
	if (a->too_long)
		said = "the reply is too long";
	else if (code == CURLE_OK)
		said = "the reply has no end";
	str_visible(&why, said, strcspn(said, "\r\n"), false);
	err_set(e, ERR_FAILED, "%s: %s", strstr(origin, "//") + 2, buf_str(&why));
	buf_release(&why);
	return code != CURLE_OK && unsent(h->curl, code) ? HTTP_UNSENT : HTTP_UNSURE;
}

enum http_fate
http_ask(struct http *h, const struct http_wish *w, struct http_reply *reply, struct err *e)
{
	struct hearing a = { .reply = reply, .max = h->bounds.body };
	struct curl_slist *list = NULL;
	enum http_fate fate = HTTP_UNSENT;
	char *origin = NULL;
	bool near = false;
	long status = 0;
	CURLU *u = parse(w->url, &origin, &near, e);
	CURLcode code;

	http_reply_release(reply);
	if (u != NULL && headers(w, &list, e) == 0) {
		prepare(h, u, near, origin, &a);
		prepare_method(h->curl, w);
		curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, list);
		code = curl_easy_perform(h->curl);
		curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
		reply->status = (int)status;
		fate = judge(h, code, &a, origin, e);
		/* What it points to goes now. */
		curl_easy_setopt(h->curl, CURLOPT_CURLU, NULL);
		curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, NULL);
	}
	curl_slist_free_all(list);
	curl_url_cleanup(u);
	free(origin);
	return fate;
}
