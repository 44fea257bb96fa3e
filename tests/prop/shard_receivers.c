/* prop/shard_receivers.c — octets in pieces, decoded, and kept as a router keeps them. */
#include "prop/shard.h"

#include <string.h>

void receiver_join(struct world *world, struct session_id session)
{
	struct receiver *receiver = &world->receiver[session.index];

	for (uint32_t i = 0; i <= SESSIONS; i++) {
		for (uint32_t j = 0; j < PREFIXES; j++)
			receiver->held[i][j].present = false;
	}
	receiver->stream_len = 0;
	receiver->joined = true;
	receiver->slow = false;
	receiver->add_path = (world->swarm & 2) == 0 && random_below(&world->random, 4) == 0;
	receiver->extended_next_hop = random_below(&world->random, 2) == 0;
	struct bgp_wire_profile wire = { .family = FAMILY_IPV4,
					 .as4 = true,
					 .addpath = receiver->add_path,
					 .extended_next_hop = receiver->extended_next_hop,
					 .extended_message = random_below(&world->random, 4) == 0 };
	receiver->copy_octets = rib_copy_octets_min(&wire);
	struct fault fault = rib_out_join(world->rib, session, &wire);
	if (!failed(fault))
		return;
	receiver->joined = false;
	expect_u64(fault.kind, FAULT_LIMIT);
	session_end(world, session.index);
}

void event_join_or_leave(struct world *world)
{
	struct session_id session = { (uint16_t)random_below(&world->random, SESSIONS) };
	struct receiver *receiver = &world->receiver[session.index];

	if (!receiver->joined) {
		receiver_join(world, session);
		return;
	}
	rib_out_leave(world->rib, session, FAMILY_IPV4);
	receiver->joined = false;
}

static struct held *held_of(struct receiver *receiver, uint32_t path_id,
			    const struct prefix *prefix)
{
	uint32_t row = receiver->add_path ? path_id : 0;

	expect_true(row <= SESSIONS && prefix->octet[1] < PREFIXES);
	return &receiver->held[row > SESSIONS ? 0 : row][prefix->octet[1] % PREFIXES];
}

static void take_nlri(struct receiver *receiver, struct octets octets,
		      const struct bgp_attrs *attrs)
{
	struct rd rd = rd_of_octets(octets);

	while (rd_more(&rd)) {
		uint32_t path_id = receiver->add_path ? rd_u32(&rd) : 0;
		struct prefix prefix;
		expect_true(!failed(prefix_read_nlri(&rd, FAMILY_IPV4, &prefix)));
		struct held *held = held_of(receiver, path_id, &prefix);
		bool was_present = held->present;
		held->present = attrs != NULL;
		receiver->withdrawn_again += attrs == NULL && !was_present ? 1 : 0;
		if (attrs == NULL)
			continue;
		struct held before = *held;
		struct wr wr = wr_of(held->packed, sizeof held->packed);
		bgp_attrs_pack(attrs, &wr);
		expect_true(wr_ok(&wr));
		held->packed_len = wr.pos;
		if (was_present && octets_equal(octets_of(before.packed, before.packed_len),
						octets_of(held->packed, held->packed_len)))
			receiver->announced_again++;
	}
	expect_true(rd_done(&rd));
}

/* Takes MP_REACH_NLRI out of the attributes; the rest is copied.  RFC 4760 3, RFC 8950 4. */
static void reach_take_out(struct octets attrs, struct wr *rest, struct octets *next_hop,
			   struct octets *nlri)
{
	struct rd rd = rd_of_octets(attrs);

	while (rd_more(&rd)) {
		uint32_t at = rd.pos;
		uint8_t flags = rd_u8(&rd);
		uint8_t code = rd_u8(&rd);
		struct rd value = rd_sub(
			&rd, (flags & BGP_FLAG_EXTENDED_LENGTH) != 0 ? rd_u16(&rd) : rd_u8(&rd));
		if (code != BGP_ATTR_MP_REACH) {
			wr_octets(rest, octets_of(attrs.at + at, rd.pos - at));
			continue;
		}
		expect_u64(rd_u16(&value), BGP_AFI_IPV4);
		expect_u64(rd_u8(&value), BGP_SAFI_UNICAST);
		*next_hop = rd_take(&value, rd_u8(&value));
		expect_true(next_hop->len_octets == 16 || next_hop->len_octets == 32);
		expect_u64(rd_u8(&value), 0);
		*nlri = rd_rest(&value);
	}
	expect_true(rd_ok(&rd));
}

