/* kit/random.h — a small generator of numbers from a seed, the same on every machine.
 * Source  Steele, Lea, Flood: SplitMix64
 * Thread  one */
#ifndef KIT_RANDOM_H
#define KIT_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state;
};

static inline uint64_t random_next(struct random *random)
{
	uint64_t z = (random->state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* 0 <= result < below; below > 0. */
static inline uint32_t random_below(struct random *random, uint32_t below)
{
	return (uint32_t)(random_next(random) % below);
}

#endif
