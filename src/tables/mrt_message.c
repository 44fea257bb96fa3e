/* tables/mrt_message.c — UPDATEs as a collector received them: BGP4MP and BGP4MP_ET, RFC 6396 4.4
 * and RFC 8050 3, and the obsolete type BGP, RFC 6396 B.2.
 *
 * BGP4MP  peer-ASN(16/32) local-ASN(16/32) interface(16) AFI(16) peer local message
 * BGP     peer-ASN(16) peer(32) local-ASN(16) local(32) body of an UPDATE
 *
 * The record's frame is the collector's and damage to it is refused.  What is wrong inside a whole
 * message is the peer's doing: it is passed over and counted. */
#include "bgp/family.h"
#include "bgp/message.h"
#include "tables/mrt.h"

struct update_parts {
	const struct mrt_record *record;
	struct table_route route;
	struct octets withdrawn;
	struct octets attrs;
	struct octets nlri;
};

static bool nlri_next(struct rd *rd, enum family family, struct table_route *route)
{
	if (route->has_path_id)
		route->path_id = rd_u32(rd);
	return rd_ok(rd) && !failed(prefix_read_nlri(rd, family, &route->prefix));
}

/* Whole prefixes to the end; how many. */
static bool nlri_count(struct octets octets, enum family family, struct table_route route,
		       uint64_t *count)
{
	struct rd rd = rd_of_octets(octets);

	for (*count = 0; rd_more(&rd); (*count)++) {
		if (!nlri_next(&rd, family, &route))
			return false;
	}
	return rd_done(&rd);
}

/* Checked before: each prefix of the stretch to the taker. */
static struct fault nlri_emit(struct table_reader *reader, struct octets octets, enum family family,
			      struct table_route route)
{
	struct rd rd = rd_of_octets(octets);

	while (rd_more(&rd) && nlri_next(&rd, family, &route))
		TRY(table_emit(reader, &route));
	return fault_none();
}

static bool mp_is_unicast(const struct table_mp *mp, enum family *family)
{
	return bgp_family_of(mp->afi, mp->safi, family) && mp->present;
}

static struct fault withdraw(struct table_reader *reader, const struct update_parts *parts,
			     struct octets octets, enum family family)
{
	struct table_route route = parts->route;
	uint64_t count = 0;

	if (!nlri_count(octets, family, route, &count)) {
		mrt_skip_record(reader, parts->record, "a withdrawn prefix does not parse");
		return fault_none();
	}
	route.is_withdrawal = true;
	return nlri_emit(reader, octets, family, route);
}

static struct fault announce(struct table_reader *reader, const struct update_parts *parts,
			     struct octets octets, enum family family, const char *why)
{
	struct table_route route = parts->route;
	uint64_t count = 0;

	if (!nlri_count(octets, family, route, &count)) {
		mrt_skip_record(reader, parts->record, "an announced prefix does not parse");
		return fault_none();
	}
	if (count != 0 && why == NULL)
		why = mrt_missing(reader);
	if (why != NULL) {
		mrt_skip_routes(reader, parts->record, why, count);
		return fault_none();
	}
	route.attrs = &reader->update.attrs;
	return nlri_emit(reader, octets, family, route);
}

static struct fault mp_read(struct table_reader *reader, const struct update_parts *parts,
			    const char *why)
{
	enum family family;

	if (mp_is_unicast(&reader->mp_unreach, &family))
		TRY(withdraw(reader, parts, reader->mp_unreach.nlri, family));
	else if (reader->mp_unreach.present)
		mrt_skip_record(reader, parts->record, "withdraws other than unicast routes");
	if (!reader->mp_reach.present)
		return fault_none();
	if (!mp_is_unicast(&reader->mp_reach, &family)) {
		mrt_skip_record(reader, parts->record, "announces other than unicast routes");
		return fault_none();
	}
	if (!table_attrs_mp_next_hop(reader) && why == NULL)
		why = "the next hop of MP_REACH_NLRI has an impossible length";
	return announce(reader, parts, reader->mp_reach.nlri, family, why);
}

static struct fault update_read(struct table_reader *reader, struct update_parts *parts,
				struct octets body)
{
	struct rd rd = rd_of_octets(body);

