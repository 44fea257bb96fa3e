/* store/backup.h — all that a store holds, as of one moment, in one file of SQLite; and back.
 *
 * A backup is a database like exchange.db, with one table more for files that belong to it.  It is
 * written beside its name and renamed when it is whole and on the disk.
 * Owns    nothing
 * Faults  as store.h; `error` says what in one sentence · ABSENT: no such file in the backup
 * Thread  one; the store may be served by another process meanwhile */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include "store/store.h"

#define BACKUP_FILE_OCTETS_MAX 65536u

/* Told now and then how far it has come. */
struct store_progress {
	void (*said)(void *context, uint32_t percent);
	void *context;
};

/* A file that goes with it. */
struct backup_file {
	const char *name;
	struct octets octets;
};

/* What `where` names, which is changed in nothing, to `path`, which may not be there yet. */
MUST_USE struct fault store_backup(const char *where, const char *path,
				   const struct store_migration *migrations, uint32_t count,
				   const struct backup_file *files, uint32_t file_count,
				   struct store_progress progress, char error[256]);

/* A file's octets out of an open backup; valid as long as the statement. */
MUST_USE struct fault backup_file_read(struct store *backup, const char *name,
				       struct statement **out, struct octets *octets);

/* The open copy of a backup becomes an ordinary database. */
MUST_USE struct fault backup_strip(struct store *backup);

/* All that `to`, of PostgreSQL, holds becomes what `from`, a file, holds: in one transaction. */
MUST_USE struct fault store_replace(struct store *to, struct store *from,
				    struct store_progress progress);

/* Whether it holds no more than a new one does. */
MUST_USE struct fault store_is_bare(struct store *store, const struct store_migration *migrations,
				    uint32_t count, bool *out);

#endif
