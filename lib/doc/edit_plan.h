/*
 * edit_plan - what the parts of edit share; private to lib/doc
 *
 * The parts, from the outside in: edit.c sorts the operations onto the tree;
 * edit_change.c and edit_match.c say which entries of a collection stay, change,
 * go or come (struct edit_change); edit_block.c and edit_flow.c turn that into
 * splices for the two layouts; edit_value.c replaces one value; edit_site.c
 * knows where a value stands and edit_line.c lines and comments; edit_write.c
 * writes new text; edit_splice.c holds the splices; edit_check.c proves the
 * result.
 */
#ifndef ORCH_DOC_EDIT_PLAN_H
#define ORCH_DOC_EDIT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "doc/edit.h"
#include "doc/val.h"
#include "doc/yaml.h"
#include "doc/yaml_event.h"

struct table;

#define EDIT_NONE UINT32_MAX	/* no such place, no such entry */
#define EDIT_WIDTH 72		/* columns that a new flow list may fill */

/* A comment: from its '#' to the end of its line. */
struct edit_note {
	uint32_t start, end;
};

struct edit_notes {
	struct edit_note *v;
	size_t n, cap;
	uint32_t next;		/* the next '#' that may start one */
};

/* Bytes [start, end) of the old text give way to `len` bytes of edit.ink. */
struct edit_splice {
	uint32_t start, end;
	uint32_t ink, len;
	uint32_t order;		/* of being planned */
	uint16_t depth;		/* of insertions at one place the deepest comes first */
	bool line;		/* must start at the start of a line */
};

/* How this file lays out what is nested in a block. */
struct edit_habit {
	unsigned step;		/* columns from a key to the keys of its map */
	unsigned list;		/* columns from a key to the dashes of its list */
	unsigned dash;		/* columns from a dash to its item */
};

struct edit {
	const struct yaml *y;
	const char *text;
	uint32_t len;
	uint32_t first;		/* behind the BOM */
	const char *name;
	const char *const *order;
	const struct edit_op *given;	/* as they were given */
	const struct edit_op **op;	/* sorted by map and key */
	size_t n;
	bool removes;			/* some operation is an EDIT_REMOVE */
	struct edit_notes notes;
	struct edit_splice *splice;
	size_t splices, cap;
	struct buf ink;
	struct edit_habit habit;
	struct err *e;
};

/* Where a value stands. */
struct edit_site {
	const struct yaml_node *node;
	const struct yaml_node *up;	/* the collection around it; NULL: the root */
	const struct yaml_key *key;	/* NULL: an item, or the root */
	uint32_t after;		/* behind the ':' or '-' and anchor and tag; EDIT_NONE: "? key"
				   without ':', and the root */
	int col;		/* column of the keys or dashes around it; -1: the root;
				   inside brackets 0 */
	bool flow;		/* inside brackets */
	bool quote;		/* all is quoted here, as in JSON */
	uint16_t depth;
};

enum edit_what { EDIT_KEEP, EDIT_CHANGE, EDIT_GONE, EDIT_EXTEND };

struct edit_slot {
	const struct yaml_node *node;
	enum edit_what what;
	bool inside;		/* operations are about what is in it */
	const struct val *val;	/* CHANGE: the new value; EXTEND: a list of new items */
	struct val *own;	/* the list of EXTEND, to be freed */
};

struct edit_add {
	uint32_t after;		/* number of the slot, EDIT_NONE: before all */
	size_t rank;		/* among those behind one slot */
	const char *key;
	const struct val *val;
	struct val *own;	/* the list of new items, to be freed */
};

/* What becomes of the entries of one collection. */
struct edit_change {
	struct edit_slot *slot;
	uint32_t n;
	struct edit_add *add;	/* sorted by place */
	size_t adds, cap;
	uint32_t kept;		/* slots that are not removed */
};

/* How new text is written. */
struct edit_ink {
	const char *eol;
	struct edit_habit habit;
	bool flow;
	bool quote;
	bool no_literal;	/* what follows would become part of it */
};

/* edit.c: the operations on a map (NULL: the root), those on one key together. */
const struct edit_op *const *edit_ops_of(const struct edit *, const struct yaml_node *map,
	    size_t *n);
/* Does an operation remove this item?  Is there one about something in it? */
bool	edit_removed(const struct edit *, const struct yaml_node *item);
bool	edit_any_in(const struct edit *, const struct yaml_node *);

