/* fuzz/rulebook.c — a rule book's YAML, as a new version, as a kept one and as ARouteServer's
 * general.yml: what is taken prints as a document that reads back as the same book.
 * Reaches rulebook_read rulebook_print rulebook_of_arouteserver yaml_tree_read */
#include "target.h"

#include <string.h>

#include "rulebook/arouteserver.h"

/* Both stay where a sanitizer sees octets beyond them. */
static struct rulebook book;
static struct rulebook again;

static void texts_check(const struct rulebook *taken)
{
	MUST(taken->clause_count <= RULEBOOK_CLAUSES_MAX);
	for (uint32_t i = 0; i < taken->clause_count; i++) {
		const struct rulebook_clause *clause = &taken->clause[i];
		MUST(clause->key < RULEBOOK_KEY_COUNT && clause->see_count <= RULEBOOK_SEE_MAX);
		for (const char *at = clause->text; *at != '\0'; at++)
			MUST((uint8_t)*at >= 0x20 && *at != 0x7f);
	}
}

static void print_and_read(const struct rulebook *taken)
{
	struct heap heap = heap_libc();
	struct text_buffer text CLEAN(text_buffer_fini);
	struct text_buffer difference CLEAN(text_buffer_fini);
	struct complaints complaints = { 0 };

	text_buffer_init(&text, &heap, 0);
	text_buffer_init(&difference, &heap, 0);
	MUST(rulebook_print(taken, text_buffer_sink(&text)));
	MUST(rulebook_read("printed",
			   octets_of((const uint8_t *)text_buffer_of(&text), text.len_octets),
			   false, &again, &complaints));
	MUST(rulebook_difference_print(taken, &again, text_buffer_sink(&difference)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct octets octets = octets_of(data, (uint32_t)size);
	struct plan_rules rules;
	static struct plan_book order;

	if (size > RULEBOOK_OCTETS_MAX + 1)
		return 0;
	for (uint32_t i = 0; i < 3; i++) {
		struct complaints complaints = { 0 };
		bool is_taken = i == 2 ? rulebook_of_arouteserver("general.yml", octets, &book,
								  &complaints) :
					 rulebook_read("rules.yaml", octets, i == 1, &book,
						       &complaints);
		MUST(is_taken == (complaints.error_count == 0));
		if (!is_taken)
			continue;
		texts_check(&book);
		rulebook_order(&book, &rules, &order);
		if (i != 1)
			print_and_read(&book);
	}
	return 0;
}
