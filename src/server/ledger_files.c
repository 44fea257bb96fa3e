/* server/ledger_files.c — the key and the published tree of an exchange's directory. */
#include "server/ledger_files.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/mem.h"
#include "registry/records.h"
#include "sys/fault.h"
#include "sys/files.h"
#include "text/utf8.h"

#define KEY_FILE "ledger.key"
#define CHECKPOINT_FILE "ledger/checkpoint"
#define SEED_OCTETS 32u

static bool path_in(const char *directory, const char *name, char out[PATH_MAX])
{
	int len = snprintf(out, PATH_MAX, "%s/%s", directory, name);

	return len > 0 && len < PATH_MAX;
}

static const char *words_of(struct fault fault)
{
	return system_word(fault);
}

/* A small file as text; false with a complaint, and *out empty when there is none.  One that holds
 * nothing, or a NUL, is not the same as none: whoever emptied it could bring back an older log. */
static bool small_read(const char *directory, const char *name, char *out, uint32_t room,
		       struct complaints *complaints)
{
	struct heap heap = heap_libc();
	char path[PATH_MAX];
	struct octets octets = { 0 };

	out[0] = '\0';
	if (!path_in(directory, name, path)) {
		complain(complaints, false, "%s: the path is too long", directory);
		return false;
	}
	struct fault fault = file_read_regular(&heap, path, room - 1, &octets);
	if (fault.kind == FAULT_SYSTEM && fault.code == ENOENT)
		return true;
	if (failed(fault)) {
		complain(complaints, false, "%s: %s", path, words_of(fault));
		return false;
	}
	bool is_text = octets.len_octets != 0 && memchr(octets.at, '\0', octets.len_octets) == NULL;
	if (is_text) {
		mem_copy(out, octets.at, octets.len_octets);
		out[octets.len_octets] = '\0';
	} else {
		complain(complaints, false, "%s: is empty or no text: it is damaged", path);
	}
	file_free(&heap, octets);
	return is_text;
}

/* --- the key ---------------------------------------------------------------------------------- */

/* *has: there is one, and it is one. */
static bool signer_read(const char *directory, struct note_signer *out, bool *has,
			struct complaints *complaints)
{
	char text[NOTE_KEY_TEXT_MAX];

	*has = false;
	if (!small_read(directory, KEY_FILE, text, sizeof text, complaints))
		return false;
	if (text[0] == '\0')
		return true;
	text[strcspn(text, "\n")] = '\0';
	*has = !failed(note_signer_read(octets_of_text(text), out));
	explicit_bzero(text, sizeof text);
	if (!*has)
		complain(complaints, false,
			 "%s/%s: is no key, or a damaged one; put back a copy of it", directory,
			 KEY_FILE);
	return *has;
}

bool ledger_files_signer(const char *directory, struct note_signer *out)
{
	struct complaints unsaid = { 0 };
	bool has = false;

	return signer_read(directory, out, &has, &unsaid) && has;
}

static bool signer_make(const char *directory, uint32_t asn, struct note_signer *out,
			struct complaints *complaints)
{
	char text[NOTE_KEY_TEXT_MAX + 1];
	char name[NOTE_NAME_MAX + 1];
	uint8_t seed[SEED_OCTETS];
	char path[PATH_MAX];

	(void)snprintf(name, sizeof name, LEDGER_ORIGIN, asn);
	if (getrandom(seed, sizeof seed, 0) != (ssize_t)sizeof seed) {
		complain(complaints, false, "the system gives no random octets: %s",
			 strerror(errno));
		return false;
	}
	note_signer_make(name, seed, out);
	note_signer_print(out, text);
	(void)snprintf(text + strlen(text), 2, "\n");
	struct fault fault = path_in(directory, KEY_FILE, path) ?
				     file_write_private(path, octets_of_text(text)) :
				     fault_of(FAULT_SYSTEM, ENAMETOOLONG);
	explicit_bzero(text, sizeof text);
	explicit_bzero(seed, sizeof seed);
	if (failed(fault))
		complain(complaints, false, "%s: %s", path, words_of(fault));
	return !failed(fault);
}

static bool store_complain(struct store *store, struct fault fault, struct complaints *complaints)
{
	if (failed(fault))
		complain(complaints, false, "the log cannot be read: %s", store_why(store, fault));
	return !failed(fault);
}

