/* tables/mrt_rib.c — the tables of an MRT file: TABLE_DUMP_V2, RFC 6396 4.3 and RFC 8050 4, and
 * TABLE_DUMP, RFC 6396 4.2.
 *
 * PEER_INDEX_TABLE  collector(32) name-length(16) name count(16) peers: type(8) router-id(32)
 *                   address(32/128) ASN(16/32)
 * RIB_*             sequence(32) prefix count(16) entries: peer(16) time(32) [path-id(32)]
 *                   length(16) attributes
 * TABLE_DUMP        view(16) sequence(16) address(32/128) prefix-length(8) status(8) time(32)
 *                   peer(32/128) ASN(16) length(16) attributes */
#include "base/mem.h"
#include "tables/mrt.h"

#define PEER_OCTETS_MIN 11u
#define ENTRY_OCTETS_MIN 8u

enum peer_type { PEER_IS_IPV6 = 1, PEER_IS_AS4 = 2 };

static struct fault peer_read(struct table_reader *reader, struct mrt_record *record)
{
	struct rd *rd = &record->rd;
	uint8_t type = rd_u8(rd);
	struct table_peer peer = { .router_id = rd_u32(rd), .has_address = true };

	peer.address.family = (type & PEER_IS_IPV6) != 0 ? FAMILY_IPV6 : FAMILY_IPV4;
	rd_copy(rd, peer.address.octet, address_len_octets((enum family)peer.address.family));
	peer.asn = (type & PEER_IS_AS4) != 0 ? rd_u32(rd) : rd_u16(rd);
	if (!rd_ok(rd))
		return mrt_refuse(reader, record, "a peer of the peer index is cut short");
	TRY(table_peer_find(reader, &peer));
	reader->peer_index[reader->peer_index_count++] = (uint16_t)peer.index;
	return fault_none();
}

struct fault mrt_peer_index_read(struct table_reader *reader, struct mrt_record *record)
{
	struct rd *rd = &record->rd;

	rd_skip(rd, 4);
	rd_skip(rd, rd_u16(rd));
	uint16_t count = rd_u16(rd);
	if (!rd_ok(rd) || count > rd_left(rd) / PEER_OCTETS_MIN)
		return mrt_refuse(reader, record, "the peer index has no room for its peers");
	reader->has_peer_index = true;
	reader->peer_index_count = 0;
	for (uint32_t i = 0; i < count; i++)
		TRY(peer_read(reader, record));
	if (!rd_done(rd))
		return mrt_refuse(reader, record, "octets follow the last peer of the peer index");
	return fault_none();
}

/* IPv4 routes may have their next hop in MP_REACH too (RFC 8950).  A table may do without: its
 * writer did not say where the route leads, which does not make it wrong. */
static const char *rib_attrs_read(struct table_reader *reader, const struct mrt_record *record,
				  struct octets octets)
{
	struct bgp_attrs *attrs = &reader->update.attrs;
	const char *why = table_attrs_read(reader, octets, record->kind->as4, true);

	if (why == NULL)
		why = mrt_missing(reader);
	if (why != NULL)
		return why;
	if (record->kind->family == FAMILY_IPV4 && attrs->next_hop_len_octets != 0)
		return NULL;
	attrs->next_hop_len_octets = 0;
	if (reader->mp_reach.present && !table_attrs_mp_next_hop(reader))
		return "the next hop of MP_REACH_NLRI has an impossible length";
	return NULL;
}

static struct fault rib_entry_read(struct table_reader *reader, struct mrt_record *record,
				   struct table_route *route)
{
	struct rd *rd = &record->rd;
	uint16_t peer = rd_u16(rd);

	route->at_s = rd_u32(rd);
	if (record->kind->add_path)
		route->path_id = rd_u32(rd);
	struct octets attrs = rd_take(rd, rd_u16(rd));
	if (!rd_ok(rd))
		return mrt_refuse(reader, record, "an entry is cut short");
	if (peer >= reader->peer_index_count)
		return mrt_refuse(reader, record, "an entry names a peer beyond the peer index");
	const char *why = rib_attrs_read(reader, record, attrs);
	if (why != NULL) {
		mrt_skip_routes(reader, record, why, 1);
		return fault_none();
	}
	route->peer = &reader->peers.list[reader->peer_index[peer]];
	route->attrs = &reader->update.attrs;
	return table_emit(reader, route);
}

struct fault mrt_rib_read(struct table_reader *reader, struct mrt_record *record)
{
	struct rd *rd = &record->rd;
	struct table_route route = { .has_path_id = record->kind->add_path };

	if (!reader->has_peer_index)
		return mrt_refuse(reader, record, "routes come before the peer index");
	rd_skip(rd, 4);
	if (rd_ok(rd) && failed(prefix_read_nlri(rd, record->kind->family, &route.prefix)))
		return mrt_refuse(reader, record, "the prefix does not parse");
	uint16_t count = rd_u16(rd);
	if (!rd_ok(rd) || count > rd_left(rd) / ENTRY_OCTETS_MIN)
		return mrt_refuse(reader, record, "there is no room for the entries");
	for (uint32_t i = 0; i < count; i++)
		TRY(rib_entry_read(reader, record, &route));
	if (!rd_done(rd))
		return mrt_refuse(reader, record, "octets follow the last entry");
	return fault_none();
}

struct fault mrt_dump_read(struct table_reader *reader, struct mrt_record *record)
{
	struct rd *rd = &record->rd;
	enum family family = record->kind->family;
	uint32_t address_octets = address_len_octets(family);
	struct table_route route = { .prefix.family = (uint8_t)family };
	struct table_peer peer = { .has_address = true, .address.family = (uint8_t)family };

	rd_skip(rd, 4);
	rd_copy(rd, route.prefix.octet, address_octets);
	route.prefix.len_bits = rd_u8(rd);
	rd_skip(rd, 1);
	route.at_s = rd_u32(rd);
	rd_copy(rd, peer.address.octet, address_octets);
	peer.asn = rd_u16(rd);
	struct octets attrs = rd_take(rd, rd_u16(rd));
	if (!rd_ok(rd))
		return mrt_refuse(reader, record, "the route is cut short");
	if (route.prefix.len_bits > prefix_bits_max(family))
		return mrt_refuse(reader, record, "the prefix is longer than an address");
	if (!rd_done(rd))
		return mrt_refuse(reader, record, "octets follow the route");
	prefix_mask(&route.prefix);
	TRY(table_peer_find(reader, &peer));
	const char *why = rib_attrs_read(reader, record, attrs);
	if (why != NULL) {
		mrt_skip_routes(reader, record, why, 1);
		return fault_none();
	}
	route.peer = &reader->peers.list[peer.index];
	route.attrs = &reader->update.attrs;
	return table_emit(reader, &route);
}
