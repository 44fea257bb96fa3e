/* registry/verify_macs.c — a MAC address that routers of two members are recorded with: one of the
 * records is wrong, and switches that go by them let in who should not be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry/fact.h"
#include "registry/inside.h"

#define MAC_TEXT_MAX 18u /* "02:00:00:00:00:01" */

struct mac_use {
	char mac[MAC_TEXT_MAX];
	char address[ADDRESS_TEXT_MAX];
	uint32_t asn;
};

struct mac_uses {
	struct heap heap;
	struct mac_use *item;
	uint32_t count;
	uint32_t room;
};

static struct fault uses_add(struct mac_uses *uses, const char *list, const char *address,
			     uint32_t asn)
{
	char mac[FACT_VALUE_MAX];
	uint32_t from = 0;

	while (fact_list_next(list, &from, mac)) {
		if (!heap_grow(&uses->heap, (void **)&uses->item, &uses->room, uses->count + 1,
			       sizeof *uses->item))
			return fault_of(FAULT_LIMIT, 0);
		struct mac_use *use = &uses->item[uses->count++];
		*use = (struct mac_use){ .asn = asn };
		(void)snprintf(use->mac, sizeof use->mac, "%.17s", mac);
		(void)snprintf(use->address, sizeof use->address, "%.*s",
			       (int)(sizeof use->address - 1), address);
	}
	return fault_none();
}

static struct fault uses_read(struct store *store, struct mac_uses *uses)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	TRY(store_prepare(store,
			  "SELECT p.mac_addresses, a.address, m.asn FROM address_profile p"
			  " JOIN address a ON a.address = p.address"
			  " JOIN connection c ON c.id = a.connection_id"
			  " JOIN member m ON m.id = c.member_id"
			  " WHERE p.mac_addresses <> '' ORDER BY m.asn, a.slot",
			  &statement));
	TRY(store_step(statement, &has_row));
	while (has_row) {
		TRY(uses_add(uses, store_text(statement, 0), store_text(statement, 1),
			     (uint32_t)store_int(statement, 2)));
		TRY(store_step(statement, &has_row));
	}
	return fault_none();
}

static int use_compare(const void *a, const void *b)
{
	const struct mac_use *first = a;
	const struct mac_use *second = b;
	int order = strcmp(first->mac, second->mac);

	if (order != 0)
		return order;
	if (first->asn != second->asn)
		return first->asn < second->asn ? -1 : 1;
	return strcmp(first->address, second->address);
}

struct fault macs_verify(struct store *store, struct complaints *complaints)
{
	struct mac_uses uses = { .heap = heap_libc() };
	struct fault fault = uses_read(store, &uses);

	if (uses.count != 0)
		qsort(uses.item, uses.count, sizeof *uses.item, use_compare);
	for (uint32_t i = 1; i < uses.count && !failed(fault); i++) {
		const struct mac_use *before = &uses.item[i - 1];
		const struct mac_use *use = &uses.item[i];
		if (strcmp(before->mac, use->mac) == 0 && before->asn != use->asn)
			complain(complaints, true,
				 "the MAC address %s is recorded for AS%u (%s) and for AS%u (%s)",
				 use->mac, before->asn, before->address, use->asn, use->address);
	}
	heap_free(&uses.heap, uses.item, uses.room * sizeof *uses.item);
	return fault;
}
