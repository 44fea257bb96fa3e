/* registry/pools_apply.c — records of numbers made rows: the only statements that write these
 * tables.
 *
 * Whether a record is right was decided before it was written, by numbers_apply; here it must find
 * the rows that it changes, and an index keeps a block out of two hands. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "registry/pools.h"

/* A statement; what is not named in it is not bound. */
struct change {
	struct store *store;
	const struct numbers_event *event;
	struct statement *statement;
};

static struct fault change_begin(struct change *change, const char *sql)
{
	return store_prepare(change->store, sql, &change->statement);
}

/* One row was added or changed; else the record speaks of what is not there. */
static struct fault change_end(struct change *change)
{
	bool has_row = false;
	struct fault fault = store_step(change->statement, &has_row);

	store_finish(&change->statement);
	TRY(fault);
	return store_changes(change->store) == 1 ? fault_none() : fault_of(FAULT_CONFLICT, 0);
}

static void prefix_bind(struct statement *statement, int at, const struct prefix *prefix)
{
	char text[PREFIX_TEXT_MAX];

	prefix_print(prefix, text);
	store_bind_text(statement, at, text);
}

static struct fault pool_apply(struct change *change)
{
	const struct numbers_event *event = change->event;

	if (event->kind == EVENT_POOL) {
		TRY(change_begin(change, "INSERT INTO pool (id, name, type, prefix, opened_at)"
					 " VALUES (?1, ?2, ?3, ?4, ?5)"));
		store_bind_text(change->statement, 2, event->name);
		store_bind_text(change->statement, 3, pool_type_name(event->type));
		prefix_bind(change->statement, 4, &event->prefix);
		store_bind_int(change->statement, 5, event->at_s);
	} else if (event->kind == EVENT_POOL_GROWN) {
		TRY(change_begin(change, "UPDATE pool SET prefix = ?2 WHERE id = ?1"));
		prefix_bind(change->statement, 2, &event->prefix);
	} else {
		TRY(change_begin(change, "UPDATE pool SET is_closed = 1 WHERE id = ?1"));
	}
	store_bind_int(change->statement, 1, event->pool_id);
	return change_end(change);
}

static struct fault request_insert(struct change *change)
{
	const struct numbers_event *event = change->event;

	TRY(change_begin(change,
			 "INSERT INTO request (id, pool_id, state, len_bits, holder, organisation,"
			 " purpose, ipv6, requested_at, changed_at, version, clause)"
			 " VALUES (?1, ?2, 'requested', ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, ?10)"));
	store_bind_int(change->statement, 1, event->request_id);
	store_bind_int(change->statement, 2, event->pool_id);
	store_bind_int(change->statement, 3, event->len_bits);
	store_bind_text(change->statement, 4, event->holder);
	store_bind_text(change->statement, 5, event->organisation);
	store_bind_text(change->statement, 6, event->purpose);
	store_bind_text(change->statement, 7, event->ipv6);
	store_bind_int(change->statement, 8, event->at_s);
	store_bind_int(change->statement, 9, event->cite.version);
	store_bind_text(change->statement, 10, event->cite.clause);
	return change_end(change);
}

static struct fault request_turn(struct change *change, enum request_state state)
{
	const struct numbers_event *event = change->event;

	TRY(change_begin(change, "UPDATE request SET state = ?2, changed_at = ?3, version = ?4,"
				 " clause = ?5, delegation_id = ?6,"
				 " reason = CASE WHEN ?2 = 'granted' THEN reason ELSE ?7 END"
				 " WHERE id = ?1"));
	store_bind_int(change->statement, 1, event->request_id);
	store_bind_text(change->statement, 2, request_state_name(state));
	store_bind_int(change->statement, 3, event->at_s);
	store_bind_int(change->statement, 4, event->cite.version);
	store_bind_text(change->statement, 5, event->cite.clause);
	store_bind_int(change->statement, 6, state == REQUEST_GRANTED ? event->delegation_id : 0);
	store_bind_text(change->statement, 7, event->reason);
	return change_end(change);
}

/* GRANT and HELD. */
static struct fault grant_apply(struct change *change)
{
	const struct numbers_event *event = change->event;
	struct statement **statement = &change->statement;

