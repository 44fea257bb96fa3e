/* trial/trial.h — an exchange on trial: a server process, a generator process, and what each costs.
 *
 *   load.c       who announces what, and what each member must hold
 *   server.c     the server: the route server's own worker and shard
 *   floor.c      the server's place taken by a bare sender of the same octets
 *   generator.c  all members' routers in one process
 *   trial.c      the two processes, their cores, clocks and memory
 *
 * The clock starts when all sessions stand and stops when every member holds what the model says;
 * the server's processor time is read from outside it.
 * Owns    the processes of a run, which end with it
 * Faults  LIMIT, SYSTEM: `trouble` says what
 * Thread  the process's first */
#ifndef TRIAL_TRIAL_H
#define TRIAL_TRIAL_H

#include "trial/load.h"

#define TRIAL_ROUNDS_MAX 16u
#define TRIAL_TROUBLE_MAX 256u
#define TRIAL_TIMEOUT_S_MAX 3600u
#define TRIAL_WORKERS_MAX 16u

struct trial_config {
	struct load_config load;
	uint32_t rounds; /* of churn */
	uint32_t workers;
	uint32_t timeout_s; /* for each phase */
	bool pin;           /* the server to core 0, the generator to core 1 */
};

struct trial_phase {
	double wall_s;
	double server_cpu_s;
	double generator_cpu_s;
	uint64_t octets; /* the members received */
};

struct trial_result {
	bool converged;
	uint32_t members_complete;
	uint64_t paths_held;
	uint64_t paths_wanted; /* also: deliveries, each at least once */
	struct trial_phase first;
	struct trial_phase withdraw[TRIAL_ROUNDS_MAX];
	struct trial_phase announce[TRIAL_ROUNDS_MAX];
	uint64_t peak_octets;            /* of the server: VmHWM */
	char trouble[TRIAL_TROUBLE_MAX]; /* why there is no result, or why it did not converge */
};

enum trial_server { TRIAL_PLENUM = 0, TRIAL_FLOOR = 1 };

/* The floor runs no churn. */
MUST_USE struct fault trial_run(const struct trial_config *config, enum trial_server server,
				struct trial_result *out);

/* Raises the limit on descriptors to what the trial needs; *allowed says how far it went. */
MUST_USE struct fault trial_descriptors(const struct trial_config *config, uint32_t *needed,
					uint32_t *allowed);

#endif
