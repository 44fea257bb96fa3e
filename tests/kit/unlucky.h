/* kit/unlucky.h — how a program under kit/unlucky.c tells kit/failer.c that it begins: what its
 * loader asks of the system before is not the program's.
 * Thread  any */
#ifndef KIT_UNLUCKY_H
#define KIT_UNLUCKY_H

#include <sys/syscall.h>

#define UNLUCKY_CALL SYS_getpriority /* with BEGINS, which it refuses */
#define UNLUCKY_BEGINS 0x504c4e

#endif
