/* fuzz/rpki_json.c — a validator's file that may hold anything: it is refused with one complaint,
 * or read into a snapshot that agrees with itself.
 * Reaches rpki_json_read rpki_data_make rpki_origin vrp_table_next */
#include "target.h"

#include "base/mem.h"
#include "rpki/json.h"

struct tape {
	struct source source;
	struct octets left;
};

static struct fault tape_read(struct source *source, uint8_t *out, uint32_t room_octets,
			      uint32_t *len_octets, struct complaints *complaints)
{
	struct tape *tape = (struct tape *)(void *)source;

	(void)complaints;
	*len_octets = tape->left.len_octets < 100 ? tape->left.len_octets : 100;
	MUST(*len_octets <= room_octets);
	mem_copy(out, tape->left.at, *len_octets);
	tape->left = octets_of(tape->left.at + *len_octets, tape->left.len_octets - *len_octets);
	return fault_none();
}

static void look(const struct rpki_data *data)
{
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		struct vrp_walk walk = { 0 };
		struct vrp_key key;
		while (vrp_table_next(&data->vrps[f], &walk, &key)) {
			struct vrp vrp = vrp_of_key((enum family)f, &key);
			enum rpki_state state = rpki_origin(data, &vrp.prefix, vrp.asn, false);
			MUST(state == (vrp.asn == 0 ? RPKI_INVALID : RPKI_VALID));
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tape tape = { .source = { .read = tape_read } };
	struct complaints complaints = { 0 };
	struct heap heap = heap_libc();
	struct rpki_data *made = NULL;
	struct rpki_draft draft;

	if (size == 0 || size > 65536)
		return 0;
	tape.left = octets_of(data, (uint32_t)size);
	rpki_draft_init(&draft, &heap);
	struct fault fault = rpki_json_read("file", &tape.source, &draft, &complaints);
	MUST(failed(fault) == (complaints.error_count == 1));
	if (!failed(fault)) {
		MUST(!failed(rpki_data_make(&draft, &made)));
		look(made);
		rpki_data_unref(made);
	}
	rpki_draft_fini(&draft);
	MUST(heap.used_octets == 0);
	return 0;
}
