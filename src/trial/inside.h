/* trial/inside.h — the inside of a trial, for the files of this folder.
 * Thread  the first of the process in question */
#ifndef TRIAL_INSIDE_H
#define TRIAL_INSIDE_H

#include <sys/types.h>

#include "net/port.h"
#include "trial/trial.h"

/* What a server process is started with. */
struct trial_stage {
	const struct trial_config *config;
	enum trial_server kind;
	struct port_endpoint at; /* where the server listens */
	uint32_t process_count;
	pid_t process[TRIAL_PROCESSES_MAX]; /* the server's */
	int ready_fd; /* one octet when it does; closed without it when it cannot */
};

/* These serve until the process is ended; they come back only when they cannot begin. */
void trial_serve_plenum(const struct trial_stage *stage);
void trial_serve_floor(const struct trial_stage *stage);

/* The generator's whole run. */
void trial_generate(const struct trial_stage *stage, struct trial_result *out);

/* Tells that the server listens. */
void trial_ready(const struct trial_stage *stage);

/* --- cost.c --- */
double trial_clock_s(clockid_t clock);

/* The processor time of the server's processes so far. */
double trial_server_cpu_s(const struct trial_stage *stage);

/* Their peaks of resident memory, added up. */
uint64_t trial_server_peak(const struct trial_stage *stage);

/* The kernel's memory for all TCP sockets of the machine. */
uint64_t trial_kernel_octets(void);

#endif