	parts->withdrawn = rd_take(&rd, rd_u16(&rd));
	parts->attrs = rd_take(&rd, rd_u16(&rd));
	parts->nlri = rd_rest(&rd);
	if (!rd_ok(&rd)) {
		mrt_skip_record(
			reader, parts->record,
			"the lengths of withdrawn routes and attributes exceed the message");
		return fault_none();
	}
	TRY(withdraw(reader, parts, parts->withdrawn, FAMILY_IPV4));
	if (parts->attrs.len_octets == 0 && parts->nlri.len_octets == 0)
		return fault_none();
	const char *why = table_attrs_read(reader, parts->attrs, parts->record->kind->as4, false);
	const char *classic_why = why;
	if (why == NULL && !bgp_seen_has(&reader->seen, BGP_ATTR_NEXT_HOP))
		classic_why = "NEXT_HOP is missing";
	TRY(announce(reader, parts, parts->nlri, FAMILY_IPV4, classic_why));
	return mp_read(reader, parts, why);
}

static struct fault message_read(struct table_reader *reader, struct mrt_record *record,
				 const struct table_peer *peer)
{
	struct octets octets = rd_rest(&record->rd);
	struct rd header = rd_of_octets(octets);
	struct bgp_message message;
	struct bgp_refusal refusal;

	rd_skip(&header, 16);
	uint16_t len_octets = rd_u16(&header);
	if (!rd_ok(&header) || len_octets > octets.len_octets)
		return mrt_refuse(reader, record, "the BGP message is cut short");
	if (len_octets < octets.len_octets)
		return mrt_refuse(reader, record, "octets follow the BGP message");
	if (failed(bgp_message_next(octets, true, &message, &refusal))) {
		mrt_skip_record(reader, record, "the BGP message has a wrong header");
		return fault_none();
	}
	if (message.type != BGP_UPDATE) {
		mrt_skip_record(reader, record, "holds no UPDATE");
		return fault_none();
	}
	struct update_parts parts = { .record = record,
				      .route = { .peer = peer,
						 .at_s = record->at_s,
						 .has_path_id = record->kind->add_path } };
	return update_read(reader, &parts, message.body);
}

struct fault mrt_message_read(struct table_reader *reader, struct mrt_record *record)
{
	struct rd *rd = &record->rd;
	uint32_t asn = record->kind->as4 ? rd_u32(rd) : rd_u16(rd);
	struct table_peer peer = { .asn = asn, .has_address = true };

	rd_skip(rd, record->kind->as4 ? 4 : 2);
	rd_skip(rd, 2);
	uint16_t afi = rd_u16(rd);
	if (rd_ok(rd) && afi != BGP_AFI_IPV4 && afi != BGP_AFI_IPV6) {
		mrt_skip_record(reader, record, "the session is neither over IPv4 nor IPv6");
		return fault_none();
	}
	peer.address.family = afi == BGP_AFI_IPV6 ? FAMILY_IPV6 : FAMILY_IPV4;
	uint32_t address_octets = address_len_octets((enum family)peer.address.family);
	rd_copy(rd, peer.address.octet, address_octets);
	rd_skip(rd, address_octets);
	if (!rd_ok(rd))
		return mrt_refuse(reader, record, "the names of the session's ends are cut short");
	TRY(table_peer_find(reader, &peer));
	return message_read(reader, record, &reader->peers.list[peer.index]);
}

struct fault mrt_old_update_read(struct table_reader *reader, struct mrt_record *record)
{
	struct rd *rd = &record->rd;
	uint16_t asn = rd_u16(rd);
	struct table_peer peer = { .asn = asn, .has_address = true };

	rd_copy(rd, peer.address.octet, 4);
	rd_skip(rd, 6);
	if (!rd_ok(rd))
		return mrt_refuse(reader, record, "the names of the session's ends are cut short");
	TRY(table_peer_find(reader, &peer));
	struct update_parts parts = { .record = record,
				      .route = { .peer = &reader->peers.list[peer.index],
						 .at_s = record->at_s } };
	return update_read(reader, &parts, rd_rest(rd));
}
