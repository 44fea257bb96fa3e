/* unit/speaker/speakers.c — speakers against a real worker, over loopback.
 *
 * Both stand in one thread and are stepped in turn until what is awaited has come.  */
#include "speaker/speakers.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "kit/port_free.h"
#include "kit/tap.h"
#include "server/worker.h"
#include "sys/port.h"
#include "unit/speaker/choppy.h"

#define RS_ASN 64700u
#define MEMBERS 4u
#define ASN_FIRST 1000u
#define WAIT_MS 10000
#define GRID 2000u

struct stage {
	struct heap heap;
	struct sys_port server_sys;
	struct choppy choppy;
	struct plan *plan;
	struct shards *shards;
	struct worker *worker;
	uint16_t port;
	struct universe universe;
	struct sets sets;
	struct speakers *speakers;
	struct speaker_config config[MEMBERS];
};

/* --- the stage -------------------------------------------------------------------------------- */

static struct address address_number(uint32_t member)
{
	return address_ipv4(0x7f030001u + member);
}

static struct address address6_number(uint32_t member)
{
	struct address address = { .family = FAMILY_IPV6, .octet = { 0xfd, 0, 0, 2 } };

	address.octet[15] = (uint8_t)(member + 1);
	return address;
}

/* Member 3 speaks two-octet ASNs, member 1 may be sent several paths. */
static struct plan *plan_make(const char *password)
{
	struct plan *plan = plan_new();

	plan->asn = RS_ASN;
	plan->router_id = 0x7f000001;
	for (uint32_t i = 0; i < MEMBERS; i++) {
		struct plan_session session = { .id = { (uint16_t)i },
						.asn = ASN_FIRST + i,
						.address = address_number(i),
						.add_path = i == 1,
						.allow_as2 = i == 3 };
		session.password_len_octets = (uint8_t)strlen(password);
		mem_copy(session.password, password, session.password_len_octets);
		expect_true(!failed(plan_member_add(plan, ASN_FIRST + i, "member")));
		expect_true(!failed(plan_session_add(plan, &session)));
		session = (struct plan_session){ .id = { (uint16_t)(MEMBERS + i) },
						 .asn = ASN_FIRST + i,
						 .address = address6_number(i) };
		expect_true(!failed(plan_session_add(plan, &session)));
	}
	plan_seal(plan);
	return plan;
}

static void config_make(struct stage *stage, uint32_t member, const char *password)
{
	struct speaker_config *config = &stage->config[member];

	*config = (struct speaker_config){
		.offer = { .asn = ASN_FIRST + member,
			   .router_id = 10 + member,
			   .hold_s = 90,
			   .role = BGP_ROLE_ROUTE_SERVER_CLIENT,
			   .as4 = member != 3,
			   .refresh = true,
			   .extended_next_hop = member != 2,
			   .families = { true, true },
			   .add_path_receive = { member == 1, member == 1 } },
		.server_asn = RS_ASN,
		.local = address_number(member),
		.server = { address_ipv4(0x7f000001), stage->port },
	};
	config->secret.peer = config->server.address;
	config->secret.len_octets = (uint8_t)strlen(password);
	mem_copy(config->secret.octet, password, config->secret.len_octets);
}

static struct prefix prefix_of(const char *text)
{
	struct prefix prefix = { 0 };

	expect_true(prefix_parse(text, &prefix, NULL));
	return prefix;
}

static void server_open(struct stage *stage, const char *password)
{
	struct worker_config config = { .heap = &stage->heap, .port = &stage->server_sys.port };

	stage->plan = plan_make(password);
	expect_true(!failed(sys_port_init(&stage->server_sys)));
	expect_true(!failed(shards_new((struct hash_key){ 1, 2 }, stage->plan, 2, &stage->shards)));
	config.shards = stage->shards;
	config.plan = stage->plan;
	expect_true(!failed(worker_new(&config, &stage->worker)));
	stage->port = port_free();
	struct port_endpoint at = { address_ipv4(0x7f000001), stage->port };
	if (failed(worker_listen(stage->worker, &at)))
		tap_skip("this system has no TCP MD5 signatures");
}

