/* rulebook/read.c — a document made a rule book: every clause and parameter by the table of keys,
 * then what contradicts itself. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"
#include "rulebook/keys.h"
#include "text/utf8.h"
#include "text/yaml_tree.h"

extern const char rulebook_default[];
extern const unsigned rulebook_default_octets;

#define ABSENT UINT8_MAX

struct reading {
	const struct yaml_tree *tree;
	struct rulebook *book;
	struct complaints *complaints;
	const struct yaml_node *node[RULEBOOK_CLAUSES_MAX]; /* by clause */
};

struct octets rulebook_default_text(void)
{
	return octets_of(rulebook_default, rulebook_default_octets);
}

static const struct yaml_node *clause_node(const struct reading *reading, enum rulebook_key key)
{
	uint8_t at = reading->book->clause_of[key];

	return at == ABSENT ? NULL : reading->node[at];
}

/* --- words ------------------------------------------------------------------------------------ */

/* A line of text; `out` keeps what it was when it is none. */
static bool words_take(const struct reading *reading, const struct yaml_node *node, char *out,
		       size_t room)
{
	if (node->kind != YAML_TEXT)
		yaml_complain_value(reading->tree, node, reading->complaints, "%s is a text",
				    node->name);
	else if (node->text[0] == '\0' || strlen(node->text) >= room ||
		 !utf8_is_plain(octets_of_text(node->text)))
		yaml_complain_value(reading->tree, node, reading->complaints,
				    "%s: a text of 1 to %zu octets without control characters",
				    node->name, room - 1);
	else
		return snprintf(out, room, "%s", node->text) >= 0;
	return false;
}

/* Numbers parted by dots: "2.10". */
static bool is_number(const char *text)
{
	bool is_digit_next = true;

	for (; *text != '\0'; text++) {
		if (*text >= '0' && *text <= '9')
			is_digit_next = false;
		else if (*text != '.' || is_digit_next)
			return false;
		else
			is_digit_next = true;
	}
	return !is_digit_next;
}

static void number_take(const struct reading *reading, const struct yaml_node *node,
			struct rulebook_clause *clause)
{
	if (node->kind != YAML_TEXT || !is_number(node->text) ||
	    strlen(node->text) >= RULEBOOK_NUMBER_MAX - sizeof "default ") {
		yaml_complain_value(
			reading->tree, node, reading->complaints,
			"number: \"%.32s\" is not numbers with dots between, as \"2.1\"",
			node->text);
		return;
	}
	if (rulebook_clause_at(reading->book, node->text) != NULL)
		yaml_complain_value(reading->tree, node, reading->complaints, "a second clause %s",
				    node->text);
	(void)snprintf(clause->number, sizeof clause->number, "%s", node->text);
}

static void see_take(const struct reading *reading, const struct yaml_node *node,
		     struct rulebook_clause *clause)
{
	const struct yaml_node *item = yaml_child(reading->tree, node);

	if (node->kind != YAML_LIST || node->count > RULEBOOK_SEE_MAX) {
		yaml_complain_value(reading->tree, node, reading->complaints,
				    "see is a list of up to %u numbers of clauses",
				    RULEBOOK_SEE_MAX);
		return;
	}
	for (; item != NULL; item = yaml_next(reading->tree, item)) {
		if (item->kind == YAML_TEXT && strlen(item->text) < RULEBOOK_NUMBER_MAX)
			(void)snprintf(clause->see[clause->see_count++], RULEBOOK_NUMBER_MAX, "%s",
				       item->text);
		else
			yaml_complain_value(reading->tree, item, reading->complaints,
					    "see: the number of a clause was expected");
	}
}

static void key_take(const struct reading *reading, const struct yaml_node *node,
		     struct rulebook_clause *clause, uint32_t index)
{
	uint32_t key = RULEBOOK_PEOPLE + 1;

	while (key < RULEBOOK_KEY_COUNT && strcmp(key_rows[key].name, node->text) != 0)
		key++;
	if (key == RULEBOOK_KEY_COUNT) {
		yaml_complain_value(reading->tree, node, reading->complaints,
				    "key: \"%.64s\" is nothing that is enforced; plenum rules "
				    "check --help lists what is",
				    node->text);
		return;
	}
	if (reading->book->clause_of[key] != ABSENT)
		yaml_complain_value(reading->tree, node, reading->complaints,
				    "a second clause for %s: %s is one", node->text,
				    reading->book->clause[reading->book->clause_of[key]].number);
	clause->key = (enum rulebook_key)key;
	reading->book->clause_of[key] = (uint8_t)index;
}

/* --- parameters ------------------------------------------------------------------------------- */

