/* server/wire.h — one neighbour that speaks raw octets to a worker on loopback, and what was told.
 *
 * Worker and neighbour stand in one thread: the worker is stepped until what is awaited has come,
 * or the time for it is over. */
#ifndef SERVER_WIRE_H
#define SERVER_WIRE_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "bgp/encode.h"
#include "kit/port_free.h"
#include "kit/tap.h"
#include "server/worker.h"
#include "sys/port.h"

#define WIRE_ASN 1000u
#define WIRE_WAIT_MS 10000
#define WIRE_TOLD_OCTETS (512u * 1024u)

struct wire {
	struct heap heap;
	struct sys_port sys;
	struct plan *plan;
	struct shards *shards;
	struct worker *worker;
	uint16_t port;
	int fd;
	bool is_closed;
	uint8_t stream[1u << 18];
	uint32_t len;
	char told[WIRE_TOLD_OCTETS]; /* a line each */
	uint32_t told_len;
	uint32_t message_count[8]; /* by type */
	uint32_t refresh_count[3];
	uint32_t heard;         /* messages, of any type */
	uint32_t end_of_rib_at; /* of them: the first of IPv4; 0 = none came */
	uint32_t refresh_at;    /* likewise the first ROUTE-REFRESH */
	uint8_t last[BGP_EXTENDED_MESSAGE_OCTETS_MAX]; /* the last NOTIFICATION */
	uint32_t last_len;
};

static inline void wire_note(void *context, const struct plan_session *session, const char *text)
{
	struct wire *wire = context;
	int len = snprintf(wire->told + wire->told_len, sizeof wire->told - wire->told_len, "%s\n",
			   text);

	(void)session;
	expect_true(len > 0 && wire->told_len + (uint32_t)len < sizeof wire->told);
	wire->told_len += (uint32_t)len;
}

static inline struct plan_session wire_session(void)
{
	return (struct plan_session){ .id = { 0 },
				      .asn = WIRE_ASN,
				      .address = address_ipv4(0x7f020001u) };
}

static inline struct plan *wire_plan(const struct plan_session *session, uint32_t retry_s)
{
	struct plan *plan = plan_new();

	plan->asn = 64700;
	plan->router_id = 0x7f000001;
	plan->rules.retry_s = retry_s;
	expect_true(!failed(plan_member_add(plan, WIRE_ASN, "member")));
	expect_true(!failed(plan_session_add(plan, session)));
	plan_seal(plan);
	return plan;
}

static inline void wire_open_over(struct wire *wire, const struct plan_session *session,
				  uint32_t shard_count)
{
	struct hash_key key = { 1, 2 };

	memset(wire, 0, sizeof *wire);
	wire->heap = heap_libc();
	wire->plan = wire_plan(session, 900);
	wire->fd = -1;
	expect_true(!failed(sys_port_init(&wire->sys)));
	expect_true(!failed(shards_new(key, wire->plan, shard_count, &wire->shards)));
	struct worker_config config = { .heap = &wire->heap,
					.port = &wire->sys.port,
					.shards = wire->shards,
					.plan = wire->plan,
					.watch = { .event = wire_note, .context = wire } };
	expect_true(!failed(worker_new(&config, &wire->worker)));
	wire->port = port_free();
	struct port_endpoint at = { address_ipv4(0x7f000001), wire->port };
	expect_true(!failed(worker_listen(wire->worker, &at)));
}

static inline void wire_open(struct wire *wire, const struct plan_session *session)
{
	wire_open_over(wire, session, 2);
}

static inline void wire_close(struct wire *wire)
{
	worker_end(wire->worker, false);
	worker_free(wire->worker);
	shards_free(wire->shards);
	plan_unref(wire->plan);
	sys_port_fini(&wire->sys);
	if (wire->fd >= 0)
		(void)close(wire->fd);
	expect_u64(wire->heap.used_octets, 0);
}

static inline void wire_say(struct wire *wire, struct octets octets)
{
	expect_true(send(wire->fd, octets.at, octets.len_octets, MSG_NOSIGNAL) ==
		    (ssize_t)octets.len_octets);
}

