/* server/confine.h — an exchange that can do what an exchange does, and nothing else.
 *
 * confine_begin, before the directory is opened: helper processes are forked, and the user is no
 * longer root: the one of --user, of exchange.yaml, or whom the directory belongs to.  What stays
 * is the right to open ports below 1024.  confine_close, when all ports are open and before there
 * are threads: no capability, no file but the exchange's own and those it was told to read, no
 * program, no socket.  docs/decisions.md says why each.
 * Owns    the helpers: confine_begin/confine_end
 * Faults  complaints; what a kernel cannot do is told and not a fault
 * Thread  the process's first; confine_view any */
#ifndef SERVER_CONFINE_H
#define SERVER_CONFINE_H

#include "base/complaint.h"
#include "registry/exchange.h"
#include "server/irr_helper.h"
#include "sys/doorman.h"
#include "sys/user.h"
#include "view/confinement.h"

#define CONFINE_TEXT_MAX 256u

/* What the log was told of a helper. */
struct confine_told {
	uint32_t again_count;
	bool is_gone;
};

struct confine {
	struct doorman doorman;
	struct irr_helper irr_helper;
	struct confine_told doorman_told;
	struct confine_told irr_told;
	struct user user;
	bool is_closed;
	bool opens_sockets;
	uint32_t landlock_abi;
};

/* `user` is a name, or NULL for what exchange.yaml says. */
bool confine_begin(struct confine *confine, const char *directory,
		   const struct exchange_config *config, const char *user,
		   struct complaints *complaints);

/* False: not even less than usual. */
bool confine_close(struct confine *confine, const char *directory,
		   const struct exchange_config *config, struct complaints *complaints);

/* Capabilities and system calls alone, for the workers on trial: what they cost is seen there. */
bool confine_workers(void);

void confine_end(struct confine *confine); /* zero is allowed */

void confine_view(struct confine *confine, struct view_confinement *out);

/* One line for the log. */
void confine_tell(const struct confine *confine, char out[CONFINE_TEXT_MAX]);

/* False: nothing is to be warned of. */
bool confine_warns(const struct confine *confine, const char *directory,
		   char out[CONFINE_TEXT_MAX]);

/* Whether a helper ended, of which the log does not know yet; one thread at a time. */
bool confine_news(struct confine *confine, char out[CONFINE_TEXT_MAX]);

#endif
