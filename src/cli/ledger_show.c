/* cli/ledger_show.c — the log, and what stands in it. */
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/utc.h"
#include "cli/ledger.h"
#include "cli/values.h"
#include "ledger/newest.h"
#include "server/ledger_files.h"
#include "text/columns.h"
#include "text/utf8.h"

#define LAST 20u
#define LAST_MAX 1000000u
#define WHAT_MAX 96u

static const struct column record_columns[] = {
	{ "RECORD", true },
	{ "TIME", false },
	{ "TYPE", false },
	{ "WHAT", false },
};

/* The numbers of the records asked for, the newest of them kept. */
struct choosing {
	const char *type; /* NULL = any */
	uint64_t *number; /* filled from its end, so that they are in order */
	uint32_t room;
	uint32_t count;
	struct heap *heap;
};

static bool choose(void *context, uint64_t number, struct octets card)
{
	struct choosing *choosing = context;

	(void)card;
	choosing->count++;
	choosing->number[choosing->room - choosing->count] = number;
	return choosing->count < choosing->room;
}

/* --- one record ------------------------------------------------------------------------------- */

/* "id 1, asn 201001, name Example Net", as much as fits. */
static void what_print(const struct record *record, char out[WHAT_MAX])
{
	char piece[WHAT_MAX];
	size_t len = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < record->field_count && len < WHAT_MAX - 1; i++) {
		const struct record_field *field = &record->field[i];
		const char *name = record->text + field->name_at;
		if (field->kind == RECORD_INT)
			(void)snprintf(piece, sizeof piece, "%s%s %lld", i == 0 ? "" : ", ", name,
				       (long long)field->number);
		else if (field->kind == RECORD_TEXT)
			(void)snprintf(piece, sizeof piece, "%s%s %.60s", i == 0 ? "" : ", ", name,
				       record->text + field->value_at);
		else
			continue;
		size_t room = WHAT_MAX - len;
		(void)utf8_clean(octets_of_text(piece), " ", out + len, (uint32_t)room);
		len = strlen(out);
	}
}

static bool card_get(struct desk *desk, uint64_t number, char card[RECORD_CARD_MAX + 1],
		     uint32_t *len)
{
	struct fault fault = ledger_card(desk->store, number, card, len);

	if (!failed(fault)) {
		card[*len] = '\0';
		return true;
	}
	if (fault.kind == FAULT_ABSENT)
		complain(desk->complaints, false, "the log has no record %llu",
			 (unsigned long long)number);
	else
		complain(desk->complaints, false, "the log cannot be read: %s",
			 store_why(desk->store, fault));
	return false;
}

static void fields_json(const struct record *record, struct json *json)
{
	char digest[MERKLE_HEX_MAX];

	json_field_array(json, "fields");
	for (uint32_t i = 0; i < record->field_count; i++) {
		const struct record_field *field = &record->field[i];
		json_object_open(json);
		json_field_text(json, "name", record->text + field->name_at);
		merkle_print(&field->digest, digest);
		if (field->kind == RECORD_INT)
			json_field_i64(json, "value", field->number);
		else if (field->kind == RECORD_TEXT)
			json_field_text(json, "value", record->text + field->value_at);
		else
			json_field_text(json, field->kind == RECORD_BLOB ? "blob" : "private",
					digest);
		json_object_close(json);
	}
	json_array_close(json);
}

static bool record_json(struct desk *desk, uint64_t number, struct record *record,
			struct json *json)
{
	char card[RECORD_CARD_MAX + 1];
	char time[UTC_TEXT_MAX];
	char hex[MERKLE_HEX_MAX];
	uint32_t len = 0;

	if (!card_get(desk, number, card, &len))
		return false;
	if (failed(record_read(octets_of(card, len), record))) {
		complain(desk->complaints, false,
			 "record %llu is damaged; see plenum ledger verify",
			 (unsigned long long)number);
		return false;
	}
	struct merkle_hash hash = merkle_leaf(octets_of(card, len));
	merkle_print(&hash, hex);
	utc_print((struct wall){ record->at_s }, time);
	json_object_open(json);
	json_field_u64(json, "record", number);
	json_field_text(json, "type", record->type);
	json_field_text(json, "at", time);
	json_field_text(json, "leaf_hash", hex);
	fields_json(record, json);
	json_object_close(json);
	return true;
}

static bool record_show(struct desk *desk, uint64_t number)
{
	char card[RECORD_CARD_MAX + 1];
	char hex[MERKLE_HEX_MAX];
	uint32_t len = 0;

	if (!card_get(desk, number, card, &len))
		return false;
	struct merkle_hash hash = merkle_leaf(octets_of(card, len));
	merkle_print(&hash, hex);
	return text_put(desk->out, "record %llu, leaf %s\n\n", (unsigned long long)number, hex) &&
	       text_put_octets(desk->out, card, len);
}

/* --- many ------------------------------------------------------------------------------------- */

