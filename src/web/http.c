/* web/http.c — libmicrohttpd between sockets and pages. */
#include "web/http.h"

#include <errno.h>
#include <microhttpd.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONNECTION_OCTETS_MAX (32u * 1024u)
#define ETAG_OCTETS 16u
#define ETAG_TEXT_MAX (2 * ETAG_OCTETS + 3)
#define CACHE_CONTROL "public, max-age=60"

struct http {
	struct MHD_Daemon *daemon;
	http_snapshot snapshot;
	void *context;
	struct heap heap;
};

/* The same octets have the same tag, whenever they were made. */
static void etag_print(const struct web_answer *answer, char out[ETAG_TEXT_MAX])
{
	unsigned char digest[ETAG_OCTETS];
	char hex[2 * ETAG_OCTETS + 1];

	(void)crypto_generichash(digest, sizeof digest,
				 (const unsigned char *)text_buffer_of(&answer->body),
				 answer->body.len_octets, NULL, 0);
	(void)sodium_bin2hex(hex, sizeof hex, digest, sizeof digest);
	(void)snprintf(out, ETAG_TEXT_MAX, "\"%s\"", hex);
}

static void headers_add(struct MHD_Response *response, const struct web_answer *answer,
			const char *etag)
{
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->content_type);
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_ACCESS_CONTROL_ALLOW_ORIGIN, "*");
	(void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	(void)MHD_add_response_header(response, "Content-Security-Policy", "default-src 'none'");
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	if (answer->status != WEB_OK && answer->status != WEB_NOT_MODIFIED)
		return;
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, etag);
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, CACHE_CONTROL);
}

static enum MHD_Result answer_send(struct MHD_Connection *connection, struct web_answer *answer)
{
	const char *known = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
							MHD_HTTP_HEADER_IF_NONE_MATCH);
	char etag[ETAG_TEXT_MAX];

	etag_print(answer, etag);
	if (answer->status == WEB_OK && known != NULL &&
	    (strcmp(known, "*") == 0 || strstr(known, etag) != NULL)) {
		answer->status = WEB_NOT_MODIFIED;
		text_buffer_clear(&answer->body);
	}
	struct MHD_Response *response = MHD_create_response_from_buffer(
		answer->body.len_octets, answer->body.text, MHD_RESPMEM_MUST_COPY);
	if (response == NULL)
		return MHD_NO;
	headers_add(response, answer, etag);
	if (answer->status == WEB_METHOD_NOT_ALLOWED)
		(void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	enum MHD_Result result = MHD_queue_response(connection, (unsigned int)answer->status,
						    response);
	MHD_destroy_response(response);
	return result;
}

/* Called once for the head and, where nothing was queued, again for the end of the request. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
				  const char *path, const char *method, const char *version,
				  const char *upload, size_t *upload_octets, void **seen)
{
	struct web_answer answer CLEAN(answer_fini);
	struct http *http = context;

	(void)version;
	(void)upload;
	answer_init(&answer);
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
		answer_text(&answer, WEB_METHOD_NOT_ALLOWED, "Only GET and HEAD are taken here.\n");
		return answer_send(connection, &answer);
	}
	if (*seen == NULL) {
		*seen = http;
		return MHD_YES;
	}
	if (*upload_octets != 0) {
		*upload_octets = 0;
		return MHD_YES;
	}
	struct published *published = http->snapshot(http->context);
	if (published == NULL)
		answer_text(&answer, WEB_FAILED, "The record is being read; ask again soon.\n");
	else if (strlen(path) >= WEB_PATH_OCTETS_MAX)
		answer_text(&answer, WEB_BAD_REQUEST, "The path is too long.\n");
	else
		web_answer(published, path, &answer);
	published_unref(published);
	return answer_send(connection, &answer);
}

struct fault http_new(http_snapshot snapshot, void *context, struct http **out)
{
	struct heap heap = heap_libc();
	struct http *http = heap_zero(&heap, sizeof *http);

	if (http == NULL || sodium_init() < 0) {
		heap_free(&heap, http, sizeof *http);
		return fault_of(FAULT_LIMIT, 0);
	}
	http->snapshot = snapshot;
	http->context = context;
	http->heap = heap;
	http->daemon = MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC, 0, NULL,
		NULL, on_request, http, MHD_OPTION_CONNECTION_LIMIT, HTTP_CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, HTTP_TIMEOUT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)CONNECTION_OCTETS_MAX, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
	if (http->daemon == NULL) {
		int code = errno;
		http_free(http);
		return fault_of(FAULT_SYSTEM, (uint16_t)code);
	}
	*out = http;
	return fault_none();
}

void http_take(struct http *http, int fd, const struct sockaddr_storage *from, socklen_t from_len)
{
	/* It closes the socket itself when it has no room. */
	(void)MHD_add_connection(http->daemon, fd, (const struct sockaddr *)from, from_len);
}

void http_free(struct http *http)
{
	if (http == NULL)
		return;
	if (http->daemon != NULL)
		MHD_stop_daemon(http->daemon);
	struct heap heap = http->heap;
	heap_free(&heap, http, sizeof *http);
}
