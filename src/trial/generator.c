/* trial/generator.c — all members' routers, from the first connection to the last comparison. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "bgp/notification.h"
#include "trial/generating.h"

#define GENERATOR_HOLD_S 90
#define STEP_MS 100        /* the longest wait of a step, so that the time limit is seen */
#define SLOW_TURN_MS 10    /* a slow member reads once in so long, */
#define SLOW_OCTETS 16384u /* so much: 1.6 MB a second */
#define KERNEL_LOOK_MS 20
#define EXAMPLE_TEXT_MAX 128u
#define CONNECTING_MAX 4u      /* at once: OpenBGPD's queue of connections has five places */
#define CONNECTING_TURN_MS 250 /* then the next begin, whether these stand or not */

struct instant generator_now(struct generator *generator)
{
	return generator->sys.port.now(&generator->sys.port);
}

/* --- the step --------------------------------------------------------------------------------- */

static void kernel_look(struct generator *generator)
{
	struct trial_result *result = generator->result;
	uint64_t octets = trial_kernel_octets();

	octets -= octets < generator->kernel_at_first ? octets : generator->kernel_at_first;
	if (octets > result->kernel_octets)
		result->kernel_octets = octets;
}

static void slow_ones_read(struct generator *generator)
{
	for (uint32_t i = 0; i < generator->config->members; i++) {
		if (expected_is_slow(generator, i))
			speaker_read(generator->speakers, i, SLOW_OCTETS);
	}
}

void generator_step(struct generator *generator, struct instant until)
{
	speakers_step(generator->speakers, instant_sooner(until, generator->slow_turn));
	struct instant now = generator_now(generator);
	if (instant_due(generator->slow_turn, now)) {
		slow_ones_read(generator);
		generator->slow_turn = instant_add(now, span_ms(SLOW_TURN_MS));
	}
	if (now.ns >= generator->kernel_look.ns) {
		kernel_look(generator);
		generator->kernel_look = instant_add(now, span_ms(KERNEL_LOOK_MS));
	}
}

static bool await(struct generator *generator, uint32_t seconds,
		  bool (*holds)(struct generator *, uint32_t *from))
{
	struct instant end = instant_add(generator_now(generator), span_s(seconds));
	uint32_t from = 0;

	while (!holds(generator, &from)) {
		struct instant now = generator_now(generator);
		if (now.ns >= end.ns)
			return false;
		generator_step(generator, instant_add(now, span_ms(STEP_MS)));
	}
	return true;
}

bool generator_await(struct generator *generator, bool (*holds)(struct generator *, uint32_t *from))
{
	return await(generator, generator->stage->config->timeout_s, holds);
}

static bool is_up(const struct generator *generator, uint32_t member)
{
	struct speaker_view view;

	speaker_view_of(generator->speakers, member, &view);
	return view.state == BGP_STATE_ESTABLISHED && (view.end_of_rib[generator->config->family] ||
						       generator->stage->kind == TRIAL_OTHER);
}

static bool all_up(struct generator *generator, uint32_t *from)
{
	while (*from < generator->config->members && is_up(generator, *from))
		(*from)++;
	return *from == generator->config->members;
}

/* What the first session that is not up, or ended, was told. */
void generator_trouble(struct generator *generator, const char *phase)
{
	struct trial_result *result = generator->result;
	char text[BGP_NOTIFICATION_TEXT_MAX] = "";
	char example[EXAMPLE_TEXT_MAX];
	uint64_t malformed = 0;
	uint32_t up = 0;

	expected_progress(generator);
	expected_example(generator, example, sizeof example);
	for (uint32_t i = 0; i < generator->config->members; i++) {
		struct speaker_view view;
		speaker_view_of(generator->speakers, i, &view);
		up += view.state == BGP_STATE_ESTABLISHED;
		malformed += view.malformed + view.strangers;
		if (text[0] != '\0')
			continue;
		if (view.last_received.refusal.code != 0)
			bgp_notification_print(&view.last_received.refusal, text);
		else if (view.last_sent.refusal.code != 0)
			bgp_notification_print(&view.last_sent.refusal, text);
	}
	(void)snprintf(result->trouble, sizeof result->trouble,
		       "%s: %u of %u sessions stand, %u members hold what they should, %" PRIu64
		       " paths of %" PRIu64 ", %" PRIu64 " not understood%s%s%.100s",
		       phase, up, generator->config->members, result->members_complete,
		       result->paths_held, result->paths_wanted, malformed, example,
		       text[0] != '\0' ? "; a session ended with " : "", text);
}

/* --- what is said ----------------------------------------------------------------------------- */

static bool is_wanted(const struct generator *generator, enum wanted wanted, uint32_t number,
		      uint32_t candidate)
{
	switch (wanted) {
	case WANTED_ALL:
		return true;
	case WANTED_OUT:
		return load_is_out(&generator->load, number, candidate);
	case WANTED_UNCHANGED:
		return generator->changes.change[number].variant == 0 ||
		       generator->changes.change[number].candidate != candidate;
	}
	return false;
}

