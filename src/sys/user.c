/* sys/user.c — users by name, by number and by what they own. */
#include "sys/user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/fault.h"
#include "sys/rights.h"

static void user_fill(uid_t uid, gid_t gid, struct user *out)
{
	const struct passwd *entry = getpwuid(uid);

	*out = (struct user){ .uid = uid, .gid = entry != NULL ? entry->pw_gid : gid };
	if (entry != NULL)
		(void)snprintf(out->name, sizeof out->name, "%s", entry->pw_name);
	else
		(void)snprintf(out->name, sizeof out->name, "%u", uid);
}

void user_self(struct user *out)
{
	user_fill(geteuid(), getegid(), out);
	out->gid = getegid();
}

struct fault user_find(const char *name, struct user *out)
{
	const struct passwd *entry = getpwnam(name);

	if (entry == NULL)
		return fault_of(FAULT_ABSENT, 0);
	*out = (struct user){ .uid = entry->pw_uid, .gid = entry->pw_gid };
	(void)snprintf(out->name, sizeof out->name, "%s", entry->pw_name);
	return fault_none();
}

struct fault user_owner_of(const char *path, struct user *out)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return system_fault();
	user_fill(status.st_uid, status.st_gid, out);
	return fault_none();
}

static bool groups_take(const struct user *user)
{
	bool is_known = getpwuid(user->uid) != NULL;

	return is_known ? initgroups(user->name, user->gid) == 0 : setgroups(0, NULL) == 0;
}

struct fault user_become(const struct user *user)
{
	if (user->uid == geteuid() && user->uid == getuid())
		return fault_none();
	if (prctl(PR_SET_KEEPCAPS, 1) != 0 || !groups_take(user) ||
	    setresgid(user->gid, user->gid, user->gid) != 0 ||
	    setresuid(user->uid, user->uid, user->uid) != 0)
		return system_fault();
	/* Libraries look for their files there, and root's are not ours any more. */
	const struct passwd *entry = getpwuid(user->uid);
	return setenv("HOME", entry != NULL ? entry->pw_dir : "/nonexistent", 1) == 0 ?
		       fault_none() :
		       system_fault();
}
