/* server/inside.h — the inside of a worker, for the files of this folder.
 * Owns    a worker its sessions and links
 * Faults  LIMIT: memory is out · as each function says
 * Thread  the worker */
#ifndef SERVER_INSIDE_H
#define SERVER_INSIDE_H

#include "server/worker.h"

#define LINK_OUT_OCTETS_MIN 4096u
#define CLOCK_SET_S \
	5 /* two clocks apart by more than before: one was set, it is not just drifting */

/* A stream with a session's connection on it. */
struct link {
	struct port_stream stream;
	struct session_id session;
	uint32_t place; /* of the session's two; BGP_CONNECTIONS while connecting */
	bool is_connecting;
	bool is_writable;
	bool has_output;  /* the shards may have something for it */
	bool has_more;    /* reading stopped for the others' sake, not for want of octets */
	bool is_broken;   /* memory ran out inside a message */
	bool is_ending;   /* has said its last word; closed when the neighbour has closed */
	uint8_t *partial; /* an unfinished message */
	uint32_t partial_len;
	uint32_t partial_room;
	uint8_t *out; /* private octets: control messages, copies, rests of messages */
	uint32_t out_at;
	uint32_t out_len;
	uint32_t out_room;
	struct instant ending_until;
};

/* A walk over the table in slices: routes of a session that is gone or was refreshed. */
struct sweep {
	bool is_running;
	uint32_t shard;
	uint32_t place; /* in that shard */
};

/* How many prefixes a session may have of a family, and what becomes of more. */
struct limit {
	uint32_t routes_max;
	uint32_t routes_near; /* from so many on it is told of */
	enum plan_limit_action action;
};

#define LIMIT_PAUSE_MS 1000         /* from room for blocked routes to their walk */
#define LIMIT_OF_ATTRS FAMILY_COUNT /* beside the families: what its attributes take */

enum limit_told {
	LIMIT_TOLD_NOT = 0,
	LIMIT_TOLD_NEAR,
	LIMIT_TOLD_OVER,
};

/* What is still to be said behind the table. */
enum marker {
	MARKER_NONE = 0,
	MARKER_END_OF_RIB,
	MARKER_END_OF_REFRESH, /* RFC 7313 */
};

/* What a neighbour can bring about as often as it likes; told so many times and no more. */
enum tell {
	TELL_NOTIFICATION = 0,
	TELL_CONNECTION,
	TELL_MALFORMED,
	TELL_IGNORED,
	TELL_STRANGER, /* somebody of no session */
	TELL_COUNT,
};

struct tell_count {
	struct instant until;
	uint32_t told;
};

/* UPDATEs with errors, by what became of them, and the last one. */
struct malformed {
	uint64_t count[BGP_RESET + 1]; /* by enum bgp_verdict */
	struct instant at;
	struct wall wall; /* as the clock said then */
	const char *text; /* a constant */
	uint8_t attr;     /* 0 = none by itself */
};

/* Why a session may not come back yet. */
enum block {
	BLOCK_NONE = 0,
	BLOCK_PREFIXES,
	BLOCK_ATTRS,
	BLOCK_RESOURCES,
};

struct peer {
	struct bgp_session fsm;
	struct link *link[BGP_CONNECTIONS];
	struct link *connecting;
	struct sweep sweep[FAMILY_COUNT];
	struct sweep unblock[FAMILY_COUNT];         /* limit.c */
	struct instant unblock_at[FAMILY_COUNT];    /* when that begins */
	struct instant stale_until[FAMILY_COUNT];   /* graceful restart: old routes go then */
	struct instant refresh_until[FAMILY_COUNT]; /* a refresh without its end */
	struct instant blocked_until;               /* shut till then */
	enum block block;
	struct view_ruling ruled; /* behind fsm.last_sent; without a clause when none is */
	struct peer_counts counts;
	struct malformed malformed;
	uint32_t discarded[256]; /* attributes, by code */
	bool is_known;
	bool is_deferred; /* up, but nothing is sent to it yet: others are awaited */
	enum marker marker[FAMILY_COUNT];
	bool again[FAMILY_COUNT];                  /* asked for once more while a refresh is sent */
	bool refresh_due[FAMILY_COUNT];            /* asked for when memory was out */
	struct instant begins_until[FAMILY_COUNT]; /* BoRRs are counted until then */
	uint32_t begins[FAMILY_COUNT];
	struct tell_count told[TELL_COUNT];
	bool said_end[FAMILY_COUNT];      /* End-of-RIB came */
	struct instant connect_failed_at; /* our last attempt, if none came to a session since */
	struct fault connect_fault;
	struct wall established_wall;     /* as the clock said then */
	struct limit limit[FAMILY_COUNT]; /* as last configured */
	uint64_t attrs_octets_near;       /* what its attributes take is told from here on */
	uint64_t attrs_octets_max;        /* likewise: more shuts it */
	enum limit_told told_limit[FAMILY_COUNT];
	enum limit_told told_attrs;
	uint16_t restart_s; /* as its last OPEN said */
	bool gr_families[FAMILY_COUNT];
};

