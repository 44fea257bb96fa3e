/* web/published_pools.c — the numbers book as RDAP's networks. */
#include "web/published_pools.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/pools.h"
#include "text/utf8.h"

static int by_prefix(const void *one, const void *other)
{
	return prefix_compare(one, other);
}

static struct fault known_add(struct published_pools *pools, const struct prefix *prefix)
{
	if (!heap_grow(&pools->heap, (void **)&pools->known, &pools->room, pools->count + 1,
		       sizeof *pools->known))
		return fault_of(FAULT_LIMIT, 0);
	pools->known[pools->count++] = *prefix;
	return fault_none();
}

static struct fault network_add(struct published *published, struct published_pools *pools,
				const struct prefix *prefix, struct published_network *network)
{
	bool is_host = prefix->len_bits == prefix_bits_max((enum family)prefix->family);

	network->first = prefix_first(prefix);
	network->last = prefix_last(prefix);
	if (is_host)
		address_print(&network->first, network->handle);
	else
		prefix_print(prefix, network->handle);
	TRY(known_add(pools, prefix));
	return published_network_add(published, network);
}

static struct fault pool_add(struct published *published, struct published_pools *pools,
			     const struct numbers_pool *pool)
{
	struct published_network network = { .status = PUBLISHED_ALLOCATED,
					     .registered_at = { pool->opened_at_s } };

	(void)utf8_clean(octets_of_text(pool->name), " ", network.name, sizeof network.name);
	return network_add(published, pools, &pool->prefix, &network);
}

/* "AS64500" holds through its organisation; where none is recorded, through one of its own. */
static struct fault holder_find(struct store *store, const struct numbers_delegation *delegation,
				char out[PUBLISHED_HANDLE_MAX])
{
	char organisation[NUMBERS_HANDLE_MAX];
	bool is_number = strncmp(delegation->holder, "AS", 2) == 0;

	TRY(pools_organisation(store, delegation->holder, organisation));
	if (is_number && strcmp(organisation, delegation->holder) == 0)
		(void)snprintf(out, PUBLISHED_HANDLE_MAX, "%.56s-ORG", delegation->holder);
	else
		(void)snprintf(out, PUBLISHED_HANDLE_MAX, "%.63s", organisation);
	return fault_none();
}

static struct fault delegation_add(struct store *store, struct published *published,
				   struct published_pools *pools,
				   const struct numbers_delegation *delegation)
{
	bool is_held = delegation->state == DELEGATION_GRANTED ||
		       delegation->state == DELEGATION_RETURNING;
	struct published_network network = { .status = is_held ? PUBLISHED_ASSIGNED :
								 PUBLISHED_RESERVED,
					     .registered_at = { delegation->granted_at_s },
					     .changed_at = { delegation->changed_at_s } };

	if (is_held) {
		TRY(holder_find(store, delegation, network.holder_handle));
		(void)utf8_clean(octets_of_text(delegation->holder), " ", network.name,
				 sizeof network.name);
	} else {
		(void)snprintf(network.name, sizeof network.name, "%s",
			       delegation->state == DELEGATION_HELD ? "EXCHANGE" : "QUARANTINE");
	}
	return network_add(published, pools, &delegation->prefix, &network);
}

static struct fault book_add(struct store *store, struct published *published,
			     const struct numbers_book *book, struct published_pools *out)
{
	for (uint32_t i = 0; i < book->pool_count; i++) {
		if (!book->pool[i].is_closed)
			TRY(pool_add(published, out, &book->pool[i]));
	}
	for (uint32_t i = 0; i < book->delegation_count; i++) {
		if (book->delegation[i].state != DELEGATION_ENDED)
			TRY(delegation_add(store, published, out, &book->delegation[i]));
	}
	return fault_none();
}

struct fault published_pools_add(struct store *store, struct published *published,
				 struct published_pools *out)
{
	struct numbers_book book CLEAN(numbers_book_fini);

	*out = (struct published_pools){ .heap = heap_libc() };
	numbers_book_init(&book, &out->heap);
	TRY(pools_load_current(store, &book));
	TRY(book_add(store, published, &book, out));
	if (out->count > 1)
		qsort(out->known, out->count, sizeof *out->known, by_prefix);
	return fault_none();
}

void published_pools_fini(struct published_pools *pools)
{
	heap_free(&pools->heap, pools->known, pools->room * sizeof *pools->known);
	pools->known = NULL;
	pools->count = pools->room = 0;
}

bool published_pools_has(const struct published_pools *pools, const struct prefix *prefix)
{
	return pools->count != 0 &&
	       bsearch(prefix, pools->known, pools->count, sizeof *pools->known, by_prefix) != NULL;
}
