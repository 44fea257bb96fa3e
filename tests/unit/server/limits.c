/* unit/server/limits.c — how many prefixes a session may have, and what becomes of more; what stays
 * of malformed UPDATEs. */
#include "rib/look.h"
#include "rules/reason.h"
#include "unit/server/wire.h"

#define LIMIT 4u

static const struct session_id only = { 0 };

static struct prefix prefix_number(uint32_t number)
{
	return (struct prefix){ .family = FAMILY_IPV4,
				.len_bits = 24,
				.octet = { 50, (uint8_t)(number >> 8), (uint8_t)number } };
}

static void withdraw(struct wire *wire, uint32_t from, uint32_t count)
{
	uint8_t octets[4096];
	struct wr wr = wr_of(octets, sizeof octets);
	struct bgp_wire_profile profile = { .family = FAMILY_IPV4, .as4 = true };
	struct bgp_encoder encoder;

	expect_true(!failed(bgp_encode_withdraw_begin(&encoder, &wr, &profile)));
	for (uint32_t i = from; i < from + count; i++) {
		struct prefix prefix = prefix_number(i);
		expect_true(bgp_encode_prefix(&encoder, 0, &prefix));
	}
	bgp_encode_end(&encoder);
	wire_say(wire, wr_octets_of(&wr));
}

/* REASON_COUNT when no route is held. */
static enum reason reason_of_number(struct wire *wire, uint32_t number)
{
	struct prefix prefix = prefix_number(number);
	struct shard *shard = &wire->shards->shard[shards_number_of(wire->shards, &prefix)];
	struct heap heap = heap_libc();
	struct look look = { 0 };
	enum reason reason = REASON_COUNT;

	if (!failed(rib_look(shard_enter(shard), &prefix, false, &heap, &look)))
		reason = (enum reason)look.route[0].reason;
	shard_leave(shard);
	look_fini(&look);
	return reason;
}

/* Of the first `count` prefixes, those refused for this; looked at in the shards themselves. */
static uint32_t refused_for(struct wire *wire, enum reason reason, uint32_t count)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < count; i++)
		found += reason_of_number(wire, i) == reason ? 1u : 0u;
	return found;
}

static uint32_t first_for(struct wire *wire, enum reason reason)
{
	uint32_t i = 0;

	while (i < 64 && reason_of_number(wire, i) != reason)
		i++;
	expect_true(i < 64);
	return i;
}

static bool await_reason(struct wire *wire, enum reason reason, uint32_t count)
{
	for (uint32_t i = 0; i < 5000 && refused_for(wire, reason, 64) != count; i++)
		wire_settle(wire, 1);
	return refused_for(wire, reason, 64) == count;
}

static struct view_session view_of(struct wire *wire)
{
	struct view_session view = { 0 };

	expect_true(worker_view(wire->worker, only, &view));
	return view;
}

/* Held and blocked are so many, in the counts and in the table. */
static bool await_counts(struct wire *wire, uint32_t held, uint32_t blocked)
{
	struct peer_counts counts = { 0 };

	for (uint32_t i = 0; i < 5000; i++) {
		(void)worker_session_of(wire->worker, only, &counts);
		if (counts.held[FAMILY_IPV4] == held && counts.blocked[FAMILY_IPV4] == blocked)
			break;
		wire_settle(wire, 1);
	}
	expect_u64(counts.held[FAMILY_IPV4], held);
	expect_u64(counts.blocked[FAMILY_IPV4], blocked);
	expect_u64(refused_for(wire, REASON_MAX_PREFIXES, 64), blocked);
	expect_u64(refused_for(wire, REASON_COUNT, 64), 64 - held);
	return !wire->is_closed;
}

static uint32_t told_times(const struct wire *wire, const char *text)
{
	uint32_t count = 0;

	for (const char *at = wire->told; (at = strstr(at, text)) != NULL; at++)
		count++;
	return count;
}

static struct plan_session limited(enum plan_limit_action action, uint32_t limit)
{
	struct plan_session session = wire_session();

	session.routes_max[FAMILY_IPV4] = limit;
	session.limit_action = action;
	return session;
}

