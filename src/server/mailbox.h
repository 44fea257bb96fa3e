/* server/mailbox.h — what others leave for a worker: streams, sessions to end, one errand.
 *
 * Letters are taken at the worker's next step; leaving one never waits.  An errand is a function
 * that the worker runs between two steps while the caller waits: so other threads read and change
 * what is the worker's without a lock on it.
 * Owns    letters until they are taken; a stream in a letter that is never taken is the owner's to
 *         close
 * Bound   MAILBOX_LETTERS_MAX letters
 * Thread  any to leave, the worker to take */
#ifndef SERVER_MAILBOX_H
#define SERVER_MAILBOX_H

#include "net/identifier.h"
#include "net/port.h"
#include "server/lock.h"

#define MAILBOX_LETTERS_MAX 1024u

enum letter_kind {
	LETTER_STREAM = 0, /* accepted by another worker, for a session of this one */
	LETTER_END,        /* the session is to end for want of resources */
};

struct letter {
	enum letter_kind kind;
	struct session_id session;
	struct port_stream stream;
};

struct worker;
typedef void (*errand_run)(struct worker *worker, void *context);

struct mailbox {
	struct lock lock;
	struct lock errand_lock; /* one caller at a time */
	pthread_cond_t errand_done;
	_Atomic bool has_something; /* letters or an errand: looked at without the lock */
	errand_run errand;
	void *errand_context;
	uint32_t first;
	uint32_t count;
	struct letter letter[MAILBOX_LETTERS_MAX];
};

void mailbox_init(struct mailbox *mailbox);
void mailbox_fini(struct mailbox *mailbox);

/* False: it is full, the letter was not taken. */
bool mailbox_leave(struct mailbox *mailbox, const struct letter *letter);
bool mailbox_take(struct mailbox *mailbox, struct letter *out);

/* Runs the errand if there is one. */
void mailbox_run(struct mailbox *mailbox, struct worker *worker);

/* Waits until the worker, woken by `wake`, has run it. */
void mailbox_ask(struct mailbox *mailbox, errand_run run, void *context, struct port *wake);

#endif
