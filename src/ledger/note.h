/* ledger/note.h — signed notes: a text and who signs it, as people can read and mail it.
 *
 *     text, of lines
 *
 *     — example.net/log Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+...
 *
 * A signature is of the key's name and number; keys that are not known are passed over, and one
 * that is known and did not sign condemns the note.  Witnesses' cosignatures are lines of the same
 * shape with a type of their own; there is none here yet, and a note that has them is read.
 * Source  c2sp.org/signed-note; RFC 8032 for Ed25519
 * Owns    a note is borrowed from what it was read from · keys are plain values
 * Faults  MALFORMED: not a note, or no key · LIMIT: longer than a bound
 * Bound   NOTE_SIGNATURES_MAX, NOTE_OCTETS_MAX
 * Thread  any */
#ifndef LEDGER_NOTE_H
#define LEDGER_NOTE_H

#include "base/fault.h"
#include "base/octets.h"

#define NOTE_SIGNATURES_MAX 16u
#define NOTE_OCTETS_MAX 131072u
#define NOTE_NAME_MAX 127u
#define NOTE_KEY_TEXT_MAX 256u /* a key as text, with its NUL */
#define NOTE_PUBLIC_OCTETS 32u
#define NOTE_SECRET_OCTETS 64u

enum note_key_type {
	NOTE_ED25519 = 1,
	NOTE_COSIGNATURE_ED25519 = 4, /* a witness's; not made or checked here */
	NOTE_COSIGNATURE_ML_DSA_44 = 6,
};

/* Who may be believed. */
struct note_key {
	char name[NOTE_NAME_MAX + 1];
	uint32_t id;
	uint8_t public[NOTE_PUBLIC_OCTETS];
};

/* Who can sign. */
struct note_signer {
	struct note_key key;
	uint8_t secret[NOTE_SECRET_OCTETS];
};

/* No blank, no "+", no control, UTF-8. */
bool note_name_is_good(struct octets name);

/* "example.net/log+530d903a+AekyeRrm...": whom to believe.  Only Ed25519 keys are read. */
void note_key_print(const struct note_key *key, char out[NOTE_KEY_TEXT_MAX]);
MUST_USE struct fault note_key_read(struct octets text, struct note_key *out);

/* From a good name and 32 random octets; as text "PRIVATE+KEY+example.net/log+530d903a+...". */
void note_signer_make(const char *name, const uint8_t seed[32], struct note_signer *out);
void note_signer_print(const struct note_signer *signer, char out[NOTE_KEY_TEXT_MAX]);
MUST_USE struct fault note_signer_read(struct octets text, struct note_signer *out);

struct note_signature {
	struct octets name;
	uint32_t key_id;
	struct octets base64; /* key's number and signature */
};

struct note {
	struct octets text; /* with its last line break */
	uint32_t signature_count;
	struct note_signature signature[NOTE_SIGNATURES_MAX];
};

MUST_USE struct fault note_read(struct octets octets, struct note *out);

enum note_verdict {
	NOTE_UNKNOWN = 0, /* no key that is known signs it: not to be believed */
	NOTE_GOOD,
	NOTE_CONDEMNED, /* a known key is named and did not sign it */
};

enum note_verdict note_check(const struct note *note, const struct note_key *keys, uint32_t count);

/* Text and one signature, closed by a NUL; the text ends with a line break and is good.  LIMIT:
 * does not fit. */
MUST_USE struct fault note_sign(const char *text, const struct note_signer *signer, char *out,
				uint32_t room);

#endif
