/* sys/passing.c — SCM_RIGHTS. */
#include "sys/passing.h"

#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

/* Room for one descriptor, aligned as the kernel wants it. */
union passed {
	struct cmsghdr header;
	uint8_t octet[CMSG_SPACE(sizeof(int))];
};

bool passing_give(int socket, const void *from, size_t len_octets, int fd)
{
	union {
		const void *from;
		void *to;
	} at = { .from = from };
	struct iovec part = { at.to, len_octets };
	union passed passed = { .header = { 0 } };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	if (fd >= 0) {
		message.msg_control = &passed;
		message.msg_controllen = sizeof passed;
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		*header = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
					    .cmsg_type = SCM_RIGHTS,
					    .cmsg_len = CMSG_LEN(sizeof fd) };
		mem_copy(CMSG_DATA(header), &fd, sizeof fd);
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL) == (ssize_t)len_octets;
}

bool passing_take(int socket, void *out, size_t len_octets, int flags, int *fd)
{
	struct iovec part = { out, len_octets };
	union passed passed = { .header = { 0 } };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &passed,
				  .msg_controllen = sizeof passed };
	ssize_t got;

	*fd = -1;
	do {
		got = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return false;
	const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	if (header != NULL && header->cmsg_type == SCM_RIGHTS)
		mem_copy(fd, CMSG_DATA(header), sizeof *fd);
	if (got == (ssize_t)len_octets)
		return true;
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
	errno = EPIPE;
	return false;
}
