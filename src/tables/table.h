/* tables/table.h — routing tables from files, one route at a time: MRT and the tables as text
 * that operators and researchers exchange.
 *
 * The kind is recognised from the content:
 *   MRT       TABLE_DUMP_V2 with its ADD-PATH subtypes, TABLE_DUMP, BGP4MP and BGP4MP_ET UPDATEs,
 *             and the UPDATEs of the obsolete type BGP.  RFC 6396, RFC 8050
 *   paths     the one-line text of `bgpdump -m`; JSON {prefix: {collector: {ASN: "path"}}}; what
 *             birdc of BIRD 1 and 2 prints for `show route all`
 *   origins   network TAB length TAB origins (`_` between several, `,` in an AS_SET); prefix TAB
 *             origin; ASN: prefix,prefix; prefixes alone.  `;` and `#` begin comments
 * Octets come from a struct source, so that this folder makes no system call; files, packed or not,
 * are opened by sys/unpack.h.
 *
 * Damage to the file is refused: a record or line that is cut or contradicts itself ends the
 * reading with a sentence that says where.  What the file says well but nobody can use (other
 * record types, routes whose attributes RFC 7606 would not let in) is passed over and counted.
 *
 * Bound   TABLE_RECORD_OCTETS_MAX for one record or line, TABLE_PEERS_MAX peers; memory follows
 *         these and never the size of the file
 * Owns    nothing beyond the call; what a taker is shown is valid until it returns
 * Faults  SHORT: cut · MALFORMED · LIMIT: a bound, or memory · the source's · the taker's.  All
 *         but the taker's have complained
 * Thread  one at a time for each request */
#ifndef TABLES_TABLE_H
#define TABLES_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/complaint.h"
#include "base/fault.h"
#include "base/hash.h"
#include "base/heap.h"
#include "base/source.h"
#include "bgp/attrs.h"
#include "net/address.h"
#include "net/prefix.h"

#define TABLE_RECORD_OCTETS_MAX (4u << 20)
#define TABLE_PEERS_MAX 65536u
#define TABLE_ORIGINS_MAX 256u
#define TABLE_COMMUNITIES_MAX 4096u /* of each kind; a route with more is passed over */
#define TABLE_SKIPS_MAX 32u
#define TABLE_COLLECTOR_MAX 32u

/* Whom the collector had the route from.  Peers are numbered in order of appearance. */
struct table_peer {
	uint32_t index;
	uint32_t asn;
	uint32_t router_id; /* 0 when the file does not say */
	bool has_address;
	struct address address;
	char collector[TABLE_COLLECTOR_MAX]; /* "" when the file does not say */
};

/* One origin of a prefix; those of the same set stood together in an AS_SET. */
struct table_origin {
	uint32_t asn;
	uint32_t set;
};

struct table_route {
	const struct table_peer *peer; /* NULL in tables of origins */
	struct prefix prefix;
	bool is_withdrawal; /* in files of UPDATEs only; then without attributes */
	bool has_path_id;
	uint32_t path_id;
	uint32_t at_s; /* UTC seconds since 1970; 0 when the file does not say */
	/* NULL in tables of origins.  Where the file does not say the next hop its length is 0. */
	const struct bgp_attrs *attrs;
	const struct table_origin *origins; /* in tables of origins */
	uint32_t origin_count;
};

struct table_taker {
	void *context;
	/* A failure ends the reading and is handed on. */
	struct fault (*route)(void *context, const struct table_route *route);
	/* Of the file as it is stored; total 0 = not known.  May be NULL. */
	void (*progress)(void *context, uint64_t taken_octets, uint64_t total_octets);
};

struct table_request {
	struct heap *heap;
	const char *file; /* named in complaints */
	struct source *source;
	struct table_taker taker;
	struct hash_key key; /* secret: the peers' names are a stranger's */
};

/* What was passed over, and why. */
struct table_skip {
	const char *why;
	bool is_route; /* a route; otherwise a whole record or line */
	uint16_t type; /* of the MRT record; 0 in text */
	uint16_t subtype;
	uint64_t count;
};

struct table_counts {
	const char *kind;       /* "MRT", "bgpdump -m text", ...; NULL when none was recognised */
	uint64_t records;       /* MRT records, or lines with something in them */
	uint64_t routes;        /* handed over, withdrawals not counted */
	uint64_t withdrawals;   /* handed over */
	uint64_t peers;         /* that the file names, with routes or without */
	uint64_t host_bits;     /* prefixes in text whose bits behind the length were cleared */
	uint64_t mended_routes; /* of MRT tables whose writer had not kept the attributes' flags */
	uint64_t skipped_records;
	uint64_t skipped_routes;
	uint32_t skip_count;
	struct table_skip skips[TABLE_SKIPS_MAX]; /* what found no room is counted above only */
};

/* `counts` is filled also when the reading fails: how far it came. */
MUST_USE struct fault table_read(const struct table_request *request, struct table_counts *counts,
				 struct complaints *complaints);

#endif
