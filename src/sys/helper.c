/* sys/helper.c — processes beside this one. */
#include "sys/helper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/child.h"
#include "sys/rights.h"

#define HELPER_FD (STDERR_FILENO + 1)

__attribute__((noreturn)) static void become(int fd, helper_live live, const void *context)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };

	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		(void)signal(ignored[i], SIG_IGN);
	if (dup2(fd, HELPER_FD) < 0 || close_range(HELPER_FD + 1, ~0u, 0) != 0 ||
	    failed(child_rights_drop()) || failed(rights_drop()) || failed(rights_close_memory()))
		_exit(1);
	live(HELPER_FD, context);
	_exit(0);
}

struct fault helper_begin(struct helper *helper, int socket_kind, helper_live live,
			  const void *context)
{
	int pair[2];

	*helper = (struct helper){ .fd = -1, .handle = -1 };
	if (socketpair(AF_UNIX, socket_kind | SOCK_CLOEXEC, 0, pair) != 0)
		return fault_of(FAULT_SYSTEM, (uint16_t)errno);
	(void)fflush(NULL);
	pid_t process = fork();
	if (process == 0)
		become(pair[1], live, context);
	struct fault fault = fault_of(FAULT_SYSTEM, (uint16_t)errno);
	(void)close(pair[1]);
	if (process < 0) {
		(void)close(pair[0]);
		return fault;
	}
	*helper = (struct helper){ process, pair[0], (int)syscall(SYS_pidfd_open, process, 0) };
	return fault_none();
}

void helper_break(const struct helper *helper)
{
	if (helper->process != 0)
		(void)shutdown(helper->fd, SHUT_RDWR);
}

static bool has_ended(const struct helper *helper, int wait_ms)
{
	struct pollfd wanted = { .fd = helper->handle, .events = POLLIN };

	return helper->handle < 0 || poll(&wanted, 1, wait_ms) == 1;
}

/* A sealed process can signal nobody; a helper that does not end by itself ends with us. */
void helper_end(struct helper *helper)
{
	if (helper->process == 0)
		return;
	helper_break(helper);
	(void)close(helper->fd);
	if (!has_ended(helper, HELPER_END_MS))
		(void)kill(helper->process, SIGKILL);
	(void)waitpid(helper->process, NULL, WNOHANG);
	if (helper->handle >= 0)
		(void)close(helper->handle);
	*helper = (struct helper){ .fd = -1, .handle = -1 };
}

bool helper_is_there(const struct helper *helper)
{
	return helper->process != 0 && helper->handle >= 0 && !has_ended(helper, 0);
}
