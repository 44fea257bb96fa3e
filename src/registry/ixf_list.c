/* registry/ixf_list.c — a list of members: made, put in order, its parts joined. */
#include <stdlib.h>

#include "registry/ixf.h"

void ixf_list_init(struct ixf_list *list, struct heap *heap)
{
	*list = (struct ixf_list){ .heap = heap };
}

void ixf_list_fini(struct ixf_list *list)
{
	heap_free(list->heap, list->member, list->member_room * sizeof *list->member);
	heap_free(list->heap, list->address, list->address_room * sizeof *list->address);
	ixf_list_init(list, list->heap);
}

static int member_order(const void *left, const void *right)
{
	const struct ixf_member *a = left;
	const struct ixf_member *b = right;

	if (a->asn != b->asn)
		return a->asn < b->asn ? -1 : 1;
	return (a->place > b->place) - (a->place < b->place);
}

static int address_order(const void *left, const void *right)
{
	const struct ixf_address *a = left;
	const struct ixf_address *b = right;

	if (a->asn != b->asn)
		return a->asn < b->asn ? -1 : 1;
	return (a->order > b->order) - (a->order < b->order);
}

void ixf_list_sort(struct ixf_list *list)
{
	if (list->member_count != 0)
		qsort(list->member, list->member_count, sizeof *list->member, member_order);
	if (list->address_count != 0)
		qsort(list->address, list->address_count, sizeof *list->address, address_order);
}

void ixf_list_join(struct ixf_list *list)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < list->member_count; i++) {
		struct ixf_member *member = &list->member[i];
		member->address_first = at;
		while (at < list->address_count && list->address[at].asn == member->asn)
			at++;
		member->address_count = at - member->address_first;
	}
}
