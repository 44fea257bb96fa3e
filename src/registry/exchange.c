/* registry/exchange.c — exchange.yaml in and out. */
#include "registry/exchange.h"

#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "bgp/message.h"
#include "net/asn.h"
#include "text/sink.h"
#include "text/utf8.h"
#include "text/yaml.h"

#define HTTP_PORT 80u
#define WHOIS_PORT 43u

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
	return asn_parse(text, &config->exchange.asn);
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
static bool endpoint_parse(const char *text, uint32_t default_port, struct port_endpoint *out)
{
	char host[ADDRESS_TEXT_MAX];
	const char *last = strrchr(text, ':');
	const char *port = NULL;
	size_t len = strlen(text);
	uint32_t number = default_port;

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
	if (len >= sizeof host || (port != NULL && !decimal_u32(port, UINT16_MAX, &number)))
		return false;
	(void)snprintf(host, sizeof host, "%.*s", (int)len, text);
	out->port = (uint16_t)number;
	return number != 0 && address_parse(host, &out->address);
}

bool exchange_take_listen(struct exchange_config *config, const char *text)
{
	struct registry_exchange *exchange = &config->exchange;

	return exchange->listen_count < REGISTRY_LISTENERS_MAX &&
	       endpoint_parse(text, BGP_PORT, &exchange->listen[exchange->listen_count]) &&
	       ++exchange->listen_count != 0;
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

bool exchange_take_database(struct exchange_config *config, const char *url)
{
	size_t len = strlen(url);

	if (len >= sizeof config->database || strpbrk(url, "\"\\") != NULL ||
	    !utf8_is_plain(octets_of_text(url)) || !store_url_is_good(url))
		return false;
	(void)snprintf(config->database, sizeof config->database, "%s", url);
	return true;
}

bool exchange_take_trial(struct exchange_config *config, const char *text)
{
	config->exchange.is_trial = strcmp(text, "yes") == 0;
	return config->exchange.is_trial || strcmp(text, "no") == 0;
}

/* --- the rule book's parameters --------------------------------------------------------------- */

static bool take_limit_action(void *context, const char *text)
{
	struct exchange_config *config = context;

	return plan_limit_action_of(text, &config->exchange.rules.limit_action);
}

static bool take_ipv6_only_lan(void *context, const char *text)
{
	struct exchange_config *config = context;

	return plan_ipv6_only_lan_of(text, &config->exchange.rules.ipv6_only_lan);
}

static bool routes_max_take(void *context, enum family family, const char *text)
{
	struct exchange_config *config = context;
	uint32_t *out = &config->exchange.rules.routes_max[family];

	return decimal_u32(text, REGISTRY_ROUTES_MAX, out) && *out != 0;
}

static bool take_max_prefix_ipv4(void *context, const char *text)
{
	return routes_max_take(context, FAMILY_IPV4, text);
}

static bool take_max_prefix_ipv6(void *context, const char *text)
{
	return routes_max_take(context, FAMILY_IPV6, text);
}

static bool take_warn_percent(void *context, const char *text)
{
	struct exchange_config *config = context;
	uint32_t percent = 0;

	if (!decimal_u32(text, 100, &percent) || percent == 0)
		return false;
	config->exchange.rules.warn_percent = (uint8_t)percent;
	return true;
}

static bool take_retry_s(void *context, const char *text)
{
	struct exchange_config *config = context;

	config->exchange.rules.has_retry_s = true;
	return decimal_u32(text, EXCHANGE_RETRY_S_MAX, &config->exchange.rules.retry_s);
}

static bool list_take(uint32_t *list, uint32_t *count, uint32_t max, const char *text)
{
	return *count < max && asn_parse(text, &list[*count]) && ++*count != 0;
}

/* What is listed stands instead of the built-in ones; so an empty list is one, too. */
static void begin_transit_free(void *context)
{
	struct exchange_config *config = context;

	config->exchange.rules.has_transit_free = true;
}

static bool take_transit_free(void *context, const char *text)
{
	struct exchange_config *config = context;
	struct registry_rules *rules = &config->exchange.rules;

	return list_take(rules->transit_free, &rules->transit_free_count, PLAN_TRANSIT_FREE_MAX,
			 text);
}

static bool take_never_via(void *context, const char *text)
{
	struct exchange_config *config = context;
	struct registry_rules *rules = &config->exchange.rules;

	return list_take(rules->never_via, &rules->never_via_count, PLAN_NEVER_VIA_MAX, text);
}

/* --- the table -------------------------------------------------------------------------------- */

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

static bool take_database(void *context, const char *text)
{
	return exchange_take_database(context, text);
}

static bool take_blackhole_next_hop(void *context, const char *text)
{
	return exchange_take_blackhole_next_hop(context, text);
}

static bool take_trial(void *context, const char *text)
{
	return exchange_take_trial(context, text);
}

static bool door_take(struct exchange_door *door, uint32_t default_port, const char *text)
{
	return door->count < EXCHANGE_DOORS_MAX &&
	       endpoint_parse(text, default_port, &door->at[door->count]) && ++door->count != 0;
}

static bool take_web(void *context, const char *text)
{
	struct exchange_config *config = context;

	return door_take(&config->web, HTTP_PORT, text);
}

static bool take_whois(void *context, const char *text)
{
	struct exchange_config *config = context;

	return door_take(&config->whois, WHOIS_PORT, text);
}

/* Nothing that would have to be escaped in JSON, in a header or in a page. */
static bool take_web_url(void *context, const char *text)
{
	struct exchange_config *config = context;
	size_t len = strlen(text);

	if ((strncmp(text, "http://", 7) != 0 && strncmp(text, "https://", 8) != 0) ||
	    len >= sizeof config->web_url || text[len - 1] == '/' ||
	    strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			 "-._~:/[]") != len)
		return false;
	(void)snprintf(config->web_url, sizeof config->web_url, "%s", text);
	return true;
}

