/* sim/hears.c — what a member receives, and so holds.
 *
 * NLRI with path identifiers is not what the server's own reader takes; so the frame is walked
 * here, and only the attributes go through it. */
#include "base/mem.h"
#include "sim/world.h"

struct frame {
	struct octets withdrawn;
	struct octets nlri;
	struct octets mp_reach;   /* next hop cut off */
	struct octets mp_unreach; /* prefixes */
	bool has_mp_reach;
	bool has_mp_unreach;
	enum family mp_family;
	struct octets next_hop;
	uint8_t bare[BGP_MESSAGE_OCTETS_MAX + 8];
	uint32_t bare_len; /* an UPDATE of the other attributes alone */
	uint32_t attr_count;
};

static enum family family_read(struct rd *rd)
{
	uint16_t afi = rd_u16(rd);

	rd_skip(rd, 1);
	return afi == 2 ? FAMILY_IPV6 : FAMILY_IPV4;
}

static void attr_sort(struct frame *frame, uint8_t code, struct octets value, struct octets whole,
		      struct wr *bare)
{
	struct rd rd = rd_of_octets(value);

	frame->attr_count++;
	if (code == BGP_ATTR_MP_REACH) {
		frame->has_mp_reach = true;
		frame->mp_family = family_read(&rd);
		frame->next_hop = rd_take(&rd, rd_u8(&rd));
		rd_skip(&rd, 1);
		frame->mp_reach = rd_rest(&rd);
	} else if (code == BGP_ATTR_MP_UNREACH) {
		frame->has_mp_unreach = true;
		frame->mp_family = family_read(&rd);
		frame->mp_unreach = rd_rest(&rd);
	} else {
		wr_octets(bare, whole);
	}
}

static bool frame_read(struct octets body, struct frame *frame)
{
	struct rd rd = rd_of_octets(body);
	struct wr bare = wr_of(frame->bare, sizeof frame->bare);

	frame->withdrawn = rd_take(&rd, rd_u16(&rd));
	struct octets attrs = rd_take(&rd, rd_u16(&rd));
	frame->nlri = rd_rest(&rd);
	wr_u16(&bare, 0);
	wr_u16(&bare, 0);
	struct rd left = rd_of_octets(attrs);
	while (rd_more(&left)) {
		uint32_t at = left.pos;
		uint8_t flags = rd_u8(&left);
		uint8_t code = rd_u8(&left);
		uint32_t len = (flags & BGP_FLAG_EXTENDED_LENGTH) != 0 ? rd_u16(&left) :
									 rd_u8(&left);
		struct octets value = rd_take(&left, len);
		if (rd_ok(&left))
			attr_sort(frame, code, value, octets_of(attrs.at + at, left.pos - at),
				  &bare);
	}
	wr_fill_u16(&bare, 2, bare.pos - 4);
	frame->bare_len = bare.pos;
	return rd_ok(&rd) && rd_ok(&left) && wr_ok(&bare);
}

/* The number of the attributes' set + 1; 0: they are not as they must be. */
static uint32_t attrs_take(struct world *world, const struct bgp_negotiated *agreed,
			   const struct frame *frame)
{
	static uint8_t scratch[BGP_UPDATE_SCRATCH_OCTETS];
	struct bgp_update_mode mode = { .as4 = agreed->as4,
					.families = { true, true },
					.extended_next_hop = true,
					.path_asns_max = BGP_PATH_ASNS_MAX,
					.communities_max = BGP_COMMUNITIES_MAX,
					.scratch = scratch };
	uint8_t packed[2 * SIM_PACKED_MAX];
	struct wr wr = wr_of(packed, sizeof packed);
	struct bgp_update update;

	bgp_update_read(octets_of(frame->bare, frame->bare_len), &mode, &update);
	if (update.verdict != BGP_KEEP || frame->next_hop.len_octets > 32)
		return 0;
	if (frame->has_mp_reach) {
		update.attrs.next_hop_len_octets = (uint8_t)frame->next_hop.len_octets;
		mem_copy(update.attrs.next_hop, frame->next_hop.at, frame->next_hop.len_octets);
	}
	bgp_attrs_pack(&update.attrs, &wr);
	return wr_ok(&wr) && wr.pos <= SIM_PACKED_MAX ? set_number(world, wr_octets_of(&wr)) + 1 :
							0;
}

