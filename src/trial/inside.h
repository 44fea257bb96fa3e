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
	struct port_endpoint at; /* where the server listens */
	int ready_fd;            /* one octet when it does; closed without it when it cannot */
};

/* These serve until the process is ended; they come back only when they cannot begin. */
void trial_serve_plenum(const struct trial_stage *stage);
void trial_serve_floor(const struct trial_stage *stage);

/* The generator's whole run; `server` is the process whose time is measured. */
void trial_generate(const struct trial_stage *stage, pid_t server, enum trial_server kind,
		    struct trial_result *out);

/* Tells that the server listens. */
void trial_ready(const struct trial_stage *stage);

#endif
