/* server/replan.c — a change of plan, in three moves for the whole team.
 *
 * Begin: sessions that are gone end, and nothing of theirs is left in any shard.  Then the shards
 * take the plan.  End: the sessions of the new plan are configured; only now may new ones come.  So
 * no shard ever holds a route of a session that its plan does not have. */
#include "base/check.h"
#include "server/inside.h"

static void session_end(struct worker *worker, struct session_id session)
{
	struct peer *peer = &worker->peer[session.index];

	if (!peer->is_known)
		return;
	peer_stop(worker, session, BGP_CEASE_DECONFIGURED, NULL);
	peer_sweep_all(worker, session);
	peer_heard(worker, session);
	deadlines_set(&worker->deadlines, session.index, (struct instant){ 0 });
	*peer = (struct peer){ 0 };
}

void worker_replan_begin(struct worker *worker, struct plan *plan)
{
	struct plan *before = worker->plan;

	for (uint32_t i = 0; i < SESSIONS_MAX; i++) {
		struct session_id session = { (uint16_t)i };
		const struct plan_session *old = plan_session_of(before, session);
		const struct plan_session *new = plan_session_of(plan, session);
		bool is_same = old != NULL && new != NULL &&
			       old->asn ==
				       new->asn &&address_compare(&old->address, &new->address) ==
				       0;
		if (old != NULL && !is_same && worker_owns(worker, session))
			session_end(worker, session);
	}
	worker->plan = plan_ref(plan);
	for (uint32_t i = 0; i < worker->listener_count; i++) {
		if (failed(listen_secrets(worker, worker->listener[i], worker->listener_family[i],
					  before)))
			peer_tell(worker, (struct session_id){ SESSIONS_MAX },
				  "a TCP MD5 key could not be changed on a listener");
	}
	listen_rekey(worker, before);
	plan_unref(before);
}

void worker_replan_end(struct worker *worker)
{
	worker->has_unjudged = true;
	for (uint32_t i = 0; i < worker->plan->session_end; i++) {
		struct session_id session = { (uint16_t)i };
		if (worker->plan->session[i].used && worker_owns(worker, session))
			peer_configure(worker, session);
	}
}

struct fault worker_replan(struct worker *worker, struct plan *plan)
{
	CHECK(worker->count == 1);
	if (shards_are_judging(worker->shards))
		return fault_of(FAULT_AGAIN, 0);
	worker_replan_begin(worker, plan);
	struct fault fault = shards_replan(worker->shards, plan);
	worker_replan_end(worker);
	return fault;
}
