/* cli/facts.h — facts of the registry from the options of a call, and shown.
 * Owns    nothing
 * Faults  false with complaints
 * Thread  that of the store */
#ifndef CLI_FACTS_H
#define CLI_FACTS_H

#include "cli/command.h"
#include "registry/fact_store.h"

#define FACTS_LINE_MAX 240u

/* Every field that an option of the call names; "" takes a value away.  *given: there was one. */
bool facts_take(const struct desk *desk, const struct arguments *arguments, struct fact *fact,
		bool *given);

/* The fields that differ, a line each, and the same in one line for the log.  False: none does. */
bool facts_change_print(const struct desk *desk, const char *who, const struct fact *before,
			const struct fact *after, char line[FACTS_LINE_MAX]);

/* "    url               https://..." for each field that says something. */
void facts_full_print(const struct desk *desk, const struct fact *fact);

/* Name and value of each field; null where nothing is said. */
void facts_json(struct json *json, const struct fact *fact);

/* A table or a JSON list of all facts of the kind; with `field` those whose field has the value. */
bool facts_list(struct desk *desk, const struct arguments *arguments, enum fact_id id,
		const char *field, const char *value);

/* Everything of a member beside its connections' settings: as lines, or as names in the object
 * that is open. */
bool facts_member_print(const struct desk *desk, uint32_t asn);
bool facts_member_json(const struct desk *desk, uint32_t asn, struct json *json);
bool facts_connection_print(const struct desk *desk, const struct registry_member *member);
bool facts_connection_json(const struct desk *desk, const struct registry_member *member,
			   struct json *json);

/* The change is in the registry: the log is told, and where sessions depend on it, they follow. */
enum exit_code facts_changed(struct desk *desk, enum fact_id id, const char *line);

#endif
