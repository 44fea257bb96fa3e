/* bgp/message.h — the header every BGP message has, and cutting a stream into messages.
 * Source  RFC 4271 4.1, 6.1; RFC 8654; RFC 2918
 * Owns    nothing
 * Faults  AGAIN: not all is there yet · MALFORMED: `refusal` holds the NOTIFICATION
 * Thread  any */
#ifndef BGP_MESSAGE_H
#define BGP_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/octets.h"
#include "base/wr.h"

#define BGP_PORT 179u
#define BGP_HEADER_OCTETS 19u
#define BGP_MESSAGE_OCTETS_MAX 4096u
#define BGP_EXTENDED_MESSAGE_OCTETS_MAX 65535u

enum bgp_message_type {
	BGP_OPEN = 1,
	BGP_UPDATE = 2,
	BGP_NOTIFICATION = 3,
	BGP_KEEPALIVE = 4,
	BGP_ROUTE_REFRESH = 5,
};

enum bgp_error {
	BGP_ERROR_NONE = 0,
	BGP_ERROR_HEADER = 1,
	BGP_ERROR_OPEN = 2,
	BGP_ERROR_UPDATE = 3,
	BGP_ERROR_HOLD_TIMER = 4,
	BGP_ERROR_STATE = 5,
	BGP_ERROR_CEASE = 6,
	BGP_ERROR_REFRESH = 7,
	BGP_ERROR_SEND_HOLD_TIMER = 8,
};

enum bgp_header_subcode {
	BGP_HEADER_NOT_SYNCHRONIZED = 1,
	BGP_HEADER_BAD_LENGTH = 2,
	BGP_HEADER_BAD_TYPE = 3,
};

#define BGP_REFUSAL_DATA_MAX 258u /* a hard reset around a shutdown communication */
#define BGP_REFUSAL_WHY_MAX 64u   /* octets of text, its NUL included */
#define BGP_NOTIFICATION_DATA_MAX (BGP_MESSAGE_OCTETS_MAX - BGP_HEADER_OCTETS - 2u)

/* What a refusal rests on: the protocol, or which of the exchange's own rules. */
enum bgp_ground {
	BGP_GROUND_PROTOCOL = 0,
	BGP_GROUND_REGISTERED, /* the session is not as it was registered */
	BGP_GROUND_NEXT_HOP,   /* IPv4 with IPv6 next hops is asked of it */
	BGP_GROUND_LIMIT,      /* how many prefixes it may announce */
};

/* What a NOTIFICATION is to say. */
struct bgp_refusal {
	uint8_t code; /* enum bgp_error */
	uint8_t subcode;
	uint16_t data_len_octets;
	uint8_t data[BGP_REFUSAL_DATA_MAX]; /* cut to what fits */
	struct octets whole; /* all the data, borrowed until it is written; empty when kept */
	char why[BGP_REFUSAL_WHY_MAX]; /* what we found, in words for our own eyes: never sent */
	uint8_t ground;                /* enum bgp_ground: for our own eyes, too */
};

struct bgp_refusal bgp_refusal_of(enum bgp_error code, uint8_t subcode);
void bgp_refusal_data(struct bgp_refusal *refusal, struct octets data);

struct bgp_message {
	uint8_t type;        /* enum bgp_message_type */
	struct octets body;  /* after the header */
	struct octets whole; /* header included */
};

/* The first message of `stream`.  `extended` = we said that we take extended messages. */
MUST_USE struct fault bgp_message_next(struct octets stream, bool extended, struct bgp_message *out,
				       struct bgp_refusal *refusal);

/* The header now, its length when the body is written. */
uint32_t bgp_message_begin(struct wr *out, enum bgp_message_type type);
void bgp_message_end(struct wr *out, uint32_t mark);
void bgp_keepalive_write(struct wr *out);

#endif
