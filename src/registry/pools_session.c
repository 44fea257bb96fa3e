/* registry/pools_session.c — what a registry's staff does, each a decision of numbers/ recorded. */
#include "registry/pools_session.h"

#include <stdio.h>
#include <string.h>

#include "base/utc.h"
#include "registry/inside.h"

struct fault pools_session_begin(struct pools_session *session, struct store *store, bool is_change,
				 struct complaints *complaints)
{
	struct numbers_event event;

	*session = (struct pools_session){ .store = store,
					   .complaints = complaints,
					   .heap = heap_libc(),
					   .now_s = record_now_s() };
	numbers_book_init(&session->book, &session->heap);
	rules_list_init(&session->versions, &session->heap);
	if (is_change)
		TRY(store_begin(store));
	session->is_change = is_change;
	TRY(rules_list_read(store, &session->versions));
	TRY(pools_rules(store, &session->rules));
	TRY(pools_load(store, &session->book));
	while (numbers_due(&session->book, &session->rules, session->now_s, &event))
		TRY(pools_happen(session, &event));
	return fault_none();
}

struct fault pools_session_end(struct pools_session *session, struct fault fault, const char *what)
{
	numbers_book_fini(&session->book);
	rules_list_fini(&session->versions);
	if (session->is_change)
		return transaction_end(session->store, fault, what, session->complaints);
	if (failed(fault) && session->complaints->error_count == 0)
		complain(session->complaints, false, "%s: %s", what,
			 store_why(session->store, fault));
	return fault;
}

struct fault pools_happen(struct pools_session *session, const struct numbers_event *event)
{
	if (!session->is_change)
		return numbers_apply(&session->book, event);
	return pools_write(session->store, &session->book, event, session->complaints);
}

static struct numbers_cite cite_of(const struct pools_session *session,
				   const struct numbers_pool *pool, const char *word)
{
	return numbers_cite_of(&session->rules, pool, word);
}

void pools_cite_print(const struct pools_session *session, const struct numbers_cite *cite,
		      char out[NUMBERS_CITE_TEXT_MAX])
{
	const struct rules_version *version = pools_version_of(session, cite);

	numbers_cite_print(cite, version != NULL ? version->by : "",
			   version != NULL ? version->decision : "", out);
}

const struct rules_version *pools_version_of(const struct pools_session *session,
					     const struct numbers_cite *cite)
{
	for (uint32_t i = 0; i < session->versions.count; i++) {
		if (session->versions.item[i].number == cite->version)
			return &session->versions.item[i];
	}
	return NULL;
}

/* --- requests --------------------------------------------------------------------------------- */

static void request_refused(struct pools_session *session, int64_t id, enum numbers_reason reason,
			    const struct numbers_cite *cite)
{
	const struct numbers_request *request = numbers_request_of(&session->book, id);
	char who[NUMBERS_HANDLE_MAX + 32];

	(void)snprintf(who, sizeof who, "request %lld of %s", (long long)id, request->holder);
	pools_refuse(&session->rules, who, reason, cite, "", session->complaints);
}

struct fault pools_ask(struct pools_session *session, const struct numbers_event *asked,
		       int64_t *request_id, enum numbers_reason *reason)
{
	const struct numbers_pool *pool = numbers_pool_of(&session->book, asked->pool_id);
	struct numbers_event event = *asked;

	event.kind = EVENT_REQUEST;
	event.at_s = session->now_s;
	event.request_id = *request_id = session->book.next_request_id;
	if (event.len_bits == 0)
		event.len_bits = session->rules.of[pool->type].default_len_bits;
	event.cite = cite_of(session, pool, "");
	TRY(pools_organisation(session->store, event.holder, event.organisation));
	TRY(pools_happen(session, &event));
	*reason = numbers_judge(&session->book, &session->rules, *request_id, session->now_s,
				&event);
	TRY(pools_happen(session, &event));
	if (*reason != NUMBERS_GOOD)
		request_refused(session, *request_id, *reason, &event.cite);
	return fault_none();
}

static const struct numbers_request *open_request(struct pools_session *session, int64_t id)
{
	const struct numbers_request *request = numbers_request_of(&session->book, id);

	if (request == NULL)
		complain(session->complaints, false,
			 "there is no request %lld; plenum request list shows all", (long long)id);
	else if (request->state != REQUEST_EVALUATED && request->state != REQUEST_QUEUED)
		complain(session->complaints, false, "request %lld is %s already", (long long)id,
			 request_state_name(request->state));
	else
		return request;
	return NULL;
}

