/* registry/verify.c — the exchange's own numbers, its LANs and listeners, and every member. */
#include "registry/verify.h"

#include "registry/inside.h"
#include "registry/rules.h"
#include "rules/check.h"

#define LOOPBACK_OCTET 127u /* 127.0.0.0/8 */

static void asn_verify(const struct registry_exchange *exchange, struct complaints *complaints)
{
	uint32_t asn = exchange->asn;
	bool is_nobodys = asn == 0 || asn == BGP_AS_TRANS || asn == UINT16_MAX || asn == UINT32_MAX;

	if (is_nobodys)
		complain(complaints, false, "asn: AS%u is reserved; no router accepts it", asn);
	else if (rules_asn_is_bogon(asn) && !exchange->is_trial)
		complain(complaints, true,
			 "asn: AS%u is a private, reserved or documentation number: good for a "
			 "trial, not for an exchange",
			 asn);
}

static void lans_verify(const struct registry_exchange *exchange, struct complaints *complaints)
{
	char first[PREFIX_TEXT_MAX];
	char second[PREFIX_TEXT_MAX];

	for (uint32_t i = 0; i < exchange->lan_count; i++) {
		const struct prefix *lan = &exchange->lan[i];
		prefix_print(lan, first);
		if (lan->len_bits == 0)
			complain(complaints, false, "lans: %s is everybody's", first);
		for (uint32_t j = 0; j < i; j++) {
			if (!prefix_contains(lan, &exchange->lan[j]) &&
			    !prefix_contains(&exchange->lan[j], lan))
				continue;
			prefix_print(&exchange->lan[j], second);
			complain(complaints, false, "lans: %s and %s overlap", second, first);
		}
	}
	struct plan_rules rules = registry_rules_of(exchange);
	for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
		const struct address *next_hop = &rules.blackhole_next_hop[i];
		if (!rules.has_blackhole_next_hop[i] || registry_lan_of(exchange, next_hop) != NULL)
			continue;
		address_print(next_hop, first);
		complain(complaints, true,
			 "blackhole_next_hop: %s lies in none of the LANs, so members' routers may "
			 "not resolve it",
			 first);
	}
}

static bool is_any(const struct address *address)
{
	const struct address any = { .family = address->family };

	return address_compare(address, &any) == 0;
}

static bool is_loopback(const struct address *address)
{
	const struct address one = { .family = FAMILY_IPV6, .octet = { [15] = 1 } };

	return address->family == FAMILY_IPV4 ? address->octet[0] == LOOPBACK_OCTET :
						address_compare(address, &one) == 0;
}

/* A LAN on the machine's own loopback: a trial, whose members reach every loopback address. */
static bool has_loopback_lan(const struct registry_exchange *exchange)
{
	for (uint32_t i = 0; i < exchange->lan_count; i++) {
		if (exchange->lan[i].family == FAMILY_IPV4 && exchange->lan[i].len_bits >= 8 &&
		    exchange->lan[i].octet[0] == LOOPBACK_OCTET)
			return true;
	}
	return false;
}

static bool is_reached(const struct registry_exchange *exchange, const struct address *listen)
{
	return is_any(listen) || registry_lan_of(exchange, listen) != NULL ||
	       (is_loopback(listen) && has_loopback_lan(exchange));
}

static void listeners_verify(const struct registry_exchange *exchange,
			     struct complaints *complaints)
{
	char text[ADDRESS_TEXT_MAX];

	for (uint32_t i = 0; i < exchange->listen_count; i++) {
		const struct port_endpoint *listen = &exchange->listen[i];
		address_print(&listen->address, text);
		for (uint32_t j = 0; j < i; j++) {
			const struct port_endpoint *before = &exchange->listen[j];
			if (address_compare(&before->address, &listen->address) == 0 &&
			    before->port == listen->port)
				complain(complaints, false, "listen: %s port %u stands twice", text,
					 listen->port);
		}
		if (!is_reached(exchange, &listen->address))
			complain(
				complaints, true,
				"listen: %s lies in none of the LANs; members reach it only over a "
				"router",
				text);
	}
}

static bool stands_before(const uint32_t *list, uint32_t index)
{
	for (uint32_t i = 0; i < index; i++) {
		if (list[i] == list[index])
			return true;
	}
	return false;
}

static void list_verify(const struct registry_exchange *exchange, const char *name,
			const uint32_t *list, uint32_t count, struct complaints *complaints)
{
	for (uint32_t i = 0; i < count; i++) {
		if (list[i] == exchange->asn)
			complain(complaints, false, "%s: AS%u is the exchange's own number", name,
				 list[i]);
		else if (stands_before(list, i))
			complain(complaints, true, "%s: AS%u stands twice", name, list[i]);
		else if (rules_asn_is_bogon(list[i]) && !exchange->is_trial)
			complain(complaints, true,
				 "%s: AS%u is a private, reserved or documentation number: no "
				 "network has it",
				 name, list[i]);
	}
}

static void rules_verify(const struct registry_exchange *exchange, struct complaints *complaints)
{
	const struct registry_rules *rules = &exchange->rules;

	if (exchange->rules_version != 0) {
		if (rules_are_said(exchange))
			complain(complaints, true,
				 "what exchange.yaml says of the rule book (max_prefix_..., "
				 "ipv6_only_lan, transit_free, never_via, blackhole_next_hop) has "
				 "no effect since version %u was adopted: take it out, and see "
				 "plenum rules show",
				 exchange->rules_version);
		return;
	}
	list_verify(exchange, "transit_free", rules->transit_free, rules->transit_free_count,
		    complaints);
	list_verify(exchange, "never_via", rules->never_via, rules->never_via_count, complaints);
}

void registry_check_config(const struct exchange_config *config, struct complaints *complaints)
{
	asn_verify(&config->exchange, complaints);
	lans_verify(&config->exchange, complaints);
	listeners_verify(&config->exchange, complaints);
	rules_verify(&config->exchange, complaints);
}

bool registry_check_store(struct store *store, struct complaints *complaints)
{
	bool is_sound = true;

	if (!failed(store_verify(store, &is_sound)) && is_sound)
		return true;
	complain(complaints, false, "%s", store_error(store));
	return false;
}

struct verifying {
	const struct registry_exchange *exchange;
	struct complaints *complaints;
	struct unserved unserved;
};

static bool member_verify(void *context, const struct registry_member *member)
{
	struct verifying *verifying = context;

	registry_member_check(verifying->exchange, member, verifying->complaints);
	unserved_take(&verifying->unserved, verifying->exchange, member);
	return true;
}

struct fault registry_check_members(struct store *store, const struct registry_exchange *exchange,
				    struct complaints *complaints)
{
	struct verifying verifying = { .exchange = exchange, .complaints = complaints };

	TRY(registry_walk(store, member_verify, &verifying));
	unserved_tell(&verifying.unserved, complaints);
	return macs_verify(store, complaints);
}

struct fault registry_check(struct store *store, const struct exchange_config *config,
			    struct complaints *complaints)
{
	registry_check_config(config, complaints);
	return registry_check_members(store, &config->exchange, complaints);
}
