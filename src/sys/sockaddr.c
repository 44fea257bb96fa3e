/* sys/sockaddr.c — addresses as the kernel has them. */
#include "sys/sockaddr.h"

#include <netinet/in.h>

#include "base/mem.h"

socklen_t sockaddr_fill(const struct address *address, uint16_t port, struct sockaddr_storage *out)
{
	*out = (struct sockaddr_storage){ 0 };
	if (address->family == FAMILY_IPV4) {
		struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(port) };
		mem_copy(&in.sin_addr, address->octet, 4);
		mem_copy(out, &in, sizeof in);
		return sizeof in;
	}
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	mem_copy(&in6.sin6_addr, address->octet, 16);
	mem_copy(out, &in6, sizeof in6);
	return sizeof in6;
}
