/* export/router.h — the configuration of a member's router for its sessions with the route server,
 * in the words of its vendor.
 *
 * Names come from strangers: everything is put in letters that no vendor's grammar gives a meaning
 * (router_words_clean), and a password only as a text that this vendor reads back as the same.
 * Owns    nothing: what it points to must outlive it
 * Faults  false with a complaint
 * Bound   ROUTER_SESSIONS_MAX sessions
 * Thread  any
 * Source  RFC 7948 4.5 and 4.8, RFC 7454, RFC 8950, RFC 5082, RFC 9234, RFC 7999 */
#ifndef EXPORT_ROUTER_H
#define EXPORT_ROUTER_H

#include "base/complaint.h"
#include "registry/registry.h"
#include "text/sink.h"

#define ROUTER_SESSIONS_MAX 64u
#define ROUTER_SERVERS_MAX 16u
/* The most routes a member need be ready for, whatever members may announce. */
#define ROUTER_ROUTES_IPV4_MAX 1000000u
#define ROUTER_ROUTES_IPV6_MAX 250000u

/* One prefix, or with its lengths a window of those in it. */
struct router_own {
	struct prefix prefix;
	uint8_t len_bits_min;
	uint8_t len_bits_max;
};

struct router_session {
	struct address own;
	struct address server;
	uint16_t own_port; /* 0 = any: the server does not connect to a port of its own */
	uint16_t server_port;
	const struct registry_member *connection;
};

struct router {
	uint32_t asn;
	uint32_t server_asn;
	const char *member;
	const char *exchange;
	const char *as_macro; /* "" = none */
	uint32_t lan_count;
	const struct prefix *lan;
	struct plan_rules rules;
	bool with_password;     /* printed; else a placeholder stands for it */
	bool extended_next_hop; /* RFC 8950: IPv4 routes over the IPv6 sessions alone */
	bool takes_blackhole;
	uint32_t routes_max[FAMILY_COUNT]; /* that the route server may send */
	uint32_t own_count;                /* 0 = not known: a placeholder stands for it */
	const struct router_own *own;
	uint32_t session_count;
	struct router_session session[ROUTER_SESSIONS_MAX];
};

/* What is asked for. */
struct router_order {
	bool with_password;
	bool extended_next_hop;
	bool has_at;
	struct address at; /* only the connection with this address */
	uint32_t server_count;
	struct port_endpoint server[ROUTER_SERVERS_MAX]; /* instead of exchange.yaml's listen */
	uint32_t own_count;
	const struct router_own *own;
};

/* Of the member's connections.  `all`: every connection of the exchange, for what may come. */
bool router_fill(struct router *out, const struct registry_exchange *exchange,
		 const struct registry_list *connections, const struct registry_list *all,
		 const struct router_order *order, struct complaints *complaints);

struct router_vendor {
	const char *name;  /* "bird"; NULL ends the list */
	const char *title; /* "BIRD 2.0.8 or later" */
	const char *usage; /* one line: what is done with it */
	const char *mark;  /* begins a comment */
	void (*print)(const struct router *router, struct text_sink out);
};

extern const struct router_vendor router_vendors[];
const struct router_vendor *router_vendor_of(const char *name); /* NULL: none */

void router_print(const struct router *router, const struct router_vendor *vendor,
		  struct text_sink out);

#endif
