/* server/confine.c — who the exchange is and what it can reach. */
#include "server/confine.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/store.h"
#include "sys/calls.h"
#include "sys/fault.h"
#include "sys/process.h"
#include "sys/reach.h"
#include "sys/rights.h"
#include "sys/sanitizer.h"

#define FILES_WANTED 65536u

static_assert(DOORMAN_NETWORKS_MAX >= PLAN_LANS_MAX, "every LAN has its place");
static_assert(DOORMAN_ENDPOINTS_MAX >= EXCHANGE_DOORS_MAX, "every cache has its place");

static bool system_complain(struct fault fault, const char *what, struct complaints *complaints)
{
	if (failed(fault))
		complain(complaints, false, "%s: %s", what, system_word(fault));
	return !failed(fault);
}

/* --- the user --------------------------------------------------------------------------------- */

static bool user_choose(const char *directory, const char *name, struct user *out,
			struct complaints *complaints)
{
	struct user self;

	user_self(&self);
	if (name == NULL && self.uid != 0) {
		*out = self;
		return true;
	}
	if (name == NULL)
		return system_complain(user_owner_of(directory, out), directory, complaints);
	if (failed(user_find(name, out))) {
		complain(complaints, false,
			 "user \"%s\": there is no such user; make one (useradd --system %s), or "
			 "leave it out for the one %s belongs to",
			 name, name, directory);
		return false;
	}
	if (self.uid == 0 || self.uid == out->uid)
		return true;
	complain(complaints, false,
		 "user \"%s\": only root can become another user, and this is %s; start plenum "
		 "serve "
		 "as root or as %s",
		 name, self.name, name);
	return false;
}

static bool user_take(struct confine *confine, const char *directory, struct complaints *complaints)
{
	struct fault fault = user_become(&confine->user);

	if (failed(fault)) {
		complain(
			complaints, false,
			"cannot become user %s, whom %s belongs to: %s; start plenum serve as that "
			"user, or with CAP_SETUID and CAP_SETGID",
			confine->user.name, directory, strerror(fault.code));
		return false;
	}
	if (access(directory, R_OK | W_OK | X_OK) == 0)
		return true;
	complain(complaints, false,
		 "%s: user %s, as which plenum serves, cannot write there: %s; chown -R %s %s, or "
		 "name another with --user",
		 directory, confine->user.name, strerror(errno), confine->user.name, directory);
	return false;
}

/* --- the helpers ------------------------------------------------------------------------------ */

static void doorman_rules_fill(const struct exchange_config *config, struct doorman_rules *out)
{

	*out = (struct doorman_rules){ .endpoint_count = config->rtr_cache.count,
				       .network_count = config->exchange.lan_count };
	for (uint32_t i = 0; i < out->endpoint_count; i++)
		out->endpoint[i] = config->rtr_cache.at[i];
	for (uint32_t i = 0; i < out->network_count; i++)
		out->network[i] = config->exchange.lan[i];
}

static bool helpers_begin(struct confine *confine, const struct exchange_config *config,
			  struct complaints *complaints)
{
	static const char what[] = "cannot start a helper process";
	struct doorman_rules rules;

	doorman_rules_fill(config, &rules);
	if (!system_complain(doorman_begin(&confine->doorman, &rules), what, complaints))
		return false;
	return config->irr_server[0] == '\0' ||
	       system_complain(irr_helper_begin(&confine->irr_helper), what, complaints);
}

bool confine_begin(struct confine *confine, const char *directory,
		   const struct exchange_config *config, const char *user,
		   struct complaints *complaints)
{
	const char *name = user != NULL ? user : config->user[0] != '\0' ? config->user : NULL;

	*confine = (struct confine){ 0 };
	(void)process_files_max(FILES_WANTED);
	if (user_choose(directory, name, &confine->user, complaints) &&
	    helpers_begin(confine, config, complaints) &&
	    user_take(confine, directory, complaints) &&
	    system_complain(rights_shrink(), "cannot give up capabilities", complaints) &&
	    system_complain(rights_close_memory(), "cannot forbid core files", complaints))
		return true;
	confine_end(confine);
	return false;
}