/* One attribute set of a member: the prefixes that are wanted, announced or withdrawn. */
static struct fault group_say(struct generator *generator, uint32_t number, uint32_t candidate,
			      enum wanted wanted, bool withdraw)
{
	struct load *load = &generator->load;
	struct load_route route = load_route_of(load, number, candidate);
	struct prefix prefixes[LOAD_PREFIXES_PER_SET];
	struct load_attrs attrs;
	uint32_t count = 0;
	uint32_t end = (number / load->prefixes_per_member + 1) * load->prefixes_per_member;

	for (uint32_t p = number; p < end && p < number + LOAD_PREFIXES_PER_SET; p++) {
		if (is_wanted(generator, wanted, p, candidate))
			prefixes[count++] = load_prefix(load, p);
	}
	if (count == 0)
		return fault_none();
	if (withdraw)
		return speaker_withdraw(generator->speakers, route.member, prefixes, count);
	load_attrs_sent(load, &route, &attrs);
	return speaker_announce(generator->speakers, route.member, &attrs.attrs, prefixes, count);
}

/* The routes that are announced as the candidate'th for a home member's prefixes. */
static struct fault home_say(struct generator *generator, uint32_t home, uint32_t candidate,
			     enum wanted wanted, bool withdraw)
{
	uint32_t count = generator->load.prefixes_per_member;

	for (uint32_t at = 0; at < count; at += LOAD_PREFIXES_PER_SET)
		TRY(group_say(generator, home * count + at, candidate, wanted, withdraw));
	return fault_none();
}

static struct fault feeds_say(struct generator *generator, enum wanted wanted, bool withdraw)
{
	for (uint32_t home = 0; home < generator->config->members; home++) {
		for (uint32_t j = 0; j < generator->config->overlap; j++)
			TRY(home_say(generator, home, j, wanted, withdraw));
	}
	return fault_none();
}

struct fault generator_say_all(struct generator *generator, uint32_t member, enum wanted wanted,
			       bool withdraw)
{
	for (uint32_t j = 0; j < generator->config->overlap; j++)
		TRY(home_say(generator, load_home_of(&generator->load, member, j), j, wanted,
			     withdraw));
	return fault_none();
}

/* --- phases ----------------------------------------------------------------------------------- */

static uint64_t octets_received(const struct generator *generator)
{
	uint64_t octets = 0;

	for (uint32_t i = 0; i < generator->config->members; i++) {
		struct speaker_view view;
		speaker_view_of(generator->speakers, i, &view);
		octets += view.octets_received;
	}
	return octets;
}

/* Lets out what was held back, and measures until all hold what they should. */
static bool phase_run(struct generator *generator, const char *name, struct trial_phase *phase)
{
	uint64_t octets = octets_received(generator);
	double wall = trial_clock_s(CLOCK_MONOTONIC);
	double server = trial_server_cpu_s(generator->stage);
	double own = trial_clock_s(CLOCK_PROCESS_CPUTIME_ID);

	speakers_hold_back(generator->speakers, false);
	bool done = generator_await(generator, expected_all);
	*phase = (struct trial_phase){
		.wall_s = trial_clock_s(CLOCK_MONOTONIC) - wall,
		.server_cpu_s = trial_server_cpu_s(generator->stage) - server,
		.generator_cpu_s = trial_clock_s(CLOCK_PROCESS_CPUTIME_ID) - own,
		.octets = octets_received(generator) - octets,
	};
	kernel_look(generator);
	if (!done) {
		*phase = (struct trial_phase){ 0 };
		generator_trouble(generator, name);
	}
	return done;
}

static bool round_run(struct generator *generator, uint32_t round)
{
	struct load *load = &generator->load;

	load->round = round + 1;
	speakers_hold_back(generator->speakers, true);
	expected_make(generator);
	if (failed(feeds_say(generator, WANTED_OUT, true)) ||
	    !phase_run(generator, "withdrawing", &generator->result->withdraw[round]) ||
	    !expected_equal(generator))
		return false;
	speakers_hold_back(generator->speakers, true);
	if (failed(feeds_say(generator, WANTED_OUT, false)))
		return false;
	load->round = 0;
	expected_make(generator);
	return phase_run(generator, "announcing again", &generator->result->announce[round]) &&
	       expected_equal(generator);
}

static void slow_ones_pause(struct generator *generator, bool is_paused)
{
	generator->slow_turn = is_paused ? generator_now(generator) : (struct instant){ 0 };
	for (uint32_t i = 0; i < generator->config->members; i++) {
		if (expected_is_slow(generator, i))
			speaker_pause(generator->speakers, i, is_paused);
	}
}

