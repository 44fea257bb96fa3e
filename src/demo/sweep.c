/* demo/sweep.c — one process waits for the end of others. */
#include "demo/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/fault.h"
#include "sys/files.h"

/* A group of its own: what the terminal sends is not for this process. */
static void sweeper_run(const char *path, int end)
{
	uint8_t octet;
	ssize_t got;

	(void)prctl(PR_SET_NAME, "plenum-sweeper");
	(void)setpgid(0, 0);
	do
		got = read(end, &octet, 1);
	while (got > 0 || (got < 0 && errno == EINTR));
	(void)failed(directory_remove(path));
	_exit(0);
}

static struct fault sweeper_start(struct sweep *sweep, const char *path)
{
	int pipe_fd[2];

	if (pipe2(pipe_fd, O_CLOEXEC) != 0)
		return system_fault();
	pid_t process = fork();
	if (process == 0) {
		(void)close(pipe_fd[1]);
		sweeper_run(path, pipe_fd[0]);
	}
	struct fault fault = process < 0 ? system_fault() : fault_none();
	(void)close(pipe_fd[0]);
	if (failed(fault)) {
		(void)close(pipe_fd[1]);
		return fault;
	}
	*sweep = (struct sweep){ .process = process, .held = pipe_fd[1] };
	return fault_none();
}

/* No signal may come between the directory and its sweeper, which never takes one. */
struct fault sweep_begin(struct sweep *sweep, char *template)
{
	sigset_t all;
	sigset_t before;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, &before);
	struct fault fault = mkdtemp(template) != NULL ? fault_none() : system_fault();
	if (!failed(fault)) {
		fault = sweeper_start(sweep, template);
		if (failed(fault))
			(void)rmdir(template);
	}
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return fault;
}

void sweep_end(struct sweep *sweep)
{
	int status = 0;

	if (sweep->process == 0)
		return;
	(void)close(sweep->held);
	while (waitpid(sweep->process, &status, 0) < 0 && errno == EINTR)
		continue;
	*sweep = (struct sweep){ 0 };
}