void confine_end(struct confine *confine)
{
	doorman_end(&confine->doorman);
	irr_helper_end(&confine->irr_helper);
}

/* --- what it reaches -------------------------------------------------------------------------- */

/* Paths that live as long as the rules are made. */
struct paths {
	char rpki[PATH_MAX];
	char irr[PATH_MAX];
	char pgpass[PATH_MAX];
	char certificates[PATH_MAX];
};

/* A file that another of its name replaces is seen through its folder, the nearest there is. */
static void folder_of(const char *directory, const char *name, char out[PATH_MAX])
{
	int len = name[0] == '/' ? snprintf(out, PATH_MAX, "%s", name) :
				   snprintf(out, PATH_MAX, "%s/%s", directory, name);

	if (len <= 0 || len >= PATH_MAX)
		(void)snprintf(out, PATH_MAX, "%s", directory);
	do {
		char *last = strrchr(out, '/');
		if (last == NULL)
			(void)snprintf(out, PATH_MAX, ".");
		else
			last[last == out ? 1 : 0] = '\0';
	} while (access(out, F_OK) != 0);
}

/* What libpq and the resolver read: names, addresses, keys. */
static void links_reach(const char *database, struct paths *paths, struct reach *reach)
{
	static const char *const folders[] = { "/etc", "/usr/lib", "/lib", "/lib64", "/usr/share" };
	const char *home = getenv("HOME");

	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		reach_add(reach, folders[i], REACH_READ);
	if (home != NULL) {
		(void)snprintf(paths->pgpass, PATH_MAX, "%s/.pgpass", home);
		(void)snprintf(paths->certificates, PATH_MAX, "%s/.postgresql", home);
		reach_add(reach, paths->pgpass, REACH_READ);
		reach_add(reach, paths->certificates, REACH_READ);
	}
	if (getenv("PGPASSFILE") != NULL)
		reach_add(reach, getenv("PGPASSFILE"), REACH_READ);
	reach->port_count = store_url_ports(database, reach->port, REACH_PORTS_MAX);
}

static void reach_fill(const char *directory, const struct exchange_config *config,
		       struct paths *paths, struct reach *reach)
{
	reach_add(reach, directory, REACH_READ | REACH_WRITE);
	reach_add(reach, "/dev/null", REACH_READ | REACH_WRITE);
	if (config->rpki_file[0] != '\0') {
		folder_of(directory, config->rpki_file, paths->rpki);
		reach_add(reach, paths->rpki, REACH_READ);
	}
	if (config->irr_files[0] != '\0') {
		folder_of(directory, config->irr_files, paths->irr);
		reach_add(reach, paths->irr, REACH_READ);
	}
	if (config->database[0] != '\0')
		links_reach(config->database, paths, reach);
}

/* A kernel without one of them serves all the same; show status says so. */
static bool is_held(struct fault fault, const char *what, struct complaints *complaints)
{
	return fault.kind == FAULT_ABSENT || system_complain(fault, what, complaints);
}

bool confine_close(struct confine *confine, const char *directory,
		   const struct exchange_config *config, struct complaints *complaints)
{
	static struct paths paths;
	struct reach reach = { 0 };
	bool has_links = config->database[0] != '\0';

	reach_fill(directory, config, &paths, &reach);
	confine->opens_sockets = has_links;
	confine->is_closed = system_complain(rights_drop(), "cannot give up capabilities",
					     complaints) &&
			     is_held(reach_close(&reach), "cannot hold files (Landlock)",
				     complaints) &&
			     is_held(calls_close(has_links ? CALLS_SERVER_LINKS : CALLS_SERVER),
				     "cannot filter system calls (seccomp)", complaints);
	confine->landlock_abi = reach.abi;
	return confine->is_closed;
}

