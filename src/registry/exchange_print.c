/* registry/exchange_print.c — exchange.yaml written: everything that is set, and as comments, with
 * its default, everything that could be. */
#include <stdio.h>

#include "base/mem.h"
#include "registry/exchange.h"

/* "name: value"; what is not set is commented out, with its default. */
static void number_put(struct text_sink sink, const char *name, bool is_set, uint32_t value)
{
	(void)text_put(sink, "%s%s: %u\n", is_set ? "" : "#", name, value);
}

/* The shipped rules with what exchange.yaml says of them, whatever is in force. */
static struct plan_rules said_of(const struct registry_exchange *exchange)
{
	struct plan_rules rules = plan_rules_default();

	registry_rules_said(exchange, &rules);
	return rules;
}

static void addresses_put(struct text_sink sink, const struct exchange_config *config)
{
	const struct registry_exchange *exchange = &config->exchange;
	char text[PREFIX_TEXT_MAX];

	(void)text_put_text(sink, "\n# Where members' routers connect to.\nlisten:\n");
	for (uint32_t i = 0; i < config->exchange.listen_count; i++) {
		bool is_ipv6 = config->exchange.listen[i].address.family == FAMILY_IPV6;
		address_print(&config->exchange.listen[i].address, text);
		(void)text_put(sink, "  - \"%s%s%s:%u\"\n", is_ipv6 ? "[" : "", text,
			       is_ipv6 ? "]" : "", config->exchange.listen[i].port);
	}
	(void)text_put_text(sink, "\n# The peering LANs: members' addresses lie in them.\nlans:");
	(void)text_put_text(sink, exchange->lan_count == 0 ? " []\n" : "\n");
	for (uint32_t i = 0; i < exchange->lan_count; i++) {
		prefix_print(&exchange->lan[i], text);
		(void)text_put(sink, "  - \"%s\"\n", text);
	}
}

static void door_put(struct text_sink sink, const char *name, const struct exchange_door *door,
		     const char *example)
{
	char text[ADDRESS_TEXT_MAX];

	(void)text_put(sink, "%s%s:\n", door->count != 0 ? "" : "#", name);
	for (uint32_t i = 0; i < door->count; i++) {
		bool is_ipv6 = door->at[i].address.family == FAMILY_IPV6;
		address_print(&door->at[i].address, text);
		(void)text_put(sink, "  - \"%s%s%s:%u\"\n", is_ipv6 ? "[" : "", text,
			       is_ipv6 ? "]" : "", door->at[i].port);
	}
	if (door->count == 0)
		(void)text_put(sink, "#  - \"%s\"\n", example);
}

static void doors_put(struct text_sink sink, const struct exchange_config *config)
{
	(void)text_put_text(sink,
			    "\n# Where the public may ask who is here and who holds what: HTTP "
			    "(RDAP, statistics)\n# and WHOIS, and what it calls the former.\n");
	door_put(sink, "web", &config->web, "[::1]:8080");
	(void)text_put(sink, "%sweb_url: \"%s\"\n", config->web_url[0] != '\0' ? "" : "#",
		       config->web_url[0] != '\0' ? config->web_url : "https://rdap.ix.example");
	door_put(sink, "whois", &config->whois, "[::1]:4343");
}

static void rpki_put(struct text_sink sink, const struct exchange_config *config)
{
	(void)text_put_text(
		sink, "\n# What the RPKI says of origins and paths: from caches over RTR, the "
		      "best first, and from\n# the JSON that rpki-client or Routinator writes, "
		      "read again when it changes.  All caches are\n# followed at once; the "
		      "first that is up to date counts, then the file.\n");
	door_put(sink, "rtr_cache", &config->rtr_cache, "[::1]:3323");
	(void)text_put(sink, "%srpki_file: \"%s\"\n", config->rpki_file[0] != '\0' ? "" : "#",
		       config->rpki_file[0] != '\0' ? config->rpki_file :
						      "/var/db/rpki-client/json");
}

/* libpq finds passwords in ~/.pgpass, so that this file needs none. */
static void database_put(struct text_sink sink, const struct exchange_config *config)
{
	(void)text_put(
		sink,
		"\n# The registry: exchange.db beside this file, or a database of PostgreSQL "
		"that several\n# servers of the exchange may share.  A password belongs into "
		"~/.pgpass of who runs them.\n%sdatabase: \"%s\"\n",
		config->database[0] != '\0' ? "" : "#",
		config->database[0] != '\0' ? config->database :
					      "postgresql://plenum@db.ix.example/plenum");
}

static void user_put(struct text_sink sink, const struct exchange_config *config)
{
	(void)text_put(sink,
		       "\n# As whom plenum serve works when root starts it: whom this directory "
		       "belongs to, or\n# this one.\n%suser: \"%s\"\n",
		       config->user[0] != '\0' ? "" : "#",
		       config->user[0] != '\0' ? config->user : "plenum");
}

static void irr_put(struct text_sink sink, const struct exchange_config *config)
{
	const struct {
		const char *name;
		const char *value;
		const char *example;
	} row[] = {
		{ "irr_server", config->irr_server, "rr.ntt.net" },
		{ "irr_sources", config->irr_sources, "RIPE,RADB" },
		{ "irr_files", config->irr_files, "as-sets" },
	};

	(void)text_put_text(
		sink, "\n# What members' as-sets hold: a server of a routing registry, asked "
		      "through bgpq4, and a\n# folder with files such as AS64500.txt, which go "
		      "before it: a prefix or an AS number a\n# line (plenum irr refresh "
		      "--help).\n");
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		bool is_set = row[i].value[0] != '\0';
		(void)text_put(sink, "%s%s: \"%s\"\n", is_set ? "" : "#", row[i].name,
			       is_set ? row[i].value : row[i].example);
	}
}

