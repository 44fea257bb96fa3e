/* server/enforcement.c — a server is named by its BGP identifier. */
#include "server/enforcement.h"

#include <stdio.h>
#include <string.h>

#include "ledger/ledger.h"
#include "ledger/newest.h"

#define TYPE "enforcement"
#define SERVER_MAX 16u

struct looking {
	char server[SERVER_MAX];
	char digest[PLAN_DIGEST_MAX]; /* that it said last; "" = nothing yet */
	struct record *record;
};

/* The newest that this server said. */
static bool card_take(void *context, uint64_t number, struct octets card)
{
	struct looking *looking = context;

	(void)number;
	if (failed(record_read(card, looking->record)))
		return true;
	const char *server = record_text_of(looking->record, "server");
	const char *digest = record_text_of(looking->record, "digest");
	if (server == NULL || digest == NULL || strcmp(server, looking->server) != 0)
		return true;
	(void)snprintf(looking->digest, sizeof looking->digest, "%s", digest);
	return false;
}

static struct fault write(struct store *store, const struct plan *plan, struct looking *looking)
{
	struct complaints unsaid = { 0 };

	record_begin(looking->record, TYPE, record_now_s());
	record_text(looking->record, "server", looking->server);
	record_int(looking->record, "version", plan->book.version);
	record_text(looking->record, "digest", plan->book.digest);
	record_text(looking->record, "previous", looking->digest);
	struct fault fault = store_begin(store);
	if (!failed(fault))
		fault = ledger_write(store, ledger_record_kinds, looking->record, &unsaid);
	if (!failed(fault))
		fault = store_commit(store);
	if (failed(fault))
		store_rollback(store);
	return fault;
}

struct fault enforcement_record(struct store *store, const struct plan *plan)
{
	struct heap heap = heap_libc();
	struct looking looking = { .record = heap_take(&heap, sizeof *looking.record) };
	uint32_t id = plan->router_id;

	if (looking.record == NULL)
		return fault_of(FAULT_LIMIT, 0);
	(void)snprintf(looking.server, sizeof looking.server, "%u.%u.%u.%u", id >> 24,
		       id >> 16 & 0xff, id >> 8 & 0xff, id & 0xff);
	struct fault fault = ledger_walk_back(store, TYPE, card_take, &looking);
	if (!failed(fault) && strcmp(looking.digest, plan->book.digest) != 0)
		fault = write(store, plan, &looking);
	heap_free(&heap, looking.record, sizeof *looking.record);
	return fault;
}
