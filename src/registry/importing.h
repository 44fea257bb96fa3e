/* registry/importing.h — what the files of an import share: the file, and what is found out of it.
 * Owns    an importing its arrays and what the registry holds: importing_fini
 * Faults  LIMIT: memory; what is wrong with an entry is a complaint
 * Thread  one */
#ifndef REGISTRY_IMPORTING_H
#define REGISTRY_IMPORTING_H

#include "registry/import.h"
#include "registry/inside.h"

/* An address of the file, with what is found out about it. */
struct wanted {
	const struct ixf_address *file;
	bool is_out;                /* takes no part */
	struct registry_member *at; /* the member's own connection that has it already */
};

struct importing {
	const struct registry_exchange *exchange;
	const struct ixf_list *file;
	struct registry_import_options options;
	struct registry_import *out;
	struct complaints *complaints;
	struct heap heap;
	struct registry_list held; /* what the registry has */
	struct wanted *wanted;     /* as file->address */
	struct wanted **by_address;
	uint32_t foreign_count; /* addresses in none of the LANs, left out or complained of */
	struct unserved unserved;
	uint32_t used_count;
	uint32_t silent_count; /* members of the file without an address that counts */
	uint32_t silent_asn;   /* the first of them */
	bool memory_is_out;
};

/* The file by itself: fills `wanted` and `by_address`. */
MUST_USE struct fault importing_judge(struct importing *importing);

/* How many addresses of the file's member count. */
uint32_t importing_usable(const struct importing *importing, const struct ixf_member *member);

/* Every LAN that the file says is another exchange's, so what it says of itself is not ours. */
bool importing_is_others(const struct importing *importing);
void importing_fini(struct importing *importing);

/* At the end of the list of changes; NULL when memory is out. */
struct registry_change *importing_change(struct importing *importing,
					 enum registry_change_kind kind, uint32_t asn);

/* --- import_facts.c: what the file says beside members and addresses -------------------------- */

/* Adds the changes that it asks for. */
MUST_USE struct fault importing_facts_compare(struct importing *importing, struct store *store);

/* Makes them, once members, connections and addresses are as they shall be. */
MUST_USE struct fault importing_facts_write(struct importing *importing, struct store *store);

#endif
