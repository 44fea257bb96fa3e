/* server/house.c — opening and making the directory of an exchange. */
#include "server/house.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "registry/records.h"
#include "server/ledger_files.h"
#include "registry/rules.h"
#include "store/backup.h"
#include "sys/files.h"
#include "text/yaml.h"

static bool path_in(const char *directory, const char *name, char out[PATH_MAX],
		    struct complaints *complaints)
{
	int len = snprintf(out, PATH_MAX, "%s/%s", directory, name);

	if (len > 0 && len < PATH_MAX)
		return true;
	complain(complaints, false, "%s: the path is too long", directory);
	return false;
}

bool house_config(const char *directory, struct exchange_config *out, struct complaints *complaints)
{
	struct heap heap = heap_libc();
	char path[PATH_MAX];
	struct octets text;

	if (!path_in(directory, "exchange.yaml", path, complaints))
		return false;
	struct fault fault = file_read(&heap, path, YAML_OCTETS_MAX, &text);
	if (failed(fault) && fault.kind == FAULT_SYSTEM && fault.code == ENOENT)
		complain(
			complaints, false,
			"%s: there is no such file; name the exchange's directory with -C, or make "
			"one with plenum init",
			path);
	else if (failed(fault))
		complain(complaints, false, "%s: %s", path,
			 fault.kind == FAULT_SYSTEM ? strerror(fault.code) : "too large");
	if (failed(fault))
		return false;
	bool ok = exchange_read(path, text, out, complaints);
	file_free(&heap, text);
	return ok;
}

bool house_await_end(const char *directory, struct complaints *complaints)
{
	char path[PATH_MAX];
	int lock = -1;

	if (!path_in(directory, "lock", path, complaints))
		return false;
	struct fault fault = file_lock_await(path, HOUSE_END_MS, &lock);
	if (!failed(fault))
		file_unlock(lock);
	else
		complain(complaints, false, "%s: %s", directory,
			 fault.kind == FAULT_CONFLICT ? "told to end, and still at it" :
							strerror(fault.code));
	return !failed(fault);
}

bool house_lock(const char *directory, int *lock, struct complaints *complaints)
{
	char path[PATH_MAX];

	if (!path_in(directory, "lock", path, complaints))
		return false;
	struct fault fault = file_lock(path, lock);
	if (fault.kind == FAULT_CONFLICT)
		complain(complaints, false, "%s: another plenum is at work there", directory);
	else if (failed(fault))
		complain(complaints, false, "%s: %s", path, strerror(fault.code));
	return !failed(fault);
}

/* The database holds passwords: it is there before SQLite, for its owner alone.  SQLite gives the
 * files beside it the same mode. */
static bool store_make(const char *directory, struct complaints *complaints)
{
	char path[PATH_MAX];

	if (!path_in(directory, "exchange.db", path, complaints))
		return false;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) {
		complain(complaints, false, "%s: %s", path, strerror(errno));
		return false;
	}
	file_give(path, fd);
	(void)close(fd);
	return true;
}

bool house_database(const char *directory, const struct exchange_config *config,
		    char out[HOUSE_PLACE_MAX], struct complaints *complaints)
{
	if (config->database[0] == '\0')
		return path_in(directory, "exchange.db", out, complaints);
	(void)snprintf(out, HOUSE_PLACE_MAX, "%s", config->database);
	return true;
}

/* The log first: what is written before it was looked at would be signed. */
static bool ledger_take(const char *directory, const struct exchange_config *config,
			struct store *store, const char *accepted, struct complaints *complaints)
{
	if (!ledger_files_open(directory, &config->exchange, store, accepted, complaints) ||
	    failed(registry_records_begin(store, complaints)))
		return false;
	ledger_files_publish(directory, store, false, complaints);
	return true;
}

static bool store_take(const char *directory, const struct exchange_config *config, bool create,
		       const char *accepted, struct store **out, struct complaints *complaints)
{
	char place[HOUSE_PLACE_MAX];
	char error[256] = "out of memory";

	if (!house_database(directory, config, place, complaints))
		return false;
	if (failed(store_open(place, create, registry_migrations, registry_migration_count, out,
			      error))) {
		complain(complaints, false, "%s", error);
		return false;
	}
	if (ledger_take(directory, config, *out, accepted, complaints))
		return true;
	store_close(*out);
	*out = NULL;
	return false;
}

static bool rules_take(struct house *house, struct complaints *complaints)
{
	struct fault fault = rules_lay(house->store, record_now_s(), &house->config.exchange);

	if (failed(fault))
		complain(complaints, false, "the rule book in force cannot be read: %s",
			 store_why(house->store, fault));
	return !failed(fault);
}

bool house_confine(const char *directory, const char *user, struct confine *confine,
		   struct complaints *complaints)
{
	static struct exchange_config config;

	return house_config(directory, &config, complaints) &&
	       confine_begin(confine, directory, &config, user, complaints);
}