static void limit_change(struct wire *wire, enum plan_limit_action action, uint32_t limit)
{
	struct plan_session session = limited(action, limit);

	wire_replan(wire, wire_plan(&session, 900));
}

/* Above the limit nothing is lost: it is told once, and shown. */
static void case_warn(void)
{
	static struct wire wire;
	struct plan_session session = limited(LIMIT_ACTION_WARN, LIMIT);
	struct bgp_open open = wire_offer();

	wire_up(&wire, &session, &open);
	wire_announce(&wire, 0, 3, 0, false);
	expect_true(await_counts(&wire, 3, 0));
	expect_true(!view_of(&wire).family[FAMILY_IPV4].is_crowded);
	wire_announce(&wire, 3, 1, 0, false);
	expect_true(wire_await(&wire, "4 of at most 4 ipv4 prefixes\n"));
	for (uint32_t i = 4; i < 20; i++)
		wire_announce(&wire, i, 1, 0, false);
	expect_true(await_counts(&wire, 20, 0));
	expect_u64(told_times(&wire, "4 of at most 4 ipv4 prefixes"), 1);
	expect_u64(told_times(&wire, "more than 4 ipv4 prefixes: they are taken in all the same"),
		   1);
	struct view_session view = view_of(&wire);
	expect_true(view.family[FAMILY_IPV4].is_crowded);
	expect_text(view.limit_action, "warn");
	expect_u64(view.family[FAMILY_IPV4].routes_max, LIMIT);
	wire_close(&wire);
}

/* Replaced, withdrawn and blocked routes, and room that comes and goes. */
static void case_block(void)
{
	static struct wire wire;
	struct plan_session session = limited(LIMIT_ACTION_BLOCK, LIMIT);
	struct bgp_open open = wire_offer();

	wire_up(&wire, &session, &open);
	wire_announce(&wire, 0, 7, 0, false);
	expect_true(await_counts(&wire, 7, 3));
	expect_u64(told_times(&wire, "more than 4 ipv4 prefixes: further ones are refused until "
				     "there is room (max-prefixes)"),
		   1);
	expect_u64(view_of(&wire).family[FAMILY_IPV4].blocked, 3);
	/* Once more, with other attributes: what is counted stays in, what is blocked out. */
	wire_announce(&wire, 0, 7, 1, false);
	expect_true(await_counts(&wire, 7, 3));
	expect_u64(reason_of_number(&wire, 0), REASON_NONE);
	withdraw(&wire, first_for(&wire, REASON_MAX_PREFIXES), 1); /* no room comes of it */
	expect_true(await_counts(&wire, 6, 2));
	withdraw(&wire, first_for(&wire, REASON_NONE), 1);
	expect_true(await_counts(&wire, 5, 1));
	/* Said again at once, the blocked one need not wait till it is looked for. */
	uint32_t blocked = first_for(&wire, REASON_MAX_PREFIXES);
	withdraw(&wire, first_for(&wire, REASON_NONE), 1);
	wire_announce(&wire, blocked, 1, 0, false);
	for (uint32_t i = 0; i < 1000 && wire_held(&wire) != 4; i++)
		wire_settle(&wire, 1);
	expect_u64(reason_of_number(&wire, blocked), REASON_NONE);
	expect_true(await_counts(&wire, 4, 0));
	withdraw(&wire, first_for(&wire, REASON_NONE), 1);
	expect_true(await_counts(&wire, 3, 0));
	expect_u64(refused_for(&wire, REASON_NONE, 64), 3);
	/* One is left: the first of these gets it. */
	wire_announce(&wire, 10, 3, 0, false);
	expect_true(await_counts(&wire, 6, 2));
	expect_u64(reason_of_number(&wire, 10), REASON_NONE);
	/* A session that is lost takes the blocked ones along. */
	(void)close(wire.fd);
	wire.fd = -1;
	expect_true(wire_await(&wire, "lost: its 6 routes go"));
	for (uint32_t i = 0; i < 100; i++)
		worker_step(wire.worker, wire.sys.port.now(&wire.sys.port));
	struct peer_counts counts;
	(void)worker_session_of(wire.worker, only, &counts);
	expect_u64(counts.held[FAMILY_IPV4] + counts.blocked[FAMILY_IPV4], 0);
	expect_u64(refused_for(&wire, REASON_COUNT, 64), 64);
	/* Back again, it is told again. */
	wire.told_len = 0;
	wire.told[0] = '\0';
	expect_true(wire_connect(&wire, NULL));
	wire_say_open(&wire, &open);
	expect_true(wire_await(&wire, "established:"));
	wire_announce(&wire, 0, 5, 0, false);
	expect_true(await_counts(&wire, 5, 1));
	expect_u64(told_times(&wire, "more than 4 ipv4 prefixes"), 1);
	wire_close(&wire);
}

