/* sim/disk.h — the disk under the record's database: it can be full; and others, who hold the
 * database for themselves.  Nobody waits: a wait that SQLite wants passes at once.
 * Owns    disk_hold's connection, until disk_release
 * Thread  one */
#ifndef SIM_DISK_H
#define SIM_DISK_H

#include <stdbool.h>

/* From now on databases lie on it. */
void disk_begin(void);
void disk_fill(bool is_full);

/* As somebody who writes and does not end. */
void disk_hold(const char *path);
void disk_release(void);

#endif
