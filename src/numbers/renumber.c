/* numbers/renumber.c — the plan's steps in order. */
#include "numbers/renumber.h"

#include <stdlib.h>

#include "base/check.h"

struct stepping {
	const struct renumbering *all;
	bool (*each)(void *context, const struct renumber_step *step);
	void *context;
	bool is_over;
};

static void step(struct stepping *stepping, const struct renumber_step *step)
{
	if (!stepping->is_over)
		stepping->is_over = !stepping->each(stepping->context, step);
}

static void step_whole(struct stepping *stepping, enum renumber_kind kind, int64_t day_s)
{
	struct renumber_step whole = { .kind = kind,
				       .day_s = day_s,
				       .until_s = day_s,
				       .from = stepping->all->from,
				       .to = stepping->all->to };

	step(stepping, &whole);
}

static int prefix_order(const void *a, const void *b)
{
	const struct numbers_delegation *const *first = a;
	const struct numbers_delegation *const *second = b;

	return prefix_compare(&(*first)->prefix, &(*second)->prefix);
}

/* Weeks in which holders move; the last is left to those who are late. */
static uint32_t weeks_of(uint32_t both_days)
{
	uint32_t weeks = both_days / RENUMBER_WEEK_DAYS;

	return weeks > 1 ? weeks - 1 : 1;
}

static void moves(struct stepping *stepping, const struct numbers_delegation **list, uint32_t count)
{
	const struct renumbering *all = stepping->all;
	uint32_t weeks = weeks_of(all->both_days);
	int64_t end_s = all->start_s + all->both_days * NUMBERS_DAY_S;

	for (uint32_t i = 0; i < count; i++) {
		struct space_block block;
		CHECK(space_block_of(&all->from, &list[i]->prefix, &block));
		int64_t week = (int64_t)((uint64_t)i * weeks / count);
		int64_t day_s = all->start_s + week * RENUMBER_WEEK_DAYS * NUMBERS_DAY_S;
		int64_t until_s = day_s + RENUMBER_WEEK_DAYS * NUMBERS_DAY_S;
		struct renumber_step move = { .kind = RENUMBER_MOVE,
					      .day_s = day_s,
					      .until_s = until_s < end_s ? until_s : end_s,
					      .from = list[i]->prefix,
					      .to = space_prefix_of(&all->to, block),
					      .holder = list[i]->holder };
		step(stepping, &move);
	}
}

static struct fault moves_of_pool(const struct numbers_book *book, struct stepping *stepping)
{
	struct heap heap = heap_libc();
	size_t room = (book->delegation_count + 1u) * sizeof(struct numbers_delegation *);
	const struct numbers_delegation **list = heap_take(&heap, room);
	uint32_t count = 0;

	if (list == NULL)
		return fault_of(FAULT_LIMIT, 0);
	for (uint32_t i = 0; i < book->delegation_count; i++) {
		const struct numbers_delegation *at = &book->delegation[i];
		if (at->pool_id == stepping->all->pool_id && at->state == DELEGATION_GRANTED &&
		    prefix_contains(&stepping->all->from, &at->prefix))
			list[count++] = at;
	}
	if (count != 0)
		qsort(list, count, sizeof *list, prefix_order);
	moves(stepping, list, count);
	heap_free(&heap, list, room);
	return fault_none();
}

struct fault numbers_renumber(const struct numbers_book *book,
			      const struct renumbering *renumbering,
			      bool (*each)(void *context, const struct renumber_step *step),
			      void *context)
{
	struct stepping stepping = { .all = renumbering, .each = each, .context = context };
	int64_t end_s = renumbering->start_s + renumbering->both_days * NUMBERS_DAY_S;

	CHECK(renumbering->to.len_bits <= renumbering->from.len_bits);
	step_whole(&stepping, RENUMBER_ANNOUNCE,
		   renumbering->start_s - RENUMBER_NOTICE_DAYS * NUMBERS_DAY_S);
	step_whole(&stepping, RENUMBER_BOTH, renumbering->start_s);
	if (renumbering->pool_id != 0) {
		TRY(moves_of_pool(book, &stepping));
	} else {
		struct renumber_step move = { .kind = RENUMBER_MOVE,
					      .day_s = renumbering->start_s,
					      .until_s = end_s,
					      .from = renumbering->from,
					      .to = renumbering->to,
					      .holder = renumbering->holder };
		step(&stepping, &move);
	}
	step_whole(&stepping, RENUMBER_END, end_s);
	step_whole(&stepping, RENUMBER_RETURN, end_s);
	step_whole(&stepping, RENUMBER_FREE, end_s + renumbering->quarantine_days * NUMBERS_DAY_S);
	return fault_none();
}

const char *renumber_kind_name(enum renumber_kind kind)
{
	static const char *const name[RENUMBER_KINDS] = {
		"announce", "both", "move", "end", "return", "free",
	};

	CHECK(kind < RENUMBER_KINDS);
	return name[kind];
}
