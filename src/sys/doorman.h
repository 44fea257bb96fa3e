/* sys/doorman.h — connections to others, made by a process that can do nothing else.
 *
 * The process that serves gives up sockets; its doorman makes them on request and passes them over.
 * It knows from its first moment where connections may go, and trusts nothing that is asked later:
 * an endpoint of its list, or an address of one of its networks.
 * Owns    the helper: doorman_begin/doorman_end
 * Faults  SYSTEM with errno: EACCES: it may not go there · ETIMEDOUT, EPIPE: it does not answer ·
 *         ECHILD: it is gone, and the next can begin another
 * Bound   DOORMAN_PATIENCE_S a request, and as much for another doorman
 * Thread  begin and end the process's first; doorman_connect any, one after the other */
#ifndef SYS_DOORMAN_H
#define SYS_DOORMAN_H

#include <pthread.h>

#include "net/port.h"
#include "net/prefix.h"
#include "sys/helper.h"

#define DOORMAN_PATIENCE_S 2
#define DOORMAN_ENDPOINTS_MAX 16u
#define DOORMAN_NETWORKS_MAX 16u

struct doorman_rules {
	uint32_t endpoint_count;
	struct port_endpoint endpoint[DOORMAN_ENDPOINTS_MAX];
	uint32_t network_count;
	struct prefix network[DOORMAN_NETWORKS_MAX];
};

struct doorman {
	struct helper helper;
	uint32_t asked; /* the number of the last request */
	pthread_mutex_t mutex;
};

bool doorman_lets(const struct doorman_rules *rules, const struct port_endpoint *to);

MUST_USE struct fault doorman_begin(struct doorman *doorman, const struct doorman_rules *rules);
void doorman_end(struct doorman *doorman); /* not begun is allowed */

/* As dial_begin. */
MUST_USE struct fault doorman_connect(struct doorman *doorman, const struct address *from,
				      const struct port_endpoint *to,
				      const struct port_secret *secret, int *out);

#endif
