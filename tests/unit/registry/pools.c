/* unit/registry/pools.c — numbers in the store: a long history written as records, read back, and
 * made again from the cards alone; addresses of connections taken from the pools of their LANs. */
#include "registry/pools.h"

#include "../numbers/deeds.h"
#include "kit/database.h"
#include "registry/edit.h"
#include "registry/records.h"

#define BATCH 250u

struct world {
	struct store *store;
	struct complaints complaints;
	struct record record;
	uint32_t written;
	char place[DATABASE_PLACE_MAX];
};

static struct world *world_make(void)
{
	struct world *world = calloc(1, sizeof *world);
	char error[256] = "";

	expect_true(world != NULL);
	database_make(world->place);
	expect_true(!failed(store_open(world->place, true, registry_migrations,
				       registry_migration_count, &world->store, error)));
	expect_text(error, "");
	return world;
}

static void world_free(struct world *world)
{
	for (uint32_t i = 0; i < world->complaints.count; i++)
		printf("# %s\n", world->complaints.list[i].text);
	store_close(world->store);
	database_unmake(world->place);
	free(world);
}

static bool is_said(const struct world *world, const char *text)
{
	for (uint32_t i = 0; i < world->complaints.count; i++) {
		if (strstr(world->complaints.list[i].text, text) != NULL)
			return true;
	}
	return false;
}

static void event_write(void *context, const struct numbers_event *event)
{
	struct world *world = context;

	if (world->written % BATCH == 0)
		expect_true(!failed(store_begin(world->store)));
	pools_record_of(event, &world->record);
	struct fault fault = ledger_write(world->store, pools_record_kinds, &world->record,
					  &world->complaints);
	if (failed(fault)) {
		printf("# %s %u: %s, %s\n", world->record.type, world->written, fault_word(fault),
		       store_error(world->store));
		exit(1);
	}
	if (++world->written % BATCH == 0)
		expect_true(!failed(store_commit(world->store)));
}

static bool requests_equal(const struct numbers_request *a, const struct numbers_request *b)
{
	return a->id == b->id && a->pool_id == b->pool_id && a->state == b->state &&
	       a->len_bits == b->len_bits && strcmp(a->holder, b->holder) == 0 &&
	       strcmp(a->organisation, b->organisation) == 0 && strcmp(a->ipv6, b->ipv6) == 0 &&
	       strcmp(a->purpose, b->purpose) == 0 && a->requested_at_s == b->requested_at_s &&
	       a->changed_at_s == b->changed_at_s && a->delegation_id == b->delegation_id &&
	       a->cite.version == b->cite.version && strcmp(a->cite.clause, b->cite.clause) == 0 &&
	       strcmp(a->reason, b->reason) == 0;
}

static bool delegations_equal(const struct numbers_delegation *a,
			      const struct numbers_delegation *b)
{
	return a->id == b->id && a->pool_id == b->pool_id && a->request_id == b->request_id &&
	       a->state == b->state && prefix_equal(&a->prefix, &b->prefix) &&
	       a->kept_len_bits == b->kept_len_bits && strcmp(a->holder, b->holder) == 0 &&
	       strcmp(a->organisation, b->organisation) == 0 &&
	       a->granted_at_s == b->granted_at_s && a->changed_at_s == b->changed_at_s &&
	       a->until_s == b->until_s && a->reviewed_at_s == b->reviewed_at_s &&
	       a->cite.version == b->cite.version && strcmp(a->cite.clause, b->cite.clause) == 0 &&
	       strcmp(a->reason, b->reason) == 0;
}

static void books_compare(const struct numbers_book *a, const struct numbers_book *b)
{
	uint32_t differing = 0;

	expect_u64(a->pool_count, b->pool_count);
	expect_u64(a->request_count, b->request_count);
	expect_u64(a->delegation_count, b->delegation_count);
	for (uint32_t i = 0; i < a->request_count && i < b->request_count; i++)
		differing += requests_equal(&a->request[i], &b->request[i]) ? 0 : 1;
	for (uint32_t i = 0; i < a->delegation_count && i < b->delegation_count; i++)
		differing += delegations_equal(&a->delegation[i], &b->delegation[i]) ? 0 : 1;
	expect_u64(differing, 0);
}