static void value_take(const struct reading *reading, const struct parameter *parameter,
		       const struct yaml_node *node)
{
	if (node->kind != YAML_TEXT)
		yaml_complain_value(reading->tree, node, reading->complaints, "%s: expected %s",
				    parameter->name, parameter->expects);
	else if (!parameter_take(reading->book, parameter, node->text))
		yaml_complain_value(reading->tree, node, reading->complaints,
				    "%s: \"%.64s\" is not %s", parameter->name, node->text,
				    parameter->expects);
}

static void parameter_read(const struct reading *reading, const struct parameter *parameter,
			   const struct yaml_node *node)
{
	if (!parameter_is_list(parameter)) {
		value_take(reading, parameter, node);
		return;
	}
	parameter_clear(reading->book, parameter);
	if (node->kind != YAML_LIST) {
		yaml_complain_value(reading->tree, node, reading->complaints, "%s takes a list",
				    parameter->name);
		return;
	}
	const struct yaml_node *item = yaml_child(reading->tree, node);
	for (; item != NULL; item = yaml_next(reading->tree, item))
		value_take(reading, parameter, item);
}

static const struct parameter *parameter_named(enum rulebook_key key, const char *name)
{
	const struct parameter *at = key_rows[key].parameter;

	for (; at->type != PARAMETER_NONE; at++) {
		if (strcmp(at->name, name) == 0)
			return at;
	}
	return NULL;
}

static void parameters_read(const struct reading *reading, const struct yaml_node *node,
			    enum rulebook_key key)
{
	static const char *const words[] = { "number", "key", "title", "text", "see" };
	const struct yaml_node *at = yaml_child(reading->tree, node);

	for (; at != NULL; at = yaml_next(reading->tree, at)) {
		const struct parameter *parameter = parameter_named(key, at->name);
		bool is_word = false;
		for (size_t i = 0; i < sizeof words / sizeof *words; i++)
			is_word |= strcmp(words[i], at->name) == 0;
		if (parameter != NULL)
			parameter_read(reading, parameter, at);
		else if (!is_word)
			yaml_complain(reading->tree, at, false, reading->complaints,
				      "%.64s is no parameter of %s", at->name,
				      key == RULEBOOK_PEOPLE ? "a clause without a key" :
							       key_rows[key].name);
	}
}

static void parameters_missing(const struct reading *reading, const struct yaml_node *node,
			       enum rulebook_key key)
{
	const struct parameter *at = key_rows[key].parameter;

	for (; at->type != PARAMETER_NONE; at++) {
		if (yaml_named(reading->tree, node, at->name) == NULL)
			yaml_complain(reading->tree, node, false, reading->complaints,
				      "%s of %s is missing: %s", at->name, key_rows[key].name,
				      at->expects);
	}
}

/* --- clauses ---------------------------------------------------------------------------------- */

static void clause_read(struct reading *reading, const struct yaml_node *node, bool is_kept)
{
	struct rulebook *book = reading->book;
	const struct yaml_node *number = yaml_named(reading->tree, node, "number");
	const struct yaml_node *key = yaml_named(reading->tree, node, "key");
	const struct yaml_node *title = yaml_named(reading->tree, node, "title");
	const struct yaml_node *text = yaml_named(reading->tree, node, "text");
	const struct yaml_node *see = yaml_named(reading->tree, node, "see");
	uint32_t index = book->clause_count;
	struct rulebook_clause *clause = &book->clause[index];

	if (node->kind != YAML_MAPPING) {
		yaml_complain_value(reading->tree, node, reading->complaints,
				    "a clause was expected: number, text, and key when it is "
				    "enforced");
		return;
	}
	*clause = (struct rulebook_clause){ 0 };
	reading->node[index] = node;
	if (number == NULL)
		yaml_complain(reading->tree, node, false, reading->complaints,
			      "the clause has no number");
	else
		number_take(reading, number, clause);
	if (text == NULL)
		yaml_complain(reading->tree, node, false, reading->complaints,
			      "the clause has no text for people");
	else
		(void)words_take(reading, text, clause->text, sizeof clause->text);
	if (title != NULL)
		(void)words_take(reading, title, clause->title, sizeof clause->title);
	if (see != NULL)
		see_take(reading, see, clause);
	if (key != NULL)
		key_take(reading, key, clause, index);
	book->clause_count++;
	if (key != NULL && clause->key == RULEBOOK_PEOPLE)
		return;
	parameters_read(reading, node, clause->key);
	if (!is_kept)
		parameters_missing(reading, node, clause->key);
}

