/* speaker/intake.c — UPDATEs taken in.
 *
 * The usual message is IPv4 routes with attributes that were met before: one look-up by the
 * attributes' octets, then arithmetic and a store a prefix.  Only attributes never met are taken
 * apart.  A message that cannot be understood is counted and left: the speaker judges nobody. */
#include "speaker/inside.h"

#include "base/check.h"
#include "bgp/family.h"

#define FORESEEN_OCTETS_MAX 32u /* of a run: the prefixes of longer ones lie near each other */

/* The attributes of a message, MP_REACH_NLRI and MP_UNREACH_NLRI apart from the rest. */
struct split {
	struct octets joined; /* head of MP_REACH_NLRI, then all other attributes */
	uint32_t head_octets;
	bool has_reach;
	struct rd reach;
	enum family reach_family;
	bool has_unreach;
	struct rd unreach;
	enum family unreach_family;
};

/* The leading bits of a prefix as a number, its length in *len_bits. */
static inline uint64_t value_read(struct rd *rd, uint32_t len_bits)
{
	struct octets octets = rd_take(rd, (len_bits + 7) / 8);
	uint64_t value = 0;

	for (uint32_t i = 0; i < octets.len_octets; i++)
		value |= (uint64_t)octets.at[i] << (56 - 8 * i);
	return value;
}

/* The number of the next prefix; UNIVERSE_NONE when it is none that we know. */
static inline uint32_t number_read(const struct universe *universe, struct rd *rd,
				   enum family family)
{
	const struct universe_grid *grid = &universe->grid[family];
	struct rd again = *rd;
	struct prefix prefix;

	if (grid->count != 0 && rd_u8(rd) == grid->len_bits) {
		uint32_t number = universe_on_grid(grid, value_read(rd, grid->len_bits));
		if (number != UNIVERSE_NONE)
			return number;
	}
	*rd = again;
	if (failed(prefix_read_nlri(rd, family, &prefix))) {
		rd_fail(rd);
		return UNIVERSE_NONE;
	}
	return universe_find(universe, &prefix);
}

/* The prefixes of the run up to the first that is not on the IPv4 grid of /24s: length and network
 * are four octets, so one read is all.  A member's share of a large load passes through here. */
static uint32_t run_on_grid24(const struct universe_grid *grid, struct speaker *speaker,
			      struct rd *run, uint32_t set)
{
	uint32_t first = UINT32_C(24) << 24 | (uint32_t)(grid->first >> 40);
	uint32_t *held = speaker->set + grid->number;
	uint64_t digest = speaker->view.digest;
	uint32_t count = speaker->view.held_count;
	uint32_t taken = 0;
	struct rd rd = *run;

	for (; rd_left(&rd) >= 4; taken++) {
		struct rd before = rd;
		uint32_t place = rd_u32(&rd) - first;
		if (place >= grid->count) {
			rd = before;
			break;
		}
		uint32_t old = held[place];
		uint32_t number = grid->number + place;
		if (old == set)
			continue;
		if (old != 0) {
			digest -= speaker_digest_of(number, old);
			count--;
		}
		if (set != 0) {
			digest += speaker_digest_of(number, set);
			count++;
		}
		held[place] = set;
	}
	speaker->view.digest = digest;
	speaker->view.held_count = count;
	*run = rd;
	return taken;
}

/* A run of prefixes gets this set; 0 = they are withdrawn.  Gives how many there were. */
static uint32_t run_take(struct speakers *speakers, struct speaker *speaker, struct rd rd,
			 enum family family, uint32_t set)
{
	const struct universe_grid *grid = &speakers->universe->grid[family];
	bool add_path = speaker->add_path[family];
	const struct speakers_watch *watch = &speakers->watch;
	bool is_grid24 = family == FAMILY_IPV4 && grid->len_bits == 24 && !add_path &&
			 watch->heard == NULL;
	uint32_t count = 0;

