/* web/published_pools.h — pools and what was given out of them as networks, for published_read.c.
 * Owns    a list of addresses: published_pools_fini
 * Faults  those of the store · LIMIT
 * Thread  that of the store */
#ifndef WEB_PUBLISHED_POOLS_H
#define WEB_PUBLISHED_POOLS_H

#include "store/store.h"
#include "web/published.h"

/* What pools say already, sorted: a pool's prefix, an address that a pool gave out. */
struct published_pools {
	struct heap heap;
	struct prefix *known;
	uint32_t count;
	uint32_t room;
};

MUST_USE struct fault published_pools_add(struct store *store, struct published *published,
					  struct published_pools *out);
void published_pools_fini(struct published_pools *pools); /* for CLEAN */
bool published_pools_has(const struct published_pools *pools, const struct prefix *prefix);

#endif
