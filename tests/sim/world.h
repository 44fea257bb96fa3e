/* sim/world.h — a whole exchange in one thread: the real workers and shards, a pretend network,
 * pretend members, and the truth that they are compared with; all from one seed.
 *
 *   net.c     pipes, connections, the port
 *   sets.c    attribute sets by number, good and bad ones made from the seed
 *   member.c  a member: the session machine as its end has it
 *   says.c    the routes it announces, sound and odd
 *   hears.c   what it receives and holds
 *   truth.c   what the route server must know, from the octets it has read
 *   check.c   the comparison with the model, and the bounds
 *   world.c   making and ending a world, the clock, plans
 *   capture.c what the server sends, as a file for another decoder
 *   script.c  what happens: kinds of event, switched off by the seed
 *   special.c attribute sets of those who mean ill
 *   day.h     what comes in a day beside
 *   recorder.h the registry of a day, on the disk of disk.h
 *   sim.c     the cases */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "model/model.h"
#include "server/inside.h"
#include "sim/net.h"
#include "sim/recorder.h"

#define SIM_SLOTS 14u
#define SIM_MEMBERS 9u /* some have two sessions */
#define SIM_PREFIXES_IPV4 34u
#define SIM_PREFIXES 54u
#define SIM_BEACON SIM_PREFIXES /* by which it is seen how long an update takes */
#define SIM_LEAK (SIM_PREFIXES + 1u)
#define SIM_LEAK_PREFIXES 2048u
#define SIM_PREFIXES_ALL (SIM_LEAK + SIM_LEAK_PREFIXES)
#define SIM_SETS_MAX (1024u * 1024u)
#define SIM_SETS_OCTETS (128u * 1024u * 1024u)
#define SIM_PACKED_MAX 4096u
#define SIM_SAID_MAX 64u /* prefixes in a message of a member */
#define SIM_OUT_OCTETS (512u * 1024u)
#define SIM_RECENT 6u
#define SIM_WORKERS_MAX 3u
#define SIM_CALLERS_MAX 8u /* that come at once */
#define SIM_TEXT_MAX 512u
#define SIM_EVENTS_MAX 32u

enum mark_kind {
	MARK_MESSAGE = 0, /* a message without routes was read */
	MARK_ANNOUNCE,
	MARK_WITHDRAW,
	MARK_END_OF_RIB,
	MARK_REFRESH_BEGIN,
	MARK_REFRESH_END,
	MARK_POISON,       /* ends the session; what is behind it is not read */
	MARK_NOTIFICATION, /* value: 1 = a hard one */
	MARK_OVER_LIMIT,   /* never said: what an announcement turned out to be */
};

/* What a member's end of a session is like, from its next OPEN on. */
struct member_habits {
	bool is_active;
	bool as4;
	bool refresh;
	bool enhanced_refresh;
	bool extended_next_hop;
	bool families[FAMILY_COUNT];
	bool add_path;
	bool graceful_restart;
	bool gr_notification;
	bool gr_forwarding[FAMILY_COUNT];
	uint16_t restart_s;
	uint16_t hold_s;
	bool has_role;
	uint32_t router_id;
};

struct member {
	struct member_habits habits;
	struct bgp_session fsm;
	bool is_wanted; /* it is there and wants to be up */
	struct net_conn *conn[BGP_CONNECTIONS];
	struct net_conn *calling;
	uint8_t in[BGP_CONNECTIONS][70000];
	uint32_t in_len[BGP_CONNECTIONS];
	uint8_t out[BGP_CONNECTIONS][SIM_OUT_OCTETS];
	uint32_t out_at[BGP_CONNECTIONS];
	uint32_t out_len[BGP_CONNECTIONS];
	uint64_t said_octets[BGP_CONNECTIONS]; /* put into out, ever */
	uint32_t own[SIM_PREFIXES_ALL];        /* number of the set + 1 */
	uint32_t recent[FAMILY_COUNT][SIM_RECENT];
	uint32_t held[SIM_SLOTS + 1][SIM_PREFIXES_ALL]; /* by path identifier; number + 1 */
	bool is_old[SIM_SLOTS + 1][SIM_PREFIXES_ALL]; /* a refresh or restart has not renewed it */
	bool refreshing[FAMILY_COUNT];
	bool restarted; /* the next OPEN says so */
	uint32_t ends_of_rib[FAMILY_COUNT];
	bool is_frozen;       /* does nothing at all */
	bool is_deaf;         /* does not read */
	uint32_t read_octets; /* at once; 0 = all */
	struct span read_gap;
	struct instant read_at;
};

