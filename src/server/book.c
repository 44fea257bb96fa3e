/* server/book.c — the rule book in force for those who ask. */
#include <assert.h>
#include <stdio.h>

#include "base/mem.h"
#include "server/running.h"
#include "server/story.h"

static void book_view(const struct plan_book *book, struct view_book *out)
{
	*out = (struct view_book){ .version = book->version,
				   .from = { book->from_s },
				   .adopted = { book->at_s } };
	(void)snprintf(out->digest, sizeof out->digest, "%s", book->digest);
	(void)snprintf(out->decision, sizeof out->decision, "%s", book->decision);
	(void)snprintf(out->by, sizeof out->by, "%s", book->by);
}

static void clause_view(const struct plan_clause *clause, struct view_clause *out)
{
	static_assert(sizeof out->number >= sizeof clause->number &&
			      sizeof out->text >= sizeof clause->text,
		      "every clause has its place");

	mem_copy(out->number, clause->number, sizeof clause->number);
	mem_copy(out->text, clause->text, sizeof clause->text);
}

void serving_book(struct serving *serving, struct view_book *out)
{
	struct plan *plan = serving_plan(serving);

	book_view(&plan->book, out);
	plan_unref(plan);
}

void ruling_view(const struct plan *plan, enum bgp_ground ground, struct view_ruling *out)
{
	const struct plan_book *book = &plan->book;

	*out = (struct view_ruling){ 0 };
	switch (ground) {
	case BGP_GROUND_PROTOCOL:
		return;
	case BGP_GROUND_REGISTERED:
		clause_view(&book->session_clause, &out->clause);
		break;
	case BGP_GROUND_NEXT_HOP:
		clause_view(&book->next_hop_clause, &out->clause);
		break;
	case BGP_GROUND_LIMIT:
		clause_view(&book->clause[REASON_MAX_PREFIXES], &out->clause);
		break;
	}
	book_view(book, &out->book);
}

void story_clause(const struct plan *plan, uint32_t reason, struct view_clause *out)
{
	*out = (struct view_clause){ 0 };
	if (reason == 0 || reason >= PLAN_CLAUSES_MAX)
		return;
	clause_view(&plan->book.clause[reason], out);
}
