/* sys/calls.c — tables of system calls, made into a filter.
 *
 * Their numbers are those of libseccomp's header, which knows each machine's, and gives one below 0
 * for a call that this one has not.  A sanitizer's runtime calls what the program does not, so such
 * a build allows all but what is refused by name. */
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

#include "base/check.h"
#include "sys/filter.h"
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
	CALL(rt_sigtimedwait),
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
	CALL(dup3),
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

static void say_all(struct filter *filter, uint32_t action, const int *calls, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		filter_say(filter, calls[i], action);
}

/* Allowed for some arguments alone: memory that holds no code, threads and no processes, questions
 * about itself, its own end. */
static void say_limited(struct filter *filter, enum calls_list list)
{
	const struct filter_limit all[] = {
		{ CALL(mmap), 2, false, PROT_EXEC, 1, { 0 } },
		{ CALL(mprotect), 2, false, PROT_EXEC, 1, { 0 } },
		{ CALL(tgkill), 0, false, UINT32_MAX, 1, { (uint32_t)getpid() } },
	};
	static const struct filter_limit servers[] = {
		{ CALL(prctl),
		  0,
		  false,
		  UINT32_MAX,
		  5,
		  { PR_GET_NO_NEW_PRIVS, PR_GET_SECCOMP, PR_GET_DUMPABLE, PR_SET_NAME,
		    PR_GET_NAME } },
		{ CALL(ioctl), 1, false, UINT32_MAX, 4, { TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO } },
		{ CALL(clone), 0, false, CLONE_THREAD, 1, { CLONE_THREAD } },
		/* Limits are asked for, not set. */
		{ CALL(prlimit64), 2, true, UINT32_MAX, 1, { 0 } },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		filter_allow_if(filter, &all[i]);
	for (size_t i = 0; i < sizeof servers / sizeof *servers && list != CALLS_DOORMAN; i++)
		filter_allow_if(filter, &servers[i]);
}

/* What a program may ask for with an answer of no: a library takes these for final. */
static void say_refused(struct filter *filter, enum calls_list list)
{
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		if (!is_allowed(list, refused[i]))
			filter_say(filter, refused[i], SECCOMP_RET_ERRNO | EPERM);
	}
}

struct fault calls_close(enum calls_list list)
{
	struct filter filter;

	CHECK(list < CALLS_LIST_COUNT);
	filter_init(&filter, SANITIZER_IS_ON ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | ENOSYS);
	say_all(&filter, SECCOMP_RET_KILL_PROCESS, fatal, sizeof fatal / sizeof *fatal);
	if (!SANITIZER_IS_ON) {
		filter_say(&filter, CALL(ptrace), SECCOMP_RET_KILL_PROCESS);
		for (uint32_t i = 0; i < 3; i++)
			say_all(&filter, SECCOMP_RET_ALLOW, tables[list][i].call,
				tables[list][i].count);
		say_limited(&filter, list);
	}
	say_refused(&filter, list);
	return filter_load(&filter);
}
