/* server/book.c — the rule book in force for those who ask. */
#include <stdio.h>

#include "server/running.h"
#include "server/story.h"

void serving_book(struct serving *serving, struct view_book *out)
{
	struct plan *plan = serving_plan(serving);
	const struct plan_book *book = &plan->book;

	*out = (struct view_book){ .version = book->version,
				   .from = { book->from_s },
				   .adopted = { book->at_s } };
	(void)snprintf(out->digest, sizeof out->digest, "%s", book->digest);
	(void)snprintf(out->decision, sizeof out->decision, "%s", book->decision);
	(void)snprintf(out->by, sizeof out->by, "%s", book->by);
	plan_unref(plan);
}

void story_clause(const struct plan *plan, uint32_t reason, struct view_clause *out)
{
	*out = (struct view_clause){ 0 };
	if (reason == 0 || reason >= PLAN_CLAUSES_MAX)
		return;
	(void)snprintf(out->number, sizeof out->number, "%s", plan->book.clause[reason].number);
	(void)snprintf(out->text, sizeof out->text, "%s", plan->book.clause[reason].text);
}
