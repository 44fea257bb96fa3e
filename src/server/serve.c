/* server/serve.c — threads, signals, beginning and end.
 *
 * Beginning: plan, shards, workers, listeners, control socket; only then threads, so that what goes
 * wrong is said and nothing was begun.  End: the control socket's callers first, since they wait
 * for workers; then the workers' threads; then every session is told, and all is freed. */
#include "server/serve.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"
#include "registry/verify.h"
#include "server/enforcement.h"
#include "server/ledger_files.h"
#include "server/memory.h"
#include "server/running.h"
#include "server/thread.h"
#include "sys/fault.h"
#include "sys/process.h"

#define GOODBYE_MS 1000u   /* for neighbours to read that we end, of all workers together */
#define LOOK_ROUND_MS 1000 /* at the list of sessions that are up */

/* What a signal may touch. */
static volatile sig_atomic_t signal_came;
static volatile sig_atomic_t signal_fd = -1;

static void wake_write(int fd)
{
	uint64_t one = 1;

	(void)!write(fd, &one, sizeof one);
}

static void on_signal(int number)
{
	(void)number;
	signal_came = 1;
	if (signal_fd >= 0)
		wake_write((int)signal_fd);
}

/* --- the log ---------------------------------------------------------------------------------- */

static void on_event(void *context, const struct plan_session *session, const char *text)
{
	struct serving *serving = context;
	char address[ADDRESS_TEXT_MAX];
	char who[ADDRESS_TEXT_MAX + 32];

	atomic_store(&serving->uplist_is_old, true);
	if (session == NULL) {
		serving_tell(serving, text);
		return;
	}
	address_print(&session->address, address);
	(void)snprintf(who, sizeof who, "AS%u %s", session->asn, address);
	journal_say(serving->journal, who, text);
}

void serving_tell(const struct serving *serving, const char *text)
{
	journal_say(serving->journal, serving->options->config->exchange.name, text);
}

/* --- the beginning ---------------------------------------------------------------------------- */

static struct fault worker_make(struct serving *serving, uint32_t number)
{
	struct team_member *member = &serving->team[number];

	member->serving = serving;
	member->heap = heap_libc();
	TRY(sys_port_init(&member->sys));
	member->has_port = true;
	if (serving->confine->doorman.helper.process != 0)
		member->sys.doorman = &serving->confine->doorman;
	struct worker_config config = { .heap = &member->heap,
					.port = &member->sys.port,
					.shards = serving->shards,
					.plan = serving->plan,
					.restart = &serving->restart,
					.watch = { on_event, serving },
					.number = number,
					.count = serving->worker_count,
					.team = serving->worker };
	TRY(worker_new(&config, &member->worker));
	serving->worker[number] = member->worker;
	return fault_none();
}

static bool listen_all(struct serving *serving, struct complaints *complaints)
{
	const struct registry_exchange *exchange = &serving->options->config->exchange;

	for (uint32_t i = 0; i < exchange->listen_count; i++) {
		const struct port_endpoint *at = &exchange->listen[i];
		char text[ADDRESS_TEXT_MAX];
		struct fault fault = worker_listen(serving->worker[0], at);
		address_print(&at->address, text);
		if (!failed(fault))
			continue;
		complain(complaints, false, "cannot listen on %s port %u: %s", text, at->port,
			 system_word(fault));
		if (fault.kind == FAULT_SYSTEM && fault.code == EACCES)
			complain(complaints, false,
				 "ports below 1024 need CAP_NET_BIND_SERVICE; give another with "
				 "--listen, or the capability");
	}
	return complaints->error_count == 0;
}

