/*
 * http - a small HTTP/1.1 server: sockets, requests, replies (RFC 9112)
 *
 *	struct http h = { .serve = serve, .arg = x };
 *	http_open(&h);			-> h.port
 *	http_run(&h);			until standard input ends, TERM or INT
 *	http_release(&h);
 *
 * One thread, one poll loop, at most HTTP_CONNECTIONS at a time, heads of 64 KiB and
 * bodies of 4 MiB.  A connection is kept until the peer closes it, a reply says how it
 * ends, or there are so many that the one that was idle longest has to go.  serve() fills
 * a reply; what a reply may do besides being sent is what a network does to a client:
 * `end` and `cut`.  A reply that is held (HTTP_HOLD) is not sent before http_resume(); one
 * with `again` is thrown away then and the request served once more.
 */
#ifndef FAKE_HTTP_H
#define FAKE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define HTTP_CONNECTIONS 64
#define HTTP_HEADERS 64
#define HTTP_HEAD_MAX (64u << 10)
#define HTTP_BODY_MAX (4u << 20)

struct http_header {
	char *name;
	char *value;
};

struct http_request {
	char *method;
	char *path;			/* as it was sent, without the query */
	char *query;			/* without '?'; NULL: none */
	struct http_header header[HTTP_HEADERS];
	size_t headers;
	const char *body;
	size_t length;
	bool has_length;		/* a Content-Length was sent */
	unsigned connection;		/* counted from 1 */
	unsigned nth;			/* request on this connection, from 1 */
	bool again;			/* it was held and is served once more */
};

enum http_end {
	HTTP_KEEP,		/* as the peer likes */
	HTTP_CLOSE,		/* the reply, then an orderly end */
	HTTP_RESET,		/* `cut` bytes of the reply, then a reset */
	HTTP_DROP,		/* no reply, an orderly end */
	HTTP_STALL,		/* no reply, until the peer gives up */
	HTTP_HOLD,		/* the same, until http_resume() */
};

struct http_reply {
	int status;
	struct buf head;	/* lines "Name: value\r\n" */
	struct buf body;
	enum http_end end;
	size_t cut;		/* HTTP_RESET: so many bytes of the body are sent; with
				   NO_REPLY nothing at all */
	bool no_reply;
	bool again;
	int held;		/* HTTP_HOLD: a descriptor to close at its end; 0: none */
};

struct http_connection;

struct http {
	void (*serve)(void *arg, const struct http_request *, struct http_reply *);
	void *arg;
	int port;
	int listener;
	unsigned connections;	/* ever */
	uint64_t turn;		/* of the loop */
	struct http_connection *c[HTTP_CONNECTIONS];
};

int	http_open(struct http *);		/* 0, or -1 and errno */
void	http_run(struct http *);
void	http_resume(struct http *);		/* all that is held */
void	http_release(struct http *);

/* The value of a header, NULL: there is none.  Names are the same in any case. */
const char *http_get(const struct http_request *, const char *name);
void	http_put(struct http_reply *, const char *name, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

#endif
