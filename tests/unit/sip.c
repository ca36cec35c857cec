/*
 * SipHash-2-4: the vectors of its authors, for the key 00 01 .. 0f and the texts "",
 * 00, 00 01, and so on.
 */
#include "base/sip.h"

#include "../lib/tap.h"

static const struct {
	size_t len;
	uint64_t want;
} vectors[] = {
	{ 0, 0x726fdb47dd0e0e31 },
	{ 1, 0x74f839c593dc67fd },
	{ 2, 0x0d6c8009d9a94f5a },
	{ 7, 0xab0200f58b01d137 },
	{ 8, 0x93f5f5799a932462 },
	{ 15, 0xa129ca6149be45e5 },
	{ 63, 0x958a324ceb064572 },
};

int
main(void)
{
	unsigned char key[SIP_KEY], text[64];

	for (unsigned char i = 0; i < sizeof text; i++)
		text[i] = i;
	for (unsigned char i = 0; i < sizeof key; i++)
		key[i] = i;
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
		ok(sip_hash(key, text, vectors[i].len) == vectors[i].want, "%zu bytes: %016llx",
		    vectors[i].len, (unsigned long long)sip_hash(key, text, vectors[i].len));
	key[15] ^= 1;
	ok(sip_hash(key, text, 63) != vectors[6].want, "another key, another hash");
	return done_testing();
}
