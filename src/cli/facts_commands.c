/* cli/facts_commands.c — adding, editing, listing and removing facts; which kind, the first word of
 * the command's name says. */
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "cli/facts.h"
#include "cli/values.h"
#include "text/columns.h"

#define LINE_MAX (FACTS_LINE_MAX + 96u)

static enum fact_id kind_of(const struct arguments *arguments)
{
	const char *name = arguments->command->name;
	size_t len = strcspn(name, " ");

	for (uint32_t i = 0; i < FACT_KINDS; i++) {
		const char *noun = fact_kind_of((enum fact_id)i)->noun;
		if (strlen(noun) == len && strncmp(noun, name, len) == 0)
			return (enum fact_id)i;
	}
	return FACT_EXCHANGE;
}

/* What its first word is, when one is added. */
static const char *title_of(enum fact_id id)
{
	return id == FACT_DOCUMENT ? "title" : id == FACT_CONTACT ? "asn" : "name";
}

static bool key_take(const struct desk *desk, enum fact_id id, const char *text,
		     char key[FACT_KEY_MAX])
{
	struct address address;
	uint32_t number = 0;

	if (fact_kind_of(id)->key_is_text) {
		if (address_parse(text, &address)) {
			address_print(&address, key);
			return true;
		}
		complain(desk->complaints, false, "\"%s\" is not an address", text);
		return false;
	}
	if (decimal_u32(text, FACT_NUMBER_MAX, &number)) {
		(void)snprintf(key, FACT_KEY_MAX, "%u", number);
		return true;
	}
	complain(desk->complaints, false,
		 "\"%s\" is not the number of a %s; plenum %s list says it", text,
		 fact_kind_of(id)->noun, fact_kind_of(id)->noun);
	return false;
}

static bool fault_tell(const struct desk *desk, struct fault fault, uint32_t errors_before,
		       const char *who)
{
	if (failed(fault) && desk->complaints->error_count == errors_before)
		complain(desk->complaints, false, "%s: %s; nothing was changed", who,
			 store_why(desk->store, fault));
	return !failed(fault);
}

/* In a transaction of its own. */
static bool write_alone(const struct desk *desk, const struct fact *fact, const char *who)
{
	uint32_t errors_before = desk->complaints->error_count;
	struct fault fault = store_begin(desk->store);

	if (!failed(fault))
		fault = fact_check(desk->store, fact, desk->complaints);
	if (!failed(fault))
		fault = fact_write(desk->store, fact, desk->complaints);
	if (!failed(fault))
		fault = store_commit(desk->store);
	if (failed(fault))
		store_rollback(desk->store);
	return fault_tell(desk, fault, errors_before, who);
}

static bool digest_take(const struct desk *desk, const struct arguments *arguments,
			struct fact *fact)
{
	char digest[FACT_DIGEST_TEXT_MAX];

	if (argument_of(arguments, "file") == NULL)
		return true;
	if (argument_of(arguments, "sha256") != NULL) {
		complain(desk->complaints, false, "--file and --sha256: give one");
		return false;
	}
	fact_digest(desk->attached, digest);
	return fact_set(fact, fact_field_index(fact->kind, "sha256"), digest) == NULL;
}

static bool is_anybodys(const struct desk *desk, const struct fact *fact)
{
	bool has_value = false;

	if (fact->kind->id == FACT_DOCUMENT && fact_of(fact, "asn")[0] == '\0' &&
	    fact_of(fact, "organisation")[0] == '\0')
		complain(desk->complaints, false,
			 "nobody who signed it: give --member or --organisation");
	if (fact->kind->id != FACT_CONTACT)
		return true;
	has_value = fact_of(fact, "name")[0] != '\0' || fact_of(fact, "email")[0] != '\0' ||
		    fact_of(fact, "phone")[0] != '\0';
	if (!has_value)
		complain(desk->complaints, false,
			 "nobody to contact: give --name, --email or --phone");
	return has_value;
}

/* Somebody new in the place of whom was erased. */
static void erased_clear(const struct fact *before, struct fact *after)
{
	for (uint32_t i = 0; after->kind->field[i].name != NULL; i++) {
		if (after->kind->field[i].is_private && after->value[i][0] != '\0' &&
		    strcmp(before->value[i], after->value[i]) != 0)
			(void)fact_set(after, fact_field_index(after->kind, "erased"), "no");
	}
}

enum exit_code command_fact_add(struct desk *desk, const struct arguments *arguments)
{
	enum fact_id id = kind_of(arguments);
	struct fact fact;
	char key[FACT_KEY_MAX];
	char line[LINE_MAX];
	const char *own = argument_of(arguments, "id");
	bool given = false;