struct truth_route {
	uint32_t set; /* + 1; 0 = none */
	bool is_old;
};

/* What the route server knows of a session. */
struct truth {
	bool is_up;
	struct net_conn *conn; /* the session's, while it is up */
	struct truth_route route[SIM_PREFIXES_ALL];
	uint32_t router_id;
	struct bgp_negotiated agreed; /* as the member's end has it */
	struct instant up_at;
	struct instant stale_until[FAMILY_COUNT];
	struct instant begins_until[FAMILY_COUNT]; /* refreshes are counted until then */
	uint32_t begins[FAMILY_COUNT];
	struct instant refresh_until[FAMILY_COUNT];
	uint32_t slack[FAMILY_COUNT]; /* routes that went by sweeps since the last comparison */
	uint64_t foreign_at_join;     /* changes by others */
	bool joined_settled;
	uint64_t changes; /* its own */
};

struct set {
	uint32_t at; /* in set_octet */
	uint16_t len_octets;
};

/* Lines of the server's log that somebody waits for. */
enum told {
	TOLD_CALLERS = 0, /* who called and was not taken */
	TOLD_LIMIT,
	TOLD_DROPPED,
	TOLD_TAKEN_AGAIN,
	TOLD_CLOCK,
	TOLD_KINDS,
};

struct world {
	uint64_t seed;
	uint32_t step;
	struct random random;
	uint32_t swarm; /* kinds of event that this seed leaves out, a bit each */
	bool has_failed;
	bool traces;
	struct net net;
	struct recorder recorder;
	struct capture capture; /* of all worlds of this run */
	struct heap heap[SIM_WORKERS_MAX];
	struct worker *worker[SIM_WORKERS_MAX];
	uint64_t worker_base_octets[SIM_WORKERS_MAX];
	uint32_t short_one_in; /* memory is short: so many calls, and one fails; 0 = it is not */
	struct instant short_until;
	uint32_t worker_count;
	struct shards *shards;
	uint32_t shard_count;
	struct plan *plan;
	struct rpki_data *rpki; /* NULL: nothing is known */
	uint32_t rs_asn;
	uint32_t in_plan; /* slots, a bit each */
	uint32_t other_asn;
	uint32_t active; /* the server calls */
	uint32_t blackhole;
	uint32_t add_path;
	uint32_t as2;
	uint32_t limited;
	enum plan_limit_action limit_action; /* of the limited one */
	uint32_t rules;                      /* variant */
	uint32_t plan_ends; /* sessions that the change of plan under way ends, a bit each */
	struct member member[SIM_SLOTS];
	struct truth truth[SIM_SLOTS];
	uint64_t changes;         /* of what anybody should hold */
	uint64_t settled_changes; /* of them, when all was last seen to agree */
	uint32_t prefix_count;    /* of them in use; the others are for days */
	struct set set[SIM_SETS_MAX];
	uint32_t set_count;
	uint8_t set_octet[SIM_SETS_OCTETS];
	uint32_t set_octets;
	uint32_t set_slot[2u * SIM_SETS_MAX];
	uint64_t compared; /* paths */
	uint32_t fresh;    /* attribute sets made that nobody had said before */
	uint32_t event_count[SIM_EVENTS_MAX];
	uint32_t told[TOLD_KINDS];
	uint32_t limits_passed[LIMIT_ACTION_COUNT];
	uint64_t callers;
	uint64_t flaps_said;
	uint64_t fresh_said;
	int64_t longest_up_ns; /* from a call to a session, in a flood */
};

__attribute__((format(printf, 2, 3))) void world_fail(struct world *world, const char *format, ...);
__attribute__((format(printf, 2, 3))) void world_trace(const struct world *world,
						       const char *format, ...);

static inline bool world_chance(struct world *world, uint32_t one_in)
{
	return random_below(&world->random, one_in) == 0;
}

static inline bool bit_has(uint32_t bits, uint32_t number)
{
	return (bits >> number & 1u) != 0;
}

