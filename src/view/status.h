/* view/status.h — the running exchange in numbers.
 * Shape   a plain value, taken at one moment; octets are octets, times UTC
 * Owns    nothing
 * Thread  any */
#ifndef VIEW_STATUS_H
#define VIEW_STATUS_H

#include <stdbool.h>

#include "base/instant.h"
#include "net/identifier.h"
#include "view/book.h"
#include "view/confinement.h"
#include "view/memory.h"

#define VIEW_STATUS_NAME_MAX 128u
#define VIEW_STATUS_WORDS_MAX 320u

struct view_status {
	char name[VIEW_STATUS_NAME_MAX];
	uint32_t asn;
	uint32_t router_id; /* host order */
	struct wall now;
	struct wall started_at;
	uint32_t worker_count;
	uint32_t shard_count;
	uint64_t plan_version; /* counts changes since the start */
	struct view_book book; /* in force */
	bool is_judging;       /* held routes are being judged under a new plan */
	uint32_t awaited;      /* sessions waited for after a restart */
	bool is_database_away; /* the registry's: what is served is what was known then */
	struct wall database_away_since;
	char database[VIEW_STATUS_WORDS_MAX]; /* what it is, or why it is away */
	uint32_t member_count;
	uint32_t session_count;
	uint32_t established_count;
	uint64_t prefixes[FAMILY_COUNT];
	uint64_t routes[FAMILY_COUNT];
	uint64_t refused[FAMILY_COUNT];
	uint64_t attribute_sets;
	uint64_t dirty;        /* prefixes that wait for a decision */
	uint64_t table_octets; /* the shards' own memory */
	uint64_t log_octets;   /* of it: the logs that sessions are sent from, with room to write */
	uint64_t memory_octets;  /* of the process, resident */
	uint64_t encoded_octets; /* written into the logs so far */
	uint64_t places_lost;    /* times a session was too slow for its log */
	uint64_t too_large;      /* announcements that fitted no message of a receiver */
	struct view_confinement confinement;
	struct view_memory memory;
};

#endif
