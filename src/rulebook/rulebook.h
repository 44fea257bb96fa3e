/* rulebook/rulebook.h — the rule book: numbered clauses, each a sentence for people and, where a
 * machine enforces it, its parameters.
 *
 * A clause with a key is enforced; every key stands in the book exactly once, so that whatever is
 * refused is refused by a clause that the members can read.  A clause without one binds people.
 * Shape   a YAML document: title, and a list of clauses; rulebook_keys_print says what each takes
 * Owns    nothing: a plain value
 * Bound   RULEBOOK_CLAUSES_MAX clauses; RULEBOOK_OCTETS_MAX octets of text
 * Faults  false with a complaint for every place that is wrong, with file, line and column
 * Thread  one at a time
 * Source  MANRS for IXPs, actions 1 to 3; RFC 7454 (BCP 194), RFC 7948 */
#ifndef RULEBOOK_RULEBOOK_H
#define RULEBOOK_RULEBOOK_H

#include "base/complaint.h"
#include "base/octets.h"
#include "plan/plan.h"
#include "rules/reason.h"
#include "text/sink.h"

#define RULEBOOK_CLAUSES_MAX 64u
#define RULEBOOK_OCTETS_MAX (64u * 1024u)
#define RULEBOOK_NUMBER_MAX PLAN_CLAUSE_NUMBER_MAX
#define RULEBOOK_TITLE_MAX 128u
#define RULEBOOK_TEXT_MAX PLAN_CLAUSE_TEXT_MAX
#define RULEBOOK_DAYS_MAX 36500u

/* What a machine enforces. */
enum rulebook_key {
	RULEBOOK_PEOPLE = 0, /* none: it is for people */
	RULEBOOK_MALFORMED,
	RULEBOOK_AS_SET,
	RULEBOOK_FIRST_AS,
	RULEBOOK_OWN_AS,
	RULEBOOK_PATH_LENGTH,
	RULEBOOK_COMMUNITIES,
	RULEBOOK_BOGON_ASN,
	RULEBOOK_TRANSIT_FREE,
	RULEBOOK_NEVER_VIA,
	RULEBOOK_ROUTE_LEAK,
	RULEBOOK_NEXT_HOP,
	RULEBOOK_ASPA,
	RULEBOOK_BLACKHOLE,
	RULEBOOK_PREFIX_LENGTH,
	RULEBOOK_PEERING_LAN,
	RULEBOOK_BOGON_PREFIX,
	RULEBOOK_RPKI,
	RULEBOOK_IRR,
	RULEBOOK_MAX_PREFIXES,
	RULEBOOK_IPV6_ONLY_LAN,
	RULEBOOK_SESSION,
	RULEBOOK_POOL_PEERING_V4,
	RULEBOOK_POOL_PEERING_V6,
	RULEBOOK_POOL_REGISTRY_V4,
	RULEBOOK_POOL_REGISTRY_V6,
	RULEBOOK_KEY_COUNT,
};

#define RULEBOOK_POOL_FIRST RULEBOOK_POOL_PEERING_V4
#define RULEBOOK_POOL_COUNT ((uint32_t)RULEBOOK_KEY_COUNT - RULEBOOK_POOL_FIRST)

#define RULEBOOK_SEE_MAX 4u

struct rulebook_clause {
	char number[RULEBOOK_NUMBER_MAX]; /* "2.1" */
	enum rulebook_key key;
	char title[RULEBOOK_TITLE_MAX]; /* may be empty */
	char text[RULEBOOK_TEXT_MAX];
	uint32_t see_count; /* other clauses that it refers to, by number */
	char see[RULEBOOK_SEE_MAX][RULEBOOK_NUMBER_MAX];
};

/* Who waits for a block, and in which order. */
enum rulebook_waiting {
	RULEBOOK_WAITING_NONE = 0, /* nobody: who comes when nothing is left is refused */
	RULEBOOK_WAITING_FIRST_COME,
	RULEBOOK_WAITING_SMALLEST_FIRST, /* first come among equals */
};

/* How numbers of a kind of pool are given out.  Sizes are prefix lengths: a smaller one is a larger
 * block. */
struct rulebook_pool {
	uint8_t default_len_bits;
	uint8_t largest_len_bits;
	uint8_t smallest_len_bits;
	bool must_hold_ipv6; /* IPv4 only to who has IPv6 */
	bool never_held;     /* only to who never had any of this kind */
	bool one_place;      /* an organisation has one open request */
	bool transfer;       /* may go to another holder */
	uint8_t review_percent;
	enum rulebook_waiting waiting;
	uint32_t quarantine_days; /* between a return and the next hand */
	uint32_t return_days;     /* old and new may be used so long when renumbering */
	uint32_t hold_days;       /* before a transfer */
	uint32_t review_days;     /* use is looked at so long after; 0 = never */
};

struct rulebook {
	char title[RULEBOOK_TITLE_MAX];
	uint32_t clause_count;
	struct rulebook_clause clause[RULEBOOK_CLAUSES_MAX];
	uint8_t clause_of[RULEBOOK_KEY_COUNT]; /* by key: index in `clause`; PEOPLE is not used */
	struct plan_rules rules;
	struct rulebook_pool pool[RULEBOOK_POOL_COUNT];
};

/* `file` is only named in complaints.  A new document says everything; one that was kept, and may
 * be older than a key, gets what it lacks from the shipped one, numbered "default 3.6". */
bool rulebook_read(const char *file, struct octets text, bool is_kept, struct rulebook *out,
		   struct complaints *complaints);

/* The document that Plenum ships: meets MANRS for exchanges.  Always readable. */
struct octets rulebook_default_text(void);
const char *rulebook_key_name(enum rulebook_key key); /* "prefix-length"; "" for PEOPLE */

/* The clause behind a refusal. */
enum rulebook_key rulebook_key_of(enum reason reason);
const struct rulebook_clause *rulebook_clause_of(const struct rulebook *book,
						 enum rulebook_key key);

/* By its number; NULL when there is none. */
const struct rulebook_clause *rulebook_clause_at(const struct rulebook *book, const char *number);

/* What each key is for and takes, a line each. */
void rulebook_keys_print(struct text_sink out);

/* The clause's parameters as the document has them, a line each behind `before`: "ipv4: 8-24". */
void rulebook_parameters_print(const struct rulebook *book, enum rulebook_key key,
			       const char *before, struct text_sink out);

/* Its name, and its value alone; NULL behind the last. */
const char *rulebook_parameter_name(enum rulebook_key key, uint32_t at);
void rulebook_parameter_print(const struct rulebook *book, enum rulebook_key key, uint32_t at,
			      struct text_sink out);

/* The whole as a document that reads back as the same. */
bool rulebook_print(const struct rulebook *book, struct text_sink out);

/* What changes from one to the other, clause by clause, for people; how many clauses. */
uint32_t rulebook_difference_print(const struct rulebook *before, const struct rulebook *after,
				   struct text_sink out);

/* What the plan carries: the parameters, and by reason the clause; of sessions, too. */
void rulebook_order(const struct rulebook *book, struct plan_rules *rules, struct plan_book *out);

#endif
