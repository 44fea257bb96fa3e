/* fuzz/framer.c — a stream cut into messages: the same however much of it has come, and every
 * message within its bounds.  The first octet says whether extended messages are taken.
 * Reaches bgp_message_next bgp_refusal_of bgp_refusal_data bgp_notification_write */
#include "target.h"

#include "bgp/notification.h"

/* A refusal stays one with more octets, a message the same message. */
static void try_cut(struct octets stream, bool extended, struct fault whole,
		    const struct bgp_message *message)
{
	struct bgp_message part;
	struct bgp_refusal refusal;

	for (uint32_t cut = 0; cut < stream.len_octets; cut += 1 + cut / 4) {
		struct fault fault = bgp_message_next(octets_of(stream.at, cut), extended, &part,
						      &refusal);
		if (fault.kind == FAULT_AGAIN)
			continue;
		MUST(fault.kind == whole.kind);
		MUST(failed(fault) || octets_equal(part.whole, message->whole));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t said[BGP_MESSAGE_OCTETS_MAX];
	struct bgp_message message;
	struct bgp_refusal refusal;

	if (size == 0 || size > 2 * BGP_EXTENDED_MESSAGE_OCTETS_MAX)
		return 0;
	bool extended = (data[0] & 1) != 0;
	struct octets stream = octets_of(data + 1, (uint32_t)size - 1);
	for (;;) {
		struct fault fault = bgp_message_next(stream, extended, &message, &refusal);
		try_cut(stream, extended, fault, &message);
		if (fault.kind == FAULT_MALFORMED) {
			struct wr wr = wr_of(said, sizeof said);
			MUST(refusal.code == BGP_ERROR_HEADER);
			bgp_notification_write(&wr, &refusal);
			MUST(wr_ok(&wr));
		}
		if (failed(fault))
			return 0;
		MUST(message.whole.at == stream.at && message.type != 0);
		MUST(message.whole.len_octets >= BGP_HEADER_OCTETS);
		MUST(message.whole.len_octets <=
		     (extended ? BGP_EXTENDED_MESSAGE_OCTETS_MAX : BGP_MESSAGE_OCTETS_MAX));
		MUST(message.body.len_octets == message.whole.len_octets - BGP_HEADER_OCTETS);
		stream = octets_of(stream.at + message.whole.len_octets,
				   stream.len_octets - message.whole.len_octets);
	}
}
