/* ledger/note.c — notes read, signed and believed. */
#include "ledger/note.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rd.h"
#include "ledger/base64.h"
#include "ledger/inside.h"
#include "text/utf8.h"

static_assert(NOTE_PUBLIC_OCTETS == crypto_sign_PUBLICKEYBYTES, "Ed25519's key");
static_assert(NOTE_SECRET_OCTETS == crypto_sign_SECRETKEYBYTES, "Ed25519's secret");

#define DASH "\xe2\x80\x94 "
#define SECRET_PREFIX "PRIVATE+KEY+"
#define KEY_ID_OCTETS 4u
#define SEED_OCTETS 32u
#define SIGNATURE_OCTETS_MAX 8192u /* the longest kind in use has 2,420 */
#define ED25519_LINE_OCTETS (KEY_ID_OCTETS + crypto_sign_BYTES)

/* --- names ------------------------------------------------------------------------------------ */

/* Unicode's White_Space. */
static bool is_blank(uint32_t code_point)
{
	return code_point <= 0x20 || code_point == 0x7f || code_point == 0x85 ||
	       code_point == 0xa0 || code_point == 0x1680 ||
	       (code_point >= 0x2000 && code_point <= 0x200a) || code_point == 0x2028 ||
	       code_point == 0x2029 || code_point == 0x202f || code_point == 0x205f ||
	       code_point == 0x3000;
}

bool note_name_is_good(struct octets name)
{
	bool good = name.len_octets != 0 && name.len_octets <= NOTE_NAME_MAX;
	uint32_t at = 0;

	while (good && at < name.len_octets) {
		uint32_t code_point = utf8_take(name, &at, &good);
		good = good && code_point != '+' && !is_blank(code_point);
	}
	return good;
}

static uint32_t u32_of(const uint8_t octet[KEY_ID_OCTETS])
{
	return (uint32_t)octet[0] << 24 | (uint32_t)octet[1] << 16 | (uint32_t)octet[2] << 8 |
	       octet[3];
}

static uint32_t key_id(const char *name, const uint8_t public[NOTE_PUBLIC_OCTETS])
{
	static const uint8_t between[] = { '\n', NOTE_ED25519 };
	crypto_hash_sha256_state state;
	uint8_t hash[crypto_hash_sha256_BYTES];

	(void)crypto_hash_sha256_init(&state);
	(void)crypto_hash_sha256_update(&state, (const uint8_t *)name, strlen(name));
	(void)crypto_hash_sha256_update(&state, between, sizeof between);
	(void)crypto_hash_sha256_update(&state, public, NOTE_PUBLIC_OCTETS);
	(void)crypto_hash_sha256_final(&state, hash);
	return u32_of(hash);
}

/* --- keys as text ----------------------------------------------------------------------------- */

static void key_text_print(const char *prefix, const struct note_key *key,
			   const uint8_t material[SEED_OCTETS], char out[NOTE_KEY_TEXT_MAX])
{
	uint8_t typed[1 + SEED_OCTETS] = { NOTE_ED25519 };
	char base64[BASE64_LEN(sizeof typed) + 1];

	mem_copy(typed + 1, material, SEED_OCTETS);
	base64_print(octets_of(typed, sizeof typed), base64);
	(void)snprintf(out, NOTE_KEY_TEXT_MAX, "%s%s+%08x+%s", prefix, key->name, key->id, base64);
	sodium_memzero(typed, sizeof typed);
}

/* The part up to a "+", which is taken too. */
static struct octets part_take(struct rd *in)
{
	uint32_t left = rd_left(in);
	const uint8_t *at = left == 0 ? NULL : memchr(in->start + in->pos, '+', left);

	if (at == NULL) {
		rd_fail(in);
		return (struct octets){ 0 };
	}
	struct octets part = rd_take(in, (uint32_t)(at - (in->start + in->pos)));
	rd_skip(in, 1);
	return part;
}

