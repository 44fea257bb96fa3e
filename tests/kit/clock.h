/* kit/clock.h — clocks in seconds, for what measures.
 * Thread  any */
#ifndef KIT_CLOCK_H
#define KIT_CLOCK_H

#include <time.h>

#include "base/check.h"

static inline double clock_s(clockid_t clock)
{
	struct timespec at;

	CHECK(clock_gettime(clock, &at) == 0);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

/* What this process took of processors so far. */
static inline double cpu_s(void)
{
	return clock_s(CLOCK_PROCESS_CPUTIME_ID);
}

/* As a clock on the wall goes, from some beginning. */
static inline double now_s(void)
{
	return clock_s(CLOCK_MONOTONIC);
}

#endif
