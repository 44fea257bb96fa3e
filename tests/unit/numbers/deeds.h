/* unit/numbers/deeds.h — what can happen in a history: each deed is predicted by the oracle, done,
 * and compared. */
#ifndef UNIT_NUMBERS_DEEDS_H
#define UNIT_NUMBERS_DEEDS_H

#include "history.h"

/* --- what can happen -------------------------------------------------------------------------- */

static inline enum numbers_reason predict_judge(const struct oracle *o, uint32_t q, bool says_ipv6)
{
	const struct oracle_request *request = &o->request[q];
	const struct oracle_pool *pool = &o->pool[request->pool];

	if (request->count > pool->largest)
		return NUMBERS_TOO_LARGE;
	if (pool->needs_ipv6 && !says_ipv6 && !oracle_holds_ipv6(o, request->org))
		return NUMBERS_NO_IPV6;
	if (pool->never_held && pool->had[request->org])
		return NUMBERS_HELD_BEFORE;
	for (uint32_t i = 1; pool->one_place && i < q; i++) {
		const struct oracle_request *other = &o->request[i];
		if (other->pool == request->pool && other->org == request->org &&
		    (other->wait == W_OPEN || other->wait == W_QUEUED))
			return NUMBERS_SECOND_PLACE;
	}
	return NUMBERS_GOOD;
}

static inline void settle(struct history *h, uint32_t q)
{
	struct oracle *o = h->oracle;
	struct oracle_request *request = &o->request[q];
	uint32_t first = oracle_first(o, request->pool);
	bool is_turn = first == 0 || first == q || waits_before(o, q, first);
	enum numbers_reason reason;
	struct numbers_event event;
	uint32_t at = 0;

	expect_true(!failed(numbers_settle(&h->book, &h->rules, q, h->now_s, &reason, &event)));
	if (is_turn && oracle_place(o, request->pool, request->count, &at)) {
		struct prefix prefix = cells_prefix(h, request->pool, at, request->count);
		expect_u64(reason, NUMBERS_GOOD);
		expect_u64(event.kind, EVENT_GRANT);
		if (!prefix_equal(&event.prefix, &prefix)) {
			char one[PREFIX_TEXT_MAX];
			char two[PREFIX_TEXT_MAX];
			prefix_print(&event.prefix, one);
			prefix_print(&prefix, two);
			expect_text(one, two);
		}
		(void)oracle_grant(o, request->pool, at, request->count, request->org, h->now_s);
		request->wait = W_OVER;
	} else {
		expect_u64(reason, is_turn ? NUMBERS_FULL : NUMBERS_NOT_NEXT);
		h->reasons[reason]++;
		if (request->wait == W_QUEUED)
			expect_u64(event.kind, EVENT_KINDS);
		else
			expect_u64(event.kind,
				   o->pool[request->pool].has_queue ? EVENT_QUEUED : EVENT_REFUSED);
		request->wait = request->wait == W_QUEUED || o->pool[request->pool].has_queue ?
					W_QUEUED :
					W_OVER;
	}
	if (event.kind != EVENT_KINDS)
		happen(h, &event);
}

static inline void do_request(struct history *h)
{
	struct oracle *o = h->oracle;
	uint32_t pool = below(h, o->pool_count);
	uint32_t count = 1u << below(h, pool == 1 ? 1 : 7);
	uint32_t org = below(h, ORACLE_ORGS);
	bool says_ipv6 = below(h, 3) == 0;
	uint32_t q = ++o->request_count;
	struct numbers_event event = { .kind = EVENT_REQUEST,
				       .at_s = h->now_s,
				       .pool_id = pool + 1,
				       .request_id = q,
				       .len_bits = cells_prefix(h, pool, 0, count).len_bits };

	o->request[q] = (struct oracle_request){ W_OPEN, pool, count, org, h->now_s };
	org_name(org, event.holder);
	org_name(org, event.organisation);
	if (says_ipv6)
		(void)snprintf(event.ipv6, sizeof event.ipv6, "2001:db8:1::/48");
	happen(h, &event);
	enum numbers_reason expected = predict_judge(o, q, says_ipv6);
	enum numbers_reason reason = numbers_judge(&h->book, &h->rules, q, h->now_s, &event);
	expect_u64(reason, expected);
	h->reasons[reason]++;
	happen(h, &event);
	if (reason != NUMBERS_GOOD) {
		expect_u64(event.kind, EVENT_REFUSED);
		expect_text(event.cite.clause, numbers_reason_clause(reason));
		o->request[q].wait = W_OVER;
	} else if (below(h, 8) != 0) {
		settle(h, q);
	}
}

