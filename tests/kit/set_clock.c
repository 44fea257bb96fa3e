/* kit/set_clock.c — preloaded: a wall clock that somebody sets.  SET_CLOCK names a file of eight
 * octets, a number of seconds in the machine's order; whoever writes it sets the clock by so much.
 * It is mapped when the program begins, before that gives up what it may. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *by_s;

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("SET_CLOCK");
	int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return;
	void *page = mmap(NULL, sizeof *by_s, PROT_READ, MAP_SHARED, fd, 0);
	if (page != MAP_FAILED)
		by_s = page;
	(void)close(fd);
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
	static int (*real)(clockid_t, struct timespec *);

	if (real == NULL)
		*(void **)(&real) = dlsym(RTLD_NEXT, "clock_gettime");
	int result = real(clock, out);
	if (result == 0 && clock == CLOCK_REALTIME && by_s != NULL)
		out->tv_sec += *by_s;
	return result;
}

time_t time(time_t *out)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}
