/* ledger/record.h — a record: what happened, as typed, ordered, named fields; and the one way by
 * which a record changes the exchange.
 *
 * A record is written as a card, a leaf of the log:
 *
 *     plenum/1 connection 2026-11-28T03:12:19Z
 *     id 12
 *     name "Example \"Net\""
 *     password private:9f86d081884c7d65...
 *     statutes blob:2c26b46b68ffc68f...
 *
 * A number is decimal; text stands in quotes with \" \\ \n \t and \u00XX for other controls; a
 * private value, which may have to be erased one day, is the SHA-256 of a random salt and the
 * value; a blob, which may be long, that of the value.  There is one card for a record and one
 * record for a card.
 * Nothing but the `apply` of a record's kind writes a derived table, and an apply depends on the
 * store and the record alone: no clock, no id that the database chose, no chance.
 * Owns    a record is a plain value; a blob's text is borrowed until the record is written
 * Faults  what a record cannot hold is remembered and said by ledger_write: too long, not UTF-8
 * Bound   RECORD_CARD_MAX octets a card, as c2sp.org/tlog-tiles has it; RECORD_FIELDS_MAX fields
 * Thread  any; that of the store to write */
#ifndef LEDGER_RECORD_H
#define LEDGER_RECORD_H

#include "base/complaint.h"
#include "base/fault.h"
#include "base/octets.h"
#include "ledger/merkle.h"
#include "store/store.h"

#define RECORD_CARD_MAX 65535u
#define RECORD_FIELDS_MAX 512u
#define RECORD_NAME_MAX 31u       /* octets of a type or a field's name */
#define RECORD_TEXT_OCTETS 98304u /* names and values, private ones too */

enum record_value {
	RECORD_NONE = 0,
	RECORD_INT,
	RECORD_TEXT,
	RECORD_PRIVATE,
	RECORD_BLOB,
};

struct record_field {
	enum record_value kind;
	bool is_erased;            /* a private value that is gone: reads as "" */
	uint32_t name_at;          /* in `text` */
	uint32_t value_at;         /* likewise; not of a number or blob */
	int64_t number;            /* RECORD_INT */
	const char *outside;       /* RECORD_BLOB: its text; NULL until it is loaded */
	struct merkle_hash digest; /* RECORD_PRIVATE and RECORD_BLOB, once it is known */
};

/* Why a record cannot be written. */
enum record_wrong {
	RECORD_GOOD = 0,
	RECORD_TOO_LONG,
	RECORD_NOT_UTF8,
	RECORD_BAD_NAME,
};

struct record {
	int64_t at_s; /* UTC */
	enum record_wrong wrong;
	uint32_t field_count;
	uint32_t text_len;
	char type[RECORD_NAME_MAX + 1];
	struct record_field field[RECORD_FIELDS_MAX];
	char text[RECORD_TEXT_OCTETS];
};

/* UTC seconds now, by the machine's clock: for record_begin. */
int64_t record_now_s(void);

/* Types and names are lower-case letters, digits and "-", a letter first.  A name may stand several
 * times: a list. */
void record_begin(struct record *record, const char *type, int64_t at_s);
void record_text(struct record *record, const char *name, const char *value);
void record_int(struct record *record, const char *name, int64_t value);
void record_private(struct record *record, const char *name, const char *value);
void record_blob(struct record *record, const char *name, const char *value);

/* The first of this name: text, private value or blob; NULL = not there, or a number. */
const char *record_text_of(const struct record *record, const char *name);
bool record_int_of(const struct record *record, const char *name, int64_t *out);

/* The next of a list, moving *from (0 at first); NULL and false at its end. */
const char *record_text_next(const struct record *record, const char *name, uint32_t *from);
bool record_int_next(const struct record *record, const char *name, uint32_t *from, int64_t *out);

/* The card, not closed by a NUL.  LIMIT: longer than a card may be. */
MUST_USE struct fault record_print(const struct record *record, char out[RECORD_CARD_MAX],
				   uint32_t *len);

/* MALFORMED at the octet that is wrong: what record_print would not have written. */
MUST_USE struct fault record_read(struct octets card, struct record *out);

/* Whether the card begins as one of the type does, without reading on. */
bool record_card_is(struct octets card, const char *type);

/* The tables of the log, for a step of the schema. */
#define LEDGER_TABLES \
	"CREATE TABLE ledger_leaf (" \
	" number INTEGER PRIMARY KEY, card TEXT NOT NULL, hash TEXT NOT NULL) STRICT;" \
	"CREATE TABLE ledger_node (" \
	" level INTEGER NOT NULL, node INTEGER NOT NULL, hash TEXT NOT NULL," \
	" PRIMARY KEY (level, node)) STRICT;" \
	"CREATE TABLE ledger_head (" \
	" id INTEGER PRIMARY KEY CHECK (id = 0), size INTEGER NOT NULL, edge TEXT NOT NULL)" \
	" STRICT;" \
	"CREATE TABLE ledger_private (" \
	" digest TEXT PRIMARY KEY, salt TEXT NOT NULL, value TEXT NOT NULL) STRICT;" \
	"CREATE TABLE ledger_blob (digest TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;" \
	"INSERT INTO ledger_head (id, size, edge) VALUES (0, 0, '');"

struct record_kind {
	const char *type; /* NULL ends a list */
	struct fault (*apply)(struct store *store, const struct record *record,
			      struct complaints *complaints);
};

/* A table that records alone make; `columns` and `order` as SQL has them: what replaying the log
 * must give again, row for row. */
struct derived_table {
	const char *name; /* NULL ends a list */
	const char *columns;
	const char *order;
};

/* Applies the record and appends its card to the log in the caller's transaction: rolled back, both
 * are gone, and after a fault the caller must roll back.  What is wrong with the record is
 * complained of; what is wrong with the store, store_error says. */
MUST_USE struct fault ledger_write(struct store *store, const struct record_kind *kinds,
				   struct record *record, struct complaints *complaints);

#endif
