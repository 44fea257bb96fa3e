/* registry/pools.c — numbers read from the store, and written as records. */
#include "registry/pools.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

/* --- reading ---------------------------------------------------------------------------------- */

static void text_read(struct statement *statement, int column, char *out, size_t room)
{
	(void)snprintf(out, room, "%s", store_text(statement, column));
}

static void cite_read(struct statement *statement, int column, struct numbers_cite *out)
{
	out->version = (uint32_t)store_int(statement, column);
	text_read(statement, column + 1, out->clause, sizeof out->clause);
}

static struct fault pool_read(struct statement *statement, struct numbers_book *book)
{
	struct numbers_pool pool = { .id = store_int(statement, 0),
				     .opened_at_s = store_int(statement, 4),
				     .is_closed = store_int(statement, 5) != 0 };

	text_read(statement, 1, pool.name, sizeof pool.name);
	if (!numbers_id_fits(pool.id) || !pool_type_of(store_text(statement, 2), &pool.type) ||
	    !prefix_parse(store_text(statement, 3), &pool.prefix, NULL) ||
	    !pool_type_fits(pool.type, (enum family)pool.prefix.family) ||
	    space_bits_of(&pool.prefix) > SPACE_BITS_MAX)
		return fault_of(FAULT_MALFORMED, 0);
	return numbers_pool_put(book, &pool);
}

static struct fault request_read(struct statement *statement, struct numbers_book *book)
{
	struct numbers_request request = { .id = store_int(statement, 0),
					   .pool_id = store_int(statement, 1),
					   .len_bits = (uint8_t)store_int(statement, 3),
					   .requested_at_s = store_int(statement, 8),
					   .changed_at_s = store_int(statement, 9),
					   .delegation_id = store_int(statement, 10) };

	text_read(statement, 4, request.holder, sizeof request.holder);
	text_read(statement, 5, request.organisation, sizeof request.organisation);
	text_read(statement, 6, request.purpose, sizeof request.purpose);
	text_read(statement, 7, request.ipv6, sizeof request.ipv6);
	cite_read(statement, 11, &request.cite);
	text_read(statement, 13, request.reason, sizeof request.reason);
	if (!request_state_of(store_text(statement, 2), &request.state) ||
	    numbers_pool_of(book, request.pool_id) == NULL)
		return fault_of(FAULT_MALFORMED, 0);
	return numbers_request_put(book, &request);
}

static struct fault delegation_read(struct statement *statement, struct numbers_book *book)
{
	struct numbers_delegation at = { .id = store_int(statement, 0),
					 .pool_id = store_int(statement, 1),
					 .request_id = store_int(statement, 2),
					 .kept_len_bits = (uint8_t)store_int(statement, 5),
					 .granted_at_s = store_int(statement, 8),
					 .changed_at_s = store_int(statement, 9),
					 .until_s = store_int(statement, 10),
					 .reviewed_at_s = store_int(statement, 11) };
	const struct numbers_pool *pool = numbers_pool_of(book, at.pool_id);

	text_read(statement, 6, at.holder, sizeof at.holder);
	text_read(statement, 7, at.organisation, sizeof at.organisation);
	cite_read(statement, 12, &at.cite);
	text_read(statement, 14, at.reason, sizeof at.reason);
	if (pool == NULL || !delegation_state_of(store_text(statement, 3), &at.state) ||
	    !prefix_parse(store_text(statement, 4), &at.prefix, NULL) ||
	    !prefix_contains(&pool->prefix, &at.prefix) || at.kept_len_bits > at.prefix.len_bits ||
	    (at.kept_len_bits != 0 && at.kept_len_bits < pool->prefix.len_bits))
		return fault_of(FAULT_MALFORMED, 0);
	return numbers_delegation_put(book, &at);
}

static struct fault rows_read(struct store *store, const char *sql, struct numbers_book *book,
			      struct fault (*read)(struct statement *, struct numbers_book *))
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	TRY(store_prepare(store, sql, &statement));
	TRY(store_step(statement, &has_row));
	while (has_row) {
		TRY(read(statement, book));
		TRY(store_step(statement, &has_row));
	}
	return fault_none();
}

#define POOLS_SELECT "SELECT id, name, type, prefix, opened_at, is_closed FROM pool ORDER BY id"
#define REQUESTS_SELECT \
	"SELECT id, pool_id, state, len_bits, holder, organisation, purpose, ipv6, requested_at," \
	" changed_at, delegation_id, version, clause, reason FROM request"
#define DELEGATIONS_SELECT \
	"SELECT id, pool_id, request_id, state, prefix, kept_len_bits, holder, organisation," \
	" granted_at, changed_at, until_at, reviewed_at, version, clause, reason FROM delegation"

struct fault pools_load(struct store *store, struct numbers_book *book)
{
	TRY(rows_read(store, POOLS_SELECT, book, pool_read));
	TRY(rows_read(store, REQUESTS_SELECT " ORDER BY id", book, request_read));
	return rows_read(store, DELEGATIONS_SELECT " ORDER BY id", book, delegation_read);
}

/* The newest is among them whatever became of it: new ones are numbered from there. */
struct fault pools_load_current(struct store *store, struct numbers_book *book)
{
	TRY(rows_read(store, POOLS_SELECT, book, pool_read));
	TRY(rows_read(store,
		      REQUESTS_SELECT " WHERE state NOT IN ('refused', 'lapsed')"
				      " OR id = (SELECT MAX(id) FROM request) ORDER BY id",
		      book, request_read));
	return rows_read(store,
			 DELEGATIONS_SELECT " WHERE state <> 'ended'"
					    " OR id = (SELECT MAX(id) FROM delegation) ORDER BY id",
			 book, delegation_read);
}

