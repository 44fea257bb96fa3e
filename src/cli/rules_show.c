/* cli/rules_show.c — the rule book and its versions, shown. */
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/utc.h"
#include "cli/rules.h"
#include "cli/values.h"
#include "text/columns.h"

#define WIDTH_USUAL 100u
#define INDENT 8u

enum exit_code rules_store_failed(const struct desk *desk, struct fault fault)
{
	complain(desk->complaints, false, "the rule book cannot be read: %s",
		 store_why(desk->store, fault));
	return EXIT_COULD_NOT;
}

bool rules_version_read(const struct desk *desk, const char *word, struct rulebook *book,
			struct plan_book *out)
{
	const struct registry_exchange *exchange = &desk->config->exchange;
	uint32_t number = 0;
	struct fault fault = fault_none();

	if (word == NULL) {
		fault = rules_book_now(desk->store, exchange, record_now_s(), book, out);
	} else if (!decimal_u32(word, RULES_VERSIONS_MAX, &number)) {
		complain(desk->complaints, false, "\"%s\" is not the number of a version", word);
		return false;
	} else {
		fault = rules_book(desk->store, exchange, number, book, out);
	}
	if (fault.kind == FAULT_ABSENT)
		complain(desk->complaints, false,
			 "there is no version %u; plenum rules list says which there are", number);
	else if (failed(fault))
		(void)rules_store_failed(desk, fault);
	return !failed(fault);
}

/* --- for people ------------------------------------------------------------------------------- */

/* Words in lines, each behind blanks. */
static void wrapped_put(struct desk *desk, const char *text)
{
	uint32_t width = desk->columns != 0 && desk->columns < WIDTH_USUAL ? desk->columns :
									     WIDTH_USUAL;
	uint32_t column = 0;

	while (*text != '\0') {
		size_t len = strcspn(text, " ");
		if (column != 0 && column + len + 1 > width) {
			(void)text_put_text(desk->out, "\n");
			column = 0;
		}
		if (column == 0)
			column = (uint32_t)(text_put(desk->out, "%*s", INDENT, "") ? INDENT : 0);
		else
			column += text_put_text(desk->out, " ");
		(void)text_put_octets(desk->out, text, len);
		column += (uint32_t)len;
		text += len + strspn(text + len, " ");
	}
	(void)text_put_text(desk->out, "\n");
}

static void clause_put(struct desk *desk, const struct rulebook *book,
		       const struct rulebook_clause *clause)
{
	const char *name = clause->key != RULEBOOK_PEOPLE ? rulebook_key_name(clause->key) :
							    clause->title;

	(void)text_put(desk->out, "%s%-*s%s%s\n", colour_on(COLOUR_BOLD, desk->has_colour),
		       (int)INDENT, clause->number, name, colour_off(desk->has_colour));
	wrapped_put(desk, clause->text);
	rulebook_parameters_print(book, clause->key, "        ", desk->out);
}

static void state_put(struct desk *desk, const struct plan_book *order)
{
	char from[UTC_TEXT_MAX];
	char at[UTC_TEXT_MAX];

	if (order->version == 0) {
		(void)text_put(desk->out, "version   0\ndecision  %s\n", order->decision);
	} else {
		utc_print((struct wall){ order->from_s }, from);
		utc_print((struct wall){ order->at_s }, at);
		(void)text_put(desk->out,
			       "version   %u, in force from %s, adopted %s\n"
			       "decision  %s\nby        %s\n",
			       order->version, from, at, order->decision, order->by);
	}
	(void)text_put(desk->out, "digest    %s\n", order->digest);
	if (desk->config->exchange.is_trial)
		(void)text_put_text(desk->out, "trial     private and documentation numbers and "
					       "prefixes pass, as exchange.yaml has it\n");
}

/* --- for programs ----------------------------------------------------------------------------- */

static void clause_json(const struct rulebook *book, const struct rulebook_clause *clause,
			struct json *json)
{
	struct heap heap = heap_libc();
	struct text_buffer value CLEAN(text_buffer_fini);
	const char *name = NULL;

	text_buffer_init(&value, &heap, 0);
	json_object_open(json);
	json_field_text(json, "number", clause->number);
	json_field_text(json, "key",
			clause->key != RULEBOOK_PEOPLE ? rulebook_key_name(clause->key) : NULL);
	json_field_text(json, "title", clause->title[0] != '\0' ? clause->title : NULL);
	json_field_text(json, "text", clause->text);
	json_field_object(json, "parameters");
	for (uint32_t i = 0; (name = rulebook_parameter_name(clause->key, i)) != NULL; i++) {
		text_buffer_clear(&value);
		rulebook_parameter_print(book, clause->key, i, text_buffer_sink(&value));
		json_field_text(json, name, text_buffer_of(&value));
	}
	json_object_close(json);
	json_object_close(json);
}

static void order_json(const struct plan_book *order, struct json *json)
{
	json_field_u64(json, "version", order->version);
	json_field_text(json, "digest", order->digest);
	json_field_text(json, "decision", order->decision);
	json_field_text(json, "decided_by", order->version != 0 ? order->by : NULL);
	json_field_wall(json, "from", (struct wall){ order->from_s });
	json_field_wall(json, "adopted_at", (struct wall){ order->at_s });
}

static bool book_json(const struct desk *desk, const struct rulebook *book,
		      const struct plan_book *order, const struct rulebook_clause *only)
{
	struct json json;

	json_init(&json, desk->out, 2);
	json_object_open(&json);
	order_json(order, &json);
	json_field_text(&json, "title", book->title);
	json_field_array(&json, "clauses");
	for (uint32_t i = 0; i < book->clause_count; i++) {
		if (only == NULL || only == &book->clause[i])
			clause_json(book, &book->clause[i], &json);
	}
	json_array_close(&json);
	json_object_close(&json);
	return json_done(&json);
}

