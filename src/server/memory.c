/* server/memory.c — the formula of memory. */
#include "server/memory.h"

#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "server/control.h"
#include "server/inside.h"
#include "server/running.h"
#include "sys/process.h"

/* Beside what the owners count: libraries, stacks, the database's cache; what a command gathers
 * before it prints; what a caller of a public page holds. */
#define PROGRAM_OCTETS (64u * 1024u * 1024u)
#define COMMAND_OCTETS (32u * 1024u * 1024u)
#define PAGE_OCTETS (64u * 1024u)
#define LOOK_S 5
/* Workers may stand still meanwhile: only for much, and seldom. */
#define GIVE_BACK_OCTETS (64u * 1024u * 1024u)
#define GIVE_BACK_PAUSE_S 60
/* Storms that meet leave holes in the allocator's arenas, and the worst meeting so far stays.  That
 * is little, given back as soon as it shows. */
#define GROWN_OCTETS (4 * 1024 * 1024)
#define GROWN_PART 8 /* or an eighth of what is held: the more there is, the longer it takes */
#define MANY_OCTETS (16u * 1024u * 1024u) /* are told in MiB */
#define KEPT_PERCENT 25u /* what the allocator keeps for later, of what all of them may hold */

/* Sets of one UPDATE, in each shard, before the bound is looked at. */
#define EXCESS_OCTETS (BGP_ATTRS_PACKED_MAX + 8192u)
/* At once: in force, the one before, the one to come, and one that is only tried. */
#define PLANS_MAX 4u
#define EVIDENCE_TIMES 3u
#define LINK_OCTETS (sizeof(struct link) + BGP_MESSAGE_OCTETS_MAX)
#define LINKS_MAX (BGP_CONNECTIONS + 1u)
#define ENDING_OCTETS (LINK_OCTETS + LOG_MESSAGE_OCTETS_MAX + BGP_MESSAGE_OCTETS_MAX)
#define DEADLINE_OCTETS 32u /* of a session */

/* What the plan has, summed up. */
struct sums {
	uint64_t sessions;
	uint64_t over;     /* may go beyond their limits */
	uint64_t prefixes; /* that they may have by their limits */
	uint64_t held_max; /* and beyond them */
	uint64_t attrs_octets_max;
	uint64_t buffer_octets;
	uint64_t profiles; /* forms of messages that their OPENs can lead to */
};

static uint64_t buffer_octets_of(const struct plan_session *session)
{
	struct bgp_wire_profile wire = { .addpath = session->add_path,
					 .extended_message = session->extended_message };
	uint64_t message = bgp_profile_message_max(&wire);
	uint64_t copy = rib_copy_octets_min(&wire);
	uint64_t out = copy > LOG_MESSAGE_OCTETS_MAX ? copy : LOG_MESSAGE_OCTETS_MAX;

	return LINKS_MAX * (LINK_OCTETS + message) + out;
}

static struct sums sums_of(const struct plan *plan)
{
	struct sums sums = { 0 };
	uint64_t as4 = 1;
	uint64_t add_path = 1;
	uint64_t extended = 1;

	for (uint32_t i = 0; i < plan->session_end; i++) {
		const struct plan_session *session = &plan->session[i];
		if (!session->used)
			continue;
		sums.sessions++;
		for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
			sums.prefixes += plan_limit_of(plan, session, (enum family)f);
			sums.held_max += plan_held_max(plan, session, (enum family)f);
		}
		sums.over += plan_limit_action_for(plan, session) != LIMIT_ACTION_SHUT ? 1u : 0u;
		sums.attrs_octets_max += plan_attrs_octets_max(plan, session);
		sums.buffer_octets += buffer_octets_of(session);
		as4 = session->allow_as2 ? 2 : as4;
		add_path = session->add_path ? 2 : add_path;
		extended = session->extended_message ? 2 : extended;
	}
	/* Families, and IPv6 next hops for IPv4, which is agreed to with either. */
	sums.profiles = FAMILY_COUNT * 2u * as4 * add_path * extended;
	if (sums.profiles > RIB_PROFILES_MAX)
		sums.profiles = RIB_PROFILES_MAX;
	return sums;
}