static bool rows_show(struct desk *desk, const struct choosing *choosing, struct record *record)
{
	struct columns columns CLEAN(columns_fini) = { 0 };
	char card[RECORD_CARD_MAX + 1];
	char time[UTC_TEXT_MAX];
	char what[WHAT_MAX];
	uint32_t len = 0;

	columns_init(&columns, choosing->heap, desk->out, record_columns,
		     sizeof record_columns / sizeof *record_columns, desk->has_colour);
	columns_fit(&columns, desk->columns);
	for (uint32_t i = choosing->room - choosing->count; i < choosing->room; i++) {
		uint64_t number = choosing->number[i];
		if (!card_get(desk, number, card, &len))
			return false;
		if (failed(record_read(octets_of(card, len), record)))
			record_begin(record, "damaged", 0);
		utc_print((struct wall){ record->at_s }, time);
		what_print(record, what);
		columns_cell(&columns, COLOUR_BOLD, "%llu", (unsigned long long)number);
		columns_cell(&columns, COLOUR_NONE, "%s", time);
		columns_cell(&columns, COLOUR_NONE, "%s", record->type);
		columns_cell(&columns, COLOUR_NONE, "%s", what[0] != '\0' ? what : "-");
	}
	return columns_end(&columns);
}

static bool head_show(struct desk *desk, const struct checkpoint *head, const char *verifier)
{
	struct checkpoint last = { .size = 0 };
	struct complaints unsaid = { 0 };
	char note[CHECKPOINT_NOTE_MAX];
	char root[MERKLE_HEX_MAX];

	bool is_signed = ledger_files_checkpoint(desk->directory, desk->store, note, &last,
						 &unsaid) &&
			 note[0] != '\0';
	merkle_print(&head->root, root);
	return text_put(desk->out, "key     %s\nsize    %llu\nroot    %s\nsigned  ",
			verifier[0] != '\0' ? verifier : "none", (unsigned long long)head->size,
			root) &&
	       (is_signed ? text_put(desk->out, "up to %llu\n\n", (unsigned long long)last.size) :
			    text_put(desk->out, "no\n\n"));
}

static enum exit_code rows_json(struct desk *desk, const struct choosing *choosing,
				const struct checkpoint *head, const char *verifier,
				struct record *record)
{
	char root[MERKLE_HEX_MAX];
	struct json json;

	json_init(&json, desk->out, 2);
	json_object_open(&json);
	merkle_print(&head->root, root);
	json_field_text(&json, "key", verifier);
	json_field_u64(&json, "size", head->size);
	json_field_text(&json, "root", root);
	json_field_array(&json, "records");
	for (uint32_t i = choosing->room - choosing->count; i < choosing->room; i++) {
		if (!record_json(desk, choosing->number[i], record, &json))
			return EXIT_COULD_NOT;
	}
	json_array_close(&json);
	json_object_close(&json);
	return json_done(&json) ? EXIT_DONE : EXIT_COULD_NOT;
}

static enum exit_code many_show(struct desk *desk, const struct arguments *arguments,
				struct choosing *choosing, struct record *record)
{
	char verifier[NOTE_KEY_TEXT_MAX];
	struct checkpoint head;
	struct fault fault = ledger_head(desk->store, &head);

	if (!failed(fault))
		fault = ledger_key_get(desk->store, verifier);
	if (!failed(fault))
		fault = ledger_walk_back(desk->store, choosing->type, choose, choosing);
	if (failed(fault)) {
		complain(desk->complaints, false, "the log cannot be read: %s",
			 store_why(desk->store, fault));
		return EXIT_COULD_NOT;
	}
	if (choosing->type != NULL && choosing->count == 0)
		complain(desk->complaints, false, "the log has no record of type \"%s\"",
			 choosing->type);
	if (desk->complaints->error_count != 0)
		return EXIT_COULD_NOT;
	if (argument_yes(arguments, "json"))
		return rows_json(desk, choosing, &head, verifier, record);
	bool put = (choosing->type != NULL || head_show(desk, &head, verifier)) &&
		   rows_show(desk, choosing, record);
	return put ? EXIT_DONE : EXIT_COULD_NOT;
}

static enum exit_code one_show(struct desk *desk, const struct arguments *arguments,
			       uint64_t number, struct record *record)
{
	struct json json;

	if (!argument_yes(arguments, "json"))
		return record_show(desk, number) ? EXIT_DONE : EXIT_COULD_NOT;
	json_init(&json, desk->out, 2);
	return record_json(desk, number, record, &json) && json_done(&json) ? EXIT_DONE :
									      EXIT_COULD_NOT;
}

enum exit_code command_ledger_show(struct desk *desk, const struct arguments *arguments)
{
	const char *word = arguments->word_count != 0 ? arguments->word[0] : NULL;
	struct heap heap = heap_libc();
	struct choosing choosing = {
		.room = argument_number(arguments, "last", 1, LAST_MAX, LAST, desk->complaints),
		.heap = &heap,
	};
	uint64_t number = 0;
	enum exit_code code = EXIT_COULD_NOT;

	if (desk->complaints->error_count != 0)
		return EXIT_COULD_NOT;
	struct record *record = heap_take(&heap, sizeof *record);
	choosing.number = heap_array(&heap, choosing.room, sizeof *choosing.number);
	if (record == NULL || choosing.number == NULL) {
		complain(desk->complaints, false, "out of memory");
	} else if (word != NULL && decimal_read(octets_of_text(word), INT64_MAX, &number)) {
		code = one_show(desk, arguments, number, record);
	} else {
		choosing.type = word;
		code = many_show(desk, arguments, &choosing, record);
	}
	heap_free(&heap, choosing.number, choosing.room * sizeof *choosing.number);
	heap_free(&heap, record, sizeof *record);
	return code;
}
