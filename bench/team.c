/* bench/team.c — the way in with several workers: the program's own workers and shards, fed from
 * memory, so that no sender and no kernel takes part of the processors.
 *
 *     team [MEMBERS] [ROUTES] [WORKERS]      10 and 100,000 by default; 1 worker, then 2, 4 where
 *                                            there are as many processors; or just so many
 *
 * A member's octets are made before: its OPEN, a KEEPALIVE, its routes, a hundred an UPDATE.  What
 * it would be sent is counted and forgotten.  When all are established they may say their routes;
 * the clock on the wall runs from then until every route is held and decided. */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "bgp/encode.h"
#include "bgp/message.h"
#include "bgp/open.h"
#include "kit/clock.h"
#include "members.h"
#include "server/worker.h"

#define PREFIXES_AN_UPDATE 100u
#define UPDATE_OCTETS_MAX 600u
#define MEMBERS_MOST 256u
#define WORKERS_MOST 4u
#define LISTENER 1
#define FIRST_STREAM 16
#define RUNS 5u

struct member {
	uint8_t *octets;
	uint32_t len_octets;
	uint32_t greeting_octets; /* what it says before its routes */
	uint32_t read_octets;
};

struct seat {
	struct port port;
	struct heap heap;
	struct worker *worker;
	pthread_t thread;
	int wake_fd;
	int32_t news[MEMBERS_MOST + 1]; /* streams of which nothing was told yet */
	uint32_t news_count;
	int32_t streams[MEMBERS_MOST]; /* its members' */
	uint32_t stream_count;
	bool was_let; /* they were told that they may say their routes */
	uint64_t written_octets;
};

static struct member members[MEMBERS_MOST];
static uint32_t member_count;
static uint32_t accepted;
static struct seat seats[WORKERS_MOST];
static _Atomic bool may_announce;
static _Atomic bool is_over;

/* --- the port --------------------------------------------------------------------------------- */

static struct seat *seat_of(struct port *port)
{
	return (struct seat *)(void *)port;
}

static struct instant port_now(struct port *port)
{
	(void)port;
	return (struct instant){ (int64_t)(now_s() * 1e9) };
}

static struct wall port_wall(struct port *port)
{
	(void)port;
	return (struct wall){ 1 };
}

static uint64_t port_random(struct port *port)
{
	(void)port;
	return 4;
}

static void news_add(struct seat *seat, int32_t number)
{
	CHECK(seat->news_count < MEMBERS_MOST + 1);
	seat->news[seat->news_count++] = number;
}

static struct fault port_listen(struct port *port, const struct port_endpoint *at,
				struct port_stream *out)
{
	(void)at;
	*out = (struct port_stream){ LISTENER };
	news_add(seat_of(port), LISTENER);
	return fault_none();
}

static struct fault port_accept(struct port *port, struct port_stream listener,
				struct port_stream *out, struct address *peer)
{
	(void)port;
	(void)listener;
	if (accepted == member_count)
		return fault_of(FAULT_AGAIN, 0);
	*out = (struct port_stream){ FIRST_STREAM + (int32_t)accepted };
	*peer = address_ipv4(MEMBER_ADDRESS + accepted++);
	return fault_none();
}

static struct fault port_watch(struct port *port, struct port_stream stream)
{
	struct seat *seat = seat_of(port);

	CHECK(seat->stream_count < MEMBERS_MOST);
	seat->streams[seat->stream_count++] = stream.number;
	news_add(seat, stream.number);
	return fault_none();
}

static struct fault port_secret(struct port *port, struct port_stream listener,
				const struct port_secret *secret)
{
	(void)port;
	(void)listener;
	(void)secret;
	return fault_none();
}

static struct fault port_same_link(struct port *port, struct port_stream stream)
{
	(void)port;
	(void)stream;
	return fault_none();
}

static struct fault port_read(struct port *port, struct port_stream stream, uint8_t *out,
			      uint32_t room_octets, uint32_t *len_octets)
{
	struct member *member = &members[stream.number - FIRST_STREAM];
	uint32_t end = atomic_load(&may_announce) ? member->len_octets : member->greeting_octets;
	uint32_t left = end - member->read_octets;

	(void)port;
	if (left == 0)
		return fault_of(FAULT_AGAIN, 0);
	*len_octets = left < room_octets ? left : room_octets;
	mem_copy(out, member->octets + member->read_octets, *len_octets);
	member->read_octets += *len_octets;
	return fault_none();
}

static struct fault port_write(struct port *port, struct port_stream stream,
			       const struct octets *parts, uint32_t part_count,
			       uint32_t *len_octets)
{
	(void)stream;
	*len_octets = 0;
	for (uint32_t i = 0; i < part_count; i++)
		*len_octets += parts[i].len_octets;
	seat_of(port)->written_octets += *len_octets;
	return fault_none();
}