struct fault pools_organisation(struct store *store, const char *holder,
				char out[NUMBERS_HANDLE_MAX])
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;
	uint32_t asn = 0;

	(void)snprintf(out, NUMBERS_HANDLE_MAX, "%s", holder);
	if (!numbers_asn_of(holder, &asn))
		return fault_none();
	TRY(store_prepare(store,
			  "SELECT organisation FROM member_profile"
			  " WHERE member_asn = ?1 AND organisation IS NOT NULL",
			  &statement));
	store_bind_int(statement, 1, asn);
	TRY(store_step(statement, &has_row));
	if (has_row)
		(void)snprintf(out, NUMBERS_HANDLE_MAX, "ORG-%lld",
			       (long long)store_int(statement, 0));
	return fault_none();
}

/* --- ranges ----------------------------------------------------------------------------------- */

struct ranging {
	const struct numbers_pool *pool;
	bool (*each)(void *context, const struct pools_range *range);
	void *context;
	bool is_over;
};

static struct address address_at(const struct numbers_pool *pool, space_wide at)
{
	struct prefix prefix = space_prefix_of(&pool->prefix, (struct space_block){ at, 0 });
	struct address address = { .family = prefix.family };

	for (uint32_t i = 0; i < sizeof address.octet; i++)
		address.octet[i] = prefix.octet[i];
	return address;
}

static void range_put(struct ranging *ranging, space_wide from, space_wide to,
		      const struct numbers_delegation *delegation, int64_t review_at_s)
{
	struct pools_range range = { .pool = ranging->pool,
				     .first = address_at(ranging->pool, from),
				     .last = address_at(ranging->pool, to - 1),
				     .delegation = delegation,
				     .review_at_s = review_at_s };

	if (!ranging->is_over && from != to)
		ranging->is_over = !ranging->each(ranging->context, &range);
}

static int delegation_compare(const void *a, const void *b)
{
	const struct numbers_delegation *const *first = a;
	const struct numbers_delegation *const *second = b;

	return prefix_compare(&(*first)->prefix, &(*second)->prefix);
}

static void sorted_walk(struct ranging *ranging, const struct numbers_rules *rules,
			const struct numbers_delegation **list, uint32_t count)
{
	const struct numbers_pool *pool = ranging->pool;
	space_wide at = 0;

	if (count != 0)
		qsort(list, count, sizeof *list, delegation_compare);
	for (uint32_t i = 0; i < count; i++) {
		struct space_block block;
		CHECK(space_block_of(&pool->prefix, &list[i]->prefix, &block));
		space_wide end = block.at + space_size(block.size_bits);
		range_put(ranging, at, block.at, NULL, 0);
		range_put(ranging, block.at, end, list[i],
			  numbers_review_at_s(rules, pool, list[i]));
		at = end;
	}
	range_put(ranging, at, space_size(space_bits_of(&pool->prefix)), NULL, 0);
}

struct fault pools_ranges(const struct numbers_book *book, const struct numbers_rules *rules,
			  int64_t pool_id,
			  bool (*each)(void *context, const struct pools_range *range),
			  void *context)
{
	struct heap heap = heap_libc();
	struct ranging ranging = { .pool = numbers_pool_of(book, pool_id),
				   .each = each,
				   .context = context };
	uint32_t count = 0;

	if (ranging.pool == NULL)
		return fault_of(FAULT_ABSENT, 0);
	size_t room = (book->delegation_count + 1u) * sizeof(struct numbers_delegation *);
	const struct numbers_delegation **list = heap_take(&heap, room);
	if (list == NULL)
		return fault_of(FAULT_LIMIT, 0);
	for (uint32_t i = 0; i < book->delegation_count; i++) {
		const struct numbers_delegation *at = &book->delegation[i];
		if (at->pool_id == pool_id && at->state != DELEGATION_ENDED)
			list[count++] = at;
	}
	sorted_walk(&ranging, rules, list, count);
	heap_free(&heap, list, room);
	return fault_none();
}

/* --- writing ---------------------------------------------------------------------------------- */

struct fault pools_write(struct store *store, struct numbers_book *book,
			 const struct numbers_event *event, struct complaints *complaints)
{
	struct heap heap = heap_libc();
	struct fault fault = numbers_apply(book, event);

	if (fault.kind == FAULT_CONFLICT)
		complain(complaints, false, "%s", book->wrong);
	TRY(fault);
	struct record *record = heap_take(&heap, sizeof *record);
	if (record == NULL)
		return fault_of(FAULT_LIMIT, 0);
	pools_record_of(event, record);
	fault = ledger_write(store, pools_record_kinds, record, complaints);
	heap_free(&heap, record, sizeof *record);
	return fault;
}

struct fault pools_due(struct store *store, struct numbers_book *book,
		       const struct numbers_rules *rules, int64_t now_s,
		       struct complaints *complaints)
{
	struct numbers_event event;

	while (numbers_due(book, rules, now_s, &event))
		TRY(pools_write(store, book, &event, complaints));
	return fault_none();
}

void pools_refuse(const struct numbers_rules *rules, const char *who, enum numbers_reason reason,
		  const struct numbers_cite *cite, const char *more, struct complaints *complaints)
{
	char behind[NUMBERS_CITE_TEXT_MAX];

	CHECK(cite->version == rules->version);
	numbers_cite_print(cite, rules->by, rules->decision, behind);
	complain(complaints, false, "%s: %s%s%s (%s)", who, numbers_reason_text(reason),
		 more[0] != '\0' ? " " : "", more, behind);
}