#define INTAKE_PREFIXES 8192u /* about what a stream brings in one turn */
#define INTAKE_LISTS 256u
#define INTAKE_PACKED_OCTETS (BGP_ATTRS_PACKED_MAX + 32u * 1024u)
#define INTAKE_AHEAD_PREFIXES 8u /* fetched ahead: as long as a line of memory takes */

/* A list of prefixes of one message, and what they were announced with. */
struct intake_list {
	struct octets packed;   /* NULL octets: they are withdrawn */
	struct bgp_attrs attrs; /* a view of them */
	enum family family;
	uint32_t first;
	uint32_t end;
};

/* What one session said and is in no shard yet: each is visited once for all of it. */
struct intake {
	struct session_id session;
	uint32_t list_count;
	uint32_t prefix_count;
	uint32_t announced[FAMILY_COUNT];
	uint32_t packed_octets;
	uint32_t shards_left; /* a bit each: what is for it is not in it */
	struct intake_list list[INTAKE_LISTS];
	struct rib_prefix prefix[INTAKE_PREFIXES];
	uint16_t next[INTAKE_PREFIXES]; /* of the same shard; INTAKE_PREFIXES = none */
	uint16_t first[SHARDS_MAX];
	uint16_t last[SHARDS_MAX];
	uint8_t packed[INTAKE_PACKED_OCTETS];
};

struct worker {
	struct heap *heap;
	struct port *port;
	struct shards *shards;
	struct plan *plan;
	struct restart *restart;
	struct worker_watch watch;
	uint32_t number;
	uint32_t count;
	struct worker *const *team;
	struct mailbox mailbox;
	struct port_stream listener[WORKER_LISTENERS_MAX];
	uint8_t listener_family[WORKER_LISTENERS_MAX];
	uint32_t listener_count;
	struct instant accept_again; /* somebody waits at a listener; not set: nobody does */
	struct instant drops_until;  /* connections could not be taken; not set: they can */
	struct link *link_of[PORT_STREAMS_MAX];
	struct peer peer[SESSIONS_MAX];
	struct deadlines deadlines; /* by session */
	struct instant now;
	struct instant flushed_at;
	struct span flush_pause;           /* till the next flush of few prefixes */
	uint64_t encoded_seen[SHARDS_MAX]; /* of each shard: what was looked at */
	bool has_unread;                   /* a stream was left in mid-reading */
	bool has_output;                   /* some link has */
	bool has_unjudged;                 /* a change of plan can go on at once */
	bool has_deferred;                 /* some peer is */
	bool is_held_up;                   /* the last flush left much: the window was full */
	struct tell_count strangers;
	struct wall wall_seen; /* by the first of the team alone */
	struct instant wall_seen_at;
	struct instant
		short_until; /* set: memory was out; links with output are tried again then */
	uint32_t established_count;
	uint32_t sweep_count;
	uint32_t ending_count;
	int32_t ending[WORKER_ENDING_MAX]; /* streams that have said their last word */
	uint8_t scratch[BGP_UPDATE_SCRATCH_OCTETS];
	struct intake intake;
	uint8_t input[WORKER_TURN_OCTETS + BGP_EXTENDED_MESSAGE_OCTETS_MAX]; /* shared by all */
	uint8_t control[BGP_CONNECTIONS][3 * BGP_MESSAGE_OCTETS_MAX];
};

