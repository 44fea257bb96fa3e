/* registry/read.c — connections out of the store, and the plan made of them.
 *
 * One statement gives a row an address; the rows of a connection follow each other. */
#include <stdio.h>
#include <string.h>

#include "bgp/message.h"
#include "registry/inside.h"
#include "registry/rules.h"

#define SELECT_CONNECTIONS \
	"SELECT c.id, m.asn, m.name, m.as_macro, c.routes_max_ipv4, c.routes_max_ipv6," \
	" c.takes_blackhole, c.is_active, c.add_path, c.gtsm, c.password, c.allow_as2," \
	" c.require_role, c.port, c.local_ipv4, c.local_ipv6, c.extended_message," \
	" c.limit_action, c.link_local, c.slat_ipv4, a.slot, a.address, p.routeserver," \
	" q.state" \
	" FROM member m JOIN connection c ON c.member_id = m.id" \
	" LEFT JOIN address a ON a.connection_id = c.id" \
	" LEFT JOIN address_profile p ON p.address = a.address" \
	" LEFT JOIN connection_profile q ON q.connection_id = c.id"

enum field {
	FIELD_ID = 0,
	FIELD_ASN,
	FIELD_NAME,
	FIELD_AS_MACRO,
	FIELD_ROUTES_MAX_IPV4,
	FIELD_ROUTES_MAX_IPV6,
	FIELD_TAKES_BLACKHOLE,
	FIELD_IS_ACTIVE,
	FIELD_ADD_PATH,
	FIELD_GTSM,
	FIELD_PASSWORD,
	FIELD_ALLOW_AS2,
	FIELD_REQUIRE_ROLE,
	FIELD_PORT,
	FIELD_LOCAL_IPV4,
	FIELD_LOCAL_IPV6,
	FIELD_EXTENDED_MESSAGE,
	FIELD_LIMIT_ACTION,
	FIELD_LINK_LOCAL,
	FIELD_SLAT_IPV4,
	FIELD_SLOT,
	FIELD_ADDRESS,
	FIELD_ROUTESERVER, /* fact_kinds.c: what is said by default is not kept */
	FIELD_STATE,
};

typedef struct fault (*connection_taker)(void *context, const struct registry_member *member,
					 bool *more);

static bool flag(struct statement *statement, enum field field)
{
	return store_int(statement, (int)field) != 0;
}

static void text_read(struct statement *statement, enum field field, char *out, size_t room)
{
	(void)snprintf(out, room, "%s", store_text(statement, (int)field));
}

static struct fault local_read(struct statement *statement, enum field field, enum family family,
			       struct address *out)
{
	const char *text = store_text(statement, (int)field);

	*out = (struct address){ .family = (uint8_t)family };
	if (text[0] == '\0' || (address_parse(text, out) && out->family == (uint8_t)family))
		return fault_none();
	return fault_of(FAULT_MALFORMED, 0);
}

static struct fault connection_read(struct statement *statement, struct registry_member *out)
{
	*out = (struct registry_member){
		.connection_id = store_int(statement, FIELD_ID),
		.asn = (uint32_t)store_int(statement, FIELD_ASN),
		.routes_max = { (uint32_t)store_int(statement, FIELD_ROUTES_MAX_IPV4),
				(uint32_t)store_int(statement, FIELD_ROUTES_MAX_IPV6) },
		.takes_blackhole = flag(statement, FIELD_TAKES_BLACKHOLE),
		.is_active = flag(statement, FIELD_IS_ACTIVE),
		.add_path = flag(statement, FIELD_ADD_PATH),
		.gtsm = flag(statement, FIELD_GTSM),
		.allow_as2 = flag(statement, FIELD_ALLOW_AS2),
		.require_role = flag(statement, FIELD_REQUIRE_ROLE),
		.extended_message = flag(statement, FIELD_EXTENDED_MESSAGE),
		.port = (uint16_t)store_int(statement, FIELD_PORT),
		.is_idle = store_text(statement, FIELD_STATE)[0] != '\0',
	};
	/* Anything but one of the three names is the default. */
	(void)plan_limit_action_of(store_text(statement, FIELD_LIMIT_ACTION), &out->limit_action);
	text_read(statement, FIELD_NAME, out->name, sizeof out->name);
	text_read(statement, FIELD_AS_MACRO, out->as_macro, sizeof out->as_macro);
	text_read(statement, FIELD_PASSWORD, out->password, sizeof out->password);
	TRY(local_read(statement, FIELD_LOCAL_IPV4, FAMILY_IPV4, &out->local[FAMILY_IPV4]));
	TRY(local_read(statement, FIELD_LOCAL_IPV6, FAMILY_IPV6, &out->local[FAMILY_IPV6]));
	TRY(local_read(statement, FIELD_LINK_LOCAL, FAMILY_IPV6, &out->link_local));
	return local_read(statement, FIELD_SLAT_IPV4, FAMILY_IPV4, &out->slat_ipv4);
}

