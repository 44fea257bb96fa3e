/* tables/fields.c — the small things lines of text are made of. */
#include <string.h>

#include "base/mem.h"
#include "tables/text.h"

#define SHOWN_OCTETS_MAX 40u

struct octets text_take_until(struct rd *rd, const char *stops)
{
	uint32_t len = 0;
	uint32_t left = rd_left(rd);

	while (len < left && rd->start[rd->pos + len] != '\0' &&
	       strchr(stops, rd->start[rd->pos + len]) == NULL)
		len++;
	return rd_take(rd, len);
}

uint8_t text_peek(const struct rd *rd)
{
	struct rd ahead = *rd;

	return rd_u8(&ahead);
}

bool text_skip_blanks(struct rd *rd)
{
	bool any = false;

	for (; text_peek(rd) == ' ' || text_peek(rd) == '\t'; any = true)
		rd_skip(rd, 1);
	return any;
}

/* As a string of C, for readers that want one. */
static bool text_copy(struct octets text, char *out, uint32_t size)
{
	if (text.len_octets >= size || text.len_octets == 0 ||
	    memchr(text.at, '\0', text.len_octets) != NULL)
		return false;
	mem_copy(out, text.at, text.len_octets);
	out[text.len_octets] = '\0';
	return true;
}

bool text_address(struct octets text, struct address *out)
{
	char copy[ADDRESS_TEXT_MAX];

	return text_copy(text, copy, sizeof copy) && address_parse(copy, out);
}

bool text_prefix(struct table_reader *reader, struct octets text, struct prefix *out)
{
	char copy[PREFIX_TEXT_MAX];
	bool had_host_bits = false;

	if (!text_copy(text, copy, sizeof copy) || strchr(copy, '/') == NULL ||
	    !prefix_parse(copy, out, &had_host_bits))
		return false;
	reader->counts->host_bits += had_host_bits ? 1 : 0;
	return true;
}

struct fault text_refuse(struct table_reader *reader, const struct rd *rd, struct octets text,
			 const char *expected)
{
	char shown[SHOWN_OCTETS_MAX + 1];
	uint32_t len = text.len_octets < SHOWN_OCTETS_MAX ? text.len_octets : SHOWN_OCTETS_MAX;
	/* What was refused ends where the reader stands, or is empty. */
	uint32_t column = rd->pos - text.len_octets + 1;

	for (uint32_t i = 0; i < len; i++)
		shown[i] = text.at[i] >= ' ' && text.at[i] < 127 ? (char)text.at[i] : '?';
	shown[len] = '\0';
	return table_refuse_column(reader, column, "'%s%s' is not %s", shown,
				   len < text.len_octets ? "..." : "", expected);
}
