/* cli/pool.c — pools made, grown, closed. */
#include <stdio.h>
#include <string.h>

#include "cli/pooling.h"

#define SAID_MAX 256u

/* --- pool add --------------------------------------------------------------------------------- */

static bool name_is_good(const char *name)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789-_.";

	return name[0] != '\0' && strlen(name) < NUMBERS_NAME_MAX &&
	       name[strspn(name, good)] == '\0';
}

static void add_take(const struct desk *desk, const struct arguments *arguments,
		     struct numbers_event *out)
{
	const char *type = argument_of(arguments, "type");
	bool had_host_bits = false;

	if (!name_is_good(arguments->word[0]))
		complain(desk->complaints, false,
			 "\"%s\" is no name of a pool: letters, digits, \"-\", \"_\" and \".\", "
			 "at most %u",
			 arguments->word[0], NUMBERS_NAME_MAX - 1);
	else
		(void)snprintf(out->name, sizeof out->name, "%s", arguments->word[0]);
	if (!prefix_parse(arguments->word[1], &out->prefix, &had_host_bits) || had_host_bits ||
	    out->prefix.len_bits < 8)
		complain(desk->complaints, false,
			 "\"%s\" is not a prefix of /8 or longer, such as 192.0.2.0/24%s",
			 arguments->word[1],
			 had_host_bits ? ": it has bits behind its length" : "");
	if (type == NULL || !pool_type_of(type, &out->type))
		complain(desk->complaints, false,
			 "--type takes peering-v4, peering-v6, reserve, registry-v4 or "
			 "registry-v6");
	else if (!pool_type_fits(out->type, (enum family)out->prefix.family))
		complain(desk->complaints, false, "a %s pool is not %s", type,
			 out->prefix.family == FAMILY_IPV4 ? "IPv4" : "IPv6");
}

static struct fault keep(struct pools_session *session, const struct numbers_event *pool,
			 const char *text)
{
	struct numbers_event event = { .kind = EVENT_HELD,
				       .at_s = session->now_s,
				       .pool_id = pool->pool_id,
				       .delegation_id = session->book.next_delegation_id,
				       .reason = "kept by the exchange",
				       .cite = { .version = session->rules.version } };

	if (!prefix_parse(text, &event.prefix, NULL) ||
	    !prefix_contains(&pool->prefix, &event.prefix)) {
		complain(session->complaints, false,
			 "--keep \"%s\" is no address or prefix of the pool", text);
		return fault_of(FAULT_CONFLICT, 0);
	}
	const struct numbers_delegation *at = numbers_holding(&session->book, &event.prefix);
	if (at != NULL && at->pool_id == pool->pool_id && at->state == DELEGATION_HELD)
		return fault_none();
	return pools_happen(session, &event);
}

/* Open pools with the name, or with addresses of it; a reserve may give its own. */
static bool clashes(const struct pools_session *session, const struct numbers_event *event)
{
	char prefix[PREFIX_TEXT_MAX];
	bool any = false;

	for (uint32_t i = 0; i < session->book.pool_count; i++) {
		const struct numbers_pool *pool = &session->book.pool[i];
		bool is_named = strcmp(pool->name, event->name) == 0;
		bool gives = pool->type == POOL_RESERVE && event->type != POOL_RESERVE;
		bool overlaps = prefix_contains(&pool->prefix, &event->prefix) ||
				prefix_contains(&event->prefix, &pool->prefix);
		if (pool->is_closed || (!is_named && (!overlaps || gives)))
			continue;
		prefix_print(&pool->prefix, prefix);
		complain(session->complaints, false,
			 is_named ? "there is a pool %s already, of %s" :
				    "the pool %s has addresses of it: %s",
			 pool->name, prefix);
		any = true;
	}
	return any;
}

