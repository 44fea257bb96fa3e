/* server/rpki.c — RTR caches on streams, a file, and the choice among them.
 *
 * Only this thread changes the evidence of the shards, and it begins no change before the last one
 * is through in every shard: what differs is always worked out against what they all have. */
#include "server/rpki.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "server/keeper.h"
#include "server/thread.h"

#define AGAIN_MS 20 /* till a change is tried again that has to wait */

void keeper_tell(const struct rpki_keeper *keeper, const char *format, ...)
{
	char text[VIEW_RPKI_WORDS_MAX + VIEW_RPKI_NAME_MAX];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	serving_tell(keeper->serving, text);
}

/* --- the choice ------------------------------------------------------------------------------- */

struct rpki_data *keeper_source_data(const struct rpki_keeper *keeper, uint32_t number)
{
	return number < keeper->cache_count ? keeper->cache[number].session.data :
					      keeper->file.data;
}

bool keeper_source_is_current(const struct rpki_keeper *keeper, uint32_t number)
{
	return number < keeper->cache_count ?
		       rtr_session_is_current(&keeper->cache[number].session) :
		       keeper->file.data != NULL && !keeper->file.is_bad;
}

uint32_t keeper_source_count(const struct rpki_keeper *keeper)
{
	return keeper->cache_count + (keeper->file.is_named ? 1 : 0);
}

/* Smaller is better; 0 is none. */
static uint32_t choose(const struct rpki_keeper *keeper)
{
	uint32_t best = KEEPER_SOURCES_MAX;
	uint32_t best_rank = UINT32_MAX;

	for (uint32_t i = 0; i < keeper_source_count(keeper); i++) {
		const struct rpki_data *data = keeper_source_data(keeper, i);
		if (data == NULL)
			continue;
		uint32_t rank = rpki_vrp_count(data) == 0           ? 2 :
				keeper_source_is_current(keeper, i) ? 0 :
								      1;
		if (rank < best_rank) {
			best = i;
			best_rank = rank;
		}
	}
	return best;
}

static const char *source_name(const struct rpki_keeper *keeper, uint32_t number)
{
	return number < keeper->cache_count ? keeper->cache[number].name : keeper->file.path;
}

static void change_tell(const struct rpki_keeper *keeper, const struct rpki_data *data,
			const struct rpki_changes *changes, uint32_t count_before)
{
	uint32_t count = rpki_vrp_count(data);

	if (data == NULL) {
		keeper_tell(keeper, "RPKI: no source has data: routes are not checked");
		return;
	}
	keeper_tell(keeper, "RPKI: %u VRPs and %u ASPAs from %s: %u VRPs added, %u removed", count,
		    data->aspas.count, source_name(keeper, keeper->used), changes->vrps_added,
		    changes->vrps_removed);
	if (count * UINT64_C(2) < count_before || count == 0)
		keeper_tell(keeper,
			    "RPKI: of %u VRPs only %u are left: they are taken as %s says; see "
			    "whether it "
			    "is well",
			    count_before, count, source_name(keeper, keeper->used));
}

static uint64_t judged_so_far(const struct rpki_keeper *keeper)
{
	struct shards *shards = keeper->serving->shards;
	uint64_t sum = 0;

	for (uint32_t i = 0; i < shards->count; i++) {
		struct rib_counts counts;
		rib_counts_of(shard_enter(&shards->shard[i]), &counts);
		shard_leave(&shards->shard[i]);
		sum += counts.rejudged;
	}
	return sum;
}

static void change_note(struct rpki_keeper *keeper, const struct rpki_data *data,
			const struct rpki_changes *changes, uint32_t count_before)
{
	struct view_rpki *view = &keeper->view;
	uint32_t count = rpki_vrp_count(data);

	lock_take(&keeper->lock);
	view->changed_at = keeper->port->wall(keeper->port);
	view->changes++;
	view->vrps_added = changes->vrps_added;
	view->vrps_removed = changes->vrps_removed;
	view->aspas_changed = changes->customer_count;
	view->shrank_from = data != NULL && (count == 0 || count * UINT64_C(2) < count_before) ?
				    count_before :
				    0;
	lock_give(&keeper->lock);
}

/* To every shard, and then to who asks. */
static struct fault put_in_force(struct rpki_keeper *keeper, struct rpki_data *data)
{
	struct serving *serving = keeper->serving;
	struct rpki_data *before = serving->rpki; /* nobody else changes it */
	struct rpki_changes *changes = NULL;

