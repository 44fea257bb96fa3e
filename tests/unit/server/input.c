/* unit/server/input.c — odd but lawful things that a neighbour may send, and floods. */
#include <sys/resource.h>

#include "rib/look.h"
#include "unit/server/wire.h"

static const struct session_id only = { 0 };

static struct octets update_of(struct wr *wr, struct octets withdrawn, struct octets attrs,
			       struct octets nlri)
{
	uint32_t mark = bgp_message_begin(wr, BGP_UPDATE);

	wr_u16(wr, withdrawn.len_octets);
	wr_octets(wr, withdrawn);
	wr_u16(wr, attrs.len_octets);
	wr_octets(wr, attrs);
	wr_octets(wr, nlri);
	bgp_message_end(wr, mark);
	expect_true(wr_ok(wr));
	return wr_octets_of(wr);
}

#define ORIGIN 0x40, 1, 1, 0
#define PATH 0x40, 2, 6, 2, 1, 0, 0, 0x03, 0xe8
#define NEXT_HOP 0x40, 3, 4, 127, 2, 0, 1
#define MED(n) 0x80, 4, 4, 0, 0, 0, n

static const uint8_t good[] = { ORIGIN, PATH, NEXT_HOP };

static struct peer_counts counts_of(struct wire *wire)
{
	struct peer_counts counts = { 0 };

	expect_true(worker_session_of(wire->worker, only, &counts) != NULL);
	return counts;
}

static bool await_updates(struct wire *wire, uint64_t count)
{
	for (uint32_t i = 0; i < 5000 && counts_of(wire).updates_received < count; i++)
		wire_settle(wire, 1);
	return counts_of(wire).updates_received == count && !wire->is_closed;
}

/* The MED of the route held for the prefix; UINT32_MAX when none is. */
static uint32_t med_held(struct wire *wire, const char *text)
{
	struct heap heap = heap_libc();
	struct look look = { 0 };
	struct bgp_attrs attrs = { .med = UINT32_MAX };
	struct prefix prefix;

	expect_true(prefix_parse(text, &prefix, NULL));
	struct shard *shard = &wire->shards->shard[shards_number_of(wire->shards, &prefix)];
	struct fault fault = rib_look(shard_enter(shard), &prefix, false, &heap, &look);
	shard_leave(shard);
	if (!failed(fault)) {
		expect_u64(look.route_count, 1);
		expect_true(!failed(bgp_attrs_unpack(look.route[0].packed, &attrs)));
	}
	look_fini(&look);
	return attrs.med;
}

/* RFC 4271 3.1 and 4.3: one route a prefix; an announcement replaces; in both lists it is
 * announced. */
static void case_same_prefix(void)
{
	static const uint8_t first[] = { ORIGIN, PATH, NEXT_HOP, MED(7) };
	static const uint8_t second[] = { ORIGIN, PATH, NEXT_HOP, MED(9) };
	static const uint8_t twice[] = { 24, 50, 0, 0, 24, 50, 0, 0, 24, 50, 0, 1 };
	static const uint8_t once[] = { 24, 50, 0, 0 };
	static struct wire wire;
	uint8_t octets[512];
	struct wr wr = wr_of(octets, sizeof octets);
	struct plan_session session = wire_session();
	struct bgp_open open = wire_offer();
	struct octets none = { 0 };

	wire_up(&wire, &session, &open);
	wire_say(&wire, update_of(&wr, none, octets_of(first, sizeof first),
				  octets_of(twice, sizeof twice)));
	expect_true(await_updates(&wire, 1));
	expect_u64(counts_of(&wire).held[FAMILY_IPV4], 2);
	expect_u64(med_held(&wire, "50.0.0.0/24"), 7);
	wr = wr_of(octets, sizeof octets);
	wire_say(&wire, update_of(&wr, octets_of(once, sizeof once),
				  octets_of(second, sizeof second), octets_of(once, sizeof once)));
	expect_true(await_updates(&wire, 2));
	expect_u64(counts_of(&wire).held[FAMILY_IPV4], 2);
	expect_u64(med_held(&wire, "50.0.0.0/24"), 9);
	expect_u64(med_held(&wire, "50.0.1.0/24"), 7);
	wr = wr_of(octets, sizeof octets);
	wire_say(&wire, update_of(&wr, octets_of(twice, sizeof twice), none, none));
	expect_true(await_updates(&wire, 3));
	expect_u64(counts_of(&wire).held[FAMILY_IPV4], 0);
	wire_close(&wire);
}

