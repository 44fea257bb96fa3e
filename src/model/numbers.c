/* model/numbers.c — prefixes and attribute sets as numbers, found by a hash. */
#include "base/check.h"
#include "base/hash.h"
#include "base/mem.h"
#include "model/inside.h"

#define SLOTS_MIN 1024u

/* The model's input is the trial's own. */
static const struct hash_key key = { 0x6d6f64656c2f6f6e, 0x652f7365642f6b79 };

static uint64_t prefix_hash(const struct prefix *prefix)
{
	return hash_octets(key, octets_of(prefix, sizeof *prefix));
}

/* The slot where the item is, or the free one where it belongs. */
static uint32_t slot_of(const uint32_t *slot, uint32_t slots, uint64_t hash,
			bool (*is_it)(const struct model *model, uint32_t number, const void *item),
			const struct model *model, const void *item)
{
	uint32_t at = (uint32_t)hash & (slots - 1);

	while (slot[at] != 0 && !is_it(model, slot[at] - 1, item))
		at = (at + 1) & (slots - 1);
	return at;
}

static bool is_prefix(const struct model *model, uint32_t number, const void *item)
{
	return prefix_equal(&model->prefix[number].prefix, item);
}

static bool is_set(const struct model *model, uint32_t number, const void *item)
{
	const struct octets *packed = item;

	return octets_equal(*packed,
			    octets_of(model->set[number].octets, model->set[number].len_octets));
}

/* Twice the slots, all found anew; `count` items. */
static struct fault slots_grow(struct model *model, uint32_t **slot, uint32_t *slots,
			       uint32_t count, uint64_t (*hash_of)(const struct model *, uint32_t))
{
	if (count * 2 < *slots)
		return fault_none();
	uint32_t wanted = *slots == 0 ? SLOTS_MIN : *slots * 2;
	uint32_t *fresh = heap_array(model->heap, wanted, sizeof *fresh);
	if (fresh == NULL)
		return fault_of(FAULT_LIMIT, 0);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = (uint32_t)hash_of(model, i) & (wanted - 1);
		while (fresh[at] != 0)
			at = (at + 1) & (wanted - 1);
		fresh[at] = i + 1;
	}
	heap_free(model->heap, *slot, *slots * sizeof **slot);
	*slot = fresh;
	*slots = wanted;
	return fault_none();
}

static uint64_t prefix_hash_of(const struct model *model, uint32_t number)
{
	return prefix_hash(&model->prefix[number].prefix);
}

static uint64_t set_hash_of(const struct model *model, uint32_t number)
{
	return hash_octets(key,
			   octets_of(model->set[number].octets, model->set[number].len_octets));
}

uint32_t model_prefix_find(const struct model *model, const struct prefix *prefix)
{
	if (model->prefix_slots == 0)
		return UINT32_MAX;
	uint32_t at = slot_of(model->prefix_slot, model->prefix_slots, prefix_hash(prefix),
			      is_prefix, model, prefix);
	return model->prefix_slot[at] == 0 ? UINT32_MAX : model->prefix_slot[at] - 1;
}

struct fault model_prefix_need(struct model *model, const struct prefix *prefix, uint32_t *number)
{
	TRY(slots_grow(model, &model->prefix_slot, &model->prefix_slots, model->prefix_count,
		       prefix_hash_of));
	uint32_t at = slot_of(model->prefix_slot, model->prefix_slots, prefix_hash(prefix),
			      is_prefix, model, prefix);
	if (model->prefix_slot[at] == 0) {
		if (!heap_grow(model->heap, (void **)&model->prefix, &model->prefix_room,
			       model->prefix_count + 1, sizeof *model->prefix))
			return fault_of(FAULT_LIMIT, 0);
		model->prefix[model->prefix_count++] = (struct model_prefix){ .prefix = *prefix };
		model->prefix_slot[at] = model->prefix_count;
	}
	*number = model->prefix_slot[at] - 1;
	return fault_none();
}

struct fault model_set_need(struct model *model, struct octets packed, uint32_t *number)
{
	TRY(slots_grow(model, &model->set_slot, &model->set_slots, model->set_count, set_hash_of));
	uint32_t at = slot_of(model->set_slot, model->set_slots, hash_octets(key, packed), is_set,
			      model, &packed);
	if (model->set_slot[at] != 0) {
		*number = model->set_slot[at] - 1;
		return fault_none();
	}
	struct model_set set = { .len_octets = packed.len_octets };
	set.octets = heap_take(model->heap, packed.len_octets);
	if (set.octets == NULL)
		return fault_of(FAULT_LIMIT, 0);
	mem_copy(set.octets, packed.at, packed.len_octets);
	if (failed(bgp_attrs_unpack(octets_of(set.octets, set.len_octets), &set.attrs)) ||
	    !heap_grow(model->heap, (void **)&model->set, &model->set_room, model->set_count + 1,
		       sizeof *model->set)) {
		heap_free(model->heap, set.octets, set.len_octets);
		return fault_of(FAULT_LIMIT, 0);
	}
	*number = model->set_count;
	model->set[model->set_count++] = set;
	model->set_slot[at] = model->set_count;
	return fault_none();
}
