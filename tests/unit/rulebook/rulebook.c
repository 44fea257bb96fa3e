/* unit/rulebook/rulebook.c — the rule book as a document: what is read, refused and printed. */
#include "rulebook/rulebook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/tap.h"

/* The shipped document with one piece of it replaced. */
static char *altered(const char *from, const char *to)
{
	struct octets text = rulebook_default_text();
	const char *at = strstr((const char *)text.at, from);
	size_t room = text.len_octets + strlen(to) + 1;
	char *out = malloc(room);

	expect_true(out != NULL && at != NULL);
	(void)snprintf(out, room, "%.*s%s%s", (int)(at - (const char *)text.at),
		       (const char *)text.at, to, at + strlen(from));
	return out;
}

static struct rulebook *shipped(void)
{
	struct rulebook *book = malloc(sizeof *book);
	struct complaints complaints = { 0 };

	expect_true(book != NULL);
	expect_true(rulebook_read("d", rulebook_default_text(), false, book, &complaints));
	expect_u64(complaints.count, 0);
	return book;
}

/* The shipped book orders what a plan has by default. */
static void case_default(void)
{
	struct rulebook *book = shipped();
	struct plan_rules rules;
	struct plan_rules expected = plan_rules_default();
	static struct plan_book order;

	rulebook_order(book, &rules, &order);
	expect_u64(rules.len_bits_max[FAMILY_IPV6], expected.len_bits_max[FAMILY_IPV6]);
	expect_u64(rules.path_len_max, expected.path_len_max);
	expect_u64(rules.transit_free_count, expected.transit_free_count);
	expect_u64(rules.transit_free[13], expected.transit_free[13]);
	expect_u64(rules.routes_max[FAMILY_IPV4], expected.routes_max[FAMILY_IPV4]);
	expect_u64(rules.retry_s, expected.retry_s);
	expect_true(rules.add_otc && rules.check_bogons && rules.check_bogon_asns);
	expect_true(!rules.blackhole);
	expect_u64(rules.rpki_policy, PLAN_POLICY_DROP);
	expect_u64(rules.aspa_policy, PLAN_POLICY_LOG);
	expect_text(order.clause[REASON_PREFIX_LENGTH].number, "3.2");
	free(book);
}

/* Whatever refuses has a clause: a new reason needs a key in the table and in default.yaml. */
static void case_reasons(void)
{
	struct rulebook *book = shipped();

	for (uint32_t i = REASON_NONE + 1; i < REASON_COUNT; i++) {
		tap_row(reason_name((enum reason)i));
		const struct rulebook_clause *clause = rulebook_clause_of(
			book, rulebook_key_of((enum reason)i));
		expect_true(clause != NULL);
		expect_true(clause->number[0] != '\0' && clause->text[0] != '\0');
	}
	free(book);
}

/* What is printed reads back as the same. */
static void case_print(void)
{
	struct heap heap = heap_libc();
	struct text_buffer first;
	struct text_buffer second;
	struct complaints complaints = { 0 };
	struct rulebook *book = shipped();
	struct rulebook *back = malloc(sizeof *back);

	expect_true(back != NULL);
	text_buffer_init(&first, &heap, 0);
	text_buffer_init(&second, &heap, 0);
	book->rules.blackhole = true;
	expect_true(address_parse("192.0.2.66", &book->rules.blackhole_next_hop[FAMILY_IPV4]));
	book->rules.has_blackhole_next_hop[FAMILY_IPV4] = true;
	expect_true(prefix_parse("203.0.113.0/24", &book->rules.bogon[0], NULL));
	book->rules.bogon_count = 1;
	(void)snprintf(book->clause[0].text, sizeof book->clause[0].text, "%s",
		       "A \"word\", a back\\slash: and #that.");
	expect_true(rulebook_print(book, text_buffer_sink(&first)));
	expect_true(rulebook_read("f", octets_of(first.text, first.len_octets), false, back,
				  &complaints));
	expect_u64(complaints.count, 0);
	expect_text(back->clause[0].text, book->clause[0].text);
	expect_true(rulebook_print(back, text_buffer_sink(&second)));
	expect_text(text_buffer_of(&second), text_buffer_of(&first));
	expect_u64(rulebook_difference_print(book, back, text_buffer_sink(&second)), 0);
	text_buffer_fini(&first);
	text_buffer_fini(&second);
	free(book);
	free(back);
}

