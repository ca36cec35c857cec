/*
 * jsonl - streams of JSON lines, and a small language that picks from them
 *
 * A CLI tells what it does in one JSON object a line.  jsonl_read() keeps the
 * lines that are whole objects and passes over all else: banners, progress, a
 * line that was cut.  A line that is an array counts as its items.
 *
 * A selector names events and a value in them:
 *
 *	cond & cond : path | agg
 *
 *	a.b=value	the value there, as plain text, is `value` (which may be empty)
 *	a.b!=value	it is not; true where there is no a.b
 *	a.b		there is a value and it is not null
 *	path		"usage.input_tokens", "denials.0.name"
 *	agg		last (unless told), first, sum, concat
 *
 * Paths are those of val_path(); in that of a field one step may be `*`, which stands for
 * every item of a list or map ("models.*.cost | sum").  The four marks stand between blanks; a value
 * holds no blank.  Without a ':' an event selector is conditions only and a field
 * selector is a path only.
 */
#ifndef ORCH_WORK_JSONL_H
#define ORCH_WORK_JSONL_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct val;

/* The events of a stream, in their order. */
struct jsonl {
	struct val **v;
	size_t n;
	size_t cap;
};

/* Adds the events of a text; with `whole` it may also be one document of many
 * lines.  Bad UTF-8, NUL escapes and halves of surrogate pairs become U+FFFD. */
void	jsonl_read(struct jsonl *, const char *text, size_t len, bool whole);
void	jsonl_release(struct jsonl *);

enum jsonl_kind { JSONL_EVENT, JSONL_FIELD };
enum jsonl_agg { JSONL_LAST, JSONL_FIRST, JSONL_SUM, JSONL_CONCAT };

struct jsonl_cond {
	enum { JSONL_EXISTS, JSONL_IS, JSONL_IS_NOT } test;
	char *path;
	char *value;
};

#define JSONL_CONDS 8

struct jsonl_sel {
	struct jsonl_cond cond[JSONL_CONDS];
	size_t n;
	char *path;		/* NULL: conditions only */
	char *below;		/* the rest of the path, for each item there; NULL: no `*` */
	enum jsonl_agg agg;
};

/* ERR_CONFIG "selector 'x': reason"; nothing to release then. */
int	jsonl_compile(struct jsonl_sel *, enum jsonl_kind, const char *text, struct err *);
void	jsonl_sel_release(struct jsonl_sel *);

/* Do all conditions hold for the event? */
bool	jsonl_match(const struct jsonl_sel *, const struct val *event);
/* For any of them? */
bool	jsonl_seen(const struct jsonl_sel *, const struct jsonl *);

/* The value at the path (before the `*`) of an event that matches, borrowed; NULL: none,
 * or null. */
const struct val *jsonl_pick(const struct jsonl_sel *, const struct val *event);

/* The value of the stream (caller frees); NULL: no event had one. */
struct val *jsonl_value(const struct jsonl_sel *, const struct jsonl *);

/* A value as text: a scalar as it is, a list or map as JSON; caller frees. */
char	*jsonl_text(const struct val *);

#endif