static inline enum family prefix_family(uint32_t number)
{
	return number < SIM_PREFIXES_IPV4 || number >= SIM_BEACON ? FAMILY_IPV4 : FAMILY_IPV6;
}

#define SIM_LIMIT 8u /* IPv4 prefixes of a limited session */

/* --- world.c --- */
void world_begin(struct world *world, uint64_t seed);
void world_end(struct world *world);
uint32_t world_asn(const struct world *world, uint32_t slot);
struct address world_address(uint32_t slot);

/* Another plan, as the variables of the world have it.  False: the last is still being applied, or
 * the record could not be made; then they are as the record has them. */
bool world_replan(struct world *world);

/* Other VRPs and ASPAs, or none any more; false: the last change is not through. */
bool world_evidence(struct world *world);

/* Memory is short for that long, for workers and shards. */
void world_starve(struct world *world, uint32_t one_in, struct span time);

/* Steps whoever has something to do until `until`. */
void world_run(struct world *world, struct instant until);

/* --- sets.c --- */
struct prefix sim_prefix(uint32_t number);
uint32_t sim_prefix_number(const struct prefix *prefix); /* SIM_PREFIXES_ALL: none of ours */
uint32_t set_number(struct world *world, struct octets packed);
struct octets set_packed(const struct world *world, uint32_t number);
uint32_t set_random(struct world *world, uint32_t slot, enum family family);

/* --- special.c --- */
uint32_t set_fresh(struct world *world, uint32_t slot);
uint32_t set_capped(struct world *world, uint32_t slot);
uint32_t set_colliding(struct world *world, uint32_t slot, bool has_key);

/* --- member.c --- */
struct bgp_outputs member_outputs(struct wr wr[BGP_CONNECTIONS]);
void member_habits_draw(struct world *world, uint32_t slot);
void member_come(struct world *world, uint32_t slot);
void member_go(struct world *world, uint32_t slot, enum bgp_cease cease, bool for_good);
void member_drop(struct world *world, uint32_t slot, bool is_reset);
bool member_is_runnable(const struct world *world, uint32_t slot);
struct instant member_soonest(const struct world *world, uint32_t slot);
void member_step(struct world *world, uint32_t slot);
bool member_is_up(const struct member *member);

/* --- says.c --- */

/* Says of these prefixes what `own` has for them. */
void member_say_routes(struct world *world, uint32_t slot, const uint32_t *prefix, uint32_t count);
void member_say_odd(struct world *world, uint32_t slot, uint32_t prefix, bool may_end);
void member_say_refresh(struct world *world, uint32_t slot, enum family family);
void member_refresh_all(struct world *world, uint32_t slot, enum family family);

/* --- hears.c --- */
void member_hears_update(struct world *world, uint32_t slot, uint32_t place, struct octets body);
void member_hears_refresh(struct world *world, uint32_t slot, enum family family,
			  enum bgp_refresh_kind kind);

/* --- truth.c --- */
void truth_read(void *context, struct net_conn *conn);
void truth_event(void *context, const struct plan_session *session, const char *text);
void truth_expire(struct world *world);
void truth_forget(struct world *world, uint32_t slot);
uint32_t truth_count(const struct world *world, uint32_t slot, enum family family);

/* The shard has the route there as one for which there was no room: which ones is its choice. */
bool truth_is_blocked(const struct world *world, uint32_t slot, uint32_t prefix);

/* --- check.c --- */
void check_prefix(struct world *world, uint32_t slot, uint32_t prefix);
void check_family(struct world *world, uint32_t slot, enum family family);
void check_all(struct world *world);
void check_bounds(struct world *world);

/* --- script.c --- */
#define SCRIPT_EVENT_BITS 0x07ffffffu /* of the swarm */
void script_run(struct world *world, uint32_t steps);

/* One of the ordinary events. */
void script_event(struct world *world);
void script_churn(struct world *world);

/* One change of the plan, if the last is through. */
void script_replan(struct world *world);

/* How many there were of each. */
void script_tell(const struct world *world);

/* Those who never said an OPEN hang up. */
void script_callers_go(struct world *world);
void script_end(struct world *world);

void script_settle(struct world *world);
void script_heal(struct world *world);

/* --- day.c --- */

/* Twenty-four hours, with every kind of event. */
void script_day(struct world *world);

#endif