	TRY(change_begin(
		change,
		"INSERT INTO delegation (id, pool_id, request_id, state, prefix, kept_len_bits,"
		" holder, organisation, granted_at, changed_at, until_at, reviewed_at, version,"
		" clause, reason)"
		" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, 0, 0, ?10, ?11, ?12)"));
	store_bind_int(*statement, 1, event->delegation_id);
	store_bind_int(*statement, 2, event->pool_id);
	store_bind_int(*statement, 3, event->request_id);
	store_bind_text(*statement, 4,
			delegation_state_name(event->kind == EVENT_HELD ? DELEGATION_HELD :
									  DELEGATION_GRANTED));
	prefix_bind(*statement, 5, &event->prefix);
	store_bind_int(*statement, 6, event->kept_len_bits);
	store_bind_text(*statement, 7, event->holder);
	store_bind_text(*statement, 8, event->organisation);
	store_bind_int(*statement, 9, event->at_s);
	store_bind_int(*statement, 10, event->cite.version);
	store_bind_text(*statement, 11, event->cite.clause);
	store_bind_text(*statement, 12, event->reason);
	TRY(change_end(change));
	return event->request_id != 0 ? request_turn(change, REQUEST_GRANTED) : fault_none();
}

static const char *turn_sql(enum numbers_event_kind kind)
{
#define TURN "UPDATE delegation SET changed_at = ?2, version = ?3, clause = ?4"
	static const char *const sql[EVENT_KINDS] = {
		[EVENT_RETURN] = TURN ", state = 'returning', until_at = ?5, reason = ?6"
				      " WHERE id = ?1",
		[EVENT_QUARANTINE] = TURN ", state = 'quarantine', until_at = ?5 WHERE id = ?1",
		[EVENT_QUARANTINE_END] = TURN ", state = 'ended' WHERE id = ?1",
		[EVENT_RESUMED] = TURN ", state = 'granted', granted_at = ?2 WHERE id = ?1",
		[EVENT_REVIEWED] = TURN ", reviewed_at = ?2 WHERE id = ?1",
		[EVENT_SHRUNK] = TURN ", reviewed_at = ?2, prefix = ?5, kept_len_bits = 0"
				      " WHERE id = ?1",
		[EVENT_GROWN] = TURN ", prefix = ?5, kept_len_bits = ?6 WHERE id = ?1",
		[EVENT_TRANSFER] = "UPDATE delegation SET changed_at = ?2, state = 'ended',"
				   " reason = 'transferred' WHERE id = ?1",
	};
#undef TURN
	return sql[kind];
}

static struct fault turn(struct change *change)
{
	const struct numbers_event *event = change->event;
	enum numbers_event_kind kind = event->kind;
	bool is_until = kind == EVENT_RETURN || kind == EVENT_QUARANTINE;

	TRY(change_begin(change, turn_sql(kind)));
	store_bind_int(change->statement, 1, event->delegation_id);
	store_bind_int(change->statement, 2, event->at_s);
	if (kind != EVENT_TRANSFER) {
		store_bind_int(change->statement, 3, event->cite.version);
		store_bind_text(change->statement, 4, event->cite.clause);
	}
	if (is_until)
		store_bind_int(change->statement, 5, event->until_s);
	if (kind == EVENT_RETURN)
		store_bind_text(change->statement, 6, event->reason);
	if (kind == EVENT_SHRUNK || kind == EVENT_GROWN)
		prefix_bind(change->statement, 5, &event->prefix);
	if (kind == EVENT_GROWN)
		store_bind_int(change->statement, 6, event->kept_len_bits);
	return change_end(change);
}

/* A copy of the delegation under another number, with what differs. */
static struct fault copy(struct change *change, int64_t id, const struct prefix *prefix)
{
	const struct numbers_event *event = change->event;
	bool is_rest = event->kind == EVENT_SHRUNK;

	TRY(change_begin(
		change,
		is_rest ? "INSERT INTO delegation (id, pool_id, request_id, state, prefix,"
			  " kept_len_bits, holder, organisation, granted_at, changed_at, until_at,"
			  " reviewed_at, version, clause, reason)"
			  " SELECT CAST(?2 AS INTEGER), pool_id, request_id, 'quarantine',"
			  " CAST(?5 AS TEXT), 0, holder, organisation, granted_at,"
			  " CAST(?3 AS INTEGER), CAST(?4 AS INTEGER), reviewed_at,"
			  " CAST(?6 AS INTEGER), CAST(?7 AS TEXT), reason"
			  " FROM delegation WHERE id = ?1" :
			  "INSERT INTO delegation (id, pool_id, request_id, state, prefix,"
			  " kept_len_bits, holder, organisation, granted_at, changed_at, until_at,"
			  " reviewed_at, version, clause, reason)"
			  " SELECT CAST(?2 AS INTEGER), pool_id, 0, 'granted', prefix,"
			  " kept_len_bits, CAST(?4 AS TEXT), CAST(?5 AS TEXT),"
			  " CAST(?3 AS INTEGER), CAST(?3 AS INTEGER), until_at, 0,"
			  " CAST(?6 AS INTEGER), CAST(?7 AS TEXT), CAST(?8 AS TEXT)"
			  " FROM delegation WHERE id = ?1"));
	store_bind_int(change->statement, 1, event->delegation_id);
	store_bind_int(change->statement, 2, id);
	store_bind_int(change->statement, 3, event->at_s);
	if (is_rest) {
		store_bind_int(change->statement, 4, event->until_s);
		prefix_bind(change->statement, 5, prefix);
	} else {
		store_bind_text(change->statement, 4, event->holder);
		store_bind_text(change->statement, 5, event->organisation);
		store_bind_text(change->statement, 8, event->reason);
	}
	store_bind_int(change->statement, 6, event->cite.version);
	store_bind_text(change->statement, 7, event->cite.clause);
	return change_end(change);
}

