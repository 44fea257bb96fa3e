/* export/router_eos.c — EOS: lines for the configuration mode. */
#include "export/router_inside.h"

static void neighbor_print(const struct router *router, const struct router_session *session,
			   struct text_sink out)
{
	uint32_t routes_max = 0;
	char words[ROUTER_WORDS_MAX];
	char key[ROUTER_KEY_MAX];
	char server[ADDRESS_TEXT_MAX];
	/* A word of the command line, where a question mark asks for help. */
	enum router_key kind = router_key_of(router, session, "", " ?\"\\!", key);

	address_print(&session->server, server);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		if (router_session_carries(router, session, (enum family)f))
			routes_max += router->routes_max[f];
	}
	(void)text_put(out, "   neighbor %s remote-as %u\n   neighbor %s description %s\n", server,
		       router->server_asn, server, router_describe(router, words));
	if (session->server_port != ROUTER_PORT)
		(void)text_put(out, "   neighbor %s transport remote-port %u\n", server,
			       session->server_port);
	router_key_tell(kind, "   ! ", out);
	if (kind != ROUTER_KEY_NONE)
		(void)text_put(out, "   neighbor %s password 0 %s\n", server, key);
	if (session->connection->gtsm)
		(void)text_put(out, "   neighbor %s ttl maximum-hops 1\n", server);
	/* A route server is not in the paths of its routes. */
	(void)text_put(out,
		       "   no neighbor %s enforce-first-as\n   neighbor %s next-hop-self\n"
		       "   neighbor %s send-community standard large\n"
		       "   neighbor %s maximum-routes %u\n",
		       server, server, server, server, routes_max);
}

static void family_print(const struct router *router, const struct router_session *session,
			 enum family family, struct text_sink out)
{
	uint32_t version = router_version(family);
	char server[ADDRESS_TEXT_MAX];

	address_print(&session->server, server);
	if (!router_session_carries(router, session, family)) {
		if (family == FAMILY_IPV4)
			(void)text_put(out, "      no neighbor %s activate\n", server);
		return;
	}
	(void)text_put(out, "      neighbor %s activate\n", server);
	(void)text_put(out, "      neighbor %s route-map " ROUTER_LIST " in\n", server,
		       router->server_asn, "in", version);
	(void)text_put(out, "      neighbor %s route-map " ROUTER_LIST " out\n", server,
		       router->server_asn, "out", version);
	if (session->server.family != (uint8_t)family)
		(void)text_put(out, "      neighbor %s next-hop address-family ipv6 originate\n",
			       server);
}

void router_eos_print(const struct router *router, struct text_sink out)
{
	if (router->takes_blackhole)
		(void)text_put(out, "!\nip community-list rs%u_blackhole permit 65535:666\n",
			       router->server_asn);
	router_lists_print(router, true, out);
	if (router->extended_next_hop)
		(void)text_put(out, "!\n! RFC 8950: IPv4 over ports without an IPv4 address.\n"
				    "ip routing ipv6 interfaces\n");
	(void)text_put(out, "!\nrouter bgp %u\n", router->asn);
	for (uint32_t i = 0; i < router->session_count; i++)
		neighbor_print(router, &router->session[i], out);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		(void)text_put(out, "   !\n   address-family ipv%u\n",
			       router_version((enum family)f));
		for (uint32_t i = 0; i < router->session_count; i++)
			family_print(router, &router->session[i], (enum family)f, out);
	}
	(void)text_put(out, "!\n");
}
