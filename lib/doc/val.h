/*
 * val - a value as YAML and JSON know it
 *
 * The one shape in which data crosses module borders: json.c and yaml.c make
 * it, edit.c writes it, everything above reads it.  A value owns all below it;
 * val_free() releases the tree.  Maps keep the order in which keys were put.
 * Strings are UTF-8, NUL-terminated, and hold no NUL themselves.
 *
 * Getters accept NULL and a wrong kind and answer "absent", so that reading an
 * optional part of a document needs no ladder of tests; who must tell absent
 * from wrong looks at ->kind.
 */
#ifndef ORCH_DOC_VAL_H
#define ORCH_DOC_VAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

enum val_kind { VAL_NULL, VAL_BOOL, VAL_INT, VAL_REAL, VAL_STR, VAL_LIST, VAL_MAP };

struct val {
	enum val_kind kind;
	union {
		bool b;
		int64_t i;
		double r;		/* finite */
		char *s;
	};
	/* VAL_LIST, VAL_MAP: n children; VAL_MAP: key[i] names v[i] */
	struct val **v;
	char **key;
	size_t n;
	size_t cap;
};

struct val *val_null(void);
struct val *val_bool(bool);
struct val *val_int(int64_t);
struct val *val_real(double);
struct val *val_str(const char *);			/* copies */
struct val *val_strn(const char *, size_t);
struct val *val_time(int64_t);				/* a text, of clock_format() */
struct val *val_list(void);
struct val *val_map(void);
struct val *val_copy(const struct val *);
void	 val_free(struct val *);			/* NULL is fine */

/* All own `item` from now on; val_put() replaces a key that is there. */
void	 val_push(struct val *list, struct val *item);
void	 val_put(struct val *map, const char *key, struct val *item);
/* The same for a key that is known not to be there: no search. */
void	 val_add(struct val *map, const char *key, struct val *item);
bool	 val_drop(struct val *map, const char *key);	/* true if it was there */

/* Borrowed, or NULL. */
struct val *val_get(const struct val *map, const char *key);
struct val *val_at(const struct val *list, size_t i);
/* "a.b.0.c": keys and list positions. */
struct val *val_path(const struct val *, const char *path);

/* The text of a VAL_STR, else NULL. */
const char *val_text(const struct val *);
/* The time that a text says, or 0: it is none. */
int64_t	 val_seconds(const struct val *);
/* The number of a VAL_INT, else `otherwise`; likewise for a VAL_BOOL. */
int64_t	 val_number(const struct val *, int64_t otherwise);
bool	 val_truth(const struct val *, bool otherwise);

/* A map with copies of those of the keys that are there; caller frees. */
struct val *val_some(const struct val *map, const char *const *keys, size_t n);

/* Deep equality: same kinds, same order of list items; map order is ignored. */
bool	 val_same(const struct val *, const struct val *);

/* Appends a scalar as a person would type it ("", "true", "1.5", text). */
void	 val_plain(struct buf *, const struct val *);

/* "null", "text", "list", ...: for messages. */
const char *val_kind_name(enum val_kind);

#endif
