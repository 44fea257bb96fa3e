/* cli/show_session.h — one session in JSON, the same wherever it is shown.
 * Owns    nothing
 * Thread  any */
#ifndef CLI_SHOW_SESSION_H
#define CLI_SHOW_SESSION_H

#include "text/json.h"
#include "view/session.h"

extern const char *const family_names[FAMILY_COUNT]; /* "ipv4": the field's name in JSON */
extern const char *const family_words[FAMILY_COUNT]; /* "IPv4" */

void json_session(struct json *json, const struct view_session *session);

const char *sending_name(enum view_sending sending);

#endif
