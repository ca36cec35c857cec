/*
 * fs_hash - the one door to xxHash, which is compiled in from its header
 */
#include "fs.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

void
fs_hash(const void *data, size_t len, char out[FS_HASH_MAX])
{
	snprintf(out, FS_HASH_MAX, "%016" PRIx64, (uint64_t)XXH3_64bits(data, len));
}

void
fs_hash_parts(const struct iovec *part, size_t n, char out[FS_HASH_MAX])
{
	XXH3_state_t state;

	XXH3_64bits_reset(&state);
	for (size_t i = 0; i < n; i++)
		XXH3_64bits_update(&state, part[i].iov_base, part[i].iov_len);
	snprintf(out, FS_HASH_MAX, "%016" PRIx64, (uint64_t)XXH3_64bits_digest(&state));
}