/* edit_line.c */
bool	 edit_ends_line(const char *text, size_t len);
uint32_t edit_stop_of(const char *text, size_t len, uint32_t at);
uint32_t edit_line_start(const struct edit *, uint32_t at);
uint32_t edit_line_stop(const struct edit *, uint32_t at);	/* its break, or the end */
uint32_t edit_line_next(const struct edit *, uint32_t at);	/* behind its break */
uint32_t edit_line_after(const struct edit *, uint32_t end);	/* of what ends at `end` */
uint32_t edit_col(const struct edit *, uint32_t at);
bool	 edit_starts_line(const struct edit *, uint32_t at);	/* blanks before it only */
bool	 edit_blank_line(const struct edit *, uint32_t at);
uint32_t edit_skip_blanks(const struct edit *, uint32_t at);
uint32_t edit_back_blanks(const struct edit *, uint32_t at);
uint32_t edit_skip_space(const struct edit *, uint32_t at);	/* and breaks and comments */
uint32_t edit_region(const struct edit *, uint32_t end, uint32_t col);
bool	 edit_literal_fits(const struct edit *, uint32_t at, uint32_t col);
const char *edit_eol(const struct edit *, uint32_t at);
void	 edit_notes_begin(struct edit_notes *, const char *text, size_t len);
void	 edit_notes_to(struct edit_notes *, const char *text, size_t len, uint32_t start,
	    uint32_t end);
void	 edit_notes_scalar(struct edit_notes *, const char *text, size_t len, uint32_t start,
	    uint32_t end, int style);
void	 edit_notes_tree(struct edit_notes *, const struct yaml *);
size_t	 edit_notes_from(const struct edit *, uint32_t at);

/* edit_splice.c */
void	 edit_put_text(struct edit *, uint32_t start, uint32_t end, const struct buf *,
	    uint16_t depth, bool line);
void	 edit_keep_notes(const struct edit *, uint32_t start, uint32_t *end, struct buf *);
void	 edit_keep_lines(const struct edit *, uint32_t start, uint32_t end, uint32_t col,
	    bool flat, struct buf *);
int	 edit_splice_all(struct edit *, struct buf *out);

/* edit_site.c */
struct edit_site edit_child(const struct edit *, const struct edit_site *,
	    const struct yaml_node *child);
struct edit_ink edit_ink_of(const struct edit *, const struct edit_site *,
	    const struct yaml_node *near);
void	 edit_habit_of(const struct edit *, const struct yaml_node *, struct edit_habit *);
/* -1: what is inside, or stood in these bytes, is used elsewhere through an anchor. */
int	 edit_guard(struct edit *, const struct yaml_node *container);
int	 edit_guard_gone(struct edit *, uint32_t start, uint32_t end);
uint32_t edit_content_stop(const struct edit *, uint32_t at);	/* of its line */
int	 edit_refuse(struct edit *, uint32_t at, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* edit_write.c */
void	 edit_write_key(struct buf *, const char *key, const struct edit_ink *);
void	 edit_write_scalar(struct buf *, const struct val *, const struct yaml_node *old,
	    const struct edit_ink *, uint32_t col, uint32_t body);
void	 edit_write_flow(struct buf *, const struct val *, const struct edit_ink *);
void	 edit_write_block(struct buf *, const struct val *, const struct edit_ink *,
	    uint32_t col);
void	 edit_write_pair(struct buf *, const char *key, const struct val *,
	    const struct edit_ink *, uint32_t col);
void	 edit_write_item(struct buf *, const struct val *, const struct edit_ink *,
	    uint32_t col);
bool	 edit_fits_flow(const struct val *, const struct edit_ink *, uint32_t col);
void	 edit_pad(struct buf *, uint32_t col);

/* edit_match.c */
void	 edit_index_val(struct table *, const struct val *map);
void	 edit_index_node(struct table *, const struct yaml_node *map);
bool	 edit_same(const struct yaml_node *, const struct val *);
/* For each item the number of the new item that it is, or EDIT_NONE; caller frees. */
uint32_t *edit_match(const struct yaml_node *list, const struct val *, uint32_t *n);

/* edit_change.c */
int	 edit_list(struct edit *, const struct edit_site *, const struct val *);
int	 edit_map(struct edit *, const struct edit_site *, const struct val *);
struct edit_change edit_change_of(const struct yaml_node *);
void	 edit_change_add(struct edit_change *, const struct edit_add *);
uint32_t edit_change_place(const struct edit_change *, const char *const *order, size_t n,
	    const char *key, size_t *rank);
int	 edit_change_run(struct edit *, const struct edit_site *, struct edit_change *);
uint32_t edit_last_kept(const struct edit_change *);	/* EDIT_NONE: none */
void	 edit_change_release(struct edit_change *);

/* edit_block.c, edit_flow.c */
int	 edit_block(struct edit *, const struct edit_site *, const struct edit_change *);
int	 edit_flow(struct edit *, const struct edit_site *, const struct edit_change *);

/* edit_value.c: each plans the change of what stands at the site. */
int	 edit_value(struct edit *, const struct edit_site *, const struct val *);
int	 edit_replace(struct edit *, const struct edit_site *, const struct val *);
int	 edit_extend(struct edit *, const struct edit_site *, const struct val *items);
int	 edit_remove(struct edit *, const struct edit_site *);

/* edit_check.c */
int	 edit_check(struct edit *, const struct buf *out);

#endif
