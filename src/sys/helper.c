/* sys/helper.c — processes beside this one.
 *
 *   we      guard, which waits      helper, which works
 *    |--hatch--|  one octet: another one, please; back comes a socket
 *    |---------------fd-----------------|
 *
 * 1. The guard ends when the hatch does, and the helper when the guard does or fd.
 * 2. A socket that hung up has nobody behind it: only then is another asked for.  An answer that
 *    came too late for that is taken by the next who asks. */
#include "sys/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "sys/child.h"
#include "sys/passing.h"
#include "sys/process.h"
#include "sys/rights.h"

#define GUARD_FD (STDERR_FILENO + 1)

/* --- the helper ------------------------------------------------------------------------------- */

/* Nothing but `fd` is open afterwards, as GUARD_FD. */
static bool is_alone_with(int fd)
{
	return (fd == GUARD_FD || dup2(fd, GUARD_FD) >= 0) &&
	       close_range(GUARD_FD + 1, ~0u, 0) == 0;
}

__attribute__((noreturn)) static void become_helper(int fd, pid_t guard,
						    const struct helper_task *task)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == guard && is_alone_with(fd))
		task->live(GUARD_FD, task->context);
	_exit(0);
}

/* --- the guard -------------------------------------------------------------------------------- */

static bool patience_set(int fd, uint32_t patience_s)
{
	struct timeval patience = { .tv_sec = (time_t)patience_s };

	return patience_s == 0 ||
	       (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0);
}

/* -1: it could not be forked, and -1 goes over the hatch. */
static pid_t another_begin(const struct helper_task *task)
{
	int pair[2] = { -1, -1 };
	pid_t guard = getpid();
	pid_t process = -1;
	uint8_t octet = 0;

	if (socketpair(AF_UNIX, task->socket_kind | SOCK_CLOEXEC, 0, pair) == 0 &&
	    patience_set(pair[0], task->patience_s))
		process = fork();
	if (process == 0)
		become_helper(pair[1], guard, task);
	if (!passing_give(GUARD_FD, &octet, sizeof octet, process > 0 ? pair[0] : -1))
		_exit(1);
	for (uint32_t i = 0; i < 2; i++) {
		if (pair[i] >= 0)
			(void)close(pair[i]);
	}
	return process;
}

static void wait_for(pid_t process)
{
	while (waitpid(process, NULL, 0) < 0 && errno == EINTR)
		continue;
}

__attribute__((noreturn)) static void become_guard(int hatch, const struct helper_task *task)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
	pid_t process = -1;

	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		(void)signal(ignored[i], SIG_IGN);
	if (!is_alone_with(hatch) || failed(child_rights_drop()) || failed(rights_drop()) ||
	    failed(rights_close_memory()))
		_exit(1);
	for (;;) {
		uint8_t octet;
		ssize_t got = recv(GUARD_FD, &octet, sizeof octet, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got != (ssize_t)sizeof octet)
			_exit(0);
		if (process > 0) {
			(void)kill(process, SIGKILL);
			wait_for(process);
		}
		process = another_begin(task);
	}
}

/* --- who has them ----------------------------------------------------------------------------- */

static bool has_hung_up(int fd)
{
	struct pollfd wanted = { .fd = fd, .events = POLLIN };

	return poll(&wanted, 1, 0) == 1 && (wanted.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

/* A socket from the hatch takes the place of the one that was. */
static bool another_take(struct helper *helper, int flags)
{
	uint8_t octet;
	int fd = -1;

	if (!passing_take(helper->hatch, &octet, sizeof octet, flags, &fd) || fd < 0)
		return false;
	bool is_taken = helper->fd < 0 || dup3(fd, helper->fd, O_CLOEXEC) >= 0;
	if (is_taken && helper->fd < 0) {
		helper->fd = fd;
		return true;
	}
	(void)close(fd);
	if (atomic_load(&helper->is_over))
		helper_drop(helper);
	return is_taken && !has_hung_up(helper->fd);
}

static bool another_ask(struct helper *helper)
{
	uint8_t octet = 0;

	helper->begun_at = process_now();
	return send(helper->hatch, &octet, sizeof octet, MSG_NOSIGNAL) == (ssize_t)sizeof octet &&
	       another_take(helper, 0);
}

bool helper_is_ready(struct helper *helper)
{
	if (helper->process == 0 || atomic_load(&helper->is_over))
		return false;
	if (!has_hung_up(helper->fd))
		return true;
	bool is_had = another_take(helper, MSG_DONTWAIT);
	if (!is_had && process_now().ns - helper->begun_at.ns >= HELPER_AGAIN_MS * INT64_C(1000000))
		is_had = another_ask(helper);
	if (is_had)
		atomic_fetch_add(&helper->again_count, 1);
	return is_had;
}

static struct fault guard_fork(struct helper *helper, const struct helper_task *task)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return fault_of(FAULT_SYSTEM, (uint16_t)errno);
	(void)fflush(NULL);
	pid_t process = fork();
	if (process == 0)
		become_guard(pair[1], task);
	struct fault fault = fault_of(FAULT_SYSTEM, (uint16_t)errno);
	(void)close(pair[1]);
	if (process < 0) {
		(void)close(pair[0]);
		return fault;
	}
	helper->process = process;
	helper->hatch = pair[0];
	helper->handle = (int)syscall(SYS_pidfd_open, process, 0);
	return fault_none();
}

struct fault helper_begin(struct helper *helper, const struct helper_task *task)
{
	*helper = (struct helper){ .fd = -1, .handle = -1, .hatch = -1 };
	TRY(guard_fork(helper, task));
	if (patience_set(helper->hatch, HELPER_PATIENCE_S) && another_ask(helper))
		return fault_none();
	helper_end(helper);
	return fault_of(FAULT_SYSTEM, ECHILD);
}

void helper_drop(const struct helper *helper)
{
	if (helper->process != 0)
		(void)shutdown(helper->fd, SHUT_RDWR);
}

void helper_break(struct helper *helper)
{
	if (helper->process == 0)
		return;
	atomic_store(&helper->is_over, true);
	helper_drop(helper);
	(void)shutdown(helper->hatch, SHUT_RDWR);
}

static bool has_ended(const struct helper *helper, int wait_ms)
{
	struct pollfd wanted = { .fd = helper->handle, .events = POLLIN };

	return helper->handle < 0 || poll(&wanted, 1, wait_ms) == 1;
}

/* A sealed process can signal nobody; a guard that does not end by itself ends with us. */
void helper_end(struct helper *helper)
{
	if (helper->process == 0)
		return;
	helper_break(helper);
	(void)close(helper->hatch);
	if (helper->fd >= 0)
		(void)close(helper->fd);
	if (!has_ended(helper, HELPER_END_MS))
		(void)kill(helper->process, SIGKILL);
	(void)waitpid(helper->process, NULL, WNOHANG);
	if (helper->handle >= 0)
		(void)close(helper->handle);
	*helper = (struct helper){ .fd = -1, .handle = -1, .hatch = -1 };
}

bool helper_is_there(const struct helper *helper)
{
	return helper->process != 0 && helper->handle >= 0 && !has_ended(helper, 0);
}
