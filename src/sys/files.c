/* sys/files.c — reading, writing and locking files. */
#include "sys/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sys/fault.h"

#define READ_OCTETS 65536u
#define LOCK_PAUSE_MS 5u

static struct fault read_whole(int fd, uint8_t *out, size_t len)
{
	for (size_t at = 0; at < len;) {
		ssize_t got = read(fd, out + at, len - at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got == 0 ? fault_of(FAULT_SHORT, 0) : system_fault();
		at += (size_t)got;
	}
	return fault_none();
}

/* What has no size beforehand: a pipe. */
static struct fault read_stream(struct heap *heap, int fd, uint32_t octets_max, struct octets *out)
{
	uint8_t *octets = NULL;
	uint32_t room = 0;
	uint32_t len = 0;
	struct fault fault = fault_none();

	for (ssize_t got = 1; got > 0 && !failed(fault); len += got > 0 ? (uint32_t)got : 0) {
		if (len > octets_max ||
		    !heap_grow(heap, (void **)&octets, &room, len + READ_OCTETS + 1, 1)) {
			fault = fault_of(FAULT_LIMIT, 0);
			break;
		}
		do
			got = read(fd, octets + len, READ_OCTETS);
		while (got < 0 && errno == EINTR);
		if (got < 0)
			fault = system_fault();
	}
	uint8_t *fitting = failed(fault) ? NULL : heap_resize(heap, octets, room, len + 1);
	if (fitting == NULL) {
		heap_free(heap, octets, room);
		return failed(fault) ? fault : fault_of(FAULT_LIMIT, 0);
	}
	fitting[len] = 0;
	*out = octets_of(fitting, len);
	return fault_none();
}

struct fault file_read_standard(struct heap *heap, uint32_t octets_max, struct octets *out)
{
	return read_stream(heap, STDIN_FILENO, octets_max, out);
}

static struct fault read_opened(struct heap *heap, int fd, uint32_t octets_max, struct octets *out)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return system_fault();
	if (S_ISDIR(status.st_mode))
		return fault_of(FAULT_SYSTEM, EISDIR);
	if (!S_ISREG(status.st_mode))
		return read_stream(heap, fd, octets_max, out);
	if (status.st_size > octets_max)
		return fault_of(FAULT_LIMIT, 0);
	size_t len = (size_t)status.st_size;
	uint8_t *octets = heap_zero(heap, len + 1);
	if (octets == NULL)
		return fault_of(FAULT_LIMIT, 0);
	struct fault fault = read_whole(fd, octets, len);
	if (failed(fault)) {
		heap_free(heap, octets, len + 1);
		return fault;
	}
	*out = octets_of(octets, (uint32_t)len);
	return fault_none();
}

struct fault file_read(struct heap *heap, const char *path, uint32_t octets_max, struct octets *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return system_fault();
	struct fault fault = read_opened(heap, fd, octets_max, out);
	(void)close(fd);
	return fault;
}

struct fault file_read_regular(struct heap *heap, const char *path, uint32_t octets_max,
			       struct octets *out)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return system_fault();
	struct fault fault = fstat(fd, &status) != 0  ? system_fault() :
			     !S_ISREG(status.st_mode) ? fault_of(FAULT_SYSTEM, EINVAL) :
							read_opened(heap, fd, octets_max, out);
	(void)close(fd);
	return fault;
}

void file_free(struct heap *heap, struct octets octets)
{
	union {
		const uint8_t *from;
		void *to;
	} at = { .from = octets.at };

	heap_free(heap, at.to, (size_t)octets.len_octets + 1);
}

static struct fault write_all(int fd, struct octets octets)
{
	for (uint32_t at = 0; at < octets.len_octets;) {
		ssize_t wrote = write(fd, octets.at + at, octets.len_octets - at);
		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return system_fault();
		at += (uint32_t)wrote;
	}
	return fault_none();
}

/* Only a file that is root's and has no other name, so that nobody is given what was put in its
 * place. */
void file_give(const char *path, int fd)
{
	char folder[PATH_MAX];
	struct stat made;
	struct stat owner;
	const char *last = strrchr(path, '/');
	int len = last == NULL ? snprintf(folder, sizeof folder, ".") :
				 snprintf(folder, sizeof folder, "%.*s/", (int)(last - path), path);

	if (geteuid() != 0 || len < 0 || len >= (int)sizeof folder || stat(folder, &owner) != 0 ||
	    owner.st_uid == 0)
		return;
	if ((fd >= 0 ? fstat(fd, &made) : lstat(path, &made)) != 0 || made.st_uid != 0)
		return;
	if (fd >= 0 && S_ISREG(made.st_mode) && made.st_nlink == 1)
		(void)!fchown(fd, owner.st_uid, owner.st_gid);
	if (fd < 0 && S_ISDIR(made.st_mode))
		(void)!lchown(path, owner.st_uid, owner.st_gid);
}

