/* sys/tcp.h — TCP listeners for the public, and their callers, without waiting.
 *
 * BGP has its own (sys/port.h): here nobody is known beforehand.
 * Owns    descriptors are the caller's to close
 * Faults  SYSTEM with errno · AGAIN: nobody calls, or nothing new is there · ABSENT: it closed
 * Thread  any */
#ifndef SYS_TCP_H
#define SYS_TCP_H

#include <sys/socket.h>

#include "base/fault.h"
#include "base/octets.h"
#include "net/port.h"

struct tcp_caller {
	int fd;
	struct address address;
	struct sockaddr_storage from;
	socklen_t from_len;
};

MUST_USE struct fault tcp_listen(const struct port_endpoint *at, int *out);
MUST_USE struct fault tcp_accept(int listener, struct tcp_caller *out);

/* All that is there, left there; *seen is how much was seen before.  Afterwards poll(2) reports the
 * descriptor only when there is more. */
MUST_USE struct fault tcp_peek(int fd, void *into, uint32_t room, uint32_t seen, uint32_t *len);

/* From now on the descriptor is readable when anything is there, what was peeked at, too. */
void tcp_peek_end(int fd);

/* Writes what goes without waiting; *len octets went.  AGAIN: no room now. */
MUST_USE struct fault tcp_write(int fd, struct octets octets, uint32_t *len);

/* Another descriptor of the same connection; -1: the system has none. */
int tcp_second(int fd);

/* Ends the connection under all of its descriptors, and closes this one. */
void tcp_cut(int fd);

/* What was written still goes out; what the caller sends is dropped. */
void tcp_close(int fd);

#endif
