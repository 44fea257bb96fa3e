/* sys/unpack.c — a file's octets, unpacked as they are asked for.
 *
 * Invariants
 *   1  buffer[start, end) is what was read from the file and not yet used
 *   2  `is_open` = the library's state stands and a member is being read
 *   3  between members nothing but the same packing's magic, or the end of the file, may come */
#include "sys/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/packing.h"

#define FILE_BUFFER_OCTETS (256u * 1024u)

struct unpack {
	struct source source; /* first: a source is handed out */
	struct heap *heap;
	const char *path;
	int fd;
	const struct packing *packing; /* NULL = stored as it is */
	union packing_state state;
	bool is_open;
	bool has_ended; /* the file */
	uint32_t start;
	uint32_t end;
	uint8_t buffer[FILE_BUFFER_OCTETS];
};

static struct unpack *unpack_of(struct source *source)
{
	union {
		struct source *source;
		struct unpack *unpack;
	} at = { .source = source };

	return at.unpack;
}

static struct fault refuse_system(const char *path, const char *what, struct complaints *complaints)
{
	int code = errno;

	complain(complaints, false, "%s: cannot %s it: %s", path, what, strerror(code));
	return fault_of(FAULT_SYSTEM, (uint16_t)code);
}

/* Where the reading stands in the file. */
static uint64_t file_octet(const struct unpack *unpack)
{
	return unpack->source.taken_octets - (unpack->end - unpack->start);
}

static struct fault refuse_data(const struct unpack *unpack, enum fault_kind kind, const char *what,
				struct complaints *complaints)
{
	complain(complaints, false, "%s: octet %" PRIu64 " of the file: %s", unpack->path,
		 file_octet(unpack), what);
	return fault_of(kind, 0);
}

/* Sees to `want` octets in the buffer; fewer only at the end of the file. */
static struct fault buffer_fill(struct unpack *unpack, uint32_t want, struct complaints *complaints)
{
	if (unpack->end - unpack->start >= want || unpack->has_ended)
		return fault_none();
	mem_move(unpack->buffer, unpack->buffer + unpack->start, unpack->end - unpack->start);
	unpack->end -= unpack->start;
	unpack->start = 0;
	while (unpack->end < want && !unpack->has_ended) {
		ssize_t got = read(unpack->fd, unpack->buffer + unpack->end,
				   sizeof unpack->buffer - unpack->end);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return refuse_system(unpack->path, "read", complaints);
		unpack->has_ended = got == 0;
		unpack->end += (uint32_t)got;
		unpack->source.taken_octets += (uint64_t)got;
	}
	return fault_none();
}

static struct octets buffered(const struct unpack *unpack)
{
	return octets_of(unpack->buffer + unpack->start, unpack->end - unpack->start);
}

static struct fault plain_read(struct unpack *unpack, uint8_t *out, uint32_t room_octets,
			       uint32_t *len_octets, struct complaints *complaints)
{
	TRY(buffer_fill(unpack, 1, complaints));
	uint32_t left = unpack->end - unpack->start;
	*len_octets = left < room_octets ? left : room_octets;
	mem_copy(out, unpack->buffer + unpack->start, *len_octets);
	unpack->start += *len_octets;
	return fault_none();
}

/* Between members: *has = another one was begun. */
static struct fault member_begin(struct unpack *unpack, bool *has, struct complaints *complaints)
{
	*has = false;
	TRY(buffer_fill(unpack, PACKING_MAGIC_OCTETS_MAX, complaints));
	struct octets head = buffered(unpack);
	if (head.len_octets == 0)
		return fault_none();
	if (packing_find(head) != unpack->packing) {
		complain(complaints, false,
			 "%s: octet %" PRIu64 " of the file: the %s data ends here and something "
			 "else follows: the file is damaged",
			 unpack->path, file_octet(unpack), unpack->packing->name);
		return fault_of(FAULT_MALFORMED, 0);
	}
	if (failed(unpack->packing->begin(&unpack->state)))
		return refuse_data(unpack, FAULT_LIMIT, "there is no memory to unpack it",
				   complaints);
	unpack->is_open = true;
	*has = true;
	return fault_none();
}

static struct fault refuse_cut(const struct unpack *unpack, struct complaints *complaints)
{
	complain(complaints, false,
		 "%s: octet %" PRIu64 " of the file: it ends inside its %s data: the file is cut, "
		 "fetch it again",
		 unpack->path, file_octet(unpack), unpack->packing->name);
	return fault_of(FAULT_SHORT, 0);
}

