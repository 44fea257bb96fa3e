/* numbers/decide.h — what the rules say of a request, a transfer, a growth, a review; and what is
 * due.  A decision is an event, not applied yet, that cites its clause.
 * Shape   times are UTC seconds; a reason of GOOD comes with an event
 * Owns    nothing
 * Faults  LIMIT: memory is out; else what is refused is a reason
 * Thread  one */
#ifndef NUMBERS_DECIDE_H
#define NUMBERS_DECIDE_H

#include "net/address.h"
#include "numbers/book.h"

#define NUMBERS_ROUTERS_MAX 65535u /* of one AS on a LAN */

/* "AS64500" and nothing else; false: the holder is no AS. */
bool numbers_asn_of(const char *holder, uint32_t *asn);

/* --- requests --------------------------------------------------------------------------------- */

/* Of a REQUESTED one: EVALUATED, or REFUSED under the clause of the reason. */
MUST_USE enum numbers_reason numbers_judge(const struct numbers_book *book,
					   const struct numbers_rules *rules, int64_t request_id,
					   int64_t now_s, struct numbers_event *out);

/* Of an EVALUATED or QUEUED one: GRANT, or QUEUED, or REFUSED where there is no waiting list.  A
 * reason without an event (kind EVENT_KINDS): it waits on. */
MUST_USE struct fault numbers_settle(const struct numbers_book *book,
				     const struct numbers_rules *rules, int64_t request_id,
				     int64_t now_s, enum numbers_reason *reason,
				     struct numbers_event *out);

/* Who waits in a pool, in order; the first `ids_max` of them.  The count of all. */
uint32_t numbers_queue(const struct numbers_book *book, const struct numbers_rules *rules,
		       int64_t pool_id, int64_t *ids, uint32_t ids_max);

/* 1 = next; 0: it does not wait. */
uint32_t numbers_queue_place(const struct numbers_book *book, const struct numbers_rules *rules,
			     int64_t request_id);

/* --- addresses and blocks --------------------------------------------------------------------- */

/* Where a block of this size goes, first without touching what is kept for others' growth. */
MUST_USE struct fault numbers_place(const struct numbers_book *book,
				    const struct numbers_rules *rules, int64_t pool_id,
				    uint8_t len_bits, const char *holder, bool *is_there,
				    struct prefix *out);

/* The room that is kept beside a block; its own length = none. */
uint8_t numbers_kept_len(const struct numbers_rules *rules, const struct numbers_pool *pool,
			 uint8_t len_bits);

/* Exactly this block for this holder: GRANT, or RESUMED of what it gave back itself. */
MUST_USE enum numbers_reason numbers_take(const struct numbers_book *book,
					  const struct numbers_rules *rules, int64_t pool_id,
					  const struct prefix *prefix, const char *holder,
					  int64_t now_s, struct numbers_event *out);

/* The next that time alone brings: QUARANTINE of what had to be back, QUARANTINE_END.  False:
 * nothing is due.  To be applied and asked again. */
bool numbers_due(const struct numbers_book *book, const struct numbers_rules *rules, int64_t now_s,
		 struct numbers_event *out);

/* --- delegations ------------------------------------------------------------------------------ */

/* In place, to `len_bits`. */
MUST_USE enum numbers_reason numbers_grow(const struct numbers_book *book,
					  const struct numbers_rules *rules, int64_t delegation_id,
					  uint8_t len_bits, int64_t now_s,
					  struct numbers_event *out);

/* The same justification as for a new request of that size, and the hold period. */
MUST_USE enum numbers_reason numbers_transfer(const struct numbers_book *book,
					      const struct numbers_rules *rules,
					      const struct numbers_event *asked,
					      struct numbers_event *out);

/* Until when a delegation may not be transferred; 0 = it never may. */
int64_t numbers_hold_until_s(const struct numbers_rules *rules, const struct numbers_pool *pool,
			     const struct numbers_delegation *delegation);

/* When its use is to be looked at; 0 = never, or done. */
int64_t numbers_review_at_s(const struct numbers_rules *rules, const struct numbers_pool *pool,
			    const struct numbers_delegation *delegation);

/* `used` addresses or networks of its block are in use: REVIEWED, or SHRUNK to the smallest block
 * that is used enough, which holds `keep` (an address in it; NULL = its first). */
MUST_USE enum numbers_reason numbers_review(const struct numbers_book *book,
					    const struct numbers_rules *rules,
					    int64_t delegation_id, uint64_t used,
					    const struct prefix *keep, int64_t now_s,
					    struct numbers_event *out);

/* --- sums ------------------------------------------------------------------------------------- */

/* Addresses of a pool by their state; all together are the pool's. */
struct numbers_sum {
	space_wide total;
	space_wide of[DELEGATION_STATES]; /* ENDED: none */
	space_wide free;                  /* in no hand */
	space_wide kept;                  /* of them: kept for growth */
	space_wide fragments;             /* of them: in blocks too small to be given */
};

MUST_USE struct fault numbers_sum(const struct numbers_book *book,
				  const struct numbers_rules *rules, int64_t pool_id,
				  struct numbers_sum *out);

/* The number of the pool's clause, and a parameter of it or "": "4.3 must-hold-ipv6".  Blocks of a
 * reserve come to holders by the clause of delegations, so that one stands behind it, too. */
struct numbers_cite numbers_cite_of(const struct numbers_rules *rules,
				    const struct numbers_pool *pool, const char *word);

/* "clause 4.3 quarantine, rule book version 2, decided by the members: Meeting 7". */
#define NUMBERS_CITE_TEXT_MAX 768u
void numbers_cite_print(const struct numbers_cite *cite, const char *by, const char *decision,
			char out[NUMBERS_CITE_TEXT_MAX]);

#endif
