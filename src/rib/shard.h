/* rib/shard.h — the inside of a shard, for the files of this folder.
 *
 *   intake.c   routes in: announce, withdraw, age, sweep
 *   decide.c   which paths of a prefix are announced, in order
 *   flush.c    what changed against what was sent, grouped and encoded
 *   next_hop.c who can use the next hop of an IPv4 route, and in which form
 *   batch.c    prefixes grouped by what they are announced with, written as messages
 *   out.c      cursors, copies, falling out
 *   place.c    a place in the log lost, and found again
 *   replan.c   judging again under a new plan
 *   rejudge.c  judging again by other evidence
 *   foresee.c  judging under a plan that is only proposed
 *   look.c     copies for show and explain
 *   tally.c    counts for show
 * Owns    a shard all of it: rib_new/rib_free
 * Faults  LIMIT: memory is out, or a bound of the shard
 * Thread  the owner of the shard */
#ifndef RIB_SHARD_H
#define RIB_SHARD_H

#include "rib/out.h"
#include "rib/rib.h"

enum out_state {
	OUT_STATE_OUT = 0,
	OUT_STATE_COPYING,
	OUT_STATE_READING,
};

/* A session's way through a table that is copied to it. */
struct copying {
	uint32_t place;         /* first entry of the chunk being copied */
	uint32_t mark;          /* entries stamped at or after it are wanted; 0 = all */
	uint32_t withdraw_mark; /* those at or after it are also withdrawn where there is no path */
	uint32_t next_mark;     /* the epoch in which this pass began */
	uint64_t wanted[TABLE_CHUNK_ENTRIES / 64]; /* of the chunk: still to be sent */
	bool chunk_loaded;
	bool is_first_pass;
};

struct out {
	enum out_state state;
	uint8_t profile_index;
	bool awaits_decision; /* joined as the first that takes several paths */
	bool is_pulled;       /* stretches are handed out: the place may not be taken */
	/* A copy is to begin, with these marks, when nothing is pulled and memory is there. */
	bool wants_copy;
	uint32_t want_mark;
	uint32_t want_withdraw_mark;
	struct log_cursor cursor; /* READING */
	struct copying *copying;  /* COPYING; from the heap, freed after */
};

struct rib_session {
	uint32_t router_id;
	uint8_t generation[FAMILY_COUNT];
	uint32_t gone[FAMILY_COUNT]; /* prefixes that went with it, since few were buried */
	struct out out[FAMILY_COUNT];
};

struct profile {
	struct bgp_wire_profile wire;
	struct log log;
	struct session_set sessions; /* in COPYING or READING with it */
	uint32_t session_count;
	bool used;
};

struct dirty_queue {
	uint32_t *index;
	uint32_t room;
	uint32_t head;
	uint32_t count;
};

struct replan {
	bool running;
	enum family family;
	uint32_t place;      /* entries before it are wholly under the new plan */
	uint32_t judged;     /* those before it were judged again; their changes may be queued */
	struct plan *before; /* what sent paths of old entries followed */
	struct session_set regrouped; /* whose member has other sessions now */
	uint8_t changed_users;        /* a bit for each enum plan_next_hop_users */
};

struct rejudge {
	struct rpki_changes *changes; /* NULL: nothing is under way */
	enum family family;
	uint32_t place;  /* entries before it are through */
	uint64_t judged; /* routes, since the beginning */
};

/* Beside the other: the routes of members whose as-set is another. */
struct rejudge_irr {
	bool is_under_way;
	struct session_set touched;
	enum family family;
	uint32_t place;
};

/* What goes to whom: a prefix with a path (attr 0: withdrawn). */
struct batch_item {
	uint32_t entry_index;
	struct attr_id attr;
	struct session_id from; /* whose path: the path identifier under ADD-PATH */
	uint8_t prepend_count;
	bool for_add_path;            /* for those who get several paths, or for the others */
	bool is_old;                  /* with its next hop as under the plan before */
	struct log_audience audience; /* SET: a number in the batch's sets */
};

struct batch {
	struct batch_item *items;
	uint32_t item_count;
	uint32_t item_room;
	struct session_set *sets;
	uint32_t set_count;
	uint32_t set_room;
	uint32_t *order; /* items sorted by group */
	uint32_t order_room;
	uint64_t octets; /* of items, sets, and the attributes that items name */
	/* What holds for the whole batch and costs a look at a whole set. */
	bool has_add_path; /* somebody is sent several paths */
	bool is_alone_known;
	bool is_alone; /* no other session of the member of `alone` reads the family */
	struct session_id alone;
};

