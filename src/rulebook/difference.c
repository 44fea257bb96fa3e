/* rulebook/difference.c — what changes from one rule book to another, clause by clause.
 *
 * An enforced clause is known by its key, one for people by its number. */
#include <string.h>

#include "rulebook/keys.h"

#define VALUE_MAX 2048u

static const struct rulebook_clause *counterpart(const struct rulebook *book,
						 const struct rulebook_clause *clause)
{
	if (clause->key != RULEBOOK_PEOPLE)
		return rulebook_clause_of(book, clause->key);
	const struct rulebook_clause *found = rulebook_clause_at(book, clause->number);
	return found != NULL && found->key == RULEBOOK_PEOPLE ? found : NULL;
}

/* The name of a clause, once, before the first line about it. */
struct heading {
	struct text_sink out;
	const struct rulebook_clause *clause;
	bool is_said;
};

static void heading_say(struct heading *heading)
{
	const struct rulebook_clause *clause = heading->clause;
	const char *name = clause->key != RULEBOOK_PEOPLE ? rulebook_key_name(clause->key) :
							    clause->title;

	if (!heading->is_said)
		(void)text_put(heading->out, "%s %s\n", clause->number, name);
	heading->is_said = true;
}

static void text_compare(struct heading *heading, const char *name, const char *before,
			 const char *after)
{
	if (strcmp(before, after) == 0)
		return;
	heading_say(heading);
	(void)text_put(heading->out, "  - %s: %s\n", name, before);
	(void)text_put(heading->out, "  + %s: %s\n", name, after);
}

static void see_print(const struct rulebook_clause *clause, struct text_sink out)
{
	for (uint32_t i = 0; i < clause->see_count; i++)
		(void)text_put(out, "%s%s", i == 0 ? "" : ", ", clause->see[i]);
}

static void parameters_compare(struct heading *heading, const struct rulebook *before,
			       const struct rulebook *after)
{
	struct heap heap = heap_libc();
	struct text_buffer old CLEAN(text_buffer_fini);
	struct text_buffer new CLEAN(text_buffer_fini);
	const struct parameter *at = key_rows[heading->clause->key].parameter;

	text_buffer_init(&old, &heap, VALUE_MAX);
	text_buffer_init(&new, &heap, VALUE_MAX);
	for (; at->type != PARAMETER_NONE; at++) {
		text_buffer_clear(&old);
		text_buffer_clear(&new);
		parameter_print(before, at, text_buffer_sink(&old));
		parameter_print(after, at, text_buffer_sink(&new));
		text_compare(heading, at->name, text_buffer_of(&old), text_buffer_of(&new));
	}
}

static void see_compare(struct heading *heading, const struct rulebook_clause *before,
			const struct rulebook_clause *after)
{
	struct heap heap = heap_libc();
	struct text_buffer old CLEAN(text_buffer_fini);
	struct text_buffer new CLEAN(text_buffer_fini);

	text_buffer_init(&old, &heap, VALUE_MAX);
	text_buffer_init(&new, &heap, VALUE_MAX);
	see_print(before, text_buffer_sink(&old));
	see_print(after, text_buffer_sink(&new));
	text_compare(heading, "see", text_buffer_of(&old), text_buffer_of(&new));
}

static void whole_put(const struct rulebook *book, const struct rulebook_clause *clause,
		      bool is_new, struct text_sink out)
{
	const char *mark = is_new ? "  + " : "  - ";
	struct heading heading = { .out = out, .clause = clause };

	heading_say(&heading);
	(void)text_put(out, "%stext: %s\n", mark, clause->text);
	rulebook_parameters_print(book, clause->key, mark, out);
}

uint32_t rulebook_difference_print(const struct rulebook *before, const struct rulebook *after,
				   struct text_sink out)
{
	uint32_t count = 0;

	if (strcmp(before->title, after->title) != 0)
		(void)text_put(out, "title\n  - %s\n  + %s\n", before->title, after->title);
	for (uint32_t i = 0; i < after->clause_count; i++) {
		const struct rulebook_clause *new = &after->clause[i];
		const struct rulebook_clause *old = counterpart(before, new);
		struct heading heading = { .out = out, .clause = new };
		if (old == NULL) {
			whole_put(after, new, true, out);
			count++;
			continue;
		}
		text_compare(&heading, "number", old->number, new->number);
		text_compare(&heading, "title", old->title, new->title);
		text_compare(&heading, "text", old->text, new->text);
		see_compare(&heading, old, new);
		parameters_compare(&heading, before, after);
		count += heading.is_said;
	}
	for (uint32_t i = 0; i < before->clause_count; i++) {
		const struct rulebook_clause *old = &before->clause[i];
		if (counterpart(after, old) != NULL)
			continue;
		whole_put(before, old, false, out);
		count++;
	}
	return count;
}
