/* registry/import.c — the difference between a member export and the registry.
 *
 * Both sides are ascending by AS number, so one walk meets every member once.  Before it the file
 * is judged (import_judge.c). */
#include "registry/importing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

/* One member on both sides. */
struct pair {
	uint32_t asn;
	const struct ixf_member *file; /* NULL: not in the file */
	struct registry_member *held;  /* its connections */
	uint32_t held_count;
};

void registry_import_init(struct registry_import *import, struct heap *heap)
{
	*import = (struct registry_import){ .heap = heap };
}

void registry_import_fini(struct registry_import *import)
{
	heap_free(import->heap, import->change, import->change_room * sizeof *import->change);
	heap_free(import->heap, import->text, import->text_room);
	registry_import_init(import, import->heap);
}

/* --- changes ---------------------------------------------------------------------------------- */

struct registry_change *importing_change(struct importing *importing,
					 enum registry_change_kind kind, uint32_t asn)
{
	struct registry_import *out = importing->out;

	if (!heap_grow(out->heap, (void **)&out->change, &out->change_room, out->change_count + 1,
		       sizeof *out->change)) {
		importing->memory_is_out = true;
		return NULL;
	}
	struct registry_change *change = &out->change[out->change_count++];
	*change = (struct registry_change){ .kind = kind, .asn = asn };
	return change;
}

static void text_change(struct importing *importing, enum registry_change_kind kind, uint32_t asn,
			const char *from, const char *to)
{
	struct registry_change *change = importing_change(importing, kind, asn);

	if (change == NULL)
		return;
	(void)snprintf(change->from, sizeof change->from, "%s", from);
	(void)snprintf(change->to, sizeof change->to, "%s", to);
}

static void address_change(struct importing *importing, enum registry_change_kind kind,
			   uint32_t asn, int64_t connection_id, const struct address *address)
{
	struct registry_change *change = importing_change(importing, kind, asn);

	if (change == NULL)
		return;
	change->connection_id = connection_id;
	change->address = *address;
	if (kind == CHANGE_ADDRESS_ADD)
		importing->out->addresses_added++;
	else
		importing->out->addresses_removed++;
}

/* --- a member --------------------------------------------------------------------------------- */

static void member_add(struct importing *importing, const struct ixf_member *file)
{
	struct registry_change *change = importing_change(importing, CHANGE_MEMBER_ADD, file->asn);

	if (change == NULL)
		return;
	if (file->name[0] != '\0')
		(void)snprintf(change->to, sizeof change->to, "%s", file->name);
	else
		(void)snprintf(change->to, sizeof change->to, "AS%u", file->asn);
	(void)snprintf(change->macro, sizeof change->macro, "%s", file->as_macro);
	importing->out->members_added++;
}

static void limit_raise(uint32_t *limit, uint32_t said)
{
	if (said > *limit)
		*limit = said;
}

/* The addresses from `first` on that are in the same connection of the file; at most as many as
 * fit one of ours. */
static void connection_add(struct importing *importing, uint32_t first, uint32_t end)
{
	struct registry_change *change = NULL;
	uint32_t at = 0; /* the change may move when others are added */
	uint32_t count = 0;

	for (uint32_t i = first; i < end; i++) {
		const struct wanted *wanted = &importing->wanted[i];
		if (wanted->is_out || wanted->at != NULL)
			continue;
		if (count % REGISTRY_ADDRESSES_MAX == 0) {
			at = importing->out->change_count;
			change = importing_change(importing, CHANGE_CONNECTION_ADD,
						  wanted->file->asn);
		}
		if (change == NULL)
			return;
		limit_raise(&importing->out->change[at].routes_to[wanted->file->address.family],
			    wanted->file->routes_max);
		address_change(importing, CHANGE_ADDRESS_ADD, wanted->file->asn, 0,
			       &wanted->file->address);
		count++;
	}
}

/* The member's own connection that has the address. */
static struct registry_member *held_at(const struct pair *pair, const struct address *address)
{
	for (uint32_t i = 0; i < pair->held_count; i++) {
		for (uint32_t j = 0; j < pair->held[i].address_count; j++) {
			if (address_compare(&pair->held[i].address[j], address) == 0)
				return &pair->held[i];
		}
	}
	return NULL;
}

