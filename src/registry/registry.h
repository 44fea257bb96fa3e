/* registry/registry.h — members and their connections: what is asked, checked, kept, and made a
 * plan.
 *
 * A member is an organisation with an AS number; a connection is one port of it on the LAN with the
 * addresses it uses there; each address is a session, whose slot never changes.
 * Owns    a list its items: registry_list_init/_fini · else nothing: works on an open store
 * Faults  CONFLICT and ABSENT with a complaint that says what, where and what to do
 * Thread  that of the store */
#ifndef REGISTRY_REGISTRY_H
#define REGISTRY_REGISTRY_H

#include "base/complaint.h"
#include "net/port.h"
#include "plan/plan.h"
#include "store/store.h"

#define REGISTRY_ADDRESSES_MAX 8u /* a connection */
#define REGISTRY_TEXT_MAX 128u
#define REGISTRY_ROUTES_MAX 100000000u
#define REGISTRY_LISTENERS_MAX 16u

extern const struct store_migration registry_migrations[];
extern const uint32_t registry_migration_count;

/* What exchange.yaml sets of the shipped rule book's parameters, which holds until a version is
 * adopted; all zero = nothing. */
struct registry_rules {
	enum plan_limit_action limit_action; /* DEFAULT = the built-in one, 0 too, here and below */
	uint32_t routes_max[FAMILY_COUNT];
	uint8_t warn_percent;
	enum plan_ipv6_only_lan ipv6_only_lan;
	bool has_retry_s;
	uint32_t retry_s; /* 0 = never */
	bool has_transit_free;
	uint32_t transit_free_count; /* instead of the built-in ones */
	uint32_t transit_free[PLAN_TRANSIT_FREE_MAX];
	uint32_t never_via_count;
	uint32_t never_via[PLAN_NEVER_VIA_MAX];
};

/* What the exchange itself is; registry_plan fills a plan with it and with the members. */
struct registry_exchange {
	char name[PLAN_NAME_MAX];
	uint32_t asn;
	uint32_t router_id;
	uint32_t lan_count;
	struct prefix lan[PLAN_LANS_MAX];
	uint32_t listen_count; /* 0 = not known: nothing is checked against them */
	struct port_endpoint listen[REGISTRY_LISTENERS_MAX];
	bool has_blackhole_next_hop[FAMILY_COUNT]; /* any: the service is offered */
	struct address blackhole_next_hop[FAMILY_COUNT];
	bool is_trial; /* unregistered space and numbers pass the bogon checks */
	struct registry_rules rules;
	/* Of the version of the rule book in force, laid in by rules_lay; before, nothing is known
	 * but what is said above. */
	bool has_in_force;
	uint32_t rules_version;
	struct plan_rules in_force;
};

struct fact;

/* One connection with what its member is called. */
struct registry_member {
	uint32_t asn;
	char name[REGISTRY_TEXT_MAX];
	char as_macro[REGISTRY_TEXT_MAX];
	int64_t connection_id; /* set by reading */
	uint32_t address_count;
	struct address address[REGISTRY_ADDRESSES_MAX];
	uint16_t slot[REGISTRY_ADDRESSES_MAX];   /* set by reading */
	bool no_session[REGISTRY_ADDRESSES_MAX]; /* likewise: without the route server */
	bool is_idle;                            /* likewise: not connected, no session at all */
	const struct fact *profile; /* adding: what else is recorded of the member; NULL: nothing */
	uint32_t routes_max[FAMILY_COUNT]; /* 0 = the rule book's */
	bool takes_blackhole;
	bool is_active;
	bool add_path;
	bool gtsm;
	bool allow_as2;                      /* a neighbour without four-octet ASNs */
	bool require_role;                   /* RFC 9234 strict mode */
	bool extended_message;               /* RFC 8654 */
	enum plan_limit_action limit_action; /* DEFAULT = the rule book's */
	uint16_t port;                       /* the member's, when active; 0 = 179 */
	struct address local[FAMILY_COUNT];  /* ours, when active; zero = the system chooses */
	struct address link_local;           /* its router's on the LAN; zero = not known */
	struct address slat_ipv4; /* told to who takes IPv4 next hops only; zero = its own */
	char password[PLAN_PASSWORD_MAX + 1]; /* empty = none; never shown */
};

/* Whether it is what an IRR calls an as-set, or several with a blank between; empty is good. */
bool registry_macro_is_good(const char *text);

/* What is wrong with the member, and what the rules would refuse of everything it sends. */
void registry_member_check(const struct registry_exchange *exchange,
			   const struct registry_member *member, struct complaints *complaints);

/* A member with one connection; to a member that exists, one more connection.  One transaction. */
MUST_USE struct fault registry_member_add(struct store *store,
					  const struct registry_exchange *exchange,
					  const struct registry_member *member,
					  struct complaints *complaints);
MUST_USE struct fault registry_member_remove(struct store *store, uint32_t asn,
					     struct complaints *complaints);

/* Each connection in order of AS number; `each` false ends the walk. */
MUST_USE struct fault registry_walk(struct store *store,
				    bool (*each)(void *context,
						 const struct registry_member *member),
				    void *context);

/* Connections in memory, in order of AS number, then of their making. */
struct registry_list {
	struct heap *heap;
	struct registry_member *item;
	uint32_t count;
	uint32_t room;
};

void registry_list_init(struct registry_list *list, struct heap *heap);
void registry_list_fini(struct registry_list *list); /* for CLEAN */

/* All connections of one member, or with asn 0 of all.  ABSENT when there is no such member. */
MUST_USE struct fault registry_member_get(struct store *store, uint32_t asn,
					  struct registry_list *out);

/* The parameters in force; where nothing was laid in, the shipped ones with what the exchange sets.
 */
struct plan_rules registry_rules_of(const struct registry_exchange *exchange);

/* Sets what exchange.yaml says of them. */
void registry_rules_said(const struct registry_exchange *exchange, struct plan_rules *rules);

/* The addresses by which other members' routers may know the connection's port: of each family the
 * first that is no wrong one. */
struct plan_slat_row registry_slat_row(const struct registry_exchange *exchange,
				       const struct registry_member *member);

/* A sealed plan with one user.  What registry_member_check calls an error has no session in it: a
 * wrong address, or all addresses of a connection that is wrong in itself. */
MUST_USE struct fault registry_plan(struct store *store, const struct registry_exchange *exchange,
				    struct plan **out);

#endif
