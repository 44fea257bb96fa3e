/* server/ledger_tiles.c — the tree of a log written as files, and those files checked. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/ledger_files.h"
#include "sys/fault.h"
#include "sys/files.h"

#define TILE_OCTETS_MAX (TILE_WIDTH * (RECORD_CARD_MAX + 2u))
#define LEVELS 9u /* 0 to 7, and the entries */

static uint32_t level_at(uint32_t at)
{
	return at == LEVELS - 1 ? TILE_LEVEL_ENTRIES : at;
}

struct tiling {
	const char *directory;
	struct store *store;
	struct heap heap;
	struct text_buffer text;
	uint64_t count;
	bool is_reading; /* the store, not writing files */
	char path[PATH_MAX];
};

static void tiling_init(struct tiling *tiling, const char *directory, struct store *store)
{
	*tiling = (struct tiling){ .directory = directory, .store = store, .heap = heap_libc() };
	text_buffer_init(&tiling->text, &tiling->heap, 0);
}

static void tile_name(struct tiling *tiling, uint32_t level, uint64_t index, uint32_t width)
{
	char name[TILE_PATH_MAX];

	tile_path_print(level, index, width, name);
	(void)snprintf(tiling->path, sizeof tiling->path, "%s/ledger/%s", tiling->directory, name);
}

/* --- writing ---------------------------------------------------------------------------------- */

static struct fault tile_write(struct tiling *tiling, uint32_t level, uint64_t index,
			       uint32_t width, bool is_all)
{
	tile_name(tiling, level, index, width);
	if (is_all && access(tiling->path, F_OK) == 0)
		return fault_none();
	tiling->is_reading = true;
	TRY(ledger_tile(tiling->store, level, index, width, &tiling->text));
	tiling->is_reading = false;
	TRY(directories_make(tiling->path));
	tiling->count++;
	return file_write_soon(tiling->path,
			       octets_of(text_buffer_of(&tiling->text), tiling->text.len_octets));
}

/* The narrower ones of a tile that is full now. */
static void partials_remove(struct tiling *tiling, uint32_t level, uint64_t index)
{
	for (uint32_t width = 1; width < TILE_WIDTH; width++) {
		tile_name(tiling, level, index, width);
		(void)unlink(tiling->path);
	}
	*strrchr(tiling->path, '/') = '\0';
	(void)rmdir(tiling->path);
}

static struct fault level_write(struct tiling *tiling, uint32_t level, uint64_t from, uint64_t size,
				bool is_all)
{
	uint64_t first = is_all ? 0 : tile_full_count(level, from);
	uint32_t width = tile_partial_width(level, size);

	for (uint64_t i = first; i < tile_full_count(level, size); i++)
		TRY(tile_write(tiling, level, i, TILE_WIDTH, is_all));
	if (width != 0)
		TRY(tile_write(tiling, level, tile_full_count(level, size), width, is_all));
	return fault_none();
}

static void levels_tidy(struct tiling *tiling, uint64_t from, uint64_t size)
{
	for (uint32_t at = 0; at < LEVELS; at++) {
		uint32_t level = level_at(at);
		uint64_t first = tile_full_count(level, from);
		if (tile_partial_width(level, from) != 0 && first < tile_full_count(level, size))
			partials_remove(tiling, level, first);
	}
}

static struct fault checkpoint_write(struct tiling *tiling, const struct note_signer *signer,
				     struct checkpoint *head)
{
	char text[CHECKPOINT_TEXT_MAX];
	char note[CHECKPOINT_NOTE_MAX];
	char ledger[PATH_MAX];

	(void)snprintf(head->origin, sizeof head->origin, "%s", signer->key.name);
	checkpoint_print(head, text);
	TRY(note_sign(text, signer, note, sizeof note));
	(void)snprintf(ledger, sizeof ledger, "%s/ledger", tiling->directory);
	int len = snprintf(tiling->path, sizeof tiling->path, "%s/ledger/checkpoint",
			   tiling->directory);
	if (len < 0 || len >= (int)sizeof tiling->path)
		return fault_of(FAULT_SYSTEM, ENAMETOOLONG);
	TRY(directories_make(tiling->path));
	/* What the checkpoint speaks of is on the disk before it. */
	if (tiling->count != 0)
		TRY(files_sync(ledger));
	return file_write(tiling->path, octets_of_text(note));
}

static struct fault publish(struct tiling *tiling, const struct note_signer *signer,
			    const struct checkpoint *last, bool has_last, bool is_all)
{
	struct checkpoint head;

	tiling->is_reading = true;
	TRY(ledger_head(tiling->store, &head));
	tiling->is_reading = false;
	/* Never back: a log that is shorter was refused when it was opened. */
	if (has_last && (head.size < last->size || (head.size == last->size && !is_all)))
		return fault_none();
	for (uint32_t at = 0; at < LEVELS; at++)
		TRY(level_write(tiling, level_at(at), has_last ? last->size : 0, head.size,
				is_all || !has_last));
	if (has_last && head.size == last->size)
		return fault_none();
	TRY(checkpoint_write(tiling, signer, &head));
	if (has_last)
		levels_tidy(tiling, last->size, head.size);
	return fault_none();
}

