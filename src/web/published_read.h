/* web/published_read.h — the snapshot out of the record.
 * Owns    the snapshot is the caller's, with one user
 * Faults  those of the store · LIMIT
 * Thread  that of the store */
#ifndef WEB_PUBLISHED_READ_H
#define WEB_PUBLISHED_READ_H

#include "registry/exchange.h"
#include "web/published.h"

/* Sealed. */
MUST_USE struct fault published_read(struct store *store, const struct exchange_config *config,
				     struct published **out);

#endif
