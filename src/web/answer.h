/* web/answer.h — a request as the pages see it, and what they answer: functions of the snapshot.
 * Owns    a request borrows its path · an answer its body: answer_fini
 * Faults  a page that cannot be made is an answer with a status that says so
 * Bound   WEB_BODY_OCTETS_MAX
 * Thread  any */
#ifndef WEB_ANSWER_H
#define WEB_ANSWER_H

#include "base/heap.h"
#include "text/json.h"
#include "text/sink.h"
#include "web/published.h"

#define WEB_BODY_OCTETS_MAX (64u * 1024u * 1024u)
#define WEB_PATH_OCTETS_MAX 1024u

enum web_status {
	WEB_OK = 200,
	WEB_NOT_MODIFIED = 304,
	WEB_BAD_REQUEST = 400,
	WEB_NOT_FOUND = 404,
	WEB_METHOD_NOT_ALLOWED = 405,
	WEB_HEADERS_TOO_LARGE = 431,
	WEB_FAILED = 500,
	WEB_NOT_IMPLEMENTED = 501,
};

struct web_answer {
	struct heap heap;
	enum web_status status;
	const char *content_type;
	struct text_buffer body;
};

void answer_init(struct web_answer *answer);
void answer_fini(struct web_answer *answer); /* for CLEAN */

/* Puts the body together anew as one text of this kind. */
void answer_text(struct web_answer *answer, enum web_status status, const char *text);

/* The page at `path`: from the slash on, without a query, percent-coding already taken out. */
void web_answer(const struct published *published, const char *path, struct web_answer *out);

#endif
