/* server/control.h — the control socket: commands of other processes, run by the one that serves.
 *
 * Shape   request: len(32) version(8) flags(8) columns(16) words(16) attached(32), then each word
 *         as len(32) octets, then the attached file's octets
 *         reply: frames of kind(8) len(32) octets, the last of kind EXIT with one octet
 * Owns    a request's words and octets live for the call
 * Bound   CONTROL_REQUEST_OCTETS_MAX a request, CONTROL_CALLERS_MAX callers at once
 * Faults  MALFORMED: not a request; the caller is told and dropped
 * Thread  one thread a caller */
#ifndef SERVER_CONTROL_H
#define SERVER_CONTROL_H

#include <stdbool.h>

#include "base/fault.h"
#include "base/octets.h"

#define CONTROL_SOCKET "control"
#define CONTROL_VERSION 1u
#define CONTROL_REQUEST_OCTETS_MAX (64u * 1024u * 1024u)
#define CONTROL_WORDS_MAX 512u
#define CONTROL_CALLERS_MAX 8u
#define CONTROL_FRAME_OCTETS_MAX (64u * 1024u)

struct control_request {
	bool has_colour;  /* the caller's output is a terminal that shows colours */
	uint16_t columns; /* its width; 0 = none */
	uint32_t word_count;
	const char *const *words;
	struct octets attached; /* a file the words name, read by the caller */
};

enum control_frame {
	CONTROL_OUTPUT = 1,
	CONTROL_ERROR = 2,
	CONTROL_EXIT = 3,
	CONTROL_ASK = 4, /* a question and the word to add on yes, each closed by a NUL */
};

/* Where a command's text goes; false: the caller is gone. */
struct control_reply {
	bool (*put)(void *context, enum control_frame kind, struct octets octets);
	void *context;
};

typedef uint8_t (*control_run)(void *context, const struct control_request *request,
			       struct control_reply reply);

struct control;

/* Listens in the directory.  `run` is called from the callers' threads, several at once. */
MUST_USE struct fault control_new(const char *directory, control_run run, void *context,
				  struct control **out);

/* Takes one caller.  AGAIN: nobody called for `wait_ms`, or there is something to read on `wake` ·
 * SYSTEM: the system has no descriptor or memory for one; he waits. */
MUST_USE struct fault control_step(struct control *control, int wake, int wait_ms);

/* Ends all callers and waits for their threads: answers that are being written still go out, but to
 * those alone who read.  NULL is allowed. */
void control_free(struct control *control);

/* The other side: sends the request and passes the frames on until the exit code.  ABSENT: nobody
 * serves the directory. */
MUST_USE struct fault control_call(const char *directory, const struct control_request *request,
				   struct control_reply reply, uint8_t *exit_code);

#endif
