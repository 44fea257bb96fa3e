/* registry/verify.h — everything that can be wrong with an exchange, said at once.
 *
 * Errors keep it from doing what it is for; warnings are what somebody may not have meant.
 * Owns    nothing
 * Faults  only those of the store: what is wrong is a complaint
 * Thread  that of the store */
#ifndef REGISTRY_VERIFY_H
#define REGISTRY_VERIFY_H

#include "registry/exchange.h"

/* exchange.yaml by itself. */
void registry_check_config(const struct exchange_config *config, struct complaints *complaints);

/* The file of the database.  False with one complaint. */
bool registry_check_store(struct store *store, struct complaints *complaints);

/* Every member. */
MUST_USE struct fault registry_check_members(struct store *store,
					     const struct registry_exchange *exchange,
					     struct complaints *complaints);

/* exchange.yaml, then every member. */
MUST_USE struct fault registry_check(struct store *store, const struct exchange_config *config,
				     struct complaints *complaints);

#endif
