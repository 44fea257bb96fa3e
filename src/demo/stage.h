/* demo/stage.h — where a scene is played: a directory with a registry, a network, a process that
 * serves.
 *
 * The server dies with this process.  A directory under TMPDIR goes with both, however they end.
 * Owns    the directory until stage_end, and the process
 * Faults  complaints say what was wrong
 * Thread  the process's first */
#ifndef DEMO_STAGE_H
#define DEMO_STAGE_H

#include <limits.h>
#include <sys/types.h>

#include "demo/scene.h"
#include "demo/sweep.h"
#include "net/port.h"

#define STAGE_PORT 1790u

/* Serves the directory until it is told to end; writes one octet to `ready_fd` when members can
 * connect.  Never comes back but with an exit code. */
typedef int (*stage_serve)(const char *directory, uint32_t worker_count, int ready_fd);

struct stage {
	char directory[PATH_MAX];
	struct sweep sweep;   /* of a directory under TMPDIR */
	bool has_own_network; /* with IPv6, and any addresses */
	struct port_endpoint listen[FAMILY_COUNT];
	pid_t server; /* 0 = none */
	struct plan *plan;
};

/* A network of its own if the system allows; before the scene is made, since without one members
 * have addresses of 127/8 and no IPv6 sessions. */
void stage_network(struct stage *stage);

/* `directory` NULL: a new one under TMPDIR.  First of all. */
bool stage_directory(struct stage *stage, const char *directory, struct complaints *complaints);

/* Finds the scene's LANs.  Members whose addresses this network cannot have, or that lie in more
 * LANs than an exchange has, get others.  Before scene_settle. */
MUST_USE struct fault stage_fit(const struct stage *stage, struct scene *scene);

/* Registry and server, in the directory. */
bool stage_begin(struct stage *stage, const struct scene *scene, uint32_t worker_count,
		 stage_serve serve, struct complaints *complaints);

/* The server has ended by itself: a complaint says so with its last words. */
bool stage_has_ended(struct stage *stage, struct complaints *complaints);

/* Ends the server, and a directory under TMPDIR. */
void stage_end(struct stage *stage);

#endif