/* A route that the rules refuse takes room like another; a blocked one is not judged till then. */
static void case_block_refused(void)
{
	static struct wire wire;
	struct plan_session session = limited(LIMIT_ACTION_BLOCK, LIMIT);
	struct bgp_open open = wire_offer();

	wire_up(&wire, &session, &open);
	wire_announce(&wire, 0, 3, 1001, false); /* too many communities for the rules */
	wire_announce(&wire, 3, 1, 0, false);
	wire_announce(&wire, 4, 2, 1001, false);
	expect_true(await_counts(&wire, 6, 2));
	expect_u64(refused_for(&wire, REASON_COMMUNITIES, 64), 3);
	withdraw(&wire, 0, 1);
	expect_true(await_counts(&wire, 5, 1));
	expect_u64(refused_for(&wire, REASON_COMMUNITIES, 64), 3);
	wire_announce(&wire, 1, 2, 0, false); /* refused ones that are so no more */
	expect_true(await_reason(&wire, REASON_NONE, 3));
	expect_true(await_counts(&wire, 5, 1));
	wire_close(&wire);
}

/* Raised, lowered, another action: nothing that is in is taken back, and no session ends. */
static void case_plan_changes(void)
{
	static struct wire wire;
	struct plan_session session = limited(LIMIT_ACTION_BLOCK, LIMIT);
	struct bgp_open open = wire_offer();

	wire_up(&wire, &session, &open);
	wire_announce(&wire, 0, 10, 0, false);
	expect_true(await_counts(&wire, 10, 6));
	limit_change(&wire, LIMIT_ACTION_BLOCK, 7);
	expect_true(await_counts(&wire, 10, 3));
	limit_change(&wire, LIMIT_ACTION_BLOCK, 5);
	wire_announce(&wire, 20, 1, 0, false);
	expect_true(await_counts(&wire, 11, 4));
	withdraw(&wire, 0, 10);
	expect_true(await_counts(&wire, 1, 0));
	wire_announce(&wire, 0, 10, 0, false);
	expect_true(await_counts(&wire, 11, 6));
	limit_change(&wire, LIMIT_ACTION_WARN, 5);
	expect_true(await_counts(&wire, 11, 0));
	limit_change(&wire, LIMIT_ACTION_BLOCK, 5);
	wire_announce(&wire, 30, 1, 0, false);
	expect_true(await_counts(&wire, 12, 1));
	limit_change(&wire, LIMIT_ACTION_SHUT, 5);
	wire_announce(&wire, 0, 1, 1, false); /* replaced: not one more */
	expect_true(await_counts(&wire, 12, 1));
	expect_true(strstr(wire.told, "lost") == NULL);
	wire_announce(&wire, 40, 1, 0, false);
	expect_true(wire_await_close(&wire));
	expect_u64(wire.last[1], BGP_CEASE_MAX_PREFIXES);
	expect_true(wire_await_held(&wire, 0));
	wire_close(&wire);
}

/* All at once, at the limit, over two shards: each prefix goes before the next one comes, wherever
 * they are held. */
static void case_swapped(void)
{
	static struct wire wire;
	struct plan_session session = limited(LIMIT_ACTION_SHUT, LIMIT);
	struct bgp_open open = wire_offer();

	wire_up(&wire, &session, &open);
	wire_announce(&wire, 0, LIMIT, 0, false);
	for (uint32_t i = 0; i < 32; i++) {
		withdraw(&wire, i, 1);
		wire_announce(&wire, LIMIT + i, 1, 0, false);
	}
	for (uint32_t i = 0; i < 5000 && reason_of_number(&wire, 31 + LIMIT) != REASON_NONE; i++)
		wire_settle(&wire, 1);
	expect_true(await_counts(&wire, LIMIT, 0));
	expect_u64(refused_for(&wire, REASON_NONE, 64), LIMIT);
	expect_true(strstr(wire.told, "lost") == NULL);
	wire_close(&wire);
}