	if (own == NULL && failed(fact_next_key(desk->store, id, key))) {
		complain(desk->complaints, false, "the registry cannot be read: %s",
			 store_error(desk->store));
		return EXIT_COULD_NOT;
	}
	if (own != NULL && !key_take(desk, id, own, key))
		return EXIT_COULD_NOT;
	if (own != NULL && !failed(fact_get(desk->store, id, key, &fact))) {
		complain(desk->complaints, false, "there is a %s %s already: plenum %s edit %s",
			 fact.kind->noun, key, fact.kind->noun, key);
		return EXIT_COULD_NOT;
	}
	fact_init(&fact, id, key);
	if (arguments->word_count != 0) {
		const char *wrong = fact_set(&fact, fact_field_index(fact.kind, title_of(id)),
					     arguments->word[0]);
		if (wrong != NULL)
			complain(desk->complaints, false, "\"%.80s\" %s", arguments->word[0],
				 wrong);
	}
	(void)facts_take(desk, arguments, &fact, &given);
	(void)digest_take(desk, arguments, &fact);
	(void)is_anybodys(desk, &fact);
	(void)snprintf(line, sizeof line, "%s %s", fact.kind->noun, key);
	if (desk->complaints->error_count != 0 || !write_alone(desk, &fact, line))
		return EXIT_COULD_NOT;
	(void)text_put(desk->out, "%s %s: added\n", fact.kind->noun, key);
	(void)snprintf(line, sizeof line, "%s %s added", fact.kind->noun, key);
	return facts_changed(desk, id, line);
}

/* The fact that is changed: the exchange is always there, and an address once somebody has it. */
static bool edit_begin(const struct desk *desk, enum fact_id id, const char *key, struct fact *out)
{
	char connection[FACT_KEY_MAX];
	uint32_t asn = 0;
	struct fault fault = fact_get(desk->store, id, key, out);

	if (fault.kind != FAULT_ABSENT)
		return fault_tell(desk, fault, desk->complaints->error_count, key);
	fact_init(out, id, key);
	if (id == FACT_EXCHANGE)
		return true;
	if (id == FACT_ADDRESS && !failed(fact_connection_of(desk->store, key, connection, &asn)))
		return true;
	complain(desk->complaints, false, "there is no %s %s", out->kind->noun, key);
	return false;
}

enum exit_code command_fact_edit(struct desk *desk, const struct arguments *arguments)
{
	enum fact_id id = kind_of(arguments);
	struct fact before;
	struct fact after;
	char key[FACT_KEY_MAX] = "1";
	char who[FACT_KEY_MAX + 16];
	char changes[FACTS_LINE_MAX];
	char line[LINE_MAX + FACT_KEY_MAX];
	bool given = false;

	if (arguments->word_count != 0 && !key_take(desk, id, arguments->word[0], key))
		return EXIT_COULD_NOT;
	if (!edit_begin(desk, id, key, &before))
		return EXIT_COULD_NOT;
	after = before;
	(void)snprintf(who, sizeof who, "%s%s%s", after.kind->noun, id != FACT_EXCHANGE ? " " : "",
		       id != FACT_EXCHANGE ? key : "");
	if (!facts_take(desk, arguments, &after, &given) || !digest_take(desk, arguments, &after))
		return EXIT_COULD_NOT;
	erased_clear(&before, &after);
	if (!given && argument_of(arguments, "file") == NULL) {
		complain(desk->complaints, false,
			 "nothing to change: name what changes; --help "
			 "says what can");
		return EXIT_COULD_NOT;
	}
	if (memcmp(before.value, after.value, sizeof before.value) == 0) {
		(void)text_put(desk->out, "%s: nothing to do: it is so already\n", who);
		return EXIT_DONE;
	}
	if (!write_alone(desk, &after, who))
		return EXIT_COULD_NOT;
	(void)facts_change_print(desk, who, &before, &after, changes);
	(void)snprintf(line, sizeof line, "%s changed: %s", who, changes);
	return facts_changed(desk, id, line);
}

/* --- removed, erased -------------------------------------------------------------------------- */

struct users {
	uint32_t count;
	char first[FACT_KEY_MAX + 32];
};

static bool user_take(void *context, const struct fact *fact)
{
	struct users *users = context;

	if (users->count++ == 0)
		(void)snprintf(users->first, sizeof users->first, "%s %s", fact->kind->noun,
			       fact->key);
	return true;
}

