/* rpki/changes.h — what differs between two snapshots, and which routes that can touch.
 *
 * A changed VRP can touch routes of its prefix and of what lies in it, and no others.  A changed
 * ASPA can touch routes with its customer in the path, and no others: of a path without a record
 * nothing is said that would refuse it.
 * Shape   changed prefixes, sorted, none in another; changed customers, sorted
 * Owns    everything in it; counted: rpki_changes_ref and rpki_changes_unref from any thread, the
 *         last one frees
 * Faults  LIMIT when memory is out
 * Thread  any
 * Source  RFC 9324 4: what is held is judged again, and no member is asked for a refresh */
#ifndef RPKI_CHANGES_H
#define RPKI_CHANGES_H

#include "rpki/data.h"

struct rpki_changes {
	_Atomic uint32_t users;
	struct heap heap; /* its own */
	uint32_t vrps_added;
	uint32_t vrps_removed;
	struct vrp_list prefixes[FAMILY_COUNT];
	uint32_t *customer;
	uint32_t customer_count;
	uint32_t customer_room;
};

/* From one snapshot to the other; NULL is one without records. */
MUST_USE struct fault rpki_changes_make(const struct rpki_data *before,
					const struct rpki_data *after, struct rpki_changes **out);
struct rpki_changes *rpki_changes_ref(struct rpki_changes *changes);
void rpki_changes_unref(struct rpki_changes *changes); /* NULL is allowed */

bool rpki_changes_are_none(const struct rpki_changes *changes);
bool rpki_changes_touch(const struct rpki_changes *changes, const struct prefix *prefix);

/* Some path may be touched: ask for each AS of it. */
bool rpki_changes_has_paths(const struct rpki_changes *changes);
bool rpki_changes_touch_customer(const struct rpki_changes *changes, uint32_t asn);

#endif
