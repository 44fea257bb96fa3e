/* fuzz/note.c — signed notes, checkpoints, keys and files of proofs, as strangers may send them.
 * Reaches note_read note_check checkpoint_read checkpoint_print proof_file_read
 *         proof_inclusion_holds note_key_read note_key_print note_signer_read note_signer_print */
#include "target.h"

#include <string.h>

#include "ledger/checkpoint.h"

#define KEY "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"

static void note_try(struct octets octets)
{
	struct checkpoint checkpoint;
	struct note_key key;
	struct note note;
	char text[CHECKPOINT_TEXT_MAX];

	if (failed(note_read(octets, &note)))
		return;
	MUST(!failed(note_key_read(octets_of_text(KEY), &key)));
	MUST(note.signature_count != 0 && note.signature_count <= NOTE_SIGNATURES_MAX);
	MUST(note.text.at[note.text.len_octets - 1] == '\n');
	(void)note_check(&note, &key, 1);
	if (failed(checkpoint_read(note.text, &checkpoint)))
		return;
	/* Nothing but further lines may differ. */
	checkpoint_print(&checkpoint, text);
	MUST(strlen(text) <= note.text.len_octets && memcmp(text, note.text.at, strlen(text)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct octets octets = octets_of(data, (uint32_t)size);
	struct proof_file file;
	struct note_signer signer;
	struct note_key key;
	char text[NOTE_KEY_TEXT_MAX];

	if (size > NOTE_OCTETS_MAX + 1)
		return 0;
	note_try(octets);
	if (!failed(proof_file_read(octets, &file))) {
		struct merkle_hash leaf = merkle_leaf(octets);
		(void)proof_inclusion_holds(&file.proof, file.index, file.index + 1, &leaf, &leaf);
		note_try(file.note);
	}
	if (!failed(note_key_read(octets, &key))) {
		note_key_print(&key, text);
		MUST(octets_equal(octets, octets_of_text(text)));
	}
	if (!failed(note_signer_read(octets, &signer))) {
		note_signer_print(&signer, text);
		MUST(octets_equal(octets, octets_of_text(text)));
	}
	return 0;
}
