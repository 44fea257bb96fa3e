/* rpki/update.c — sorted changes walked along a sorted table. */
#include "rpki/update.h"

#include <stdlib.h>

#include "base/rd.h"

void rpki_update_begin(struct rpki_update *update, struct heap *heap, bool is_full)
{
	*update = (struct rpki_update){ .heap = heap,
					.is_full = is_full,
					.aspas = { .heap = heap } };
}

static struct fault vrp_add(struct rpki_update *update, const struct rtr_pdu *pdu)
{
	enum family family = (enum family)pdu->vrp.prefix.family;
	uint32_t *count = &update->count[family];

	if (update->count[FAMILY_IPV4] + update->count[FAMILY_IPV6] >= VRPS_MAX ||
	    !heap_grow(update->heap, (void **)&update->change[family], &update->room[family],
		       *count + 1, sizeof *update->change[family]))
		return fault_of(FAULT_LIMIT, 0);
	update->change[family][*count] = (struct vrp_change){ .key = vrp_key_of(&pdu->vrp),
							      .order = *count,
							      .announces = pdu->announces };
	++*count;
	return fault_none();
}

struct fault rpki_update_add(struct rpki_update *update, const struct rtr_pdu *pdu)
{
	struct rd rd = rd_of_octets(pdu->providers);

	if (pdu->type != RTR_ASPA)
		return vrp_add(update, pdu);
	TRY(aspa_list_begin(&update->aspas, pdu->customer));
	while (rd_more(&rd))
		TRY(aspa_list_provider(&update->aspas, rd_u32(&rd)));
	return fault_none();
}

bool rpki_update_is_empty(const struct rpki_update *update)
{
	return update->count[0] == 0 && update->count[1] == 0 && update->aspas.count == 0;
}

void rpki_update_clear(struct rpki_update *update)
{
	if (update->heap == NULL)
		return;
	for (uint32_t i = 0; i < FAMILY_COUNT; i++)
		heap_free(update->heap, update->change[i],
			  update->room[i] * sizeof *update->change[i]);
	aspa_list_fini(&update->aspas);
	*update = (struct rpki_update){ 0 };
}

/* --- VRPs ------------------------------------------------------------------------------------- */

static int by_key_and_order(const void *a, const void *b)
{
	const struct vrp_change *x = a;
	const struct vrp_change *y = b;
	int order = vrp_key_compare(&x->key, &y->key);

	return order != 0 ? order : (x->order > y->order) - (x->order < y->order);
}

/* All changes of one record, in the order they came; *is_there before and after. */
static struct fault record_change(const struct vrp_change *list, uint32_t count, uint32_t *at,
				  bool *is_there)
{
	const struct vrp_key *key = &list[*at].key;

	for (; *at < count && vrp_key_compare(&list[*at].key, key) == 0; ++*at) {
		if (list[*at].announces == *is_there)
			return fault_of(FAULT_MALFORMED,
					*is_there ? RTR_DUPLICATE : RTR_UNKNOWN_WITHDRAWAL);
		*is_there = !*is_there;
	}
	return fault_none();
}

static struct fault family_apply(struct rpki_update *update, enum family family,
				 const struct vrp_table *before, struct vrp_list *out)
{
	struct vrp_change *list = update->change[family];
	uint32_t count = update->count[family];
	struct vrp_walk walk = { 0 };
	struct vrp_key old;
	bool has_old = vrp_table_next(before, &walk, &old);
	uint32_t at = 0;

	if (count != 0)
		qsort(list, count, sizeof *list, by_key_and_order);
	while (has_old || at < count) {
		int order = at == count ? -1 : !has_old ? 1 : vrp_key_compare(&old, &list[at].key);
		struct vrp_key key = order <= 0 ? old : list[at].key;
		bool is_there = order <= 0;
		if (order >= 0)
			TRY(record_change(list, count, &at, &is_there));
		if (order <= 0)
			has_old = vrp_table_next(before, &walk, &old);
		if (is_there)
			TRY(vrp_list_add(out, &key));
	}
	return fault_none();
}

/* --- ASPAs ------------------------------------------------------------------------------------ */

static struct fault aspa_keep(struct aspa_list *out, const uint32_t *provider,
			      const struct aspa_entry *entry)
{
	TRY(aspa_list_begin(out, entry->customer));
	for (uint32_t i = 0; i < entry->count; i++)
		TRY(aspa_list_provider(out, provider[entry->first + i]));
	return fault_none();
}

/* What was said last of a customer holds. */
static struct fault aspas_apply(struct rpki_update *update, const struct aspa_table *before,
				struct aspa_list *out)
{
	const struct aspa_list *list = &update->aspas;
	uint32_t i = 0;
	uint32_t j = 0;

	if (list->count != 0)
		qsort(list->entry, list->count, sizeof *list->entry, aspa_entry_compare);
	while (i < before->count || j < list->count) {
		const struct aspa_entry *old = i < before->count ? &before->entry[i] : NULL;
		if (j == list->count || (old != NULL && old->customer < list->entry[j].customer)) {
			TRY(aspa_keep(out, before->provider, old));
			i++;
			continue;
		}
		const struct aspa_entry *new = &list->entry[j];
		bool is_there = old != NULL && old->customer == new->customer;
		i += is_there ? 1 : 0;
		if (!is_there && new->count == 0)
			return fault_of(FAULT_MALFORMED, RTR_UNKNOWN_WITHDRAWAL);
		while (j + 1 < list->count && list->entry[j + 1].customer == new->customer)
			new = &list->entry[++j];
		j++;
		if (new->count != 0)
			TRY(aspa_keep(out, list->provider, new));
	}
	return fault_none();
}

struct fault rpki_update_apply(struct rpki_update *update, const struct rpki_data *before,
			       bool has_aspas, struct rpki_data **out)
{
	static const struct rpki_data empty;
	const struct rpki_data *old = before == NULL || update->is_full ? &empty : before;
	struct fault fault = fault_none();
	struct rpki_draft draft;

	rpki_draft_init(&draft, update->heap);
	draft.has_aspas = has_aspas;
	for (uint32_t i = 0; i < FAMILY_COUNT && !failed(fault); i++)
		fault = family_apply(update, (enum family)i, &old->vrps[i], &draft.vrps[i]);
	if (!failed(fault) && draft.vrps[0].count + draft.vrps[1].count > VRPS_MAX)
		fault = fault_of(FAULT_LIMIT, 0);
	if (!failed(fault))
		fault = aspas_apply(update, &old->aspas, &draft.aspas);
	if (!failed(fault))
		fault = rpki_data_make(&draft, out);
	rpki_draft_fini(&draft);
	return fault;
}
