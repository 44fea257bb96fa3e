/* demo/play.c — routers of members, fed with a scene and compared with the model. */
#include "demo/play.h"

#include <assert.h>
#include <stdio.h>

#include "base/check.h"
#include "base/mem.h"
#include "model/model.h"
#include "rules/reason.h"
#include "speaker/speakers.h"
#include "sys/port.h"

#define HOLD_S 90
#define SET_FORMS 4u /* a set as it arrives: prepended 0 to 3 times */
#define RUN_PREFIXES_MAX 4096u

static_assert(SET_FORMS == 4, "prepends go up to three");

/* One session of a scene member. */
struct actor {
	uint32_t member;
	struct session_id session;
	bool carries[FAMILY_COUNT];
	bool is_full; /* at its limit: what it withdraws would make room for what is over it */
	uint32_t wanted_count;
	uint64_t wanted_digest;
};

/* Routes that share member, family and attributes: what is stirred together. */
struct run {
	uint32_t first; /* of scene->route */
	uint32_t count;
	uint32_t actor;
	bool is_out;
};

struct play {
	struct heap *heap;
	const struct scene *scene;
	struct sys_port sys;
	struct universe universe;
	struct sets sets;
	struct speakers *speakers;
	struct model *model;
	struct plan *plan;
	struct actor *actor;
	uint32_t actor_count;
	uint64_t *announced; /* member * FAMILY_COUNT + family: by the first member of an AS */
	uint32_t *first_of;  /* the first member of a member's AS */
	uint32_t *actor_of;  /* member * FAMILY_COUNT + family: which carries it, + 1 */
	struct run *run;
	uint32_t run_count;
	uint32_t run_room;
	uint32_t *form; /* set * SET_FORMS + prepends: number in sets, 0 = not yet */
	uint32_t form_count;
	uint32_t *number; /* by the model's prefix number: in the universe */
	uint32_t number_count;
	uint64_t changes;
	uint64_t over[FAMILY_COUNT]; /* routes over a limit: the model does not know them */
	struct prefix prefixes[RUN_PREFIXES_MAX];
	uint8_t scratch[MODEL_SCRATCH_OCTETS];
};

/* --- making ----------------------------------------------------------------------------------- */

static struct fault actor_make(struct play *play, const struct stage *stage, uint32_t member,
			       enum family family)
{
	const struct scene_member *from = &play->scene->member[member];
	const struct plan_session *session = plan_session_at(stage->plan, &from->address[family]);
	bool is_alone = !stage->has_own_network || !from->has[1 - family];
	struct actor *actor = &play->actor[play->actor_count];

	if (session == NULL)
		return fault_of(FAULT_ABSENT, 0);
	*actor = (struct actor){ .member = member, .session = session->id };
	actor->carries[family] = true;
	actor->carries[1 - family] = is_alone && from->has[1 - family];
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		if (actor->carries[f])
			play->actor_of[member * FAMILY_COUNT + f] = play->actor_count + 1;
	}
	struct model_session agreed = { .is_up = true,
					.families = { actor->carries[0], actor->carries[1] },
					.extended_next_hop = true,
					.router_id = 0x0a000001u + member };
	model_session(play->model, session->id, &agreed);
	play->actor_count++;
	return fault_none();
}

static struct fault speaker_make(struct play *play, const struct stage *stage, uint32_t number)
{
	const struct actor *actor = &play->actor[number];
	const struct scene_member *from = &play->scene->member[actor->member];
	const struct plan_session *session = plan_session_of(stage->plan, actor->session);
	struct speaker_config config = {
		.offer = { .asn = from->asn,
			   .router_id = 0x0a000001u + actor->member,
			   .hold_s = HOLD_S,
			   .role = BGP_ROLE_ROUTE_SERVER_CLIENT,
			   .as4 = true,
			   .refresh = true,
			   .enhanced_refresh = true,
			   .extended_next_hop = true,
			   .families = { actor->carries[0], actor->carries[1] } },
		.server_asn = play->scene->asn,
		.local = session->address,
		.server = stage->listen[session->address.family],
	};

	return speaker_configure(play->speakers, number, &config);
}

static struct fault actors_make(struct play *play, const struct stage *stage)
{
	const struct scene *scene = play->scene;

