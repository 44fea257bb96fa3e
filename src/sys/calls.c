/* sys/calls.c — tables of system calls, made into a filter by libseccomp.
 *
 * Calls that are allowed whatever their arguments cost nothing: the kernel keeps a bit for each
 * (Linux 5.11).  A sanitizer's runtime calls what the program does not, so such a build allows all
 * but what is refused by name. */
#include "sys/calls.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sys/sanitizer.h"

#define CALL(name) SCMP_SYS(name)

/* Both: memory, threads, time. */
static const int basic[] = {
	CALL(brk),           CALL(clock_getres),
	CALL(clock_gettime), CALL(clock_nanosleep),
	CALL(close),         CALL(exit),
	CALL(exit_group),    CALL(futex),
	CALL(getpid),        CALL(getrandom),
	CALL(gettid),        CALL(gettimeofday),
	CALL(madvise),       CALL(mremap),
	CALL(munmap),        CALL(nanosleep),
	CALL(poll),          CALL(ppoll),
	CALL(read),          CALL(recvfrom),
	CALL(recvmsg),       CALL(restart_syscall),
	CALL(rt_sigaction),  CALL(rt_sigprocmask),
	CALL(rt_sigreturn),  CALL(sendmsg),
	CALL(sendto),        CALL(sigaltstack),
	CALL(write),
};

static const int server[] = {
	/* threads */
	CALL(get_robust_list),
	CALL(getcpu),
	CALL(membarrier),
	CALL(rseq),
	CALL(sched_getaffinity),
	CALL(sched_yield),
	CALL(set_robust_list),
	CALL(set_tid_address),
	/* itself */
	CALL(capget),
	CALL(getcwd),
	CALL(getegid),
	CALL(geteuid),
	CALL(getgid),
	CALL(getppid),
	CALL(getrusage),
	CALL(getuid),
	CALL(sysinfo),
	CALL(times),
	CALL(uname),
	CALL(umask),
	CALL(wait4),
	CALL(waitid),
	/* sockets that are there, or that others begin */
	CALL(accept),
	CALL(accept4),
	CALL(epoll_create1),
	CALL(epoll_ctl),
	CALL(epoll_pwait),
	CALL(epoll_pwait2),
	CALL(epoll_wait),
	CALL(eventfd2),
	CALL(getpeername),
	CALL(getsockname),
	CALL(getsockopt),
	CALL(pipe2),
	CALL(pselect6),
	CALL(select),
	CALL(sendfile),
	CALL(setsockopt),
	CALL(shutdown),
	/* files */
	CALL(access),
	CALL(dup),
	CALL(faccessat),
	CALL(faccessat2),
	CALL(fadvise64),
	CALL(fallocate),
	CALL(fchmod),
	CALL(fchown),
	CALL(fcntl),
	CALL(fdatasync),
	CALL(flock),
	CALL(fstat),
	CALL(fstatfs),
	CALL(fsync),
	CALL(ftruncate),
	CALL(getdents64),
	CALL(lseek),
	CALL(lstat),
	CALL(mkdir),
	CALL(mkdirat),
	CALL(newfstatat),
	CALL(open),
	CALL(openat),
	CALL(pread64),
	CALL(preadv),
	CALL(pwrite64),
	CALL(pwritev),
	CALL(readlink),
	CALL(readlinkat),
	CALL(readv),
	CALL(rename),
	CALL(renameat),
	CALL(renameat2),
	CALL(rmdir),
	CALL(stat),
	CALL(statx),
	CALL(syncfs),
	CALL(unlink),
	CALL(unlinkat),
	CALL(utimensat),
	CALL(writev),
};

/* libpq makes its connections anew, and the resolver asks for names and loads its modules. */
static const int links[] = {
	CALL(bind), CALL(connect), CALL(mmap), CALL(mprotect), CALL(sendmmsg), CALL(socket),
};

static const int doorman[] = { CALL(bind), CALL(connect), CALL(setsockopt), CALL(socket) };

/* Only an intruder calls these. */
static const int fatal[] = {
	CALL(acct),
	CALL(add_key),
	CALL(bpf),
	CALL(capset),
	CALL(chroot),
	CALL(delete_module),
	CALL(execve),
	CALL(execveat),
	CALL(finit_module),
	CALL(init_module),
	CALL(io_uring_setup),
	CALL(kexec_file_load),
	CALL(kexec_load),
	CALL(keyctl),
	CALL(mount),
	CALL(move_mount),
	CALL(name_to_handle_at),
	CALL(open_by_handle_at),
	CALL(perf_event_open),
	CALL(pidfd_getfd),
	CALL(pivot_root),
	CALL(process_vm_readv),
	CALL(process_vm_writev),
	CALL(reboot),
	CALL(request_key),
	CALL(setdomainname),
	CALL(setgid),
	CALL(setgroups),
	CALL(sethostname),
	CALL(setns),
	CALL(setregid),
	CALL(setresgid),
	CALL(setresuid),
	CALL(setreuid),
	CALL(setuid),
	CALL(swapoff),
	CALL(swapon),
	CALL(umount2),
	CALL(unshare),
	CALL(userfaultfd),
};

