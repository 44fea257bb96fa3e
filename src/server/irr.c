/* server/irr.c — the keeper.
 *
 * Its lock is held while something is asked for, three minutes at worst: who types plenum irr
 * refresh waits for the question under way.  No other lock is held meanwhile. */
#include "server/irr.h"

#include <stdio.h>
#include <string.h>

#include "server/irr_schedule.h"
#include "server/running.h"
#include "server/thread.h"
#include "sys/process.h"

struct asked {
	uint32_t asn;
	char as_macro[REGISTRY_TEXT_MAX];
	struct instant due; /* for the server; files are looked at always */
};

struct irr_keeper {
	struct heap heap;
	struct serving *serving;
	struct irr_helper *helper;
	struct lock lock;
	pthread_cond_t wake;
	pthread_t thread;
	bool is_running;
	bool must_end; /* under the lock */
	uint32_t count;
	uint32_t room;
	struct asked *asked; /* ascending; the thread's alone */
};

/* --- in force --------------------------------------------------------------------------------- */

static struct fault members_with(const struct irr_data *before, uint32_t asn, struct irr_set *set,
				 struct irr_data **out)
{
	struct heap heap = heap_libc();
	uint32_t had = before != NULL ? before->count : 0;
	uint32_t count = 0;
	struct irr_member *member = heap_array(&heap, had + 1, sizeof *member);

	if (member == NULL)
		return fault_of(FAULT_LIMIT, 0);
	for (uint32_t i = 0; i < had; i++) {
		if (before->member[i].asn != asn)
			member[count++] = before->member[i];
	}
	if (set != NULL)
		member[count++] = (struct irr_member){ asn, set };
	struct fault fault = irr_data_new(member, count, out);
	heap_free(&heap, member, (had + 1) * sizeof *member);
	return fault;
}

/* Under the keeper's lock: nobody else changes it. */
static struct fault put_in_force(struct irr_keeper *keeper, uint32_t asn, struct irr_set *set)
{
	struct serving *serving = keeper->serving;
	struct irr_data *before = serving->irr;
	struct irr_data *after = NULL;

	TRY(members_with(before, asn, set, &after));
	lock_take(&serving->plan_lock);
	serving->irr = after;
	lock_give(&serving->plan_lock);
	for (uint32_t i = 0; i < serving->shards->count; i++) {
		rib_irr_change(shard_enter(&serving->shards->shard[i]), after);
		shard_leave(&serving->shards->shard[i]);
	}
	irr_data_unref(before);
	for (uint32_t i = 0; i < serving->worker_count; i++)
		worker_wake(serving->worker[i]);
	return fault_none();
}

static struct fault reload(struct irr_keeper *keeper, uint32_t asn)
{
	struct irr_kept kept CLEAN(irr_kept_fini);
	struct fault fault = irr_kept_read(keeper->serving->options->directory, asn,
					   IRR_FILE_IN_FORCE, &kept);

	if (fault.kind == FAULT_MALFORMED)
		serving_tell(keeper->serving,
			     "IRR: a file of as-sets is not as it was written, and "
			     "counts for nothing; plenum irr show says which");
	if (failed(fault) && fault.kind != FAULT_ABSENT && fault.kind != FAULT_MALFORMED)
		return fault;
	return put_in_force(keeper, asn, failed(fault) ? NULL : kept.set);
}

struct fault irr_keeper_reload(struct irr_keeper *keeper, uint32_t asn)
{
	lock_take(&keeper->lock);
	struct fault fault = reload(keeper, asn);
	lock_give(&keeper->lock);
	return fault;
}