static struct fault key_text_read(struct rd *in, struct note_key *key,
				  uint8_t material[SEED_OCTETS], char id_text[9])
{
	struct octets name = part_take(in);
	struct octets id = part_take(in);
	uint8_t typed[1 + SEED_OCTETS];

	if (!rd_ok(in) || !note_name_is_good(name) || id.len_octets != 8 ||
	    !base64_read(rd_rest(in), typed, sizeof typed) || typed[0] != NOTE_ED25519)
		return fault_of(FAULT_MALFORMED, 0);
	*key = (struct note_key){ 0 };
	mem_copy(key->name, name.at, name.len_octets);
	mem_copy(id_text, id.at, 8);
	id_text[8] = '\0';
	mem_copy(material, typed + 1, SEED_OCTETS);
	sodium_memzero(typed, sizeof typed);
	return fault_none();
}

static bool id_is(const struct note_key *key, const char id_text[9])
{
	char expected[9];

	(void)snprintf(expected, sizeof expected, "%08x", key->id);
	return strcmp(expected, id_text) == 0;
}

void note_key_print(const struct note_key *key, char out[NOTE_KEY_TEXT_MAX])
{
	key_text_print("", key, key->public, out);
}

struct fault note_key_read(struct octets text, struct note_key *out)
{
	struct rd in = rd_of_octets(text);
	uint8_t public[SEED_OCTETS];
	char id_text[9];

	TRY(key_text_read(&in, out, public, id_text));
	mem_copy(out->public, public, sizeof public);
	out->id = key_id(out->name, out->public);
	return id_is(out, id_text) ? fault_none() : fault_of(FAULT_MALFORMED, 0);
}

void note_signer_make(const char *name, const uint8_t seed[SEED_OCTETS], struct note_signer *out)
{
	*out = (struct note_signer){ 0 };
	(void)snprintf(out->key.name, sizeof out->key.name, "%s", name);
	(void)crypto_sign_seed_keypair(out->key.public, out->secret, seed);
	out->key.id = key_id(out->key.name, out->key.public);
}

void note_signer_print(const struct note_signer *signer, char out[NOTE_KEY_TEXT_MAX])
{
	uint8_t seed[SEED_OCTETS];

	(void)crypto_sign_ed25519_sk_to_seed(seed, signer->secret);
	key_text_print(SECRET_PREFIX, &signer->key, seed, out);
	sodium_memzero(seed, sizeof seed);
}

struct fault note_signer_read(struct octets text, struct note_signer *out)
{
	struct rd in = rd_of_octets(text);
	struct octets prefix = rd_take(&in, sizeof SECRET_PREFIX - 1);
	struct note_key key;
	uint8_t seed[SEED_OCTETS];
	char id_text[9];

