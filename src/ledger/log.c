/* ledger/log.c — the log in the database, and the one way by which a record gets into it.
 *
 * ledger_leaf has the cards and the hash of each; ledger_node the root of each complete subtree of
 * 256, 65,536, ... leaves, a level for each eight of the tree's, as tiles have them; ledger_head,
 * one row, the size and the right edge.  All are written in the caller's transaction and nothing is
 * kept outside the database, so that what is rolled back was never there, and another process's
 * appends are seen. */
#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "ledger/inside.h"
#include "ledger/proof.h"

#define EDGE_TEXT_MAX ((MERKLE_LEVELS_MAX + 1) * (MERKLE_HEX_MAX - 1) + 1)
#define SALT_OCTETS 32u

struct fault log_edge_read(struct store *store, struct merkle_edge *out)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	TRY(store_prepare(store, "SELECT size, edge FROM ledger_head WHERE id = 0", &statement));
	TRY(store_step(statement, &has_row));
	if (!has_row)
		return fault_of(FAULT_MALFORMED, 0);
	int64_t size = store_int(statement, 0);
	const char *edge = store_text(statement, 1);
	out->size = (uint64_t)size;
	out->count = (uint32_t)__builtin_popcountll(out->size);
	if (size < 0 || strlen(edge) != out->count * (MERKLE_HEX_MAX - 1))
		return fault_of(FAULT_MALFORMED, 0);
	for (uint32_t i = 0; i < out->count; i++) {
		if (!merkle_parse(edge + i * (MERKLE_HEX_MAX - 1), MERKLE_HEX_MAX - 1,
				  &out->root[i]))
			return fault_of(FAULT_MALFORMED, 0);
	}
	return fault_none();
}

static struct fault edge_write(struct store *store, const struct merkle_edge *edge)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	char text[EDGE_TEXT_MAX] = "";
	bool has_row = false;

	for (uint32_t i = 0; i < edge->count; i++)
		merkle_print(&edge->root[i], text + i * (MERKLE_HEX_MAX - 1));
	TRY(store_prepare(store, "UPDATE ledger_head SET size = ?1, edge = ?2 WHERE id = 0",
			  &statement));
	store_bind_int(statement, 1, (int64_t)edge->size);
	store_bind_text(statement, 2, text);
	return store_step(statement, &has_row);
}

struct noting {
	struct store *store;
	struct fault fault;
};

static struct fault node_write(struct store *store, uint32_t level, uint64_t index,
			       const struct merkle_hash *hash)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	char text[MERKLE_HEX_MAX];
	bool has_row = false;

	merkle_print(hash, text);
	TRY(store_prepare(store, "INSERT INTO ledger_node (level, node, hash) VALUES (?1, ?2, ?3)",
			  &statement));
	store_bind_int(statement, 1, level);
	store_bind_int(statement, 2, (int64_t)index);
	store_bind_text(statement, 3, text);
	return store_step(statement, &has_row);
}

static void node_note(void *context, uint32_t level, uint64_t index, const struct merkle_hash *hash)
{
	struct noting *noting = context;

	if (level % TILE_BITS == 0 && !failed(noting->fault))
		noting->fault = node_write(noting->store, level / TILE_BITS, index, hash);
}

static struct fault leaf_write(struct store *store, uint64_t number, const char *card,
			       const struct merkle_hash *hash)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	char text[MERKLE_HEX_MAX];
	bool has_row = false;

	merkle_print(hash, text);
	TRY(store_prepare(store, "INSERT INTO ledger_leaf (number, card, hash) VALUES (?1, ?2, ?3)",
			  &statement));
	store_bind_int(statement, 1, (int64_t)number);
	store_bind_text(statement, 2, card);
	store_bind_text(statement, 3, text);
	return store_step(statement, &has_row);
}

struct fault log_append(struct store *store, const char *card)
{
	struct noting noting = { .store = store };
	struct merkle_edge edge;

	TRY(log_edge_read(store, &edge));
	struct merkle_hash hash = merkle_leaf(octets_of_text(card));
	TRY(leaf_write(store, edge.size, card, &hash));
	merkle_edge_add(&edge, &hash, node_note, &noting);
	TRY(noting.fault);
	return edge_write(store, &edge);
}

