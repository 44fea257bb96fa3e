/* cli/progress.h — a line that tells how far a long thing has come, on standard error.
 *
 * On a terminal it is rewritten in place, a few times a second, cut to its width; elsewhere each
 * new kind of line is put once, so that a log is not flooded.
 * Owns    nothing
 * Thread  one */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "base/instant.h"

#define PROGRESS_TEXT_MAX 256u

struct progress {
	bool is_terminal;
	bool is_open; /* a line stands unfinished */
	bool is_put;  /* the last line, as it was said */
	int64_t said_ms;
	char kind[24]; /* how the last line began */
	char last[PROGRESS_TEXT_MAX];
};

void progress_init(struct progress *progress);
void progress_say(struct progress *progress, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The last line stands as it was said. */
void progress_end(struct progress *progress);

#endif
