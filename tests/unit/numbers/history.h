/* unit/numbers/history.h — a history: the book and the oracle side by side, made with the same
 * rules, and compared. */
#ifndef UNIT_NUMBERS_HISTORY_H
#define UNIT_NUMBERS_HISTORY_H

#include "oracle.h"

#include <stdio.h>
#include <string.h>

#include "kit/random.h"
#include "numbers/decide.h"

#define EVENTS 10000u
#define DAY INT64_C(86400)

struct history {
	uint32_t number;
	bool is_broken; /* nothing that follows means anything */
	struct random random;
	struct heap heap;
	struct numbers_rules rules;
	struct numbers_book book;
	struct oracle *oracle;
	int64_t now_s;
	struct numbers_event *event;
	uint32_t event_count;
	void (*also)(void *context, const struct numbers_event *event); /* may be NULL */
	void *also_context;
	uint32_t kinds[EVENT_KINDS];
	uint32_t reasons[NUMBERS_REASONS];
};

static const enum pool_type pool_type[] = { POOL_REGISTRY_V4, POOL_PEERING_V4, POOL_REGISTRY_V6 };
static const char *const pool_prefix[] = { "10.0.0.0/21", "192.0.2.0/25", "2001:db8::/48" };
static const uint8_t cell_len[] = { 28, 32, 58 };

static inline uint32_t below(struct history *h, uint32_t n)
{
	return random_below(&h->random, n);
}

static inline void happen(struct history *h, const struct numbers_event *event)
{
	struct fault fault = numbers_apply(&h->book, event);

	if (failed(fault))
		printf("# event %u of kind %d: %s\n", h->event_count, event->kind, h->book.wrong);
	expect_true(!failed(fault));
	if (h->also != NULL)
		h->also(h->also_context, event);
	h->event[h->event_count++] = *event;
	h->kinds[event->kind]++;
}

static inline void org_name(uint32_t org, char out[NUMBERS_HANDLE_MAX])
{
	(void)snprintf(out, NUMBERS_HANDLE_MAX, "AS%u", 64500 + org);
}

/* --- the same rules twice --------------------------------------------------------------------- */

static inline void pool_begin(struct history *h, uint32_t i)
{
	struct numbers_policy *policy = &h->rules.of[pool_type[i]];
	struct oracle_pool *pool = &h->oracle->pool[i];
	struct numbers_event event = { .kind = EVENT_POOL, .at_s = h->now_s, .pool_id = i + 1 };
	uint32_t kept_bits = i == 1 ? 0 : below(h, 3);
	uint32_t large = i == 1 ? 0 : 3 + below(h, 3);

	expect_true(prefix_parse(pool_prefix[i], &event.prefix, NULL));
	event.type = pool_type[i];
	(void)snprintf(event.name, sizeof event.name, "pool-%u", i);
	*policy = (struct numbers_policy){
		.takes_requests = true,
		.default_len_bits = cell_len[i],
		.minimum_len_bits = (uint8_t)(cell_len[i] - large),
		.maximum_len_bits = cell_len[i],
		.kept_bits = (uint8_t)kept_bits,
		.placement = i == 2 ? PLACE_SPARSE : PLACE_TIGHTEST,
		.must_hold_ipv6 = i == 0 && below(h, 2) != 0,
		.never_held = i == 0 && h->number == 0,
		.one_place = i != 1 && below(h, 2) != 0,
		.has_queue = below(h, 4) != 0,
		.order = below(h, 3) == 0 ? ORDER_SMALLEST_FIRST : ORDER_FIRST_COME,
		.is_transferable = i != 1,
		.hold_days = below(h, 100),
		.quarantine_days = below(h, 60),
		.review_percent = 50,
	};
	*pool = (struct oracle_pool){
		.cells = 1u << (cell_len[i] - event.prefix.len_bits),
		.largest = 1u << large,
		.smallest = 1,
		.kept_times = 1u << kept_bits,
		.is_sparse = i == 2,
		.needs_ipv6 = policy->must_hold_ipv6,
		.never_held = policy->never_held,
		.one_place = policy->one_place,
		.has_queue = policy->has_queue,
		.may_transfer = policy->is_transferable,
		.is_ipv6 = i == 2,
		.smallest_first = policy->order == ORDER_SMALLEST_FIRST,
		.hold_days = policy->hold_days,
		.quarantine_days = policy->quarantine_days,
		.review_percent = 50,
	};
	h->oracle->pool_count = i + 1;
	happen(h, &event);
}