void ledger_files_publish(const char *directory, struct store *store, bool all,
			  struct complaints *complaints)
{
	struct complaints unsaid = { 0 };
	struct checkpoint last = { .size = 0 };
	struct note_signer signer;
	struct tiling tiling;
	char note[CHECKPOINT_NOTE_MAX];

	if (!ledger_files_signer(directory, &signer) ||
	    !ledger_files_checkpoint(directory, store, note, &last, &unsaid))
		return;
	tiling_init(&tiling, directory, store);
	struct fault fault = publish(&tiling, &signer, &last, note[0] != '\0', all);
	text_buffer_fini(&tiling.text);
	explicit_bzero(&signer, sizeof signer);
	if (failed(fault))
		complain(complaints, true,
			 "%s/ledger: the log's newest records are kept, and not yet published: %s",
			 directory,
			 tiling.is_reading ? store_why(store, fault) : system_word(fault));
}

/* --- checking --------------------------------------------------------------------------------- */

enum tile_state {
	TILE_RIGHT = 0,
	TILE_ABSENT,
	TILE_WRONG,
	TILE_UNREAD, /* its file, or what it should be */
};

static enum tile_state tile_look(struct tiling *tiling, uint32_t level, uint64_t index,
				 uint32_t width, const char **why)
{
	struct octets octets = { 0 };

	tile_name(tiling, level, index, width);
	struct fault fault = file_read_regular(&tiling->heap, tiling->path, TILE_OCTETS_MAX,
					       &octets);
	if (fault.kind == FAULT_SYSTEM && fault.code == ENOENT)
		return TILE_ABSENT;
	*why = fault.kind == FAULT_SYSTEM ? strerror(fault.code) : "too large, or memory is out";
	if (failed(fault))
		return fault.kind == FAULT_SYSTEM || fault.kind == FAULT_LIMIT ? TILE_UNREAD :
										 TILE_WRONG;
	fault = ledger_tile(tiling->store, level, index, width, &tiling->text);
	bool same = octets_equal(octets,
				 octets_of(text_buffer_of(&tiling->text), tiling->text.len_octets));
	file_free(&tiling->heap, octets);
	tiling->count++;
	*why = store_error(tiling->store);
	return failed(fault) ? TILE_UNREAD : same ? TILE_RIGHT : TILE_WRONG;
}

static bool tile_check(struct tiling *tiling, uint32_t level, uint64_t index, uint32_t width,
		       bool is_needed, struct complaints *findings)
{
	const char *why = "";

	switch (tile_look(tiling, level, index, width, &why)) {
	case TILE_WRONG:
		complain(findings, false,
			 "%s: is not what the log gives; remove it, and serve writes it anew",
			 tiling->path);
		return false;
	case TILE_UNREAD:
		complain(findings, false, "%s: cannot be compared with the log: %s", tiling->path,
			 why);
		return false;
	case TILE_ABSENT:
		if (is_needed)
			complain(findings, true, "%s: is not there; serve writes it anew",
				 tiling->path);
		return true;
	case TILE_RIGHT:
	default:
		return true;
	}
}

static bool level_check(struct tiling *tiling, uint32_t level, uint64_t size,
			struct complaints *findings)
{
	uint32_t width = tile_partial_width(level, size);
	bool good = true;

	for (uint64_t i = 0; i < tile_full_count(level, size); i++)
		good &= tile_check(tiling, level, i, TILE_WIDTH, true, findings);
	for (uint32_t i = 1; i <= width; i++)
		good &= tile_check(tiling, level, tile_full_count(level, size), i, i == width,
				   findings);
	return good;
}

bool ledger_files_verify(const char *directory, struct store *store, uint64_t *count,
			 struct complaints *findings)
{
	struct checkpoint last = { .size = 0 };
	struct checkpoint head;
	struct merkle_hash root;
	struct tiling tiling;
	char note[CHECKPOINT_NOTE_MAX];
	bool good = true;

	*count = 0;
	if (!ledger_files_checkpoint(directory, store, note, &last, findings))
		return false;
	if (note[0] == '\0') {
		complain(findings, true, "%s/ledger/checkpoint: is not there; serve writes it anew",
			 directory);
		return true;
	}
	if (failed(ledger_head(store, &head)) || head.size < last.size ||
	    failed(proof_root(ledger_hashes(store), last.size, &root)) ||
	    !merkle_equal(&root, &last.root)) {
		complain(findings, false, "%s/ledger/checkpoint: the log is not the one it signs",
			 directory);
		return false;
	}
	tiling_init(&tiling, directory, store);
	for (uint32_t at = 0; at < LEVELS; at++)
		good &= level_check(&tiling, level_at(at), last.size, findings);
	text_buffer_fini(&tiling.text);
	*count = tiling.count + 1;
	return good;
}
