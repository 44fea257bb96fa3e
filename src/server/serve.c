/* server/serve.c — worker, shard and port put together. */
#include "server/serve.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "server/worker.h"
#include "sys/port.h"

/* The only state of the process that a signal may touch. */
static volatile sig_atomic_t must_end;
static struct port *woken_port;

static void on_signal(int number)
{
	(void)number;
	must_end = 1;
	if (woken_port != NULL)
		woken_port->wake(woken_port);
}

static void log_line(const char *who, const char *text)
{
	time_t now = time(NULL);
	struct tm utc;
	char stamp[32] = "";

	if (gmtime_r(&now, &utc) != NULL)
		(void)strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &utc);
	(void)fprintf(stderr, "%s %s: %s\n", stamp, who, text);
}

static void on_event(void *context, const struct plan_session *found, const char *text)
{
	char address[ADDRESS_TEXT_MAX] = "?";
	char who[ADDRESS_TEXT_MAX + 32];

	(void)context;
	if (found != NULL)
		address_print(&found->address, address);
	(void)snprintf(who, sizeof who, "AS%u %s", found != NULL ? found->asn : 0, address);
	log_line(who, text);
}

static bool listen_all(struct worker *worker, const struct exchange_config *config,
		       struct complaints *complaints)
{
	for (uint32_t i = 0; i < config->listen_count; i++) {
		const struct port_endpoint *at = &config->listen[i];
		char text[ADDRESS_TEXT_MAX];
		struct fault fault = worker_listen(worker, at);
		address_print(&at->address, text);
		if (failed(fault))
			complain(complaints, false, "cannot listen on %s port %u: %s", text,
				 at->port,
				 fault.kind == FAULT_SYSTEM ? strerror(fault.code) :
							      fault_word(fault));
		else
			log_line(text, "listening");
	}
	return complaints->error_count == 0;
}

static void run(struct worker *worker, struct port *port)
{
	struct sigaction action = { .sa_handler = on_signal };

	woken_port = port;
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	while (must_end == 0)
		worker_step(worker, (struct instant){ 0 });
	woken_port = NULL;
}

static bool serve_plan(struct heap *heap, struct plan *plan, struct port *port,
		       const struct exchange_config *config, struct complaints *complaints)
{
	struct hash_key key = { port->random(port), port->random(port) };
	struct shards *shards = NULL;
	struct worker *worker = NULL;
	bool began = false;

	struct fault fault = shards_new(key, plan, 1, &shards);
	struct worker_config team = { .heap = heap,
				      .port = port,
				      .shards = shards,
				      .plan = plan,
				      .watch = { .event = on_event } };
	if (failed(fault) || failed(worker_new(&team, &worker)))
		complain(complaints, false, "out of memory");
	else
		began = listen_all(worker, config, complaints);
	if (began) {
		log_line(config->exchange.name, "serving");
		run(worker, port);
		log_line(config->exchange.name, "ending");
	}
	worker_free(worker, false);
	shards_free(shards);
	return began;
}

bool serve(struct store *store, const struct exchange_config *config, struct complaints *complaints)
{
	struct heap heap = heap_libc();
	struct sys_port sys;
	struct plan *plan = NULL;

	if (failed(registry_plan(store, &config->exchange, &plan))) {
		complain(complaints, false, "the registry cannot be read: %s", store_error(store));
		return false;
	}
	struct fault fault = sys_port_init(&sys);
	if (failed(fault)) {
		complain(complaints, false, "cannot start: %s", strerror(fault.code));
		plan_unref(plan);
		return false;
	}
	bool began = serve_plan(&heap, plan, &sys.port, config, complaints);
	sys_port_fini(&sys);
	plan_unref(plan);
	return began;
}