/* RFC 4760 7: of a family that was not agreed nothing is taken, and the rest of the message is. */
static void case_other_family(void)
{
	static const uint8_t attrs[] = {
		ORIGIN, PATH, NEXT_HOP, 0x80, 14, 26, 0, 2, 1, 16, 0x20, 1,  7,    0xf8, 0, 0,
		0,      0,    0,        0,    0,  0,  0, 0, 0, 1,  0,    32, 0x2a, 0,    0, 1,
	};
	static const uint8_t nlri[] = { 24, 50, 0, 0 };
	static struct wire wire;
	uint8_t octets[512];
	struct wr wr = wr_of(octets, sizeof octets);
	struct plan_session session = wire_session();
	struct bgp_open open = wire_offer();

	open.families[FAMILY_IPV6] = false;
	wire_up(&wire, &session, &open);
	wire_say(&wire, update_of(&wr, (struct octets){ 0 }, octets_of(attrs, sizeof attrs),
				  octets_of(nlri, sizeof nlri)));
	expect_true(wire_await(&wire, "ignored 1 attributes of address families"));
	expect_true(await_updates(&wire, 1));
	expect_u64(counts_of(&wire).held[FAMILY_IPV4], 1);
	expect_u64(counts_of(&wire).held[FAMILY_IPV6], 0);
	expect_u64(counts_of(&wire).updates_malformed, 0);
	expect_u64(med_held(&wire, "2a00:1::/32"), UINT32_MAX);
	wire_close(&wire);
}

/* RFC 4724 2, RFC 7313 4: ends of nothing, again and again, mean nothing. */
static void case_ends(void)
{
	static const uint8_t vpn_end[] = { 0x80, 15, 3, 0, 1, 128 };
	static struct wire wire;
	static uint8_t octets[65536];
	struct wr wr = wr_of(octets, sizeof octets);
	struct plan_session session = wire_session();
	struct bgp_open open = wire_offer();
	struct octets none = { 0 };

	wire_up(&wire, &session, &open);
	wire_announce(&wire, 0, 3, 0, false);
	expect_true(wire_await_held(&wire, 3));
	for (uint32_t i = 0; i < 1000; i++) {
		bgp_encode_end_of_rib(&wr, i % 2 == 0 ? FAMILY_IPV4 : FAMILY_IPV6);
		bgp_refresh_write(&wr, FAMILY_IPV4, BGP_REFRESH_END);
	}
	wire_say(&wire, wr_octets_of(&wr));
	wr = wr_of(octets, sizeof octets);
	wire_say(&wire, update_of(&wr, none, octets_of(vpn_end, sizeof vpn_end), none));
	expect_true(await_updates(&wire, 1002));
	wire_settle(&wire, 20);
	expect_u64(counts_of(&wire).held[FAMILY_IPV4], 3);
	expect_u64(counts_of(&wire).updates_malformed, 0);
	wire_close(&wire);
}

/* RFC 7313 4: refreshes begun without end: a few are heeded, what was said again stays. */
static void case_begins(void)
{
	static struct wire wire;
	static uint8_t octets[65536];
	struct wr wr = wr_of(octets, sizeof octets);
	struct plan_session session = wire_session();
	struct bgp_open open = wire_offer();

	wire_up(&wire, &session, &open);
	wire_announce(&wire, 0, 3, 0, false);
	expect_true(wire_await_held(&wire, 3));
	for (uint32_t i = 0; i < 1000; i++)
		bgp_refresh_write(&wr, FAMILY_IPV4, BGP_REFRESH_BEGIN);
	wire_say(&wire, wr_octets_of(&wr));
	wire_announce(&wire, 1, 2, 0, false);
	expect_true(await_updates(&wire, 2));
	wr = wr_of(octets, sizeof octets);
	bgp_refresh_write(&wr, FAMILY_IPV4, BGP_REFRESH_END);
	wire_say(&wire, wr_octets_of(&wr));
	wire_settle(&wire, 50);
	/* The second BoRR took what the first had made old: all of it goes but what came after. */
	expect_u64(counts_of(&wire).held[FAMILY_IPV4], 2);
	expect_u64(med_held(&wire, "50.0.0.0/24"), UINT32_MAX);
	expect_true(!wire.is_closed);
	wire_close(&wire);
}

