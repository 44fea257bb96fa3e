/* numbers/renumber.h — from one block into another, step by step, with dates.
 *
 * Every address keeps its place in the block, so that a new address is the old one with other first
 * octets; both are in use for a while, in which the holders move, some each week, in order of
 * their addresses.
 * Shape   days are UTC seconds; `from` and `to` are hosts or whole blocks
 * Owns    nothing
 * Faults  LIMIT: memory is out
 * Thread  any */
#ifndef NUMBERS_RENUMBER_H
#define NUMBERS_RENUMBER_H

#include "numbers/book.h"

#define RENUMBER_NOTICE_DAYS 30u
#define RENUMBER_WEEK_DAYS 7u

enum renumber_kind {
	RENUMBER_ANNOUNCE = 0, /* holders are told */
	RENUMBER_BOTH,         /* the exchange has addresses in both */
	RENUMBER_MOVE,         /* a holder moves */
	RENUMBER_END,          /* the old ones are used no more */
	RENUMBER_RETURN,       /* the old block goes back, into quarantine */
	RENUMBER_FREE,         /* its quarantine is over */
	RENUMBER_KINDS,
};

struct renumber_step {
	enum renumber_kind kind;
	int64_t day_s;
	int64_t until_s; /* of MOVE: to be done by then */
	struct prefix from;
	struct prefix to;
	const char *holder; /* of MOVE */
};

struct renumbering {
	struct prefix from;
	struct prefix to;   /* as large, or larger */
	int64_t pool_id;    /* whose addresses move; 0 = one holder's block as a whole */
	const char *holder; /* of that block */
	int64_t start_s;    /* when both begin to be in use */
	uint32_t both_days; /* for so long */
	uint32_t quarantine_days;
};

/* Step by step; false from `each` ends it. */
MUST_USE struct fault numbers_renumber(
	const struct numbers_book *book, const struct renumbering *renumbering,
	bool (*each)(void *context, const struct renumber_step *step), void *context);

const char *renumber_kind_name(enum renumber_kind kind); /* "announce" */

#endif
