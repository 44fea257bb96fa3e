/* registry/import.h — a member export brought into the registry as a difference.
 *
 * First the difference is worked out and can be shown; then it is applied whole or not at all, and
 * only if it is still the same.  Importing the same file again gives no difference.
 * What the file does not say stays: passwords, choices made here, a limit or name it leaves out.
 * Of a member that the file has, addresses it does not have are removed; members that it does not
 * have are kept unless asked otherwise.  An address that stays keeps its slot and its connection.
 * Owns    an import its changes: registry_import_init/_fini
 * Faults  CONFLICT with a complaint for each entry that cannot be · those of the store
 * Bound   as many changes as the file and the registry have entries
 * Thread  that of the store */
#ifndef REGISTRY_IMPORT_H
#define REGISTRY_IMPORT_H

#include "registry/ixf.h"
#include "registry/registry.h"
#include "text/sink.h"

enum registry_change_kind {
	CHANGE_NONE = 0,
	CHANGE_MEMBER_ADD,     /* to: the name; macro */
	CHANGE_MEMBER_NAME,    /* from, to */
	CHANGE_MEMBER_MACRO,   /* from, to */
	CHANGE_CONNECTION_ADD, /* routes_to; the additions behind it without a number are its */
	CHANGE_LIMIT,          /* of a connection: family, routes_from, routes_to */
	CHANGE_ADDRESS_ADD,    /* connection_id, or 0 for the connection added last */
	CHANGE_ADDRESS_REMOVE,
	CHANGE_CONNECTION_REMOVE,
	CHANGE_MEMBER_REMOVE, /* from: the name */
	CHANGE_FACT_ADD,      /* fact, subject, becomes; asn 0 = of the exchange */
	CHANGE_FACT_EDIT,     /* likewise, was: of the fields that change */
	CHANGE_FACT_REMOVE,   /* likewise, was */
};

struct registry_change {
	enum registry_change_kind kind;
	uint32_t asn;
	int64_t connection_id;
	enum family family;
	struct address address;
	uint32_t routes_from[FAMILY_COUNT];
	uint32_t routes_to[FAMILY_COUNT];
	char from[REGISTRY_TEXT_MAX];
	char to[REGISTRY_TEXT_MAX];
	char macro[REGISTRY_TEXT_MAX];
	enum fact_id fact;
	char subject[FACT_KEY_MAX]; /* which of its kind: "3", "127.1.0.1"; "" = there is one */
	uint32_t was_at;            /* in the import's text: "policy open, url none" */
	uint32_t becomes_at;
};

struct registry_import_options {
	bool removes_missing;    /* members that the file does not have */
	bool leaves_out_foreign; /* addresses outside the LANs, with a warning, not an error */
};

struct registry_import {
	struct heap *heap;
	struct registry_change *change;
	uint32_t change_count;
	uint32_t change_room;
	uint32_t members_added;
	uint32_t members_changed;
	uint32_t members_removed;
	uint32_t members_missing; /* not in the file, kept */
	uint32_t addresses_added;
	uint32_t addresses_removed;
	uint32_t foreign_count; /* addresses outside the LANs that were not to be left out */
	uint32_t facts_added;
	uint32_t facts_changed;
	uint32_t facts_removed;
	char *text; /* what was and becomes, each closed by a NUL; begins with "" */
	uint32_t text_len_octets;
	uint32_t text_room;
	uint64_t digest; /* of the changes, with what they start from */
};

void registry_import_init(struct registry_import *import, struct heap *heap);
void registry_import_fini(struct registry_import *import); /* for CLEAN */

MUST_USE struct fault registry_import_plan(struct store *store,
					   const struct registry_exchange *exchange,
					   const struct ixf_list *file,
					   struct registry_import_options options,
					   struct registry_import *out,
					   struct complaints *complaints);

/* Of a file that could not be read whole: what else is wrong in what could be. */
void registry_import_judge(const struct registry_exchange *exchange, const struct ixf_list *file,
			   struct registry_import_options options, struct complaints *complaints);

/* The same worked out again and applied in one transaction; CONFLICT when the difference is no
 * longer the one with this digest. */
MUST_USE struct fault registry_import_apply(struct store *store,
					    const struct registry_exchange *exchange,
					    const struct ixf_list *file,
					    struct registry_import_options options, uint64_t digest,
					    struct complaints *complaints);

/* A line a change, "+", "-" or "~" in front, then a line of counts.  False: the sink refused. */
bool registry_import_print(const struct registry_import *import, struct text_sink sink);

/* One change without a line break, cut where it is longer. */
#define REGISTRY_CHANGE_TEXT_MAX 2048u
void registry_change_print(const struct registry_import *import,
			   const struct registry_change *change,
			   char out[REGISTRY_CHANGE_TEXT_MAX]);

/* What the fields of a fact were and become; "" = nothing. */
const char *registry_change_was(const struct registry_import *import,
				const struct registry_change *change);
const char *registry_change_becomes(const struct registry_import *import,
				    const struct registry_change *change);

#endif
