/* kit/failer.c — runs a program whose nth call to the system fails.
 *
 *     failer N HOW FILE PROGRAM [WORD...]
 *
 * Calls that take something from the system, or give it something, count from 1, those of all
 * threads together, from the moment that kit/unlucky.c in the program says that it begins; 0 fails
 * none.  HOW: 0 there is no room, 1 the device is broken, 2 a signal came; 3 there is no room, and
 * from then on there is none for any call of this kind.  Into FILE goes how many calls there were,
 * and the system's number of the one that failed.  The exit code is the program's, or 128 and the
 * signal.  Only x86-64 Linux. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unlucky.h"

#define EXIT_TROUBLE 125
#define HOWS 3
#define HOW_FROM_NOW_ON 3
#define TRACE_OPTIONS \
	(PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | \
	 PTRACE_O_TRACEVFORK)

static const struct {
	int number;
	int errors[HOWS]; /* 0 = cannot fail so: it does as in the first column */
} calls[] = {
	{ SYS_openat, { ENOSPC, EMFILE, EINTR } },
	{ SYS_read, { EIO, EIO, EINTR } },
	{ SYS_pread64, { EIO, EIO, EINTR } },
	{ SYS_recvfrom, { ENOMEM, ECONNRESET, EINTR } },
	{ SYS_write, { ENOSPC, EIO, EINTR } },
	{ SYS_pwrite64, { ENOSPC, EIO, EINTR } },
	{ SYS_writev, { ENOSPC, EIO, EINTR } },
	{ SYS_sendto, { ENOBUFS, ECONNRESET, EINTR } },
	{ SYS_sendmsg, { ENOBUFS, ECONNRESET, EINTR } },
	{ SYS_fsync, { ENOSPC, EIO, 0 } },
	{ SYS_fdatasync, { ENOSPC, EIO, 0 } },
	{ SYS_ftruncate, { ENOSPC, EIO, EINTR } },
	{ SYS_fallocate, { ENOSPC, EIO, EINTR } },
	{ SYS_rename, { ENOSPC, EIO, 0 } },
	{ SYS_renameat, { ENOSPC, EIO, 0 } },
	{ SYS_renameat2, { ENOSPC, EIO, 0 } },
	{ SYS_link, { ENOSPC, EIO, 0 } },
	{ SYS_linkat, { ENOSPC, EIO, 0 } },
	{ SYS_unlink, { EIO, EROFS, 0 } },
	{ SYS_unlinkat, { EIO, EROFS, 0 } },
	{ SYS_mkdir, { ENOSPC, EIO, 0 } },
	{ SYS_mkdirat, { ENOSPC, EIO, 0 } },
	{ SYS_getdents64, { EIO, EIO, 0 } },
	{ SYS_flock, { ENOLCK, EIO, EINTR } },
	{ SYS_socket, { EMFILE, ENOBUFS, 0 } },
	{ SYS_bind, { ENOMEM, EACCES, 0 } },
	{ SYS_listen, { EADDRINUSE, EIO, 0 } },
	{ SYS_connect, { ENOBUFS, ECONNREFUSED, EINTR } },
	{ SYS_accept, { EMFILE, ENOMEM, EINTR } },
	{ SYS_accept4, { EMFILE, ENOMEM, EINTR } },
	{ SYS_epoll_create1, { EMFILE, ENOMEM, 0 } },
	{ SYS_epoll_ctl, { ENOMEM, ENOSPC, 0 } },
	{ SYS_epoll_wait, { EINTR, EINTR, EINTR } },
	{ SYS_poll, { ENOMEM, ENOMEM, EINTR } },
	{ SYS_eventfd2, { EMFILE, ENOMEM, 0 } },
	{ SYS_pipe2, { EMFILE, ENFILE, 0 } },
	{ SYS_mmap, { ENOMEM, ENOMEM, 0 } },
	{ SYS_clone, { EAGAIN, ENOMEM, 0 } },
	{ SYS_clone3, { EAGAIN, ENOMEM, 0 } },
	{ SYS_newfstatat, { ENOMEM, EACCES, 0 } },
	{ SYS_access, { ENOMEM, EIO, 0 } },
	{ SYS_readlink, { ENOMEM, EIO, 0 } },
	{ SYS_getcwd, { ENOMEM, EACCES, 0 } },
	{ SYS_fcntl, { ENOLCK, EIO, 0 } },
	{ SYS_fchown, { EPERM, EIO, 0 } },
	{ SYS_fchmod, { EPERM, EIO, 0 } },
	{ SYS_syncfs, { ENOSPC, EIO, 0 } },
	{ SYS_dup, { EMFILE, EMFILE, 0 } },
	{ SYS_dup2, { EMFILE, EBUSY, EINTR } },
	{ SYS_dup3, { EMFILE, EBUSY, EINTR } },
	{ SYS_close_range, { EMFILE, ENOMEM, 0 } },
	{ SYS_mremap, { ENOMEM, ENOMEM, 0 } },
	{ SYS_mprotect, { ENOMEM, ENOMEM, 0 } },
	{ SYS_madvise, { ENOMEM, EAGAIN, 0 } },
	{ SYS_getrandom, { EINTR, EINTR, EINTR } },
	{ SYS_wait4, { EINTR, EINTR, EINTR } },
	{ SYS_socketpair, { EMFILE, ENFILE, 0 } },
	{ SYS_setsockopt, { ENOMEM, ENOPROTOOPT, 0 } },
	{ SYS_getsockopt, { ENOBUFS, ENOPROTOOPT, 0 } },
	{ SYS_getsockname, { ENOBUFS, ENOBUFS, 0 } },
	{ SYS_shutdown, { ENOTCONN, ENOTCONN, 0 } },
	{ SYS_recvmsg, { ENOMEM, ECONNRESET, EINTR } },
	{ SYS_pidfd_open, { EMFILE, ENOSYS, 0 } },
	{ SYS_prctl, { ENOMEM, EPERM, 0 } },
	{ SYS_prlimit64, { EPERM, EPERM, 0 } },
	{ SYS_capget, { EPERM, EPERM, 0 } },
	{ SYS_capset, { EPERM, EPERM, 0 } },
	{ SYS_setgroups, { ENOMEM, EPERM, 0 } },
	{ SYS_setresgid, { EAGAIN, EPERM, 0 } },
	{ SYS_setresuid, { EAGAIN, EPERM, 0 } },
	{ SYS_seccomp, { ENOMEM, EACCES, 0 } },
	{ SYS_landlock_create_ruleset, { ENOMEM, EPERM, 0 } },
	{ SYS_landlock_add_rule, { ENOMEM, EPERM, 0 } },
	{ SYS_landlock_restrict_self, { ENOMEM, E2BIG, 0 } },
};
#define CALLS (sizeof calls / sizeof *calls)
_Static_assert(CALLS + 1 <= UCHAR_MAX, "a step of the filter leads over all of them");

