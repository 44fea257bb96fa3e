/* unit/server/worker.c — a worker on real loopback sockets, with members that speak raw octets.
 *
 * The members stand in the same thread: the worker is stepped until what is awaited has come, or
 * the time for it is over. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "kit/port_free.h"
#include "kit/tap.h"
#include "server/worker.h"
#include "sys/port.h"

#define RS_ASN 64700u
#define MEMBERS 3u
#define SHARDS 3u
#define WAIT_MS 10000

struct member {
	int fd;
	uint8_t stream[1u << 20];
	uint32_t len;
	bool is_up;
	bool is_closed;
	bool end_of_rib[FAMILY_COUNT];
	struct bgp_refusal refusal;
	uint32_t prefixes; /* announced to it and not withdrawn, bit by third octet */
	uint32_t path_len;
	struct bgp_attrs attrs;
	uint8_t body[4096]; /* what attrs borrows from */
};

struct stage {
	struct heap heap;
	struct sys_port sys;
	struct plan *plan;
	struct shards *shards;
	struct worker *worker;
	uint16_t port;
	struct member member[MEMBERS];
};

static struct address address_number(uint32_t member)
{
	return address_ipv4(0x7f020001u + member);
}

static struct plan *plan_make(uint32_t members, uint32_t routes_max)
{
	struct plan *plan = plan_new();

	plan->asn = RS_ASN;
	plan->router_id = 0x7f000001;
	for (uint32_t i = 0; i < members; i++) {
		struct plan_session session = { .id = { (uint16_t)i },
						.asn = 1000 + i,
						.address = address_number(i),
						.routes_max = { routes_max, routes_max } };
		expect_true(!failed(plan_member_add(plan, 1000 + i, "member")));
		expect_true(!failed(plan_session_add(plan, &session)));
	}
	plan_seal(plan);
	return plan;
}

static void stage_open(struct stage *stage, uint32_t routes_max)
{
	stage->heap = heap_libc();
	stage->plan = plan_make(MEMBERS, routes_max);
	expect_true(!failed(sys_port_init(&stage->sys)));
	expect_true(!failed(
		shards_new((struct hash_key){ 1, 2 }, stage->plan, SHARDS, &stage->shards)));
	struct worker_config config = { .heap = &stage->heap,
					.port = &stage->sys.port,
					.shards = stage->shards,
					.plan = stage->plan };
	expect_true(!failed(worker_new(&config, &stage->worker)));
	stage->port = port_free();
	struct port_endpoint at = { address_ipv4(0x7f000001), stage->port };
	expect_true(!failed(worker_listen(stage->worker, &at)));
}

static void stage_close(struct stage *stage)
{
	worker_end(stage->worker, false);
	worker_free(stage->worker);
	shards_free(stage->shards);
	plan_unref(stage->plan);
	sys_port_fini(&stage->sys);
	for (uint32_t i = 0; i < MEMBERS; i++) {
		if (stage->member[i].fd > 0)
			(void)close(stage->member[i].fd);
	}
	expect_u64(stage->heap.used_octets, 0);
}

static void member_say(struct member *member, const struct wr *wr)
{
	expect_true(wr_ok(wr));
	expect_true(send(member->fd, wr->start, wr->pos, MSG_NOSIGNAL) == (ssize_t)wr->pos);
}

static void member_call(struct stage *stage, uint32_t number, uint32_t asn)
{
	struct member *member = &stage->member[number];
	struct sockaddr_in from = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(0x7f020001u + number) };
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(stage->port),
				  .sin_addr.s_addr = htonl(0x7f000001) };
	uint8_t octets[512];
	struct wr wr = wr_of(octets, sizeof octets);
	struct bgp_open open = { .asn = asn,
				 .router_id = 10 + number,
				 .hold_s = 90,
				 .role = BGP_ROLE_ROUTE_SERVER_CLIENT,
				 .as4 = true,
				 .refresh = true,
				 .families = { true, true } };

	memset(member, 0, sizeof *member);
	member->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	expect_true(bind(member->fd, (struct sockaddr *)&from, sizeof from) == 0);
	expect_true(connect(member->fd, (struct sockaddr *)&to, sizeof to) == 0);
	expect_true(fcntl(member->fd, F_SETFL, O_NONBLOCK) == 0);
	bgp_open_write(&wr, &open);
	member_say(member, &wr);
}

static void nlri_note(struct member *member, struct bgp_nlri nlri, bool is_announced)
{
	struct prefix prefix;

	while (nlri.present && rd_more(&nlri.rd)) {
		expect_true(!failed(prefix_read_nlri(&nlri.rd, nlri.family, &prefix)));
		uint32_t bit = UINT32_C(1) << (prefix.octet[2] % 32);
		member->prefixes = is_announced ? member->prefixes | bit : member->prefixes & ~bit;
	}
}

