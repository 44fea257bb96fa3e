/* unit/ledger/note.c — signed notes, checkpoints and files of proofs: those of the specifications,
 * and what breaks each rule. */
#include "ledger/note.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "kit/tap.h"
#include "ledger/base64.h"
#include "ledger/checkpoint.h"

#define DASH "\xe2\x80\x94"
#define KEY "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
#define SIGNATURE \
	"Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu7" \
	"2IneyaQM="
#define LINE DASH " example.com/foo " SIGNATURE "\n"
#define TEXT "This is an example message.\n"

static struct note_key key_make(const char *text)
{
	struct note_key key = { 0 };

	expect_true(!failed(note_key_read(octets_of_text(text), &key)));
	return key;
}

/* One value has one text: the library below takes octets from 0x80 on for digits. */
static void case_base64(void)
{
	static const char *const bad[] = { "AAA\xc2", "AA\xff", "A A=", "AAA\n", "AAB=", "AA" };
	uint8_t out[8];
	uint32_t len = 0;

	expect_true(base64_read_some(octets_of_text("AAA="), out, sizeof out, &len));
	expect_u64(len, 2);
	for (uint32_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		tap_row(bad[i]);
		expect_true(!base64_read_some(octets_of_text(bad[i]), out, sizeof out, &len));
	}
	for (uint32_t octet = 0x80; octet < 0x100; octet++) {
		char text[] = { 'A', (char)octet, 'A', 'A', '\0' };
		expect_true(!base64_read(octets_of_text(text), out, 3));
	}
}

static void case_published(void)
{
	struct note_key key = key_make(KEY);
	struct note note;
	char text[NOTE_KEY_TEXT_MAX];

	expect_text(key.name, "example.com/foo");
	expect_u64(key.id, 0x530d903a);
	note_key_print(&key, text);
	expect_text(text, KEY);
	expect_true(!failed(note_read(octets_of_text(TEXT "\n" LINE), &note)));
	expect_true(octets_equal(note.text, octets_of_text(TEXT)));
	expect_u64(note.signature_count, 1);
	expect_u64(note_check(&note, &key, 1), NOTE_GOOD);
	expect_u64(note_check(&note, &key, 0), NOTE_UNKNOWN);
}

/* c2sp.org/signed-note's and tlog-checkpoint's other examples, whose keys it does not give. */
static void case_shapes(void)
{
	static const char poem[] =
		"Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\n"
		"ed \xc3\xa8 subito sera.\n\n" DASH
		" quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJ"
		"KONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";
	static const char sofa[] =
		"example.com/behind-the-sofa\n20852163\n"
		"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n" DASH
		" example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URY"
		"N7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
	struct note_key key = key_make(KEY);
	struct checkpoint checkpoint;
	struct note note;
	char text[CHECKPOINT_TEXT_MAX];

	expect_true(!failed(note_read(octets_of_text(poem), &note)));
	expect_u64(note.text.len_octets, 88);
	expect_u64(note_check(&note, &key, 1), NOTE_UNKNOWN);
	expect_true(!failed(note_read(octets_of_text(sofa), &note)));
	expect_true(!failed(checkpoint_read(note.text, &checkpoint)));
	expect_text(checkpoint.origin, "example.com/behind-the-sofa");
	expect_u64(checkpoint.size, 20852163);
	checkpoint_print(&checkpoint, text);
	expect_true(octets_equal(note.text, octets_of_text(text)));
}

