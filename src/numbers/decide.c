/* numbers/decide.c — the rules, one after the other, in the order of enum numbers_reason. */
#include "numbers/decide.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "net/asn.h"
#include "numbers/derive.h"

bool numbers_asn_of(const char *holder, uint32_t *asn)
{
	return strncmp(holder, "AS", 2) == 0 && asn_parse(holder, asn);
}

struct numbers_cite numbers_cite_of(const struct numbers_rules *rules,
				    const struct numbers_pool *pool, const char *word)
{
	bool is_ipv6 = pool->prefix.family == FAMILY_IPV6;
	enum pool_type type = pool->type != POOL_RESERVE ? pool->type :
			      is_ipv6                    ? POOL_REGISTRY_V6 :
							   POOL_REGISTRY_V4;
	const char *number = rules->clause[type];
	struct numbers_cite cite = { .version = rules->version };

	(void)snprintf(cite.clause, sizeof cite.clause, "%s%s%s", number,
		       number[0] != '\0' && word[0] != '\0' ? " " : "", word);
	return cite;
}

void numbers_cite_print(const struct numbers_cite *cite, const char *by, const char *decision,
			char out[NUMBERS_CITE_TEXT_MAX])
{
	if (cite->version == 0)
		(void)snprintf(
			out, NUMBERS_CITE_TEXT_MAX,
			"clause %s, rule book version 0: as Plenum ships it, none was adopted",
			cite->clause);
	else
		(void)snprintf(out, NUMBERS_CITE_TEXT_MAX,
			       "clause %s, rule book version %u, decided by %s: %s", cite->clause,
			       cite->version, by, decision);
}

static void cite(struct numbers_event *event, const struct numbers_rules *rules,
		 const struct numbers_pool *pool, enum numbers_reason reason)
{
	event->cite = numbers_cite_of(rules, pool, numbers_reason_clause(reason));
}

static void text_copy(char *to, size_t room, const char *from)
{
	(void)snprintf(to, room, "%s", from);
}

static bool is_ipv6_pool(const struct numbers_pool *pool)
{
	return pool->type == POOL_PEERING_V6 || pool->type == POOL_REGISTRY_V6;
}

/* --- conditions ------------------------------------------------------------------------------- */

static bool holds_ipv6(const struct numbers_book *book, const char *organisation)
{
	for (uint32_t i = 0; i < book->delegation_count; i++) {
		const struct numbers_delegation *at = &book->delegation[i];
		if (at->state == DELEGATION_GRANTED && at->prefix.family == FAMILY_IPV6 &&
		    strcmp(at->organisation, organisation) == 0 &&
		    is_ipv6_pool(numbers_pool_of(book, at->pool_id)))
			return true;
	}
	return false;
}

/* From any pool of the type, in any hand since. */
static bool ever_held(const struct numbers_book *book, enum pool_type type,
		      const char *organisation)
{
	for (uint32_t i = 0; i < book->delegation_count; i++) {
		const struct numbers_delegation *at = &book->delegation[i];
		if (at->state != DELEGATION_HELD && strcmp(at->organisation, organisation) == 0 &&
		    numbers_pool_of(book, at->pool_id)->type == type)
			return true;
	}
	return false;
}

static bool has_open_request(const struct numbers_book *book, enum pool_type type,
			     const char *organisation, int64_t but)
{
	for (uint32_t i = 0; i < book->request_count; i++) {
		const struct numbers_request *at = &book->request[i];
		if (at->id != but &&
		    (at->state == REQUEST_REQUESTED || at->state == REQUEST_EVALUATED ||
		     at->state == REQUEST_QUEUED) &&
		    strcmp(at->organisation, organisation) == 0 &&
		    numbers_pool_of(book, at->pool_id)->type == type)
			return true;
	}
	return false;
}

