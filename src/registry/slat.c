/* registry/slat.c — a connection's row of the specific local address table. */
#include "registry/inside.h"

struct plan_slat_row registry_slat_row(const struct registry_exchange *exchange,
				       const struct registry_member *member)
{
	struct plan_slat_row row = { .asn = member->asn };

	for (uint32_t i = 0; i < member->address_count; i++) {
		const struct address *address = &member->address[i];
		if (registry_address_wrong(exchange, address) != NULL)
			continue;
		if (address->family == FAMILY_IPV4 && !row.has_ipv4) {
			row.has_ipv4 = row.is_on_ipv4 = true;
			row.ipv4 = *address;
		} else if (address->family == FAMILY_IPV6 && !row.has_ipv6) {
			row.has_ipv6 = true;
			row.ipv6 = *address;
		}
	}
	return row;
}