static void case_signed(void)
{
	static const uint8_t seed[32] = { 1, 2, 3 };
	struct note_signer signer;
	struct note_signer again;
	struct note_key keys[2];
	struct note note;
	char text[NOTE_KEY_TEXT_MAX];
	char out[1024];

	note_signer_make("as64500.plenum/ledger", seed, &signer);
	note_signer_print(&signer, text);
	expect_true(!failed(note_signer_read(octets_of_text(text), &again)));
	expect_octets(again.secret, sizeof again.secret, signer.secret, sizeof signer.secret);
	expect_true(failed(note_key_read(octets_of_text(text), &keys[0])));
	note_key_print(&signer.key, text);
	keys[0] = key_make(text);
	keys[1] = key_make(KEY);
	expect_true(!failed(note_sign("a\n\nb\n", &signer, out, sizeof out)));
	expect_true(!failed(note_read(octets_of_text(out), &note)));
	expect_true(octets_equal(note.text, octets_of_text("a\n\nb\n")));
	expect_u64(note_check(&note, keys, 2), NOTE_GOOD);
	expect_u64(note_check(&note, keys + 1, 1), NOTE_UNKNOWN);
	/* Same name, other number: another key. */
	keys[0].id ^= 1;
	expect_u64(note_check(&note, keys, 2), NOTE_UNKNOWN);
	keys[0].id ^= 1;
	keys[0].public[0] ^= 1;
	expect_u64(note_check(&note, keys, 2), NOTE_CONDEMNED);
	expect_u64(note_sign("a\n", &signer, out, 40).kind, FAULT_LIMIT);
}

/* A good signature does not save a note that has a bad one of another known key. */
static void case_condemned(void)
{
	static const uint8_t seed[32] = { 9 };
	struct note_signer signer;
	struct note_key keys[2] = { key_make(KEY) };
	struct note note;
	char other[1024];
	char both[2048];

	note_signer_make("other", seed, &signer);
	keys[1] = signer.key;
	expect_true(!failed(note_sign("Another text.\n", &signer, other, sizeof other)));
	(void)snprintf(both, sizeof both, "%s\n%s%s", TEXT, LINE, strstr(other, DASH));
	expect_true(!failed(note_read(octets_of_text(both), &note)));
	expect_u64(note.signature_count, 2);
	expect_u64(note_check(&note, keys, 1), NOTE_GOOD);
	expect_u64(note_check(&note, keys, 2), NOTE_CONDEMNED);
}

static void case_refused(void)
{
	static const char *const rows[] = {
		"",
		"\n",
		"\n\n",
		"\n\n" LINE,
		TEXT,
		TEXT "\n",
		TEXT LINE,
		"no line break\n\n" DASH " x\n",
		TEXT "\n" DASH " example.com/foo " SIGNATURE,
		TEXT "\n" LINE "\n",
		TEXT "\n- example.com/foo " SIGNATURE "\n",
		TEXT "\n" DASH "example.com/foo " SIGNATURE "\n",
		TEXT "\n" DASH "  " SIGNATURE "\n",
		TEXT "\n" DASH " example+foo " SIGNATURE "\n",
		TEXT "\n" DASH " example\xe2\x80\xa8"
		     "foo " SIGNATURE "\n",
		TEXT "\n" DASH " example.com/foo  " SIGNATURE "\n",
		TEXT "\n" DASH " example.com/foo " SIGNATURE " \n",
		TEXT "\n" DASH " example.com/foo Uw2QOg==\n",
		TEXT "\n" DASH " example.com/foo Uw2QOkk\n",
		TEXT "\n" DASH " example.com/foo Uw2QOkl=\n",
		TEXT "\n" DASH " example.com/foo\n",
		"tab\there\n\n" LINE,
		"\r\n\n" LINE,
		"not UTF-8: \xff\n\n" LINE,
		"surrogate \xed\xa0\x80\n\n" LINE,
	};
	static char many[NOTE_OCTETS_MAX + 2];
	struct note_key key;
	struct note note;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		tap_row(rows[i]);
		expect_u64(note_read(octets_of_text(rows[i]), &note).kind, FAULT_MALFORMED);
	}
	tap_row(NULL);
	/* Up to 16 signatures, and no more. */
	size_t len = (size_t)snprintf(many, sizeof many, "%s\n", TEXT);
	for (uint32_t i = 0; i < 17; i++) {
		len += (size_t)snprintf(many + len, sizeof many - len, "%s", LINE);
		expect_u64(note_read(octets_of_text(many), &note).kind,
			   i < 16 ? FAULT_NONE : FAULT_LIMIT);
	}
	memset(many, 'x', sizeof many - 1);
	expect_u64(note_read(octets_of_text(many), &note).kind, FAULT_LIMIT);
	/* A key's number is that of its name and octets. */
	expect_true(failed(note_key_read(
		octets_of_text(
			"example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"),
		&key)));
	expect_true(failed(note_key_read(
		octets_of_text(
			"example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"),
		&key)));
	expect_true(failed(note_key_read(octets_of_text("example.com/foo"), &key)));
}