/* What is asked, by whom, apart from whether there is anything left. */
static enum numbers_reason justified(const struct numbers_book *book,
				     const struct numbers_policy *policy,
				     const struct numbers_pool *pool,
				     const struct numbers_request *request)
{
	uint32_t asn = 0;

	if (!policy->takes_requests)
		return NUMBERS_NO_REQUESTS;
	if (request->len_bits < policy->minimum_len_bits ||
	    request->len_bits < pool->prefix.len_bits)
		return NUMBERS_TOO_LARGE;
	if (request->len_bits > policy->maximum_len_bits ||
	    request->len_bits > prefix_bits_max((enum family)pool->prefix.family))
		return NUMBERS_TOO_SMALL;
	if (policy->placement == PLACE_DERIVED &&
	    (!numbers_asn_of(request->holder, &asn) || pool->prefix.len_bits > DERIVE_LAN_LEN_MAX))
		return NUMBERS_NO_ASN;
	if (policy->must_hold_ipv6 && request->ipv6[0] == '\0' &&
	    !holds_ipv6(book, request->organisation))
		return NUMBERS_NO_IPV6;
	if (policy->never_held && ever_held(book, pool->type, request->organisation))
		return NUMBERS_HELD_BEFORE;
	if (policy->one_place &&
	    has_open_request(book, pool->type, request->organisation, request->id))
		return NUMBERS_SECOND_PLACE;
	return NUMBERS_GOOD;
}

enum numbers_reason numbers_judge(const struct numbers_book *book,
				  const struct numbers_rules *rules, int64_t request_id,
				  int64_t now_s, struct numbers_event *out)
{
	const struct numbers_request *request = numbers_request_of(book, request_id);

	CHECK(request != NULL && request->state == REQUEST_REQUESTED);
	const struct numbers_pool *pool = numbers_pool_of(book, request->pool_id);
	enum numbers_reason reason = justified(book, &rules->of[pool->type], pool, request);
	*out = (struct numbers_event){ .kind = reason == NUMBERS_GOOD ? EVENT_EVALUATED :
									EVENT_REFUSED,
				       .at_s = now_s,
				       .request_id = request_id };
	cite(out, rules, pool, reason);
	text_copy(out->reason, sizeof out->reason,
		  reason == NUMBERS_GOOD ? "" : numbers_reason_text(reason));
	return reason;
}

/* --- the waiting list ------------------------------------------------------------------------- */

/* `a` comes before `b`: a function of what both asked for, and when. */
static bool comes_before(enum numbers_order order, const struct numbers_request *a,
			 const struct numbers_request *b)
{
	if (order == ORDER_SMALLEST_FIRST && a->len_bits != b->len_bits)
		return a->len_bits > b->len_bits;
	if (a->requested_at_s != b->requested_at_s)
		return a->requested_at_s < b->requested_at_s;
	return a->id < b->id;
}

uint32_t numbers_queue(const struct numbers_book *book, const struct numbers_rules *rules,
		       int64_t pool_id, int64_t *ids, uint32_t ids_max)
{
	const struct numbers_pool *pool = numbers_pool_of(book, pool_id);
	enum numbers_order order = rules->of[pool->type].order;
	uint32_t count = 0;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < book->request_count; i++) {
		const struct numbers_request *request = &book->request[i];
		if (request->pool_id != pool_id || request->state != REQUEST_QUEUED)
			continue;
		uint32_t at = kept;
		while (at > 0 &&
		       comes_before(order, request, numbers_request_of(book, ids[at - 1])))
			at--;
		count++;
		if (at == ids_max)
			continue;
		kept += kept < ids_max ? 1 : 0;
		for (uint32_t j = kept - 1; j > at; j--)
			ids[j] = ids[j - 1];
		ids[at] = request->id;
	}
	return count;
}

uint32_t numbers_queue_place(const struct numbers_book *book, const struct numbers_rules *rules,
			     int64_t request_id)
{
	const struct numbers_request *request = numbers_request_of(book, request_id);
	uint32_t place = 1;

	if (request == NULL || request->state != REQUEST_QUEUED)
		return 0;
	enum numbers_order order = rules->of[numbers_pool_of(book, request->pool_id)->type].order;
	for (uint32_t i = 0; i < book->request_count; i++) {
		const struct numbers_request *other = &book->request[i];
		if (other->pool_id == request->pool_id && other->state == REQUEST_QUEUED &&
		    comes_before(order, other, request))
			place++;
	}
	return place;
}

