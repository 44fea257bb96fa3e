/* store/postgresql.h — what the watch of a database needs to know of the store beside it.
 * Owns    nothing
 * Thread  the store's */
#ifndef STORE_POSTGRESQL_H
#define STORE_POSTGRESQL_H

#include "store/link.h"
#include "store/store.h"

#define POSTGRESQL_CHANNEL "plenum" /* of NOTIFY; the payload is schema/token */
#define POSTGRESQL_TOKEN_MAX 17u

/* False: the store is none of PostgreSQL.  Valid as long as the store. */
bool postgresql_whose(struct store *store, const char **url, const char **token);

#endif