/* The universe: a grid of /24s, two others in IPv4, one in IPv6. */
static void stage_open(struct stage *stage, const char *password)
{
	static const char *const others[] = { "60.1.0.0/20", "60.2.0.0/16", "2a01:100::/32" };
	struct hash_key key = { 7, 8 };
	struct prefix first = prefix_of("50.0.0.0/24");
	uint32_t number;

	stage->heap = heap_libc();
	server_open(stage, password);
	choppy_init(&stage->choppy);
	universe_init(&stage->universe, &stage->heap, key);
	expect_true(!failed(universe_add_grid(&stage->universe, &first, GRID)));
	for (uint32_t i = 0; i < 3; i++) {
		struct prefix prefix = prefix_of(others[i]);
		expect_true(!failed(universe_add(&stage->universe, &prefix, &number)));
	}
	expect_true(!failed(sets_init(&stage->sets, &stage->heap, key)));
	expect_true(!failed(speakers_new(&stage->heap, &stage->choppy.port, &stage->universe,
					 &stage->sets, MEMBERS, &stage->speakers)));
	for (uint32_t i = 0; i < MEMBERS; i++) {
		config_make(stage, i, password);
		expect_true(!failed(speaker_configure(stage->speakers, i, &stage->config[i])));
		speaker_start(stage->speakers, i);
	}
}

static void stage_close(struct stage *stage)
{
	speakers_free(stage->speakers);
	sets_fini(&stage->sets);
	universe_fini(&stage->universe);
	sys_port_fini(&stage->choppy.sys);
	worker_free(stage->worker);
	shards_free(stage->shards);
	plan_unref(stage->plan);
	sys_port_fini(&stage->server_sys);
	expect_u64(stage->heap.used_octets, 0);
}

static bool await(struct stage *stage, bool (*holds)(const struct stage *))
{
	struct port *port = &stage->server_sys.port;
	struct instant end = instant_add(port->now(port), span_ms(WAIT_MS));

	for (;;) {
		struct instant now = port->now(port);
		if (holds(stage))
			return true;
		if (now.ns >= end.ns)
			return false;
		worker_step(stage->worker, instant_add(now, span_us(100)));
		speakers_step(stage->speakers, instant_add(port->now(port), span_us(100)));
	}
}

static struct speaker_view view_of(const struct stage *stage, uint32_t member)
{
	struct speaker_view view;

	speaker_view_of(stage->speakers, member, &view);
	return view;
}

static bool all_are_up(const struct stage *stage)
{
	bool all = true;

	for (uint32_t i = 0; i < MEMBERS; i++) {
		struct speaker_view view = view_of(stage, i);
		all = all && view.end_of_rib[0] && view.end_of_rib[1];
	}
	return all;
}

/* --- routes ----------------------------------------------------------------------------------- */

/* "sender 5000 tag", as the sender says it; next hop of either family. */
struct made {
	struct bgp_attrs attrs;
	uint8_t path[14];
};

static void made_fill(struct made *made, uint32_t member, uint32_t tag, bool next_hop_is_ipv6)
{
	struct wr wr = wr_of(made->path, sizeof made->path);
	struct address next_hop = next_hop_is_ipv6 ? address6_number(member) :
						     address_number(member);

	wr_u8(&wr, BGP_SEGMENT_SEQUENCE);
	wr_u8(&wr, 3);
	wr_u32(&wr, ASN_FIRST + member);
	wr_u32(&wr, 5000);
	wr_u32(&wr, tag);
	made->attrs = (struct bgp_attrs){ .as_path = wr_octets_of(&wr) };
	made->attrs.next_hop_len_octets = (uint8_t)address_len_octets((enum family)next_hop.family);
	mem_copy(made->attrs.next_hop, next_hop.octet, made->attrs.next_hop_len_octets);
}

static void announce(struct stage *stage, uint32_t member, uint32_t tag, const char *text)
{
	struct prefix prefix = prefix_of(text);
	struct made made;

	made_fill(&made, member, tag, prefix.family == FAMILY_IPV6);
	expect_true(!failed(speaker_announce(stage->speakers, member, &made.attrs, &prefix, 1)));
}

static void announce_grid(struct stage *stage, uint32_t member, uint32_t tag, uint32_t from,
			  uint32_t count)
{
	static struct prefix prefixes[GRID];
	struct made made;

	for (uint32_t i = 0; i < count; i++)
		prefixes[i] = universe_prefix_of(&stage->universe, from + i);
	made_fill(&made, member, tag, false);
	expect_true(
		!failed(speaker_announce(stage->speakers, member, &made.attrs, prefixes, count)));
}

/* The set as it arrives: RFC 9234 5 adds the route server's OTC. */
static uint32_t set_from(struct stage *stage, uint32_t member, uint32_t tag, bool next_hop_is_ipv6)
{
	struct made made;
	uint32_t set = 0;

	made_fill(&made, member, tag, next_hop_is_ipv6);
	made.attrs.has_otc = true;
	made.attrs.otc = RS_ASN;
	expect_true(!failed(sets_take(&stage->sets, &made.attrs, &set)));
	return set;
}

static bool others_hold_all(const struct stage *stage)
{
	return view_of(stage, 1).held_count == GRID + 3 &&
	       view_of(stage, 2).held_count == GRID + 3 && view_of(stage, 3).held_count == GRID + 3;
}

