/* bgp/notification.c — NOTIFICATION in, out and in words. */
#include "bgp/notification.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/rd.h"
#include "bgp/family.h"

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
	struct octets data = octets_of(refusal->data, refusal->data_len_octets);

	if (refusal->whole.len_octets > data.len_octets)
		data = refusal->whole;
	if (data.len_octets > BGP_NOTIFICATION_DATA_MAX)
		data.len_octets = BGP_NOTIFICATION_DATA_MAX;
	wr_u8(out, refusal->code);
	wr_u8(out, refusal->subcode);
	wr_octets(out, data);
	bgp_message_end(out, mark);
}

void bgp_notification_say(struct bgp_refusal *refusal, const char *text)
{
	size_t len = strlen(text);
	struct wr wr = wr_of(refusal->data, sizeof refusal->data);

	if (len > BGP_SHUTDOWN_TEXT_MAX) {
		len = BGP_SHUTDOWN_TEXT_MAX;
		/* Octets 10xxxxxx go on with a character that would be cut. */
		while (len != 0 && ((uint8_t)text[len] & 0xc0) == 0x80)
			len--;
	}
	wr_u8(&wr, (uint32_t)len);
	wr_octets(&wr, octets_of(text, (uint32_t)len));
	CHECK(wr_ok(&wr));
	refusal->data_len_octets = (uint16_t)wr.pos;
	refusal->whole = (struct octets){ 0 };
}

void bgp_notification_limit(struct bgp_refusal *refusal, enum family family, uint32_t limit)
{
	struct wr wr = wr_of(refusal->data, sizeof refusal->data);

	wr_u16(&wr, bgp_family_afi(family));
	wr_u8(&wr, BGP_SAFI_UNICAST);
	wr_u32(&wr, limit);
	refusal->data_len_octets = (uint16_t)wr.pos;
	refusal->whole = (struct octets){ 0 };
}

struct bgp_refusal bgp_refusal_hard(const struct bgp_refusal *refusal)
{
	struct bgp_refusal hard = bgp_refusal_of(BGP_ERROR_CEASE, BGP_CEASE_HARD_RESET);
	struct wr wr = wr_of(hard.data, sizeof hard.data);
	uint32_t count = refusal->data_len_octets;

	if (count > sizeof hard.data - 2u)
		count = sizeof hard.data - 2u;
	wr_u8(&wr, refusal->code);
	wr_u8(&wr, refusal->subcode);
	wr_octets(&wr, octets_of(refusal->data, count));
	hard.data_len_octets = (uint16_t)wr.pos;
	hard.ground = refusal->ground;
	return hard;
}

/* --- in words --------------------------------------------------------------------------------- */

struct line {
	char *at;
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void say(struct line *line, const char *format, ...)
{
	size_t room = BGP_NOTIFICATION_TEXT_MAX - line->len;
	va_list arguments;

	va_start(arguments, format);
	int len = vsnprintf(line->at + line->len, room, format, arguments);
	va_end(arguments);
	if (len > 0)
		line->len += (size_t)len < room ? (size_t)len : room - 1;
}

static const char *word_of(uint8_t code, uint8_t subcode)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (words[i].code == code && words[i].subcode == subcode)
			return words[i].text;
	}
	return NULL;
}

/* The length of the character at the front when it is one to print as it is; else 0.  Shortest
 * forms only (RFC 3629 3); controls and what turns or hides text are not for printing. */
