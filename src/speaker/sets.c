/* speaker/sets.c — a set seen first is read by the reader that the route server uses itself, in an
 * UPDATE made for it with the shortest prefix there is. */
#include "speaker/sets.h"

#include "base/check.h"
#include "base/mem.h"

#define NEXT_HOP_GLOBAL_OCTETS 16u
#define MADE_OCTETS (BGP_ATTRS_PACKED_MAX + BGP_EXTENDED_MESSAGE_OCTETS_MAX)

struct fault sets_init(struct sets *sets, struct heap *heap, struct hash_key key)
{
	*sets = (struct sets){ 0 };
	names_init(&sets->wire, heap, key);
	names_init(&sets->packed, heap, key);
	sets->scratch = heap_take(heap, BGP_UPDATE_SCRATCH_OCTETS);
	sets->made = heap_take(heap, MADE_OCTETS);
	if (sets->scratch != NULL && sets->made != NULL)
		return fault_none();
	sets_fini(sets);
	return fault_of(FAULT_LIMIT, 0);
}

void sets_fini(struct sets *sets)
{
	struct heap *heap = sets->wire.heap;

	heap_free(heap, sets->scratch, BGP_UPDATE_SCRATCH_OCTETS);
	heap_free(heap, sets->made, MADE_OCTETS);
	heap_free(heap, sets->packed_of, sets->packed_of_room * sizeof *sets->packed_of);
	heap_free(heap, sets->first_asn, sets->first_asn_room * sizeof *sets->first_asn);
	names_fini(&sets->wire);
	names_fini(&sets->packed);
	sets->scratch = sets->made = NULL;
	sets->packed_of = sets->first_asn = NULL;
}

/* What every route server must keep; on the rest (ORIGIN, MULTI_EXIT_DISC, RFC 9234's attribute)
 * opinions and configurations differ. */
static struct bgp_attrs kept_of(const struct sets *sets, const struct bgp_attrs *attrs)
{
	if (!sets->is_lenient)
		return *attrs;
	struct bgp_attrs kept = { .next_hop_len_octets = attrs->next_hop_len_octets,
				  .as_path = attrs->as_path,
				  .communities = attrs->communities,
				  .large = attrs->large };
	/* A link-local address beside the global one is the route server's affair. */
	if (kept.next_hop_len_octets > NEXT_HOP_GLOBAL_OCTETS)
		kept.next_hop_len_octets = NEXT_HOP_GLOBAL_OCTETS;
	mem_copy(kept.next_hop, attrs->next_hop, kept.next_hop_len_octets);
	return kept;
}

struct fault sets_take(struct sets *sets, const struct bgp_attrs *attrs, uint32_t *number)
{
	struct wr wr = wr_of(sets->made, MADE_OCTETS);
	struct bgp_attrs whole = kept_of(sets, attrs);

	TRY(bgp_attrs_path_facts(&whole));
	bgp_attrs_pack(&whole, &wr);
	if (!wr_ok(&wr))
		return fault_of(FAULT_LIMIT, 0);
	return names_take(&sets->packed, 0, wr_octets_of(&wr), number);
}

uint32_t sets_find_wire(const struct sets *sets, uint32_t tag, struct octets attrs)
{
	uint32_t number = names_find(&sets->wire, tag, attrs);

	return number == 0 ? 0 : sets->packed_of[number - 1];
}

/* The body of an UPDATE with these attributes and one prefix of length 0. */
static struct octets update_make(struct sets *sets, struct octets head, struct octets rest)
{
	struct wr wr = wr_of(sets->made, MADE_OCTETS);

	wr_u16(&wr, 0);
	uint32_t mark = wr_mark(&wr);
	wr_u16(&wr, 0);
	if (head.len_octets != 0) {
		wr_u8(&wr, BGP_FLAG_OPTIONAL | BGP_FLAG_EXTENDED_LENGTH);
		wr_u8(&wr, BGP_ATTR_MP_REACH);
		wr_u16(&wr, head.len_octets + 1u);
		wr_octets(&wr, head);
		wr_u8(&wr, 0);
	}
	wr_octets(&wr, rest);
	wr_fill_u16(&wr, mark, wr.pos - mark - 2u);
	if (head.len_octets == 0)
		wr_u8(&wr, 0);
	return wr_octets_of(&wr);
}

struct fault sets_take_wire(struct sets *sets, uint32_t tag, struct octets attrs,
			    uint32_t head_octets, uint32_t *number)
{
	struct bgp_update_mode mode = { .as4 = (tag & SETS_AS4) != 0,
					.families = { true, true },
					.extended_next_hop = true,
					.path_asns_max = BGP_PATH_ASNS_MAX,
					.communities_max = BGP_COMMUNITIES_MAX,
					.scratch = sets->scratch };
	struct octets head = octets_of(attrs.at, head_octets);
	struct octets rest = octets_of(attrs.at + head_octets, attrs.len_octets - head_octets);
	struct bgp_attrs of_mp;
	struct bgp_update update;
	uint32_t wire = 0;

	CHECK(head_octets <= attrs.len_octets && ((tag & SETS_MP) != 0) == (head_octets != 0));
	struct octets body = update_make(sets, head, rest);
	if (body.len_octets == 0)
		return fault_of(FAULT_LIMIT, 0);
	bgp_update_read(body, &mode, &update);
	if (update.verdict != BGP_KEEP || (!update.reach.present && !update.mp_reach.present))
		return fault_of(FAULT_MALFORMED, update.fault_attr);
	of_mp = update.attrs;
	if (update.mp_reach.present)
		bgp_update_mp_attrs(&update, &of_mp);
	of_mp = kept_of(sets, &of_mp);
	TRY(bgp_attrs_path_facts(&of_mp));
	/* The view points into what sets_take writes over: a second stretch is packed into. */
	struct wr wr = wr_of(sets->made + body.len_octets, MADE_OCTETS - body.len_octets);
	bgp_attrs_pack(&of_mp, &wr);
	if (!wr_ok(&wr))
		return fault_of(FAULT_LIMIT, 0);
	TRY(names_take(&sets->packed, 0, wr_octets_of(&wr), number));
	TRY(names_take(&sets->wire, tag, attrs, &wire));
	if (!heap_grow(sets->wire.heap, (void **)&sets->packed_of, &sets->packed_of_room, wire,
		       sizeof *sets->packed_of) ||
	    !heap_grow(sets->wire.heap, (void **)&sets->first_asn, &sets->first_asn_room, *number,
		       sizeof *sets->first_asn))
		return fault_of(FAULT_LIMIT, 0);
	sets->packed_of[wire - 1] = *number;
	sets->first_asn[*number - 1] = of_mp.first_asn;
	return fault_none();
}