/* What still refers to it. */
static bool is_unused(const struct desk *desk, enum fact_id id, const char *key)
{
	static const struct {
		enum fact_id used;
		enum fact_id by;
		const char *field;
	} rows[] = {
		{ FACT_SWITCH, FACT_PORT, "switch" },
		{ FACT_ORGANISATION, FACT_MEMBER, "organisation" },
		{ FACT_ORGANISATION, FACT_CONTACT, "organisation" },
		{ FACT_ORGANISATION, FACT_DOCUMENT, "organisation" },
	};
	struct users users = { 0 };
	struct fault fault = fault_none();

	for (uint32_t i = 0; i < sizeof rows / sizeof *rows && !failed(fault); i++) {
		if (rows[i].used == id)
			fault = fact_walk(desk->store, rows[i].by, rows[i].field, key, user_take,
					  &users);
	}
	if (users.count != 0)
		complain(desk->complaints, false, "%s %s: %s%s refers to it; nothing was changed",
			 fact_kind_of(id)->noun, key, users.first,
			 users.count > 1 ? ", and more," : "");
	return users.count == 0 &&
	       fault_tell(desk, fault, desk->complaints->error_count, fact_kind_of(id)->noun);
}

static enum exit_code go(struct desk *desk, const struct arguments *arguments, const char *done,
			 struct fault (*act)(struct store *store, enum fact_id id, const char *key,
					     struct complaints *complaints))
{
	enum fact_id id = kind_of(arguments);
	const char *noun = fact_kind_of(id)->noun;
	uint32_t errors_before = desk->complaints->error_count;
	char key[FACT_KEY_MAX];
	char line[LINE_MAX];

	if (!key_take(desk, id, arguments->word[0], key))
		return EXIT_COULD_NOT;
	struct fault fault = store_begin(desk->store);
	if (!failed(fault))
		fault = act(desk->store, id, key, desk->complaints);
	if (fault.kind == FAULT_ABSENT)
		complain(desk->complaints, false, "there is no %s %s", noun, key);
	if (!failed(fault))
		fault = store_commit(desk->store);
	if (failed(fault))
		store_rollback(desk->store);
	(void)snprintf(line, sizeof line, "%s %s", noun, key);
	if (!fault_tell(desk, fault, errors_before, line))
		return EXIT_COULD_NOT;
	(void)text_put(desk->out, "%s %s: %s\n", noun, key, done);
	(void)snprintf(line, sizeof line, "%s %s %s", noun, key, done);
	return facts_changed(desk, id, line);
}

enum exit_code command_fact_remove(struct desk *desk, const struct arguments *arguments)
{
	enum fact_id id = kind_of(arguments);
	char key[FACT_KEY_MAX];

	if (!key_take(desk, id, arguments->word[0], key) || !is_unused(desk, id, key))
		return EXIT_COULD_NOT;
	return go(desk, arguments, "removed", fact_remove);
}

enum exit_code command_fact_erase(struct desk *desk, const struct arguments *arguments)
{
	enum fact_id id = kind_of(arguments);
	struct fact fact;
	char key[FACT_KEY_MAX];

	if (!key_take(desk, id, arguments->word[0], key))
		return EXIT_COULD_NOT;
	if (!failed(fact_get(desk->store, id, key, &fact)) && fact_yes(&fact, "erased")) {
		(void)text_put(desk->out, "%s %s: nothing to do: it is erased already\n",
			       fact.kind->noun, key);
		return EXIT_DONE;
	}
	return go(desk, arguments, "erased", fact_erase);
}

/* --- shown ------------------------------------------------------------------------------------ */

enum exit_code command_fact_list(struct desk *desk, const struct arguments *arguments)
{
	enum fact_id id = kind_of(arguments);
	char asn[FACT_KEY_MAX];
	uint32_t number = 0;

	if (arguments->word_count == 0)
		return facts_list(desk, arguments, id, NULL, NULL) ? EXIT_DONE : EXIT_COULD_NOT;
	if (!value_asn(arguments->word[0], &number, desk->complaints))
		return EXIT_COULD_NOT;
	(void)snprintf(asn, sizeof asn, "%u", number);
	return facts_list(desk, arguments, id, "asn", asn) ? EXIT_DONE : EXIT_COULD_NOT;
}

enum exit_code command_exchange_show(struct desk *desk, const struct arguments *arguments)
{
	struct fact fact;
	struct json json;

	if (!edit_begin(desk, FACT_EXCHANGE, "1", &fact))
		return EXIT_COULD_NOT;
	if (!argument_yes(arguments, "json")) {
		(void)text_put(desk->out, "%s%s (AS%u)%s\n",
			       colour_on(COLOUR_BOLD, desk->has_colour),
			       desk->config->exchange.name, desk->config->exchange.asn,
			       colour_off(desk->has_colour));
		facts_full_print(desk, &fact);
		return EXIT_DONE;
	}
	json_init(&json, desk->out, 2);
	json_object_open(&json);
	json_field_u64(&json, "asn", desk->config->exchange.asn);
	facts_json(&json, &fact);
	json_object_close(&json);
	return json_done(&json) ? EXIT_DONE : EXIT_COULD_NOT;
}