bool house_open(const char *directory, const char *accepted, struct house *out,
		struct complaints *complaints)
{
	*out = (struct house){ .lock = -1 };
	if (!house_config(directory, &out->config, complaints) ||
	    !house_lock(directory, &out->lock, complaints))
		return false;
	if (store_take(directory, &out->config, false, accepted, &out->store, complaints) &&
	    rules_take(out, complaints))
		return true;
	house_close(out);
	return false;
}

void house_close(struct house *house)
{
	store_close(house->store);
	house->store = NULL;
	if (house->lock >= 0)
		file_unlock(house->lock);
	house->lock = -1;
}

/* The files of an exchange that could not be made; `directory` too when it was made for them. */
static void house_unmake(const char *directory, bool is_new)
{
	static const char *const names[] = { "exchange.db", "exchange.db-wal",   "exchange.db-shm",
					     "ledger.key",  "ledger/checkpoint", "lock" };
	struct complaints unsaid = { 0 };
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (path_in(directory, names[i], path, &unsaid))
			(void)unlink(path);
	}
	if (path_in(directory, "ledger", path, &unsaid))
		(void)rmdir(path);
	if (is_new)
		(void)rmdir(directory);
}

/* A database of PostgreSQL may have been there: its log is named after the exchange's number. */
static bool is_same_exchange(struct store *store, uint32_t asn, struct complaints *complaints)
{
	char verifier[NOTE_KEY_TEXT_MAX] = "";
	char origin[64];
	int len = snprintf(origin, sizeof origin, LEDGER_ORIGIN "+", asn);

	if (failed(ledger_key_get(store, verifier))) {
		complain(complaints, false, "the log's key cannot be read: %s", store_error(store));
		return false;
	}
	if (verifier[0] == '\0' || strncmp(verifier, origin, (size_t)len) == 0)
		return true;
	complain(complaints, false,
		 "the database holds the registry of another exchange, with the log %.*s: give "
		 "--asn as that has it to join it, or the URL of an empty database",
		 (int)strcspn(verifier, "+"), verifier);
	return false;
}

static bool house_fill(const char *directory, const struct exchange_config *config,
		       const char *path, const char *text, struct complaints *complaints)
{
	struct store *store = NULL;

	if (config->database[0] == '\0' && !store_make(directory, complaints))
		return false;
	if (!store_take(directory, config, true, NULL, &store, complaints))
		return false;
	bool is_same = is_same_exchange(store, config->exchange.asn, complaints);
	store_close(store);
	if (!is_same)
		return false;
	struct fault fault = file_write_private(path, octets_of_text(text));
	if (failed(fault))
		complain(complaints, false, "%s: %s", path,
			 fault.code == ENOSPC ? "the disk is full" : strerror(fault.code));
	return !failed(fault);
}

/* What an init that was cut short has left: without exchange.yaml, and nothing recorded. */
static bool remains_clear(const char *directory)
{
	struct store *store = NULL;
	char path[PATH_MAX];
	char unsaid[256];
	struct complaints none = { 0 };
	bool is_bare = false;

	if (!path_in(directory, "exchange.db", path, &none) || access(path, F_OK) != 0 ||
	    failed(store_open(path, true, registry_migrations, registry_migration_count, &store,
			      unsaid)))
		return false;
	is_bare = !failed(store_is_bare(store, registry_migrations, registry_migration_count,
					&is_bare)) &&
		  is_bare;
	store_close(store);
	return is_bare && unlink(path) == 0;
}

static bool is_there(const char *directory, const char *name, struct complaints *complaints)
{
	char path[PATH_MAX];

	if (!path_in(directory, name, path, complaints) || access(path, F_OK) != 0)
		return false;
	complain(complaints, false, "%s: there is an exchange already", path);
	return true;
}

bool house_make(const char *directory, const struct exchange_config *config,
		struct complaints *complaints)
{
	char text[EXCHANGE_TEXT_MAX];
	char path[PATH_MAX];
	int lock = -1;

	if (!path_in(directory, "exchange.yaml", path, complaints))
		return false;
	if (!exchange_print(config, text)) {
		complain(complaints, false, "%s: the configuration is too long", path);
		return false;
	}
	bool is_new = mkdir(directory, 0700) == 0;
	if (!is_new && errno != EEXIST) {
		complain(complaints, false, "%s: %s", directory, strerror(errno));
		return false;
	}
	if (!house_lock(directory, &lock, complaints)) {
		if (is_new)
			(void)rmdir(directory);
		return false;
	}
	/* What was there before is somebody's, and stays. */
	bool is_free = !is_there(directory, "exchange.yaml", complaints) &&
		       (remains_clear(directory) ||
			!is_there(directory, "exchange.db", complaints));
	bool made = is_free && house_fill(directory, config, path, text, complaints);
	if (is_free && !made)
		house_unmake(directory, is_new);
	file_unlock(lock);
	return made;
}