static bool serving_begin(struct serving *serving, struct complaints *complaints)
{
	struct store *store = serving->options->store;
	struct sys_port sys;
	struct session_set awaited;

	if (failed(serving_rules_lay(serving)) ||
	    failed(registry_plan(store, &serving->options->config->exchange, &serving->plan))) {
		complain(complaints, false, "the registry cannot be read: %s", store_error(store));
		return false;
	}
	struct fault fault = sys_port_init(&sys);
	if (!failed(fault)) {
		struct hash_key key = { sys.port.random(&sys.port), sys.port.random(&sys.port) };
		uplist_read(serving->options->directory, serving->plan, process_wall(), &awaited);
		restart_begin(&serving->restart, &awaited, sys.port.now(&sys.port));
		sys_port_fini(&sys);
		fault = shards_new(key, serving->plan, serving->worker_count, &serving->shards);
	}
	for (uint32_t i = 0; i < serving->worker_count && !failed(fault); i++)
		fault = worker_make(serving, i);
	if (failed(fault)) {
		complain(complaints, false, "cannot start: %s", system_word(fault));
		return false;
	}
	if (!listen_all(serving, complaints))
		return false;
	/* A database that is away now has it with the first change. */
	if (!failed(enforcement_record(store, serving->plan)))
		(void)snprintf(serving->enforced, sizeof serving->enforced, "%s",
			       serving->plan->book.digest);
	ledger_files_publish(serving->options->directory, store, true, complaints);
	return true;
}

/* --- running ---------------------------------------------------------------------------------- */

static void *worker_run(void *context)
{
	struct team_member *member = context;

	while (!atomic_load(&member->serving->workers_end))
		worker_step(member->worker, (struct instant){ 0 });
	return NULL;
}

static bool threads_begin(struct serving *serving, struct complaints *complaints)
{
	for (uint32_t i = 0; i < serving->worker_count; i++) {
		struct team_member *member = &serving->team[i];
		member->is_running = thread_begin(&member->thread, worker_run, member);
		if (!member->is_running) {
			complain(complaints, false, "cannot start a thread");
			break;
		}
	}
	return complaints->error_count == 0;
}

static bool follow(struct serving *serving, struct complaints *complaints)
{
	if (!failed(follow_begin(serving, serving->options->store, &serving->follow)))
		return true;
	complain(complaints, false, "cannot start: no thread to follow the registry");
	return false;
}

static void threads_end(struct serving *serving)
{
	atomic_store(&serving->workers_end, true);
	for (uint32_t i = 0; i < serving->worker_count; i++) {
		if (!serving->team[i].is_running)
			continue;
		worker_wake(serving->worker[i]);
		CHECK(pthread_join(serving->team[i].thread, NULL) == 0);
	}
}

static uint8_t command_run(void *context, const struct control_request *request,
			   struct control_reply reply)
{
	struct serving *serving = context;

	return serving->options->command(serving->options->context, serving, request, reply);
}

void serving_stop(struct serving *serving, bool for_restart)
{
	atomic_store(&serving->for_restart, for_restart);
	atomic_store(&serving->must_end, true);
	wake_write(serving->wake_fd);
}

static void signals_take(struct serving *serving)
{
	struct sigaction action = { .sa_handler = on_signal };

	signal_fd = serving->wake_fd;
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
}

/* That commands wait for the system, said once, however long it lasts. */
static void calls_tell(const struct serving *serving, struct fault fault, bool *waits)
{
	char text[128];

	if (fault.kind == FAULT_AGAIN || failed(fault) == *waits)
		return;
	*waits = failed(fault);
	(void)snprintf(text, sizeof text, "commands wait: %s", strerror(fault.code));
	serving_tell(serving, *waits ? text : "commands are taken again");
}

static void helpers_tell(struct serving *serving)
{
	char text[CONFINE_TEXT_MAX];

	while (confine_news(serving->confine, text))
		serving_tell(serving, text);
}

static void run(struct serving *serving, struct control *control)
{
	struct port *port = &serving->team[0].sys.port;
	bool waits = false;

	if (serving->options->ready != NULL)
		serving->options->ready(serving->options->context);
	while (signal_came == 0 && !atomic_load(&serving->must_end)) {
		calls_tell(serving, control_step(control, serving->wake_fd, LOOK_ROUND_MS), &waits);
		uplist_keep(serving, port->now(port));
		serving_rules_keep(serving);
		memory_keep(serving, port->now(port));
		helpers_tell(serving);
	}
}

static void doors_tell(struct serving *serving, const struct exchange_door *door, const char *what)
{
	char text[ADDRESS_TEXT_MAX + 64];
	char address[ADDRESS_TEXT_MAX];

	for (uint32_t i = 0; i < door->count; i++) {
		address_print(&door->at[i].address, address);
		(void)snprintf(text, sizeof text, "%s on %s port %u", what, address,
			       door->at[i].port);
		serving_tell(serving, text);
	}
}

