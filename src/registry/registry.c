/* registry/registry.c — what a member may be; adding and removing one. */

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "registry/fact_store.h"
#include "registry/inside.h"
#include "rules/check.h"
#include "text/utf8.h"

/* --- checks ----------------------------------------------------------------------------------- */

const struct prefix *registry_lan_of(const struct registry_exchange *exchange,
				     const struct address *address)
{
	for (uint32_t i = 0; i < exchange->lan_count; i++) {
		if (prefix_has_address(&exchange->lan[i], address))
			return &exchange->lan[i];
	}
	return NULL;
}

/* The first address of a LAN is nobody's; of an IPv4 one the last, too. */
static const char *edge_of(const struct prefix *lan, const struct address *address)
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
	if (zeros == host_bits)
		return "is the network's own address, not a host's";
	if (lan->family == FAMILY_IPV4 && ones == host_bits && host_bits > 1)
		return "is the network's broadcast address, not a host's";
	return NULL;
}

const char *registry_address_wrong(const struct registry_exchange *exchange,
				   const struct address *address)
{
	const struct prefix *lan = registry_lan_of(exchange, address);

	if (lan == NULL)
		return "lies in none of the exchange's LANs; give an address of a LAN";
	struct plan_rules rules = registry_rules_of(exchange);
	for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
		if (rules.has_blackhole_next_hop[i] &&
		    address_compare(&rules.blackhole_next_hop[i], address) == 0)
			return "is the exchange's blackhole next hop";
	}
	for (uint32_t i = 0; i < exchange->listen_count; i++) {
		if (address_compare(&exchange->listen[i].address, address) == 0)
			return "is an address that the exchange itself listens on";
	}
	return edge_of(lan, address);
}

void registry_address_check(const struct registry_exchange *exchange, const char *who,
			    const struct address *address, struct complaints *complaints)
{
	const char *wrong = registry_address_wrong(exchange, address);
	char text[ADDRESS_TEXT_MAX];

	address_print(address, text);
	if (wrong != NULL)
		complain(complaints, false, "%s: %s %s", who, text, wrong);
}

static const char *asn_wrong(const struct registry_exchange *exchange, uint32_t asn)
{
	return asn == 0             ? "is nobody's number (RFC 7607)" :
	       asn == BGP_AS_TRANS  ? "is AS_TRANS, nobody's number (RFC 6793)" :
	       asn == exchange->asn ? "is the exchange's own number" :
				      NULL;
}

void registry_asn_check(const struct registry_exchange *exchange, uint32_t asn,
			struct complaints *complaints)
{
	const char *wrong = asn_wrong(exchange, asn);

	if (wrong != NULL)
		complain(complaints, false, "AS%u %s", asn, wrong);
	else if (rules_asn_is_bogon(asn) && !exchange->is_trial)
		complain(complaints, true,
			 "AS%u is a private, reserved or documentation number: every route of this "
			 "member will be refused (bogon-asn)",
			 asn);
}

static bool name_is_plain(const struct registry_member *member)
{
	return utf8_is_plain(octets_of_text(member->name)) &&
	       utf8_is_plain(octets_of_text(member->as_macro));
}

bool registry_connection_is_sound(const struct registry_exchange *exchange,
				  const struct registry_member *member)
{
	bool is_sound = asn_wrong(exchange, member->asn) == NULL && member->name[0] != '\0' &&
			name_is_plain(member);

	for (uint32_t i = 0; i < FAMILY_COUNT; i++)
		is_sound = is_sound && member->routes_max[i] <= REGISTRY_ROUTES_MAX;
	return is_sound;
}

/* Each of RFC 2622 5's set names: "AS-EXAMPLE", "AS64500:AS-EXAMPLE", "RIPE::AS-EXAMPLE". */
static bool macro_word_is_good(const char *word, size_t len)
{
	const char *end = word + len;

	for (const char *at = word; at + 1 < end; at++) {
		if (at[0] == ':' && at[1] == ':') {
			word = at + 2;
			break;
		}
	}
	if (word == end)
		return false;
	while (word < end) {
		size_t part = strcspn(word, ": ");
		if (part < 3 || strncasecmp(word, "AS", 2) != 0)
			return false;
		word += part;
		if (word < end && ++word == end)
			return false;
	}
	return true;
}

