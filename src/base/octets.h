/* base/octets.h — a borrowed stretch of octets.
 * Owns    nothing; valid as long as what it points into
 * Thread  any */
#ifndef BASE_OCTETS_H
#define BASE_OCTETS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct octets {
	const uint8_t *at; /* may be NULL when len_octets is 0 */
	uint32_t len_octets;
};

static inline struct octets octets_of(const void *at, uint32_t len_octets)
{
	return (struct octets){ .at = at, .len_octets = len_octets };
}

static inline struct octets octets_of_text(const char *text)
{
	return octets_of(text, (uint32_t)strlen(text));
}

static inline bool octets_equal(struct octets a, struct octets b)
{
	return a.len_octets == b.len_octets &&
	       (a.len_octets == 0 || memcmp(a.at, b.at, a.len_octets) == 0);
}

#endif
