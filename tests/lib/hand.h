/*
 * hand - task files as a person might have written them
 *
 * Every layout that YAML allows and the suite reads: block, flow and JSON; lists at
 * the column of their key or deeper, dashes and steps of any width, mixed in one
 * file; plain, quoted and block scalars on one line and many; comments at any
 * column; anchors, aliases, merge keys, tags; explicit and quoted keys; CRLF, BOM,
 * "%YAML", "---", "...", no final newline.  Nearly all are valid; yaml_parse() says
 * which.
 *
 * Every comment ends with a word of its own, "~17~", so that no two are equal.
 */
#ifndef ORCH_TESTS_HAND_H
#define ORCH_TESTS_HAND_H

#include <stdbool.h>
#include <stddef.h>

#include "dice.h"

struct buf;
struct val;

/* Keys of the tasks, in the order of a schema, NULL-terminated. */
extern const char *const hand_keys[];
#define HAND_KEYS 13

/* Texts that readers of some version of YAML take for something else. */
extern const char *const hand_nasty[];
size_t	hand_nasty_count(void);

void	hand_file(struct dice *, struct buf *);

/* A value to write: mostly a scalar, sometimes a list or a map.  Caller frees. */
struct val *hand_value(struct dice *, unsigned depth);

#endif
