/*
 * yaml_event - libyaml's events with byte spans; private to lib/doc
 *
 * What both users of libyaml need: the tree (yaml_tree.c) and the proof after
 * an edit (edit_check.c), which compares a new text as it streams by and so
 * needs no second tree.
 *
 *	if (yaml_open(&r, text, len, name, e) < 0) return -1;
 *	while (yaml_next(&r, &ev, e) == 0 && ev.step != YAML_DONE) ...
 *	yaml_close(&r);
 *
 * All that one text alone can do wrong is refused here: bytes, syntax, tags,
 * limits.  What needs a memory (duplicate keys, aliases) is for the tree.
 */
#ifndef ORCH_DOC_YAML_EVENT_H
#define ORCH_DOC_YAML_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "doc/yaml.h"

struct err;

enum yaml_step {
	YAML_STEP_SCALAR,
	YAML_STEP_ALIAS,	/* text is the name */
	YAML_STEP_SEQ,
	YAML_STEP_MAP,
	YAML_STEP_CLOSE,	/* of the innermost SEQ or MAP */
	YAML_DONE,		/* the text is read; start: where its "..." stands, else len */
};

struct yaml_event {
	enum yaml_step step;
	uint8_t style;		/* enum yaml_style */
	bool implicit;		/* a scalar without text */
	uint32_t prop;		/* first byte, anchor or tag included */
	uint32_t prop_end;	/* behind anchor and tag; == prop if there are none */
	uint32_t start, end;	/* the value.  SEQ, MAP: end is 0.  CLOSE: the end of a flow
				   collection with brackets, else 0 */
	const char *text;	/* all four until the next call */
	uint32_t len;
	const char *anchor;
	const char *tag;
};

struct yaml_reader {
	const char *text;
	size_t len;
	const char *name;
	size_t bom;		/* bytes of it */
	size_t seen, at;	/* the last character that was looked up, and its byte */
	size_t high;		/* from there on all is ASCII up to this byte */
	uint32_t last;		/* end of the last event */
	unsigned depth;
	int32_t col[YAML_DEPTH_MAX];	/* column of each open block collection; -1: flow */
	bool bracket[YAML_DEPTH_MAX];	/* opened by a bracket */
	uint8_t want[YAML_DEPTH_MAX];	/* an item, a key or a value comes next */
	bool begun;		/* a document was seen */
	uint32_t close;
	void *inside;		/* libyaml's */
};

int	yaml_open(struct yaml_reader *, const char *text, size_t len, const char *name,
	    struct err *);
int	yaml_next(struct yaml_reader *, struct yaml_event *, struct err *);
void	yaml_close(struct yaml_reader *);

/* yaml_text.c: refuses what is not text, finds the BOM. */
int	yaml_check_text(struct yaml_reader *, struct err *);

/* ERR_INVALID "name:line:col: ...", for the byte at `offset`. */
int	yaml_refuse(struct err *, const char *name, const char *text, size_t len, size_t offset,
	    const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/* A scalar's type and number, from its text, style and tag (NULL: none). */
struct yaml_scalar {
	int kind;		/* enum val_kind, VAL_NULL .. VAL_STR */
	bool b;
	int64_t i;
	double r;
};
/* -1: the tag and the text do not fit. */
int	yaml_resolve(struct yaml_scalar *, const char *text, bool plain, const char *tag);

/* Is this the "<<" of YAML 1.1? */
bool	yaml_is_merge(const struct yaml_key *);

#endif
