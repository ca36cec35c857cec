/*
 * edit - change some values of a YAML text and not one byte more
 *
 * A change is a list of operations on mappings of a parsed text.  edit_apply()
 * turns them into splices, applies them, and then proves the result: it is
 * parsed again and compared, node by node (value, kind, tag, anchor, order),
 * with the old tree as it should have become, and every comment of the old
 * text must still be there in the same order.  If the proof fails, or an
 * operation cannot be done without touching what is not meant, nothing is
 * produced and the error says why.  The rules for writing stand in edit_write.c.
 *
 * Refused are: a change inside, or the end, of what has an anchor that is used
 * elsewhere; a map or list to append to that is an alias; a key to drop or
 * append to that comes out of a merge; a map with a merge key as the place of
 * another map; a tag that does not fit the new value.  An alias may be replaced
 * by a value, and a merged key be overridden by a PUT.
 *
 * Values are written in the style that was there, else in the plainest one
 * that YAML 1.1 and 1.2 readers both read back equal.  Lists and maps that
 * replace one that is there are changed item by item: what stays equal keeps
 * its bytes.  Setting a value that is already there changes nothing.  Comments
 * of what is removed stay, on lines of their own.  A text that gets a new last
 * line ends with a newline; else the end of the text stays as it is.
 */
#ifndef ORCH_DOC_EDIT_H
#define ORCH_DOC_EDIT_H

#include <stddef.h>

struct buf;
struct err;
struct val;
struct yaml;
struct yaml_node;

enum edit_kind {
	EDIT_PUT,	/* map[key] = value, replaced or inserted */
	EDIT_DROP,	/* key removed; absent is fine */
	EDIT_APPEND,	/* list at map[key] gets value as its last item; the list may be
			   absent, null, empty flow, flow or block */
	EDIT_REMOVE,	/* the item `map` leaves its list; a list without items is "[]" */
};

struct edit_op {
	enum edit_kind kind;
	const struct yaml_node *map;	/* a mapping of the tree, not an alias of one;
					   NULL: the root (made if the text is empty).
					   EDIT_REMOVE: any node that is an item of a list */
	const char *key;		/* not for EDIT_REMOVE */
	const struct val *value;	/* borrowed; not for EDIT_DROP, EDIT_REMOVE */
};

/*
 * `order`: names of keys in the order of the schema (NULL-terminated), which
 * decides where a missing key goes: after its nearest preceding sibling that
 * is there, else last.  Per (map, key) one PUT or DROP, or any number of APPENDs,
 * which keep their order; operations inside of what another one replaces, drops
 * or removes are refused.  Items may be removed from a list that gets others.
 * The time is that of the text, whatever the number of items removed and
 * appended; a PUT of a whole list compares it with the old one.  On success `out`,
 * whatever it held, is the whole new text (equal to the old one if nothing
 * changed).  -1: ERR_INVALID, `out` empty.
 */
int	edit_apply(const struct yaml *, const struct edit_op *, size_t n,
	    const char *const *order, const char *name, struct buf *out, struct err *);

/* Appends a scalar as edit_apply() would write it after "key: " in block style. */
void	edit_scalar(struct buf *, const struct val *);

/* Appends a whole new document made from a map, block style, for new files. */
void	edit_document(struct buf *, const struct val *map);

#endif
