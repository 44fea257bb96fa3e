/* cli/book_text.h — clauses and the version of the rule book in words and JSON.
 * Owns    nothing
 * Thread  any */
#ifndef CLI_BOOK_TEXT_H
#define CLI_BOOK_TEXT_H

#include "text/json.h"
#include "view/book.h"

/* "rule book version 2, decided by members: "Meeting 7", in force since ..." */
#define BOOK_TEXT_MAX 1024u
void book_print(const struct view_book *book, char out[BOOK_TEXT_MAX]);

/* A key with an object. */
void json_book(struct json *json, const char *name, const struct view_book *book);

/* "clause" and "clause_text": null when there is none. */
void json_clause(struct json *json, const struct view_clause *clause);

/* The same of a route's refusal, with "rules_version", "decision" and "decided_by": null for an
 * accepted one. */
void json_refusal(struct json *json, const struct view_clause *clause,
		  const struct view_book *book);

/* The clause and its text, and "rules": what refused a session; null when no clause did. */
void json_ruling(struct json *json, const struct view_ruling *ruling);

#endif
