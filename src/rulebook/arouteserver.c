/* rulebook/arouteserver.c — general.yml walked through, each setting by its path. */
#include "rulebook/arouteserver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "text/yaml.h"
#include "text/yaml_tree.h"

#define SETTING_PATH_MAX 256u
#define SECONDS_OF_MINUTE 60u
#define RESTART_MINUTES_MAX 1440u

struct translating {
	const struct yaml_tree *tree;
	struct rulebook *book;
	struct complaints *complaints;
	bool rpki_enabled;
	bool rpki_rejects;
	bool irr_origins;
	bool irr_prefixes;
};

typedef bool (*setting_take)(struct translating *translating, const struct yaml_node *node);

static bool number_of(const struct yaml_node *node, uint32_t max, uint32_t *out)
{
	return node->kind == YAML_TEXT && decimal_u32(node->text, max, out);
}

/* YAML 1.1 has many words for it. */
static bool yes_of(const struct yaml_node *node, bool *out)
{
	static const char *const words[] = { "True", "true", "yes", "False", "false", "no" };

	for (uint32_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcmp(node->text, words[i]) != 0)
			continue;
		*out = i < 3;
		return true;
	}
	return false;
}

static bool len_take(const struct yaml_node *node, uint32_t bits, uint8_t *out)
{
	uint32_t number = 0;

	if (!number_of(node, bits, &number))
		return false;
	*out = (uint8_t)number;
	return true;
}

static bool ipv4_min(struct translating *translating, const struct yaml_node *node)
{
	return len_take(node, 32, &translating->book->rules.len_bits_min[FAMILY_IPV4]);
}

static bool ipv4_max(struct translating *translating, const struct yaml_node *node)
{
	return len_take(node, 32, &translating->book->rules.len_bits_max[FAMILY_IPV4]);
}

static bool ipv6_min(struct translating *translating, const struct yaml_node *node)
{
	return len_take(node, 128, &translating->book->rules.len_bits_min[FAMILY_IPV6]);
}

static bool ipv6_max(struct translating *translating, const struct yaml_node *node)
{
	return len_take(node, 128, &translating->book->rules.len_bits_max[FAMILY_IPV6]);
}

static bool path_len(struct translating *translating, const struct yaml_node *node)
{
	uint32_t number = 0;

	if (!number_of(node, 1000, &number) || number == 0)
		return false;
	translating->book->rules.path_len_max = (uint16_t)number;
	return true;
}

static bool bogon_asns(struct translating *translating, const struct yaml_node *node)
{
	return yes_of(node, &translating->book->rules.check_bogon_asns);
}

/* "strict": the session's own; "same-as": any of the same AS. */
static bool next_hop(struct translating *translating, const struct yaml_node *node)
{
	bool is_strict = strcmp(node->text, "strict") == 0;

	translating->book->rules.next_hop_policy = is_strict ? PLAN_NEXT_HOP_OWN :
							       PLAN_NEXT_HOP_MEMBER;
	return is_strict || strcmp(node->text, "same-as") == 0;
}

static bool rpki_enabled(struct translating *translating, const struct yaml_node *node)
{
	return yes_of(node, &translating->rpki_enabled);
}

static bool rpki_rejects(struct translating *translating, const struct yaml_node *node)
{
	return yes_of(node, &translating->rpki_rejects);
}

static bool irr_origins(struct translating *translating, const struct yaml_node *node)
{
	return yes_of(node, &translating->irr_origins);
}

static bool irr_prefixes(struct translating *translating, const struct yaml_node *node)
{
	return yes_of(node, &translating->irr_prefixes);
}

static bool limit_take(const struct yaml_node *node, uint32_t *out)
{
	return number_of(node, 100000000, out) && *out != 0;
}

static bool limit_ipv4(struct translating *translating, const struct yaml_node *node)
{
	return limit_take(node, &translating->book->rules.routes_max[FAMILY_IPV4]);
}

static bool limit_ipv6(struct translating *translating, const struct yaml_node *node)
{
	return limit_take(node, &translating->book->rules.routes_max[FAMILY_IPV6]);
}

/* "restart" shuts, too, and comes back; "shutdown" never does by itself. */
static bool limit_action(struct translating *translating, const struct yaml_node *node)
{
	static const struct {
		const char *word;
		enum plan_limit_action action;
	} words[] = { { "shutdown", LIMIT_ACTION_SHUT },
		      { "restart", LIMIT_ACTION_SHUT },
		      { "block", LIMIT_ACTION_BLOCK },
		      { "warning", LIMIT_ACTION_WARN } };

	for (uint32_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcmp(node->text, words[i].word) != 0)
			continue;
		translating->book->rules.limit_action = words[i].action;
		if (i == 0)
			translating->book->rules.retry_s = 0;
		return true;
	}
	return false;
}

static bool limit_restart(struct translating *translating, const struct yaml_node *node)
{
	uint32_t minutes = 0;

	if (!number_of(node, RESTART_MINUTES_MAX, &minutes))
		return false;
	if (translating->book->rules.retry_s != 0)
		translating->book->rules.retry_s = minutes * SECONDS_OF_MINUTE;
	return true;
}

