/* bench/ledger.c — a log of a million leaves: appended in batches, proved from, verified.
 *
 *     bench-ledger [LEAVES] [PLACE]
 *
 * The records are changes of a thousand members, each applied to its table; PLACE is a file or a
 * PostgreSQL URL of an empty database, else a file of its own.  Prints what each took. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kit/clock.h"
#include "ledger/ledger.h"
#include "registry/records.h"
#include "registry/registry.h"

#define LEAVES 1000000u
#define BATCH 1000u
#define MEMBERS 1000u
#define PROOFS 10000u

static void must(struct fault fault, const char *what)
{
	if (!failed(fault))
		return;
	(void)fprintf(stderr, "%s: %s\n", what, fault_word(fault));
	exit(1);
}

static void append(struct store *store, uint32_t count)
{
	static struct record record;
	static struct complaints complaints;
	char name[64];

	for (uint32_t i = 0; i < count; i++) {
		if (i % BATCH == 0)
			must(store_begin(store), "begin");
		(void)snprintf(name, sizeof name, "Example Network %u, as it is called now", i);
		record_begin(&record, "member", 1795835539 + i);
		record_int(&record, "id", i % MEMBERS + 1);
		record_int(&record, "asn", 200000 + i % MEMBERS);
		record_text(&record, "name", name);
		record_text(&record, "as-macro", "AS-EXAMPLE");
		must(ledger_write(store, registry_record_kinds, &record, &complaints), "write");
		if (i % BATCH == BATCH - 1 || i == count - 1)
			must(store_commit(store), "commit");
	}
}

/* The slowest of many, in seconds. */
static double prove(struct store *store, const struct checkpoint *head, bool consistency)
{
	double worst = 0;
	struct proof proof;

	for (uint64_t i = 0; i < PROOFS; i++) {
		uint64_t index = head->size * i / PROOFS;
		double begin = now_s();
		must(consistency ? proof_consistency(ledger_hashes(store), index + 1, head->size,
						     &proof) :
				   proof_inclusion(ledger_hashes(store), index, head->size, &proof),
		     "proof");
		double took = now_s() - begin;
		worst = took > worst ? took : worst;
	}
	return worst;
}

int main(int argc, char **argv)
{
	uint32_t count = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : LEAVES;
	char path[] = "/tmp/plenum-bench-XXXXXX";
	const char *place = argc > 2 ? argv[2] : path;
	char error[256] = "";
	struct store *store = NULL;
	struct checkpoint head;
	struct ledger_verdict verdict;
	static struct complaints findings;

	if (argc <= 2)
		(void)close(mkstemp(path));
	must(store_open(place, true, registry_migrations, registry_migration_count, &store, error),
	     error);
	double begin = now_s();
	append(store, count);
	double took = now_s() - begin;
	must(ledger_head(store, &head), "head");
	printf("appended %llu leaves in %.1f s: %.0f a second, %u a transaction\n",
	       (unsigned long long)head.size, took, count / took, BATCH);
	begin = now_s();
	double worst = prove(store, &head, false);
	printf("inclusion proof: %.0f us, the slowest %.0f us\n", (now_s() - begin) / PROOFS * 1e6,
	       worst * 1e6);
	begin = now_s();
	worst = prove(store, &head, true);
	printf("consistency proof: %.0f us, the slowest %.0f us\n",
	       (now_s() - begin) / PROOFS * 1e6, worst * 1e6);
	struct ledger_verification asked = { .store = store,
					     .migrations = registry_migrations,
					     .migration_count = registry_migration_count,
					     .kinds = registry_kind_lists,
					     .tables = registry_table_lists };
	begin = now_s();
	must(ledger_verify(&asked, &verdict, &findings), "verify");
	printf("verified in %.1f s, %u findings\n", now_s() - begin, findings.error_count);
	store_close(store);
	if (argc <= 2)
		(void)unlink(path);
	return findings.error_count == 0 ? 0 : 1;
}
