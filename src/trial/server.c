/* trial/server.c — the route server on trial: the program's own workers, shards and ports, with a
 * plan that no registry wrote. */
#include <pthread.h>
#include <unistd.h>

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

void trial_ready(const struct trial_stage *stage)
{
	uint8_t octet = 1;

	(void)!write(stage->ready_fd, &octet, 1);
}

/* As many shards as workers: each decides for its own. */
static bool team_make(const struct trial_config *config, struct plan *plan)
{
	struct shards *shards = NULL;

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

void trial_serve_plenum(const struct trial_stage *stage)
{
	struct plan *plan = load_plan(&stage->config->load);

	if (plan == NULL || !team_make(stage->config, plan) ||
	    failed(worker_listen(team[0], &stage->at)))
		return;
	for (uint32_t i = 1; i < stage->config->workers; i++) {
		if (pthread_create(&seats[i].thread, NULL, worker_run, team[i]) != 0)
			return;
	}
	trial_ready(stage);
	(void)worker_run(team[0]);
}