	play->actor = heap_array(play->heap, scene->member_count * 2u, sizeof *play->actor);
	play->actor_of = heap_array(play->heap, scene->member_count * 2u, sizeof *play->actor_of);
	play->announced = heap_array(play->heap, scene->member_count * 2u, sizeof *play->announced);
	play->first_of = heap_array(play->heap, scene->member_count, sizeof *play->first_of);
	if (play->actor == NULL || play->actor_of == NULL || play->announced == NULL ||
	    play->first_of == NULL)
		return fault_of(FAULT_LIMIT, 0);
	for (uint32_t i = 0; i < scene->member_count; i++)
		play->first_of[i] = scene_member_of(scene, scene->member[i].asn);
	for (uint32_t i = 0; i < scene->member_count; i++) {
		if (scene->member[i].has[FAMILY_IPV4])
			TRY(actor_make(play, stage, i, FAMILY_IPV4));
		if (scene->member[i].has[FAMILY_IPV6] &&
		    (stage->has_own_network || !scene->member[i].has[FAMILY_IPV4]))
			TRY(actor_make(play, stage, i, FAMILY_IPV6));
	}
	return fault_none();
}

static uint64_t *announced_of(struct play *play, const struct scene_route *route)
{
	return &play->announced[play->first_of[route->member] * 2 + route->prefix.family];
}

static struct fault route_learn(struct play *play, const struct scene_route *route,
				struct actor *actor)
{
	const struct scene_set *set = &play->scene->set[route->set];

	*announced_of(play, route) += 1;
	if (route->is_over) {
		actor->is_full = true;
		play->over[route->prefix.family]++;
		return fault_none();
	}
	return model_announce(play->model, actor->session, &route->prefix,
			      octets_of(set->octets, set->len_octets));
}

static struct fault routes_learn(struct play *play)
{
	const struct scene *scene = play->scene;

	for (uint32_t i = 0; i < scene->route_count; i++) {
		const struct scene_route *route = &scene->route[i];
		uint32_t actor = play->actor_of[route->member * 2 + route->prefix.family];
		uint32_t number = 0;
		if (actor == 0)
			continue;
		TRY(universe_add(&play->universe, &route->prefix, &number));
		TRY(route_learn(play, route, &play->actor[actor - 1]));
		struct run *run = play->run_count == 0 ? NULL : &play->run[play->run_count - 1];
		const struct scene_route *before = i == 0 ? NULL : &scene->route[i - 1];
		if (run != NULL && run->first + run->count == i && before->set == route->set &&
		    before->member == route->member &&
		    before->prefix.family == route->prefix.family &&
		    before->is_over == route->is_over && run->count < RUN_PREFIXES_MAX) {
			run->count++;
			continue;
		}
		if (!heap_grow(play->heap, (void **)&play->run, &play->run_room,
			       play->run_count + 1, sizeof *play->run))
			return fault_of(FAULT_LIMIT, 0);
		play->run[play->run_count++] = (struct run){ .first = i,
							     .count = 1,
							     .actor = actor - 1 };
	}
	return fault_none();
}

/* The run's prefixes in play->prefixes. */
static void run_prefixes(struct play *play, const struct run *run)
{
	for (uint32_t i = 0; i < run->count; i++)
		play->prefixes[i] = play->scene->route[run->first + i].prefix;
}

static struct fault run_say(struct play *play, const struct run *run)
{
	const struct scene_set *set = &play->scene->set[play->scene->route[run->first].set];
	struct bgp_attrs attrs;

	run_prefixes(play, run);
	if (run->is_out)
		return speaker_withdraw(play->speakers, run->actor, play->prefixes, run->count);
	TRY(bgp_attrs_unpack(octets_of(set->octets, set->len_octets), &attrs));
	return speaker_announce(play->speakers, run->actor, &attrs, play->prefixes, run->count);
}

static struct fault speakers_make(struct play *play, const struct stage *stage)
{
	TRY(speakers_new(play->heap, &play->sys.port, &play->universe, &play->sets,
			 play->actor_count, &play->speakers));
	for (uint32_t i = 0; i < play->actor_count; i++)
		TRY(speaker_make(play, stage, i));
	speakers_hold_back(play->speakers, true);
	for (uint32_t i = 0; i < play->run_count; i++)
		TRY(run_say(play, &play->run[i]));
	for (uint32_t i = 0; i < play->actor_count; i++) {
		for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
			if (play->actor[i].carries[f])
				TRY(speaker_end_of_rib(play->speakers, i, (enum family)f));
		}
		speaker_start(play->speakers, i);
	}
	return fault_none();
}

static struct fault play_make(struct play *play, const struct stage *stage)
{
	struct port *port = &play->sys.port;

	TRY(sys_port_init(&play->sys));
	struct hash_key key = { port->random(port), port->random(port) };
	universe_init(&play->universe, play->heap, key);
	TRY(sets_init(&play->sets, play->heap, key));
	play->plan = plan_ref(stage->plan);
	TRY(model_new(play->heap, play->plan, &play->model));
	TRY(actors_make(play, stage));
	TRY(routes_learn(play));
	play->form_count = play->scene->set_count * SET_FORMS;
	play->number_count = universe_count(&play->universe);
	play->form = heap_array(play->heap, play->form_count + 1, sizeof *play->form);
	play->number = heap_array(play->heap, play->number_count + 1, sizeof *play->number);
	if (play->form == NULL || play->number == NULL)
		return fault_of(FAULT_LIMIT, 0);
	for (uint32_t i = 0; i <= play->number_count; i++)
		play->number[i] = UNIVERSE_NONE;
	return speakers_make(play, stage);
}