/* The log goes on under another key than it names, and says so. */
static bool key_replace(struct store *store, const char *verifier, const char *own,
			const char *reason, struct complaints *complaints)
{
	uint32_t errors_before = complaints->error_count;
	struct record record;
	struct fault fault = store_begin(store);

	record_begin(&record, "key-replaced", record_now_s());
	record_text(&record, "reason", reason);
	record_text(&record, "old-key", verifier);
	record_text(&record, "new-key", own);
	if (!failed(fault))
		fault = ledger_write(store, ledger_record_kinds, &record, complaints);
	if (!failed(fault))
		fault = ledger_key_set(store, verifier, own);
	if (!failed(fault))
		fault = store_commit(store);
	if (!failed(fault))
		return true;
	store_rollback(store);
	return complaints->error_count != errors_before ? false :
							  store_complain(store, fault, complaints);
}

/* The key that the database names is the directory's; a new log gets one. */
static bool key_settle(const char *directory, uint32_t asn, struct store *store,
		       const char *accepted, struct complaints *complaints)
{
	struct note_signer signer;
	char verifier[NOTE_KEY_TEXT_MAX];
	char own[NOTE_KEY_TEXT_MAX];
	bool has = false;

	if (!signer_read(directory, &signer, &has, complaints) ||
	    !store_complain(store, ledger_key_get(store, verifier), complaints))
		return false;
	if (!has && verifier[0] != '\0' && accepted == NULL) {
		complain(complaints, true,
			 "%s/%s is not there: what is recorded is kept, and not signed; put back "
			 "the key, or copy it from the exchange's other server; where it is lost, "
			 "plenum serve --accept-rollback \"WHY\" makes another",
			 directory, KEY_FILE);
		return true;
	}
	if (!has && !signer_make(directory, asn, &signer, complaints))
		return false;
	note_key_print(&signer.key, own);
	explicit_bzero(signer.secret, sizeof signer.secret);
	/* Two servers of one database may begin at once: one key it is. */
	if (verifier[0] == '\0' &&
	    (!store_complain(store, ledger_key_set(store, "", own), complaints) ||
	     !store_complain(store, ledger_key_get(store, verifier), complaints)))
		return false;
	if (strcmp(own, verifier) == 0)
		return true;
	if (accepted != NULL)
		return key_replace(store, verifier, own, accepted, complaints);
	complain(complaints, false,
		 "%s/%s is not the key of this log, which is %s; put back the one that is, or, to "
		 "go on with this one and have it recorded, plenum serve --accept-rollback \"WHY\"",
		 directory, KEY_FILE, verifier);
	return false;
}

/* --- the checkpoint --------------------------------------------------------------------------- */

bool ledger_files_checkpoint(const char *directory, struct store *store,
			     char out[CHECKPOINT_NOTE_MAX], struct checkpoint *checkpoint,
			     struct complaints *complaints)
{
	char verifier[NOTE_KEY_TEXT_MAX];
	struct note_key key;
	struct note note;

	if (!small_read(directory, CHECKPOINT_FILE, out, CHECKPOINT_NOTE_MAX, complaints))
		return false;
	if (out[0] == '\0')
		return true;
	if (!store_complain(store, ledger_key_get(store, verifier), complaints))
		return false;
	if (!failed(note_key_read(octets_of_text(verifier), &key)) &&
	    !failed(note_read(octets_of_text(out), &note)) &&
	    note_check(&note, &key, 1) == NOTE_GOOD &&
	    !failed(checkpoint_read(note.text, checkpoint)) &&
	    strcmp(checkpoint->origin, key.name) == 0)
		return true;
	complain(complaints, false,
		 "%s/%s is not signed by the log's key: it, or the database, is damaged or "
		 "another exchange's",
		 directory, CHECKPOINT_FILE);
	return false;
}

/* The log begins with what was signed.  What is wrong is said in `words`, for what to do is said
 * behind it. */
static bool is_continued(struct store *store, const struct checkpoint *signed_last, char words[160],
			 struct fault *fault)
{
	struct checkpoint head;
	struct merkle_hash root;

