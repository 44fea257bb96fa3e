/* numbers/book.h — pools, requests and delegations, as a fold over what happened.
 *
 * An event is what a record says; numbers_apply takes one after the other, and the same events give
 * the same book.  It refuses what contradicts the book, so that no order of events puts an address
 * into two hands.  A delegation is a block and its fate; one that ended stays as history.
 *
 *     request:     REQUESTED -> EVALUATED -> GRANTED
 *                      |            +-> QUEUED -> GRANTED | LAPSED
 *                      +-> REFUSED (clause)
 *     delegation:  GRANTED -> RETURNING (until) -> QUARANTINE (until) -> ENDED: free
 *                  QUARANTINE -> GRANTED: to the same holder again
 *                  GRANTED -> ENDED, and a new one of the same block: transferred, to hold again
 *                  HELD by the exchange itself -> ENDED
 *
 * That a review is due, or a quarantine over, is a matter of the time alone: numbers/decide.h.
 * Shape   times are UTC seconds; ids rise with every request and every delegation
 * Owns    a book what it holds: numbers_book_init/_fini
 * Faults  CONFLICT: the event contradicts the book, which stays as it was · LIMIT: out of
 *         memory, and the book is of no more use
 * Thread  one */
#ifndef NUMBERS_BOOK_H
#define NUMBERS_BOOK_H

#include "numbers/space.h"

#define NUMBERS_NAME_MAX 32u
#define NUMBERS_HANDLE_MAX 64u
#define NUMBERS_TEXT_MAX 160u

/* Under which version and clause something was decided. */
struct numbers_cite {
	uint32_t version;
	char clause[NUMBERS_CLAUSE_MAX];
};

struct numbers_pool {
	int64_t id;
	char name[NUMBERS_NAME_MAX];
	enum pool_type type;
	struct prefix prefix;
	int64_t opened_at_s;
	bool is_closed;
};

enum request_state {
	REQUEST_REQUESTED = 0,
	REQUEST_EVALUATED,
	REQUEST_QUEUED,
	REQUEST_GRANTED,
	REQUEST_REFUSED,
	REQUEST_LAPSED,
	REQUEST_STATES,
};

struct numbers_request {
	int64_t id;
	int64_t pool_id;
	enum request_state state;
	uint8_t len_bits; /* of the block that is asked for */
	char holder[NUMBERS_HANDLE_MAX];
	char organisation[NUMBERS_HANDLE_MAX]; /* whose places and holdings are counted together */
	char purpose[NUMBERS_TEXT_MAX];
	char ipv6[PREFIX_TEXT_MAX]; /* held from elsewhere, as they say; "" = none */
	int64_t requested_at_s;
	int64_t changed_at_s;
	int64_t delegation_id; /* 0 = none */
	struct numbers_cite cite;
	char reason[NUMBERS_TEXT_MAX];
};

enum delegation_state {
	DELEGATION_GRANTED = 0,
	DELEGATION_HELD, /* by the exchange itself: a network's own address, the route server's */
	DELEGATION_RETURNING,
	DELEGATION_QUARANTINE,
	DELEGATION_ENDED,
	DELEGATION_STATES,
};

struct numbers_delegation {
	int64_t id;
	int64_t pool_id;
	int64_t request_id; /* 0 = none: a connection's address */
	enum delegation_state state;
	struct prefix prefix;
	uint8_t kept_len_bits; /* of the block that is kept for its growth; its own = none */
	char holder[NUMBERS_HANDLE_MAX];
	char organisation[NUMBERS_HANDLE_MAX];
	int64_t granted_at_s; /* into this hand */
	int64_t changed_at_s;
	int64_t until_s;       /* of RETURNING and QUARANTINE */
	int64_t reviewed_at_s; /* 0 = never */
	struct numbers_cite cite;
	char reason[NUMBERS_TEXT_MAX];
};

