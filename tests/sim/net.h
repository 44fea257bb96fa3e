/* sim/net.h — the pretend network: connections between members and workers, and the port through
 * which a worker sees them.
 *
 * net.c has the connections and the members' end, port.c the server's.
 *
 * Each direction is a pipe of bounded room; what is written arrives after the connection's latency,
 * in order, and is read in pieces as the connection's habits say.  Events are edges, as the real
 * port gives them.  Nothing here knows BGP. */
#ifndef SIM_NET_H
#define SIM_NET_H

#include "kit/random.h"
#include "net/identifier.h"
#include "net/port.h"
#include "sim/capture.h"

#define NET_CONNS_MAX 512u
#define NET_PIPE_OCTETS 32768u
#define NET_CHUNKS_MAX 64u
#define NET_MARKS_MAX 8192u
#define NET_NUMBERS_MAX 1024u
#define NET_SLOTS_MAX 32u
#define NET_LISTENERS_MAX 2u
#define NET_PORTS_MAX 4u

struct net_chunk {
	struct instant at;
	uint32_t len_octets;
};

struct net_pipe {
	uint8_t octet[NET_PIPE_OCTETS];
	uint32_t room;    /* of it, what may be used */
	uint32_t len;     /* written and not read */
	uint32_t arrived; /* of len */
	struct net_chunk chunk[NET_CHUNKS_MAX];
	uint32_t chunk_count;
	uint64_t written_octets;
	uint64_t read_octets;
	struct instant stalled_until; /* nothing arrives before */
	struct span trickle_gap;      /* between octets; 0 = all that is due arrives */
	struct instant trickle_at;
	bool is_ended; /* the writer closed */
	bool end_has_arrived;
};

/* What a stretch of the octets to the worker means, for whoever asks when they were read. */
struct net_mark {
	uint64_t end_octets; /* read up to here: it was taken */
	uint8_t kind;
	uint8_t family;
	uint16_t prefix;
	uint32_t value;
};

enum net_state {
	NET_FREE = 0,
	NET_CALLING, /* on its way; connect_at says when it is there */
	NET_WAITING, /* in the listener's queue, or to be taken by the member */
	NET_STANDS,
	NET_REFUSED,
};

struct net_conn {
	enum net_state state;
	uint32_t stream;  /* number of the connection, never used again */
	uint32_t slot;    /* whose */
	bool by_member;   /* who called */
	bool is_idle;     /* called by somebody who will never say an OPEN */
	int32_t number;   /* the worker's; -1 = none */
	uint32_t watcher; /* number of the port + 1; 0 = nobody's */
	struct instant connect_at;
	bool member_has;
	bool server_has;
	bool is_reset;
	bool is_lost;   /* the session on it is over for the server */
	uint8_t ending; /* what was read on it that ends it; 0 = nothing */
	bool ending_is_hard;
	bool said_end[FAMILY_COUNT];
	struct instant last_read_at;  /* the end of a message was read */
	struct instant last_taken_at; /* the member read something */
	struct net_pipe to_server;
	struct net_pipe to_member;
	struct span latency;
	uint32_t read_max;  /* octets a read of the server gives; 0 = all */
	uint32_t write_max; /* likewise a write */
	bool is_readable;   /* an edge to be told */
	bool is_writable;
	bool wants_room; /* a write was cut: an edge is owed */
	struct net_mark mark[NET_MARKS_MAX];
	uint32_t mark_first;
	uint32_t mark_count;
};

struct net;

struct net_port {
	struct port port;
	struct net *net;
	uint32_t number;
	bool is_woken;
	struct instant sleeps_until; /* not set: until something happens */
	bool is_asleep;              /* found nothing when it last waited */
};

struct net {
	struct random *random;
	struct capture *capture;
	struct instant now;
	int64_t wall_offset_s;
	struct net_conn conn[NET_CONNS_MAX];
	uint32_t conn_end;  /* all behind are free */
	uint32_t brisk;     /* slots whose new connections are wide and fast, a bit each */
	uint32_t trickling; /* slots whose new calls bring an octet a minute */
	bool is_called[FAMILY_COUNT];        /* somebody came to wait at the listener: told once */
	bool has_no_numbers;                 /* the server's are out */
	int32_t conn_of[NET_NUMBERS_MAX];    /* by number; -1 = none */
	int32_t listener[NET_LISTENERS_MAX]; /* number by family; -1 = none */
	struct net_port port[NET_PORTS_MAX];
	uint32_t port_count;
	bool withholds; /* tells only some of the events at a time */
	struct address (*address_of)(void *context, uint32_t slot);
	uint32_t (*slot_of)(void *context, const struct address *address);
	bool (*member_answers)(void *context, uint32_t slot);
	void (*server_read)(void *context, struct net_conn *conn);
	void *context;
};

struct wall net_wall(const struct net *net);

void net_init(struct net *net, struct random *random, uint32_t port_count);

/* Moves the clock on and lets arrive what is due. */
void net_advance(struct net *net, struct instant now);

/* When the next thing arrives; not set: nothing is under way. */
struct instant net_soonest(const struct net *net);

/* The worker of this port has something to do now. */
bool net_port_is_runnable(const struct net_port *port);

/* --- the members' end ------------------------------------------------------------------------- */

/* NULL: no room for one more. */
struct net_conn *net_call(struct net *net, uint32_t slot);

/* A connection that the server made and the member has not taken yet. */
struct net_conn *net_take(struct net *net, uint32_t slot);
uint32_t net_member_read(struct net *net, struct net_conn *conn, uint8_t *out, uint32_t room);
uint32_t net_member_write(struct net *net, struct net_conn *conn, struct octets octets);
bool net_member_sees_end(const struct net_conn *conn);
bool net_member_may_read(const struct net_conn *conn);
void net_member_close(struct net *net, struct net_conn *conn, bool is_reset);

/* From now on one octet of what the member says arrives in so much time. */
void net_trickle(struct net *net, struct net_conn *conn, struct span gap);
void net_mark(struct net_conn *conn, uint64_t end_octets, struct net_mark mark);

/* --- for port.c ------------------------------------------------------------------------------- */

/* NULL: no room for one more. */
struct net_conn *net_conn_new(struct net *net, uint32_t slot, bool by_member);
void net_server_closed(struct net *net, struct net_conn *conn);
uint32_t net_pipe_read(struct net_pipe *pipe, uint8_t *out, uint32_t room);
uint32_t net_pipe_write(struct net_pipe *pipe, struct octets octets, struct instant at);

#endif