/* RFC 7313 4: asked before the End-of-RIB, the answer's BoRR does not come before it. */
static void case_early_refresh(void)
{
	static struct wire wire;
	uint8_t octets[512];
	struct wr wr = wr_of(octets, sizeof octets);
	struct plan_session session = wire_session();
	struct bgp_open open = wire_offer();

	open.graceful_restart = true;
	wire_open(&wire, &session);
	expect_true(wire_connect(&wire, NULL));
	bgp_open_write(&wr, &open);
	bgp_keepalive_write(&wr);
	bgp_refresh_write(&wr, FAMILY_IPV4, BGP_REFRESH_REQUEST);
	wire_say(&wire, wr_octets_of(&wr));
	expect_true(wire_await(&wire, "established:"));
	wire_settle(&wire, 50);
	expect_true(wire.end_of_rib_at != 0);
	expect_true(wire.refresh_at == 0 || wire.refresh_at > wire.end_of_rib_at);
	wire_close(&wire);
}

/* A stream in pieces of one octet. */
static void case_octet_by_octet(void)
{
	static const uint8_t nlri[] = { 24, 50, 0, 0, 16, 51, 1 };
	static struct wire wire;
	uint8_t octets[512];
	struct wr wr = wr_of(octets, sizeof octets);
	struct plan_session session = wire_session();
	struct bgp_open open = wire_offer();

	wire_open(&wire, &session);
	expect_true(wire_connect(&wire, NULL));
	bgp_open_write(&wr, &open);
	bgp_keepalive_write(&wr);
	(void)update_of(&wr, (struct octets){ 0 }, octets_of(good, sizeof good),
			octets_of(nlri, sizeof nlri));
	for (uint32_t i = 0; i < wr.pos; i++) {
		/* Our KEEPALIVE is among them: the neighbour's own answer would be one too many. */
		wire_say(&wire, octets_of(octets + i, 1));
		worker_step(wire.worker, wire.sys.port.now(&wire.sys.port));
	}
	for (uint32_t i = 0; i < 1000 && counts_of(&wire).held[FAMILY_IPV4] != 2; i++)
		worker_step(wire.worker,
			    instant_add(wire.sys.port.now(&wire.sys.port), span_ms(1)));
	expect_u64(counts_of(&wire).held[FAMILY_IPV4], 2);
	expect_u64(counts_of(&wire).octets_received, wr.pos);
	wire_close(&wire);
}

/* Strangers by the hundred while descriptors are out: they are dropped, nothing waits for them, and
 * the member still comes. */
static void case_no_descriptors(void)
{
	static struct wire wire;
	struct plan_session session = wire_session();
	struct bgp_open open = wire_offer();
	struct rlimit limit;
	int stranger[8];
	uint8_t octets[512];
	struct wr wr = wr_of(octets, sizeof octets);

	wire_open(&wire, &session);
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(wire.port),
				  .sin_addr.s_addr = htonl(0x7f000001) };
	expect_true(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	for (uint32_t i = 0; i < 8; i++) {
		stranger[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		expect_true(connect(stranger[i], (struct sockaddr *)&to, sizeof to) == 0);
	}
	struct rlimit none = { .rlim_cur = (rlim_t)stranger[7] + 1, .rlim_max = limit.rlim_max };
	expect_true(setrlimit(RLIMIT_NOFILE, &none) == 0);
	for (uint32_t i = 0; i < 100; i++)
		worker_step(wire.worker, wire.sys.port.now(&wire.sys.port));
	for (uint32_t i = 0; i < 8; i++) {
		uint8_t octet;
		expect_true(recv(stranger[i], &octet, 1, 0) <= 0);
		(void)close(stranger[i]);
	}
	expect_true(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	expect_true(wire_connect(&wire, NULL));
	bgp_open_write(&wr, &open);
	wire_say(&wire, wr_octets_of(&wr));
	expect_true(wire_await(&wire, "established:"));
	wire_close(&wire);
}

static const struct tap_case cases[] = {
	{ "the same prefix twice", case_same_prefix, 0 },
	{ "a family that was not agreed", case_other_family, 0 },
	{ "ends of nothing", case_ends, 0 },
	{ "refreshes begun without end", case_begins, 0 },
	{ "a refresh asked for at once", case_early_refresh, 0 },
	{ "octet by octet", case_octet_by_octet, 0 },
	{ "out of descriptors", case_no_descriptors, 0 },
};
TAP_MAIN(cases)
