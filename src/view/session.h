/* view/session.h — what the route server lets others see of one session.
 * Shape   a plain value, taken at one moment
 * Owns    nothing
 * Thread  any */
#ifndef VIEW_SESSION_H
#define VIEW_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "net/address.h"
#include "view/book.h"

#define VIEW_NAME_MAX 128u
#define VIEW_WORDS_MAX 1280u
#define VIEW_FAULT_MAX 128u
#define VIEW_DISCARDS_MAX 64u /* codes that are told apart */

/* What a session is sent of one family. */
enum view_sending {
	VIEW_SENDING_NOTHING = 0, /* not up, or the family was not agreed */
	VIEW_SENDING_DEFERRED,    /* after a restart: others are awaited first */
	VIEW_SENDING_COPY,        /* the table, or what it missed */
	VIEW_SENDING_LIVE,        /* what changes, as it changes */
};

/* UPDATEs with errors (RFC 7606). */
struct view_malformed {
	uint64_t discarded; /* of the message an attribute only */
	uint64_t withdrawn; /* its routes are treated as withdrawn */
	uint64_t reset;     /* it ended the session */
	struct wall at;     /* the last one */
	char words[VIEW_FAULT_MAX];
};

/* Attributes of one code that were left out of routes. */
struct view_discard {
	uint8_t code;
	const char *name; /* NULL when nobody has named the code */
	uint32_t updates;
};

struct view_session_family {
	bool is_agreed;
	bool add_path; /* several paths are sent */
	enum view_sending sending;
	uint32_t held;    /* routes received and kept, refused ones included */
	uint32_t blocked; /* of them refused for want of room below routes_max */
	uint32_t routes_max;
	bool is_crowded; /* near routes_max, or above */
	bool is_stale;   /* kept over the member's restart */
	/* Counted by serving_counts, 0 till then. */
	uint32_t refused;   /* of those held */
	uint32_t announced; /* paths sent, or about to be: rib_look_tally */
};

/* The end of a connection, in words and numbers; code 0 = it was just lost. */
struct view_end {
	bool is_set;
	struct wall at;
	uint8_t code;
	uint8_t subcode;
	char words[VIEW_WORDS_MAX]; /* escaped */
	struct view_ruling
		ruling; /* of end_sent, where a clause of the rule book stands behind it */
};

struct view_session {
	uint16_t slot;
	uint32_t asn;
	char name[VIEW_NAME_MAX];
	struct address address;
	const char *state; /* bgp_state_name */
	bool is_established;
	bool is_active; /* we connect too */
	bool has_password;
	bool gtsm;
	bool is_blocked;         /* shut; may come back at blocked_until */
	const char *blocked_for; /* "too many prefixes" */
	struct wall blocked_until;
	bool is_held_off; /* its connections failed too often; it may come back at held_off_until */
	struct wall held_off_until;
	uint32_t failures; /* of connections, in a row */
	struct wall established_at;
	uint32_t established_count;
	uint32_t router_id; /* theirs, host order */
	uint16_t hold_s;
	bool as4;
	bool extended_next_hop;
	bool extended_message;
	bool refresh;
	bool enhanced_refresh;
	bool graceful_restart;
	bool has_role;
	const char *limit_action;        /* plan_limit_action_name */
	struct view_clause limit_clause; /* of the rule book */
	uint64_t attribute_octets;       /* what its attribute sets take */
	uint64_t attribute_octets_max;
	struct view_session_family family[FAMILY_COUNT];
	uint64_t updates_received;
	uint64_t routes_received;
	uint64_t withdrawals_received;
	uint64_t updates_malformed;
	struct view_malformed malformed;
	uint32_t discard_count;
	struct view_discard discard[VIEW_DISCARDS_MAX]; /* ascending by code */
	uint64_t octets_received;
	uint64_t octets_sent;
	struct view_end end_sent;       /* the last NOTIFICATION we sent */
	struct view_ruling end_ruling;  /* behind it, where a clause of the rule book is */
	struct view_end end_received;   /* the last one of theirs, or the loss of the connection */
	struct view_end connect_failed; /* our last attempt, if no session came of any since */
};

#endif
