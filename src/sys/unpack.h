/* sys/unpack.h — a file as the stream of octets it holds: stored as it is, or packed by gzip,
 * bzip2, zstd or xz, recognised by its first octets and not by its name.  Files of several members
 * one behind the other are one stream.
 *
 * It stands here and not beside the readers of tables, so that these stay functions of octets.
 * Owns    unpack_open gives what unpack_close takes back; memory from the heap, but for what the
 *         libraries take for themselves
 * Bound   UNPACK_WINDOW_OCTETS_MAX of memory for a packing's window
 * Faults  SHORT: the packed data is cut · MALFORMED: damaged, or followed by something else ·
 *         LIMIT: memory · SYSTEM: errno.  All have complained, naming the file and the octet
 * Thread  one at a time */
#ifndef SYS_UNPACK_H
#define SYS_UNPACK_H

#include "base/complaint.h"
#include "base/fault.h"
#include "base/heap.h"
#include "base/source.h"

#define UNPACK_WINDOW_OCTETS_MAX (128u << 20)

/* A regular file or a pipe; `path` must stay as it is until unpack_close. */
MUST_USE struct fault unpack_open(struct heap *heap, const char *path, struct source **source,
				  struct complaints *complaints);
/* The same of a regular file alone: never waits for a writer, as a file in others' hands could make
 * one wait. */
MUST_USE struct fault unpack_open_regular(struct heap *heap, const char *path,
					  struct source **source, struct complaints *complaints);
void unpack_close(struct source *source); /* NULL is allowed */

#endif
