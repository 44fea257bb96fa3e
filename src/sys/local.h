/* sys/local.h — stream sockets in the file system, for talking to the process that serves.
 *
 * Reads and writes wait, but no longer than LOCAL_PATIENCE_S without a single octet going through.
 * A path longer than a socket's name may be is reached through its directory.
 * Owns    descriptors: the caller closes
 * Faults  SYSTEM with errno; ABSENT: nobody listens there, or the other side closed · AGAIN: a
 *         signal came, or nobody called
 * Thread  any; a descriptor, one */
#ifndef SYS_LOCAL_H
#define SYS_LOCAL_H

#include "base/fault.h"
#include "base/octets.h"

#define LOCAL_PATIENCE_S 30

/* For its owner only.  A socket that is left from before is replaced: the caller holds the
 * directory. */
MUST_USE struct fault local_listen(const char *directory, const char *name, int *out);
MUST_USE struct fault local_connect(const char *directory, const char *name, int *out);

/* Waits for a caller or for octets on `wake`, at most `wait_ms`.  `listener` -1: for no caller. */
MUST_USE struct fault local_accept(int listener, int wake, int wait_ms, int *out);

/* Another descriptor of what `fd` is, to be given up in need; -1 when there is none. */
int local_spare(int fd);

/* Closes `caller`; its descriptor is the spare one of `listener` from now on. */
void local_close_to_spare(int caller, int listener);

MUST_USE struct fault local_read(int fd, void *out, uint32_t len_octets);
MUST_USE struct fault local_write(int fd, struct octets octets);

/* Nothing is read there any more, and a thread that waits for it comes back; an answer that is
 * being written still goes out. */
void local_end(int fd);

/* Nothing goes either way any more: a thread that waits for either comes back. */
void local_cut(int fd);
void local_close(int fd);

#endif
