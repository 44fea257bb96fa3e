/* cli/rules_adopt.c — a rule book checked, compared and adopted. */
#include <stdio.h>
#include <string.h>

#include "base/utc.h"
#include "cli/rules.h"
#include "rulebook/arouteserver.h"
#include "text/utf8.h"
#include "text/yaml.h"

bool rules_file_read(const struct desk *desk, const char *file, struct rulebook *out)
{
	return rulebook_read(file, desk->attached, false, out, desk->complaints);
}

enum exit_code command_rules_check(struct desk *desk, const struct arguments *arguments)
{
	struct heap heap = heap_libc();
	struct rulebook *book = heap_zero(&heap, sizeof *book);
	char digest[PLAN_DIGEST_MAX];
	bool is_good = false;

	if (book == NULL)
		complain(desk->complaints, false, "out of memory");
	else
		is_good = rules_file_read(desk, arguments->word[0], book);
	rules_digest(desk->attached, digest);
	if (is_good)
		(void)text_put(desk->out, "%s: %u clauses, can be adopted\ndigest %s\n",
			       arguments->word[0], book->clause_count, digest);
	heap_free(&heap, book, sizeof *book);
	return is_good ? EXIT_DONE : EXIT_COULD_NOT;
}

enum exit_code command_rules_propose(struct desk *desk, const struct arguments *arguments)
{
	struct heap heap = heap_libc();
	struct rulebook *book = heap_zero(&heap, sizeof *book);
	bool is_put = false;

	if (book == NULL)
		complain(desk->complaints, false, "out of memory");
	else if (rulebook_of_arouteserver(arguments->word[0], desk->attached, book,
					  desk->complaints))
		is_put = rulebook_print(book, desk->out);
	heap_free(&heap, book, sizeof *book);
	return is_put ? EXIT_DONE : EXIT_COULD_NOT;
}

/* --- differences ------------------------------------------------------------------------------ */

static bool is_file(const char *word)
{
	return strspn(word, "0123456789") != strlen(word);
}

static bool side_read(const struct desk *desk, const char *word, struct rulebook *out)
{
	struct plan_book order;

	if (word != NULL && is_file(word))
		return rules_file_read(desk, word, out);
	return rules_version_read(desk, word, out, &order);
}

enum exit_code command_rules_diff(struct desk *desk, const struct arguments *arguments)
{
	struct heap heap = heap_libc();
	struct rulebook *before = heap_zero(&heap, sizeof *before);
	struct rulebook *after = heap_zero(&heap, sizeof *after);
	bool has_both = arguments->word_count == 2;
	const char *last = arguments->word[arguments->word_count - 1];
	uint32_t count = 0;
	bool is_read = false;

	if (before == NULL || after == NULL) {
		complain(desk->complaints, false, "out of memory");
	} else if (has_both && is_file(arguments->word[0])) {
		complain(desk->complaints, false, "\"%s\" is not the number of a version",
			 arguments->word[0]);
	} else {
		/* One number alone: what became of it since. */
		bool is_since = !has_both && !is_file(last);
		is_read = side_read(desk, has_both || is_since ? arguments->word[0] : NULL, before);
		is_read = side_read(desk, is_since ? NULL : last, after) && is_read;
	}
	if (is_read)
		count = rulebook_difference_print(before, after, desk->out);
	heap_free(&heap, after, sizeof *after);
	heap_free(&heap, before, sizeof *before);
	if (!is_read)
		return EXIT_COULD_NOT;
	(void)text_put(desk->out, count == 0 ? "nothing changes\n" : "%u clause%s change%s\n",
		       count, count == 1 ? "" : "s", count == 1 ? "s" : "");
	return count == 0 ? EXIT_DONE : EXIT_FOUND;
}

/* --- adoption --------------------------------------------------------------------------------- */

static void words_take(const struct arguments *arguments, const char *name, char *out, size_t room,
		       struct complaints *complaints)
{
	const char *text = argument_of(arguments, name);

	if (text == NULL)
		complain(complaints, false, "--%s is missing", name);
	else if (text[0] == '\0' || strlen(text) >= room || !utf8_is_plain(octets_of_text(text)))
		complain(complaints, false,
			 "--%s: a text of 1 to %zu octets without control characters", name,
			 room - 1);
	else
		(void)snprintf(out, room, "%s", text);
}