/* Nothing for a connection without addresses. */
static struct fault address_read(struct statement *statement, struct registry_member *out)
{
	const char *text = store_text(statement, FIELD_ADDRESS);
	int64_t slot = store_int(statement, FIELD_SLOT);

	if (text[0] == '\0')
		return fault_none();
	if (out->address_count == REGISTRY_ADDRESSES_MAX || slot < 0 || slot >= SESSIONS_MAX ||
	    !address_parse(text, &out->address[out->address_count]))
		return fault_of(FAULT_MALFORMED, 0);
	out->no_session[out->address_count] = store_text(statement, FIELD_ROUTESERVER)[0] != '\0';
	out->slot[out->address_count++] = (uint16_t)slot;
	return fault_none();
}

static struct fault rows_walk(struct statement *statement, connection_taker take, void *context)
{
	struct registry_member member = { 0 };
	bool has_row = false;
	bool more = true;

	TRY(store_step(statement, &has_row));
	while (has_row && more) {
		TRY(connection_read(statement, &member));
		while (has_row && store_int(statement, FIELD_ID) == member.connection_id) {
			TRY(address_read(statement, &member));
			TRY(store_step(statement, &has_row));
		}
		TRY(take(context, &member, &more));
	}
	return fault_none();
}

static struct fault connections_walk(struct store *store, connection_taker take, void *context)
{
	struct statement *statement CLEAN(store_finish) = NULL;

	TRY(store_prepare(store, SELECT_CONNECTIONS " ORDER BY m.asn, c.id, a.slot", &statement));
	return rows_walk(statement, take, context);
}

struct walk {
	bool (*each)(void *context, const struct registry_member *member);
	void *context;
};

static struct fault walk_take(void *context, const struct registry_member *member, bool *more)
{
	const struct walk *walk = context;

	*more = walk->each(walk->context, member);
	return fault_none();
}

struct fault registry_walk(struct store *store,
			   bool (*each)(void *context, const struct registry_member *member),
			   void *context)
{
	struct walk walk = { each, context };

	return connections_walk(store, walk_take, &walk);
}

void registry_list_init(struct registry_list *list, struct heap *heap)
{
	*list = (struct registry_list){ .heap = heap };
}

void registry_list_fini(struct registry_list *list)
{
	heap_free(list->heap, list->item, list->room * sizeof *list->item);
	registry_list_init(list, list->heap);
}

static struct fault list_take(void *context, const struct registry_member *member, bool *more)
{
	struct registry_list *list = context;

	*more = true;
	if (!heap_grow(list->heap, (void **)&list->item, &list->room, list->count + 1,
		       sizeof *list->item))
		return fault_of(FAULT_LIMIT, 0);
	list->item[list->count++] = *member;
	return fault_none();
}

struct fault registry_member_get(struct store *store, uint32_t asn, struct registry_list *out)
{
	struct statement *statement CLEAN(store_finish) = NULL;

	out->count = 0;
	if (asn == 0)
		return connections_walk(store, list_take, out);
	TRY(store_prepare(store, SELECT_CONNECTIONS " WHERE m.asn = ?1 ORDER BY c.id, a.slot",
			  &statement));
	store_bind_int(statement, 1, asn);
	TRY(rows_walk(statement, list_take, out));
	return out->count != 0 ? fault_none() : fault_of(FAULT_ABSENT, 0);
}

struct planning {
	const struct registry_exchange *exchange;
	struct plan *plan;
};

static struct fault plan_take(void *context, const struct registry_member *member, bool *more)
{
	const struct planning *planning = context;
	struct plan *plan = planning->plan;
	uint32_t last = plan->member_count == 0 ? 0 : plan->member[plan->member_count - 1].asn;

