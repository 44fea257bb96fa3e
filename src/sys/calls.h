/* sys/calls.h — the system calls that this process can still make (seccomp).
 *
 * A list says what is allowed.  Of the rest, what only an intruder would call (running a program,
 * looking into another process, mounting, becoming another user) ends the process; all else
 * fails with ENOSYS, or EPERM where that is what a library expects, and the exchange goes on.
 * Owns    nothing
 * Faults  ABSENT: the kernel has no filters · SYSTEM: errno
 * Thread  the process's first, before there are others: they inherit */
#ifndef SYS_CALLS_H
#define SYS_CALLS_H

#include <stdbool.h>

#include "base/fault.h"

enum calls_list {
	CALLS_SERVER = 0,   /* threads, files, sockets that are there; no new one, no new code */
	CALLS_SERVER_LINKS, /* the same, and sockets of its own, for libpq and the resolver */
	CALLS_DOORMAN,      /* sockets that connect, and one to be asked over */
	CALLS_LIST_COUNT,
};

/* For good; needs no_new_privs. */
MUST_USE struct fault calls_close(enum calls_list list);

/* How many are allowed; in a build with a sanitizer 0: all but those refused by name. */
uint32_t calls_allowed(enum calls_list list);

#endif