/* Nobody who waits comes before it. */
static bool is_next(const struct numbers_book *book, const struct numbers_rules *rules,
		    const struct numbers_request *request)
{
	const struct numbers_pool *pool = numbers_pool_of(book, request->pool_id);
	int64_t first = 0;

	return numbers_queue(book, rules, pool->id, &first, 1) == 0 || first == request->id ||
	       comes_before(rules->of[pool->type].order, request, numbers_request_of(book, first));
}

static void grant_fill(const struct numbers_rules *rules, const struct numbers_pool *pool,
		       const struct numbers_request *request, const struct prefix *prefix,
		       struct numbers_event *out)
{
	out->kind = EVENT_GRANT;
	out->prefix = *prefix;
	out->kept_len_bits = numbers_kept_len(rules, pool, prefix->len_bits);
	text_copy(out->holder, sizeof out->holder, request->holder);
	text_copy(out->organisation, sizeof out->organisation, request->organisation);
	out->cite = numbers_cite_of(rules, pool, "placement");
}

struct fault numbers_settle(const struct numbers_book *book, const struct numbers_rules *rules,
			    int64_t request_id, int64_t now_s, enum numbers_reason *reason,
			    struct numbers_event *out)
{
	const struct numbers_request *request = numbers_request_of(book, request_id);
	struct prefix prefix;
	bool is_there = false;

	CHECK(request != NULL);
	CHECK(request->state == REQUEST_EVALUATED || request->state == REQUEST_QUEUED);
	const struct numbers_pool *pool = numbers_pool_of(book, request->pool_id);
	*out = (struct numbers_event){ .kind = EVENT_KINDS,
				       .at_s = now_s,
				       .pool_id = pool->id,
				       .request_id = request_id,
				       .delegation_id = book->next_delegation_id };
	bool is_turn = is_next(book, rules, request);
	if (is_turn)
		TRY(numbers_place(book, rules, pool->id, request->len_bits, request->holder,
				  &is_there, &prefix));
	*reason = !is_turn ? NUMBERS_NOT_NEXT : is_there ? NUMBERS_GOOD : NUMBERS_FULL;
	cite(out, rules, pool, *reason);
	if (*reason == NUMBERS_GOOD) {
		grant_fill(rules, pool, request, &prefix, out);
	} else if (request->state == REQUEST_EVALUATED) {
		bool is_queued = rules->of[pool->type].has_queue;
		out->kind = is_queued ? EVENT_QUEUED : EVENT_REFUSED;
		text_copy(out->reason, sizeof out->reason,
			  is_queued && *reason == NUMBERS_FULL ? "nothing of that size is left" :
								 numbers_reason_text(*reason));
	}
	return fault_none();
}

/* --- placing ---------------------------------------------------------------------------------- */

uint8_t numbers_kept_len(const struct numbers_rules *rules, const struct numbers_pool *pool,
			 uint8_t len_bits)
{
	const struct numbers_policy *policy = &rules->of[pool->type];
	uint32_t asked = len_bits;
	uint32_t kept = asked > policy->kept_bits ? asked - policy->kept_bits : 0u;

	/* Nobody may grow above the maximum, nor out of the pool. */
	kept = kept < policy->minimum_len_bits ? policy->minimum_len_bits : kept;
	kept = kept < pool->prefix.len_bits ? pool->prefix.len_bits : kept;
	return kept < len_bits ? (uint8_t)kept : len_bits;
}

static bool derived_place(const struct numbers_book *book, const struct numbers_pool *pool,
			  const char *holder, struct prefix *out)
{
	struct address address;
	uint32_t asn = 0;

	if (!numbers_asn_of(holder, &asn))
		return false;
	for (uint32_t router = 1; router <= NUMBERS_ROUTERS_MAX; router++) {
		if (!derive_address(&pool->prefix, asn, (uint16_t)router, &address))
			return false;
		*out = prefix_of_address(&address, 128);
		if (numbers_holding(book, out) == NULL)
			return true;
	}
	return false;
}