enum numbers_event_kind {
	EVENT_POOL = 0,       /* pool_id name type prefix */
	EVENT_POOL_GROWN,     /* pool_id prefix: wider */
	EVENT_POOL_CLOSED,    /* pool_id; nothing of it is in use */
	EVENT_REQUEST,        /* request_id pool_id len_bits holder organisation purpose ipv6 */
	EVENT_EVALUATED,      /* request_id */
	EVENT_QUEUED,         /* request_id */
	EVENT_REFUSED,        /* request_id reason */
	EVENT_LAPSED,         /* request_id reason */
	EVENT_GRANT,          /* delegation_id request_id or 0, pool_id prefix kept holder ... */
	EVENT_HELD,           /* delegation_id pool_id prefix reason */
	EVENT_RETURN,         /* delegation_id until_s reason */
	EVENT_QUARANTINE,     /* delegation_id until_s */
	EVENT_QUARANTINE_END, /* delegation_id: free again, early with a reason; also of HELD */
	EVENT_RESUMED,        /* delegation_id: who gave it back has it again */
	EVENT_TRANSFER,       /* delegation_id next_id holder organisation */
	EVENT_REVIEWED,       /* delegation_id reason */
	EVENT_SHRUNK,         /* delegation_id prefix; the rest is next_id and on, until_s */
	EVENT_GROWN,          /* delegation_id prefix kept */
	EVENT_KINDS,
};

struct numbers_event {
	enum numbers_event_kind kind;
	int64_t at_s;
	int64_t pool_id;
	int64_t request_id;
	int64_t delegation_id;
	int64_t next_id; /* the delegation that is new */
	enum pool_type type;
	struct prefix prefix;
	uint8_t len_bits;
	uint8_t kept_len_bits;
	int64_t until_s;
	char name[NUMBERS_NAME_MAX];
	char holder[NUMBERS_HANDLE_MAX];
	char organisation[NUMBERS_HANDLE_MAX];
	char purpose[NUMBERS_TEXT_MAX];
	char ipv6[PREFIX_TEXT_MAX];
	char reason[NUMBERS_TEXT_MAX];
	struct numbers_cite cite;
};

struct numbers_book {
	struct heap *heap;
	struct numbers_pool *pool;
	uint32_t pool_count;
	uint32_t pool_room;
	struct numbers_request *request;
	uint32_t request_count;
	uint32_t request_room;
	struct numbers_delegation *delegation;
	uint32_t delegation_count;
	uint32_t delegation_room;
	/* Greater than any id that was ever given. */
	int64_t next_pool_id;
	int64_t next_request_id;
	int64_t next_delegation_id;
	const char *wrong; /* why the last event was refused; NULL = it was not */
};

void numbers_book_init(struct numbers_book *book, struct heap *heap);
void numbers_book_fini(struct numbers_book *book); /* for CLEAN */

MUST_USE struct fault numbers_apply(struct numbers_book *book, const struct numbers_event *event);

/* There is always a next one. */
static inline bool numbers_id_fits(int64_t id)
{
	return id >= 0 && id < INT64_MAX;
}

/* Rows of a record that is kept elsewhere, in order of their ids, which fit. */
MUST_USE struct fault numbers_pool_put(struct numbers_book *book, const struct numbers_pool *pool);
MUST_USE struct fault numbers_request_put(struct numbers_book *book,
					  const struct numbers_request *request);
MUST_USE struct fault numbers_delegation_put(struct numbers_book *book,
					     const struct numbers_delegation *delegation);

/* NULL: there is none.  Valid until the next event. */
struct numbers_pool *numbers_pool_of(const struct numbers_book *book, int64_t id);
struct numbers_pool *numbers_pool_named(const struct numbers_book *book, const char *name);
struct numbers_request *numbers_request_of(const struct numbers_book *book, int64_t id);
struct numbers_delegation *numbers_delegation_of(const struct numbers_book *book, int64_t id);

/* The delegation that holds all of the prefix now, whatever its state but ENDED; NULL: none. */
struct numbers_delegation *numbers_holding(const struct numbers_book *book,
					   const struct prefix *prefix);

/* What is taken of a pool; `keeps`: also the room that is kept beside blocks for their growth. */
MUST_USE struct fault numbers_space(const struct numbers_book *book, int64_t pool_id, bool keeps,
				    struct space *out);

/* How many delegations a block leaves when it shrinks to `len_bits`: one a bit. */
static inline uint32_t numbers_rest_count(const struct prefix *from, uint8_t len_bits)
{
	return len_bits > from->len_bits ? (uint32_t)len_bits - from->len_bits : 0;
}

/* The `index`th of the rest of `from` when `kept` stays: the other half, of each half. */
struct prefix numbers_rest_of(const struct prefix *from, const struct prefix *kept, uint32_t index);

const char *request_state_name(enum request_state state);       /* "queued" */
const char *delegation_state_name(enum delegation_state state); /* "granted" */
bool request_state_of(const char *text, enum request_state *out);
bool delegation_state_of(const char *text, enum delegation_state *out);

#endif
