/* export/router_frr.c — FRR: lines for vtysh or its configuration. */
#include "export/router_inside.h"

static void neighbor_print(const struct router *router, const struct router_session *session,
			   struct text_sink out)
{
	char words[ROUTER_WORDS_MAX];
	char key[ROUTER_KEY_MAX];
	char own[ADDRESS_TEXT_MAX];
	char server[ADDRESS_TEXT_MAX];
	/* A word to the end of the line: blanks would be counted anew. */
	enum router_key kind = router_key_of(router, session, "", " ?", key);

	address_print(&session->own, own);
	address_print(&session->server, server);
	(void)text_put(out, " neighbor %s remote-as %u\n neighbor %s description %s\n", server,
		       router->server_asn, server, router_describe(router, words));
	(void)text_put(out, " neighbor %s update-source %s\n", server, own);
	if (session->server_port != ROUTER_PORT)
		(void)text_put(out, " neighbor %s port %u\n", server, session->server_port);
	router_key_tell(kind, " ! ", out);
	if (kind != ROUTER_KEY_NONE)
		(void)text_put(out, " neighbor %s password %s\n", server, key);
	if (session->connection->gtsm)
		(void)text_put(out, " neighbor %s ttl-security hops 1\n", server);
	if (session->connection->require_role)
		(void)text_put(out, " neighbor %s local-role rs-client\n", server);
	if (router->extended_next_hop)
		(void)text_put(out, " neighbor %s capability extended-nexthop\n", server);
	/* A route server is not in the paths of its routes. */
	(void)text_put(out, " no neighbor %s enforce-first-as\n", server);
}

static void family_print(const struct router *router, const struct router_session *session,
			 enum family family, struct text_sink out)
{
	uint32_t version = router_version(family);
	char server[ADDRESS_TEXT_MAX];

	address_print(&session->server, server);
	if (!router_session_carries(router, session, family)) {
		if (family == FAMILY_IPV4)
			(void)text_put(out, "  no neighbor %s activate\n", server);
		return;
	}
	(void)text_put(out, "  neighbor %s activate\n  neighbor %s next-hop-self\n", server,
		       server);
	(void)text_put(out, "  neighbor %s route-map " ROUTER_LIST " in\n", server,
		       router->server_asn, "in", version);
	(void)text_put(out, "  neighbor %s route-map " ROUTER_LIST " out\n", server,
		       router->server_asn, "out", version);
	(void)text_put(out, "  neighbor %s maximum-prefix %u\n", server,
		       router->routes_max[family]);
}

void router_frr_print(const struct router *router, struct text_sink out)
{
	if (router->takes_blackhole)
		(void)text_put(out,
			       "!\nbgp community-list standard rs%u_blackhole seq 5 permit "
			       "65535:666\n",
			       router->server_asn);
	router_lists_print(router, false, out);
	(void)text_put(out, "!\nrouter bgp %u\n", router->asn);
	for (uint32_t i = 0; i < router->session_count; i++)
		neighbor_print(router, &router->session[i], out);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		(void)text_put(out, " address-family ipv%u unicast\n",
			       router_version((enum family)f));
		for (uint32_t i = 0; i < router->session_count; i++)
			family_print(router, &router->session[i], (enum family)f, out);
		(void)text_put(out, " exit-address-family\n");
	}
}
