/* sys/fault.h — what the kernel refused, as a fault: to be asked for at once, before errno is
 * somebody else's.
 * Faults  SYSTEM with errno; or, for calls that are made again, AGAIN where nothing is wrong
 * Thread  any */
#ifndef SYS_FAULT_H
#define SYS_FAULT_H

#include <errno.h>
#include <string.h>

#include "base/fault.h"

static inline struct fault system_fault(void)
{
	return fault_of(FAULT_SYSTEM, (uint16_t)errno);
}

static inline struct fault system_fault_or_again(void)
{
	return fault_of(errno == EAGAIN || errno == EINTR ? FAULT_AGAIN : FAULT_SYSTEM,
			(uint16_t)errno);
}

/* For people; never NULL. */
static inline const char *system_word(struct fault fault)
{
	return fault.kind == FAULT_SYSTEM ? strerror(fault.code) : fault_word(fault);
}

#endif