/* One that waits; 0 = none. */
static inline uint32_t pick_waiting(struct history *h)
{
	for (uint32_t tries = 0; h->oracle->request_count != 0 && tries < 20; tries++) {
		uint32_t q = 1 + below(h, h->oracle->request_count);
		if (tries == 0)
			q = oracle_first(h->oracle, below(h, h->oracle->pool_count));
		if (q != 0 && (h->oracle->request[q].wait == W_QUEUED ||
			       h->oracle->request[q].wait == W_OPEN))
			return q;
	}
	return 0;
}

static inline uint32_t pick_row(struct history *h, enum oracle_state state)
{
	for (uint32_t tries = 0; h->oracle->row_count != 0 && tries < 40; tries++) {
		uint32_t r = 1 + below(h, h->oracle->row_count);
		if (h->oracle->row[r].state == state)
			return r;
	}
	return 0;
}

static inline void do_wait(struct history *h)
{
	uint32_t q = pick_waiting(h);
	struct numbers_event event = { .kind = below(h, 2) != 0 ? EVENT_LAPSED : EVENT_REFUSED,
				       .at_s = h->now_s,
				       .request_id = q };

	if (q == 0)
		return;
	if (below(h, 6) != 0) {
		settle(h, q);
		return;
	}
	happen(h, &event);
	h->oracle->request[q].wait = W_OVER;
}

static inline void do_return(struct history *h)
{
	uint32_t r = pick_row(h, O_GRANTED);
	int64_t days = below(h, 3) == 0 ? below(h, 90) : 0;
	struct numbers_event event = { .kind = EVENT_RETURN,
				       .at_s = h->now_s,
				       .delegation_id = r,
				       .until_s = h->now_s + days * DAY };

	if (r == 0)
		return;
	h->oracle->row[r].state = O_RETURNING;
	h->oracle->row[r].until_s = event.until_s;
	happen(h, &event);
}

static inline void do_transfer(struct history *h)
{
	uint32_t r = pick_row(h, O_GRANTED);
	struct oracle *o = h->oracle;
	uint32_t org = below(h, ORACLE_ORGS);
	struct numbers_event asked = { .at_s = h->now_s, .delegation_id = r };
	struct numbers_event event;
	enum numbers_reason expected = NUMBERS_GOOD;

	if (r == 0)
		return;
	struct oracle_row *row = &o->row[r];
	const struct oracle_pool *pool = &o->pool[row->pool];
	org_name(org, asked.holder);
	org_name(org, asked.organisation);
	if (!pool->may_transfer)
		expected = NUMBERS_NO_TRANSFER;
	else if (h->now_s - row->since_s < pool->hold_days * DAY)
		expected = NUMBERS_HOLD_PERIOD;
	else if (pool->needs_ipv6 && !oracle_holds_ipv6(o, org))
		expected = NUMBERS_NO_IPV6;
	enum numbers_reason reason = numbers_transfer(&h->book, &h->rules, &asked, &event);
	expect_u64(reason, expected);
	h->reasons[reason]++;
	if (reason != NUMBERS_GOOD)
		return;
	row->state = O_ENDED;
	cells_clear(o, r);
	o->row[++o->row_count] = *row;
	o->row[o->row_count].state = O_GRANTED;
	o->row[o->row_count].org = org;
	o->row[o->row_count].since_s = h->now_s;
	o->pool[row->pool].had[org] = true;
	cells_set(o, o->row_count);
	happen(h, &event);
}

