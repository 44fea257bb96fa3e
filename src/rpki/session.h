/* rpki/session.h — one RTR cache: octets and time in, octets, orders and snapshots out.
 *
 * States and the moves between them
 *   APART       no connection                     tick: it is time            -> CONNECTING
 *   CONNECTING  asked for                         connected (a query is sent) -> ASKED
 *                                                 closed                      -> APART
 *   ASKED       a query is out                    Cache Response              -> RECEIVING
 *                                                 Cache Reset (a new query)   -> ASKED
 *                                                 no data available           -> WAITING
 *   RECEIVING   records come                      End of Data                 -> CURRENT
 *   CURRENT     in step with the cache            refresh, Serial Notify      -> ASKED
 *   WAITING     connected, the cache has no data  retry                       -> ASKED
 *   any         a PDU that is wrong, a fatal error, silence in the middle     -> APART
 * The snapshot is replaced at End of Data and not before.  It outlives the connection, but never
 * its expiry.
 * Owns    its snapshot, what it gathers and what it has read in part, from the heap it was given
 * Bound   RTR_PDU_OCTETS_MAX of a stream; one query at a time
 * Faults  none: what goes wrong ends the connection, and is told in last_error
 * Thread  one at a time
 * Source  RFC 8210 6, 7, 8; RFC 6810; draft-ietf-sidrops-8210bis-27 */
#ifndef RPKI_SESSION_H
#define RPKI_SESSION_H

#include "base/instant.h"
#include "rpki/update.h"

/* RFC 8210 6: until a cache says otherwise, and what it may say. */
#define RTR_REFRESH_S 3600u
#define RTR_RETRY_S 600u
#define RTR_EXPIRE_S 7200u
#define RTR_REFRESH_S_MAX 86400u
#define RTR_RETRY_S_MAX 7200u
#define RTR_EXPIRE_S_MIN 600u
#define RTR_EXPIRE_S_MAX 172800u

#define RTR_SILENCE_S 60u        /* in the middle of an answer, or for one */
#define RTR_NOTIFY_S 1u          /* from one End of Data to the query for a Serial Notify */
#define RTR_RECONNECT_S_MIN 1u   /* doubled with each failure */
#define RTR_RECONNECT_S_MAX 60u  /* or the retry interval, if that is shorter */
#define RTR_OUT_OCTETS_MIN 1024u /* room for what one call may say */

enum rtr_state {
	RTR_STATE_APART = 0,
	RTR_STATE_CONNECTING,
	RTR_STATE_ASKED,
	RTR_STATE_RECEIVING,
	RTR_STATE_CURRENT,
	RTR_STATE_WAITING,
};

/* What the owner is to do, joined. */
enum rtr_order {
	RTR_ORDER_CONNECT = 1,
	RTR_ORDER_CLOSE = 2,   /* after sending what was written */
	RTR_ORDER_CHANGED = 4, /* there is another snapshot, or none any more */
	RTR_ORDER_TELL = 8,    /* last_error is new */
};

struct rtr_counts {
	uint64_t full_answers;
	uint64_t steps; /* answers to Serial Queries */
	uint64_t connections;
	uint64_t failures;
};

struct rtr_session {
	struct heap *heap;
	enum rtr_state state;
	uint8_t version_max;  /* 1 where the cache means something else by version 2 */
	uint8_t version;      /* to speak next, or spoken */
	bool is_agreed;       /* the version, on this connection */
	bool is_lowered;      /* it was, on this connection or for the next one */
	bool is_fresh;        /* the last query was answered, and the cache is still there */
	bool asked_in_full;   /* what the query that is out asks for */
	bool has_notify;      /* a newer serial was told of while an answer came */
	bool has_session;     /* session and serial are the snapshot's */
	uint8_t data_version; /* with which they were agreed */
	uint16_t session;
	uint32_t serial;
	uint32_t refresh_s;
	uint32_t retry_s;
	uint32_t expire_s;
	uint32_t reconnect_s;
	struct instant next_at;    /* of the state: connect, ask, or end for silence */
	struct instant expires_at; /* of the snapshot; not set: there is none */
	struct instant updated_at; /* last End of Data */
	struct rpki_data *data;    /* NULL: none, or too old */
	struct rpki_update update;
	uint8_t *partial;
	uint32_t partial_len;
	uint32_t partial_room;
	struct rtr_counts counts;
	char last_error[RTR_ERROR_TEXT_MAX + 64];
};

void rtr_session_init(struct rtr_session *session, struct heap *heap, struct instant now);
void rtr_session_fini(struct rtr_session *session);

/* `out` has RTR_OUT_OCTETS_MIN of room in each of these. */
uint32_t rtr_session_tick(struct rtr_session *session, struct instant now, struct wr *out);
uint32_t rtr_session_connected(struct rtr_session *session, struct instant now, struct wr *out);
uint32_t rtr_session_octets(struct rtr_session *session, struct octets octets, struct instant now,
			    struct wr *out);

/* The connection is gone, or never came to be; `why` is told. */
uint32_t rtr_session_closed(struct rtr_session *session, struct instant now, const char *why);

/* When to tick at the latest. */
struct instant rtr_session_deadline(const struct rtr_session *session);

bool rtr_session_is_connected(const struct rtr_session *session);

/* What it has was agreed on lately: its last query was answered. */
bool rtr_session_is_current(const struct rtr_session *session);

/* "current" */
const char *rtr_state_name(enum rtr_state state);

#endif
