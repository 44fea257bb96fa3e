/* sys/helper.h — a process beside this one, for what this one is not to do itself.
 *
 * It is forked before there are threads, holds no descriptor but standard ones and its end of a
 * socket, has no right of root, and ends when this one does or closes the socket.
 * Owns    the process and the socket: helper_begin/helper_end
 * Faults  SYSTEM with errno
 * Thread  begin and end the process's first, before there are others; the rest any */
#ifndef SYS_HELPER_H
#define SYS_HELPER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/fault.h"

#define HELPER_END_MS 1000 /* for it to end when it is told to */

struct helper {
	pid_t process; /* 0 = not begun */
	int fd;
	int handle; /* of the process */
};

/* What it does until it returns; its end of the socket, of the kind SOCK_STREAM or so. */
typedef void (*helper_live)(int fd, const void *context);

MUST_USE struct fault helper_begin(struct helper *helper, int socket_kind, helper_live live,
				   const void *context);

/* The socket ends both ways, and with it what the helper is at. */
void helper_break(const struct helper *helper);
void helper_end(struct helper *helper); /* not begun is allowed */
bool helper_is_there(const struct helper *helper);

#endif
