/* sim/disk.c — SQLite's own way to the system, with a write and a wait of our own in it. */
#include "sim/disk.h"

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"

#define TABLES_MAX 4u

static struct {
	sqlite3_vfs vfs;
	const sqlite3_vfs *real;
	/* Files with locks and files without have tables of functions of their own. */
	struct {
		const sqlite3_io_methods *real;
		sqlite3_io_methods ours; /* the same, but for the write */
	} files[TABLES_MAX];
	uint32_t count;
	sqlite3 *other;
	bool is_full;
} disk;

static int disk_write(sqlite3_file *file, const void *octets, int len, sqlite3_int64 at)
{
	return disk.is_full ? SQLITE_FULL : disk.files[0].real->xWrite(file, octets, len, at);
}

/* What must survive is asked elsewhere, by kill. */
static int disk_sync(sqlite3_file *file, int flags)
{
	(void)file;
	(void)flags;
	return SQLITE_OK;
}

static int disk_sleep(sqlite3_vfs *vfs, int us)
{
	(void)vfs;
	return us;
}

static int disk_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out)
{
	int code = disk.real->xOpen(vfs, path, file, flags, out);

	if (code != SQLITE_OK || file->pMethods == NULL)
		return code;
	uint32_t i = 0;
	while (i < disk.count && disk.files[i].real != file->pMethods)
		i++;
	if (i == disk.count) {
		CHECK(i < TABLES_MAX);
		disk.files[i].real = file->pMethods;
		disk.files[i].ours = *file->pMethods;
		disk.files[i].ours.xWrite = disk_write;
		disk.files[i].ours.xSync = disk_sync;
		CHECK(file->pMethods->xWrite == disk.files[0].real->xWrite);
		disk.count++;
	}
	file->pMethods = &disk.files[i].ours;
	return code;
}

void disk_begin(void)
{
	if (disk.real != NULL)
		return;
	disk.real = sqlite3_vfs_find(NULL);
	disk.vfs = *disk.real;
	disk.vfs.zName = "disk";
	disk.vfs.xOpen = disk_open;
	disk.vfs.xSleep = disk_sleep;
	CHECK(sqlite3_vfs_register(&disk.vfs, 1) == SQLITE_OK);
}

void disk_fill(bool is_full)
{
	disk.is_full = is_full;
}

void disk_hold(const char *path)
{
	CHECK(disk.other == NULL && sqlite3_open(path, &disk.other) == SQLITE_OK);
	CHECK(sqlite3_exec(disk.other, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK);
}

void disk_release(void)
{
	CHECK(sqlite3_exec(disk.other, "ROLLBACK", NULL, NULL, NULL) == SQLITE_OK);
	CHECK(sqlite3_close(disk.other) == SQLITE_OK);
	disk.other = NULL;
}
