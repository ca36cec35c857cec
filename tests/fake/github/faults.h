/*
 * faults - what goes wrong, and when
 *
 * A fault is a map that a test puts into a queue (control.h): a matcher and a kind.
 *
 *	method	"POST"; absent: any		path	begins so, or a pattern of fnmatch(3) if it
 *						has one of *?[, or exactly so if it ends in '$';
 *						"/repos/OWNER/NAME" and "/repositories/ID" in
 *						front can be left out
 *	nth	the first match that counts, 1	times	how often it strikes, 1 (0: for ever)
 *	token	only requests with this token (its text)
 *
 * Before anything is done (nothing is committed):
 *	reset-before		the connection is reset
 *	stall			no answer until the peer gives up
 *	hold-before		held until /_fake/release; `file` is written "held N\n" (a FIFO, too)
 *	status			`status`, `message`; `html`: a page; `after`: committed before
 *	html200 redirect	`status` 301/302/307, `to`: "loop", or the target
 *	permission sso		403, and what names the reason
 *	primary			403 (or `status` 429), remaining 0, reset in `seconds`
 *	retry-after		403 (or `status`), `seconds`, `date`: as a date
 *	secondary		403 (or `status`), told by its text only
 *	empty-list		200 []
 *	stale			as it was `writes` ago, or when `snapshot` was taken: GET only
 *	graphql			200 with errors [{type: `type`, message}]
 * After it is done, in place of the answer:
 *	reset-after stall-after hold-after drop-after
 *	drop-reused		drop-after, but only on a connection that has served before
 *	reset-body truncated	half of the body: and a reset; with its honest length
 *	unknown-enum missing-members (`members`, absent: all that are optional; `number`: of that
 *	issue alone) duplicate-keys
 *	bad-utf8 huge-body (`bytes`) content-type (`value`) header (`name`, `value`)
 */
#ifndef FAKE_FAULTS_H
#define FAKE_FAULTS_H

#include <stdbool.h>

struct call;
struct val;

bool	fault_known(const char *kind);
/* The fault that strikes this request, borrowed, NULL: none.  Counts. */
struct val *fault_find(struct call *);
/* True: the request has been answered, or will not be, and nothing is to be done. */
bool	fault_before(struct call *);
void	fault_after(struct call *);

#endif