/* The book from nothing but the cards. */
static void cards_fold(struct world *world, struct numbers_book *out)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	struct numbers_event event;
	bool has_row = false;

	expect_true(!failed(store_prepare(
		world->store, "SELECT card FROM ledger_leaf ORDER BY number", &statement)));
	expect_true(!failed(store_step(statement, &has_row)));
	while (has_row) {
		struct octets card = octets_of_text(store_text(statement, 0));
		expect_true(!failed(record_read(card, &world->record)));
		expect_true(pools_event_of(&world->record, &event));
		expect_true(!failed(numbers_apply(out, &event)));
		expect_true(!failed(store_step(statement, &has_row)));
	}
}

/* What is over is left out but for the newest; who holds something or waits is not. */
static void current_compare(struct world *world, const struct history *h)
{
	const struct numbers_book *all = &h->book;
	struct heap heap = heap_libc();
	struct numbers_book book CLEAN(numbers_book_fini);
	static int64_t ids[2][2048];
	uint32_t at = 0;

	numbers_book_init(&book, &heap);
	expect_true(!failed(pools_load_current(world->store, &book)));
	expect_true(book.delegation_count < all->delegation_count);
	for (uint32_t i = 0; i < all->delegation_count; i++) {
		if (all->delegation[i].state == DELEGATION_ENDED && i + 1 != all->delegation_count)
			continue;
		expect_true(at < book.delegation_count);
		expect_u64((uint64_t)book.delegation[at].id, (uint64_t)all->delegation[i].id);
		expect_u64(book.delegation[at++].state, all->delegation[i].state);
	}
	expect_u64(at, book.delegation_count);
	expect_true(book.next_pool_id == all->next_pool_id);
	expect_true(book.next_request_id == all->next_request_id);
	expect_true(book.next_delegation_id == all->next_delegation_id);
	for (uint32_t p = 0; p < all->pool_count; p++) {
		uint32_t count = numbers_queue(all, &h->rules, p + 1, ids[0], 2048);
		expect_u64(numbers_queue(&book, &h->rules, p + 1, ids[1], 2048), count);
		expect_octets(ids[1], count * sizeof **ids, ids[0], count * sizeof **ids);
	}
}

static void test_history(void)
{
	struct world *world = world_make();
	struct history *h = history_make(1);
	struct numbers_book read;
	struct numbers_book folded;

	h->also = event_write;
	h->also_context = world;
	history_run(h);
	if (world->written % BATCH != 0)
		expect_true(!failed(store_commit(world->store)));
	numbers_book_init(&read, &h->heap);
	numbers_book_init(&folded, &h->heap);
	expect_true(!failed(pools_load(world->store, &read)));
	books_compare(&read, &h->book);
	current_compare(world, h);
	cards_fold(world, &folded);
	books_compare(&folded, &h->book);
	for (uint32_t p = 0; p < folded.pool_count; p++) {
		static int64_t ids[2][2048];
		uint32_t count = numbers_queue(&read, &h->rules, p + 1, ids[0], 2048);
		expect_u64(numbers_queue(&folded, &h->rules, p + 1, ids[1], 2048), count);
		expect_octets(ids[1], count * sizeof **ids, ids[0], count * sizeof **ids);
	}
	numbers_book_fini(&read);
	numbers_book_fini(&folded);
	history_free(h);
	world_free(world);
}

/* --- LANs ------------------------------------------------------------------------------------- */

#define NOW INT64_C(1790000000)

static struct registry_exchange exchange_make(void)
{
	struct registry_exchange exchange = {
		.name = "Test", .asn = 64500, .router_id = 1, .is_trial = true
	};

	expect_true(prefix_parse("127.1.0.0/28", &exchange.lan[0], NULL));
	expect_true(prefix_parse("fd00:1::/64", &exchange.lan[1], NULL));
	exchange.lan_count = 2;
	return exchange;
}

