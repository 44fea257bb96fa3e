/* export/router.c — which sessions a member's router has, and what all vendors' words share. */
#include <stdio.h>
#include <string.h>

#include "export/router_inside.h"
#include "rules/bogon.h"

const struct router_vendor router_vendors[] = {
	{ "bird", "BIRD 2.0.8 or later", "include it from bird.conf", "# ", router_bird_print },
	{ "frr", "FRR 8 or later", "lines for vtysh", "! ", router_frr_print },
	{ "openbgpd", "OpenBGPD 7 or later", "include it from bgpd.conf", "# ",
	  router_openbgpd_print },
	{ "junos", "Junos 17.3 or later", "load merge", "# ", router_junos_print },
	{ "ios-xr", "IOS XR 7 or later", "lines for the configuration mode", "! ",
	  router_xr_print },
	{ "eos", "EOS 4.23 or later", "lines for the configuration mode", "! ", router_eos_print },
	{ "routeros", "RouterOS 7.20 or later", "import it", "# ", router_routeros_print },
	{ 0 },
};

const struct router_vendor *router_vendor_of(const char *name)
{
	for (const struct router_vendor *at = router_vendors; at->name != NULL; at++) {
		if (strcmp(at->name, name) == 0)
			return at;
	}
	return NULL;
}

/* --- words ------------------------------------------------------------------------------------ */

static bool is_plain(char letter)
{
	return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
	       (letter >= '0' && letter <= '9') ||
	       (letter != '\0' && strchr(" ._,()+&-", letter) != NULL);
}

const char *router_words_clean(const char *text, char out[ROUTER_WORDS_MAX])
{
	size_t len = 0;
	bool was_strange = false;

	for (; *text != '\0' && len < ROUTER_WORDS_MAX - 1; text++) {
		bool is_good = is_plain(*text);
		if (is_good || !was_strange)
			out[len++] = is_good ? *text : '?';
		was_strange = !is_good;
	}
	out[len] = '\0';
	return out;
}

const char *router_describe(const struct router *router, char out[ROUTER_WORDS_MAX])
{
	char name[ROUTER_WORDS_MAX];

	(void)router_words_clean(router->exchange, name);
	for (char *at = name; *at != '\0'; at++) {
		if (*at == '?') /* a terminal would take it for a call for help */
			*at = '_';
	}
	(void)snprintf(out, ROUTER_WORDS_MAX, "%.60s route server", name);
	return out;
}

/* Numbers in two columns: communities of two octets only where both numbers fit. */
static void steering_print(const char *mark, const char *standard, const char *large,
			   const char *meaning, struct text_sink out)
{
	(void)text_put(out, "%s  %-14s %-20s %s\n", mark, standard, large, meaning);
}

static void communities_print(const struct router *router, const char *mark, struct text_sink out)
{
	static const struct {
		const char *high; /* "" = the route server's number */
		const char *low;
		const char *large;
		const char *meaning;
	} steering[] = {
		{ "0", "PEER", "0:PEER", "do not announce to PEER" },
		{ "", "PEER", "1:PEER", "announce to PEER" },
		{ "0", "", "0:0", "announce to nobody but those named" },
		{ "65511", "PEER", "101:PEER",
		  "prepend once to PEER; 65512, 102 twice; 65513, 103" },
		{ "65511", "", "101:0", "prepend once to everybody; likewise" },
	};
	char number[16];

	(void)snprintf(number, sizeof number, "%u", router->server_asn);
	(void)text_put(out, "%sCommunities that steer where your routes go (PEER: an AS number):\n",
		       mark);
	for (size_t i = 0; i < sizeof steering / sizeof *steering; i++) {
		char standard[32];
		char large[48];
		const char *high = steering[i].high[0] != '\0' ? steering[i].high : number;
		const char *low = steering[i].low[0] != '\0' ? steering[i].low : number;
		(void)snprintf(standard, sizeof standard, "%s:%s",
			       router->server_asn <= UINT16_MAX ? high : "-",
			       router->server_asn <= UINT16_MAX ? low : "-");
		(void)snprintf(large, sizeof large, "%u:%s", router->server_asn, steering[i].large);
		steering_print(mark, router->server_asn <= UINT16_MAX ? standard : "-", large,
			       steering[i].meaning, out);
	}
	if (router->rules.blackhole)
		steering_print(mark, "65535:666", "", "BLACKHOLE (RFC 7999)", out);
	steering_print(mark, "65535:0", "", "GRACEFUL_SHUTDOWN (RFC 8326)", out);
}

void router_print(const struct router *router, const struct router_vendor *vendor,
		  struct text_sink out)
{
	char exchange[ROUTER_WORDS_MAX];
	char member[ROUTER_WORDS_MAX];

