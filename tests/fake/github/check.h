/*
 * check - is a request one that GitHub documents?
 *
 * What is not is a violation: noted, and answered as GitHub would.  Members of a body and
 * of a query are told by a rule, distilled from GitHub's OpenAPI document:
 *
 *	"title:si! body:s state:e(open,closed) labels:l"
 *
 * s text, i integer, b boolean, v text or number, l list of labels (texts, or maps with a
 * name), a list of people, I list of maps, t a time, n a count 1..100, e(..) one of these;
 * then '!' required, '0' may be null.  "" allows nothing; NULL: there is no body.
 */
#ifndef FAKE_CHECK_H
#define FAKE_CHECK_H

#include <stdbool.h>

struct call;

void	check_violation(struct call *, const char *rule, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
/* Headers, path, pace: what every request must have.  Answers nothing. */
void	check_request(struct call *);
/* These answer and return false if the request cannot be served. */
bool	check_query(struct call *, const char *rule);
bool	check_body(struct call *, const char *rule);
/* Markers of ours in a text that is created: a second one like it is a violation. */
void	check_marker(struct call *, const char *text, bool comment);

#endif
