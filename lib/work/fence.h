/*
 * fence - text that others wrote, in a prompt: cleaned, cut, between markers
 *
 * The markers have a nonce in them, and the text cannot hold it, so that no text can end
 * its own block:
 *
 *	<<<data NONCE title="task">>>
 *	...
 *	<<<end NONCE>>>
 *
 * The nonce is a keyed hash (base/sip.h) of all that stands between the markers, so that the
 * same words make the same bytes.  The key is a secret of the project: 128 random bits, made
 * by orch-init or when they are first needed, in .orch/state/fence.key (0600).  So whoever wrote a text does
 * not know the nonce that will stand around it, also if he was shown others; only a program
 * that reads the files of this user could.
 */
#ifndef ORCH_WORK_FENCE_H
#define ORCH_WORK_FENCE_H

#include <stddef.h>

struct buf;
struct err;
struct project;

#define FENCE_NONCE_MAX 33
#define FENCE_KEY "fence.key"	/* in .orch/state: 32 hex digits, a line */

/* Makes the key if there is none, so that who only looks need not. */
int	fence_prepare(const struct project *, struct err *);

/*
 * The nonce for a prompt of which `content` is all that others wrote, and what tells it from
 * others (task, attempt).  Where the key can neither be read nor be made, nobody has to find
 * the same bytes again: it is random.  -1: no random numbers can be had.
 */
int	fence_nonce(const struct project *, const struct buf *content, char nonce[FENCE_NONCE_MAX],
	    struct err *);

/*
 * Makes it clean UTF-8 that ends with a line end, without the nonce, also one that what
 * nobody sees (str_unprinted) stands in; blanks alone become nothing.  Line ends are newlines;
 * what else controls or hides is shown as str_visible() does.
 */
void	fence_wash(struct buf *, const char *nonce);

/* Appends the block; the content was washed. */
void	fence_put(struct buf *, const char *nonce, const char *title, const struct buf *content);

/*
 * Appends at most cap bytes of the text: all of it, or its head up to the end of a
 * line (or a code point) and a line "[... N bytes left out ...]".  Returns N.
 */
size_t	fence_cut(struct buf *, const char *, size_t len, size_t cap);
/* The same for the tail: the mark stands first. */
size_t	fence_cut_head(struct buf *, const char *, size_t len, size_t cap);

#endif