bool confine_workers(void)
{
	struct complaints unsaid = { 0 };

	return !failed(rights_shrink()) && !failed(rights_drop()) &&
	       is_held(calls_close(CALLS_SERVER), "", &unsaid);
}

/* --- told ------------------------------------------------------------------------------------- */

static void helper_view(const struct helper *helper, bool is_wanted, struct view_helper *out)
{
	*out = (struct view_helper){
		.is_wanted = is_wanted,
		.process = helper_is_there(helper) ? helper->process : 0,
		.again_count = atomic_load(&helper->again_count),
	};
}

void confine_view(struct confine *confine, struct view_confinement *out)
{
	struct rights rights;

	rights_look(&rights);
	*out = (struct view_confinement){
		.is_confined = confine->is_closed,
		.uid = geteuid(),
		.capabilities = rights.capabilities,
		.no_new_privileges = rights.no_new_privileges,
		.no_core_files = rights.no_core_files,
		.has_filter = rights.has_filter,
		.is_reduced = SANITIZER_IS_ON,
		.calls_allowed = calls_allowed(confine->opens_sockets ? CALLS_SERVER_LINKS :
									CALLS_SERVER),
		.opens_sockets = confine->opens_sockets,
		.landlock_abi = confine->landlock_abi,
	};
	helper_view(&confine->doorman.helper, true, &out->doorman);
	helper_view(&confine->irr_helper.helper, confine->irr_helper.helper.process != 0,
		    &out->irr);
	(void)snprintf(out->user, sizeof out->user, "%s", confine->user.name);
}

void confine_tell(const struct confine *confine, char out[CONFINE_TEXT_MAX])
{
	struct rights rights;
	char files[64] = "any file of the user's (this kernel has no Landlock)";

	rights_look(&rights);
	if (confine->landlock_abi != 0)
		(void)snprintf(files, sizeof files, "its own files (Landlock ABI %u)",
			       confine->landlock_abi);
	(void)snprintf(
		out, CONFINE_TEXT_MAX, "confined: as user %s, to %s%s%s%s", confine->user.name,
		files, rights.capabilities != 0 ? ", with capabilities" : ", no capabilities",
		rights.has_filter ? ", no programs" : "; this kernel filters no system calls",
		!rights.has_filter     ? "" :
		confine->opens_sockets ? ", sockets for the database only" :
					 ", no new sockets");
}

bool confine_warns(const struct confine *confine, const char *directory, char out[CONFINE_TEXT_MAX])
{
	if (confine->user.uid != 0)
		return false;
	(void)snprintf(
		out, CONFINE_TEXT_MAX,
		"warning: it works as root, though without a right of root's; %s should belong "
		"to a user of its own: useradd --system plenum; chown -R plenum %s",
		directory, directory);
	return true;
}

static bool helper_news(const struct helper *helper, struct confine_told *told, const char *what,
			char out[CONFINE_TEXT_MAX])
{
	uint32_t again_count = atomic_load(&helper->again_count);

	if (helper->process == 0)
		return false;
	if (again_count != told->again_count) {
		told->again_count = again_count;
		(void)snprintf(out, CONFINE_TEXT_MAX, "the process for %s ended; another is there",
			       what);
		return true;
	}
	if (told->is_gone || helper_is_there(helper))
		return false;
	told->is_gone = true;
	(void)snprintf(out, CONFINE_TEXT_MAX,
		       "the process that begins the one for %s is gone, and there are none until "
		       "plenum serve is restarted",
		       what);
	return true;
}

bool confine_news(struct confine *confine, char out[CONFINE_TEXT_MAX])
{
	return helper_news(&confine->doorman.helper, &confine->doorman_told,
			   "connections that begin here", out) ||
	       helper_news(&confine->irr_helper.helper, &confine->irr_told,
			   "questions about as-sets", out);
}