static void begin_tell(struct serving *serving)
{
	const struct registry_exchange *exchange = &serving->options->config->exchange;
	char text[256];
	char address[ADDRESS_TEXT_MAX];

	for (uint32_t i = 0; i < exchange->listen_count; i++) {
		address_print(&exchange->listen[i].address, address);
		(void)snprintf(text, sizeof text, "listening on %s port %u", address,
			       exchange->listen[i].port);
		serving_tell(serving, text);
	}
	doors_tell(serving, &serving->options->config->web, "HTTP (RDAP, statistics)");
	doors_tell(serving, &serving->options->config->whois, "WHOIS");
	if (!restart_is_over(&serving->restart)) {
		lock_take(&serving->restart.lock);
		uint32_t awaited = session_set_count(&serving->restart.awaited);
		lock_give(&serving->restart.lock);
		(void)snprintf(text, sizeof text,
			       "back after a restart: waiting up to %d s for %u session%s before "
			       "sending routes",
			       RESTART_DEFER_S_MAX, awaited, awaited == 1 ? "" : "s");
		serving_tell(serving, text);
	}
	(void)snprintf(text, sizeof text, "serving %u member%s with %u worker%s",
		       serving->plan->member_count, serving->plan->member_count == 1 ? "" : "s",
		       serving->worker_count, serving->worker_count == 1 ? "" : "s");
	serving_tell(serving, text);
}

/* Whoever serves for months must not hear of them at the end. */
static void warnings_tell(struct serving *serving, struct complaints *complaints)
{
	char text[COMPLAINT_TEXT_MAX + 16];
	uint32_t kept = 0;

	for (uint32_t i = 0; i < complaints->count; i++) {
		(void)snprintf(text, sizeof text, "warning: %s", complaints->list[i].text);
		if (complaints->list[i].is_warning)
			serving_tell(serving, text);
		else
			complaints->list[kept++] = complaints->list[i];
	}
	complaints->count = kept;
	complaints->warning_count = 0;
}

/* --- the end ---------------------------------------------------------------------------------- */

static void serving_free(struct serving *serving)
{
	for (uint32_t i = 0; i < serving->worker_count; i++)
		worker_free(serving->team[i].worker);
	shards_free(serving->shards);
	for (uint32_t i = 0; i < serving->worker_count; i++) {
		if (serving->team[i].has_port)
			sys_port_fini(&serving->team[i].sys);
	}
	plan_unref(serving->plan);
	rpki_data_unref(serving->rpki);
	irr_data_unref(serving->irr);
	restart_fini(&serving->restart);
	lock_fini(&serving->record);
	lock_fini(&serving->plan_lock);
	(void)close(serving->wake_fd);
	process_memory_close(serving->memory_fd);
	journal_end(serving->journal);
	struct heap heap = serving->heap;
	heap_free(&heap, serving, sizeof *serving);
}

static void goodbye(struct serving *serving)
{
	bool for_restart = atomic_load(&serving->for_restart);

	serving_tell(serving,
		     for_restart ? "ending for a restart: members keep our routes" : "ending");
	for (uint32_t i = 0; i < serving->worker_count; i++)
		worker_end(serving->worker[i], for_restart);
	for (uint32_t i = 0; i < serving->worker_count; i++)
		worker_linger(serving->worker[i], span_ms(GOODBYE_MS / serving->worker_count));
	if (!for_restart)
		uplist_forget(serving->options->directory);
}

static struct serving *serving_new(const struct serve_options *options)
{
	struct heap heap = heap_libc();
	struct serving *serving = heap_zero(&heap, sizeof *serving);

	if (serving == NULL)
		return NULL;
	serving->heap = heap;
	serving->options = options;
	serving->confine = options->confine != NULL ? options->confine : &serving->unconfined;
	serving->memory_fd = process_memory_open();
	serving->started_at = process_now();
	serving->worker_count = options->worker_count != 0 ? options->worker_count :
							     process_processors();
	if (serving->worker_count > SERVING_WORKERS_MAX)
		serving->worker_count = SERVING_WORKERS_MAX;
	serving->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	restart_init(&serving->restart);
	lock_init(&serving->record, LOCK_RECORD);
	lock_init(&serving->plan_lock, LOCK_PLAN);
	return serving;
}

