/* sys/port.h — the port on Linux: epoll, non-blocking sockets, the system's clocks and entropy.
 * Owns    the epoll instance, the eventfd, and one descriptor kept back for when they run out
 * Faults  SYSTEM with errno
 * Thread  one worker */
#ifndef SYS_PORT_H
#define SYS_PORT_H

#include "net/port.h"
#include "sys/doorman.h"

struct sys_port {
	struct port port; /* first: the functions get back to the rest through it */
	int epoll_fd;
	int wake_fd;
	int spare_fd;
	struct doorman *doorman; /* who makes connections; NULL: the port itself */
};

MUST_USE struct fault sys_port_init(struct sys_port *sys);
void sys_port_fini(struct sys_port *sys);

/* The port number that a listener got when it asked for any. */
MUST_USE struct fault sys_port_number(struct port_stream listener, uint16_t *out);

#endif
