/* trial/generator.c — all members' routers, from the first connection to the last comparison. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "base/check.h"
#include "bgp/notification.h"
#include "speaker/speakers.h"
#include "sys/port.h"
#include "trial/inside.h"

#define GENERATOR_HOLD_S 90
#define STEP_MS 100 /* the longest wait of a step, so that the time limit is seen */

struct generator {
	const struct trial_stage *stage;
	const struct load_config *config;
	struct heap heap;
	struct sys_port sys;
	struct universe universe;
	struct sets sets;
	struct load load;
	struct speakers *speakers;
	uint64_t *digest_wanted;
	uint32_t *count_wanted;
	clockid_t server_clock;
	struct trial_result *result;
};

static double clock_s(clockid_t clock)
{
	struct timespec at;

	if (clock_gettime(clock, &at) != 0)
		return 0;
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

/* --- comparing -------------------------------------------------------------------------------- */

static void expectation_make(struct generator *generator)
{
	uint32_t members = generator->config->members;
	struct load_choice choice;

	for (uint32_t i = 0; i < members; i++) {
		generator->digest_wanted[i] = 0;
		generator->count_wanted[i] = 0;
	}
	for (uint32_t p = 0; p < generator->load.prefix_count; p++) {
		load_choice_of(&generator->load, p, &choice);
		for (uint32_t i = 0; i < members; i++) {
			uint32_t set;
			if (load_pick(&choice, i, &set) == NULL)
				continue;
			generator->digest_wanted[i] += speaker_digest_of(p, set);
			generator->count_wanted[i]++;
		}
	}
	generator->result->paths_wanted = 0;
	for (uint32_t i = 0; i < members; i++)
		generator->result->paths_wanted += generator->count_wanted[i];
}

static bool is_complete(const struct generator *generator, uint32_t member)
{
	return speaker_holds(generator->speakers, member, generator->count_wanted[member],
			     generator->digest_wanted[member]);
}

/* Looks from the member on that was missing last time. */
static bool all_complete(struct generator *generator, uint32_t *from)
{
	for (uint32_t i = 0; i < generator->config->members; i++) {
		uint32_t member = (*from + i) % generator->config->members;
		if (!is_complete(generator, member)) {
			*from = member;
			return false;
		}
	}
	return true;
}

static bool is_up(const struct generator *generator, uint32_t member)
{
	struct speaker_view view;

	speaker_view_of(generator->speakers, member, &view);
	return view.state == BGP_STATE_ESTABLISHED && view.end_of_rib[generator->config->family];
}

static bool all_up(struct generator *generator, uint32_t *from)
{
	while (*from < generator->config->members && is_up(generator, *from))
		(*from)++;
	return *from == generator->config->members;
}

/* Steps until the condition holds; false when the time is over. */
static bool await(struct generator *generator, bool (*holds)(struct generator *, uint32_t *from))
{
	struct port *port = &generator->sys.port;
	struct instant end = instant_add(port->now(port),
					 span_s(generator->stage->config->timeout_s));
	uint32_t from = 0;

	while (!holds(generator, &from)) {
		struct instant now = port->now(port);
		if (now.ns >= end.ns)
			return false;
		speakers_step(generator->speakers, instant_add(now, span_ms(STEP_MS)));
	}
	return true;
}

static void progress_count(struct generator *generator)
{
	struct trial_result *result = generator->result;

	result->members_complete = 0;
	result->paths_held = 0;
	for (uint32_t i = 0; i < generator->config->members; i++) {
		struct speaker_view view;
		speaker_view_of(generator->speakers, i, &view);
		result->members_complete += is_complete(generator, i);
		result->paths_held += view.held_count;
	}
}

/* What the first session that is not up, or ended, was told. */
static void trouble_say(struct generator *generator, const char *phase)
{
	struct trial_result *result = generator->result;
	char text[BGP_NOTIFICATION_TEXT_MAX] = "";
	uint32_t up = 0;

	progress_count(generator);
	for (uint32_t i = 0; i < generator->config->members; i++) {
		struct speaker_view view;
		speaker_view_of(generator->speakers, i, &view);
		up += view.state == BGP_STATE_ESTABLISHED;
		if (text[0] != '\0')
			continue;
		if (view.last_received.refusal.code != 0)
			bgp_notification_print(&view.last_received.refusal, text);
		else if (view.last_sent.refusal.code != 0)
			bgp_notification_print(&view.last_sent.refusal, text);
	}
	(void)snprintf(result->trouble, sizeof result->trouble,
		       "%s: %u of %u sessions stand, %u members hold what they should, %" PRIu64
		       " paths of %" PRIu64 "%s%.100s",
		       phase, up, generator->config->members, result->members_complete,
		       result->paths_held, result->paths_wanted,
		       text[0] != '\0' ? "; a session ended with " : "", text);
}

/* Every member and prefix: a digest alone could lie. */
static bool all_equal(struct generator *generator)
{
	struct load_choice choice;

	for (uint32_t p = 0; p < generator->load.prefix_count; p++) {
		load_choice_of(&generator->load, p, &choice);
		for (uint32_t i = 0; i < generator->config->members; i++) {
			uint32_t set;
			(void)load_pick(&choice, i, &set);
			if (speaker_set_of(generator->speakers, i, p) == set)
				continue;
			(void)snprintf(generator->result->trouble,
				       sizeof generator->result->trouble,
				       "member %u holds another route than it should for prefix "
				       "number %u, though its digest is right",
				       i, p);
			return false;
		}
	}
	return true;
}

/* --- what is said ----------------------------------------------------------------------------- */

enum wanted { WANTED_ALL = 0, WANTED_OUT };

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
		if (wanted == WANTED_ALL || load_is_out(load, p, candidate))
			prefixes[count++] = load_prefix(load, p);
	}
	if (count == 0)
		return fault_none();
	if (withdraw)
		return speaker_withdraw(generator->speakers, route.member, prefixes, count);
	load_attrs_sent(load, &route, &attrs);
	return speaker_announce(generator->speakers, route.member, &attrs.attrs, prefixes, count);
}

