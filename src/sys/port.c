/* sys/port.c — sockets behind the port's functions.
 *
 * Every stream is registered once with epoll, edge-triggered, for both directions: no call per
 * change of interest.  A stream is non-blocking and closed on exec from its first moment. */
#include "sys/port.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mem.h"
#include "sys/dial.h"
#include "sys/fault.h"
#include "sys/sockaddr.h"

#define BACKLOG 4096
#define PARTS_MAX 256u
#define SYN_OCTETS_MAX 256u /* of IP and TCP headers */
#define IPV4_TTL_AT 8u
#define IPV6_HOP_LIMIT_AT 7u
#define WAKE_NUMBER UINT64_MAX
#define STREAM_EVENTS (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)

static struct sys_port *sys_of(struct port *port)
{
	return (struct sys_port *)(void *)port;
}

static struct instant sys_now(struct port *port)
{
	struct timespec at;

	(void)port;
	CHECK(clock_gettime(CLOCK_MONOTONIC, &at) == 0);
	return (struct instant){ at.tv_sec * NS_PER_S + at.tv_nsec };
}

static struct wall sys_wall(struct port *port)
{
	(void)port;
	return (struct wall){ time(NULL) };
}

static uint64_t sys_random(struct port *port)
{
	uint64_t value = 0;
	ssize_t got;

	(void)port;
	/* In the first moments of a machine a signal can come between. */
	do {
		got = getrandom(&value, sizeof value, 0);
	} while (got < 0 && errno == EINTR);
	CHECK(got == (ssize_t)sizeof value);
	return value;
}

static struct address address_of(const struct sockaddr_storage *from)
{
	struct address address = { .family = FAMILY_IPV4 };

	if (from->ss_family == AF_INET6) {
		struct sockaddr_in6 in6;
		mem_copy(&in6, from, sizeof in6);
		address.family = FAMILY_IPV6;
		mem_copy(address.octet, &in6.sin6_addr, 16);
	} else {
		struct sockaddr_in in;
		mem_copy(&in, from, sizeof in);
		mem_copy(address.octet, &in.sin_addr, 4);
	}
	return address;
}

static struct fault watch(struct sys_port *sys, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data = { .u64 = (uint64_t)fd } };

	if (fd >= (int)PORT_STREAMS_MAX)
		return fault_of(FAULT_LIMIT, EMFILE);
	return epoll_ctl(sys->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0 ? fault_none() :
									  system_fault_or_again();
}

static struct fault stream_make(struct sys_port *sys, enum family family, int *out)
{
	(void)sys;
	*out = socket(family == FAMILY_IPV4 ? AF_INET : AF_INET6,
		      SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	return *out >= 0 ? fault_none() : system_fault_or_again();
}

static struct fault sys_listen_at(struct sys_port *sys, const struct port_endpoint *at, int fd)
{
	struct sockaddr_storage name;
	socklen_t len = sockaddr_fill(&at->address, at->port, &name);

