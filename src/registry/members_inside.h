/* registry/members_inside.h — what the readers of lists of members share: entries put into a list.
 * Owns    nothing: fills the caller's list
 * Faults  LIMIT: memory
 * Thread  one */
#ifndef REGISTRY_MEMBERS_INSIDE_H
#define REGISTRY_MEMBERS_INSIDE_H

#include "registry/ixf.h"

/* One connection of a member, at the end of the list; `place` counts entries of the file. */
MUST_USE struct fault members_connection_begin(struct ixf_list *list, uint32_t asn,
					       const char *name, const char *as_macro,
					       uint32_t place);
MUST_USE struct fault members_address_add(struct ixf_list *list, const struct address *address,
					  uint32_t routes_max, bool no_session);

/* Keeps what is said of the connection or an address begun last. */
MUST_USE struct fault members_thing_add(struct ixf_list *list, const struct fact *fact,
					uint32_t said);

/* Entries of one AS become one member's; then the list is what readers expect. */
void members_list_seal(struct ixf_list *list);

/* members_csv.c, members_clients.c */
bool members_is_csv(struct octets text);
MUST_USE struct fault members_csv_read(const char *file, struct octets text, struct ixf_list *out,
				       struct complaints *complaints);
bool members_is_clients(struct octets text);
MUST_USE struct fault members_clients_read(const char *file, struct octets text,
					   struct ixf_list *out, struct complaints *complaints);

#endif