	(void)text_put(out, "%s%s: AS%u, %s, with the route server, AS%u.\n", vendor->mark,
		       router_words_clean(router->exchange, exchange), router->asn,
		       router_words_clean(router->member, member), router->server_asn);
	(void)text_put(out, "%sFor %s; %s.\n%c\n", vendor->mark, vendor->title, vendor->usage,
		       vendor->mark[0]);
	communities_print(router, vendor->mark, out);
	vendor->print(router, out);
}

/* --- sessions --------------------------------------------------------------------------------- */

static bool is_any(const struct address *address)
{
	const struct address none = { .family = address->family };

	return address_compare(address, &none) == 0;
}

static bool in_one_lan(const struct registry_exchange *exchange, const struct address *a,
		       const struct address *b)
{
	for (uint32_t i = 0; i < exchange->lan_count; i++) {
		if (prefix_has_address(&exchange->lan[i], a) &&
		    prefix_has_address(&exchange->lan[i], b))
			return true;
	}
	return false;
}

struct servers {
	uint32_t count;
	const struct port_endpoint *at;
};

static bool session_add(struct router *out, const struct registry_member *connection,
			const struct address *own, const struct port_endpoint *server)
{
	if (out->session_count == ROUTER_SESSIONS_MAX)
		return false;
	out->session[out->session_count++] = (struct router_session){
		.own = *own,
		.own_port = connection->is_active && connection->port != ROUTER_PORT ?
				    connection->port :
				    0,
		.server = server->address,
		.server_port = server->port,
		.connection = connection,
	};
	return true;
}

/* Where the address may connect to: on its own LAN if the server listens there. */
static bool sessions_of(struct router *out, const struct registry_exchange *exchange,
			const struct servers *servers, const struct registry_member *connection,
			const struct address *own)
{
	for (uint32_t pass = 0; pass < 2; pass++) {
		uint32_t before = out->session_count;
		for (uint32_t i = 0; i < servers->count; i++) {
			const struct port_endpoint *server = &servers->at[i];
			if (server->address.family != own->family || is_any(&server->address) ||
			    (pass == 0 && !in_one_lan(exchange, own, &server->address)))
				continue;
			if (!session_add(out, connection, own, server))
				return false;
		}
		if (out->session_count != before)
			break;
	}
	return true;
}

static void connection_take(struct router *out, const struct registry_exchange *exchange,
			    const struct servers *servers, const struct registry_member *connection,
			    struct complaints *complaints)
{
	out->takes_blackhole |= connection->takes_blackhole;
	for (uint32_t i = 0; i < connection->address_count; i++) {
		const struct address *own = &connection->address[i];
		uint32_t before = out->session_count;
		char text[ADDRESS_TEXT_MAX];
		if (out->extended_next_hop && own->family == FAMILY_IPV4)
			continue;
		address_print(own, text);
		if (!sessions_of(out, exchange, servers, connection, own))
			complain(complaints, false,
				 "more than %u sessions; name one connection with --at",
				 ROUTER_SESSIONS_MAX);
		else if (out->session_count == before)
			complain(complaints, true,
				 "%s: exchange.yaml names no address of the route server for it "
				 "to connect to; say which with --server ADDRESS",
				 text);
	}
}

static bool connection_has(const struct registry_member *connection, const struct address *address)
{
	for (uint32_t i = 0; i < connection->address_count; i++) {
		if (address_compare(&connection->address[i], address) == 0)
			return true;
	}
	return false;
}

/* What all others together may announce. */
static void routes_count(struct router *out, const struct registry_list *all)
{
	static const uint32_t most[] = {
		[FAMILY_IPV4] = ROUTER_ROUTES_IPV4_MAX, [FAMILY_IPV6] = ROUTER_ROUTES_IPV6_MAX
	};
	uint64_t sum[FAMILY_COUNT] = { 0 };

	for (uint32_t i = 0; i < all->count; i++) {
		if (all->item[i].asn == out->asn)
			continue;
		for (uint32_t f = 0; f < FAMILY_COUNT; f++)
			sum[f] += all->item[i].routes_max[f] != 0 ? all->item[i].routes_max[f] :
								    out->rules.routes_max[f];
	}
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		if (sum[f] == 0)
			sum[f] = out->rules.routes_max[f];
		out->routes_max[f] = sum[f] < most[f] ? (uint32_t)sum[f] : most[f];
	}
}

