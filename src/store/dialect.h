/* store/dialect.h — the store's SQL as PostgreSQL wants it.
 *
 * ?1 becomes $1, INTEGER BIGINT, BLOB BYTEA; in a step of the schema STRICT goes, and TEXT is
 * ordered by its octets.  What stands in quotes or comments stays.
 * Owns    nothing
 * Bound   DIALECT_OCTETS_MAX a text
 * Thread  any */
#ifndef STORE_DIALECT_H
#define STORE_DIALECT_H

#include <stdbool.h>
#include <stddef.h>

#define DIALECT_OCTETS_MAX 65536u

/* False: it does not fit. */
bool dialect_postgresql(const char *sql, bool is_schema, char *out, size_t room);

#endif
