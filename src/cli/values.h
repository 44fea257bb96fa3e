/* cli/values.h — single values of a call, read strictly, and values for eyes.
 * Owns    nothing
 * Faults  false with a complaint
 * Thread  any */
#ifndef CLI_VALUES_H
#define CLI_VALUES_H

#include "base/instant.h"
#include "cli/command.h"
#include "net/prefix.h"

bool value_asn(const char *text, uint32_t *out, struct complaints *complaints);

/* Times are UTC: "2026-01-05T10:00:00Z"; spans "3d 4h", "12m 5s"; sizes "1.5 MiB". */
#define VALUE_TEXT_MAX 48u
void value_span_print(int64_t seconds, char out[VALUE_TEXT_MAX]);
void value_speed_print(uint64_t mbps, char out[VALUE_TEXT_MAX]); /* "10G", "2.5G" */
void value_octets_print(uint64_t octets, char out[VALUE_TEXT_MAX]);
const char *value_plural(uint64_t count);                         /* "s", or "" for one */
void value_count_print(uint64_t count, char out[VALUE_TEXT_MAX]); /* "1,234,567" */

void json_address(struct json *json, const struct address *address);
void json_field_address(struct json *json, const char *name, const struct address *address);
void json_field_prefix(struct json *json, const char *name, const struct prefix *prefix);

/* 0, as what cannot be written, is null. */
void json_field_wall(struct json *json, const char *name, struct wall at);

#endif
