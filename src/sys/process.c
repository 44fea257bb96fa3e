/* sys/process.c — the process seen from outside. */
#include "sys/process.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"

#define STATM_TEXT_MAX 256u

static uint64_t memory_octets(const char *path)
{
	unsigned long long size = 0;
	unsigned long long resident = 0;
	FILE *file = fopen(path, "re");

	if (file == NULL)
		return 0;
	int found = fscanf(file, "%llu %llu", &size, &resident);
	(void)fclose(file);
	return found == 2 ? (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

uint64_t process_memory_octets(void)
{
	return memory_octets("/proc/self/statm");
}

int process_memory_open(void)
{
	return open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
}

uint64_t process_memory_octets_at(int fd)
{
	unsigned long long resident = 0;
	char text[STATM_TEXT_MAX];
	ssize_t len = pread(fd, text, sizeof text - 1, 0);

	text[len > 0 ? len : 0] = '\0';
	return sscanf(text, "%*u %llu", &resident) == 1 ?
		       (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE) :
		       0;
}

void process_memory_begin(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, PROCESS_BLOCK_OCTETS);
}

void process_memory_give_back(void)
{
	(void)malloc_trim(0);
}

void process_memory_close(int fd)
{
	if (fd >= 0)
		(void)close(fd);
}

uint64_t process_memory_octets_of(pid_t process)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%d/statm", (int)process);
	return memory_octets(path);
}

double process_cpu_s(pid_t process)
{
	struct timespec at;
	clockid_t clock;

	if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &at) != 0)
		return 0;
	return (double)at.tv_sec + (double)at.tv_nsec / (double)NS_PER_S;
}

uint32_t process_processors(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof set, &set) != 0 || CPU_COUNT(&set) < 1)
		return 1;
	return (uint32_t)CPU_COUNT(&set);
}

uint64_t process_files_max(uint64_t wanted)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 0;
	if (limit.rlim_cur >= wanted)
		return limit.rlim_cur;
	struct rlimit raised = { .rlim_cur = wanted,
				 .rlim_max = limit.rlim_max < wanted ? wanted : limit.rlim_max };
	if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
		return wanted;
	raised = (struct rlimit){ .rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max };
	return setrlimit(RLIMIT_NOFILE, &raised) == 0 ? limit.rlim_max : limit.rlim_cur;
}

struct wall process_wall(void)
{
	return (struct wall){ time(NULL) };
}

/* In whole seconds of the difference, so that it does not swing with the fractions of either. */
int64_t process_wall_ahead_s(void)
{
	struct timespec wall;

	CHECK(clock_gettime(CLOCK_REALTIME, &wall) == 0);
	return (wall.tv_sec * NS_PER_S + wall.tv_nsec - process_now().ns) / NS_PER_S;
}

struct instant process_now(void)
{
	struct timespec at;

	CHECK(clock_gettime(CLOCK_MONOTONIC, &at) == 0);
	return (struct instant){ at.tv_sec * NS_PER_S + at.tv_nsec };
}

void process_program_print(char out[PROGRAM_TEXT_MAX])
{
	const char *called = program_invocation_name;

	if (strchr(called, '/') == NULL || realpath(called, out) == NULL)
		(void)snprintf(out, PROGRAM_TEXT_MAX, "%s", program_invocation_short_name);
}
