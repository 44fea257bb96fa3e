/* registry/rules.c — versions of the rule book in the store, and the one in force. */
#include "registry/rules.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "registry/inside.h"
#include "registry/records.h"

void rules_digest(struct octets text, char out[PLAN_DIGEST_MAX])
{
	struct merkle_hash hash;

	static_assert(PLAN_DIGEST_MAX == MERKLE_HEX_MAX, "a digest is a hash in hexadecimal");
	(void)crypto_hash_sha256(hash.octet, text.at, text.len_octets);
	merkle_print(&hash, out);
}

/* --- the record ------------------------------------------------------------------------------- */

static struct fault version_apply(struct store *store, const struct record *record,
				  struct complaints *complaints)
{
	static const char *const texts[] = { "digest", "text", "decision", "by" };
	static const char *const numbers[] = { "number", "from" };
	struct statement *statement CLEAN(store_finish) = NULL;
	const char *text[4];
	int64_t number[2];
	bool has_row = false;

	for (uint32_t i = 0; i < 4; i++) {
		text[i] = record_text_of(record, texts[i]);
		if (text[i] == NULL || (i < 2 && !record_int_of(record, numbers[i], &number[i]))) {
			complain(complaints, false,
				 "a record of a rule book's version lacks its %s, or its number or "
				 "time",
				 texts[i]);
			return fault_of(FAULT_MALFORMED, 0);
		}
	}
	TRY(store_prepare(store,
			  "INSERT INTO rulebook_version"
			  " (number, digest, text, decision, decided_by, from_s, at_s)"
			  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
			  &statement));
	store_bind_int(statement, 1, number[0]);
	for (int i = 0; i < 4; i++)
		store_bind_text(statement, i + 2, text[i]);
	store_bind_int(statement, 6, number[1]);
	store_bind_int(statement, 7, record->at_s);
	return store_step(statement, &has_row);
}

const struct record_kind rules_record_kinds[] = {
	{ "rulebook-version", version_apply },
	{ NULL, NULL },
};

const struct derived_table rules_derived_tables[] = {
	{ "rulebook_version", "number, digest, text, decision, decided_by, from_s, at_s",
	  "number" },
	{ NULL, NULL, NULL },
};

static struct fault version_write(struct store *store, const char *text,
				  struct rules_version *version, struct complaints *complaints)
{
	struct heap heap = heap_libc();
	struct rules_list list CLEAN(rules_list_fini);
	struct record record;

	rules_list_init(&list, &heap);
	TRY(rules_list_read(store, &list));
	version->number = list.count == 0 ? 1 : list.item[list.count - 1].number + 1;
	if (version->number > RULES_VERSIONS_MAX) {
		complain(complaints, false, "more than %u versions of the rule book",
			 RULES_VERSIONS_MAX);
		return fault_of(FAULT_LIMIT, 0);
	}
	record_begin(&record, "rulebook-version", version->at_s);
	record_int(&record, "number", version->number);
	record_text(&record, "digest", version->digest);
	record_text(&record, "decision", version->decision);
	record_text(&record, "by", version->by);
	record_int(&record, "from", version->from_s);
	record_blob(&record, "text", text);
	return ledger_write(store, rules_record_kinds, &record, complaints);
}

struct fault rules_adopt(struct store *store, const char *text, struct rules_version *version,
			 struct complaints *complaints)
{
	rules_digest(octets_of_text(text), version->digest);
	struct fault fault = store_begin(store);
	if (!failed(fault))
		fault = version_write(store, text, version, complaints);
	return transaction_end(store, fault, "the rule book cannot be kept", complaints);
}

/* --- what was adopted ------------------------------------------------------------------------- */

void rules_list_init(struct rules_list *list, struct heap *heap)
{
	*list = (struct rules_list){ .heap = heap };
}

void rules_list_fini(struct rules_list *list)
{
	heap_free(list->heap, list->item, list->room * sizeof *list->item);
	rules_list_init(list, list->heap);
}

static void version_read(struct statement *statement, struct rules_version *out)
{
	*out = (struct rules_version){ .number = (uint32_t)store_int(statement, 0),
				       .from_s = store_int(statement, 4),
				       .at_s = store_int(statement, 5) };
	(void)snprintf(out->digest, sizeof out->digest, "%s", store_text(statement, 1));
	(void)snprintf(out->decision, sizeof out->decision, "%s", store_text(statement, 2));
	(void)snprintf(out->by, sizeof out->by, "%s", store_text(statement, 3));
}

struct fault rules_list_read(struct store *store, struct rules_list *out)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	TRY(store_prepare(store,
			  "SELECT number, digest, decision, decided_by, from_s, at_s"
			  " FROM rulebook_version ORDER BY number",
			  &statement));
	TRY(store_step(statement, &has_row));
	while (has_row) {
		if (!heap_grow(out->heap, (void **)&out->item, &out->room, out->count + 1,
			       sizeof *out->item))
			return fault_of(FAULT_LIMIT, 0);
		version_read(statement, &out->item[out->count++]);
		TRY(store_step(statement, &has_row));
	}
	return fault_none();
}

const struct rules_version *rules_in_force(const struct rules_list *list, int64_t now_s)
{
	const struct rules_version *found = NULL;

	for (uint32_t i = 0; i < list->count; i++) {
		const struct rules_version *at = &list->item[i];
		if (at->from_s <= now_s && (found == NULL || at->from_s >= found->from_s))
			found = at;
	}
	return found;
}

int64_t rules_next_s(const struct rules_list *list, int64_t now_s)
{
	int64_t next_s = 0;

	for (uint32_t i = 0; i < list->count; i++) {
		int64_t from_s = list->item[i].from_s;
		if (from_s > now_s && (next_s == 0 || from_s < next_s))
			next_s = from_s;
	}
	return next_s;
}

