/* cli/route_text.c — a route with all its attributes, as text and JSON. */
#include "base/utc.h"
#include "cli/book_text.h"
#include "cli/route_text.h"

#include <stdio.h>

#include "cli/values.h"
#include "rpki/data.h"
#include "rules/reason.h"
#include "sys/process.h"
#include "text/attributes.h"

#define LABEL "      %-14s"

const char *route_status(const struct view_route *route)
{
	if (route->reason != NULL)
		return "refused";
	return route->is_announced ? "announced" : "accepted";
}

enum colour route_colour(const struct view_route *route)
{
	if (route->reason != NULL)
		return COLOUR_RED;
	return route->is_announced ? COLOUR_GREEN : COLOUR_NONE;
}

/* A path too long for a line ends in an ellipsis. */
void route_path_print(const struct view_route *route, char out[ROUTE_PATH_TEXT_MAX])
{
	struct heap heap = heap_libc();
	struct text_buffer buffer CLEAN(text_buffer_fini) = { 0 };

	text_buffer_init(&buffer, &heap, 0);
	(void)attribute_as_path_put(route->attrs.as_path, text_buffer_sink(&buffer));
	const char *text = text_buffer_of(&buffer);
	if (buffer.len_octets < ROUTE_PATH_TEXT_MAX)
		(void)snprintf(out, ROUTE_PATH_TEXT_MAX, "%s", text);
	else
		(void)snprintf(out, ROUTE_PATH_TEXT_MAX, "%.*s...", (int)ROUTE_PATH_TEXT_MAX - 4,
			       text);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void json_as_path(struct json *json, const struct view_attrs *attrs)
{
	struct heap heap = heap_libc();
	struct text_buffer buffer CLEAN(text_buffer_fini) = { 0 };

	text_buffer_init(&buffer, &heap, 0);
	(void)attribute_as_path_put(attrs->as_path, text_buffer_sink(&buffer));
	json_field_text(json, "as_path", attrs->is_known ? text_buffer_of(&buffer) : NULL);
}

static void json_communities(struct json *json, enum community_kind kind, struct octets octets)
{
	struct rd rd = rd_of_octets(octets);
	char text[ATTRIBUTE_TEXT_MAX];

	while (attribute_community_next(kind, &rd, text))
		json_text(json, text);
}

static void json_number(struct json *json, const char *name, bool is_there, uint32_t value)
{
	json_key(json, name);
	if (is_there)
		json_u64(json, value);
	else
		json_none(json);
}

static void json_unknown(struct json *json, struct octets unknown)
{
	struct rd rd = rd_of_octets(unknown);
	char text[ATTRIBUTE_TEXT_MAX];

	json_field_array(json, "unknown_attributes");
	while (attribute_unknown_next(&rd, text))
		json_text(json, text);
	json_array_close(json);
}

static void json_attributes(struct json *json, const struct view_attrs *attrs)
{
	char text[ATTRIBUTE_TEXT_MAX];

	json_key(json, "next_hop");
	if (attrs->is_known)
		json_address(json, &attrs->next_hop);
	else
		json_none(json);
	json_as_path(json, attrs);
	json_field_u64(json, "as_path_length", attrs->path_len);
	json_number(json, "origin_asn", attrs->origin_asn != 0, attrs->origin_asn);
	json_field_text(json, "origin",
			attrs->is_known ? attribute_origin_name(attrs->origin) : NULL);
	json_number(json, "med", attrs->has_med, attrs->med);
	json_number(json, "otc", attrs->has_otc, attrs->otc);
	json_field_bool(json, "atomic_aggregate", attrs->atomic_aggregate);
	json_field_text(json, "aggregator",
			attribute_aggregator(attrs->aggregator, text) ? text : NULL);
	json_field_array(json, "communities");
	json_communities(json, COMMUNITY_STANDARD, attrs->communities);
	json_array_close(json);
	json_field_array(json, "large_communities");
	json_communities(json, COMMUNITY_LARGE, attrs->large);
	json_array_close(json);
	json_field_array(json, "extended_communities");
	json_communities(json, COMMUNITY_EXTENDED, attrs->extended);
	json_communities(json, COMMUNITY_EXTENDED_IPV6, attrs->extended_ipv6);
	json_array_close(json);
	json_unknown(json, attrs->unknown);
}

/* Where nobody looks it is not checked, either. */
static enum rpki_state origin_state(const struct view_route *route)
{
	return route->origin_state == 0 ? RPKI_NOT_CHECKED : (enum rpki_state)route->origin_state;
}

/* Accepted although its origin is invalid: that is only logged here. */
static bool is_tolerated(const struct view_route *route)
{
	return route->reason == NULL && origin_state(route) == RPKI_INVALID;
}

/* A path is unknown where an origin is not found. */
static const char *path_state_name(const struct view_route *route)
{
	if (route->path_state == RPKI_NOT_FOUND)
		return "unknown";
	return rpki_state_name(route->path_state == 0 ? RPKI_NOT_CHECKED :
							(enum rpki_state)route->path_state);
}

static void json_looking_glass(struct json *json, const struct view_route *route,
			       uint32_t exchange_asn)
{
	char text[ATTRIBUTE_TEXT_MAX];

	json_field_array(json, "looking_glass");
	(void)snprintf(text, sizeof text, "%u:1000:%u", exchange_asn, origin_state(route));
	json_text(json, text);
	if (route->reason_number != 0) {
		(void)snprintf(text, sizeof text, "%u:1101:%u", exchange_asn, route->reason_number);
		json_text(json, text);
	}
	if (is_tolerated(route)) {
		(void)snprintf(text, sizeof text, "%u:1102:%u", exchange_asn,
			       reason_number(REASON_RPKI_INVALID, false));
		json_text(json, text);
	}
	json_array_close(json);
}

void json_route(struct json *json, const struct view_route *route, const struct view_book *book,
		uint32_t exchange_asn)
{
	json_field_prefix(json, "prefix", &route->prefix);
	json_field_u64(json, "asn", route->asn);
	json_field_address(json, "address", &route->from);
	json_field_text(json, "status", route_status(route));
	json_number(json, "rank", route->rank != 0, route->rank);
	json_field_text(json, "step", route->step);
	json_field_text(json, "reason", route->reason);
	json_field_text(json, "reason_text", route->reason_text);
	json_field_text(json, "reason_detail",
			route->reason_detail[0] != '\0' ? route->reason_detail : NULL);
	json_refusal(json, &route->clause, book);
	json_field_text(json, "rpki", rpki_state_name(origin_state(route)));
	json_field_text(json, "aspa", path_state_name(route));
	json_field_bool(json, "stale", route->is_stale);
	json_field_wall(json, "since", route->since);
	json_attributes(json, &route->attrs);
	json_looking_glass(json, route, exchange_asn);
}

/* --- words ------------------------------------------------------------------------------------ */

static void communities_put(const char *label, enum community_kind kind, struct octets octets,
			    struct text_sink out)
{
	struct rd rd = rd_of_octets(octets);
	char text[ATTRIBUTE_TEXT_MAX];

	if (octets.len_octets == 0)
		return;
	(void)text_put(out, LABEL, label);
	for (const char *gap = ""; attribute_community_next(kind, &rd, text); gap = " ") {
		const char *name = kind == COMMUNITY_STANDARD ? attribute_community_name(text) :
								NULL;
		(void)text_put(out, "%s%s%s%s%s", gap, text, name != NULL ? " (" : "",
			       name != NULL ? name : "", name != NULL ? ")" : "");
	}
	(void)text_put_text(out, "\n");
}

static void numbers_put(const struct view_attrs *attrs, struct text_sink out)
{
	char next_hop[ADDRESS_TEXT_MAX];

	address_print(&attrs->next_hop, next_hop);
	(void)text_put(out, LABEL "%s, ORIGIN %s", "next hop", next_hop,
		       attribute_origin_name(attrs->origin));
	if (attrs->has_med)
		(void)text_put(out, ", MED %u", attrs->med);
	if (attrs->has_otc)
		(void)text_put(out, ", OTC AS%u", attrs->otc);
	if (attrs->atomic_aggregate)
		(void)text_put(out, ", ATOMIC_AGGREGATE");
	(void)text_put(out, "\n");
}

static void looking_glass_put(const struct view_route *route, uint32_t exchange_asn,
			      struct text_sink out)
{
	(void)text_put(out, LABEL "%u:1000:%u (RPKI %s)", "looking glass", exchange_asn,
		       origin_state(route), rpki_state_name(origin_state(route)));
	if (route->reason_number != 0)
		(void)text_put(out, " %u:1101:%u (%s)", exchange_asn, route->reason_number,
			       route->reason);
	else if (route->reason != NULL)
		(void)text_put(out, "; %s has no number of %u:1101", route->reason, exchange_asn);
	if (is_tolerated(route))
		(void)text_put(out, " %u:1102:%u (only logged)", exchange_asn,
			       reason_number(REASON_RPKI_INVALID, false));
	if (route->path_state != 0 && route->path_state != RPKI_NOT_CHECKED)
		(void)text_put(out, "; ASPA: %s", path_state_name(route));
	(void)text_put(out, "\n");
}

static void path_put(const struct view_attrs *attrs, struct text_sink out)
{
	if (!attrs->is_known) {
		(void)text_put(out, LABEL "none kept: the log has the whole UPDATE\n",
			       "attributes");
		return;
	}
	(void)text_put(out, LABEL, "AS path");
	(void)attribute_as_path_put(attrs->as_path, out);
	(void)text_put(out, attrs->as_path.len_octets == 0 ? "empty\n" : "\n");
}

void route_steps_put(const struct view_route *route, struct text_sink out)
{
	const struct view_attrs *attrs = &route->attrs;
	char path[ROUTE_PATH_TEXT_MAX];

	if (!attrs->is_known) {
		path_put(attrs, out);
		return;
	}
	route_path_print(route, path);
	(void)text_put(out, LABEL "%s, ORIGIN %s", "AS path", path[0] != '\0' ? path : "empty",
		       attribute_origin_name(attrs->origin));
	if (attrs->has_med)
		(void)text_put(out, ", MED %u", attrs->med);
	(void)text_put(out, "\n");
}

void route_attributes_put(const struct view_route *route, uint32_t exchange_asn,
			  struct text_sink out)
{
	const struct view_attrs *attrs = &route->attrs;
	char text[ATTRIBUTE_TEXT_MAX];
	char since[UTC_TEXT_MAX];
	char span[VALUE_TEXT_MAX];

	path_put(attrs, out);
	if (attrs->is_known)
		numbers_put(attrs, out);
	communities_put("communities", COMMUNITY_STANDARD, attrs->communities, out);
	communities_put("large", COMMUNITY_LARGE, attrs->large, out);
	communities_put("extended", COMMUNITY_EXTENDED, attrs->extended, out);
	communities_put("extended IPv6", COMMUNITY_EXTENDED_IPV6, attrs->extended_ipv6, out);
	if (attribute_aggregator(attrs->aggregator, text))
		(void)text_put(out, LABEL "%s\n", "aggregator", text);
	struct rd rd = rd_of_octets(attrs->unknown);
	while (attribute_unknown_next(&rd, text))
		(void)text_put(out, LABEL "%s\n", "attribute", text);
	looking_glass_put(route, exchange_asn, out);
	utc_print(route->since, since);
	value_span_print(process_wall().s - route->since.s, span);
	(void)text_put(out, LABEL "%s, %s ago%s\n", "since", since, span,
		       route->is_stale ? "; kept from before the member's restart" : "");
}
