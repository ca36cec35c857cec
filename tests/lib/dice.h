/*
 * dice - choices for what is generated: from a seed, or from bytes of a fuzzer
 *
 * With a seed the same numbers on every machine (xorshift); with bytes each choice
 * takes one or two of them, and 0 when they are used up, so that a fuzzer can steer.
 */
#ifndef ORCH_TESTS_DICE_H
#define ORCH_TESTS_DICE_H

#include <stddef.h>
#include <stdint.h>

struct dice {
	uint64_t seed;			/* not 0 */
	const unsigned char *data;	/* NULL: the seed decides */
	size_t left;
};

/* One of 0 .. n - 1. */
static inline unsigned
dice(struct dice *d, unsigned n)
{
	unsigned got = 0;

	if (d->data != NULL) {
		for (unsigned most = n; most > 1 && d->left > 0; most >>= 8, d->left--)
			got = got << 8 | *d->data++;
		return got % n;
	}
	d->seed ^= d->seed << 13;
	d->seed ^= d->seed >> 7;
	d->seed ^= d->seed << 17;
	return (unsigned)((d->seed >> 11) % n);
}

/* True once in n times. */
static inline int
once(struct dice *d, unsigned n)
{
	return dice(d, n) == n - 1;
}

/* Choices that depend on a text alone. */
static inline struct dice
dice_of(const void *text, size_t len)
{
	const unsigned char *p = text;
	struct dice d = { .seed = UINT64_C(0xcbf29ce484222325) };

	for (size_t i = 0; i < len; i++)
		d.seed = (d.seed ^ p[i]) * UINT64_C(0x100000001b3);
	d.seed |= 1;
	return d;
}

#endif
