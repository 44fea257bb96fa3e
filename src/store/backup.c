/* store/backup.c — the file: made beside its name, whole or not there. */
#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/copy.h"

#define FILES_TABLE \
	"CREATE TABLE IF NOT EXISTS backup_file (name TEXT PRIMARY KEY, octets BLOB NOT NULL)" \
	" STRICT"

static struct fault say(char error[256], const char *path, int code)
{
	(void)snprintf(error, 256, "%.150s: %s", path,
		       code == EEXIST ? "there is a file already; give another name" :
		       code == ENOSPC ? "the disk is full" :
					strerror(code));
	return fault_of(FAULT_SYSTEM, (uint16_t)code);
}

/* It holds passwords: for its owner alone, and nobody's file is written over. */
static struct fault part_make(const char *path, char part[PATH_MAX], char error[256])
{
	struct stat unused;

	if (snprintf(part, PATH_MAX, "%s.part", path) >= PATH_MAX)
		return say(error, path, ENAMETOOLONG);
	if (lstat(path, &unused) == 0)
		return say(error, path, EEXIST);
	/* What an interrupted backup has left. */
	(void)unlink(part);
	int fd = open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return say(error, part, errno);
	(void)close(fd);
	return fault_none();
}

static int synced(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);
	int code = fd >= 0 && fsync(fd) == 0 ? 0 : errno;

	if (fd >= 0)
		(void)close(fd);
	return code;
}

static struct fault part_keep(const char *path, const char *part, char error[256])
{
	char folder[PATH_MAX];
	int code = synced(part, O_RDWR);

	if (code == 0 && link(part, path) != 0)
		code = errno;
	if (code == 0)
		(void)unlink(part);
	(void)snprintf(folder, sizeof folder, "%s", path);
	char *slash = strrchr(folder, '/');
	if (slash != NULL)
		slash[slash == folder ? 1 : 0] = '\0';
	if (code == 0)
		code = synced(slash != NULL ? folder : ".", O_RDONLY);
	return code == 0 ? fault_none() : say(error, path, code);
}

static void part_drop(const char *part)
{
	static const char *const tails[] = { "", "-wal", "-shm", "-journal" };
	char name[PATH_MAX + 16];

	for (uint32_t i = 0; i < sizeof tails / sizeof *tails; i++) {
		(void)snprintf(name, sizeof name, "%s%s", part, tails[i]);
		(void)unlink(name);
	}
}

static struct fault file_put(struct store *backup, const struct backup_file *file)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	TRY(store_prepare(backup, "INSERT INTO backup_file (name, octets) VALUES (?1, ?2)",
			  &statement));
	store_bind_text(statement, 1, file->name);
	store_bind_blob(statement, 2, file->octets);
	return store_step(statement, &has_row);
}

static struct fault files_put(struct store *backup, const struct backup_file *files,
			      uint32_t file_count)
{
	TRY(backup->backend->run(backup, FILES_TABLE, false));
	for (uint32_t i = 0; i < file_count; i++)
		TRY(file_put(backup, &files[i]));
	return fault_none();
}

struct copying {
	const struct store_migration *migrations;
	uint32_t count;
	struct store_progress progress;
};

/* Fills the file that is there and empty. */
static struct fault part_fill(struct store *from, const char *part, const struct copying *copying,
			      const struct backup_file *files, uint32_t file_count, char error[256])
{
	struct store *to = NULL;
	int64_t version = 0;

	struct fault fault = store_begin_read(from);
	if (!failed(fault))
		fault = from->backend->version_read(from, &version);
	if (!failed(fault) && (version < 0 || version > copying->count))
		fault = store_say(from, fault_of(FAULT_MALFORMED, MISFIT_NEWER),
				  "written by a newer Plenum; make the backup with that one");
	if (failed(fault)) {
		(void)snprintf(error, 256, "%.255s", from->error);
		return fault;
	}
	/* The tables as they are there: nothing is brought up to date for a backup. */
	TRY(store_open(part, true, copying->migrations, (uint32_t)version, &to, error));
	fault = store_is_file(from) ? sqlite_copy(from, to, copying->progress) :
				      copy_tables(from, to, copying->progress);
	if (!failed(fault))
		fault = files_put(to, files, file_count);
	if (!failed(fault))
		fault = to->backend->run(to, "PRAGMA journal_mode = DELETE", false);
	if (failed(fault))
		(void)snprintf(error, 256, "%.255s",
			       to->error[0] != '\0' ? to->error : from->error);
	store_close(to);
	return fault;
}

struct fault store_backup(const char *where, const char *path,
			  const struct store_migration *migrations, uint32_t count,
			  const struct backup_file *files, uint32_t file_count,
			  struct store_progress progress, char error[256])
{
	const struct copying copying = { migrations, count, progress };
	char part[PATH_MAX];
	struct store *from = NULL;

	TRY(part_make(path, part, error));
	struct fault fault = store_open_as_is(where, &from, error);
	if (!failed(fault))
		fault = part_fill(from, part, &copying, files, file_count, error);
	if (from != NULL)
		store_rollback(from);
	store_close(from);
	if (!failed(fault))
		fault = part_keep(path, part, error);
	part_drop(part);
	return fault;
}

struct fault backup_file_read(struct store *backup, const char *name, struct statement **out,
			      struct octets *octets)
{
	bool has_row = false;

	TRY(backup->backend->run(backup, FILES_TABLE, false));
	TRY(store_prepare(backup, "SELECT octets FROM backup_file WHERE name = ?1", out));
	store_bind_text(*out, 1, name);
	TRY(store_step(*out, &has_row));
	if (!has_row)
		return fault_of(FAULT_ABSENT, 0);
	*octets = store_blob(*out, 0);
	return fault_none();
}

struct fault backup_strip(struct store *backup)
{
	return backup->backend->run(backup, "DROP TABLE IF EXISTS backup_file", false);
}
