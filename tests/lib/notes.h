/*
 * notes - the comments of a YAML text, as libyaml's scanner leaves them over
 *
 * Knows nothing of lib/doc: what is outside of all tokens, from a '#' to the end of
 * its line.  Appends each with its text and a newline.  -1: libyaml refuses the text.
 */
#ifndef ORCH_TESTS_NOTES_H
#define ORCH_TESTS_NOTES_H

#include <stddef.h>

struct buf;

int	notes_of(struct buf *, const char *text, size_t len);

#endif
