/* rpki/data.h — what the RPKI says at one moment: an immutable snapshot, and what it makes of a
 * route.
 *
 * Shape   VRPs of both families and ASPAs.  No snapshot at all (NULL) is "not checked": nothing was
 *         heard, or what was heard is too old.  That is not "not found", which says that somebody
 *         looked.
 * Owns    everything in it; counted: rpki_data_ref and rpki_data_unref from any thread, the last
 *         one frees
 * Faults  LIMIT when memory or VRPS_MAX is reached
 * Thread  any
 * Source  RFC 6811, RFC 8481; draft-ietf-sidrops-aspa-verification: the upstream procedure */
#ifndef RPKI_DATA_H
#define RPKI_DATA_H

#include <stdatomic.h>

#include "rpki/aspa.h"
#include "rpki/vrp.h"

/* Numbers are those of Euro-IX's large community rs:1000. */
enum rpki_state {
	RPKI_VALID = 1,
	RPKI_NOT_FOUND = 2, /* of a path: unknown */
	RPKI_NOT_CHECKED = 3,
	RPKI_INVALID = 4,
};

struct rpki_data {
	_Atomic uint32_t users;
	struct heap heap; /* its own */
	struct vrp_table vrps[FAMILY_COUNT];
	bool has_aspas; /* the source speaks of them: RTR version 2, or a file with the name */
	struct aspa_table aspas;
};

/* Records as a source brings them, of which a snapshot is made. */
struct rpki_draft {
	struct vrp_list vrps[FAMILY_COUNT];
	struct aspa_list aspas;
	bool has_aspas;
};

void rpki_draft_init(struct rpki_draft *draft, struct heap *heap);
MUST_USE struct fault rpki_draft_vrp(struct rpki_draft *draft, const struct vrp *vrp);
void rpki_draft_fini(struct rpki_draft *draft);

/* One user; what the draft holds is sorted and stays the caller's. */
MUST_USE struct fault rpki_data_make(struct rpki_draft *draft, struct rpki_data **out);
struct rpki_data *rpki_data_ref(struct rpki_data *data); /* NULL is allowed */
void rpki_data_unref(struct rpki_data *data);            /* likewise */

uint32_t rpki_vrp_count(const struct rpki_data *data);
uint64_t rpki_data_octets(const struct rpki_data *data);

/* --- origins: RFC 6811 2 ---------------------------------------------------------------------- */

/* `origin` 0: the path is empty or ends with a set, so no record matches it.  A record of AS 0
 * matches nobody.  `any_length`: for blackholing, which is always about longer prefixes than were
 * meant to be announced; the origin counts, the maximum does not. */
enum rpki_state rpki_origin(const struct rpki_data *data, const struct prefix *prefix,
			    uint32_t origin, bool any_length);

/* The records that cover the prefix, the longest prefix first: at most `room` of them, but the
 * number of all is given back. */
uint32_t rpki_covering(const struct rpki_data *data, const struct prefix *prefix, struct vrp *out,
		       uint32_t room);

/* "valid", "not found", "not checked", "invalid" */
const char *rpki_state_name(enum rpki_state state);

/* --- paths ------------------------------------------------------------------------------------ */

/* A path is walked from the neighbour's end to the origin's: each AS must be a customer of the one
 * before it.  The neighbour itself is not held against anybody: a route server puts nothing into
 * the path and is nobody's provider. */
struct rpki_path {
	const struct rpki_data *data;
	uint32_t last; /* 0 = nothing came yet */
	bool is_unknown;
	/* The first hop that is contradicted; 0 = none. */
	uint32_t bad_customer;
	uint32_t bad_provider;
};

void rpki_path_begin(struct rpki_path *path, const struct rpki_data *data);
void rpki_path_next(struct rpki_path *path, uint32_t asn); /* prepends count once */

/* `is_sequence`: no AS_SET and no confederation is in it; an empty path is invalid, too. */
enum rpki_state rpki_path_state(const struct rpki_path *path, bool is_sequence);

#endif
