/* cli/serve_here.h — a directory served by this process until it is told to end.
 * Owns    nothing
 * Faults  the exit code
 * Thread  the process's first; serve_command_here one a caller */
#ifndef CLI_SERVE_HERE_H
#define CLI_SERVE_HERE_H

#include <stdint.h>

#include "server/control.h"
#include "server/serving.h"

/* One octet goes to `ready_fd` when members can connect.  The process's exit code. */
int serve_here(const char *directory, uint32_t worker_count, int ready_fd);

/* Runs a command of another process; `context` is the desk of the process that serves. */
uint8_t serve_command_here(void *context, struct serving *serving,
			   const struct control_request *request, struct control_reply reply);

#endif
