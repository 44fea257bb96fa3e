/* rpki/vrp.h — validated ROA payloads: which AS may originate which prefixes.
 *
 * Shape   a record is a prefix, the longest length that may be announced of it, and an AS.  A table
 *         holds each distinct prefix once, sorted, with the number of the nearest one around it:
 *         what covers a prefix is found by one search and a walk outwards.  The records of a prefix
 *         stand side by side, by AS and then the longest maximum first.
 * Owns    struct vrp_list and struct vrp_table: their arrays, from the heap they were given
 * Bound   VRPS_MAX records of both families together; a walk outwards has at most one step a bit
 * Faults  LIMIT when memory or the bound is reached
 * Thread  any for a finished table
 * Source  RFC 6811, RFC 6482 (AS 0: RFC 7607 and RFC 6483 4) */
#ifndef RPKI_VRP_H
#define RPKI_VRP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/heap.h"
#include "net/prefix.h"

#define VRPS_MAX (4u * 1024u * 1024u) /* nearly six times what there was in 2025 */

struct vrp {
	struct prefix prefix;
	uint8_t len_bits_max;
	uint32_t asn;
};

/* The same for sorting and keeping: addresses as numbers, IPv4 in the upper half of `high`. */
struct vrp_key {
	uint64_t high;
	uint64_t low;
	uint32_t asn;
	uint8_t len_bits;
	uint8_t len_bits_max;
	uint16_t spare;
};

struct vrp_key vrp_key_of(const struct vrp *vrp);
struct vrp vrp_of_key(enum family family, const struct vrp_key *key);

/* By prefix, then AS, then the longest maximum first. */
int vrp_key_compare(const struct vrp_key *a, const struct vrp_key *b);

/* `outer` covers `inner`. */
bool vrp_key_covers(const struct vrp_key *outer, const struct vrp_key *inner);

/* Records of one family as they come. */
struct vrp_list {
	struct heap *heap;
	struct vrp_key *key;
	uint32_t count;
	uint32_t room;
};

MUST_USE struct fault vrp_list_add(struct vrp_list *list, const struct vrp_key *key);
void vrp_list_sort(struct vrp_list *list); /* and what stands twice stands once */
void vrp_list_fini(struct vrp_list *list);

struct vrp_table {
	uint32_t prefix_count;
	uint32_t count; /* records */
	/* By number of the prefix. */
	uint64_t *high;
	uint64_t *low;    /* NULL in IPv4 */
	uint32_t *around; /* the nearest prefix around this one; itself when there is none */
	uint32_t *first;  /* its first record; one more than there are prefixes */
	uint8_t *len_bits;
	/* By number of the record. */
	uint32_t *asn;
	uint8_t *len_bits_max;
	uint32_t *
		start; /* by the first 16 bits: the first prefix not before them; NULL when empty */
};

/* Of a sorted list. */
MUST_USE struct fault vrp_table_make(struct heap *heap, enum family family,
				     const struct vrp_list *list, struct vrp_table *out);
void vrp_table_fini(struct heap *heap, struct vrp_table *table);

/* Record by number, in order. */
struct vrp_key vrp_table_key(const struct vrp_table *table, uint32_t prefix_number,
			     uint32_t number);

/* A walk through all records in order: begin with { 0 }. */
struct vrp_walk {
	uint32_t prefix_number;
	uint32_t number;
};
bool vrp_table_next(const struct vrp_table *table, struct vrp_walk *walk, struct vrp_key *out);

/* The number of the longest prefix that covers `key`'s; false: none does. */
bool vrp_table_cover(const struct vrp_table *table, const struct vrp_key *key, uint32_t *number);

/* The next one around it; false: none. */
bool vrp_table_around(const struct vrp_table *table, uint32_t *number);

/* The longest maximum that this AS has at this prefix; false: it has no record there. */
bool vrp_table_max(const struct vrp_table *table, uint32_t number, uint32_t asn,
		   uint8_t *len_bits_max);

uint64_t vrp_table_octets(const struct vrp_table *table);

#endif
