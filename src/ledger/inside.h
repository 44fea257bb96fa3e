/* ledger/inside.h — what the files of this folder share.
 * Owns    nothing
 * Faults  those of the store · MALFORMED: no log is like this
 * Thread  that of the store */
#ifndef LEDGER_INSIDE_H
#define LEDGER_INSIDE_H

#include "ledger/record.h"

/* --- record.c --------------------------------------------------------------------------------- */

bool record_name_is_good(struct octets name);
bool record_text_is_good(struct octets text);

/* Copies into the record's text; false, remembered, when it is full. */
bool record_keep(struct record *record, struct octets text, uint32_t *at);

/* NULL, remembered, when there are too many or the name is none. */
struct record_field *record_field_add(struct record *record, enum record_value kind,
				      struct octets name);

/* --- log.c ------------------------------------------------------------------------------------ */

/* Size and right edge, as the caller's transaction sees them.  MALFORMED: they are none. */
MUST_USE struct fault log_edge_read(struct store *store, struct merkle_edge *out);

/* Appends a card, in the caller's transaction. */
MUST_USE struct fault log_append(struct store *store, const char *card);

/* SHA-256 of the salt, given in hexadecimal, and the value; false: that is no salt. */
bool private_digest(const char *salt, const char *value, struct merkle_hash *out);

const struct record_kind *record_kind_of(const struct record_kind *kinds, const char *type);

#endif
