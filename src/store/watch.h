/* store/watch.h — whether another process has changed the database: a connection of its own to a
 * PostgreSQL, on which it is told at once.
 *
 * Owns    the watch: store_watch_new/store_watch_free; it may outlive the store
 * Faults  ABSENT: the store is a file, which nobody else changes · SYSTEM: no connection, in words
 *         by store_watch_error; the next look tries again
 * Bound   WATCH_ANSWER_MS a look, beside the time to connect
 * Thread  one a watch; not that of the store */
#ifndef STORE_WATCH_H
#define STORE_WATCH_H

#include "store/store.h"

#define WATCH_ANSWER_MS 5000
#define WATCH_SILENCE_MS 10000 /* after which the database is asked whether it is there */

struct store_watch;

MUST_USE struct fault store_watch_new(struct store *store, struct store_watch **out);
void store_watch_free(struct store_watch *watch); /* NULL is allowed */

/* *has_changed: by another than the store, since the last look; true, too, after each connection,
 * since nobody was told meanwhile.  To be looked at when store_watch_fd (-1 without a connection)
 * can be read, and after WATCH_SILENCE_MS. */
MUST_USE struct fault store_watch_look(struct store_watch *watch, bool *has_changed);
int store_watch_fd(const struct store_watch *watch);
const char *store_watch_error(const struct store_watch *watch);

#endif
