/* server/ledger_files.h — the log outside the database: its key, and the tree as files that anyone
 * may be given.
 *
 *     DIRECTORY/ledger.key           the key that signs, for its owner alone; never in the database
 *     DIRECTORY/ledger/checkpoint    size and root, signed: c2sp.org/tlog-checkpoint
 *     DIRECTORY/ledger/tile/...      the tree: c2sp.org/tlog-tiles
 *
 * The database is written first, then tiles, then the checkpoint: what is signed is kept.  So the
 * checkpoint is never ahead of a database that is not an older copy, and a log that is shorter, or
 * another one, is refused.  Witnesses, who sign a checkpoint too, would come between the tiles and
 * the checkpoint's file.
 * Owns    nothing
 * Faults  false with complaints
 * Thread  that of the store; one process a directory */
#ifndef SERVER_LEDGER_FILES_H
#define SERVER_LEDGER_FILES_H

#include "ledger/ledger.h"
#include "registry/exchange.h"

#define LEDGER_ORIGIN "as%u.plenum/ledger" /* the log's name, with the exchange's AS number */

/* Makes the key where there is none; sees that the log begins with what was signed last.  With
 * `accepted`, why a log that does not is the one to go on with: that is recorded, and the files of
 * the other put aside. */
bool ledger_files_open(const char *directory, const struct registry_exchange *exchange,
		       struct store *store, const char *accepted, struct complaints *complaints);

/* The key that signs; false: there is none, or it cannot be read. */
bool ledger_files_signer(const char *directory, struct note_signer *out);

/* Publishes what the log has more than the checkpoint; with `all`, also what is missing before.
 * What cannot be written is a warning: the log itself is kept. */
void ledger_files_publish(const char *directory, struct store *store, bool all,
			  struct complaints *complaints);

/* The checkpoint as it stands in the file; NULL-ended, "" = none. */
bool ledger_files_checkpoint(const char *directory, struct store *store,
			     char out[CHECKPOINT_NOTE_MAX], struct checkpoint *checkpoint,
			     struct complaints *complaints);

/* Every file against the store; *count of them are there.  False: something is wrong. */
bool ledger_files_verify(const char *directory, struct store *store, uint64_t *count,
			 struct complaints *findings);

#endif
