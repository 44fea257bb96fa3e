/* kit/port_free.h — a TCP port of 127.0.0.1 that nobody listens on.
 * Faults  a failed expectation
 * Thread  any */
#ifndef KIT_PORT_FREE_H
#define KIT_PORT_FREE_H

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kit/tap.h"

static inline uint16_t port_free(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001) };
	socklen_t len = sizeof name;

	expect_true(bind(fd, (struct sockaddr *)&name, len) == 0);
	expect_true(getsockname(fd, (struct sockaddr *)&name, &len) == 0);
	expect_true(close(fd) == 0);
	return ntohs(name.sin_port);
}

#endif