static struct fault place_in(const struct numbers_book *book, const struct numbers_pool *pool,
			     bool keeps, enum numbers_placement placement, uint8_t len_bits,
			     bool *is_there, struct prefix *out)
{
	struct space space CLEAN(space_fini);
	struct space_block block;
	uint8_t size_bits = (uint8_t)(prefix_bits_max((enum family)pool->prefix.family) - len_bits);

	TRY(numbers_space(book, pool->id, keeps, &space));
	*is_there = space_place(&space, size_bits, placement, &block);
	if (*is_there)
		*out = space_prefix_of(&pool->prefix, block);
	return fault_none();
}

struct fault numbers_place(const struct numbers_book *book, const struct numbers_rules *rules,
			   int64_t pool_id, uint8_t len_bits, const char *holder, bool *is_there,
			   struct prefix *out)
{
	const struct numbers_pool *pool = numbers_pool_of(book, pool_id);

	CHECK(pool != NULL);
	const struct numbers_policy *policy = &rules->of[pool->type];
	if (policy->placement == PLACE_DERIVED) {
		*is_there = derived_place(book, pool, holder, out);
		return fault_none();
	}
	uint8_t kept = numbers_kept_len(rules, pool, len_bits);
	*is_there = false;
	/* With the room it may grow into, if there is such a place; else beside somebody; else in
	 * what is kept for others. */
	if (kept != len_bits && policy->placement == PLACE_TIGHTEST)
		TRY(place_in(book, pool, true, policy->placement, kept, is_there, out));
	out->len_bits = len_bits;
	if (!*is_there)
		TRY(place_in(book, pool, true, policy->placement, len_bits, is_there, out));
	if (!*is_there)
		TRY(place_in(book, pool, false, policy->placement, len_bits, is_there, out));
	return fault_none();
}

enum numbers_reason numbers_take(const struct numbers_book *book, const struct numbers_rules *rules,
				 int64_t pool_id, const struct prefix *prefix, const char *holder,
				 int64_t now_s, struct numbers_event *out)
{
	const struct numbers_pool *pool = numbers_pool_of(book, pool_id);
	enum numbers_reason reason = NUMBERS_GOOD;

	CHECK(pool != NULL && prefix_contains(&pool->prefix, prefix));
	*out = (struct numbers_event){ .kind = EVENT_GRANT,
				       .at_s = now_s,
				       .pool_id = pool_id,
				       .delegation_id = book->next_delegation_id,
				       .prefix = *prefix,
				       .kept_len_bits = numbers_kept_len(rules, pool,
									 prefix->len_bits) };
	text_copy(out->holder, sizeof out->holder, holder);
	text_copy(out->organisation, sizeof out->organisation, holder);
	for (uint32_t i = 0; i < book->delegation_count && reason == NUMBERS_GOOD; i++) {
		const struct numbers_delegation *at = &book->delegation[i];
		if (at->pool_id != pool_id || at->state == DELEGATION_ENDED ||
		    !(prefix_contains(&at->prefix, prefix) || prefix_contains(prefix, &at->prefix)))
			continue;
		bool is_own = at->state == DELEGATION_QUARANTINE &&
			      strcmp(at->holder, holder) == 0 && prefix_equal(&at->prefix, prefix);
		if (is_own) {
			out->kind = EVENT_RESUMED;
			out->delegation_id = at->id;
			break;
		}
		reason = at->state == DELEGATION_HELD       ? NUMBERS_KEPT_BACK :
			 at->state == DELEGATION_QUARANTINE ? NUMBERS_QUARANTINED :
							      NUMBERS_TAKEN;
	}
	cite(out, rules, pool, reason);
	if (reason == NUMBERS_GOOD)
		out->cite = numbers_cite_of(rules, pool, "placement");
	return reason;
}