/* Refused by name where a sanitizer has all else allowed. */
static const int refused[] = {
	CALL(bind),   CALL(connect),    CALL(kill),  CALL(listen), CALL(pidfd_send_signal),
	CALL(socket), CALL(socketpair), CALL(tkill),
};

struct table {
	const int *call;
	uint32_t count;
};

#define TABLE(name) \
	{ \
		name, sizeof name / sizeof *name \
	}

static const struct table tables[CALLS_LIST_COUNT][3] = {
	[CALLS_SERVER] = { TABLE(basic), TABLE(server) },
	[CALLS_SERVER_LINKS] = { TABLE(basic), TABLE(server), TABLE(links) },
	[CALLS_DOORMAN] = { TABLE(basic), TABLE(doorman) },
};

uint32_t calls_allowed(enum calls_list list)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < 3 && !SANITIZER_IS_ON; i++)
		count += tables[list][i].count;
	return count;
}

static bool is_allowed(enum calls_list list, int call)
{
	for (uint32_t i = 0; i < 3; i++) {
		for (uint32_t j = 0; j < tables[list][i].count; j++) {
			if (tables[list][i].call[j] == call)
				return true;
		}
	}
	return false;
}

static int add(scmp_filter_ctx filter, uint32_t action, const int *calls, uint32_t count)
{
	int error = 0;

	for (uint32_t i = 0; i < count && error == 0; i++) {
		error = seccomp_rule_add(filter, action, calls[i], 0);
		/* The action may be the filter's default. */
		if (error == -EACCES)
			error = 0;
	}
	return error;
}

/* Allowed for some arguments alone: memory that holds no code, threads and no processes, questions
 * about itself, its own end. */
static int add_limited(scmp_filter_ctx filter, enum calls_list list)
{
	static const unsigned asked[] = { PR_GET_NO_NEW_PRIVS, PR_GET_SECCOMP, PR_GET_DUMPABLE,
					  PR_SET_NAME, PR_GET_NAME };
	static const unsigned device[] = { TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO };
	const uint32_t yes = SCMP_ACT_ALLOW;
	int error = 0;

	if (!is_allowed(list, CALL(mmap)) && error == 0)
		error = seccomp_rule_add(filter, yes, CALL(mmap), 1,
					 SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (!is_allowed(list, CALL(mprotect)) && error == 0)
		error = seccomp_rule_add(filter, yes, CALL(mprotect), 1,
					 SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (error == 0)
		error = seccomp_rule_add(filter, yes, CALL(tgkill), 1,
					 SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
	if (list == CALLS_DOORMAN)
		return error;
	for (size_t i = 0; i < sizeof asked / sizeof *asked && error == 0; i++)
		error = seccomp_rule_add(filter, yes, CALL(prctl), 1,
					 SCMP_A0(SCMP_CMP_EQ, asked[i], 0));
	for (size_t i = 0; i < sizeof device / sizeof *device && error == 0; i++)
		error = seccomp_rule_add(filter, yes, CALL(ioctl), 1,
					 SCMP_A1(SCMP_CMP_EQ, device[i], 0));
	if (error == 0)
		error = seccomp_rule_add(filter, yes, CALL(clone), 1,
					 SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
	/* Limits are asked for, not set. */
	return error != 0 ? error :
			    seccomp_rule_add(filter, yes, CALL(prlimit64), 1,
					     SCMP_A2(SCMP_CMP_EQ, 0, 0));
}

static int rules_add(scmp_filter_ctx filter, enum calls_list list)
{
	int error = add(filter, SCMP_ACT_KILL_PROCESS, fatal, sizeof fatal / sizeof *fatal);

	if (SANITIZER_IS_ON) {
		for (size_t i = 0; i < sizeof refused / sizeof *refused && error == 0; i++) {
			if (!is_allowed(list, refused[i]))
				error = add(filter, SCMP_ACT_ERRNO(EPERM), &refused[i], 1);
		}
		return error;
	}
	if (error == 0)
		error = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, CALL(ptrace), 0);
	for (uint32_t i = 0; i < 3 && error == 0; i++)
		error = add(filter, SCMP_ACT_ALLOW, tables[list][i].call, tables[list][i].count);
	if (error == 0)
		error = add_limited(filter, list);
	/* What a program may ask for with an answer of no: a library takes these for final. */
	for (size_t i = 0; i < sizeof refused / sizeof *refused && error == 0; i++) {
		if (!is_allowed(list, refused[i]))
			error = add(filter, SCMP_ACT_ERRNO(EPERM), &refused[i], 1);
	}
	return error;
}

struct fault calls_close(enum calls_list list)
{
	scmp_filter_ctx filter = seccomp_init(SANITIZER_IS_ON ? SCMP_ACT_ALLOW :
								SCMP_ACT_ERRNO(ENOSYS));

	if (filter == NULL)
		return fault_of(FAULT_LIMIT, 0);
	/* No code of strangers runs here: the kernel need not slow ours down for it. */
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	int error = rules_add(filter, list);
	if (error == 0)
		error = seccomp_load(filter);
	seccomp_release(filter);
	if (error == 0)
		return fault_none();
	return error == -ENOSYS || error == -EINVAL ? fault_of(FAULT_ABSENT, 0) :
						      fault_of(FAULT_SYSTEM, (uint16_t)-error);
}
