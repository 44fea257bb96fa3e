/* kit/data.h — real files that are not part of the sources: PLENUM_DATA in the environment, or
 * shared/data beside the sources.  Tests that need one skip, saying so, where it is absent.
 * Thread  any */
#ifndef KIT_DATA_H
#define KIT_DATA_H

#include <stdbool.h>
#include <stddef.h>

/* The path of ixf/bcix.20171124.v0.6.json, say; false when there is none. */
bool data_find(const char *name, char *out, size_t room);

/* All of it, closed by a NUL, for free(3); NULL when it cannot be read. */
char *data_read(const char *path, size_t *len);

#endif
