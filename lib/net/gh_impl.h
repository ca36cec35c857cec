/*
 * gh_impl - what the parts of gh share: one request, and what its reply means
 */
#ifndef ORCH_NET_GH_IMPL_H
#define ORCH_NET_GH_IMPL_H

#include "net/gh.h"
#include "net/http.h"

struct gh_call {
	const char *method;
	const char *url;	/* absolute, of our origin */
	const char *resource;	/* of the limits: "core", "search", "graphql" */
	const char *body;	/* NULL: none */
	size_t size;
	const char *etag;	/* NULL: none */
	enum gh_want want;
	bool write;
	bool graphql;
};

/* Fills in ->api, ->graphql and ->origin. */
int	gh_find_bases(struct gh *, struct err *);

/* Sends it, again if it may be, and says what became of it. */
int	gh_carry(struct gh *, const struct gh_call *, struct gh_answer *, struct err *);

/* The reply of `url`, or what came instead (`why`), as an answer; notes what must be waited for. */
int	gh_judge(struct gh *, const struct gh_call *, const char *url, enum http_fate,
	    const struct http_reply *, const char *why, struct gh_answer *, struct err *);

/* The end that the errors of a GraphQL reply mean; GH_OK if it has none.  *limited: the quota
 * is used up. */
enum gh_end gh_graphql_end(const struct val *body, bool write, bool *limited);

/* Puts "text" where people read it: redacted, visible, on one line, cut. */
void	gh_why(const struct gh *, struct gh_answer *, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
/* Appends the message and errors[] of a body: "Validation Failed: Issue.title missing_field". */
void	gh_said(struct buf *, const struct val *body);
/* Tells of an end that is no success, with what the body said. */
void	gh_explain(const struct gh *, const struct http_reply *, const char *said, struct gh_answer *);
void	gh_log(const struct gh *, int level, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/*
 * The target of rel="next" in a Link header (RFC 8288), seen from `url`.  1: there is none,
 * -1: it makes no sense.
 */
int	gh_next(const char *link, const char *url, char **next);

#endif
