/* tables/text_bird.c — what birdc prints for `show route all`, of BIRD 1 and BIRD 2.
 *
 *   Table master4:                                                               (BIRD 2)
 *   192.0.2.0/24   via 192.0.2.9 on eth1 [name time from 192.0.2.1] * (100) [AS64496i]
 *           Type: BGP unicast univ
 *           BGP.origin: IGP
 *           ...
 *                  via 192.0.2.10 on eth1 [name time] (100) [AS64497i]
 *   192.0.2.0/24   unicast [name time from 192.0.2.1] * (100) [AS64496i]         (BIRD 2)
 *           via 192.0.2.9 on eth1
 *           Type: BGP univ
 *
 * Lines may have in front what the control socket puts there, "1007-" or a blank, and the prompt
 * with what was typed.  A line is told by what it says, not by how far it is indented.
 *
 * A route begins at a line with a protocol in brackets and is handed over when the next begins, or
 * at the end.  Its peer is the neighbour: the address behind `from`, else the gateway.  The text
 * does not say the neighbour's AS number; it is the one in the protocol's name ("pb_0001_as64496"),
 * else the first of the path of the first route from there.  The time is left out: it may be
 * without its day, in any zone.  The same route in several tables comes several times. */
#include "base/decimal.h"
#include "tables/bird.h"

#include <string.h>

#define BLANKS " \t"
#define PROMPT "bird> "
#define CODE_OCTETS 5u
#define NOT_A_LINE "a line of what 'show route all' prints"

static bool text_is(struct octets text, const char *word)
{
	return octets_equal(text, octets_of_text(word));
}

static bool text_begins(const struct rd *rd, const char *word)
{
	struct rd ahead = *rd;

	return text_is(rd_take(&ahead, (uint32_t)strlen(word)), word);
}

/* "1007-" or "0001 " */
static bool code_skip(struct rd *rd)
{
	struct rd ahead = *rd;

	for (uint32_t i = 0; i < CODE_OCTETS - 1; i++) {
		uint8_t octet = rd_u8(&ahead);
		if (octet < '0' || octet > '9')
			return false;
	}
	uint8_t last = rd_u8(&ahead);
	if (last != '-' && last != ' ')
		return false;
	*rd = ahead;
	return true;
}

/* Also what a terminal is told to clear the prompt with. */
static bool prompt_skip(struct rd *rd)
{
	static const char *const parts[] = { PROMPT, "\r", "\x1b[K" };
	bool is_prompt = false;

	for (uint32_t i = 0; i < sizeof parts / sizeof *parts;) {
		if (!text_begins(rd, parts[i])) {
			i++;
			continue;
		}
		rd_skip(rd, (uint32_t)strlen(parts[i]));
		is_prompt |= i == 0;
		i = 0;
	}
	return is_prompt;
}

static struct octets field_of(struct rd rd, const char *stops)
{
	return text_take_until(&rd, stops);
}

static bool is_banner(const struct rd *rd)
{
	return text_begins(rd, "BIRD ") || text_begins(rd, "Access restricted");
}

static bool is_table_name(const struct rd *rd)
{
	struct rd ahead = *rd;
	struct octets line = rd_rest(&ahead);

	return text_begins(rd, "Table ") && line.at[line.len_octets - 1] == ':';
}

static bool has_octet(const struct rd *rd, uint8_t octet)
{
	struct rd ahead = *rd;
	struct octets line = rd_rest(&ahead);

	return line.len_octets != 0 && memchr(line.at, octet, line.len_octets) != NULL;
}

static bool is_network(const struct rd *rd)
{
	struct octets field = field_of(*rd, BLANKS);

	return field.len_octets != 0 && memchr(field.at, '/', field.len_octets) != NULL;
}

static bool is_destination(const struct rd *rd)
{
	static const char *const words[] = { "via",         "dev",       "unicast",   "multipath",
					     "unreachable", "blackhole", "prohibited" };
	struct octets field = field_of(*rd, BLANKS);

	for (uint32_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (text_is(field, words[i]))
			return true;
	}
	return false;
}

bool text_is_bird(struct octets line)
{
	struct rd rd = rd_of_octets(line);

	if (prompt_skip(&rd))
		return true;
	bool has_code = code_skip(&rd);
	return is_banner(&rd) || is_table_name(&rd) ||
	       (is_network(&rd) && (has_code || has_octet(&rd, '[')));
}

/* --- a route from its first line to its last -------------------------------------------------- */

static struct fault route_skip(struct table_reader *reader, const char *why)
{
	table_skip(reader, &(struct table_skip){ .why = why, .is_route = true, .count = 1 });
	return fault_none();
}

static struct fault route_refuse(struct table_reader *reader, bool at_end, const char *missing)
{
	reader->line = reader->bird->line;
	struct fault fault = table_refuse_column(
		reader, 1, "%s of the route that begins here is missing: the text is cut", missing);
	return at_end ? fault_of(FAULT_SHORT, 0) : fault;
}