/* --- what was given back ---------------------------------------------------------------------- */

/* What shards hold, and the most since some was given back; that begins anew if `anew`. */
static uint64_t shards_octets(struct serving *serving, bool anew, uint64_t *most_octets)
{
	uint64_t octets = 0;

	*most_octets = 0;
	for (uint32_t i = 0; i < serving->shards->count; i++) {
		struct shard *shard = &serving->shards->shard[i];
		(void)shard_enter(shard);
		octets += shard->heap.used_octets;
		*most_octets += shard->heap.peak_octets;
		if (anew)
			shard->heap.peak_octets = shard->heap.used_octets;
		shard_leave(shard);
	}
	return octets;
}

/* What is resident and no shard holds: holes, mostly, where it grows.  In the midst of a storm both
 * are much, and what the storm leaves behind shows as soon as the shards let go of it. */
static int64_t resident_beyond(const struct serving *serving, uint64_t octets)
{
	return (int64_t)process_memory_octets_at(serving->memory_fd) - (int64_t)octets;
}

void memory_keep(struct serving *serving, struct instant now)
{
	uint64_t most_octets = 0;

	if (instant_is_set(serving->memory_at) && !instant_due(serving->memory_at, now))
		return;
	serving->memory_at = instant_add(now, span_s(LOOK_S));
	uint64_t octets = shards_octets(serving, false, &most_octets);
	int64_t beyond = resident_beyond(serving, octets);
	if (serving->least_beyond_octets == 0 || beyond < serving->least_beyond_octets)
		serving->least_beyond_octets = beyond;
	int64_t most_beyond = (int64_t)octets / GROWN_PART;
	if (most_beyond < GROWN_OCTETS)
		most_beyond = GROWN_OCTETS;
	if (most_octets - octets < GIVE_BACK_OCTETS &&
	    beyond - serving->least_beyond_octets < most_beyond)
		return;
	process_memory_give_back();
	serving->least_beyond_octets = resident_beyond(serving,
						       shards_octets(serving, true, &most_octets));
	serving->memory_at = instant_add(now, span_s(GIVE_BACK_PAUSE_S));
}

/* --- what is held ----------------------------------------------------------------------------- */

struct asked {
	uint64_t worker_octets;
};

static void worker_add(struct worker *worker, void *context)
{
	struct asked *asked = context;

	/* Places of sessions and streams that are not there are asked for and never touched. */
	asked->worker_octets += worker->heap->used_octets - sizeof worker->link_of -
				(SESSIONS_MAX - worker->plan->session_end) * sizeof(struct peer);
}

static uint64_t irr_octets(const struct irr_data *irr)
{
	uint64_t octets = irr == NULL ? 0 : irr->heap.used_octets;

	for (uint32_t i = 0; irr != NULL && i < irr->count; i++)
		octets += irr->member[i].set->heap.used_octets;
	return octets;
}

static uint64_t evidence_octets(struct serving *serving)
{
	struct rpki_data *rpki = serving_rpki(serving);
	struct irr_data *irr = serving_irr(serving);
	uint64_t octets = rpki == NULL ? 0 : rpki_data_octets(rpki);

	octets += irr_octets(irr);
	rpki_data_unref(rpki);
	irr_data_unref(irr);
	return octets;
}

static void shards_held(struct serving *serving, struct view_memory *out)
{
	uint64_t *attrs = &out->term[VIEW_MEMORY_ATTRIBUTES].held_octets;
	uint64_t *routes = &out->term[VIEW_MEMORY_ROUTES].held_octets;
	uint64_t rest = 0;

	for (uint32_t i = 0; i < serving->shards->count; i++) {
		struct rib_counts counts;
		rib_counts_of(shard_enter(&serving->shards->shard[i]), &counts);
		shard_leave(&serving->shards->shard[i]);
		out->term[VIEW_MEMORY_LOGS].held_octets += counts.log_octets;
		out->term[VIEW_MEMORY_DECIDING].held_octets += counts.work_octets;
		rest += counts.memory_octets - counts.log_octets - counts.work_octets;
	}
	for (uint32_t i = 0; i < SESSIONS_MAX; i++)
		*attrs += attr_account_of(&serving->shards->account,
					  (struct session_id){ (uint16_t)i });
	/* The account has reserves that are not taken yet. */
	*attrs = *attrs < rest ? *attrs : rest;
	*routes = rest - *attrs;
}

