/* server/restore.h — an exchange's directory from a backup.
 *
 * The backup is copied beside the database, looked through there, and put in its place by a rename;
 * a registry in PostgreSQL is replaced in one transaction.  What was in a file's place is kept as
 * exchange.db.replaced.
 * Owns    nothing
 * Faults  false with complaints; then the exchange is as it was
 * Thread  the process's first; holds the directory meanwhile */
#ifndef SERVER_RESTORE_H
#define SERVER_RESTORE_H

#include "server/house.h"
#include "store/backup.h"

/* What goes into a backup with the registry: what the directory has of them. */
#define RESTORE_FILES_MAX 4u
extern const char *const house_files[RESTORE_FILES_MAX]; /* NULL behind the last */

/* `by_force`: also where there is an exchange already. */
bool house_restore(const char *directory, const char *backup, bool by_force,
		   struct store_progress progress, struct complaints *complaints);

#endif
