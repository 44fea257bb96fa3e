/* sim/recorder.h — the record of a pretend exchange: the registry and its log in a real database.
 *
 * Who is a member with which session stands there first, and only what stands there comes into a
 * plan.  What cannot be recorded does not happen, and is said.
 * Owns    recorder_begin's database, until recorder_end
 * Thread  one */
#ifndef SIM_RECORDER_H
#define SIM_RECORDER_H

#include "kit/database.h"
#include "registry/registry.h"

struct world;

struct recorder {
	struct store *store; /* NULL: nothing is recorded in this world */
	struct registry_exchange exchange;
	char place[DATABASE_PLACE_MAX];
	uint32_t kept;    /* changes */
	uint32_t refused; /* likewise, with words */
	uint32_t full;    /* of them: the disk was full */
	uint32_t locked;  /* of them: somebody else held the database */
};

void recorder_begin(struct world *world);
void recorder_end(struct world *world);

/* Records what the world wants of its sessions.  False: it could not; what the world wants is then
 * what the record has. */
bool recorder_settle(struct world *world);

/* The plan of the record is what the world wants, the log proves all of it, and the file is sound.
 */
void recorder_check(struct world *world);

#endif
