/* rulebook/order.c — what the plan carries of a rule book. */
#include <assert.h>
#include <stdio.h>

#include "rulebook/rulebook.h"

static_assert(REASON_COUNT <= PLAN_CLAUSES_MAX, "every reason has a clause in the plan");

static void clause_take(const struct rulebook *book, enum rulebook_key key, struct plan_clause *out)
{
	const struct rulebook_clause *clause = rulebook_clause_of(book, key);

	*out = (struct plan_clause){ 0 };
	if (clause == NULL)
		return;
	(void)snprintf(out->number, sizeof out->number, "%s", clause->number);
	(void)snprintf(out->text, sizeof out->text, "%s", clause->text);
}

void rulebook_order(const struct rulebook *book, struct plan_rules *rules, struct plan_book *out)
{
	*rules = book->rules;
	for (uint32_t reason = REASON_NONE + 1; reason < REASON_COUNT; reason++)
		clause_take(book, rulebook_key_of((enum reason)reason), &out->clause[reason]);
	clause_take(book, RULEBOOK_SESSION, &out->session_clause);
	clause_take(book, RULEBOOK_IPV6_ONLY_LAN, &out->next_hop_clause);
}