static inline void do_grow(struct history *h)
{
	uint32_t r = pick_row(h, O_GRANTED);
	struct oracle *o = h->oracle;
	struct numbers_event event;

	if (r == 0)
		return;
	struct oracle_row *row = &o->row[r];
	const struct oracle_pool *pool = &o->pool[row->pool];
	uint32_t count = row->count << (1 + below(h, 2));
	uint32_t at = row->at / count * count;
	enum numbers_reason expected = count > pool->largest ? NUMBERS_TOO_LARGE :
				       cells_free(o, row->pool, false, at, count, r) ?
							       NUMBERS_GOOD :
							       NUMBERS_NO_ROOM;
	enum numbers_reason reason = numbers_grow(&h->book, &h->rules, r,
						  cells_prefix(h, row->pool, 0, count).len_bits,
						  h->now_s, &event);
	expect_u64(reason, expected);
	h->reasons[reason]++;
	if (reason != NUMBERS_GOOD)
		return;
	row->at = at;
	row->count = count;
	row->kept_count = kept_count_of(pool, count);
	row->kept_at = at / row->kept_count * row->kept_count;
	cells_set(o, r);
	happen(h, &event);
}

/* Half of what is left must be in use, or the block is halved while what is used fits. */
static inline void do_review(struct history *h)
{
	uint32_t r = pick_row(h, O_GRANTED);
	struct oracle *o = h->oracle;
	struct numbers_event event;

	if (r == 0 || o->row[r].pool == 2) /* a cell there is more than one can count */
		return;
	struct oracle_row *row = &o->row[r];
	uint32_t unit = 1u << (32 - cell_len[row->pool]);
	uint32_t used = below(h, row->count * unit + 1);
	uint32_t count = row->count;
	while (count > 1 && used * 2 < count * unit && used <= count / 2 * unit)
		count /= 2;
	uint32_t keep_at = row->at + below(h, row->count / count) * count;
	struct prefix keep = cells_prefix(h, row->pool, keep_at, count);
	enum numbers_reason reason = numbers_review(&h->book, &h->rules, r, used, &keep, h->now_s,
						    &event);
	expect_u64(reason, count == row->count ? NUMBERS_GOOD : NUMBERS_REVIEW);
	happen(h, &event);
	if (count == row->count)
		return;
	struct oracle_row old = *row;
	cells_clear(o, r);
	row->at = row->kept_at = keep_at;
	row->count = row->kept_count = count;
	cells_set(o, r);
	for (uint32_t at = old.at, size = old.count; size > count;) {
		uint32_t half = size / 2;
		bool is_low = keep_at < at + half;
		struct oracle_row *rest = &o->row[++o->row_count];
		*rest = old;
		rest->at = rest->kept_at = is_low ? at + half : at;
		rest->count = rest->kept_count = half;
		rest->state = O_QUARANTINE;
		rest->until_s = h->now_s + o->pool[old.pool].quarantine_days * DAY;
		cells_set(o, o->row_count);
		at = is_low ? at : at + half;
		size = half;
	}
}

