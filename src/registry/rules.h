/* registry/rules.h — versions of the rule book: kept for ever, each with its digest and the
 * decision behind it.
 *
 * A version is a record, "rulebook-version".  In force is the one that holds from the latest time
 * that has come; of several from the same time the one adopted last.  Before the first there is
 * version 0: the rule book that Plenum ships, with what exchange.yaml sets of it.
 * Owns    struct rules_list its items: rules_list_fini · the rest are plain values
 * Faults  those of the store · ABSENT: there is no such version · CONFLICT with a complaint
 * Bound   RULES_VERSIONS_MAX versions
 * Thread  that of the store */
#ifndef REGISTRY_RULES_H
#define REGISTRY_RULES_H

#include "ledger/record.h"
#include "registry/registry.h"
#include "rulebook/rulebook.h"
#include "text/sink.h"

#define RULES_VERSIONS_MAX 10000u

extern const struct record_kind rules_record_kinds[];
extern const struct derived_table rules_derived_tables[];

struct rules_version {
	uint32_t number; /* from 1 */
	char digest[PLAN_DIGEST_MAX];
	char decision[PLAN_DECISION_MAX];
	char by[PLAN_DECIDER_MAX];
	int64_t from_s; /* UTC */
	int64_t at_s;
};

struct rules_list {
	struct heap *heap;
	struct rules_version *item; /* by number */
	uint32_t count;
	uint32_t room;
};

void rules_list_init(struct rules_list *list, struct heap *heap);
void rules_list_fini(struct rules_list *list); /* for CLEAN */
MUST_USE struct fault rules_list_read(struct store *store, struct rules_list *out);

/* The version in force at a time, NULL before the first; and the time at which the next comes,
 * 0 = none. */
const struct rules_version *rules_in_force(const struct rules_list *list, int64_t now_s);
int64_t rules_next_s(const struct rules_list *list, int64_t now_s);

/* The document of a version, 0 too. */
MUST_USE struct fault rules_text(struct store *store, const struct registry_exchange *exchange,
				 uint32_t number, struct text_buffer *out);

/* A version read, with what a plan says of it. */
MUST_USE struct fault rules_book(struct store *store, const struct registry_exchange *exchange,
				 uint32_t number, struct rulebook *book, struct plan_book *out);

/* The same of the version in force at `now_s`. */
MUST_USE struct fault rules_book_now(struct store *store, const struct registry_exchange *exchange,
				     int64_t now_s, struct rulebook *book, struct plan_book *out);

/* exchange.yaml sets something of the rule book. */
bool rules_are_said(const struct registry_exchange *exchange);

/* What the machine sets aside of the parameters: a trial looks for no bogons. */
void rules_on_machine(const struct registry_exchange *exchange, struct plan_rules *rules);

/* Lays the version in force into what is known of the exchange, for all that is asked of it. */
MUST_USE struct fault rules_lay(struct store *store, int64_t now_s,
				struct registry_exchange *exchange);

/* A new version, in a transaction of its own; version->number and digest are set.  `text` was read
 * without an error. */
MUST_USE struct fault rules_adopt(struct store *store, const char *text,
				  struct rules_version *version, struct complaints *complaints);

/* SHA-256, in hexadecimal. */
void rules_digest(struct octets text, char out[PLAN_DIGEST_MAX]);

#endif