	TRY(dial_option_set(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	if (at->address.family == FAMILY_IPV6)
		TRY(dial_option_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	/* RFC 5082: accepted streams inherit the TTL they send. */
	if (at->address.family == FAMILY_IPV4)
		TRY(dial_option_set(fd, IPPROTO_IP, IP_TTL, DIAL_TTL));
	else
		TRY(dial_option_set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, DIAL_TTL));
	TRY(dial_option_set(fd, IPPROTO_TCP, TCP_SAVE_SYN, 1));
	if (bind(fd, (struct sockaddr *)&name, len) != 0 || listen(fd, BACKLOG) != 0)
		return system_fault_or_again();
	return watch(sys, fd, EPOLLIN | EPOLLET);
}

static struct fault sys_listen(struct port *port, const struct port_endpoint *at,
			       struct port_stream *out)
{
	int fd = -1;

	TRY(stream_make(sys_of(port), (enum family)at->address.family, &fd));
	struct fault fault = sys_listen_at(sys_of(port), at, fd);
	if (failed(fault)) {
		(void)close(fd);
		return fault;
	}
	out->number = fd;
	return fault_none();
}

static struct fault sys_secret(struct port *port, struct port_stream listener,
			       const struct port_secret *secret)
{
	(void)port;
	return dial_secret_set(listener.number, secret);
}

/* Out of descriptors: the spare one takes the connection and drops it, so that the neighbour need
 * not wait for nothing.  Another thread may have taken the spare's place since: then there is none
 * until one is free.  AGAIN: nobody waits, which accept does not say without a descriptor. */
static struct fault accept_and_drop(struct sys_port *sys, int listener, struct fault fault)
{
	if (sys->spare_fd >= 0)
		(void)close(sys->spare_fd);
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0)
		(void)close(fd);
	else if (errno == EAGAIN)
		fault = system_fault_or_again();
	sys->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return fault;
}

static struct fault sys_accept(struct port *port, struct port_stream listener,
			       struct port_stream *out, struct address *peer)
{
	struct sys_port *sys = sys_of(port);
	struct sockaddr_storage name;
	socklen_t len = sizeof name;
	int fd = accept4(listener.number, (struct sockaddr *)&name, &len,
			 SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0) {
		struct fault fault = system_fault_or_again();
		return fault.code == EMFILE || fault.code == ENFILE ?
			       accept_and_drop(sys, listener.number, fault) :
			       fault;
	}
	struct fault fault = dial_option_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	if (!failed(fault) && fd >= (int)PORT_STREAMS_MAX)
		fault = fault_of(FAULT_LIMIT, EMFILE);
	if (failed(fault)) {
		(void)close(fd);
		return fault;
	}
	*peer = address_of(&name);
	out->number = fd;
	return fault_none();
}

static struct fault sys_watch(struct port *port, struct port_stream stream)
{
	return watch(sys_of(port), stream.number, STREAM_EVENTS);
}

/* With a doorman this process makes no socket itself. */
static struct fault sys_connect(struct port *port, const struct address *from,
				const struct port_endpoint *to, const struct port_secret *secret,
				struct port_stream *out)
{
	struct sys_port *sys = sys_of(port);
	int fd = -1;

	if (sys->doorman != NULL)
		TRY(doorman_connect(sys->doorman, from, to, secret, &fd));
	else
		TRY(dial_begin(from, to, secret, &fd));
	struct fault fault = watch(sys, fd, STREAM_EVENTS);
	if (failed(fault)) {
		(void)close(fd);
		return fault;
	}
	out->number = fd;
	return fault_none();
}

static struct fault sys_connected(struct port *port, struct port_stream stream)
{
	int error = 0;
	socklen_t len = sizeof error;
	struct sockaddr_storage name;
	socklen_t name_len = sizeof name;

