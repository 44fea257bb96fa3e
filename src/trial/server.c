/* trial/server.c — the route server on trial: the program's own worker, shard and port, with a plan
 * that no registry wrote. */
#include <unistd.h>

#include "server/worker.h"
#include "sys/port.h"
#include "trial/inside.h"

void trial_ready(const struct trial_stage *stage)
{
	uint8_t octet = 1;

	(void)!write(stage->ready_fd, &octet, 1);
}

void trial_serve_plenum(const struct trial_stage *stage)
{
	struct heap heap = heap_libc();
	struct plan *plan = load_plan(&stage->config->load);
	struct worker_watch watch = { 0 };
	struct worker *worker = NULL;
	struct sys_port sys;

	if (plan == NULL || failed(sys_port_init(&sys)))
		return;
	struct hash_key key = { sys.port.random(&sys.port), sys.port.random(&sys.port) };
	struct rib *rib = rib_new(&heap, key, plan);
	if (rib == NULL || failed(worker_new(&heap, &sys.port, rib, plan, &watch, &worker)) ||
	    failed(worker_listen(worker, &stage->at)))
		return;
	trial_ready(stage);
	for (;;)
		worker_step(worker, (struct instant){ 0 });
}
