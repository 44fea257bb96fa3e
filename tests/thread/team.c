/* thread/team.c — workers, shards, mailboxes, changes of plan, the control socket and restarts, all
 * at once, and what every member holds in the end. */
#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "kit/tap.h"
#include "thread/load.h"
#include "thread/routers.h"

#define ROUNDS_MIN 3u
#define LOAD_S 60   /* at most, until every hand has its rounds behind it */
#define SETTLE_S 60 /* at most, until every member holds what it should */
#define CASE_S 240  /* on a machine that is busy otherwise; alone, a tenth of it */
#define STIR_MS 3
#define URGE_MS 1000
#define WORKERS_MIN 3u
#define SIGNAL_LOOKS 100u

struct trial {
	struct heap heap;
	struct served served;
	struct scene scene;
	struct routers *routers;
	struct random random;
	struct load load;
};

static bool trial_begin(struct trial *trial, uint32_t members, uint32_t workers)
{
	trial->heap = heap_libc();
	trial->random = (struct random){ tap_seed() };
	scene_init(&trial->scene, &trial->heap);
	trial->scene.asn = 64500;
	bool ok = served_make(&trial->served, workers) &&
		  !failed(scene_people(&trial->scene, members, tap_seed())) &&
		  !failed(scene_routes(&trial->scene, tap_seed(), false));
	scene_settle(&trial->scene);
	for (uint32_t i = 0; i < trial->scene.member_count && ok; i++) {
		struct registry_member member;
		routers_member(&trial->scene, i, &member);
		ok = served_member_add(&trial->served, &member);
	}
	ok = ok && served_begin(&trial->served) &&
	     !failed(routers_new(&trial->heap, &trial->scene,
				 &trial->served.config.exchange.listen[0], &trial->routers));
	expect_true(ok);
	if (!ok)
		served_log_tell(&trial->served);
	return ok;
}

static void trial_end(struct trial *trial)
{
	routers_free(trial->routers);
	scene_fini(&trial->scene);
	served_fini(&trial->served);
	expect_u64(trial->heap.used_octets, 0);
}

/* Things happen until the hands have their rounds behind them. */
static void stir(struct trial *trial, uint32_t events, uint32_t rounds)
{
	struct instant end = instant_add(routers_now(trial->routers), span_s(LOAD_S));
	struct instant urge = routers_now(trial->routers);

	for (uint32_t i = 0; i < events || load_rounds(&trial->load) < rounds; i++) {
		if (routers_now(trial->routers).ns > end.ns)
			break;
		CHECK(!failed(routers_stir(trial->routers, &trial->random)));
		routers_step(trial->routers, STIR_MS);
		if (routers_now(trial->routers).ns < urge.ns)
			continue;
		routers_urge(trial->routers);
		urge = instant_add(routers_now(trial->routers), span_ms(URGE_MS));
	}
	expect_true(load_rounds(&trial->load) >= rounds);
}

static struct plan *plan_now(struct trial *trial)
{
	struct serving *serving = served_direct(&trial->served);
	struct plan *plan = NULL;

	serving_record_take(serving);
	CHECK(!failed(registry_plan(trial->served.house.store, &trial->served.house.config.exchange,
				    &plan)));
	serving_record_give(serving);
	return plan;
}

/* Everybody comes back, and then holds what the model says. */
static void settle(struct trial *trial)
{
	struct instant end = instant_add(routers_now(trial->routers), span_s(SETTLE_S));
	struct instant urge = routers_now(trial->routers);
	uint32_t count = routers_count(trial->routers);
	struct plan *plan = plan_now(trial);
	struct view_status status;

	CHECK(!failed(routers_expect(trial->routers, plan)));
	plan_unref(plan);
	while (routers_right(trial->routers) < count && routers_now(trial->routers).ns < end.ns) {
		if (routers_now(trial->routers).ns >= urge.ns) {
			routers_urge(trial->routers);
			urge = instant_add(routers_now(trial->routers), span_ms(URGE_MS));
		}
		routers_step(trial->routers, STIR_MS);
	}
	expect_u64(routers_right(trial->routers), count);
	serving_status(served_direct(&trial->served), &status);
	expect_u64(status.established_count, count);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++)
		expect_u64(status.routes[f], routers_routes(trial->routers, (enum family)f));
	if (routers_right(trial->routers) < count) {
		routers_tell(trial->routers);
		served_log_tell(&trial->served);
	}
}

static bool stop(struct trial *trial, const char *line)
{
	struct text_buffer answer CLEAN(text_buffer_fini);

	text_buffer_init(&answer, &trial->heap, 0);
	/* With all places at the socket taken it is asked again. */
	for (int code = EXIT_COULD_NOT; code != EXIT_DONE;) {
		code = served_ask(&trial->served, line, &answer);
		if (code != EXIT_DONE &&
		    strstr(text_buffer_of(&answer), "too many commands at once") == NULL) {
			printf("# %s: code %d, %s\n", line, code, text_buffer_of(&answer));
			expect_true(false);
			return false;
		}
	}
	return served_end(&trial->served, SERVED_WAIT_S) && trial->served.was_served;
}

