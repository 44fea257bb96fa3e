/* server/journal.h — the log: lines that any thread says and one thread writes.
 *
 * Who says a line never waits for who reads it: a terminal that was stopped, a pipe nobody empties.
 * Lines that find no room are counted, and the count is written where they would stand.
 * Owns    the lines not yet written, JOURNAL_OCTETS of them at most; the descriptor is the caller's
 * Faults  LIMIT: no memory or no thread
 * Thread  journal_say from any; the rest from one */
#ifndef SERVER_JOURNAL_H
#define SERVER_JOURNAL_H

#include "base/fault.h"

#define JOURNAL_OCTETS (1024u * 1024u)
#define JOURNAL_END_MS 1000 /* how long the last lines may take */

struct journal;

/* Lines are kept from now on, and written from the beginning of the thread, or at the end. */
MUST_USE struct fault journal_new(int fd, struct journal **out);
MUST_USE struct fault journal_begin(struct journal *journal);

/* "<time> <who>: <text>", as one line. */
void journal_say(struct journal *journal, const char *who, const char *text);

/* Writes what is left, for JOURNAL_END_MS at most.  NULL is allowed. */
void journal_end(struct journal *journal);

#endif
