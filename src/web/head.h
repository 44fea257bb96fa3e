/* web/head.h — the head of an HTTP request judged before the library reads it.
 *
 * libmicrohttpd takes requests that two readers may cut differently: two lengths, a length with a
 * transfer coding, two hosts, folded lines, bare line feeds, a NUL.  Here they are refused.
 * Owns    nothing
 * Bound   HEAD_OCTETS_MAX
 * Thread  any
 * Source  RFC 9112 2.2, 3, 5, 6.3, 11.2 */
#ifndef WEB_HEAD_H
#define WEB_HEAD_H

#include "base/octets.h"

#define HEAD_OCTETS_MAX 8192u
#define HEAD_BODY_OCTETS_MAX (1024u * 1024u)

/* 0: more octets are wanted.  200: it may be read.  Else the status to refuse it with, and *why
 * says what is wrong. */
int head_judge(struct octets octets, const char **why);

#endif
