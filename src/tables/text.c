/* tables/text.c — tables as text: which kind it is, and the kinds that map prefixes to origins.
 *
 * The first line with something in it decides the kind; every line after it must be of that
 * kind. */
#include "tables/text.h"

#include <string.h>

#include "base/decimal.h"

#define EXPECT_PREFIX "a prefix like 192.0.2.0/24"
#define EXPECT_ASN "an AS number"
#define EXPECT_END "the end of the line"

struct text_kind {
	const char *name;
	bool (*is)(struct octets line);
	struct fault (*read)(struct table_reader *reader, struct rd *rd);
	struct fault (*end)(struct table_reader *reader); /* NULL: a line is whole */
};

/* Kinds are told apart by the first field of a line and by what stands behind it. */
static struct octets first_field(struct octets line, const char *stops, uint8_t *stop)
{
	struct rd rd = rd_of_octets(line);
	struct octets field = text_take_until(&rd, stops);

	*stop = text_peek(&rd);
	return field;
}

/* network TAB length TAB origins */
static bool is_pfx2as(struct octets line)
{
	uint8_t stop = 0;
	struct octets field = first_field(line, " \t", &stop);
	struct address address;

	return stop != 0 && text_address(field, &address);
}

/* ASN: prefix,prefix */
static bool is_asn_list(struct octets line)
{
	uint8_t stop = 0;
	struct octets field = first_field(line, ":", &stop);
	struct rd rd = rd_of_octets(line);
	uint32_t asn = 0;

	rd_skip(&rd, field.len_octets + 1);
	return decimal_read_u32(field, UINT32_MAX, &asn) && stop == ':' &&
	       (text_peek(&rd) == ' ' || text_peek(&rd) == '\t');
}

static bool is_prefix_first(struct octets line, bool *has_more)
{
	uint8_t stop = 0;
	struct octets field = first_field(line, " \t", &stop);

	*has_more = stop != 0;
	return memchr(field.at, '/', field.len_octets) != NULL &&
	       (memchr(field.at, '.', field.len_octets) != NULL ||
		memchr(field.at, ':', field.len_octets) != NULL);
}

static bool is_prefix_origin(struct octets line)
{
	bool has_more = false;

	return is_prefix_first(line, &has_more) && has_more;
}

static bool is_prefix_alone(struct octets line)
{
	bool has_more = false;

	return is_prefix_first(line, &has_more) && !has_more;
}

static struct fault line_end(struct table_reader *reader, struct rd *rd)
{
	(void)text_skip_blanks(rd);
	if (!rd_more(rd))
		return fault_none();
	return text_refuse(reader, rd, rd_rest(rd), EXPECT_END);
}

/* 1_2,3: several origins, the last a set of two. */
static struct fault origins_read(struct table_reader *reader, struct rd *rd,
				 struct table_route *route)
{
	uint32_t set = 0;

	for (;;) {
		struct table_origin origin = { .set = set };
		struct octets text = text_take_until(rd, "_, \t");
		if (!decimal_read_u32(text, UINT32_MAX, &origin.asn))
			return text_refuse(reader, rd, text, EXPECT_ASN);
		if (route->origin_count == TABLE_ORIGINS_MAX)
			return text_refuse(reader, rd, text, "taken: there are too many origins");
		reader->origins[route->origin_count++] = origin;
		if (text_peek(rd) != '_' && text_peek(rd) != ',')
			break;
		set += rd_u8(rd) == '_' ? 1 : 0;
	}
	route->origins = reader->origins;
	return line_end(reader, rd);
}

static struct fault pfx2as_read(struct table_reader *reader, struct rd *rd)
{
	struct table_route route = { 0 };
	struct address address;
	uint32_t len_bits = 0;

	struct octets text = text_take_until(rd, " \t");
	if (!text_address(text, &address))
		return text_refuse(reader, rd, text, "a network like 192.0.2.0");
	(void)text_skip_blanks(rd);
	text = text_take_until(rd, " \t");
	if (!decimal_read_u32(text, prefix_bits_max((enum family)address.family), &len_bits))
		return text_refuse(reader, rd, text, "a prefix length of that network");
	route.prefix = prefix_of_address(&address, (uint8_t)len_bits);
	if (memcmp(route.prefix.octet, address.octet, sizeof address.octet) != 0)
		reader->counts->host_bits++;
	(void)text_skip_blanks(rd);
	TRY(origins_read(reader, rd, &route));
	return table_emit(reader, &route);
}

