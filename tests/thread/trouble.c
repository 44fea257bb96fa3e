/* thread/trouble.c — what the system and callers do to a served exchange: no descriptors left,
 * nobody at the other end, an address that is taken, callers that stand still.  It stays up, says
 * it once, and recovers. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "kit/tap.h"
#include "server/control.h"
#include "thread/served.h"

#define FIRST_ASN 30001u
#define FIRST_ADDRESS 0x7f010001u /* 127.1.0.1 and on */
#define WAIT_MS 20000             /* for what must come */
#define QUIET_MS 600              /* in which nothing comes, and next to nothing is done */
#define PROMPT_MS 10000           /* well below LOCAL_PATIENCE_S */
#define OPEN_OCTETS_MIN 29        /* RFC 4271 4.2 */

/* --- helpers ---------------------------------------------------------------------------------- */

static int64_t clock_ms(clockid_t clock)
{
	struct timespec at;

	CHECK(clock_gettime(clock, &at) == 0);
	return at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

/* There is something to read, or the other side is gone. */
static bool is_readable(int fd, int wait_ms)
{
	struct pollfd wanted = { .fd = fd, .events = POLLIN };

	return poll(&wanted, 1, wait_ms) == 1;
}

static struct sockaddr_in name_of(uint32_t address, uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(port),
				     .sin_addr = { htonl(address) } };
}

/* A stream of the member's address, not yet connected. */
static int member_stream(uint32_t member)
{
	struct sockaddr_in name = name_of(FIRST_ADDRESS + member, 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&name, sizeof name) == 0);
	return fd;
}

static bool member_connect(const struct served *served, int fd)
{
	struct sockaddr_in name = name_of(0x7f000001, served->config.exchange.listen[0].port);

	return connect(fd, (struct sockaddr *)&name, sizeof name) == 0;
}

/* The route server speaks first: its OPEN. */
static bool hears_open(int fd)
{
	uint8_t octets[4096];

	return is_readable(fd, WAIT_MS) && recv(fd, octets, sizeof octets, 0) >= OPEN_OCTETS_MIN &&
	       octets[18] == 1;
}

static bool is_dropped(int fd)
{
	uint8_t octet;

	return is_readable(fd, WAIT_MS) && recv(fd, &octet, 1, 0) <= 0;
}

static bool members_make(struct served *served, uint32_t workers, uint32_t count)
{
	struct house house;
	bool ok = served_make(served, workers) &&
		  house_open(served->directory, NULL, &house, &served->complaints);

	for (uint32_t i = 0; i < count && ok; i++) {
		struct registry_member member = { .asn = FIRST_ASN + i, .address_count = 1 };
		member.address[0] = address_ipv4(FIRST_ADDRESS + i);
		(void)snprintf(member.name, sizeof member.name, "%0100u", i);
		ok = !failed(registry_member_add(house.store, &house.config.exchange, &member,
						 &served->complaints));
	}
	if (ok)
		house_close(&house);
	expect_true(ok);
	return ok;
}

static void ask_until(const struct served *served, const char *line, int code, const char *text)
{
	struct heap heap = heap_libc();
	struct text_buffer answer CLEAN(text_buffer_fini);
	int64_t end = clock_ms(CLOCK_MONOTONIC) + WAIT_MS;
	bool is_so = false;

	text_buffer_init(&answer, &heap, 0);
	while (!is_so && clock_ms(CLOCK_MONOTONIC) < end)
		is_so = served_ask(served, line, &answer) == code &&
			strstr(text_buffer_of(&answer), text) != NULL;
	if (!is_so)
		printf("# %s: %s\n", line, text_buffer_of(&answer));
	expect_true(is_so);
}

static void log_await(const char *text, uint32_t count)
{
	int64_t end = clock_ms(CLOCK_MONOTONIC) + WAIT_MS;

	while (served_log_count(text) < count && clock_ms(CLOCK_MONOTONIC) < end)
		(void)poll(NULL, 0, 10);
	expect_u64(served_log_count(text), count);
}

static void stop(struct served *served)
{
	ask_until(served, "stop", EXIT_DONE, "ending");
	int64_t begin = clock_ms(CLOCK_MONOTONIC);
	expect_true(served_end(served, SERVED_WAIT_S));
	expect_true(clock_ms(CLOCK_MONOTONIC) - begin < PROMPT_MS);
	served_fini(served);
}

/* --- no descriptors --------------------------------------------------------------------------- */

#define STREAMS 4u
#define TAKEN_MAX 8u

/* Nobody in this process gets another descriptor, as long as nobody gives one back. */
static rlim_t descriptors_end(void)
{
	struct rlimit limit;
	int lowest = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);

	CHECK(lowest >= 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0);
	rlim_t before = limit.rlim_cur;
	(void)close(lowest);
	limit.rlim_cur = (rlim_t)lowest;
	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	return before;
}

