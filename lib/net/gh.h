/*
 * gh - a client of GitHub's REST and GraphQL APIs
 *
 *	gh_open(&g, &options, e)
 *	gh_get(g, "/repos/o/r/issues?state=all&per_page=100", GH_LIST, etag, &a, e)
 *	gh_get(g, a.next, GH_LIST, NULL, &a, e)		and so on, until a.next is NULL
 *	gh_write(g, "PATCH", "/repos/o/r/issues/1", body, &a, e)
 *	gh_answer_release(&a)
 *	gh_close(g)
 *
 * Every function gives 0 with what became of the request in ->end, or -1 for trouble on this
 * side (disk, configuration) with nothing to release.  An answer that was used before is
 * released first.  Only GH_OK and GH_SAME are answers about the data: no other end says that
 * something is not there, but for GH_MISSING and GH_GONE.
 *
 * Reads are repeated up to GH_TRIES times when nothing believable comes, with a pause between.
 * What writes is sent once.  Redirects are followed inside the API's origin (scheme, host
 * and port), at most GH_HOPS, with method and body; the token goes nowhere else.  An answer
 * is believed when it is JSON by its header and in whole, and of the kind that was asked for.
 * What has to be waited for is shared with all other processes (backoff.h) and obeyed before
 * anything is sent: such a call ends as GH_LIMITED at once, without a request.
 *
 * Bases: https://api.github.com; https://api.X.ghe.com for X.ghe.com; https://HOST/api/v3 and
 * https://HOST/api/graphql for all others; GITHUB_API_URL and GITHUB_GRAPHQL_URL in their
 * place, of which both must be of one origin, and where the host is not github.com of that
 * host or of loopback.
 *
 * All text for people is redacted, the token always.  The log gets a line for each request
 * at "debug", and a warning for what is limited, deprecated or withheld.
 *
 * Sources: docs.github.com "Best practices for using the REST API", "Rate limits for the REST
 * API", "Using pagination in the REST API", RFC 8288 (Link), RFC 8594 (Sunset), RFC 9745.
 */
#ifndef ORCH_NET_GH_H
#define ORCH_NET_GH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/backoff.h"

struct buf;
struct err;
struct http;
struct http_bounds;
struct log;
struct redact;
struct val;

#define GH_TRIES 3		/* of a read */
#define GH_HOPS 5		/* redirects of a request */
#define GH_VALUES_MAX (1u << 20)	/* values in a reply; its bytes: HTTP_BODY_MAX */

enum gh_end {
	GH_OK,		/* 2xx with the body that was expected */
	GH_SAME,	/* 304 */
	GH_REFUSED,	/* 403 that is no limit: permission, SAML, locked */
	GH_MISSING,	/* 404, which may also be a permission that is missing */
	GH_GONE,	/* 410 */
	GH_INVALID,	/* 400, 422 and other 4xx: nothing was done */
	GH_AUTH,	/* 401: stop, exit 77 */
	GH_LEGAL,	/* 451: stop */
	GH_LIMITED,	/* a limit: nothing was done, nothing more may be sent before ->until */
	GH_UNSURE,	/* a write of which nobody knows whether it was carried out */
	GH_DOWN,	/* a read that got no answer that can be believed (5xx, network, HTML,
			   cut), or a write that surely did not leave */
	GH_ELSEWHERE,	/* a redirect or a next page that leaves the origin, or too many */
};

/* What a body must be. */
enum gh_want { GH_MAP, GH_LIST, GH_ANY /* a map, a list, or none (204) */ };

struct gh_answer {
	enum gh_end end;
	int status;		/* 0: none, nothing was sent or heard */
	struct val *body;	/* NULL where there is none; GH_OK: what was wanted */
	char *etag;		/* to send back as it is; or NULL */
	char *next;		/* URL of the next page, checked to be of our origin; or NULL */
	char *moved;		/* the final URL where redirects were followed; or NULL */
	int64_t date;		/* the server's clock, ms since the epoch; 0: unknown */
	int64_t until;		/* GH_LIMITED: our clock, ms since the epoch */
	char why[512];		/* for a person: GitHub's message and errors[], redacted, one
				   line; "" for GH_OK and GH_SAME */
};

struct gh_options {
	const char *host;		/* "github.com", "ghe.example.com:8443" */
	const char *token;
	const char *token_source;	/* "GH_TOKEN": for messages; or NULL */
	const struct redact *redact;	/* borrowed; may be NULL */
	int64_t write_interval_ms;	/* between writes of all processes; 0: none */
	const struct log *log;		/* borrowed; NULL: none */
	bool read_only;			/* dry run: a write is a bug, and aborts */
	/* For tests: instead of sleeping, which is not done under ORCH_TEST_NOW either. */
	void (*pause)(void *arg, int64_t ms);
	void *pause_arg;
};

struct gh {
	int64_t requests;	/* that were sent, each redirect counted */
	int64_t billed;		/* of them: answered, and not by 304 */
	int64_t writes;		/* of them: that change something */
	int64_t repo_id;	/* to set: what writes is redirected to the repository whose number is
				   in the path, else to that one, only; 0: any */
	char *api, *graphql;	/* bases, without a slash at the end; borrowed */

	/* private */
	struct gh_options opts;	/* texts are ours */
	char *origin;
	struct http *http;
	struct backoff backoff;
	bool told_deprecated, told_partial;
};

int	gh_open(struct gh **, const struct gh_options *, struct err *);
void	gh_close(struct gh *);				/* NULL is fine */
struct http_bounds *gh_bounds(struct gh *);		/* of its requests, to change */

/* path: "/repos/o/r", or an absolute URL of our origin (ERR_INVALID).  etag: NULL or what an
 * answer had. */
int	gh_get(struct gh *, const char *path, enum gh_want, const char *etag, struct gh_answer *,
	    struct err *);
/* method: "POST", "PATCH", "PUT", "DELETE"; body: NULL for none. */
int	gh_write(struct gh *, const char *method, const char *path, const struct val *body,
	    struct gh_answer *, struct err *);

/*
 * variables may be NULL.  write: it is a mutation.  ->body is the whole reply, {"data":..,
 * "errors":..}, also where the end is another than GH_OK: of several parts one may be there.
 * The errors that come with a 200 are told apart by their type: NOT_FOUND is GH_MISSING,
 * FORBIDDEN and INSUFFICIENT_SCOPES GH_REFUSED, RATE_LIMITED GH_LIMITED, what is the server's
 * own fault GH_DOWN or GH_UNSURE, all others GH_INVALID.
 */
int	gh_graphql(struct gh *, const char *query, const struct val *variables, bool write,
	    struct gh_answer *, struct err *);

/* Appended, percent-encoded (RFC 3986 2.3: unreserved stays): one part of a path, or a value
 * of a query. */
void	gh_path_part(struct buf *, const char *);
void	gh_answer_release(struct gh_answer *);
const char *gh_end_name(enum gh_end);			/* "ok", "refused", ... */

#endif