static inline bool wire_key(int fd, uint32_t address, const char *key)
{
	struct tcp_md5sig md5 = { .tcpm_keylen = (uint16_t)strlen(key) };
	struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(address) };

	mem_copy(&md5.tcpm_addr, &name, sizeof name);
	mem_copy(md5.tcpm_key, key, md5.tcpm_keylen);
	return setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &md5, sizeof md5) == 0;
}

static inline struct bgp_open wire_offer(void)
{
	return (struct bgp_open){ .asn = WIRE_ASN,
				  .router_id = 10,
				  .hold_s = 90,
				  .role = BGP_ROLE_ROUTE_SERVER_CLIENT,
				  .as4 = true,
				  .refresh = true,
				  .enhanced_refresh = true,
				  .families = { true, true } };
}

/* Connects; `key` may be NULL. */
static inline bool wire_connect(struct wire *wire, const char *key)
{
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f020001u) };
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(wire->port),
				  .sin_addr.s_addr = htonl(0x7f000001) };

	wire->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	wire->len = 0;
	wire->is_closed = false;
	expect_true(bind(wire->fd, (struct sockaddr *)&from, sizeof from) == 0);
	if (key != NULL && !wire_key(wire->fd, 0x7f000001, key))
		return false;
	expect_true(connect(wire->fd, (struct sockaddr *)&to, sizeof to) == 0);
	return fcntl(wire->fd, F_SETFL, O_NONBLOCK) == 0;
}

static inline void wire_hear_one(struct wire *wire, const struct bgp_message *message)
{
	uint8_t octets[64];
	struct wr wr = wr_of(octets, sizeof octets);

	wire->message_count[message->type]++;
	wire->heard++;
	if (message->type == BGP_UPDATE && message->whole.len_octets == 23 &&
	    wire->end_of_rib_at == 0)
		wire->end_of_rib_at = wire->heard;
	if (message->type == BGP_ROUTE_REFRESH && wire->refresh_at == 0)
		wire->refresh_at = wire->heard;
	if (message->type == BGP_OPEN) {
		bgp_keepalive_write(&wr);
		wire_say(wire, wr_octets_of(&wr));
	} else if (message->type == BGP_ROUTE_REFRESH && message->body.at[2] < 3) {
		wire->refresh_count[message->body.at[2]]++;
	} else if (message->type == BGP_NOTIFICATION) {
		mem_copy(wire->last, message->body.at, message->body.len_octets);
		wire->last_len = message->body.len_octets;
	}
}

static inline void wire_hear(struct wire *wire)
{
	struct bgp_message message;
	struct bgp_refusal refusal;
	uint32_t at = 0;

	ssize_t got = recv(wire->fd, wire->stream + wire->len, sizeof wire->stream - wire->len, 0);
	if (got == 0 || (got < 0 && errno != EAGAIN))
		wire->is_closed = true;
	if (got > 0)
		wire->len += (uint32_t)got;
	while (!failed(bgp_message_next(octets_of(wire->stream + at, wire->len - at), true,
					&message, &refusal))) {
		wire_hear_one(wire, &message);
		at += message.whole.len_octets;
	}
	mem_move(wire->stream, wire->stream + at, wire->len - at);
	wire->len -= at;
}

/* Steps until the text was told. */
static inline bool wire_await(struct wire *wire, const char *text)
{
	struct port *port = &wire->sys.port;
	struct instant end = instant_add(port->now(port), span_ms(WIRE_WAIT_MS));

	while (port->now(port).ns < end.ns) {
		if (strstr(wire->told, text) != NULL)
			return true;
		worker_step(wire->worker, instant_add(port->now(port), span_ms(1)));
		if (wire->fd >= 0 && !wire->is_closed)
			wire_hear(wire);
	}
	printf("# \"%s\" was not told; but:\n# %.2000s\n", text, wire->told);
	return false;
}

