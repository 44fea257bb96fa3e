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
#define RULEBOOK_NUMBER_MAX 16u
#define RULEBOOK_TITLE_MAX 128u
#define RULEBOOK_TEXT_MAX 1024u
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
	RULEBOOK_POOL_PEERING_IPV4,
	RULEBOOK_POOL_PEERING_IPV6,
	RULEBOOK_POOL_REGISTRY_IPV4,
	RULEBOOK_POOL_REGISTRY_IPV6,
	RULEBOOK_KEY_COUNT,
};

#define RULEBOOK_POOL_FIRST RULEBOOK_POOL_PEERING_IPV4
#define RULEBOOK_POOL_COUNT ((uint32_t)RULEBOOK_KEY_COUNT - RULEBOOK_POOL_FIRST)

struct rulebook_clause {
	char number[RULEBOOK_NUMBER_MAX]; /* "2.1" */
	enum rulebook_key key;
	char title[RULEBOOK_TITLE_MAX]; /* may be empty */
	char text[RULEBOOK_TEXT_MAX];
};

/* How a kind of pool is given out: numbers of facts/allocation, in the members' hands. */
struct rulebook_pool {
	uint8_t default_len_bits;
	uint8_t max_len_bits;     /* the largest block: the shortest length */
	bool must_hold_ipv6;      /* IPv4 only to who has IPv6 */
	bool one_each;            /* one place and one block an organisation */
	bool never_before;        /* only to who never held any from this pool */
	uint32_t quarantine_days; /* between a return and the next hand */
	uint32_t hold_days;       /* before it may be transferred */
};

struct rulebook {
	char title[RULEBOOK_TITLE_MAX];
	uint32_t clause_count;
	struct rulebook_clause clause[RULEBOOK_CLAUSES_MAX];
	uint8_t clause_of[RULEBOOK_KEY_COUNT]; /* by key: index in `clause`; PEOPLE is not used */
	struct plan_rules rules;
	struct rulebook_pool pool[RULEBOOK_POOL_COUNT];
};

/* `file` is only named in complaints. */
bool rulebook_read(const char *file, struct octets text, struct rulebook *out,
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

/* The clause's parameters, as the document has them: "ipv4: 8-24", one a call; false at the end. */
#define RULEBOOK_PARAMETER_MAX 1024u
bool rulebook_parameter_print(const struct rulebook *book, enum rulebook_key key, uint32_t at,
			      char out[RULEBOOK_PARAMETER_MAX]);

/* The whole as a document that reads back as the same. */
bool rulebook_print(const struct rulebook *book, struct text_sink out);

#endif
