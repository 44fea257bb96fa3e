/* sys/child.c — another program within bounds. */
#include "sys/child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/process.h"
#include "sys/sanitizer.h"

#define READ_OCTETS 65536u
#define NOBODY 65534u
#define EXIT_NO_PROGRAM 127
#define FILES_MAX 64u
#define END_LOOK_MS 5 /* till it is looked again whether it has ended */

void child_said_fini(struct child_said *said)
{
	heap_free(said->heap, said->octets, said->room);
	*said = (struct child_said){ .heap = said->heap };
}

/* The root of a namespace that has no other user, and one without the capability, stays who it is:
 * no more than we are. */
static bool nobody_become(void)
{
	bool is_done = setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
		       setresuid(NOBODY, NOBODY, NOBODY) == 0;

	return is_done || errno == EPERM || errno == EINVAL;
}

struct fault child_rights_drop(void)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return fault_of(FAULT_SYSTEM, (uint16_t)errno);
	if (geteuid() == 0 && !nobody_become())
		return fault_of(FAULT_SYSTEM, (uint16_t)errno);
	/* A change of user takes it away. */
	return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 ? fault_none() :
						       fault_of(FAULT_SYSTEM, (uint16_t)errno);
}

/* --- in the child ----------------------------------------------------------------------------- */

static bool limit_set(int which, uint64_t most)
{
	struct rlimit limit = { most, most };

	return setrlimit((__rlimit_resource_t)which, &limit) == 0;
}

/* A sanitizer's runtime needs more addresses than that until the program is another. */
static bool memory_limit_set(uint64_t octets)
{
	return SANITIZER_IS_ON || limit_set(RLIMIT_AS, octets);
}

__attribute__((noreturn)) static void become(const char *const *argv,
					     const struct child_bounds *bounds, int out, int error)
{
	union {
		const char *const *given;
		char *const *wanted;
	} words = { .given = argv };
	int nothing = open("/dev/null", O_RDONLY);

	if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(error, STDERR_FILENO) < 0 || close_range(STDERR_FILENO + 1, ~0u, 0) != 0 ||
	    setpgid(0, 0) != 0 || failed(child_rights_drop()) ||
	    !memory_limit_set(bounds->memory_octets) || !limit_set(RLIMIT_CORE, 0) ||
	    !limit_set(RLIMIT_FSIZE, 0) || !limit_set(RLIMIT_NOFILE, FILES_MAX) ||
	    !limit_set(RLIMIT_CPU, bounds->time_ms / 1000u + 1u))
		_exit(EXIT_NO_PROGRAM);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)execvp(argv[0], words.wanted);
	(void)!write(STDERR_FILENO, "no such program", 15);
	_exit(EXIT_NO_PROGRAM);
}

/* --- in the parent ---------------------------------------------------------------------------- */

struct watch {
	const struct child_bounds *bounds;
	struct child_said *out;
	struct instant end;
	int fd[2]; /* its standard output and error; -1 = closed */
	uint32_t why_len;
};

static void why_set(struct child_said *out, const char *text)
{
	(void)snprintf(out->why, sizeof out->why, "%s", text);
}

/* One line of plain letters. */
static void why_add(struct watch *watch, const uint8_t *octets, uint32_t len)
{
	for (uint32_t i = 0; i < len && watch->why_len + 1 < CHILD_WHY_MAX; i++) {
		uint8_t octet = octets[i];
		bool is_blank = octet <= ' ';
		if (is_blank && (watch->why_len == 0 || watch->out->why[watch->why_len - 1] == ' '))
			continue;
		watch->out->why[watch->why_len++] = is_blank     ? ' ' :
						    octet <= '~' ? (char)octet :
								   '?';
	}
	watch->out->why[watch->why_len] = '\0';
}

static struct fault keep(struct watch *watch, const uint8_t *octets, uint32_t len)
{
	struct child_said *out = watch->out;

	if (len > watch->bounds->output_octets - out->len_octets) {
		(void)snprintf(out->why, sizeof out->why, "it said more than %u octets",
			       watch->bounds->output_octets);
		return fault_of(FAULT_LIMIT, 0);
	}
	if (!heap_grow(out->heap, (void **)&out->octets, &out->room, out->len_octets + len, 1)) {
		why_set(out, "out of memory");
		return fault_of(FAULT_LIMIT, 0);
	}
	mem_copy(out->octets + out->len_octets, octets, len);
	out->len_octets += len;
	return fault_none();
}

static struct fault read_from(struct watch *watch, uint32_t which)
{
	uint8_t octets[READ_OCTETS];
	ssize_t len = read(watch->fd[which], octets, sizeof octets);

