/* fuzz/irr.c — an as-set as bgpq4 or a file has it: refused at an octet, or a set that holds what
 * it was made of.
 * Reaches irr_read irr_draft_add irr_draft_seal irr_set_match irr_set_has_origin irr_place_of */
#include "target.h"

#include "irr/read.h"

static void look(const struct irr_set *set)
{
	for (uint32_t i = 0; i < set->window_count; i++) {
		struct prefix prefix = set->window[i].prefix;
		MUST(set->window[i].len_bits_min >= prefix.len_bits);
		MUST(set->window[i].len_bits_max >= set->window[i].len_bits_min);
		prefix.len_bits = set->window[i].len_bits_min;
		MUST(irr_set_match(set, &prefix, NULL) == IRR_MATCH_YES);
	}
	for (uint32_t i = 0; i < set->origin_count; i++)
		MUST(irr_set_has_origin(set, set->origin[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct octets text = octets_of(data, (uint32_t)size);
	struct heap heap = heap_libc();
	struct irr_draft draft;
	struct irr_set *set = NULL;

	if (size > 65536)
		return 0;
	irr_draft_init(&draft, &heap);
	struct fault fault = irr_read(text, &draft);
	if (failed(fault)) {
		uint32_t line = 0;
		uint32_t column = 0;
		MUST(fault.at_octet <= size);
		irr_place_of(text, fault.at_octet, &line, &column);
		MUST(line != 0 && column != 0);
	} else if (!failed(irr_draft_seal(&draft, &set))) {
		look(set);
		irr_set_unref(set);
	}
	irr_draft_fini(&draft);
	MUST(heap.used_octets == 0);
	return 0;
}