static struct fault add(struct desk *desk, struct pools_session *session,
			const struct arguments *arguments, struct numbers_event *event)
{
	uint32_t from = 0;

	event->kind = EVENT_POOL;
	event->at_s = session->now_s;
	event->pool_id = session->book.next_pool_id;
	event->cite.version = session->rules.version;
	if (clashes(session, event))
		return fault_of(FAULT_CONFLICT, 0);
	/* Where a reserve has the space, it gives it. */
	struct fault fault = event->type == POOL_RESERVE ?
				     fault_of(FAULT_ABSENT, 0) :
				     pools_from_reserve(session, &event->prefix, event->name);
	if (failed(fault) && fault.kind != FAULT_ABSENT)
		return fault;
	TRY(pools_open(desk->store, &session->book, &desk->config->exchange, event,
		       desk->complaints));
	for (const char *text; (text = argument_next(arguments, "keep", &from)) != NULL;)
		TRY(keep(session, event, text));
	return fault_none();
}

enum exit_code command_pool_add(struct desk *desk, const struct arguments *arguments)
{
	struct pools_session session;
	struct numbers_event event = { 0 };
	char said[SAID_MAX];
	char prefix[PREFIX_TEXT_MAX];

	add_take(desk, arguments, &event);
	if (desk->complaints->error_count != 0 || !pooling_begin(desk, true, &session))
		return EXIT_COULD_NOT;
	struct fault fault = add(desk, &session, arguments, &event);
	prefix_print(&event.prefix, prefix);
	(void)snprintf(said, sizeof said, "pool %s added: %s, %s", event.name, prefix,
		       pool_type_name(event.type));
	enum exit_code code = pooling_done(desk, &session, fault, said);
	if (code == EXIT_DONE)
		(void)text_put(desk->out, "%s\n", said);
	return code;
}

/* How many of its blocks are not free. */
static uint32_t used_count(const struct pools_session *session, int64_t pool_id)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < session->book.delegation_count; i++) {
		const struct numbers_delegation *at = &session->book.delegation[i];
		count += at->pool_id == pool_id && at->state != DELEGATION_HELD &&
			 at->state != DELEGATION_ENDED;
	}
	return count;
}

enum exit_code command_pool_remove(struct desk *desk, const struct arguments *arguments)
{
	struct pools_session session;
	struct fault fault = fault_of(FAULT_ABSENT, 0);
	char said[SAID_MAX];

	if (!pooling_begin(desk, true, &session))
		return EXIT_COULD_NOT;
	const struct numbers_pool *pool = pool_named(&session, arguments->word[0]);
	int64_t pool_id = pool != NULL ? pool->id : 0;
	fault = pool != NULL ? fault_none() : fault;
	uint32_t used = used_count(&session, pool_id);
	if (pool != NULL && used != 0) {
		complain(session.complaints, false,
			 "pool %s: %u block%s not free; plenum pool show %s lists them, plenum "
			 "request release ends a quarantine",
			 pool->name, used, used == 1 ? " is" : "s are", pool->name);
		fault = fault_of(FAULT_CONFLICT, 0);
	}
	/* What the exchange kept of it for itself goes with it. */
	for (uint32_t i = 0; i < session.book.delegation_count && !failed(fault); i++) {
		const struct numbers_delegation *at = &session.book.delegation[i];
		struct numbers_event end = { .kind = EVENT_QUARANTINE_END,
					     .at_s = session.now_s,
					     .delegation_id = at->id };
		if (at->pool_id == pool_id && at->state == DELEGATION_HELD)
			fault = pools_happen(&session, &end);
	}
	struct numbers_event event = { .kind = EVENT_POOL_CLOSED,
				       .at_s = session.now_s,
				       .pool_id = pool_id,
				       .cite = { .version = session.rules.version } };
	if (!failed(fault))
		fault = pools_happen(&session, &event);
	(void)snprintf(said, sizeof said, "pool %s closed", arguments->word[0]);
	enum exit_code code = pooling_done(desk, &session, fault, said);
	if (code == EXIT_DONE)
		(void)text_put(desk->out, "%s\n", said);
	return code;
}

/* --- pool grow -------------------------------------------------------------------------------- */

