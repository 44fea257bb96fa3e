/* export/router_openbgpd.c — OpenBGPD: a file to include.  Its last matching filter rule decides,
 * so all here are quick: what stands after the include changes nothing for the route server. */
#include <stdio.h>
#include <string.h>

#include "export/router_inside.h"

static void set_item(const struct prefix *prefix, const char *window, struct text_sink out)
{
	char text[PREFIX_TEXT_MAX];

	prefix_print(prefix, text);
	(void)text_put(out, "\t%s%s\n", text, window);
}

static void own_print(const struct router *router, struct text_sink out)
{
	struct router_own own;

	(void)text_put(out, "\n# What you announce.\nprefix-set \"rs%u-own\" {\n",
		       router->server_asn);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		if (!router_carries(router, (enum family)f))
			continue;
		if (!router_own_is_known(router, (enum family)f))
			(void)text_put(out, "\t# Put your own IPv%u prefixes in place of this.\n",
				       router_version((enum family)f));
		for (uint32_t at = 0; router_own_next(router, (enum family)f, &at, &own);) {
			char window[32] = "";
			if (own.len_bits_min != own.prefix.len_bits ||
			    own.len_bits_max != own.prefix.len_bits)
				(void)snprintf(window, sizeof window, " prefixlen %u - %u",
					       own.len_bits_min, own.len_bits_max);
			set_item(&own.prefix, window, out);
		}
	}
	(void)text_put(out, "}\n");
}

static void bogons_print(const struct router *router, const char *name, bool is_exception,
			 struct text_sink out)
{
	struct prefix prefix;

	(void)text_put(out, "prefix-set \"rs%u-%s\" {\n", router->server_asn, name);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		for (uint32_t at = 0;
		     router_bogon_next(router, (enum family)f, is_exception, &at, &prefix);)
			set_item(&prefix, " or-longer", out);
	}
	(void)text_put(out, "}\n");
}

static void sets_print(const struct router *router, struct text_sink out)
{
	struct prefix prefix;

	own_print(router, out);
	(void)text_put(out,
		       "\n# Never taken in: peering LANs and your own.\n"
		       "prefix-set \"rs%u-never\" {\n",
		       router->server_asn);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		for (uint32_t at = 0; router_carries(router, (enum family)f) &&
				      router_never_next(router, (enum family)f, &at, &prefix);)
			set_item(&prefix, " or-longer", out);
	}
	(void)text_put(out, "}\n");
	if (!router->rules.check_bogons)
		return;
	(void)text_put(out, "\n# Not for the public Internet (RFC 6890), and what in it is.\n");
	bogons_print(router, "bogons", false, out);
	bogons_print(router, "no-bogons", true, out);
}

static void key_print(const struct router *router, const struct router_session *session,
		      struct text_sink out)
{
	char key[ROUTER_KEY_MAX];
	enum router_key kind = router_key_of(router, session, "", "", key);

	router_key_tell(kind, "\t\t# ", out);
	if (kind == ROUTER_KEY_NONE)
		return;
	if (kind != ROUTER_KEY_SHOWN || strpbrk(key, "\"\\$") == NULL) {
		(void)text_put(out, "\t\ttcp md5sig password \"%s\"\n", key);
		return;
	}
	/* Its strings have no way to write some letters: as hexadecimal digits instead. */
	(void)text_put(out, "\t\ttcp md5sig key \"");
	for (const char *at = key; *at != '\0'; at++)
		(void)text_put(out, "%02x", (unsigned)(unsigned char)*at);
	(void)text_put(out, "\"\n");
}

static void neighbor_print(const struct router *router, const struct router_session *session,
			   struct text_sink out)
{
	uint32_t routes_max = 0;
	char words[ROUTER_WORDS_MAX];
	char own[ADDRESS_TEXT_MAX];
	char server[ADDRESS_TEXT_MAX];

