/* tables/text_dump.c — a line of what `bgpdump -m` prints.
 *
 *   type|time|B or A|peer|ASN|prefix|path|ORIGIN|next hop|local preference|MED|communities|AG|...|
 *   type|time|W|peer|ASN|prefix
 *   type|time|STATE|peer|ASN|old|new
 *
 * The type ending in _AP has a path identifier after the prefix.  The attributes are put together
 * in the scratch as they would come out of an UPDATE. */
#include <string.h>

#include "base/decimal.h"
#include "base/mem.h"
#include "base/wr.h"
#include "tables/text.h"

#define AGGREGATOR_OCTETS 8u

static const struct {
	const char *name;
	uint32_t value;
} well_known[] = {
	{ "no-export", 0xffffff01 },
	{ "no-advertise", 0xffffff02 },
	{ "local-AS", 0xffffff03 },
	{ "no-export-subconfed", 0xffffff03 },
};

static const char *const origin_names[] = {
	[BGP_ORIGIN_IGP] = "IGP",
	[BGP_ORIGIN_EGP] = "EGP",
	[BGP_ORIGIN_INCOMPLETE] = "INCOMPLETE",
};

static bool text_is(struct octets text, const char *word)
{
	return octets_equal(text, octets_of_text(word));
}

/* The next field; the bar behind it is taken. */
static struct octets field_take(struct rd *rd)
{
	struct octets field = text_take_until(rd, "|");

	if (rd_more(rd))
		rd_skip(rd, 1);
	return field;
}

/* The fault of a field whose bar was taken. */
static struct fault field_refuse(struct table_reader *reader, const struct rd *rd,
				 struct octets text, const char *expected)
{
	struct rd at = *rd;

	if (at.pos != 0 && at.start[at.pos - 1] == '|')
		at.pos--;
	return text_refuse(reader, &at, text, expected);
}

bool text_is_dump(struct octets line)
{
	struct rd rd = rd_of_octets(line);
	struct octets type = field_take(&rd);

	return rd_more(&rd) && (text_is(type, "TABLE_DUMP") || text_is(type, "TABLE_DUMP2") ||
				text_is(type, "TABLE_DUMP2_AP") || text_is(type, "BGP4MP") ||
				text_is(type, "BGP4MP_ET") || text_is(type, "BGP4MP_AP"));
}

/* The ASNs of one segment, up to what closes it. */
static bool segment_read(struct rd *rd, struct wr *wr, uint8_t type, const char *stops)
{
	uint32_t mark = wr->pos;
	uint32_t count = 0;

	wr_u8(wr, type);
	wr_u8(wr, 0);
	for (;;) {
		struct rd ahead = *rd;
		uint32_t asn = 0;
		if (!decimal_read_u32(text_take_until(&ahead, stops), UINT32_MAX, &asn))
			break;
		if (count == UINT8_MAX) {
			wr_fill_u8(wr, mark + 1, count);
			mark = wr->pos;
			count = 0;
			wr_u8(wr, type);
			wr_u8(wr, 0);
		}
		wr_u32(wr, asn);
		count++;
		*rd = ahead;
		if (text_peek(rd) != ' ' && text_peek(rd) != ',')
			break;
		rd_skip(rd, 1);
	}
	wr_fill_u8(wr, mark + 1, count);
	return count != 0 && wr_ok(wr);
}

static bool segment_next(struct rd *rd, struct wr *wr)
{
	static const struct {
		const char *open;
		const char *close;
		uint8_t type;
	} brackets[] = {
		{ "{", "}", BGP_SEGMENT_SET },
		{ "({", "})", BGP_SEGMENT_CONFED_SET }, /* as BIRD has it */
		{ "(", ")", BGP_SEGMENT_CONFED_SEQUENCE },
		{ "[", "]", BGP_SEGMENT_CONFED_SET },
	};

	for (uint32_t i = 0; i < sizeof brackets / sizeof *brackets; i++) {
		uint32_t len = (uint32_t)strlen(brackets[i].open);
		struct rd ahead = *rd;
		if (!text_is(rd_take(&ahead, len), brackets[i].open))
			continue;
		*rd = ahead;
		(void)text_skip_blanks(rd);
		return segment_read(rd, wr, brackets[i].type, ", })]") &&
		       text_is(rd_take(rd, len), brackets[i].close);
	}
	return segment_read(rd, wr, BGP_SEGMENT_SEQUENCE, " ");
}