bool numbers_due(const struct numbers_book *book, const struct numbers_rules *rules, int64_t now_s,
		 struct numbers_event *out)
{
	for (uint32_t i = 0; i < book->delegation_count; i++) {
		const struct numbers_delegation *at = &book->delegation[i];
		bool is_due = (at->state == DELEGATION_RETURNING ||
			       at->state == DELEGATION_QUARANTINE) &&
			      at->until_s <= now_s;
		if (!is_due)
			continue;
		const struct numbers_pool *pool = numbers_pool_of(book, at->pool_id);
		*out = (struct numbers_event){ .kind = at->state == DELEGATION_RETURNING ?
							       EVENT_QUARANTINE :
							       EVENT_QUARANTINE_END,
					       .at_s = now_s,
					       .delegation_id = at->id };
		if (out->kind == EVENT_QUARANTINE)
			out->until_s = at->until_s +
				       rules->of[pool->type].quarantine_days * NUMBERS_DAY_S;
		cite(out, rules, pool, NUMBERS_QUARANTINED);
		return true;
	}
	return false;
}

/* --- delegations ------------------------------------------------------------------------------ */

static const struct numbers_delegation *delegation_for(const struct numbers_book *book, int64_t id,
						       const struct numbers_pool **pool)
{
	const struct numbers_delegation *delegation = numbers_delegation_of(book, id);

	CHECK(delegation != NULL);
	*pool = numbers_pool_of(book, delegation->pool_id);
	return delegation;
}

enum numbers_reason numbers_grow(const struct numbers_book *book, const struct numbers_rules *rules,
				 int64_t delegation_id, uint8_t len_bits, int64_t now_s,
				 struct numbers_event *out)
{
	const struct numbers_pool *pool;
	const struct numbers_delegation *at = delegation_for(book, delegation_id, &pool);

	*out = (struct numbers_event){ .kind = EVENT_GROWN,
				       .at_s = now_s,
				       .delegation_id = delegation_id,
				       .prefix = at->prefix,
				       .kept_len_bits = numbers_kept_len(rules, pool, len_bits) };
	cite(out, rules, pool, NUMBERS_NO_ROOM);
	if (len_bits >= at->prefix.len_bits || at->state != DELEGATION_GRANTED)
		return NUMBERS_NO_ROOM;
	if (len_bits < rules->of[pool->type].minimum_len_bits) {
		cite(out, rules, pool, NUMBERS_TOO_LARGE);
		return NUMBERS_TOO_LARGE;
	}
	if (len_bits < pool->prefix.len_bits)
		return NUMBERS_NO_ROOM;
	out->prefix.len_bits = len_bits;
	prefix_mask(&out->prefix);
	for (uint32_t i = 0; i < book->delegation_count; i++) {
		const struct numbers_delegation *other = &book->delegation[i];
		if (other->pool_id == pool->id && other->id != at->id &&
		    other->state != DELEGATION_ENDED &&
		    (prefix_contains(&out->prefix, &other->prefix) ||
		     prefix_contains(&other->prefix, &out->prefix)))
			return NUMBERS_NO_ROOM;
	}
	return NUMBERS_GOOD;
}

int64_t numbers_hold_until_s(const struct numbers_rules *rules, const struct numbers_pool *pool,
			     const struct numbers_delegation *delegation)
{
	const struct numbers_policy *policy = &rules->of[pool->type];

	return policy->is_transferable ?
		       delegation->granted_at_s + policy->hold_days * NUMBERS_DAY_S :
		       0;
}

enum numbers_reason numbers_transfer(const struct numbers_book *book,
				     const struct numbers_rules *rules,
				     const struct numbers_event *asked, struct numbers_event *out)
{
	const struct numbers_pool *pool;
	const struct numbers_delegation *at = delegation_for(book, asked->delegation_id, &pool);
	struct numbers_request as = { .len_bits = at->prefix.len_bits };
	struct numbers_policy policy = rules->of[pool->type];
	enum numbers_reason reason = NUMBERS_GOOD;

	*out = *asked;
	out->kind = EVENT_TRANSFER;
	out->next_id = book->next_delegation_id;
	text_copy(as.holder, sizeof as.holder, asked->holder);
	text_copy(as.organisation, sizeof as.organisation, asked->organisation);
	text_copy(as.ipv6, sizeof as.ipv6, asked->ipv6);
	/* Space of another's is not the scarce space that is given once. */
	policy.never_held = false;
	policy.one_place = false;
	if (at->state != DELEGATION_GRANTED || !policy.is_transferable)
		reason = NUMBERS_NO_TRANSFER;
	else if (asked->at_s < numbers_hold_until_s(rules, pool, at))
		reason = NUMBERS_HOLD_PERIOD;
	else
		reason = justified(book, &policy, pool, &as);
	cite(out, rules, pool, reason == NUMBERS_GOOD ? NUMBERS_HOLD_PERIOD : reason);
	return reason;
}

