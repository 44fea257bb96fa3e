/* server/intake.c — what a session says, gathered, and then put into the shards.
 *
 * A visit to a shard costs: its lock, and the lines of memory that whoever was in it before has
 * changed.  So the lists of many messages wait, and go in together when the octets that were read
 * have come to an end, before anything but an UPDATE, and when there is no more room for them.
 *
 * Invariants
 *  1. It is one session's, and empty outside link_readable.
 *  2. In a shard the lists go in as they came.  Between shards they need not: so where the limit of
 *     prefixes is near, and one more may be one too many, each list goes in for itself. */
#include <assert.h>

#include "base/check.h"
#include "rules/check.h"
#include "server/inside.h"

static_assert(INTAKE_PREFIXES <= UINT16_MAX, "a chain names each prefix, and none");
static_assert(SHARDS_MAX <= 32, "shards_left has a bit for each");
static_assert(INTAKE_PACKED_OCTETS >= BGP_ATTRS_PACKED_MAX, "any one set fits");

/* A shard that is entered for what there is for it. */
struct visit {
	struct worker *worker;
	struct peer *peer;
	struct rib *rib;
	uint32_t shard_number;
	const struct plan_session *from; /* in the shard's plan; NULL when memory kept that back */
	struct attr_id attr;
	struct rules_case judged;
	enum reason reason; /* of the attributes */
	const struct limit *limit;
	uint64_t before_octets; /* what the session's attributes took before */
	uint32_t now_s;
	uint32_t at;    /* the prefix at hand; INTAKE_PREFIXES = behind the last */
	uint32_t ahead; /* fetched up to there */
};

/* --- into the shards -------------------------------------------------------------------------- */

/* Enters one that was not entered yet: its own first, one that somebody is in last.  False: it has
 * been in all. */
static bool shard_take(struct visit *visit)
{
	struct shards *shards = visit->worker->shards;
	struct intake *intake = &visit->worker->intake;
	uint32_t number = visit->worker->number % shards->count;
	uint32_t taken = UINT32_MAX;

	visit->rib = NULL;
	for (uint32_t i = 0; i < shards->count && visit->rib == NULL; i++) {
		if ((intake->shards_left >> number & 1) != 0) {
			visit->rib = shard_try(&shards->shard[number]);
			taken = number;
		}
		number = number + 1 == shards->count ? 0 : number + 1;
	}
	if (taken == UINT32_MAX)
		return false;
	if (visit->rib == NULL)
		visit->rib = shard_enter(&shards->shard[taken]);
	intake->shards_left &= ~(1u << taken);
	visit->shard_number = taken;
	visit->from = plan_session_of(rib_plan(visit->rib), intake->session);
	return true;
}

/* Steps to the shard's next prefix, and fetches what one behind it needs. */
static void step(struct visit *visit)
{
	const struct intake *intake = &visit->worker->intake;

	if (visit->ahead != INTAKE_PREFIXES) {
		rib_expect(visit->rib, &intake->prefix[visit->ahead]);
		visit->ahead = intake->next[visit->ahead];
	}
	visit->at = intake->next[visit->at];
}

static void visit_begin(struct visit *visit)
{
	const struct intake *intake = &visit->worker->intake;

	visit->at = visit->ahead = intake->first[visit->shard_number];
	for (uint32_t i = 0; i < INTAKE_AHEAD_PREFIXES && visit->ahead != INTAKE_PREFIXES; i++) {
		rib_expect(visit->rib, &intake->prefix[visit->ahead]);
		visit->ahead = intake->next[visit->ahead];
	}
}

static void list_withdraw(struct visit *visit, const struct intake_list *list)
{
	struct intake *intake = &visit->worker->intake;
	struct rib_removed removed = { 0 };

	for (; visit->at < list->end; step(visit)) {
		enum rib_held before = rib_withdraw(visit->rib, intake->session,
						    &intake->prefix[visit->at]);
		removed.counted += before == RIB_HELD_COUNTED ? 1 : 0;
		removed.blocked += before == RIB_HELD_BLOCKED ? 1 : 0;
	}
	limit_removed(visit->worker, intake->session, list->family, &removed);
}

static struct fault announce_one(struct visit *visit, enum family family,
				 const struct rib_prefix *prefix)
{
	struct session_id session = visit->worker->intake.session;
	const struct limit *limit = &visit->limit[family];
	struct rib_announcement announcement = { .session = session,
						 .attr = visit->attr,
						 .reason = (uint8_t)visit->reason,
						 .is_full = limit_is_full(visit->peer, limit,
									  family),
						 .now_s = visit->now_s };
	enum rib_held before = RIB_HELD_NOT;

	if (visit->reason == REASON_NONE)
		announcement.reason = (uint8_t)rules_check_prefix(&visit->judged, &prefix->prefix);
	TRY(rib_announce(visit->rib, prefix, &announcement, &before));
	return limit_announced(visit->worker, session, family, limit, before, announcement.is_full);
}

static struct fault list_announce(struct visit *visit, const struct intake_list *list)
{
	const struct intake *intake = &visit->worker->intake;

	if (visit->from == NULL)
		return fault_of(FAULT_LIMIT, 0);
	TRY(rib_attrs_take(visit->rib, intake->session, list->packed, &visit->attr));
	struct fault fault = limit_attrs(visit->worker, intake->session, visit->before_octets);
	visit->judged = rules_case_of(rib_plan(visit->rib), rib_evidence(visit->rib), visit->from,
				      &list->attrs);
	visit->reason = rules_check_attrs(&visit->judged);
	for (; visit->at < list->end && !failed(fault); step(visit))
		fault = announce_one(visit, list->family, &intake->prefix[visit->at]);
	rib_attrs_release(visit->rib, visit->attr);
	return fault;
}

