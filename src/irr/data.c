/* irr/data.c — all members' sets. */
#include "irr/data.h"

#include <stdlib.h>

static int member_compare(const void *left, const void *right)
{
	uint32_t a = ((const struct irr_member *)left)->asn;
	uint32_t b = ((const struct irr_member *)right)->asn;

	return (a > b) - (a < b);
}

struct fault irr_data_new(const struct irr_member *members, uint32_t count, struct irr_data **out)
{
	struct heap heap = heap_libc();
	struct irr_data *data = heap_zero(&heap, sizeof *data);

	if (count > IRR_MEMBERS_MAX || data == NULL)
		goto failed;
	data->member = count != 0 ? heap_array(&heap, count, sizeof *data->member) : NULL;
	if (count != 0 && data->member == NULL)
		goto failed;
	for (uint32_t i = 0; i < count; i++)
		data->member[i] = (struct irr_member){ members[i].asn,
						       irr_set_ref(members[i].set) };
	if (count != 0)
		qsort(data->member, count, sizeof *data->member, member_compare);
	data->count = count;
	data->heap = heap;
	atomic_init(&data->users, 1);
	*out = data;
	return fault_none();
failed:
	heap_free(&heap, data, sizeof *data);
	return fault_of(FAULT_LIMIT, 0);
}

struct irr_data *irr_data_ref(struct irr_data *data)
{
	if (data != NULL)
		atomic_fetch_add_explicit(&data->users, 1, memory_order_relaxed);
	return data;
}

void irr_data_unref(struct irr_data *data)
{
	if (data == NULL || atomic_fetch_sub_explicit(&data->users, 1, memory_order_acq_rel) != 1)
		return;
	struct heap heap = data->heap;
	for (uint32_t i = 0; i < data->count; i++)
		irr_set_unref(data->member[i].set);
	heap_free(&heap, data->member, data->count * sizeof *data->member);
	heap_free(&heap, data, sizeof *data);
}

const struct irr_set *irr_data_of(const struct irr_data *data, uint32_t asn)
{
	uint32_t low = 0;
	uint32_t high = data != NULL ? data->count : 0;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (data->member[middle].asn == asn)
			return data->member[middle].set;
		if (data->member[middle].asn < asn)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

bool irr_data_differs(const struct irr_data *before, const struct irr_data *after, uint32_t asn)
{
	const struct irr_set *a = irr_data_of(before, asn);
	const struct irr_set *b = irr_data_of(after, asn);

	return a != b && (a == NULL || b == NULL || !irr_set_equal(a, b));
}
