/* tables/text_bird_attrs.c — the attributes of a route as BIRD prints them.
 *
 *   BGP.as_path: 64496 64497 { 64498 64499 }
 *   BGP.community: (64496,1) (64496,2)
 *           (64496,3)
 *
 * A list that is too long for a line goes on in the next.  A path that is too long ends in "...":
 * the route cannot be had from the text.  LOCAL_PREF is the route server's own and left out, and so
 * are attributes that BIRD prints as octets or that mean nothing outside its AS. */
#include <string.h>

#include "base/decimal.h"
#include "base/mem.h"
#include "tables/bird.h"

#define BLANKS " \t"
#define EXTENDED_IPV4 0x0100u
#define EXTENDED_AS4 0x0200u
#define EXTENDED_RT 0x0002u
#define EXTENDED_RO 0x0003u
#define ADDRESSES_MAX 2u

struct attr_kind {
	const char *name;
	enum bird_attr attr;
	bool (*read)(struct text_bird *bird, struct octets value);
	const char *expected;
};

static bool text_is(struct octets text, const char *word)
{
	return octets_equal(text, octets_of_text(word));
}

void bird_attrs_init(struct text_bird *bird)
{
	bird->met = 0;
	bird->last = BIRD_NONE;
	bird->attrs = (struct bgp_attrs){ 0 };
	bird->communities = wr_of(bird->communities_octets, sizeof bird->communities_octets);
	bird->extended = wr_of(bird->extended_octets, sizeof bird->extended_octets);
	bird->large = wr_of(bird->large_octets, sizeof bird->large_octets);
}

void bird_attrs_seal(struct text_bird *bird)
{
	struct bgp_attrs *attrs = &bird->attrs;

	if (!wr_ok(&bird->communities) || !wr_ok(&bird->extended) || !wr_ok(&bird->large))
		bird->why_not = "has too many communities";
	else if (bird->why_not == NULL && failed(bgp_attrs_path_facts(attrs)))
		bird->why_not = "AS_PATH is malformed";
	attrs->communities = wr_octets_of(&bird->communities);
	attrs->extended = wr_octets_of(&bird->extended);
	attrs->large = wr_octets_of(&bird->large);
}

/* --- values ----------------------------------------------------------------------------------- */

static bool origin_read(struct text_bird *bird, struct octets value)
{
	static const char *const names[] = { "IGP", "EGP", "Incomplete" };

	for (uint8_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (text_is(value, names[i])) {
			bird->attrs.origin = i;
			return true;
		}
	}
	return false;
}

static bool ends_with(struct octets text, const char *tail)
{
	uint32_t len = (uint32_t)strlen(tail);

	return text.len_octets >= len && memcmp(text.at + text.len_octets - len, tail, len) == 0;
}

static bool path_read(struct text_bird *bird, struct octets value)
{
	struct wr wr = wr_of(bird->path, sizeof bird->path);

	if (ends_with(value, "...")) {
		bird->why_not = "has an AS_PATH that BIRD did not print whole";
		return true;
	}
	return text_path(value, &wr, &bird->attrs.as_path);
}

static bool next_hop_read(struct text_bird *bird, struct octets value)
{
	struct rd rd = rd_of_octets(value);
	struct address address[ADDRESSES_MAX];
	uint32_t count = 0;
	uint32_t len = 0;

	for (; rd_more(&rd) && count < ADDRESSES_MAX; count++) {
		if (!text_address(text_take_until(&rd, BLANKS), &address[count]))
			return false;
		struct octets octets = address_octets_of(&address[count]);
		mem_copy(bird->attrs.next_hop + len, octets.at, octets.len_octets);
		len += octets.len_octets;
		(void)text_skip_blanks(&rd);
	}
	/* Only an IPv6 next hop has a link-local one beside it.  RFC 2545 3 */
	if (rd_more(&rd) || count == 0 ||
	    (count == 2 && (address[0].family != FAMILY_IPV6 || address[1].family != FAMILY_IPV6)))
		return false;
	bird->attrs.next_hop_len_octets = (uint8_t)len;
	return true;
}

