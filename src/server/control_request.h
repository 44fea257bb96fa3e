/* server/control_request.h — what a caller of the control socket asks, out of octets that may be
 * anything.
 * Shape   that of control.h, behind its length
 * Owns    the request borrows from the body and from `words`
 * Faults  MALFORMED: it is no request, whole and with nothing behind it
 * Thread  any */
#ifndef SERVER_CONTROL_REQUEST_H
#define SERVER_CONTROL_REQUEST_H

#include "server/control.h"

#define CONTROL_FLAG_COLOUR 1u

MUST_USE struct fault control_request_read(struct octets body, const char *words[CONTROL_WORDS_MAX],
					   struct control_request *out);

#endif
