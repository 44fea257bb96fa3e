/* registry/edit.h — changing a member that is there.
 *
 * What is not named stays as it is; an address that stays keeps its slot, so no session but those
 * of added and removed addresses notices.
 * Owns    nothing: texts are borrowed for the call
 * Faults  CONFLICT and ABSENT with a complaint; then nothing was changed
 * Thread  that of the store */
#ifndef REGISTRY_EDIT_H
#define REGISTRY_EDIT_H

#include "registry/registry.h"

enum registry_choice {
	CHOICE_KEEP = 0, /* as it is */
	CHOICE_NO,
	CHOICE_YES,
};

struct registry_edit {
	uint32_t asn;

	/* The connection that has this address; without it settings go to all of the member. */
	bool has_at;
	struct address at;

	const struct fact *profile; /* what else is recorded, as it is to be; NULL = as it is */
	const char *name;           /* NULL = as it is, here and below */
	const char *as_macro;
	const char *password; /* "" = none any more */
	bool has_routes_max[FAMILY_COUNT];
	uint32_t routes_max[FAMILY_COUNT]; /* 0 = the rule book's */
	enum registry_choice takes_blackhole;
	enum registry_choice is_active;
	enum registry_choice add_path;
	enum registry_choice gtsm;
	enum registry_choice allow_as2;
	enum registry_choice require_role;
	enum registry_choice extended_message;
	bool has_limit_action;
	enum plan_limit_action limit_action; /* DEFAULT = the rule book's */
	bool has_port;
	uint16_t port; /* 0 = 179 */
	bool has_local[FAMILY_COUNT];
	struct address local[FAMILY_COUNT]; /* all zero = the system chooses */
	bool has_link_local;
	struct address link_local; /* all zero = not known, here and below */
	bool has_slat_ipv4;
	struct address slat_ipv4;

	/* Removed before anything is added.  A connection that loses its last address goes. */
	uint32_t remove_count;
	struct address remove[REGISTRY_ADDRESSES_MAX];
	uint32_t add_count;
	struct address add[REGISTRY_ADDRESSES_MAX];
};

/* One transaction. */
MUST_USE struct fault registry_member_edit(struct store *store,
					   const struct registry_exchange *exchange,
					   const struct registry_edit *edit,
					   struct complaints *complaints);

/* The connection that has the address, with all its addresses; not a member's only one. */
MUST_USE struct fault registry_connection_remove(struct store *store, uint32_t asn,
						 const struct address *at,
						 struct complaints *complaints);

#endif
