/* trial/trial.c — the processes of a run.
 *
 * Both are forked from a parent that holds nothing, so that their memory is their own.  They end
 * when the parent does, whatever becomes of it. */
#include "trial/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "trial/inside.h"

#define SPARE_DESCRIPTORS 64u
#define GENERATOR_CORE 1
#define BGP_PORT 179u

struct fault trial_descriptors(const struct trial_config *config, uint32_t *needed,
			       uint32_t *allowed)
{
	struct rlimit limit;

	*needed = config->load.members + SPARE_DESCRIPTORS;
	*allowed = 0;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return fault_of(FAULT_SYSTEM, (uint16_t)errno);
	if (limit.rlim_cur < *needed) {
		limit.rlim_cur = limit.rlim_max < *needed ? limit.rlim_max : *needed;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
		(void)getrlimit(RLIMIT_NOFILE, &limit);
	}
	*allowed = limit.rlim_cur > UINT32_MAX ? UINT32_MAX : (uint32_t)limit.rlim_cur;
	return *allowed < *needed ? fault_of(FAULT_LIMIT, EMFILE) : fault_none();
}

static socklen_t name_fill(struct sockaddr_storage *name, const struct address *address)
{
	struct sockaddr_in *ipv4 = (struct sockaddr_in *)name;
	struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)name;

	*name = (struct sockaddr_storage){ 0 };
	if (address->family == FAMILY_IPV4) {
		ipv4->sin_family = AF_INET;
		ipv4->sin_addr.s_addr = htonl(address_ipv4_of(address));
		return sizeof *ipv4;
	}
	ipv6->sin6_family = AF_INET6;
	mem_copy(ipv6->sin6_addr.s6_addr, address->octet, sizeof ipv6->sin6_addr.s6_addr);
	return sizeof *ipv6;
}

/* A port that is free at this address now; the place of the number is the same in both families. */
static struct fault port_free(const struct address *address, uint16_t *out)
{
	struct sockaddr_storage name;
	socklen_t len = name_fill(&name, address);
	int fd = socket(name.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return fault_of(FAULT_SYSTEM, (uint16_t)errno);
	bool bound = bind(fd, (struct sockaddr *)&name, len) == 0 &&
		     getsockname(fd, (struct sockaddr *)&name, &len) == 0;
	uint16_t error = (uint16_t)errno;
	(void)close(fd);
	*out = ntohs(((struct sockaddr_in *)&name)->sin_port);
	return bound ? fault_none() : fault_of(FAULT_SYSTEM, error);
}

/* The generator has a core to itself; the server the others. */
static void pin(const struct trial_config *config, bool is_generator)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	long server_cores = config->workers < cores ? (long)config->workers : cores - 1;
	cpu_set_t set;

	if (!config->pin || cores < 2)
		return;
	CPU_ZERO(&set);
	if (is_generator) {
		CPU_SET(GENERATOR_CORE, &set);
	} else {
		for (uint32_t i = 0, taken = 0; i < cores && taken < server_cores; i++) {
			if (i == GENERATOR_CORE)
				continue;
			CPU_SET(i, &set);
			taken++;
		}
	}
	(void)sched_setaffinity(0, sizeof set, &set);
}

/* In the child: gone when the parent is, and known apart in a list of processes. */
static void child_begin(const struct trial_config *config, pid_t parent, bool is_generator)
{
	(void)prctl(PR_SET_NAME, is_generator ? "plenum-members" : "plenum-server");
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	pin(config, is_generator);
}

static pid_t server_start(const struct trial_stage *stage, int ready_read)
{
	pid_t parent = getpid();
	pid_t child = fork();

	if (child != 0)
		return child;
	(void)close(ready_read);
	child_begin(stage->config, parent, false);
	if (stage->kind == TRIAL_PLENUM)
		trial_serve_plenum(stage);
	else
		trial_serve_floor(stage);
	_exit(1);
}

static pid_t generator_start(const struct trial_stage *stage, int result_write)
{
	static struct trial_result result;
	pid_t parent = getpid();
	pid_t child = fork();

	if (child != 0)
		return child;
	child_begin(stage->config, parent, true);
	trial_generate(stage, &result);
	(void)!write(result_write, &result, sizeof result);
	_exit(0);
}

/* All of the result, or nothing: the generator died. */
static bool result_read(int fd, struct trial_result *out)
{
	uint8_t *at = (uint8_t *)out;
	size_t have = 0;

	while (have < sizeof *out) {
		ssize_t got = read(fd, at + have, sizeof *out - have);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		have += (size_t)got;
	}
	return true;
}

static void process_end(pid_t process)
{
	int status = 0;

	if (process <= 0)
		return;
	(void)kill(process, SIGKILL);
	while (waitpid(process, &status, 0) < 0 && errno == EINTR)
		continue;
}

static void measure(const struct trial_stage *stage, struct trial_result *out)
{
	int pipe_fd[2];

	if (pipe2(pipe_fd, O_CLOEXEC) != 0) {
		(void)snprintf(out->trouble, sizeof out->trouble, "no pipe: %s", strerror(errno));
		return;
	}
	pid_t generator = generator_start(stage, pipe_fd[1]);
	(void)close(pipe_fd[1]);
	if (generator < 0 || !result_read(pipe_fd[0], out)) {
		*out = (struct trial_result){ 0 };
		(void)snprintf(out->trouble, sizeof out->trouble,
			       "the generator ended without a result");
	}
	out->peak_octets = trial_server_peak(stage);
	(void)close(pipe_fd[0]);
	process_end(generator);
}

static void run_with_own(struct trial_stage *stage, int ready_read, struct trial_result *out)
{
	uint8_t octet = 0;
	int ready_write = stage->ready_fd;
	pid_t server = server_start(stage, ready_read);

	(void)close(ready_write);
	stage->process_count = 1;
	stage->process[0] = server;
	if (server > 0 && read(ready_read, &octet, 1) == 1)
		measure(stage, out);
	else
		(void)snprintf(out->trouble, sizeof out->trouble, "the server cannot begin");
	process_end(server);
}

struct fault trial_run(const struct trial_config *config, enum trial_server kind,
		       struct trial_result *out)
{
	struct trial_stage stage = { .config = config,
				     .kind = kind,
				     .at = { load_server_address(&config->load), BGP_PORT },
				     .process_count = config->process_count };
	int ready[2];

	*out = (struct trial_result){ 0 };
	for (uint32_t i = 0; i < config->process_count; i++)
		stage.process[i] = config->process[i];
	if (kind == TRIAL_OTHER) {
		measure(&stage, out);
		return fault_none();
	}
	TRY(port_free(&stage.at.address, &stage.at.port));
	if (pipe2(ready, O_CLOEXEC) != 0)
		return fault_of(FAULT_SYSTEM, (uint16_t)errno);
	stage.ready_fd = ready[1];
	run_with_own(&stage, ready[0], out);
	(void)close(ready[0]);
	return fault_none();
}