static bool med_read(struct text_bird *bird, struct octets value)
{
	bird->attrs.has_med = true;
	return decimal_read_u32(value, UINT32_MAX, &bird->attrs.med);
}

static bool local_pref_read(struct text_bird *bird, struct octets value)
{
	uint32_t unused = 0;

	(void)bird;
	return decimal_read_u32(value, UINT32_MAX, &unused);
}

static bool atomic_read(struct text_bird *bird, struct octets value)
{
	bird->attrs.atomic_aggregate = true;
	return value.len_octets == 0;
}

/* "192.0.2.1 AS64496" */
static bool aggregator_read(struct text_bird *bird, struct octets value)
{
	struct rd rd = rd_of_octets(value);
	struct wr wr = wr_of(bird->aggregator, sizeof bird->aggregator);
	struct address address;
	uint32_t asn = 0;

	if (!text_address(text_take_until(&rd, BLANKS), &address) || address.family != FAMILY_IPV4)
		return false;
	(void)text_skip_blanks(&rd);
	if (!text_is(rd_take(&rd, 2), "AS") || !decimal_read_u32(rd_rest(&rd), UINT32_MAX, &asn))
		return false;
	wr_u32(&wr, asn);
	wr_octets(&wr, address_octets_of(&address));
	/* AS 0 is discarded.  RFC 7607 2 */
	if (asn != 0)
		bird->attrs.aggregator = wr_octets_of(&wr);
	return true;
}

static bool otc_read(struct text_bird *bird, struct octets value)
{
	bird->attrs.has_otc = true;
	return decimal_read_u32(value, UINT32_MAX, &bird->attrs.otc);
}

/* --- lists in brackets ------------------------------------------------------------------------ */

/* The next field of "a, b, c"; false where there is none. */
static bool field_take(struct rd *rd, const char *stops, struct octets *out)
{
	(void)text_skip_blanks(rd);
	*out = text_take_until(rd, stops);
	if (out->len_octets == 0)
		return false;
	if (rd_more(rd))
		rd_skip(rd, 1);
	return true;
}

static bool numbers_read(struct octets item, uint32_t count, uint32_t max, struct wr *out)
{
	struct rd rd = rd_of_octets(item);

	for (uint32_t i = 0; i < count; i++) {
		struct octets field;
		uint32_t number = 0;
		if (!field_take(&rd, ",", &field) || !decimal_read_u32(field, max, &number))
			return false;
		if (max == UINT16_MAX)
			wr_u16(out, number);
		else
			wr_u32(out, number);
	}
	return rd_done(&rd);
}

static bool hex_read(struct octets text, uint32_t *out)
{
	static const char digits[] = "0123456789abcdef";

	*out = 0;
	if (text.len_octets < 3 || text.len_octets > 10 || text.at[0] != '0' || text.at[1] != 'x')
		return false;
	for (uint32_t i = 2; i < text.len_octets; i++) {
		const char *digit = memchr(digits, text.at[i], sizeof digits - 1);
		if (digit == NULL)
			return false;
		*out = *out << 4 | (uint32_t)(digit - digits);
	}
	return true;
}

/* The two high octets that "rt", "ro" or "unknown 0x0a0b" stand for. */
static bool extended_type(struct octets kind, uint32_t *type, bool *is_open)
{
	struct rd rd = rd_of_octets(kind);

	*is_open = true;
	*type = text_is(kind, "rt") ? EXTENDED_RT : EXTENDED_RO;
	if (text_is(kind, "rt") || text_is(kind, "ro"))
		return true;
	*is_open = false;
	if (!text_is(text_take_until(&rd, BLANKS), "unknown"))
		return false;
	(void)text_skip_blanks(&rd);
	return hex_read(rd_rest(&rd), type) && *type <= UINT16_MAX;
}

