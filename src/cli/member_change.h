/* cli/member_change.h — what an edit changed of a member: a table for a person, a line for the log.
 * Owns    nothing: both lists are borrowed for the call
 * Faults  false: the output was not taken
 * Bound   CHANGE_LINE_MAX octets a line; what does not fit is counted
 * Thread  any */
#ifndef CLI_MEMBER_CHANGE_H
#define CLI_MEMBER_CHANGE_H

#include "cli/command.h"

#define CHANGE_LINE_MAX 240u

struct change_line {
	uint32_t count; /* of changes */
	uint32_t left_out;
	char text[CHANGE_LINE_MAX]; /* "max-prefix4 default -> 10, blackhole no -> yes" */
};

/* Of one member before and after; nothing is printed when nothing changed. */
MUST_USE bool member_change_print(const struct desk *desk, const struct registry_list *before,
				  const struct registry_list *after, struct change_line *out);

#endif
