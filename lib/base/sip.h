/*
 * sip - SipHash-2-4: a keyed hash of 64 bits
 *
 * Who does not have the key can neither tell the hash of a text nor, from the hashes of
 * texts, the key.  J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF",
 * 2012; the words are read and given as there, least significant byte first.
 */
#ifndef ORCH_BASE_SIP_H
#define ORCH_BASE_SIP_H

#include <stddef.h>
#include <stdint.h>

#define SIP_KEY 16	/* bytes */

uint64_t sip_hash(const unsigned char key[SIP_KEY], const void *, size_t);

#endif
