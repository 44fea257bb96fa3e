/* trial/changes.c — single changes, each timed from its announcement to the last member.
 *
 * A change is a route announced again with another community.  Only routes are changed that are the
 * best for everybody, so all members but the one that announces must hear of it; the speakers tell
 * of each prefix that comes (speakers_watch), and the last one stops the clock.  When a phase is
 * over all routes are announced as they were, and everything is compared. */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "trial/generating.h"

#define TURN_CHANGES_MAX 256u
#define TURN_MS 10   /* the longest wait of a turn */
#define LANDING_S 10 /* after so long a change is said to be unfinished */
#define PROBE_GAP_MS 5
#define PROBE_GAPS 16u /* so many lengths, each a millisecond longer: no timer is in step */
#define PROBES_LOST_MAX 3u
#define FLAPS_MAX 8u /* in a turn, where the stream takes them */
#define RULES_BEFORE_S 2
#define RULES_AFTER_S 2
#define VARIANTS 65535u /* the low half of a community */

static const struct instant always = { INT64_MAX };

/* --- one change ------------------------------------------------------------------------------- */

static void heard(void *context, uint32_t speaker, uint32_t number, uint32_t before, uint32_t set)
{
	struct generator *generator = context;
	struct changes *changes = &generator->changes;
	struct change *change = &changes->change[number];
	struct instant now;

	(void)speaker;
	if (change->receivers == 0) {
		changes->needless += number >= generator->load.barred;
		return;
	}
	if (set != change->set || before == set || --change->receivers != 0)
		return;
	now = generator_now(generator);
	changes->flying--;
	/* Where memory is out the sample is missing: the count says so. */
	(void)!landing_add(generator,
			   (struct landing){ change->sent, instant_since(now, change->sent).ns });
}

static void watch_begin(struct generator *generator)
{
	struct speakers_watch watch = { heard, generator };

	generator->changes.landed_count = 0;
	generator->changes.needless = 0;
	speakers_watch(generator->speakers, &watch);
}

static struct fault say(struct generator *generator, uint32_t number, uint32_t candidate,
			uint32_t variant)
{
	struct load_route route = load_route_of(&generator->load, number, candidate);
	struct prefix prefix = load_prefix(&generator->load, number);
	struct load_attrs attrs;

	route.variant = variant;
	load_attrs_sent(&generator->load, &route, &attrs);
	return speaker_announce(generator->speakers, route.member, &attrs.attrs, &prefix, 1);
}

/* The member changes the next of its routes; nothing when that one is still under way. */
static struct fault change_next(struct generator *generator, uint32_t member)
{
	struct changes *changes = &generator->changes;
	const struct load *load = &generator->load;
	struct load_attrs attrs;
	uint32_t candidate = 0;
	uint32_t number = load_own_best(load, member, &changes->route[member], &candidate);

	if (number == LOAD_PREFIXES_MAX || changes->change[number].receivers != 0)
		return fault_none();
	struct change *change = &changes->change[number];
	struct load_route route = load_route_of(load, number, candidate);
	route.variant = changes->said++ % VARIANTS + 1;
	load_attrs_received(load, &route, 0, &attrs);
	TRY(sets_take(&generator->sets, &attrs.attrs, &change->set));
	change->receivers = load->config.members - 1;
	change->variant = route.variant;
	change->candidate = candidate;
	change->sent = generator_now(generator);
	changes->flying++;
	return say(generator, number, candidate, route.variant);
}

/* All routes as they were; then everybody must hold what he should. */
static bool restore(struct generator *generator, const char *phase)
{
	struct changes *changes = &generator->changes;

	speakers_watch(generator->speakers, NULL);
	for (uint32_t i = 0; i < generator->load.prefix_count; i++) {
		struct change *change = &changes->change[i];
		if (change->variant != 0 && failed(say(generator, i, change->candidate, 0)))
			return false;
		*change = (struct change){ 0 };
	}
	changes->flying = 0;
	if (!generator_await(generator, expected_all)) {
		generator_trouble(generator, phase);
		return false;
	}
	return expected_equal(generator);
}

static bool all_landed(struct generator *generator)
{
	struct instant end = instant_add(generator_now(generator), span_s(LANDING_S));

	while (generator->changes.flying != 0) {
		struct instant now = generator_now(generator);
		if (now.ns >= end.ns)
			return false;
		generator_step(generator, instant_add(now, span_ms(TURN_MS)));
	}
	return true;
}

/* --- what a stretch of time costs ------------------------------------------------------------- */

