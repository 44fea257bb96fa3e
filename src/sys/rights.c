/* sys/rights.c — rights given up, for good. */
#include "sys/rights.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/fault.h"
#include "sys/sanitizer.h"

#define SETS 2u /* of 32 capabilities each */

static struct fault capabilities_read(struct __user_cap_data_struct out[SETS])
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return syscall(SYS_capget, &header, out) == 0 ? fault_none() : system_fault();
}

/* At most those of `wanted`. */
static struct fault capabilities_keep(uint64_t wanted)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct set[SETS];

	TRY(capabilities_read(set));
	for (uint32_t i = 0; i < SETS; i++) {
		set[i].permitted &= (uint32_t)(wanted >> (32 * i));
		set[i].effective = set[i].permitted;
		set[i].inheritable = 0;
	}
	return syscall(SYS_capset, &header, set) == 0 ? fault_none() : system_fault();
}

struct fault rights_close_memory(void)
{
	struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) != 0)
		return system_fault();
	/* The leak check of the address sanitizer looks inside from a thread of its own. */
	if (!SANITIZER_IS_ON && prctl(PR_SET_DUMPABLE, 0) != 0)
		return system_fault();
	return fault_none();
}

/* The bounding set can be left only with CAP_SETPCAP; without it nothing can be regained either. */
static void bounding_set_leave(void)
{
	for (unsigned long capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; capability++)
		(void)prctl(PR_CAPBSET_DROP, capability);
}

struct fault rights_shrink(void)
{
	TRY(capabilities_keep(UINT64_MAX)); /* a change of user left them without effect */
	bounding_set_leave();
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	TRY(capabilities_keep(UINT64_C(1) << CAP_NET_BIND_SERVICE));
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? fault_none() : system_fault();
}

struct fault rights_drop(void)
{
	return capabilities_keep(0);
}

void rights_look(struct rights *out)
{
	struct __user_cap_data_struct set[SETS] = { 0 };
	struct rlimit core = { RLIM_INFINITY, RLIM_INFINITY };

	if (failed(capabilities_read(set)))
		set[0].permitted = UINT32_MAX;
	*out = (struct rights){
		.capabilities = (uint64_t)set[1].permitted << 32 | set[0].permitted,
		.no_new_privileges = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1,
		.no_core_files = getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0,
		.has_filter = prctl(PR_GET_SECCOMP) == 2, /* SECCOMP_MODE_FILTER */
	};
}
