/* registry/pools_session.h — one look at the numbers, or one change of them: the whole book at one
 * moment, the rules in force, and a transaction where something is written.
 * Owns    a session its book and versions: ended by pools_session_end, whatever happened
 * Faults  as in registry/pools.h; what is refused is complained of with clause and version
 * Thread  that of the store */
#ifndef REGISTRY_POOLS_SESSION_H
#define REGISTRY_POOLS_SESSION_H

#include "registry/pools.h"
#include "registry/rules.h"

struct pools_session {
	struct store *store;
	struct complaints *complaints;
	struct heap heap;
	struct numbers_book book;
	struct numbers_rules rules;
	struct rules_list versions; /* of the rule book: what was decided under earlier ones */
	int64_t now_s;
	bool is_change;
};

/* What time has brought is in the book: recorded when this is a change, else as the next change
 * will record it. */
MUST_USE struct fault pools_session_begin(struct pools_session *session, struct store *store,
					  bool is_change, struct complaints *complaints);
/* Commits a change when `fault` is none; complains of a fault nobody complained of.  `what` begins
 * the sentence. */
MUST_USE struct fault pools_session_end(struct pools_session *session, struct fault fault,
					const char *what);

/* What stands behind a decision, whichever version it was made under; NULL for version 0. */
void pools_cite_print(const struct pools_session *session, const struct numbers_cite *cite,
		      char out[NUMBERS_CITE_TEXT_MAX]);
const struct rules_version *pools_version_of(const struct pools_session *session,
					     const struct numbers_cite *cite);

/* Applies and records. */
MUST_USE struct fault pools_happen(struct pools_session *session,
				   const struct numbers_event *event);

/* A request of `asked` (pool_id, holder, len_bits or 0, purpose, ipv6), and what the rules say of
 * it: EVALUATED or REFUSED; both are recorded. */
MUST_USE struct fault pools_ask(struct pools_session *session, const struct numbers_event *asked,
				int64_t *request_id, enum numbers_reason *reason);

/* Grants, or puts on the waiting list.  CONFLICT with a complaint: it waits on, or it is over. */
MUST_USE struct fault pools_grant(struct pools_session *session, int64_t request_id);

/* By a person: REFUSED or LAPSED, with the reason told in words. */
MUST_USE struct fault pools_close_request(struct pools_session *session, int64_t request_id,
					  enum numbers_event_kind kind, const char *reason);

/* Back at once, or at `until_s`. */
MUST_USE struct fault pools_return(struct pools_session *session, int64_t delegation_id,
				   int64_t until_s, const char *reason);
/* What was given back: `is_over` ends its quarantine before its time, else its last holder has it
 * again, as if it had not been given back. */
MUST_USE struct fault pools_undo_return(struct pools_session *session, int64_t delegation_id,
					bool is_over, const char *reason);
MUST_USE struct fault pools_transfer(struct pools_session *session, int64_t delegation_id,
				     const char *holder, const char *ipv6, const char *reason);
MUST_USE struct fault pools_review(struct pools_session *session, int64_t delegation_id,
				   uint64_t used, const struct prefix *keep);

/* In place.  *reason NO_ROOM: it cannot, and nothing was changed. */
MUST_USE struct fault pools_grow(struct pools_session *session, int64_t delegation_id,
				 uint8_t len_bits, enum numbers_reason *reason);

/* A pool to `len_bits` in place: what it becomes wider by must lie free in a reserve.  ABSENT with
 * *reason NO_ROOM: it does not, and the change is not to be kept. */
MUST_USE struct fault pools_widen(struct pools_session *session,
				  const struct registry_exchange *exchange, int64_t pool_id,
				  uint8_t len_bits, enum numbers_reason *reason);

/* A block of a reserve for the pool of this name; ABSENT: it is free in no reserve. */
MUST_USE struct fault pools_from_reserve(struct pools_session *session, const struct prefix *prefix,
					 const char *pool_name);

#endif
