/* registry/exchange.c — exchange.yaml in and out. */
#include "registry/exchange.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "bgp/message.h"
#include "text/sink.h"
#include "text/utf8.h"
#include "text/yaml.h"

bool exchange_asn_parse(const char *text, uint32_t *out)
{
	if ((text[0] == 'A' || text[0] == 'a') && (text[1] == 'S' || text[1] == 's'))
		text += 2;
	return yaml_u32(text, UINT32_MAX, out) && *out != 0;
}

bool exchange_take_name(struct exchange_config *config, const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || len >= sizeof config->exchange.name || strpbrk(text, "\"\\") != NULL ||
	    !utf8_is_plain(octets_of_text(text)))
		return false;
	(void)snprintf(config->exchange.name, sizeof config->exchange.name, "%s", text);
	return true;
}

bool exchange_take_asn(struct exchange_config *config, const char *text)
{
	return exchange_asn_parse(text, &config->exchange.asn);
}

bool exchange_take_router_id(struct exchange_config *config, const char *text)
{
	struct address address;

	if (!address_parse(text, &address) || address.family != FAMILY_IPV4)
		return false;
	config->exchange.router_id = address_ipv4_of(&address);
	return config->exchange.router_id != 0;
}

/* "192.0.2.1", "192.0.2.1:179", "2001:db8::1" or "[2001:db8::1]:179". */
static bool endpoint_parse(const char *text, struct port_endpoint *out)
{
	char host[ADDRESS_TEXT_MAX];
	const char *last = strrchr(text, ':');
	const char *port = NULL;
	size_t len = strlen(text);
	uint32_t number = BGP_PORT;

	if (text[0] == '[') {
		const char *close = strchr(text, ']');
		if (close == NULL || (close[1] != '\0' && close[1] != ':'))
			return false;
		port = close[1] == ':' ? close + 2 : NULL;
		len = (size_t)(close - text) - 1;
		text++;
	} else if (last != NULL && strchr(text, ':') == last) {
		port = last + 1;
		len = (size_t)(last - text);
	}
	if (len >= sizeof host || (port != NULL && !yaml_u32(port, UINT16_MAX, &number)))
		return false;
	(void)snprintf(host, sizeof host, "%.*s", (int)len, text);
	out->port = (uint16_t)number;
	return number != 0 && address_parse(host, &out->address);
}

bool exchange_take_listen(struct exchange_config *config, const char *text)
{
	return config->listen_count < EXCHANGE_LISTENERS_MAX &&
	       endpoint_parse(text, &config->listen[config->listen_count]) &&
	       ++config->listen_count != 0;
}

bool exchange_take_lan(struct exchange_config *config, const char *text)
{
	struct registry_exchange *exchange = &config->exchange;
	bool had_host_bits = false;

	return exchange->lan_count < PLAN_LANS_MAX && strchr(text, '/') != NULL &&
	       prefix_parse(text, &exchange->lan[exchange->lan_count], &had_host_bits) &&
	       !had_host_bits && ++exchange->lan_count != 0;
}

/* At most one of each family: a route's next hop is of its own. */
bool exchange_take_blackhole_next_hop(struct exchange_config *config, const char *text)
{
	struct registry_exchange *exchange = &config->exchange;
	struct address address;

	if (!address_parse(text, &address) || exchange->has_blackhole_next_hop[address.family])
		return false;
	exchange->has_blackhole_next_hop[address.family] = true;
	exchange->blackhole_next_hop[address.family] = address;
	return true;
}

bool exchange_take_trial(struct exchange_config *config, const char *text)
{
	config->exchange.is_trial = strcmp(text, "yes") == 0;
	return config->exchange.is_trial || strcmp(text, "no") == 0;
}

static bool take_name(void *context, const char *text)
{
	return exchange_take_name(context, text);
}

static bool take_asn(void *context, const char *text)
{
	return exchange_take_asn(context, text);
}

static bool take_router_id(void *context, const char *text)
{
	return exchange_take_router_id(context, text);
}

