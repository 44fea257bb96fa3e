/* web/published_facts.h — organisations, members and public contacts as entities, for
 * published_read.c.
 * Owns    nothing
 * Faults  those of the store · LIMIT
 * Thread  that of the store */
#ifndef WEB_PUBLISHED_FACTS_H
#define WEB_PUBLISHED_FACTS_H

#include "registry/registry.h"
#include "web/published.h"

/* Where the exchange is. */
MUST_USE struct fault published_exchange_read(struct store *store, struct published *published);
MUST_USE struct fault published_organisations_add(struct store *store, struct published *published);

/* The member's number; and where no organisation is recorded for it, one of its own.  Says whose
 * the number is. */
MUST_USE struct fault published_member_add(struct store *store, struct published *published,
					   const struct registry_member *member,
					   char holder[PUBLISHED_HANDLE_MAX]);

/* Those alone that are marked public. */
MUST_USE struct fault published_contacts_add(struct store *store, struct published *published);

#endif