static void port_close(struct port *port, struct port_stream stream)
{
	(void)port;
	(void)stream;
}

static uint32_t port_wait(struct port *port, struct port_event *out, uint32_t events_max,
			  struct instant until)
{
	struct seat *seat = seat_of(port);
	struct pollfd fd = { .fd = seat->wake_fd, .events = POLLIN };
	struct instant now = port_now(port);
	struct timespec time = { 0, 1000000 };
	uint64_t wakes;
	uint32_t count = 0;

	if (instant_is_set(until) && until.ns - now.ns < time.tv_nsec)
		time.tv_nsec = until.ns > now.ns ? until.ns - now.ns : 0;
	if (seat->news_count != 0)
		time.tv_nsec = 0;
	if (ppoll(&fd, 1, &time, NULL) > 0)
		(void)!read(seat->wake_fd, &wakes, sizeof wakes);
	if (atomic_load(&may_announce) && !seat->was_let) {
		seat->was_let = true;
		for (uint32_t i = 0; i < seat->stream_count; i++)
			news_add(seat, seat->streams[i]);
	}
	while (count < events_max && seat->news_count != 0) {
		int32_t number = seat->news[--seat->news_count];
		out[count++] = (struct port_event){ .stream = { number },
						    .readable = true,
						    .writable = number != LISTENER };
	}
	return count;
}

static void port_wake(struct port *port)
{
	uint64_t one = 1;

	(void)!write(seat_of(port)->wake_fd, &one, sizeof one);
}

static const struct port memory_port = {
	.now = port_now,
	.wall = port_wall,
	.random = port_random,
	.listen = port_listen,
	.secret = port_secret,
	.accept = port_accept,
	.watch = port_watch,
	.same_link = port_same_link,
	.read = port_read,
	.write = port_write,
	.close = port_close,
	.wait = port_wait,
	.wake = port_wake,
};

/* --- what members say ------------------------------------------------------------------------- */

static void update_write(struct wr *wr, uint32_t member, uint32_t first, uint32_t count)
{
	struct bgp_wire_profile profile = { .family = FAMILY_IPV4, .as4 = true };
	uint8_t path[10] = { BGP_SEGMENT_SEQUENCE, 2 };
	struct wr path_wr = wr_of(path + 2, 8);
	struct bgp_attrs attrs = { .next_hop_len_octets = 4 };
	struct address next_hop = address_ipv4(MEMBER_ADDRESS + member);
	struct bgp_export export = { .attrs = &attrs };
	struct bgp_encoder encoder;

	wr_u32(&path_wr, MEMBER_ASN + member);
	wr_u32(&path_wr, 5000 + first / PREFIXES_AN_UPDATE % 1000);
	attrs.as_path = octets_of(path, sizeof path);
	mem_copy(attrs.next_hop, next_hop.octet, 4);
	CHECK(!failed(bgp_attrs_path_facts(&attrs)));
	CHECK(!failed(bgp_encode_announce_begin(&encoder, wr, &profile, &export)));
	for (uint32_t i = 0; i < count; i++) {
		struct address at = address_ipv4(0x14000000u + (first + i) * 256u);
		struct prefix prefix = prefix_of_address(&at, 24);
		CHECK(bgp_encode_prefix(&encoder, 0, &prefix));
	}
	bgp_encode_end(&encoder);
}

static void member_make(uint32_t number, uint32_t routes)
{
	struct member *member = &members[number];
	struct bgp_open open = { .asn = MEMBER_ASN + number,
				 .router_id = MEMBER_ADDRESS + number,
				 .hold_s = 90,
				 .role = BGP_ROLE_ROUTE_SERVER_CLIENT,
				 .as4 = true,
				 .families = { true, false } };
	uint32_t room = 1024 + (routes / PREFIXES_AN_UPDATE + 1) * UPDATE_OCTETS_MAX;

	member->octets = malloc(room);
	CHECK(member->octets != NULL);
	struct wr wr = wr_of(member->octets, room);
	bgp_open_write(&wr, &open);
	bgp_keepalive_write(&wr);
	member->greeting_octets = wr.pos;
	for (uint32_t i = 0; i < routes; i += PREFIXES_AN_UPDATE) {
		uint32_t left = routes - i;
		update_write(&wr, number, number * routes + i,
			     left < PREFIXES_AN_UPDATE ? left : PREFIXES_AN_UPDATE);
	}
	CHECK(wr_ok(&wr));
	member->len_octets = wr.pos;
}

/* --- a run ------------------------------------------------------------------------------------ */

