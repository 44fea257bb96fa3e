/* registry/members_clients.c — members out of ARouteServer's clients.yml.
 *
 * Of each client its AS number, addresses, description, as-sets and limits are taken; as-sets and
 * nothing else from `asns`.  What tells a route server how to speak (password, passive, gtsm,
 * add_path) is not: what is left out is said once.
 * Source  pierky/arouteserver, examples/clients */
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "net/asn.h"
#include "registry/exchange.h"
#include "registry/members_inside.h"
#include "text/utf8.h"
#include "text/yaml.h"
#include "text/yaml_tree.h"

struct clients {
	const struct yaml_tree *tree;
	struct complaints *complaints;
	struct ixf_list *list;
	uint32_t place;
	uint32_t left_out; /* settings that are not taken */
	char first[32];
};

static const char *text_of(const struct clients *clients, const struct yaml_node *mapping,
			   const char *name)
{
	const struct yaml_node *node = mapping != NULL && mapping->kind == YAML_MAPPING ?
					       yaml_named(clients->tree, mapping, name) :
					       NULL;

	return node != NULL && node->kind == YAML_TEXT ? node->text : NULL;
}

static const struct yaml_node *inside(const struct clients *clients, const struct yaml_node *node,
				      const char *const *names)
{
	for (; *names != NULL && node != NULL; names++)
		node = node->kind == YAML_MAPPING ? yaml_named(clients->tree, node, *names) : NULL;
	return node;
}

/* --- values ----------------------------------------------------------------------------------- */

static void macros_take(const struct clients *clients, const struct yaml_node *list,
			char out[REGISTRY_TEXT_MAX])
{
	if (list == NULL || list->kind != YAML_LIST)
		return;
	for (const struct yaml_node *item = yaml_child(clients->tree, list); item != NULL;
	     item = yaml_next(clients->tree, item)) {
		size_t len = strlen(out);
		if (!registry_macro_is_good(item->text))
			yaml_complain_value(clients->tree, item, clients->complaints,
					    "\"%.64s\" is no as-set, such as AS-EXAMPLE",
					    item->text);
		else if (len + strlen(item->text) + 2 > REGISTRY_TEXT_MAX)
			yaml_complain(clients->tree, item, true, clients->complaints,
				      "the as-sets are too long together; left out");
		else
			(void)snprintf(out + len, REGISTRY_TEXT_MAX - len, "%s%s",
				       len != 0 ? " " : "", item->text);
	}
}

/* The client's own as-sets, or those of its AS number under `asns`. */
static void client_macros(const struct clients *clients, const struct yaml_node *client,
			  uint32_t asn, char out[REGISTRY_TEXT_MAX])
{
	static const char *const own[] = { "cfg", "filtering", "irrdb", "as_sets", NULL };
	char name[16];
	const struct yaml_node *list = inside(clients, client, own);

	out[0] = '\0';
	(void)snprintf(name, sizeof name, "AS%u", asn);
	const char *const shared[] = { "asns", name, "as_sets", NULL };
	if (list == NULL)
		list = inside(clients, yaml_root(clients->tree), shared);
	macros_take(clients, list, out);
}

static uint32_t limit_of(const struct clients *clients, const struct yaml_node *client,
			 enum family family)
{
	static const char *const path[] = { "cfg", "filtering", "max_prefix", NULL };
	const char *name = family == FAMILY_IPV4 ? "limit_ipv4" : "limit_ipv6";
	const struct yaml_node *limits = inside(clients, client, path);
	const char *text = text_of(clients, limits, name);
	uint32_t limit = 0;

	if (text != NULL && !decimal_u32(text, REGISTRY_ROUTES_MAX, &limit))
		yaml_complain_value(clients->tree, yaml_named(clients->tree, limits, name),
				    clients->complaints, "\"%.32s\" is not a number of routes",
				    text);
	return limit;
}

static struct fault address_take(struct clients *clients, const struct yaml_node *client,
				 const struct yaml_node *node)
{
	struct address address;

	if (!address_parse(node->text, &address)) {
		yaml_complain_value(clients->tree, node, clients->complaints,
				    "\"%.64s\" is not an address", node->text);
		return fault_none();
	}
	return members_address_add(clients->list, &address,
				   limit_of(clients, client, (enum family)address.family), false);
}