static void update_note(struct member *member, struct octets body)
{
	static uint8_t scratch[BGP_UPDATE_SCRATCH_OCTETS];
	struct bgp_update_mode mode = { .as4 = true,
					.families = { true, true },
					.path_asns_max = 750,
					.communities_max = 1000,
					.scratch = scratch };
	struct bgp_update update;

	bgp_update_read(body, &mode, &update);
	expect_u64(update.verdict, BGP_KEEP);
	if (update.is_end_of_rib)
		member->end_of_rib[update.end_of_rib_family] = true;
	nlri_note(member, update.withdrawn, false);
	nlri_note(member, update.mp_unreach, false);
	nlri_note(member, update.reach, true);
	nlri_note(member, update.mp_reach, true);
	if (update.reach.present) {
		mem_copy(member->body, body.at, body.len_octets);
		bgp_update_read(octets_of(member->body, body.len_octets), &mode, &update);
		member->attrs = update.attrs;
	}
}

static void message_note(struct member *member, const struct bgp_message *message)
{
	uint8_t octets[64];
	struct wr wr = wr_of(octets, sizeof octets);

	switch (message->type) {
	case BGP_OPEN:
		bgp_keepalive_write(&wr);
		member_say(member, &wr);
		break;
	case BGP_KEEPALIVE:
		member->is_up = true;
		break;
	case BGP_NOTIFICATION:
		expect_true(!failed(bgp_notification_read(message->body, &member->refusal)));
		break;
	case BGP_UPDATE:
		update_note(member, message->body);
		break;
	default:
		break;
	}
}

static void member_hear(struct member *member)
{
	struct bgp_message message;
	struct bgp_refusal refusal;
	uint32_t at = 0;

	if (member->fd <= 0 || member->is_closed)
		return;
	ssize_t got = recv(member->fd, member->stream + member->len,
			   sizeof member->stream - member->len, 0);
	if (got == 0 || (got < 0 && errno != EAGAIN))
		member->is_closed = true;
	if (got > 0)
		member->len += (uint32_t)got;
	while (!failed(bgp_message_next(octets_of(member->stream + at, member->len - at), false,
					&message, &refusal))) {
		message_note(member, &message);
		at += message.whole.len_octets;
	}
	mem_move(member->stream, member->stream + at, member->len - at);
	member->len -= at;
}

/* Steps until the condition holds; false when its time is over. */
static bool await(struct stage *stage, bool (*holds)(const struct stage *))
{
	struct port *port = &stage->sys.port;
	struct instant end = instant_add(port->now(port), span_ms(WAIT_MS));

	while (port->now(port).ns < end.ns) {
		worker_step(stage->worker, instant_add(port->now(port), span_ms(1)));
		for (uint32_t i = 0; i < MEMBERS; i++)
			member_hear(&stage->member[i]);
		if (holds(stage))
			return true;
	}
	return false;
}

static void member_announce(struct stage *stage, uint32_t number, uint32_t first_asn, uint32_t from,
			    uint32_t count)
{
	struct member *member = &stage->member[number];
	uint8_t octets[8192];
	uint8_t path[10] = { BGP_SEGMENT_SEQUENCE, 2 };
	struct wr path_wr = wr_of(path + 2, 8);
	struct wr wr = wr_of(octets, sizeof octets);
	struct bgp_attrs attrs = { .next_hop_len_octets = 4, .has_med = true, .med = 77 };
	struct address next_hop = address_number(number);
	struct bgp_wire_profile profile = { .family = FAMILY_IPV4, .as4 = true };
	struct bgp_export export = { .attrs = &attrs };
	struct bgp_encoder encoder;

	wr_u32(&path_wr, first_asn);
	wr_u32(&path_wr, 5000);
	mem_copy(attrs.next_hop, next_hop.octet, 4);
	attrs.as_path = octets_of(path, sizeof path);
	expect_true(!failed(bgp_encode_announce_begin(&encoder, &wr, &profile, &export)));
	for (uint32_t i = from; i < from + count; i++) {
		struct prefix prefix = { .family = FAMILY_IPV4,
					 .len_bits = 24,
					 .octet = { 50, 1 } };
		prefix.octet[2] = (uint8_t)i;
		expect_true(bgp_encode_prefix(&encoder, 0, &prefix));
	}
	bgp_encode_end(&encoder);
	member_say(member, &wr);
}

static bool all_are_up(const struct stage *stage)
{
	bool all = true;

	for (uint32_t i = 0; i < MEMBERS; i++)
		all = all && stage->member[i].end_of_rib[0] && stage->member[i].end_of_rib[1];
	return all;
}

static bool others_hold_four(const struct stage *stage)
{
	return stage->member[1].prefixes == 0xf && stage->member[2].prefixes == 0xf;
}

static bool others_hold_none(const struct stage *stage)
{
	return stage->member[1].prefixes == 0 && stage->member[2].prefixes == 0;
}

