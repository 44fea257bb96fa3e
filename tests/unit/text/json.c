/* unit/text/json.c — the JSON writer, octet by octet. */
#include <stdio.h>
#include <string.h>

#include "kit/tap.h"
#include "text/json.h"

/* RFC 8259 7, and RFC 3629 3 for what is not UTF-8. */
static void case_strings(void)
{
	static const struct {
		const char *text;
		uint32_t len;
		const char *written;
	} rows[] = {
		{ "", 0, "\"\"\n" },
		{ "plain", 5, "\"plain\"\n" },
		{ "a\"b\\c/d", 7, "\"a\\\"b\\\\c/d\"\n" },
		{ "\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\"\n" },
		{ "\0\x01\x1f\x7f x", 6, "\"\\u0000\\u0001\\u001f\\u007f x\"\n" },
		{ "Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x8c\x8d", 16,
		  "\"Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x8c\x8d\"\n" },
		{ "a\xff"
		  "b",
		  3,
		  "\"a\xef\xbf\xbd"
		  "b\"\n" },
		{ "\xc0\xaf", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"\n" },
		{ "\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"\n" },
		{ "\xf4\x90\x80\x80", 4, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"\n" },
		{ "\xf4\x8f\xbf\xbf", 4, "\"\xf4\x8f\xbf\xbf\"\n" },
		{ "cut \xe2\x82", 6, "\"cut \xef\xbf\xbd\xef\xbf\xbd\"\n" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct heap heap = heap_libc();
		struct text_buffer buffer CLEAN(text_buffer_fini);
		struct json json;
		tap_row(rows[i].written);
		text_buffer_init(&buffer, &heap, 0);
		json_init(&json, text_buffer_sink(&buffer), 0);
		json_octets(&json, octets_of(rows[i].text, rows[i].len));
		expect_true(json_done(&json));
		expect_text(text_buffer_of(&buffer), rows[i].written);
	}
}

static void document(struct json *json)
{
	json_object_open(json);
	json_field_text(json, "name", "Example Net");
	json_field_text(json, "nothing", NULL);
	json_field_u64(json, "most", UINT64_MAX);
	json_field_i64(json, "least", INT64_MIN);
	json_field_bool(json, "yes", true);
	json_field_decimal(json, "seconds", 1250, 3);
	json_field_decimal(json, "cold", -5, 2);
	json_field_decimal(json, "whole", 7, 0);
	json_field_array(json, "list");
	json_u64(json, 1);
	json_object_open(json);
	json_object_close(json);
	json_array_open(json);
	json_bool(json, false);
	json_array_close(json);
	json_array_close(json);
	json_field_object(json, "inner");
	json_field_u64(json, "a", 0);
	json_object_close(json);
	json_object_close(json);
}

static const char one_line[] =
	"{\"name\":\"Example Net\",\"nothing\":null,\"most\":18446744073709551615,"
	"\"least\":-9223372036854775808,\"yes\":true,\"seconds\":1.250,\"cold\":-0.05,"
	"\"whole\":7,\"list\":[1,{},[false]],\"inner\":{\"a\":0}}\n";

static void case_shape(void)
{
	static const char indented[] =
		"{\n  \"name\": \"Example Net\",\n  \"nothing\": null,\n  \"most\": "
		"18446744073709551615,\n  \"least\": -9223372036854775808,\n  \"yes\": true,\n"
		"  \"seconds\": 1.250,\n  \"cold\": -0.05,\n  \"whole\": 7,\n  \"list\": [\n    "
		"1,\n"
		"    {},\n    [\n      false\n    ]\n  ],\n  \"inner\": {\n    \"a\": 0\n  }\n}\n";
	struct heap heap = heap_libc();
	struct text_buffer buffer CLEAN(text_buffer_fini);
	struct json json;

	text_buffer_init(&buffer, &heap, 0);
	json_init(&json, text_buffer_sink(&buffer), 0);
	document(&json);
	expect_true(json_done(&json));
	expect_text(text_buffer_of(&buffer), one_line);
	text_buffer_clear(&buffer);
	json_init(&json, text_buffer_sink(&buffer), 2);
	document(&json);
	expect_true(json_done(&json));
	expect_text(text_buffer_of(&buffer), indented);
}

static void case_deep(void)
{
	struct heap heap = heap_libc();
	struct text_buffer buffer CLEAN(text_buffer_fini);
	struct json json;

	text_buffer_init(&buffer, &heap, 0);
	json_init(&json, text_buffer_sink(&buffer), 0);
	for (uint32_t i = 0; i < JSON_DEPTH_MAX; i++)
		json_array_open(&json);
	for (uint32_t i = 0; i < JSON_DEPTH_MAX; i++)
		json_array_close(&json);
	expect_true(json_done(&json));
	expect_u64(buffer.len_octets, 2 * JSON_DEPTH_MAX + 1);
}

/* Whatever room there is, either all is there or json_done says that it is not. */
static void case_full(void)
{
	struct heap heap = heap_libc();
	uint32_t whole = 0;

	for (uint32_t len_max = 1; whole == 0 && len_max < 1000; len_max++) {
		struct text_buffer buffer CLEAN(text_buffer_fini);
		struct json json;
		text_buffer_init(&buffer, &heap, len_max);
		json_init(&json, text_buffer_sink(&buffer), 0);
		document(&json);
		if (json_done(&json))
			whole = len_max;
		expect_true(buffer.len_octets <= len_max);
	}
	expect_u64(whole, sizeof one_line - 1);
	expect_u64(heap.used_octets, 0);
}

static const struct tap_case cases[] = {
	{ "strings", case_strings, 0 },
	{ "objects and arrays", case_shape, 0 },
	{ "as deep as allowed", case_deep, 0 },
	{ "a full sink", case_full, 0 },
};
TAP_MAIN(cases)