static void clauses_read(struct reading *reading, const struct yaml_node *list, bool is_kept)
{
	const struct yaml_node *node = yaml_child(reading->tree, list);

	if (list->kind != YAML_LIST) {
		yaml_complain_value(reading->tree, list, reading->complaints,
				    "clauses is a list of clauses");
		return;
	}
	for (; node != NULL; node = yaml_next(reading->tree, node)) {
		if (reading->book->clause_count == RULEBOOK_CLAUSES_MAX) {
			yaml_complain(reading->tree, node, false, reading->complaints,
				      "more than %u clauses", RULEBOOK_CLAUSES_MAX);
			return;
		}
		clause_read(reading, node, is_kept);
	}
}

/* --- contradictions --------------------------------------------------------------------------- */

static void contradict(const struct reading *reading, enum rulebook_key key, const char *name,
		       const char *what)
{
	const struct yaml_node *node = clause_node(reading, key);
	const struct yaml_node *at = yaml_named(reading->tree, node, name);

	yaml_complain_value(reading->tree, at != NULL ? at : node, reading->complaints, "%s: %s",
			    name, what);
}

static void references_check(const struct reading *reading)
{
	const struct rulebook *book = reading->book;

	for (uint32_t i = 0; i < book->clause_count; i++) {
		const struct yaml_node *see = yaml_named(reading->tree, reading->node[i], "see");
		const struct yaml_node *item = yaml_child(reading->tree, see);
		for (; item != NULL; item = yaml_next(reading->tree, item)) {
			if (item->kind == YAML_TEXT && rulebook_clause_at(book, item->text) == NULL)
				yaml_complain_value(reading->tree, item, reading->complaints,
						    "see: there is no clause \"%.32s\"",
						    item->text);
		}
	}
}

static void repeats_check(const struct reading *reading, enum rulebook_key key, const char *name)
{
	const struct yaml_node *node = clause_node(reading, key);
	const struct yaml_node *item = yaml_child(reading->tree,
						  yaml_named(reading->tree, node, name));

	for (; item != NULL; item = yaml_next(reading->tree, item)) {
		const struct yaml_node *later = yaml_next(reading->tree, item);
		while (later != NULL && strcmp(later->text, item->text) != 0)
			later = yaml_next(reading->tree, later);
		if (later != NULL)
			yaml_complain_value(reading->tree, later, reading->complaints,
					    "%s: %.64s stands twice", name, later->text);
	}
}

static void blackhole_check(const struct reading *reading)
{
	const struct plan_rules *rules = &reading->book->rules;
	static const char *const names[FAMILY_COUNT] = { "ipv4", "ipv6" };

	if (clause_node(reading, RULEBOOK_BLACKHOLE) == NULL)
		return;
	if (rules->blackhole && !rules->has_blackhole_next_hop[FAMILY_IPV4] &&
	    !rules->has_blackhole_next_hop[FAMILY_IPV6])
		contradict(reading, RULEBOOK_BLACKHOLE, "offered",
			   "yes, but next_hop says nothing of where it leads");
	for (uint32_t i = 0; i < FAMILY_COUNT; i++) {
		if (rules->blackhole && rules->blackhole_len_bits_min[i] < rules->len_bits_min[i])
			contradict(reading, RULEBOOK_BLACKHOLE, names[i],
				   "shorter than the shortest prefix that prefix-length lets in");
	}
}

static void pools_check(const struct reading *reading)
{
	for (uint32_t i = 0; i < RULEBOOK_POOL_COUNT; i++) {
		const struct rulebook_pool *pool = &reading->book->pool[i];
		enum rulebook_key key = (enum rulebook_key)(RULEBOOK_POOL_FIRST + i);
		if (clause_node(reading, key) == NULL)
			continue;
		if (pool->smallest_len_bits < pool->largest_len_bits)
			contradict(reading, key, "smallest",
				   "a larger block, with a shorter length, than largest");
		else if (pool->default_len_bits < pool->largest_len_bits ||
			 pool->default_len_bits > pool->smallest_len_bits)
			contradict(reading, key, "default", "not from largest to smallest");
		if (!pool->transfer && pool->hold_days != 0)
			contradict(reading, key, "hold_days",
				   "a time before a transfer, but transfer says no");
		if (pool->review_days == 0 && pool->review_percent != 0)
			contradict(reading, key, "review_percent",
				   "a share to be used, but review_days says never");
	}
}

/* What is wrong already would contradict itself for no reason of its own. */
static void contradictions_check(const struct reading *reading)
{
	references_check(reading);
	repeats_check(reading, RULEBOOK_TRANSIT_FREE, "networks");
	repeats_check(reading, RULEBOOK_NEVER_VIA, "networks");
	repeats_check(reading, RULEBOOK_BOGON_PREFIX, "also");
	blackhole_check(reading);
	pools_check(reading);
}

