/* view/rpki.h — what the RPKI says and who says it, as others may see it.
 * Shape   a plain value, taken at one moment; times UTC
 * Owns    nothing
 * Thread  any */
#ifndef VIEW_RPKI_H
#define VIEW_RPKI_H

#include <stdbool.h>

#include "base/instant.h"
#include "net/identifier.h"

#define VIEW_RPKI_CACHES_MAX 8u
#define VIEW_RPKI_SOURCES_MAX (VIEW_RPKI_CACHES_MAX + 1) /* and the file */
#define VIEW_RPKI_NAME_MAX 256u
#define VIEW_RPKI_WORDS_MAX 320u
#define VIEW_RPKI_STATES 5u /* numbers of enum rpki_state, from 1 */

struct view_rpki_source {
	char name[VIEW_RPKI_NAME_MAX]; /* "192.0.2.1:323", or the file */
	bool is_file;
	const char *state;
	bool is_used;
	bool is_current; /* its last answer is as new as it should be */
	bool has_data;
	uint32_t vrps[FAMILY_COUNT];
	bool has_aspas; /* it speaks of them */
	uint32_t aspas;
	struct wall updated_at;
	struct wall expires_at;
	char last_error[VIEW_RPKI_WORDS_MAX]; /* empty = none */
	/* Of a cache. */
	bool is_agreed; /* the version */
	uint8_t version;
	bool has_session;
	uint16_t session;
	uint32_t serial;
	uint32_t refresh_s;
	uint32_t retry_s;
	uint32_t expire_s;
	/* Answers with everything, and with what changed; of a file, times it was read. */
	uint64_t full_answers;
	uint64_t steps;
	uint64_t failures;
};

struct view_rpki {
	struct wall now;
	const char *origin_policy; /* "drop" */
	const char *path_policy;
	uint32_t source_count;
	struct view_rpki_source source[VIEW_RPKI_SOURCES_MAX]; /* in order of preference */
	bool has_data;
	uint32_t vrps[FAMILY_COUNT];
	bool has_aspas;
	uint32_t aspas;
	uint64_t data_octets;
	/* The last change of what is in force. */
	struct wall changed_at;
	uint64_t changes;
	uint32_t vrps_added;
	uint32_t vrps_removed;
	uint32_t aspas_changed;
	bool is_judging;
	uint64_t routes_judged; /* again, for it */
	uint32_t shrank_from;   /* less than half of it is left: 0 = it did not */
	/* Held routes by what is made of their origins and paths. */
	uint64_t origins[VIEW_RPKI_STATES];
	uint64_t paths[VIEW_RPKI_STATES];
};

#endif