static bool blackhole_next_hop(struct translating *translating, const struct yaml_node *node)
{
	struct plan_rules *rules = &translating->book->rules;
	struct address address;

	if (!address_parse(node->text, &address))
		return false;
	rules->blackhole = true;
	rules->has_blackhole_next_hop[address.family] = true;
	rules->blackhole_next_hop[address.family] = address;
	return true;
}

/* --- lists ------------------------------------------------------------------------------------ */

static size_t digits_of(const char *text)
{
	size_t count = 0;

	while (text[count] >= '0' && text[count] <= '9')
		count++;
	return count;
}

static bool is_listed(const uint32_t *list, uint32_t count, uint32_t asn)
{
	for (uint32_t i = 0; i < count; i++) {
		if (list[i] == asn)
			return true;
	}
	return false;
}

/* Numbers one after the other, with whatever between; ARouteServer takes a list or one text, and a
 * number twice, which a rule book does not. */
static bool asns_take(const char *text, uint32_t max, uint32_t *list, uint32_t *count)
{
	while (*text != '\0') {
		size_t digits = digits_of(text);
		if (digits == 0) {
			text++;
			continue;
		}
		char number[12];
		if (digits >= sizeof number || *count == max)
			return false;
		(void)snprintf(number, sizeof number, "%.*s", (int)digits, text);
		if (!decimal_u32(number, UINT32_MAX, &list[*count]) || list[*count] == 0)
			return false;
		if (!is_listed(list, *count, list[*count]))
			++*count;
		text += digits;
	}
	return true;
}

static bool list_take(struct translating *translating, const struct yaml_node *node, uint32_t max,
		      uint32_t *list, uint32_t *count)
{
	*count = 0;
	if (node->kind == YAML_TEXT)
		return asns_take(node->text, max, list, count);
	for (const struct yaml_node *item = yaml_child(translating->tree, node); item != NULL;
	     item = yaml_next(translating->tree, item)) {
		if (item->kind != YAML_TEXT || !asns_take(item->text, max, list, count))
			return false;
	}
	return true;
}

static bool transit_free(struct translating *translating, const struct yaml_node *node)
{
	struct plan_rules *rules = &translating->book->rules;

	return list_take(translating, node, PLAN_TRANSIT_FREE_MAX, rules->transit_free,
			 &rules->transit_free_count);
}

static bool never_via(struct translating *translating, const struct yaml_node *node)
{
	struct plan_rules *rules = &translating->book->rules;

	return list_take(translating, node, PLAN_NEVER_VIA_MAX, rules->never_via,
			 &rules->never_via_count);
}

static bool is_bogon_already(const struct plan_rules *rules, const struct prefix *prefix)
{
	for (uint32_t i = 0; i < rules->bogon_count; i++) {
		if (prefix_equal(&rules->bogon[i], prefix))
			return true;
	}
	return false;
}

/* A list of mappings, each with a prefix. */
static bool black_list(struct translating *translating, const struct yaml_node *node)
{
	struct plan_rules *rules = &translating->book->rules;

	for (const struct yaml_node *item = yaml_child(translating->tree, node); item != NULL;
	     item = yaml_next(translating->tree, item)) {
		const struct yaml_node *prefix = yaml_named(translating->tree, item, "prefix");
		bool had_host_bits = false;
		if (prefix == NULL || rules->bogon_count == PLAN_BOGONS_MAX ||
		    !prefix_parse(prefix->text, &rules->bogon[rules->bogon_count],
				  &had_host_bits) ||
		    had_host_bits)
			return false;
		if (!is_bogon_already(rules, &rules->bogon[rules->bogon_count]))
			rules->bogon_count++;
	}
	return true;
}

/* --- the walk --------------------------------------------------------------------------------- */

