/* sys/reach.h — the files and ports that this process can still reach (Landlock).
 *
 * Everything is out of reach but what is listed.  What an older kernel does not know stays open:
 * ABI 1 (Linux 5.13) holds files, 3 also their length, 4 TCP ports, 6 signals and abstract sockets.
 * Descriptors that are open stay so.
 * Owns    nothing; paths are the caller's
 * Faults  ABSENT: the kernel has no Landlock, or it is off · SYSTEM: errno
 * Thread  the process's first, before there are others: they inherit */
#ifndef SYS_REACH_H
#define SYS_REACH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"

#define REACH_PATHS_MAX 16u
#define REACH_PORTS_MAX 8u

enum reach_right {
	REACH_READ = 1,
	REACH_WRITE = 2, /* and make, rename and remove files and folders */
};

struct reach {
	uint32_t path_count;
	const char
		*path[REACH_PATHS_MAX]; /* a file, or a folder with all below; absent is allowed */
	uint8_t right[REACH_PATHS_MAX]; /* enum reach_right, joined */
	bool is_any_port;               /* TCP connections are not held by this */
	uint32_t port_count;
	uint16_t port[REACH_PORTS_MAX]; /* of TCP, to connect to */
	uint32_t abi;                   /* out: what the kernel knows; 0 = no Landlock */
};

void reach_add(struct reach *reach, const char *path, uint32_t rights);

/* For good; needs no_new_privs. */
MUST_USE struct fault reach_close(struct reach *reach);

#endif
