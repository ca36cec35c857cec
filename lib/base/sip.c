#include "base/sip.h"

struct state {
	uint64_t v0, v1, v2, v3;
};

static uint64_t
left(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static uint64_t
word(const unsigned char *p, size_t n)
{
	uint64_t w = 0;

	for (size_t i = 0; i < n; i++)
		w |= (uint64_t)p[i] << 8 * i;
	return w;
}

static void
turn(struct state *s, int rounds)
{
	for (int i = 0; i < rounds; i++) {
		s->v0 += s->v1;
		s->v2 += s->v3;
		s->v1 = left(s->v1, 13) ^ s->v0;
		s->v3 = left(s->v3, 16) ^ s->v2;
		s->v0 = left(s->v0, 32);
		s->v2 += s->v1;
		s->v0 += s->v3;
		s->v1 = left(s->v1, 17) ^ s->v2;
		s->v3 = left(s->v3, 21) ^ s->v0;
		s->v2 = left(s->v2, 32);
	}
}

static void
take(struct state *s, uint64_t w)
{
	s->v3 ^= w;
	turn(s, 2);
	s->v0 ^= w;
}

uint64_t
sip_hash(const unsigned char key[SIP_KEY], const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t k0 = word(key, 8), k1 = word(key + 8, 8);
	struct state s = { k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du,
		k0 ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u };
	size_t i = 0;

	for (; len - i >= 8; i += 8)
		take(&s, word(p + i, 8));
	take(&s, word(p + i, len - i) | (uint64_t)len << 56);
	s.v2 ^= 0xff;
	turn(&s, 4);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
