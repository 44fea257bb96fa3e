/* fuzz/printers.c — values of strangers in JSON, in tables and in lines for a terminal: what is
 * written can be read, and steers nothing.
 * Reaches json_octets json_text columns_cell columns_end text_screen_init utf8_take utf8_clean
 *         utf8_is_plain utf8_width json_read */
#include "target.h"

#include <string.h>

#include "text/columns.h"
#include "text/json.h"
#include "text/json_read.h"
#include "text/screen.h"
#include "text/utf8.h"

#define INPUT_MAX 1024u

static struct heap heap;
static struct text_buffer out;

/* Nothing that a terminal obeys, but for line breaks and tabs. */
static void is_tame(const char *text)
{
	struct octets octets = octets_of_text(text);
	bool good = true;

	for (uint32_t at = 0; at < octets.len_octets;) {
		uint32_t point = utf8_take(octets, &at, &good);
		MUST(good);
		MUST(point >= 0x20 || point == '\n' || point == '\t');
		MUST(point < 0x7f || point > 0x9f);
		MUST(point < 0x202a || point > 0x202e);
		MUST(point < 0x2066 || point > 0x2069);
	}
}

/* Read back it is the value; U+FFFD stands for what was none. */
static void json_try(struct octets octets, const char *value)
{
	static struct complaints complaints;
	struct json json;

	text_buffer_clear(&out);
	json_init(&json, text_buffer_sink(&out), 2);
	json_object_open(&json);
	json_field_text(&json, "text", value);
	json_key(&json, "octets");
	json_octets(&json, octets);
	json_object_close(&json);
	MUST(json_done(&json));
	complaints = (struct complaints){ 0 };
	json_t *tree = json_read("json", octets_of(out.text, out.len_octets), 1u << 20, 1,
				 &complaints);
	/* A NUL in a text is beyond the reader. */
	MUST(tree != NULL || memchr(octets.at, 0, octets.len_octets) != NULL);
	if (tree != NULL && utf8_is_plain(octets_of_text(value)))
		MUST(strcmp(json_string_value(json_object_get(tree, "text")), value) == 0);
	json_decref(tree);
}

static void columns_try(const char *value)
{
	static const struct column column[] = { { "Name", false }, { "Number", true } };
	struct columns columns;

	text_buffer_clear(&out);
	columns_init(&columns, &heap, text_buffer_sink(&out), column, 2, false);
	columns_fit(&columns, 60);
	columns_cell(&columns, COLOUR_RED, "%s", value);
	columns_cell(&columns, COLOUR_NONE, "%s", value);
	MUST(columns_end(&columns));
	columns_fini(&columns);
	is_tame(text_buffer_of(&out));
	uint32_t lines = 0;
	for (const char *at = text_buffer_of(&out); *at != '\0'; at++)
		lines += *at == '\n';
	MUST(lines == 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char value[INPUT_MAX + 1];
	char clean[INPUT_MAX + 1];
	struct text_screen screen;

	if (size > INPUT_MAX)
		return 0;
	for (size_t i = 0; i < size; i++)
		value[i] = (char)data[i];
	value[size] = '\0';
	heap = heap_libc();
	text_buffer_init(&out, &heap, 0);
	struct octets octets = octets_of(data, (uint32_t)size);
	json_try(octets, value);
	columns_try(value);
	(void)utf8_clean(octets, "?", clean, sizeof clean);
	MUST(utf8_is_plain(octets_of_text(clean)));
	text_buffer_clear(&out);
	MUST(text_put_octets(text_screen_init(&screen, text_buffer_sink(&out)), value,
			     strlen(value)));
	if (strchr(value, '\033') == NULL)
		is_tame(text_buffer_of(&out));
	text_buffer_fini(&out);
	MUST(heap.used_octets == 0);
	return 0;
}