/* Steps until the neighbour has heard the end of the stream. */
static inline bool wire_await_close(struct wire *wire)
{
	struct port *port = &wire->sys.port;
	struct instant end = instant_add(port->now(port), span_ms(WIRE_WAIT_MS));

	while (port->now(port).ns < end.ns && !wire->is_closed) {
		worker_step(wire->worker, instant_add(port->now(port), span_ms(1)));
		wire_hear(wire);
	}
	return wire->is_closed;
}

/* So many rounds: whatever was sent is through. */
static inline void wire_settle(struct wire *wire, uint32_t rounds)
{
	struct port *port = &wire->sys.port;

	for (uint32_t i = 0; i < rounds; i++) {
		worker_step(wire->worker, instant_add(port->now(port), span_ms(1)));
		if (!wire->is_closed)
			wire_hear(wire);
	}
}

/* Gives the worker another plan, when the last one is through.  Takes the plan. */
static inline void wire_replan(struct wire *wire, struct plan *plan)
{
	for (uint32_t i = 0; i < WIRE_WAIT_MS && shards_are_judging(wire->shards); i++)
		wire_settle(wire, 1);
	expect_true(!failed(worker_replan(wire->worker, plan)));
	plan_unref(plan);
}

static inline void wire_say_open(struct wire *wire, const struct bgp_open *open)
{
	uint8_t octets[512];
	struct wr wr = wr_of(octets, sizeof octets);

	bgp_open_write(&wr, open);
	wire_say(wire, wr_octets_of(&wr));
}

static inline void wire_up(struct wire *wire, const struct plan_session *session,
			   const struct bgp_open *open)
{
	wire_open(wire, session);
	expect_true(wire_connect(wire, NULL));
	wire_say_open(wire, open);
	expect_true(wire_await(wire, "established:"));
}

/* /24s from `from` on, with `communities` of filling. */
static inline void wire_announce(struct wire *wire, uint32_t from, uint32_t count,
				 uint32_t communities, bool is_extended)
{
	static uint8_t octets[BGP_EXTENDED_MESSAGE_OCTETS_MAX];
	static uint8_t filling[60000];
	static const uint8_t path[] = { BGP_SEGMENT_SEQUENCE, 1, 0, 0, 0x03, 0xe8 };
	struct wr wr = wr_of(octets, sizeof octets);
	struct wr filling_wr = wr_of(filling, sizeof filling);
	struct bgp_attrs attrs = { .next_hop_len_octets = 4, .next_hop = { 127, 2, 0, 1 } };
	struct bgp_wire_profile profile = { .family = FAMILY_IPV4,
					    .as4 = true,
					    .extended_message = is_extended };
	struct bgp_export export = { .attrs = &attrs };
	struct bgp_encoder encoder;

	for (uint32_t i = 0; i < communities; i++)
		wr_u32(&filling_wr, 0x10000000u + i);
	attrs.as_path = octets_of(path, sizeof path);
	export.communities = wr_octets_of(&filling_wr);
	expect_true(!failed(bgp_encode_announce_begin(&encoder, &wr, &profile, &export)));
	for (uint32_t i = from; i < from + count; i++) {
		struct prefix prefix = { .family = FAMILY_IPV4, .len_bits = 24, .octet = { 50 } };
		prefix.octet[1] = (uint8_t)(i >> 8);
		prefix.octet[2] = (uint8_t)i;
		expect_true(bgp_encode_prefix(&encoder, 0, &prefix));
	}
	bgp_encode_end(&encoder);
	wire_say(wire, wr_octets_of(&wr));
}

static inline uint32_t wire_held(const struct wire *wire)
{
	struct peer_counts counts = { 0 };

	(void)worker_session_of(wire->worker, (struct session_id){ 0 }, &counts);
	return counts.held[FAMILY_IPV4];
}

static inline bool wire_await_held(struct wire *wire, uint32_t count)
{
	for (uint32_t i = 0; i < 5000 && wire_held(wire) != count; i++)
		wire_settle(wire, 1);
	return wire_held(wire) == count;
}

#endif
