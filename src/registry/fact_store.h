/* registry/fact_store.h — facts in the store: read, walked through, written and removed as records.
 * Owns    nothing: plain values
 * Faults  ABSENT: there is none of this key · CONFLICT with a complaint: it refers to what is not
 *         there, or something refers to it · those of the store
 * Thread  that of the store */
#ifndef REGISTRY_FACT_STORE_H
#define REGISTRY_FACT_STORE_H

#include "base/complaint.h"
#include "ledger/record.h"
#include "registry/fact.h"
#include "store/store.h"

MUST_USE struct fault fact_get(struct store *store, enum fact_id id, const char *key,
			       struct fact *out);

/* In order of their keys; with `field`, those whose field has the value.  False ends the walk.
 * `each` may read the store, and not write it. */
MUST_USE struct fault fact_walk(struct store *store, enum fact_id id, const char *field,
				const char *value, bool (*each)(void *context, const struct fact *),
				void *context);

/* The key behind the greatest. */
MUST_USE struct fault fact_next_key(struct store *store, enum fact_id id, char out[FACT_KEY_MAX]);

/* What it refers to must be there: members, organisations, connections, switches.  CONFLICT with a
 * complaint. */
MUST_USE struct fault fact_check(struct store *store, const struct fact *fact,
				 struct complaints *complaints);

/* The whole fact as it is to be, in the caller's transaction. */
MUST_USE struct fault fact_write(struct store *store, const struct fact *fact,
				 struct complaints *complaints);
MUST_USE struct fault fact_remove(struct store *store, enum fact_id id, const char *key,
				  struct complaints *complaints);

/* Takes the personal values out of the fact and from beside the log, where their salted digests
 * stay, and records that it was done.  fact_remove does the first two as well. */
MUST_USE struct fault fact_erase(struct store *store, enum fact_id id, const char *key,
				 struct complaints *complaints);

/* The same for all that is recorded of people of a member, which is about to be removed. */
MUST_USE struct fault fact_erase_member(struct store *store, uint32_t asn);

/* SHA-256 in hexadecimal digits. */
#define FACT_DIGEST_TEXT_MAX 65u
void fact_digest(struct octets octets, char out[FACT_DIGEST_TEXT_MAX]);

/* The connection of an address, and of which member; ABSENT when nobody has it. */
MUST_USE struct fault fact_connection_of(struct store *store, const char *address,
					 char key[FACT_KEY_MAX], uint32_t *asn);

extern const struct record_kind fact_record_kinds[];     /* ended by one without a type */
extern const struct derived_table fact_derived_tables[]; /* ended by one without a name */

#endif
