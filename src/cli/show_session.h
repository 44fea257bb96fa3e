/* cli/show_session.h — one session in JSON, the same wherever it is shown.
 * Owns    struct session_list: sessions_ask / sessions_free
 * Faults  false with a complaint
 * Thread  any */
#ifndef CLI_SHOW_SESSION_H
#define CLI_SHOW_SESSION_H

#include "cli/command.h"
#include "text/json.h"
#include "view/session.h"

extern const char *const family_names[FAMILY_COUNT]; /* "ipv4": the field's name in JSON */
extern const char *const family_words[FAMILY_COUNT]; /* "IPv4" */

void json_session(struct json *json, const struct view_session *session);

/* --- show_sessions.c --- */

struct session_list {
	struct heap heap;
	struct view_session *session;
	uint32_t count;
};

/* All sessions with their counts; false with a complaint. */
MUST_USE bool sessions_ask(struct desk *desk, struct session_list *out);
void sessions_free(struct session_list *list); /* for CLEAN; twice is allowed */

/* A slip in an AS number must not read as "nothing there": false with a complaint that begins with
 * `before` when no member with a session here has it. */
MUST_USE bool member_is_here(struct desk *desk, const char *before, uint32_t asn);

#endif
