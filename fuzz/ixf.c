/* fuzz/ixf.c — a member export that may hold anything: a list in order, or what is wrong with it.
 * Reaches ixf_read ixf_list_sort ixf_list_join ixf_thing_add json_read */
#include "list.h"

static void look(const struct ixf_list *list)
{
	for (uint32_t i = 0; i < list->member_count; i++) {
		const struct ixf_member *member = &list->member[i];
		MUST(member->asn != 0);
		for (uint32_t j = 0; j < member->address_count; j++)
			MUST(list->address[member->address_first + j].asn == member->asn);
	}
	for (uint32_t i = 0; i < list->thing_count; i++) {
		for (uint32_t field = 0; field < FACT_FIELDS_MAX; field++)
			MUST(list->thing[i].text_at[field] < list->text_len_octets ||
			     list->thing[i].text_at[field] == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return list_try(octets_of(data, (uint32_t)size), ixf_read, look);
}
