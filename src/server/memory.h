/* server/memory.h — what the process holds and what it may grow to: one term for each thing that
 * takes memory, with the arithmetic that it comes from.
 *
 * What is held is what the allocator was asked for, of each owner; what it may grow to follows from
 * the plan in force and the constants of the folders that hold it.  The kernel's buffers of sockets
 * are not the process's and not counted.
 * Owns    nothing
 * Thread  any; asks every worker */
#ifndef SERVER_MEMORY_H
#define SERVER_MEMORY_H

#include "base/instant.h"
#include "view/memory.h"

struct serving;

/* Now and then, by the first thread: when much was given back, the system has it soon. */
void memory_keep(struct serving *serving, struct instant now);

/* With `resident_octets` as the system says it. */
void memory_view(struct serving *serving, uint64_t resident_octets, struct view_memory *out);

#endif
