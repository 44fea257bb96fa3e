/* web/http.h — connections answered by libmicrohttpd, one request each, from a thread of its own.
 *
 * Whoever accepts a connection has its head judged first (web/head.h): here it is read again.
 * Owns    a running service: http_new/http_free · a socket from http_take on
 * Bound   HTTP_CONNECTIONS_MAX at once, HTTP_TIMEOUT_S without an octet
 * Faults  SYSTEM: no thread or memory for it
 * Thread  any may take and publish; `page` is called from the service's own */
#ifndef WEB_HTTP_H
#define WEB_HTTP_H

#include <sys/socket.h>

#include "web/answer.h"

#define HTTP_CONNECTIONS_MAX 256u
#define HTTP_TIMEOUT_S 10u

struct http;

/* The snapshot to answer from, with a user for the caller; NULL: there is none yet. */
typedef struct published *(*http_snapshot)(void *context);

MUST_USE struct fault http_new(http_snapshot snapshot, void *context, struct http **out);

/* A connection whose head is good; closed when there is no room. */
void http_take(struct http *http, int fd, const struct sockaddr_storage *from, socklen_t from_len);

/* Ends the connections that are being answered, too.  NULL is allowed. */
void http_free(struct http *http);

#endif