static pid_t program;

static void end(int signal)
{
	(void)kill(program, signal);
}

/* Only what counts stops the program. */
static int filter_lay(void)
{
	struct sock_filter code[CALLS + 4];
	unsigned short at = 0;

	code[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						  offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < CALLS; i++)
		code[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							  (unsigned)calls[i].number,
							  (unsigned char)(CALLS - i + 1), 0);
	code[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, UNLUCKY_CALL, 1, 0);
	code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
	struct sock_fprog whole = { .len = at, .filter = code };
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole, 0, 0) == 0;
}

struct failing {
	long fail_at;
	int how;
	long count;
	int has_begun;
	long failed; /* the number of the call that did */
};

static int error_of(const struct failing *failing, long number)
{
	int column = failing->how == HOW_FROM_NOW_ON ? 0 : failing->how;

	for (size_t i = 0; i < CALLS; i++) {
		if (calls[i].number != number)
			continue;
		return calls[i].errors[column] != 0 ? calls[i].errors[column] : calls[i].errors[0];
	}
	return EIO;
}

/* A word to a thread of its own cannot fail in the world. */
static int is_inside(pid_t thread, unsigned long long fd)
{
	char path[64];
	char name[64] = "";

	(void)snprintf(path, sizeof path, "/proc/%d/fd/%llu", (int)thread, fd);
	return readlink(path, name, sizeof name - 1) > 0 && strncmp(name, "anon_inode:", 11) == 0;
}

