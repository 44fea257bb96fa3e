/* rpki/aspa.h — who says which networks are its providers, and whether a path agrees.
 *
 * Shape   a table of customers, ascending, each with its providers, ascending; a provider of 0
 *         alone means that there are none
 * Owns    struct aspa_list and struct aspa_table: their arrays, from the heap they were given
 * Bound   ASPAS_MAX customers, ASPA_PROVIDERS_MAX providers of one, ASPA_PROVIDERS_TOTAL_MAX of all
 * Faults  LIMIT when memory or a bound is reached
 * Thread  any for a finished table
 * Source  draft-ietf-sidrops-aspa-profile, draft-ietf-sidrops-aspa-verification */
#ifndef RPKI_ASPA_H
#define RPKI_ASPA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/heap.h"

#define ASPAS_MAX (256u * 1024u)
#define ASPA_PROVIDERS_MAX 10000u
#define ASPA_PROVIDERS_TOTAL_MAX (4u * 1024u * 1024u)

struct aspa_entry {
	uint32_t customer;
	uint32_t first; /* of its providers */
	uint32_t count;
};

/* Order of two, for qsort: customers, then the record that came first. */
int aspa_entry_compare(const void *a, const void *b);

/* Records as they come: a customer may stand several times. */
struct aspa_list {
	struct heap *heap;
	struct aspa_entry *entry;
	uint32_t count;
	uint32_t room;
	uint32_t *provider;
	uint32_t provider_count;
	uint32_t provider_room;
};

/* A new record; its providers follow, in any order. */
MUST_USE struct fault aspa_list_begin(struct aspa_list *list, uint32_t customer);
MUST_USE struct fault aspa_list_provider(struct aspa_list *list, uint32_t provider);
void aspa_list_fini(struct aspa_list *list);

struct aspa_table {
	struct aspa_entry *entry;
	uint32_t count;
	uint32_t room;
	uint32_t *provider;
	uint32_t provider_count;
	uint32_t provider_room;
};

/* Records of one customer are joined: several are valid at once in the global RPKI. */
MUST_USE struct fault aspa_table_make(struct heap *heap, struct aspa_list *list,
				      struct aspa_table *out);
void aspa_table_fini(struct heap *heap, struct aspa_table *table);

/* NULL: it has none. */
const struct aspa_entry *aspa_table_find(const struct aspa_table *table, uint32_t customer);
bool aspa_table_has(const struct aspa_table *table, const struct aspa_entry *entry,
		    uint32_t provider);
bool aspa_entry_equal(const struct aspa_table *a, const struct aspa_entry *x,
		      const struct aspa_table *b, const struct aspa_entry *y);

#endif
