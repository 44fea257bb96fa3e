/* golden/table_print.c — prints what the readers of tables find in a file, for tests to compare:
 * `table_print FILE` one line a route in the manner of bgpdump -m, `table_print --count FILE` the
 * counts alone.  The counts end both; complaints go to the standard error, exit code 2.
 *
 *   A|peer|ASN|prefix[|path identifier]|path|ORIGIN|next hop|MED|communities|AG or NAG|aggregator|
 *     large communities
 *   W|peer|ASN|prefix[|path identifier]
 *   O|prefix|origins */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kit/clock.h"
#include "sys/unpack.h"
#include "tables/table.h"

struct shown {
	bool count_only;
	uint64_t progress_calls;
	uint64_t taken_octets;
	uint64_t total_octets;
};

static const char *const origin_names[] = { "IGP", "EGP", "INCOMPLETE" };

static void path_print(struct octets as_path)
{
	static const char open[] = { [BGP_SEGMENT_SET] = '{',
				     [BGP_SEGMENT_CONFED_SEQUENCE] = '(',
				     [BGP_SEGMENT_CONFED_SET] = '[' };
	static const char close[] = { [BGP_SEGMENT_SET] = '}',
				      [BGP_SEGMENT_CONFED_SEQUENCE] = ')',
				      [BGP_SEGMENT_CONFED_SET] = ']' };
	struct rd rd = rd_of_octets(as_path);

	for (bool first = true; rd_more(&rd); first = false) {
		uint8_t type = rd_u8(&rd);
		uint8_t count = rd_u8(&rd);
		const char *between = type == BGP_SEGMENT_SEQUENCE ||
						      type == BGP_SEGMENT_CONFED_SEQUENCE ?
					      " " :
					      ",";
		if (!first)
			(void)putchar(' ');
		if (type != BGP_SEGMENT_SEQUENCE)
			(void)putchar(open[type]);
		for (uint32_t i = 0; i < count; i++)
			printf("%s%" PRIu32, i != 0 ? between : "", rd_u32(&rd));
		if (type != BGP_SEGMENT_SEQUENCE)
			(void)putchar(close[type]);
	}
}

static void communities_print(const struct bgp_attrs *attrs)
{
	struct rd rd = rd_of_octets(attrs->communities);
	const char *between = "";

	for (; rd_more(&rd); between = " ") {
		uint16_t high = rd_u16(&rd);
		printf("%s%u:%u", between, high, rd_u16(&rd));
	}
}

static void large_print(const struct bgp_attrs *attrs)
{
	struct rd rd = rd_of_octets(attrs->large);
	const char *between = "";

	for (; rd_more(&rd); between = " ") {
		uint32_t asn = rd_u32(&rd);
		uint32_t second = rd_u32(&rd);
		printf("%s%" PRIu32 ":%" PRIu32 ":%" PRIu32, between, asn, second, rd_u32(&rd));
	}
}

static void attrs_print(const struct bgp_attrs *attrs)
{
	char text[ADDRESS_TEXT_MAX] = "";
	struct rd rd = rd_of_octets(attrs->aggregator);

	(void)putchar('|');
	path_print(attrs->as_path);
	if (attrs->next_hop_len_octets != 0) {
		struct address next_hop = bgp_attrs_next_hop(attrs);
		address_print(&next_hop, text);
	}
	printf("|%s|%s|%" PRIu32 "|", origin_names[attrs->origin], text,
	       attrs->has_med ? attrs->med : 0);
	communities_print(attrs);
	printf("|%s|", attrs->atomic_aggregate ? "AG" : "NAG");
	if (rd_more(&rd)) {
		uint32_t asn = rd_u32(&rd);
		struct address address = address_ipv4(rd_u32(&rd));
		address_print(&address, text);
		printf("%" PRIu32 " %s", asn, text);
	}
	(void)putchar('|');
	large_print(attrs);
}