/* Accepted routes of a prefix on their way into order: groups of one neighbour AS, each sorted with
 * MED, whose heads stand in a heap without. */
struct ranking {
	const struct route *routes;
	uint32_t count;             /* accepted */
	uint32_t heap_count;        /* groups that are not used up */
	uint16_t order[ROUTES_MAX]; /* numbers of routes, group by group */
	uint16_t next[ROUTES_MAX];  /* of each group, the place of its head in `order` */
	uint16_t end[ROUTES_MAX];
	uint16_t heap[ROUTES_MAX]; /* groups, the best head first */
};

/* What a message can bring, and NO_EXPORT added to it. */
#define RIB_SCRATCH_OCTETS (BGP_EXTENDED_MESSAGE_OCTETS_MAX + BGP_COMMUNITY_OCTETS)

struct rib {
	struct heap *heap;
	struct plan *plan;
	struct attr_table attrs;
	struct table table[FAMILY_COUNT];
	struct dirty_queue dirty[FAMILY_COUNT];
	uint32_t epoch[FAMILY_COUNT];
	struct profile profile[RIB_PROFILES_MAX];
	struct session_set
		extended_next_hop; /* sessions that take IPv4 routes with IPv6 next hops */
	struct session_set add_path[FAMILY_COUNT];
	struct session_set announcers[FAMILY_COUNT]; /* who ever had a route here */
	struct rib_session session[SESSIONS_MAX];
	struct batch batch;
	/* Lists and octets in the making, here and not on the stack: the compiler clears what is
	 * there at every call. */
	uint8_t scratch[RIB_SCRATCH_OCTETS];       /* communities as they leave */
	struct session_set before[SENT_PATHS_MAX]; /* who had each path of the prefix at hand */
	struct ranking ranking;                    /* likewise */
	struct sent_path decided[SENT_PATHS_MAX];  /* for the prefix at hand */
	struct sent_path replaced[SENT_PATHS_MAX]; /* what it had before */
	uint32_t batch_index[RIB_BATCH_PREFIXES];  /* entries the batch changed */
	uint32_t batch_count;
	struct replan replan;
	struct rpki_data *rpki; /* NULL: nothing is known */
	struct rejudge rejudge;
	struct irr_data *irr; /* NULL: nothing is known */
	struct rejudge_irr rejudge_irr;
	uint8_t unserved_users[2]; /* a bit for each enum plan_next_hop_users that lacks readers */
	uint32_t *buried[FAMILY_COUNT]; /* entries to be given back when every reader knows */
	uint32_t buried_room[FAMILY_COUNT];
	uint32_t buried_count[FAMILY_COUNT];
	uint32_t unburied_until[FAMILY_COUNT]; /* the place of the last reader when last looked */
	uint64_t places_lost;
	uint64_t too_large;
};

/* --- decide.c --- */

/* The paths of the entry to announce, best first, at most SENT_PATHS_MAX; their number. */
uint32_t rib_decide(struct rib *rib, enum family family, struct entry *entry,
		    struct sent_path *out);

/* What put `worse` behind `better`. */
uint8_t rib_step_between(const struct rib *rib, const struct route *better,
			 const struct route *worse);

/* The accepted of these routes, from the best to the worst: one a call, NULL at the end.  They must
 * not change meanwhile. */
void rib_rank_begin(const struct rib *rib, const struct route *routes, uint32_t count,
		    struct ranking *out);
const struct route *rib_rank_next(const struct rib *rib, struct ranking *ranking);

/* Who may have a path of this set from this session, as they are connected now.  False: everyone
 * but the member itself. */
bool rib_audience(const struct rib *rib, enum family family, struct attr_id attr,
		  struct session_id from, bool old_plan, struct session_set *out);

/* One session's share of rib_audience, and how often the path is prepended for it. */
bool rib_may_have(const struct rib *rib, enum family family, const struct sent_path *path,
		  bool old_plan, struct session_id session, uint8_t *prepend_count);

/* --- rejudge.c --- */

/* Under the plan and by the evidence in force.  True: the verdict is another now. */
bool rib_judge(struct rib *rib, enum family family, uint32_t index, struct route *route);

/* --- next_hop.c --- */

/* Every session of the plan can use it, whatever it agrees to. */
bool rib_next_hop_is_for_all(const struct rib *rib, enum family family, struct attr_id attr,
			     bool old_plan);

/* Everyone that reads IPv4 can use it.  Right until the readers or the plan change, then
 * rib_next_hop_note_readers. */