	address_print(&session->own, own);
	address_print(&session->server, server);
	(void)text_put(out, "\tneighbor %s {\n\t\tdescr \"%s\"\n\t\tlocal-address %s\n", server,
		       router_describe(router, words), own);
	if (session->server_port != ROUTER_PORT)
		(void)text_put(out, "\t\tport %u\n", session->server_port);
	key_print(router, session, out);
	if (session->connection->gtsm)
		(void)text_put(out, "\t\tttl-security yes\n");
	if (session->connection->require_role)
		(void)text_put(out, "\t\tannounce policy rs-client\n");
	if (session->connection->add_path)
		(void)text_put(out, "\t\tannounce add-path recv yes\n");
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		bool carries = router_session_carries(router, session, (enum family)f);
		(void)text_put(out, "\t\tannounce IPv%u %s\n", router_version((enum family)f),
			       carries ? "unicast" : "none");
		routes_max += carries ? router->routes_max[f] : 0;
	}
	if (router->extended_next_hop)
		(void)text_put(
			out,
			"\t\tannounce extended nexthop yes # RFC 8950, from OpenBGPD 8.8 on\n");
	(void)text_put(out, "\t\tmax-prefix %u restart 15\n\t}\n", routes_max);
}

static void in_print(const struct router *router, struct text_sink out)
{
	const struct plan_rules *rules = &router->rules;
	uint32_t asn = router->server_asn;

	(void)text_put(out, "\ndeny quick from group \"rs%u\" prefix-set \"rs%u-never\"\n", asn,
		       asn);
	for (uint32_t f = 0; f < FAMILY_COUNT && router->takes_blackhole; f++)
		(void)text_put(out,
			       "allow quick from group \"rs%u\" %s prefixlen = %u community "
			       "BLACKHOLE\n",
			       asn, f == FAMILY_IPV4 ? "inet" : "inet6",
			       prefix_bits_max((enum family)f));
	(void)text_put(out, "deny quick from group \"rs%u\" inet prefixlen < %u\n", asn,
		       rules->len_bits_min[FAMILY_IPV4]);
	(void)text_put(out, "deny quick from group \"rs%u\" inet prefixlen > %u\n", asn,
		       rules->len_bits_max[FAMILY_IPV4]);
	(void)text_put(out, "deny quick from group \"rs%u\" inet6 prefixlen < %u\n", asn,
		       rules->len_bits_min[FAMILY_IPV6]);
	(void)text_put(out, "deny quick from group \"rs%u\" inet6 prefixlen > %u\n", asn,
		       rules->len_bits_max[FAMILY_IPV6]);
	if (rules->check_bogons)
		(void)text_put(out,
			       "allow quick from group \"rs%u\" prefix-set \"rs%u-no-bogons\"\n"
			       "deny quick from group \"rs%u\" prefix-set \"rs%u-bogons\"\n",
			       asn, asn, asn, asn);
	if (rules->check_bogons)
		(void)text_put(out,
			       "allow quick from group \"rs%u\" inet\n"
			       "allow quick from group \"rs%u\" prefix 2000::/3 or-longer\n"
			       "deny quick from group \"rs%u\"\n",
			       asn, asn, asn);
	else
		(void)text_put(out, "allow quick from group \"rs%u\"\n", asn);
}

void router_openbgpd_print(const struct router *router, struct text_sink out)
{
	uint32_t asn = router->server_asn;

	sets_print(router, out);
	/* A route server is not in the paths of its routes. */
	(void)text_put(out, "\ngroup \"rs%u\" {\n\tremote-as %u\n\tenforce neighbor-as no\n", asn,
		       asn);
	for (uint32_t i = 0; i < router->session_count; i++)
		neighbor_print(router, &router->session[i], out);
	(void)text_put(out, "}\n");
	in_print(router, out);
	(void)text_put(out,
		       "match to group \"rs%u\" set nexthop self\n"
		       "allow quick to group \"rs%u\" prefix-set \"rs%u-own\"\n"
		       "deny quick to group \"rs%u\"\n",
		       asn, asn, asn, asn);
}