struct fault pools_grant(struct pools_session *session, int64_t request_id)
{
	const struct numbers_request *request = open_request(session, request_id);
	enum numbers_reason reason;
	struct numbers_event event;

	if (request == NULL)
		return fault_of(FAULT_CONFLICT, 0);
	TRY(numbers_settle(&session->book, &session->rules, request_id, session->now_s, &reason,
			   &event));
	if (event.kind == EVENT_KINDS || event.kind == EVENT_REFUSED)
		request_refused(session, request_id, reason, &event.cite);
	if (event.kind == EVENT_KINDS)
		return fault_of(FAULT_CONFLICT, 0);
	return pools_happen(session, &event);
}

struct fault pools_close_request(struct pools_session *session, int64_t request_id,
				 enum numbers_event_kind kind, const char *reason)
{
	const struct numbers_request *request = open_request(session, request_id);
	struct numbers_event event = { .kind = kind,
				       .at_s = session->now_s,
				       .request_id = request_id };

	if (request == NULL)
		return fault_of(FAULT_CONFLICT, 0);
	event.cite = cite_of(session, numbers_pool_of(&session->book, request->pool_id),
			     numbers_reason_clause(NUMBERS_BY_STAFF));
	(void)snprintf(event.reason, sizeof event.reason, "%s", reason);
	return pools_happen(session, &event);
}

/* --- delegations ------------------------------------------------------------------------------ */

static void delegation_refused(struct pools_session *session, int64_t id,
			       enum numbers_reason reason, const struct numbers_cite *cite,
			       const char *more)
{
	const struct numbers_delegation *at = numbers_delegation_of(&session->book, id);
	char prefix[PREFIX_TEXT_MAX];

	prefix_print(&at->prefix, prefix);
	pools_refuse(&session->rules, prefix, reason, cite, more, session->complaints);
}

/* The member whose connection has the address, 0 when none has it. */
static struct fault connected_asn(struct store *store, const struct prefix *prefix, uint32_t *out)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	char address[PREFIX_TEXT_MAX];
	bool has_row = false;

	prefix_print(prefix, address);
	address[strcspn(address, "/")] = '\0';
	TRY(store_prepare(store,
			  "SELECT m.asn FROM address a JOIN connection c ON c.id = a.connection_id"
			  " JOIN member m ON m.id = c.member_id WHERE a.address = ?1",
			  &statement));
	store_bind_text(statement, 1, address);
	TRY(store_step(statement, &has_row));
	*out = has_row ? (uint32_t)store_int(statement, 0) : 0;
	return fault_none();
}

/* An address of a LAN comes back when its connection does without it. */
static struct fault refuse_connected(struct pools_session *session,
				     const struct numbers_delegation *at)
{
	const struct numbers_pool *pool = numbers_pool_of(&session->book, at->pool_id);
	char address[PREFIX_TEXT_MAX];
	uint32_t asn = 0;

	if (pool->type != POOL_PEERING_V4 && pool->type != POOL_PEERING_V6)
		return fault_none();
	TRY(connected_asn(session->store, &at->prefix, &asn));
	if (asn == 0)
		return fault_none();
	prefix_print(&at->prefix, address);
	address[strcspn(address, "/")] = '\0';
	complain(session->complaints, false,
		 "%s: a connection of AS%u has it: plenum member edit AS%u --at %s --remove-ip %s "
		 "gives it back, or plenum connection remove AS%u --at %s",
		 address, asn, asn, address, address, asn, address);
	return fault_of(FAULT_CONFLICT, 0);
}

struct fault pools_return(struct pools_session *session, int64_t delegation_id, int64_t until_s,
			  const char *reason)
{
	const struct numbers_delegation *at = numbers_delegation_of(&session->book, delegation_id);
	const struct numbers_pool *pool = numbers_pool_of(&session->book, at->pool_id);
	uint32_t days = session->rules.of[pool->type].quarantine_days;
	bool is_now = until_s <= session->now_s;
	struct numbers_event event = { .kind = EVENT_RETURN,
				       .at_s = session->now_s,
				       .delegation_id = delegation_id,
				       .until_s = is_now ? session->now_s : until_s,
				       .cite = cite_of(session, pool, "quarantine") };

	(void)snprintf(event.reason, sizeof event.reason, "%s", reason);
	if (is_now)
		TRY(refuse_connected(session, at));
	TRY(pools_happen(session, &event));
	if (!is_now)
		return fault_none();
	event.kind = EVENT_QUARANTINE;
	event.until_s = session->now_s + days * NUMBERS_DAY_S;
	event.reason[0] = '\0';
	return pools_happen(session, &event);
}