/* --- what the card names by digest ------------------------------------------------------------ */

bool private_digest(const char *salt, const char *value, struct merkle_hash *out)
{
	crypto_hash_sha256_state state;
	struct merkle_hash salt_octets = { 0 };

	if (!merkle_parse(salt, (uint32_t)strlen(salt), &salt_octets))
		return false;
	(void)crypto_hash_sha256_init(&state);
	(void)crypto_hash_sha256_update(&state, salt_octets.octet, SALT_OCTETS);
	(void)crypto_hash_sha256_update(&state, (const uint8_t *)value, strlen(value));
	(void)crypto_hash_sha256_final(&state, out->octet);
	return true;
}

static struct fault private_write(struct store *store, const char *value,
				  struct merkle_hash *digest)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	struct merkle_hash salt;
	char salt_text[MERKLE_HEX_MAX];
	char digest_text[MERKLE_HEX_MAX];
	bool has_row = false;

	static_assert(SALT_OCTETS == sizeof salt.octet, "a salt is as long as a hash");
	randombytes_buf(salt.octet, sizeof salt.octet);
	merkle_print(&salt, salt_text);
	CHECK(private_digest(salt_text, value, digest));
	merkle_print(digest, digest_text);
	TRY(store_prepare(store,
			  "INSERT INTO ledger_private (digest, salt, value) VALUES (?1, ?2, ?3)",
			  &statement));
	store_bind_text(statement, 1, digest_text);
	store_bind_text(statement, 2, salt_text);
	store_bind_text(statement, 3, value);
	return store_step(statement, &has_row);
}

static struct fault blob_write(struct store *store, const char *value, struct merkle_hash *digest)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	char text[MERKLE_HEX_MAX];
	bool has_row = false;

	(void)crypto_hash_sha256(digest->octet, (const uint8_t *)value, strlen(value));
	merkle_print(digest, text);
	TRY(store_prepare(store,
			  "INSERT INTO ledger_blob (digest, value) VALUES (?1, ?2)"
			  " ON CONFLICT (digest) DO NOTHING",
			  &statement));
	store_bind_text(statement, 1, text);
	store_bind_text(statement, 2, value);
	return store_step(statement, &has_row);
}

static struct fault outside_write(struct store *store, struct record *record)
{
	for (uint32_t i = 0; i < record->field_count; i++) {
		struct record_field *field = &record->field[i];
		if (field->kind == RECORD_PRIVATE)
			TRY(private_write(store, record->text + field->value_at, &field->digest));
		else if (field->kind == RECORD_BLOB)
			TRY(blob_write(store, field->outside, &field->digest));
	}
	return fault_none();
}

/* --- a record --------------------------------------------------------------------------------- */

const struct record_kind *record_kind_of(const struct record_kind *kinds, const char *type)
{
	while (kinds->type != NULL && strcmp(kinds->type, type) != 0)
		kinds++;
	return kinds->type == NULL ? NULL : kinds;
}

static const char *wrong_words(enum record_wrong wrong)
{
	switch (wrong) {
	case RECORD_TOO_LONG:
		return "is longer than a record may be (65535 octets)";
	case RECORD_NOT_UTF8:
		return "has text that is not UTF-8";
	case RECORD_BAD_NAME:
		return "has a name or a time that no record has";
	case RECORD_GOOD:
		break;
	}
	return "is good";
}

struct fault ledger_write(struct store *store, const struct record_kind *kinds,
			  struct record *record, struct complaints *complaints)
{
	const struct record_kind *kind = record_kind_of(kinds, record->type);
	char card[RECORD_CARD_MAX + 1];
	uint32_t len = 0;

	if (record->wrong != RECORD_GOOD) {
		complain(complaints, false, "%s %s", record->type, wrong_words(record->wrong));
		return fault_of(FAULT_LIMIT, 0);
	}
	CHECK(kind != NULL);
	TRY(outside_write(store, record));
	struct fault fault = record_print(record, card, &len);
	if (failed(fault)) {
		complain(complaints, false, "%s %s", record->type, wrong_words(RECORD_TOO_LONG));
		return fault;
	}
	card[len] = '\0';
	TRY(kind->apply(store, record, complaints));
	return log_append(store, card);
}
