/* web/whois.h — the registration data as RPSL objects over WHOIS.
 *
 * A question is an address, a prefix, an AS number or a handle; "help" says so.
 * Shape   one line in; "%" lines and objects of "attribute: value" out, a blank line between
 * Owns    nothing
 * Bound   WHOIS_QUESTION_OCTETS_MAX
 * Thread  any
 * Source  RFC 3912, RFC 2622, RFC 4012 */
#ifndef WEB_WHOIS_H
#define WEB_WHOIS_H

#include "web/answer.h"

#define WHOIS_QUESTION_OCTETS_MAX 256u

/* The question without its line break: a stranger's octets. */
void whois_answer(const struct published *published, struct octets question,
		  struct web_answer *out);

#endif
