/* base/hash.h — SipHash-1-3 with a secret key, for tables whose keys come from strangers; and a
 * fast mixer for keys that do not.
 * Source  Aumasson and Bernstein, SipHash; rounds 1 and 3
 * Thread  any */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>

#include "base/octets.h"

struct hash_key {
	uint64_t k0;
	uint64_t k1;
};

uint64_t hash_octets(struct hash_key key, struct octets octets);

/* Two words, keyed: an address and its length, say.  A few nanoseconds. */
uint64_t hash_words(struct hash_key key, uint64_t a, uint64_t b);

#endif
