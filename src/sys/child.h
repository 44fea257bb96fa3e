/* sys/child.h — another program, run within bounds: its arguments as they are, never through a
 * shell, and nothing of ours open in it.
 *
 * What it may take is limited by the kernel and by us: time, memory, output.  It may gain no right
 * that we have not, and ends when we do.
 * Owns    what it said belongs to the caller: child_said_fini
 * Faults  SYSTEM: it could not be begun · LIMIT: it took too much, and was ended; `why` says what ·
 *         CONFLICT: it said by its exit code that it failed; `why` is what it said on its standard
 *         error
 * Thread  any, but forks: see server/irr_helper.h */
#ifndef SYS_CHILD_H
#define SYS_CHILD_H

#include "base/fault.h"
#include "base/heap.h"
#include "base/octets.h"

#define CHILD_WHY_MAX 200u

struct child_bounds {
	uint32_t time_ms;
	uint32_t output_octets;
	uint64_t memory_octets; /* of its addresses */
	int until_fd;           /* ended when this one's other side closes; 0 = none */
};

struct child_said {
	struct heap *heap;
	uint8_t *octets;
	uint32_t len_octets;
	uint32_t room;
	char why[CHILD_WHY_MAX]; /* of a fault, in plain letters */
};

/* `argv` ends with NULL; the program is looked for as execvp does. */
MUST_USE struct fault child_run(const char *const *argv, const struct child_bounds *bounds,
				struct heap *heap, struct child_said *out);
void child_said_fini(struct child_said *said); /* for CLEAN */

/* For a process that is to do nothing but this: gives up all rights of root, for good, and ends
 * with its parent. */
MUST_USE struct fault child_rights_drop(void);

#endif
