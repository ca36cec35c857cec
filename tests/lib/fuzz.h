/*
 * fuzz - what fuzz targets share
 *
 * A target is one function that libFuzzer calls with bytes (make fuzz), and that
 * make check calls once for every file of its corpus.  What it promises it says
 * with must(), which ends the process.
 */
#ifndef ORCH_TESTS_FUZZ_H
#define ORCH_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define must(cond, ...) \
	do { \
		if (!(cond)) { \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #cond); \
			fprintf(stderr, __VA_ARGS__); \
			fputc('\n', stderr); \
			abort(); \
		} \
	} while (0)

/* A copy that ends where the bytes end, with a NUL: for what takes text. */
static inline char *
text_of(const uint8_t *data, size_t len)
{
	char *s = malloc(len + 1);

	if (len > 0)
		memcpy(s, data, len);
	s[len] = '\0';
	return s;
}

/* "name:LINE:COL: " at the front of a message, both within a text of `len` bytes. */
static inline bool
has_place(const char *msg, const char *name, const char *text, size_t len)
{
	size_t line = 0, col = 0, lines = 1, n = strlen(name);

	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n' || text[i] == '\r' || (text[i] & 0xff) == 0x85 ||
		    (text[i] & 0xff) == 0xa8 || (text[i] & 0xff) == 0xa9;
	return strncmp(msg, name, n) == 0 && sscanf(msg + n, ":%zu:%zu: ", &line, &col) == 2 &&
	    line >= 1 && line <= lines && col >= 1 && col <= len + 1;
}

#endif
