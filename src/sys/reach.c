/* sys/reach.c — Landlock through its three system calls; the C library has no names for them, and
 * headers may be older than the kernel. */
#include "sys/reach.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/check.h"
#include "sys/fault.h"
#include "sys/sanitizer.h"

/* linux/landlock.h as of ABI 6. */
#define FS_EXECUTE (UINT64_C(1) << 0)
#define FS_WRITE_FILE (UINT64_C(1) << 1)
#define FS_READ_FILE (UINT64_C(1) << 2)
#define FS_READ_DIR (UINT64_C(1) << 3)
#define FS_REMOVE_DIR (UINT64_C(1) << 4)
#define FS_REMOVE_FILE (UINT64_C(1) << 5)
#define FS_MAKE_DIR (UINT64_C(1) << 7)
#define FS_MAKE_REG (UINT64_C(1) << 8)
#define FS_REFER (UINT64_C(1) << 13)
#define FS_TRUNCATE (UINT64_C(1) << 14)
#define NET_BIND_TCP (UINT64_C(1) << 0)
#define NET_CONNECT_TCP (UINT64_C(1) << 1)
#define SCOPE_ABSTRACT_UNIX (UINT64_C(1) << 0)
#define SCOPE_SIGNAL (UINT64_C(1) << 1)
#define RULE_PATH 1
#define RULE_PORT 2

#define FS_OF_FILES (FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE)
#define FS_OF_READERS (FS_READ_FILE | FS_READ_DIR)
#define FS_OF_WRITERS \
	(FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR | FS_MAKE_REG | FS_REFER | \
	 FS_TRUNCATE)

struct ruleset {
	uint64_t files;
	uint64_t ports;
	uint64_t scopes;
};

struct port_rule {
	uint64_t allowed;
	uint64_t port;
};

/* What each ABI can hold. */
static const uint64_t files_of[] = { 0, 0x1fff, 0x3fff, 0x7fff, 0x7fff, 0xffff };
#define FILES_ABI_MAX (sizeof files_of / sizeof *files_of - 1)
#define PORTS_ABI 4u
#define SCOPES_ABI 6u

void reach_add(struct reach *reach, const char *path, uint32_t rights)
{
	CHECK(reach->path_count < REACH_PATHS_MAX);
	reach->path[reach->path_count] = path;
	reach->right[reach->path_count++] = (uint8_t)rights;
}

static struct fault path_allow(int ruleset, const char *path, uint32_t rights, uint64_t known)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = ((rights & REACH_READ) != 0 ? FS_OF_READERS : 0) |
				  ((rights & REACH_WRITE) != 0 ? FS_OF_WRITERS : 0),
		.parent_fd = open(path, O_PATH | O_CLOEXEC),
	};
	struct stat status;

	if (rule.parent_fd < 0)
		return errno == ENOENT ? fault_none() : system_fault();
	if (fstat(rule.parent_fd, &status) == 0 && !S_ISDIR(status.st_mode))
		rule.allowed_access &= FS_OF_FILES;
	rule.allowed_access &= known;
	bool is_added = syscall(SYS_landlock_add_rule, ruleset, RULE_PATH, &rule, 0) == 0;
	struct fault fault = is_added ? fault_none() : system_fault();
	(void)close(rule.parent_fd);
	return fault;
}

static struct fault rules_add(int ruleset, const struct reach *reach, const struct ruleset *held)
{
	for (uint32_t i = 0; i < reach->path_count; i++)
		TRY(path_allow(ruleset, reach->path[i], reach->right[i], held->files));
	/* Its runtime reads its own memory map and the program. */
	if (SANITIZER_IS_ON)
		TRY(path_allow(ruleset, "/", REACH_READ, held->files));
	for (uint32_t i = 0; i < reach->port_count && held->ports != 0; i++) {
		struct port_rule rule = { NET_CONNECT_TCP, reach->port[i] };
		if (syscall(SYS_landlock_add_rule, ruleset, RULE_PORT, &rule, 0) != 0)
			return system_fault();
	}
	return syscall(SYS_landlock_restrict_self, ruleset, 0) == 0 ? fault_none() : system_fault();
}

struct fault reach_close(struct reach *reach)
{
	int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
			       LANDLOCK_CREATE_RULESET_VERSION);

	reach->abi = 0;
	if (abi <= 0)
		return fault_of(FAULT_ABSENT, 0);
	uint32_t known = (uint32_t)abi;
	struct ruleset held = {
		.files = files_of[known < FILES_ABI_MAX ? known : FILES_ABI_MAX],
		/* To bind a local address is to bind a port. */
		.ports = known < PORTS_ABI || reach->is_any_port ? 0 :
								   NET_BIND_TCP | NET_CONNECT_TCP,
		.scopes = known < SCOPES_ABI ? 0 : SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL,
	};
	size_t len = known < PORTS_ABI ? sizeof held.files : sizeof held;
	if (known >= PORTS_ABI && known < SCOPES_ABI)
		len = sizeof held.files + sizeof held.ports;
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &held, len, 0);
	if (ruleset < 0)
		return system_fault();
	struct fault fault = rules_add(ruleset, reach, &held);
	(void)close(ruleset);
	if (!failed(fault))
		reach->abi = known;
	return fault;
}
