/* sys/files.h — files of the exchange's directory: whole, atomic, and held by one process at a
 * time.
 * Owns    what file_read gives belongs to the caller, from the heap
 * Faults  SYSTEM with errno · LIMIT: larger than the bound · CONFLICT: another process holds the
 *         lock
 * Thread  any */
#ifndef SYS_FILES_H
#define SYS_FILES_H

#include "base/fault.h"
#include "base/heap.h"
#include "base/instant.h"
#include "base/octets.h"

/* The whole file; `out` is to be freed with its length + 1 (a NUL stands behind it). */
MUST_USE struct fault file_read(struct heap *heap, const char *path, uint32_t octets_max,
				struct octets *out);
/* The same of a regular file alone, EINVAL for others: never waits for a writer, as a file in
 * others' hands could make one wait. */
MUST_USE struct fault file_read_regular(struct heap *heap, const char *path, uint32_t octets_max,
					struct octets *out);
/* The same from standard input. */
MUST_USE struct fault file_read_standard(struct heap *heap, uint32_t octets_max,
					 struct octets *out);
void file_free(struct heap *heap, struct octets octets);

/* Through a temporary file of its own beside it, synced, then renamed: never half of it. */
MUST_USE struct fault file_write(const char *path, struct octets octets);
/* The same, for the eyes of its owner alone. */
MUST_USE struct fault file_write_private(const char *path, struct octets octets);
/* Not yet synced: for many, which files_sync brings to the disk together. */
MUST_USE struct fault file_write_soon(const char *path, struct octets octets);
MUST_USE struct fault files_sync(const char *directory);

/* What root makes in somebody's folder is that somebody's, who may serve it later: the file just
 * made at `path`, open as `fd`, or the folder when that is negative.  Others than root change
 * nothing. */
void file_give(const char *path, int fd);

/* The directories before the last "/" of the path. */
MUST_USE struct fault directories_make(const char *path);

/* When it was last written.  ABSENT: there is none. */
MUST_USE struct fault file_written(const char *path, struct wall *out);

/* That there was none is no fault. */
MUST_USE struct fault file_remove(const char *path);

/* With all that is in it, DIRECTORY_DEPTH_MAX levels down; links are removed, not followed. */
#define DIRECTORY_DEPTH_MAX 16u
MUST_USE struct fault directory_remove(const char *path);

/* Holds `path` until the process ends or file_unlock.  CONFLICT: another process holds it; the
 * second waits for that one, so long. */
MUST_USE struct fault file_lock(const char *path, int *lock);
MUST_USE struct fault file_lock_await(const char *path, uint32_t wait_ms, int *lock);
void file_unlock(int lock);

#endif