	*more = true;
	if (!registry_connection_is_sound(planning->exchange, member))
		return fault_none();
	if (last != member->asn)
		TRY(plan_member_add(plan, member->asn, member->name));
	if (member->is_idle)
		return fault_none();
	struct plan_slat_row row = registry_slat_row(planning->exchange, member);
	uint16_t slat = 0;
	TRY(plan_slat_add(plan, &row, &slat));
	for (uint32_t i = 0; i < member->address_count; i++) {
		if (registry_address_wrong(planning->exchange, &member->address[i]) != NULL)
			continue;
		if (member->no_session[i]) {
			TRY(plan_slat_name_add(plan, &member->address[i], slat));
			continue;
		}
		struct plan_session session = {
			.id = { member->slot[i] },
			.slat = slat,
			.asn = member->asn,
			.address = member->address[i],
			.local = member->local[member->address[i].family],
			.port = member->port != 0 ? member->port : BGP_PORT,
			.is_active = member->is_active,
			.takes_blackhole = member->takes_blackhole,
			.add_path = member->add_path,
			.gtsm = member->gtsm,
			.allow_as2 = member->allow_as2,
			.require_role = member->require_role,
			.extended_message = member->extended_message,
			.limit_action = member->limit_action,
			.routes_max = { member->routes_max[0], member->routes_max[1] },
		};
		session.password_len_octets = (uint8_t)strlen(member->password);
		for (uint32_t j = 0; j < session.password_len_octets; j++)
			session.password[j] = member->password[j];
		TRY(plan_session_add(plan, &session));
	}
	return fault_none();
}

static void lists_take(const struct registry_rules *from, struct plan_rules *out)
{
	if (from->has_transit_free)
		out->transit_free_count = from->transit_free_count;
	for (uint32_t i = 0; from->has_transit_free && i < from->transit_free_count; i++)
		out->transit_free[i] = from->transit_free[i];
	out->never_via_count = from->never_via_count;
	for (uint32_t i = 0; i < from->never_via_count; i++)
		out->never_via[i] = from->never_via[i];
}

void registry_rules_said(const struct registry_exchange *exchange, struct plan_rules *rules)
{
	const struct registry_rules *from = &exchange->rules;

	if (from->limit_action != LIMIT_ACTION_DEFAULT)
		rules->limit_action = from->limit_action;
	if (from->warn_percent != 0)
		rules->warn_percent = from->warn_percent;
	if (from->ipv6_only_lan != IPV6_ONLY_LAN_OFF)
		rules->ipv6_only_lan = from->ipv6_only_lan;
	if (from->has_retry_s)
		rules->retry_s = from->retry_s;
	lists_take(from, rules);
	for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
		if (from->routes_max[i] != 0)
			rules->routes_max[i] = from->routes_max[i];
		rules->blackhole |= exchange->has_blackhole_next_hop[i];
		rules->has_blackhole_next_hop[i] = exchange->has_blackhole_next_hop[i];
		rules->blackhole_next_hop[i] = exchange->blackhole_next_hop[i];
	}
}

struct plan_rules registry_rules_of(const struct registry_exchange *exchange)
{
	struct plan_rules rules = plan_rules_default();

	if (exchange->has_in_force)
		return exchange->in_force;
	registry_rules_said(exchange, &rules);
	rules_on_machine(exchange, &rules);
	return rules;
}

static void plan_describe(struct plan *plan, const struct registry_exchange *exchange)
{
	plan->asn = exchange->asn;
	plan->router_id = exchange->router_id;
	(void)snprintf(plan->name, sizeof plan->name, "%s", exchange->name);
	plan->lan_count = exchange->lan_count;
	for (uint32_t i = 0; i < exchange->lan_count; i++)
		plan->lan[i] = exchange->lan[i];
}

static struct fault plan_order(struct store *store, const struct registry_exchange *exchange,
			       struct plan *plan)
{
	struct heap heap = heap_libc();
	struct rulebook *book = heap_zero(&heap, sizeof *book);
	struct fault fault = fault_of(FAULT_LIMIT, 0);

	if (book != NULL)
		fault = rules_book_now(store, exchange, record_now_s(), book, &plan->book);
	if (!failed(fault)) {
		plan->rules = book->rules;
		rules_on_machine(exchange, &plan->rules);
	}
	heap_free(&heap, book, sizeof *book);
	return fault;
}

struct fault registry_plan(struct store *store, const struct registry_exchange *exchange,
			   struct plan **out)
{
	struct plan *plan = plan_new();

	if (plan == NULL)
		return fault_of(FAULT_LIMIT, 0);
	plan_describe(plan, exchange);
	struct planning planning = { .exchange = exchange, .plan = plan };
	struct fault fault = plan_order(store, exchange, plan);
	if (!failed(fault))
		fault = connections_walk(store, plan_take, &planning);
	if (failed(fault)) {
		plan_unref(plan);
		return fault;
	}
	plan_seal(plan);
	*out = plan;
	return fault_none();
}