bool text_path(struct octets text, struct wr *wr, struct octets *out)
{
	struct rd rd = rd_of_octets(text);
	uint32_t mark = wr->pos;

	while (rd_more(&rd)) {
		if (!segment_next(&rd, wr))
			return false;
		(void)text_skip_blanks(&rd);
	}
	*out = octets_of(wr->start + mark, wr->pos - mark);
	return wr_ok(wr) && out->len_octets <= UINT16_MAX;
}

/* high:low, or a name; three numbers are a large one. */
static bool community_read(struct octets text, struct wr *standard, struct wr *large)
{
	struct rd rd = rd_of_octets(text);
	uint32_t number[3] = { 0 };
	uint32_t count = 0;

	for (uint32_t i = 0; i < sizeof well_known / sizeof *well_known; i++) {
		if (text_is(text, well_known[i].name)) {
			wr_u32(standard, well_known[i].value);
			return wr_ok(standard);
		}
	}
	for (; count < 3; count++) {
		if (!decimal_read_u32(text_take_until(&rd, ":"), UINT32_MAX, &number[count]))
			return false;
		if (!rd_more(&rd))
			break;
		rd_skip(&rd, 1);
	}
	if (rd_more(&rd) || count == 0 || (count == 1 && (number[0] | number[1]) > UINT16_MAX))
		return false;
	if (count == 1) {
		wr_u32(standard, number[0] << 16 | number[1]);
		return wr_ok(standard);
	}
	for (uint32_t i = 0; i < 3; i++)
		wr_u32(large, number[i]);
	return wr_ok(large);
}

static struct fault communities_read(struct table_reader *reader, const struct rd *line,
				     struct octets text, struct wr *scratch)
{
	struct rd rd = rd_of_octets(text);
	uint32_t half = TABLE_COMMUNITIES_MAX * 4;
	uint32_t third = TABLE_COMMUNITIES_MAX * 12;
	struct bgp_attrs *attrs = &reader->update.attrs;

	if (text.len_octets == 0)
		return fault_none();
	if (wr_left(scratch) < half + third)
		return field_refuse(reader, line, text, "taken: there is no room for it");
	struct wr standard = wr_of(scratch->start + scratch->pos, half);
	struct wr large = wr_of(scratch->start + scratch->pos + half, third);
	while (rd_more(&rd)) {
		(void)text_skip_blanks(&rd);
		struct octets item = text_take_until(&rd, " ");
		if (item.len_octets != 0 && !community_read(item, &standard, &large))
			return field_refuse(reader, line, text, "a list of communities");
	}
	attrs->communities = wr_octets_of(&standard);
	attrs->large = wr_octets_of(&large);
	wr_repeat(scratch, 0, half + third);
	return fault_none();
}

/* "ASN address" */
static bool aggregator_read(struct table_reader *reader, struct octets text, struct wr *scratch)
{
	struct rd rd = rd_of_octets(text);
	struct address address;
	uint32_t asn = 0;
	uint32_t mark = scratch->pos;

	if (text.len_octets == 0)
		return true;
	struct octets number = text_take_until(&rd, " ");
	(void)text_skip_blanks(&rd);
	if (!decimal_read_u32(number, UINT32_MAX, &asn) || !text_address(rd_rest(&rd), &address) ||
	    address.family != FAMILY_IPV4)
		return false;
	wr_u32(scratch, asn);
	wr_octets(scratch, address_octets_of(&address));
	reader->update.attrs.aggregator = octets_of(scratch->start + mark, AGGREGATOR_OCTETS);
	return wr_ok(scratch);
}

static bool origin_read(struct octets text, uint8_t *out)
{
	for (uint8_t i = 0; i < sizeof origin_names / sizeof *origin_names; i++) {
		if (text_is(text, origin_names[i])) {
			*out = i;
			return true;
		}
	}
	return false;
}

static struct fault attrs_read(struct table_reader *reader, struct rd *rd)
{
	struct bgp_attrs *attrs = &reader->update.attrs;
	struct wr scratch = wr_of(reader->scratch, sizeof reader->scratch);
	struct address next_hop;
	uint32_t unused = 0;

