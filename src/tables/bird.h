/* tables/bird.h — the route at hand of what BIRD prints for `show route all`, line by line.  For
 * this folder only.
 * Owns    a text_bird its lists; on the request's heap, freed by text_bird_free
 * Faults  MALFORMED, SHORT: complained, with line and column · as table.h
 * Thread  one at a time */
#ifndef TABLES_BIRD_H
#define TABLES_BIRD_H

#include "tables/text.h"

enum bird_attr {
	BIRD_NONE = 0,
	BIRD_ORIGIN,
	BIRD_AS_PATH,
	BIRD_NEXT_HOP,
	BIRD_MED,
	BIRD_LOCAL_PREF,
	BIRD_ATOMIC,
	BIRD_AGGREGATOR,
	BIRD_COMMUNITIES,
	BIRD_EXTENDED,
	BIRD_LARGE,
	BIRD_OTC,
	BIRD_ATTR_COUNT,
};

struct text_bird {
	/* The prefix holds for further routes of it, whose lines do not repeat it. */
	bool has_prefix;
	bool is_unicast; /* false: an entry of another kind of table */
	struct prefix prefix;

	bool is_open;   /* a route has begun and is not handed over yet */
	bool is_bgp;    /* as its type says, or its attributes */
	bool has_type;  /* `all` was asked for: each route has it */
	bool types_met; /* some route had it */
	uint64_t line;  /* where the route began */
	uint32_t asn;   /* as the protocol's name says; 0 = it does not */
	uint32_t met;   /* a bit for each enum bird_attr of the route */
	bool has_from;  /* the neighbour's address, where it is not the gateway's */
	bool has_gateway;
	struct address from;
	struct address gateway;
	const char *why_not; /* the text is good, but nobody can use the route */

	enum bird_attr last; /* its value goes on where a line begins with '(' */
	struct bgp_attrs attrs;
	struct wr communities;
	struct wr extended;
	struct wr large;
	uint8_t path[UINT16_MAX];
	uint8_t aggregator[8];
	uint8_t communities_octets[TABLE_COMMUNITIES_MAX * 4];
	uint8_t extended_octets[TABLE_COMMUNITIES_MAX * 8];
	uint8_t large_octets[TABLE_COMMUNITIES_MAX * 12];
};

/* Forgets the attributes of the route before. */
void bird_attrs_init(struct text_bird *bird);

/* Is this "BGP.origin: ..." or the like? */
bool bird_is_attr(struct octets line);
/* One such line, or the rest of a list from the line before; rd stands behind the blanks. */
MUST_USE struct fault bird_attr_read(struct table_reader *reader, struct rd *rd);
MUST_USE struct fault bird_list_read(struct table_reader *reader, struct rd *rd);

/* Lists and path of the route into bird->attrs; why_not where they cannot be. */
void bird_attrs_seal(struct text_bird *bird);

#endif
