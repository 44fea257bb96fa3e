/* view/foresight.h — what a proposed rule book would change of the routes that are held.
 * Shape   a row for each member and change: refused now or then, by which clause
 * Owns    its rows: view_foresight_fini
 * Bound   VIEW_SAMPLES_MAX prefixes a row
 * Thread  any */
#ifndef VIEW_FORESIGHT_H
#define VIEW_FORESIGHT_H

#include "base/heap.h"
#include "base/instant.h"
#include "net/prefix.h"
#include "view/book.h"

#define VIEW_SAMPLES_MAX 3u

struct view_foreseen {
	uint32_t asn;
	const char *before; /* "bogon-asn"; NULL = accepted, here and below */
	const char *after;
	char clause_before[VIEW_CLAUSE_NUMBER_MAX]; /* of the book in force; "" = none */
	char clause_after[VIEW_CLAUSE_NUMBER_MAX];  /* of the proposed one */
	uint64_t count;
	uint32_t sample_count;
	struct prefix sample[VIEW_SAMPLES_MAX];
};

struct view_foresight {
	struct heap heap;
	uint64_t route_count; /* looked at */
	uint64_t refused;     /* accepted now, refused then */
	uint64_t accepted;    /* refused now, accepted then */
	uint64_t moved;       /* refused now and then, by another clause */
	struct span took;
	struct view_foreseen *row; /* by AS number, then in the order of the checks */
	uint32_t row_count;
	uint32_t row_room;
};

void view_foresight_fini(struct view_foresight *foresight); /* for CLEAN; twice is allowed */

#endif