	*attrs = (struct bgp_attrs){ 0 };
	struct octets text = field_take(rd);
	if (!text_path(text, &scratch, &attrs->as_path) || failed(bgp_attrs_path_facts(attrs)))
		return field_refuse(reader, rd, text, "an AS path");
	text = field_take(rd);
	if (!origin_read(text, &attrs->origin))
		return field_refuse(reader, rd, text, "IGP, EGP or INCOMPLETE");
	text = field_take(rd);
	if (!text_address(text, &next_hop))
		return field_refuse(reader, rd, text, "the address of a next hop");
	attrs->next_hop_len_octets = (uint8_t)address_len_octets((enum family)next_hop.family);
	mem_copy(attrs->next_hop, next_hop.octet, attrs->next_hop_len_octets);
	text = field_take(rd);
	if (!decimal_read_u32(text, UINT32_MAX, &unused))
		return field_refuse(reader, rd, text, "a local preference");
	text = field_take(rd);
	if (!decimal_read_u32(text, UINT32_MAX, &attrs->med))
		return field_refuse(reader, rd, text, "a MED");
	/* The text does not tell 0 from none, which compare alike. */
	attrs->has_med = attrs->med != 0;
	text = field_take(rd);
	TRY(communities_read(reader, rd, text, &scratch));
	text = field_take(rd);
	if (!text_is(text, "AG") && !text_is(text, "NAG"))
		return field_refuse(reader, rd, text, "AG or NAG");
	attrs->atomic_aggregate = text_is(text, "AG");
	text = field_take(rd);
	if (!aggregator_read(reader, text, &scratch))
		return field_refuse(reader, rd, text, "an aggregator like 64496 192.0.2.1");
	return fault_none();
}

static struct fault peer_read(struct table_reader *reader, struct rd *rd, struct table_peer *peer)
{
	*peer = (struct table_peer){ .has_address = true };
	struct octets text = field_take(rd);
	if (!text_address(text, &peer->address))
		return field_refuse(reader, rd, text, "the address of a peer");
	text = field_take(rd);
	if (!decimal_read_u32(text, UINT32_MAX, &peer->asn))
		return field_refuse(reader, rd, text, "an AS number");
	return fault_none();
}

static struct fault time_read(struct table_reader *reader, struct rd *rd, uint32_t *at_s)
{
	struct octets text = field_take(rd);
	struct rd parts = rd_of_octets(text);

	if (!decimal_read_u32(text_take_until(&parts, "."), UINT32_MAX, at_s))
		return field_refuse(reader, rd, text, "a time in seconds since 1970");
	return fault_none();
}

struct fault text_dump_read(struct table_reader *reader, struct rd *rd)
{
	struct table_route route = { 0 };
	struct table_peer peer;
	struct rd line = *rd;

	struct octets type = field_take(rd);
	if (!text_is_dump(rd_rest(&line)))
		return field_refuse(reader, rd, type, "a type of record that bgpdump -m prints");
	TRY(time_read(reader, rd, &route.at_s));
	struct octets kind = field_take(rd);
	if (text_is(kind, "STATE")) {
		table_skip(reader, &(struct table_skip){ .why = "holds no UPDATE", .count = 1 });
		return fault_none();
	}
	route.is_withdrawal = text_is(kind, "W");
	if (!route.is_withdrawal && !text_is(kind, "A") && !text_is(kind, "B"))
		return field_refuse(reader, rd, kind, "A, B, W or STATE");
	TRY(peer_read(reader, rd, &peer));
	struct octets text = field_take(rd);
	if (!text_prefix(reader, text, &route.prefix))
		return field_refuse(reader, rd, text, "a prefix like 192.0.2.0/24");
	route.has_path_id = type.len_octets > 3 && type.at[type.len_octets - 3] == '_' &&
			    type.at[type.len_octets - 1] == 'P';
	if (route.has_path_id) {
		text = field_take(rd);
		if (!decimal_read_u32(text, UINT32_MAX, &route.path_id))
			return field_refuse(reader, rd, text, "a path identifier");
	}
	if (!route.is_withdrawal) {
		TRY(attrs_read(reader, rd));
		route.attrs = &reader->update.attrs;
	}
	if (rd_more(rd))
		return text_refuse(reader, rd, rd_rest(rd), "the end of the line");
	TRY(table_peer_find(reader, &peer));
	route.peer = &reader->peers.list[peer.index];
	return table_emit(reader, &route);
}
