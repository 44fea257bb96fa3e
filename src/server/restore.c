/* server/restore.c — in this order: a copy, sound; then its place; then the files that go with it.
 *
 * Killed before the rename, the old database stands; after it, the new one. */
#include "server/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/ledger.h"
#include "registry/records.h"
#include "registry/verify.h"
#include "sys/files.h"

#define COPY_OCTETS 65536u
#define COPY_NAME "restore.db"
#define KEPT_NAME "exchange.db.replaced"

const char *const house_files[RESTORE_FILES_MAX] = { "exchange.yaml", NULL };

struct restoring {
	const char *directory;
	const char *backup;
	bool by_force;
	struct store_progress progress;
	struct complaints *complaints;
	char copy[PATH_MAX];
	struct store *store; /* the copy, open */
};

static bool refused(struct restoring *restoring, const char *path, int code)
{
	complain(restoring->complaints, false, "%s: %s", path,
		 code == ENOSPC ? "the disk is full" : strerror(code));
	return false;
}

static bool path_in(struct restoring *restoring, const char *name, char out[PATH_MAX])
{
	int len = snprintf(out, PATH_MAX, "%s/%s", restoring->directory, name);

	return (len > 0 && len < PATH_MAX) ||
	       refused(restoring, restoring->directory, ENAMETOOLONG);
}

static bool is_there(struct restoring *restoring, const char *name)
{
	char path[PATH_MAX];

	return path_in(restoring, name, path) && access(path, F_OK) == 0;
}

/* --- the copy --------------------------------------------------------------------------------- */

static int octets_copy(int from, int to)
{
	static uint8_t octets[COPY_OCTETS];

	for (;;) {
		ssize_t len = read(from, octets, sizeof octets);
		if (len < 0)
			return errno;
		if (len == 0)
			return fsync(to) == 0 ? 0 : errno;
		for (ssize_t done = 0; done < len;) {
			ssize_t put = write(to, octets + done, (size_t)(len - done));
			if (put < 0)
				return errno;
			done += put;
		}
	}
}

static bool copy_make(struct restoring *restoring)
{
	int from = open(restoring->backup, O_RDONLY | O_CLOEXEC);

	if (from < 0)
		return refused(restoring, restoring->backup, errno);
	(void)unlink(restoring->copy);
	int to = open(restoring->copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to >= 0)
		file_give(restoring->copy, to);
	int code = to < 0 ? errno : octets_copy(from, to);
	(void)close(from);
	if (to >= 0)
		(void)close(to);
	return code == 0 || refused(restoring, to < 0 ? restoring->copy : restoring->backup, code);
}

static void copy_drop(struct restoring *restoring)
{
	static const char *const tails[] = { "", "-wal", "-shm", "-journal" };
	char path[PATH_MAX + 16];

	store_close(restoring->store);
	for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
		(void)snprintf(path, sizeof path, "%s%s", restoring->copy, tails[i]);
		(void)unlink(path);
	}
}

/* Whether its tables are what its log says. */
static bool copy_verify(struct restoring *restoring)
{
	struct complaints findings = { 0 };
	struct ledger_verdict verdict;
	struct ledger_verification verification = { .store = restoring->store,
						    .migrations = registry_migrations,
						    .migration_count = registry_migration_count,
						    .kinds = registry_kind_lists,
						    .tables = registry_table_lists };

	if (failed(ledger_verify(&verification, &verdict, &findings)))
		complain(&findings, false, "%s", store_error(restoring->store));
	for (uint32_t i = 0; i < findings.count; i++)
		complain(restoring->complaints, findings.list[i].is_warning, "%s: %s",
			 restoring->backup, findings.list[i].text);
	return findings.error_count == 0;
}

/* The sentences name the backup, not the copy. */
static bool copy_open(struct restoring *restoring)
{
	char error[256] = "";

	if (failed(store_open(restoring->copy, false, registry_migrations, registry_migration_count,
			      &restoring->store, error))) {
		const char *words = strstr(error, COPY_NAME ": ");
		complain(restoring->complaints, false, "%s: %s", restoring->backup,
			 words != NULL ? words + strlen(COPY_NAME ": ") : error);
		return false;
	}
	return registry_check_store(restoring->store, restoring->complaints) &&
	       !failed(registry_records_begin(restoring->store, restoring->complaints)) &&
	       copy_verify(restoring);
}

/* --- files that go with it -------------------------------------------------------------------- */

/* A directory that has one keeps it: it says what this machine is. */
static bool file_put_back(struct restoring *restoring, const char *name)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	struct octets octets = { 0 };
	char path[PATH_MAX];

	if (is_there(restoring, name))
		return true;
	struct fault fault = backup_file_read(restoring->store, name, &statement, &octets);
	if (fault.kind == FAULT_ABSENT)
		return true;
	if (failed(fault)) {
		complain(restoring->complaints, false, "%s: %s", restoring->backup,
			 store_error(restoring->store));
		return false;
	}
	if (!path_in(restoring, name, path))
		return false;
	fault = file_write_private(path, octets);
	return !failed(fault) || refused(restoring, path, fault.code);
}

