/* sys/namespace.c — unshare(2), and addresses by rtnetlink(7). */
#include "sys/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/fault.h"

static struct fault file_put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return system_fault();
	ssize_t wrote = write(fd, text, strlen(text));
	struct fault fault = wrote == (ssize_t)strlen(text) ? fault_none() : system_fault();
	(void)close(fd);
	return fault;
}

/* In a user namespace everybody is who he was; files keep their owners. */
static struct fault user_map(uid_t user, gid_t group)
{
	char text[64];

	TRY(file_put("/proc/self/setgroups", "deny"));
	(void)snprintf(text, sizeof text, "%u %u 1", user, user);
	TRY(file_put("/proc/self/uid_map", text));
	(void)snprintf(text, sizeof text, "%u %u 1", group, group);
	return file_put("/proc/self/gid_map", text);
}

static struct fault loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_LOOPBACK };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return system_fault();
	struct fault fault = ioctl(fd, SIOCSIFFLAGS, &request) == 0 ? fault_none() : system_fault();
	(void)close(fd);
	return fault;
}

struct fault namespace_enter(void)
{
	uid_t user = getuid();
	gid_t group = getgid();

	if (unshare(CLONE_NEWNET) != 0) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
			return system_fault();
		TRY(user_map(user, group));
	}
	return loopback_up();
}

/* --- addresses -------------------------------------------------------------------------------- */

struct address_request {
	struct nlmsghdr header;
	struct ifaddrmsg message;
	uint8_t attributes[64];
};

static void attribute_add(struct address_request *request, uint16_t type, struct octets value)
{
	struct rtattr attribute = { .rta_type = type,
				    .rta_len = (uint16_t)RTA_LENGTH(value.len_octets) };
	uint32_t at = NLMSG_ALIGN(request->header.nlmsg_len) -
		      (uint32_t)offsetof(struct address_request, attributes);

	mem_copy(request->attributes + at, &attribute, sizeof attribute);
	mem_copy(request->attributes + at + RTA_LENGTH(0), value.at, value.len_octets);
	request->header.nlmsg_len = NLMSG_ALIGN(request->header.nlmsg_len) +
				    RTA_ALIGN(attribute.rta_len);
}

static struct fault answer_take(int fd)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		uint8_t more[512];
	} answer;
	ssize_t got = recv(fd, &answer, sizeof answer, 0);

	if (got < 0)
		return system_fault();
	if ((size_t)got < NLMSG_LENGTH(sizeof answer.error) ||
	    answer.header.nlmsg_type != NLMSG_ERROR)
		return fault_of(FAULT_SYSTEM, EPROTO);
	if (answer.error.error == 0 || answer.error.error == -EEXIST)
		return fault_none();
	return fault_of(FAULT_SYSTEM, (uint16_t)-answer.error.error);
}

struct fault namespace_address_add(const struct address *address)
{
	struct octets octets = address_octets_of(address);
	struct address_request request = {
		.header = { .nlmsg_len = NLMSG_LENGTH(sizeof request.message),
			    .nlmsg_type = RTM_NEWADDR,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL },
		.message = { .ifa_family = address->family == FAMILY_IPV4 ? AF_INET : AF_INET6,
			     .ifa_prefixlen = (uint8_t)(8 * octets.len_octets),
			     .ifa_flags = IFA_F_NODAD,
			     .ifa_scope = RT_SCOPE_HOST,
			     .ifa_index = if_nametoindex("lo") },
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return system_fault();
	attribute_add(&request, IFA_LOCAL, octets);
	attribute_add(&request, IFA_ADDRESS, octets);
	struct fault fault = send(fd, &request, request.header.nlmsg_len, 0) ==
					     (ssize_t)request.header.nlmsg_len ?
				     answer_take(fd) :
				     system_fault();
	(void)close(fd);
	return fault;
}
