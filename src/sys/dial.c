/* sys/dial.c — sockets that go out. */
#include "sys/dial.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/fault.h"
#include "sys/sockaddr.h"

struct fault dial_option_set(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof value) == 0 ? fault_none() :
									system_fault_or_again();
}

struct fault dial_secret_set(int fd, const struct port_secret *secret)
{
	struct tcp_md5sig md5 = { .tcpm_keylen = secret->len_octets };

	(void)sockaddr_fill(&secret->peer, 0, (struct sockaddr_storage *)&md5.tcpm_addr);
	mem_copy(md5.tcpm_key, secret->octet, secret->len_octets);
	int result = setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &md5, sizeof md5);
	struct fault fault = system_fault_or_again();
	explicit_bzero(&md5, sizeof md5);
	if (result == 0)
		return fault_none();
	/* Taking away a key that is not there is no fault. */
	return secret->len_octets == 0 && fault.code == ENOENT ? fault_none() : fault;
}

static struct fault connect_begin(int fd, const struct address *from,
				  const struct port_endpoint *to, const struct port_secret *secret)
{
	static const struct address nowhere = { 0 };
	struct sockaddr_storage name;
	socklen_t len = sockaddr_fill(from, 0, &name);

	TRY(dial_option_set(fd, IPPROTO_TCP, TCP_NODELAY, 1));
	TRY(dial_option_set(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	/* RFC 5082: from the first packet on, for a neighbour that takes no less. */
	if (to->address.family == FAMILY_IPV4)
		TRY(dial_option_set(fd, IPPROTO_IP, IP_TTL, DIAL_TTL));
	else
		TRY(dial_option_set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, DIAL_TTL));
	if (secret->len_octets != 0)
		TRY(dial_secret_set(fd, secret));
	bool is_bound = memcmp(from->octet, nowhere.octet, sizeof nowhere.octet) != 0;
	if (is_bound && bind(fd, (struct sockaddr *)&name, len) != 0)
		return system_fault_or_again();
	len = sockaddr_fill(&to->address, to->port, &name);
	if (connect(fd, (struct sockaddr *)&name, len) != 0 && errno != EINPROGRESS)
		return system_fault_or_again();
	return fault_none();
}

struct fault dial_begin(const struct address *from, const struct port_endpoint *to,
			const struct port_secret *secret, int *out)
{
	int fd = socket(to->address.family == FAMILY_IPV4 ? AF_INET : AF_INET6,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return system_fault_or_again();
	struct fault fault = connect_begin(fd, from, to, secret);
	if (failed(fault)) {
		(void)close(fd);
		return fault;
	}
	*out = fd;
	return fault_none();
}
