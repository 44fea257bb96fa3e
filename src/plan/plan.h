/* plan/plan.h — what the records order the route server to do: an immutable snapshot.
 *
 * Made by plan_new and filled, then closed by plan_seal, which builds the look-ups; never changed
 * after.  Swapped as a whole.
 * Owns    everything in it; counted: plan_ref and plan_unref from any thread, the last one frees
 * Faults  LIMIT when memory or SESSIONS_MAX is reached
 * Thread  any once sealed */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/heap.h"
#include "net/address.h"
#include "net/identifier.h"
#include "net/prefix.h"
#include "net/sessions.h"
#include "plan/slat.h"

#define PLAN_NAME_MAX 128u
#define PLAN_PASSWORD_MAX 80u /* TCP_MD5SIG_MAXKEYLEN */
#define PLAN_LANS_MAX 16u
#define PLAN_NEVER_VIA_MAX 64u
#define PLAN_TRANSIT_FREE_MAX 64u
#define PLAN_BOGONS_MAX 64u
#define PLAN_DIGEST_MAX 65u        /* SHA-256 in hexadecimal */
#define PLAN_CLAUSE_NUMBER_MAX 16u /* "2.10", "default 3.6" */
#define PLAN_CLAUSE_TEXT_MAX 512u
#define PLAN_CLAUSES_MAX 32u /* reasons of refusal */
#define PLAN_DECISION_MAX 512u
#define PLAN_DECIDER_MAX 128u

/* What a session's attribute sets may take: so much, and so much for each prefix that it may have.
 * A full table with its communities takes 30 to 100 octets a route. */
#define PLAN_ATTRS_OCTETS_BASE (1024u * 1024u)
#define PLAN_ATTRS_OCTETS_A_ROUTE 512u
#define PLAN_ATTRS_OCTETS_OVER \
	(64u * 1024u * 1024u) /* more: a full table beyond the limit is held */

/* Prefixes of a family that may be held beyond the limit where that does not end the session. */
#define PLAN_ROUTES_OVER_MAX (2u * 1024u * 1024u)

/* What becomes of prefixes beyond a session's limit. */
enum plan_limit_action {
	LIMIT_ACTION_DEFAULT = 0, /* a session: the rule book's */
	LIMIT_ACTION_WARN,        /* they are taken in; it is said */
	LIMIT_ACTION_BLOCK,       /* they are refused till there is room */
	LIMIT_ACTION_SHUT,        /* the session ends; it may come back after a while */
	LIMIT_ACTION_COUNT,
};

/* IPv4 between members whose routers take IPv6 next hops for it (RFC 8950) and those whose do not.
 */
enum plan_ipv6_only_lan {
	IPV6_ONLY_LAN_OFF = 0,   /* no next hop is changed (RFC 7947 2.2.1) */
	IPV6_ONLY_LAN_TRANSLATE, /* each receiver is told a next hop that it can use, or nothing */
	IPV6_ONLY_LAN_REQUIRE,   /* and IPv4 without the capability is refused */
	IPV6_ONLY_LAN_COUNT,
};

/* What becomes of a route that the world's records speak against. */
enum plan_policy {
	PLAN_POLICY_OFF = 0, /* nobody looks */
	PLAN_POLICY_LOG,     /* it is taken; it is shown and counted */
	PLAN_POLICY_DROP,    /* it is refused */
	PLAN_POLICY_COUNT,
};

/* Which next hops a member's routes may have. */
enum plan_next_hop_policy {
	PLAN_NEXT_HOP_MEMBER = 0, /* any address of the member on the LAN */
	PLAN_NEXT_HOP_OWN,        /* the session's own */
};

struct plan_member {
	uint32_t asn;
	char name[PLAN_NAME_MAX];
	struct session_set sessions;
};

struct plan_session {
	bool used;
	struct session_id id;
	struct member_id member;
	uint16_t slat; /* the row of its connection, from plan_slat_add; 0 = none */
	uint32_t asn;
	struct address address; /* the member's */
	struct address local;   /* ours, for an active session; unspecified otherwise */
	uint16_t port;          /* the member's, for an active session */
	bool is_active;         /* we connect */
	bool takes_blackhole;
	bool add_path; /* may be sent several paths */
	bool gtsm;
	bool allow_as2;                    /* a neighbour without four-octet ASNs */
	bool require_role;                 /* RFC 9234 strict mode */
	bool extended_message;             /* RFC 8654: up to 65,535 octets, both ways */
	uint32_t routes_max[FAMILY_COUNT]; /* 0 = the rule book's */
	enum plan_limit_action limit_action;
	uint8_t password_len_octets;
	char password[PLAN_PASSWORD_MAX];
};

/* A clause of the rule book: what its number is, and what it says. */
struct plan_clause {
	char number[PLAN_CLAUSE_NUMBER_MAX]; /* "" = none */
	char text[PLAN_CLAUSE_TEXT_MAX];
};

/* The version of the rule book that the parameters come from, and the decision behind it. */
struct plan_book {
	uint32_t version; /* 0 = nothing was adopted: the shipped one */
	char digest[PLAN_DIGEST_MAX];
	char decision[PLAN_DECISION_MAX];
	char by[PLAN_DECIDER_MAX];                   /* who decided */
	int64_t from_s;                              /* UTC; 0 = from the beginning */
	int64_t at_s;                                /* when it was adopted */
	struct plan_clause clause[PLAN_CLAUSES_MAX]; /* by enum reason */
	struct plan_clause session_clause;           /* of sessions that are not as registered */
	struct plan_clause next_hop_clause;          /* of the IPv6-only LAN */
};

