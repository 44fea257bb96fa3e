/* base/hash.c — SipHash-1-3. */
#include "base/hash.h"

#include <string.h>

struct sip {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate_left(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void sip_round(struct sip *sip)
{
	sip->v0 += sip->v1;
	sip->v1 = rotate_left(sip->v1, 13) ^ sip->v0;
	sip->v0 = rotate_left(sip->v0, 32);
	sip->v2 += sip->v3;
	sip->v3 = rotate_left(sip->v3, 16) ^ sip->v2;
	sip->v0 += sip->v3;
	sip->v3 = rotate_left(sip->v3, 21) ^ sip->v0;
	sip->v2 += sip->v1;
	sip->v1 = rotate_left(sip->v1, 17) ^ sip->v2;
	sip->v2 = rotate_left(sip->v2, 32);
}

static inline struct sip sip_start(struct hash_key key)
{
	return (struct sip){
		.v0 = key.k0 ^ UINT64_C(0x736f6d6570736575),
		.v1 = key.k1 ^ UINT64_C(0x646f72616e646f6d),
		.v2 = key.k0 ^ UINT64_C(0x6c7967656e657261),
		.v3 = key.k1 ^ UINT64_C(0x7465646279746573),
	};
}

static inline void sip_word(struct sip *sip, uint64_t word)
{
	sip->v3 ^= word;
	sip_round(sip);
	sip->v0 ^= word;
}

static inline uint64_t sip_end(struct sip *sip)
{
	sip->v2 ^= 0xff;
	sip_round(sip);
	sip_round(sip);
	sip_round(sip);
	return sip->v0 ^ sip->v1 ^ sip->v2 ^ sip->v3;
}

uint64_t hash_octets(struct hash_key key, struct octets octets)
{
	struct sip sip = sip_start(key);
	uint32_t whole = octets.len_octets & ~UINT32_C(7);
	uint32_t rest = octets.len_octets & 7;
	uint64_t last = 0;

	for (uint32_t i = 0; i < whole; i += 8) {
		uint64_t word;
		memcpy(&word, octets.at + i, sizeof word);
		sip_word(&sip, word);
	}
	if (rest != 0)
		memcpy(&last, octets.at + whole, rest);
	sip_word(&sip, last | (uint64_t)octets.len_octets << 56);
	return sip_end(&sip);
}

uint64_t hash_words(struct hash_key key, uint64_t a, uint64_t b)
{
	struct sip sip = sip_start(key);

	sip_word(&sip, a);
	sip_word(&sip, b);
	return sip_end(&sip);
}
