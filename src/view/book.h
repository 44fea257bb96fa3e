/* view/book.h — the rule book in force, as those may see it who are refused by it.
 * Shape   plain values; times UTC
 * Owns    nothing
 * Thread  any */
#ifndef VIEW_BOOK_H
#define VIEW_BOOK_H

#include <stdint.h>

#include "base/instant.h"

#define VIEW_CLAUSE_NUMBER_MAX 16u
#define VIEW_CLAUSE_TEXT_MAX 512u
#define VIEW_DIGEST_MAX 65u /* SHA-256 in hexadecimal */

struct view_book {
	uint32_t version; /* 0 = the shipped one: nothing was adopted */
	char digest[VIEW_DIGEST_MAX];
	char decision[VIEW_CLAUSE_TEXT_MAX];
	char by[128];        /* who decided */
	struct wall from;    /* since when it holds; 0 = from the beginning */
	struct wall adopted; /* 0 = never */
};

struct view_clause {
	char number[VIEW_CLAUSE_NUMBER_MAX]; /* "" = none */
	char text[VIEW_CLAUSE_TEXT_MAX];
};

/* What refused something, as the book was then. */
struct view_ruling {
	struct view_clause clause;
	struct view_book book;
};

/* "clause 3.7, rule book version 2, decided by members: Meeting 7"; "" when no clause did. */
#define VIEW_RULING_TEXT_MAX 768u
void view_ruling_print(const struct view_ruling *ruling, char out[VIEW_RULING_TEXT_MAX]);

#endif