struct fault pools_undo_return(struct pools_session *session, int64_t delegation_id, bool is_over,
			       const char *reason)
{
	const struct numbers_delegation *at = numbers_delegation_of(&session->book, delegation_id);
	const struct numbers_pool *pool = numbers_pool_of(&session->book, at->pool_id);
	bool is_lan = pool->type == POOL_PEERING_V4 || pool->type == POOL_PEERING_V6;
	struct numbers_event event = { .kind = is_over ? EVENT_QUARANTINE_END : EVENT_RESUMED,
				       .at_s = session->now_s,
				       .delegation_id = delegation_id,
				       .cite = cite_of(session, pool, "quarantine") };

	if (is_over && at->state != DELEGATION_QUARANTINE) {
		complain(session->complaints, false,
			 "it is in use until its day, and not in quarantine; plenum request resume "
			 "undoes the return");
		return fault_of(FAULT_CONFLICT, 0);
	}
	if (!is_over && is_lan && at->request_id == 0 && at->state == DELEGATION_QUARANTINE) {
		complain(session->complaints, false,
			 "an address of a LAN comes back with a connection: plenum member add %s "
			 "NAME --ip ADDRESS",
			 at->holder);
		return fault_of(FAULT_CONFLICT, 0);
	}
	(void)snprintf(event.reason, sizeof event.reason, "%s", reason);
	return pools_happen(session, &event);
}

struct fault pools_transfer(struct pools_session *session, int64_t delegation_id,
			    const char *holder, const char *ipv6, const char *reason)
{
	const struct numbers_delegation *at = numbers_delegation_of(&session->book, delegation_id);
	const struct numbers_pool *pool = numbers_pool_of(&session->book, at->pool_id);
	struct numbers_event asked = { .at_s = session->now_s, .delegation_id = delegation_id };
	struct numbers_event event;
	char until[UTC_TEXT_MAX];
	char more[64] = "";

	(void)snprintf(asked.holder, sizeof asked.holder, "%s", holder);
	(void)snprintf(asked.ipv6, sizeof asked.ipv6, "%s", ipv6);
	(void)snprintf(asked.reason, sizeof asked.reason, "%s", reason);
	TRY(pools_organisation(session->store, holder, asked.organisation));
	enum numbers_reason wrong = numbers_transfer(&session->book, &session->rules, &asked,
						     &event);
	if (wrong == NUMBERS_HOLD_PERIOD) {
		utc_print((struct wall){ numbers_hold_until_s(&session->rules, pool, at) }, until);
		(void)snprintf(more, sizeof more, "before %s", until);
	}
	if (wrong != NUMBERS_GOOD) {
		delegation_refused(session, delegation_id, wrong, &event.cite, more);
		return fault_of(FAULT_CONFLICT, 0);
	}
	return pools_happen(session, &event);
}

struct fault pools_review(struct pools_session *session, int64_t delegation_id, uint64_t used,
			  const struct prefix *keep)
{
	struct numbers_event event;
	enum numbers_reason reason = numbers_review(&session->book, &session->rules, delegation_id,
						    used, keep, session->now_s, &event);

	(void)snprintf(event.reason, sizeof event.reason, "%llu in use%s%s",
		       (unsigned long long)used, reason != NUMBERS_GOOD ? ": " : "",
		       reason != NUMBERS_GOOD ? numbers_reason_text(reason) : "");
	return pools_happen(session, &event);
}

struct fault pools_grow(struct pools_session *session, int64_t delegation_id, uint8_t len_bits,
			enum numbers_reason *reason)
{
	struct numbers_event event;

	*reason = numbers_grow(&session->book, &session->rules, delegation_id, len_bits,
			       session->now_s, &event);
	if (*reason != NUMBERS_GOOD && *reason != NUMBERS_NO_ROOM)
		delegation_refused(session, delegation_id, *reason, &event.cite, "");
	return *reason == NUMBERS_GOOD ? pools_happen(session, &event) : fault_none();
}