/* --- the whole -------------------------------------------------------------------------------- */

static void keys_missing(const struct reading *reading, const struct yaml_node *root)
{
	for (uint32_t key = RULEBOOK_PEOPLE + 1; key < RULEBOOK_KEY_COUNT; key++) {
		if (reading->book->clause_of[key] == ABSENT)
			yaml_complain(reading->tree, root, false, reading->complaints,
				      "no clause has the key %s: %s", key_rows[key].name,
				      key_rows[key].help);
	}
}

/* A kept book that knew nothing of a key takes its clause from the shipped one. */
static void keys_lend(struct rulebook *book, const struct rulebook *shipped)
{
	for (uint32_t key = RULEBOOK_PEOPLE + 1; key < RULEBOOK_KEY_COUNT; key++) {
		if (book->clause_of[key] != ABSENT || book->clause_count == RULEBOOK_CLAUSES_MAX)
			continue;
		struct rulebook_clause *clause = &book->clause[book->clause_count];
		*clause = shipped->clause[shipped->clause_of[key]];
		(void)snprintf(clause->number, sizeof clause->number, "default %.6s",
			       shipped->clause[shipped->clause_of[key]].number);
		clause->see_count = 0;
		book->clause_of[key] = (uint8_t)book->clause_count++;
	}
}

static void book_begin(struct rulebook *book)
{
	*book = (struct rulebook){ .rules = plan_rules_default() };
	for (uint32_t i = 0; i < RULEBOOK_KEY_COUNT; i++)
		book->clause_of[i] = ABSENT;
}

static void root_read(struct reading *reading, bool is_kept)
{
	const struct yaml_node *root = yaml_root(reading->tree);
	const struct yaml_node *at = yaml_child(reading->tree, root);

	if (root == NULL || root->kind != YAML_MAPPING) {
		complain(reading->complaints, false, "%s:1:1: expected title and clauses",
			 reading->tree->file);
		return;
	}
	for (; at != NULL; at = yaml_next(reading->tree, at)) {
		if (strcmp(at->name, "title") == 0)
			(void)words_take(reading, at, reading->book->title,
					 sizeof reading->book->title);
		else if (strcmp(at->name, "clauses") == 0)
			clauses_read(reading, at, is_kept);
		else
			yaml_complain(reading->tree, at, false, reading->complaints,
				      "%.64s is not known here: title and clauses are", at->name);
	}
	if (yaml_named(reading->tree, root, "title") == NULL)
		yaml_complain(reading->tree, root, false, reading->complaints, "title is missing");
	if (!is_kept)
		keys_missing(reading, root);
}

/* The parameters of what a document lacks are those of the shipped book, so that one goes first. */
static bool document_read(const char *file, struct octets text, const struct rulebook *shipped,
			  struct rulebook *out, struct complaints *complaints)
{
	struct heap heap = heap_libc();
	struct yaml_tree tree CLEAN(yaml_tree_fini);
	struct reading reading = { .tree = &tree, .book = out, .complaints = complaints };
	uint32_t errors_before = complaints->error_count;

	yaml_tree_init(&tree, &heap);
	book_begin(out);
	if (shipped != NULL) {
		out->rules = shipped->rules;
		for (uint32_t i = 0; i < RULEBOOK_POOL_COUNT; i++)
			out->pool[i] = shipped->pool[i];
	}
	if (text.len_octets > RULEBOOK_OCTETS_MAX) {
		complain(complaints, false, "%s: larger than %u octets", file, RULEBOOK_OCTETS_MAX);
		return false;
	}
	if (!yaml_tree_read(file, text, &tree, complaints) && !tree.is_whole)
		return false;
	root_read(&reading, shipped != NULL);
	if (complaints->error_count == errors_before)
		contradictions_check(&reading);
	if (shipped != NULL)
		keys_lend(out, shipped);
	return complaints->error_count == errors_before;
}

bool rulebook_read(const char *file, struct octets text, bool is_kept, struct rulebook *out,
		   struct complaints *complaints)
{
	struct heap heap = heap_libc();

	if (!is_kept)
		return document_read(file, text, NULL, out, complaints);
	struct rulebook *shipped = heap_zero(&heap, sizeof *shipped);
	if (shipped == NULL) {
		complain(complaints, false, "%s: out of memory", file);
		return false;
	}
	/* Nothing can be wrong with the first but that there is no memory for it. */
	bool is_good = document_read("the shipped rule book", rulebook_default_text(), NULL,
				     shipped, complaints) &&
		       document_read(file, text, shipped, out, complaints);
	heap_free(&heap, shipped, sizeof *shipped);
	return is_good;
}
