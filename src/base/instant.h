/* base/instant.h — points and stretches of time that cannot be mixed with integers by accident.
 *
 * An instant of the monotonic clock counts nanoseconds from a start the port chose; a wall instant
 * counts UTC seconds from 1970.  Zero is "never / not armed" for deadlines.
 * Thread  any */
#ifndef BASE_INSTANT_H
#define BASE_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_US INT64_C(1000)

struct instant {
	int64_t ns; /* monotonic; 0 = never */
};

struct span {
	int64_t ns;
};

struct wall {
	int64_t s; /* UTC seconds since 1970-01-01 */
};

static inline struct span span_s(int64_t s)
{
	return (struct span){ s * NS_PER_S };
}

static inline struct span span_ms(int64_t ms)
{
	return (struct span){ ms * NS_PER_MS };
}

static inline struct span span_us(int64_t us)
{
	return (struct span){ us * NS_PER_US };
}

static inline struct instant instant_add(struct instant at, struct span span)
{
	return (struct instant){ at.ns + span.ns };
}

static inline struct span instant_since(struct instant later, struct instant earlier)
{
	return (struct span){ later.ns - earlier.ns };
}

static inline bool instant_is_set(struct instant at)
{
	return at.ns != 0;
}

/* `at` is armed and has come. */
static inline bool instant_due(struct instant at, struct instant now)
{
	return at.ns != 0 && at.ns <= now.ns;
}

/* The earlier of two deadlines; one that is not armed does not count. */
static inline struct instant instant_sooner(struct instant a, struct instant b)
{
	if (a.ns == 0)
		return b;
	if (b.ns == 0)
		return a;
	return a.ns < b.ns ? a : b;
}

#endif