static struct fault refuse_step(const struct unpack *unpack, struct fault fault,
				struct complaints *complaints)
{
	if (fault.kind == FAULT_LIMIT)
		return refuse_data(unpack, FAULT_LIMIT,
				   "unpacking takes more memory than is allowed", complaints);
	complain(complaints, false,
		 "%s: octet %" PRIu64 " of the file: the %s data is damaged near here, fetch the "
		 "file again",
		 unpack->path, file_octet(unpack), unpack->packing->name);
	return fault;
}

static struct fault packed_read(struct unpack *unpack, uint8_t *out, uint32_t room_octets,
				uint32_t *len_octets, struct complaints *complaints)
{
	*len_octets = 0;
	while (*len_octets == 0) {
		if (!unpack->is_open) {
			bool has = false;
			TRY(member_begin(unpack, &has, complaints));
			if (!has)
				return fault_none();
		}
		TRY(buffer_fill(unpack, 1, complaints));
		struct octets in = buffered(unpack);
		struct packing_step step = { .in = in.at,
					     .in_octets = in.len_octets,
					     .out = out,
					     .out_octets = room_octets };
		struct fault fault = unpack->packing->step(&unpack->state, &step);
		unpack->start = unpack->end - step.in_octets;
		if (failed(fault))
			return refuse_step(unpack, fault, complaints);
		*len_octets = room_octets - step.out_octets;
		if (step.member_ended) {
			unpack->packing->end(&unpack->state);
			unpack->is_open = false;
		} else if (*len_octets == 0 && in.len_octets == 0) {
			return refuse_cut(unpack, complaints);
		}
	}
	return fault_none();
}

static struct fault source_read(struct source *source, uint8_t *out, uint32_t room_octets,
				uint32_t *len_octets, struct complaints *complaints)
{
	struct unpack *unpack = unpack_of(source);

	if (unpack->packing == NULL)
		return plain_read(unpack, out, room_octets, len_octets, complaints);
	return packed_read(unpack, out, room_octets, len_octets, complaints);
}

static struct fault begin(struct unpack *unpack, bool regular_only, struct complaints *complaints)
{
	struct stat status;

	/* A pipe that nobody writes to would keep us in open. */
	unpack->fd = open(unpack->path, O_RDONLY | O_CLOEXEC | (regular_only ? O_NONBLOCK : 0));
	if (unpack->fd < 0)
		return refuse_system(unpack->path, "open", complaints);
	if (fstat(unpack->fd, &status) != 0)
		return refuse_system(unpack->path, "examine", complaints);
	if (S_ISDIR(status.st_mode)) {
		errno = EISDIR;
		return refuse_system(unpack->path, "read", complaints);
	}
	if (regular_only && !S_ISREG(status.st_mode)) {
		complain(complaints, false, "%s: is no regular file", unpack->path);
		return fault_of(FAULT_SYSTEM, EINVAL);
	}
	if (S_ISREG(status.st_mode))
		unpack->source.total_octets = (uint64_t)status.st_size;
	TRY(buffer_fill(unpack, PACKING_MAGIC_OCTETS_MAX, complaints));
	unpack->packing = packing_find(buffered(unpack));
	if (unpack->packing != NULL)
		unpack->source.packing = unpack->packing->name;
	return fault_none();
}

static struct fault source_open(struct heap *heap, const char *path, bool regular_only,
				struct source **source, struct complaints *complaints)
{
	struct unpack *unpack = heap_zero(heap, sizeof *unpack);

	*source = NULL;
	if (unpack == NULL) {
		complain(complaints, false, "%s: there is no memory to read it", path);
		return fault_of(FAULT_LIMIT, 0);
	}
	unpack->source.read = source_read;
	unpack->heap = heap;
	unpack->path = path;
	unpack->fd = -1;
	struct fault fault = begin(unpack, regular_only, complaints);
	if (failed(fault))
		unpack_close(&unpack->source);
	else
		*source = &unpack->source;
	return fault;
}

struct fault unpack_open(struct heap *heap, const char *path, struct source **source,
			 struct complaints *complaints)
{
	return source_open(heap, path, false, source, complaints);
}

struct fault unpack_open_regular(struct heap *heap, const char *path, struct source **source,
				 struct complaints *complaints)
{
	return source_open(heap, path, true, source, complaints);
}

void unpack_close(struct source *source)
{
	if (source == NULL)
		return;
	struct unpack *unpack = unpack_of(source);
	if (unpack->is_open)
		unpack->packing->end(&unpack->state);
	if (unpack->fd >= 0)
		(void)close(unpack->fd);
	heap_free(unpack->heap, unpack, sizeof *unpack);
}
