/* server/serve.h — the running exchange: one directory served until a signal ends it.
 * Owns    everything it makes; `store` stays the caller's
 * Faults  complaints say what was wrong
 * Thread  the process's first */
#ifndef SERVER_SERVE_H
#define SERVER_SERVE_H

#include "registry/exchange.h"

/* Serves until SIGINT or SIGTERM.  False: it could not begin. */
bool serve(struct store *store, const struct exchange_config *config,
	   struct complaints *complaints);

#endif
