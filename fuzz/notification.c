/* fuzz/notification.c — the body of a NOTIFICATION: its words never steer a terminal.
 * Reaches bgp_notification_read bgp_notification_print bgp_refusal_hard */
#include "target.h"

#include "bgp/notification.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bgp_refusal refusal;
	char words[BGP_NOTIFICATION_TEXT_MAX];

	if (size > BGP_EXTENDED_MESSAGE_OCTETS_MAX ||
	    failed(bgp_notification_read(octets_of(data, (uint32_t)size), &refusal)))
		return 0;
	bgp_notification_print(&refusal, words);
	for (const char *at = words; *at != '\0'; at++)
		MUST((uint8_t)*at >= 0x20 && *at != 0x7f);
	refusal = bgp_refusal_hard(&refusal);
	bgp_notification_print(&refusal, words);
	return 0;
}