/* A lock can always be given back: the kernel needs memory for it only to make two of one. */
static int is_giving_back(pid_t thread, const struct user_regs_struct *at)
{
	if (at->orig_rax != SYS_fcntl || (at->rsi != F_SETLK && at->rsi != F_SETLKW))
		return 0;
	return (short)ptrace(PTRACE_PEEKDATA, thread, at->rdx, NULL) == F_UNLCK;
}

static void call(struct failing *failing, pid_t thread)
{
	struct user_regs_struct at;

	if (ptrace(PTRACE_GETREGS, thread, NULL, &at) != 0)
		return;
	long number = (long)at.orig_rax;
	if (number == UNLUCKY_CALL) {
		failing->has_begun |= at.rdi == UNLUCKY_BEGINS;
		return;
	}
	if (!failing->has_begun)
		return;
	/* What is wrong can be said. */
	if (number == SYS_write && (at.rdi == STDERR_FILENO || is_inside(thread, at.rdi)))
		return;
	if (number == SYS_read && is_inside(thread, at.rdi))
		return;
	if (is_giving_back(thread, &at))
		return;
	failing->count++;
	int fails = failing->count == failing->fail_at ||
		    (failing->how == HOW_FROM_NOW_ON && failing->failed == number);
	if (!fails)
		return;
	failing->failed = number;
	at.orig_rax = (unsigned long long)-1;
	at.rax = (unsigned long long)-error_of(failing, number);
	(void)ptrace(PTRACE_SETREGS, thread, NULL, &at);
}

/* Steps all threads from stop to stop, until the program is gone. */
static int follow(struct failing *failing)
{
	for (;;) {
		int status = 0;
		pid_t thread = waitpid(-1, &status, __WALL);
		if (thread < 0) {
			if (errno == EINTR)
				continue;
			return EXIT_TROUBLE;
		}
		if (thread == program && WIFEXITED(status))
			return WEXITSTATUS(status);
		if (thread == program && WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		if (!WIFSTOPPED(status))
			continue;
		int number = WSTOPSIG(status);
		int event = status >> 16;
		if (event == PTRACE_EVENT_SECCOMP)
			call(failing, thread);
		/* A new thread begins with a SIGSTOP that is for us. */
		if (event != 0 || number == SIGTRAP || number == SIGSTOP)
			number = 0;
		(void)ptrace(PTRACE_CONT, thread, NULL, number);
	}
}

int main(int argc, char **argv)
{
	struct failing failing = { 0 };
	int status = 0;

	if (argc < 5) {
		(void)fprintf(stderr, "failer N HOW FILE PROGRAM [WORD...]\n");
		return EXIT_TROUBLE;
	}
	failing.fail_at = strtol(argv[1], NULL, 10);
	failing.how = (int)strtol(argv[2], NULL, 10);
	program = fork();
	if (program == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 && raise(SIGSTOP) == 0 &&
		    filter_lay())
			(void)execv(argv[4], argv + 4);
		(void)fprintf(stderr, "failer: %s: %s\n", argv[4], strerror(errno));
		_exit(EXIT_TROUBLE);
	}
	if (program < 0 || waitpid(program, &status, 0) != program ||
	    ptrace(PTRACE_SETOPTIONS, program, NULL, TRACE_OPTIONS) != 0 ||
	    ptrace(PTRACE_CONT, program, NULL, 0) != 0)
		return EXIT_TROUBLE;
	(void)signal(SIGTERM, end);
	int code = follow(&failing);
	FILE *file = fopen(argv[3], "w");
	if (file == NULL || fprintf(file, "%ld %ld\n", failing.count, failing.failed) < 0 ||
	    fclose(file) != 0)
		return EXIT_TROUBLE;
	return code;
}