static struct fault route_emit(struct table_reader *reader)
{
	struct text_bird *bird = reader->bird;
	struct table_peer peer = { .has_address = true,
				   .address = bird->has_from ? bird->from : bird->gateway,
				   .asn = bird->asn != 0 ? bird->asn : bird->attrs.first_asn };
	struct table_route route = { .prefix = bird->prefix, .attrs = &bird->attrs };

	if (!bird->has_from && !bird->has_gateway)
		return route_skip(reader, "names no neighbour");
	reader->peers.by_address = true;
	TRY(table_peer_find(reader, &peer));
	struct table_peer *known = &reader->peers.list[peer.index];
	if (known->asn == 0)
		known->asn = peer.asn;
	if (known->asn == 0)
		return route_skip(reader, "is of a neighbour whose AS number nothing says");
	route.peer = known;
	return table_emit(reader, &route);
}

static struct fault route_close(struct table_reader *reader, bool at_end)
{
	static const struct {
		enum bird_attr attr;
		const char *name;
	} needed[] = { { BIRD_ORIGIN, "BGP.origin" },
		       { BIRD_AS_PATH, "BGP.as_path" },
		       { BIRD_NEXT_HOP, "BGP.next_hop" } };
	struct text_bird *bird = reader->bird;

	if (!bird->is_open)
		return fault_none();
	bird->is_open = false;
	if (!bird->has_type && bird->types_met)
		return route_refuse(reader, at_end, "the type");
	if (!bird->is_unicast)
		return route_skip(reader, "is none of a unicast prefix");
	if (!bird->has_type && !bird->is_bgp)
		return route_skip(reader, "has no attributes, which 'show route all' prints");
	if (!bird->is_bgp)
		return route_skip(reader, "is not of BGP");
	for (uint32_t i = 0; i < sizeof needed / sizeof *needed; i++) {
		if ((bird->met >> needed[i].attr & 1) == 0)
			return route_refuse(reader, at_end, needed[i].name);
	}
	bird_attrs_seal(bird);
	if (bird->why_not != NULL)
		return route_skip(reader, bird->why_not);
	return route_emit(reader);
}

/* The number in "pb_0001_as64496" and "AS64496_1"; 0 where there is none. */
static uint32_t name_asn(struct octets name)
{
	struct rd rd = rd_of_octets(name);
	uint32_t asn = 0;

	while (rd_more(&rd)) {
		struct octets word = text_take_until(&rd, "_-.");
		if (word.len_octets > 2 && (word.at[0] | 0x20) == 'a' &&
		    (word.at[1] | 0x20) == 's' &&
		    decimal_read_u32(octets_of(word.at + 2, word.len_octets - 2), UINT32_MAX, &asn))
			return asn;
		if (rd_more(&rd))
			rd_skip(&rd, 1);
	}
	return 0;
}

/* [name time from 192.0.2.1] */
static struct fault session_read(struct table_reader *reader, struct rd *rd)
{
	struct text_bird *bird = reader->bird;

	if (text_peek(rd) != '[')
		return text_refuse(reader, rd, rd_rest(rd), "the protocol of a route in brackets");
	rd_skip(rd, 1);
	struct octets word = text_take_until(rd, " \t]");
	if (word.len_octets == 0)
		return text_refuse(reader, rd, word, "the name of a protocol");
	bird->asn = name_asn(word);
	while (text_skip_blanks(rd)) {
		bool is_from = text_is(word, "from");
		word = text_take_until(rd, " \t]");
		if (is_from && !text_address(word, &bird->from))
			return text_refuse(reader, rd, word, "the address of a neighbour");
		bird->has_from |= is_from;
	}
	if (text_peek(rd) != ']')
		return text_refuse(reader, rd, rd_rest(rd), "the ']' behind a protocol");
	rd_skip(rd, 1);
	return fault_none();
}

/* * (100/0) [AS64496i]: each bracket has its other one. */
static struct fault tail_read(struct table_reader *reader, struct rd *rd)
{
	for (;;) {
		(void)text_skip_blanks(rd);
		(void)text_take_until(rd, "([");
		uint8_t open = text_peek(rd);
		if (open == 0 && !rd_more(rd))
			return fault_none();
		if (open != 0)
			rd_skip(rd, 1);
		struct octets inside = text_take_until(rd, open == '(' ? ")" : "]");
		if (!rd_more(rd) || open == 0)
			return text_refuse(reader, rd, inside,
					   open == '(' ? "closed by ')'" : "closed by ']'");
		rd_skip(rd, 1);
	}
}