static void from_take(const struct arguments *arguments, struct rules_version *version,
		      struct complaints *complaints)
{
	const char *text = argument_of(arguments, "from");

	version->at_s = record_now_s();
	version->from_s = version->at_s;
	if (text == NULL)
		return;
	struct wall from = { version->at_s };
	bool is_time = utc_read(octets_of_text(text), &from) ||
		       utc_day_read(octets_of_text(text), &from);
	version->from_s = from.s;
	if (!is_time)
		complain(complaints, false,
			 "--from \"%s\" is not a time, in UTC, as 2027-01-31T08:00:00Z, nor a day",
			 text);
	else if (version->from_s < version->at_s)
		complain(complaints, false,
			 "--from %s is past: a rule does not hold before it was adopted", text);
}

/* The order of those that wait, where it is not that of their numbers. */
static bool order_tell(struct desk *desk, const struct rules_version *version)
{
	struct heap heap = heap_libc();
	struct rules_list list CLEAN(rules_list_fini);
	char from[UTC_TEXT_MAX];

	rules_list_init(&list, &heap);
	struct fault fault = rules_list_read(desk->store, &list);
	if (failed(fault))
		return rules_store_failed(desk, fault) == EXIT_DONE;
	for (uint32_t i = 0; i < list.count; i++) {
		if (list.item[i].from_s <= version->from_s)
			continue;
		utc_print((struct wall){ list.item[i].from_s }, from);
		(void)text_put(desk->out, "version %u, adopted before, comes in its place on %s\n",
			       list.item[i].number, from);
	}
	return true;
}

static enum exit_code adopt(struct desk *desk, struct rules_version *version)
{
	struct heap heap = heap_libc();
	struct text_buffer text CLEAN(text_buffer_fini);
	char from[UTC_TEXT_MAX];

	text_buffer_init(&text, &heap, 0);
	if (!text_put_octets(text_buffer_sink(&text), (const char *)desk->attached.at,
			     desk->attached.len_octets)) {
		complain(desk->complaints, false, "out of memory");
		return EXIT_COULD_NOT;
	}
	struct fault fault = rules_adopt(desk->store, text_buffer_of(&text), version,
					 desk->complaints);
	if (failed(fault))
		return EXIT_COULD_NOT;
	utc_print((struct wall){ version->from_s }, from);
	bool is_now = version->from_s <= version->at_s;
	(void)text_put(desk->out, "version %u is adopted, %s%s\ndigest %s\n", version->number,
		       is_now ? "and in force" : "in force from ", is_now ? "" : from,
		       version->digest);
	if (!order_tell(desk, version))
		return EXIT_COULD_NOT;
	return desk_changed(desk, "version %u of the rule book adopted, in force from %s: %s",
			    version->number, from, version->decision);
}

enum exit_code command_rules_adopt(struct desk *desk, const struct arguments *arguments)
{
	struct heap heap = heap_libc();
	struct rules_version version = { 0 };
	struct rulebook *book = heap_zero(&heap, sizeof *book);
	struct rulebook *before = heap_zero(&heap, sizeof *before);
	struct plan_book order;
	enum exit_code code = EXIT_COULD_NOT;

	words_take(arguments, "decision", version.decision, sizeof version.decision,
		   desk->complaints);
	words_take(arguments, "by", version.by, sizeof version.by, desk->complaints);
	from_take(arguments, &version, desk->complaints);
	if (book == NULL || before == NULL)
		complain(desk->complaints, false, "out of memory");
	else if (rules_file_read(desk, arguments->word[0], book) &&
		 desk->complaints->error_count == 0 &&
		 rules_version_read(desk, NULL, before, &order)) {
		if (rulebook_difference_print(before, book, desk->out) == 0 && order.version != 0 &&
		    version.from_s <= version.at_s)
			complain(desk->complaints, true,
				 "no clause differs from version %u, which is in force",
				 order.version);
		code = adopt(desk, &version);
	}
	heap_free(&heap, before, sizeof *before);
	heap_free(&heap, book, sizeof *book);
	return code;
}
