/* bgp/notification.h — NOTIFICATION messages and their words.
 * Shape   code(8) subcode(8) data
 * Owns    nothing
 * Faults  SHORT when the body has no code and subcode
 * Thread  any
 * Source  RFC 4271 4.5 and 6, RFC 4486, RFC 6608, RFC 8538, RFC 9003, RFC 9234, RFC 9384, RFC 9687
 * */
#ifndef BGP_NOTIFICATION_H
#define BGP_NOTIFICATION_H

#include "base/wr.h"
#include "bgp/message.h"
#include "net/identifier.h"

enum bgp_cease {
	BGP_CEASE_MAX_PREFIXES = 1,
	BGP_CEASE_ADMIN_SHUTDOWN = 2,
	BGP_CEASE_DECONFIGURED = 3,
	BGP_CEASE_ADMIN_RESET = 4,
	BGP_CEASE_REJECTED = 5,
	BGP_CEASE_OTHER_CHANGE = 6,
	BGP_CEASE_COLLISION = 7,
	BGP_CEASE_OUT_OF_RESOURCES = 8,
	BGP_CEASE_HARD_RESET = 9,
	BGP_CEASE_BFD_DOWN = 10,
};

#define BGP_SHUTDOWN_TEXT_MAX 255u /* octets of UTF-8, RFC 9003 2 */
#define BGP_NOTIFICATION_TEXT_MAX \
	1280u /* every octet of the text escaped, and the words around it */

MUST_USE struct fault bgp_notification_read(struct octets body, struct bgp_refusal *out);

/* Never more than 4,096 octets: data that is longer is cut. */
void bgp_notification_write(struct wr *out, const struct bgp_refusal *refusal);

/* The communication of a shutdown or reset: length(8) and text, cut between characters. */
void bgp_notification_say(struct bgp_refusal *refusal, const char *text);

/* RFC 4486 4: the family and the number that was passed. */
void bgp_notification_limit(struct bgp_refusal *refusal, enum family family, uint32_t limit);

/* The same as a hard reset, RFC 8538 3.1: the data is its code, subcode and data. */
struct bgp_refusal bgp_refusal_hard(const struct bgp_refusal *refusal);

/* "Cease / administrative shutdown (6/2): back at noon".  Text of the peer stays as it is where it
 * is printable UTF-8; all else of it is escaped, so that nothing it wrote steers a terminal. */
void bgp_notification_print(const struct bgp_refusal *refusal, char out[BGP_NOTIFICATION_TEXT_MAX]);

#endif
