/* cli/backup.c — backup and restore: both work on the database itself, whoever serves it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "cli/values.h"
#include "server/restore.h"
#include "sys/files.h"
#include "sys/process.h"

#define QUIET_S 1 /* before it is worth a line how far it has come */

struct telling {
	struct progress progress;
	const char *what;
	time_t began_s;
};

static void said(void *context, uint32_t percent)
{
	struct telling *telling = context;

	if (time(NULL) - telling->began_s > QUIET_S)
		progress_say(&telling->progress, "%s: %u %%", telling->what, percent);
}

static void telling_init(struct telling *telling, const char *what)
{
	*telling = (struct telling){ .what = what, .began_s = time(NULL) };
	progress_init(&telling->progress);
}

/* What the directory has of the files that go with the registry. */
static bool files_read(struct desk *desk, struct heap *heap,
		       struct backup_file files[RESTORE_FILES_MAX], uint32_t *count)
{
	char path[HOUSE_PLACE_MAX];

	for (uint32_t i = 0; i < RESTORE_FILES_MAX && house_files[i] != NULL; i++) {
		struct octets octets;
		(void)snprintf(path, sizeof path, "%s/%s", desk->directory, house_files[i]);
		struct fault fault = file_read(heap, path, BACKUP_FILE_OCTETS_MAX, &octets);
		if (fault.kind == FAULT_SYSTEM && fault.code == ENOENT)
			continue;
		if (failed(fault)) {
			complain(desk->complaints, false, "%s: %s", path,
				 fault.kind == FAULT_SYSTEM ? strerror(fault.code) : "too large");
			return false;
		}
		files[(*count)++] = (struct backup_file){ house_files[i], octets };
	}
	return true;
}

static bool backup_write(struct desk *desk, const char *where, const char *path)
{
	struct heap heap = heap_libc();
	struct backup_file files[RESTORE_FILES_MAX];
	struct telling telling;
	uint32_t count = 0;
	char error[256] = "out of memory";

	telling_init(&telling, "backup");
	bool ok = files_read(desk, &heap, files, &count);
	if (ok &&
	    failed(store_backup(where, path, registry_migrations, registry_migration_count, files,
				count, (struct store_progress){ said, &telling }, error))) {
		complain(desk->complaints, false, "%s", error);
		ok = false;
	}
	progress_end(&telling.progress);
	for (uint32_t i = 0; i < count; i++)
		file_free(&heap, files[i].octets);
	return ok;
}

enum exit_code command_backup(struct desk *desk, const struct arguments *arguments)
{
	struct exchange_config config;
	const char *path = arguments->word[0];
	char where[HOUSE_PLACE_MAX];
	char size[VALUE_TEXT_MAX];
	struct stat stat_of;

	if (!house_config(desk->directory, &config, desk->complaints) ||
	    !house_database(desk->directory, &config, where, desk->complaints) ||
	    !backup_write(desk, where, path))
		return EXIT_COULD_NOT;
	value_octets_print(stat(path, &stat_of) == 0 ? (uint64_t)stat_of.st_size : 0, size);
	(void)text_put(desk->out, "%s: the registry of %s, %s\n", path, config.exchange.name, size);
	return EXIT_DONE;
}

enum exit_code command_restore(struct desk *desk, const struct arguments *arguments)
{
	struct telling telling;

	telling_init(&telling, "restore");
	bool done = house_restore(desk->directory, arguments->word[0],
				  argument_yes(arguments, "force"),
				  (struct store_progress){ said, &telling }, desk->complaints);
	progress_end(&telling.progress);
	if (!done)
		return EXIT_COULD_NOT;
	(void)text_put(desk->out, "%s: holds what %s holds\n", desk->directory, arguments->word[0]);
	return EXIT_DONE;
}
