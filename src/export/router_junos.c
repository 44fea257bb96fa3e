/* export/router_junos.c — Junos: a hierarchy for `load merge`.  Of the route filters in one term
 * the longest decides alone, so what may hold what stands in terms of its own. */
#include <stdio.h>

#include "export/router_inside.h"

static void filter_put(const struct prefix *prefix, const char *how, struct text_sink out)
{
	char text[PREFIX_TEXT_MAX];

	prefix_print(prefix, text);
	(void)text_put(out, "                route-filter %s %s;\n", text, how);
}

static void term_begin(const char *name, struct text_sink out)
{
	(void)text_put(out, "        term %s {\n            from {\n", name);
}

static void term_end(const char *verdict, struct text_sink out)
{
	(void)text_put(out, "            }\n            then %s;\n        }\n", verdict);
}

static void own_print(const struct router *router, enum family family, struct text_sink out)
{
	struct router_own own;
	char text[PREFIX_TEXT_MAX];

	(void)text_put(out, "    /* %s. */\n", router_own_words(router, family));
	(void)text_put(out, "    route-filter-list " ROUTER_LIST " {\n", router->server_asn, "own",
		       router_version(family));
	for (uint32_t at = 0; router_own_next(router, family, &at, &own);) {
		prefix_print(&own.prefix, text);
		if (own.len_bits_min == own.prefix.len_bits &&
		    own.len_bits_max == own.prefix.len_bits)
			(void)text_put(out, "        %s exact;\n", text);
		else
			(void)text_put(out, "        %s prefix-length-range /%u-/%u;\n", text,
				       own.len_bits_min, own.len_bits_max);
	}
	(void)text_put(out, "    }\n");
}

static void bogon_terms(const struct router *router, enum family family, struct text_sink out)
{
	struct prefix prefix;
	char window[32];

	if (!router->rules.check_bogons)
		return;
	if (family == FAMILY_IPV6) {
		(void)snprintf(window, sizeof window, "upto /%u",
			       router->rules.len_bits_max[family]);
		term_begin("no-bogons", out);
		for (uint32_t at = 0; router_bogon_next(router, family, true, &at, &prefix);)
			filter_put(&prefix, window, out);
		term_end("accept", out);
	}
	term_begin("bogons", out);
	for (uint32_t at = 0; router_bogon_next(router, family, false, &at, &prefix);)
		filter_put(&prefix, "orlonger", out);
	term_end("reject", out);
}

/* A policy for one family in a chain of two. */
static void other_family(const struct router *router, enum family family, struct text_sink out)
{
	if (!router->extended_next_hop)
		return;
	term_begin("other-family", out);
	(void)text_put(out, "                family %s;\n",
		       family == FAMILY_IPV4 ? "inet6" : "inet");
	term_end("next policy", out);
}

static void policies_print(const struct router *router, enum family family, struct text_sink out)
{
	static const struct prefix all[] = { { FAMILY_IPV4, 0, { 0 } }, { FAMILY_IPV6, 0, { 0 } } };
	static const struct prefix global = { FAMILY_IPV6, 3, { 0x20 } };
	const struct plan_rules *rules = &router->rules;
	uint32_t version = router_version(family);
	struct prefix prefix;
	char window[48];

	(void)text_put(out, "    policy-statement " ROUTER_LIST " {\n", router->server_asn, "in",
		       version);
	other_family(router, family, out);
	term_begin("never", out);
	for (uint32_t at = 0; router_never_next(router, family, &at, &prefix);)
		filter_put(&prefix, "orlonger", out);
	term_end("reject", out);
	if (router->takes_blackhole) {
		term_begin("blackhole", out);
		(void)text_put(out, "                community rs%u_blackhole;\n",
			       router->server_asn);
		(void)snprintf(window, sizeof window, "prefix-length-range /%u-/%u",
			       prefix_bits_max(family), prefix_bits_max(family));
		filter_put(&all[family], window, out);
		term_end("accept", out);
	}
	bogon_terms(router, family, out);
	term_begin("lengths", out);
	(void)snprintf(window, sizeof window, "prefix-length-range /%u-/%u",
		       rules->len_bits_min[family], rules->len_bits_max[family]);
	filter_put(family == FAMILY_IPV6 && rules->check_bogons ? &global : &all[family], window,
		   out);
	term_end("accept", out);
	(void)text_put(out, "        then reject;\n    }\n");
	(void)text_put(out, "    policy-statement " ROUTER_LIST " {\n", router->server_asn, "out",
		       version);
	other_family(router, family, out);
	term_begin("own", out);
	(void)text_put(out, "                route-filter-list " ROUTER_LIST ";\n",
		       router->server_asn, "own", version);
	(void)text_put(out, "            }\n            then {\n                next-hop self;\n"
			    "                accept;\n            }\n        }\n"
			    "        then reject;\n    }\n");
}