/* What the session says for itself counts before what the rule book says. */
static void case_rule_book(void)
{
	static struct wire wire;
	struct plan_session session = limited(LIMIT_ACTION_DEFAULT, 0);
	struct bgp_open open = wire_offer();

	wire_up(&wire, &session, &open);
	expect_text(view_of(&wire).limit_action, "shut");
	struct plan *plan = wire_plan(&session, 900);
	plan->rules.limit_action = LIMIT_ACTION_BLOCK;
	plan->rules.routes_max[FAMILY_IPV4] = 2;
	wire_replan(&wire, plan);
	wire_announce(&wire, 0, 3, 0, false);
	expect_true(await_counts(&wire, 3, 1));
	expect_text(view_of(&wire).limit_action, "block");
	wire_close(&wire);
}

/* --- malformed -------------------------------------------------------------------------------- */

/* ORIGIN 7 on /24s: RFC 7606 7.1. */
/* Attributes may take what the limits of prefixes allow for; then it ends, and may come back when
 * they are changed. */
static void case_attributes(void)
{
	enum { PREFIXES = 500, COMMUNITIES = 480 };
	static struct wire wire;
	struct plan_session session = limited(LIMIT_ACTION_SHUT, PREFIXES);
	struct bgp_open open = wire_offer();

	session.routes_max[FAMILY_IPV6] = 1;
	wire_up(&wire, &session, &open);
	uint64_t most = view_of(&wire).attribute_octets_max;
	expect_u64(most, PLAN_ATTRS_OCTETS_BASE + (PREFIXES + 1u) * PLAN_ATTRS_OCTETS_A_ROUTE);
	uint64_t octets = 0;
	for (uint32_t i = 0; i < PREFIXES - 1u && !wire.is_closed; i++) {
		uint64_t now = view_of(&wire).attribute_octets;
		expect_true(now <= most);
		octets = now > octets ? now : octets;
		wire_announce(&wire, i, 1, COMMUNITIES + i, false);
		wire_settle(&wire, 2);
	}
	expect_true(wire_await(&wire, "sent NOTIFICATION: Cease / out of resources"));
	expect_true(octets > most - 2 * BGP_MESSAGE_OCTETS_MAX);
	expect_u64(told_times(&wire, " octets, which is what its prefix limits allow for"), 1);
	expect_u64(told_times(&wire, "its attributes take"), 2);
	for (uint32_t i = 0; i < 5000 && view_of(&wire).attribute_octets != 0; i++)
		wire_settle(&wire, 1);
	struct view_session view = view_of(&wire);
	expect_u64(view.attribute_octets, 0);
	expect_true(view.is_blocked);
	expect_text(view.blocked_for, "too many attributes");
	limit_change(&wire, LIMIT_ACTION_SHUT, 2 * PREFIXES);
	expect_true(!view_of(&wire).is_blocked);
	wire_close(&wire);
}

static void say_bad_origin(struct wire *wire, uint32_t from, uint32_t count)
{
	uint8_t octets[4096];
	struct wr wr = wr_of(octets, sizeof octets);
	uint32_t mark = bgp_message_begin(&wr, BGP_UPDATE);

	wr_u32(&wr, 4);
	wr_u32(&wr, 0x40010107);
	for (uint32_t i = from; i < from + count; i++)
		wr_u32(&wr, 0x18320000u | i);
	bgp_message_end(&wr, mark);
	wire_say(wire, wr_octets_of(&wr));
}

