/* rpki/rtr.h — PDUs of the RPKI to Router protocol, versions 0, 1 and 2: read from a cache, written
 * to one.
 *
 * Shape   version(8) type(8) session, error code or flags(16) length(32) and what the type has;
 *         the length counts all of it
 * Owns    nothing: a PDU borrows from what it was read from
 * Bound   RTR_PDU_OCTETS_MAX octets a PDU
 * Faults  SHORT: more octets are needed, nothing is wrong · MALFORMED: the code is the enum
 *         rtr_error to tell the cache
 * Thread  any
 * Source  RFC 6810, RFC 8210, draft-ietf-sidrops-8210bis-27 */
#ifndef RPKI_RTR_H
#define RPKI_RTR_H

#include "base/octets.h"
#include "base/wr.h"
#include "rpki/data.h"

#define RTR_VERSION_MAX 2u
#define RTR_PORT 323u
#define RTR_HEADER_OCTETS 8u
#define RTR_PDU_OCTETS_MAX 65535u
#define RTR_ERROR_TEXT_MAX 128u
#define RTR_WRITTEN_OCTETS_MAX 512u /* of any PDU we write */

enum rtr_type {
	RTR_SERIAL_NOTIFY = 0,
	RTR_SERIAL_QUERY = 1,
	RTR_RESET_QUERY = 2,
	RTR_CACHE_RESPONSE = 3,
	RTR_IPV4_PREFIX = 4,
	RTR_IPV6_PREFIX = 6,
	RTR_END_OF_DATA = 7,
	RTR_CACHE_RESET = 8,
	RTR_ROUTER_KEY = 9,
	RTR_ERROR_REPORT = 10,
	RTR_ASPA = 11,
};

enum rtr_error {
	RTR_CORRUPT_DATA = 0,
	RTR_INTERNAL_ERROR = 1,
	RTR_NO_DATA = 2, /* not fatal */
	RTR_INVALID_REQUEST = 3,
	RTR_UNSUPPORTED_VERSION = 4,
	RTR_UNSUPPORTED_TYPE = 5,
	RTR_UNKNOWN_WITHDRAWAL = 6,
	RTR_DUPLICATE = 7,
	RTR_UNEXPECTED_VERSION = 8,
	RTR_ASPA_PROVIDERS = 9,
	RTR_TRANSPORT = 10,
	RTR_ORDERING = 11,
	RTR_CACHE_RESTART = 12, /* not fatal */
	RTR_CACHE_SHUTDOWN = 13,
};

struct rtr_pdu {
	uint8_t version;
	uint8_t type;     /* enum rtr_type */
	uint16_t session; /* or the error's code */
	struct octets whole;
	uint32_t serial; /* SERIAL_NOTIFY, END_OF_DATA */
	bool has_timers; /* END_OF_DATA, from version 1 on */
	uint32_t refresh_s;
	uint32_t retry_s;
	uint32_t expire_s;
	bool announces;          /* the prefixes, ASPA; otherwise they withdraw */
	struct vrp vrp;          /* the prefixes */
	uint32_t customer;       /* ASPA */
	struct octets providers; /* ASPA: 4 octets each, ascending */
	struct octets text;      /* ERROR_REPORT: what the cache says; any octets */
};

/* The first PDU of the stream. */
MUST_USE struct fault rtr_pdu_read(struct octets stream, struct rtr_pdu *out);

void rtr_write_reset_query(struct wr *out, uint8_t version);
void rtr_write_serial_query(struct wr *out, uint8_t version, uint16_t session, uint32_t serial);

/* `pdu` is copied as far as it fits. */
void rtr_write_error(struct wr *out, uint8_t version, enum rtr_error error, struct octets pdu,
		     const char *text);

/* "corrupt data"; "unknown error" for what has no name. */
const char *rtr_error_name(uint16_t error);
bool rtr_error_is_fatal(uint16_t error);

#endif
