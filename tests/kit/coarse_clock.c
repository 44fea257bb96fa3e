/* kit/coarse_clock.c — preloaded: clocks of processor time that see only whole seconds, as on a
 * machine that counts ticks. */
#include <dlfcn.h>
#include <time.h>

int clock_gettime(clockid_t clock, struct timespec *out)
{
	static int (*real)(clockid_t, struct timespec *);

	if (real == NULL)
		*(void **)(&real) = dlsym(RTLD_NEXT, "clock_gettime");
	int result = real(clock, out);
	if (result == 0 && (clock < 0 || clock == CLOCK_PROCESS_CPUTIME_ID))
		out->tv_nsec = 0;
	return result;
}
