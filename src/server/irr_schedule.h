/* server/irr_schedule.h — when a member's as-set is asked for.
 * Owns    nothing: functions of time
 * Thread  any */
#ifndef SERVER_IRR_SCHEDULE_H
#define SERVER_IRR_SCHEDULE_H

#include "base/instant.h"
#include "server/irr_refresh.h"

#define IRR_EVERY_S 21600
#define IRR_RETRY_S 900

/* In how many seconds what was heard at `heard` is to be heard again: 0, at once, where it was
 * another as-set's, was never heard, or stands in the future. */
int64_t irr_schedule_wait_s(bool is_same, struct wall heard, struct wall now);

/* The same after an answer, or none. */
int64_t irr_schedule_next_s(enum irr_outcome outcome);

/* `wait_s` from now, a tenth of it sooner or later: not all members at once, and each always by as
 * much. */
struct instant irr_schedule_at(uint32_t asn, int64_t wait_s, struct instant now);

#endif
