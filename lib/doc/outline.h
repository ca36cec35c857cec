/*
 * outline - where the items of a list stand, found line by line
 *
 * A file of ten thousand tasks is 14 MB, and libyaml needs 150 ms to read them.
 * Mostly one of them is wanted.  So the outline looks at the start of each line and
 * nowhere else, and says which bytes are which item; libyaml then reads those few.
 *
 * It is for texts that libyaml has accepted before (a hash tells), and in those it is
 * exact or it says no: the layout that it knows is the one that everybody writes,
 *
 *	next_id: 3
 *	tasks:			# a block list of block maps, at any column
 *	  - id: 1		# the keys two columns behind the dash
 *	    title: "..."	# quotes and brackets closed on their line
 *	    body: |
 *	      ...
 *	    labels: [a, b]
 *
 * Anchors, aliases, tags, merge keys, "? " keys, quoted keys, tabs and CR outside of
 * block scalars, NEL, LS, PS, a BOM, several documents, values in quotes or brackets
 * that go on on the next line: all of these are for libyaml.  A fuzz test holds the two
 * together (tests/fuzz/outline.c).
 */
#ifndef ORCH_DOC_OUTLINE_H
#define ORCH_DOC_OUTLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct patch;

#define OUTLINE_WANTED 8		/* keys whose place is noted while the lines go by */
#define OUTLINE_NONE   UINT32_MAX

struct outline_item {
	uint32_t start;			/* of the line of its dash; it ends where the next starts */
	uint32_t wanted[OUTLINE_WANTED];	/* where the line's key stands, or NONE */
};

struct outline {
	uint32_t list;			/* of the first line after the list's key */
	uint32_t end;			/* of the list, with blanks and comments behind it */
	unsigned dash;			/* columns of the dashes; the keys are two further */
	uint32_t mark;			/* where the line of the top-level `mark` key stands */
	struct outline_item *v;		/* n items, and one more that starts at `end` */
	size_t n, cap;
};

/* What is looked for. */
struct outline_names {
	const char *list;		/* the top-level key that has the items */
	const char *mark;		/* another one */
	const char *wanted[OUTLINE_WANTED];	/* of an item, each with another first letter;
						 * NULL behind the last if there is room */
};

/*
 * The text is followed by a NUL, as a buf is.  False: not this layout, nothing to release.
 */
bool	outline_read(struct outline *, const char *text, size_t len,
	    const struct outline_names *);
void	outline_release(struct outline *);

/*
 * outline_read() of the text that `patch` makes of `old_text`, which has the outline `old`:
 * only the parts that were touched are read.  It may be false where outline_read() is true.
 */
bool	outline_patch(struct outline *new, const struct outline *old, const struct buf *old_text,
	    const struct patch *patch, const struct outline_names *);

/*
 * Could it be the outline of that text?  For one that was stored: all places are within the
 * text and ascend, there are dashes and wanted keys where it says so.
 */
bool	outline_fits(const struct outline *, const char *text, size_t len,
	    const struct outline_names *);

/* A key of an item, and what stands behind it on its line. */
enum outline_kind {
	OUTLINE_PLAIN,			/* all of its value: a plain scalar */
	OUTLINE_SINGLE,			/* in single quotes, none of them inside */
	OUTLINE_DOUBLE,			/* in double quotes, no backslash inside */
	OUTLINE_FLOW,			/* in brackets */
	OUTLINE_OTHER,			/* goes on on the next line, or nothing */
};

struct outline_key {
	uint32_t key, key_len;
	uint32_t at, len;		/* of the value, without quotes; OTHER: what is on the line */
	enum outline_kind kind;
};

/*
 * The next key of the item number i from `*at` on (first: its start); false at its end.
 */
bool	outline_next(const struct outline *, size_t i, const char *text, uint32_t *at,
	    struct outline_key *);

/* The key that was noted at `at` for item number i. */
void	outline_key(const struct outline *, size_t i, const char *text, uint32_t at,
	    struct outline_key *);

#endif
