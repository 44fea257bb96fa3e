/* rulebook/order.c — what the plan carries of a rule book. */
#include <assert.h>
#include <stdio.h>

#include "rulebook/rulebook.h"

static_assert(REASON_COUNT <= PLAN_CLAUSES_MAX, "every reason has a clause in the plan");

void rulebook_order(const struct rulebook *book, struct plan_rules *rules, struct plan_book *out)
{
	*rules = book->rules;
	for (uint32_t reason = REASON_NONE + 1; reason < REASON_COUNT; reason++) {
		const struct rulebook_clause *clause = rulebook_clause_of(
			book, rulebook_key_of((enum reason)reason));
		struct plan_clause *to = &out->clause[reason];
		*to = (struct plan_clause){ 0 };
		if (clause == NULL)
			continue;
		(void)snprintf(to->number, sizeof to->number, "%s", clause->number);
		(void)snprintf(to->text, sizeof to->text, "%s", clause->text);
	}
}
