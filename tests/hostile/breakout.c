/* hostile/breakout.c — from inside a confined exchange, as code of an intruder would: breakout
 * [--open].
 *
 * Each attempt runs in a child that was confined as plenum serve is, by the same functions.  It
 * must be stopped: by an error, or by the end of the child; what an exchange needs must go on.
 * With --open nothing is confined: then every attempt must succeed, or the test shows nothing. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/confine.h"
#include "sys/dial.h"
#include "sys/sanitizer.h"

#define LIMIT_S 10u
#define LAN_PORT 1 /* nobody listens there */
#define DATABASE_PORT 5
#define DATABASE "postgresql://plenum@127.0.0.1:5/plenum"

static char folder[] = "/tmp/plenum-breakout-XXXXXX";
static char outside[64];
static char inside[64];
static struct confine confine;
static pid_t stranger;

/* Zero: it was done. */
typedef int (*attempt)(void);

static int result(int64_t value)
{
	return value >= 0 ? 0 : errno != 0 ? errno : EIO;
}

/* --- attempts --------------------------------------------------------------------------------- */

static int run_program(void)
{
	char *words[] = { (char[]){ "true" }, NULL };
	char *none[] = { NULL };

	return result(execve("/bin/true", words, none));
}

static void *run_in_thread(void *context)
{
	*(int *)context = run_program();
	return NULL;
}

static int run_from_thread(void)
{
	pthread_t thread;
	int error = 0;

	if (pthread_create(&thread, NULL, run_in_thread, &error) != 0)
		return 0; /* which must be possible */
	(void)pthread_join(thread, NULL);
	return error;
}

static int fork_process(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	return result(child);
}

static int read_outside(void)
{
	return result(open("/etc/hostname", O_RDONLY));
}

static int read_memory(void)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%d/mem", (int)stranger);
	return result(open(path, O_RDONLY));
}

static int write_outside(void)
{
	return result(open(outside, O_WRONLY | O_CREAT, 0600));
}

static int carry_outside(void)
{
	int fd = open(inside, O_WRONLY | O_CREAT, 0600);

	if (fd < 0)
		return 0;
	(void)close(fd);
	return result(rename(inside, outside));
}

static int link_outside(void)
{
	(void)unlink(inside);
	return result(symlink("/etc", inside));
}

static int make_device(void)
{
	(void)unlink(inside);
	return result(mknod(inside, S_IFIFO | 0600, 0));
}

static int make_socket(void)
{
	return result(socket(AF_INET, SOCK_STREAM, 0));
}

static int make_local_socket(void)
{
	return result(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int make_pair(void)
{
	int pair[2];

	return result(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
}

static int connect_to(uint16_t port)
{
	struct sockaddr_in name = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		return result(fd);
	if (connect(fd, (struct sockaddr *)&name, sizeof name) != 0 && errno != ECONNREFUSED)
		return errno;
	return 0;
}

static int connect_elsewhere(void)
{
	return connect_to(DATABASE_PORT + 1);
}

static int connect_database(void)
{
	return connect_to(DATABASE_PORT);
}

static int listen_anew(void)
{
	struct sockaddr_in name = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof name) != 0)
		return result(-1);
	return result(listen(fd, 1));
}

static int doorman_to(const char *address)
{
	struct port_endpoint to = { .port = LAN_PORT };
	struct address any = { .family = FAMILY_IPV4 };
	struct port_secret none = { 0 };
	int fd = -1;

	(void)address_parse(address, &to.address);
	struct fault fault = confine.doorman.helper.process == 0 ?
				     dial_begin(&any, &to, &none, &fd) :
				     doorman_connect(&confine.doorman, &any, &to, &none, &fd);
	return !failed(fault) || fault.code == ECONNREFUSED ? 0 : fault.code;
}

static int doorman_elsewhere(void)
{
	return doorman_to("127.0.0.1");
}

static int doorman_lan(void)
{
	return doorman_to("127.1.0.9");
}

static int doorman_cache(void)
{
	struct port_endpoint to = { .port = 3323 };
	struct address any = { .family = FAMILY_IPV4 };
	struct port_secret none = { 0 };
	int fd = -1;

	(void)address_parse("127.2.0.1", &to.address);
	if (confine.doorman.helper.process == 0)
		return 0;
	struct fault fault = doorman_connect(&confine.doorman, &any, &to, &none, &fd);
	return !failed(fault) || fault.code == ECONNREFUSED ? 0 : fault.code;
}

static int trace(void)
{
	return result(ptrace(PTRACE_ATTACH, stranger, NULL, NULL));
}

static int look_into(void)
{
	char octets[16];
	struct iovec here = { octets, sizeof octets };
	struct iovec there = { (void *)(uintptr_t)&confine, sizeof octets };

	return result(process_vm_readv(stranger, &here, 1, &there, 1, 0));
}

static int kill_another(void)
{
	return result(kill(stranger, SIGCONT));
}

static int become_another(void)
{
	return result(setuid(65534));
}

static int take_capability(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct set[2] = { 0 };

	return result(syscall(SYS_capget, &header, set) == 0 ? syscall(SYS_capset, &header, set) :
							       -1);
}

static int mount_something(void)
{
	return result(mount("none", folder, "tmpfs", 0, NULL));
}

static int make_namespace(void)
{
	return result(unshare(CLONE_NEWNET));
}

static int run_own_code(void)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);

	return at == MAP_FAILED ? errno : 0;
}