	(void)port;
	if (getsockopt(stream.number, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		return system_fault_or_again();
	if (error != 0)
		return fault_of(FAULT_SYSTEM, (uint16_t)error);
	return getpeername(stream.number, (struct sockaddr *)&name, &name_len) == 0 ?
		       fault_none() :
		       fault_of(FAULT_AGAIN, 0);
}

/* The TTL of the SYN that an accepted stream began with.  Streams that we began, and those that SYN
 * cookies let in, have none on record. */
static bool syn_came_far(int fd, bool is_ipv6)
{
	uint8_t headers[SYN_OCTETS_MAX];
	socklen_t len = sizeof headers;

	if (getsockopt(fd, IPPROTO_TCP, TCP_SAVED_SYN, headers, &len) != 0 ||
	    len <= IPV6_HOP_LIMIT_AT || len <= IPV4_TTL_AT)
		return false;
	return headers[is_ipv6 ? IPV6_HOP_LIMIT_AT : IPV4_TTL_AT] != DIAL_TTL;
}

/* The kernel drops what comes from far off from now on.  What came before was let in: the SYN says
 * from how far. */
static struct fault sys_same_link(struct port *port, struct port_stream stream)
{
	struct sockaddr_storage name;
	socklen_t len = sizeof name;

	(void)port;
	if (getsockname(stream.number, (struct sockaddr *)&name, &len) != 0)
		return system_fault_or_again();
	bool is_ipv6 = name.ss_family == AF_INET6;
	if (is_ipv6)
		TRY(dial_option_set(stream.number, IPPROTO_IPV6, IPV6_MINHOPCOUNT, DIAL_TTL));
	else
		TRY(dial_option_set(stream.number, IPPROTO_IP, IP_MINTTL, DIAL_TTL));
	return syn_came_far(stream.number, is_ipv6) ? fault_of(FAULT_CONFLICT, 0) : fault_none();
}

static struct fault sys_read(struct port *port, struct port_stream stream, uint8_t *out,
			     uint32_t room_octets, uint32_t *len_octets)
{
	(void)port;
	ssize_t got = recv(stream.number, out, room_octets, 0);
	if (got < 0)
		return system_fault_or_again();
	if (got == 0)
		return fault_of(FAULT_ABSENT, 0);
	*len_octets = (uint32_t)got;
	return fault_none();
}

static struct fault sys_write(struct port *port, struct port_stream stream,
			      const struct octets *parts, uint32_t part_count, uint32_t *len_octets)
{
	struct iovec vector[PARTS_MAX];
	struct msghdr message = { .msg_iov = vector, .msg_iovlen = part_count };

	(void)port;
	CHECK(part_count <= PARTS_MAX);
	for (uint32_t i = 0; i < part_count; i++) {
		union {
			const void *from;
			void *to;
		} at = { .from = parts[i].at };
		vector[i] = (struct iovec){ .iov_base = at.to, .iov_len = parts[i].len_octets };
	}
	ssize_t sent = sendmsg(stream.number, &message, MSG_NOSIGNAL);
	if (sent < 0)
		return system_fault_or_again();
	*len_octets = (uint32_t)sent;
	return fault_none();
}

static void sys_close(struct port *port, struct port_stream stream)
{
	(void)port;
	(void)close(stream.number);
}

static int wait_ms(struct port *port, struct instant until)
{
	if (!instant_is_set(until))
		return -1;
	int64_t left_ns = instant_since(until, sys_now(port)).ns;
	if (left_ns <= 0)
		return 0;
	int64_t left_ms = (left_ns + NS_PER_MS - 1) / NS_PER_MS;
	return left_ms > 60000 ? 60000 : (int)left_ms;
}

static uint32_t sys_wait(struct port *port, struct port_event *out, uint32_t events_max,
			 struct instant until)
{
	struct sys_port *sys = sys_of(port);
	struct epoll_event events[PORT_EVENTS_MAX];
	uint32_t count = 0;

	if (events_max > PORT_EVENTS_MAX)
		events_max = PORT_EVENTS_MAX;
	int got = epoll_wait(sys->epoll_fd, events, (int)events_max, wait_ms(port, until));
	for (int i = 0; i < got; i++) {
		uint64_t value;
		if (events[i].data.u64 == WAKE_NUMBER) {
			(void)!read(sys->wake_fd, &value, sizeof value);
			continue;
		}
		uint32_t ready = events[i].events;
		out[count++] = (struct port_event){
			.stream = { (int32_t)events[i].data.u64 },
			.readable = (ready & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0,
			.writable = (ready & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0,
		};
	}
	return count;
}

static void sys_wake(struct port *port)
{
	uint64_t one = 1;

	(void)!write(sys_of(port)->wake_fd, &one, sizeof one);
}

struct fault sys_port_number(struct port_stream listener, uint16_t *out)
{
	struct sockaddr_storage name;
	socklen_t len = sizeof name;
	struct sockaddr_in in;

	if (getsockname(listener.number, (struct sockaddr *)&name, &len) != 0)
		return system_fault_or_again();
	/* The port stands at the same place in both families. */
	mem_copy(&in, &name, sizeof in);
	*out = ntohs(in.sin_port);
	return fault_none();
}

struct fault sys_port_init(struct sys_port *sys)
{
	*sys = (struct sys_port){
		.port = { sys_now, sys_wall, sys_random, sys_listen, sys_secret, sys_accept,
			  sys_watch, sys_connect, sys_connected, sys_same_link, sys_read, sys_write,
			  sys_close, sys_wait, sys_wake },
		.epoll_fd = epoll_create1(EPOLL_CLOEXEC),
		.wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC),
		.spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC),
	};
	struct epoll_event event = { .events = EPOLLIN, .data = { .u64 = WAKE_NUMBER } };
	if (sys->epoll_fd < 0 || sys->wake_fd < 0 || sys->spare_fd < 0 ||
	    epoll_ctl(sys->epoll_fd, EPOLL_CTL_ADD, sys->wake_fd, &event) != 0) {
		struct fault fault = system_fault_or_again();
		sys_port_fini(sys);
		return fault;
	}
	return fault_none();
}

void sys_port_fini(struct sys_port *sys)
{
	if (sys->epoll_fd >= 0)
		(void)close(sys->epoll_fd);
	if (sys->wake_fd >= 0)
		(void)close(sys->wake_fd);
	if (sys->spare_fd >= 0)
		(void)close(sys->spare_fd);
}
