/* fuzz/table.c — a routing table of any kind, in pieces of any size: read to its end, or refused
 * with one sentence.  The first octet is the size of a piece.
 * Reaches table_mrt_read mrt_peer_index_read table_text_read text_dump_read text_bird_read
 *         table_json_read table_attrs_read table_peer_find */
#include "target.h"

#include "base/mem.h"
#include "tables/table.h"

struct tape {
	struct source source;
	struct octets left;
	uint32_t piece;
};

static struct fault tape_read(struct source *source, uint8_t *out, uint32_t room_octets,
			      uint32_t *len_octets, struct complaints *complaints)
{
	struct tape *tape = (struct tape *)(void *)source;
	uint32_t count = tape->piece < room_octets ? tape->piece : room_octets;

	(void)complaints;
	if (count > tape->left.len_octets)
		count = tape->left.len_octets;
	mem_copy(out, tape->left.at, count);
	tape->left = octets_of(tape->left.at + count, tape->left.len_octets - count);
	*len_octets = count;
	return fault_none();
}

/* What is handed over can be used as it is. */
static struct fault take(void *context, const struct table_route *route)
{
	uint32_t *count = context;
	struct prefix prefix = route->prefix;

	++*count;
	prefix_mask(&prefix);
	MUST(prefix_equal(&prefix, &route->prefix));
	MUST(prefix.len_bits <= prefix_bits_max((enum family)prefix.family));
	MUST(!route->is_withdrawal || route->attrs == NULL);
	if (route->attrs == NULL)
		return fault_none();
	struct bgp_path_walk walk = bgp_path_walk_of(route->attrs->as_path);
	uint32_t asns = 0;
	for (uint32_t asn = 0; bgp_path_walk_next(&walk, &asn);)
		asns += asn != 0;
	MUST(asns == route->attrs->path_asn_count);
	return fault_none();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct table_counts counts;
	static struct complaints complaints;
	struct heap heap = heap_libc();
	uint32_t count = 0;

	if (size == 0 || size > 65536)
		return 0;
	complaints = (struct complaints){ 0 };
	struct tape tape = { .source = { .read = tape_read },
			     .left = octets_of(data + 1, (uint32_t)size - 1),
			     .piece = 1u + data[0] };
	struct table_request request = {
		.heap = &heap, .file = "t", .source = &tape.source, .taker = { &count, take, NULL }
	};
	struct fault fault = table_read(&request, &counts, &complaints);
	MUST(failed(fault) == (complaints.error_count != 0));
	MUST(counts.routes + counts.withdrawals == count);
	MUST(heap.used_octets == 0);
	return 0;
}
