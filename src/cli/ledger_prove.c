/* cli/ledger_prove.c — proofs for others, and theirs checked. */
#include <string.h>

#include "base/decimal.h"
#include "cli/ledger.h"
#include "ledger/base64.h"
#include "server/ledger_files.h"

static enum exit_code fault_tell(struct desk *desk, struct fault fault)
{
	complain(desk->complaints, false, "the log cannot be read: %s",
		 store_why(desk->store, fault));
	return EXIT_COULD_NOT;
}

/* The newest that is signed. */
static bool checkpoint_get(struct desk *desk, char note[CHECKPOINT_NOTE_MAX],
			   struct checkpoint *out)
{
	ledger_files_publish(desk->directory, desk->store, false, desk->complaints);
	if (!ledger_files_checkpoint(desk->directory, desk->store, note, out, desk->complaints))
		return false;
	if (note[0] == '\0')
		complain(desk->complaints, false,
			 "nothing is signed: the key, %s/ledger.key, is not there",
			 desk->directory);
	return note[0] != '\0';
}

static enum exit_code inclusion_print(struct desk *desk, uint64_t number)
{
	struct heap heap = heap_libc();
	struct checkpoint checkpoint;
	struct proof proof;
	char note[CHECKPOINT_NOTE_MAX];
	char card[RECORD_CARD_MAX];
	uint32_t len = 0;

	if (!checkpoint_get(desk, note, &checkpoint))
		return EXIT_COULD_NOT;
	if (number >= checkpoint.size) {
		complain(desk->complaints, false, "the signed log has no record %llu: it has %llu",
			 (unsigned long long)number, (unsigned long long)checkpoint.size);
		return EXIT_COULD_NOT;
	}
	struct fault fault = ledger_card(desk->store, number, card, &len);
	if (!failed(fault))
		fault = proof_inclusion(ledger_hashes(desk->store), number, checkpoint.size,
					&proof);
	if (failed(fault))
		return fault_tell(desk, fault);
	char *extra = heap_take(&heap, BASE64_LEN(len) + 1);
	if (extra == NULL)
		return fault_tell(desk, fault_of(FAULT_LIMIT, 0));
	base64_print(octets_of(card, len), extra);
	bool put = proof_file_print(desk->out, number, extra, &proof, note);
	heap_free(&heap, extra, BASE64_LEN(len) + 1);
	return put ? EXIT_DONE : EXIT_COULD_NOT;
}

/* As a witness is asked (c2sp.org/tlog-witness): the old size, the proof, the new checkpoint. */
static enum exit_code consistency_print(struct desk *desk, uint64_t from)
{
	struct checkpoint checkpoint;
	struct proof proof;
	char note[CHECKPOINT_NOTE_MAX];

	if (!checkpoint_get(desk, note, &checkpoint))
		return EXIT_COULD_NOT;
	struct fault fault = proof_consistency(ledger_hashes(desk->store), from, checkpoint.size,
					       &proof);
	if (fault.kind == FAULT_CONFLICT)
		complain(desk->complaints, false,
			 "--from %llu is not from 1 to %llu, which is how much is signed",
			 (unsigned long long)from, (unsigned long long)checkpoint.size);
	if (failed(fault))
		return fault.kind == FAULT_CONFLICT ? EXIT_COULD_NOT : fault_tell(desk, fault);
	bool put = text_put(desk->out, "old %llu\n", (unsigned long long)from);
	for (uint32_t i = 0; i < proof.count; i++) {
		char hash[BASE64_LEN(MERKLE_HASH_OCTETS) + 1];
		base64_print(octets_of(proof.hash[i].octet, MERKLE_HASH_OCTETS), hash);
		put = put && text_put(desk->out, "%s\n", hash);
	}
	return put && text_put(desk->out, "\n%s", note) ? EXIT_DONE : EXIT_COULD_NOT;
}

enum exit_code command_ledger_prove(struct desk *desk, const struct arguments *arguments)
{
	const char *from = argument_of(arguments, "from");
	uint64_t number = 0;

	if ((arguments->word_count == 1) == (from != NULL)) {
		complain(desk->complaints, false,
			 "name either a record, by its number, or with --from a size of the log");
		return EXIT_COULD_NOT;
	}
	if (!decimal_read(octets_of_text(from != NULL ? from : arguments->word[0]), INT64_MAX,
			  &number)) {
		complain(desk->complaints, false, "\"%s\" is not a number",
			 from != NULL ? from : arguments->word[0]);
		return EXIT_COULD_NOT;
	}
	return from != NULL ? consistency_print(desk, number) : inclusion_print(desk, number);
}

/* --- checking --------------------------------------------------------------------------------- */

/* Why it does not hold; NULL: it does, and its record is in `card`. */
static const char *proof_wrong(struct octets octets, const struct note_key *key,
			       struct checkpoint *checkpoint, uint64_t *index,
			       char card[RECORD_CARD_MAX], uint32_t *len)
{
	struct proof_file file;
	struct note note;

	if (failed(proof_file_read(octets, &file)) || failed(note_read(file.note, &note)) ||
	    failed(checkpoint_read(note.text, checkpoint)))
		return "is no proof as c2sp.org/tlog-proof has it";
	switch (note_check(&note, key, 1)) {
	case NOTE_UNKNOWN:
		return "is not signed by this log's key";
	case NOTE_CONDEMNED:
		return "has a false signature";
	case NOTE_GOOD:
		break;
	}
	if (strcmp(checkpoint->origin, key->name) != 0)
		return "is of another log";
	if (!base64_read_some(file.extra, (uint8_t *)card, RECORD_CARD_MAX, len))
		return "has no record in it, which plenum ledger prove puts there";
	struct merkle_hash leaf = merkle_leaf(octets_of(card, *len));
	if (!proof_inclusion_holds(&file.proof, file.index, checkpoint->size, &leaf,
				   &checkpoint->root))
		return "does not hold: the record is not the one at its place in the log";
	*index = file.index;
	return NULL;
}

enum exit_code ledger_proof_check(struct desk *desk, const char *name, struct octets octets,
				  const char *key_text)
{
	struct checkpoint checkpoint;
	struct note_key key;
	char card[RECORD_CARD_MAX];
	uint32_t len = 0;
	uint64_t index = 0;

	if (failed(note_key_read(octets_of_text(key_text), &key))) {
		complain(desk->complaints, false,
			 "\"%s\" is no key; plenum ledger show gives the log's", key_text);
		return EXIT_COULD_NOT;
	}
	const char *wrong = proof_wrong(octets, &key, &checkpoint, &index, card, &len);
	if (wrong != NULL) {
		(void)text_put(desk->out, "%s: %s\n", name, wrong);
		return EXIT_FOUND;
	}
	bool put = text_put(desk->out, "the proof holds: record %llu of the %llu of %s\n\n",
			    (unsigned long long)index, (unsigned long long)checkpoint.size,
			    checkpoint.origin) &&
		   text_put_octets(desk->out, card, len);
	return put ? EXIT_DONE : EXIT_COULD_NOT;
}

enum exit_code command_ledger_check(struct desk *desk, const struct arguments *arguments)
{
	const char *key = argument_of(arguments, "key");

	if (key == NULL) {
		complain(desk->complaints, false,
			 "--key is missing: whoever has the log gives its key with plenum ledger "
			 "show");
		return EXIT_COULD_NOT;
	}
	return ledger_proof_check(desk, arguments->word[0], desk->attached, key);
}
