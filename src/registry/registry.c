/* registry/registry.c — what a member may be; adding and removing one. */

#include <stdio.h>
#include <string.h>

#include "registry/inside.h"
#include "rules/check.h"
#include "text/utf8.h"

/* --- checks -------------------------------------------------------------------------------------
 * */

const struct prefix *registry_lan_of(const struct registry_exchange *exchange,
				     const struct address *address)
{
	for (uint32_t i = 0; i < exchange->lan_count; i++) {
		if (prefix_has_address(&exchange->lan[i], address))
			return &exchange->lan[i];
	}
	return NULL;
}

/* The first and the last address of an IPv4 LAN are nobody's. */
static bool is_edge(const struct prefix *lan, const struct address *address)
{
	uint32_t host_bits = prefix_bits_max((enum family)lan->family) - lan->len_bits;
	uint32_t ones = 0;
	uint32_t zeros = 0;

	for (uint32_t i = 0; i < host_bits; i++) {
		uint32_t bit = lan->len_bits + i;
		bool is_set = (address->octet[bit / 8] >> (7 - bit % 8) & 1) != 0;
		ones += is_set ? 1 : 0;
		zeros += is_set ? 0 : 1;
	}
	return zeros == host_bits ||
	       (lan->family == FAMILY_IPV4 && ones == host_bits && host_bits > 1);
}

void registry_address_check(const struct registry_exchange *exchange, uint32_t asn,
			    const struct address *address, struct complaints *complaints)
{
	char text[ADDRESS_TEXT_MAX];
	const struct prefix *lan = registry_lan_of(exchange, address);

	address_print(address, text);
	if (lan == NULL)
		complain(complaints, false,
			 "AS%u: %s lies in none of the exchange's LANs; give an address of a LAN",
			 asn, text);
	else if (is_edge(lan, address))
		complain(complaints, false, "AS%u: %s is the network's own address, not a host's",
			 asn, text);
	for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
		if (exchange->has_blackhole_next_hop[i] &&
		    address_compare(&exchange->blackhole_next_hop[i], address) == 0)
			complain(complaints, false, "AS%u: %s is the exchange's blackhole next hop",
				 asn, text);
	}
}

void registry_asn_check(const struct registry_exchange *exchange, uint32_t asn,
			struct complaints *complaints)
{
	if (asn == 0)
		complain(complaints, false, "AS0 is nobody's number (RFC 7607)");
	else if (asn == BGP_AS_TRANS)
		complain(complaints, false, "AS%u is AS_TRANS, nobody's number (RFC 6793)", asn);
	else if (asn == exchange->asn)
		complain(complaints, false, "AS%u is the exchange's own number", asn);
	else if (rules_asn_is_bogon(asn) && !exchange->is_trial)
		complain(complaints, true,
			 "AS%u is a private, reserved or documentation number: every route of this "
			 "member will be refused (bogon-asn)",
			 asn);
}

static void local_check(const struct registry_member *member, struct complaints *complaints)
{
	char text[ADDRESS_TEXT_MAX];

	for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
		const struct address none = { .family = (uint8_t)i };
		bool has_family = false;
		if (member->local[i].family != i || address_compare(&member->local[i], &none) == 0)
			continue;
		address_print(&member->local[i], text);
		for (uint32_t j = 0; j < member->address_count; j++)
			has_family |= member->address[j].family == i;
		if (!member->is_active || !has_family)
			complain(complaints, true, "AS%u: our address %s is not used, since %s",
				 member->asn, text,
				 member->is_active ? "the member has none of its family" :
						     "the member connects to the exchange");
	}
}

static void never_via_check(const struct registry_exchange *exchange,
			    const struct registry_member *member, struct complaints *complaints)
{
	for (uint32_t i = 0; i < exchange->rules.never_via_count; i++) {
		if (exchange->rules.never_via[i] == member->asn)
			complain(complaints, true,
				 "AS%u stands in never_via of exchange.yaml: every route of this "
				 "member will be refused (never-via-route-server)",
				 member->asn);
	}
}

