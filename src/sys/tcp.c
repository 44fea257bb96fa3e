/* sys/tcp.c — listening, peeking and writing. */
#include "sys/tcp.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/fault.h"
#include "sys/sockaddr.h"

#define TCP_BACKLOG 128

static void address_fill(const struct sockaddr_storage *from, struct address *out)
{
	*out = (struct address){ .family = FAMILY_IPV6 };
	if (from->ss_family == AF_INET) {
		struct sockaddr_in name;
		mem_copy(&name, from, sizeof name);
		out->family = FAMILY_IPV4;
		mem_copy(out->octet, &name.sin_addr, 4);
	} else if (from->ss_family == AF_INET6) {
		struct sockaddr_in6 name;
		mem_copy(&name, from, sizeof name);
		mem_copy(out->octet, &name.sin6_addr, 16);
	}
}

struct fault tcp_listen(const struct port_endpoint *at, int *out)
{
	struct sockaddr_storage name;
	socklen_t len = sockaddr_fill(&at->address, at->port, &name);
	int fd = socket(name.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int one = 1;

	if (fd < 0)
		return system_fault_or_again();
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (name.ss_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&name, len) != 0 || listen(fd, TCP_BACKLOG) != 0) {
		struct fault fault = fault_of(FAULT_SYSTEM, (uint16_t)errno);
		(void)close(fd);
		return fault;
	}
	*out = fd;
	return fault_none();
}

struct fault tcp_accept(int listener, struct tcp_caller *out)
{
	*out = (struct tcp_caller){ .from_len = sizeof out->from };
	out->fd = accept4(listener, (struct sockaddr *)&out->from, &out->from_len,
			  SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (out->fd < 0 && errno == ECONNABORTED) /* the caller is gone; others may wait */
		return fault_of(FAULT_AGAIN, ECONNABORTED);
	if (out->fd < 0)
		return system_fault_or_again();
	address_fill(&out->from, &out->address);
	return fault_none();
}

struct fault tcp_peek(int fd, void *into, uint32_t room, uint32_t seen, uint32_t *len)
{
	ssize_t got = recv(fd, into, room, MSG_PEEK);

	if (got < 0)
		return system_fault_or_again();
	if (got == 0 || (uint32_t)got == seen) /* nothing came and it is readable: its end */
		return fault_of(FAULT_ABSENT, 0);
	*len = (uint32_t)got;
	int wanted = (int)*len + 1;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &wanted, sizeof wanted);
	return fault_none();
}

void tcp_peek_end(int fd)
{
	int one = 1;

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &one, sizeof one);
}

struct fault tcp_write(int fd, struct octets octets, uint32_t *len)
{
	ssize_t went = send(fd, octets.at, octets.len_octets, MSG_NOSIGNAL);

	*len = 0;
	if (went < 0)
		return system_fault_or_again();
	*len = (uint32_t)went;
	return fault_none();
}

int tcp_second(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

void tcp_cut(int fd)
{
	(void)shutdown(fd, SHUT_RDWR);
	(void)close(fd);
}

void tcp_close(int fd)
{
	char rest[4096];

	/* Octets left unread would make the kernel cut off what was written (RFC 9112 9.6). */
	(void)shutdown(fd, SHUT_WR);
	for (int i = 0; i < 4 && recv(fd, rest, sizeof rest, 0) > 0; i++)
		;
	(void)close(fd);
}
