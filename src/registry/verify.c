/* registry/verify.c — the exchange's own numbers, its LANs and listeners, and every member. */
#include "registry/verify.h"

#include "registry/inside.h"
#include "rules/check.h"

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
	for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
		const struct address *next_hop = &exchange->blackhole_next_hop[i];
		if (!exchange->has_blackhole_next_hop[i] ||
		    registry_lan_of(exchange, next_hop) != NULL)
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

static void listeners_verify(const struct exchange_config *config, struct complaints *complaints)
{
	char text[ADDRESS_TEXT_MAX];

	for (uint32_t i = 0; i < config->listen_count; i++) {
		const struct port_endpoint *listen = &config->listen[i];
		address_print(&listen->address, text);
		for (uint32_t j = 0; j < i; j++) {
			if (address_compare(&config->listen[j].address, &listen->address) == 0 &&
			    config->listen[j].port == listen->port)
				complain(complaints, false, "listen: %s port %u stands twice", text,
					 listen->port);
		}
		if (!is_any(&listen->address) &&
		    registry_lan_of(&config->exchange, &listen->address) == NULL)
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

	list_verify(exchange, "transit_free", rules->transit_free, rules->transit_free_count,
		    complaints);
	list_verify(exchange, "never_via", rules->never_via, rules->never_via_count, complaints);
}

void registry_check_config(const struct exchange_config *config, struct complaints *complaints)
{
	asn_verify(&config->exchange, complaints);
	lans_verify(&config->exchange, complaints);
	listeners_verify(config, complaints);
	rules_verify(&config->exchange, complaints);
}

struct verifying {
	const struct exchange_config *config;
	struct complaints *complaints;
};

static void family_verify(const struct exchange_config *config,
			  const struct registry_member *member, const struct address *address,
			  struct complaints *complaints)
{
	char text[ADDRESS_TEXT_MAX];
	bool has_listener = false;

	address_print(address, text);
	for (uint32_t i = 0; i < config->listen_count; i++) {
		const struct address *listen = &config->listen[i].address;
		has_listener = has_listener || listen->family == address->family;
		if (address_compare(listen, address) == 0)
			complain(complaints, false,
				 "AS%u: %s is an address that the exchange itself listens on",
				 member->asn, text);
	}
	if (!has_listener && !member->is_active)
		complain(complaints, true,
			 "AS%u: %s can connect to no listener: none is of its family", member->asn,
			 text);
}

static bool member_verify(void *context, const struct registry_member *member)
{
	const struct verifying *verifying = context;

	registry_member_check(&verifying->config->exchange, member, verifying->complaints);
	for (uint32_t i = 0; i < member->address_count; i++)
		family_verify(verifying->config, member, &member->address[i],
			      verifying->complaints);
	if (member->takes_blackhole && !verifying->config->exchange.has_blackhole_next_hop[0] &&
	    !verifying->config->exchange.has_blackhole_next_hop[1])
		complain(verifying->complaints, true,
			 "AS%u takes blackhole routes, but the exchange offers none "
			 "(blackhole_next_hop)",
			 member->asn);
	return true;
}

struct fault registry_check(struct store *store, const struct exchange_config *config,
			    struct complaints *complaints)
{
	struct verifying verifying = { config, complaints };
	bool is_sound = true;

	registry_check_config(config, complaints);
	TRY(store_verify(store, &is_sound));
	if (!is_sound)
		complain(complaints, false, "the database is damaged; put back a copy of it");
	return registry_walk(store, member_verify, &verifying);
}