/* (rt, 64496, 1), (ro, 192.0.2.1, 1), (generic, 0x43000000, 0x1), (unknown 0x4, 64496, 1).  The
 * text does not tell an ASN of two octets in a field of four from one in a field of two. */
static bool extended_read(struct octets item, struct wr *out)
{
	struct rd rd = rd_of_octets(item);
	struct octets field[3];
	struct address address;
	uint32_t type = 0;
	uint32_t number[2] = { 0 };
	bool is_open = false;

	for (uint32_t i = 0; i < 3; i++) {
		if (!field_take(&rd, ",", &field[i]))
			return false;
	}
	if (!rd_done(&rd))
		return false;
	if (text_is(field[0], "generic")) {
		if (!hex_read(field[1], &number[0]) || !hex_read(field[2], &number[1]))
			return false;
		wr_u32(out, number[0]);
		wr_u32(out, number[1]);
		return true;
	}
	if (!extended_type(field[0], &type, &is_open) ||
	    !decimal_read_u32(field[2], UINT32_MAX, &number[1]))
		return false;
	if (text_address(field[1], &address) && address.family == FAMILY_IPV4) {
		number[0] = address_ipv4_of(&address);
		type |= is_open ? EXTENDED_IPV4 : 0;
	} else if (!decimal_read_u32(field[1], UINT32_MAX, &number[0])) {
		return false;
	} else if (is_open && number[0] > UINT16_MAX) {
		type |= EXTENDED_AS4;
	}
	bool is_wide = (type & (EXTENDED_IPV4 | EXTENDED_AS4)) != 0;
	if (is_wide ? number[1] > UINT16_MAX : number[0] > UINT16_MAX)
		return false;
	wr_u16(out, type);
	if (is_wide) {
		wr_u32(out, number[0]);
		wr_u16(out, number[1]);
	} else {
		wr_u16(out, number[0]);
		wr_u32(out, number[1]);
	}
	return true;
}

static bool item_read(struct text_bird *bird, struct octets item)
{
	if (bird->last == BIRD_COMMUNITIES)
		return numbers_read(item, 2, UINT16_MAX, &bird->communities);
	if (bird->last == BIRD_LARGE)
		return numbers_read(item, 3, UINT32_MAX, &bird->large);
	return extended_read(item, &bird->extended);
}

static bool list_read(struct text_bird *bird, struct octets value)
{
	struct rd rd = rd_of_octets(value);

	while (rd_more(&rd)) {
		if (rd_u8(&rd) != '(')
			return false;
		struct octets item = text_take_until(&rd, ")");
		if (rd_u8(&rd) != ')' || !item_read(bird, item))
			return false;
		(void)text_skip_blanks(&rd);
	}
	return true;
}

/* --- lines ------------------------------------------------------------------------------------ */

#define COMMUNITIES_EXPECTED "a list of communities like (64496,1)"
#define LARGE_EXPECTED "a list of large communities like (64496, 1, 2)"
#define EXTENDED_EXPECTED "a list of extended communities like (rt, 64496, 1)"

static const struct attr_kind attr_kinds[] = {
	{ "BGP.origin", BIRD_ORIGIN, origin_read, "IGP, EGP or Incomplete" },
	{ "BGP.as_path", BIRD_AS_PATH, path_read, "an AS path" },
	{ "BGP.next_hop", BIRD_NEXT_HOP, next_hop_read, "the address of a next hop" },
	{ "BGP.med", BIRD_MED, med_read, "a MED" },
	{ "BGP.local_pref", BIRD_LOCAL_PREF, local_pref_read, "a local preference" },
	{ "BGP.atomic_aggr", BIRD_ATOMIC, atomic_read, "empty, as it is to be here" },
	{ "BGP.aggregator", BIRD_AGGREGATOR, aggregator_read,
	  "an aggregator like 192.0.2.1 AS64496" },
	{ "BGP.community", BIRD_COMMUNITIES, list_read, COMMUNITIES_EXPECTED },
	{ "BGP.ext_community", BIRD_EXTENDED, list_read, EXTENDED_EXPECTED },
	{ "BGP.large_community", BIRD_LARGE, list_read, LARGE_EXPECTED },
	{ "BGP.otc", BIRD_OTC, otc_read, "an AS number" },
};

