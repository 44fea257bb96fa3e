/* rpki/aspa.c — records of providers sorted into a table. */
#include "rpki/aspa.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct fault aspa_list_begin(struct aspa_list *list, uint32_t customer)
{
	if (list->count == ASPAS_MAX || !heap_grow(list->heap, (void **)&list->entry, &list->room,
						   list->count + 1, sizeof *list->entry))
		return fault_of(FAULT_LIMIT, 0);
	list->entry[list->count++] = (struct aspa_entry){ .customer = customer,
							  .first = list->provider_count };
	return fault_none();
}

struct fault aspa_list_provider(struct aspa_list *list, uint32_t provider)
{
	struct aspa_entry *entry = &list->entry[list->count - 1];

	if (entry->count == ASPA_PROVIDERS_MAX ||
	    list->provider_count == ASPA_PROVIDERS_TOTAL_MAX ||
	    !heap_grow(list->heap, (void **)&list->provider, &list->provider_room,
		       list->provider_count + 1, sizeof *list->provider))
		return fault_of(FAULT_LIMIT, 0);
	list->provider[list->provider_count++] = provider;
	entry->count++;
	return fault_none();
}

void aspa_list_fini(struct aspa_list *list)
{
	if (list->heap != NULL) {
		heap_free(list->heap, list->entry, list->room * sizeof *list->entry);
		heap_free(list->heap, list->provider, list->provider_room * sizeof *list->provider);
	}
	*list = (struct aspa_list){ 0 };
}

int aspa_entry_compare(const void *a, const void *b)
{
	const struct aspa_entry *x = a;
	const struct aspa_entry *y = b;

	if (x->customer != y->customer)
		return x->customer < y->customer ? -1 : 1;
	return (x->first > y->first) - (x->first < y->first);
}

static int by_asn(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* What is joined stands behind `first`; sorted, each once.  A 0 among others says nothing: it is
 * no network. */
static uint32_t providers_settle(uint32_t *provider, uint32_t count)
{
	uint32_t kept = 0;

	if (count != 0)
		qsort(provider, count, sizeof *provider, by_asn);
	for (uint32_t i = 0; i < count; i++) {
		if (kept == 0 || provider[kept - 1] != provider[i])
			provider[kept++] = provider[i];
	}
	if (kept > 1 && provider[0] == 0) {
		mem_move(provider, provider + 1, (kept - 1) * sizeof *provider);
		kept--;
	}
	return kept;
}

static void table_fill(struct aspa_table *table, const struct aspa_list *list)
{
	for (uint32_t i = 0; i < list->count;) {
		struct aspa_entry *entry = &table->entry[table->count++];
		*entry = (struct aspa_entry){ .customer = list->entry[i].customer,
					      .first = table->provider_count };
		for (; i < list->count && list->entry[i].customer == entry->customer; i++) {
			const struct aspa_entry *from = &list->entry[i];
			mem_copy(table->provider + entry->first + entry->count,
				 list->provider + from->first, from->count * sizeof(uint32_t));
			entry->count += from->count;
		}
		entry->count = providers_settle(table->provider + entry->first, entry->count);
		table->provider_count += entry->count;
	}
}

struct fault aspa_table_make(struct heap *heap, struct aspa_list *list, struct aspa_table *out)
{
	*out = (struct aspa_table){ 0 };
	if (list->count == 0)
		return fault_none();
	qsort(list->entry, list->count, sizeof *list->entry, aspa_entry_compare);
	out->room = list->count;
	out->provider_room = list->provider_count + 1;
	out->entry = heap_array(heap, out->room, sizeof *out->entry);
	out->provider = heap_array(heap, out->provider_room, sizeof *out->provider);
	if (out->entry == NULL || out->provider == NULL) {
		aspa_table_fini(heap, out);
		return fault_of(FAULT_LIMIT, 0);
	}
	table_fill(out, list);
	return fault_none();
}

void aspa_table_fini(struct heap *heap, struct aspa_table *table)
{
	heap_free(heap, table->entry, table->room * sizeof *table->entry);
	heap_free(heap, table->provider, table->provider_room * sizeof *table->provider);
	*table = (struct aspa_table){ 0 };
}

const struct aspa_entry *aspa_table_find(const struct aspa_table *table, uint32_t customer)
{
	uint32_t low = 0;
	uint32_t high = table->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (table->entry[middle].customer < customer)
			low = middle + 1;
		else
			high = middle;
	}
	return low < table->count && table->entry[low].customer == customer ? &table->entry[low] :
									      NULL;
}

bool aspa_table_has(const struct aspa_table *table, const struct aspa_entry *entry,
		    uint32_t provider)
{
	const uint32_t *list = table->provider + entry->first;
	uint32_t low = 0;
	uint32_t high = entry->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (list[middle] < provider)
			low = middle + 1;
		else
			high = middle;
	}
	return low < entry->count && list[low] == provider;
}

bool aspa_entry_equal(const struct aspa_table *a, const struct aspa_entry *x,
		      const struct aspa_table *b, const struct aspa_entry *y)
{
	return x->customer == y->customer && x->count == y->count &&
	       (x->count == 0 || memcmp(a->provider + x->first, b->provider + y->first,
					x->count * sizeof *a->provider) == 0);
}