static bool take_listen(void *context, const char *text)
{
	return exchange_take_listen(context, text);
}

static bool take_lan(void *context, const char *text)
{
	return exchange_take_lan(context, text);
}

static bool take_blackhole_next_hop(void *context, const char *text)
{
	return exchange_take_blackhole_next_hop(context, text);
}

static bool take_trial(void *context, const char *text)
{
	return exchange_take_trial(context, text);
}

static const struct yaml_key keys[] = {
	{ "name", false, true, "a name of 1 to 127 octets without quotes", take_name },
	{ "asn", false, true, "an AS number from 1 to 4294967295", take_asn },
	{ "router_id", false, true, "an IPv4 address other than 0.0.0.0", take_router_id },
	{ "listen", true, true, "an address, or address:port, or [address]:port", take_listen },
	{ "lans", true, true, "a prefix without host bits, such as 192.0.2.0/24", take_lan },
	{ "blackhole_next_hop", true, false, "an address, at most one of each family",
	  take_blackhole_next_hop },
	{ "trial", false, false, "yes or no", take_trial },
};

bool exchange_read(const char *file, struct octets text, struct exchange_config *out,
		   struct complaints *complaints)
{
	*out = (struct exchange_config){ 0 };
	return yaml_read(file, text, keys, sizeof keys / sizeof *keys, out, complaints);
}

static void lists_put(struct text_sink sink, const struct exchange_config *config)
{
	const struct registry_exchange *exchange = &config->exchange;
	char text[PREFIX_TEXT_MAX];

	(void)text_put_text(sink, "\n# Where members' routers connect to.\nlisten:\n");
	for (uint32_t i = 0; i < config->listen_count; i++) {
		bool is_ipv6 = config->listen[i].address.family == FAMILY_IPV6;
		address_print(&config->listen[i].address, text);
		(void)text_put(sink, "  - \"%s%s%s:%u\"\n", is_ipv6 ? "[" : "", text,
			       is_ipv6 ? "]" : "", config->listen[i].port);
	}
	(void)text_put_text(sink, "\n# The peering LANs: members' addresses lie in them.\nlans:\n");
	for (uint32_t i = 0; i < exchange->lan_count; i++) {
		prefix_print(&exchange->lan[i], text);
		(void)text_put(sink, "  - \"%s\"\n", text);
	}
	if (exchange->has_blackhole_next_hop[FAMILY_IPV4] ||
	    exchange->has_blackhole_next_hop[FAMILY_IPV6])
		(void)text_put_text(sink, "\n# Where members send what is to be dropped (RFC "
					  "7999).\nblackhole_next_hop:\n");
	for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
		address_print(&exchange->blackhole_next_hop[i], text);
		if (exchange->has_blackhole_next_hop[i])
			(void)text_put(sink, "  - \"%s\"\n", text);
	}
}

bool exchange_print(const struct exchange_config *config, char out[EXCHANGE_TEXT_MAX])
{
	struct heap heap = heap_libc();
	struct text_buffer buffer CLEAN(text_buffer_fini);
	struct address router_id = address_ipv4(config->exchange.router_id);
	char text[ADDRESS_TEXT_MAX];

	text_buffer_init(&buffer, &heap, EXCHANGE_TEXT_MAX - 1);
	struct text_sink sink = text_buffer_sink(&buffer);
	address_print(&router_id, text);
	(void)text_put(sink,
		       "# What this machine of the exchange is.  What the exchange does is in its "
		       "rule book.\nname: \"%s\"\nasn: %u\nrouter_id: %s\n",
		       config->exchange.name, config->exchange.asn, text);
	lists_put(sink, config);
	if (config->exchange.is_trial)
		(void)text_put_text(sink, "\n# A trial: unregistered numbers and addresses pass.\n"
					  "trial: yes\n");
	if (buffer.is_cut)
		return false;
	mem_copy(out, text_buffer_of(&buffer), buffer.len_octets + 1u);
	return true;
}