static void family_print(const struct router *router, const struct router_session *session,
			 enum family family, struct text_sink out)
{
	(void)text_put(out, "                family %s {\n                    unicast {\n",
		       family == FAMILY_IPV4 ? "inet" : "inet6");
	if (session->server.family != (uint8_t)family)
		(void)text_put(out, "                        extended-nexthop;\n");
	(void)text_put(out,
		       "                        prefix-limit {\n"
		       "                            maximum %u;\n"
		       "                            teardown 90 idle-timeout 15;\n"
		       "                        }\n                    }\n                }\n",
		       router->routes_max[family]);
}

static void policy_names(const struct router *router, const struct router_session *session,
			 const char *name, struct text_sink out)
{
	const char *comma = "";

	(void)text_put(out, "[ ");
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		if (!router_session_carries(router, session, (enum family)f))
			continue;
		(void)text_put(out, "%s" ROUTER_LIST, comma, router->server_asn, name,
			       router_version((enum family)f));
		comma = " ";
	}
	(void)text_put(out, " ];\n");
}

static void neighbor_print(const struct router *router, const struct router_session *session,
			   struct text_sink out)
{
	char words[ROUTER_WORDS_MAX];
	char key[ROUTER_KEY_MAX];
	char own[ADDRESS_TEXT_MAX];
	char server[ADDRESS_TEXT_MAX];
	enum router_key kind = router_key_of(router, session, "\"\\", "", key);

	address_print(&session->own, own);
	address_print(&session->server, server);
	(void)text_put(out, "            neighbor %s {\n                description \"%s\";\n",
		       server, router_describe(router, words));
	(void)text_put(out, "                local-address %s;\n", own);
	router_key_tell(kind, "                # ", out);
	if (kind != ROUTER_KEY_NONE)
		(void)text_put(out, "                authentication-key \"%s\";\n", key);
	if (session->connection->gtsm)
		(void)text_put(out, "                ttl 255; # RFC 5082: and drop what comes with "
				    "less in a firewall filter\n");
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		if (router_session_carries(router, session, (enum family)f))
			family_print(router, session, (enum family)f, out);
	}
	(void)text_put(out, "                import ");
	policy_names(router, session, "in", out);
	(void)text_put(out, "                export ");
	policy_names(router, session, "out", out);
	(void)text_put(out, "            }\n");
}

void router_junos_print(const struct router *router, struct text_sink out)
{
	(void)text_put(out, "policy-options {\n");
	if (router->takes_blackhole)
		(void)text_put(out, "    community rs%u_blackhole members 65535:666;\n",
			       router->server_asn);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		if (!router_carries(router, (enum family)f))
			continue;
		own_print(router, (enum family)f, out);
		policies_print(router, (enum family)f, out);
	}
	(void)text_put(out,
		       "}\nprotocols {\n    bgp {\n        group rs%u {\n"
		       "            type external;\n            peer-as %u;\n",
		       router->server_asn, router->server_asn);
	for (uint32_t i = 0; i < router->session_count; i++)
		neighbor_print(router, &router->session[i], out);
	(void)text_put(out, "        }\n    }\n}\n");
}