static void settings_check(const struct registry_member *member, struct complaints *complaints)
{
	if (member->port != 0 && !member->is_active)
		complain(complaints, true,
			 "AS%u: port %u is not used, since the member connects to the exchange",
			 member->asn, member->port);
	if (member->allow_as2 && member->asn > UINT16_MAX)
		complain(complaints, true,
			 "AS%u is a four-octet number: a router that knows none cannot have it, so "
			 "--allow-as2 serves nothing",
			 member->asn);
	local_check(member, complaints);
	if (!utf8_is_plain(octets_of_text(member->name)) ||
	    !utf8_is_plain(octets_of_text(member->as_macro)))
		complain(complaints, false,
			 "AS%u: the name or the AS macro has a line break, another control "
			 "character, or is not UTF-8",
			 member->asn);
	for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
		if (member->routes_max[i] > REGISTRY_ROUTES_MAX)
			complain(complaints, false, "AS%u: more than %u %s routes", member->asn,
				 REGISTRY_ROUTES_MAX, family_name((enum family)i));
	}
}

void registry_member_check(const struct registry_exchange *exchange,
			   const struct registry_member *member, struct complaints *complaints)
{
	registry_asn_check(exchange, member->asn, complaints);
	if (member->name[0] == '\0')
		complain(complaints, false, "AS%u: the name is empty", member->asn);
	if (member->address_count == 0)
		complain(complaints, false, "AS%u: no address; give at least one with --ip",
			 member->asn);
	for (uint32_t i = 0; i < member->address_count; i++)
		registry_address_check(exchange, member->asn, &member->address[i], complaints);
	settings_check(member, complaints);
	never_via_check(exchange, member, complaints);
}

/* --- adding and removing ------------------------------------------------------------------------
 * */

/* One more connection of a member changes nothing about the member. */
static struct fault name_compare(struct store *store, const struct registry_member *member,
				 struct complaints *complaints)
{
	struct heap heap = heap_libc();
	struct registry_list held CLEAN(registry_list_fini);

	registry_list_init(&held, &heap);
	TRY(registry_member_get(store, member->asn, &held));
	const struct registry_member *first = &held.item[0];
	if (strcmp(first->name, member->name) != 0 ||
	    (member->as_macro[0] != '\0' && strcmp(first->as_macro, member->as_macro) != 0))
		complain(complaints, true,
			 "AS%u is a member already, as \"%s\" (AS macro \"%s\"), and stays so; it "
			 "has one more connection now",
			 member->asn, first->name, first->as_macro);
	return fault_none();
}

static struct fault member_write(struct store *store, const struct registry_member *member,
				 struct complaints *complaints)
{
	struct slots slots;
	int64_t member_id = 0;
	int64_t connection_id = 0;

	struct fault fault = member_find(store, member->asn, &member_id);
	if (!failed(fault))
		fault = name_compare(store, member, complaints);
	else if (fault.kind == FAULT_ABSENT)
		fault = member_insert(store, member->asn, member->name, member->as_macro,
				      &member_id);
	TRY(fault);
	TRY(connection_insert(store, member_id, member, &connection_id));
	TRY(slots_read(store, &slots));
	for (uint32_t i = 0; i < member->address_count; i++)
		TRY(address_insert(store, &slots, connection_id, &member->address[i], complaints));
	return fault_none();
}

struct fault registry_member_add(struct store *store, const struct registry_exchange *exchange,
				 const struct registry_member *member,
				 struct complaints *complaints)
{
	uint32_t errors_before = complaints->error_count;
	char what[16];

	registry_member_check(exchange, member, complaints);
	if (complaints->error_count != errors_before)
		return fault_of(FAULT_CONFLICT, 0);
	(void)snprintf(what, sizeof what, "AS%u", member->asn);
	struct fault fault = store_begin(store);
	if (!failed(fault))
		fault = member_write(store, member, complaints);
	return transaction_end(store, fault, what, complaints);
}

struct fault registry_member_remove(struct store *store, uint32_t asn,
				    struct complaints *complaints)
{
	struct fault fault = member_delete(store, asn);

	if (failed(fault)) {
		complain(complaints, false, "AS%u: %s; nothing was changed", asn,
			 store_error(store));
		return fault;
	}
	if (store_changes(store) != 0)
		return fault_none();
	complain(complaints, false, "AS%u is no member", asn);
	return fault_of(FAULT_ABSENT, 0);
}