static struct fault prefix_origin_read(struct table_reader *reader, struct rd *rd)
{
	struct table_route route = { 0 };
	struct octets text = text_take_until(rd, " \t");

	if (!text_prefix(reader, text, &route.prefix))
		return text_refuse(reader, rd, text, EXPECT_PREFIX);
	(void)text_skip_blanks(rd);
	TRY(origins_read(reader, rd, &route));
	return table_emit(reader, &route);
}

static struct fault prefix_alone_read(struct table_reader *reader, struct rd *rd)
{
	struct table_route route = { 0 };
	struct octets text = text_take_until(rd, " \t");

	if (!text_prefix(reader, text, &route.prefix))
		return text_refuse(reader, rd, text, EXPECT_PREFIX);
	TRY(line_end(reader, rd));
	return table_emit(reader, &route);
}

static struct fault asn_list_read(struct table_reader *reader, struct rd *rd)
{
	struct table_route route = { .origins = reader->origins, .origin_count = 1 };
	struct octets text = text_take_until(rd, ":");

	reader->origins[0] = (struct table_origin){ 0 };
	if (!decimal_read_u32(text, UINT32_MAX, &reader->origins[0].asn))
		return text_refuse(reader, rd, text, EXPECT_ASN);
	if (rd_u8(rd) != ':')
		return text_refuse(reader, rd, (struct octets){ 0 }, "a list: ':' is missing");
	do {
		(void)text_skip_blanks(rd);
		text = text_take_until(rd, ", \t");
		if (!text_prefix(reader, text, &route.prefix))
			return text_refuse(reader, rd, text, EXPECT_PREFIX);
		TRY(table_emit(reader, &route));
		(void)text_skip_blanks(rd);
	} while (rd_more(rd) && rd_u8(rd) == ',');
	if (rd_more(rd))
		return text_refuse(reader, rd, rd_rest(rd), EXPECT_END);
	return fault_none();
}

static const struct text_kind kinds[] = {
	{ "bgpdump -m text", text_is_dump, text_dump_read, NULL },
	{ "BIRD's show route all", text_is_bird, text_bird_read, text_bird_end },
	{ "network, length and origins", is_pfx2as, pfx2as_read, NULL },
	{ "lists of prefixes by AS number", is_asn_list, asn_list_read, NULL },
	{ "prefix and origin", is_prefix_origin, prefix_origin_read, NULL },
	{ "prefixes", is_prefix_alone, prefix_alone_read, NULL },
};

/* Comments and empty lines say nothing. */
static bool is_silent(struct octets line)
{
	return line.len_octets == 0 || line.at[0] == ';' || line.at[0] == '#';
}

static struct fault kind_find(struct table_reader *reader, struct octets line,
			      const struct text_kind **kind)
{
	for (uint32_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (kinds[i].is(line)) {
			*kind = &kinds[i];
			reader->counts->kind = kinds[i].name;
			return fault_none();
		}
	}
	complain(reader->complaints, false,
		 "%s: this is no routing table: neither MRT, nor JSON of paths, nor text of one of "
		 "the kinds 'network TAB length TAB origin', 'prefix TAB origin', 'ASN: "
		 "prefix,prefix', prefixes alone, what bgpdump -m prints, or BIRD's 'show route "
		 "all'",
		 reader->request->file);
	return fault_of(FAULT_MALFORMED, 0);
}

static struct octets line_trim(struct octets line)
{
	if (line.len_octets != 0 && line.at[line.len_octets - 1] == '\r')
		line.len_octets--;
	return line;
}

struct fault table_text_read(struct table_reader *reader)
{
	const struct text_kind *kind = NULL;
	struct octets line;
	bool has = false;

	for (;;) {
		TRY(table_input_line(reader, &line, &has));
		if (!has)
			break;
		line = line_trim(line);
		if (is_silent(line))
			continue;
		if (kind == NULL)
			TRY(kind_find(reader, line, &kind));
		reader->counts->records++;
		struct rd rd = rd_of_octets(line);
		TRY(kind->read(reader, &rd));
	}
	if (kind == NULL) {
		complain(reader->complaints, false, "%s: there are only comments in the file",
			 reader->request->file);
		return fault_of(FAULT_SHORT, 0);
	}
	return kind->end != NULL ? kind->end(reader) : fault_none();
}