/* Our own frame walk: with ADD-PATH the NLRI of an UPDATE is not what bgp_update_read reads. */
static void take_update(struct receiver *receiver, struct octets body)
{
	static uint8_t scratch[BGP_UPDATE_SCRATCH_OCTETS];
	struct bgp_update_mode mode = { .as4 = true,
					.families = { true, true },
					.extended_next_hop = true,
					.path_asns_max = 750,
					.communities_max = 1000,
					.scratch = scratch };
	struct rd rd = rd_of_octets(body);
	struct octets withdrawn = rd_take(&rd, rd_u16(&rd));
	struct octets attrs = rd_take(&rd, rd_u16(&rd));
	struct octets nlri = rd_rest(&rd);
	struct octets next_hop = { 0 };
	uint8_t bare[4096];
	struct wr wr = wr_of(bare, sizeof bare);
	struct bgp_update update;

	expect_true(rd_ok(&rd));
	wr_u16(&wr, 0);
	wr_u16(&wr, 0);
	reach_take_out(attrs, &wr, &next_hop, &nlri);
	wr_fill_u16(&wr, 2, wr.pos - 4);
	bgp_update_read(wr_octets_of(&wr), &mode, &update);
	expect_u64(update.verdict, BGP_KEEP);
	expect_true(withdrawn.len_octets + attrs.len_octets + nlri.len_octets != 0);
	if (next_hop.len_octets != 0) {
		expect_true(receiver->extended_next_hop);
		update.attrs.next_hop_len_octets = (uint8_t)next_hop.len_octets;
		mem_copy(update.attrs.next_hop, next_hop.at, next_hop.len_octets);
	}
	take_nlri(receiver, withdrawn, NULL);
	take_nlri(receiver, nlri, &update.attrs);
}

static void take_stream(struct receiver *receiver)
{
	uint32_t at = 0;

	for (;;) {
		struct bgp_message message;
		struct bgp_refusal refusal;
		struct fault fault = bgp_message_next(
			octets_of(receiver->stream + at, receiver->stream_len - at), true, &message,
			&refusal);
		if (fault.kind == FAULT_AGAIN)
			break;
		expect_true(!failed(fault));
		if (failed(fault))
			break;
		if (message.type == BGP_UPDATE)
			take_update(receiver, message.body);
		at += message.whole.len_octets;
	}
	mem_move(receiver->stream, receiver->stream + at, receiver->stream_len - at);
	receiver->stream_len -= at;
}

static void stream_add(struct receiver *receiver, struct octets octets)
{
	expect_true(receiver->stream_len + octets.len_octets <= sizeof receiver->stream);
	mem_copy(receiver->stream + receiver->stream_len, octets.at, octets.len_octets);
	receiver->stream_len += octets.len_octets;
}

/* One pull, of which only a part may go out at once. */
bool receiver_pull(struct world *world, uint32_t index, bool all)
{
	static uint8_t copy_octets[18 * 65536];
	struct receiver *receiver = &world->receiver[index];
	struct session_id session = { (uint16_t)index };
	struct wr copy = wr_of(copy_octets, receiver->copy_octets);
	struct rib_parts parts;

	switch (rib_pull(world->rib, session, FAMILY_IPV4, world->now, &parts, &copy)) {
	case RIB_PULL_NOTHING:
	case RIB_PULL_SHORT:
		return false;
	case RIB_PULL_COPIED:
		expect_true(wr_ok(&copy));
		stream_add(receiver, wr_octets_of(&copy));
		break;
	case RIB_PULL_PARTS_READY: {
		uint32_t sent = all ? parts.len_octets :
				      1 + random_below(&world->random, parts.len_octets);
		uint32_t left = sent;
		for (uint32_t i = 0; i < parts.part_count && left != 0; i++) {
			uint32_t take = parts.part[i].len_octets < left ? parts.part[i].len_octets :
									  left;
			stream_add(receiver, octets_of(parts.part[i].at, take));
			left -= take;
		}
		rib_pulled(world->rib, session, FAMILY_IPV4, &parts, sent, &copy);
		stream_add(receiver, wr_octets_of(&copy));
		break;
	}
	}
	take_stream(receiver);
	return true;
}

void event_pull(struct world *world)
{
	uint32_t index = random_below(&world->random, SESSIONS);

	if (world->receiver[index].joined && !world->receiver[index].slow)
		(void)receiver_pull(world, index, false);
}

void event_refresh(struct world *world)
{
	struct session_id session = { (uint16_t)random_below(&world->random, SESSIONS) };

	rib_out_refresh(world->rib, session, FAMILY_IPV4);
}

void event_slow(struct world *world)
{
	struct receiver *receiver = &world->receiver[random_below(&world->random, SESSIONS)];

	receiver->slow = !receiver->slow;
}

void event_places_lost(struct world *world)
{
	rib_out_lose_all(world->rib, FAMILY_IPV4, world->rib->epoch[FAMILY_IPV4] + 1);
}
