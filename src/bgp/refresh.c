/* bgp/refresh.c — ROUTE-REFRESH out. */
#include "bgp/refresh.h"

#include "bgp/family.h"
#include "bgp/message.h"

void bgp_refresh_write(struct wr *out, enum family family, enum bgp_refresh_kind kind)
{
	uint32_t mark = bgp_message_begin(out, BGP_ROUTE_REFRESH);

	wr_u16(out, bgp_family_afi(family));
	wr_u8(out, (uint32_t)kind);
	wr_u8(out, BGP_SAFI_UNICAST);
	bgp_message_end(out, mark);
}