static void case_malformed_is_held(void)
{
	static struct wire wire;
	struct plan_session session = limited(LIMIT_ACTION_BLOCK, LIMIT);
	struct bgp_open open = wire_offer();

	wire_up(&wire, &session, &open);
	wire_announce(&wire, 0, 3, 0, false);
	say_bad_origin(&wire, 2, 4); /* one of the three, one more, two without room */
	expect_true(await_counts(&wire, 6, 2));
	expect_u64(reason_of_number(&wire, 2), REASON_MALFORMED);
	expect_u64(refused_for(&wire, REASON_MALFORMED, 64), 2);
	/* Judged again by a change of plan, and when room comes, it is what it was. */
	limit_change(&wire, LIMIT_ACTION_BLOCK, 5);
	expect_true(await_counts(&wire, 6, 1));
	for (uint32_t i = 0; i < 1000 && shards_are_judging(wire.shards); i++)
		wire_settle(&wire, 1);
	expect_u64(refused_for(&wire, REASON_MALFORMED, 64), 3);
	wire_announce(&wire, 2, 1, 0, false);
	expect_true(await_reason(&wire, REASON_NONE, 3));
	expect_true(await_counts(&wire, 6, 1));
	expect_u64(reason_of_number(&wire, 2), REASON_NONE);
	struct view_session view = view_of(&wire);
	expect_u64(view.updates_malformed, 1);
	expect_u64(view.malformed.withdrawn, 1);
	expect_u64(view.malformed.discarded + view.malformed.reset, 0);
	expect_text(view.malformed.words, "ORIGIN has an undefined value (attribute 1 ORIGIN)");
	wire_close(&wire);
}

/* Attributes left out are counted by code, whether by policy, for an error, or as nobody's. */
static void case_discarded(void)
{
	static const uint8_t attrs[] = {
		0x40, 1,   1, 0,                          /* ORIGIN */
		0x40, 2,   6, 2,   1, 0, 0,   0x03, 0xe8, /* AS_PATH */
		0x40, 3,   4, 127, 2, 0, 1,               /* NEXT_HOP */
		0x40, 5,   4, 0,   0, 0, 100,             /* LOCAL_PREF: by policy */
		0xc0, 40,  1, 0,                          /* PREFIX_SID: by policy */
		0x40, 6,   1, 0, /* ATOMIC_AGGREGATE of one octet: an error */
		0x80, 200, 1, 0, /* unknown and not transitive */
	};
	static struct wire wire;
	uint8_t octets[128];
	struct wr wr = wr_of(octets, sizeof octets);
	struct plan_session session = wire_session();
	struct bgp_open open = wire_offer();

	wire_up(&wire, &session, &open);
	uint32_t mark = bgp_message_begin(&wr, BGP_UPDATE);
	wr_u16(&wr, 0);
	wr_u16(&wr, sizeof attrs);
	wr_octets(&wr, octets_of(attrs, sizeof attrs));
	wr_u32(&wr, 0x18320000u);
	bgp_message_end(&wr, mark);
	wire_say(&wire, wr_octets_of(&wr));
	wire_say(&wire, wr_octets_of(&wr));
	expect_true(wire_await_held(&wire, 1));
	for (uint32_t i = 0; i < 1000 && view_of(&wire).updates_malformed < 2; i++)
		wire_settle(&wire, 1);
	expect_u64(reason_of_number(&wire, 0), REASON_NONE);
	struct view_session view = view_of(&wire);
	static const uint8_t codes[] = { 5, 6, 40, 200 };
	expect_u64(view.discard_count, sizeof codes);
	for (uint32_t i = 0; i < view.discard_count && i < sizeof codes; i++) {
		expect_u64(view.discard[i].code, codes[i]);
		expect_u64(view.discard[i].updates, 2);
	}
	expect_u64(view.malformed.discarded, 2);
	expect_text(view.malformed.words, "wrong attribute length (attribute 6 ATOMIC_AGGREGATE)");
	wire_close(&wire);
}

static const struct tap_case cases[] = {
	{ "warn", case_warn, 0 },
	{ "block", case_block, 0 },
	{ "block, and routes that the rules refuse", case_block_refused, 0 },
	{ "changes of plan", case_plan_changes, 0 },
	{ "at the limit one goes and one comes", case_swapped, 0 },
	{ "the rule book's action", case_rule_book, 0 },
	{ "attributes that take too much", case_attributes, 0 },
	{ "malformed routes are held as such", case_malformed_is_held, 0 },
	{ "discarded attributes are counted", case_discarded, 0 },
};
TAP_MAIN(cases)
