/* text/json_read.c — bounds checked first, then Jansson. */
#include "text/json_read.h"

struct scan {
	uint32_t line;
	uint32_t column; /* in octets */
	uint32_t depth;
	bool in_string;
	bool is_escaped;
};

/* False at the octet that opens one collection too many. */
static bool scan_step(struct scan *scan, uint8_t octet)
{
	scan->column++;
	if (octet == '\n') {
		scan->line++;
		scan->column = 0;
	}
	if (scan->in_string) {
		bool ends = octet == '"' && !scan->is_escaped;
		scan->is_escaped = octet == '\\' && !scan->is_escaped;
		scan->in_string = !ends;
		return true;
	}
	if (octet == '"')
		scan->in_string = true;
	else if (octet == '{' || octet == '[')
		scan->depth++;
	else if ((octet == '}' || octet == ']') && scan->depth != 0)
		scan->depth--;
	return scan->depth <= JSON_READ_DEPTH_MAX;
}

static bool depth_check(const char *file, struct octets text, struct complaints *complaints)
{
	struct scan scan = { .line = 1 };

	for (uint32_t i = 0; i < text.len_octets; i++) {
		if (scan_step(&scan, text.at[i]))
			continue;
		complain(complaints, false,
			 "%s:%u:%u: more than %u lists and objects inside each "
			 "other",
			 file, scan.line, scan.column, JSON_READ_DEPTH_MAX);
		return false;
	}
	return true;
}

/* Some programs put a byte order mark in front, which RFC 8259 8.1 lets a reader ignore. */
static struct octets without_mark(struct octets text)
{
	static const char mark[] = "\xef\xbb\xbf";

	if (text.len_octets >= 3 && octets_equal(octets_of(text.at, 3), octets_of_text(mark)))
		return octets_of(text.at + 3, text.len_octets - 3);
	return text;
}

json_t *json_read(const char *file, struct octets text, uint32_t octets_max, size_t seed,
		  struct complaints *complaints)
{
	json_error_t error;

	if (text.len_octets > octets_max) {
		complain(complaints, false, "%s: larger than %u octets", file, octets_max);
		return NULL;
	}
	text = without_mark(text);
	if (text.len_octets == 0) {
		complain(complaints, false, "%s: empty", file);
		return NULL;
	}
	if (!depth_check(file, text, complaints))
		return NULL;
	json_object_seed(seed);
	json_t *tree = json_loadb((const char *)text.at, text.len_octets, JSON_REJECT_DUPLICATES,
				  &error);
	if (tree == NULL)
		complain(complaints, false, "%s:%d:%d: %s", file, error.line,
			 error.column < 1 ? 1 : error.column, error.text);
	return tree;
}