/* --- what it may grow to ---------------------------------------------------------------------- */

static void term_set(struct view_memory *out, enum view_memory_kind kind, const char *name,
		     uint64_t most_octets)
{
	struct view_memory_term *term = &out->term[kind];

	term->name = name;
	term->most_octets = most_octets;
	out->most_octets += most_octets;
}

#define FORMULA(out, kind, ...) \
	(void)snprintf((out)->term[kind].formula, VIEW_MEMORY_FORMULA_MAX, __VA_ARGS__)
#define NUMBER_TEXT_MAX 32u
#define N(number) count_text(number, (char[NUMBER_TEXT_MAX]){ 0 })
#define S(number) ((number) == 1 ? "" : "s")
#define OCTETS(number) exact(number, (char[NUMBER_TEXT_MAX]){ 0 })

static const char *count_text(uint64_t count, char out[NUMBER_TEXT_MAX])
{
	decimal_grouped(count, out);
	return out;
}

/* In the largest unit of which it is a whole number. */
static const char *exact(uint64_t octets, char out[NUMBER_TEXT_MAX])
{
	static const char *const unit[] = { "B", "KiB", "MiB" };
	uint32_t at = 0;

	for (; at < 2 && octets != 0 && octets % 1024 == 0; at++)
		octets /= 1024;
	decimal_grouped(octets, out);
	uint32_t len = (uint32_t)strlen(out);
	(void)snprintf(out + len, NUMBER_TEXT_MAX - len, " %s", unit[at]);
	return out;
}

/* Up to whole KiB, or MiB where it is many: as short as it can be read. */
static uint64_t rounded(uint64_t octets)
{
	uint64_t unit = octets < MANY_OCTETS ? 1024u : 1024u * 1024u;

	return (octets + unit - 1) / unit * unit;
}

static void attributes_most(const struct sums *sums, uint64_t shards, struct view_memory *out)
{
	char over[VIEW_MEMORY_FORMULA_MAX / 2] = "";

	if (sums->over != 0)
		(void)snprintf(over, sizeof over, " + %s that may go beyond x %s", N(sums->over),
			       OCTETS(PLAN_ATTRS_OCTETS_OVER));
	term_set(out, VIEW_MEMORY_ATTRIBUTES, "attributes",
		 sums->attrs_octets_max + sums->sessions * shards * EXCESS_OCTETS);
	FORMULA(out, VIEW_MEMORY_ATTRIBUTES,
		"%s prefixes x %s + %s session%s x %s%s + %s UPDATEs x %s", N(sums->prefixes),
		OCTETS(PLAN_ATTRS_OCTETS_A_ROUTE), N(sums->sessions), S(sums->sessions),
		OCTETS(PLAN_ATTRS_OCTETS_BASE), over, N(sums->sessions * shards),
		OCTETS(EXCESS_OCTETS));
}

static void shards_most(const struct sums *sums, uint64_t shards, struct view_memory *out)
{
	uint64_t gone = 2u * RIB_BURIED_MAX * FAMILY_COUNT;

	attributes_most(sums, shards, out);
	term_set(out, VIEW_MEMORY_ROUTES, "routes",
		 (sums->held_max + shards * gone) * RIB_ROUTE_OCTETS_MAX);
	FORMULA(out, VIEW_MEMORY_ROUTES, "%s routes x %s + %s shard%s x %s gone prefixes x %s",
		N(sums->held_max), OCTETS(RIB_ROUTE_OCTETS_MAX), N(shards), S(shards), N(gone),
		OCTETS(RIB_ROUTE_OCTETS_MAX));
	term_set(out, VIEW_MEMORY_LOGS, "send logs", shards * sums->profiles * RIB_LOG_OCTETS_MAX);
	FORMULA(out, VIEW_MEMORY_LOGS, "%s shard%s x %s forms of messages x %s", N(shards),
		S(shards), N(sums->profiles), OCTETS(RIB_LOG_OCTETS_MAX));
	term_set(out, VIEW_MEMORY_DECIDING, "deciding", shards * RIB_WORK_OCTETS_MAX);
	FORMULA(out, VIEW_MEMORY_DECIDING, "%s shard%s x %s", N(shards), S(shards),
		OCTETS(RIB_WORK_OCTETS_MAX));
}