/* --- clients ---------------------------------------------------------------------------------- */

static void settings_count(struct clients *clients, const struct yaml_node *client)
{
	static const char *const names[] = { "password", "passive", "gtsm", "add_path" };
	static const char *const cfg[] = { "cfg", NULL };
	const struct yaml_node *inner = inside(clients, client, cfg);

	for (uint32_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (text_of(clients, client, names[i]) == NULL &&
		    text_of(clients, inner, names[i]) == NULL)
			continue;
		if (clients->left_out++ == 0)
			(void)snprintf(clients->first, sizeof clients->first, "%s", names[i]);
	}
}

static struct fault client_take(struct clients *clients, const struct yaml_node *client)
{
	const char *asn_text = text_of(clients, client, "asn");
	const char *description = text_of(clients, client, "description");
	const struct yaml_node *ip = client->kind == YAML_MAPPING ?
					     yaml_named(clients->tree, client, "ip") :
					     NULL;
	char name[REGISTRY_TEXT_MAX] = "";
	char macro[REGISTRY_TEXT_MAX];
	uint32_t asn = 0;

	if (asn_text == NULL || !asn_parse(asn_text, &asn) || ip == NULL) {
		yaml_complain_value(clients->tree, client, clients->complaints,
				    ip == NULL ? "a client without ip" :
						 "a client without an AS number");
		return fault_none();
	}
	if (description != NULL)
		(void)utf8_clean(octets_of_text(description), " ", name, sizeof name);
	client_macros(clients, client, asn, macro);
	settings_count(clients, client);
	TRY(members_connection_begin(clients->list, asn, name, macro, clients->place));
	if (ip->kind == YAML_TEXT)
		return address_take(clients, client, ip);
	for (const struct yaml_node *item = yaml_child(clients->tree, ip); item != NULL;
	     item = yaml_next(clients->tree, item))
		TRY(address_take(clients, client, item));
	return fault_none();
}

static struct fault clients_take(struct clients *clients, const struct yaml_node *list)
{
	for (const struct yaml_node *client = yaml_child(clients->tree, list); client != NULL;
	     client = yaml_next(clients->tree, client)) {
		TRY(client_take(clients, client));
		clients->place++;
	}
	return fault_none();
}

/* A line that begins with "clients:". */
bool members_is_clients(struct octets text)
{
	static const char word[] = "clients:";
	uint32_t at = 0;

	while (at + sizeof word - 1 <= text.len_octets) {
		if (strncmp((const char *)text.at + at, word, sizeof word - 1) == 0)
			return true;
		while (at < text.len_octets && text.at[at] != '\n')
			at++;
		at++;
	}
	return false;
}

struct fault members_clients_read(const char *file, struct octets text, struct ixf_list *out,
				  struct complaints *complaints)
{
	uint32_t errors_before = complaints->error_count;
	struct heap heap = heap_libc();
	struct yaml_tree tree CLEAN(yaml_tree_fini);
	struct clients clients = { .tree = &tree, .complaints = complaints, .list = out };

	yaml_tree_init(&tree, &heap);
	(void)snprintf(out->version, sizeof out->version, "clients.yml");
	if (!yaml_tree_read(file, text, &tree, complaints))
		return fault_of(FAULT_MALFORMED, 0);
	const struct yaml_node *root = yaml_root(&tree);
	const struct yaml_node *list = root != NULL && root->kind == YAML_MAPPING ?
					       yaml_named(&tree, root, "clients") :
					       NULL;
	if (list == NULL || list->kind != YAML_LIST) {
		complain(complaints, false, "%s: clients is not a list", file);
		return fault_of(FAULT_MALFORMED, 0);
	}
	TRY(clients_take(&clients, list));
	if (clients.left_out != 0)
		complain(complaints, true,
			 "%s: %u setting%s such as %s %s not taken: plenum member edit sets them",
			 file, clients.left_out, clients.left_out == 1 ? "" : "s", clients.first,
			 clients.left_out == 1 ? "is" : "are");
	members_list_seal(out);
	return complaints->error_count == errors_before ? fault_none() :
							  fault_of(FAULT_MALFORMED, 0);
}