/* What was given back meanwhile is taken. */
static uint32_t descriptors_take(int taken[TAKEN_MAX])
{
	uint32_t count = 0;

	while (count < TAKEN_MAX && (taken[count] = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)) >= 0)
		count++;
	CHECK(count < TAKEN_MAX);
	return count;
}

static void descriptors_return(rlim_t before, const int taken[TAKEN_MAX], uint32_t count)
{
	struct rlimit limit;

	while (count != 0)
		(void)close(taken[--count]);
	CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = before;
	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

static int control_stream(const struct served *served, struct sockaddr_un *name)
{
	*name = (struct sockaddr_un){ .sun_family = AF_UNIX };
	(void)snprintf(name->sun_path, sizeof name->sun_path, "%s/" CONTROL_SOCKET,
		       served->directory);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(fd >= 0);
	return fd;
}

/* He is answered, and the stream is closed. */
static bool ends_within(int fd, int wait_ms)
{
	char octets[4096];
	uint64_t total = 0;
	ssize_t got = 1;

	while (got > 0 && is_readable(fd, wait_ms)) {
		got = recv(fd, octets, sizeof octets, 0);
		total += got > 0 ? (uint64_t)got : 0;
	}
	return got == 0 && total != 0;
}

static void no_descriptors(void)
{
	struct heap heap = heap_libc();
	struct text_buffer request CLEAN(text_buffer_fini);
	struct sockaddr_un name;
	struct served served;
	int stream[STREAMS];
	int taken[TAKEN_MAX];

	text_buffer_init(&request, &heap, 0);
	if (!members_make(&served, 3, STREAMS) || !served_begin(&served))
		return;
	for (uint32_t i = 0; i < STREAMS; i++)
		stream[i] = member_stream(i);
	int looker = control_stream(&served, &name);
	int stander = control_stream(&served, &name);
	int caller = control_stream(&served, &name);
	CHECK(served_request(&served, "show status", &request));
	expect_true(member_connect(&served, stream[0]) && hears_open(stream[0]));

	/* Every worker is asked: none is in the middle of taking a connection. */
	expect_true(served_call_out(&served, "show sessions"));
	rlim_t before = descriptors_end();
	for (uint32_t i = 1; i < STREAMS; i++) {
		expect_true(member_connect(&served, stream[i]));
		expect_true(is_dropped(stream[i]));
	}
	uint32_t taken_count = descriptors_take(taken);
	/* One at a time is let in all the same. */
	expect_true(connect(looker, (struct sockaddr *)&name, sizeof name) == 0);
	expect_true(send(looker, request.text, request.len_octets, MSG_NOSIGNAL) > 0);
	expect_true(ends_within(looker, WAIT_MS));
	expect_true(connect(stander, (struct sockaddr *)&name, sizeof name) == 0);
	expect_true(connect(caller, (struct sockaddr *)&name, sizeof name) == 0);
	expect_true(send(caller, request.text, request.len_octets, MSG_NOSIGNAL) > 0);
	int64_t worked = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
	expect_true(!is_readable(caller, QUIET_MS));
	expect_true(clock_ms(CLOCK_PROCESS_CPUTIME_ID) - worked < QUIET_MS / 2);
	descriptors_return(before, taken, taken_count);

	/* Who waited is served now; who was dropped comes again. */
	expect_true(is_readable(caller, WAIT_MS));
	for (uint32_t i = 1; i < STREAMS; i++) {
		(void)close(stream[i]);
		stream[i] = member_stream(i);
		expect_true(member_connect(&served, stream[i]) && hears_open(stream[i]));
	}
	expect_u64(served_log_count("connections are dropped"), 1);
	expect_u64(served_log_count("commands wait"), 1);
	/* The stream that stood stands. */
	expect_true(!is_readable(stream[0], 0));
	(void)close(looker);
	(void)close(stander);
	(void)close(caller);
	stop(&served);
	for (uint32_t i = 0; i < STREAMS; i++)
		(void)close(stream[i]);
}

/* --- nobody there ----------------------------------------------------------------------------- */

static int listener_at(uint32_t address, uint16_t *port)
{
	struct sockaddr_in name = name_of(address, *port);
	socklen_t len = sizeof name;
	int one = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	CHECK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0);
	CHECK(bind(fd, (struct sockaddr *)&name, sizeof name) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&name, &len) == 0);
	*port = ntohs(name.sin_port);
	return fd;
}

/* Of two members that are called, one does not listen yet, and the other is to be called from an
 * address that is not ours. */