struct fault play_new(struct heap *heap, const struct scene *scene, const struct stage *stage,
		      struct play **out)
{
	struct play *play = heap_zero(heap, sizeof *play);

	if (play == NULL)
		return fault_of(FAULT_LIMIT, 0);
	play->heap = heap;
	play->scene = scene;
	struct fault fault = play_make(play, stage);
	if (failed(fault)) {
		play_free(play);
		return fault;
	}
	*out = play;
	return fault_none();
}

void play_free(struct play *play)
{
	if (play == NULL)
		return;
	struct heap *heap = play->heap;
	if (play->speakers != NULL)
		speakers_free(play->speakers);
	model_free(play->model);
	universe_fini(&play->universe);
	sets_fini(&play->sets);
	plan_unref(play->plan);
	heap_free(heap, play->actor, play->scene->member_count * 2u * sizeof *play->actor);
	heap_free(heap, play->actor_of, play->scene->member_count * 2u * sizeof *play->actor_of);
	heap_free(heap, play->announced, play->scene->member_count * 2u * sizeof *play->announced);
	heap_free(heap, play->first_of, play->scene->member_count * sizeof *play->first_of);
	heap_free(heap, play->run, play->run_room * sizeof *play->run);
	heap_free(heap, play->form, (play->form_count + 1) * sizeof *play->form);
	heap_free(heap, play->number, (play->number_count + 1) * sizeof *play->number);
	sys_port_fini(&play->sys);
	heap_free(heap, play, sizeof *play);
}

/* --- playing ---------------------------------------------------------------------------------- */

void play_step(struct play *play, struct instant until)
{
	speakers_step(play->speakers, until);
}

struct instant play_now(struct play *play)
{
	return play->sys.port.now(&play->sys.port);
}

void play_announce(struct play *play)
{
	speakers_hold_back(play->speakers, false);
}

/* One of an actor that is not at its limit; NULL when there is none. */
static struct run *run_choose(struct play *play, uint32_t random)
{
	for (uint32_t i = 0; i < play->run_count; i++) {
		struct run *run = &play->run[(random + i) % play->run_count];
		if (!play->actor[run->actor].is_full)
			return run;
	}
	return NULL;
}

struct fault play_stir(struct play *play, uint32_t random)
{
	struct run *run = run_choose(play, random % (play->run_count + 1));

	if (run == NULL)
		return fault_none();
	const struct scene_route *first = &play->scene->route[run->first];
	const struct scene_set *set = &play->scene->set[first->set];
	struct session_id session = play->actor[run->actor].session;

	run->is_out = !run->is_out;
	TRY(run_say(play, run));
	for (uint32_t i = 0; i < run->count; i++) {
		if (run->is_out)
			model_withdraw(play->model, session, &first[i].prefix);
		else
			TRY(model_announce(play->model, session, &first[i].prefix,
					   octets_of(set->octets, set->len_octets)));
	}
	*announced_of(play, first) += run->is_out ? -(uint64_t)run->count : run->count;
	play->changes += run->count;
	return fault_none();
}

/* --- what should be held ---------------------------------------------------------------------- */

struct expecting {
	struct play *play;
	struct actor *actor;
	struct complaints *complaints; /* NULL: only counted */
	uint32_t speaker;
	struct fault fault;
};

static bool path_expect(void *context, const struct model_path *path)
{
	struct expecting *expecting = context;
	struct play *play = expecting->play;
	uint32_t *form = &play->form[path->set_number * SET_FORMS + path->prepend_count];
	uint32_t *number = &play->number[path->prefix_number];

	if (*form == 0) {
		struct bgp_attrs attrs;
		model_delivered(play->model, path, play->scratch, &attrs);
		expecting->fault = sets_take(&play->sets, &attrs, form);
		if (failed(expecting->fault))
			return false;
	}
	if (*number == UNIVERSE_NONE)
		*number = universe_find(&play->universe, &path->prefix);
	expecting->actor->wanted_count++;
	expecting->actor->wanted_digest += speaker_digest_of(*number, *form);
	if (expecting->complaints != NULL &&
	    speaker_set_of(play->speakers, expecting->speaker, *number) != *form) {
		char text[PREFIX_TEXT_MAX];
		prefix_print(&path->prefix, text);
		complain(expecting->complaints, false,
			 "AS%u does not hold %s as it should (route of session %u)",
			 play->scene->member[expecting->actor->member].asn, text, path->from.index);
	}
	return expecting->complaints == NULL ||
	       expecting->complaints->error_count < COMPLAINTS_MAX / 2;
}

