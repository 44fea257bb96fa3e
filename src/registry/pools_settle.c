/* registry/pools_settle.c — addresses of connections and the pools of their LANs brought to agree.
 *
 * Whoever changes connections does not know of pools: before the change is committed, what
 * connections have is compared with what pools have given.  Returns come first, so that what goes
 * from hand to hand in one change meets its quarantine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utc.h"
#include "registry/inside.h"
#include "registry/pools.h"

struct settling {
	struct store *store;
	struct numbers_book book;
	struct numbers_rules rules;
	int64_t now_s;
	struct complaints *complaints;
	uint32_t refused;
};

/* An address that a connection has. */
struct had {
	struct prefix host;
	uint32_t asn;
};

struct had_list {
	struct heap *heap;
	struct had *item;
	uint32_t count;
	uint32_t room;
};

static bool is_peering(const struct numbers_pool *pool)
{
	return !pool->is_closed && (pool->type == POOL_PEERING_V4 || pool->type == POOL_PEERING_V6);
}

static struct fault has_pools(struct store *store, bool *out)
{
	struct statement *statement CLEAN(store_finish) = NULL;

	TRY(store_prepare(store,
			  "SELECT 1 FROM pool WHERE type IN ('peering-v4', 'peering-v6')"
			  " AND is_closed = 0 LIMIT 1",
			  &statement));
	return store_step(statement, out);
}

static struct fault had_read(struct store *store, struct had_list *out)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	TRY(store_prepare(store,
			  "SELECT a.address, m.asn FROM address a"
			  " JOIN connection c ON c.id = a.connection_id"
			  " JOIN member m ON m.id = c.member_id ORDER BY m.asn, a.slot",
			  &statement));
	TRY(store_step(statement, &has_row));
	while (has_row) {
		struct had had = { .asn = (uint32_t)store_int(statement, 1) };
		if (!prefix_parse(store_text(statement, 0), &had.host, NULL))
			return fault_of(FAULT_MALFORMED, 0);
		if (!heap_grow(out->heap, (void **)&out->item, &out->room, out->count + 1,
			       sizeof *out->item))
			return fault_of(FAULT_LIMIT, 0);
		out->item[out->count++] = had;
		TRY(store_step(statement, &has_row));
	}
	return fault_none();
}

static int had_compare(const void *a, const void *b)
{
	const struct had *first = a;
	const struct had *second = b;

	return prefix_compare(&first->host, &second->host);
}

static const struct had *had_of(const struct had_list *list, const struct prefix *host)
{
	struct had key = { .host = *host };

	return list->count == 0 ? NULL :
				  bsearch(&key, list->item, list->count, sizeof key, had_compare);
}

/* Back at once, into quarantine. */
static struct fault give_back(struct settling *settling, const struct numbers_delegation *at)
{
	const struct numbers_pool *pool = numbers_pool_of(&settling->book, at->pool_id);
	const struct numbers_policy *policy = &settling->rules.of[pool->type];
	struct numbers_event event = { .kind = EVENT_RETURN,
				       .at_s = settling->now_s,
				       .delegation_id = at->id,
				       .until_s = settling->now_s,
				       .reason = "the connection has it no more",
				       .cite = numbers_cite_of(&settling->rules, pool,
							       "quarantine") };

	TRY(pools_write(settling->store, &settling->book, &event, settling->complaints));
	event.kind = EVENT_QUARANTINE;
	event.until_s = settling->now_s + policy->quarantine_days * NUMBERS_DAY_S;
	event.reason[0] = '\0';
	return pools_write(settling->store, &settling->book, &event, settling->complaints);
}

/* What was asked for by a request goes back by one. */
static struct fault returns_write(struct settling *settling, const struct had_list *list)
{
	for (uint32_t i = 0; i < settling->book.delegation_count; i++) {
		const struct numbers_delegation *at = &settling->book.delegation[i];
		char holder[NUMBERS_HANDLE_MAX] = "";
		if (at->state != DELEGATION_GRANTED || at->request_id != 0 ||
		    !is_peering(numbers_pool_of(&settling->book, at->pool_id)))
			continue;
		const struct had *had = had_of(list, &at->prefix);
		if (had != NULL)
			(void)snprintf(holder, sizeof holder, "AS%u", had->asn);
		if (strcmp(holder, at->holder) != 0)
			TRY(give_back(settling, at));
	}
	return fault_none();
}