/* The slow members, if there are any, count only when the others have all. */
static bool converge(struct generator *generator)
{
	bool has_slow = generator->stage->config->slow_one_in != 0;
	double wall = trial_clock_s(CLOCK_MONOTONIC);

	generator->slow_ones_count = !has_slow;
	generator->result->deliveries = generator->result->paths_wanted;
	if (has_slow)
		slow_ones_pause(generator, true);
	if (!phase_run(generator, "converging", &generator->result->first))
		return false;
	generator->slow_ones_count = true;
	if (has_slow && !generator_await(generator, expected_all)) {
		generator_trouble(generator, "waiting for the slow members");
		return false;
	}
	generator->result->slow_s = has_slow ? trial_clock_s(CLOCK_MONOTONIC) - wall : 0;
	if (has_slow)
		slow_ones_pause(generator, false);
	return expected_equal(generator);
}

/* Phase after phase, each from and to the state in which all routes are announced. */
static bool phases_run(struct generator *generator)
{
	const struct trial_config *config = generator->stage->config;

	if (!converge(generator))
		return false;
	if (generator->stage->kind == TRIAL_FLOOR)
		return true;
	for (uint32_t i = 0; i < config->rounds; i++) {
		if (!round_run(generator, i))
			return false;
	}
	/* Flaps last: who takes in more than he decides is not done with them for long. */
	return (config->trickle_s == 0 || changes_trickle(generator)) &&
	       (!config->rules || changes_rules(generator)) &&
	       (config->probes == 0 || changes_probe(generator));
}

/* --- the beginning ---------------------------------------------------------------------------- */

static struct fault speaker_make(struct generator *generator, uint32_t member)
{
	const struct load_config *load = generator->config;
	struct speaker_config config = {
		.offer = { .asn = LOAD_ASN_FIRST + member,
			   .router_id = 0x0a000001u + member,
			   .hold_s = GENERATOR_HOLD_S,
			   .role = BGP_ROLE_ROUTE_SERVER_CLIENT,
			   .as4 = true,
			   .refresh = true },
		.server_asn = LOAD_SERVER_ASN,
		.local = load_address(load, load->on_lan ? load->family : FAMILY_IPV4, member),
		.server = generator->stage->at,
	};

	config.offer.families[load->family] = true;
	return speaker_configure(generator->speakers, member, &config);
}

static struct fault arrays_make(struct generator *generator)
{
	struct heap *heap = &generator->heap;
	struct changes *changes = &generator->changes;
	uint32_t members = generator->config->members;

	generator->digest_wanted = heap_array(heap, members, sizeof *generator->digest_wanted);
	generator->count_wanted = heap_array(heap, members, sizeof *generator->count_wanted);
	changes->change = heap_array(heap, generator->load.prefix_count, sizeof *changes->change);
	changes->route = heap_array(heap, members, sizeof *changes->route);
	if (generator->digest_wanted == NULL || generator->count_wanted == NULL ||
	    changes->change == NULL || changes->route == NULL)
		return fault_of(FAULT_LIMIT, 0);
	return fault_none();
}

static struct fault generator_init(struct generator *generator)
{
	struct hash_key key = { 3, 4 }; /* the octets are our own server's */
	uint32_t members = generator->config->members;

	generator->heap = heap_libc();
	generator->slow_ones_count = true;
	generator->kernel_at_first = trial_kernel_octets();
	TRY(sys_port_init(&generator->sys));
	universe_init(&generator->universe, &generator->heap, key);
	TRY(sets_init(&generator->sets, &generator->heap, key));
	generator->sets.is_lenient = generator->stage->kind == TRIAL_OTHER;
	TRY(load_init(&generator->load, &generator->heap, generator->config, &generator->universe,
		      &generator->sets));
	TRY(speakers_new(&generator->heap, &generator->sys.port, &generator->universe,
			 &generator->sets, members, &generator->speakers));
	TRY(arrays_make(generator));
	expected_make(generator);
	speakers_hold_back(generator->speakers, true);
	for (uint32_t i = 0; i < members; i++)
		TRY(speaker_make(generator, i));
	return feeds_say(generator, WANTED_ALL, false);
}

/* A few at a time: a connection that finds the queue full is tried again after seconds, then
 * minutes. */
static bool connect_all(struct generator *generator)
{
	uint32_t settled = 0; /* these stand, or had their time */

	for (uint32_t i = 0; i < generator->config->members; i++) {
		struct instant end = instant_add(generator_now(generator),
						 span_ms(CONNECTING_TURN_MS));
		speaker_start(generator->speakers, i);
		while (i - settled >= CONNECTING_MAX - 1) {
			if (is_up(generator, settled) || generator_now(generator).ns >= end.ns)
				settled++;
			else
				generator_step(generator, end);
		}
	}
	return await(generator, generator->stage->config->connecting_s, all_up);
}

void trial_generate(const struct trial_stage *stage, struct trial_result *out)
{
	static struct generator generator;

	*out = (struct trial_result){ 0 };
	generator = (struct generator){ .stage = stage,
					.config = &stage->config->load,
					.result = out };
	struct fault fault = generator_init(&generator);
	if (failed(fault)) {
		(void)snprintf(out->trouble, sizeof out->trouble, "the generator cannot begin: %s",
			       fault_word(fault));
		return;
	}
	if (!connect_all(&generator)) {
		generator_trouble(&generator, "connecting");
		return;
	}
	out->converged = phases_run(&generator);
	expected_progress(&generator);
}