static void errors_tell(void *context, const struct complaints *complaints)
{
	char text[COMPLAINT_TEXT_MAX + 32];

	for (uint32_t i = 0; i < complaints->count; i++) {
		(void)snprintf(text, sizeof text, "not served: %s", complaints->list[i].text);
		if (!complaints->list[i].is_warning)
			serving_tell(context, text);
	}
}

/* What is wrong with the exchange itself is refused.  What is wrong with a connection is told, and
 * the plan leaves it out. */
static bool directory_judge(struct serving *serving, struct complaints *complaints)
{
	const struct exchange_config *config = serving->options->config;
	struct store *store = serving->options->store;
	struct complaints found = { 0 };

	registry_check_config(config, &found);
	for (uint32_t i = 0; i < found.count; i++) {
		if (!found.list[i].is_warning)
			complain(complaints, false, "%s/exchange.yaml: %s",
				 serving->options->directory, found.list[i].text);
	}
	if (found.error_count != 0 || !registry_check_store(store, complaints))
		return false;
	found = (struct complaints){ .drain = errors_tell, .drain_context = serving };
	if (failed(registry_check_members(store, &config->exchange, &found))) {
		complain(complaints, false, "the registry cannot be read: %s", store_error(store));
		return false;
	}
	errors_tell(serving, &found);
	return true;
}

/* Without a log nothing begins.  A reader of it that is gone is no reason to end. */
static bool log_begin(struct serving *serving, struct complaints *complaints)
{
	struct sigaction action = { .sa_handler = SIG_IGN };

	(void)sigaction(SIGPIPE, &action, NULL);
	if (!failed(journal_new(STDERR_FILENO, &serving->journal)))
		return true;
	complain(complaints, false, "cannot start: out of memory");
	return false;
}

/* All that listens is open, and there is no thread yet: from here on less is possible. */
static bool close_up(struct serving *serving, struct complaints *complaints)
{
	const struct serve_options *options = serving->options;
	char text[CONFINE_TEXT_MAX];

	if (options->confine == NULL)
		return true;
	if (!confine_close(options->confine, options->directory, options->config, complaints))
		return false;
	confine_tell(options->confine, text);
	serving_tell(serving, text);
	if (confine_warns(options->confine, options->directory, text))
		serving_tell(serving, text);
	return true;
}

static bool doors_make(struct serving *serving, struct control **control,
		       struct complaints *complaints)
{
	const struct serve_options *options = serving->options;
	struct fault fault = control_new(options->directory, command_run, serving, control);

	if (failed(fault))
		complain(complaints, false, "%s/" CONTROL_SOCKET ": %s", options->directory,
			 fault.kind == FAULT_SYSTEM ? strerror(fault.code) : "out of memory");
	return !failed(fault) && front_new(options->config, &serving->front, complaints);
}

static bool all_begin(struct serving *serving, struct complaints *complaints)
{
	if (failed(journal_begin(serving->journal))) {
		complain(complaints, false, "cannot start: no thread for the log");
		return false;
	}
	serving_publish(serving);
	signals_take(serving);
	if (!front_begin(serving->front, complaints) ||
	    !rpki_keeper_new(serving, &serving->keeper, complaints) ||
	    !irr_keeper_new(serving, &serving->irr_keeper, complaints) ||
	    !threads_begin(serving, complaints))
		return false;
	begin_tell(serving);
	warnings_tell(serving, complaints);
	/* From here on the plan may change. */
	return follow(serving, complaints);
}

bool serve(const struct serve_options *options, struct complaints *complaints)
{
	struct serving *serving = serving_new(options);
	struct control *control = NULL;

	if (serving == NULL || serving->wake_fd < 0) {
		complain(complaints, false, "cannot start: out of memory");
		return false;
	}
	bool is_ready = log_begin(serving, complaints) && directory_judge(serving, complaints) &&
			serving_begin(serving, complaints) &&
			doors_make(serving, &control, complaints) && close_up(serving, complaints);
	bool began = is_ready && all_begin(serving, complaints);
	if (began)
		run(serving, control);
	control_free(control);
	follow_end(serving->follow);
	front_free(serving->front);
	irr_keeper_free(serving->irr_keeper);
	serving->irr_keeper = NULL;
	rpki_keeper_free(serving->keeper);
	if (is_ready) {
		threads_end(serving);
		goodbye(serving);
		signal_fd = -1;
	}
	serving_free(serving);
	return began;
}
