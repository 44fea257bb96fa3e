/* kit/killer.c — runs a program and kills it at the nth call that could leave a trace.
 *
 *     killer N FILE PROGRAM [WORD...]
 *
 * N counts from 1; 0 kills at none.  A call is killed before it is made.  Into FILE goes how many
 * there were.  The exit code is the program's, or 137 when it was killed.  Only x86-64 Linux. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_KILLED 137
#define EXIT_TROUBLE 125
#define OPTIONS (PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)

/* Whether the call writes, keeps, names or sends something. */
static int leaves_a_trace(const struct user_regs_struct *at)
{
	switch (at->orig_rax) {
	case SYS_write:
	case SYS_pwrite64:
	case SYS_writev:
	case SYS_pwritev:
	case SYS_fsync:
	case SYS_fdatasync:
	case SYS_ftruncate:
	case SYS_rename:
	case SYS_renameat:
	case SYS_renameat2:
	case SYS_link:
	case SYS_linkat:
	case SYS_unlink:
	case SYS_unlinkat:
	case SYS_mkdir:
	case SYS_rmdir:
	case SYS_sendto:
	case SYS_sendmsg:
		return 1;
	case SYS_openat:
		return (at->rdx & O_CREAT) != 0;
	default:
		return 0;
	}
}

/* Steps the one process from call to call. */
static int follow(pid_t child, long kill_at, long *calls)
{
	int status = 0;
	int is_inside = 0;

	if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, child, NULL, OPTIONS) != 0)
		return EXIT_TROUBLE;
	for (int number = 0;;) {
		struct user_regs_struct at;
		if (ptrace(PTRACE_SYSCALL, child, NULL, number) != 0 && errno != ESRCH)
			return EXIT_TROUBLE;
		if (waitpid(child, &status, 0) != child)
			return EXIT_TROUBLE;
		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		if (WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		number = WSTOPSIG(status) == (SIGTRAP | 0x80) || WSTOPSIG(status) == SIGTRAP ?
				 0 :
				 WSTOPSIG(status);
		if (WSTOPSIG(status) != (SIGTRAP | 0x80))
			continue;
		is_inside = !is_inside;
		if (!is_inside || ptrace(PTRACE_GETREGS, child, NULL, &at) != 0 ||
		    !leaves_a_trace(&at) || ++*calls != kill_at)
			continue;
		(void)kill(child, SIGKILL);
		(void)waitpid(child, &status, 0);
		return EXIT_KILLED;
	}
}

int main(int argc, char **argv)
{
	long calls = 0;

	if (argc < 4) {
		(void)fprintf(stderr, "killer N FILE PROGRAM [WORD...]\n");
		return EXIT_TROUBLE;
	}
	pid_t child = fork();
	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
			(void)execv(argv[3], argv + 3);
		(void)fprintf(stderr, "killer: %s: %s\n", argv[3], strerror(errno));
		_exit(EXIT_TROUBLE);
	}
	if (child < 0)
		return EXIT_TROUBLE;
	int code = follow(child, strtol(argv[1], NULL, 10), &calls);
	FILE *file = fopen(argv[2], "w");
	if (file == NULL || fprintf(file, "%ld\n", calls) < 0 || fclose(file) != 0)
		return EXIT_TROUBLE;
	return code;
}
