/* unit/numbers/oracle.h — numbers by brute force: every unit of every pool is a cell that says in
 * whose hand it is.  Nothing of src/numbers/ but its names is used: places are found by trying all
 * of them. */
#ifndef UNIT_NUMBERS_ORACLE_H
#define UNIT_NUMBERS_ORACLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "kit/tap.h"

#define CELLS_MAX 4096u
#define ORACLE_POOLS_MAX 4u
#define ORACLE_ROWS_MAX 40000u
#define ORACLE_ORGS 60u

enum oracle_state { O_NONE = 0, O_GRANTED, O_HELD, O_RETURNING, O_QUARANTINE, O_ENDED };

struct oracle_row {
	enum oracle_state state;
	uint32_t pool;
	uint32_t at; /* cells */
	uint32_t count;
	uint32_t kept_at;
	uint32_t kept_count;
	uint32_t org;
	int64_t since_s;
	int64_t until_s;
};

struct oracle_pool {
	uint32_t cells;
	uint32_t largest; /* cells a block */
	uint32_t smallest;
	uint32_t kept_times; /* 1 = nothing is kept */
	bool is_sparse;
	bool needs_ipv6;
	bool never_held;
	bool one_place;
	bool has_queue;
	bool may_transfer;
	bool is_ipv6;
	bool smallest_first;
	uint32_t hold_days;
	uint32_t quarantine_days;
	uint32_t review_percent;
	bool had[ORACLE_ORGS];
	uint32_t cell[CELLS_MAX]; /* row; 0 = free */
};

enum oracle_wait { W_NONE = 0, W_OPEN, W_QUEUED, W_OVER };

struct oracle_request {
	enum oracle_wait wait;
	uint32_t pool;
	uint32_t count;
	uint32_t org;
	int64_t at_s;
};

struct oracle {
	uint32_t pool_count;
	struct oracle_pool pool[ORACLE_POOLS_MAX];
	uint32_t row_count; /* rows are numbered from 1 */
	struct oracle_row row[ORACLE_ROWS_MAX];
	uint32_t request_count;
	struct oracle_request request[ORACLE_ROWS_MAX];
};

static inline bool cells_free(const struct oracle *o, uint32_t pool, bool keeps, uint32_t at,
			      uint32_t count, uint32_t but)
{
	const struct oracle_pool *p = &o->pool[pool];

	if (at + count > p->cells)
		return false;
	for (uint32_t i = at; i < at + count; i++) {
		if (p->cell[i] != 0 && p->cell[i] != but)
			return false;
	}
	for (uint32_t r = 1; keeps && r <= o->row_count; r++) {
		const struct oracle_row *row = &o->row[r];
		if (row->pool == pool && row->state == O_GRANTED && row->kept_at < at + count &&
		    at < row->kept_at + row->kept_count)
			return false;
	}
	return true;
}

/* Which cells are free, once for all places that are tried. */
static inline bool try_all(const struct oracle *o, uint32_t pool, bool keeps, uint32_t count,
			   bool is_sparse, uint32_t *out)
{
	static bool free_cell[CELLS_MAX];
	const struct oracle_pool *p = &o->pool[pool];
	uint32_t best = 0;

	for (uint32_t i = 0; i < p->cells; i++)
		free_cell[i] = p->cell[i] == 0;
	for (uint32_t r = 1; keeps && r <= o->row_count; r++) {
		const struct oracle_row *row = &o->row[r];
		for (uint32_t i = 0;
		     row->pool == pool && row->state == O_GRANTED && i < row->kept_count; i++)
			free_cell[row->kept_at + i] = false;
	}
	for (uint32_t at = 0; at < p->cells; at += count) {
		uint32_t hole = count / 2; /* the largest aligned hole round it, 0.5 = none */
		for (uint32_t size = count; size <= p->cells; size *= 2) {
			uint32_t from = at / size * size;
			bool is_free = true;
			for (uint32_t i = from; i < from + size && is_free; i++)
				is_free = free_cell[i];
			if (!is_free)
				break;
			hole = size;
		}
		if (hole < count)
			continue;
		if (best == 0 || (is_sparse ? hole > best : hole < best)) {
			best = hole;
			*out = at;
		}
	}
	return best != 0;
}

