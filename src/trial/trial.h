/* trial/trial.h — an exchange on trial: a server process, a generator process, and what each costs.
 *
 *   load.c, load_name.c   who announces what, and what each member must hold
 *   server.c     the server: the route server's own workers and shards
 *   floor.c      the server's place taken by a bare sender of the same octets
 *   generator.c  all members' routers in one process, phase after phase
 *   expected.c   what they hold against what they must
 *   changes.c    single changes and how long each takes to the last member
 *   cost.c       processor time and memory, read from outside the server
 *   trial.c      the processes, their cores
 *
 * The clock starts when all sessions stand and stops when every member holds what the model says;
 * the server's processor time is read from outside it.  The server may be another program that
 * somebody else started: then members' attribute sets are compared by what every route server must
 * keep (speaker/sets.h).
 * Owns    the processes of a run, which end with it; never those of another program
 * Faults  LIMIT, SYSTEM: `trouble` says what
 * Thread  the process's first */
#ifndef TRIAL_TRIAL_H
#define TRIAL_TRIAL_H

#include <sys/types.h>

#include "trial/load.h"

#define TRIAL_ROUNDS_MAX 16u
#define TRIAL_TROUBLE_MAX 512u
#define TRIAL_TIMEOUT_S_MAX 3600u
#define TRIAL_WORKERS_MAX 16u
#define TRIAL_PROCESSES_MAX 16u
#define TRIAL_TRICKLE_S_MAX 300u
#define TRIAL_PROBES_MAX 10000u

struct trial_config {
	struct load_config load;
	uint32_t rounds; /* of churn */
	uint32_t workers;
	uint32_t timeout_s;    /* for each phase */
	uint32_t connecting_s; /* for all sessions to stand */
	bool floor_shares;     /* one copy of the octets for all members */
	bool pin;              /* the server to core 0, the generator to core 1 */
	uint32_t slow_one_in;  /* one member in so many reads slowly; 0 = none */
	uint32_t trickle_s;    /* each member changes one route a second, so long */
	uint32_t probes;       /* single announcements, timed to the last member */
	bool rules;            /* they change while routes do */
	/* Another program in the server's place, on the LAN; 0 = none. */
	uint32_t process_count;
	pid_t process[TRIAL_PROCESSES_MAX];
	const char *reload; /* a program that makes it take up its changed rules; NULL = none */
};

/* Of changes, from the announcement to the last member that must hear of it. */
struct trial_latency {
	uint32_t count;
	uint32_t unfinished;
	double median_s;
	double p99_s;
	double most_s;
};

struct trial_stretch {
	double wall_s;
	double server_cpu_s;
	double generator_cpu_s;
	struct trial_latency latency;
};

/* A change of rules: prefixes are barred that were not, while each member changes a route a
 * second. */
struct trial_rules {
	double complete_s;
	double server_cpu_s;
	struct trial_latency before; /* of changes that were sent before it */
	struct trial_latency during;
	uint32_t sessions_lost;
	uint64_t needless; /* routes that came though nothing of theirs had changed */
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
	uint64_t paths_wanted; /* in the phase that was the last */
	uint64_t deliveries;   /* when all routes are announced, each at least once */
	struct trial_phase first;
	struct trial_phase withdraw[TRIAL_ROUNDS_MAX];
	struct trial_phase announce[TRIAL_ROUNDS_MAX];
	double slow_s; /* until those that read slowly hold all, too */
	struct trial_stretch trickle;
	struct trial_stretch idle;     /* probes when nothing else happens */
	struct trial_stretch flapping; /* and while a member withdraws and announces all it has */
	uint64_t flapped;              /* routes it said */
	struct trial_rules rules;
	uint64_t peak_octets;   /* of the server: VmHWM, of all its processes */
	uint64_t kernel_octets; /* of all TCP sockets, both ends: beyond what was at first */
	char trouble[TRIAL_TROUBLE_MAX]; /* why there is no result, or why it did not converge */
};

enum trial_server { TRIAL_PLENUM = 0, TRIAL_FLOOR = 1, TRIAL_OTHER = 2 };

/* The floor converges, and that is all it can. */
MUST_USE struct fault trial_run(const struct trial_config *config, enum trial_server server,
				struct trial_result *out);

/* Raises the limit on descriptors to what the trial needs; *allowed says how far it went. */
MUST_USE struct fault trial_descriptors(const struct trial_config *config, uint32_t *needed,
					uint32_t *allowed);

#endif