/* The rule book's parameters. */
struct plan_rules {
	uint8_t len_bits_min[FAMILY_COUNT];
	uint8_t len_bits_max[FAMILY_COUNT];
	uint16_t path_len_max;
	uint16_t communities_max; /* of each kind */
	uint32_t routes_max[FAMILY_COUNT];
	enum plan_limit_action limit_action; /* never DEFAULT */
	uint8_t warn_percent;                /* of routes_max */
	uint32_t retry_s; /* after a session ended for too many routes; 0 = never */
	bool blackhole;   /* the service is offered */
	bool has_blackhole_next_hop[FAMILY_COUNT];
	struct address blackhole_next_hop[FAMILY_COUNT];
	uint8_t blackhole_len_bits_min[FAMILY_COUNT]; /* up to the host's own: with BLACKHOLE */
	bool add_otc;                                 /* RFC 9234 egress */
	bool check_bogons;     /* prefixes; off in trials with unregistered address space */
	bool check_bogon_asns; /* likewise */
	uint32_t bogon_count;  /* further prefixes that nobody may announce */
	struct prefix bogon[PLAN_BOGONS_MAX];
	enum plan_next_hop_policy next_hop_policy;
	enum plan_policy rpki_policy; /* of origins that ROAs speak against */
	enum plan_policy aspa_policy; /* of paths that ASPAs speak against */
	enum plan_policy irr_policy;  /* of what a member's as-set does not hold */
	enum plan_ipv6_only_lan ipv6_only_lan;
	uint32_t never_via_count; /* networks that ask not to be carried by route servers */
	uint32_t never_via[PLAN_NEVER_VIA_MAX];
	uint32_t transit_free_count; /* networks that buy no transit: behind another a leak */
	uint32_t transit_free[PLAN_TRANSIT_FREE_MAX];
};

struct plan {
	_Atomic uint32_t users;
	struct heap heap; /* its own: freed by whoever is last */
	uint64_t version;
	uint32_t asn;
	uint32_t router_id;
	char name[PLAN_NAME_MAX];
	uint32_t lan_count;
	struct prefix lan[PLAN_LANS_MAX];
	struct plan_book book;
	struct plan_rules rules;
	uint32_t member_count;
	uint32_t member_room;
	struct plan_member *member;   /* ascending by ASN once sealed */
	uint32_t session_end;         /* highest session index + 1 */
	struct plan_session *session; /* by index, SESSIONS_MAX of them */
	struct session_set all;       /* every used session */
	struct session_set blackhole_receivers;
	uint32_t slat_count; /* the highest row + 1; 0 = no row */
	uint32_t slat_room;
	struct plan_slat_row *slat; /* row 0 is not used */
	uint32_t slat_name_count;
	uint32_t slat_name_room;
	struct plan_slat_name *slat_name; /* ascending by address once sealed */
	struct session_set on_ipv4;       /* whose router has an IPv4 address on the LAN */
	struct session_set takes_ipv4;    /* that, or one for translated next hops */
};

struct plan_rules plan_rules_default(void);

/* "off", "log", "drop" */
const char *plan_policy_name(enum plan_policy policy);

/* "warn", "block", "shut"; "default" for DEFAULT. */
const char *plan_limit_action_name(enum plan_limit_action action);

/* By one of the three names; false when the text is none. */
bool plan_limit_action_of(const char *name, enum plan_limit_action *out);

/* "off", "translate", "require". */
const char *plan_ipv6_only_lan_name(enum plan_ipv6_only_lan policy);
bool plan_ipv6_only_lan_of(const char *name, enum plan_ipv6_only_lan *out);

/* Empty, with one user, the default rules, and room for everything.  NULL when memory is out. */
struct plan *plan_new(void);
struct plan *plan_ref(struct plan *plan);
void plan_unref(struct plan *plan); /* NULL is allowed */

MUST_USE struct fault plan_member_add(struct plan *plan, uint32_t asn, const char *name);

/* session->id names its slot; CONFLICT when it is taken, ABSENT when there is no member of its
 * ASN. */
MUST_USE struct fault plan_session_add(struct plan *plan, const struct plan_session *session);
void plan_seal(struct plan *plan);

const struct plan_member *plan_member_of(const struct plan *plan, uint32_t asn);
const struct plan_session *plan_session_of(const struct plan *plan, struct session_id session);

/* What holds for the session: its own, or else the rule book's. */
uint32_t plan_limit_of(const struct plan *plan, const struct plan_session *session,
		       enum family family);
enum plan_limit_action plan_limit_action_for(const struct plan *plan,
					     const struct plan_session *session);

/* What it may hold of a family, all told, and what its attribute sets may take, in octets. */
uint64_t plan_held_max(const struct plan *plan, const struct plan_session *session,
		       enum family family);
uint64_t plan_attrs_octets_max(const struct plan *plan, const struct plan_session *session);

/* The session of a member's address; NULL when nobody has it. */
const struct plan_session *plan_session_at(const struct plan *plan, const struct address *address);

/* The address is one that this member registered, of either family, link-local ones included. */
bool plan_member_has_address(const struct plan *plan, const struct plan_session *session,
			     const struct address *address);

#endif
