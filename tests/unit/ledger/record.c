/* unit/ledger/record.c — cards: printed, read back, refused when they are not what is printed. */
#include "base/utc.h"
#include "unit/ledger/world.h"

static const char *card_of(const struct record *record)
{
	static char card[RECORD_CARD_MAX + 1];
	uint32_t len = 0;

	expect_true(!failed(record_print(record, card, &len)));
	card[len] = '\0';
	return card;
}

static void case_card(void)
{
	static struct record record;
	static struct record again;
	uint32_t from = 0;
	int64_t number = 0;

	record_begin(&record, "connection", 1795835539);
	record_int(&record, "id", 12);
	record_text(&record, "name", "Ex\xc3\xa4mple \"Net\"\\\n\t\x01\x7f");
	record_text(&record, "empty", "");
	record_int(&record, "slot", INT64_MIN);
	record_int(&record, "slot", INT64_MAX);
	expect_text(card_of(&record),
		    "plenum/1 connection 2026-11-28T03:12:19Z\n"
		    "id 12\n"
		    "name \"Ex\xc3\xa4mple \\\"Net\\\"\\\\\\n\\t\\u0001\\u007f\"\n"
		    "empty \"\"\n"
		    "slot -9223372036854775808\n"
		    "slot 9223372036854775807\n");
	expect_true(!failed(record_read(octets_of_text(card_of(&record)), &again)));
	expect_text(again.type, "connection");
	expect_u64(again.at_s, 1795835539);
	expect_text(record_text_of(&again, "name"), "Ex\xc3\xa4mple \"Net\"\\\n\t\x01\x7f");
	expect_text(record_text_of(&again, "empty"), "");
	expect_true(record_text_of(&again, "id") == NULL);
	expect_true(record_text_of(&again, "nowhere") == NULL);
	expect_true(!record_int_of(&again, "name", &number));
	expect_true(record_int_next(&again, "slot", &from, &number) && number == INT64_MIN);
	expect_true(record_int_next(&again, "slot", &from, &number) && number == INT64_MAX);
	expect_true(!record_int_next(&again, "slot", &from, &number));
}

/* The first second and the last; unit/base/utc.c has those between. */
static void case_times(void)
{
	static const struct {
		int64_t at_s;
		const char *text;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ UTC_S_MAX, "9999-12-31T23:59:59Z" },
	};
	static struct record record;
	char text[128];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		tap_row(rows[i].text);
		record_begin(&record, "a", rows[i].at_s);
		(void)snprintf(text, sizeof text, "plenum/1 a %s\n", rows[i].text);
		expect_text(card_of(&record), text);
		expect_true(!failed(record_read(octets_of_text(text), &record)));
		expect_true(record.at_s == rows[i].at_s);
	}
}

static void case_refused(void)
{
	static const struct {
		const char *card;
		uint32_t at;
	} rows[] = {
		{ "", 0 },
		{ "plenum/2 a 2026-11-28T03:12:19Z\n", 0 },
		{ "plenum/1 a 2026-11-28T03:12:19Z", 0 },
		{ "plenum/1 A 2026-11-28T03:12:19Z\n", 0 },
		{ "plenum/1  2026-11-28T03:12:19Z\n", 0 },
		{ "plenum/1 a 2026-02-29T03:12:19Z\n", 0 },
		{ "plenum/1 a 2026-11-28T24:00:00Z\n", 0 },
		{ "plenum/1 a 2026-11-28 03:12:19Z\n", 0 },
		{ "plenum/1 a 2026-11-28T03:12:19Z\n\n", 32 },
		{ "plenum/1 a 2026-11-28T03:12:19Z\nb 1\nb\n", 36 },
		{ "plenum/1 a 2026-11-28T03:12:19Z\nb \n", 32 },
		{ "plenum/1 a 2026-11-28T03:12:19Z\nb 01\n", 32 },
		{ "plenum/1 a 2026-11-28T03:12:19Z\nb -0\n", 32 },
		{ "plenum/1 a 2026-11-28T03:12:19Z\nb -\n", 32 },
		{ "plenum/1 a 2026-11-28T03:12:19Z\nb 1 \n", 32 },
		{ "plenum/1 a 2026-11-28T03:12:19Z\nb +1\n", 32 },
		{ "plenum/1 a 2026-11-28T03:12:19Z\nb 9223372036854775808\n", 32 },
		{ "plenum/1 a 2026-11-28T03:12:19Z\nb -9223372036854775809\n", 32 },
		{ "plenum/1 a 2026-11-28T03:12:19Z\nb \"\n", 32 },
		{ "plenum/1 a 2026-11-28T03:12:19Z\nb \"x\\\"\n", 32 },
		{ "plenum/1 a 2026-11-28T03:12:19Z\nb \"x\" \n", 32 },
		{ "plenum/1 a 2026-11-28T03:12:19Z\nb \"a\"b\"\n", 32 },
		{ "plenum/1 a 2026-11-28T03:12:19Z\nb \"\\u0041\"\n", 32 },
		{ "plenum/1 a 2026-11-28T03:12:19Z\nb \"\\u000a\"\n", 32 },
		{ "plenum/1 a 2026-11-28T03:12:19Z\nb \"\\u001F\"\n", 32 },
		{ "plenum/1 a 2026-11-28T03:12:19Z\nb \"\\u0000\"\n", 32 },
		{ "plenum/1 a 2026-11-28T03:12:19Z\nb \"\\r\"\n", 32 },
		{ "plenum/1 a 2026-11-28T03:12:19Z\nb \"\t\"\n", 32 },
		{ "plenum/1 a 2026-11-28T03:12:19Z\nb \"\x80\"\n", 32 },
		{ "plenum/1 a 2026-11-28T03:12:19Z\nb private:00\n", 32 },
		{ "plenum/1 a 2026-11-28T03:12:19Z\nb blob:"
		  "9F86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n",
		  32 },
	};
	static struct record record;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		tap_row(rows[i].card);
		struct fault fault = record_read(octets_of_text(rows[i].card), &record);
		expect_u64(fault.kind, FAULT_MALFORMED);
		expect_u64(fault.at_octet, rows[i].at);
	}
}

static void case_bounds(void)
{
	static struct record record;
	static char text[RECORD_CARD_MAX + 1];
	struct world world;

	world_init(&world);
	memset(text, 'x', sizeof text - 1);
	expect_true(!thing_write(&world, 1, text, NULL));
	expect_true(!thing_write(&world, 2, "\xff", NULL));
	text[RECORD_CARD_MAX - 64] = '\0';
	expect_true(thing_write(&world, 3, text, NULL));
	expect_text(ask(&world, "SELECT size FROM ledger_head"), "1");
	record_begin(&record, "thing", 0);
	for (uint32_t i = 0; i <= RECORD_FIELDS_MAX; i++)
		record_int(&record, "n", i);
	expect_u64(record.wrong, RECORD_TOO_LONG);
	record_begin(&record, "Thing", 0);
	expect_u64(record.wrong, RECORD_BAD_NAME);
	record_begin(&record, "thing", -1);
	expect_u64(record.wrong, RECORD_BAD_NAME);
	world_fini(&world);
}

static const struct tap_case cases[] = {
	{ "a card", case_card, 0 },
	{ "times", case_times, 0 },
	{ "what is no card", case_refused, 0 },
	{ "bounds", case_bounds, 0 },
};

TAP_MAIN(cases)
