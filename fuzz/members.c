/* fuzz/members.c — a list of members as other programs have it: BIRD's sessions, ARouteServer's
 * clients.yml, CSV.
 * Reaches members_read bird_read members_clients_read members_csv_read */
#include "target.h"

#include "registry/members.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct complaints complaints;
	struct heap heap = heap_libc();
	struct ixf_list list;

	if (size > 65536)
		return 0;
	complaints = (struct complaints){ 0 };
	ixf_list_init(&list, &heap);
	struct fault fault = members_read("file", octets_of(data, (uint32_t)size), &list,
					  &complaints);
	MUST(failed(fault) == (complaints.error_count != 0));
	for (uint32_t i = 1; i < list.member_count && !failed(fault); i++)
		MUST(list.member[i - 1].asn < list.member[i].asn);
	for (uint32_t i = 0; i < list.address_count && !failed(fault); i++)
		MUST(list.address[i].asn != 0);
	ixf_list_fini(&list);
	MUST(heap.used_octets == 0);
	return 0;
}