int64_t numbers_review_at_s(const struct numbers_rules *rules, const struct numbers_pool *pool,
			    const struct numbers_delegation *delegation)
{
	uint32_t days = rules->of[pool->type].review_days;

	if (days == 0 || delegation->state != DELEGATION_GRANTED || delegation->reviewed_at_s != 0)
		return 0;
	return delegation->granted_at_s + days * NUMBERS_DAY_S;
}

enum numbers_reason numbers_review(const struct numbers_book *book,
				   const struct numbers_rules *rules, int64_t delegation_id,
				   uint64_t used, const struct prefix *keep, int64_t now_s,
				   struct numbers_event *out)
{
	const struct numbers_pool *pool;
	const struct numbers_delegation *at = delegation_for(book, delegation_id, &pool);
	const struct numbers_policy *policy = &rules->of[pool->type];
	uint8_t len_bits = at->prefix.len_bits;

	*out = (struct numbers_event){ .kind = EVENT_REVIEWED,
				       .at_s = now_s,
				       .delegation_id = delegation_id,
				       .next_id = book->next_delegation_id,
				       .prefix = keep != NULL ? *keep : at->prefix };
	cite(out, rules, pool, NUMBERS_REVIEW);
	CHECK(prefix_contains(&at->prefix, &out->prefix));
	while (len_bits < policy->maximum_len_bits) {
		uint8_t size_bits = (uint8_t)(prefix_bits_max((enum family)at->prefix.family) -
					      len_bits);
		bool is_enough = (space_wide)used * 100 >=
				 space_size(size_bits) * policy->review_percent;
		if (is_enough || (space_wide)used > space_size((uint8_t)(size_bits - 1)))
			break;
		len_bits++;
	}
	if (len_bits == at->prefix.len_bits)
		return NUMBERS_GOOD;
	out->kind = EVENT_SHRUNK;
	out->prefix.len_bits = len_bits;
	prefix_mask(&out->prefix);
	out->until_s = now_s + policy->quarantine_days * NUMBERS_DAY_S;
	return NUMBERS_REVIEW;
}

/* --- sums ------------------------------------------------------------------------------------- */

struct fault numbers_sum(const struct numbers_book *book, const struct numbers_rules *rules,
			 int64_t pool_id, struct numbers_sum *out)
{
	const struct numbers_pool *pool = numbers_pool_of(book, pool_id);
	struct space taken CLEAN(space_fini);
	struct space kept CLEAN(space_fini);
	space_wide free_kept = 0;
	space_wide ignored = 0;

	CHECK(pool != NULL);
	uint8_t longest = rules->of[pool->type].maximum_len_bits;
	uint32_t bits_max = prefix_bits_max((enum family)pool->prefix.family);
	uint8_t smallest = longest < bits_max ? (uint8_t)(bits_max - longest) : 0;
	space_init(&kept, book->heap, 0);
	*out = (struct numbers_sum){ .total = space_size(space_bits_of(&pool->prefix)) };
	TRY(numbers_space(book, pool_id, false, &taken));
	TRY(numbers_space(book, pool_id, true, &kept));
	for (uint32_t i = 0; i < book->delegation_count; i++) {
		const struct numbers_delegation *at = &book->delegation[i];
		if (at->pool_id == pool_id && at->state != DELEGATION_ENDED)
			out->of[at->state] += space_size(space_bits_of(&at->prefix));
	}
	space_sum(&taken, smallest, &out->free, &out->fragments);
	space_sum(&kept, smallest, &free_kept, &ignored);
	out->kept = out->free - free_kept;
	return fault_none();
}
