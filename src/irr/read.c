/* irr/read.c — the two shapes, without a tree. */
#include "irr/read.h"

#include <string.h>

#include "base/decimal.h"

#define TOKEN_MAX 64u /* longer than any prefix, number or key is */

struct cursor {
	struct octets text;
	uint32_t at;
	struct irr_draft *draft;
};

static struct fault bad_here(const struct cursor *cursor)
{
	return fault_at(FAULT_MALFORMED, 0, cursor->at);
}

static int peek(const struct cursor *cursor)
{
	return cursor->at < cursor->text.len_octets ? cursor->text.at[cursor->at] : -1;
}

static bool is_blank(int letter)
{
	return letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r';
}

static bool is_digit(int letter)
{
	return letter >= '0' && letter <= '9';
}

static void blanks_skip(struct cursor *cursor)
{
	while (is_blank(peek(cursor)))
		cursor->at++;
}

/* --- JSON ------------------------------------------------------------------------------------- */

static struct fault take(struct cursor *cursor, char letter)
{
	blanks_skip(cursor);
	if (peek(cursor) != letter)
		return bad_here(cursor);
	cursor->at++;
	return fault_none();
}

static bool next_is(struct cursor *cursor, char letter)
{
	blanks_skip(cursor);
	return peek(cursor) == letter;
}

/* Letters as they are, but for "\/": nothing else is ever escaped here. */
static struct fault string_take(struct cursor *cursor, char out[TOKEN_MAX])
{
	uint32_t len = 0;

	TRY(take(cursor, '"'));
	while (peek(cursor) != '"') {
		int letter = peek(cursor);
		if (letter == '\\') {
			cursor->at++;
			letter = peek(cursor) == '/' ? '/' : -1;
		}
		if (letter < ' ' || letter > '~' || len + 1 == TOKEN_MAX)
			return bad_here(cursor);
		out[len++] = (char)letter;
		cursor->at++;
	}
	cursor->at++;
	out[len] = '\0';
	return fault_none();
}

/* A number or a word such as true. */
static struct fault bare_take(struct cursor *cursor, char out[TOKEN_MAX])
{
	uint32_t len = 0;

	blanks_skip(cursor);
	for (int letter; (letter = peek(cursor)) != -1;) {
		if (!is_digit(letter) && (letter < 'a' || letter > 'z'))
			break;
		if (len + 1 == TOKEN_MAX)
			return bad_here(cursor);
		out[len++] = (char)letter;
		cursor->at++;
	}
	out[len] = '\0';
	return len != 0 ? fault_none() : bad_here(cursor);
}

struct entry {
	struct irr_window window;
	bool has_prefix;
	bool has_min;
	bool has_max;
	bool is_exact;
};

static struct fault length_take(const char *word, uint8_t *out, struct cursor *cursor)
{
	uint32_t value = 0;

	if (!decimal_u32(word, 128, &value))
		return bad_here(cursor);
	*out = (uint8_t)value;
	return fault_none();
}

static struct fault field_take(struct cursor *cursor, struct entry *entry)
{
	char key[TOKEN_MAX];
	char word[TOKEN_MAX];
	bool had_host_bits = false;

	TRY(string_take(cursor, key));
	TRY(take(cursor, ':'));
	if (strcmp(key, "prefix") == 0) {
		TRY(string_take(cursor, word));
		entry->has_prefix = strchr(word, '/') != NULL &&
				    prefix_parse(word, &entry->window.prefix, &had_host_bits);
		return entry->has_prefix && !had_host_bits ? fault_none() : bad_here(cursor);
	}
	TRY(bare_take(cursor, word));
	if (strcmp(key, "exact") == 0) {
		entry->is_exact = strcmp(word, "true") == 0;
		return entry->is_exact || strcmp(word, "false") == 0 ? fault_none() :
								       bad_here(cursor);
	}
	if (strcmp(key, "greater-equal") == 0) {
		entry->has_min = true;
		return length_take(word, &entry->window.len_bits_min, cursor);
	}
	if (strcmp(key, "less-equal") == 0) {
		entry->has_max = true;
		return length_take(word, &entry->window.len_bits_max, cursor);
	}
	return bad_here(cursor);
}

