/* registry/pools_rules.c — what the rule book in force says of pools. */
#include <stdio.h>

#include "registry/pools.h"
#include "registry/rules.h"

static const enum rulebook_key key_of[POOL_TYPES] = {
	[POOL_PEERING_V4] = RULEBOOK_POOL_PEERING_V4,
	[POOL_PEERING_V6] = RULEBOOK_POOL_PEERING_V6,
	[POOL_RESERVE] = RULEBOOK_PEOPLE, /* nothing is asked of a reserve */
	[POOL_REGISTRY_V4] = RULEBOOK_POOL_REGISTRY_V4,
	[POOL_REGISTRY_V6] = RULEBOOK_POOL_REGISTRY_V6,
};

/* Where a block goes, and what is kept beside it, is the allocator's. */
static void policy_take(const struct rulebook_pool *from, struct numbers_policy *out)
{
	out->default_len_bits = from->default_len_bits;
	out->minimum_len_bits = from->largest_len_bits;
	out->maximum_len_bits = from->smallest_len_bits;
	out->must_hold_ipv6 = from->must_hold_ipv6;
	out->never_held = from->never_held;
	out->one_place = from->one_place;
	out->has_queue = from->waiting != RULEBOOK_WAITING_NONE;
	out->order = from->waiting == RULEBOOK_WAITING_SMALLEST_FIRST ? ORDER_SMALLEST_FIRST :
									ORDER_FIRST_COME;
	out->is_transferable = from->transfer;
	out->hold_days = from->hold_days;
	out->quarantine_days = from->quarantine_days;
	out->return_days = from->return_days;
	out->review_days = from->review_days;
	out->review_percent = from->review_percent;
}

static void rules_take(const struct rulebook *book, const struct plan_book *order,
		       struct numbers_rules *out)
{
	out->version = order->version;
	(void)snprintf(out->decision, sizeof out->decision, "%s", order->decision);
	(void)snprintf(out->by, sizeof out->by, "%s", order->by);
	for (uint32_t i = 0; i < POOL_TYPES; i++) {
		if (key_of[i] == RULEBOOK_PEOPLE)
			continue;
		policy_take(&book->pool[key_of[i] - RULEBOOK_POOL_FIRST], &out->of[i]);
		(void)snprintf(out->clause[i], sizeof out->clause[i], "%s",
			       rulebook_clause_of(book, key_of[i])->number);
	}
}

struct fault pools_rules(struct store *store, struct numbers_rules *out)
{
	/* Of what exchange.yaml sets nothing is about pools. */
	static const struct registry_exchange none = { 0 };
	struct heap heap = heap_libc();
	struct rulebook *book = heap_zero(&heap, sizeof *book);
	struct plan_book *order = heap_zero(&heap, sizeof *order);
	struct fault fault = book != NULL && order != NULL ?
				     rules_book_now(store, &none, record_now_s(), book, order) :
				     fault_of(FAULT_LIMIT, 0);

	*out = numbers_rules_default();
	if (!failed(fault))
		rules_take(book, order, out);
	heap_free(&heap, order, sizeof *order);
	heap_free(&heap, book, sizeof *book);
	return fault;
}
