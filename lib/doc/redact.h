/*
 * redact - the one function that takes secrets out of a text
 *
 *	struct redact r = { 0 };
 *
 *	redact_environment(&r, environ);
 *	redact_add(&r, token);
 *	redact_text(&r, s, len, &out);
 *	redact_release(&r);
 *
 * Whatever leaves the machine, and whatever is stored or logged of what a stranger or an
 * agent wrote, goes through here.  What is taken out:
 *
 *	secrets that are known: as they are, percent-encoded (RFC 3986 2.1), escaped as in
 *	JSON, and inside base64 and base64url (RFC 4648) at each of the three places where a
 *	group of it can begin, as in `Authorization: Basic`.  Of base64 one letter at either
 *	end may stay, which holds at most four bits of the secret;
 *	what looks like one: gh[pousr]_ (ghs_ also with a JWT in it), github_pat_, sk-,
 *	sk-ant-, AKIA, ASIA, xox?-, xapp-, AIza, JWTs that begin with eyJ, private keys in PEM
 *	(RFC 7468, also where the head or the tail is cut away, and with \n for newlines),
 *	the value of Authorization: and what stands for a user before the @ of a URL:
 *	user:password always, a name alone only in http and https, where it may be a token.
 * Where what is known and what looks like a secret overlap, all of both goes.
 *
 * Characters that nobody sees (str_unseen(), variation selectors, control characters but
 * for blanks) hide nothing: they are passed over, and stay where no secret stands around
 * them.  Certificates and public keys are no secrets.
 *
 * This catches accidents.  An agent that means to hide a secret can spell it backwards:
 * that it has none is what keeps secrets.
 *
 * In place of each stands REDACT_MARK.  What is left is not touched, no code point is cut
 * in two, redacting twice changes nothing more, and the time is linear in the text.
 */
#ifndef ORCH_DOC_REDACT_H
#define ORCH_DOC_REDACT_H

#include <stddef.h>

#include "base/vec.h"

struct buf;
struct val;

#define REDACT_MARK "[redacted]"
#define REDACT_MIN 8		/* bytes: what is shorter is no secret, but a word */

/* { 0 } is valid and knows the patterns alone. */
struct redact {
	struct vec_str secrets;	/* each in all the forms in which it is looked for */
};

/*
 * Blanks around it do not count; shorter than REDACT_MIN: ignored.  Of a secret of several
 * lines each line of 16 bytes or more that has no blank is a secret too.
 */
void	redact_add(struct redact *, const char *secret);

/*
 * The values of variables whose names end in TOKEN, SECRET, KEY or PASSWORD, in any case,
 * and those of ORCH_SECRETS: each of its lines, and each part between blanks and commas.
 */
void	redact_environment(struct redact *, char *const *env);

/* NULL for the first: the patterns alone.  Appends. */
void	redact_text(const struct redact *, const char *, size_t, struct buf *out);

/* The same for a string, in place of it: frees the old, returns the new; NULL stays NULL. */
char	*redact_string(const struct redact *, char *);

/* A copy with every string and every key redacted; keys that become the same are numbered. */
struct val *redact_val(const struct redact *, const struct val *);

void	redact_release(struct redact *);

#endif
