/* numbers/derive.c — the formulas. */
#include "numbers/derive.h"

#include <stdio.h>

#include "base/mem.h"

#define TAIL_AT 10u /* octet where the AS number begins */

bool derive_address(const struct prefix *lan, uint32_t asn, uint16_t router, struct address *out)
{
	if (lan->family != FAMILY_IPV6 || lan->len_bits > DERIVE_LAN_LEN_MAX || asn == 0 ||
	    router == 0)
		return false;
	*out = (struct address){ .family = FAMILY_IPV6 };
	mem_copy(out->octet, lan->octet, sizeof out->octet);
	for (uint32_t i = 0; i < 4; i++)
		out->octet[TAIL_AT + i] = (uint8_t)(asn >> (24 - 8 * i));
	out->octet[TAIL_AT + 4] = (uint8_t)(router >> 8);
	out->octet[TAIL_AT + 5] = (uint8_t)router;
	return true;
}

bool derive_read(const struct prefix *lan, const struct address *address, uint32_t *asn,
		 uint16_t *router)
{
	struct address again;

	*asn = 0;
	for (uint32_t i = 0; i < 4; i++)
		*asn = *asn << 8 | address->octet[TAIL_AT + i];
	*router = (uint16_t)(address->octet[TAIL_AT + 4] << 8 | address->octet[TAIL_AT + 5]);
	return derive_address(lan, *asn, *router, &again) && address_compare(&again, address) == 0;
}

bool derive_mac(uint32_t asn, uint16_t router, char out[DERIVE_MAC_TEXT_MAX])
{
	if (asn == 0 || router == 0 || router > DERIVE_MAC_ROUTER_MAX)
		return false;
	(void)snprintf(out, DERIVE_MAC_TEXT_MAX, "0e:%02x:%02x:%02x:%02x:%02x", router & 0xffu,
		       asn >> 24 & 0xffu, asn >> 16 & 0xffu, asn >> 8 & 0xffu, asn & 0xffu);
	return true;
}