static void *seat_run(void *context)
{
	struct seat *seat = context;

	while (!atomic_load(&is_over))
		worker_step(seat->worker, (struct instant){ 0 });
	return NULL;
}

/* Keeps nobody waiting: a shard that somebody is in is not done. */
static bool is_done(struct shards *shards, uint64_t routes)
{
	uint64_t held = 0;
	uint64_t dirty = 0;

	for (uint32_t i = 0; i < shards->count; i++) {
		struct rib *rib = shard_try(&shards->shard[i]);
		struct rib_counts counts;
		if (rib == NULL)
			return false;
		rib_counts_of(rib, &counts);
		shard_leave(&shards->shard[i]);
		held += counts.routes[FAMILY_IPV4];
		dirty += counts.dirty;
	}
	return held == routes && dirty == 0;
}

static double run(uint32_t workers, uint64_t routes)
{
	struct plan *plan = plan_of_members(member_count);
	struct hash_key key = { 1, 2 };
	struct port_endpoint at = { .address = address_ipv4(0x7f000001) };
	struct timespec pause = { 0, 1000000 };
	static struct worker *team[WORKERS_MOST];
	struct shards *shards;

	accepted = 0;
	for (uint32_t i = 0; i < member_count; i++)
		members[i].read_octets = 0;
	atomic_store(&is_over, false);
	atomic_store(&may_announce, false);
	CHECK(!failed(shards_new(key, plan, workers, &shards)));
	for (uint32_t i = 0; i < workers; i++) {
		struct seat *seat = &seats[i];
		*seat = (struct seat){ .port = memory_port,
				       .heap = heap_libc(),
				       .wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
		struct worker_config config = { .heap = &seat->heap,
						.port = &seat->port,
						.shards = shards,
						.plan = plan,
						.number = i,
						.count = workers,
						.team = team };
		CHECK(seat->wake_fd >= 0 && !failed(worker_new(&config, &seat->worker)));
		team[i] = seat->worker;
	}
	CHECK(!failed(worker_listen(team[0], &at)));
	for (uint32_t i = 0; i < workers; i++)
		CHECK(pthread_create(&seats[i].thread, NULL, seat_run, &seats[i]) == 0);
	while (atomic_load(&shards->established_count) != member_count)
		(void)nanosleep(&pause, NULL);
	double start = now_s();
	atomic_store(&may_announce, true);
	for (uint32_t i = 0; i < workers; i++)
		port_wake(&seats[i].port);
	while (!is_done(shards, routes))
		(void)nanosleep(&pause, NULL);
	double took = now_s() - start;
	atomic_store(&is_over, true);
	for (uint32_t i = 0; i < workers; i++)
		(void)pthread_join(seats[i].thread, NULL);
	for (uint32_t i = 0; i < workers; i++)
		worker_end(team[i], false);
	for (uint32_t i = 0; i < workers; i++) {
		worker_free(team[i]);
		(void)close(seats[i].wake_fd);
	}
	shards_free(shards);
	plan_unref(plan);
	return took;
}

static int smaller_first(const void *a, const void *b)
{
	const double *left = a;
	const double *right = b;

	return *left < *right ? -1 : *left > *right;
}

int main(int argc, char **argv)
{
	uint32_t routes = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 100000;
	uint32_t only = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0;
	double took[WORKERS_MOST + 1][RUNS];

	member_count = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 10;
	CHECK(member_count != 0 && member_count <= MEMBERS_MOST && routes != 0);
	for (uint32_t i = 0; i < member_count; i++)
		member_make(i, routes);
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	CHECK(only <= WORKERS_MOST);
	for (uint32_t i = 0; i < RUNS && only != 0; i++)
		printf("%u workers: %.3f s\n", only, run(only, (uint64_t)member_count * routes));
	if (only != 0)
		return 0;
	for (uint32_t i = 0; i < RUNS; i++) {
		for (uint32_t workers = 1; workers <= WORKERS_MOST; workers *= 2) {
			if (workers == 1 || (long)workers <= processors)
				took[workers][i] = run(workers, (uint64_t)member_count * routes);
		}
	}
	for (uint32_t workers = 1; workers <= WORKERS_MOST; workers *= 2) {
		if (workers != 1 && (long)workers > processors)
			break;
		qsort(took[workers], RUNS, sizeof took[workers][0], smaller_first);
		printf("%u workers: %.3f s (%.3f to %.3f), %.2f times as fast as one\n", workers,
		       took[workers][RUNS / 2], took[workers][0], took[workers][RUNS - 1],
		       took[1][RUNS / 2] / took[workers][RUNS / 2]);
	}
	for (uint32_t i = 0; i < member_count; i++)
		free(members[i].octets);
	return 0;
}
