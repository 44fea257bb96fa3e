/* demo/sweep.h — a directory that goes with the processes that use it, however they end.
 *
 * A process of its own waits until nobody holds the other end of its pipe any more: this process
 * and all that it forks meanwhile.  Then it takes the directory away.  So it goes after an
 * interrupt, a crash, or kill -9, too.
 * Owns    the process, until sweep_end
 * Faults  SYSTEM with errno
 * Thread  the process's first, before there is a second */
#ifndef DEMO_SWEEP_H
#define DEMO_SWEEP_H

#include <sys/types.h>

#include "base/fault.h"

struct sweep {
	pid_t process; /* 0 = none */
	int held;      /* our end of the pipe */
};

/* Makes a directory of mkdtemp(3)'s template; its files are to lie in it directly. */
MUST_USE struct fault sweep_begin(struct sweep *sweep, char *template);

/* Lets go, and waits till the directory is gone: the other holders must have ended. */
void sweep_end(struct sweep *sweep);

#endif
