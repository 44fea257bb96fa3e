/* fuzz/list.h — what every reader of a list of members must give: a list in order and a reason for
 * each refusal.
 * Owns    nothing that stays
 * Faults  a broken MUST
 * Thread  one */
#ifndef FUZZ_LIST_H
#define FUZZ_LIST_H

#include "target.h"

#include "registry/ixf.h"

#define LIST_OCTETS_MAX 65536u

/* `look` sees a list that was read. */
static inline int list_try(struct octets text,
			   struct fault (*read)(const char *file, struct octets text,
						struct ixf_list *out,
						struct complaints *complaints),
			   void (*look)(const struct ixf_list *list))
{
	static struct complaints complaints;
	struct heap heap = heap_libc();
	struct ixf_list list;

	if (text.len_octets > LIST_OCTETS_MAX)
		return 0;
	complaints = (struct complaints){ 0 };
	ixf_list_init(&list, &heap);
	struct fault fault = read("file", text, &list, &complaints);
	MUST(failed(fault) == (complaints.error_count != 0));
	for (uint32_t i = 1; i < list.member_count && !failed(fault); i++)
		MUST(list.member[i - 1].asn < list.member[i].asn);
	for (uint32_t i = 0; i < list.address_count && !failed(fault); i++)
		MUST(list.address[i].asn != 0);
	if (!failed(fault))
		look(&list);
	ixf_list_fini(&list);
	MUST(heap.used_octets == 0);
	return 0;
}

#endif