static const struct numbers_pool *lan_pool_of(const struct numbers_book *book,
					      const struct prefix *host)
{
	for (uint32_t i = 0; i < book->pool_count; i++) {
		if (is_peering(&book->pool[i]) && prefix_contains(&book->pool[i].prefix, host))
			return &book->pool[i];
	}
	return NULL;
}

static void refuse(struct settling *settling, const struct had *had, enum numbers_reason reason,
		   const struct numbers_cite *cite)
{
	const struct numbers_delegation *at = numbers_holding(&settling->book, &had->host);
	char until[UTC_TEXT_MAX];
	char more[96] = "";
	char who[NUMBERS_HANDLE_MAX + PREFIX_TEXT_MAX];
	char address[PREFIX_TEXT_MAX];

	prefix_print(&had->host, address);
	address[strcspn(address, "/")] = '\0';
	(void)snprintf(who, sizeof who, "%s for AS%u", address, had->asn);
	if (at != NULL && reason == NUMBERS_QUARANTINED) {
		utc_print((struct wall){ at->until_s }, until);
		(void)snprintf(more, sizeof more, "until %s", until);
	} else if (at != NULL && reason == NUMBERS_TAKEN) {
		(void)snprintf(more, sizeof more, "(%s)", at->holder);
	}
	pools_refuse(&settling->rules, who, reason, cite, more, settling->complaints);
	settling->refused++;
}

static struct fault take(struct settling *settling, const struct had *had)
{
	const struct numbers_pool *pool = lan_pool_of(&settling->book, &had->host);
	const struct numbers_delegation *at = numbers_holding(&settling->book, &had->host);
	struct numbers_event event;
	char holder[NUMBERS_HANDLE_MAX];

	if (pool == NULL)
		return fault_none();
	(void)snprintf(holder, sizeof holder, "AS%u", had->asn);
	if (at != NULL && (at->state == DELEGATION_GRANTED || at->state == DELEGATION_RETURNING) &&
	    strcmp(at->holder, holder) == 0)
		return fault_none();
	enum numbers_reason reason = numbers_take(&settling->book, &settling->rules, pool->id,
						  &had->host, holder, settling->now_s, &event);
	if (reason != NUMBERS_GOOD) {
		refuse(settling, had, reason, &event.cite);
		return fault_none();
	}
	TRY(pools_organisation(settling->store, holder, event.organisation));
	return pools_write(settling->store, &settling->book, &event, settling->complaints);
}

static struct fault settle(struct settling *settling)
{
	struct heap heap = heap_libc();
	struct had_list list = { .heap = &heap };

	TRY(pools_rules(settling->store, &settling->rules));
	TRY(pools_load_current(settling->store, &settling->book));
	TRY(pools_due(settling->store, &settling->book, &settling->rules, settling->now_s,
		      settling->complaints));
	struct fault fault = had_read(settling->store, &list);
	if (list.count != 0)
		qsort(list.item, list.count, sizeof *list.item, had_compare);
	if (!failed(fault))
		fault = returns_write(settling, &list);
	for (uint32_t i = 0; i < list.count && !failed(fault); i++)
		fault = take(settling, &list.item[i]);
	heap_free(&heap, list.item, list.room * sizeof *list.item);
	if (!failed(fault) && settling->refused != 0)
		return fault_of(FAULT_CONFLICT, 0);
	return fault;
}

struct fault pools_settle(struct store *store, int64_t now_s, struct complaints *complaints)
{
	struct heap heap = heap_libc();
	struct settling settling = { .store = store, .now_s = now_s, .complaints = complaints };
	bool is_there = false;

	TRY(has_pools(store, &is_there));
	if (!is_there)
		return fault_none();
	numbers_book_init(&settling.book, &heap);
	struct fault fault = settle(&settling);
	numbers_book_fini(&settling.book);
	return fault;
}

/* --- the next free address -------------------------------------------------------------------- */

/* What the holder gave back and nobody else had since. */
static bool own_quarantined(const struct numbers_book *book, const struct numbers_pool *pool,
			    const char *holder, struct prefix *out)
{
	for (uint32_t i = 0; i < book->delegation_count; i++) {
		const struct numbers_delegation *at = &book->delegation[i];
		if (at->pool_id == pool->id && at->state == DELEGATION_QUARANTINE &&
		    strcmp(at->holder, holder) == 0) {
			*out = at->prefix;
			return true;
		}
	}
	return false;
}

