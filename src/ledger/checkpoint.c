/* ledger/checkpoint.c — checkpoints and files of proofs. */
#include "ledger/checkpoint.h"

#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/mem.h"
#include "base/rd.h"
#include "ledger/base64.h"

#define FILE_FIRST "c2sp.org/tlog-proof@v1"
#define FILE_EXTRA "extra "
#define FILE_INDEX "index "
#define HASH_BASE64_LEN BASE64_LEN(MERKLE_HASH_OCTETS)

void checkpoint_print(const struct checkpoint *checkpoint, char out[CHECKPOINT_TEXT_MAX])
{
	char root[HASH_BASE64_LEN + 1];

	base64_print(octets_of(checkpoint->root.octet, MERKLE_HASH_OCTETS), root);
	(void)snprintf(out, CHECKPOINT_TEXT_MAX, "%s\n%llu\n%s\n", checkpoint->origin,
		       (unsigned long long)checkpoint->size, root);
}

/* A line without its break; fails at the end of what there is. */
static struct octets line_take(struct rd *in)
{
	uint32_t left = rd_left(in);
	const uint8_t *at = left == 0 ? NULL : memchr(in->start + in->pos, '\n', left);

	if (at == NULL) {
		rd_fail(in);
		return (struct octets){ 0 };
	}
	struct octets line = rd_take(in, (uint32_t)(at - (in->start + in->pos)));
	rd_skip(in, 1);
	return line;
}

static bool hash_read(struct octets text, struct merkle_hash *out)
{
	return text.len_octets == HASH_BASE64_LEN &&
	       base64_read(text, out->octet, MERKLE_HASH_OCTETS);
}

struct fault checkpoint_read(struct octets text, struct checkpoint *out)
{
	struct rd in = rd_of_octets(text);
	struct octets origin = line_take(&in);
	struct octets size = line_take(&in);
	struct octets root = line_take(&in);

	*out = (struct checkpoint){ 0 };
	if (!rd_ok(&in) || origin.len_octets == 0 || origin.len_octets > NOTE_NAME_MAX ||
	    memchr(origin.at, 0, origin.len_octets) != NULL ||
	    !decimal_read(size, INT64_MAX, &out->size) || !hash_read(root, &out->root))
		return fault_of(FAULT_MALFORMED, 0);
	mem_copy(out->origin, origin.at, origin.len_octets);
	while (rd_more(&in)) {
		uint32_t at = in.pos;
		if (line_take(&in).len_octets == 0)
			return fault_at(FAULT_MALFORMED, 0, at);
	}
	return fault_none();
}

/* --- a proof in a file ------------------------------------------------------------------------ */

bool proof_file_print(struct text_sink sink, uint64_t index, const char *extra,
		      const struct proof *proof, const char *note)
{
	bool put = text_put(sink, FILE_FIRST "\n");

	if (extra != NULL)
		put = put && text_put_text(sink, FILE_EXTRA) && text_put_text(sink, extra) &&
		      text_put_text(sink, "\n");
	put = put && text_put(sink, FILE_INDEX "%llu\n", (unsigned long long)index);
	for (uint32_t i = 0; put && i < proof->count; i++) {
		char hash[HASH_BASE64_LEN + 1];
		base64_print(octets_of(proof->hash[i].octet, MERKLE_HASH_OCTETS), hash);
		put = text_put(sink, "%s\n", hash);
	}
	return put && text_put_text(sink, "\n") && text_put_text(sink, note);
}

/* What stands behind `prefix` when the line begins so. */
static bool tail_of(struct octets line, const char *prefix, struct octets *out)
{
	uint32_t len = (uint32_t)strlen(prefix);

	if (line.len_octets < len || memcmp(line.at, prefix, len) != 0)
		return false;
	*out = octets_of(line.at + len, line.len_octets - len);
	return true;
}

struct fault proof_file_read(struct octets octets, struct proof_file *out)
{
	struct rd in = rd_of_octets(octets);
	struct octets first = line_take(&in);
	struct octets line = line_take(&in);
	struct octets value = { 0 };

	*out = (struct proof_file){ 0 };
	if (!octets_equal(first, octets_of_text(FILE_FIRST)))
		return fault_at(FAULT_MALFORMED, 0, 0);
	if (tail_of(line, FILE_EXTRA, &out->extra))
		line = line_take(&in);
	if (!rd_ok(&in) || !tail_of(line, FILE_INDEX, &value) ||
	    !decimal_read(value, INT64_MAX, &out->index))
		return fault_at(FAULT_MALFORMED, 0, in.pos);
	for (line = line_take(&in); rd_ok(&in) && line.len_octets != 0; line = line_take(&in)) {
		if (out->proof.count == PROOF_HASHES_MAX)
			return fault_at(FAULT_LIMIT, 0, in.pos);
		if (!hash_read(line, &out->proof.hash[out->proof.count++]))
			return fault_at(FAULT_MALFORMED, 0, in.pos);
	}
	out->note = rd_rest(&in);
	return out->note.len_octets != 0 ? fault_none() : fault_at(FAULT_MALFORMED, 0, in.pos);
}
