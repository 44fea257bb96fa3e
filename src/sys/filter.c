/* sys/filter.c — steps in a row: the machine, then the calls one by one.
 *
 * What is answered without a look at arguments costs nothing: the kernel keeps a bit for each call
 * (Linux 5.11).  So the order is no question of speed. */
#include "sys/filter.h"

#include <endian.h>
#include <errno.h>
#include <linux/audit.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/check.h"
#include "sys/fault.h"

/* Machines on which a call's arguments stand as here, whole, in 64 bits each. */
#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define MACHINE AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && __BYTE_ORDER == __LITTLE_ENDIAN
#define MACHINE AUDIT_ARCH_PPC64LE
#else
#define MACHINE 0
#endif
#define OTHER_SIZE_BIT 0x40000000u /* x86-64: the call is one of x32 */
#define UPPER_OCTET (__BYTE_ORDER == __LITTLE_ENDIAN ? 4u : 0u)
#define LOWER_OCTET (4u - UPPER_OCTET)

static void put(struct filter *filter, uint16_t code, uint32_t value)
{
	CHECK(filter->count < FILTER_STEPS_MAX);
	filter->step[filter->count++] = (struct sock_filter)BPF_STMT(code, value);
}

static void put_jump(struct filter *filter, uint32_t value, uint8_t steps_if, uint8_t steps_if_not)
{
	CHECK(filter->count < FILTER_STEPS_MAX);
	filter->step[filter->count++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
								     value, steps_if, steps_if_not);
}

static void put_load(struct filter *filter, size_t at_octet)
{
	put(filter, BPF_LD | BPF_W | BPF_ABS, (uint32_t)at_octet);
}

void filter_init(struct filter *filter, uint32_t otherwise)
{
	filter->count = 0;
	filter->otherwise = otherwise;
	put_load(filter, offsetof(struct seccomp_data, arch));
	put_jump(filter, MACHINE, 1, 0);
	put(filter, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	put_load(filter, offsetof(struct seccomp_data, nr));
	if (MACHINE != AUDIT_ARCH_X86_64)
		return;
	CHECK(filter->count < FILTER_STEPS_MAX);
	filter->step[filter->count++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K,
								     OTHER_SIZE_BIT, 0, 1);
	put(filter, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
}

void filter_say(struct filter *filter, int call, uint32_t action)
{
	if (call < 0)
		return;
	put_jump(filter, (uint32_t)call, 0, 1);
	put(filter, BPF_RET | BPF_K, action);
}

void filter_allow_if(struct filter *filter, const struct filter_limit *limit)
{
	size_t at = offsetof(struct seccomp_data, args) + limit->argument * sizeof(uint64_t);

	CHECK(limit->value_count <= FILTER_VALUES_MAX);
	CHECK(!limit->is_pointer || limit->value_count == 1);
	if (limit->call < 0)
		return;
	uint32_t first = filter->count;
	put_jump(filter, (uint32_t)limit->call, 0, 0);
	if (limit->is_pointer) {
		put_load(filter, at + UPPER_OCTET);
		put_jump(filter, 0, 1, 0);
		put(filter, BPF_RET | BPF_K, filter->otherwise);
	}
	put_load(filter, at + LOWER_OCTET);
	put(filter, BPF_ALU | BPF_AND | BPF_K, limit->mask);
	for (uint32_t i = 0; i < limit->value_count; i++) {
		put_jump(filter, limit->value[i], 0, 1);
		put(filter, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	}
	put(filter, BPF_RET | BPF_K, filter->otherwise);
	filter->step[first].jf = (uint8_t)(filter->count - first - 1);
}

struct fault filter_load(struct filter *filter)
{
	struct sock_fprog program = { .filter = filter->step };

	if (MACHINE == 0)
		return fault_of(FAULT_ABSENT, 0);
	put(filter, BPF_RET | BPF_K, filter->otherwise);
	program.len = (uint16_t)filter->count;
	/* No code of strangers runs here: ours need not be slowed down for it (Linux 4.17). */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW,
		    &program) == 0 ||
	    (errno == EINVAL && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0))
		return fault_none();
	return errno == ENOSYS || errno == EINVAL ? fault_of(FAULT_ABSENT, 0) : system_fault();
}
