/* export/router_lists.c — prefix lists and route maps, as FRR and EOS both have them. */
#include <stdio.h>

#include "export/router_inside.h"

/* Lists are numbered in fives, as the router itself does. */
#define STEP 5u

struct list {
	const struct router *router;
	const char *name;
	enum family family;
	uint32_t number;
	bool has_mode; /* IPv6 lists: a line that opens a mode, then an item a line */
	struct text_sink out;
};

static void item(struct list *list, const char *verb, const struct prefix *prefix,
		 const char *window)
{
	const char *words = list->family == FAMILY_IPV4 ? "ip" : "ipv6";
	bool in_mode = list->has_mode && list->family == FAMILY_IPV6;
	char text[PREFIX_TEXT_MAX];

	prefix_print(prefix, text);
	list->number += STEP;
	if (!in_mode || list->number == STEP)
		(void)text_put(list->out, "%s prefix-list " ROUTER_LIST "%s", words,
			       list->router->server_asn, list->name, router_version(list->family),
			       in_mode ? "\n" : "");
	(void)text_put(list->out, "%sseq %u %s %s%s\n", in_mode ? "   " : " ", list->number, verb,
		       text, window);
}

static const char *window_of(uint8_t len_bits, uint32_t min, uint32_t max, char out[32])
{
	out[0] = '\0';
	if (min > len_bits && max > min)
		(void)snprintf(out, 32, " ge %u le %u", min, max);
	else if (min > len_bits)
		(void)snprintf(out, 32, " ge %u le %u", min, min);
	else if (max > len_bits)
		(void)snprintf(out, 32, " le %u", max);
	return out;
}

/* What lies in a prefix, whatever its length; nothing lies in a host. */
static void item_longer(struct list *list, const char *verb, const struct prefix *prefix)
{
	char window[32];

	item(list, verb, prefix,
	     window_of(prefix->len_bits, prefix->len_bits, prefix_bits_max(list->family), window));
}

static void own_list(const struct router *router, enum family family, bool has_mode,
		     struct text_sink out)
{
	struct list list = { router, "own", family, 0, has_mode, out };
	struct router_own own;
	char window[32];

	(void)text_put(out, "!\n! %s.\n", router_own_words(router, family));
	for (uint32_t at = 0; router_own_next(router, family, &at, &own);)
		item(&list, "permit", &own.prefix,
		     window_of(own.prefix.len_bits, own.len_bits_min, own.len_bits_max, window));
}

static void in_lists(const struct router *router, enum family family, bool has_mode,
		     struct text_sink out)
{
	static const struct prefix any[] = {
		[FAMILY_IPV4] = { FAMILY_IPV4, 0, { 0 } },
		[FAMILY_IPV6] = { FAMILY_IPV6, 3, { 0x20 } },
	};
	static const struct prefix all[] = { { FAMILY_IPV4, 0, { 0 } }, { FAMILY_IPV6, 0, { 0 } } };
	const struct plan_rules *rules = &router->rules;
	struct list never = { router, "never", family, 0, has_mode, out };
	struct list in = { router, "in", family, 0, has_mode, out };
	struct prefix prefix;
	char window[32];

	(void)text_put(out, "!\n! Never taken in: peering LANs and your own.\n");
	for (uint32_t at = 0; router_never_next(router, family, &at, &prefix);)
		item_longer(&never, "permit", &prefix);
	(void)text_put(out, "!\n! No default route, nothing too long%s.\n",
		       rules->check_bogons ? ", no bogons (RFC 6890)" : "");
	for (uint32_t at = 0; router_bogon_next(router, family, true, &at, &prefix);)
		item(&in, "permit", &prefix,
		     window_of(prefix.len_bits, 0, rules->len_bits_max[family], window));
	for (uint32_t at = 0; router_bogon_next(router, family, false, &at, &prefix);)
		item_longer(&in, "deny", &prefix);
	prefix = rules->check_bogons ? any[family] : all[family];
	item(&in, "permit", &prefix,
	     window_of(prefix.len_bits, rules->len_bits_min[family], rules->len_bits_max[family],
		       window));
	if (router->takes_blackhole) {
		struct list host = { router, "host", family, 0, has_mode, out };
		item(&host, "permit", &all[family],
		     window_of(0, prefix_bits_max(family), prefix_bits_max(family), window));
	}
}

static void map_entry(const struct router *router, enum family family, const char *map,
		      const char *verb, const char *list, struct text_sink out)
{
	uint32_t version = router_version(family);

	(void)text_put(out, "route-map " ROUTER_LIST " %s\n", router->server_asn, map, version,
		       verb);
	(void)text_put(out, " match %s address prefix-list " ROUTER_LIST "\n",
		       family == FAMILY_IPV4 ? "ip" : "ipv6", router->server_asn, list, version);
}

static void maps(const struct router *router, enum family family, struct text_sink out)
{
	(void)text_put(out, "!\n");
	map_entry(router, family, "in", "deny 10", "never", out);
	if (router->takes_blackhole) {
		map_entry(router, family, "in", "permit 20", "host", out);
		(void)text_put(out, " match community rs%u_blackhole\n", router->server_asn);
	}
	map_entry(router, family, "in", "permit 30", "in", out);
	map_entry(router, family, "out", "permit 10", "own", out);
}

void router_lists_print(const struct router *router, bool has_mode, struct text_sink out)
{
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		if (!router_carries(router, (enum family)f))
			continue;
		own_list(router, (enum family)f, has_mode, out);
		in_lists(router, (enum family)f, has_mode, out);
		maps(router, (enum family)f, out);
	}
}
