/* registry/exchange.c — exchange.yaml in and out. */
#include "registry/exchange.h"

#include <stdio.h>
#include <string.h>

#include "bgp/message.h"
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

	if (len == 0 || len >= sizeof config->exchange.name || strpbrk(text, "\"\\\n\r\t") != NULL)
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

static const struct yaml_key keys[] = {
	{ "name", false, true, "a name of 1 to 127 octets without quotes", take_name },
	{ "asn", false, true, "an AS number from 1 to 4294967295", take_asn },
	{ "router_id", false, true, "an IPv4 address other than 0.0.0.0", take_router_id },
	{ "listen", true, true, "an address, or address:port, or [address]:port", take_listen },
	{ "lans", true, true, "a prefix without host bits, such as 192.0.2.0/24", take_lan },
};

bool exchange_read(const char *file, struct octets text, struct exchange_config *out,
		   struct complaints *complaints)
{
	*out = (struct exchange_config){ 0 };
	return yaml_read(file, text, keys, sizeof keys / sizeof *keys, out, complaints);
}

bool exchange_print(const struct exchange_config *config, char out[EXCHANGE_TEXT_MAX])
{
	struct address router_id = address_ipv4(config->exchange.router_id);
	char text[PREFIX_TEXT_MAX];
	int at = 0;

	address_print(&router_id, text);
	at += snprintf(
		out, EXCHANGE_TEXT_MAX,
		"# What this machine of the exchange is.  What the exchange does is in its rule "
		"book.\nname: \"%s\"\nasn: %u\nrouter_id: %s\n\n"
		"# Where members' routers connect to.\nlisten:\n",
		config->exchange.name, config->exchange.asn, text);
	for (uint32_t i = 0; i < config->listen_count && at < (int)EXCHANGE_TEXT_MAX; i++) {
		const struct port_endpoint *listen = &config->listen[i];
		address_print(&listen->address, text);
		at += snprintf(out + at, EXCHANGE_TEXT_MAX - (size_t)at, "  - \"[%s]:%u\"\n", text,
			       listen->port);
	}
	if (at < (int)EXCHANGE_TEXT_MAX)
		at += snprintf(out + at, EXCHANGE_TEXT_MAX - (size_t)at,
			       "\n# The peering LANs: members' addresses lie in them.\nlans:\n");
	for (uint32_t i = 0; i < config->exchange.lan_count && at < (int)EXCHANGE_TEXT_MAX; i++) {
		prefix_print(&config->exchange.lan[i], text);
		at += snprintf(out + at, EXCHANGE_TEXT_MAX - (size_t)at, "  - \"%s\"\n", text);
	}
	return at < (int)EXCHANGE_TEXT_MAX;
}