/* Exactly this one: a member that says its address. */
static inline void do_take(struct history *h)
{
	struct oracle *o = h->oracle;
	uint32_t pool = below(h, 2);
	uint32_t at = below(h, o->pool[pool].cells);
	uint32_t org = below(h, ORACLE_ORGS);
	struct prefix prefix = cells_prefix(h, pool, at, 1);
	uint32_t r = o->pool[pool].cell[at];
	struct numbers_event event;
	char name[NUMBERS_HANDLE_MAX];
	enum numbers_reason expected = NUMBERS_GOOD;

	uint32_t back = below(h, 2) != 0 ? pick_row(h, O_QUARANTINE) : 0;
	if (back != 0 && o->row[back].pool < 2 && o->row[back].count == 1) {
		r = back;
		pool = o->row[r].pool;
		at = o->row[r].at;
		prefix = cells_prefix(h, pool, at, 1);
	}
	if (r != 0 && below(h, 2) != 0)
		org = o->row[r].org;
	bool is_own = r != 0 && o->row[r].state == O_QUARANTINE && o->row[r].org == org &&
		      o->row[r].count == 1;
	if (r != 0 && !is_own)
		expected = o->row[r].state == O_HELD       ? NUMBERS_KEPT_BACK :
			   o->row[r].state == O_QUARANTINE ? NUMBERS_QUARANTINED :
							     NUMBERS_TAKEN;
	org_name(org, name);
	enum numbers_reason reason = numbers_take(&h->book, &h->rules, pool + 1, &prefix, name,
						  h->now_s, &event);
	expect_u64(reason, expected);
	h->reasons[reason]++;
	if (reason != NUMBERS_GOOD)
		return;
	if (is_own) {
		expect_u64(event.kind, EVENT_RESUMED);
		o->row[r].state = O_GRANTED;
		o->row[r].since_s = h->now_s;
	} else {
		(void)oracle_grant(o, pool, at, 1, org, h->now_s);
	}
	happen(h, &event);
}

static inline void do_hold(struct history *h)
{
	struct oracle *o = h->oracle;
	uint32_t at = below(h, o->pool[1].cells);
	uint32_t r = pick_row(h, O_HELD);
	struct numbers_event event = { .at_s = h->now_s, .pool_id = 2 };

	if (r != 0) {
		event.kind = EVENT_QUARANTINE_END;
		event.delegation_id = r;
		cells_clear(o, r);
		o->row[r].state = O_ENDED;
	} else if (o->pool[1].cell[at] == 0) {
		event.kind = EVENT_HELD;
		event.delegation_id = o->row_count + 1;
		event.prefix = cells_prefix(h, 1, at, 1);
		(void)oracle_grant(o, 1, at, 1, 0, h->now_s);
		o->row[o->row_count].state = O_HELD;
	} else {
		return;
	}
	happen(h, &event);
}

static inline void step(struct history *h)
{
	static void (*const deed[])(struct history *) = {
		do_request, do_request, do_request,  do_request, do_wait,   do_wait, do_return,
		do_return,  do_return,  do_transfer, do_grow,    do_review, do_take, do_hold,
	};
	struct numbers_event event;

	if (below(h, 3) == 0)
		h->now_s += below(h, 2) == 0 ? below(h, 4 * 86400) : below(h, 8) * DAY;
	oracle_tick(h->oracle, h->now_s);
	while (numbers_due(&h->book, &h->rules, h->now_s, &event))
		happen(h, &event);
	deed[below(h, sizeof deed / sizeof *deed)](h);
	oracle_tick(h->oracle, h->now_s);
	while (numbers_due(&h->book, &h->rules, h->now_s, &event))
		happen(h, &event);
}

static inline struct history *history_make(uint32_t number)
{
	struct history *h = calloc(1, sizeof *h);

	expect_true(h != NULL);
	h->heap = heap_libc();
	h->number = number;
	h->random.state = tap_seed() + number;
	h->now_s = INT64_C(1750000000);
	h->oracle = calloc(1, sizeof *h->oracle);
	h->event = calloc(EVENTS + 64, sizeof *h->event);
	expect_true(h->oracle != NULL && h->event != NULL);
	numbers_book_init(&h->book, &h->heap);
	h->rules = numbers_rules_default();
	return h;
}

static inline void history_run(struct history *h)
{
	for (uint32_t i = 0; i < sizeof pool_type / sizeof *pool_type; i++)
		pool_begin(h, i);
	for (uint32_t steps = 0; h->event_count < EVENTS && !h->is_broken; steps++) {
		step(h);
		compare_rows(h);
		for (uint32_t p = 0; p < h->oracle->pool_count; p++)
			compare_sums(h, p);
		if (steps % 64 == 0)
			compare_queues(h);
	}
	compare_queues(h);
	compare_refold(h);
}

static inline void history_free(struct history *h)
{
	numbers_book_fini(&h->book);
	expect_u64(h->heap.used_octets, 0);
	free(h->oracle);
	free(h->event);
	free(h);
}

#endif
