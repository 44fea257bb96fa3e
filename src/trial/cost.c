/* trial/cost.c — processor time and memory, from the kernel's accounts. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "trial/inside.h"

double trial_clock_s(clockid_t clock)
{
	struct timespec at;

	if (clock_gettime(clock, &at) != 0)
		return 0;
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

double trial_server_cpu_s(const struct trial_stage *stage)
{
	double sum = 0;
	clockid_t clock;

	for (uint32_t i = 0; i < stage->process_count; i++) {
		if (clock_getcpuclockid(stage->process[i], &clock) == 0)
			sum += trial_clock_s(clock);
	}
	return sum;
}

static uint64_t peak_of(pid_t process)
{
	char path[64];
	char line[256];
	uint64_t kib = 0;

	(void)snprintf(path, sizeof path, "/proc/%d/status", (int)process);
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return 0;
	while (fgets(line, sizeof line, file) != NULL) {
		if (sscanf(line, "VmHWM: %" SCNu64 " kB", &kib) == 1)
			break;
	}
	(void)fclose(file);
	return kib * 1024;
}

uint64_t trial_server_peak(const struct trial_stage *stage)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < stage->process_count; i++)
		sum += peak_of(stage->process[i]);
	return sum;
}

uint64_t trial_kernel_octets(void)
{
	char line[256];
	uint64_t pages = 0;
	FILE *file = fopen("/proc/net/sockstat", "re");

	if (file == NULL)
		return 0;
	while (fgets(line, sizeof line, file) != NULL) {
		if (sscanf(line, "TCP: inuse %*u orphan %*u tw %*u alloc %*u mem %" SCNu64,
			   &pages) == 1)
			break;
	}
	(void)fclose(file);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}
