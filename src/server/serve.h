/* server/serve.h — one directory served until a signal or a command ends it.
 * Owns    everything it makes; `store` stays the caller's
 * Faults  complaints say what was wrong
 * Thread  the process's first */
#ifndef SERVER_SERVE_H
#define SERVER_SERVE_H

#include "server/confine.h"
#include "server/control.h"
#include "server/serving.h"

/* A command of another process, run in one of this one's threads. */
typedef uint8_t (*serve_command)(void *context, struct serving *serving,
				 const struct control_request *request, struct control_reply reply);

struct serve_options {
	struct store *store;
	struct exchange_config *config; /* what of it the rule book sets changes with that */
	const char *directory;
	uint32_t worker_count;   /* 0 = one a processor, at most SERVING_WORKERS_MAX */
	struct confine *confine; /* begun; NULL: nothing is given up, for tests */
	serve_command command;
	void *context;
	/* Called once members can connect; may be NULL. */
	void (*ready)(void *context);
};

/* False: it could not begin. */
bool serve(const struct serve_options *options, struct complaints *complaints);

#endif
