/* registry/fact_erase.c — what facts refer to, and how what is personal in them goes for good. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/ledger.h"
#include "registry/fact_inside.h"
#include "registry/inside.h"

/* --- what a fact refers to -------------------------------------------------------------------- */

static struct fault exists(struct store *store, const char *sql, int64_t number, bool *out)
{
	struct statement *statement CLEAN(store_finish) = NULL;

	TRY(store_prepare(store, sql, &statement));
	store_bind_int(statement, 1, number);
	return store_step(statement, out);
}

struct fault fact_check(struct store *store, const struct fact *fact, struct complaints *complaints)
{
	static const struct {
		const char *field;
		const char *sql;
	} rows[] = {
		{ "asn", "SELECT 1 FROM member WHERE asn = ?1" },
		{ "organisation", "SELECT 1 FROM organisation WHERE id = ?1" },
		{ "switch", "SELECT 1 FROM switch WHERE id = ?1" },
	};
	uint32_t wrong = 0;

	for (uint32_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		bool is_there = true;
		for (uint32_t j = 0; fact->kind->field[j].name != NULL; j++) {
			if (strcmp(fact->kind->field[j].name, rows[i].field) == 0 &&
			    fact->value[j][0] != '\0')
				TRY(exists(store, rows[i].sql, strtoll(fact->value[j], NULL, 10),
					   &is_there));
		}
		if (is_there)
			continue;
		int64_t number = 0;
		(void)fact_number(fact, rows[i].field, &number);
		if (i == 0)
			complain(complaints, false, "AS%" PRId64 " is no member", number);
		else
			complain(complaints, false,
				 "there is no %s %" PRId64 "; plenum %s list says which there are",
				 rows[i].field, number, rows[i].field);
		wrong++;
	}
	return wrong == 0 ? fault_none() : fault_of(FAULT_CONFLICT, 0);
}

/* --- erasing ---------------------------------------------------------------------------------- */

static bool has_private(const struct fact_kind *kind)
{
	for (const struct fact_field *field = kind->field; field->name != NULL; field++) {
		if (field->is_private)
			return true;
	}
	return false;
}

static bool is_of_fact(void *context, const struct record *record)
{
	const struct fact *fact = context;
	int64_t id = 0;

	return strcmp(record->type, fact->kind->record) == 0 &&
	       record_int_of(record, fact->kind->key, &id) && id == strtoll(fact->key, NULL, 10);
}

struct fault fact_remove(struct store *store, enum fact_id id, const char *key,
			 struct complaints *complaints)
{
	struct fact fact;
	uint32_t count = 0;

	TRY(fact_get(store, id, key, &fact));
	TRY(fact_record_send(store, &fact, true, complaints));
	return has_private(fact.kind) ? ledger_erase(store, is_of_fact, &fact, &count) :
					fault_none();
}

struct fault fact_erase(struct store *store, enum fact_id id, const char *key,
			struct complaints *complaints)
{
	struct fact fact;
	uint32_t count = 0;

	TRY(fact_get(store, id, key, &fact));
	for (uint32_t i = 0; fact.kind->field[i].name != NULL; i++) {
		if (fact.kind->field[i].is_private)
			fact.value[i][0] = '\0';
	}
	(void)fact_set(&fact, fact_field_index(fact.kind, "erased"), "yes");
	TRY(fact_record_send(store, &fact, false, complaints));
	return ledger_erase(store, is_of_fact, &fact, &count);
}

static bool is_of_member(void *context, const struct record *record)
{
	const uint32_t *asn = context;
	int64_t number = 0;

	return (strcmp(record->type, fact_kind_of(FACT_CONTACT)->record) == 0 ||
		strcmp(record->type, fact_kind_of(FACT_DOCUMENT)->record) == 0) &&
	       record_int_of(record, "asn", &number) && number == (int64_t)*asn;
}

/* The log is walked only when there is anything of the kind. */
struct fault fact_erase_member(struct store *store, uint32_t asn)
{
	bool has_contact = false;
	bool has_document = false;
	uint32_t count = 0;

	TRY(exists(store, "SELECT 1 FROM contact WHERE asn = ?1 LIMIT 1", asn, &has_contact));
	TRY(exists(store, "SELECT 1 FROM document WHERE asn = ?1 LIMIT 1", asn, &has_document));
	if (!has_contact && !has_document)
		return fault_none();
	return ledger_erase(store, is_of_member, &asn, &count);
}

void fact_digest(struct octets octets, char out[FACT_DIGEST_TEXT_MAX])
{
	uint8_t hash[crypto_hash_sha256_BYTES];

	(void)crypto_hash_sha256(hash, octets.at, octets.len_octets);
	(void)sodium_bin2hex(out, FACT_DIGEST_TEXT_MAX, hash, sizeof hash);
}