static inline bool worker_owns(const struct worker *worker, struct session_id session)
{
	return session.index % worker->count == worker->number;
}

/* --- worker.c --- */

/* Leaves the shard of this number; its owner, who decides, sleeps perhaps and is woken when there
 * is something to decide. */
void worker_shard_leave(struct worker *worker, uint32_t number);

/* --- link.c --- */
struct link *link_new(struct worker *worker, struct port_stream stream, struct session_id session);
void link_free(struct worker *worker, struct link *link);

/* Sends what was said and waits, at most WORKER_ENDING_S, for the neighbour to close.  The link may
 * be gone after. */
void link_end(struct worker *worker, struct link *link);
void link_readable(struct worker *worker, struct link *link);

/* Puts octets behind those that wait.  False when memory is out. */
bool link_say(struct worker *worker, struct link *link, struct octets octets);

/* The same; without memory the link ends soon. */
void link_must_say(struct worker *worker, struct link *link, struct octets octets);

/* Memory was out for what the link is to be sent: it is tried again after WORKER_SHORT_MS. */
void link_short(struct worker *worker, struct link *link);

/* Room for `need` octets in the private buffer: a writer, to be given back by link_wrote. */
bool link_room(struct worker *worker, struct link *link, uint32_t need, struct wr *out);
void link_wrote(struct link *link, const struct wr *wr);

/* Sends private octets; true when none are left. */
bool link_flush(struct worker *worker, struct link *link);

/* --- peer.c --- */
struct bgp_outputs peer_outputs(struct worker *worker, struct wr wr[BGP_CONNECTIONS]);
void peer_obey(struct worker *worker, struct session_id session, struct bgp_outcome outcome,
	       struct wr wr[BGP_CONNECTIONS]);

/* False: the link is gone. */
bool peer_message(struct worker *worker, struct link *link, const struct bgp_message *message);
void peer_refuse(struct worker *worker, struct link *link, const struct bgp_refusal *refusal);

/* `fault` says how: ABSENT is the neighbour's doing. */
void peer_closed(struct worker *worker, struct link *link, struct fault fault);
/* "too many prefixes"; NULL when it is not blocked. */
const char *peer_block_words(const struct peer *peer);

/* It was not to come back for a while: now it may. */
void peer_unblock(struct worker *worker, struct session_id session);
void peer_due(struct worker *worker, struct session_id session);
void peer_deadline(struct worker *worker, struct session_id session);
void peer_stop(struct worker *worker, struct session_id session, enum bgp_cease cease,
	       const char *text);
void peer_stop_with(struct worker *worker, struct session_id session,
		    const struct bgp_refusal *refusal);
void peer_configure(struct worker *worker, struct session_id session);

/* Sends it the table from now on. */
void peer_join(struct worker *worker, struct session_id session);

/* After a restart: nothing more need be awaited of the session. */
void peer_heard(struct worker *worker, struct session_id session);
void peer_sweep_step(struct worker *worker);
void peer_tell(struct worker *worker, struct session_id session, const char *text);

/* The refresh that was asked for while one was under way. */
void peer_send_again(struct worker *worker, struct session_id session, enum family family);

/* --- tell.c --- */

/* "; clause 3.7, rule book version 2, ..." of the rule book in force. */
#define TELL_RULING_MAX (VIEW_RULING_TEXT_MAX + 2u)
const char *tell_behind(const struct worker *worker, enum bgp_ground ground,
			char out[TELL_RULING_MAX]);
void tell_established(struct worker *worker, struct link *link);
void tell_lost(struct worker *worker, struct session_id session, bool keep_routes);

/* What the orders say was sent or received. */
void tell_notifications(struct worker *worker, struct session_id session, uint32_t orders);
void tell_closed(struct worker *worker, struct session_id session, bool was_connecting,
		 struct fault fault);
void tell_ignored_refresh(struct worker *worker, struct session_id session, uint8_t subtype);
void tell_ignored_families(struct worker *worker, struct session_id session, uint32_t count);