/* One change of the shipped document, the place and sentence it must give, and how many. */
static const struct {
	const char *from;
	const char *to;
	const char *at; /* where it is said, behind the ^ */
	const char *complaint;
	uint32_t count;
} wrong[] = {
	{ "    max: 64", "    max: 0", "max: ^0", "max: \"0\" is not a number from 1 to 1000", 1 },
	{ "    max: 64", "    max: 6x", "max: ^6x", "max: \"6x\" is not a number from 1 to 1000",
	  1 },
	{ "    max: 64", "    max: [64]", "max: ^[64]", "max: expected a number from 1 to 1000",
	  1 },
	{ "    max: 64", "    min: 64", "^min: 64", "min is no parameter of path-length", 2 },
	{ "    max: 64\n", "", "^number: \"2.5\"",
	  "max of path-length is missing: a number from 1 to 1000", 1 },
	{ "    ipv4: 8-24", "    ipv4: 24-8", "ipv4: ^24-8",
	  "ipv4: \"24-8\" is not two prefix lengths up to 32, the shorter first, as 8-24", 1 },
	{ "    ipv4: 8-24", "    ipv4: 8-33", "ipv4: ^8-33",
	  "ipv4: \"8-33\" is not two prefix lengths up to 32, the shorter first, as 8-24", 1 },
	{ "offered: no", "offered: yes", "offered: ^yes",
	  "offered: yes, but next_hop says nothing of where it leads", 1 },
	{ "\"2.5\"", "\"2.4\"", "^\"2.4\"\n    key: path", "a second clause 2.4", 1 },
	{ "\"2.5\"", "\"2.\"", "number: ^\"2.\"",
	  "number: \"2.\" is not numbers with dots between, as \"2.1\"", 1 },
	{ "key: own-as", "key: first-as", "^first-as\n    text: A path does",
	  "a second clause for first-as: 2.3 is one", 2 },
	{ "key: own-as", "key: own-ass", "^own-ass",
	  "key: \"own-ass\" is nothing that is enforced; plenum rules check --help lists "
	  "what is",
	  2 },
	{ "    key: own-as\n", "", "^title: Rule",
	  "no clause has the key own-as: the exchange's own number in "
	  "the path",
	  1 },
	{ "see: [\"3.5\", \"3.6\"]", "see: [\"3.5\", \"3.66\"]", "^\"3.66\"",
	  "see: there is no clause \"3.66\"", 1 },
	{ "networks: []", "networks: [714, AS714]", NULL, NULL, 0 },
	{ "networks: []", "networks: [714, 714]", "^714]", "networks: 714 stands twice", 1 },
	{ "networks: []", "networks: [AS0]", "^AS0",
	  "networks: \"AS0\" is not an AS number from 1 to 4294967295, or one too many", 1 },
	{ "also: []", "also: [10.0.0.1/8]", "^10.0.0.1",
	  "also: \"10.0.0.1/8\" is not a prefix without host bits, or one too many", 1 },
	{ "also: []", "also: 10.0.0.0/8", "^10.0.0.0/8", "also takes a list", 1 },
	{ "policy: drop", "policy: maybe", "^maybe", "policy: \"maybe\" is not off, log or drop",
	  1 },
	{ "default: 26", "default: 21", "^21", "default: not from largest to smallest", 1 },
	{ "smallest: 27", "smallest: 20", "smallest: ^20",
	  "smallest: a larger block, with a shorter length, than largest", 1 },
	{ "hold_days: 0", "hold_days: 9", "hold_days: ^9",
	  "hold_days: a time before a transfer, but transfer says no", 1 },
	{ "title: Rule", "phases: []\ntitle: Rule", "^phases",
	  "phases is not known here: title and clauses are", 1 },
	{ "title: Rule book of the exchange\n", "", "^clauses:", "title is missing", 1 },
	{ "clauses:", "clauses: &a", NULL, NULL, 0 },
	{ "max: 64", "max: *a", "^*a", "aliases are not taken", 1 },
	{ "max: 64", "max: \t64: {", NULL, NULL, 1 },
};