static const struct {
	const char *path;
	setting_take take;
	const char *expects;
} settings[] = {
	{ "cfg.filtering.ipv4_pref_len.min", ipv4_min, "a prefix length up to 32" },
	{ "cfg.filtering.ipv4_pref_len.max", ipv4_max, "a prefix length up to 32" },
	{ "cfg.filtering.ipv6_pref_len.min", ipv6_min, "a prefix length up to 128" },
	{ "cfg.filtering.ipv6_pref_len.max", ipv6_max, "a prefix length up to 128" },
	{ "cfg.filtering.max_as_path_len", path_len, "a number from 1 to 1000" },
	{ "cfg.filtering.reject_invalid_as_in_as_path", bogon_asns, "True or False" },
	{ "cfg.filtering.next_hop.policy", next_hop, "strict or same-as" },
	{ "cfg.filtering.global_black_list_pref", black_list, "a list of prefixes, at most 64" },
	{ "cfg.filtering.transit_free.asns", transit_free, "AS numbers, at most 64" },
	{ "cfg.filtering.never_via_route_servers.asns", never_via, "AS numbers, at most 64" },
	{ "cfg.filtering.rpki_bgp_origin_validation.enabled", rpki_enabled, "True or False" },
	{ "cfg.filtering.rpki_bgp_origin_validation.reject_invalid", rpki_rejects,
	  "True or False" },
	{ "cfg.filtering.irrdb.enforce_origin_in_as_set", irr_origins, "True or False" },
	{ "cfg.filtering.irrdb.enforce_prefix_in_as_set", irr_prefixes, "True or False" },
	{ "cfg.filtering.max_prefix.general_limit_ipv4", limit_ipv4, "a number from 1 on" },
	{ "cfg.filtering.max_prefix.general_limit_ipv6", limit_ipv6, "a number from 1 on" },
	{ "cfg.filtering.max_prefix.action", limit_action, "shutdown, restart, block or warning" },
	{ "cfg.filtering.max_prefix.restart_after", limit_restart, "minutes, up to 1440" },
	{ "cfg.blackhole_filtering.rewrite_next_hop_ipv4", blackhole_next_hop, "an address" },
	{ "cfg.blackhole_filtering.rewrite_next_hop_ipv6", blackhole_next_hop, "an address" },
};

static void setting_look(struct translating *translating, const struct yaml_node *node,
			 const char *path);

static void children_look(struct translating *translating, const struct yaml_node *node,
			  const char *path)
{
	for (const struct yaml_node *child = yaml_child(translating->tree, node); child != NULL;
	     child = yaml_next(translating->tree, child)) {
		char inner[SETTING_PATH_MAX];
		(void)snprintf(inner, sizeof inner, "%.120s%s%.120s", path,
			       path[0] != '\0' ? "." : "", child->name != NULL ? child->name : "");
		setting_look(translating, child, inner);
	}
}

static void setting_look(struct translating *translating, const struct yaml_node *node,
			 const char *path)
{
	for (uint32_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		if (strcmp(settings[i].path, path) != 0)
			continue;
		if (!settings[i].take(translating, node))
			yaml_complain_value(translating->tree, node, translating->complaints,
					    "%s is not %s", path, settings[i].expects);
		return;
	}
	if (node->kind == YAML_MAPPING)
		children_look(translating, node, path);
	else if (strcmp(path, "cfg.rs_as") == 0 || strcmp(path, "cfg.router_id") == 0)
		yaml_complain(translating->tree, node, true, translating->complaints,
			      "%s belongs to exchange.yaml; plenum init takes it", path);
	else
		yaml_complain(translating->tree, node, true, translating->complaints,
			      "%s has no counterpart in the rule book; left out", path);
}

/* Each by itself was a length. */
static void lengths_check(const char *file, const struct plan_rules *rules,
			  struct complaints *complaints)
{
	static const char *const names[FAMILY_COUNT] = { "ipv4_pref_len", "ipv6_pref_len" };

	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		if (rules->len_bits_min[f] > rules->len_bits_max[f])
			complain(complaints, false,
				 "%s: cfg.filtering.%s: min is %u, and max is %u: no prefix "
				 "would pass",
				 file, names[f], rules->len_bits_min[f], rules->len_bits_max[f]);
	}
}

bool rulebook_of_arouteserver(const char *file, struct octets text, struct rulebook *out,
			      struct complaints *complaints)
{
	struct heap heap = heap_libc();
	struct yaml_tree tree CLEAN(yaml_tree_fini);
	struct translating translating = { .tree = &tree,
					   .book = out,
					   .complaints = complaints,
					   .rpki_rejects = true,
					   .irr_origins = true,
					   .irr_prefixes = true };
	uint32_t errors = complaints->error_count;

	yaml_tree_init(&tree, &heap);
	if (!rulebook_read("the shipped rule book", rulebook_default_text(), false, out,
			   complaints) ||
	    !yaml_tree_read(file, text, &tree, complaints))
		return false;
	if (yaml_root(&tree) == NULL || yaml_named(&tree, yaml_root(&tree), "cfg") == NULL) {
		complain(complaints, false,
			 "%s: not ARouteServer's general.yml: it begins with cfg:", file);
		return false;
	}
	children_look(&translating, yaml_root(&tree), "");
	struct plan_rules *rules = &out->rules;
	lengths_check(file, rules, complaints);
	rules->rpki_policy = !translating.rpki_enabled ? PLAN_POLICY_OFF :
			     translating.rpki_rejects  ? PLAN_POLICY_DROP :
							 PLAN_POLICY_LOG;
	rules->irr_policy = translating.irr_origins && translating.irr_prefixes ? PLAN_POLICY_DROP :
			    translating.irr_origins || translating.irr_prefixes ? PLAN_POLICY_LOG :
										  PLAN_POLICY_OFF;
	if (translating.irr_origins != translating.irr_prefixes)
		complain(complaints, true,
			 "%s: origins and prefixes are held against as-sets together here: log is "
			 "proposed, not drop",
			 file);
	return complaints->error_count == errors;
}