static bool text_take(const char *text, const char *letters, char out[EXCHANGE_IRR_TEXT_MAX])
{
	size_t len = strlen(text);

	if (len == 0 || len >= EXCHANGE_IRR_TEXT_MAX || text[0] == '-' ||
	    (letters != NULL && strspn(text, letters) != len))
		return false;
	(void)snprintf(out, EXCHANGE_IRR_TEXT_MAX, "%s", text);
	return true;
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"

static bool take_irr_server(void *context, const char *text)
{
	return text_take(text, LETTERS ".:[]", ((struct exchange_config *)context)->irr_server);
}

static bool take_irr_sources(void *context, const char *text)
{
	return text_take(text, LETTERS "_,", ((struct exchange_config *)context)->irr_sources);
}

static bool take_irr_files(void *context, const char *text)
{
	struct exchange_config *config = context;

	return utf8_is_plain(octets_of_text(text)) && strpbrk(text, "\"\\") == NULL &&
	       text_take(text, NULL, config->irr_files);
}

static bool take_rtr_cache(void *context, const char *text)
{
	struct exchange_config *config = context;

	return door_take(&config->rtr_cache, EXCHANGE_RTR_PORT, text);
}

static bool take_rpki_file(void *context, const char *text)
{
	struct exchange_config *config = context;
	size_t len = strlen(text);

	if (len == 0 || len >= sizeof config->rpki_file || strpbrk(text, "\"\\") != NULL ||
	    !utf8_is_plain(octets_of_text(text)))
		return false;
	(void)snprintf(config->rpki_file, sizeof config->rpki_file, "%s", text);
	return true;
}

static bool take_user(void *context, const char *text)
{
	struct exchange_config *config = context;
	size_t len = strlen(text);

	if (len == 0 || len >= sizeof config->user || text[0] == '-' ||
	    strspn(text, LETTERS "._") != len)
		return false;
	(void)snprintf(config->user, sizeof config->user, "%s", text);
	return true;
}

#define AN_ASN "an AS number from 1 to 4294967295"

static const struct yaml_key keys[] = {
	{ .name = "name",
	  .is_required = true,
	  .expects = "a name of 1 to 127 octets without quotes",
	  .take = take_name,
	  .help = "what the exchange is called" },
	{ .name = "asn",
	  .is_required = true,
	  .expects = AN_ASN,
	  .take = take_asn,
	  .help = "the route server's AS number" },
	{ .name = "router_id",
	  .is_required = true,
	  .expects = "an IPv4 address other than 0.0.0.0",
	  .take = take_router_id,
	  .help = "its BGP identifier" },
	{ .name = "listen",
	  .is_list = true,
	  .is_required = true,
	  .expects = "an address, or address:port, or [address]:port",
	  .take = take_listen,
	  .help = "where members' routers connect; port 179 if not said" },
	{ .name = "lans",
	  .is_list = true,
	  .is_required = true,
	  .expects = "a prefix without host bits, such as 192.0.2.0/24",
	  .take = take_lan,
	  .help = "the peering LANs; members' addresses lie in them" },
	{ .name = "blackhole_next_hop",
	  .is_list = true,
	  .expects = "an address, at most one of each family",
	  .take = take_blackhole_next_hop,
	  .help = "where blackholing leads (RFC 7999); default: it is not offered" },
	{ .name = "database",
	  .is_secret = true,
	  .expects = "a URL such as postgresql://user@host/name",
	  .take = take_database,
	  .help = "a database of PostgreSQL; default: exchange.db beside this file" },
	{ .name = "user",
	  .expects = "the name of a user of this machine",
	  .take = take_user,
	  .help = "as whom root serves; default: whom the directory belongs to" },
	{ .name = "trial",
	  .expects = "yes or no",
	  .take = take_trial,
	  .help = "private and documentation numbers and prefixes pass; default: no" },
	{ .name = "web",
	  .is_list = true,
	  .expects = "an address, or address:port, or [address]:port",
	  .take = take_web,
	  .help = "HTTP for the public: RDAP, statistics; port 80; default: none" },
	{ .name = "web_url",
	  .expects = "a URL without a closing slash, such as https://rdap.ix.example",
	  .take = take_web_url,
	  .help = "what the public calls that; it stands in links" },
	{ .name = "rtr_cache",
	  .is_list = true,
	  .expects = "an address, or address:port, or [address]:port",
	  .take = take_rtr_cache,
	  .help = "RPKI caches (RTR), the best first; port 323 if not said" },
	{ .name = "rpki_file",
	  .expects = "a path of at most 239 octets without quotes",
	  .take = take_rpki_file,
	  .help = "JSON of rpki-client or Routinator, for when no cache has data" },
	{ .name = "whois",
	  .is_list = true,
	  .expects = "an address, or address:port, or [address]:port",
	  .take = take_whois,
	  .help = "WHOIS for the public; port 43; default: none" },
	{ .name = "irr_server",
	  .expects = "a host, or host:port",
	  .take = take_irr_server,
	  .help = "asked what members' as-sets hold, such as rr.ntt.net; default: none" },
	{ .name = "irr_sources",
	  .expects = "names of registries with commas between, such as RIPE,RADB",
	  .take = take_irr_sources,
	  .help = "of its registries, in this order; default: all" },
	{ .name = "irr_files",
	  .expects = "a folder",
	  .take = take_irr_files,
	  .help = "with files such as AS64500.txt, which go before the server; default: none" },
	{ .name = "max_prefix_action",
	  .expects = "warn, block or shut",
	  .take = take_limit_action,
	  .help = "for prefixes beyond a member's limit; default: shut" },
	{ .name = "max_prefix_ipv4",
	  .expects = "a number from 1 to 100000000",
	  .take = take_max_prefix_ipv4,
	  .help = "the limit of members that have none of their own; default: 250000" },
	{ .name = "max_prefix_ipv6",
	  .expects = "a number from 1 to 100000000",
	  .take = take_max_prefix_ipv6,
	  .help = "the same for IPv6; default: 100000" },
	{ .name = "max_prefix_warn_percent",
	  .expects = "a number from 1 to 100",
	  .take = take_warn_percent,
	  .help = "of its limit, from which a member is warned of; default: 80" },
	{ .name = "max_prefix_retry_s",
	  .expects = "a number of seconds from 0 to 86400",
	  .take = take_retry_s,
	  .help = "before a session that was shut may come back, 0 = never; default: 900" },
	{ .name = "ipv6_only_lan",
	  .expects = "off, translate or require",
	  .take = take_ipv6_only_lan,
	  .help = "IPv4 between IPv4 and IPv6 next hops (RFC 8950); default: off" },
	{ .name = "transit_free",
	  .is_list = true,
	  .expects = AN_ASN,
	  .take = take_transit_free,
	  .begin = begin_transit_free,
	  .help = "refused behind another network; default: 14 large ones" },
	{ .name = "never_via",
	  .is_list = true,
	  .expects = AN_ASN,
	  .take = take_never_via,
	  .help = "refused wherever in a path; default: none" },
};

void exchange_keys_print(struct text_sink out)
{
	for (uint32_t i = 0; i < sizeof keys / sizeof *keys; i++)
		(void)text_put(out, "  %-24s %s%s%s\n", keys[i].name,
			       keys[i].is_list ? "a list: " : "", keys[i].help,
			       keys[i].is_required ? "; needed" : "");
}

bool exchange_read(const char *file, struct octets text, struct exchange_config *out,
		   struct complaints *complaints)
{
	*out = (struct exchange_config){ 0 };
	return yaml_read(file, text, keys, sizeof keys / sizeof *keys, out, complaints);
}