static struct fault route_print(void *context, const struct table_route *route)
{
	const struct shown *shown = context;
	char text[PREFIX_TEXT_MAX] = "";

	if (shown->count_only)
		return fault_none();
	if (route->peer == NULL) {
		prefix_print(&route->prefix, text);
		printf("O|%s|", text);
		for (uint32_t i = 0; i < route->origin_count; i++)
			printf("%s%" PRIu32,
			       i == 0                                             ? "" :
			       route->origins[i].set == route->origins[i - 1].set ? "," :
										    "_",
			       route->origins[i].asn);
		(void)putchar('\n');
		return fault_none();
	}
	if (route->peer->has_address)
		address_print(&route->peer->address, text);
	printf("%c|%s%s|%" PRIu32 "|", route->is_withdrawal ? 'W' : 'A', text,
	       route->peer->collector, route->peer->asn);
	prefix_print(&route->prefix, text);
	printf("%s", text);
	if (route->has_path_id)
		printf("|%" PRIu32, route->path_id);
	if (route->attrs != NULL)
		attrs_print(route->attrs);
	(void)putchar('\n');
	return fault_none();
}

static void progress(void *context, uint64_t taken_octets, uint64_t total_octets)
{
	struct shown *shown = context;

	shown->progress_calls++;
	shown->taken_octets = taken_octets;
	shown->total_octets = total_octets;
}

static void counts_print(const struct table_counts *counts, const struct shown *shown)
{
	printf("# kind=%s\n# records=%" PRIu64 "\n# routes=%" PRIu64 "\n# withdrawals=%" PRIu64
	       "\n# peers=%" PRIu64 "\n# host_bits=%" PRIu64 "\n# skipped_records=%" PRIu64
	       "\n# skipped_routes=%" PRIu64 "\n# mended=%" PRIu64 "\n# taken=%" PRIu64
	       "\n# total=%" PRIu64 "\n",
	       counts->kind != NULL ? counts->kind : "", counts->records, counts->routes,
	       counts->withdrawals, counts->peers, counts->host_bits, counts->skipped_records,
	       counts->skipped_routes, counts->mended_routes, shown->taken_octets,
	       shown->total_octets);
	for (uint32_t i = 0; i < counts->skip_count; i++)
		printf("# skip %s %u/%u %" PRIu64 " %s\n",
		       counts->skips[i].is_route ? "route" : "record", counts->skips[i].type,
		       counts->skips[i].subtype, counts->skips[i].count, counts->skips[i].why);
}

static int file_print(const char *path, struct shown *shown)
{
	static struct complaints complaints;
	struct heap heap = heap_libc();
	struct source *source = NULL;
	struct table_counts counts = { 0 };
	struct fault fault = unpack_open(&heap, path, &source, &complaints);

	if (!failed(fault)) {
		struct table_request request = { .heap = &heap,
						 .file = path,
						 .source = source,
						 .taker = { shown, route_print, progress } };
		fault = table_read(&request, &counts, &complaints);
	}
	unpack_close(source);
	counts_print(&counts, shown);
	printf("# heap_peak=%" PRIu64 "\n# heap_left=%" PRIu64 "\n", heap.peak_octets,
	       heap.used_octets);
	(void)fflush(stdout);
	for (uint32_t i = 0; i < complaints.count; i++)
		(void)fprintf(stderr, "%s\n", complaints.list[i].text);
	return failed(fault) ? 2 : 0;
}

int main(int argc, char **argv)
{
	struct shown shown = { .count_only = argc > 2 && strcmp(argv[1], "--count") == 0 };

	if (argc != (shown.count_only ? 3 : 2)) {
		(void)fprintf(stderr, "usage: table_print [--count] FILE\n");
		return 2;
	}
	double before_s = cpu_s();
	int code = file_print(argv[argc - 1], &shown);
	printf("# cpu_s=%.3f\n", cpu_s() - before_s);
	return code;
}