/* --- pools that grow -------------------------------------------------------------------------- */

/* The reserve in which the block is free; NULL: there is none. */
static const struct numbers_pool *reserve_of(const struct numbers_book *book,
					     const struct prefix *prefix)
{
	for (uint32_t i = 0; i < book->pool_count; i++) {
		const struct numbers_pool *pool = &book->pool[i];
		bool is_free = !pool->is_closed && pool->type == POOL_RESERVE &&
			       prefix_contains(&pool->prefix, prefix);
		for (uint32_t j = 0; is_free && j < book->delegation_count; j++) {
			const struct numbers_delegation *at = &book->delegation[j];
			is_free = at->pool_id != pool->id || at->state == DELEGATION_ENDED ||
				  !(prefix_contains(&at->prefix, prefix) ||
				    prefix_contains(prefix, &at->prefix));
		}
		if (is_free)
			return pool;
	}
	return NULL;
}

struct fault pools_from_reserve(struct pools_session *session, const struct prefix *prefix,
				const char *pool_name)
{
	const struct numbers_pool *reserve = reserve_of(&session->book, prefix);
	struct numbers_event event = { .kind = EVENT_GRANT,
				       .at_s = session->now_s,
				       .delegation_id = session->book.next_delegation_id,
				       .prefix = *prefix };

	if (reserve == NULL)
		return fault_of(FAULT_ABSENT, 0);
	event.pool_id = reserve->id;
	event.cite = cite_of(session, reserve, "reserve");
	(void)snprintf(event.holder, sizeof event.holder, "pool %s", pool_name);
	(void)snprintf(event.organisation, sizeof event.organisation, "%s", event.holder);
	return pools_happen(session, &event);
}

/* Each half that is beside the pool on its way to `len_bits` must be had from a reserve. */
static struct fault halves_take(struct pools_session *session, const struct numbers_pool *pool,
				const struct prefix *wide, bool *is_there)
{
	char name[NUMBERS_NAME_MAX];
	uint32_t count = numbers_rest_count(wide, pool->prefix.len_bits);
	struct prefix own = pool->prefix;

	(void)snprintf(name, sizeof name, "%s", pool->name);
	*is_there = true;
	for (uint32_t i = 0; i < count && *is_there; i++) {
		struct prefix half = numbers_rest_of(wide, &own, i);
		struct fault fault = pools_from_reserve(session, &half, name);
		*is_there = fault.kind != FAULT_ABSENT;
		if (*is_there)
			TRY(fault);
	}
	return fault_none();
}

/* What was the end of the network lies in its middle now. */
static struct fault ends_free(struct pools_session *session, int64_t pool_id)
{
	for (uint32_t i = 0; i < session->book.delegation_count; i++) {
		const struct numbers_delegation *at = &session->book.delegation[i];
		struct numbers_event event = { .kind = EVENT_QUARANTINE_END,
					       .at_s = session->now_s,
					       .delegation_id = at->id };
		if (at->pool_id != pool_id || at->state != DELEGATION_HELD ||
		    (strcmp(at->reason, POOLS_REASON_FIRST) != 0 &&
		     strcmp(at->reason, POOLS_REASON_LAST) != 0))
			continue;
		TRY(pools_happen(session, &event));
	}
	return fault_none();
}

struct fault pools_widen(struct pools_session *session, const struct registry_exchange *exchange,
			 int64_t pool_id, uint8_t len_bits, enum numbers_reason *reason)
{
	const struct numbers_pool *pool = numbers_pool_of(&session->book, pool_id);
	struct numbers_event event = { .kind = EVENT_POOL_GROWN,
				       .at_s = session->now_s,
				       .pool_id = pool_id,
				       .type = pool->type,
				       .prefix = pool->prefix,
				       .cite = cite_of(session, pool, "growth") };
	bool is_there = false;

	event.prefix.len_bits = len_bits;
	prefix_mask(&event.prefix);
	*reason = NUMBERS_NO_ROOM;
	TRY(halves_take(session, pool, &event.prefix, &is_there));
	if (!is_there)
		return fault_of(FAULT_ABSENT, 0);
	*reason = NUMBERS_GOOD;
	TRY(pools_happen(session, &event));
	TRY(ends_free(session, pool_id));
	return pools_keep_own(session->store, &session->book, exchange, &event,
			      session->complaints);
}
