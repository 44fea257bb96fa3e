/* web/statistics.h — the delegated-extended statistics: a whole registry, a line a resource.
 *
 * Free and reserved space has rows of its own, so a pool adds up to its last address.
 * Shape   version 2: a header, a summary a type, then
 *         registry|cc|type|start|value|date|status|holder; value is a count for ipv4 and asn, a
 *         prefix length for ipv6, so an IPv6 range of another size takes several rows
 * Owns    nothing
 * Thread  any
 * Source  the NRO's extended allocation and assignment reports */
#ifndef WEB_STATISTICS_H
#define WEB_STATISTICS_H

#include "web/answer.h"

/* "/delegated-NAME-extended-latest" */
bool statistics_is_path(const struct published *published, const char *path);
void statistics_answer(const struct published *published, struct web_answer *out);

#endif
