/* trial/server.c — the route server on trial: the program's own workers, shards and ports, with a
 * plan that no registry wrote. */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/check.h"
#include "server/confine.h"
#include "server/worker.h"
#include "sys/port.h"
#include "trial/inside.h"

/* A worker and what it runs on. */
struct seat {
	struct heap heap;
	struct sys_port sys;
	pthread_t thread;
};

static struct seat seats[TRIAL_WORKERS_MAX];
static struct worker *team[TRIAL_WORKERS_MAX];
static struct shards *shards;

void trial_ready(const struct trial_stage *stage)
{
	uint8_t octet = 1;

	(void)!write(stage->ready_fd, &octet, 1);
}

/* As many shards as workers: each decides for its own. */
static bool team_make(const struct trial_config *config, struct plan *plan)
{
	for (uint32_t i = 0; i < config->workers; i++) {
		struct seat *seat = &seats[i];
		seat->heap = heap_libc();
		if (failed(sys_port_init(&seat->sys)))
			return false;
		struct port *port = &seat->sys.port;
		struct hash_key key = { port->random(port), port->random(port) };
		if (i == 0 && failed(shards_new(key, plan, config->workers, &shards)))
			return false;
		struct worker_config worker = { .heap = &seat->heap,
						.port = port,
						.shards = shards,
						.plan = plan,
						.number = i,
						.count = config->workers,
						.team = team };
		if (failed(worker_new(&worker, &team[i])))
			return false;
	}
	return true;
}

static void *worker_run(void *context)
{
	for (;;)
		worker_step(context, (struct instant){ 0 });
	return NULL;
}

/* --- a change of rules ------------------------------------------------------------------------ */

static void replan_begin(struct worker *worker, void *plan)
{
	worker_replan_begin(worker, plan);
}

static void replan_end(struct worker *worker, void *context)
{
	(void)context;
	worker_replan_end(worker);
}

/* As server/serving.c does it: no memory is out here, and no change is under way. */
static void rules_change(const struct trial_config *config)
{
	struct plan *plan = load_plan(&config->load);

	if (plan == NULL)
		return;
	plan->rules.bogon[plan->rules.bogon_count++] = load_barred_prefix(&config->load);
	for (uint32_t i = 0; i < config->workers; i++)
		worker_ask(team[i], replan_begin, plan);
	struct fault fault = shards_replan(shards, plan);
	for (uint32_t i = 0; i < config->workers; i++)
		worker_ask(team[i], replan_end, NULL);
	CHECK(!failed(fault));
	plan_unref(plan);
}

static sigset_t order_set(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	return set;
}

static void *orders_take(void *config)
{
	sigset_t set = order_set();
	int signal = 0;

	while (sigwait(&set, &signal) == 0)
		rules_change(config);
	return NULL;
}

/* Every thread that comes after it leaves the order to the one that waits for it. */
static bool orders_begin(const struct trial_stage *stage)
{
	sigset_t set = order_set();
	pthread_t thread;

	return pthread_sigmask(SIG_BLOCK, &set, NULL) == 0 &&
	       pthread_create(&thread, NULL, orders_take, (void *)(uintptr_t)stage->config) == 0;
}

void trial_serve_plenum(const struct trial_stage *stage)
{
	struct plan *plan = load_plan(&stage->config->load);

	if (plan == NULL || !team_make(stage->config, plan) ||
	    failed(worker_listen(team[0], &stage->at)) || !confine_workers() ||
	    (stage->config->rules && !orders_begin(stage)))
		return;
	for (uint32_t i = 1; i < stage->config->workers; i++) {
		if (pthread_create(&seats[i].thread, NULL, worker_run, team[i]) != 0)
			return;
	}
	trial_ready(stage);
	(void)worker_run(team[0]);
}
