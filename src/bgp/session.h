/* bgp/session.h — the state machine of one configured session: octets and time in, octets and
 * orders out.  No socket, no clock.
 *
 * A session has two places for connections, because both sides may connect at once; a collision
 * ends one of them.  The same machine serves the route server and a member's speaker: only the
 * OPEN that it offers differs.
 * Use     the caller owns two output buffers, one a connection.  After every call it acts on the
 *         outcome: closes what is to be closed (after sending what was written, unless at once),
 *         and looks at bgp_session_deadline.
 * Owns    nothing but its own value
 * Thread  the session's worker
 * Source  RFC 4271 8, 6.8 and 10; RFC 4724 4.2; RFC 6286; RFC 6608; RFC 7313; RFC 8538; RFC 9687 */
#ifndef BGP_SESSION_H
#define BGP_SESSION_H

#include "base/instant.h"
#include "bgp/damping.h"
#include "bgp/negotiate.h"
#include "bgp/notification.h"
#include "bgp/refresh.h"

#define BGP_CONNECTIONS 2u
#define BGP_OPEN_WAIT_S 30 /* from connected to OPEN; a stranger gets no four minutes */
#define BGP_RETRY_S_MIN 5  /* between attempts to connect, doubling */
#define BGP_RETRY_S_MAX 120
#define BGP_SEND_HOLD_S_MIN (8 * 60) /* RFC 9687: the larger of this and twice the hold time */

enum bgp_state {
	BGP_STATE_IDLE = 0, /* ended by us, or held off: nothing is accepted or tried */
	BGP_STATE_CONNECT,  /* an attempt to connect is under way */
	BGP_STATE_ACTIVE,   /* waiting to be connected to, or for the next attempt */
	BGP_STATE_OPEN_SENT,
	BGP_STATE_OPEN_CONFIRM,
	BGP_STATE_ESTABLISHED,
};

/* RFC 6608 3: in which state a message was not expected. */
enum bgp_state_subcode {
	BGP_STATE_IN_OPEN_SENT = 1,
	BGP_STATE_IN_OPEN_CONFIRM = 2,
	BGP_STATE_IN_ESTABLISHED = 3,
};

const char *bgp_state_name(enum bgp_state state);

struct bgp_connection {
	enum bgp_state state;  /* IDLE: the place is free; else OPEN_SENT or later */
	bool is_ours;          /* we connected */
	struct bgp_open offer; /* our OPEN on it, whatever the configuration says since */
	struct instant open_deadline;
	struct instant hold_deadline;
	struct instant keepalive_deadline;
	struct instant send_hold_deadline;
	struct bgp_negotiated negotiated;
};

struct bgp_last_error {
	struct bgp_refusal refusal; /* code 0: none; received: the connection was just lost */
	bool was_sent;
	struct instant at; /* 0 = never */
};

struct bgp_session {
	struct bgp_session_config config;
	struct bgp_connection connection[BGP_CONNECTIONS];
	enum bgp_state state;
	bool is_connecting;            /* an attempt of ours is under way */
	struct instant retry_deadline; /* of the next attempt; set in ACTIVE alone */
	uint32_t retry_s;
	uint32_t chance; /* of the jitter */
	struct instant established_at;
	uint32_t established_count;
	uint32_t flap_count;
	struct bgp_damping damping;
	struct bgp_last_error last_sent;
	struct bgp_last_error last_received;
};

enum bgp_order {
	BGP_ORDER_CLOSE_0 = 1, /* the connection in this place: send what was written, then close */
	BGP_ORDER_CLOSE_1 = 2,
	BGP_ORDER_AT_ONCE = 4,      /* close without sending: the peer does not read; last_sent */
	BGP_ORDER_CONNECT = 8,      /* try to connect now */
	BGP_ORDER_ESTABLISHED = 16, /* on `place` */
	BGP_ORDER_LOST = 32,        /* it was established and is no more */
	BGP_ORDER_KEEP_ROUTES = 64, /* with LOST: graceful restart applies */
	BGP_ORDER_UPDATE = 128,     /* the message is the caller's to read */
	BGP_ORDER_REFRESH = 256,    /* see refresh_family and refresh_kind */
	BGP_ORDER_SENT = 512,       /* a NOTIFICATION was written: last_sent */
	BGP_ORDER_RECEIVED = 1024,  /* one came: last_received */
	BGP_ORDER_IGNORED = 2048,   /* a ROUTE-REFRESH meant nothing: see ignored_subtype */
};

struct bgp_outcome {
	uint32_t orders; /* enum bgp_order, joined */
	uint32_t place;
	enum family refresh_family;
	enum bgp_refresh_kind refresh_kind;
	uint8_t ignored_subtype;
};

/* Where the octets for each place go. */
struct bgp_outputs {
	struct wr *wr[BGP_CONNECTIONS];
};

void bgp_session_init(struct bgp_session *session, const struct bgp_session_config *config);
void bgp_session_start(struct bgp_session *session, struct instant now);

/* From the next OPEN on; what stands stays, and failures before it are forgotten. */
void bgp_session_configure(struct bgp_session *session, const struct bgp_session_config *config,
			   struct instant now);

/* Ends it with this NOTIFICATION on every connection; -> IDLE.  RFC 4486. */
struct bgp_outcome bgp_session_stop(struct bgp_session *session, const struct bgp_refusal *refusal,
				    struct instant now, struct bgp_outputs outputs);

/* A TCP connection stands.  *place says which of the two it got; false: it is to be closed. */
bool bgp_session_connected(struct bgp_session *session, bool is_ours, struct instant now,
			   struct bgp_outputs outputs, uint32_t *place);
void bgp_session_connect_failed(struct bgp_session *session, struct instant now, uint32_t random);

/* The stream of a place ended or failed. */
struct bgp_outcome bgp_session_closed(struct bgp_session *session, uint32_t place,
				      struct instant now, uint32_t random);

/* A whole message came. */
struct bgp_outcome bgp_session_message(struct bgp_session *session, uint32_t place,
				       const struct bgp_message *message, struct instant now,
				       struct bgp_outputs outputs);

/* The framer or the UPDATE reader refused what came, or a limit was passed. */
struct bgp_outcome bgp_session_refuse(struct bgp_session *session, uint32_t place,
				      const struct bgp_refusal *refusal, struct instant now,
				      struct bgp_outputs outputs);

/* Something could be sent, or all was; `blocked`: octets wait and the socket takes none. */
void bgp_session_sending(struct bgp_session *session, uint32_t place, bool blocked,
			 struct instant now);

/* Does what is due. */
struct bgp_outcome bgp_session_tick(struct bgp_session *session, struct instant now,
				    uint32_t random, struct bgp_outputs outputs);
struct instant bgp_session_deadline(const struct bgp_session *session);

/* The place that is established, or BGP_CONNECTIONS. */
uint32_t bgp_session_established_place(const struct bgp_session *session);

#endif