bool registry_macro_is_good(const char *text)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789-_: ";

	if (text[strspn(text, letters)] != '\0')
		return false;
	while (*text != '\0') {
		size_t len = strcspn(text, " ");
		if (len == 0 || !macro_word_is_good(text, len))
			return false;
		text += len;
		text += *text == ' ' ? 1 : 0;
	}
	return true;
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
	struct plan_rules rules = registry_rules_of(exchange);

	for (uint32_t i = 0; i < rules.never_via_count; i++) {
		if (rules.never_via[i] == member->asn)
			complain(complaints, true,
				 "AS%u stands in the rule book among the networks never via route "
				 "servers: every route of this member will be refused "
				 "(never-via-route-server)",
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
	if (!name_is_plain(member))
		complain(complaints, false,
			 "AS%u: the name or the AS macro has a line break, another control "
			 "character, or is not UTF-8",
			 member->asn);
	if (!registry_macro_is_good(member->as_macro))
		complain(complaints, true,
			 "AS%u: the AS macro \"%s\" is no as-set, such as AS-EXAMPLE or "
			 "RIPE::AS-EXAMPLE",
			 member->asn, member->as_macro);
	for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
		if (member->routes_max[i] > REGISTRY_ROUTES_MAX)
			complain(complaints, false, "AS%u: more than %u %s routes", member->asn,
				 REGISTRY_ROUTES_MAX, family_name((enum family)i));
	}
}

void registry_member_check(const struct registry_exchange *exchange,
			   const struct registry_member *member, struct complaints *complaints)
{
	char who[16];

	(void)snprintf(who, sizeof who, "AS%u", member->asn);
	registry_asn_check(exchange, member->asn, complaints);
	if (member->name[0] == '\0')
		complain(complaints, false, "AS%u: the name is empty", member->asn);
	if (member->address_count == 0)
		complain(complaints, false, "AS%u: no address; give at least one with --ip",
			 member->asn);
	for (uint32_t i = 0; i < member->address_count; i++)
		registry_address_check(exchange, who, &member->address[i], complaints);
	settings_check(member, complaints);
	registry_slat_check(exchange, member, complaints);
	never_via_check(exchange, member, complaints);
}

/* --- adding and removing ---------------------------------------------------------------------- */

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
			 "AS%u is a member already, as \"%s\"%s%s, and stays so; it has one more "
			 "connection now",
			 member->asn, first->name,
			 first->as_macro[0] != '\0' ? " with the AS macro " : "", first->as_macro);
	return fault_none();
}

/* Nobody has the addresses, and each gets a slot. */
static struct fault addresses_place(struct store *store, struct registry_member *member,
				    struct complaints *complaints)
{
	struct slots slots;
	struct holder holder;

	TRY(slots_read(store, &slots));
	for (uint32_t i = 0; i < member->address_count; i++) {
		const struct address *address = &member->address[i];
		TRY(address_holder(store, address, &holder));
		for (uint32_t j = 0; j < i && holder.connection_id == 0; j++) {
			if (address_compare(&member->address[j], address) != 0)
				continue;
			holder = (struct holder){ .connection_id = -1, .asn = member->asn };
			(void)snprintf(holder.name, sizeof holder.name, "%s", member->name);
		}
		if (holder.connection_id != 0)
			return taken_complain(store, address, &holder, complaints);
		TRY(slot_take(&slots, address, &member->slot[i], complaints));
	}
	return fault_none();
}

static struct fault member_write(struct store *store, const struct registry_member *member,
				 struct complaints *complaints)
{
	struct registry_member placed = *member;
	int64_t member_id = 0;

	placed.connection_id = 0;
	struct fault found = member_find(store, member->asn, &member_id);
	if (found.kind != FAULT_ABSENT) {
		TRY(found);
		TRY(name_compare(store, member, complaints));
	}
	TRY(addresses_place(store, &placed, complaints));
	if (found.kind == FAULT_ABSENT)
		TRY(member_insert(store, member->asn, member->name, member->as_macro, complaints));
	TRY(connection_write(store, &placed, complaints));
	return member->profile != NULL ? fact_write(store, member->profile, complaints) :
					 fault_none();
}

struct fault registry_member_add(struct store *store, const struct registry_exchange *exchange,
				 const struct registry_member *member,
				 struct complaints *complaints)
{
	uint32_t errors_before = complaints->error_count;
	struct unserved unserved = { 0 };
	char what[16];

	registry_member_check(exchange, member, complaints);
	unserved_take(&unserved, exchange, member);
	unserved_tell(&unserved, complaints);
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
	char what[16];

	(void)snprintf(what, sizeof what, "AS%u", asn);
	struct fault fault = store_begin(store);
	if (!failed(fault))
		fault = member_delete(store, asn, complaints);
	if (fault.kind == FAULT_ABSENT)
		complain(complaints, false, "AS%u is no member", asn);
	return transaction_end(store, fault, what, complaints);
}