static int make_code(void)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? 0 : result(mprotect(at, 4096, PROT_READ | PROT_EXEC));
}

static int allow_core(void)
{
	struct rlimit all = { 4096, 4096 };

	return result(setrlimit(RLIMIT_CORE, &all));
}

static int allow_dump(void)
{
	return result(prctl(PR_SET_DUMPABLE, 1));
}

static int core_is_allowed(void)
{
	struct rlimit core = { 0, 0 };

	return getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0 &&
			       (prctl(PR_GET_DUMPABLE) == 0 || SANITIZER_IS_ON) ?
		       EPERM :
		       0;
}

static int write_inside(void)
{
	int fd = open(inside, O_RDWR | O_CREAT, 0600);

	return fd < 0 || write(fd, "x", 1) != 1 || unlink(inside) != 0 ? errno : 0;
}

static int read_null(void)
{
	return result(open("/dev/null", O_RDONLY));
}

static void *nothing(void *context)
{
	return context;
}

static int make_thread(void)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, nothing, NULL);

	return error != 0 ? error : pthread_join(thread, NULL);
}

/* --- the table -------------------------------------------------------------------------------- */

enum needs {
	NEEDS_NOTHING = 0,
	NEEDS_FILES, /* a kernel with Landlock */
	NEEDS_PORTS, /* Landlock ABI 4 */
	NEEDS_WHOLE, /* no sanitizer, which has more calls allowed */
	NEEDS_ROOT,  /* to be done even when nothing is confined */
};

static const struct row {
	const char *name;
	attempt attempt;
	bool must_work;
	bool has_database; /* confined as with PostgreSQL */
	enum needs needs;
} rows[] = {
	{ "run a program", run_program, false, false, NEEDS_NOTHING },
	{ "run a program from a thread", run_from_thread, false, false, NEEDS_NOTHING },
	{ "run a program, with a database", run_program, false, true, NEEDS_NOTHING },
	{ "fork", fork_process, false, false, NEEDS_WHOLE },
	{ "read a file of the system", read_outside, false, false, NEEDS_WHOLE },
	{ "read another's memory", read_memory, false, false, NEEDS_FILES },
	{ "write elsewhere", write_outside, false, false, NEEDS_FILES },
	{ "move a file elsewhere", carry_outside, false, false, NEEDS_FILES },
	{ "link to elsewhere", link_outside, false, false, NEEDS_FILES },
	{ "make a device", make_device, false, false, NEEDS_FILES },
	{ "make a socket", make_socket, false, false, NEEDS_NOTHING },
	{ "make a local socket", make_local_socket, false, false, NEEDS_NOTHING },
	{ "make a pair of sockets", make_pair, false, false, NEEDS_NOTHING },
	{ "connect", connect_elsewhere, false, false, NEEDS_NOTHING },
	{ "connect, with a database", connect_elsewhere, false, true, NEEDS_PORTS },
	{ "listen", listen_anew, false, false, NEEDS_NOTHING },
	{ "listen, with a database", listen_anew, false, true, NEEDS_PORTS },
	{ "have the helper connect elsewhere", doorman_elsewhere, false, false, NEEDS_NOTHING },
	{ "trace another process", trace, false, false, NEEDS_WHOLE },
	{ "look into another process", look_into, false, false, NEEDS_ROOT },
	{ "signal another process", kill_another, false, false, NEEDS_NOTHING },
	{ "become another user", become_another, false, false, NEEDS_ROOT },
	{ "set capabilities", take_capability, false, false, NEEDS_NOTHING },
	{ "mount", mount_something, false, false, NEEDS_ROOT },
	{ "make a namespace", make_namespace, false, false, NEEDS_ROOT },
	{ "map memory to run", run_own_code, false, false, NEEDS_WHOLE },
	{ "make memory run", make_code, false, false, NEEDS_WHOLE },
	{ "allow core files", allow_core, false, false, NEEDS_WHOLE },
	{ "allow others to look inside", allow_dump, false, false, NEEDS_WHOLE },
	{ "leave a core file", core_is_allowed, false, false, NEEDS_NOTHING },
	{ "its own files", write_inside, true, false, NEEDS_NOTHING },
	{ "/dev/null", read_null, true, false, NEEDS_NOTHING },
	{ "threads", make_thread, true, false, NEEDS_NOTHING },
	{ "the LAN, through the helper", doorman_lan, true, false, NEEDS_NOTHING },
	{ "a cache, through the helper", doorman_cache, true, false, NEEDS_NOTHING },
	{ "the database", connect_database, true, true, NEEDS_NOTHING },
};