static inline struct prefix cells_prefix(const struct history *h, uint32_t pool, uint32_t at,
					 uint32_t count)
{
	struct prefix prefix = h->book.pool[pool].prefix;
	uint32_t len = cell_len[pool];
	uint32_t value = at;

	for (uint32_t size = count; size > 1; size /= 2)
		len--;
	/* Into the bits before cell_len, one by one. */
	for (uint32_t bit = cell_len[pool]; bit-- > 0 && value != 0; value >>= 1) {
		if ((value & 1u) != 0)
			prefix.octet[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
	}
	prefix.len_bits = (uint8_t)len;
	return prefix;
}

/* --- comparing -------------------------------------------------------------------------------- */

static inline void compare_rows(struct history *h)
{
	static const enum delegation_state state[] = {
		[O_GRANTED] = DELEGATION_GRANTED,     [O_HELD] = DELEGATION_HELD,
		[O_RETURNING] = DELEGATION_RETURNING, [O_QUARANTINE] = DELEGATION_QUARANTINE,
		[O_ENDED] = DELEGATION_ENDED,
	};
	const struct oracle *o = h->oracle;

	if (h->book.delegation_count != o->row_count)
		expect_u64(h->book.delegation_count, o->row_count);
	for (uint32_t r = 1; r <= o->row_count; r++) {
		const struct oracle_row *row = &o->row[r];
		const struct numbers_delegation *at = &h->book.delegation[r - 1];
		struct prefix prefix = cells_prefix(h, row->pool, row->at, row->count);
		bool is_same = at->state == state[row->state] &&
			       prefix_equal(&at->prefix, &prefix) && at->id == r &&
			       at->pool_id == row->pool + 1 && at->granted_at_s == row->since_s;
		if (row->state == O_RETURNING || row->state == O_QUARANTINE)
			is_same = is_same && at->until_s == row->until_s;
		if (is_same)
			continue;
		printf("# row %u: state %d, oracle %d\n", r, at->state, row->state);
		expect_true(is_same);
		h->is_broken = true;
		return;
	}
}

static inline void compare_sums(struct history *h, uint32_t p)
{
	const struct oracle *o = h->oracle;
	const struct oracle_pool *pool = &o->pool[p];
	uint64_t of[O_ENDED + 1] = { 0 };
	struct numbers_sum sum;
	uint32_t unit = (p == 2 ? 128u : 32u) - cell_len[p]; /* bits a cell */

	for (uint32_t i = 0; i < pool->cells; i++)
		of[pool->cell[i] == 0 ? O_NONE : o->row[pool->cell[i]].state]++;
	expect_true(!failed(numbers_sum(&h->book, &h->rules, p + 1, &sum)));
	space_wide all = sum.free;
	for (uint32_t i = 0; i < DELEGATION_STATES; i++)
		all += sum.of[i];
	expect_true(all == sum.total && sum.total >> unit == pool->cells);
	expect_true(sum.free >> unit == of[O_NONE]);
	expect_true(sum.of[DELEGATION_GRANTED] >> unit == of[O_GRANTED]);
	expect_true(sum.of[DELEGATION_HELD] >> unit == of[O_HELD]);
	expect_true(sum.of[DELEGATION_RETURNING] >> unit == of[O_RETURNING]);
	expect_true(sum.of[DELEGATION_QUARANTINE] >> unit == of[O_QUARANTINE]);
	expect_true(sum.of[DELEGATION_ENDED] == 0);
}

/* From the events alone, by nothing but what was asked and what became of it. */
static inline uint32_t queue_recompute(const struct history *h, uint32_t p, int64_t *ids,
				       uint32_t ids_max)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < h->event_count; i++) {
		const struct numbers_event *event = &h->event[i];
		uint32_t at = 0;
		if (event->request_id == 0)
			continue;
		if (event->kind == EVENT_QUEUED &&
		    h->oracle->request[event->request_id].pool == p && count < ids_max)
			ids[count++] = event->request_id;
		if (event->kind != EVENT_GRANT && event->kind != EVENT_REFUSED &&
		    event->kind != EVENT_LAPSED)
			continue;
		while (at < count && ids[at] != event->request_id)
			at++;
		if (at == count)
			continue;
		for (count--; at < count; at++)
			ids[at] = ids[at + 1];
	}
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t j = i + 1; j < count; j++) {
			if (!waits_before(h->oracle, (uint32_t)ids[j], (uint32_t)ids[i]))
				continue;
			int64_t swap = ids[i];
			ids[i] = ids[j];
			ids[j] = swap;
		}
	}
	return count;
}

static inline void compare_queues(struct history *h)
{
	static int64_t from_book[2048];
	static int64_t from_events[2048];

	for (uint32_t p = 0; p < h->oracle->pool_count; p++) {
		uint32_t count = numbers_queue(&h->book, &h->rules, p + 1, from_book, 2048);
		expect_u64(count, queue_recompute(h, p, from_events, 2048));
		for (uint32_t i = 0; i < count && i < 2048; i++) {
			expect_u64(from_book[i], from_events[i]);
			expect_u64(numbers_queue_place(&h->book, &h->rules, from_book[i]), i + 1);
		}
	}
}

/* The same events give the same book. */
static inline void compare_refold(struct history *h)
{
	struct numbers_book again;

	numbers_book_init(&again, &h->heap);
	for (uint32_t i = 0; i < h->event_count; i++)
		expect_true(!failed(numbers_apply(&again, &h->event[i])));
	expect_u64(again.request_count, h->book.request_count);
	expect_octets(again.delegation, again.delegation_count * sizeof *again.delegation,
		      h->book.delegation, h->book.delegation_count * sizeof *again.delegation);
	expect_octets(again.request, again.request_count * sizeof *again.request, h->book.request,
		      h->book.request_count * sizeof *again.request);
	numbers_book_fini(&again);
}

#endif
