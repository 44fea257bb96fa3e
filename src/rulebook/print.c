/* rulebook/print.c — a rule book as a document. */
#include "rulebook/keys.h"

/* In double quotes, with what would end them written otherwise. */
static void quoted_put(struct text_sink out, const char *text)
{
	(void)text_put_text(out, "\"");
	for (const char *at = text; *at != '\0'; at++) {
		if (*at == '"' || *at == '\\')
			(void)text_put_text(out, "\\");
		(void)text_put_octets(out, at, 1);
	}
	(void)text_put_text(out, "\"");
}

void rulebook_parameters_print(const struct rulebook *book, enum rulebook_key key,
			       const char *before, struct text_sink out)
{
	const struct parameter *at = key_rows[key].parameter;

	for (; at->type != PARAMETER_NONE; at++) {
		(void)text_put(out, "%s%s: ", before, at->name);
		parameter_print(book, at, out);
		(void)text_put_text(out, "\n");
	}
}

const char *rulebook_parameter_name(enum rulebook_key key, uint32_t at)
{
	return at < PARAMETERS_MAX ? key_rows[key].parameter[at].name : NULL;
}

void rulebook_parameter_print(const struct rulebook *book, enum rulebook_key key, uint32_t at,
			      struct text_sink out)
{
	parameter_print(book, &key_rows[key].parameter[at], out);
}

static void see_put(const struct rulebook_clause *clause, struct text_sink out)
{
	if (clause->see_count == 0)
		return;
	(void)text_put_text(out, "    see: [");
	for (uint32_t i = 0; i < clause->see_count; i++)
		(void)text_put(out, "%s\"%s\"", i == 0 ? "" : ", ", clause->see[i]);
	(void)text_put_text(out, "]\n");
}

static void clause_put(const struct rulebook *book, const struct rulebook_clause *clause,
		       struct text_sink out)
{
	(void)text_put(out, "  - number: \"%s\"\n", clause->number);
	if (clause->key != RULEBOOK_PEOPLE)
		(void)text_put(out, "    key: %s\n", rulebook_key_name(clause->key));
	if (clause->title[0] != '\0') {
		(void)text_put_text(out, "    title: ");
		quoted_put(out, clause->title);
		(void)text_put_text(out, "\n");
	}
	(void)text_put_text(out, "    text: ");
	quoted_put(out, clause->text);
	(void)text_put_text(out, "\n");
	see_put(clause, out);
	rulebook_parameters_print(book, clause->key, "    ", out);
}

bool rulebook_print(const struct rulebook *book, struct text_sink out)
{
	(void)text_put_text(out, "title: ");
	quoted_put(out, book->title);
	(void)text_put_text(out, "\nclauses:\n");
	for (uint32_t i = 0; i < book->clause_count; i++)
		clause_put(book, &book->clause[i], out);
	return text_put_text(out, "");
}