static enum irr_outcome refresh(struct irr_keeper *keeper, uint32_t asn, const char *as_macro,
				bool only_file, char said[IRR_SAID_MAX])
{
	struct irr_errand errand = { .directory = keeper->serving->options->directory,
				     .config = keeper->serving->options->config,
				     .asker = irr_asker_of(keeper->helper),
				     .now = process_wall(),
				     .asn = asn,
				     .as_macro = as_macro };
	enum irr_outcome outcome = only_file ? irr_refresh_file(&errand, said) :
					       irr_refresh(&errand, said);

	if (outcome == IRR_OUTCOME_CHANGED && failed(reload(keeper, asn)))
		outcome = IRR_OUTCOME_FAILED;
	return outcome;
}

enum irr_outcome irr_keeper_refresh(struct irr_keeper *keeper, uint32_t asn, const char *as_macro,
				    char said[IRR_SAID_MAX])
{
	lock_take(&keeper->lock);
	enum irr_outcome outcome = refresh(keeper, asn, as_macro, false, said);
	lock_give(&keeper->lock);
	return outcome;
}

/* --- when ------------------------------------------------------------------------------------- */

/* When it was last heard, in how many seconds it is to be heard again. */
static int64_t wait_of(const struct irr_keeper *keeper, const struct asked *asked)
{
	struct irr_kept kept CLEAN(irr_kept_fini);
	char names[REGISTRY_TEXT_MAX];
	struct fault fault = irr_kept_read(keeper->serving->options->directory, asked->asn,
					   IRR_FILE_IN_FORCE, &kept);

	irr_names_of(asked->asn, asked->as_macro, names);
	return irr_schedule_wait_s(!failed(fault) && strcmp(names, kept.names) == 0, kept.at,
				   process_wall());
}

struct listing {
	struct irr_keeper *keeper;
	struct asked *next;
	uint32_t count;
	uint32_t room;
	bool is_out_of_memory;
};

static struct asked *asked_find(const struct irr_keeper *keeper, uint32_t asn)
{
	for (uint32_t i = 0; i < keeper->count; i++) {
		if (keeper->asked[i].asn == asn)
			return &keeper->asked[i];
	}
	return NULL;
}

static bool listing_take(void *context, const struct registry_member *member)
{
	struct listing *listing = context;
	const struct asked *before = asked_find(listing->keeper, member->asn);

	if (listing->count != 0 && listing->next[listing->count - 1].asn == member->asn)
		return true;
	if (!heap_grow(&listing->keeper->heap, (void **)&listing->next, &listing->room,
		       listing->count + 1, sizeof *listing->next)) {
		listing->is_out_of_memory = true;
		return false;
	}
	struct asked *asked = &listing->next[listing->count++];
	*asked = (struct asked){ .asn = member->asn };
	(void)snprintf(asked->as_macro, sizeof asked->as_macro, "%s", member->as_macro);
	/* A new member, and one with another as-set, at once. */
	if (before != NULL && strcmp(before->as_macro, asked->as_macro) == 0)
		asked->due = before->due;
	return true;
}

/* Members as the record has them now. */
static void members_look(struct irr_keeper *keeper)
{
	struct listing listing = { .keeper = keeper };

	serving_record_take(keeper->serving);
	struct fault fault = registry_walk(keeper->serving->options->store, listing_take, &listing);
	serving_record_give(keeper->serving);
	if (failed(fault) || listing.is_out_of_memory) {
		heap_free(&keeper->heap, listing.next, listing.room * sizeof *listing.next);
		return;
	}
	heap_free(&keeper->heap, keeper->asked, keeper->room * sizeof *keeper->asked);
	keeper->asked = listing.next;
	keeper->count = listing.count;
	keeper->room = listing.room;
}

