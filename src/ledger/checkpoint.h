/* ledger/checkpoint.h — how large a log is and what its root is, as the text of a note; and a proof
 * in a file, which is a checkpoint with the way from a leaf to it.
 * Shape   origin, size, root in base64, a line each; further lines are passed over
 * Source  c2sp.org/tlog-checkpoint, c2sp.org/tlog-proof
 * Owns    what is read borrows from what it was read from
 * Faults  MALFORMED, LIMIT
 * Thread  any */
#ifndef LEDGER_CHECKPOINT_H
#define LEDGER_CHECKPOINT_H

#include "ledger/note.h"
#include "ledger/proof.h"
#include "text/sink.h"

#define CHECKPOINT_TEXT_MAX 256u
#define CHECKPOINT_NOTE_MAX 512u

struct checkpoint {
	char origin[NOTE_NAME_MAX + 1];
	uint64_t size;
	struct merkle_hash root;
};

void checkpoint_print(const struct checkpoint *checkpoint, char out[CHECKPOINT_TEXT_MAX]);
MUST_USE struct fault checkpoint_read(struct octets text, struct checkpoint *out);

/* What a proof's file says; whether it holds is for proof_inclusion_holds, note_check to say. */
struct proof_file {
	uint64_t index;
	struct octets extra; /* base64; empty = none */
	struct proof proof;
	struct octets note;
};

bool proof_file_print(struct text_sink sink, uint64_t index, const char *extra,
		      const struct proof *proof, const char *note);
MUST_USE struct fault proof_file_read(struct octets octets, struct proof_file *out);

#endif
