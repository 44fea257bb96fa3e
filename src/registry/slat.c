/* registry/slat.c — a connection's row of the specific local address table: made, and checked. */
#include <stdio.h>

#include "registry/inside.h"

static bool is_set(const struct address *address)
{
	const struct address none = { .family = address->family };

	return address_compare(address, &none) != 0;
}

struct plan_slat_row registry_slat_row(const struct registry_exchange *exchange,
				       const struct registry_member *member)
{
	struct plan_slat_row row = { .asn = member->asn,
				     .has_link_local = is_set(&member->link_local),
				     .link_local = member->link_local };

	for (uint32_t i = 0; i < member->address_count; i++) {
		const struct address *address = &member->address[i];
		if (registry_address_wrong(exchange, address) != NULL)
			continue;
		if (address->family == FAMILY_IPV4 && !row.has_ipv4) {
			row.has_ipv4 = row.is_on_ipv4 = true;
			row.ipv4 = *address;
		} else if (address->family == FAMILY_IPV6 && !row.has_ipv6) {
			row.has_ipv6 = true;
			row.ipv6 = *address;
		}
	}
	if (is_set(&member->slat_ipv4)) {
		row.has_ipv4 = true;
		row.ipv4 = member->slat_ipv4;
	}
	return row;
}

void registry_slat_check(const struct registry_exchange *exchange,
			 const struct registry_member *member, struct complaints *complaints)
{
	const struct address *link_local = &member->link_local;
	char text[ADDRESS_TEXT_MAX];

	address_print(link_local, text);
	if (is_set(link_local) && (link_local->family != FAMILY_IPV6 ||
				   link_local->octet[0] != 0xfe || link_local->octet[1] >> 6 != 2))
		complain(complaints, false, "AS%u: link-local: %s does not lie in fe80::/10",
			 member->asn, text);
	if (!is_set(&member->slat_ipv4))
		return;
	address_print(&member->slat_ipv4, text);
	if (member->slat_ipv4.family != FAMILY_IPV4)
		complain(complaints, false, "AS%u: slat-ipv4: %s is no IPv4 address", member->asn,
			 text);
	else if (registry_lan_of(exchange, &member->slat_ipv4) == NULL)
		complain(complaints, true,
			 "AS%u: slat-ipv4: %s lies in none of the LANs: only a router with a "
			 "network on its port that holds it can use it",
			 member->asn, text);
	else if (registry_address_wrong(exchange, &member->slat_ipv4) != NULL)
		complain(complaints, false, "AS%u: slat-ipv4: %s %s", member->asn, text,
			 registry_address_wrong(exchange, &member->slat_ipv4));
}

/* `sql` gives the AS number of another connection than ?1 that has the address ?2. */
static struct fault taken_check(struct store *store, const char *sql,
				const struct registry_member *member, const struct address *address,
				struct complaints *complaints)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	char text[ADDRESS_TEXT_MAX];
	bool has_row = false;

	if (!is_set(address))
		return fault_none();
	address_print(address, text);
	TRY(store_prepare(store, sql, &statement));
	store_bind_int(statement, 1, member->connection_id);
	store_bind_text(statement, 2, text);
	TRY(store_step(statement, &has_row));
	if (!has_row)
		return fault_none();
	complain(complaints, false, "%s: another connection has this address already, of AS%lld",
		 text, (long long)store_int(statement, 0));
	return fault_of(FAULT_CONFLICT, 0);
}

struct fault registry_slat_taken(struct store *store, const struct registry_member *member,
				 struct complaints *complaints)
{
	TRY(taken_check(store,
			"SELECT m.asn FROM connection c JOIN member m ON m.id = c.member_id"
			" WHERE c.id <> ?1 AND c.link_local = ?2",
			member, &member->link_local, complaints));
	for (uint32_t i = 0; i < member->address_count; i++)
		TRY(taken_check(store,
				"SELECT m.asn FROM connection c JOIN member m ON"
				" m.id = c.member_id WHERE c.id <> ?1 AND c.slat_ipv4 = ?2",
				member, &member->address[i], complaints));
	return taken_check(store,
			   "SELECT m.asn FROM connection c JOIN member m ON m.id = c.member_id"
			   " LEFT JOIN address a ON a.connection_id = c.id"
			   " WHERE c.id <> ?1 AND (c.slat_ipv4 = ?2 OR a.address = ?2)",
			   member, &member->slat_ipv4, complaints);
}
