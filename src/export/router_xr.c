/* export/router_xr.c — IOS XR: lines for the configuration mode, then commit. */
#include <stdio.h>
#include <string.h>

#include "export/router_inside.h"

/* Items of a set stand in lines parted by commas. */
static void set_item(uint32_t *count, const struct prefix *prefix, const char *window,
		     struct text_sink out)
{
	char text[PREFIX_TEXT_MAX];

	prefix_print(prefix, text);
	(void)text_put(out, "%s  %s%s", (*count)++ == 0 ? "" : ",\n", text, window);
}

static void set_begin(const struct router *router, const char *name, enum family family,
		      struct text_sink out)
{
	(void)text_put(out, "prefix-set " ROUTER_LIST "\n", router->server_asn, name,
		       router_version(family));
}

static void set_end(struct text_sink out)
{
	(void)text_put(out, "\nend-set\n!\n");
}

/* " le 32", but for a host. */
static const char *longer(const struct prefix *prefix, char out[32])
{
	uint32_t most = prefix_bits_max((enum family)prefix->family);

	out[0] = '\0';
	if (prefix->len_bits < most)
		(void)snprintf(out, 32, " le %u", most);
	return out;
}

static void own_print(const struct router *router, enum family family, struct text_sink out)
{
	struct router_own own;
	uint32_t count = 0;

	(void)text_put(out, "! %s.\n", router_own_words(router, family));
	set_begin(router, "own", family, out);
	for (uint32_t at = 0; router_own_next(router, family, &at, &own);) {
		char window[32] = "";
		if (own.len_bits_min != own.prefix.len_bits ||
		    own.len_bits_max != own.prefix.len_bits)
			(void)snprintf(window, sizeof window, " ge %u le %u", own.len_bits_min,
				       own.len_bits_max);
		set_item(&count, &own.prefix, window, out);
	}
	set_end(out);
}

static void refused_print(const struct router *router, enum family family, struct text_sink out)
{
	static const struct {
		const char *name;
		bool is_exception;
	} list[] = { { "bogons", false }, { "no_bogons", true } };
	struct prefix prefix;
	uint32_t count = 0;
	char window[32];

	(void)text_put(out, "! Never taken in: peering LANs and your own.\n");
	set_begin(router, "never", family, out);
	for (uint32_t at = 0; router_never_next(router, family, &at, &prefix);)
		set_item(&count, &prefix, longer(&prefix, window), out);
	set_end(out);
	for (uint32_t i = 0; i < 2 && router->rules.check_bogons; i++) {
		if (family == FAMILY_IPV4 && list[i].is_exception)
			continue;
		set_begin(router, list[i].name, family, out);
		count = 0;
		for (uint32_t at = 0;
		     router_bogon_next(router, family, list[i].is_exception, &at, &prefix);)
			set_item(&count, &prefix, longer(&prefix, window), out);
		set_end(out);
	}
}

static void condition(const struct router *router, const char *name, enum family family,
		      const char *verdict, struct text_sink out)
{
	(void)text_put(out, "  if destination in " ROUTER_LIST " then\n    %s\n  endif\n",
		       router->server_asn, name, router_version(family), verdict);
}

static void policies_print(const struct router *router, enum family family, struct text_sink out)
{
	const struct plan_rules *rules = &router->rules;
	const char *all = family == FAMILY_IPV4 ? "0.0.0.0/0" : "::/0";
	uint32_t version = router_version(family);
	uint32_t most = prefix_bits_max(family);

	(void)text_put(out, "route-policy " ROUTER_LIST "\n", router->server_asn, "in", version);
	condition(router, "never", family, "drop", out);
	if (router->takes_blackhole)
		(void)text_put(out,
			       "  if community matches-any (65535:666) and destination in (%s ge "
			       "%u le %u) then\n    done\n  endif\n",
			       all, most, most);
	(void)text_put(out, "  if not destination in (%s ge %u le %u) then\n    drop\n  endif\n",
		       rules->check_bogons && family == FAMILY_IPV6 ? "2000::/3" : all,
		       rules->len_bits_min[family], rules->len_bits_max[family]);
	if (rules->check_bogons && family == FAMILY_IPV6)
		condition(router, "no_bogons", family, "done", out);
	if (rules->check_bogons)
		condition(router, "bogons", family, "drop", out);
	(void)text_put(out, "  pass\nend-policy\n!\nroute-policy " ROUTER_LIST "\n",
		       router->server_asn, "out", version);
	condition(router, "own", family, "done", out);
	(void)text_put(out, "  drop\nend-policy\n!\n");
}

static void neighbor_print(const struct router *router, const struct router_session *session,
			   struct text_sink out)
{
	char words[ROUTER_WORDS_MAX];
	char key[ROUTER_KEY_MAX];
	char own[ADDRESS_TEXT_MAX];
	char server[ADDRESS_TEXT_MAX];
	/* A word of the command line, where a question mark asks for help. */
	enum router_key kind = router_key_of(router, session, "", " ?\"\\!", key);

	address_print(&session->own, own);
	address_print(&session->server, server);
	(void)text_put(out, " neighbor %s\n  remote-as %u\n  description %s\n", server,
		       router->server_asn, router_describe(router, words));
	router_key_tell(kind, "  ! ", out);
	if (kind != ROUTER_KEY_NONE)
		(void)text_put(out, "  password clear %s\n", key);
	if (session->connection->gtsm)
		(void)text_put(out, "  ttl-security\n");
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		uint32_t version = router_version((enum family)f);
		if (!router_session_carries(router, session, (enum family)f))
			continue;
		(void)text_put(out, "  address-family ipv%u unicast\n", version);
		(void)text_put(out, "   route-policy " ROUTER_LIST " in\n", router->server_asn,
			       "in", version);
		(void)text_put(out, "   route-policy " ROUTER_LIST " out\n", router->server_asn,
			       "out", version);
		(void)text_put(out,
			       "   maximum-prefix %u 90\n   next-hop-self\n"
			       "   send-community-ebgp\n  !\n",
			       router->routes_max[f]);
	}
	(void)text_put(out, " !\n");
}

void router_xr_print(const struct router *router, struct text_sink out)
{
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		if (!router_carries(router, (enum family)f))
			continue;
		own_print(router, (enum family)f, out);
		refused_print(router, (enum family)f, out);
		policies_print(router, (enum family)f, out);
	}
	if (router->extended_next_hop)
		(void)text_put(out, "! On the interface in the LAN: ipv4 forwarding-enable\n");
	/* A route server is not in the paths of its routes. */
	(void)text_put(out, "router bgp %u\n bgp enforce-first-as disable\n", router->asn);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		if (router_carries(router, (enum family)f))
			(void)text_put(out, " address-family ipv%u unicast\n !\n",
				       router_version((enum family)f));
	}
	for (uint32_t i = 0; i < router->session_count; i++)
		neighbor_print(router, &router->session[i], out);
	(void)text_put(out, "!\n");
}
