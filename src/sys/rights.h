/* sys/rights.h — capabilities, new privileges and core files of this process.
 *
 * rights_shrink leaves what opening ports below 1024 takes, rights_drop nothing: sockets that
 * listen stay open, and neither TCP MD5 keys (RFC 2385) nor TTLs (RFC 5082) need a capability.
 * Owns    nothing
 * Faults  SYSTEM: the kernel refused; code is errno
 * Thread  the process's first, before there are others: they inherit; rights_look any */
#ifndef SYS_RIGHTS_H
#define SYS_RIGHTS_H

#include <stdbool.h>

#include "base/fault.h"

struct rights {
	uint64_t capabilities; /* permitted: a bit for each, as linux/capability.h numbers them */
	bool no_new_privileges;
	bool no_core_files;
	bool has_filter; /* of system calls */
};

/* No core file, and no other process of the user may look inside: no ptrace, no /proc/PID/mem. */
MUST_USE struct fault rights_close_memory(void);

MUST_USE struct fault rights_shrink(void);
MUST_USE struct fault rights_drop(void);

void rights_look(struct rights *out);

#endif
