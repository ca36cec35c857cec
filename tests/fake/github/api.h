/*
 * api - one request to the API: who asks, may they, what is answered, what is noted
 *
 * api_serve() is the front door: it reads the request into a struct call, lets faults.h
 * and check.h look at it, finds the handler of its route (routes.h), and finishes the
 * answer with the headers that GitHub puts on everything: Date and the rate limits by the
 * clock of the store, ETags that belong to one token, 304 for what did not change.
 * Requests below /_fake/ go to control.h and are neither counted nor noted.
 */
#ifndef FAKE_API_H
#define FAKE_API_H

#include <stdbool.h>
#include <stdint.h>

#include "http.h"
#include "store.h"

#define API_PARTS 16
#define API_WILD 4

struct fake {
	struct http http;
	struct store store;
	struct val *log;		/* a map a request */
	struct val *violations;		/* maps {n, rule, text} */
	struct val *faults;		/* see faults.h */
	struct val *snapshots;		/* name -> repos */
	int64_t requests;
	int64_t last_write;		/* by the clock of the store; 0: none */
	const char *state_path;		/* NULL: nothing is kept */
};

struct call {
	struct fake *f;
	struct store *s;
	const struct http_request *q;
	struct http_reply *r;
	int64_t n;			/* number of the request, from 1 */
	char *part[API_PARTS];		/* of the path, decoded */
	size_t parts;
	const char *wild[API_WILD];	/* what stood for '*' and '#' of the route */
	struct val *query;		/* name -> text */
	struct val *body;		/* NULL: none, or not JSON */
	struct val *token;		/* NULL: unknown or none */
	const char *login;		/* NULL likewise */
	struct val *repo;		/* found before a handler is called, if its route has one */
	struct val *issue;		/* likewise */
	enum role role;			/* what the token may do in the repository */
	struct val *fault;		/* the one that strikes, NULL: none */
	bool graphql;
	bool html;			/* the answer is no JSON: no ETag */
	bool billed;
	bool wrote;
};

void	api_serve(void *fake, const struct http_request *, struct http_reply *);

/* Answers.  api_json() owns the value. */
void	api_json(struct call *, int status, struct val *);
void	api_empty(struct call *);			/* 204 */
void	api_html(struct call *, int status, const char *text);
/* {message, documentation_url, status}. */
void	api_fail(struct call *, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* 422 "Validation Failed" with one entry of `errors`; message NULL: none. */
void	api_invalid(struct call *, const char *resource, const char *field, const char *code,
	    const char *message);
/* The token lacks a permission: 403 with x-accepted-github-permissions. */
void	api_denied(struct call *, const char *permissions);
/* A limit is met: the answer, and the time in which the token should be silent. */
enum api_limit { API_PRIMARY, API_RETRY_AFTER, API_SECONDARY };
void	api_limit(struct call *, enum api_limit, int status, int64_t seconds, bool date);

/* Decoded query, "" where it is absent. */
const char *api_query(const struct call *, const char *name);
int64_t	api_query_int(const struct call *, const char *name, int64_t otherwise);
/* "Fri, 02 Jan 2026 03:04:05 GMT" */
void	api_date(int64_t, char out[64]);
struct val *api_parse(const char *, size_t);	/* NULL: no JSON */
/* The bytes of a text that was percent-encoded; the caller frees. */
char	*api_decode(const char *, size_t len, bool plus);

#endif
