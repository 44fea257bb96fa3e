/* export/router_routeros.c — RouterOS 7: a file for /import.  A chain that ends refuses. */
#include <stdio.h>

#include "export/router_inside.h"

static void rule_begin(const struct router *router, const char *chain, enum family family,
		       struct text_sink out)
{
	(void)text_put(out, "add chain=" ROUTER_LIST " rule=\"", router->server_asn, chain,
		       router_version(family));
}

static void rule_in(const struct router *router, enum family family, const struct prefix *prefix,
		    const char *verdict, struct text_sink out)
{
	char text[PREFIX_TEXT_MAX];

	prefix_print(prefix, text);
	rule_begin(router, "in", family, out);
	(void)text_put(out, "if (dst in %s) { %s }\"\n", text, verdict);
}

static void in_print(const struct router *router, enum family family, struct text_sink out)
{
	const struct plan_rules *rules = &router->rules;
	struct prefix prefix;

	for (uint32_t at = 0; router_never_next(router, family, &at, &prefix);)
		rule_in(router, family, &prefix, "reject", out);
	if (router->takes_blackhole) {
		rule_begin(router, "in", family, out);
		(void)text_put(out,
			       "if (bgp-communities includes 65535:666 && dst-len == %u) "
			       "{ accept }\"\n",
			       prefix_bits_max(family));
	}
	rule_begin(router, "in", family, out);
	(void)text_put(out, "if (dst-len < %u || dst-len > %u) { reject }\"\n",
		       rules->len_bits_min[family], rules->len_bits_max[family]);
	for (uint32_t at = 0; router_bogon_next(router, family, true, &at, &prefix);)
		rule_in(router, family, &prefix, "accept", out);
	for (uint32_t at = 0; router_bogon_next(router, family, false, &at, &prefix);)
		rule_in(router, family, &prefix, "reject", out);
	rule_begin(router, "in", family, out);
	if (family == FAMILY_IPV6 && rules->check_bogons)
		(void)text_put(out, "if (dst in 2000::/3) { accept } else { reject }\"\n");
	else
		(void)text_put(out, "accept\"\n");
}

static void out_print(const struct router *router, enum family family, struct text_sink out)
{
	struct router_own own;
	char text[PREFIX_TEXT_MAX];

	(void)text_put(out, "# %s.\n", router_own_words(router, family));
	for (uint32_t at = 0; router_own_next(router, family, &at, &own);) {
		prefix_print(&own.prefix, text);
		rule_begin(router, "own", family, out);
		if (own.len_bits_min == own.prefix.len_bits &&
		    own.len_bits_max == own.prefix.len_bits)
			(void)text_put(out, "if (dst == %s) { accept }\"\n", text);
		else
			(void)text_put(out,
				       "if (dst in %s && dst-len >= %u && dst-len <= %u) "
				       "{ accept }\"\n",
				       text, own.len_bits_min, own.len_bits_max);
	}
	rule_begin(router, "own", family, out);
	(void)text_put(out, "reject\"\n");
}

/* Both families of one session: a chain that jumps to those of each. */
static void both_print(const struct router *router, struct text_sink out)
{
	static const char *const chain[] = { "in", "own" };

	for (uint32_t i = 0; i < 2; i++) {
		(void)text_put(out,
			       "add chain=rs%u_%s rule=\"if (afi ipv4) { jump " ROUTER_LIST
			       " } else { jump " ROUTER_LIST " }\"\n",
			       router->server_asn, chain[i], router->server_asn, chain[i], 4u,
			       router->server_asn, chain[i], 6u);
	}
}

static void connection_print(const struct router *router, uint32_t index, struct text_sink out)
{
	const struct router_session *session = &router->session[index];
	uint32_t version = router_version((enum family)session->server.family);
	char words[ROUTER_WORDS_MAX];
	char key[ROUTER_KEY_MAX];
	char own[ADDRESS_TEXT_MAX];
	char server[ADDRESS_TEXT_MAX];
	enum router_key kind = router_key_of(router, session, "\"\\$?", "", key);

	address_print(&session->own, own);
	address_print(&session->server, server);
	router_key_tell(kind, "# ", out);
	if (session->connection->gtsm)
		(void)text_put(out, "# RFC 5082: drop what comes with a TTL below 255 in a "
				    "firewall filter.\n");
	(void)text_put(out, "add name=rs%u_%u as=%u comment=\"%s\" local.address=%s",
		       router->server_asn, index + 1, router->asn, router_describe(router, words),
		       own);
	(void)text_put(out, " local.role=ebgp%s remote.address=%s remote.port=%u remote.as=%u",
		       session->connection->gtsm ? " local.ttl=255" : "", server,
		       session->server_port, router->server_asn);
	if (kind != ROUTER_KEY_NONE)
		(void)text_put(out, " tcp-md5-key=\"%s\"", key);
	if (router->extended_next_hop)
		(void)text_put(out,
			       " afi=ip,ipv6 input.filter=rs%u_in output.filter-chain=rs%u_own",
			       router->server_asn, router->server_asn);
	else
		(void)text_put(out,
			       " afi=%s input.filter=" ROUTER_LIST
			       " output.filter-chain=" ROUTER_LIST,
			       version == 4 ? "ip" : "ipv6", router->server_asn, "in", version,
			       router->server_asn, "own", version);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		if (router_session_carries(router, session, (enum family)f))
			(void)text_put(out, " input.limit-process-routes-ipv%u=%u",
				       router_version((enum family)f), router->routes_max[f]);
	}
	(void)text_put(out, " nexthop-choice=force-self\n");
}

void router_routeros_print(const struct router *router, struct text_sink out)
{
	(void)text_put(out, "/routing filter rule\n");
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		if (!router_carries(router, (enum family)f))
			continue;
		in_print(router, (enum family)f, out);
		out_print(router, (enum family)f, out);
	}
	if (router->extended_next_hop)
		both_print(router, out);
	(void)text_put(out, "/routing bgp connection\n");
	for (uint32_t i = 0; i < router->session_count; i++)
		connection_print(router, i, out);
}
