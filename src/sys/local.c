/* sys/local.c — Unix stream sockets with patience. */
#include "sys/local.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "sys/fault.h"

#define LOCAL_BACKLOG 16

/* The socket's name through the open directory, which is always short enough. */
static struct fault name_fill(int directory, const char *name, struct sockaddr_un *out)
{
	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	int len = snprintf(out->sun_path, sizeof out->sun_path, "/proc/self/fd/%d/%s", directory,
			   name);
	return len > 0 && (size_t)len < sizeof out->sun_path ? fault_none() :
							       fault_of(FAULT_SYSTEM, ENAMETOOLONG);
}

static struct fault patience_set(int fd)
{
	struct timeval patience = { .tv_sec = LOCAL_PATIENCE_S };

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0)
		return system_fault();
	return fault_none();
}

/* Binds or connects in the directory. */
static struct fault local_open(const char *directory, const char *name, bool is_listener, int fd)
{
	struct sockaddr_un address;
	int at = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (at < 0)
		return system_fault();
	struct fault fault = name_fill(at, name, &address);
	if (!failed(fault) && is_listener) {
		(void)unlinkat(at, name, 0);
		mode_t mask = umask(0177);
		if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
		    listen(fd, LOCAL_BACKLOG) != 0)
			fault = system_fault();
		(void)umask(mask);
	} else if (!failed(fault) &&
		   connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
		fault = errno == ENOENT || errno == ECONNREFUSED ? fault_of(FAULT_ABSENT, 0) :
								   system_fault();
	}
	(void)close(at);
	return fault;
}

static struct fault local_make(const char *directory, const char *name, bool is_listener, int *out)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return system_fault();
	struct fault fault = local_open(directory, name, is_listener, fd);
	if (!failed(fault) && !is_listener)
		fault = patience_set(fd);
	if (failed(fault)) {
		(void)close(fd);
		return fault;
	}
	*out = fd;
	return fault_none();
}

struct fault local_listen(const char *directory, const char *name, int *out)
{
	return local_make(directory, name, true, out);
}

struct fault local_connect(const char *directory, const char *name, int *out)
{
	return local_make(directory, name, false, out);
}

int local_spare(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

void local_close_to_spare(int caller, int listener)
{
	/* In one step, so that nobody else gets the descriptor meanwhile. */
	(void)dup3(listener, caller, O_CLOEXEC);
}

struct fault local_accept(int listener, int wake, int wait_ms, int *out)
{
	struct pollfd wanted[2] = { { .fd = listener, .events = POLLIN },
				    { .fd = wake, .events = POLLIN } };
	int ready = poll(wanted, 2, wait_ms);

	if (ready < 0)
		return system_fault_or_again();
	if ((wanted[0].revents & POLLIN) == 0)
		return fault_of(FAULT_AGAIN, 0);
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		return system_fault_or_again();
	struct fault fault = patience_set(fd);
	if (failed(fault)) {
		(void)close(fd);
		return fault;
	}
	*out = fd;
	return fault_none();
}

struct fault local_read(int fd, void *out, uint32_t len_octets)
{
	uint8_t *at = out;

	while (len_octets != 0) {
		ssize_t got = recv(fd, at, len_octets, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fault_of(FAULT_SYSTEM, (uint16_t)errno);
		if (got == 0)
			return fault_of(FAULT_ABSENT, 0);
		at += got;
		len_octets -= (uint32_t)got;
	}
	return fault_none();
}

struct fault local_write(int fd, struct octets octets)
{
	while (octets.len_octets != 0) {
		ssize_t sent = send(fd, octets.at, octets.len_octets, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return fault_of(FAULT_SYSTEM, (uint16_t)errno);
		octets = octets_of(octets.at + sent, octets.len_octets - (uint32_t)sent);
	}
	return fault_none();
}

void local_end(int fd)
{
	(void)shutdown(fd, SHUT_RD);
}

void local_cut(int fd)
{
	(void)shutdown(fd, SHUT_RDWR);
}

void local_close(int fd)
{
	(void)close(fd);
}