static struct fault prefix_of(struct store *store, int64_t id, struct prefix *out)
{
	struct statement *statement CLEAN(store_finish) = NULL;
	bool has_row = false;

	TRY(store_prepare(store, "SELECT prefix FROM delegation WHERE id = ?1", &statement));
	store_bind_int(statement, 1, id);
	TRY(store_step(statement, &has_row));
	return has_row && prefix_parse(store_text(statement, 0), out, NULL) ?
		       fault_none() :
		       fault_of(FAULT_CONFLICT, 0);
}

static struct fault shrink_apply(struct change *change)
{
	const struct numbers_event *event = change->event;
	struct prefix from;

	TRY(prefix_of(change->store, event->delegation_id, &from));
	if (!prefix_contains(&from, &event->prefix))
		return fault_of(FAULT_CONFLICT, 0);
	uint32_t count = numbers_rest_count(&from, event->prefix.len_bits);
	/* The rest is copied from the block as it was; no two of them are the same prefix. */
	for (uint32_t i = 0; i < count; i++) {
		struct prefix rest = numbers_rest_of(&from, &event->prefix, i);
		TRY(copy(change, event->next_id + i, &rest));
	}
	return turn(change);
}

static struct fault event_apply(struct change *change)
{
	switch (change->event->kind) {
	case EVENT_POOL:
	case EVENT_POOL_GROWN:
	case EVENT_POOL_CLOSED:
		return pool_apply(change);
	case EVENT_REQUEST:
		return request_insert(change);
	case EVENT_EVALUATED:
		return request_turn(change, REQUEST_EVALUATED);
	case EVENT_QUEUED:
		return request_turn(change, REQUEST_QUEUED);
	case EVENT_REFUSED:
		return request_turn(change, REQUEST_REFUSED);
	case EVENT_LAPSED:
		return request_turn(change, REQUEST_LAPSED);
	case EVENT_GRANT:
	case EVENT_HELD:
		return grant_apply(change);
	case EVENT_TRANSFER:
		TRY(turn(change));
		return copy(change, change->event->next_id, NULL);
	case EVENT_SHRUNK:
		return shrink_apply(change);
	case EVENT_RETURN:
	case EVENT_QUARANTINE:
	case EVENT_QUARANTINE_END:
	case EVENT_RESUMED:
	case EVENT_REVIEWED:
	case EVENT_GROWN:
		return turn(change);
	case EVENT_KINDS:
		break;
	}
	return fault_of(FAULT_MALFORMED, 0);
}

static struct fault apply(struct store *store, const struct record *record,
			  struct complaints *complaints)
{
	struct numbers_event event;

	if (!pools_event_of(record, &event)) {
		complain(complaints, false, "the record \"%s\" lacks a field, or it is not good",
			 record->type);
		return fault_of(FAULT_MALFORMED, 0);
	}
	struct change change = { .store = store, .event = &event };
	struct fault fault = event_apply(&change);
	store_finish(&change.statement);
	if (fault.kind == FAULT_CONFLICT)
		complain(complaints, false,
			 "the record \"%s\" speaks of what is not there, or not free",
			 record->type);
	return fault;
}

const struct record_kind pools_record_kinds[] = {
	{ "pool", apply },
	{ "pool-grown", apply },
	{ "pool-closed", apply },
	{ "request", apply },
	{ "request-evaluated", apply },
	{ "queue", apply },
	{ "refusal", apply },
	{ "lapse", apply },
	{ "grant", apply },
	{ "held", apply },
	{ "return", apply },
	{ "quarantine", apply },
	{ "quarantine-end", apply },
	{ "resumption", apply },
	{ "transfer", apply },
	{ "review", apply },
	{ "shrink", apply },
	{ "growth", apply },
	{ NULL, NULL },
};

const struct derived_table pools_derived_tables[] = {
	{ "pool", "id, name, type, prefix, opened_at, is_closed", "id" },
	{ "request",
	  "id, pool_id, state, len_bits, holder, organisation, purpose, ipv6, requested_at,"
	  " changed_at, delegation_id, version, clause, reason",
	  "id" },
	{ "delegation",
	  "id, pool_id, request_id, state, prefix, kept_len_bits, holder, organisation,"
	  " granted_at, changed_at, until_at, reviewed_at, version, clause, reason",
	  "id" },
	{ NULL, NULL, NULL },
};
