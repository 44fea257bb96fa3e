/* sys/helper.h — a process beside this one, for what this one is not to do itself.
 *
 * It is forked before there are threads, holds no descriptor but standard ones and its end of a
 * socket, has no right of root, and ends when this one does or closes the socket.
 *
 * Who is served cannot fork any more.  So what is begun first is a guard, which hears nobody but
 * us: it forks the helper, and another one when we say over a socket of its own that the first is
 * gone, and passes the new one's socket.  A helper that crashed, or that the kernel killed for want
 * of memory, is so begun anew by whoever needs it next.
 * Owns    both processes and the sockets: helper_begin/helper_end
 * Faults  SYSTEM with errno; ECHILD: there is no helper, and none can be had now
 * Bound   HELPER_AGAIN_MS between two beginnings, HELPER_PATIENCE_S for one
 * Thread  begin and end the process's first, before there are others; helper_is_ready one at a
 *         time; the rest any */
#ifndef SYS_HELPER_H
#define SYS_HELPER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/fault.h"
#include "base/instant.h"

#define HELPER_END_MS 1000   /* for them to end when they are told to */
#define HELPER_AGAIN_MS 1000 /* that a helper has to have been there before another is begun */
#define HELPER_PATIENCE_S 2  /* to wait for one that is begun anew */

struct helper {
	pid_t process; /* the guard; 0 = not begun */
	int handle;    /* of the guard */
	int hatch;     /* to the guard */
	int fd;        /* to the helper; the number stays, whatever is behind it */
	struct instant begun_at;
	_Atomic uint32_t again_count; /* helpers begun after the first */
	atomic_bool is_over;
};

/* What it does until it returns; its end of the socket, of the kind SOCK_STREAM or so. */
typedef void (*helper_live)(int fd, const void *context);

struct helper_task {
	int socket_kind;
	uint32_t patience_s; /* of ours, in reading and writing; 0 = without end */
	helper_live live;
	const void *context;
};

MUST_USE struct fault helper_begin(struct helper *helper, const struct helper_task *task);

/* Whether there is one to be asked; one that is gone is begun anew first. */
bool helper_is_ready(struct helper *helper);

/* What it is at ends, and so does it: what it would say is not wanted. */
void helper_drop(const struct helper *helper);

/* The same, and there is no other after it. */
void helper_break(struct helper *helper);
void helper_end(struct helper *helper);            /* not begun is allowed */
bool helper_is_there(const struct helper *helper); /* the guard: nobody can be begun without it */

#endif
