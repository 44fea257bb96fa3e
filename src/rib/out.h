/* rib/out.h — what a session is sent: the log's messages in place, or a fresh copy of the table.
 *
 * States of a session in a family
 *   OUT      nothing is sent                             rib_out_join   -> COPYING (fresh)
 *   COPYING  the table is sent to it in slices           end of a pass with nothing new -> READING
 *   READING  it has a cursor in its profile's log        lost its place, or a refresh   -> COPYING
 *   any      rib_out_leave                               -> OUT
 * A session in COPYING needs no memory of its own: what it misses is what bears a newer stamp than
 * the one up to which it is complete.
 * Owns    nothing of the caller's
 * Faults  LIMIT from rib_out_join: no memory, or more wire profiles than RIB_PROFILES_MAX
 * Thread  the owner of the shard; stretches handed out by rib_pull stay valid, pinned, without it
 *         until rib_pulled */
#ifndef RIB_OUT_H
#define RIB_OUT_H

#include "rib/rib.h"

#define RIB_PULL_PARTS 128u
#define RIB_PULL_OCTETS (256u * 1024u)

/* Room a copy needs: all paths of one prefix. */
static inline uint32_t rib_copy_octets_min(const struct bgp_wire_profile *wire)
{
	uint32_t paths = wire->addpath ? RIB_ADD_PATH_MAX + 1u : 1u;
	return paths * bgp_profile_message_max(wire);
}

enum rib_pull {
	RIB_PULL_NOTHING = 0, /* the session has all there is */
	RIB_PULL_PARTS_READY, /* parts of the log: send them, then rib_pulled */
	RIB_PULL_COPIED,      /* octets were written to the caller's writer; more may follow */
	RIB_PULL_SHORT,       /* memory is out: call again after a while */
};

struct rib_parts {
	struct octets part[RIB_PULL_PARTS];
	uint32_t part_count;
	uint32_t len_octets;
	struct log_segment *first; /* pinned */
	struct log_segment *last;  /* pinned */
	struct log_cursor end;
};

/* The session may be sent this family's routes, encoded for `profile`. */
MUST_USE struct fault rib_out_join(struct rib *rib, struct session_id session,
				   const struct bgp_wire_profile *profile);
void rib_out_leave(struct rib *rib, struct session_id session, enum family family);

/* All is sent again.  RFC 2918. */
void rib_out_refresh(struct rib *rib, struct session_id session, enum family family);

/* All that stood in the shard when the copy began was handed out: End-of-RIB or EoRR may follow. */
bool rib_out_is_past_copy(const struct rib *rib, struct session_id session, enum family family);

/* The room rib_pull needs for a copy; 0 when the session reads the log. */
uint32_t rib_copy_need(const struct rib *rib, struct session_id session, enum family family);

/* What comes next for the session.  `copy` takes at least rib_copy_octets_min; unused when
 * the session reads the log. */
enum rib_pull rib_pull(struct rib *rib, struct session_id session, enum family family,
		       struct instant now, struct rib_parts *parts, struct wr *copy);

/* Of the parts, `sent_octets` went out.  What is left of a message sent in part is copied to
 * `rest`, which takes at least LOG_MESSAGE_OCTETS_MAX. */
void rib_pulled(struct rib *rib, struct session_id session, enum family family,
		const struct rib_parts *parts, uint32_t sent_octets, struct wr *rest);

/* Readers that hold the log up lose their place.  A session that brought and took back more
 * prefixes than it may have, and one that holds up more than RIB_BURIED_MAX gone prefixes, is named
 * for its end with Cease 6/8.  Call now and then. */
bool rib_out_relieve(struct rib *rib, struct instant now, struct session_id *to_end);

/* It reads the log: no copy is under way. */
bool rib_out_is_live(const struct rib *rib, struct session_id session, enum family family);

/* The session has been sent everything decided. */
bool rib_out_is_complete(const struct rib *rib, struct session_id session, enum family family);

#endif