static void expect_whole(struct stage *stage, uint32_t tag)
{
	uint32_t set = set_from(stage, 0, tag, false);
	uint32_t set6 = set_from(stage, 0, tag, true);
	uint64_t digest = speaker_digest_of(GRID + 2, set6);

	for (uint32_t i = 0; i < GRID + 2; i++)
		digest += speaker_digest_of(i, set);
	for (uint32_t i = 1; i < MEMBERS; i++) {
		expect_true(speaker_holds(stage->speakers, i, GRID + 3, digest));
		if (i == 1)
			continue; /* its paths stand by identifier */
		expect_u64(speaker_set_of(stage->speakers, i, 0), set);
		expect_u64(speaker_set_of(stage->speakers, i, GRID + 1), set);
		expect_u64(speaker_set_of(stage->speakers, i, GRID + 2), set6);
	}
	expect_u64(view_of(stage, 0).held_count, 0);
}

static void announce_whole(struct stage *stage, uint32_t tag)
{
	announce_grid(stage, 0, tag, 0, GRID);
	announce(stage, 0, tag, "60.1.0.0/20");
	announce(stage, 0, tag, "60.2.0.0/16");
	announce(stage, 0, tag, "2a01:100::/32");
}

static bool others_hold_less(const struct stage *stage)
{
	return view_of(stage, 1).held_count == GRID + 2 &&
	       view_of(stage, 2).held_count == GRID + 2 && view_of(stage, 3).held_count == GRID + 2;
}

static bool others_hold_none(const struct stage *stage)
{
	return view_of(stage, 1).held_count == 0 && view_of(stage, 2).held_count == 0 &&
	       view_of(stage, 3).held_count == 0;
}

/* Four kinds of receiver: plain, ADD-PATH, no extended next hop, two-octet ASNs. */
static void case_routes_arrive(void)
{
	static struct stage stage;
	struct prefix gone = prefix_of("60.2.0.0/16");

	stage_open(&stage, "");
	expect_true(await(&stage, all_are_up));
	announce_whole(&stage, 6000);
	expect_true(await(&stage, others_hold_all));
	expect_whole(&stage, 6000);
	expect_true(!failed(speaker_withdraw(stage.speakers, 0, &gone, 1)));
	expect_true(await(&stage, others_hold_less));
	expect_u64(speaker_set_of(stage.speakers, 2, GRID + 1), 0);
	speaker_stop(stage.speakers, 0);
	expect_true(await(&stage, others_hold_none));
	expect_u64(view_of(&stage, 2).digest, 0);
	expect_u64(view_of(&stage, 1).digest, 0);
	expect_u64(view_of(&stage, 0).state, BGP_STATE_IDLE);
	stage_close(&stage);
}

/* ASNs above 65,535 come back whole from AS4_PATH. */
static void case_wide_path(void)
{
	static struct stage stage;

	stage_open(&stage, "");
	expect_true(await(&stage, all_are_up));
	announce_whole(&stage, 201000);
	expect_true(await(&stage, others_hold_all));
	expect_whole(&stage, 201000);
	stage_close(&stage);
}

static bool two_paths(const struct stage *stage)
{
	return view_of(stage, 1).held_count == 2 && view_of(stage, 3).held_count == 1;
}

static bool one_path(const struct stage *stage)
{
	return view_of(stage, 1).held_count == 1 && view_of(stage, 3).held_count == 1;
}

struct walked {
	uint32_t count;
	uint32_t path_id[2];
	uint64_t digest;
};

static bool path_note(void *context, uint32_t number, uint32_t path_id, uint32_t set)
{
	struct walked *walked = context;

	if (walked->count < 2)
		walked->path_id[walked->count] = path_id;
	walked->count++;
	walked->digest += speaker_digest_of(number, set);
	return true;
}

/* RFC 7911: a receiver of several paths holds both, by their identifiers. */
static void case_several_paths(void)
{
	static struct stage stage;
	struct prefix prefix = prefix_of("60.1.0.0/20");
	struct walked walked = { 0 };

	stage_open(&stage, "");
	expect_true(await(&stage, all_are_up));
	announce(&stage, 0, 6000, "60.1.0.0/20");
	announce(&stage, 2, 6001, "60.1.0.0/20");
	expect_true(await(&stage, two_paths));
	speaker_walk(stage.speakers, 1, path_note, &walked);
	expect_u64(walked.count, 2);
	expect_true(walked.path_id[0] != walked.path_id[1]);
	expect_u64(walked.digest, view_of(&stage, 1).digest);
	expect_u64(walked.digest,
		   speaker_digest_of(GRID, set_from(&stage, 0, 6000, false)) +
			   speaker_digest_of(GRID, set_from(&stage, 2, 6001, false)));
	expect_true(!failed(speaker_withdraw(stage.speakers, 0, &prefix, 1)));
	expect_true(await(&stage, one_path));
	expect_u64(view_of(&stage, 1).digest,
		   speaker_digest_of(GRID, set_from(&stage, 2, 6001, false)));
	stage_close(&stage);
}