	words[0] = '\0';
	*fault = ledger_head(store, &head);
	if (failed(*fault))
		return false;
	if (head.size < signed_last->size) {
		(void)snprintf(words, 160,
			       "the database has %llu records, and %llu were signed: it is an "
			       "older copy",
			       (unsigned long long)head.size,
			       (unsigned long long)signed_last->size);
		return false;
	}
	*fault = proof_root(ledger_hashes(store), signed_last->size, &root);
	if (!failed(*fault) && !merkle_equal(&root, &signed_last->root))
		(void)snprintf(words, 160,
			       "the first %llu records in the database are not those that were "
			       "signed",
			       (unsigned long long)signed_last->size);
	return !failed(*fault) && words[0] == '\0';
}

/* --- going on with another log ---------------------------------------------------------------- */

/* The other log's files stay, under a name of their own. */
static bool files_put_aside(const char *directory, uint64_t size, struct complaints *complaints)
{
	char from[PATH_MAX];
	char to[PATH_MAX];
	char name[64];

	for (uint32_t i = 1; i < 1000; i++) {
		(void)snprintf(name, sizeof name, "ledger.lost-%llu.%u", (unsigned long long)size,
			       i);
		if (!path_in(directory, "ledger", from) || !path_in(directory, name, to))
			break;
		if (access(to, F_OK) == 0)
			continue;
		if (rename(from, to) == 0)
			return true;
		break;
	}
	complain(complaints, false, "%s: cannot be put aside: %s", from, strerror(errno));
	return false;
}

static struct fault acceptance_write(struct store *store, const struct checkpoint *lost,
				     const char *note, const char *reason,
				     struct complaints *complaints)
{
	struct record record;
	struct checkpoint head;
	char hex[MERKLE_HEX_MAX];

	TRY(ledger_head(store, &head));
	record_begin(&record, "rollback-accepted", record_now_s());
	record_text(&record, "reason", reason);
	record_int(&record, "size", (int64_t)head.size);
	record_int(&record, "lost-size", (int64_t)lost->size);
	merkle_print(&lost->root, hex);
	record_text(&record, "lost-root", hex);
	record_text(&record, "lost-checkpoint", note);
	return ledger_write(store, ledger_record_kinds, &record, complaints);
}

static bool rollback_accept(const char *directory, struct store *store,
			    const struct checkpoint *lost, const char *note, const char *reason,
			    struct complaints *complaints)
{
	uint32_t errors_before = complaints->error_count;
	struct fault fault = store_begin(store);

	if (!failed(fault))
		fault = acceptance_write(store, lost, note, reason, complaints);
	/* Aside before the record is kept: a crash between leaves none, and no wrong one. */
	bool done = !failed(fault) && files_put_aside(directory, lost->size, complaints);
	if (done)
		fault = store_commit(store);
	if (done && !failed(fault))
		return true;
	store_rollback(store);
	if (complaints->error_count == errors_before)
		(void)store_complain(store, fault, complaints);
	return false;
}

static bool rollback_check(const char *directory, struct store *store, const char *accepted,
			   struct complaints *complaints)
{
	struct checkpoint last = { .size = 0 };
	struct complaints unread = { 0 };
	char note[CHECKPOINT_NOTE_MAX];
	char words[160] = "";
	struct fault fault = fault_none();

	bool is_read = ledger_files_checkpoint(directory, store, note, &last, &unread);
	if (is_read && (note[0] == '\0' || is_continued(store, &last, words, &fault)))
		return true;
	if (failed(fault))
		return store_complain(store, fault, complaints);
	if (accepted != NULL) {
		char clean[CHECKPOINT_NOTE_MAX];
		/* What cannot be read may be no text at all, and a record is. */
		(void)utf8_clean(octets_of_text(note), "?", clean, sizeof clean);
		return rollback_accept(directory, store, &last, is_read ? note : clean, accepted,
				       complaints);
	}
	if (is_read)
		complain(complaints, false, "%s/%s: %s", directory, CHECKPOINT_FILE, words);
	for (uint32_t i = 0; i < unread.count; i++)
		complain(complaints, false, "%s", unread.list[i].text);
	complain(complaints, false,
		 "put back the newest copy; or, to go on with this database and have it recorded, "
		 "plenum serve --accept-rollback \"WHY\"");
	return false;
}

bool ledger_files_open(const char *directory, const struct registry_exchange *exchange,
		       struct store *store, const char *accepted, struct complaints *complaints)
{
	return key_settle(directory, exchange->asn, store, accepted, complaints) &&
	       rollback_check(directory, store, accepted, complaints);
}