static uint32_t character_len(struct octets text)
{
	uint8_t lead = text.at[0];
	uint32_t len = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	uint32_t point = len == 1 ? lead : lead & (0x7fu >> len);

	if (len == 0 || lead > 0xf4 || text.len_octets < len)
		return 0;
	for (uint32_t i = 1; i < len; i++) {
		if ((text.at[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (text.at[i] & 0x3fu);
	}
	bool is_overlong = (len == 3 && point < 0x800) || (len == 4 && point < 0x10000);
	bool is_no_character = (point >= 0xd800 && point < 0xe000) || point > 0x10ffff;
	bool is_control = point < 0x20 || (point >= 0x7f && point < 0xa0) || point == '\\';
	bool is_format = point == 0xad || point == 0x61c || (point >= 0x200b && point <= 0x200f) ||
			 (point >= 0x2028 && point <= 0x202e) ||
			 (point >= 0x2060 && point <= 0x206f) || point == 0xfeff ||
			 point >= 0xe0000;
	return is_overlong || is_no_character || is_control || is_format ? 0 : len;
}

static void say_escaped(struct line *line, struct octets text)
{
	while (text.len_octets != 0) {
		uint32_t len = character_len(text);
		if (len == 0) {
			say(line, "\\x%02x", text.at[0]);
			len = 1;
		} else {
			say(line, "%.*s", (int)len, (const char *)text.at);
		}
		text = octets_of(text.at + len, text.len_octets - len);
	}
}

/* RFC 9003 2 and 3: a communication that is not one is told, and changes nothing. */
static void say_communication(struct line *line, struct rd *rd)
{
	if (!rd_more(rd))
		return;
	struct octets text = rd_take(rd, rd_u8(rd));
	if (!rd_ok(rd)) {
		say(line, ", with a communication longer than the message");
	} else if (text.len_octets != 0) {
		say(line, ": ");
		say_escaped(line, text);
	}
}

static void say_limit(struct line *line, struct rd *rd)
{
	uint16_t afi = rd_u16(rd);
	uint8_t safi = rd_u8(rd);
	uint32_t limit = rd_u32(rd);
	enum family family;
	bool is_ours = bgp_family_of(afi, safi, &family);

	if (rd_done(rd))
		say(line, ", at most %u %s prefixes", limit,
		    is_ours ? family_name(family) : "other");
}

#define DATA_OCTETS_SHOWN 16u

static void say_data(struct line *line, struct rd *rd)
{
	uint32_t count = rd_left(rd);

	if (count == 0)
		return;
	say(line, ", data 0x");
	for (uint32_t i = 0; i < count && i < DATA_OCTETS_SHOWN; i++)
		say(line, "%02x", rd_u8(rd));
	if (count > DATA_OCTETS_SHOWN)
		say(line, "...");
}

static void say_codes(struct line *line, uint8_t code, uint8_t subcode)
{
	const char *code_word = word_of(code, 0);
	const char *subcode_word = subcode == 0 ? NULL : word_of(code, subcode);

	say(line, "%s%s%s (%u/%u)", code_word != NULL ? code_word : "unknown error",
	    subcode_word != NULL ? " / " : "", subcode_word != NULL ? subcode_word : "", code,
	    subcode);
}

static void say_details(struct line *line, uint8_t code, uint8_t subcode, struct rd *rd)
{
	bool is_cease = code == BGP_ERROR_CEASE;

	if (is_cease && (subcode == BGP_CEASE_ADMIN_SHUTDOWN || subcode == BGP_CEASE_ADMIN_RESET))
		say_communication(line, rd);
	else if (is_cease && subcode == BGP_CEASE_MAX_PREFIXES)
		say_limit(line, rd);
	else
		say_data(line, rd);
}

void bgp_notification_print(const struct bgp_refusal *refusal, char out[BGP_NOTIFICATION_TEXT_MAX])
{
	struct rd rd = rd_of(refusal->data, refusal->data_len_octets);
	struct line line = { .at = out };

	say_codes(&line, refusal->code, refusal->subcode);
	if (refusal->code != BGP_ERROR_CEASE || refusal->subcode != BGP_CEASE_HARD_RESET) {
		say_details(&line, refusal->code, refusal->subcode, &rd);
		if (refusal->why[0] != '\0')
			say(&line, ": %s", refusal->why);
		return;
	}
	uint8_t code = rd_u8(&rd);
	uint8_t subcode = rd_u8(&rd);
	if (!rd_ok(&rd))
		return;
	say(&line, ": ");
	say_codes(&line, code, subcode);
	say_details(&line, code, subcode, &rd);
}
