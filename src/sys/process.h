/* sys/process.h — what the system says of this process and machine.
 * Thread  any */
#ifndef SYS_PROCESS_H
#define SYS_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/fault.h"
#include "base/instant.h"

/* Resident memory; 0 when the system does not say. */
uint64_t process_memory_octets(void);

/* The same for a process that can open no file any more; -1 is allowed. */
int process_memory_open(void);
uint64_t process_memory_octets_at(int fd);
void process_memory_close(int fd);

/* First of all, in a process that is to last: a block of so many octets or more is the system's own
 * again when it is freed.  The C library would raise that bound to the largest block ever freed,
 * and keep what is below it. */
#define PROCESS_BLOCK_OCTETS (512 * 1024)
void process_memory_begin(void);

/* What the allocator keeps for later goes back to the system.  Threads that want memory meanwhile
 * wait: 0.1 to 0.8 ms for each MiB that goes. */
void process_memory_give_back(void);

/* Of another process: its processor time so far and its resident memory; 0 when the system does not
 * say. */
double process_cpu_s(pid_t process);
uint64_t process_memory_octets_of(pid_t process);

/* Processors this process may run on, at least 1. */
uint32_t process_processors(void);

/* Allows as many open files as the system lets it, up to `wanted`; what it is then. */
uint64_t process_files_max(uint64_t wanted);

/* What to type to call this program from any folder: its name when it was found by that, else its
 * path. */
#define PROGRAM_TEXT_MAX 4096u /* PATH_MAX */
void process_program_print(char out[PROGRAM_TEXT_MAX]);

struct wall process_wall(void);

/* How far the wall clock is ahead of the one nobody sets, as it is now. */
int64_t process_wall_ahead_s(void);
struct instant process_now(void); /* as CLOCK_MONOTONIC has it */

#endif