/* --- cases ------------------------------------------------------------------------------------ */

static void everything_at_once(void)
{
	static const enum hand_kind kinds[] = {
		HAND_ASKS,  HAND_ASKS, HAND_ASKS,  HAND_LOOKS,
		HAND_LOOKS, HAND_RUDE, HAND_EDITS, HAND_EDITS_ITSELF
	};
	static struct trial trial;

	if (!trial_begin(&trial, 20, WORKERS_MIN + 1))
		return;
	load_begin(&trial.load, &trial.served, &trial.scene, kinds, sizeof kinds / sizeof *kinds,
		   tap_seed());
	stir(&trial, 200, ROUNDS_MIN);
	load_end(&trial.load);
	settle(&trial);
	expect_true(stop(&trial, "stop"));
	trial_end(&trial);
}

static void stop_under_load(void)
{
	static const enum hand_kind kinds[] = { HAND_ASKS, HAND_ASKS, HAND_ASKS,
						HAND_RUDE, HAND_RUDE, HAND_EDITS };
	static struct trial trial;

	if (!trial_begin(&trial, 12, WORKERS_MIN))
		return;
	load_begin(&trial.load, &trial.served, &trial.scene, kinds, sizeof kinds / sizeof *kinds,
		   tap_seed() + 1);
	stir(&trial, 60, 2);
	atomic_store(&trial.load.may_end, true);
	expect_true(stop(&trial, "stop"));
	load_end(&trial.load);
	trial_end(&trial);
}

/* The thread catches SIGTERM and does not hold it off; one that ends just then does neither. */
static bool takes_signals(const char *task)
{
	char path[300];
	char line[256];
	unsigned long long blocked = ULLONG_MAX;
	unsigned long long caught = 0;

	(void)snprintf(path, sizeof path, "/proc/self/task/%s/status", task);
	FILE *file = fopen(path, "re");
	while (file != NULL && fgets(line, sizeof line, file) != NULL) {
		(void)sscanf(line, "SigBlk: %llx", &blocked);
		(void)sscanf(line, "SigCgt: %llx", &caught);
	}
	if (file != NULL)
		(void)fclose(file);
	return ((caught & ~blocked) >> (SIGTERM - 1) & 1) != 0;
}

static uint32_t signal_takers(void)
{
	DIR *tasks = opendir("/proc/self/task");
	uint32_t count = 0;

	CHECK(tasks != NULL);
	for (struct dirent *task; (task = readdir(tasks)) != NULL;)
		count += task->d_name[0] != '.' && takes_signals(task->d_name);
	(void)closedir(tasks);
	return count;
}

/* However many threads there are, signals come to the one that serves. */
static void signal_under_load(void)
{
	static const enum hand_kind kinds[] = { HAND_ASKS, HAND_ASKS, HAND_ASKS };
	static struct trial trial;
	uint32_t takers_max = 0;

	if (!trial_begin(&trial, 6, WORKERS_MIN))
		return;
	load_begin(&trial.load, &trial.served, &trial.scene, kinds, sizeof kinds / sizeof *kinds,
		   tap_seed() + 3);
	stir(&trial, 30, 2);
	for (uint32_t i = 0; i < SIGNAL_LOOKS; i++) {
		uint32_t takers = signal_takers();
		takers_max = takers > takers_max ? takers : takers_max;
	}
	/* None: it makes a thread just then. */
	expect_true(takers_max <= 1);
	atomic_store(&trial.load.may_end, true);
	CHECK(kill(getpid(), SIGTERM) == 0);
	expect_true(served_end(&trial.served, SERVED_WAIT_S) && trial.served.was_served);
	load_end(&trial.load);
	trial_end(&trial);
}

static void restart_under_load(void)
{
	static const enum hand_kind kinds[] = { HAND_ASKS, HAND_ASKS, HAND_RUDE };
	static struct trial trial;

	if (!trial_begin(&trial, 12, WORKERS_MIN))
		return;
	load_begin(&trial.load, &trial.served, &trial.scene, kinds, sizeof kinds / sizeof *kinds,
		   tap_seed() + 2);
	atomic_store(&trial.load.may_end, true);
	for (uint32_t i = 0; i < 3; i++) {
		stir(&trial, 60, 2);
		settle(&trial);
		if (!stop(&trial, "stop --for-restart") || !served_begin(&trial.served)) {
			served_log_tell(&trial.served);
			expect_true(false);
			break;
		}
	}
	stir(&trial, 30, 2);
	settle(&trial);
	load_end(&trial.load);
	expect_u64(served_log_count("back after a restart"), 3);
	expect_true(stop(&trial, "stop"));
	trial_end(&trial);
}

static const struct tap_case cases[] = {
	{ "everything at once", everything_at_once, CASE_S },
	{ "stop under load", stop_under_load, CASE_S },
	{ "signal under load", signal_under_load, CASE_S },
	{ "restart under load", restart_under_load, CASE_S },
};

TAP_MAIN(cases)