static struct fault next_in(const struct numbers_book *book, const struct numbers_rules *rules,
			    const struct numbers_pool *pool, uint32_t asn, struct address *out,
			    struct complaints *complaints)
{
	char holder[NUMBERS_HANDLE_MAX];
	uint8_t len_bits = (uint8_t)prefix_bits_max((enum family)pool->prefix.family);
	struct numbers_cite cite;
	char behind[NUMBERS_CITE_TEXT_MAX];
	struct prefix host;
	bool is_there = false;
	int64_t waiting = 0;

	(void)snprintf(holder, sizeof holder, "AS%u", asn);
	cite = numbers_cite_of(rules, pool, numbers_reason_clause(NUMBERS_NOT_NEXT));
	/* Who waits for an address of this LAN comes before one who just takes it. */
	if (numbers_queue(book, rules, pool->id, &waiting, 1) != 0) {
		pools_refuse(rules, pool->name, NUMBERS_NOT_NEXT, &cite,
			     "; plenum request queue shows them", complaints);
		return fault_of(FAULT_CONFLICT, 0);
	}
	is_there = own_quarantined(book, pool, holder, &host);
	if (!is_there)
		TRY(numbers_place(book, rules, pool->id, len_bits, holder, &is_there, &host));
	if (!is_there) {
		cite = numbers_cite_of(rules, pool, numbers_reason_clause(NUMBERS_FULL));
		numbers_cite_print(&cite, rules->by, rules->decision, behind);
		complain(complaints, false,
			 "%s: no address is left; plenum request add %s %s puts the member on the "
			 "waiting list, plenum pool grow %s makes room (%s)",
			 pool->name, pool->name, holder, pool->name, behind);
		return fault_of(FAULT_CONFLICT, 0);
	}
	*out = (struct address){ .family = host.family };
	for (uint32_t i = 0; i < sizeof out->octet; i++)
		out->octet[i] = host.octet[i];
	return fault_none();
}

/* The pool of the name, or the only one of the family. */
static const struct numbers_pool *pick(const struct numbers_book *book, enum family family,
				       const char *name, uint32_t *found)
{
	const struct numbers_pool *picked = NULL;

	*found = 0;
	for (uint32_t i = 0; i < book->pool_count; i++) {
		const struct numbers_pool *pool = &book->pool[i];
		if (!is_peering(pool) || pool->prefix.family != (uint8_t)family ||
		    (name != NULL && strcmp(pool->name, name) != 0))
			continue;
		picked = pool;
		(*found)++;
	}
	return picked;
}

static struct fault next_find(const struct numbers_book *book, const struct numbers_rules *rules,
			      const char *name, uint32_t asn, struct address out[FAMILY_COUNT],
			      uint32_t *count, struct complaints *complaints)
{
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		uint32_t found = 0;
		const struct numbers_pool *pool = pick(book, (enum family)f, name, &found);
		if (found > 1) {
			complain(complaints, false,
				 "%u LANs have %s pools: name one with --pool, or the address "
				 "with --ip",
				 found, family_name((enum family)f));
			return fault_of(FAULT_CONFLICT, 0);
		}
		if (pool != NULL)
			TRY(next_in(book, rules, pool, asn, &out[(*count)++], complaints));
	}
	if (*count == 0 && name != NULL) {
		complain(complaints, false, "--pool %s: no LAN has a pool of this name", name);
		return fault_of(FAULT_ABSENT, 0);
	}
	return fault_none();
}

struct fault pools_next(struct store *store, const char *pool_name, uint32_t asn,
			struct address out[FAMILY_COUNT], uint32_t *count,
			struct complaints *complaints)
{
	struct heap heap = heap_libc();
	struct numbers_book book CLEAN(numbers_book_fini);
	struct numbers_rules rules;
	struct numbers_event event;

	*count = 0;
	numbers_book_init(&book, &heap);
	TRY(pools_rules(store, &rules));
	TRY(pools_load_current(store, &book));
	/* What is over counts as free, and is recorded with the change. */
	while (numbers_due(&book, &rules, record_now_s(), &event))
		TRY(numbers_apply(&book, &event));
	return next_find(&book, &rules, pool_name, asn, out, count, complaints);
}
