/*
 * trial - one random edit of a text, judged by what does not know how it was done
 *
 * A trial parses the text, thinks of some operations, does the same to the value of
 * the text, and lets edit_apply() do them.  What comes out must
 *
 *	parse, and have the value that was made by hand (kinds included);
 *	have every node that no operation is about as it was: text, quotes, style,
 *	anchor, tag, order;
 *	have all lines that no operation is about, byte for byte and in order, and
 *	where values were only replaced also the blank lines between them;
 *	have the comments in their order (notes.h);
 *	not change when the same is done again (but for appending).
 */
#ifndef ORCH_TESTS_TRIAL_H
#define ORCH_TESTS_TRIAL_H

#include <stddef.h>

#include "base/buf.h"
#include "dice.h"

enum trial_end {
	TRIAL_NOT_YAML,		/* the text was refused: no trial */
	TRIAL_DONE,
	TRIAL_REFUSED,		/* `why` is the message */
	TRIAL_WRONG,		/* `why` says what */
};

struct trial_result {
	size_t ops;
	char why[1024];
	struct buf after;	/* what edit_apply() made */
	struct buf put;		/* JSON lines [path, value] of what was written by it */
};

enum trial_end trial(const char *text, size_t len, struct dice *, struct trial_result *);
void	trial_release(struct trial_result *);

/*
 * `n` trials on texts of hand.h, added up.  Shows what went wrong, `most` of it.
 * With `dir` texts before (.old) and after (.yml) and what was put (.json) go there.
 */
struct trial_sum {
	unsigned texts, invalid, trials, ops, refused, unproved, wrong;
	struct trial_reason {
		char text[64];
		unsigned n;
	} reason[16];
};
void	trial_many(struct trial_sum *, struct dice *, unsigned n, unsigned most,
	    const char *dir);

#endif
