/*
 * http - one request, one reply: the one door to libcurl
 *
 *	h = http_new(e)
 *	http_ask(h, &wish, &reply, e)	as often as wanted; says whether it may have been
 *					carried out
 *	http_header(&reply, "etag")
 *	http_reply_release(&reply)
 *	http_free(h)
 *
 * Nothing is repeated, followed, waited for or stored here: no redirects, no cookies, no
 * .netrc, no logins of URLs, and no request a second time.  libcurl 7.88 by itself sends
 * a POST again when a connection that it had kept dies without a reply, so what writes
 * always gets a connection of its own.  The protocol is HTTP/1.1, certificates are always
 * verified (against SSL_CERT_FILE and SSL_CERT_DIR where they are set), and "http:" is for
 * loopback alone: 127.0.0.0/8, ::1 and localhost, which are reached directly.  Everything
 * else goes through a proxy where libcurl's variables (https_proxy, HTTPS_PROXY, all_proxy,
 * ALL_PROXY, no_proxy, NO_PROXY) name one; it never sees the headers of a request.
 *
 * Messages name the host and libcurl's reason, no path, query or header.  SIGPIPE must be
 * ignored (sig_start).  One thread.
 */
#ifndef ORCH_NET_HTTP_H
#define ORCH_NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/vec.h"

struct err;
struct http;

#define HTTP_BODY_MAX (32u << 20)	/* bytes of a reply, decompressed */
#define HTTP_HEAD_MAX (256u << 10)	/* bytes of the headers of a reply */

/* How long, in milliseconds, and how much; http_new() sets what stands here. */
struct http_bounds {
	int64_t connect;	/* 10 s until there is a connection, TLS included */
	int64_t total;		/* 60 s until there is a reply */
	int64_t stall;		/* 20 s with less than 100 bytes a second; whole seconds */
	size_t body;		/* HTTP_BODY_MAX */
};

enum http_fate {
	HTTP_ANSWERED,		/* there is a whole reply */
	HTTP_UNSENT,		/* surely not carried out: it did not leave, or was refused here */
	HTTP_UNSURE,		/* it may have been carried out, or not */
};

struct http_wish {
	const char *method;		/* "GET", ... */
	const char *url;		/* absolute */
	const char *const *headers;	/* "Name: value", ends with NULL; or NULL */
	const char *body;		/* NULL: none */
	size_t size;
	bool write;			/* it changes something there */
};

struct http_reply {
	int status;
	struct buf body;
	struct vec_str headers;		/* "Name: value" of the last status line, without CRLF */
};

struct http *http_new(struct err *);
void	http_free(struct http *);		/* NULL is fine */
struct http_bounds *http_bounds(struct http *);	/* to change */

/*
 * Fills the reply, which may have been used before.  Where there is no whole reply: ERR_CONFIG
 * if the wish was refused here (HTTP_UNSENT), else ERR_FAILED; `reply->status` is then what was
 * heard so far, 0: nothing.
 */
enum http_fate http_ask(struct http *, const struct http_wish *, struct http_reply *, struct err *);

/* The value of the last header of that name, in any case, without blanks around it; NULL.
 * Borrowed. */
const char *http_header(const struct http_reply *, const char *name);
void	http_reply_release(struct http_reply *);

/*
 * "https://host:443" of an absolute URL: lower case, always with its port; caller frees.
 * Two URLs with the same text have the same origin.  NULL with ERR_CONFIG for what is no
 * URL, has another scheme, a login or a control character, or is "http:" and not loopback.
 */
char	*http_origin(const char *url, struct err *);
bool	http_loopback(const char *url);		/* is it of this machine? */
/* A reference ("/a", "?b", "https://...") seen from an absolute URL; caller frees; NULL with
 * ERR_INVALID. */
char	*http_resolve(const char *url, const char *reference, struct err *);

#endif
