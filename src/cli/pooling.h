/* cli/pooling.h — what the commands about pools and requests share.
 * Owns    nothing
 * Faults  NULL or false with a complaint
 * Thread  as command.h */
#ifndef CLI_POOLING_H
#define CLI_POOLING_H

#include "base/utc.h"
#include "cli/command.h"
#include "cli/values.h"
#include "registry/pools_session.h"

/* "2026-11-28"; "-" for 0. */
void day_print(int64_t at_s, char out[UTC_DAY_TEXT_MAX]);
bool day_parse(const char *text, int64_t *out);

/* Addresses: "1,234", or "2^64" and "over 2^63" where nobody counts them. */
void addresses_print(space_wide count, char out[VALUE_TEXT_MAX]);
void json_field_wide(struct json *json, const char *name, space_wide count);

/* "clause", "rules_version", and the decision behind it; null for version 0. */
void json_cite(struct json *json, const struct pools_session *session,
	       const struct numbers_cite *cite);

void json_request(struct json *json, const struct pools_session *session,
		  const struct numbers_request *request);

/* The open pool of the name. */
const struct numbers_pool *pool_named(const struct pools_session *session, const char *name);

/* The delegation of just this prefix or address, in somebody's hand; not a part of one, which would
 * make a change of what nobody named. */
const struct numbers_delegation *delegation_named(const struct pools_session *session,
						  const char *text);
/* The same, of one that is on its way back or in quarantine. */
const struct numbers_delegation *returned_named(const struct pools_session *session,
						const char *text);

/* "AS64500" or a handle such as ORG-12, made uniform. */
bool holder_take(const char *text, char out[NUMBERS_HANDLE_MAX], struct complaints *complaints);

/* "/26" or "26". */
bool len_take(const char *what, const char *text, enum family family, uint8_t *out,
	      struct complaints *complaints);

/* Without the "/32" of a host. */
void block_print(const struct prefix *prefix, char out[PREFIX_TEXT_MAX]);

/* Begins; false: it was ended with a complaint. */
bool pooling_begin(struct desk *desk, bool is_change, struct pools_session *session);

/* Ends; DONE when nothing failed. */
enum exit_code pooling_end(struct pools_session *session, struct fault fault, const char *what);

/* The same, and when it was a change, where the exchange is served, its log says so. */
enum exit_code pooling_done(struct desk *desk, struct pools_session *session, struct fault fault,
			    const char *said);

#endif