/* "via 192.0.2.9 on eth1", up to a bracket or the end. */
static struct fault gateway_read(struct table_reader *reader, struct rd *rd)
{
	struct text_bird *bird = reader->bird;
	bool is_via = text_is(text_take_until(rd, " \t["), "via");

	(void)text_skip_blanks(rd);
	if (is_via) {
		struct octets text = text_take_until(rd, " \t[");
		struct address address;
		if (!text_address(text, &address))
			return text_refuse(reader, rd, text, "the address of a gateway");
		/* Of several the first. */
		if (!bird->has_gateway)
			bird->gateway = address;
		bird->has_gateway = true;
	}
	(void)text_take_until(rd, "[");
	return fault_none();
}

/* A prefix and, in tables of route origins, "-24 AS64496" behind it. */
static struct fault network_read(struct table_reader *reader, struct rd *rd)
{
	struct text_bird *bird = reader->bird;
	struct octets field = text_take_until(rd, BLANKS);

	bird->is_unicast = text_prefix(reader, field, &bird->prefix);
	bird->has_prefix = true;
	if (!bird->is_unicast) {
		struct rd parts = rd_of_octets(field);
		struct octets network = text_take_until(&parts, "-");
		struct prefix prefix;
		uint32_t len_bits = 0;
		if (rd_u8(&parts) != '-' || !text_prefix(reader, network, &prefix) ||
		    !decimal_read_u32(rd_rest(&parts), prefix_bits_max((enum family)prefix.family),
				      &len_bits))
			return text_refuse(reader, rd, field, "a prefix like 192.0.2.0/24");
	}
	(void)text_skip_blanks(rd);
	return fault_none();
}

static struct fault route_open(struct table_reader *reader, struct rd *rd)
{
	struct text_bird *bird = reader->bird;

	TRY(route_close(reader, false));
	bird_attrs_init(bird);
	bird->is_bgp = false;
	bird->has_type = false;
	bird->has_from = false;
	bird->has_gateway = false;
	bird->why_not = NULL;
	bird->line = reader->line;
	if (is_network(rd))
		TRY(network_read(reader, rd));
	else if (!bird->has_prefix)
		return text_refuse(reader, rd, rd_rest(rd), "behind the prefix that it is of");
	if (!is_destination(rd) && bird->is_unicast)
		return text_refuse(reader, rd, rd_rest(rd), "where a route leads to");
	if (bird->is_unicast)
		TRY(gateway_read(reader, rd));
	else
		(void)text_take_until(rd, "[");
	TRY(session_read(reader, rd));
	bird->is_open = true;
	return tail_read(reader, rd);
}

/* --- lines ------------------------------------------------------------------------------------ */

static struct fault line_refuse(struct table_reader *reader, struct rd *rd)
{
	bool is_members = text_begins(rd, "Name ") || text_begins(rd, "name ");

	return text_refuse(reader, rd, rd_rest(rd),
			   is_members ? NOT_A_LINE ": it begins the text of 'show protocols', "
						   "a list of members" :
					NOT_A_LINE);
}

/* A line that belongs to the route before it. */
static bool is_detail(const struct rd *rd)
{
	struct rd ahead = *rd;

	return text_peek(rd) == '(' || bird_is_attr(rd_rest(&ahead)) ||
	       (is_destination(rd) && !has_octet(rd, '['));
}

static struct fault detail_read(struct table_reader *reader, struct rd *rd)
{
	struct rd ahead = *rd;

	if (!reader->bird->is_open)
		return text_refuse(reader, rd, rd_rest(rd), "behind the route that it is of");
	if (text_peek(rd) == '(')
		return bird_list_read(reader, rd);
	if (bird_is_attr(rd_rest(&ahead)))
		return bird_attr_read(reader, rd);
	return gateway_read(reader, rd);
}

struct fault text_bird_read(struct table_reader *reader, struct rd *rd)
{
	if (reader->bird == NULL) {
		reader->bird = heap_zero(reader->request->heap, sizeof *reader->bird);
		if (reader->bird == NULL)
			return table_out_of_memory(reader);
	}
	bool is_prompt = prompt_skip(rd);
	(void)code_skip(rd);
	(void)text_skip_blanks(rd);
	if (!rd_more(rd))
		return fault_none();
	if (is_banner(rd) || is_table_name(rd)) {
		TRY(route_close(reader, false));
		reader->bird->has_prefix = false;
		return fault_none();
	}
	if (is_network(rd) || (is_destination(rd) && has_octet(rd, '[')))
		return route_open(reader, rd);
	/* What was typed. */
	if (is_prompt)
		return fault_none();
	if (is_detail(rd))
		return detail_read(reader, rd);
	return line_refuse(reader, rd);
}

struct fault text_bird_end(struct table_reader *reader)
{
	return route_close(reader, true);
}

void text_bird_free(struct table_reader *reader)
{
	heap_free(reader->request->heap, reader->bird, sizeof *reader->bird);
}
