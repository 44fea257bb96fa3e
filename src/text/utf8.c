/* text/utf8.c — UTF-8 read strictly. */
#include "text/utf8.h"

#include <stddef.h>

#include "base/check.h"

struct code_range {
	uint32_t first;
	uint32_t last;
};

/* Combining marks, joiners, variation selectors: the common blocks, not the whole of Unicode. */
static const struct code_range joining[] = {
	{ 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05bd }, { 0x0610, 0x061a },
	{ 0x064b, 0x065f }, { 0x0e31, 0x0e31 }, { 0x0e34, 0x0e3a }, { 0x0e47, 0x0e4e },
	{ 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x200b, 0x200d }, { 0x20d0, 0x20ff },
	{ 0xfe00, 0xfe0f }, { 0xfe20, 0xfe2f }, { 0xfeff, 0xfeff }, { 0xe0100, 0xe01ef },
};

static const struct code_range wide[] = {
	{ 0x1100, 0x115f },   { 0x2e80, 0x303e },   { 0x3041, 0xa4cf },   { 0xa960, 0xa97f },
	{ 0xac00, 0xd7a3 },   { 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },   { 0xff01, 0xff60 },
	{ 0xffe0, 0xffe6 },   { 0x1f300, 0x1f64f }, { 0x1f680, 0x1f6ff }, { 0x1f900, 0x1f9ff },
	{ 0x20000, 0x3fffd },
};

static const struct code_range controls[] = {
	{ 0x00, 0x1f },     { 0x7f, 0x9f },     { 0x061c, 0x061c },
	{ 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2066, 0x2069 },
};

static bool in_ranges(const struct code_range *ranges, size_t count, uint32_t code_point)
{
	for (size_t i = 0; i < count; i++) {
		if (code_point >= ranges[i].first && code_point <= ranges[i].last)
			return true;
	}
	return false;
}

/* How many octets follow a first one, and what the first one itself carries. */
static bool first_read(uint8_t first, uint32_t *more, uint32_t *bits, uint32_t *least)
{
	if (first >= 0xc2 && first <= 0xdf) {
		*more = 1;
		*bits = first & 0x1fu;
		*least = 0x80;
	} else if (first >= 0xe0 && first <= 0xef) {
		*more = 2;
		*bits = first & 0x0fu;
		*least = 0x800;
	} else if (first >= 0xf0 && first <= 0xf4) {
		*more = 3;
		*bits = first & 0x07u;
		*least = 0x10000;
	} else {
		return false;
	}
	return true;
}

/* All of it, or false. */
static bool long_read(struct octets text, uint32_t at, uint32_t *code_point, uint32_t *len)
{
	uint32_t more = 0;
	uint32_t bits = 0;
	uint32_t least = 0;

	if (!first_read(text.at[at], &more, &bits, &least) || more >= text.len_octets - at)
		return false;
	for (uint32_t i = 1; i <= more; i++) {
		uint8_t next = text.at[at + i];
		if ((next & 0xc0) != 0x80)
			return false;
		bits = bits << 6 | (next & 0x3fu);
	}
	*code_point = bits;
	*len = more + 1;
	return bits >= least && bits <= 0x10ffff && (bits < 0xd800 || bits > 0xdfff);
}

uint32_t utf8_take(struct octets text, uint32_t *at, bool *good)
{
	uint32_t code_point = UTF8_BAD;
	uint32_t len = 1;
	bool is_good = true;

	CHECK(*at < text.len_octets);
	if (text.at[*at] < 0x80) {
		code_point = text.at[*at];
	} else if (!long_read(text, *at, &code_point, &len)) {
		code_point = UTF8_BAD;
		len = 1;
		is_good = false;
	}
	*at += len;
	if (good != NULL)
		*good = is_good;
	return code_point;
}

uint32_t utf8_width(uint32_t code_point)
{
	if (in_ranges(joining, sizeof joining / sizeof *joining, code_point))
		return 0;
	return in_ranges(wide, sizeof wide / sizeof *wide, code_point) ? 2 : 1;
}

/* C0, DEL, C1 and the marks that change the direction of writing: nothing to send to a terminal. */
static bool is_control(uint32_t code_point)
{
	return in_ranges(controls, sizeof controls / sizeof *controls, code_point);
}

bool utf8_is_plain(struct octets text)
{
	bool good = true;

	for (uint32_t at = 0; good && at < text.len_octets;) {
		uint32_t code_point = utf8_take(text, &at, &good);
		good = good && !is_control(code_point);
	}
	return good;
}

bool utf8_clean(struct octets text, const char *instead, char *out, uint32_t room)
{
	uint32_t len = 0;
	bool fits = true;

	CHECK(room > 0);
	for (uint32_t at = 0; fits && at < text.len_octets;) {
		uint32_t from = at;
		bool good = true;
		uint32_t code_point = utf8_take(text, &at, &good);
		struct octets piece = good && !is_control(code_point) ?
					      octets_of(text.at + from, at - from) :
					      octets_of_text(instead);
		fits = piece.len_octets < room - len;
		for (uint32_t i = 0; fits && i < piece.len_octets; i++)
			out[len++] = (char)piece.at[i];
	}
	out[len] = '\0';
	return fits;
}
