/* server/rpki_view.c — the keeper's sources and what is in force, as others may see them. */
#include <stdio.h>

#include "rib/look.h"
#include "server/keeper.h"
#include "sys/process.h"

static struct wall wall_of(const struct rpki_keeper *keeper, struct instant at)
{
	struct wall wall = keeper->port->wall(keeper->port);

	if (!instant_is_set(at))
		return (struct wall){ 0 };
	wall.s += instant_since(at, keeper->now).ns / NS_PER_S;
	return wall;
}

static void data_view(const struct rpki_data *data, struct view_rpki_source *out)
{
	out->has_data = data != NULL;
	if (data == NULL)
		return;
	for (uint32_t f = 0; f < FAMILY_COUNT; f++)
		out->vrps[f] = data->vrps[f].count;
	out->has_aspas = data->has_aspas;
	out->aspas = data->aspas.count;
}

static void cache_view(const struct rpki_keeper *keeper, const struct cache *cache,
		       struct view_rpki_source *out)
{
	const struct rtr_session *session = &cache->session;

	(void)snprintf(out->name, sizeof out->name, "%s", cache->name);
	(void)snprintf(out->last_error, sizeof out->last_error, "%s", session->last_error);
	out->state = rtr_state_name(session->state);
	out->updated_at = wall_of(keeper, session->updated_at);
	out->expires_at = wall_of(keeper, session->expires_at);
	out->is_agreed = session->is_agreed;
	out->version = session->version;
	out->has_session = session->has_session;
	out->session = session->session;
	out->serial = session->serial;
	out->refresh_s = session->refresh_s;
	out->retry_s = session->retry_s;
	out->expire_s = session->expire_s;
	out->full_answers = session->counts.full_answers;
	out->steps = session->counts.steps;
	out->failures = session->counts.failures;
}

static void file_view(const struct rpki_keeper *keeper, struct view_rpki_source *out)
{
	const struct file *file = &keeper->file;

	(void)snprintf(out->name, sizeof out->name, "%.*s", (int)sizeof out->name - 1, file->path);
	(void)snprintf(out->last_error, sizeof out->last_error, "%s", file->last_error);
	out->is_file = true;
	out->state = file->data == NULL ? "no data" : file->is_bad ? "cannot be read" : "read";
	out->updated_at = file->written_at;
	if (file->data != NULL)
		out->expires_at = wall_of(keeper, file->expires_at);
	out->full_answers = file->reads;
	out->failures = file->failures;
}

void keeper_view_step(struct rpki_keeper *keeper)
{
	struct view_rpki *view = &keeper->view;
	const struct rpki_data *data = keeper->serving->rpki;

	lock_take(&keeper->lock);
	view->source_count = keeper_source_count(keeper);
	for (uint32_t i = 0; i < view->source_count; i++) {
		struct view_rpki_source source = { .is_used = i == keeper->used,
						   .is_current = keeper_source_is_current(keeper,
											  i) };
		data_view(keeper_source_data(keeper, i), &source);
		if (i < keeper->cache_count)
			cache_view(keeper, &keeper->cache[i], &source);
		else
			file_view(keeper, &source);
		view->source[i] = source;
	}
	view->has_data = data != NULL;
	view->data_octets = rpki_data_octets(data);
	view->has_aspas = data != NULL && data->has_aspas;
	view->aspas = data == NULL ? 0 : data->aspas.count;
	for (uint32_t f = 0; f < FAMILY_COUNT; f++)
		view->vrps[f] = data == NULL ? 0 : data->vrps[f].count;
	lock_give(&keeper->lock);
}

void rpki_keeper_view(struct rpki_keeper *keeper, struct view_rpki *out)
{
	lock_take(&keeper->lock);
	*out = keeper->view;
	lock_give(&keeper->lock);
}

/* --- with what becomes of routes -------------------------------------------------------------- */

static void states_add(struct serving *serving, struct view_rpki *out)
{
	struct rib_states states = { 0 };

	for (uint32_t i = 0; i < serving->shards->count; i++) {
		struct shard *shard = &serving->shards->shard[i];
		for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
			uint32_t place = 0;
			bool more = true;
			while (more) {
				more = rib_look_states(shard_enter(shard), (enum family)f,
						       SERVING_SLICE_ENTRIES, &place, &states);
				shard_leave(shard);
			}
		}
	}
	for (uint32_t i = 0; i < VIEW_RPKI_STATES; i++) {
		out->origins[i] = states.origin[i];
		out->paths[i] = states.path[i];
	}
}

static void judged_add(struct serving *serving, struct view_rpki *out)
{
	for (uint32_t i = 0; i < serving->shards->count; i++) {
		struct rib_counts counts;
		struct rib *rib = shard_enter(&serving->shards->shard[i]);
		rib_counts_of(rib, &counts);
		out->is_judging |= rib_rejudging(rib);
		shard_leave(&serving->shards->shard[i]);
		out->routes_judged += counts.rejudged;
	}
	lock_take(&serving->plan_lock);
	out->routes_judged -= serving->rpki_judged_before;
	lock_give(&serving->plan_lock);
}

void serving_rpki_view(struct serving *serving, struct view_rpki *out)
{
	struct plan *plan = serving_plan(serving);

	*out = (struct view_rpki){ 0 };
	if (serving->keeper != NULL)
		rpki_keeper_view(serving->keeper, out);
	out->now = process_wall();
	out->origin_policy = plan_policy_name(plan->rules.rpki_policy);
	out->path_policy = plan_policy_name(plan->rules.aspa_policy);
	plan_unref(plan);
	judged_add(serving, out);
	states_add(serving, out);
}
