/* web/published_read.c — members, their addresses and the LANs as what the public may know. */
#include "web/published_read.h"

#include <stdio.h>
#include <string.h>

#include "ledger/newest.h"
#include "text/utf8.h"
#include "web/published_facts.h"
#include "web/published_pools.h"

struct reading {
	const struct exchange_config *config;
	struct store *store;
	struct published *published;
	struct published_pools pools; /* what they tell need not be told again */
	uint32_t last_asn;
	char holder[PUBLISHED_HANDLE_MAX]; /* of the member at hand */
	struct fault fault;
};

/* "Example-IX" -> "example-ix": what stands in file names, handles and rows. */
static void registry_name(const char *name, char out[PUBLISHED_HANDLE_MAX])
{
	uint32_t len = 0;

	for (; *name != '\0' && len + 1 < PUBLISHED_HANDLE_MAX; name++) {
		bool is_upper = *name >= 'A' && *name <= 'Z';
		bool is_plain = (*name >= 'a' && *name <= 'z') || (*name >= '0' && *name <= '9');
		if (is_upper || is_plain)
			out[len++] = is_upper ? (char)(*name - 'A' + 'a') : *name;
		else if (len != 0 && out[len - 1] != '-')
			out[len++] = '-';
	}
	while (len != 0 && out[len - 1] == '-')
		len--;
	out[len] = '\0';
	if (len == 0)
		(void)snprintf(out, PUBLISHED_HANDLE_MAX, "exchange");
}

static struct fault lan_add(struct published *published, const struct prefix *lan)
{
	struct published_network network = { .first = prefix_first(lan),
					     .last = prefix_last(lan),
					     .status = PUBLISHED_ALLOCATED };
	char text[PREFIX_TEXT_MAX];

	prefix_print(lan, text);
	(void)snprintf(network.handle, sizeof network.handle, "%s", text);
	(void)snprintf(network.name, sizeof network.name, "%s-LAN", published->registry);
	return published_network_add(published, &network);
}

static struct fault address_add(const struct reading *reading, uint32_t asn,
				const struct address *address)
{
	struct published_network network = { .first = *address,
					     .last = *address,
					     .status = PUBLISHED_ASSIGNED };

	address_print(address, network.handle);
	(void)snprintf(network.name, sizeof network.name, "AS%u", asn);
	(void)snprintf(network.holder_handle, sizeof network.holder_handle, "%s", reading->holder);
	return published_network_add(reading->published, &network);
}

static bool each_connection(void *context, const struct registry_member *member)
{
	struct reading *reading = context;

	if (member->asn != reading->last_asn)
		reading->fault = published_member_add(reading->store, reading->published, member,
						      reading->holder);
	reading->last_asn = member->asn;
	for (uint32_t i = 0; i < member->address_count && !failed(reading->fault); i++) {
		const struct address *address = &member->address[i];
		struct prefix host = prefix_of_address(
			address, (uint8_t)prefix_bits_max((enum family)address->family));
		if (!published_pools_has(&reading->pools, &host))
			reading->fault = address_add(reading, member->asn, address);
	}
	return !failed(reading->fault);
}

static struct fault all_read(struct store *store, struct reading *reading)
{
	const struct registry_exchange *exchange = &reading->config->exchange;

	TRY(published_pools_add(store, reading->published, &reading->pools));
	for (uint32_t i = 0; i < exchange->lan_count; i++) {
		if (!published_pools_has(&reading->pools, &exchange->lan[i]))
			TRY(lan_add(reading->published, &exchange->lan[i]));
	}
	TRY(published_exchange_read(store, reading->published));
	TRY(published_organisations_add(store, reading->published));
	TRY(registry_walk(store, each_connection, reading));
	TRY(reading->fault);
	TRY(published_contacts_add(store, reading->published));
	return ledger_newest(store, &reading->published->changed_at);
}

/* Whoever holds something has an entity, though nobody recorded an organisation of that handle. */
static struct fault holders_complete(struct published *published)
{
	bool is_added = false;

	for (uint32_t i = 0; i < published->network_count; i++) {
		const struct published_network *network = &published->network[i];
		struct published_entity entity = { .is_organisation = true };
		if (network->holder != PUBLISHED_NONE || network->holder_handle[0] == '\0')
			continue;
		(void)snprintf(entity.handle, sizeof entity.handle, "%s", network->holder_handle);
		(void)snprintf(entity.name, sizeof entity.name, "%s", network->holder_handle);
		TRY(published_entity_add(published, &entity));
		is_added = true;
	}
	if (is_added)
		published_seal(published);
	return fault_none();
}

struct fault published_read(struct store *store, const struct exchange_config *config,
			    struct published **out)
{
	struct reading reading = { .config = config, .store = store, .published = published_new() };
	struct published *published = reading.published;

	if (published == NULL)
		return fault_of(FAULT_LIMIT, 0);
	(void)utf8_clean(octets_of_text(config->exchange.name), " ", published->exchange,
			 sizeof published->exchange);
	registry_name(config->exchange.name, published->registry);
	(void)snprintf(published->country, sizeof published->country, "ZZ");
	(void)snprintf(published->base_url, sizeof published->base_url, "%s", config->web_url);
	published->asn = config->exchange.asn;
	struct fault fault = all_read(store, &reading);
	published_pools_fini(&reading.pools);
	if (failed(fault)) {
		published_unref(published);
		return fault;
	}
	published_seal(published);
	fault = holders_complete(published);
	if (failed(fault)) {
		published_unref(published);
		return fault;
	}
	*out = published;
	return fault_none();
}