	if (len < 0 && (errno == EINTR || errno == EAGAIN))
		return fault_none();
	if (len <= 0) {
		(void)close(watch->fd[which]);
		watch->fd[which] = -1;
		return fault_none();
	}
	if (which == 0)
		return keep(watch, octets, (uint32_t)len);
	why_add(watch, octets, (uint32_t)len);
	return fault_none();
}

/* Until both are closed. */
static struct fault listen_to(struct watch *watch)
{
	while (watch->fd[0] >= 0 || watch->fd[1] >= 0) {
		int until_fd = watch->bounds->until_fd != 0 ? watch->bounds->until_fd : -1;
		struct pollfd poll_fd[3] = { { watch->fd[0], POLLIN, 0 },
					     { watch->fd[1], POLLIN, 0 },
					     { until_fd, 0, 0 } };
		int64_t left_ms = (watch->end.ns - process_now().ns) / 1000000;
		if (left_ms <= 0) {
			(void)snprintf(watch->out->why, sizeof watch->out->why,
				       "no answer within %u s", watch->bounds->time_ms / 1000u);
			return fault_of(FAULT_LIMIT, 0);
		}
		if (poll(poll_fd, 3, (int)left_ms) < 0 && errno != EINTR)
			return fault_of(FAULT_SYSTEM, (uint16_t)errno);
		if (poll_fd[2].revents != 0)
			return fault_of(FAULT_SYSTEM, EPIPE);
		for (uint32_t i = 0; i < 2; i++) {
			if (poll_fd[i].fd >= 0 && poll_fd[i].revents != 0)
				TRY(read_from(watch, i));
		}
	}
	return fault_none();
}

/* It and what it began; they may be gone already. */
static void put_to_end(pid_t child)
{
	(void)kill(-child, SIGKILL);
	(void)kill(child, SIGKILL);
}

/* Who closed both and goes on all the same has no more time than others. */
static struct fault ended_in_time(const struct watch *watch, pid_t child, int *status)
{
	for (;;) {
		pid_t ended = waitpid(child, status, WNOHANG);
		if (ended == child)
			return fault_none();
		if (ended < 0 && errno != EINTR)
			return fault_of(FAULT_SYSTEM, (uint16_t)errno);
		if (process_now().ns >= watch->end.ns) {
			(void)snprintf(watch->out->why, sizeof watch->out->why,
				       "no end within %u s", watch->bounds->time_ms / 1000u);
			return fault_of(FAULT_LIMIT, 0);
		}
		(void)poll(NULL, 0, END_LOOK_MS);
	}
}

static struct fault reaped(pid_t child, int *status)
{
	while (waitpid(child, status, 0) < 0) {
		if (errno != EINTR)
			return fault_of(FAULT_SYSTEM, (uint16_t)errno);
	}
	return fault_none();
}

/* `heard` is how the listening ended. */
static struct fault end_of(const struct watch *watch, pid_t child, struct fault heard)
{
	struct child_said *out = watch->out;
	int status = 0;

	struct fault fault = failed(heard) ? heard : ended_in_time(watch, child, &status);
	if (failed(fault)) {
		put_to_end(child);
		(void)failed(reaped(child, &status));
		return fault;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return fault_none();
	if (out->why[0] == '\0')
		(void)snprintf(out->why, sizeof out->why,
			       WIFSIGNALED(status) ? "ended by signal %d" : "exit code %d",
			       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	return fault_of(FAULT_CONFLICT, 0);
}

struct fault child_run(const char *const *argv, const struct child_bounds *bounds,
		       struct heap *heap, struct child_said *out)
{
	int output[2] = { -1, -1 };
	int error[2] = { -1, -1 };

	*out = (struct child_said){ .heap = heap };
	pid_t child = -1;
	if (pipe2(output, O_CLOEXEC) == 0 && pipe2(error, O_CLOEXEC) == 0)
		child = fork();
	if (child == 0)
		become(argv, bounds, output[1], error[1]);
	struct fault fault = fault_of(FAULT_SYSTEM, (uint16_t)errno);
	if (output[1] >= 0)
		(void)close(output[1]);
	if (error[1] >= 0)
		(void)close(error[1]);
	struct watch watch = { .bounds = bounds, .out = out, .fd = { output[0], error[0] } };
	watch.end.ns = process_now().ns + (int64_t)bounds->time_ms * 1000000;
	if (child > 0) {
		fault = end_of(&watch, child, listen_to(&watch));
	} else {
		why_set(out, strerror(fault.code));
	}
	for (uint32_t i = 0; i < 2; i++) {
		if (watch.fd[i] >= 0)
			(void)close(watch.fd[i]);
	}
	return fault;
}