static inline uint32_t kept_count_of(const struct oracle_pool *p, uint32_t count)
{
	uint32_t kept = count * p->kept_times;

	kept = kept > p->largest ? p->largest : kept;
	kept = kept > p->cells ? p->cells : kept;
	return kept < count ? count : kept;
}

static inline bool oracle_place(const struct oracle *o, uint32_t pool, uint32_t count,
				uint32_t *out)
{
	const struct oracle_pool *p = &o->pool[pool];
	uint32_t kept = kept_count_of(p, count);

	if (kept != count && !p->is_sparse && try_all(o, pool, true, kept, false, out))
		return true;
	return try_all(o, pool, true, count, p->is_sparse, out) ||
	       try_all(o, pool, false, count, p->is_sparse, out);
}

static inline void cells_set(struct oracle *o, uint32_t r)
{
	const struct oracle_row *row = &o->row[r];

	for (uint32_t i = 0; i < row->count; i++) {
		uint32_t *cell = &o->pool[row->pool].cell[row->at + i];
		expect_true(*cell == 0 || *cell == r); /* no address in two hands */
		*cell = r;
	}
}

static inline void cells_clear(struct oracle *o, uint32_t r)
{
	const struct oracle_row *row = &o->row[r];

	for (uint32_t i = 0; i < row->count; i++)
		o->pool[row->pool].cell[row->at + i] = 0;
}

static inline uint32_t oracle_grant(struct oracle *o, uint32_t pool, uint32_t at, uint32_t count,
				    uint32_t org, int64_t now_s)
{
	struct oracle_row *row = &o->row[++o->row_count];
	uint32_t kept = kept_count_of(&o->pool[pool], count);

	*row = (struct oracle_row){ O_GRANTED, pool, at,    count, at / kept * kept,
				    kept,      org,  now_s, 0 };
	o->pool[pool].had[org] = true;
	cells_set(o, o->row_count);
	return o->row_count;
}

/* Returns that are due become quarantine, quarantines that are over end. */
static inline void oracle_tick(struct oracle *o, int64_t now_s)
{
	for (uint32_t r = 1; r <= o->row_count; r++) {
		struct oracle_row *row = &o->row[r];
		if (row->state == O_RETURNING && row->until_s <= now_s) {
			row->state = O_QUARANTINE;
			row->until_s += o->pool[row->pool].quarantine_days * INT64_C(86400);
		}
		if (row->state == O_QUARANTINE && row->until_s <= now_s) {
			row->state = O_ENDED;
			cells_clear(o, r);
		}
	}
}

static inline bool oracle_holds_ipv6(const struct oracle *o, uint32_t org)
{
	for (uint32_t r = 1; r <= o->row_count; r++) {
		if (o->row[r].state == O_GRANTED && o->row[r].org == org &&
		    o->pool[o->row[r].pool].is_ipv6)
			return true;
	}
	return false;
}

/* `a` waits before `b`. */
static inline bool waits_before(const struct oracle *o, uint32_t a, uint32_t b)
{
	const struct oracle_request *first = &o->request[a];
	const struct oracle_request *second = &o->request[b];

	if (o->pool[first->pool].smallest_first && first->count != second->count)
		return first->count < second->count;
	return first->at_s != second->at_s ? first->at_s < second->at_s : a < b;
}

/* 0 = nobody. */
static inline uint32_t oracle_first(const struct oracle *o, uint32_t pool)
{
	uint32_t first = 0;

	for (uint32_t q = 1; q <= o->request_count; q++) {
		if (o->request[q].pool == pool && o->request[q].wait == W_QUEUED &&
		    (first == 0 || waits_before(o, q, first)))
			first = q;
	}
	return first;
}

#endif
