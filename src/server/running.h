/* server/running.h — the inside of a running exchange, for the files of this folder.
 *
 *   serve.c    threads, signals, beginning and end
 *   serving.c  the record, changes of plan
 *   query.c    sessions, routes and status for commands
 *   story.c    the explanation of one prefix
 *   book.c     the rule book in force, for who asks
 *   foresee.c  what another rule book would change
 *   irr.c      the keeper of as-sets
 *   uplist.c   which sessions are up, for the next start
 * Owns    a served exchange its threads, plan and keepers
 * Faults  those of the store · LIMIT: memory is out
 * Thread  as each part says */
#ifndef SERVER_RUNNING_H
#define SERVER_RUNNING_H

#include "server/confine.h"
#include "server/front.h"
#include "server/irr.h"
#include "server/follow.h"
#include "server/rpki.h"
#include "server/journal.h"
#include "server/serve.h"
#include "server/worker.h"
#include "sys/port.h"

struct team_member {
	struct serving *serving;
	struct heap heap;
	struct sys_port sys;
	struct worker *worker;
	pthread_t thread;
	bool has_port;
	bool is_running;
};

struct serving {
	struct heap heap; /* the first thread's */
	const struct serve_options *options;
	struct instant started_at;
	struct lock record;
	struct lock plan_lock; /* plan and plan_version */
	struct plan *plan;
	uint64_t plan_version;
	struct irr_data *irr; /* under the same lock; its keeper alone changes it */
	struct confine *confine;
	struct confine unconfined; /* where nobody began one */
	int memory_fd; /* asked how much memory there is; no file is opened for that any more */
	struct irr_keeper *irr_keeper;  /* NULL: no source is named */
	char enforced[PLAN_DIGEST_MAX]; /* the rule book recorded as in force; the record's */
	_Atomic int64_t rules_next_s;   /* UTC: another version of the rule book; 0 = none waits */
	struct rpki_data *rpki;         /* under the same lock; the keeper alone changes it */
	uint64_t rpki_judged_before;    /* routes, when it came; likewise */
	struct rpki_keeper *keeper;     /* NULL: no source is named */
	struct shards *shards;
	struct restart restart;
	struct follow *follow;   /* NULL: nobody else changes the registry */
	struct journal *journal; /* on standard error */
	struct front *front;     /* NULL: no public door */
	uint32_t worker_count;
	struct team_member team[SERVING_WORKERS_MAX];
	struct worker *worker[SERVING_WORKERS_MAX];
	_Atomic bool workers_end;
	_Atomic bool must_end;
	_Atomic bool for_restart;
	_Atomic bool uplist_is_old; /* a session came up or went down */
	int wake_fd;                /* readable: look at must_end */
	struct instant uplist_at;
	int64_t least_beyond_octets; /* resident beside what shards hold, since then; likewise */
	struct instant memory_at;    /* when memory is looked at again; likewise */
};

/* The plan in force, with one user more. */
struct plan *serving_plan(struct serving *serving);

/* What the rule book sets is known as it is in force now, and when that changes next.  The caller
 * holds the record. */
MUST_USE struct fault serving_rules_lay(struct serving *serving);

/* A version whose time has come is put in force. */
void serving_rules_keep(struct serving *serving);

/* What the RPKI says, likewise; NULL: nothing is known. */
struct rpki_data *serving_rpki(struct serving *serving);

/* The members' as-sets, likewise. */
struct irr_data *serving_irr(struct serving *serving);

/* Public pages show the registry as it is now.  The caller holds the record. */
void serving_publish(struct serving *serving);

/* The sessions that are up, asked of every worker. */
void serving_established(struct serving *serving, struct session_set *out);

/* --- uplist.c --- */

/* Those that were up when the last process ended without being told to, if that was less than
 * WORKER_RESTART_S ago: members may still hold our routes. */
void uplist_read(const char *directory, const struct plan *plan, struct wall now,
		 struct session_set *out);

/* Now and then: what is up, and that we are alive. */
void uplist_keep(struct serving *serving, struct instant now);

/* For an end that members were told of: nobody waits for us. */
void uplist_forget(const char *directory);

#endif