bool router_fill(struct router *out, const struct registry_exchange *exchange,
		 const struct registry_list *connections, const struct registry_list *all,
		 const struct router_order *order, struct complaints *complaints)
{
	const struct registry_member *first = &connections->item[0];
	struct servers servers = { exchange->listen_count, exchange->listen };
	uint32_t errors = complaints->error_count;
	bool is_found = false;

	if (order->server_count != 0)
		servers = (struct servers){ order->server_count, order->server };
	*out = (struct router){ .asn = first->asn,
				.server_asn = exchange->asn,
				.member = first->name,
				.exchange = exchange->name,
				.as_macro = first->as_macro,
				.lan_count = exchange->lan_count,
				.lan = exchange->lan,
				.rules = registry_rules_of(exchange),
				.with_password = order->with_password,
				.extended_next_hop = order->extended_next_hop,
				.own_count = order->own_count,
				.own = order->own };
	for (uint32_t i = 0; i < connections->count; i++) {
		const struct registry_member *connection = &connections->item[i];
		if (order->has_at && !connection_has(connection, &order->at))
			continue;
		is_found = true;
		connection_take(out, exchange, &servers, connection, complaints);
	}
	routes_count(out, all);
	if (!is_found)
		complain(complaints, false, "AS%u has no connection with that address", out->asn);
	else if (out->session_count == 0 && complaints->error_count == errors)
		complain(complaints, false,
			 "AS%u has no %saddress that could connect: nothing to write", out->asn,
			 out->extended_next_hop ? "IPv6 " : "");
	return complaints->error_count == errors;
}

/* --- what all have ---------------------------------------------------------------------------- */

bool router_session_carries(const struct router *router, const struct router_session *session,
			    enum family family)
{
	return session->server.family == (uint8_t)family || router->extended_next_hop;
}

bool router_carries(const struct router *router, enum family family)
{
	for (uint32_t i = 0; i < router->session_count; i++) {
		if (router_session_carries(router, &router->session[i], family))
			return true;
	}
	return false;
}

bool router_own_is_known(const struct router *router, enum family family)
{
	for (uint32_t i = 0; i < router->own_count; i++) {
		if (router->own[i].prefix.family == (uint8_t)family)
			return true;
	}
	return false;
}

const char *router_own_words(const struct router *router, enum family family)
{
	return router_own_is_known(router, family) ?
		       "What you announce" :
		       "What you announce; put your own prefixes here in place of this one";
}

bool router_own_next(const struct router *router, enum family family, uint32_t *at,
		     struct router_own *out)
{
	static const struct router_own documentation[] = {
		[FAMILY_IPV4] = { { FAMILY_IPV4, 24, { 192, 0, 2 } }, 24, 24 },
		[FAMILY_IPV6] = { { FAMILY_IPV6, 32, { 0x20, 0x01, 0x0d, 0xb8 } }, 32, 32 },
	};

	if (!router_own_is_known(router, family)) {
		*out = documentation[family];
		return (*at)++ == 0;
	}
	while (*at < router->own_count) {
		*out = router->own[(*at)++];
		if (out->prefix.family == (uint8_t)family)
			return true;
	}
	return false;
}

bool router_never_next(const struct router *router, enum family family, uint32_t *at,
		       struct prefix *out)
{
	struct router_own own;

	while (*at < router->lan_count) {
		*out = router->lan[(*at)++];
		if (out->family == (uint8_t)family)
			return true;
	}
	uint32_t own_at = *at - router->lan_count;
	bool is_more = router_own_next(router, family, &own_at, &own);
	*at = own_at + router->lan_count;
	*out = own.prefix;
	return is_more;
}

bool router_bogon_next(const struct router *router, enum family family, bool is_exception,
		       uint32_t *at, struct prefix *out)
{
	bool found = false;

	while (router->rules.check_bogons && rules_bogon_next(at, out, &found)) {
		if (out->family == (uint8_t)family && found == is_exception)
			return true;
	}
	return false;
}

/* --- passwords -------------------------------------------------------------------------------- */

enum router_key router_key_of(const struct router *router, const struct router_session *session,
			      const char *escape, const char *unfit, char out[ROUTER_KEY_MAX])
{
	const char *key = session->connection->password;
	size_t len = 0;

	out[0] = '\0';
	if (key[0] == '\0')
		return ROUTER_KEY_NONE;
	(void)snprintf(out, ROUTER_KEY_MAX, ROUTER_PLACEHOLDER);
	if (!router->with_password)
		return ROUTER_KEY_HIDDEN;
	for (const char *at = key; *at != '\0'; at++) {
		if (*at < ' ' || *at > '~' || strchr(unfit, *at) != NULL)
			return ROUTER_KEY_UNFIT;
	}
	for (const char *at = key; *at != '\0'; at++) {
		if (strchr(escape, *at) != NULL)
			out[len++] = '\\';
		out[len++] = *at;
	}
	out[len] = '\0';
	return ROUTER_KEY_SHOWN;
}

void router_key_tell(enum router_key key, const char *mark, struct text_sink out)
{
	if (key == ROUTER_KEY_HIDDEN)
		(void)text_put(out, "%sPut the password in: plenum export router --with-password\n",
			       mark);
	else if (key == ROUTER_KEY_UNFIT)
		(void)text_put(out,
			       "%sThe password has letters that cannot be written here; set one "
			       "that has not\n",
			       mark);
}
