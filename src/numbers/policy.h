/* numbers/policy.h — by which rules numbers are given out: parameters of each type of pool, which
 * the rule book sets, and the reasons why something is refused, each a clause of it.
 * Shape   sizes are prefix lengths in bits: a *smaller* number is a larger block; a host's address
 *         is 32 or 128.  Spans are whole days of 86,400 s
 * Owns    nothing: plain values
 * Thread  any */
#ifndef NUMBERS_POLICY_H
#define NUMBERS_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "net/identifier.h"

#define NUMBERS_DAY_S INT64_C(86400)
#define NUMBERS_DAYS_MAX 36500u
#define NUMBERS_KEPT_BITS_MAX 16u
#define NUMBERS_CLAUSE_MAX 48u
#define NUMBERS_DECISION_MAX 512u
#define NUMBERS_NUMBER_MAX 16u
#define NUMBERS_DECIDER_MAX 128u

enum pool_type {
	POOL_PEERING_V4 = 0, /* addresses on a peering LAN */
	POOL_PEERING_V6,     /* likewise, made of the AS number */
	POOL_RESERVE,        /* kept back: other pools grow into it */
	POOL_REGISTRY_V4,    /* prefixes delegated to holders */
	POOL_REGISTRY_V6,
	POOL_TYPES,
};

/* Where a block goes. */
enum numbers_placement {
	PLACE_TIGHTEST = 0, /* the first of the smallest holes that hold it */
	PLACE_DERIVED,      /* IPv6 on a LAN: from the AS number and the router's */
	PLACE_SPARSE,       /* bisection: the middle of the largest hole, so that all can grow */
};

/* Who of those that wait comes next: a function of what they asked for and when. */
enum numbers_order {
	ORDER_FIRST_COME = 0,
	ORDER_SMALLEST_FIRST, /* first come among equals */
};

struct numbers_policy {
	bool takes_requests;
	uint8_t default_len_bits; /* of who does not say */
	uint8_t minimum_len_bits; /* the shortest, so the largest block */
	uint8_t maximum_len_bits; /* the longest, so the smallest block */
	uint8_t kept_bits;        /* room kept beside a block: it may double so often in place */
	enum numbers_placement placement;
	bool must_hold_ipv6;
	bool never_held; /* only who never had space from a pool of this type */
	bool one_place;  /* an organisation has one open request */
	bool has_queue;  /* a waiting list when nothing is left; else refused */
	enum numbers_order order;
	bool is_transferable;
	uint32_t hold_days;       /* before it may be transferred, and again */
	uint32_t quarantine_days; /* nobody else has it so long after it came back */
	uint32_t return_days;     /* both old and new may be used so long when renumbering */
	uint32_t review_days;     /* use is looked at so long after the grant; 0 = never */
	uint8_t review_percent;   /* less use than that: it is shrunk */
};

/* The numbers part of a version of the rule book. */
struct numbers_rules {
	uint32_t version; /* 0 = the built-in parameters */
	char decision[NUMBERS_DECISION_MAX];
	char by[NUMBERS_DECIDER_MAX];                /* who decided */
	char clause[POOL_TYPES][NUMBERS_NUMBER_MAX]; /* "4.3"; "" = none */
	struct numbers_policy of[POOL_TYPES];
};

struct numbers_rules numbers_rules_default(void);

/* "peering-v4"; false when the text is none. */
const char *pool_type_name(enum pool_type type);
bool pool_type_of(const char *text, enum pool_type *out);

/* False: pools of the type are of this family only; a reserve may be of either. */
bool pool_type_fits(enum pool_type type, enum family family);

/* What the rules can refuse, in order of checking. */
enum numbers_reason {
	NUMBERS_GOOD = 0,
	NUMBERS_NO_REQUESTS,  /* the pool is not for requests */
	NUMBERS_TOO_LARGE,    /* above the maximum size */
	NUMBERS_TOO_SMALL,    /* below the smallest block */
	NUMBERS_NO_ASN,       /* made of an AS number, and the holder is none */
	NUMBERS_NO_IPV6,      /* must hold IPv6 */
	NUMBERS_HELD_BEFORE,  /* never held before */
	NUMBERS_SECOND_PLACE, /* one place per organisation */
	NUMBERS_FULL,         /* nothing left, and no waiting list */
	NUMBERS_NOT_NEXT,     /* others wait longer */
	NUMBERS_TAKEN,        /* in somebody's hand */
	NUMBERS_KEPT_BACK,    /* held by the exchange itself */
	NUMBERS_QUARANTINED,  /* back, and not free yet */
	NUMBERS_NO_TRANSFER,  /* not transferable */
	NUMBERS_HOLD_PERIOD,  /* held too short a time to be transferred */
	NUMBERS_NO_ROOM,      /* cannot grow in place */
	NUMBERS_REVIEW,       /* used too little */
	NUMBERS_BY_STAFF,     /* a person's reason, told in words */
	NUMBERS_REASONS,
};

/* The parameter of the pool's clause: "never-held"; "" for GOOD.  And a sentence that says it. */
const char *numbers_reason_clause(enum numbers_reason reason);
const char *numbers_reason_text(enum numbers_reason reason);

#endif
