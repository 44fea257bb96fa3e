/* registry/import_judge.c — a member export by itself, before it is compared with the registry.
 *
 * Each entry that cannot be is complained of, and each that is left out is marked. */
#include <stdio.h>
#include <stdlib.h>

#include "registry/importing.h"

static int wanted_compare(const void *left, const void *right)
{
	const struct wanted *a = *(struct wanted *const *)left;
	const struct wanted *b = *(struct wanted *const *)right;
	int order = address_compare(&a->file->address, &b->file->address);

	if (order != 0)
		return order;
	return (a->file->order > b->file->order) - (a->file->order < b->file->order);
}

/* Addresses of no LAN of ours are errors, or left out when that was asked for. */
static void lans_judge(struct importing *importing)
{
	for (uint32_t i = 0; i < importing->file->address_count; i++) {
		const struct ixf_address *file = &importing->file->address[i];
		struct wanted *wanted = &importing->wanted[i];
		*wanted = (struct wanted){ .file = file };
		importing->by_address[i] = wanted;
		bool is_foreign = registry_lan_of(importing->exchange, &file->address) == NULL;
		char who[32];
		importing->foreign_count += is_foreign ? 1 : 0;
		wanted->is_out = is_foreign && importing->options.leaves_out_foreign;
		if (file->asn != 0)
			(void)snprintf(who, sizeof who, "AS%u", file->asn);
		else
			(void)snprintf(who, sizeof who, "member_list[%u]", file->place);
		if (!wanted->is_out)
			registry_address_check(importing->exchange, who, &file->address,
					       importing->complaints);
	}
}

static bool is_ours(const struct registry_exchange *exchange, const struct prefix *lan)
{
	for (uint32_t i = 0; i < exchange->lan_count; i++) {
		if (prefix_contains(&exchange->lan[i], lan) ||
		    prefix_contains(lan, &exchange->lan[i]))
			return true;
	}
	return false;
}

bool importing_is_others(const struct importing *importing)
{
	bool has_ours = importing->file->lan_count == 0;

	for (uint32_t i = 0; i < importing->file->lan_count; i++)
		has_ours |= is_ours(importing->exchange, &importing->file->lan[i]);
	return !has_ours;
}

/* Why so many addresses are foreign, where the file says it: it is another exchange's. */
static void file_lans_tell(const struct importing *importing)
{
	const struct ixf_list *file = importing->file;
	char list[IXF_LANS_MAX * (PREFIX_TEXT_MAX + 2u)] = "";
	size_t len = 0;
	uint32_t count = 0;

	for (uint32_t i = 0; i < file->lan_count && importing->foreign_count != 0; i++) {
		char text[PREFIX_TEXT_MAX];
		if (is_ours(importing->exchange, &file->lan[i]))
			continue;
		prefix_print(&file->lan[i], text);
		len += (size_t)snprintf(list + len, sizeof list - len, "%s%s",
					count++ != 0 ? ", " : "", text);
	}
	if (count != 0)
		complain(
			importing->complaints, true,
			"the file is of an exchange with the LAN%s %.200s, which %s not this one's",
			count == 1 ? "" : "s", list, count == 1 ? "is" : "are");
}

/* The same address twice: of one member said, of two refused. */
static void duplicates_judge(struct importing *importing)
{
	uint32_t count = importing->file->address_count;
	char text[ADDRESS_TEXT_MAX];

	if (count != 0)
		qsort(importing->by_address, count, sizeof *importing->by_address, wanted_compare);
	for (uint32_t i = 1; i < count; i++) {
		const struct ixf_address *before = importing->by_address[i - 1]->file;
		struct wanted *wanted = importing->by_address[i];
		if (wanted->is_out || wanted->file->asn == 0 || before->asn == 0 ||
		    address_compare(&before->address, &wanted->file->address) != 0)
			continue;
		address_print(&before->address, text);
		wanted->is_out = before->asn == wanted->file->asn;
		if (wanted->is_out)
			complain(importing->complaints, true,
				 "AS%u: %s stands twice in the file; taken once", before->asn,
				 text);
		else
			complain(importing->complaints, false,
				 "%s stands twice in the file, for AS%u (member_list[%u]) and AS%u "
				 "(member_list[%u])",
				 text, before->asn, before->place, wanted->file->asn,
				 wanted->file->place);
	}
}

uint32_t importing_usable(const struct importing *importing, const struct ixf_member *member)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < member->address_count; i++)
		count += importing->wanted[member->address_first + i].is_out ? 0 : 1;
	return count;
}

static void members_judge(struct importing *importing)
{
	for (uint32_t i = 0; i < importing->file->member_count; i++) {
		const struct ixf_member *member = &importing->file->member[i];
		uint32_t count = importing_usable(importing, member);
		importing->used_count += count;
		if (member->asn == 0) {
			continue; /* said by the reader */
		} else if (count != 0) {
			registry_asn_check(importing->exchange, member->asn, importing->complaints);
		} else if (importing->silent_count++ == 0) {
			importing->silent_asn = member->asn;
		}
	}
	file_lans_tell(importing);
	if (importing->foreign_count != 0 && importing->options.leaves_out_foreign)
		complain(importing->complaints, true,
			 "%u address%s in none of the exchange's LANs: left out",
			 importing->foreign_count,
			 importing->foreign_count == 1 ? " lies" : "es lie");
	if (importing->silent_count == 1)
		complain(importing->complaints, true, "AS%u has no address here: left out",
			 importing->silent_asn);
	else if (importing->silent_count != 0)
		complain(importing->complaints, true,
			 "AS%u and %u other members have no address here: left out",
			 importing->silent_asn, importing->silent_count - 1);
}

struct fault importing_judge(struct importing *importing)
{
	uint32_t count = importing->file->address_count;

	importing->wanted = heap_array(&importing->heap, count + 1u, sizeof *importing->wanted);
	importing->by_address = heap_array(&importing->heap, count + 1u,
					   sizeof *importing->by_address);
	if (importing->wanted == NULL || importing->by_address == NULL)
		return fault_of(FAULT_LIMIT, 0);
	lans_judge(importing);
	duplicates_judge(importing);
	members_judge(importing);
	return fault_none();
}

void importing_fini(struct importing *importing)
{
	size_t count = importing->file->address_count + 1u;

	registry_list_fini(&importing->held);
	heap_free(&importing->heap, importing->wanted, count * sizeof *importing->wanted);
	heap_free(&importing->heap, importing->by_address, count * sizeof *importing->by_address);
}

void registry_import_judge(const struct registry_exchange *exchange, const struct ixf_list *file,
			   struct registry_import_options options, struct complaints *complaints)
{
	struct importing importing = { .exchange = exchange,
				       .file = file,
				       .options = options,
				       .complaints = complaints,
				       .heap = heap_libc() };

	registry_list_init(&importing.held, &importing.heap);
	if (failed(importing_judge(&importing)))
		complain(complaints, false, "import: out of memory");
	importing_fini(&importing);
}
