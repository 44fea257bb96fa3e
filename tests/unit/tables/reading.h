/* unit/tables/reading.h — a table out of an array of octets, given out in small pieces, and what
 * was found in it. */
#ifndef UNIT_TABLES_READING_H
#define UNIT_TABLES_READING_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tables/table.h"

#define FOUND_MAX 16u
#define FOUND_TEXT_MAX 256u

struct found {
	char text[FOUND_TEXT_MAX]; /* as found_describe writes it */
};

struct reading {
	struct source source; /* first: read is given it */
	struct octets input;
	uint32_t at;
	uint32_t piece; /* octets given at once; 0 = all */
	struct heap heap;
	struct found found[FOUND_MAX];
	uint32_t found_count;
	uint32_t stop_after; /* the taker fails then; 0 = never */
	struct table_counts counts;
	struct complaints complaints;
	struct fault fault;
};

static inline struct fault reading_source(struct source *source, uint8_t *out, uint32_t room_octets,
					  uint32_t *len_octets, struct complaints *complaints)
{
	struct reading *reading = (struct reading *)(void *)source;
	uint32_t left = reading->input.len_octets - reading->at;
	uint32_t count = left < room_octets ? left : room_octets;

	(void)complaints;
	if (reading->piece != 0 && count > reading->piece)
		count = reading->piece;
	mem_copy(out, reading->input.at + reading->at, count);
	reading->at += count;
	*len_octets = count;
	return fault_none();
}

/* Appends what has room. */
static inline __attribute__((format(printf, 2, 3))) void found_add(char *out, const char *format,
								   ...)
{
	size_t len = strlen(out);
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(out + len, FOUND_TEXT_MAX - len, format, arguments);
	va_end(arguments);
}

/* "peer ASN prefix path/origin-code next-hop med communities large" or "- prefix origins" */
static inline void found_describe(const struct table_route *route, char *out)
{
	char prefix[PREFIX_TEXT_MAX];
	char peer[ADDRESS_TEXT_MAX] = "-";
	char next_hop[ADDRESS_TEXT_MAX] = "-";

	out[0] = '\0';
	prefix_print(&route->prefix, prefix);
	if (route->peer != NULL && route->peer->has_address)
		address_print(&route->peer->address, peer);
	found_add(out, "%s%s %u %s", route->is_withdrawal ? "W " : "", peer,
		  route->peer != NULL ? route->peer->asn : 0, prefix);
	if (route->has_path_id)
		found_add(out, "#%u", route->path_id);
	for (uint32_t i = 0; i < route->origin_count; i++)
		found_add(out, " %u@%u", route->origins[i].asn, route->origins[i].set);
	if (route->attrs == NULL)
		return;
	struct bgp_path_walk walk = bgp_path_walk_of(route->attrs->as_path);
	for (uint32_t asn = 0; bgp_path_walk_next(&walk, &asn);)
		found_add(out, " %u%s", asn, walk.segment == BGP_SEGMENT_SEQUENCE ? "" : "*");
	if (route->attrs->next_hop_len_octets != 0) {
		struct address address = bgp_attrs_next_hop(route->attrs);
		address_print(&address, next_hop);
	}
	found_add(out, " o%u %s/%u m%u c%u l%u a%u", route->attrs->origin, next_hop,
		  route->attrs->next_hop_len_octets, route->attrs->med,
		  route->attrs->communities.len_octets / 4, route->attrs->large.len_octets / 12,
		  route->attrs->aggregator.len_octets);
}

static inline struct fault reading_take(void *context, const struct table_route *route)
{
	struct reading *reading = context;

	if (reading->stop_after != 0 && reading->found_count + 1 == reading->stop_after)
		return fault_of(FAULT_CONFLICT, 7);
	if (reading->found_count < FOUND_MAX)
		found_describe(route, reading->found[reading->found_count].text);
	reading->found_count++;
	return fault_none();
}

static inline void reading_run(struct reading *reading, struct octets input)
{
	reading->source = (struct source){ .read = reading_source };
	reading->input = input;
	reading->at = 0;
	reading->found_count = 0;
	reading->complaints.count = 0;
	reading->complaints.error_count = 0;
	if (reading->heap.resize == NULL)
		reading->heap = heap_libc();
	struct table_request request = { .heap = &reading->heap,
					 .file = "t",
					 .source = &reading->source,
					 .taker = { reading, reading_take, NULL } };
	reading->fault = table_read(&request, &reading->counts, &reading->complaints);
}

static inline const char *reading_complaint(const struct reading *reading)
{
	return reading->complaints.count != 0 ? reading->complaints.list[0].text : "";
}

#endif
