/* prop/shard.h — a shard, those who announce to it and those who are sent what it decides, all from
 * one seed, and the truth that they are compared with.
 *
 *   shard_plans.c      what is planned: members, addresses, rules, VRPs
 *   shard_routes.c     what members announce
 *   shard_receivers.c  what members are sent, and hold
 *   shard_truth.c      what they should hold, worked out from scratch
 *   shard_world.c      a world begun, its time, settled and ended
 *   shard_foresight.c  what is foreseen of another plan
 *   shard_shortage.c   memory that runs out in the middle
 *   rib_model.c        the cases
 * Owns    a world everything in it: world_begin/world_end
 * Faults  a failed expectation, which names the seed
 * Thread  one */
#ifndef PROP_SHARD_H
#define PROP_SHARD_H

#include "base/mem.h"
#include "bgp/family.h"
#include "bgp/update.h"
#include "kit/random.h"
#include "kit/tap.h"
#include "rib/look.h"
#include "rib/shard.h"
#include "rules/check.h"

#define MEMBERS 9u
#define SESSIONS 14u /* some members have two */
#define PREFIXES 24u
#define RS_ASN 64700u
#define PLAN_VARIANTS 12u

struct held {
	bool present;
	uint64_t digest; /* of the packed attributes */
	struct bgp_attrs attrs;
	uint8_t packed[512];
	uint32_t packed_len;
};

struct receiver {
	bool joined;
	bool add_path;
	bool extended_next_hop;
	bool slow;
	struct held held[SESSIONS + 1][PREFIXES]; /* by path identifier under ADD-PATH, else [0] */
	uint8_t stream[1u << 21];
	uint32_t stream_len;
	uint32_t copy_octets;
	uint32_t announced_again; /* as it was held already */
	uint32_t withdrawn_again;
};

struct announced {
	bool present;
	bool blocked; /* no room was left for it */
	uint8_t packed[512];
	uint32_t packed_len;
};

struct world {
	uint64_t seed;
	struct random random;
	struct heap heap;
	struct plan *plan;
	struct rpki_data *rpki;
	struct rib *rib;
	struct receiver receiver[SESSIONS];
	struct announced route[SESSIONS][PREFIXES];
	uint32_t swarm;    /* kinds of event that this seed leaves out, a bit each */
	uint32_t med;      /* not 0: every route has the next one, so that no two are alike */
	bool has_shortage; /* memory may run out: then sessions end */
	struct instant now;
};

/* --- shard_plans.c ---------------------------------------------------------------------------- */

uint32_t asn_of(uint32_t session);
struct prefix prefix_number(uint32_t number);
struct address address_number(uint32_t session);
struct address address6_number(uint32_t session, bool is_link_local); /* fd00::N, or fe80::N */
struct address transport_of(uint32_t session);                        /* every fourth's is IPv6 */
struct plan *plan_make(uint32_t variant);
struct plan *plan_propose(struct random *random); /* of another rule book, too */
void event_replan(struct world *world);
void event_evidence(struct world *world);

/* --- shard_routes.c --------------------------------------------------------------------------- */

/* What the rules say of a route that the session announces. */
enum reason reason_for(const struct world *world, uint32_t session, const struct bgp_attrs *attrs,
		       const struct prefix *prefix);
/* For want of memory: its routes go, and it is sent nothing any more. */
void session_end(struct world *world, uint32_t session);
void event_announce(struct world *world);
void event_withdraw(struct world *world);
void event_routes_lost(struct world *world);
void event_unblock(struct world *world);
void event_repeat(struct world *world);

/* --- shard_receivers.c ------------------------------------------------------------------------ */

void receiver_join(struct world *world, struct session_id session);

/* One pull, of which only a part may go out at once; false: there is nothing. */
bool receiver_pull(struct world *world, uint32_t index, bool all);
void event_join_or_leave(struct world *world);
void event_pull(struct world *world);
void event_refresh(struct world *world);
void event_slow(struct world *world);
void event_places_lost(struct world *world);

/* --- shard_truth.c ---------------------------------------------------------------------------- */

void event_count(struct world *world);

/* Of a world in which everybody has read everything. */
void truth_compare(const struct world *world);

/* --- shard_world.c ---------------------------------------------------------------------------- */

void world_begin(struct world *world, uint64_t seed);
void world_end(struct world *world);
void event_time(struct world *world);

/* Decides and sends until there is nothing more, and compares. */
void world_settle(struct world *world);

/* --- shard_foresight.c ------------------------------------------------------------------------ */

/* Adds the routes that are refused, and let in, when foreseen plans come true. */
void foresights_run(uint64_t seed, uint64_t changes[2]);

/* --- shard_shortage.c ------------------------------------------------------------------------- */

/* A world in which memory is out `len` times in a row, from the nth time on that the shard asks for
 * some; how often it asked. */
uint64_t shortage_run(uint64_t seed, uint64_t nth, uint64_t len);

/* A shard that is begun without memory is none; how often it asks. */
uint64_t shortage_begin_run(uint64_t nth);

#endif