static uint32_t group_end(const struct importing *importing, const struct ixf_member *file,
			  uint32_t first)
{
	const struct ixf_address *all = importing->file->address;
	uint32_t end = first;

	while (end < file->address_first + file->address_count &&
	       all[end].connection == all[first].connection)
		end++;
	return end;
}

/* How many addresses of the file are or will be in this connection of ours. */
static uint32_t claims(const struct importing *importing, const struct ixf_member *file,
		       const struct registry_member *held)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < file->address_count; i++) {
		const struct wanted *wanted = &importing->wanted[file->address_first + i];
		count += !wanted->is_out && wanted->at == held ? 1 : 0;
	}
	return count;
}

/* Where a connection of the file is ours: where one of its addresses is; else one that the file
 * leaves nothing of, since a member that got other addresses keeps its settings. */
static struct registry_member *group_target(const struct importing *importing,
					    const struct pair *pair, uint32_t first, uint32_t end)
{
	for (uint32_t i = first; i < end; i++) {
		if (!importing->wanted[i].is_out && importing->wanted[i].at != NULL)
			return importing->wanted[i].at;
	}
	for (uint32_t i = 0; i < pair->held_count; i++) {
		if (claims(importing, pair->file, &pair->held[i]) == 0)
			return &pair->held[i];
	}
	return NULL;
}

/* New addresses of one connection of the file go where it is ours, while there is room. */
static void group_place(struct importing *importing, const struct pair *pair, uint32_t first,
			uint32_t end)
{
	struct registry_member *target = group_target(importing, pair, first, end);

	for (uint32_t i = first; i < end && target != NULL; i++) {
		struct wanted *wanted = &importing->wanted[i];
		if (wanted->is_out || wanted->at != NULL)
			continue;
		if (claims(importing, pair->file, target) == REGISTRY_ADDRESSES_MAX)
			break;
		wanted->at = target;
		address_change(importing, CHANGE_ADDRESS_ADD, wanted->file->asn,
			       target->connection_id, &wanted->file->address);
	}
	connection_add(importing, first, end);
}

static bool is_wanted(const struct importing *importing, const struct ixf_member *file,
		      const struct address *address)
{
	for (uint32_t i = 0; i < file->address_count; i++) {
		const struct wanted *wanted = &importing->wanted[file->address_first + i];
		if (!wanted->is_out && address_compare(&wanted->file->address, address) == 0)
			return true;
	}
	return false;
}

/* What the file has no more of this connection, and its limits. */
static void connection_compare(struct importing *importing, const struct ixf_member *file,
			       const struct registry_member *held)
{
	uint32_t said[FAMILY_COUNT] = { 0 };
	uint32_t left = 0;

	for (uint32_t i = 0; i < file->address_count; i++) {
		const struct wanted *wanted = &importing->wanted[file->address_first + i];
		if (wanted->is_out || wanted->at != held)
			continue;
		left++;
		limit_raise(&said[wanted->file->address.family], wanted->file->routes_max);
	}
	for (uint32_t i = 0; i < held->address_count; i++) {
		if (!is_wanted(importing, file, &held->address[i]))
			address_change(importing, CHANGE_ADDRESS_REMOVE, held->asn,
				       held->connection_id, &held->address[i]);
	}
	for (uint32_t i = 0; i < FAMILY_COUNT && left != 0; i++) {
		if (said[i] == 0 || said[i] == held->routes_max[i])
			continue;
		struct registry_change *change = importing_change(importing, CHANGE_LIMIT,
								  held->asn);
		if (change == NULL)
			return;
		change->connection_id = held->connection_id;
		change->family = (enum family)i;
		change->routes_from[i] = held->routes_max[i];
		change->routes_to[i] = said[i];
	}
	if (left == 0) {
		struct registry_change *change = importing_change(
			importing, CHANGE_CONNECTION_REMOVE, held->asn);
		if (change != NULL)
			change->connection_id = held->connection_id;
	}
}

static void groups_place(struct importing *importing, const struct pair *pair)
{
	uint32_t end = pair->file->address_first + pair->file->address_count;

	for (uint32_t first = pair->file->address_first; first < end;) {
		uint32_t next = group_end(importing, pair->file, first);
		group_place(importing, pair, first, next);
		first = next;
	}
}

