/* fuzz/open.c — the body of an OPEN: read or refused; what is read is written and read again.
 * Reaches bgp_open_read bgp_open_write bgp_notification_print bgp_notification_write */
#include "target.h"

#include "base/mem.h"
#include "bgp/notification.h"
#include "bgp/open.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bgp_open open;
	struct bgp_open back;
	struct bgp_refusal refusal;
	struct bgp_message message;
	uint8_t octets[BGP_MESSAGE_OCTETS_MAX];
	char words[BGP_NOTIFICATION_TEXT_MAX];
	struct wr wr = wr_of(octets, sizeof octets);

	if (size > BGP_MESSAGE_OCTETS_MAX)
		return 0;
	if (failed(bgp_open_read(octets_of(data, (uint32_t)size), &open, &refusal))) {
		MUST(refusal.code == BGP_ERROR_OPEN);
		bgp_notification_print(&refusal, words);
		bgp_notification_write(&wr, &refusal);
		MUST(wr_ok(&wr));
		return 0;
	}
	MUST(open.asn != 0 && open.router_id != 0 && open.hold_s != 1 && open.hold_s != 2);
	bgp_open_write(&wr, &open);
	MUST(wr_ok(&wr));
	MUST(!failed(bgp_message_next(wr_octets_of(&wr), false, &message, &refusal)));
	if (failed(bgp_open_read(message.body, &back, &refusal)))
		MUST(!open.as4); /* AS_TRANS of a two-octet speaker */
	else
		MUST(back.asn == open.asn && back.router_id == open.router_id);
	return 0;
}
