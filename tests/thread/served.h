/* thread/served.h — an exchange served inside the test's own process, so that a sanitizer sees all
 * its threads: the one that serves, workers, callers of the control socket, and the test's.
 *
 * What it logs goes to a file in its directory; what a sanitizer has to say still goes to where
 * standard error was.
 * Owns    a directory under TMPDIR and the thread, until served_fini
 * Faults  false, and a failed check of the case
 * Thread  the case's; served_ask, served_direct and served_log any */
#ifndef THREAD_SERVED_H
#define THREAD_SERVED_H

#include <pthread.h>
#include <stdatomic.h>

#include "cli/command.h"
#include "server/house.h"
#include "text/sink.h"

#define SERVED_WAIT_S 40 /* for a beginning or an end */

struct served {
	char directory[64];
	struct exchange_config config;
	uint32_t worker_count;
	struct house house;
	struct complaints complaints;
	struct desk desk;
	pthread_t thread;
	pthread_mutex_t lock; /* what follows */
	pthread_cond_t changed;
	bool has_thread;
	bool is_ready;
	bool is_over;
	bool was_served; /* it had begun */
	_Atomic(struct serving *) serving;
};

/* A directory with an exchange on a free port of 127.0.0.1, with 127.1.0.0/16 and fd00:1::/64 as
 * LANs and blackholing. */
bool served_make(struct served *served, uint32_t worker_count);
void served_fini(struct served *served);

/* Before it is served. */
bool served_member_add(struct served *served, const struct registry_member *member);

/* Begins to serve.  False: it could not begin; then the complaints say why. */
bool served_begin(struct served *served);

/* Waits until it serves no more.  False: it did not end in time. */
bool served_end(struct served *served, uint32_t wait_s);

/* A command over the control socket, its words parted by blanks; texts and errors go to `out`.  The
 * exit code, or -1 when there was no answer. */
int served_ask(const struct served *served, const char *line, struct text_buffer *out);

/* The same without its answer, until the other side has closed its end, too. */
bool served_call_out(const struct served *served, const char *line);

/* A stream to the control socket, not yet used; `request` the octets of a command.  -1: none. */
int served_connect(const struct served *served);
bool served_request(const struct served *served, const char *line, struct text_buffer *out);

/* The running exchange itself. */
struct serving *served_direct(const struct served *served);

/* How often the log has the text. */
uint32_t served_log_count(const char *text);

/* The last lines of the log, as comments of the case. */
void served_log_tell(const struct served *served);

#endif