	while (rd_more(&rd)) {
		if (is_grid24) {
			count += run_on_grid24(grid, speaker, &rd, set);
			if (!rd_more(&rd))
				break;
		}
		uint32_t path_id = add_path ? rd_u32(&rd) : 0;
		uint32_t number = number_read(speakers->universe, &rd, family);
		if (!rd_ok(&rd))
			break;
		count++;
		if (number == UNIVERSE_NONE) {
			speaker->view.strangers++;
		} else if (!add_path) {
			uint32_t before = speaker->set[number];
			held_set(speaker, number, set);
			if (watch->heard != NULL)
				watch->heard(watch->context,
					     (uint32_t)(speaker - speakers->speaker), number,
					     before, set);
		} else if (failed(held_path_set(speakers, speaker, number, path_id, set))) {
			speaker->view.malformed++;
		}
	}
	if (!rd_ok(&rd))
		speaker->view.malformed++;
	return count;
}

static bool family_read(struct rd *rd, enum family *out)
{
	uint16_t afi = rd_u16(rd);
	uint8_t safi = rd_u8(rd);

	return bgp_family_of(afi, safi, out) && rd_ok(rd);
}

/* The head of MP_REACH_NLRI goes to the joined octets: family, next hop, the octet behind it. */
static bool reach_read(struct split *split, struct octets value, struct wr *head)
{
	struct rd rd = rd_of_octets(value);

	if (!family_read(&rd, &split->reach_family))
		return false;
	rd_skip(&rd, rd_u8(&rd));
	rd_skip(&rd, 1);
	if (!rd_ok(&rd))
		return false;
	split->has_reach = true;
	split->head_octets = rd.pos;
	wr_octets(head, octets_of(value.at, rd.pos));
	split->reach = rd_of_octets(rd_rest(&rd));
	return true;
}

/* The head must stand first though other attributes may: two writers into the two halves of the
 * scratch, then the rest moves up behind the head. */
static bool split_read(struct speakers *speakers, struct octets attrs, struct split *split)
{
	uint32_t half = sizeof speakers->scratch / 2;
	struct wr joined = wr_of(speakers->scratch, sizeof speakers->scratch);
	struct wr rest = wr_of(speakers->scratch + half, half);
	struct rd rd = rd_of_octets(attrs);
	bool understood = true;

	*split = (struct split){ 0 };
	while (rd_more(&rd) && understood) {
		uint32_t start = rd.pos;
		uint8_t flags = rd_u8(&rd);
		uint8_t code = rd_u8(&rd);
		uint32_t len = (flags & BGP_FLAG_EXTENDED_LENGTH) != 0 ? rd_u16(&rd) : rd_u8(&rd);
		struct octets value = rd_take(&rd, len);
		if (!rd_ok(&rd))
			return false;
		if (code == BGP_ATTR_MP_REACH) {
			understood = !split->has_reach && reach_read(split, value, &joined);
		} else if (code == BGP_ATTR_MP_UNREACH) {
			struct rd inside = rd_of_octets(value);
			understood = family_read(&inside, &split->unreach_family);
			split->has_unreach = understood;
			split->unreach = rd_of_octets(rd_rest(&inside));
		} else {
			wr_octets(&rest, octets_of(attrs.at + start, rd.pos - start));
		}
	}
	wr_octets(&joined, wr_octets_of(&rest));
	split->joined = wr_octets_of(&joined);
	return understood && rd_done(&rd) && wr_ok(&rest) && wr_ok(&joined);
}

/* The set's number; 0 when no route may have it. */
static uint32_t set_of(struct speakers *speakers, struct speaker *speaker, uint32_t tag,
		       struct octets attrs, uint32_t head_octets)
{
	uint32_t set = sets_find_wire(speakers->sets, tag, attrs);

	if (set == 0 && failed(sets_take_wire(speakers->sets, tag, attrs, head_octets, &set))) {
		speaker->view.malformed++;
		return 0;
	}
	return set;
}