static void nobody_there(void)
{
	struct registry_member absent = {
		.asn = FIRST_ASN + 1, .name = "Absent", .address_count = 1, .is_active = true
	};
	struct registry_member odd = {
		.asn = FIRST_ASN + 2, .name = "Odd", .address_count = 1, .is_active = true
	};
	struct served served;

	if (!members_make(&served, 3, 1))
		return;
	absent.address[0] = address_ipv4(FIRST_ADDRESS + 1);
	odd.address[0] = address_ipv4(FIRST_ADDRESS + 2);
	odd.local[FAMILY_IPV4] = address_ipv4(0xc6336401); /* 198.51.100.1 */
	int listener = listener_at(FIRST_ADDRESS + 1, &absent.port);
	expect_true(served_member_add(&served, &absent) && served_member_add(&served, &odd) &&
		    served_begin(&served));
	log_await("127.1.0.2: cannot connect: Connection refused", 1);
	log_await("127.1.0.3: cannot connect: Cannot assign requested address", 1);
	/* Others are served meanwhile. */
	int other = member_stream(0);
	expect_true(member_connect(&served, other) && hears_open(other));
	CHECK(listen(listener, 1) == 0);
	expect_true(is_readable(listener, WAIT_MS));
	int stream = accept(listener, NULL, NULL);
	expect_true(stream >= 0 && hears_open(stream));
	expect_u64(served_log_count("127.1.0.2: cannot connect: Connection refused"), 1);
	stop(&served);
	(void)close(stream);
	(void)close(listener);
	(void)close(other);
}

/* --- a taken address -------------------------------------------------------------------------- */

static void taken_address(void)
{
	struct served served;

	if (!members_make(&served, 3, 1))
		return;
	uint16_t port = served.config.exchange.listen[0].port;
	int taken = listener_at(0x7f000001, &port);
	CHECK(listen(taken, 1) == 0);
	expect_true(!served_begin(&served));
	expect_u64(served.complaints.error_count, 1);
	char text[128];
	(void)snprintf(text, sizeof text, "cannot listen on 127.0.0.1 port %u: %s", port,
		       strerror(EADDRINUSE));
	expect_text(served.complaints.list[0].text, text);
	(void)close(taken);
	expect_true(served_begin(&served));
	int stream = member_stream(0);
	expect_true(member_connect(&served, stream) && hears_open(stream));
	stop(&served);
	(void)close(stream);
}

/* --- callers that stand still ----------------------------------------------------------------- */

/* More than a socket takes: the answer cannot be written to its end. */
#define MANY_MEMBERS 1000u

static int call_begin(const struct served *served, const char *line)
{
	struct heap heap = heap_libc();
	struct text_buffer request CLEAN(text_buffer_fini);
	int fd = served_connect(served);

	text_buffer_init(&request, &heap, 0);
	CHECK(fd >= 0 && served_request(served, line, &request));
	expect_true(send(fd, request.text, request.len_octets, MSG_NOSIGNAL) > 0);
	expect_true(is_readable(fd, WAIT_MS));
	return fd;
}

static void standing_callers(void)
{
	static const char *const lines[] = { "member list --json", "show sessions --json",
					     "member list --json", "show sessions --json" };
	int caller[CONTROL_CALLERS_MAX];
	uint32_t count = 0;
	struct served served;

	if (!members_make(&served, 3, MANY_MEMBERS) || !served_begin(&served))
		return;
	for (; count < sizeof lines / sizeof *lines; count++)
		caller[count] = call_begin(&served, lines[count]);
	/* Reads, changes and members go on. */
	int64_t begin = clock_ms(CLOCK_MONOTONIC);
	ask_until(&served, "show status", EXIT_DONE, "Example-IX");
	ask_until(&served, "member edit AS30001 --name Renamed", EXIT_DONE, "Renamed");
	expect_true(clock_ms(CLOCK_MONOTONIC) - begin < PROMPT_MS);
	int stream = member_stream(0);
	expect_true(member_connect(&served, stream) && hears_open(stream));
	/* With every place taken that is said; a place given back is taken again. */
	for (; count < CONTROL_CALLERS_MAX; count++)
		caller[count] = served_connect(&served);
	ask_until(&served, "show status", EXIT_COULD_NOT, "too many commands at once");
	(void)close(caller[--count]);
	ask_until(&served, "show status", EXIT_DONE, "Example-IX");
	stop(&served);
	while (count != 0)
		(void)close(caller[--count]);
	(void)close(stream);
}

static const struct tap_case cases[] = {
	{ "no descriptors", no_descriptors, 100 },
	{ "nobody there", nobody_there, 100 },
	{ "taken address", taken_address, 100 },
	{ "standing callers", standing_callers, 100 },
};

TAP_MAIN(cases)