/* --- documents -------------------------------------------------------------------------------- */

bool rules_are_said(const struct registry_exchange *exchange)
{
	const struct registry_rules *said = &exchange->rules;

	return exchange->has_blackhole_next_hop[FAMILY_IPV4] ||
	       exchange->has_blackhole_next_hop[FAMILY_IPV6] ||
	       said->limit_action != LIMIT_ACTION_DEFAULT || said->routes_max[0] != 0 ||
	       said->routes_max[1] != 0 || said->warn_percent != 0 || said->has_retry_s ||
	       said->has_transit_free || said->never_via_count != 0 ||
	       said->ipv6_only_lan != IPV6_ONLY_LAN_OFF;
}

/* The shipped book, with what exchange.yaml sets of it. */
static struct fault shipped_print(const struct registry_exchange *exchange, struct text_buffer *out)
{
	struct heap heap = heap_libc();
	struct complaints complaints = { 0 };
	struct octets text = rulebook_default_text();
	bool put = false;

	if (!rules_are_said(exchange))
		return text_put_octets(text_buffer_sink(out), (const char *)text.at,
				       text.len_octets) ?
			       fault_none() :
			       fault_of(FAULT_LIMIT, 0);
	struct rulebook *book = heap_zero(&heap, sizeof *book);
	if (book == NULL)
		return fault_of(FAULT_LIMIT, 0);
	if (rulebook_read("the shipped rule book", text, false, book, &complaints)) {
		registry_rules_said(exchange, &book->rules);
		put = rulebook_print(book, text_buffer_sink(out));
	}
	heap_free(&heap, book, sizeof *book);
	return put ? fault_none() : fault_of(FAULT_LIMIT, 0);
}

struct fault rules_text(struct store *store, const struct registry_exchange *exchange,
			uint32_t number, struct text_buffer *out)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	if (number == 0)
		return shipped_print(exchange, out);
	TRY(store_prepare(store, "SELECT text FROM rulebook_version WHERE number = ?1",
			  &statement));
	store_bind_int(statement, 1, number);
	TRY(store_step(statement, &has_row));
	if (!has_row)
		return fault_of(FAULT_ABSENT, 0);
	return text_put_text(text_buffer_sink(out), store_text(statement, 0)) ?
		       fault_none() :
		       fault_of(FAULT_LIMIT, 0);
}

static struct fault header_read(struct store *store, uint32_t number, struct plan_book *out)
{
	struct heap heap = heap_libc();
	struct rules_list list CLEAN(rules_list_fini);

	rules_list_init(&list, &heap);
	TRY(rules_list_read(store, &list));
	for (uint32_t i = 0; i < list.count; i++) {
		const struct rules_version *at = &list.item[i];
		if (at->number != number)
			continue;
		(void)snprintf(out->decision, sizeof out->decision, "%s", at->decision);
		(void)snprintf(out->by, sizeof out->by, "%s", at->by);
		out->from_s = at->from_s;
		out->at_s = at->at_s;
		return fault_none();
	}
	return fault_of(FAULT_ABSENT, 0);
}

struct fault rules_book(struct store *store, const struct registry_exchange *exchange,
			uint32_t number, struct rulebook *book, struct plan_book *out)
{
	struct heap heap = heap_libc();
	struct text_buffer text CLEAN(text_buffer_fini);
	struct complaints complaints = { 0 };
	struct plan_rules rules;

	*out = (struct plan_book){ .version = number };
	text_buffer_init(&text, &heap, 0);
	TRY(rules_text(store, exchange, number, &text));
	struct octets octets = octets_of(text_buffer_of(&text), text.len_octets);
	if (!rulebook_read("the rule book", octets, true, book, &complaints))
		return fault_of(FAULT_MALFORMED, 0);
	rules_digest(octets, out->digest);
	if (number != 0)
		TRY(header_read(store, number, out));
	else
		(void)snprintf(out->decision, sizeof out->decision, "%s",
			       rules_are_said(exchange) ?
				       "none yet: the shipped rule book, with what exchange.yaml "
				       "sets" :
				       "none yet: the shipped rule book");
	rulebook_order(book, &rules, out);
	return fault_none();
}

struct fault rules_book_now(struct store *store, const struct registry_exchange *exchange,
			    int64_t now_s, struct rulebook *book, struct plan_book *out)
{
	struct heap heap = heap_libc();
	struct rules_list list CLEAN(rules_list_fini);

	rules_list_init(&list, &heap);
	TRY(rules_list_read(store, &list));
	const struct rules_version *version = rules_in_force(&list, now_s);
	return rules_book(store, exchange, version != NULL ? version->number : 0, book, out);
}

void rules_on_machine(const struct registry_exchange *exchange, struct plan_rules *rules)
{
	if (!exchange->is_trial)
		return;
	rules->check_bogons = false;
	rules->check_bogon_asns = false;
}

struct fault rules_lay(struct store *store, int64_t now_s, struct registry_exchange *exchange)
{
	struct heap heap = heap_libc();
	struct rulebook *book = heap_zero(&heap, sizeof *book);
	struct plan_book *order = heap_zero(&heap, sizeof *order);
	struct fault fault = fault_of(FAULT_LIMIT, 0);

	if (book != NULL && order != NULL)
		fault = rules_book_now(store, exchange, now_s, book, order);
	if (!failed(fault)) {
		exchange->rules_version = order->version;
		exchange->in_force = book->rules;
		rules_on_machine(exchange, &exchange->in_force);
		exchange->has_in_force = true;
	}
	heap_free(&heap, order, sizeof *order);
	heap_free(&heap, book, sizeof *book);
	return fault;
}
