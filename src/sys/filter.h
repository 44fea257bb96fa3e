/* sys/filter.h — a filter of system calls, as the kernel runs it for each of them (seccomp, BPF).
 *
 * Shape   filter_init, what holds for each call (the first that is said of one counts), filter_load
 * Owns    nothing: it is an array, made without memory or anything else that could be refused
 * Faults  ABSENT: this kernel, or this machine, has no such filters · SYSTEM: errno
 * Bound   FILTER_STEPS_MAX
 * Thread  any; filter_load the process's first, before there are others: they inherit */
#ifndef SYS_FILTER_H
#define SYS_FILTER_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"

#define FILTER_STEPS_MAX 640u
#define FILTER_VALUES_MAX 8u

/* Allowed when the bits of the argument under the mask are one of the values. */
struct filter_limit {
	int call;
	uint8_t argument; /* from 0 */
	bool is_pointer;  /* the value is 0, and so is the upper half */
	uint32_t mask;    /* of the lower half, which is all that flags and numbers have */
	uint8_t value_count;
	uint32_t value[FILTER_VALUES_MAX];
};

struct filter {
	struct sock_filter step[FILTER_STEPS_MAX];
	uint32_t count;
	uint32_t otherwise; /* what becomes of calls of which nothing is said: SECCOMP_RET_... */
};

void filter_init(struct filter *filter, uint32_t otherwise);

/* A call that this machine does not have, a number below 0, is passed over. */
void filter_say(struct filter *filter, int call, uint32_t action);
void filter_allow_if(struct filter *filter, const struct filter_limit *limit);

/* For good; needs no_new_privs. */
MUST_USE struct fault filter_load(struct filter *filter);

#endif
