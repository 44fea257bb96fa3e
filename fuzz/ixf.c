/* fuzz/ixf.c — a member export that may hold anything: a list in order, or what is wrong with it.
 * Reaches ixf_read ixf_list_sort ixf_list_join ixf_thing_add json_read */
#include "target.h"

#include "registry/ixf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct complaints complaints;
	struct heap heap = heap_libc();
	struct ixf_list list;

	if (size > 65536)
		return 0;
	complaints = (struct complaints){ 0 };
	ixf_list_init(&list, &heap);
	struct fault fault = ixf_read("file", octets_of(data, (uint32_t)size), &list, &complaints);
	MUST(failed(fault) == (complaints.error_count != 0));
	for (uint32_t i = 1; i < list.member_count && !failed(fault); i++)
		MUST(list.member[i - 1].asn < list.member[i].asn);
	for (uint32_t i = 0; i < list.member_count && !failed(fault); i++) {
		const struct ixf_member *member = &list.member[i];
		MUST(member->asn != 0);
		for (uint32_t j = 0; j < member->address_count; j++)
			MUST(list.address[member->address_first + j].asn == member->asn);
	}
	for (uint32_t i = 0; i < list.thing_count; i++) {
		for (uint32_t field = 0; field < FACT_FIELDS_MAX; field++)
			MUST(list.thing[i].text_at[field] < list.text_len_octets ||
			     list.thing[i].text_at[field] == 0);
	}
	ixf_list_fini(&list);
	MUST(heap.used_octets == 0);
	return 0;
}