static void lan_pools_make(struct world *world, const struct registry_exchange *exchange)
{
	struct heap heap = heap_libc();
	struct numbers_book book;
	struct numbers_event event = { .kind = EVENT_POOL,
				       .at_s = NOW,
				       .pool_id = 1,
				       .type = POOL_PEERING_V4,
				       .name = "lan4" };

	numbers_book_init(&book, &heap);
	expect_true(!failed(store_begin(world->store)));
	expect_true(prefix_parse("127.1.0.0/28", &event.prefix, NULL));
	expect_true(!failed(pools_open(world->store, &book, exchange, &event, &world->complaints)));
	event.pool_id = 2;
	event.type = POOL_PEERING_V6;
	(void)snprintf(event.name, sizeof event.name, "lan6");
	expect_true(prefix_parse("fd00:1::/64", &event.prefix, NULL));
	expect_true(!failed(pools_open(world->store, &book, exchange, &event, &world->complaints)));
	expect_true(!failed(pools_settle(world->store, NOW, &world->complaints)));
	expect_true(!failed(store_commit(world->store)));
	numbers_book_fini(&book);
}

static bool member_add(struct world *world, const struct registry_exchange *exchange, uint32_t asn,
		       const char *address)
{
	struct registry_member member = { .asn = asn, .name = "Net" };

	if (address != NULL)
		expect_true(address_parse(address, &member.address[member.address_count++]));
	else if (failed(pools_next(world->store, NULL, asn, member.address, &member.address_count,
				   &world->complaints)))
		return false;
	return !failed(registry_member_add(world->store, exchange, &member, &world->complaints));
}

/* "granted AS64501" of an address; "" = free. */
static const char *hand_of(struct world *world, const char *text)
{
	static char out[NUMBERS_HANDLE_MAX + 16];
	struct heap heap = heap_libc();
	struct numbers_book book;
	struct prefix host;

	numbers_book_init(&book, &heap);
	expect_true(!failed(pools_load(world->store, &book)));
	expect_true(prefix_parse(text, &host, NULL));
	const struct numbers_delegation *at = numbers_holding(&book, &host);
	(void)snprintf(out, sizeof out, "%s%s%s",
		       at != NULL ? delegation_state_name(at->state) : "", at != NULL ? " " : "",
		       at != NULL ? at->holder : "");
	numbers_book_fini(&book);
	return out;
}

static void test_lan(void)
{
	struct world *world = world_make();
	struct registry_exchange exchange = exchange_make();

	/* Who is there before the pools has what it has. */
	expect_true(member_add(world, &exchange, 64501, "127.1.0.3"));
	lan_pools_make(world, &exchange);
	expect_text(hand_of(world, "127.1.0.3"), "granted AS64501");
	expect_true(member_add(world, &exchange, 64502, NULL));
	/* The tightest hole: 127.1.0.1 lies alone between the network's own and 127.1.0.2. */
	expect_text(hand_of(world, "127.1.0.1"), "granted AS64502");
	expect_text(hand_of(world, "fd00:1::fbf6:1"), "granted AS64502");
	expect_true(!member_add(world, &exchange, 64503, "127.1.0.1"));
	world->complaints = (struct complaints){ 0 };
	expect_true(!failed(registry_member_remove(world->store, 64502, &world->complaints)));
	expect_text(hand_of(world, "127.1.0.1"), "quarantine AS64502");
	expect_true(!member_add(world, &exchange, 64503, "127.1.0.1"));
	expect_true(is_said(world, "127.1.0.1 for AS64503: it is in quarantine until"));
	expect_true(is_said(world, "(clause 4.1 quarantine, rule book version 0"));
	expect_text(hand_of(world, "127.1.0.1"), "quarantine AS64502");
	world->complaints = (struct complaints){ 0 };
	/* The one that it was taken from may have it again, and gets it unasked. */
	expect_true(member_add(world, &exchange, 64502, NULL));
	expect_text(hand_of(world, "127.1.0.1"), "granted AS64502");
	expect_text(hand_of(world, "fd00:1::fbf6:1"), "granted AS64502");
	world_free(world);
}

static void test_lan_full(void)
{
	struct world *world = world_make();
	struct registry_exchange exchange = exchange_make();

	lan_pools_make(world, &exchange);
	for (uint32_t i = 0; i < 16; i++)
		(void)member_add(world, &exchange, 64510 + i, NULL);
	expect_true(is_said(world, "lan4: no address is left"));
	expect_true(is_said(world, "plenum request add lan4 AS"));
	world->complaints = (struct complaints){ 0 };
	world_free(world);
}

static const struct tap_case cases[] = {
	{ "a history of 10,000 events written, read, and folded from cards", test_history, 0 },
	{ "addresses of connections come from the pools", test_lan, 0 },
	{ "a LAN that is full says what to do", test_lan_full, 0 },
};
TAP_MAIN(cases)
