/* registry/ixf_list.c — a list of members: made, put in order, its parts joined. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#include "registry/ixf.h"

void ixf_list_init(struct ixf_list *list, struct heap *heap)
{
	*list = (struct ixf_list){ .heap = heap };
}

void ixf_list_fini(struct ixf_list *list)
{
	heap_free(list->heap, list->member, list->member_room * sizeof *list->member);
	heap_free(list->heap, list->address, list->address_room * sizeof *list->address);
	heap_free(list->heap, list->thing, list->thing_room * sizeof *list->thing);
	heap_free(list->heap, list->text, list->text_room);
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

static int thing_order(const void *left, const void *right)
{
	const struct ixf_thing *a = left;
	const struct ixf_thing *b = right;

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
	if (list->thing_count != 0)
		qsort(list->thing, list->thing_count, sizeof *list->thing, thing_order);
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

const char *ixf_said(const struct ixf_list *list, const struct ixf_thing *thing, uint32_t field)
{
	return thing->text_at[field] != 0 ? list->text + thing->text_at[field] : NULL;
}

static bool text_keep(struct ixf_list *list, const char *text, uint32_t *at)
{
	uint32_t len = (uint32_t)strlen(text) + 1;

	/* The first octet is nobody's: 0 is "not said". */
	if (list->text_len_octets == 0)
		list->text_len_octets = 1;
	if (!heap_grow(list->heap, (void **)&list->text, &list->text_room,
		       list->text_len_octets + len, 1))
		return false;
	mem_copy(list->text + list->text_len_octets, text, len);
	*at = list->text_len_octets;
	list->text_len_octets += len;
	return true;
}

struct ixf_thing *ixf_thing_add(struct ixf_list *list, const struct fact *fact, uint32_t said)
{
	if (!heap_grow(list->heap, (void **)&list->thing, &list->thing_room, list->thing_count + 1,
		       sizeof *list->thing))
		return NULL;
	struct ixf_thing *thing = &list->thing[list->thing_count];
	*thing = (struct ixf_thing){ .kind = fact->kind->id, .order = list->thing_count };
	(void)snprintf(thing->key, sizeof thing->key, "%s", fact->key);
	for (uint32_t i = 0; fact->kind->field[i].name != NULL; i++) {
		if ((said >> i & 1) != 0 && !text_keep(list, fact_at(fact, i), &thing->text_at[i]))
			return NULL;
	}
	list->thing_count++;
	return thing;
}