static void member_compare(struct importing *importing, const struct pair *pair)
{
	const struct ixf_member *file = pair->file;
	const struct registry_member *held = pair->held;
	uint32_t before = importing->out->change_count;

	if (file->name[0] != '\0' && strcmp(file->name, held->name) != 0)
		text_change(importing, CHANGE_MEMBER_NAME, pair->asn, held->name, file->name);
	if (file->as_macro[0] != '\0' && strcmp(file->as_macro, held->as_macro) != 0)
		text_change(importing, CHANGE_MEMBER_MACRO, pair->asn, held->as_macro,
			    file->as_macro);
	for (uint32_t i = 0; i < file->address_count; i++) {
		struct wanted *wanted = &importing->wanted[file->address_first + i];
		wanted->at = held_at(pair, &wanted->file->address);
	}
	groups_place(importing, pair);
	for (uint32_t i = 0; i < pair->held_count; i++)
		connection_compare(importing, file, &pair->held[i]);
	if (importing->out->change_count != before)
		importing->out->members_changed++;
}

/* To a connection that is active we connect. */
static void unserved_judge(struct importing *importing, const struct ixf_member *file)
{
	for (uint32_t i = 0; i < file->address_count; i++) {
		const struct wanted *wanted = &importing->wanted[file->address_first + i];
		if (!wanted->is_out && !wanted->file->no_session &&
		    (wanted->at == NULL || !wanted->at->is_active))
			unserved_take_address(&importing->unserved, importing->exchange, file->asn,
					      &wanted->file->address);
	}
}

static void pair_compare(struct importing *importing, const struct pair *pair)
{
	bool in_file = pair->file != NULL && importing_usable(importing, pair->file) != 0;

	if (in_file && pair->held_count != 0) {
		member_compare(importing, pair);
	} else if (in_file) {
		member_add(importing, pair->file);
		groups_place(importing, pair);
	}
	if (in_file) {
		unserved_judge(importing, pair->file);
	} else if (pair->held_count != 0 && importing->options.removes_missing) {
		text_change(importing, CHANGE_MEMBER_REMOVE, pair->asn, pair->held->name, "");
		importing->out->members_removed++;
		for (uint32_t i = 0; i < pair->held_count; i++)
			importing->out->addresses_removed += pair->held[i].address_count;
	} else if (pair->held_count != 0) {
		importing->out->members_missing++;
	}
}

/* Every member of either side once, ascending. */
static void pairs_walk(struct importing *importing,
		       void (*take)(struct importing *importing, const struct pair *pair))
{
	const struct ixf_list *file = importing->file;
	struct registry_list *held = &importing->held;
	uint32_t i = 0;
	uint32_t j = 0;

	while (i < file->member_count || j < held->count) {
		uint32_t file_asn = i < file->member_count ? file->member[i].asn : UINT32_MAX;
		uint32_t held_asn = j < held->count ? held->item[j].asn : UINT32_MAX;
		struct pair pair = { .asn = file_asn < held_asn ? file_asn : held_asn };
		if (i < file->member_count && file_asn == pair.asn)
			pair.file = &file->member[i++];
		if (j < held->count && held_asn == pair.asn) {
			pair.held = &held->item[j];
			while (j < held->count && held->item[j].asn == pair.asn)
				j++;
			pair.held_count = (uint32_t)(&held->item[j] - pair.held);
		}
		take(importing, &pair);
	}
}

/* --- against the registry --------------------------------------------------------------------- */

/* The file's entry for the address that counts; NULL when there is none. */
static const struct ixf_address *wanted_find(const struct importing *importing,
					     const struct address *address)
{
	uint32_t low = 0;
	uint32_t high = importing->file->address_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (address_compare(&importing->by_address[middle]->file->address, address) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == importing->file->address_count || importing->by_address[low]->is_out ||
	    address_compare(&importing->by_address[low]->file->address, address) != 0)
		return NULL;
	return importing->by_address[low]->file;
}

/* A member that stays as it is because the file has it not may hold an address that the file gives
 * to somebody else. */
