/* store/copy.h — tables from one store into another with the same ones.
 *
 * The file of SQLite says which tables and columns there are; they are taken in order of their
 * making, so that what is referred to comes first.
 * Owns    nothing
 * Faults  the words are in the store that failed
 * Thread  one */
#ifndef STORE_COPY_H
#define STORE_COPY_H

#include "store/backup.h"
#include "store/inside.h"

/* Pages, as of the transaction to read that is open on `from`; `to` is a file of its own. */
MUST_USE struct fault sqlite_copy(struct store *from, struct store *to,
				  struct store_progress progress);

/* Rows of a database of PostgreSQL into a file, or the other way; in `to` the tables' rows are
 * deleted first.  The transactions are the caller's; one of its own on a file that is written. */
MUST_USE struct fault copy_tables(struct store *from, struct store *to,
				  struct store_progress progress);

#endif