	TRY(rpki_changes_make(before, data, &changes));
	uint64_t judged = judged_so_far(keeper);
	struct fault fault = shards_evidence(serving->shards, data, changes);
	if (failed(fault)) {
		rpki_changes_unref(changes);
		return fault;
	}
	uint32_t count_before = rpki_vrp_count(before);
	lock_take(&serving->plan_lock);
	serving->rpki = rpki_data_ref(data);
	serving->rpki_judged_before = judged;
	lock_give(&serving->plan_lock);
	rpki_data_unref(before);
	for (uint32_t i = 0; i < serving->worker_count; i++)
		worker_wake(serving->worker[i]);
	change_note(keeper, data, changes, count_before);
	if (!rpki_changes_are_none(changes) || data == NULL || before == NULL)
		change_tell(keeper, data, changes, count_before);
	rpki_changes_unref(changes);
	return fault;
}

static void choice_step(struct rpki_keeper *keeper)
{
	uint32_t best = choose(keeper);
	struct rpki_data *data = best == KEEPER_SOURCES_MAX ? NULL :
							      keeper_source_data(keeper, best);

	keeper->again_at = (struct instant){ 0 };
	keeper->used = best;
	if (data != keeper->serving->rpki && failed(put_in_force(keeper, data)))
		keeper->again_at = instant_add(keeper->now, span_ms(AGAIN_MS));
}

/* --- the thread ------------------------------------------------------------------------------- */

static struct instant soonest(const struct rpki_keeper *keeper)
{
	struct instant at = keeper->again_at;

	for (uint32_t i = 0; i < keeper->cache_count; i++) {
		const struct cache *cache = &keeper->cache[i];
		if (cache->is_unread)
			return keeper->now;
		at = instant_sooner(at, rtr_session_deadline(&cache->session));
	}
	return keeper->file.is_named ? instant_sooner(at, keeper->file.look_at) : at;
}

static void keeper_step(struct rpki_keeper *keeper)
{
	struct port_event events[PORT_EVENTS_MAX];
	uint32_t count = keeper->port->wait(keeper->port, events, PORT_EVENTS_MAX, soonest(keeper));

	keeper->now = keeper->port->now(keeper->port);
	keeper_caches_step(keeper, events, count);
	keeper_file_step(keeper);
	choice_step(keeper);
	keeper_view_step(keeper);
}

static void *keeper_run(void *context)
{
	struct rpki_keeper *keeper = context;

	while (!atomic_load(&keeper->must_end))
		keeper_step(keeper);
	return NULL;
}

static bool keeper_begin(struct rpki_keeper *keeper, struct complaints *complaints)
{
	const struct exchange_config *config = keeper->serving->options->config;
	struct fault fault = sys_port_init(&keeper->sys);

	if (failed(fault)) {
		complain(complaints, false, "cannot start: %s", strerror(fault.code));
		return false;
	}
	keeper->has_port = true;
	if (keeper->serving->confine->doorman.helper.process != 0)
		keeper->sys.doorman = &keeper->serving->confine->doorman;
	keeper->port = &keeper->sys.port;
	keeper->now = keeper->port->now(keeper->port);
	for (uint32_t i = 0; i < config->rtr_cache.count; i++)
		keeper_cache_begin(keeper, &config->rtr_cache.at[i]);
	if (!keeper_file_begin(keeper, complaints))
		return false;
	keeper_file_step(keeper);
	choice_step(keeper);
	keeper_view_step(keeper);
	keeper->is_running = thread_begin(&keeper->thread, keeper_run, keeper);
	if (!keeper->is_running)
		complain(complaints, false, "cannot start a thread");
	return keeper->is_running;
}

bool rpki_keeper_new(struct serving *serving, struct rpki_keeper **out,
		     struct complaints *complaints)
{
	const struct exchange_config *config = serving->options->config;
	struct heap heap = heap_libc();

	*out = NULL;
	if (config->rtr_cache.count == 0 && config->rpki_file[0] == '\0')
		return true;
	struct rpki_keeper *keeper = heap_zero(&heap, sizeof *keeper);
	if (keeper == NULL) {
		complain(complaints, false, "cannot start: out of memory");
		return false;
	}
	keeper->heap = heap;
	keeper->serving = serving;
	keeper->used = KEEPER_SOURCES_MAX;
	lock_init(&keeper->lock, LOCK_EVIDENCE);
	if (keeper_begin(keeper, complaints)) {
		*out = keeper;
		return true;
	}
	rpki_keeper_free(keeper);
	return false;
}

void rpki_keeper_free(struct rpki_keeper *keeper)
{
	if (keeper == NULL)
		return;
	if (keeper->is_running) {
		atomic_store(&keeper->must_end, true);
		keeper->port->wake(keeper->port);
		CHECK(pthread_join(keeper->thread, NULL) == 0);
	}
	for (uint32_t i = 0; i < keeper->cache_count; i++)
		keeper_cache_end(keeper, &keeper->cache[i]);
	rpki_data_unref(keeper->file.data);
	if (keeper->has_port)
		sys_port_fini(&keeper->sys);
	lock_fini(&keeper->lock);
	struct heap heap = keeper->heap;
	heap_free(&heap, keeper, sizeof *keeper);
}