static void kept_judge(struct importing *importing, const struct pair *pair)
{
	if (importing->options.removes_missing ||
	    (pair->file != NULL && importing_usable(importing, pair->file) != 0))
		return;
	for (uint32_t i = 0; i < pair->held_count; i++) {
		for (uint32_t j = 0; j < pair->held[i].address_count; j++) {
			const struct address *address = &pair->held[i].address[j];
			const struct ixf_address *file = wanted_find(importing, address);
			char text[ADDRESS_TEXT_MAX];
			address_print(address, text);
			if (file != NULL)
				complain(importing->complaints, false,
					 "AS%u: %s belongs to AS%u (%s), which is not in the file "
					 "and is kept",
					 file->asn, text, pair->asn, pair->held->name);
		}
	}
}

static void totals_judge(struct importing *importing)
{
	const struct registry_import *out = importing->out;
	uint32_t sessions = 0;
	uint32_t members = 0;

	for (uint32_t i = 0; i < importing->held.count; i++) {
		const struct registry_member *held = &importing->held.item[i];
		sessions += held->address_count;
		members += i == 0 || held->asn != importing->held.item[i - 1].asn ? 1 : 0;
	}
	sessions += out->addresses_added;
	members += out->members_added;
	if (sessions - out->addresses_removed > SESSIONS_MAX)
		complain(importing->complaints, false,
			 "the registry would have %u addresses; at most %u can be served",
			 sessions - out->addresses_removed, SESSIONS_MAX);
	if (members - out->members_removed > MEMBERS_MAX)
		complain(importing->complaints, false,
			 "the registry would have %u members; at most %u can be served",
			 members - out->members_removed, MEMBERS_MAX);
}

static uint64_t digest_of(const struct registry_import *import)
{
	/* Not against an adversary: it tells that what was shown is what is applied. */
	static const struct hash_key key = { UINT64_C(0x706c656e756d), 1 };
	char line[REGISTRY_CHANGE_TEXT_MAX];
	uint64_t digest = import->change_count;

	for (uint32_t i = 0; i < import->change_count; i++) {
		const struct registry_change *change = &import->change[i];
		registry_change_print(import, change, line);
		digest = hash_words(key, digest, hash_octets(key, octets_of_text(line)));
		digest = hash_words(key, digest, (uint64_t)change->connection_id);
	}
	/* Lines may have been cut. */
	if (import->text != NULL)
		digest = hash_words(
			key, digest,
			hash_octets(key, octets_of(import->text, import->text_len_octets)));
	return digest;
}

static struct fault difference(struct importing *importing, struct store *store)
{
	uint32_t errors_before = importing->complaints->error_count;

	TRY(registry_member_get(store, 0, &importing->held));
	TRY(importing_judge(importing));
	if (!importing->options.leaves_out_foreign)
		importing->out->foreign_count = importing->foreign_count;
	if (importing->used_count > SESSIONS_MAX)
		complain(importing->complaints, false,
			 "the file has %u addresses of the exchange's; at most %u can be served",
			 importing->used_count, SESSIONS_MAX);
	pairs_walk(importing, kept_judge);
	if (importing->complaints->error_count != errors_before)
		return fault_of(FAULT_CONFLICT, 0);
	pairs_walk(importing, pair_compare);
	TRY(importing_facts_compare(importing, store));
	totals_judge(importing);
	unserved_tell(&importing->unserved, importing->complaints);
	importing->out->digest = digest_of(importing->out);
	if (importing->memory_is_out)
		return fault_of(FAULT_LIMIT, 0);
	return importing->complaints->error_count == errors_before ? fault_none() :
								     fault_of(FAULT_CONFLICT, 0);
}

struct fault registry_import_plan(struct store *store, const struct registry_exchange *exchange,
				  const struct ixf_list *file,
				  struct registry_import_options options,
				  struct registry_import *out, struct complaints *complaints)
{
	struct importing importing = { .exchange = exchange,
				       .file = file,
				       .options = options,
				       .out = out,
				       .complaints = complaints,
				       .heap = heap_libc() };

	registry_import_fini(out);
	registry_list_init(&importing.held, &importing.heap);
	struct fault fault = difference(&importing, store);
	if (failed(fault) && fault.kind != FAULT_CONFLICT)
		complain(complaints, false, "import: %s",
			 fault.kind == FAULT_LIMIT ? fault_word(fault) : store_error(store));
	importing_fini(&importing);
	return fault;
}
