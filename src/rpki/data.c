/* rpki/data.c — the snapshot's making, and the two validations. */
#include "rpki/data.h"

#include "base/check.h"

void rpki_draft_init(struct rpki_draft *draft, struct heap *heap)
{
	*draft = (struct rpki_draft){ .aspas = { .heap = heap } };
	for (uint32_t i = 0; i < FAMILY_COUNT; i++)
		draft->vrps[i].heap = heap;
}

struct fault rpki_draft_vrp(struct rpki_draft *draft, const struct vrp *vrp)
{
	struct vrp_key key = vrp_key_of(vrp);

	if (draft->vrps[0].count + draft->vrps[1].count >= VRPS_MAX)
		return fault_of(FAULT_LIMIT, 0);
	return vrp_list_add(&draft->vrps[vrp->prefix.family], &key);
}

void rpki_draft_fini(struct rpki_draft *draft)
{
	for (uint32_t i = 0; i < FAMILY_COUNT; i++)
		vrp_list_fini(&draft->vrps[i]);
	aspa_list_fini(&draft->aspas);
}

struct fault rpki_data_make(struct rpki_draft *draft, struct rpki_data **out)
{
	struct heap heap = heap_libc();
	struct rpki_data *data = heap_zero(&heap, sizeof *data);
	struct fault fault = fault_none();

	if (data == NULL)
		return fault_of(FAULT_LIMIT, 0);
	data->heap = heap;
	data->has_aspas = draft->has_aspas;
	atomic_init(&data->users, 1);
	for (uint32_t i = 0; i < FAMILY_COUNT && !failed(fault); i++) {
		vrp_list_sort(&draft->vrps[i]);
		fault = vrp_table_make(&data->heap, (enum family)i, &draft->vrps[i],
				       &data->vrps[i]);
	}
	if (!failed(fault))
		fault = aspa_table_make(&data->heap, &draft->aspas, &data->aspas);
	if (failed(fault)) {
		rpki_data_unref(data);
		return fault;
	}
	*out = data;
	return fault;
}

struct rpki_data *rpki_data_ref(struct rpki_data *data)
{
	if (data != NULL)
		atomic_fetch_add_explicit(&data->users, 1, memory_order_relaxed);
	return data;
}

void rpki_data_unref(struct rpki_data *data)
{
	if (data == NULL || atomic_fetch_sub_explicit(&data->users, 1, memory_order_acq_rel) != 1)
		return;
	for (uint32_t i = 0; i < FAMILY_COUNT; i++)
		vrp_table_fini(&data->heap, &data->vrps[i]);
	aspa_table_fini(&data->heap, &data->aspas);
	struct heap heap = data->heap;
	heap_free(&heap, data, sizeof *data);
	CHECK(heap.used_octets == 0);
}

uint32_t rpki_vrp_count(const struct rpki_data *data)
{
	return data == NULL ? 0 : data->vrps[0].count + data->vrps[1].count;
}

uint64_t rpki_data_octets(const struct rpki_data *data)
{
	return data == NULL ? 0 : data->heap.used_octets;
}

/* --- origins ---------------------------------------------------------------------------------- */

static struct vrp_key key_of_prefix(const struct prefix *prefix)
{
	struct vrp vrp = { .prefix = *prefix };

	return vrp_key_of(&vrp);
}

enum rpki_state rpki_origin(const struct rpki_data *data, const struct prefix *prefix,
			    uint32_t origin, bool any_length)
{
	if (data == NULL)
		return RPKI_NOT_CHECKED;
	const struct vrp_table *table = &data->vrps[prefix->family];
	struct vrp_key key = key_of_prefix(prefix);
	uint32_t number = 0;

	if (!vrp_table_cover(table, &key, &number))
		return RPKI_NOT_FOUND;
	do {
		uint8_t len_bits_max = 0;
		if (origin != 0 && vrp_table_max(table, number, origin, &len_bits_max) &&
		    (any_length || prefix->len_bits <= len_bits_max))
			return RPKI_VALID;
	} while (vrp_table_around(table, &number));
	return RPKI_INVALID;
}

uint32_t rpki_covering(const struct rpki_data *data, const struct prefix *prefix, struct vrp *out,
		       uint32_t room)
{
	struct vrp_key key = key_of_prefix(prefix);
	uint32_t number = 0;
	uint32_t count = 0;

	if (data == NULL || !vrp_table_cover(&data->vrps[prefix->family], &key, &number))
		return 0;
	const struct vrp_table *table = &data->vrps[prefix->family];
	do {
		for (uint32_t i = table->first[number]; i < table->first[number + 1]; i++) {
			struct vrp_key at = vrp_table_key(table, number, i);
			if (count < room)
				out[count] = vrp_of_key((enum family)prefix->family, &at);
			count++;
		}
	} while (vrp_table_around(table, &number));
	return count;
}

const char *rpki_state_name(enum rpki_state state)
{
	switch (state) {
	case RPKI_VALID:
		return "valid";
	case RPKI_NOT_FOUND:
		return "not found";
	case RPKI_NOT_CHECKED:
		return "not checked";
	case RPKI_INVALID:
		return "invalid";
	}
	return "not checked";
}

/* --- paths ------------------------------------------------------------------------------------ */

void rpki_path_begin(struct rpki_path *path, const struct rpki_data *data)
{
	*path = (struct rpki_path){ .data = data != NULL && data->has_aspas ? data : NULL };
}

void rpki_path_next(struct rpki_path *path, uint32_t asn)
{
	uint32_t provider = path->last;

	path->last = asn;
	if (path->data == NULL || provider == 0 || provider == asn || path->bad_customer != 0)
		return;
	const struct aspa_table *table = &path->data->aspas;
	const struct aspa_entry *entry = aspa_table_find(table, asn);
	if (entry == NULL) {
		path->is_unknown = true;
	} else if (!aspa_table_has(table, entry, provider)) {
		path->bad_customer = asn;
		path->bad_provider = provider;
	}
}

enum rpki_state rpki_path_state(const struct rpki_path *path, bool is_sequence)
{
	if (path->data == NULL)
		return RPKI_NOT_CHECKED;
	if (!is_sequence || path->last == 0 || path->bad_customer != 0)
		return RPKI_INVALID;
	return path->is_unknown ? RPKI_NOT_FOUND : RPKI_VALID;
}
