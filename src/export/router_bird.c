/* export/router_bird.c — BIRD 2: a file to include. */
#include <stdio.h>

#include "export/router_inside.h"

static void set_begin(const struct router *router, const char *name, enum family family,
		      struct text_sink out)
{
	(void)text_put(out, "define " ROUTER_LIST " = [", router->server_asn, name,
		       router_version(family));
}

/* "," before all but the first. */
static void set_item(uint32_t *count, const struct prefix *prefix, const char *pattern,
		     struct text_sink out)
{
	char text[PREFIX_TEXT_MAX];

	prefix_print(prefix, text);
	(void)text_put(out, "%s\n\t%s%s", (*count)++ == 0 ? "" : ",", text, pattern);
}

static void own_print(const struct router *router, enum family family, struct text_sink out)
{
	struct router_own own;
	uint32_t count = 0;

	(void)text_put(out, "\n# %s.\n", router_own_words(router, family));
	set_begin(router, "own", family, out);
	for (uint32_t at = 0; router_own_next(router, family, &at, &own);) {
		char window[16] = "";
		if (own.len_bits_min != own.prefix.len_bits ||
		    own.len_bits_max != own.prefix.len_bits)
			(void)snprintf(window, sizeof window, "{%u,%u}", own.len_bits_min,
				       own.len_bits_max);
		set_item(&count, &own.prefix, window, out);
	}
	(void)text_put(out, "\n];\n");
}

static void refused_print(const struct router *router, enum family family, struct text_sink out)
{
	struct prefix prefix;
	uint32_t count = 0;

	(void)text_put(out, "\n# Never taken in: peering LANs and your own.\n");
	set_begin(router, "never", family, out);
	for (uint32_t at = 0; router_never_next(router, family, &at, &prefix);)
		set_item(&count, &prefix, "+", out);
	(void)text_put(out, "\n];\n");
	if (!router->rules.check_bogons)
		return;
	(void)text_put(out, "\n# Not for the public Internet (RFC 6890).\n");
	set_begin(router, "bogons", family, out);
	count = 0;
	for (uint32_t at = 0; router_bogon_next(router, family, false, &at, &prefix);)
		set_item(&count, &prefix, "+", out);
	(void)text_put(out, "\n];\n");
	if (family == FAMILY_IPV4)
		return;
	set_begin(router, "no_bogons", family, out);
	count = 0;
	for (uint32_t at = 0; router_bogon_next(router, family, true, &at, &prefix);)
		set_item(&count, &prefix, "+", out);
	(void)text_put(out, "\n];\n");
}

static void bogons_filter(const struct router *router, uint32_t version, struct text_sink out)
{
	if (!router->rules.check_bogons)
		return;
	if (version == 4) {
		(void)text_put(out, "\tif net ~ " ROUTER_LIST " then reject;\n", router->server_asn,
			       "bogons", version);
		return;
	}
	(void)text_put(out,
		       "\tif ! (net ~ [ 2000::/3+ ]) then reject;\n"
		       "\tif net ~ " ROUTER_LIST " && ! (net ~ " ROUTER_LIST ") then reject;\n",
		       router->server_asn, "bogons", version, router->server_asn, "no_bogons",
		       version);
}

static void filters_print(const struct router *router, enum family family, struct text_sink out)
{
	const struct plan_rules *rules = &router->rules;
	uint32_t version = router_version(family);

	(void)text_put(out, "\nfilter " ROUTER_LIST "\n{\n", router->server_asn, "in", version);
	(void)text_put(out, "\tif net ~ " ROUTER_LIST " then reject;\n", router->server_asn,
		       "never", version);
	if (router->takes_blackhole)
		(void)text_put(out,
			       "\tif (65535, 666) ~ bgp_community && net.len = %u then accept;\n",
			       prefix_bits_max(family));
	(void)text_put(out, "\tif net.len < %u || net.len > %u then reject;\n",
		       rules->len_bits_min[family], rules->len_bits_max[family]);
	bogons_filter(router, version, out);
	(void)text_put(out, "\taccept;\n}\n\nfilter " ROUTER_LIST "\n{\n", router->server_asn,
		       "out", version);
	(void)text_put(out, "\tif net ~ " ROUTER_LIST " then accept;\n\treject;\n}\n",
		       router->server_asn, "own", version);
}

static void channel_print(const struct router *router, const struct router_session *session,
			  enum family family, struct text_sink out)
{
	uint32_t version = router_version(family);

	(void)text_put(out, "\tipv%u {\n\t\timport filter " ROUTER_LIST ";\n", version,
		       router->server_asn, "in", version);
	(void)text_put(out, "\t\texport filter " ROUTER_LIST ";\n", router->server_asn, "out",
		       version);
	(void)text_put(out, "\t\timport limit %u action disable;\n\t\tnext hop self;\n",
		       router->routes_max[family]);
	if (session->connection->add_path)
		(void)text_put(out, "\t\tadd paths rx;\n");
	if (session->server.family != (uint8_t)family)
		(void)text_put(out, "\t\textended next hop on; # RFC 8950\n");
	(void)text_put(out, "\t};\n");
}

static void session_print(const struct router *router, uint32_t index, struct text_sink out)
{
	const struct router_session *session = &router->session[index];
	char words[ROUTER_WORDS_MAX];
	char key[ROUTER_KEY_MAX];
	char own[ADDRESS_TEXT_MAX];
	char server[ADDRESS_TEXT_MAX];
	/* BIRD's strings know no escapes. */
	enum router_key kind = router_key_of(router, session, "", "\"", key);

	address_print(&session->own, own);
	address_print(&session->server, server);
	(void)text_put(out, "\nprotocol bgp rs%u_%u {\n\tdescription \"%s\";\n", router->server_asn,
		       index + 1, router_describe(router, words));
	(void)text_put(out, "\tlocal %s ", own);
	if (session->own_port != 0)
		(void)text_put(out, "port %u ", session->own_port);
	(void)text_put(out, "as %u;\n\tneighbor %s ", router->asn, server);
	if (session->server_port != ROUTER_PORT)
		(void)text_put(out, "port %u ", session->server_port);
	(void)text_put(out, "as %u;\n", router->server_asn);
	router_key_tell(kind, "\t# ", out);
	if (kind != ROUTER_KEY_NONE)
		(void)text_put(out, "\tpassword \"%s\";\n", key);
	if (session->connection->gtsm)
		(void)text_put(out, "\tttl security on; # RFC 5082\n");
	if (session->connection->require_role)
		(void)text_put(out, "\tlocal role rs_client; # RFC 9234, from BIRD 2.0.11 on\n");
	if (session->connection->extended_message)
		(void)text_put(out, "\tenable extended messages on;\n");
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		if (router_session_carries(router, session, (enum family)f))
			channel_print(router, session, (enum family)f, out);
	}
	(void)text_put(out, "}\n");
}

void router_bird_print(const struct router *router, struct text_sink out)
{
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		if (!router_carries(router, (enum family)f))
			continue;
		own_print(router, (enum family)f, out);
		refused_print(router, (enum family)f, out);
		filters_print(router, (enum family)f, out);
	}
	for (uint32_t i = 0; i < router->session_count; i++)
		session_print(router, i, out);
}
