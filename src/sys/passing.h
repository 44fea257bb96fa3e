/* sys/passing.h — a message that can carry a descriptor, over a local socket that keeps messages
 * apart.
 * Owns    a descriptor that is given stays the giver's, too; one that is taken is the taker's
 * Faults  false, with errno: it did not go, or nothing came; EPIPE: the other end is gone
 * Thread  any */
#ifndef SYS_PASSING_H
#define SYS_PASSING_H

#include <stdbool.h>
#include <stddef.h>

/* -1: none with it. */
bool passing_give(int socket, const void *from, size_t len_octets, int fd);

/* A message of just that length; *fd is -1 when none came with it.  `flags` as of recvmsg. */
bool passing_take(int socket, void *out, size_t len_octets, int flags, int *fd);

#endif