static struct fault write_renamed(const char *path, struct octets octets, mode_t mode, bool synced)
{
	char temporary[PATH_MAX];
	int len = snprintf(temporary, sizeof temporary, "%s.new", path);

	if (len < 0 || len >= (int)sizeof temporary)
		return fault_of(FAULT_SYSTEM, ENAMETOOLONG);
	/* What was left there, or laid: no link is followed, and no other's mode kept. */
	(void)unlink(temporary);
	int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return system_fault();
	file_give(temporary, fd);
	struct fault fault = write_all(fd, octets);
	if (!failed(fault) && synced && fsync(fd) != 0)
		fault = system_fault();
	(void)close(fd);
	if (!failed(fault) && rename(temporary, path) != 0)
		fault = system_fault();
	if (failed(fault))
		(void)unlink(temporary);
	return fault;
}

struct fault file_write(const char *path, struct octets octets)
{
	return write_renamed(path, octets, 0644, true);
}

struct fault file_write_private(const char *path, struct octets octets)
{
	return write_renamed(path, octets, 0600, true);
}

struct fault file_write_soon(const char *path, struct octets octets)
{
	return write_renamed(path, octets, 0644, false);
}

struct fault files_sync(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return system_fault();
	struct fault fault = syncfs(fd) == 0 ? fault_none() : system_fault();
	(void)close(fd);
	return fault;
}

struct fault directories_make(const char *path)
{
	char part[PATH_MAX];
	int len = snprintf(part, sizeof part, "%s", path);

	if (len < 0 || len >= (int)sizeof part)
		return fault_of(FAULT_SYSTEM, ENAMETOOLONG);
	for (char *at = strchr(part + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
		*at = '\0';
		bool is_made = mkdir(part, 0755) == 0;
		if (!is_made && errno != EEXIST)
			return system_fault();
		if (is_made)
			file_give(part, -1);
		*at = '/';
	}
	return fault_none();
}

struct fault file_written(const char *path, struct wall *out)
{
	struct stat stat_of;

	if (stat(path, &stat_of) != 0)
		return errno == ENOENT ? fault_of(FAULT_ABSENT, 0) : system_fault();
	out->s = stat_of.st_mtim.tv_sec;
	return fault_none();
}

struct fault file_remove(const char *path)
{
	return unlink(path) == 0 || errno == ENOENT ? fault_none() : system_fault();
}

/* Takes over the descriptor. */
static bool directory_empty(int fd, uint32_t depth)
{
	DIR *directory = fdopendir(fd);
	bool is_empty = directory != NULL;

	if (directory == NULL) {
		(void)close(fd);
		return false;
	}
	for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(dirfd(directory), entry->d_name, 0) == 0)
			continue;
		int inner = depth == 0 ? -1 :
					 openat(dirfd(directory), entry->d_name,
						O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		is_empty = inner >= 0 && directory_empty(inner, depth - 1) &&
			   unlinkat(dirfd(directory), entry->d_name, AT_REMOVEDIR) == 0 && is_empty;
	}
	(void)closedir(directory);
	return is_empty;
}

struct fault directory_remove(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return system_fault();
	(void)directory_empty(fd, DIRECTORY_DEPTH_MAX);
	return rmdir(path) == 0 ? fault_none() : system_fault();
}

struct fault file_lock(const char *path, int *lock)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		return system_fault();
	file_give(path, fd);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		struct fault fault = errno == EWOULDBLOCK ? fault_of(FAULT_CONFLICT, 0) :
							    system_fault();
		(void)close(fd);
		return fault;
	}
	*lock = fd;
	return fault_none();
}

/* flock itself waits for ever, and a signal to end that would be the whole process's. */
struct fault file_lock_await(const char *path, uint32_t wait_ms, int *lock)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_MS * 1000000 };
	struct fault fault = file_lock(path, lock);

	for (uint32_t ms = 0; ms < wait_ms && fault.kind == FAULT_CONFLICT; ms += LOCK_PAUSE_MS) {
		(void)nanosleep(&pause, NULL);
		fault = file_lock(path, lock);
	}
	return fault;
}

void file_unlock(int lock)
{
	(void)close(lock);
}
