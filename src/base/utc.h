/* base/utc.h — instants of UTC as text, and back.
 * Shape   "2026-11-28T03:12:19Z", and the day alone, "2026-11-28": RFC 3339, whole seconds, four
 *         digits of year; as texts they are in order
 * Bounds  0 (1970) to UTC_S_MAX (the last second of 9999); what lies outside prints as the nearer
 *         of the two
 * Thread  any */
#ifndef BASE_UTC_H
#define BASE_UTC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/octets.h"

#define UTC_S_MAX INT64_C(253402300799)
#define UTC_DAY_S 86400
#define UTC_TEXT_MAX 21u
#define UTC_DAY_TEXT_MAX 11u

void utc_print(struct wall at, char out[UTC_TEXT_MAX]);
void utc_day_print(struct wall at, char out[UTC_DAY_TEXT_MAX]);

/* Take what is printed above, to the letter: no 31st of February, no second 60.  A day is its
 * first second.  *out stays what it was when false. */
bool utc_read(struct octets text, struct wall *out);
bool utc_day_read(struct octets text, struct wall *out);

#endif