static bool is_name_octet(uint8_t octet)
{
	return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z') ||
	       (octet >= '0' && octet <= '9') || octet == '.' || octet == '_' || octet == '-';
}

/* "name" or "name [t]", behind which stands a colon and then a blank or nothing. */
static struct octets name_take(struct rd *rd)
{
	static const char transitive[] = " [t]";
	struct rd start = *rd;
	uint32_t len = 0;

	while (is_name_octet(text_peek(rd))) {
		rd_skip(rd, 1);
		len++;
	}
	if (rd_left(rd) >= sizeof transitive - 1) {
		struct rd ahead = *rd;
		if (text_is(rd_take(&ahead, sizeof transitive - 1), transitive))
			*rd = ahead;
	}
	bool is_letter = (text_peek(&start) | 0x20) >= 'a' && (text_peek(&start) | 0x20) <= 'z';
	if (!is_letter || rd_u8(rd) != ':' ||
	    (rd_more(rd) && text_peek(rd) != ' ' && text_peek(rd) != '\t'))
		return (struct octets){ 0 };
	return rd_take(&start, len);
}

bool bird_is_attr(struct octets line)
{
	struct rd rd = rd_of_octets(line);

	return name_take(&rd).len_octets != 0;
}

/* What is left, without blanks at either end. */
static struct octets value_take(struct rd *rd)
{
	(void)text_skip_blanks(rd);
	struct rd ahead = *rd;
	struct octets value = rd_rest(&ahead);
	while (value.len_octets != 0 &&
	       (value.at[value.len_octets - 1] == ' ' || value.at[value.len_octets - 1] == '\t'))
		value.len_octets--;
	return rd_take(rd, value.len_octets);
}

struct fault bird_attr_read(struct table_reader *reader, struct rd *rd)
{
	struct text_bird *bird = reader->bird;
	struct octets name = name_take(rd);

	bird->last = BIRD_NONE;
	if (text_is(name, "Type")) {
		(void)text_skip_blanks(rd);
		bird->has_type = true;
		bird->types_met = true;
		bird->is_bgp = text_is(text_take_until(rd, BLANKS), "BGP");
		return fault_none();
	}
	for (uint32_t i = 0; i < sizeof attr_kinds / sizeof *attr_kinds; i++) {
		const struct attr_kind *kind = &attr_kinds[i];
		if (!text_is(name, kind->name))
			continue;
		if ((bird->met >> kind->attr & 1) != 0)
			return text_refuse(reader, rd, (struct octets){ 0 },
					   "the first of this attribute in the route");
		bird->met |= UINT32_C(1) << kind->attr;
		bird->last = kind->attr;
		bird->is_bgp = true;
		struct octets value = value_take(rd);
		if (!kind->read(bird, value))
			return text_refuse(reader, rd, value, kind->expected);
		return fault_none();
	}
	return fault_none();
}

struct fault bird_list_read(struct table_reader *reader, struct rd *rd)
{
	struct text_bird *bird = reader->bird;
	struct octets value = value_take(rd);

	if (bird->last != BIRD_COMMUNITIES && bird->last != BIRD_EXTENDED &&
	    bird->last != BIRD_LARGE)
		return text_refuse(reader, rd, value, "here behind a list that it could go on");
	if (!list_read(bird, value))
		return text_refuse(reader, rd, value,
				   bird->last == BIRD_COMMUNITIES ? COMMUNITIES_EXPECTED :
				   bird->last == BIRD_LARGE       ? LARGE_EXPECTED :
								    EXTENDED_EXPECTED);
	return fault_none();
}
