/* server/house.h — an exchange's directory, opened: configuration, lock, database.
 * Owns    what house_open opened, until house_close
 * Faults  false with complaints
 * Thread  the process's first */
#ifndef SERVER_HOUSE_H
#define SERVER_HOUSE_H

#include <limits.h>

#include "server/confine.h"

#define HOUSE_PLACE_MAX PATH_MAX
#define HOUSE_END_MS 30000u

struct house {
	struct exchange_config config;
	struct store *store;
	int lock; /* -1 = not held */
};

/* exchange.yaml alone. */
bool house_config(const char *directory, struct exchange_config *out,
		  struct complaints *complaints);

/* Where the registry is: a file or a URL, for store_open. */
bool house_database(const char *directory, const struct exchange_config *config,
		    char out[HOUSE_PLACE_MAX], struct complaints *complaints);

/* Held until file_unlock. */
bool house_lock(const char *directory, int *lock, struct complaints *complaints);

/* Whoever is at work there has been told to end: waits for it, for HOUSE_END_MS. */
bool house_await_end(const char *directory, struct complaints *complaints);

/* confine_begin with what exchange.yaml there says; before house_open. */
bool house_confine(const char *directory, const char *user, struct confine *confine,
		   struct complaints *complaints);

/* `accepted`: why a database that is older than what was signed is the one to go on with; NULL
 * refuses it. */
bool house_open(const char *directory, const char *accepted, struct house *out,
		struct complaints *complaints);
void house_close(struct house *house);

/* A new directory with its configuration and database; the configuration is written last, so there
 * is an exchange or there is none.  A database of PostgreSQL may hold the registry already. */
bool house_make(const char *directory, const struct exchange_config *config,
		struct complaints *complaints);

#endif