static struct trial_stretch stretch_begin(const struct generator *generator)
{
	return (struct trial_stretch){
		.wall_s = trial_clock_s(CLOCK_MONOTONIC),
		.server_cpu_s = trial_server_cpu_s(generator->stage),
		.generator_cpu_s = trial_clock_s(CLOCK_PROCESS_CPUTIME_ID),
	};
}

static struct trial_stretch stretch_end(const struct generator *generator,
					const struct trial_stretch *begin)
{
	struct trial_stretch end = stretch_begin(generator);

	return (struct trial_stretch){
		.wall_s = end.wall_s - begin->wall_s,
		.server_cpu_s = end.server_cpu_s - begin->server_cpu_s,
		.generator_cpu_s = end.generator_cpu_s - begin->generator_cpu_s,
	};
}

/* --- a trickle -------------------------------------------------------------------------------- */

struct trickle {
	struct instant start;
	uint64_t sent;
};

/* What is due of one change a second and member, evenly spread; then a step till the next. */
static bool trickle_turn(struct generator *generator, struct trickle *trickle)
{
	uint32_t members = generator->config->members;
	int64_t gap_ns = NS_PER_S / members;
	struct instant now = generator_now(generator);
	uint64_t due = (uint64_t)(instant_since(now, trickle->start).ns / gap_ns) + 1;

	for (uint32_t i = 0; i < TURN_CHANGES_MAX && trickle->sent < due; i++) {
		if (failed(change_next(generator, (uint32_t)(trickle->sent++ % members))))
			return false;
	}
	struct instant next = { trickle->start.ns + (int64_t)trickle->sent * gap_ns };
	generator_step(generator, instant_sooner(next, instant_add(now, span_ms(TURN_MS))));
	return true;
}

static bool trickle_run(struct generator *generator, struct trickle *trickle, struct instant end)
{
	while (generator_now(generator).ns < end.ns) {
		if (!trickle_turn(generator, trickle))
			return false;
	}
	return true;
}

bool changes_trickle(struct generator *generator)
{
	struct trickle trickle = { generator_now(generator), 0 };
	struct trial_stretch *out = &generator->result->trickle;

	watch_begin(generator);
	struct trial_stretch begin = stretch_begin(generator);
	if (!trickle_run(generator, &trickle,
			 instant_add(trickle.start, span_s(generator->stage->config->trickle_s))))
		return false;
	*out = stretch_end(generator, &begin);
	(void)all_landed(generator);
	out->latency = landings_between(generator, trickle.start, always);
	return restore(generator, "after the trickle");
}

/* --- probes ----------------------------------------------------------------------------------- */

/* The last member withdraws, or announces, all it has, as soon as it has said what it said. */
static bool flap_turn(struct generator *generator, bool *is_withdrawn)
{
	uint32_t member = generator->config->members - 1;

	for (uint32_t i = 0; i < FLAPS_MAX; i++) {
		if (failed(speaker_forget(generator->speakers, member)))
			break;
		*is_withdrawn = !*is_withdrawn;
		generator->result->flapped += generator->config->routes;
		if (failed(generator_say_all(generator, member, WANTED_ALL, *is_withdrawn)))
			return false;
	}
	return true;
}

static bool probe_wait(struct generator *generator, struct instant until, bool *flaps,
		       bool till_landed)
{
	while (!till_landed || generator->changes.flying != 0) {
		struct instant now = generator_now(generator);
		if (now.ns >= until.ns)
			break;
		if (flaps != NULL && !flap_turn(generator, flaps))
			return false;
		struct instant turn = instant_add(now, span_ms(flaps != NULL ? 1 : TURN_MS));
		generator_step(generator, instant_sooner(turn, until));
	}
	return true;
}

/* A member in the middle, whose routes no change of rules bars, announces one again and again, each
 * time when the last has arrived. */
static bool probes_run(struct generator *generator, bool *flaps, struct trial_stretch *out)
{
	struct trial_stretch begin = stretch_begin(generator);
	struct instant start = generator_now(generator);
	uint32_t member = (generator->config->members - 1) / 2;
	uint32_t lost = 0;

	watch_begin(generator);
	for (uint32_t i = 0; i < generator->stage->config->probes; i++) {
		struct instant now = generator_now(generator);
		struct span gap = span_ms(PROBE_GAP_MS + i * 7 % PROBE_GAPS);
		if (!probe_wait(generator, instant_add(now, gap), flaps, false) ||
		    failed(change_next(generator, member)))
			return false;
		now = generator_now(generator);
		if (!probe_wait(generator, instant_add(now, span_s(LANDING_S)), flaps, true))
			return false;
		lost += generator->changes.flying != 0;
		if (lost > PROBES_LOST_MAX)
			break;
	}
	*out = stretch_end(generator, &begin);
	out->latency = landings_between(generator, start, always);
	return true;
}