static bool first_is_closed(const struct stage *stage)
{
	return stage->member[0].is_closed;
}

static void stage_up(struct stage *stage, uint32_t routes_max)
{
	stage_open(stage, routes_max);
	for (uint32_t i = 0; i < MEMBERS; i++)
		member_call(stage, i, 1000 + i);
	expect_true(await(stage, all_are_up));
}

/* RFC 7947 2.2: next hop, path and MED arrive as they were sent. */
static void case_routes_pass(void)
{
	static struct stage stage;

	stage_up(&stage, 0);
	member_announce(&stage, 0, 1000, 0, 4);
	expect_true(await(&stage, others_hold_four));
	expect_u64(stage.member[0].prefixes, 0);
	expect_u64(stage.member[1].attrs.first_asn, 1000);
	expect_u64(stage.member[1].attrs.path_len, 2);
	expect_u64(stage.member[1].attrs.med, 77);
	expect_u64(stage.member[1].attrs.otc, RS_ASN);
	struct address next_hop = bgp_attrs_next_hop(&stage.member[1].attrs);
	struct address wanted = address_number(0);
	expect_true(address_compare(&next_hop, &wanted) == 0);
	(void)close(stage.member[0].fd);
	stage.member[0].fd = 0;
	expect_true(await(&stage, others_hold_none));
	stage_close(&stage);
}

/* RFC 4271 6.2: another AS than agreed is refused with 2/2. */
static void case_wrong_as(void)
{
	static struct stage stage;

	stage_open(&stage, 0);
	member_call(&stage, 0, 4242);
	expect_true(await(&stage, first_is_closed));
	expect_u64(stage.member[0].refusal.code, BGP_ERROR_OPEN);
	expect_u64(stage.member[0].refusal.subcode, BGP_OPEN_PEER_AS);
	stage_close(&stage);
}

/* RFC 4486: the prefix over the limit ends the session with 6/1 and its routes are withdrawn. */
static void case_too_many_prefixes(void)
{
	static struct stage stage;

	stage_up(&stage, 4);
	member_announce(&stage, 0, 1000, 0, 4);
	expect_true(await(&stage, others_hold_four));
	member_announce(&stage, 0, 1000, 4, 1);
	expect_true(await(&stage, first_is_closed));
	expect_u64(stage.member[0].refusal.code, BGP_ERROR_CEASE);
	expect_u64(stage.member[0].refusal.subcode, BGP_CEASE_MAX_PREFIXES);
	expect_true(await(&stage, others_hold_none));
	stage_close(&stage);
}

/* A refused route is held, and goes to nobody. */
static void case_refused_route(void)
{
	static struct stage stage;
	struct rib_counts counts;

	stage_up(&stage, 0);
	member_announce(&stage, 0, 1001, 0, 4);
	member_announce(&stage, 0, 1000, 8, 1);
	member_announce(&stage, 1, 1001, 9, 1);
	for (uint32_t i = 0; i < 200 && stage.member[2].prefixes != 0x300; i++)
		(void)await(&stage, all_are_up);
	expect_u64(stage.member[2].prefixes, 0x300);
	uint64_t routes = 0;
	uint64_t refused = 0;
	for (uint32_t i = 0; i < SHARDS; i++) {
		rib_counts_of(stage.shards->shard[i].rib, &counts);
		routes += counts.routes[0];
		refused += counts.refused[0];
	}
	expect_u64(routes, 6);
	expect_u64(refused, 4);
	stage_close(&stage);
}

/* A member that goes from the plan is told so; the others notice nothing. */
static void case_replan(void)
{
	static struct stage stage;

	stage_up(&stage, 0);
	member_announce(&stage, 0, 1000, 0, 4);
	expect_true(await(&stage, others_hold_four));
	struct plan *fewer = plan_make(2, 0);
	expect_true(!failed(worker_replan(stage.worker, fewer)));
	plan_unref(stage.plan);
	stage.plan = fewer;
	for (uint32_t i = 0; i < 200 && !stage.member[2].is_closed; i++)
		(void)await(&stage, all_are_up);
	expect_u64(stage.member[2].refusal.subcode, BGP_CEASE_DECONFIGURED);
	expect_true(!stage.member[0].is_closed && !stage.member[1].is_closed);
	expect_u64(stage.member[1].prefixes, 0xf);
	stage_close(&stage);
}

static const struct tap_case cases[] = {
	{ "routes pass unchanged and go with their session", case_routes_pass, 0 },
	{ "another AS is refused", case_wrong_as, 0 },
	{ "too many prefixes end the session", case_too_many_prefixes, 0 },
	{ "a refused route is held and goes to nobody", case_refused_route, 0 },
	{ "a member leaves the plan", case_replan, 0 },
};
TAP_MAIN(cases)