static struct fault actor_expect(struct play *play, uint32_t number, struct complaints *complaints)
{
	struct actor *actor = &play->actor[number];
	struct expecting expecting = {
		.play = play, .actor = actor, .complaints = complaints, .speaker = number
	};

	actor->wanted_count = 0;
	actor->wanted_digest = 0;
	for (uint32_t f = 0; f < FAMILY_COUNT && !failed(expecting.fault); f++) {
		if (actor->carries[f])
			model_walk(play->model, actor->session, (enum family)f, path_expect,
				   &expecting);
	}
	return expecting.fault;
}

/* The model numbers its sets by the octets it was given, as the scene does, in another order: so
 * there are never more of them. */
struct fault play_expect(struct play *play, struct instant until)
{
	struct instant stepped_at = play_now(play);

	for (uint32_t i = 0; i < play->actor_count; i++) {
		struct instant now = play_now(play);
		if (instant_due(until, now))
			return fault_of(FAULT_AGAIN, 0);
		/* With many members it lasts: nobody's hold timer must expire meanwhile. */
		if (instant_due(instant_add(stepped_at, span_s(1)), now)) {
			play_step(play, now);
			stepped_at = now;
		}
		TRY(actor_expect(play, i, NULL));
	}
	return fault_none();
}

void play_differences(struct play *play, struct complaints *complaints)
{
	for (uint32_t i = 0; i < play->actor_count; i++) {
		const struct actor *actor = &play->actor[i];
		struct speaker_view view;
		speaker_view_of(play->speakers, i, &view);
		if (speaker_holds(play->speakers, i, actor->wanted_count, actor->wanted_digest))
			continue;
		complain(complaints, false,
			 "AS%u, session %u: %s; holds %u of %u paths; %u strange prefixes, %u "
			 "messages not understood",
			 play->scene->member[actor->member].asn, actor->session.index,
			 bgp_state_name(view.state), view.held_count, actor->wanted_count,
			 (unsigned)view.strangers, (unsigned)view.malformed);
		if (view.state == BGP_STATE_ESTABLISHED &&
		    complaints->error_count < COMPLAINTS_MAX / 2)
			(void)!failed(actor_expect(play, i, complaints));
	}
}

/* --- counts ----------------------------------------------------------------------------------- */

void play_counts_of(const struct play *play, struct play_counts *out)
{
	*out = (struct play_counts){ .session_count = play->actor_count, .changes = play->changes };
	for (uint32_t i = 0; i < play->actor_count; i++) {
		const struct actor *actor = &play->actor[i];
		struct speaker_view view;
		speaker_view_of(play->speakers, i, &view);
		out->paths_held += view.held_count;
		out->paths_wanted += actor->wanted_count;
		out->octets_received += view.octets_received;
		out->unsaid += view.unsaid;
		if (view.state != BGP_STATE_ESTABLISHED)
			continue;
		out->established_count++;
		out->complete_count += speaker_holds(play->speakers, i, actor->wanted_count,
						     actor->wanted_digest) ?
					       1 :
					       0;
	}
}

void play_totals_of(const struct play *play, struct play_totals *out)
{
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		model_totals(play->model, (enum family)f, &out->prefixes[f], &out->routes[f],
			     &out->refused[f]);
		out->prefixes[f] += play->over[f];
		out->routes[f] += play->over[f];
		out->refused[f] += play->over[f];
	}
}

uint32_t play_busiest(const struct play *play, struct play_member *out, uint32_t room)
{
	const struct scene *scene = play->scene;
	uint32_t count = 0;

	for (uint32_t i = 0; i < scene->member_count; i++) {
		struct play_member member = { scene->member[i].asn,
					      scene->member[i].name,
					      { play->announced[i * 2],
						play->announced[i * 2 + 1] } };
		uint64_t routes = member.routes[0] + member.routes[1];
		uint32_t at = count;
		while (at > 0 && out[at - 1].routes[0] + out[at - 1].routes[1] < routes)
			at--;
		if (routes == 0 || at == room)
			continue;
		count += count < room ? 1 : 0;
		for (uint32_t j = count - 1; j > at; j--)
			out[j] = out[j - 1];
		out[at] = member;
	}
	return count;
}

void play_reasons_of(const struct play *play, enum family family, uint64_t *count,
		     uint32_t count_room)
{
	model_reasons(play->model, family, count, count_room);
	if (count_room > REASON_MAX_PREFIXES)
		count[REASON_MAX_PREFIXES] += play->over[family];
}

bool play_example(const struct play *play, uint8_t reason, struct prefix *prefix, uint32_t *asn)
{
	struct session_id session;

	if (!model_example(play->model, reason, prefix, &session))
		return false;
	const struct plan_session *from = plan_session_of(play->plan, session);
	*asn = from != NULL ? from->asn : 0;
	return true;
}