	if (!octets_equal(prefix, octets_of_text(SECRET_PREFIX)))
		return fault_of(FAULT_MALFORMED, 0);
	TRY(key_text_read(&in, &key, seed, id_text));
	note_signer_make(key.name, seed, out);
	sodium_memzero(seed, sizeof seed);
	return id_is(&out->key, id_text) ? fault_none() : fault_of(FAULT_MALFORMED, 0);
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool text_is_good(struct octets text)
{
	for (uint32_t i = 0; i < text.len_octets; i++) {
		if (text.at[i] < 0x20 && text.at[i] != '\n')
			return false;
	}
	return record_text_is_good(text);
}

/* Behind the last empty line; 0 when there is none, or no text before it. */
static uint32_t signatures_at(struct octets octets)
{
	for (uint32_t at = octets.len_octets; at > 2; at--) {
		if (octets.at[at - 1] == '\n' && octets.at[at - 2] == '\n')
			return at;
	}
	return 0;
}

static bool signature_read(struct octets line, struct note_signature *out)
{
	struct rd in = rd_of_octets(line);
	struct octets dash = rd_take(&in, sizeof DASH - 1);
	uint8_t decoded[SIGNATURE_OCTETS_MAX];
	uint32_t len = 0;

	if (!octets_equal(dash, octets_of_text(DASH)) || !rd_more(&in))
		return false;
	const uint8_t *blank = memchr(in.start + in.pos, ' ', rd_left(&in));
	if (blank == NULL)
		return false;
	out->name = rd_take(&in, (uint32_t)(blank - (in.start + in.pos)));
	rd_skip(&in, 1);
	out->base64 = rd_rest(&in);
	if (!note_name_is_good(out->name) ||
	    !base64_read_some(out->base64, decoded, sizeof decoded, &len) || len <= KEY_ID_OCTETS)
		return false;
	out->key_id = u32_of(decoded);
	return true;
}

struct fault note_read(struct octets octets, struct note *out)
{
	*out = (struct note){ 0 };
	if (octets.len_octets > NOTE_OCTETS_MAX)
		return fault_of(FAULT_LIMIT, 0);
	uint32_t at = text_is_good(octets) ? signatures_at(octets) : 0;
	if (at == 0 || at == octets.len_octets)
		return fault_of(FAULT_MALFORMED, 0);
	out->text = octets_of(octets.at, at - 1);
	while (at < octets.len_octets) {
		const uint8_t *end = memchr(octets.at + at, '\n', octets.len_octets - at);
		if (end == NULL)
			return fault_at(FAULT_MALFORMED, 0, at);
		struct octets line = octets_of(octets.at + at, (uint32_t)(end - octets.at) - at);
		if (out->signature_count == NOTE_SIGNATURES_MAX)
			return fault_at(FAULT_LIMIT, 0, at);
		if (!signature_read(line, &out->signature[out->signature_count++]))
			return fault_at(FAULT_MALFORMED, 0, at);
		at += line.len_octets + 1;
	}
	return fault_none();
}

/* --- believing -------------------------------------------------------------------------------- */

static bool is_signed(const struct note *note, const struct note_signature *signature,
		      const struct note_key *key)
{
	uint8_t decoded[ED25519_LINE_OCTETS];

	return base64_read(signature->base64, decoded, sizeof decoded) &&
	       crypto_sign_verify_detached(decoded + KEY_ID_OCTETS, note->text.at,
					   note->text.len_octets, key->public) == 0;
}

enum note_verdict note_check(const struct note *note, const struct note_key *keys, uint32_t count)
{
	enum note_verdict verdict = NOTE_UNKNOWN;

	for (uint32_t i = 0; i < note->signature_count; i++) {
		const struct note_signature *signature = &note->signature[i];
		for (uint32_t j = 0; j < count; j++) {
			if (signature->key_id != keys[j].id ||
			    !octets_equal(signature->name, octets_of_text(keys[j].name)))
				continue;
			if (!is_signed(note, signature, &keys[j]))
				return NOTE_CONDEMNED;
			verdict = NOTE_GOOD;
		}
	}
	return verdict;
}

struct fault note_sign(const char *text, const struct note_signer *signer, char *out, uint32_t room)
{
	uint8_t line[ED25519_LINE_OCTETS] = {
		(uint8_t)(signer->key.id >> 24),
		(uint8_t)(signer->key.id >> 16),
		(uint8_t)(signer->key.id >> 8),
		(uint8_t)signer->key.id,
	};
	char base64[BASE64_LEN(sizeof line) + 1];

	(void)crypto_sign_detached(line + KEY_ID_OCTETS, NULL, (const uint8_t *)text, strlen(text),
				   signer->secret);
	base64_print(octets_of(line, sizeof line), base64);
	int len = snprintf(out, room, "%s\n" DASH "%s %s\n", text, signer->key.name, base64);
	return len > 0 && (uint32_t)len < room ? fault_none() : fault_of(FAULT_LIMIT, 0);
}
