/* sys/dial.h — a connection to somebody, begun.
 * Owns    the descriptor it gives is the caller's
 * Faults  SYSTEM with errno
 * Thread  any */
#ifndef SYS_DIAL_H
#define SYS_DIAL_H

#include "net/port.h"

/* From an address, or any when it is all zero; with the key of RFC 2385 when there is one, and a
 * TTL that no router has lessened (RFC 5082).  Non-blocking: it may stand only later. */
MUST_USE struct fault dial_begin(const struct address *from, const struct port_endpoint *to,
				 const struct port_secret *secret, int *out);

/* The key for connections with the peer, on a listener or before connecting; none takes it away. */
MUST_USE struct fault dial_secret_set(int fd, const struct port_secret *secret);

#define DIAL_TTL 255 /* a packet that no router has passed on, RFC 5082 */
MUST_USE struct fault dial_option_set(int fd, int level, int name, int value);

#endif