bool rib_next_hop_is_for_readers(const struct rib *rib, enum family family, struct attr_id attr);
void rib_next_hop_note_readers(struct rib *rib);

/* Takes out who cannot use it.  False: nobody had to be looked for. */
bool rib_next_hop_narrow(const struct rib *rib, enum family family, struct attr_id attr,
			 bool old_plan, struct session_set *who);
bool rib_next_hop_suits(const struct rib *rib, enum family family, struct attr_id attr,
			bool old_plan, struct session_id session);

/* Of both sets: who can use it whatever it agrees to; who can if it agrees to the right thing. */
void rib_next_hop_foresee(const struct rib *rib, enum family family, struct attr_id attr,
			  struct session_set *certain, struct session_set *possible);

/* During a change of plan: somebody is told another next hop, or can use it now or no more. */
bool rib_next_hop_changes(const struct rib *rib, enum family family, struct attr_id attr);

/* Leaves those who are told the same next hop under both plans. */
void rib_next_hop_keep_same(const struct rib *rib, enum family family, struct attr_id attr,
			    struct session_set *who);

/* At the begin of a change of plan. */
void rib_next_hop_note_change(struct rib *rib);

/* --- flush.c --- */
void rib_mark_dirty(struct rib *rib, enum family family, uint32_t index);

/* Room for every entry in the queue, so that marking cannot fail. */
MUST_USE struct fault rib_dirty_reserve(struct rib *rib, enum family family);

/* Sessions of the member that has this one: no path of one goes to another; NULL = none has it. */
const struct session_set *rib_member_sessions(const struct rib *rib, struct session_id session,
					      bool old_plan);

/* During a change of plan: what was sent for the entry went out under the old audiences. */
bool rib_entry_is_old(const struct rib *rib, enum family family, uint32_t index);

/* --- batch.c --- */
void batch_clear(struct batch *batch);
uint64_t batch_room_octets(const struct batch *batch);
void batch_fini(struct rib *rib);

/* In line: an item that is built in registers need not go through memory in parts. */
MUST_USE static inline struct fault batch_add(struct rib *rib, struct batch_item item)
{
	struct batch *batch = &rib->batch;

	if (batch->item_count == batch->item_room &&
	    !heap_grow(rib->heap, (void **)&batch->items, &batch->item_room, batch->item_count + 1,
		       sizeof *batch->items))
		return fault_of(FAULT_LIMIT, 0);
	batch->items[batch->item_count++] = item;
	batch->octets += sizeof item;
	if (item.attr.index != 0)
		batch->octets += attr_table_of(&rib->attrs, item.attr)->packed_octets;
	return fault_none();
}

MUST_USE struct fault batch_keep_set(struct rib *rib, const struct session_set *set,
				     struct log_audience *out);
MUST_USE struct fault batch_sort(struct rib *rib);

/* Writes one message with as many of items order[first..] as share its group and fit; *next is the
 * first not in it.  LIMIT when not even one fits: then *next is unchanged. */
MUST_USE struct fault batch_write(struct rib *rib, enum family family,
				  const struct bgp_wire_profile *wire, uint32_t first,
				  uint32_t *next, struct wr *out);

/* An item that fits no message of the profile becomes a withdrawal; the first item not written. */
uint32_t rib_write_too_large(struct rib *rib, enum family family,
			     const struct bgp_wire_profile *wire, uint32_t first, struct wr *out);

/* --- out.c --- */

/* -> COPYING: what is stamped from `mark` on is sent, and withdrawn from `withdraw_mark` on.  Never
 * fails for who is COPYING. */
MUST_USE struct fault rib_copying_start(struct rib *rib, struct session_id session,
					enum family family, uint32_t mark, uint32_t withdraw_mark);

/* --- place.c --- */
/* LIMIT: it stays as it was, to be buried later. */
MUST_USE struct fault rib_bury(struct rib *rib, enum family family, uint32_t index);
void rib_unbury(struct rib *rib, enum family family);

/* Another copy for the session, from these marks on: begun as soon as can be. */
void rib_copy_want(struct rib *rib, struct session_id session, enum family family, uint32_t mark,
		   uint32_t withdraw_mark);

/* False: one is wanted and cannot begin yet. */
bool rib_copy_begin(struct rib *rib, struct session_id session, enum family family);

/* Every reader loses its place: it lacks what bears a stamp from `mark` on. */
void rib_out_lose_all(struct rib *rib, enum family family, uint32_t mark);

#endif
