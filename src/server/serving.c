/* server/serving.c — the record, and the plan in force. */
#include "server/serving.h"

#include <stdio.h>

#include <string.h>

#include "base/check.h"
#include "registry/rules.h"
#include "server/enforcement.h"
#include "server/ledger_files.h"
#include "server/running.h"
#include "web/published_read.h"

#define JUDGING_PATIENCE_S 60  /* for the last change, before the next is put off */
#define REPLAN_TRIES_MAX 1000u /* with a step of every worker between */

void serving_record_take(struct serving *serving)
{
	lock_take(&serving->record);
}

void serving_record_give(struct serving *serving)
{
	lock_give(&serving->record);
}

struct plan *serving_plan(struct serving *serving)
{
	lock_take(&serving->plan_lock);
	struct plan *plan = plan_ref(serving->plan);
	lock_give(&serving->plan_lock);
	return plan;
}

struct rpki_data *serving_rpki(struct serving *serving)
{
	lock_take(&serving->plan_lock);
	struct rpki_data *rpki = rpki_data_ref(serving->rpki);
	lock_give(&serving->plan_lock);
	return rpki;
}

struct irr_data *serving_irr(struct serving *serving)
{
	lock_take(&serving->plan_lock);
	struct irr_data *irr = irr_data_ref(serving->irr);
	lock_give(&serving->plan_lock);
	return irr;
}

struct fault serving_irr_refresh(struct serving *serving, uint32_t asn, const char *as_macro,
				 enum irr_outcome *outcome, char said[IRR_SAID_MAX])
{
	if (serving->irr_keeper == NULL)
		return fault_of(FAULT_ABSENT, 0);
	*outcome = irr_keeper_refresh(serving->irr_keeper, asn, as_macro, said);
	return fault_none();
}

struct fault serving_irr_reload(struct serving *serving, uint32_t asn)
{
	if (serving->irr_keeper == NULL)
		return fault_of(FAULT_ABSENT, 0);
	return irr_keeper_reload(serving->irr_keeper, asn);
}

static void established_add(struct worker *worker, void *context)
{
	worker_established(worker, context);
}

void serving_established(struct serving *serving, struct session_set *out)
{
	session_set_clear(out);
	for (uint32_t i = 0; i < serving->worker_count; i++)
		worker_ask(serving->worker[i], established_add, out);
}

/* --- a change of plan ------------------------------------------------------------------------- */

static void nothing(struct worker *worker, void *context)
{
	(void)worker;
	(void)context;
}

/* Until no held route is left to judge: a worker that judges steps all the time, so waiting for a
 * step of each is waiting for progress. */
static bool judging_await(struct serving *serving)
{
	struct port *port = &serving->team[0].sys.port;
	struct instant end = instant_add(port->now(port), span_s(JUDGING_PATIENCE_S));

	while (shards_are_judging(serving->shards)) {
		if (port->now(port).ns > end.ns)
			return false;
		for (uint32_t i = 0; i < serving->worker_count; i++)
			worker_ask(serving->worker[i], nothing, NULL);
	}
	return true;
}

static void replan_begin(struct worker *worker, void *context)
{
	worker_replan_begin(worker, context);
}

static void replan_end(struct worker *worker, void *context)
{
	(void)context;
	worker_replan_end(worker);
}

static struct fault plan_swap(struct serving *serving, struct plan *plan)
{
	for (uint32_t i = 0; i < serving->worker_count; i++)
		worker_ask(serving->worker[i], replan_begin, plan);
	struct fault fault = shards_replan(serving->shards, plan);
	for (uint32_t tries = 1; failed(fault) && tries < REPLAN_TRIES_MAX; tries++) {
		for (uint32_t i = 0; i < serving->worker_count; i++)
			worker_ask(serving->worker[i], nothing, NULL);
		fault = shards_replan(serving->shards, plan);
	}
	for (uint32_t i = 0; i < serving->worker_count; i++)
		worker_ask(serving->worker[i], replan_end, NULL);
	lock_take(&serving->plan_lock);
	struct plan *before = serving->plan;
	serving->plan = plan_ref(plan);
	serving->plan_version++;
	lock_give(&serving->plan_lock);
	plan_unref(before);
	return fault;
}

void serving_publish(struct serving *serving)
{
	struct published *published = NULL;

	if (serving->front == NULL)
		return;
	if (failed(published_read(serving->options->store, serving->options->config, &published))) {
		serving_tell(serving,
			     "public pages stay as they were: the registry cannot be read");
		return;
	}
	front_publish(serving->front, published);
	published_unref(published);
}

/* Without what was adopted the machine goes on by what it has. */
struct fault serving_rules_lay(struct serving *serving)
{
	struct heap heap = heap_libc();
	struct store *store = serving->options->store;
	struct rules_list list CLEAN(rules_list_fini);
	int64_t now_s = record_now_s();

	rules_list_init(&list, &heap);
	TRY(rules_lay(store, now_s, &serving->options->config->exchange));
	TRY(rules_list_read(store, &list));
	atomic_store(&serving->rules_next_s, rules_next_s(&list, now_s));
	return fault_none();
}

void serving_rules_keep(struct serving *serving)
{
	int64_t next_s = atomic_load(&serving->rules_next_s);
	struct complaints complaints = { 0 };
	char text[128];

	if (next_s == 0 || record_now_s() < next_s)
		return;
	serving_record_take(serving);
	/* Tried again at the next look when held routes are still being judged. */
	bool is_done = !failed(serving_replan(serving, &complaints));
	if (!is_done)
		atomic_store(&serving->rules_next_s, next_s);
	serving_record_give(serving);
	for (uint32_t i = 0; i < complaints.count; i++)
		serving_tell(serving, complaints.list[i].text);
	struct plan *plan = serving_plan(serving);
	(void)snprintf(text, sizeof text, "version %u of the rule book is in force",
		       plan->book.version);
	plan_unref(plan);
	if (is_done)
		serving_tell(serving, text);
}

struct fault serving_replan(struct serving *serving, struct complaints *complaints)
{
	struct store *store = serving->options->store;
	struct plan *plan = NULL;
	struct fault fault = serving_rules_lay(serving);

	if (!failed(fault))
		fault = registry_plan(store, &serving->options->config->exchange, &plan);
	if (failed(fault)) {
		complain(complaints, false, "the registry cannot be read: %s", store_error(store));
		return fault;
	}
	if (judging_await(serving)) {
		fault = plan_swap(serving, plan);
		if (failed(fault))
			complain(complaints, false,
				 "out of memory: the change is kept, but not yet in force "
				 "everywhere; restart plenum serve");
	} else {
		fault = fault_of(FAULT_AGAIN, 0);
		complain(complaints, false,
			 "the change is kept, but the last one is still being applied; run the "
			 "command again");
	}
	/* What could not be recorded now is by the next change. */
	if (!failed(fault) && strcmp(serving->enforced, plan->book.digest) != 0 &&
	    !failed(enforcement_record(store, plan)))
		(void)snprintf(serving->enforced, sizeof serving->enforced, "%s",
			       plan->book.digest);
	plan_unref(plan);
	ledger_files_publish(serving->options->directory, store, false, complaints);
	serving_publish(serving);
	return fault;
}