static void blackhole_put(struct text_sink sink, const struct registry_exchange *exchange)
{
	bool is_offered = exchange->has_blackhole_next_hop[FAMILY_IPV4] ||
			  exchange->has_blackhole_next_hop[FAMILY_IPV6];
	char text[ADDRESS_TEXT_MAX];

	(void)text_put(sink,
		       "\n# Blackholing (RFC 7999) is offered where this says where it leads: an "
		       "address a\n# family that drops what it gets.\n%sblackhole_next_hop:\n",
		       is_offered ? "" : "#");
	for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
		address_print(&exchange->blackhole_next_hop[i], text);
		if (exchange->has_blackhole_next_hop[i])
			(void)text_put(sink, "  - \"%s\"\n", text);
	}
	if (!is_offered)
		(void)text_put_text(sink, "#  - \"192.0.2.66\"\n");
	(void)text_put(sink,
		       "\n# For a trial: private and documentation numbers and prefixes pass the "
		       "checks.\n%strial: %s\n",
		       exchange->is_trial ? "" : "#", exchange->is_trial ? "yes" : "no");
}

static void limits_put(struct text_sink sink, const struct registry_exchange *exchange)
{
	const struct registry_rules *set = &exchange->rules;
	struct plan_rules rules = said_of(exchange);

	(void)text_put(
		sink,
		"\n# Prefixes beyond a member's limit: warn = they are taken and it is said, "
		"block = they are\n# refused until there is room, shut = the session ends and "
		"may come back after\n# max_prefix_retry_s (0 = never).  A member may have its "
		"own (plenum member edit\n# --max-prefix-action, --max-prefix4, "
		"--max-prefix6).\n%smax_prefix_action: %s\n",
		set->limit_action != LIMIT_ACTION_DEFAULT ? "" : "#",
		plan_limit_action_name(rules.limit_action));
	number_put(sink, "max_prefix_ipv4", set->routes_max[FAMILY_IPV4] != 0,
		   rules.routes_max[FAMILY_IPV4]);
	number_put(sink, "max_prefix_ipv6", set->routes_max[FAMILY_IPV6] != 0,
		   rules.routes_max[FAMILY_IPV6]);
	number_put(sink, "max_prefix_warn_percent", set->warn_percent != 0, rules.warn_percent);
	number_put(sink, "max_prefix_retry_s", set->has_retry_s, rules.retry_s);
}

static void list_put(struct text_sink sink, const char *name, bool is_set, const uint32_t *list,
		     uint32_t count)
{
	const char *mark = is_set ? "" : "#";

	(void)text_put(sink, "%s%s:%s\n", mark, name, count == 0 ? " []" : "");
	for (uint32_t i = 0; i < count; i++)
		(void)text_put(sink, "%s  - %u\n", mark, list[i]);
}

static void ipv6_only_lan_put(struct text_sink sink, const struct registry_exchange *exchange)
{
	enum plan_ipv6_only_lan policy = exchange->rules.ipv6_only_lan;

	(void)text_put(
		sink,
		"\n# IPv4 routes between routers that take IPv6 next hops for them (RFC 8950) and "
		"those that do\n# not: off = no next hop is changed, translate = each is told an "
		"address of the sender's\n# that it can use (plenum show slat), require = also, a "
		"session that carries IPv4 without\n# RFC 8950 is refused.\n%sipv6_only_lan: %s\n",
		policy != IPV6_ONLY_LAN_OFF ? "" : "#", plan_ipv6_only_lan_name(policy));
}

static void lists_put(struct text_sink sink, const struct registry_exchange *exchange)
{
	struct plan_rules rules = said_of(exchange);

	(void)text_put_text(
		sink, "\n# Networks that buy no transit: a path that leads through one behind "
		      "another network is\n# a leak (transit-free).  What stands here stands "
		      "instead of these.\n");
	list_put(sink, "transit_free", exchange->rules.has_transit_free, rules.transit_free,
		 rules.transit_free_count);
	(void)text_put_text(sink, "\n# Networks that ask never to be reached through route servers "
				  "(never-via-route-server).\n");
	list_put(sink, "never_via", rules.never_via_count != 0, rules.never_via,
		 rules.never_via_count);
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
	(void)text_put(
		sink,
		"# What this machine of the exchange is, and below what the exchange sets of "
		"its rule book.\n# It holds from the next start of plenum serve on; plenum "
		"check says what is wrong with it.\n\nname: \"%s\"\nasn: %u\n"
		"\n# Its BGP identifier.\nrouter_id: %s\n",
		config->exchange.name, config->exchange.asn, text);
	addresses_put(sink, config);
	doors_put(sink, config);
	database_put(sink, config);
	user_put(sink, config);
	irr_put(sink, config);
	rpki_put(sink, config);
	blackhole_put(sink, &config->exchange);
	(void)text_put_text(sink,
			    "\n# --- The rule book, until a version of it is adopted (plenum "
			    "rules adopt): then nothing below holds.\n# What is commented out is "
			    "the default.\n");
	limits_put(sink, &config->exchange);
	ipv6_only_lan_put(sink, &config->exchange);
	lists_put(sink, &config->exchange);
	if (buffer.is_cut)
		return false;
	mem_copy(out, text_buffer_of(&buffer), buffer.len_octets + 1u);
	return true;
}