static struct fault entry_take(struct cursor *cursor)
{
	struct entry entry = { 0 };

	TRY(take(cursor, '{'));
	do {
		TRY(field_take(cursor, &entry));
	} while (next_is(cursor, ',') && cursor->at++ < cursor->text.len_octets);
	TRY(take(cursor, '}'));
	if (!entry.has_prefix || (entry.is_exact && (entry.has_min || entry.has_max)))
		return bad_here(cursor);
	if (!entry.has_min)
		entry.window.len_bits_min = entry.window.prefix.len_bits;
	if (!entry.has_max)
		entry.window.len_bits_max = entry.is_exact ? entry.window.prefix.len_bits :
							     entry.window.len_bits_min;
	struct fault fault = irr_draft_add(cursor->draft, &entry.window);
	return fault.kind == FAULT_MALFORMED ? bad_here(cursor) : fault;
}

static struct fault item_take(struct cursor *cursor)
{
	char word[TOKEN_MAX];
	uint32_t asn = 0;

	if (next_is(cursor, '{'))
		return entry_take(cursor);
	TRY(bare_take(cursor, word));
	if (!decimal_u32(word, UINT32_MAX, &asn))
		return bad_here(cursor);
	return irr_draft_add_origin(cursor->draft, asn);
}

static struct fault json_take(struct cursor *cursor)
{
	char key[TOKEN_MAX];

	TRY(take(cursor, '{'));
	TRY(string_take(cursor, key));
	TRY(take(cursor, ':'));
	TRY(take(cursor, '['));
	while (!next_is(cursor, ']')) {
		TRY(item_take(cursor));
		if (!next_is(cursor, ','))
			break;
		cursor->at++;
		if (next_is(cursor, ']'))
			return bad_here(cursor);
	}
	TRY(take(cursor, ']'));
	TRY(take(cursor, '}'));
	blanks_skip(cursor);
	return peek(cursor) == -1 ? fault_none() : bad_here(cursor);
}

/* --- lines ------------------------------------------------------------------------------------ */

/* "", "^+", "^-", "^n", "^n-m". */
static bool range_take(char *range, struct irr_window *window)
{
	uint32_t most = prefix_bits_max((enum family)window->prefix.family);
	char *dash = strchr(range, '-');
	uint32_t low = window->prefix.len_bits;
	uint32_t high = low;

	if (strcmp(range, "+") == 0 || strcmp(range, "-") == 0) {
		low += range[0] == '-' ? 1 : 0;
		high = most;
	} else if (dash != NULL) {
		*dash = '\0';
		if (!decimal_u32(range, most, &low) || !decimal_u32(dash + 1, most, &high))
			return false;
	} else if (decimal_u32(range, most, &low)) {
		high = low;
	} else {
		return false;
	}
	window->len_bits_min = (uint8_t)low;
	window->len_bits_max = (uint8_t)high;
	return true;
}

static struct fault word_take(struct cursor *cursor, char *word)
{
	struct irr_window window;
	char *range = strchr(word, '^');
	bool had_host_bits = false;
	uint32_t asn = 0;

	if (word[0] == 'A' && word[1] == 'S')
		return decimal_u32(word + 2, UINT32_MAX, &asn) ?
			       irr_draft_add_origin(cursor->draft, asn) :
			       bad_here(cursor);
	if (range != NULL)
		*range++ = '\0';
	if (strchr(word, '/') == NULL || !prefix_parse(word, &window.prefix, &had_host_bits) ||
	    had_host_bits)
		return bad_here(cursor);
	window.len_bits_min = window.prefix.len_bits;
	window.len_bits_max = window.prefix.len_bits;
	if (range != NULL && !range_take(range, &window))
		return bad_here(cursor);
	struct fault fault = irr_draft_add(cursor->draft, &window);
	return fault.kind == FAULT_MALFORMED ? bad_here(cursor) : fault;
}

