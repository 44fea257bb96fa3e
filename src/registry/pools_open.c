/* registry/pools_open.c — a pool made, and what the exchange keeps of it for itself. */
#include <stdio.h>

#include "registry/inside.h"
#include "registry/pools.h"

struct opening {
	struct store *store;
	struct numbers_book *book;
	const struct numbers_event *pool;
	struct complaints *complaints;
};

/* Once: the same address may be kept for two reasons. */
static struct fault keep(struct opening *opening, const struct prefix *prefix, const char *reason)
{
	struct numbers_event event = { .kind = EVENT_HELD,
				       .at_s = opening->pool->at_s,
				       .pool_id = opening->pool->pool_id,
				       .delegation_id = opening->book->next_delegation_id,
				       .prefix = *prefix,
				       .cite = opening->pool->cite };
	const struct numbers_delegation *at = numbers_holding(opening->book, prefix);

	if (!prefix_contains(&opening->pool->prefix, prefix) ||
	    (at != NULL && at->pool_id == opening->pool->pool_id))
		return fault_none();
	(void)snprintf(event.reason, sizeof event.reason, "%s", reason);
	return pools_write(opening->store, opening->book, &event, opening->complaints);
}

static struct fault keep_address(struct opening *opening, const struct address *address,
				 const char *reason)
{
	struct prefix host = prefix_of_address(
		address, (uint8_t)prefix_bits_max((enum family)address->family));

	return keep(opening, &host, reason);
}

/* The first and the last of an IPv4 network, RFC 919; the first of an IPv6 one, RFC 4291 2.6.1. */
static struct fault keep_ends(struct opening *opening)
{
	const struct prefix *prefix = &opening->pool->prefix;
	uint8_t bits = space_bits_of(prefix);
	struct prefix first = space_prefix_of(prefix, (struct space_block){ 0, 0 });
	struct prefix last = space_prefix_of(prefix,
					     (struct space_block){ space_size(bits) - 1, 0 });

	if (prefix->family == FAMILY_IPV6)
		return keep(opening, &first, "the routers' anycast address");
	if (bits < 2)
		return fault_none();
	TRY(keep(opening, &first, POOLS_REASON_FIRST));
	return keep(opening, &last, POOLS_REASON_LAST);
}

struct fault pools_keep_own(struct store *store, struct numbers_book *book,
			    const struct registry_exchange *exchange,
			    const struct numbers_event *pool, struct complaints *complaints)
{
	struct opening opening = { store, book, pool, complaints };

	if (pool->type != POOL_PEERING_V4 && pool->type != POOL_PEERING_V6)
		return fault_none();
	TRY(keep_ends(&opening));
	for (uint32_t i = 0; i < exchange->listen_count; i++)
		TRY(keep_address(&opening, &exchange->listen[i].address, "the route server's"));
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		if (exchange->has_blackhole_next_hop[f])
			TRY(keep_address(&opening, &exchange->blackhole_next_hop[f],
					 "where blackholed traffic goes"));
	}
	return fault_none();
}

struct fault pools_open(struct store *store, struct numbers_book *book,
			const struct registry_exchange *exchange, const struct numbers_event *pool,
			struct complaints *complaints)
{
	bool is_lan = pool->type == POOL_PEERING_V4 || pool->type == POOL_PEERING_V6;
	char text[PREFIX_TEXT_MAX];
	bool is_in = false;

	prefix_print(&pool->prefix, text);
	for (uint32_t i = 0; i < exchange->lan_count; i++)
		is_in |= prefix_contains(&exchange->lan[i], &pool->prefix);
	if (is_lan && !is_in) {
		complain(complaints, false,
			 "%s lies in none of the LANs; exchange.yaml says which there are", text);
		return fault_of(FAULT_CONFLICT, 0);
	}
	TRY(pools_write(store, book, pool, complaints));
	return pools_keep_own(store, book, exchange, pool, complaints);
}