static void case_checkpoints(void)
{
	static const struct {
		const char *text;
		bool is_good;
	} rows[] = {
		{ "o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", true },
		{ "o\n12\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nextension\n", true },
		{ "o\n12\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n", false },
		{ "o\n012\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", false },
		{ "o\n-1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", false },
		{ "o\n\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", false },
		{ "\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", false },
		{ "o\n99999999999999999999\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
		  false },
		{ "o\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n", false },
		{ "o\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\n", false },
		{ "o\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hS\n", false },
		{ "o\n1\n", false },
	};
	struct checkpoint checkpoint;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		tap_row(rows[i].text);
		expect_true(!failed(checkpoint_read(octets_of_text(rows[i].text), &checkpoint)) ==
			    rows[i].is_good);
	}
}

static void case_proof_file(void)
{
	static const char *const broken[] = {
		"",
		"c2sp.org/tlog-proof@v2\nindex 1\n\nnote\n",
		"c2sp.org/tlog-proof@v1\nindex 01\n\nnote\n",
		"c2sp.org/tlog-proof@v1\nindex\n\nnote\n",
		"c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\nnote\n",
		"c2sp.org/tlog-proof@v1\nindex 1\nnote\n",
		"c2sp.org/tlog-proof@v1\nindex 1\n\n",
		"c2sp.org/tlog-proof@v1\nindex 1\nextra AAAA\n\nnote\n",
	};
	struct heap heap = heap_libc();
	struct text_buffer text CLEAN(text_buffer_fini);
	struct proof proof = { .count = 2 };
	struct proof_file file;

	text_buffer_init(&text, &heap, 0);
	proof.hash[1].octet[31] = 7;
	expect_true(proof_file_print(text_buffer_sink(&text), 73894, NULL, &proof, "note\n"));
	expect_text(text_buffer_of(&text), "c2sp.org/tlog-proof@v1\nindex 73894\n"
					   "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
					   "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAc=\n"
					   "\nnote\n");
	expect_true(!failed(proof_file_read(octets_of_text(text_buffer_of(&text)), &file)));
	expect_u64(file.index, 73894);
	expect_u64(file.proof.count, 2);
	expect_u64(file.proof.hash[1].octet[31], 7);
	expect_true(octets_equal(file.note, octets_of_text("note\n")));
	text_buffer_clear(&text);
	expect_true(proof_file_print(text_buffer_sink(&text), 0, "YQ==", &proof, "note\n"));
	expect_true(!failed(proof_file_read(octets_of_text(text_buffer_of(&text)), &file)));
	expect_true(octets_equal(file.extra, octets_of_text("YQ==")));
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		tap_row(broken[i]);
		expect_u64(proof_file_read(octets_of_text(broken[i]), &file).kind, FAULT_MALFORMED);
	}
}

static const struct tap_case cases[] = {
	{ "base64 has one text a value", case_base64, 0 },
	{ "the published note", case_published, 0 },
	{ "other published notes", case_shapes, 0 },
	{ "signed and read", case_signed, 0 },
	{ "a known key that did not sign", case_condemned, 0 },
	{ "what is no note", case_refused, 0 },
	{ "checkpoints", case_checkpoints, 0 },
	{ "files of proofs", case_proof_file, 0 },
};

TAP_MAIN(cases)
