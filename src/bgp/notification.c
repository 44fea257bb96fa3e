/* bgp/notification.c — NOTIFICATION in, out and in words. */
#include "bgp/notification.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/rd.h"

struct word {
	uint8_t code;
	uint8_t subcode; /* 0 = the code's own word */
	const char *text;
};

static const struct word words[] = {
	{ 1, 0, "Message header error" },
	{ 1, 1, "connection not synchronised" },
	{ 1, 2, "bad message length" },
	{ 1, 3, "bad message type" },
	{ 2, 0, "OPEN error" },
	{ 2, 1, "unsupported version" },
	{ 2, 2, "bad peer AS" },
	{ 2, 3, "bad BGP identifier" },
	{ 2, 4, "unsupported optional parameter" },
	{ 2, 6, "unacceptable hold time" },
	{ 2, 7, "unsupported capability" },
	{ 2, 11, "role mismatch" },
	{ 3, 0, "UPDATE error" },
	{ 3, 1, "malformed attribute list" },
	{ 3, 2, "unrecognised well-known attribute" },
	{ 3, 3, "missing well-known attribute" },
	{ 3, 4, "attribute flags error" },
	{ 3, 5, "attribute length error" },
	{ 3, 6, "invalid ORIGIN" },
	{ 3, 8, "invalid NEXT_HOP" },
	{ 3, 9, "optional attribute error" },
	{ 3, 10, "invalid network field" },
	{ 3, 11, "malformed AS_PATH" },
	{ 4, 0, "Hold timer expired" },
	{ 5, 0, "Finite state machine error" },
	{ 5, 1, "unexpected message in OpenSent" },
	{ 5, 2, "unexpected message in OpenConfirm" },
	{ 5, 3, "unexpected message in Established" },
	{ 6, 0, "Cease" },
	{ 6, 1, "maximum number of prefixes reached" },
	{ 6, 2, "administrative shutdown" },
	{ 6, 3, "peer de-configured" },
	{ 6, 4, "administrative reset" },
	{ 6, 5, "connection rejected" },
	{ 6, 6, "other configuration change" },
	{ 6, 7, "connection collision" },
	{ 6, 8, "out of resources" },
	{ 6, 9, "hard reset" },
	{ 6, 10, "BFD down" },
	{ 7, 0, "ROUTE-REFRESH error" },
	{ 7, 1, "invalid message length" },
	{ 8, 0, "Send hold timer expired" },
};

struct fault bgp_notification_read(struct octets body, struct bgp_refusal *out)
{
	struct rd rd = rd_of_octets(body);

	*out = (struct bgp_refusal){ .code = rd_u8(&rd), .subcode = rd_u8(&rd) };
	if (!rd_ok(&rd))
		return fault_of(FAULT_SHORT, 0);
	bgp_refusal_data(out, rd_rest(&rd));
	return fault_none();
}

void bgp_notification_write(struct wr *out, const struct bgp_refusal *refusal)
{
	uint32_t mark = bgp_message_begin(out, BGP_NOTIFICATION);

	wr_u8(out, refusal->code);
	wr_u8(out, refusal->subcode);
	wr_octets(out, octets_of(refusal->data, refusal->data_len_octets));
	bgp_message_end(out, mark);
}

void bgp_notification_say(struct bgp_refusal *refusal, const char *text)
{
	size_t len = strlen(text);
	struct wr wr = wr_of(refusal->data, sizeof refusal->data);

	if (len > BGP_SHUTDOWN_TEXT_MAX)
		len = BGP_SHUTDOWN_TEXT_MAX;
	wr_u8(&wr, (uint32_t)len);
	wr_octets(&wr, octets_of(text, (uint32_t)len));
	CHECK(wr_ok(&wr));
	refusal->data_len_octets = (uint16_t)wr.pos;
}

static const char *word_of(uint8_t code, uint8_t subcode)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (words[i].code == code && words[i].subcode == subcode)
			return words[i].text;
	}
	return NULL;
}

/* Printable ASCII stays, all else becomes \xHH: nothing a peer wrote steers a terminal. */
static void print_escaped(struct octets text, char *out, size_t room)
{
	size_t at = 0;

	for (uint32_t i = 0; i < text.len_octets && room - at > 5; i++) {
		uint8_t octet = text.at[i];
		bool plain = octet >= 0x20 && octet < 0x7f && octet != '\\';
		int len = plain ? snprintf(out + at, room - at, "%c", octet) :
				  snprintf(out + at, room - at, "\\x%02x", octet);
		if (len > 0)
			at += (size_t)len;
	}
	out[at] = '\0';
}

void bgp_notification_print(const struct bgp_refusal *refusal, char out[BGP_NOTIFICATION_TEXT_MAX])
{
	const char *code = word_of(refusal->code, 0);
	const char *subcode = refusal->subcode == 0 ? NULL :
						      word_of(refusal->code, refusal->subcode);
	struct rd rd = rd_of(refusal->data, refusal->data_len_octets);
	char said[BGP_NOTIFICATION_TEXT_MAX / 2 + 300] = "";
	bool may_say = refusal->code == BGP_ERROR_CEASE &&
		       (refusal->subcode == BGP_CEASE_ADMIN_SHUTDOWN ||
			refusal->subcode == BGP_CEASE_ADMIN_RESET);

	if (may_say) {
		struct octets text = rd_take(&rd, rd_u8(&rd));
		print_escaped(text, said, sizeof said);
	}
	int len = snprintf(out, BGP_NOTIFICATION_TEXT_MAX, "%s%s%s%s%s",
			   code != NULL ? code : "unknown", subcode != NULL ? " / " : "",
			   subcode != NULL ? subcode : "", said[0] != '\0' ? ": " : "", said);
	CHECK(len > 0);
}