struct growing {
	char name[PREFIX_TEXT_MAX]; /* of the pool, or the block */
	struct prefix from;
	uint8_t len_bits;
	int64_t pool_id; /* 0: a delegation */
	int64_t delegation_id;
};

static bool growing_take(struct pools_session *session, const struct arguments *arguments,
			 struct growing *out)
{
	const char *to = argument_of(arguments, "to");
	const struct numbers_pool *pool = numbers_pool_named(&session->book, arguments->word[0]);

	if (pool != NULL) {
		out->pool_id = pool->id;
		out->from = pool->prefix;
	} else {
		const struct numbers_delegation *at = delegation_named(session, arguments->word[0]);
		if (at == NULL)
			return false;
		out->delegation_id = at->id;
		out->from = at->prefix;
	}
	block_print(&out->from, out->name);
	out->len_bits = (uint8_t)(out->from.len_bits - 1);
	if (to != NULL && !len_take("--to", to, (enum family)out->from.family, &out->len_bits,
				    session->complaints))
		return false;
	if (out->len_bits < out->from.len_bits && out->len_bits >= 8)
		return true;
	complain(session->complaints, false, "%s does not grow by becoming a /%u", out->name,
		 out->len_bits);
	return false;
}

static void growth_behind(const struct pools_session *session, const struct growing *growing,
			  char out[NUMBERS_CITE_TEXT_MAX])
{
	const struct numbers_delegation *at = numbers_delegation_of(&session->book,
								    growing->delegation_id);
	const struct numbers_pool *pool = numbers_pool_of(
		&session->book, at != NULL ? at->pool_id : growing->pool_id);
	struct numbers_cite cite = numbers_cite_of(&session->rules, pool,
						   numbers_reason_clause(NUMBERS_NO_ROOM));

	pools_cite_print(session, &cite, out);
}

static struct fault grow(struct desk *desk, struct pools_session *session, struct growing *growing)
{
	enum numbers_reason reason = NUMBERS_GOOD;
	char behind[NUMBERS_CITE_TEXT_MAX];
	struct fault fault = growing->pool_id != 0 ?
				     pools_widen(session, &desk->config->exchange, growing->pool_id,
						 growing->len_bits, &reason) :
				     pools_grow(session, growing->delegation_id, growing->len_bits,
						&reason);

	if (reason == NUMBERS_NO_ROOM) {
		growth_behind(session, growing, behind);
		complain(desk->complaints, false,
			 "%s cannot grow to /%u in place: %s; plenum pool renumber says how it "
			 "gets a larger block, step by step (%s)",
			 growing->name, growing->len_bits,
			 growing->pool_id != 0 ?
				 "what lies beside it is free in no pool of type reserve" :
				 "what lies beside it is not free",
			 behind);
		return fault_of(FAULT_CONFLICT, 0);
	}
	if (!failed(fault) && reason != NUMBERS_GOOD)
		return fault_of(FAULT_CONFLICT, 0);
	return fault;
}

enum exit_code command_pool_grow(struct desk *desk, const struct arguments *arguments)
{
	struct pools_session session;
	struct growing growing = { 0 };
	char to[PREFIX_TEXT_MAX];
	char said[SAID_MAX] = "";

	if (!pooling_begin(desk, true, &session))
		return EXIT_COULD_NOT;
	struct fault fault = growing_take(&session, arguments, &growing) ?
				     grow(desk, &session, &growing) :
				     fault_of(FAULT_CONFLICT, 0);
	if (!failed(fault)) {
		growing.from.len_bits = growing.len_bits;
		prefix_mask(&growing.from);
		prefix_print(&growing.from, to);
		(void)snprintf(said, sizeof said, "%s grew to %s in place", growing.name, to);
	}
	enum exit_code code = pooling_done(desk, &session, fault, said);
	if (code != EXIT_DONE)
		return code;
	(void)text_put(desk->out, "%s\n", said);
	if (growing.pool_id != 0)
		(void)text_put(desk->out,
			       "Members change the mask only; exchange.yaml must name the LAN as "
			       "%s.\n",
			       to);
	return code;
}