static struct fault lines_take(struct cursor *cursor)
{
	for (blanks_skip(cursor); peek(cursor) != -1; blanks_skip(cursor)) {
		char word[TOKEN_MAX];
		uint32_t len = 0;
		while (peek(cursor) == '#' || (len == 0 && is_blank(peek(cursor)))) {
			while (peek(cursor) != -1 && peek(cursor) != '\n')
				cursor->at++;
			blanks_skip(cursor);
		}
		if (peek(cursor) == -1)
			break;
		uint32_t start = cursor->at;
		while (peek(cursor) > ' ' && peek(cursor) <= '~' && peek(cursor) != '#') {
			if (len + 1 == TOKEN_MAX)
				return fault_at(FAULT_MALFORMED, 0, start);
			word[len++] = (char)cursor->text.at[cursor->at++];
		}
		word[len] = '\0';
		struct cursor from = { cursor->text, start, cursor->draft };
		TRY(word_take(&from, word));
	}
	return fault_none();
}

struct fault irr_read(struct octets text, struct irr_draft *draft)
{
	struct cursor cursor = { text, 0, draft };

	if (text.len_octets > IRR_READ_OCTETS_MAX)
		return fault_of(FAULT_LIMIT, 0);
	blanks_skip(&cursor);
	return peek(&cursor) == '{' ? json_take(&cursor) : lines_take(&cursor);
}

void irr_place_of(struct octets text, uint32_t at_octet, uint32_t *line, uint32_t *column)
{
	*line = 1;
	*column = 1;
	for (uint32_t i = 0; i < at_octet && i < text.len_octets; i++) {
		(*column)++;
		if (text.at[i] == '\n') {
			(*line)++;
			*column = 1;
		}
	}
}

/* --- names ------------------------------------------------------------------------------------ */

static bool is_letter(char letter)
{
	return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
}

static bool is_as(const char *text)
{
	return (text[0] == 'A' || text[0] == 'a') && (text[1] == 'S' || text[1] == 's');
}

/* AS64500 or AS-FOO: *is_set tells which. */
static bool part_is_good(const char *part, size_t len, bool *is_set)
{
	bool all_digits = true;

	if (len < 3 || !is_as(part))
		return false;
	*is_set = part[2] == '-';
	for (size_t i = *is_set ? 3 : 2; i < len; i++) {
		if (!is_letter(part[i]) && !is_digit(part[i]) && part[i] != '-' && part[i] != '_')
			return false;
		all_digits &= is_digit(part[i]);
	}
	return *is_set ? len > 3 : all_digits && len <= 12;
}

/* "RIPE::": letters, digits and dashes, a letter first. */
static const char *source_skip(const char *name)
{
	const char *colons = strstr(name, "::");

	if (colons == NULL)
		return name;
	for (const char *at = name; at < colons; at++) {
		if (!is_letter(*at) && (at == name || (!is_digit(*at) && *at != '-')))
			return NULL;
	}
	return colons != name ? colons + 2 : NULL;
}

bool irr_name_is_good(const char *name)
{
	bool any_set = false;
	uint32_t parts = 0;

	if (strlen(name) > IRR_NAME_MAX)
		return false;
	for (name = source_skip(name); name != NULL && *name != '\0';) {
		bool is_set = false;
		size_t len = strcspn(name, ":");
		if (!part_is_good(name, len, &is_set))
			return false;
		any_set |= is_set;
		parts++;
		name += len;
		if (*name == ':' && *++name == '\0')
			return false;
	}
	return name != NULL && parts != 0 && (any_set || parts == 1);
}
