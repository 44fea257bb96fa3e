/* cli/serve_here.h — a directory served by this process until it is told to end.
 * Thread  the process's first */
#ifndef CLI_SERVE_HERE_H
#define CLI_SERVE_HERE_H

#include <stdint.h>

/* One octet goes to `ready_fd` when members can connect.  The process's exit code. */
int serve_here(const char *directory, uint32_t worker_count, int ready_fd);

#endif