/* --- the commands ----------------------------------------------------------------------------- */

static const struct rulebook_clause *clause_find(const struct rulebook *book, const char *word)
{
	const struct rulebook_clause *found = rulebook_clause_at(book, word);

	for (uint32_t key = RULEBOOK_PEOPLE + 1; found == NULL && key < RULEBOOK_KEY_COUNT; key++) {
		if (strcmp(rulebook_key_name((enum rulebook_key)key), word) == 0)
			found = rulebook_clause_of(book, (enum rulebook_key)key);
	}
	return found;
}

static enum exit_code book_show(struct desk *desk, const struct arguments *arguments,
				const struct rulebook *book, const struct plan_book *order)
{
	const char *word = argument_of(arguments, "clause");
	const struct rulebook_clause *only = word != NULL ? clause_find(book, word) : NULL;

	if (word != NULL && only == NULL) {
		complain(desk->complaints, false, "version %u has no clause \"%s\"", order->version,
			 word);
		return EXIT_COULD_NOT;
	}
	if (argument_yes(arguments, "json"))
		return book_json(desk, book, order, only) ? EXIT_DONE : EXIT_COULD_NOT;
	(void)text_put(desk->out, "%s\n", book->title);
	state_put(desk, order);
	for (uint32_t i = 0; i < book->clause_count; i++) {
		if (only != NULL && only != &book->clause[i])
			continue;
		(void)text_put_text(desk->out, "\n");
		clause_put(desk, book, &book->clause[i]);
	}
	return EXIT_DONE;
}

static enum exit_code document_show(struct desk *desk, uint32_t number)
{
	struct heap heap = heap_libc();
	struct text_buffer text CLEAN(text_buffer_fini);

	text_buffer_init(&text, &heap, 0);
	struct fault fault = rules_text(desk->store, &desk->config->exchange, number, &text);
	if (failed(fault))
		return rules_store_failed(desk, fault);
	return text_put_octets(desk->out, text_buffer_of(&text), text.len_octets) ? EXIT_DONE :
										    EXIT_COULD_NOT;
}

enum exit_code command_rules_show(struct desk *desk, const struct arguments *arguments)
{
	struct heap heap = heap_libc();
	struct rulebook *book = heap_zero(&heap, sizeof *book);
	struct plan_book *order = heap_zero(&heap, sizeof *order);
	const char *word = arguments->word_count != 0 ? arguments->word[0] : NULL;
	enum exit_code code = EXIT_COULD_NOT;

	if (book == NULL || order == NULL)
		complain(desk->complaints, false, "out of memory");
	else if (rules_version_read(desk, word, book, order))
		code = argument_yes(arguments, "yaml") ? document_show(desk, order->version) :
							 book_show(desk, arguments, book, order);
	heap_free(&heap, order, sizeof *order);
	heap_free(&heap, book, sizeof *book);
	return code;
}

static const char *state_of(const struct rules_version *version, const struct rules_version *now,
			    int64_t now_s)
{
	return version == now ? "in force" : version->from_s > now_s ? "waits" : "past";
}

static bool list_json(const struct desk *desk, const struct rules_list *list,
		      const struct rules_version *now, int64_t now_s)
{
	struct json json;

	json_init(&json, desk->out, 2);
	json_array_open(&json);
	for (uint32_t i = 0; i < list->count; i++) {
		const struct rules_version *version = &list->item[i];
		json_object_open(&json);
		json_field_u64(&json, "version", version->number);
		json_field_text(&json, "state", state_of(version, now, now_s));
		json_field_text(&json, "digest", version->digest);
		json_field_text(&json, "decision", version->decision);
		json_field_text(&json, "decided_by", version->by);
		json_field_wall(&json, "from", (struct wall){ version->from_s });
		json_field_wall(&json, "adopted_at", (struct wall){ version->at_s });
		json_object_close(&json);
	}
	json_array_close(&json);
	return json_done(&json);
}

static bool list_print(const struct desk *desk, const struct rules_list *list,
		       const struct rules_version *now, int64_t now_s)
{
	char from[UTC_TEXT_MAX];

	(void)text_put(desk->out, "0  %s  shipped with Plenum\n",
		       now == NULL ? "in force" : "past    ");
	for (uint32_t i = 0; i < list->count; i++) {
		const struct rules_version *version = &list->item[i];
		utc_print((struct wall){ version->from_s }, from);
		(void)text_put(desk->out, "%u  %-8s  from %s, by %s: %s\n   %s\n", version->number,
			       state_of(version, now, now_s), from, version->by, version->decision,
			       version->digest);
	}
	return text_put_text(desk->out, "");
}

enum exit_code command_rules_list(struct desk *desk, const struct arguments *arguments)
{
	struct heap heap = heap_libc();
	struct rules_list list CLEAN(rules_list_fini);
	int64_t now_s = record_now_s();

	rules_list_init(&list, &heap);
	struct fault fault = rules_list_read(desk->store, &list);
	if (failed(fault))
		return rules_store_failed(desk, fault);
	const struct rules_version *now = rules_in_force(&list, now_s);
	bool put = argument_yes(arguments, "json") ? list_json(desk, &list, now, now_s) :
						     list_print(desk, &list, now, now_s);
	return put ? EXIT_DONE : EXIT_COULD_NOT;
}