static bool files_put_back(struct restoring *restoring)
{
	for (uint32_t i = 0; i < RESTORE_FILES_MAX && house_files[i] != NULL; i++) {
		if (!file_put_back(restoring, house_files[i]))
			return false;
	}
	return true;
}

/* --- its place -------------------------------------------------------------------------------- */

static bool may_replace(struct restoring *restoring, const char *place)
{
	if (restoring->by_force)
		return true;
	complain(restoring->complaints, false,
		 "%s: there is an exchange already; --force puts the backup in its place", place);
	return false;
}

/* Everything of the old database comes into its one file first, and that file gets a second name.
 * One that is damaged keeps its log beside it. */
static bool old_keep(struct restoring *restoring, const char *place)
{
	struct store *old = NULL;
	char unsaid[256];
	char kept[PATH_MAX];
	char log[PATH_MAX + 8];
	char kept_log[PATH_MAX + 8];

	if (!path_in(restoring, KEPT_NAME, kept))
		return false;
	if (!failed(store_open(place, false, registry_migrations, registry_migration_count, &old,
			       unsaid)))
		store_close(old);
	(void)unlink(kept);
	if (link(place, kept) != 0)
		return refused(restoring, kept, errno);
	(void)snprintf(log, sizeof log, "%s-wal", place);
	(void)snprintf(kept_log, sizeof kept_log, "%s-wal", kept);
	if (rename(log, kept_log) != 0 && errno != ENOENT)
		return refused(restoring, log, errno);
	return true;
}

static bool file_replace(struct restoring *restoring, const char *place)
{
	bool has_old = access(place, F_OK) == 0;

	if (has_old && (!may_replace(restoring, place) || !old_keep(restoring, place)))
		return false;
	/* Closed, it is one file. */
	store_close(restoring->store);
	restoring->store = NULL;
	if (rename(restoring->copy, place) != 0)
		return refused(restoring, place, errno);
	int fd = open(restoring->directory, O_RDONLY | O_CLOEXEC);
	int code = fd >= 0 && fsync(fd) == 0 ? 0 : errno;
	if (fd >= 0)
		(void)close(fd);
	return code == 0 || refused(restoring, restoring->directory, code);
}

static bool database_replace(struct restoring *restoring, const char *place)
{
	struct store *to = NULL;
	char error[256] = "";
	bool is_bare = false;

	if (failed(store_open(place, true, registry_migrations, registry_migration_count, &to,
			      error))) {
		complain(restoring->complaints, false, "%s", error);
		return false;
	}
	struct fault fault = store_is_bare(to, registry_migrations, registry_migration_count,
					   &is_bare);
	bool may = failed(fault) || is_bare || may_replace(restoring, store_name(to));
	if (!failed(fault) && may)
		fault = store_begin(to);
	if (!failed(fault) && may)
		fault = store_replace(to, restoring->store, restoring->progress);
	if (!failed(fault) && may)
		fault = store_commit(to);
	if (failed(fault))
		complain(restoring->complaints, false, "%s%s", store_error(to),
			 fault.code == STORE_UNSURE ? "" : "; nothing was changed");
	store_rollback(to);
	store_close(to);
	return may && !failed(fault);
}

static bool put_in_place(struct restoring *restoring)
{
	struct exchange_config config;
	char place[HOUSE_PLACE_MAX];

	if (!house_config(restoring->directory, &config, restoring->complaints) ||
	    !house_database(restoring->directory, &config, place, restoring->complaints))
		return false;
	if (failed(backup_strip(restoring->store))) {
		complain(restoring->complaints, false, "%s", store_error(restoring->store));
		return false;
	}
	return store_is_url(place) ? database_replace(restoring, place) :
				     file_replace(restoring, place);
}

bool house_restore(const char *directory, const char *backup, bool by_force,
		   struct store_progress progress, struct complaints *complaints)
{
	struct restoring restoring = { .directory = directory,
				       .backup = backup,
				       .by_force = by_force,
				       .progress = progress,
				       .complaints = complaints };
	int lock = -1;

	if (!path_in(&restoring, COPY_NAME, restoring.copy))
		return false;
	bool is_new = mkdir(directory, 0700) == 0;
	if (!is_new && errno != EEXIST)
		return refused(&restoring, directory, errno);
	if (!house_lock(directory, &lock, complaints))
		return false;
	bool has_config = is_there(&restoring, "exchange.yaml");
	/* Without a word of this machine's the backup's must say where the registry is. */
	bool done = copy_make(&restoring) && copy_open(&restoring) && files_put_back(&restoring) &&
		    put_in_place(&restoring);
	copy_drop(&restoring);
	if (!done && !has_config && path_in(&restoring, "exchange.yaml", restoring.copy))
		(void)unlink(restoring.copy);
	if (!done && is_new && path_in(&restoring, "lock", restoring.copy)) {
		(void)unlink(restoring.copy);
		(void)rmdir(directory);
	}
	file_unlock(lock);
	return done;
}