static bool first_is_back(const struct stage *stage)
{
	return view_of(stage, 0).established_count == 2 && others_hold_all(stage);
}

/* A new session says the whole history again. */
static void case_session_returns(void)
{
	static struct stage stage;

	stage_open(&stage, "");
	expect_true(await(&stage, all_are_up));
	announce_whole(&stage, 6000);
	expect_true(await(&stage, others_hold_all));
	speaker_cut(stage.speakers, 0);
	expect_true(await(&stage, others_hold_none));
	expect_true(await(&stage, first_is_back));
	expect_whole(&stage, 6000);
	expect_true(!failed(speaker_forget(stage.speakers, 0)));
	stage_close(&stage);
}

static bool first_holds_grid(const struct stage *stage)
{
	return view_of(stage, 0).held_count == GRID;
}

static bool refreshed(const struct stage *stage)
{
	return view_of(stage, 0).announced >= 2 * GRID && view_of(stage, 0).unsaid == 0 &&
	       view_of(stage, 1).held_count == 2 * GRID + 3 &&
	       view_of(stage, 3).held_count == GRID + 3;
}

/* Seven octets at a time, half the writes refused: control messages still fall between two
 * messages of the feed, or the route server would end the session. */
static void case_pieces(void)
{
	static struct stage stage;

	stage_open(&stage, "");
	expect_true(await(&stage, all_are_up));
	announce_grid(&stage, 2, 7000, 0, GRID);
	expect_true(await(&stage, first_holds_grid));
	stage.choppy.is_on = true;
	announce_whole(&stage, 6000);
	expect_true(!failed(speaker_refresh(stage.speakers, 0, FAMILY_IPV4)));
	expect_true(view_of(&stage, 0).unsaid != 0);
	expect_true(speaker_forget(stage.speakers, 0).kind == FAULT_AGAIN);
	expect_true(await(&stage, refreshed));
	stage.choppy.is_on = false;
	for (uint32_t i = 0; i < MEMBERS; i++) {
		expect_u64(view_of(&stage, i).established_count, 1);
		expect_u64(view_of(&stage, i).malformed, 0);
		expect_u64(view_of(&stage, i).strangers, 0);
	}
	stage_close(&stage);
}

static bool nothing_unsaid(const struct stage *stage)
{
	return view_of(stage, 0).unsaid == 0 && view_of(stage, 3).held_count == GRID;
}

/* What is held back goes out when it is let. */
static void case_held_back(void)
{
	static struct stage stage;

	stage_open(&stage, "");
	expect_true(await(&stage, all_are_up));
	speakers_hold_back(stage.speakers, true);
	announce_grid(&stage, 0, 6000, 0, GRID);
	expect_true(view_of(&stage, 0).unsaid > 4 * GRID);
	speakers_hold_back(stage.speakers, false);
	expect_true(await(&stage, nothing_unsaid));
	stage_close(&stage);
}

/* RFC 2385 */
static void case_password(void)
{
	static struct stage stage;

	stage_open(&stage, "a shared secret");
	expect_true(await(&stage, all_are_up));
	announce_whole(&stage, 6000);
	expect_true(await(&stage, others_hold_all));
	stage_close(&stage);
}

static bool strangers_came(const struct stage *stage)
{
	return view_of(stage, 3).strangers == 1;
}

/* A prefix outside the universe is never mistaken for one in it. */
static void case_stranger(void)
{
	static struct stage stage;

	stage_open(&stage, "");
	expect_true(await(&stage, all_are_up));
	announce(&stage, 0, 6000, "61.0.0.0/24");
	expect_true(await(&stage, strangers_came));
	expect_u64(view_of(&stage, 3).held_count, 0);
	expect_true(!speaker_holds(stage.speakers, 3, 0, 0));
	stage_close(&stage);
}

static const struct tap_case cases[] = {
	{ "routes arrive as they were sent, and go", case_routes_arrive, 0 },
	{ "ASNs of four octets survive a two-octet session", case_wide_path, 0 },
	{ "several paths are held by their identifiers", case_several_paths, 0 },
	{ "a session that returns says all again", case_session_returns, 0 },
	{ "messages survive being sent and read in pieces", case_pieces, 0 },
	{ "a feed held back goes out when it is let", case_held_back, 0 },
	{ "sessions with a password", case_password, 0 },
	{ "a prefix outside the universe is a stranger", case_stranger, 0 },
};
TAP_MAIN(cases)
