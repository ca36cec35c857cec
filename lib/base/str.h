/*
 * str - text: UTF-8, escaping, near misses
 *
 * All text inside the suite is UTF-8 (RFC 3629).  Text that a stranger wrote
 * is shown only through str_visible().
 */
#ifndef ORCH_BASE_STR_H
#define ORCH_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

bool	str_starts(const char *s, const char *prefix);
bool	str_ends(const char *s, const char *suffix);

/*
 * Decodes one code point of valid or invalid UTF-8.  Returns the bytes used,
 * 1..4, and the code point in *cp; an invalid or cut sequence, a surrogate or
 * an overlong form uses one byte and gives STR_BAD.  `len` is at least 1.
 */
#define STR_BAD 0xffffffffu
size_t	str_decode(const char *s, size_t len, uint32_t *cp);
void	str_encode(struct buf *, uint32_t cp);

/* True if all of it is valid UTF-8; else the offset of the first bad byte. */
bool	str_utf8(const char *s, size_t len, size_t *bad);

/* The largest n <= max, n <= len, that does not cut a code point in two. */
size_t	str_cut(const char *s, size_t len, size_t max);

/* Line and column of an offset, both from 1, columns in code points. */
void	str_place(const char *s, size_t offset, size_t *line, size_t *column);

/* Appends s with every invalid byte and every NUL replaced by U+FFFD: what a NUL kept
 * apart, UTF-16 for one, must not become a text that nobody wrote. */
void	str_clean(struct buf *, const char *s, size_t len);

/*
 * Appends s made safe for a terminal and a log line: C0, DEL, invalid bytes as
 * \xNN; C1, line separators, bidirectional and zero-width controls, tag
 * characters as \u{N}; everything else as it is.  With `newlines` the newline
 * and the tab stay.
 */
void	str_visible(struct buf *, const char *s, size_t len, bool newlines);

/* Is it among what str_visible() writes as \u{N}: a terminal obeys or hides it? */
bool	str_unseen(uint32_t cp);

/* Does nobody see it in a line of text?  All of the above, C0 and DEL, but neither newline nor
 * tab; and the variation selectors, which str_visible() leaves to emoji. */
bool	str_unprinted(uint32_t cp);

/* Appends [a-z0-9-] made from s, at most max bytes, "task" if nothing is left. */
void	str_slug(struct buf *, const char *s, size_t max);

/* The name of a job, a group, a subscription, which is also that of a file: letters, digits,
 * '.', '-' and '_' (ASCII), the first neither '.' nor '-', 1 to STR_NAME_MAX bytes. */
#define STR_NAME_MAX 64
bool	str_is_name(const char *);

/* Case folded (ASCII), runs of blanks as one space, trimmed: for comparing. */
void	str_fold(struct buf *, const char *s);

/*
 * The word of the list nearest to `word` by edit distance, NULL if none is
 * near enough to be what was meant.  The list ends with NULL.
 */
const char *str_nearest(const char *word, const char *const *list);

#endif
