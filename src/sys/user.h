/* sys/user.h — the user this process acts as.
 * Owns    nothing
 * Faults  SYSTEM: the kernel refused; code is errno · ABSENT: there is no such user
 * Thread  the process's first, before there are others */
#ifndef SYS_USER_H
#define SYS_USER_H

#include <sys/types.h>

#include "base/fault.h"

#define USER_NAME_MAX 64u

struct user {
	uid_t uid;
	gid_t gid;
	char name[USER_NAME_MAX]; /* the number in digits when it has no name */
};

void user_self(struct user *out);
MUST_USE struct fault user_find(const char *name, struct user *out);
MUST_USE struct fault user_owner_of(const char *path, struct user *out);

/* For good: real, effective and saved, and its groups.  Of the capabilities CAP_NET_BIND_SERVICE
 * stays, for sys/rights.h to give up.  Only root can become another. */
MUST_USE struct fault user_become(const struct user *user);

#endif
