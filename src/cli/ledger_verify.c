/* cli/ledger_verify.c — everything against the log: findings on standard output. */
#include "cli/command.h"
#include "cli/ledger.h"
#include "cli/progress.h"
#include "cli/values.h"
#include "registry/records.h"
#include "registry/verify.h"
#include "server/ledger_files.h"

struct verifying {
	struct desk *desk;
	bool is_json;
	struct progress progress;
	struct ledger_verdict verdict;
	uint64_t files;
};

static void progress_tell(void *context, uint64_t done, uint64_t size)
{
	struct verifying *verifying = context;
	char of[VALUE_TEXT_MAX];
	char all[VALUE_TEXT_MAX];

	value_count_print(done, of);
	value_count_print(size, all);
	progress_say(&verifying->progress, "records  %s of %s", of, all);
}

static void findings_put(void *context, const struct complaints *findings)
{
	const struct verifying *verifying = context;

	if (!verifying->is_json)
		desk_findings(verifying->desk, findings);
}

static enum exit_code verdict_json(struct verifying *verifying, const struct complaints *findings)
{
	const struct ledger_verdict *verdict = &verifying->verdict;
	char root[MERKLE_HEX_MAX];
	struct json json;

	merkle_print(&verdict->root, root);
	json_init(&json, verifying->desk->out, 2);
	json_object_open(&json);
	json_field_bool(&json, "sound", findings->error_count == 0);
	json_field_u64(&json, "records", verdict->size);
	json_field_text(&json, "root", root);
	json_field_u64(&json, "rows", verdict->rows);
	json_field_u64(&json, "private_values", verdict->kept);
	json_field_u64(&json, "private_values_erased", verdict->erased);
	json_field_u64(&json, "blobs", verdict->blobs);
	json_field_u64(&json, "files", verifying->files);
	json_field_array(&json, "findings");
	for (uint32_t i = 0; i < findings->count; i++) {
		json_object_open(&json);
		json_field_bool(&json, "warning", findings->list[i].is_warning);
		json_field_text(&json, "text", findings->list[i].text);
		json_object_close(&json);
	}
	json_array_close(&json);
	json_object_close(&json);
	if (!json_done(&json))
		return EXIT_COULD_NOT;
	return findings->error_count == 0 ? EXIT_DONE : EXIT_FOUND;
}

static enum exit_code verdict_put(struct verifying *verifying, const struct complaints *findings)
{
	const struct ledger_verdict *verdict = &verifying->verdict;
	struct desk *desk = verifying->desk;
	char root[MERKLE_HEX_MAX];
	bool put = true;

	if (verifying->is_json)
		return verdict_json(verifying, findings);
	findings_put(verifying, findings);
	merkle_print(&verdict->root, root);
	put = text_put(desk->out,
		       "%llu record%s, root %s\n"
		       "%llu row%s of tables as the log gives them, %llu private value%s, %llu "
		       "erased, %llu blob%s, %llu file%s\n",
		       (unsigned long long)verdict->size, value_plural(verdict->size), root,
		       (unsigned long long)verdict->rows, value_plural(verdict->rows),
		       (unsigned long long)verdict->kept, value_plural(verdict->kept),
		       (unsigned long long)verdict->erased, (unsigned long long)verdict->blobs,
		       value_plural(verdict->blobs), (unsigned long long)verifying->files,
		       value_plural(verifying->files)) &&
	      (findings->error_count == 0 ?
		       text_put(desk->out, "everything is as the log says\n") :
		       text_put(desk->out, "%u error%s\n", findings->error_count,
				value_plural(findings->error_count)));
	if (!put)
		return EXIT_COULD_NOT;
	return findings->error_count == 0 ? EXIT_DONE : EXIT_FOUND;
}

static enum exit_code everything_verify(struct verifying *verifying)
{
	struct desk *desk = verifying->desk;
	struct complaints findings = { .drain = findings_put, .drain_context = verifying };
	struct ledger_verification asked = {
		.store = desk->store,
		.migrations = registry_migrations,
		.migration_count = registry_migration_count,
		.kinds = registry_kind_lists,
		.tables = registry_table_lists,
		/* Where another process serves, what is said comes at the end, whole. */
		.progress = desk->serving == NULL ? progress_tell : NULL,
		.context = verifying,
	};

	if (verifying->is_json)
		findings.drain = NULL;
	if (!registry_check_store(desk->store, &findings))
		return verdict_put(verifying, &findings);
	progress_init(&verifying->progress);
	struct fault fault = ledger_verify(&asked, &verifying->verdict, &findings);
	progress_end(&verifying->progress);
	if (failed(fault)) {
		findings_put(verifying, &findings);
		complain(desk->complaints, false, "the log cannot be read: %s",
			 store_why(desk->store, fault));
		return EXIT_COULD_NOT;
	}
	(void)ledger_files_verify(desk->directory, desk->store, &verifying->files, &findings);
	return verdict_put(verifying, &findings);
}

enum exit_code command_ledger_verify(struct desk *desk, const struct arguments *arguments)
{
	struct verifying verifying = { .desk = desk, .is_json = argument_yes(arguments, "json") };
	const char *proof = argument_of(arguments, "proof");
	char verifier[NOTE_KEY_TEXT_MAX];

	if (proof == NULL)
		return everything_verify(&verifying);
	if (failed(ledger_key_get(desk->store, verifier))) {
		complain(desk->complaints, false, "the log's key cannot be read: %s",
			 store_error(desk->store));
		return EXIT_COULD_NOT;
	}
	return ledger_proof_check(desk, proof, desk->attached, verifier);
}
