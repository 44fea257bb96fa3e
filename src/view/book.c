/* view/book.c — what refused something, in a line. */
#include "view/book.h"

#include <stdio.h>

void view_ruling_print(const struct view_ruling *ruling, char out[VIEW_RULING_TEXT_MAX])
{
	const struct view_book *book = &ruling->book;

	out[0] = '\0';
	if (ruling->clause.number[0] == '\0')
		return;
	if (book->version == 0)
		(void)snprintf(out, VIEW_RULING_TEXT_MAX,
			       "clause %s, rule book version 0: none was adopted; it is as Plenum "
			       "ships it and exchange.yaml sets it",
			       ruling->clause.number);
	else
		(void)snprintf(out, VIEW_RULING_TEXT_MAX,
			       "clause %s, rule book version %u, decided by %s: %s",
			       ruling->clause.number, book->version, book->by, book->decision);
}
