/* cli/route_text.h — one route in words and in JSON, the same wherever it is shown.
 *
 * The informational communities by which looking glasses mark routes are told beside the route's
 * own: they are in no announcement.  rs:1000:n says how RPKI sees the route, rs:1101:n why it was
 * refused, where the numbering knows the reason; rs:1102:13 stands where an invalid origin is only
 * logged.
 * Owns    nothing
 * Faults  what the sink or the heap refused shows as missing text
 * Thread  any */
#ifndef CLI_ROUTE_TEXT_H
#define CLI_ROUTE_TEXT_H

#include "text/columns.h"
#include "text/json.h"
#include "view/route.h"

#define ROUTE_PATH_TEXT_MAX 256u

/* "announced", "accepted", "refused" */
const char *route_status(const struct view_route *route);
enum colour route_colour(const struct view_route *route);

/* The path cut to what a line can hold; the whole with attribute_as_path_put. */
void route_path_print(const struct view_route *route, char out[ROUTE_PATH_TEXT_MAX]);

/* The fields of a route, into an object that is open. */
void json_route(struct json *json, const struct view_route *route, const struct view_book *book,
		uint32_t exchange_asn);

/* In a line what the decision looks at. */
void route_steps_put(const struct view_route *route, struct text_sink out);

/* Its attributes, a line each, "  " in front. */
void route_attributes_put(const struct view_route *route, uint32_t exchange_asn,
			  struct text_sink out);

#endif