/* "f:LINE:COLUMN: " of the place in the text, and the sentence. */
static void place_print(const char *text, const char *at, const char *complaint, char *out,
			size_t room)
{
	char needle[128];
	const char *mark = strchr(at, '^');
	unsigned line = 1;

	(void)snprintf(needle, sizeof needle, "%.*s%s", (int)(mark - at), at, mark + 1);
	const char *found = strstr(text, needle);
	expect_true(found != NULL);
	const char *place = found + (mark - at);
	const char *begin = text;
	for (const char *c = text; c < place; c++) {
		if (*c == '\n') {
			line++;
			begin = c + 1;
		}
	}
	(void)snprintf(out, room, "f:%u:%u: %s", line, (unsigned)(place - begin) + 1, complaint);
}

static void case_wrong(void)
{
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		char *text = altered(wrong[i].from, wrong[i].to);
		struct rulebook *book = malloc(sizeof *book);
		struct complaints complaints = { 0 };
		tap_row(wrong[i].to);
		expect_true(book != NULL);
		bool ok = rulebook_read("f", octets_of_text(text), false, book, &complaints);
		expect_true(ok == (wrong[i].count == 0));
		expect_u64(complaints.error_count, wrong[i].count);
		if (wrong[i].complaint != NULL && complaints.count != 0) {
			char expected[COMPLAINT_TEXT_MAX];
			place_print(text, wrong[i].at, wrong[i].complaint, expected,
				    sizeof expected);
			expect_text(complaints.list[0].text, expected);
		}
		free(book);
		free(text);
	}
}

/* A version that was kept before a key was known goes on, with the shipped clause for it. */
static void case_kept(void)
{
	struct rulebook *book = malloc(sizeof *book);
	struct complaints complaints = { 0 };
	static const char text[] =
		"title: Old\nclauses:\n  - number: \"7\"\n    key: prefix-length\n"
		"    text: Short.\n    ipv4: 8-22\n    ipv6: 16-48\n";

	expect_true(book != NULL);
	expect_true(!rulebook_read("f", octets_of_text(text), false, book, &complaints));
	complaints = (struct complaints){ 0 };
	expect_true(rulebook_read("f", octets_of_text(text), true, book, &complaints));
	expect_u64(complaints.count, 0);
	expect_u64(book->rules.len_bits_max[FAMILY_IPV4], 22);
	expect_u64(book->rules.transit_free_count, 14);
	expect_text(rulebook_clause_of(book, RULEBOOK_PREFIX_LENGTH)->number, "7");
	expect_text(rulebook_clause_of(book, RULEBOOK_MAX_PREFIXES)->number, "default 3.7");
	free(book);
}

static void case_difference(void)
{
	struct heap heap = heap_libc();
	struct text_buffer out;
	struct complaints complaints = { 0 };
	struct rulebook *before = shipped();
	struct rulebook *after = malloc(sizeof *after);
	char *text = altered("    ipv4: 8-24", "    ipv4: 8-23");

	expect_true(after != NULL);
	text_buffer_init(&out, &heap, 0);
	expect_true(rulebook_read("f", octets_of_text(text), false, after, &complaints));
	expect_u64(rulebook_difference_print(before, after, text_buffer_sink(&out)), 1);
	expect_text(text_buffer_of(&out), "3.2 prefix-length\n  - ipv4: 8-24\n  + ipv4: 8-23\n");
	free(text);
	text = altered("  - number: \"5.2\"", "  - number: \"5.3\"");
	text_buffer_clear(&out);
	expect_true(rulebook_read("f", octets_of_text(text), false, after, &complaints));
	expect_u64(rulebook_difference_print(before, after, text_buffer_sink(&out)), 2);
	expect_true(strstr(text_buffer_of(&out), "5.3 Who changes this book\n  + text: ") != NULL);
	expect_true(strstr(text_buffer_of(&out), "5.2 Who changes this book\n  - text: ") != NULL);
	text_buffer_fini(&out);
	free(text);
	free(before);
	free(after);
}

static const struct tap_case cases[] = {
	{ "the shipped book orders the default rules", case_default, 0 },
	{ "every reason has a clause", case_reasons, 0 },
	{ "what is printed reads back", case_print, 0 },
	{ "what is wrong is refused where it stands", case_wrong, 0 },
	{ "a kept book that knows less", case_kept, 0 },
	{ "differences, clause by clause", case_difference, 0 },
};
TAP_MAIN(cases)