/* False: the exchange ends. */
static bool member_step(struct irr_keeper *keeper, struct asked *asked)
{
	const struct exchange_config *config = keeper->serving->options->config;
	char said[IRR_SAID_MAX + 8] = "IRR: ";
	char *rest = said + strlen(said);
	enum irr_outcome outcome = IRR_OUTCOME_NOTHING;

	lock_take(&keeper->lock);
	bool goes_on = !keeper->must_end;
	bool is_first = asked->due.ns == 0;
	if (goes_on && is_first)
		asked->due = irr_schedule_at(asked->asn, wait_of(keeper, asked), process_now());
	bool is_due = config->irr_server[0] != '\0' && process_now().ns >= asked->due.ns;
	if (goes_on && (is_due || config->irr_files[0] != '\0'))
		outcome = refresh(keeper, asked->asn, asked->as_macro, !is_due, rest);
	if (is_due)
		asked->due = irr_schedule_at(asked->asn, irr_schedule_next_s(outcome),
					     process_now());
	lock_give(&keeper->lock);
	bool is_news = outcome == IRR_OUTCOME_CHANGED ||
		       (is_due && (outcome == IRR_OUTCOME_HELD || outcome == IRR_OUTCOME_FAILED));
	if (is_news)
		serving_tell(keeper->serving, said);
	return goes_on;
}

static void *keeper_run(void *context)
{
	struct irr_keeper *keeper = context;
	bool goes_on = true;

	while (goes_on) {
		members_look(keeper);
		for (uint32_t i = 0; i < keeper->count && goes_on; i++)
			goes_on = member_step(keeper, &keeper->asked[i]);
		struct instant until = instant_add(process_now(), span_s(IRR_LOOK_S));
		lock_take(&keeper->lock);
		while (!keeper->must_end && lock_wait_until(&keeper->lock, &keeper->wake, until))
			continue;
		goes_on = !keeper->must_end;
		lock_give(&keeper->lock);
	}
	return NULL;
}

/* --- beginning and end ------------------------------------------------------------------------ */

static bool first_take(void *context, const struct registry_member *member)
{
	struct irr_keeper *keeper = context;

	return !failed(reload(keeper, member->asn));
}

static bool keeper_begin(struct irr_keeper *keeper, struct complaints *complaints)
{
	lock_take(&keeper->lock);
	serving_record_take(keeper->serving);
	struct fault fault = registry_walk(keeper->serving->options->store, first_take, keeper);
	serving_record_give(keeper->serving);
	lock_give(&keeper->lock);
	keeper->is_running = !failed(fault) && thread_begin(&keeper->thread, keeper_run, keeper);
	if (!keeper->is_running)
		complain(complaints, false, "cannot start: as-sets cannot be read, or no thread");
	return keeper->is_running;
}

bool irr_keeper_new(struct serving *serving, struct irr_keeper **out, struct complaints *complaints)
{
	const struct exchange_config *config = serving->options->config;
	struct heap heap = heap_libc();

	*out = NULL;
	if (config->irr_server[0] == '\0' && config->irr_files[0] == '\0')
		return true;
	struct irr_keeper *keeper = heap_zero(&heap, sizeof *keeper);
	if (keeper == NULL) {
		complain(complaints, false, "cannot start: out of memory");
		return false;
	}
	keeper->heap = heap;
	keeper->serving = serving;
	keeper->helper = &serving->confine->irr_helper;
	lock_init(&keeper->lock, LOCK_IRR);
	lock_condition_init(&keeper->wake);
	if (keeper_begin(keeper, complaints)) {
		*out = keeper;
		return true;
	}
	irr_keeper_free(keeper);
	return false;
}

void irr_keeper_free(struct irr_keeper *keeper)
{
	if (keeper == NULL)
		return;
	if (keeper->is_running) {
		/* Who waits for an answer hears that there is none. */
		irr_helper_break(keeper->helper);
		lock_take(&keeper->lock);
		keeper->must_end = true;
		(void)pthread_cond_broadcast(&keeper->wake);
		lock_give(&keeper->lock);
		(void)pthread_join(keeper->thread, NULL);
	}
	(void)pthread_cond_destroy(&keeper->wake);
	lock_fini(&keeper->lock);
	struct heap heap = keeper->heap;
	heap_free(&heap, keeper->asked, keeper->room * sizeof *keeper->asked);
	heap_free(&heap, keeper, sizeof *keeper);
}