/* That the machine's clock was set, which nothing here goes by but what is written down. */
void tell_clock(struct worker *worker);
void tell_stranger(struct worker *worker, const struct address *from);

/* False: it was told often enough. */
bool tell_rejected(struct worker *worker, struct session_id session);
void tell_far(struct worker *worker, struct session_id session);
void tell_malformed(struct worker *worker, struct session_id session,
		    const struct bgp_update *update, struct octets whole);

/* --- limit.c --- */
struct limit limit_for(const struct worker *worker, struct session_id session, enum family family);

/* A prefix that is not counted yet is to be blocked. */
bool limit_is_full(const struct peer *peer, const struct limit *limit, enum family family);

/* With so many more it has as many as it may have. */
bool limit_is_near(const struct peer *peer, const struct limit *limit, enum family family,
		   uint32_t more);

/* Counts a route that was announced.  CONFLICT, with the family for a code: the session is to be
 * shut. */
MUST_USE struct fault limit_announced(struct worker *worker, struct session_id session,
				      enum family family, const struct limit *limit,
				      enum rib_held before, bool was_full);
void limit_removed(struct worker *worker, struct session_id session, enum family family,
		   const struct rib_removed *removed);

/* There may be room for blocked routes. */
void limit_room_made(struct worker *worker, struct session_id session, enum family family);
void limit_due(struct worker *worker, struct session_id session);
void limit_unblock_step(struct worker *worker, struct session_id session, enum family family);

/* The session is lost: nothing of it is unblocked or told of any more. */
void limit_forget(struct worker *worker, struct session_id session);
void limit_configured(struct worker *worker, struct session_id session);

/* After UPDATEs, with what the session's attribute sets took before them.  CONFLICT, with
 * LIMIT_OF_ATTRS for a code: the session is to be shut. */
MUST_USE struct fault limit_attrs(struct worker *worker, struct session_id session,
				  uint64_t before_octets);

/* `of` is a family or LIMIT_OF_ATTRS. */
void limit_shut(struct worker *worker, struct session_id session, uint32_t of);

/* --- intake.c --- */

/* Behind what is waiting; where there is no room that goes into the shards first.  `attrs` is NULL
 * for prefixes that are withdrawn.  Faults as intake_settle. */
MUST_USE struct fault intake_add(struct worker *worker, struct session_id session,
				 struct bgp_nlri nlri, const struct bgp_attrs *attrs);

/* All that waits goes into the shards.  LIMIT: memory is out.  CONFLICT, with the family or
 * LIMIT_OF_ATTRS for a code: the session has more than it may have.  The rest is dropped then: the
 * session is to end. */
MUST_USE struct fault intake_settle(struct worker *worker);

/* --- update.c --- */

/* What the link's session said so far is held, before anything else becomes of it.  False: that
 * ended the session. */
bool peer_settle(struct worker *worker, struct link *link);

/* False: the link is gone, or ends. */
bool peer_update(struct worker *worker, struct link *link, const struct bgp_message *message);

/* Old routes of the session go, a slice at a time. */
void peer_sweep_start(struct worker *worker, struct session_id session, enum family family);

/* What the session has in the family becomes old; what was old before goes at once. */
void peer_age(struct worker *worker, struct session_id session, enum family family);

/* Looks at every entry: the session is no more. */
void peer_sweep_all(struct worker *worker, struct session_id session);

/* --- listen.c --- */
void listen_accept(struct worker *worker, struct port_stream listener);

/* Where some were left waiting, when it is time. */
void listen_again(struct worker *worker);
void listen_connected(struct worker *worker, struct link *link);
void listen_hand_over(struct worker *worker, const struct letter *letter);
bool listen_is(const struct worker *worker, struct port_stream stream);

/* A key that changed holds for attempts to connect, too. */
void listen_rekey(struct worker *worker, const struct plan *before);

/* Keys as the plan has them; those only `before` had are taken away. */
MUST_USE struct fault listen_secrets(struct worker *worker, struct port_stream listener,
				     uint8_t family, const struct plan *before);

/* --- send.c --- */
void send_all(struct worker *worker);

/* To the links that have has_output. */
void send_some(struct worker *worker);
void send_link(struct worker *worker, struct link *link);

#endif
