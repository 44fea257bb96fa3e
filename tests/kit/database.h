/* kit/database.h — a store of its own for a test: a file, or where PLENUM_TEST_DATABASE names a
 * database of PostgreSQL, a schema in it.  So the same test runs on both.
 * Owns    database_make's place, until database_unmake
 * Thread  one */
#ifndef KIT_DATABASE_H
#define KIT_DATABASE_H

#include <stdbool.h>

#define DATABASE_PLACE_MAX 256

bool database_is_postgresql(void);

/* An empty one; `place` is for store_open, which may make it. */
void database_make(char place[DATABASE_PLACE_MAX]);
void database_unmake(const char *place);

/* Statements of the database's own, as its own programs run them; false: it refused. */
bool database_run(const char *place, const char *sql);

#endif