static struct fault feeds_say(struct generator *generator, enum wanted wanted, bool withdraw)
{
	const struct load *load = &generator->load;

	for (uint32_t home = 0; home < generator->config->members; home++) {
		uint32_t first = home * load->prefixes_per_member;
		for (uint32_t j = 0; j < generator->config->overlap; j++) {
			for (uint32_t at = 0; at < load->prefixes_per_member;
			     at += LOAD_PREFIXES_PER_SET)
				TRY(group_say(generator, first + at, j, wanted, withdraw));
		}
	}
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
	double wall = clock_s(CLOCK_MONOTONIC);
	double server = clock_s(generator->server_clock);
	double own = clock_s(CLOCK_PROCESS_CPUTIME_ID);

	speakers_hold_back(generator->speakers, false);
	bool done = await(generator, all_complete);
	*phase = (struct trial_phase){
		.wall_s = clock_s(CLOCK_MONOTONIC) - wall,
		.server_cpu_s = clock_s(generator->server_clock) - server,
		.generator_cpu_s = clock_s(CLOCK_PROCESS_CPUTIME_ID) - own,
		.octets = octets_received(generator) - octets,
	};
	if (!done)
		trouble_say(generator, name);
	return done && all_equal(generator);
}

static bool round_run(struct generator *generator, uint32_t round)
{
	struct load *load = &generator->load;

	load->round = round + 1;
	speakers_hold_back(generator->speakers, true);
	expectation_make(generator);
	if (failed(feeds_say(generator, WANTED_OUT, true)) ||
	    !phase_run(generator, "withdrawing", &generator->result->withdraw[round]))
		return false;
	speakers_hold_back(generator->speakers, true);
	if (failed(feeds_say(generator, WANTED_OUT, false)))
		return false;
	load->round = 0;
	expectation_make(generator);
	return phase_run(generator, "announcing again", &generator->result->announce[round]);
}

static struct fault speaker_make(struct generator *generator, uint32_t member)
{
	struct speaker_config config = {
		.offer = { .asn = LOAD_ASN_FIRST + member,
			   .router_id = 0x0a000001u + member,
			   .hold_s = GENERATOR_HOLD_S,
			   .role = BGP_ROLE_ROUTE_SERVER_CLIENT,
			   .as4 = true,
			   .refresh = true },
		.server_asn = LOAD_SERVER_ASN,
		.local = load_address(FAMILY_IPV4, member),
		.server = generator->stage->at,
	};

	config.offer.families[generator->config->family] = true;
	TRY(speaker_configure(generator->speakers, member, &config));
	speaker_start(generator->speakers, member);
	return fault_none();
}

static struct fault generator_init(struct generator *generator)
{
	struct hash_key key = { 3, 4 }; /* the octets are our own server's */
	uint32_t members = generator->config->members;

	generator->heap = heap_libc();
	TRY(sys_port_init(&generator->sys));
	universe_init(&generator->universe, &generator->heap, key);
	TRY(sets_init(&generator->sets, &generator->heap, key));
	TRY(load_init(&generator->load, &generator->heap, generator->config, &generator->universe,
		      &generator->sets));
	TRY(speakers_new(&generator->heap, &generator->sys.port, &generator->universe,
			 &generator->sets, members, &generator->speakers));
	generator->digest_wanted = heap_array(&generator->heap, members,
					      sizeof *generator->digest_wanted);
	generator->count_wanted = heap_array(&generator->heap, members,
					     sizeof *generator->count_wanted);
	if (generator->digest_wanted == NULL || generator->count_wanted == NULL)
		return fault_of(FAULT_LIMIT, 0);
	expectation_make(generator);
	speakers_hold_back(generator->speakers, true);
	for (uint32_t i = 0; i < members; i++)
		TRY(speaker_make(generator, i));
	return feeds_say(generator, WANTED_ALL, false);
}

void trial_generate(const struct trial_stage *stage, pid_t server, enum trial_server kind,
		    struct trial_result *out)
{
	static struct generator generator;
	uint32_t rounds = kind == TRIAL_PLENUM ? stage->config->rounds : 0;

	*out = (struct trial_result){ 0 };
	generator = (struct generator){ .stage = stage,
					.config = &stage->config->load,
					.result = out };
	struct fault fault = generator_init(&generator);
	if (failed(fault) || clock_getcpuclockid(server, &generator.server_clock) != 0) {
		(void)snprintf(out->trouble, sizeof out->trouble, "the generator cannot begin: %s",
			       fault_word(fault));
		return;
	}
	if (!await(&generator, all_up)) {
		trouble_say(&generator, "connecting");
		return;
	}
	out->converged = phase_run(&generator, "converging", &out->first);
	for (uint32_t i = 0; i < rounds && out->converged; i++)
		out->converged = round_run(&generator, i);
	progress_count(&generator);
}
