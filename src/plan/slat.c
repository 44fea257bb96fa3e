/* plan/slat.c — rows found by their addresses, and the forms of a next hop. */
#include "plan/slat.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/mem.h"
#include "plan/plan.h"

static const struct session_set nobody;

struct fault plan_slat_name_add(struct plan *plan, const struct address *address, uint16_t row)
{
	if (!heap_grow(&plan->heap, (void **)&plan->slat_name, &plan->slat_name_room,
		       plan->slat_name_count + 1, sizeof *plan->slat_name))
		return fault_of(FAULT_LIMIT, 0);
	plan->slat_name[plan->slat_name_count++] = (struct plan_slat_name){ .address = *address,
									    .row = row };
	return fault_none();
}

struct fault plan_slat_add(struct plan *plan, const struct plan_slat_row *row, uint16_t *number)
{
	uint32_t next = plan->slat_count == 0 ? 1 : plan->slat_count;

	if (next > PLAN_SLAT_ROWS_MAX || !heap_grow(&plan->heap, (void **)&plan->slat,
						    &plan->slat_room, next + 1, sizeof *plan->slat))
		return fault_of(FAULT_LIMIT, 0);
	plan->slat[next] = *row;
	plan->slat_count = next + 1;
	*number = (uint16_t)next;
	if (row->has_ipv4)
		TRY(plan_slat_name_add(plan, &row->ipv4, *number));
	if (row->has_ipv6)
		TRY(plan_slat_name_add(plan, &row->ipv6, *number));
	if (row->has_link_local)
		TRY(plan_slat_name_add(plan, &row->link_local, *number));
	return fault_none();
}

static int name_compare(const void *left, const void *right)
{
	const struct plan_slat_name *a = left;
	const struct plan_slat_name *b = right;
	int order = address_compare(&a->address, &b->address);

	return order != 0 ? order : (a->row > b->row) - (a->row < b->row);
}

/* A session without a row is known by its own address alone. */
static void users_note(struct plan *plan, const struct plan_session *session)
{
	const struct plan_slat_row *row = plan_slat_row_of(plan, session->slat);
	bool is_ipv4 = session->address.family == FAMILY_IPV4;

	if (is_ipv4 || (row != NULL && row->is_on_ipv4))
		session_set_add(&plan->on_ipv4, session->id);
	if (is_ipv4 || (row != NULL && row->has_ipv4))
		session_set_add(&plan->takes_ipv4, session->id);
}

void plan_slat_seal(struct plan *plan)
{
	if (plan->slat_name_count != 0)
		qsort(plan->slat_name, plan->slat_name_count, sizeof *plan->slat_name,
		      name_compare);
	for (uint32_t i = 0; i < plan->session_end; i++) {
		if (plan->session[i].used)
			users_note(plan, &plan->session[i]);
	}
}

uint16_t plan_slat_find(const struct plan *plan, const struct address *address)
{
	uint32_t low = 0;
	uint32_t high = plan->slat_name_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (address_compare(&plan->slat_name[middle].address, address) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < plan->slat_name_count &&
			       address_compare(&plan->slat_name[low].address, address) == 0 ?
		       plan->slat_name[low].row :
		       0;
}

const struct plan_slat_row *plan_slat_row_of(const struct plan *plan, uint16_t row)
{
	if (row == 0 || row == PLAN_SLAT_BLACKHOLE)
		return NULL;
	CHECK(row < plan->slat_count);
	return &plan->slat[row];
}

bool plan_translates(const struct plan *plan)
{
	return plan->rules.ipv6_only_lan != IPV6_ONLY_LAN_OFF;
}

static void form_put(struct plan_next_hop_form *form, const struct address *address)
{
	struct octets octets = address_octets_of(address);

	CHECK(form->len_octets + octets.len_octets <= sizeof form->octet);
	mem_copy(form->octet + form->len_octets, octets.at, octets.len_octets);
	form->len_octets = (uint8_t)(form->len_octets + octets.len_octets);
}

struct plan_next_hop_form plan_next_hop_form(const struct plan *plan, struct plan_next_hop next_hop,
					     bool is_extended)
{
	const struct plan_slat_row *row = plan_slat_row_of(plan, next_hop.row);
	struct plan_next_hop_form form = { 0 };

	if (next_hop.is_ipv6 == is_extended || !plan_translates(plan))
		return form;
	if (next_hop.row == PLAN_SLAT_BLACKHOLE) {
		if (plan->rules.has_blackhole_next_hop[is_extended ? FAMILY_IPV6 : FAMILY_IPV4])
			form_put(&form, &plan->rules.blackhole_next_hop[is_extended ? FAMILY_IPV6 :
										      FAMILY_IPV4]);
		return form;
	}
	if (row == NULL)
		return form;
	if (!is_extended && row->has_ipv4)
		form_put(&form, &row->ipv4);
	if (is_extended && row->has_ipv6) {
		form_put(&form, &row->ipv6);
		if (row->has_link_local)
			form_put(&form, &row->link_local);
	}
	return form;
}

enum plan_next_hop_users plan_next_hop_users(const struct plan *plan, struct plan_next_hop next_hop,
					     bool is_extended)
{
	bool changes = plan_next_hop_form(plan, next_hop, is_extended).len_octets != 0;
	bool leaves_as_ipv6 = next_hop.is_ipv6 != changes;

	if (leaves_as_ipv6)
		return is_extended ? NEXT_HOP_USERS_ALL : NEXT_HOP_USERS_NONE;
	if (!plan_translates(plan))
		return NEXT_HOP_USERS_ALL;
	return is_extended ? NEXT_HOP_USERS_ON_IPV4 : NEXT_HOP_USERS_TAKES_IPV4;
}

const struct session_set *plan_users_of(const struct plan *plan, enum plan_next_hop_users users)
{
	switch (users) {
	case NEXT_HOP_USERS_ALL:
		return &plan->all;
	case NEXT_HOP_USERS_ON_IPV4:
		return &plan->on_ipv4;
	case NEXT_HOP_USERS_TAKES_IPV4:
		return &plan->takes_ipv4;
	case NEXT_HOP_USERS_NONE:
		break;
	}
	return &nobody;
}