/* RFC 4271 9.1.2: what a speaker announced itself is no route for it.  FRR and others send it. */
static uint32_t set_taken(const struct speakers *speakers, const struct speaker *speaker,
			  uint32_t set)
{
	bool is_own = speakers->sets->is_lenient &&
		      sets_first_asn(speakers->sets, set) == speaker->config.offer.asn;

	return is_own ? 0 : set;
}

static void end_of_rib(struct speaker *speaker, enum family family)
{
	speaker->view.end_of_rib[family] = true;
}

/* Attributes with a multiprotocol one among them, or never met before. */
static void update_split(struct speakers *speakers, struct speaker *speaker, struct octets attrs,
			 struct rd nlri)
{
	struct split split;

	if (!split_read(speakers, attrs, &split)) {
		speaker->view.malformed++;
		return;
	}
	struct octets rest = octets_of(split.joined.at + split.head_octets,
				       split.joined.len_octets - split.head_octets);
	if (split.has_unreach && !split.has_reach && !rd_more(&split.unreach) &&
	    rest.len_octets == 0)
		end_of_rib(speaker, split.unreach_family);
	if (split.has_unreach)
		speaker->view.withdrawn += run_take(speakers, speaker, split.unreach,
						    split.unreach_family, 0);
	if (split.has_reach) {
		uint32_t set = set_of(speakers, speaker, speaker->tag | SETS_MP, split.joined,
				      split.head_octets);
		if (set != 0)
			speaker->view.announced += run_take(speakers, speaker, split.reach,
							    split.reach_family,
							    set_taken(speakers, speaker, set));
	}
	if (rd_more(&nlri)) {
		uint32_t set = set_of(speakers, speaker, speaker->tag, rest, 0);
		if (set != 0)
			speaker->view.announced += run_take(speakers, speaker, nlri, FAMILY_IPV4,
							    set_taken(speakers, speaker, set));
	}
}

void speaker_update_foresee(const struct speakers *speakers, const struct speaker *speaker,
			    struct octets body)
{
	const struct universe_grid *grid = &speakers->universe->grid[FAMILY_IPV4];
	uint32_t first = UINT32_C(24) << 24 | (uint32_t)(grid->first >> 40);
	struct rd rd = rd_of_octets(body);
	struct rd withdrawn = rd_sub(&rd, rd_u16(&rd));

	rd_skip(&rd, rd_u16(&rd));
	struct rd run = rd_more(&withdrawn) ? withdrawn : rd;
	if (grid->len_bits != 24 || rd_left(&run) > FORESEEN_OCTETS_MAX)
		return;
	while (rd_left(&run) >= 4) {
		uint32_t place = rd_u32(&run) - first;
		if (place >= grid->count)
			return;
		__builtin_prefetch(speaker->set + grid->number + place, 1);
	}
}

void speaker_update(struct speakers *speakers, struct speaker *speaker, struct octets body)
{
	struct rd rd = rd_of_octets(body);
	struct rd withdrawn = rd_sub(&rd, rd_u16(&rd));
	struct octets attrs = rd_take(&rd, rd_u16(&rd));
	uint32_t set = 0;

	speaker->view.updates++;
	if (!rd_ok(&rd)) {
		speaker->view.malformed++;
		return;
	}
	if (body.len_octets == 4)
		end_of_rib(speaker, FAMILY_IPV4);
	if (rd_more(&withdrawn))
		speaker->view.withdrawn += run_take(speakers, speaker, withdrawn, FAMILY_IPV4, 0);
	if (attrs.len_octets == 0)
		return;
	if (rd_more(&rd))
		set = sets_find_wire(speakers->sets, speaker->tag, attrs);
	if (set != 0)
		speaker->view.announced += run_take(speakers, speaker, rd, FAMILY_IPV4,
						    set_taken(speakers, speaker, set));
	else
		update_split(speakers, speaker, attrs, rd);
}
