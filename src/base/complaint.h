/* base/complaint.h — all that is wrong, said at once: sentences, each with its place.
 * Bound   COMPLAINTS_MAX sentences at once; more are counted, errors before warnings, or with a
 *         drain handed on, so that none is left out
 * Owns    nothing: a plain value
 * Thread  one */
#ifndef BASE_COMPLAINT_H
#define BASE_COMPLAINT_H

#include <stdbool.h>
#include <stdint.h>

#define COMPLAINTS_MAX 64u
#define COMPLAINT_TEXT_MAX 1024u /* a refusal with the decision behind it */

struct complaint {
	bool is_warning; /* said, but nothing is refused for it */
	char text[COMPLAINT_TEXT_MAX];
};

struct complaints {
	uint32_t count;
	uint32_t error_count;   /* also of those left out */
	uint32_t warning_count; /* likewise */
	uint32_t left_out;
	/* NULL, or takes what was said so far when the list is full; then it is empty again. */
	void (*drain)(void *context, const struct complaints *complaints);
	void *drain_context;
	struct complaint list[COMPLAINTS_MAX];
};

void complain(struct complaints *complaints, bool is_warning, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
