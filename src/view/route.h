/* view/route.h — a held route as others may see it, and the story of a prefix.
 * Shape   plain values; attributes are stretches of octets as in the packed form (wire order)
 * Owns    struct view_explain: view_explain_fini; a route's stretches belong to whoever gave it
 * Thread  any */
#ifndef VIEW_ROUTE_H
#define VIEW_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/heap.h"
#include "base/instant.h"
#include "base/octets.h"
#include "net/address.h"
#include "net/prefix.h"
#include "net/sessions.h"
#include "view/book.h"

#define VIEW_DETAIL_MAX 128u
#define VIEW_CHECKS_MAX 32u

struct view_attrs {
	bool is_known;  /* false: of a malformed UPDATE; nothing else is known */
	uint8_t origin; /* 0 IGP, 1 EGP, 2 incomplete */
	struct address next_hop;
	bool has_med;
	bool has_otc;
	bool atomic_aggregate;
	uint32_t med;
	uint32_t otc;
	uint16_t path_len;
	uint32_t first_asn;
	uint32_t origin_asn;
	struct octets as_path;       /* segments: type(8) count(8) ASNs(32) */
	struct octets communities;   /* 4 octets each */
	struct octets large;         /* 12 octets each */
	struct octets extended;      /* 8 octets each */
	struct octets extended_ipv6; /* 20 octets each */
	struct octets aggregator;    /* 0 or 8 octets */
	struct octets unknown;       /* whole attributes */
};

struct view_route {
	struct prefix prefix;
	uint16_t slot;
	uint32_t asn;        /* of the member it came from */
	struct address from; /* its session's address */
	struct wall since;
	bool is_stale;
	bool is_announced;       /* to somebody */
	uint32_t rank;           /* from 1 among the accepted; 0 = refused */
	const char *step;        /* what put it behind the one before; NULL for the first */
	const char *reason;      /* "bogon-asn"; NULL = accepted */
	const char *reason_text; /* a sentence; NULL = accepted */
	char reason_detail[VIEW_DETAIL_MAX]; /* what else is known of it; may be empty */
	struct view_clause clause;           /* that refused it */
	uint32_t reason_number;              /* n of the looking glass's rs:1101:n; 0 = none */
	/* n of rs:1000:n for the origin, and the same for the path (ASPA). */
	uint8_t origin_state;
	uint8_t path_state;
	struct view_attrs attrs;
};

/* One import check. */
struct view_check {
	const char *name;
	const char *text;
	bool passed;
	char clause[VIEW_CLAUSE_NUMBER_MAX]; /* of the rule book; "" = none */
	char detail[VIEW_DETAIL_MAX];        /* what was found; may be empty */
};

struct view_candidate {
	struct view_route route;
	bool is_blackhole;
	bool is_graceful_shutdown;
	uint32_t check_count;
	struct view_check check[VIEW_CHECKS_MAX];
};

struct view_receiver {
	uint16_t slot;
	uint32_t asn;
	struct address address;
	char name[VIEW_DETAIL_MAX];
	bool is_established;
	bool has_family;       /* the prefix's family was agreed */
	uint32_t given_count;  /* paths it gets; more than 1 with ADD-PATH */
	uint32_t given_first;  /* the best of them: the candidate's number, when there is any */
	uint8_t prepend_count; /* of that */
	bool is_blackhole;     /* that one is */
	bool adds_no_export;   /* it was not among its communities */
	bool replaces_next_hop;
	bool translates_next_hop; /* to one that it can use: RFC 8950 */
	struct address next_hop;  /* of that, as it is sent */
	const char *why_not;      /* why not the best candidate; NULL when it gets that */
	struct octets denial; /* the best one's community that keeps it from here; may be empty */
};

struct view_explain {
	struct heap heap;
	struct prefix asked;
	struct prefix prefix; /* what is held: the same, or the longest that covers it */
	uint32_t candidate_count;
	struct view_candidate *candidate; /* by rank, the refused last */
	uint32_t receiver_count;
	struct view_receiver *receiver; /* by AS number */
	uint8_t *octets;                /* what the routes borrow from */
	uint32_t octets_room;
};

void view_explain_fini(struct view_explain *explain); /* for CLEAN; twice is allowed */

#endif
