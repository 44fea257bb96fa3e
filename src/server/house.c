/* server/house.c — opening and making the directory of an exchange. */
#include "server/house.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static bool lock_take(const char *directory, int *lock, struct complaints *complaints)
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
	(void)close(fd);
	return true;
}

static bool store_take(const char *directory, bool create, struct store **out,
		       struct complaints *complaints)
{
	char path[PATH_MAX];
	char error[256] = "out of memory";

	if (!path_in(directory, "exchange.db", path, complaints))
		return false;
	if (!failed(store_open(path, create, registry_migrations, registry_migration_count, out,
			       error)))
		return true;
	complain(complaints, false, "%s", error);
	return false;
}

bool house_open(const char *directory, struct house *out, struct complaints *complaints)
{
	*out = (struct house){ .lock = -1 };
	if (!house_config(directory, &out->config, complaints) ||
	    !lock_take(directory, &out->lock, complaints))
		return false;
	if (store_take(directory, false, &out->store, complaints))
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

bool house_make(const char *directory, const struct exchange_config *config,
		struct complaints *complaints)
{
	char text[EXCHANGE_TEXT_MAX];
	char path[PATH_MAX];
	struct house house = { .lock = -1 };
	bool made = false;

	if (!path_in(directory, "exchange.yaml", path, complaints))
		return false;
	if (!exchange_print(config, text)) {
		complain(complaints, false, "%s: the configuration is too long", path);
		return false;
	}
	if (mkdir(directory, 0700) != 0 && errno != EEXIST) {
		complain(complaints, false, "%s: %s", directory, strerror(errno));
		return false;
	}
	if (!lock_take(directory, &house.lock, complaints))
		return false;
	if (access(path, F_OK) == 0) {
		complain(complaints, false, "%s: there is an exchange already", path);
	} else if (store_make(directory, complaints) &&
		   store_take(directory, true, &house.store, complaints)) {
		struct fault fault = file_write(path, octets_of_text(text));
		made = !failed(fault);
		if (!made)
			complain(complaints, false, "%s: %s", path, strerror(fault.code));
	}
	house_close(&house);
	return made;
}
