/* cli/book_text.c — the decision behind a refusal. */
#include "cli/book_text.h"

#include <stdio.h>

#include "base/utc.h"
#include "cli/values.h"

#define DIGEST_SHOWN 12 /* of its digits, for eyes */

void book_print(const struct view_book *book, char out[BOOK_TEXT_MAX])
{
	char from[UTC_TEXT_MAX];

	if (book->version == 0) {
		(void)snprintf(out, BOOK_TEXT_MAX,
			       "the rule book that Plenum ships (version 0, sha256 %.*s): none was "
			       "adopted yet",
			       DIGEST_SHOWN, book->digest);
		return;
	}
	utc_print(book->from, from);
	(void)snprintf(out, BOOK_TEXT_MAX,
		       "rule book version %u (sha256 %.*s), in force since %s, decided by %s: %s",
		       book->version, DIGEST_SHOWN, book->digest, from, book->by, book->decision);
}

void json_book(struct json *json, const char *name, const struct view_book *book)
{
	json_field_object(json, name);
	json_field_u64(json, "version", book->version);
	json_field_text(json, "sha256", book->digest);
	json_field_text(json, "decision", book->decision[0] != '\0' ? book->decision : NULL);
	json_field_text(json, "decided_by", book->by[0] != '\0' ? book->by : NULL);
	json_field_wall(json, "from", book->from);
	json_field_wall(json, "adopted_at", book->adopted);
	json_object_close(json);
}

void json_clause(struct json *json, const struct view_clause *clause)
{
	bool is_there = clause->number[0] != '\0';

	json_field_text(json, "clause", is_there ? clause->number : NULL);
	json_field_text(json, "clause_text", is_there ? clause->text : NULL);
}

void json_refusal(struct json *json, const struct view_clause *clause, const struct view_book *book)
{
	bool is_there = clause->number[0] != '\0';

	json_clause(json, clause);
	json_key(json, "rules_version");
	if (is_there)
		json_u64(json, book->version);
	else
		json_none(json);
	json_field_text(json, "decision",
			is_there && book->decision[0] != '\0' ? book->decision : NULL);
	json_field_text(json, "decided_by", is_there && book->by[0] != '\0' ? book->by : NULL);
}

void json_ruling(struct json *json, const struct view_ruling *ruling)
{
	json_clause(json, &ruling->clause);
	if (ruling->clause.number[0] != '\0') {
		json_book(json, "rules", &ruling->book);
		return;
	}
	json_key(json, "rules");
	json_none(json);
}
