/* sys/sockaddr.h — addresses as the kernel has them.
 * Owns    nothing
 * Thread  any */
#ifndef SYS_SOCKADDR_H
#define SYS_SOCKADDR_H

#include <sys/socket.h>

#include "net/address.h"

/* The length to give beside it. */
socklen_t sockaddr_fill(const struct address *address, uint16_t port, struct sockaddr_storage *out);

#endif