static struct fault lists_apply(struct visit *visit)
{
	const struct intake *intake = &visit->worker->intake;
	const struct intake_list *list = intake->list;

	for (visit_begin(visit); visit->at != INTAKE_PREFIXES; list++) {
		if (visit->at >= list->end)
			continue;
		if (list->packed.at == NULL)
			list_withdraw(visit, list);
		else
			TRY(list_announce(visit, list));
	}
	return fault_none();
}

struct fault intake_settle(struct worker *worker)
{
	struct intake *intake = &worker->intake;
	struct limit limit[FAMILY_COUNT];
	struct fault fault = fault_none();

	if (intake->list_count == 0)
		return fault;
	for (uint32_t f = 0; f < FAMILY_COUNT; f++)
		limit[f] = limit_for(worker, intake->session, (enum family)f);
	struct visit visit = { .worker = worker,
			       .peer = &worker->peer[intake->session.index],
			       .limit = limit,
			       .before_octets = attr_account_of(&worker->shards->account,
								intake->session),
			       .now_s = (uint32_t)(worker->now.ns / NS_PER_S) };
	while (!failed(fault) && shard_take(&visit)) {
		fault = lists_apply(&visit);
		worker_shard_leave(worker, visit.shard_number);
	}
	intake->list_count = intake->prefix_count = intake->packed_octets = 0;
	intake->shards_left = 0;
	for (uint32_t f = 0; f < FAMILY_COUNT; f++)
		intake->announced[f] = 0;
	return fault;
}

/* --- what waits ------------------------------------------------------------------------------- */

/* The attributes, packed, and the list that they are of; it counts when it has its prefixes. */
static struct fault list_begin(struct worker *worker, const struct bgp_attrs *attrs,
			       struct intake_list **out)
{
	struct intake *intake = &worker->intake;
	struct wr wr = wr_of(intake->packed + intake->packed_octets,
			     INTAKE_PACKED_OCTETS - intake->packed_octets);

	*out = &intake->list[intake->list_count];
	(*out)->packed = (struct octets){ 0 };
	if (attrs == NULL)
		return fault_none();
	bgp_attrs_pack(attrs, &wr);
	if (!wr_ok(&wr) && intake->list_count != 0) {
		TRY(intake_settle(worker));
		*out = &intake->list[0];
		wr = wr_of(intake->packed, INTAKE_PACKED_OCTETS);
		bgp_attrs_pack(attrs, &wr);
	}
	if (!wr_ok(&wr))
		return fault_of(FAULT_LIMIT, 0);
	intake->packed_octets += wr.pos;
	(*out)->packed = wr_octets_of(&wr);
	return bgp_attrs_unpack((*out)->packed, &(*out)->attrs);
}

static void prefix_chain(struct intake *intake, uint32_t shard)
{
	uint16_t at = (uint16_t)intake->prefix_count++;

	if ((intake->shards_left >> shard & 1) == 0)
		intake->first[shard] = at;
	else
		intake->next[intake->last[shard]] = at;
	intake->last[shard] = at;
	intake->next[at] = INTAKE_PREFIXES;
	intake->shards_left |= 1u << shard;
}

/* As many prefixes as there is room for. */
static void prefixes_keep(struct worker *worker, struct bgp_nlri *nlri, struct intake_list *list)
{
	struct intake *intake = &worker->intake;
	const struct shards *shards = worker->shards;

	list->family = nlri->family;
	list->first = intake->prefix_count;
	while (rd_more(&nlri->rd) && intake->prefix_count < INTAKE_PREFIXES) {
		struct rib_prefix *at = &intake->prefix[intake->prefix_count];
		CHECK(!failed(prefix_read_nlri(&nlri->rd, nlri->family, &at->prefix)));
		at->hash = table_hash(shards->key, &at->prefix);
		prefix_chain(intake, shards_number_at(shards, at->hash));
	}
	list->end = intake->prefix_count;
	intake->list_count++;
}

/* Invariant 2, with so many behind what waits.  Whatever is withdrawn meanwhile: there are never
 * more than what is counted and all that is announced together. */
static bool is_near_limit(const struct worker *worker, enum family family, uint32_t more)
{
	const struct intake *intake = &worker->intake;
	struct limit limit = limit_for(worker, intake->session, family);

	return worker->shards->count > 1 && limit.action != LIMIT_ACTION_WARN &&
	       limit_is_near(&worker->peer[intake->session.index], &limit, family,
			     intake->announced[family] + more);
}

struct fault intake_add(struct worker *worker, struct session_id session, struct bgp_nlri nlri,
			const struct bgp_attrs *attrs)
{
	struct intake *intake = &worker->intake;
	struct peer_counts *counts = &worker->peer[session.index].counts;

	CHECK(intake->list_count == 0 || intake->session.index == session.index);
	intake->session = session;
	while (nlri.present && rd_more(&nlri.rd)) {
		/* A prefix takes an octet at least. */
		bool is_near = attrs != NULL &&
			       is_near_limit(worker, nlri.family, rd_left(&nlri.rd));
		if (is_near || intake->list_count == INTAKE_LISTS ||
		    intake->prefix_count == INTAKE_PREFIXES)
			TRY(intake_settle(worker));
		struct intake_list *list = NULL;
		TRY(list_begin(worker, attrs, &list));
		prefixes_keep(worker, &nlri, list);
		uint32_t count = list->end - list->first;
		if (attrs == NULL) {
			counts->withdrawals_received += count;
		} else {
			counts->routes_received += count;
			intake->announced[nlri.family] += count;
		}
		if (is_near)
			TRY(intake_settle(worker));
	}
	return fault_none();
}