static void sessions_most(const struct sums *sums, uint64_t shards, uint64_t workers,
			  struct view_memory *out)
{
	uint64_t copies = sums->sessions * shards * FAMILY_COUNT;
	uint64_t worker = rounded(sizeof(struct worker) + SESSIONS_MAX * DEADLINE_OCTETS +
				  WORKER_ENDING_MAX * ENDING_OCTETS);
	uint64_t buffers = rounded(sums->buffer_octets);

	term_set(out, VIEW_MEMORY_SESSIONS, "sessions",
		 buffers + copies * RIB_COPYING_OCTETS + workers * worker);
	FORMULA(out, VIEW_MEMORY_SESSIONS,
		"%s of buffers + %s copies of the table x %s + %s worker%s x %s", OCTETS(buffers),
		N(copies), OCTETS(RIB_COPYING_OCTETS), N(workers), S(workers), OCTETS(worker));
}

static void others_most(const struct serving *serving, uint64_t plan_octets,
			struct view_memory *out)
{
	uint64_t evidence = rounded(out->term[VIEW_MEMORY_EVIDENCE].held_octets);
	uint64_t plan = rounded(plan_octets);
	uint64_t copies = serving->options->config->rtr_cache.count + 1u + EVIDENCE_TIMES;

	term_set(out, VIEW_MEMORY_PLANS, "plans", PLANS_MAX * plan);
	FORMULA(out, VIEW_MEMORY_PLANS, "%u plans x %s", PLANS_MAX, OCTETS(plan));
	term_set(out, VIEW_MEMORY_EVIDENCE, "RPKI, as-sets", copies * evidence);
	FORMULA(out, VIEW_MEMORY_EVIDENCE, "%s copies x %s", N(copies), OCTETS(evidence));
	uint64_t kept = rounded(out->most_octets / 100 * KEPT_PERCENT);
	term_set(out, VIEW_MEMORY_PROGRAM, "program",
		 PROGRAM_OCTETS + (uint64_t)CONTROL_CALLERS_MAX * COMMAND_OCTETS +
			 (uint64_t)FRONT_CALLERS_MAX * PAGE_OCTETS + kept);
	FORMULA(out, VIEW_MEMORY_PROGRAM,
		"%s + %u commands x %s + %u callers x %s + %s that the allocator keeps",
		OCTETS(PROGRAM_OCTETS), CONTROL_CALLERS_MAX, OCTETS(COMMAND_OCTETS),
		FRONT_CALLERS_MAX, OCTETS(PAGE_OCTETS), OCTETS(kept));
}

void memory_view(struct serving *serving, uint64_t resident_octets, struct view_memory *out)
{
	struct plan *plan = serving_plan(serving);
	struct sums sums = sums_of(plan);
	uint64_t plan_octets = plan->heap.used_octets;
	struct asked asked = { 0 };
	uint64_t held_octets = 0;

	plan_unref(plan);
	*out = (struct view_memory){ 0 };
	for (uint32_t i = 0; i < serving->worker_count; i++)
		worker_ask(serving->worker[i], worker_add, &asked);
	shards_held(serving, out);
	out->term[VIEW_MEMORY_SESSIONS].held_octets = asked.worker_octets;
	out->term[VIEW_MEMORY_PLANS].held_octets = plan_octets;
	out->term[VIEW_MEMORY_EVIDENCE].held_octets = evidence_octets(serving);
	for (uint32_t i = 0; i < VIEW_MEMORY_PROGRAM; i++)
		held_octets += out->term[i].held_octets;
	out->term[VIEW_MEMORY_PROGRAM].held_octets = resident_octets > held_octets ?
							     resident_octets - held_octets :
							     0;
	shards_most(&sums, serving->shards->count, out);
	sessions_most(&sums, serving->shards->count, serving->worker_count, out);
	others_most(serving, plan_octets, out);
}