/* --- one row ---------------------------------------------------------------------------------- */

static void config_fill(struct exchange_config *config, bool has_database)
{
	config->exchange.lan_count = 1;
	bool had_host_bits = false;
	(void)prefix_parse("127.1.0.0/16", &config->exchange.lan[0], &had_host_bits);
	config->rtr_cache.count = 1;
	config->rtr_cache.at[0].port = 3323;
	(void)address_parse("127.2.0.1", &config->rtr_cache.at[0].address);
	if (has_database)
		(void)exchange_take_database(config, DATABASE);
}

/* In the child: 0 = it was done, 1 = it was refused, 2 = it could not be confined. */
static int row_run(const struct row *row, bool is_open)
{
	static struct exchange_config config;
	static struct complaints complaints;

	config_fill(&config, row->has_database);
	if (!is_open && (!confine_begin(&confine, folder, &config, NULL, &complaints) ||
			 !confine_close(&confine, folder, &config, &complaints))) {
		(void)fprintf(stderr, "# %s\n",
			      complaints.count != 0 ? complaints.list[0].text : "not confined");
		return 2;
	}
	errno = 0;
	return row->attempt() == 0 ? 0 : 1;
}

static bool is_skipped(const struct row *row, bool is_open)
{
	int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, 1);

	switch (row->needs) {
	case NEEDS_FILES:
		return !is_open && abi < 1;
	case NEEDS_PORTS:
		return !is_open && abi < 4;
	case NEEDS_WHOLE:
		return SANITIZER_IS_ON || (!is_open && abi < 1);
	case NEEDS_ROOT:
		return is_open && geteuid() != 0;
	case NEEDS_NOTHING:
		break;
	}
	return false;
}

static bool row_holds(const struct row *row, bool is_open)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		(void)alarm(LIMIT_S);
		_exit(row_run(row, is_open));
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return false;
	bool is_done = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	bool is_stopped = (WIFEXITED(status) && WEXITSTATUS(status) == 1) ||
			  (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
	return is_open || row->must_work ? is_done : is_stopped;
}

static void folders_make(void)
{
	if (mkdtemp(folder) == NULL)
		_exit(2);
	(void)snprintf(outside, sizeof outside, "%s.outside", folder);
	(void)snprintf(inside, sizeof inside, "%s/file", folder);
	stranger = fork();
	while (stranger == 0)
		(void)pause();
}

int main(int argc, char **argv)
{
	bool is_open = argc > 1 && strcmp(argv[1], "--open") == 0;
	size_t count = sizeof rows / sizeof *rows;
	int failures = 0;

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	folders_make();
	(void)printf("1..%zu\n", count);
	for (size_t i = 0; i < count; i++) {
		const char *word = rows[i].must_work || is_open ? "works" : "is stopped";
		if (is_skipped(&rows[i], is_open)) {
			(void)printf("ok %zu - %s %s # SKIP not on this kernel, user or build\n",
				     i + 1, rows[i].name, word);
			continue;
		}
		bool holds = row_holds(&rows[i], is_open);
		failures += holds ? 0 : 1;
		(void)printf("%sok %zu - %s %s\n", holds ? "" : "not ", i + 1, rows[i].name, word);
		(void)unlink(inside);
		(void)unlink(outside);
		(void)umount(folder);
	}
	(void)kill(stranger, SIGKILL);
	(void)rmdir(folder);
	return failures == 0 ? 0 : 1;
}