bool changes_probe(struct generator *generator)
{
	struct trial_result *result = generator->result;
	bool is_withdrawn = false;

	if (!probes_run(generator, NULL, &result->idle) ||
	    !restore(generator, "after single announcements") ||
	    !probes_run(generator, &is_withdrawn, &result->flapping))
		return false;
	if (is_withdrawn &&
	    failed(generator_say_all(generator, generator->config->members - 1, WANTED_ALL, false)))
		return false;
	return restore(generator, "after the flaps");
}

/* --- a change of rules ------------------------------------------------------------------------ */

/* Who is asked for his routes again says what they are, not what they were: the history of all
 * members is written anew. */
static bool histories_renew(struct generator *generator)
{
	const struct change *change = generator->changes.change;
	bool done = true;

	speakers_hold_back(generator->speakers, true);
	for (uint32_t i = 0; i < generator->config->members && done; i++)
		done = !failed(speaker_forget(generator->speakers, i)) &&
		       !failed(generator_say_all(generator, i, WANTED_UNCHANGED, false));
	for (uint32_t i = 0; i < generator->load.prefix_count && done; i++)
		done = change[i].variant == 0 ||
		       !failed(say(generator, i, change[i].candidate, change[i].variant));
	for (uint32_t i = 0; i < generator->config->members; i++)
		speaker_was_said(generator->speakers, i);
	speakers_hold_back(generator->speakers, false);
	return done;
}

/* Our own server changes its plan by itself; another is told to by the program given. */
static pid_t rules_order(const struct trial_stage *stage)
{
	if (stage->kind != TRIAL_OTHER) {
		(void)kill(stage->process[0], SIGUSR1);
		return 0;
	}
	pid_t child = fork();
	if (child == 0) {
		(void)execl(stage->config->reload, stage->config->reload, (char *)NULL);
		_exit(127);
	}
	return child;
}

static uint32_t sessions_lost(const struct generator *generator)
{
	struct speaker_view view;
	uint32_t lost = 0;

	for (uint32_t i = 0; i < generator->config->members; i++) {
		speaker_view_of(generator->speakers, i, &view);
		lost += view.established_count - 1;
	}
	return lost;
}

/* The trickle goes on until nobody holds what is barred. */
static bool rules_await(struct generator *generator, struct trickle *trickle)
{
	struct instant end = instant_add(generator_now(generator),
					 span_s(generator->stage->config->timeout_s));
	uint32_t from = 0;

	while (!expected_counts(generator, &from)) {
		if (generator_now(generator).ns >= end.ns) {
			generator_trouble(generator, "changing the rules");
			return false;
		}
		if (!trickle_turn(generator, trickle))
			return false;
	}
	return true;
}

bool changes_rules(struct generator *generator)
{
	struct trial_rules *out = &generator->result->rules;
	struct trickle trickle = { 0 };
	int status = 0;

	generator->load.barred = load_barred_count(generator->config);
	expected_make(generator);
	watch_begin(generator);
	trickle.start = generator_now(generator);
	if (!trickle_run(generator, &trickle, instant_add(trickle.start, span_s(RULES_BEFORE_S))) ||
	    !all_landed(generator) || !histories_renew(generator)) {
		generator_trouble(generator, "before the change of rules");
		return false;
	}
	struct trial_stretch begin = stretch_begin(generator);
	struct instant ordered = generator_now(generator);
	pid_t child = rules_order(generator->stage);
	bool done = rules_await(generator, &trickle);
	struct instant complete = generator_now(generator);
	struct trial_stretch stretch = stretch_end(generator, &begin);
	if (child > 0)
		(void)waitpid(child, &status, 0);
	if (!done ||
	    !trickle_run(generator, &trickle, instant_add(complete, span_s(RULES_AFTER_S))))
		return false;
	(void)all_landed(generator);
	*out = (struct trial_rules){
		.complete_s = stretch.wall_s,
		.server_cpu_s = stretch.server_cpu_s,
		.before = landings_between(generator, trickle.start, ordered),
		.during = landings_between(generator, ordered, complete),
		.sessions_lost = sessions_lost(generator),
		.needless = generator->changes.needless,
	};
	return restore(generator, "after the change of rules");
}