/* Each prefix of the list is held with this set, or no more. */
static void list_take(struct world *world, uint32_t slot, struct octets octets, enum family family,
		      uint32_t set)
{
	struct member *member = &world->member[slot];
	uint32_t place = bgp_session_established_place(&member->fsm);
	const struct bgp_negotiated *agreed = &member->fsm.connection[place].negotiated;
	struct bgp_open ours = member->fsm.config.offer;
	bool has_path_id = ours.add_path_receive[family] && agreed->peer.add_path_send[family];
	struct rd rd = rd_of_octets(octets);

	if (octets.len_octets != 0 && !agreed->families[family])
		world_fail(world, "member %u got %s, which was not agreed", slot,
			   family_name(family));
	while (rd_more(&rd)) {
		uint32_t path_id = has_path_id ? rd_u32(&rd) : 0;
		struct prefix prefix;
		if (failed(prefix_read_nlri(&rd, family, &prefix)) || path_id > SIM_SLOTS) {
			world_fail(world, "member %u got a prefix that does not parse", slot);
			return;
		}
		uint32_t number = sim_prefix_number(&prefix);
		if (number >= world->prefix_count) {
			world_fail(world, "member %u got a prefix that nobody has", slot);
			return;
		}
		member->held[path_id][number] = set;
		member->is_old[path_id][number] = false;
	}
}

static void end_of_rib(struct world *world, uint32_t slot, enum family family)
{
	struct member *member = &world->member[slot];
	const struct truth *truth = &world->truth[slot];
	uint64_t foreign = world->changes - truth->changes;

	world_trace(world, "member %u: has got End-of-RIB of %s", slot, family_name(family));
	if (++member->ends_of_rib[family] != 1)
		world_fail(world, "member %u got a second End-of-RIB of %s", slot,
			   family_name(family));
	if (truth->is_up && truth->joined_settled && truth->foreign_at_join == foreign)
		check_family(world, slot, family);
}

void member_hears_update(struct world *world, uint32_t slot, uint32_t place, struct octets body)
{
	static struct frame frame;
	const struct bgp_negotiated *agreed = &world->member[slot].fsm.connection[place].negotiated;
	uint32_t set = 0;

	frame = (struct frame){ 0 };
	if (!frame_read(body, &frame)) {
		world_fail(world, "member %u got an UPDATE that does not parse", slot);
		return;
	}
	bool has_lists = frame.withdrawn.len_octets + frame.nlri.len_octets +
				 frame.mp_reach.len_octets + frame.mp_unreach.len_octets !=
			 0;
	if (!has_lists && frame.attr_count == 0) {
		end_of_rib(world, slot, FAMILY_IPV4);
		return;
	}
	if (!has_lists && frame.has_mp_unreach && frame.attr_count == 1) {
		end_of_rib(world, slot, frame.mp_family);
		return;
	}
	if (!has_lists) {
		world_fail(world, "member %u got an UPDATE without a prefix", slot);
		return;
	}
	list_take(world, slot, frame.withdrawn, FAMILY_IPV4, 0);
	list_take(world, slot, frame.mp_unreach, frame.mp_family, 0);
	if (frame.nlri.len_octets + frame.mp_reach.len_octets == 0)
		return;
	set = attrs_take(world, agreed, &frame);
	if (set == 0) {
		world_fail(world, "member %u got attributes in error", slot);
		return;
	}
	list_take(world, slot, frame.nlri, FAMILY_IPV4, set);
	list_take(world, slot, frame.mp_reach, frame.mp_family, set);
}

void member_hears_refresh(struct world *world, uint32_t slot, enum family family,
			  enum bgp_refresh_kind kind)
{
	struct member *member = &world->member[slot];

	if (kind == BGP_REFRESH_END && !member->refreshing[family])
		world_fail(world, "member %u got the end of a refresh that was not begun", slot);
	for (uint32_t i = 0; i <= SIM_SLOTS; i++) {
		for (uint32_t j = 0; j < world->prefix_count; j++) {
			if (prefix_family(j) != family)
				continue;
			if (kind == BGP_REFRESH_END && member->is_old[i][j])
				member->held[i][j] = 0;
			member->is_old[i][j] = kind == BGP_REFRESH_BEGIN;
		}
	}
	member->refreshing[family] = kind == BGP_REFRESH_BEGIN;
}
