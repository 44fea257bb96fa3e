/* cli/export_router.c — plenum export router. */
#include <stdlib.h>
#include <string.h>

#include "cli/values.h"
#include "export/router.h"
#include "server/irr_kept.h"
#include "text/columns.h"

#define OWN_MAX ARGUMENTS_MAX

static const struct column vendor_columns[] = {
	{ "NAME", false },
	{ "FOR", false },
	{ "USE", false },
};

static enum exit_code vendors_list(struct desk *desk)
{
	struct heap heap = heap_libc();
	struct columns columns CLEAN(columns_fini) = { 0 };

	columns_init(&columns, &heap, desk->out, vendor_columns,
		     sizeof vendor_columns / sizeof *vendor_columns, desk->has_colour);
	for (const struct router_vendor *at = router_vendors; at->name != NULL; at++) {
		columns_cell(&columns, COLOUR_BOLD, "%s", at->name);
		columns_cell(&columns, COLOUR_NONE, "%s", at->title);
		columns_cell(&columns, COLOUR_NONE, "%s", at->usage);
	}
	return columns_end(&columns) ? EXIT_DONE : EXIT_COULD_NOT;
}

static void own_take(const struct arguments *arguments, struct router_own own[OWN_MAX],
		     struct router_order *order, struct complaints *complaints)
{
	uint32_t from = 0;
	bool had_host_bits = false;

	order->own = own;
	for (const char *text; (text = argument_next(arguments, "own", &from)) != NULL;) {
		struct router_own *at = &own[order->own_count++];
		if (!prefix_parse(text, &at->prefix, &had_host_bits) || had_host_bits)
			complain(complaints, false,
				 "--own \"%s\" is not a prefix without host bits, such as "
				 "192.0.2.0/24",
				 text);
		at->len_bits_min = at->prefix.len_bits;
		at->len_bits_max = at->prefix.len_bits;
	}
}

static void servers_take(const struct arguments *arguments, struct router_order *order,
			 struct complaints *complaints)
{
	struct exchange_config config = { 0 };
	uint32_t from = 0;

	for (const char *text; (text = argument_next(arguments, "server", &from)) != NULL;) {
		if (!exchange_take_listen(&config, text))
			complain(complaints, false,
				 "--server \"%s\" is not an address, address:port or "
				 "[address]:port",
				 text);
	}
	order->server_count = config.exchange.listen_count;
	for (uint32_t i = 0; i < order->server_count; i++)
		order->server[i] = config.exchange.listen[i];
}

static const struct router_vendor *vendor_take(const struct arguments *arguments,
					       struct complaints *complaints)
{
	const char *name = argument_of(arguments, "vendor");
	const struct router_vendor *vendor = name != NULL ? router_vendor_of(name) : NULL;

	if (name == NULL)
		complain(complaints, false, "--vendor is missing; --list says which there are");
	else if (vendor == NULL)
		complain(complaints, false, "--vendor \"%s\" is none of those of --list", name);
	return vendor;
}

static bool order_take(const struct arguments *arguments, struct router_own own[OWN_MAX],
		       struct router_order *order, struct complaints *complaints)
{
	const char *at = argument_of(arguments, "at");

	order->with_password = argument_yes(arguments, "with-password");
	order->extended_next_hop = argument_yes(arguments, "extended-next-hop");
	order->has_at = at != NULL;
	if (at != NULL && !address_parse(at, &order->at))
		complain(complaints, false, "--at \"%s\" is not an address", at);
	own_take(arguments, own, order, complaints);
	servers_take(arguments, order, complaints);
	return complaints->error_count == 0;
}

struct making {
	struct registry_list connections;
	struct registry_list all;
	struct router router;
	struct router_own own[OWN_MAX];
	struct router_own *heard; /* of the as-set; NULL: nothing */
	uint32_t heard_count;
};

static bool lists_read(struct desk *desk, uint32_t asn, struct making *making)
{
	return desk_members(desk, asn, &making->connections) && desk_members(desk, 0, &making->all);
}

/* Without --own: what was heard of the member's as-set, where that is known. */
static bool own_hear(const struct desk *desk, uint32_t asn, struct heap *heap,
		     struct router_order *order, struct router_own **heard, uint32_t *heard_count)
{
	struct irr_kept kept CLEAN(irr_kept_fini);

	if (order->own_count != 0 ||
	    failed(irr_kept_read(desk->directory, asn, IRR_FILE_IN_FORCE, &kept)))
		return true;
	uint32_t count = kept.set->window_count;
	*heard = heap_array(heap, count + 1, sizeof **heard);
	if (*heard == NULL) {
		complain(desk->complaints, false, "out of memory");
		return false;
	}
	*heard_count = count;
	for (uint32_t i = 0; i < count; i++) {
		const struct irr_window *window = &kept.set->window[i];
		(*heard)[i] = (struct router_own){ window->prefix, window->len_bits_min,
						   window->len_bits_max };
	}
	order->own = *heard;
	order->own_count = count;
	return true;
}

static bool router_tell(struct desk *desk, const struct arguments *arguments, uint32_t asn,
			struct making *making)
{
	struct router_order order = { 0 };
	const struct router_vendor *vendor = vendor_take(arguments, desk->complaints);

	if (!order_take(arguments, making->own, &order, desk->complaints) || vendor == NULL ||
	    !lists_read(desk, asn, making) ||
	    !own_hear(desk, asn, making->connections.heap, &order, &making->heard,
		      &making->heard_count) ||
	    !router_fill(&making->router, &desk->config->exchange, &making->connections,
			 &making->all, &order, desk->complaints))
		return false;
	router_print(&making->router, vendor, desk->out);
	return true;
}

enum exit_code command_export_router(struct desk *desk, const struct arguments *arguments)
{
	struct heap heap = heap_libc();
	uint32_t asn = 0;

	if (argument_yes(arguments, "list"))
		return vendors_list(desk);
	if (arguments->word_count == 0) {
		complain(desk->complaints, false, "which member's? plenum export router AS ...");
		return EXIT_COULD_NOT;
	}
	if (!value_asn(arguments->word[0], &asn, desk->complaints))
		return EXIT_COULD_NOT;
	struct making *making = heap_zero(&heap, sizeof *making);
	if (making == NULL) {
		complain(desk->complaints, false, "out of memory");
		return EXIT_COULD_NOT;
	}
	registry_list_init(&making->connections, &heap);
	registry_list_init(&making->all, &heap);
	bool ok = router_tell(desk, arguments, asn, making);
	heap_free(&heap, making->heard,
		  making->heard != NULL ? (making->heard_count + 1) * sizeof *making->heard : 0);
	registry_list_fini(&making->connections);
	registry_list_fini(&making->all);
	heap_free(&heap, making, sizeof *making);
	return ok ? EXIT_DONE : EXIT_COULD_NOT;
}
