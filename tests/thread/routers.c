/* thread/routers.c — routers fed with a scene, and compared with the model.
 *
 * What is announced is kept as runs: routes of a member that share family and attributes.  A run is
 * in or out; so what should be held follows from the runs and the plan alone, whatever happened in
 * between. */
#include "thread/routers.h"

#include <stdio.h>

#include "base/check.h"
#include "model/model.h"
#include "speaker/speakers.h"
#include "sys/port.h"

#define HOLD_S 90
#define RESTART_S 60
#define SET_FORMS 4u /* a set as it arrives: prepended 0 to 3 times */
#define RUN_PREFIXES_MAX 4096u
#define ROUTER_ID 0x0a000001u

struct router {
	bool carries[FAMILY_COUNT];
	bool add_path;
	uint32_t wanted_count;
	uint64_t wanted_digest;
};

struct run {
	uint32_t first; /* of scene->route */
	uint32_t count;
	uint32_t member;
	bool is_out;
};

struct routers {
	struct heap *heap;
	const struct scene *scene;
	struct sys_port sys;
	struct universe universe;
	struct sets sets;
	struct speakers *speakers;
	struct router *router; /* by scene member */
	struct run *run;
	uint32_t run_count;
	uint32_t run_room;
	uint32_t *form; /* of the model at hand: set * SET_FORMS + prepends; 0 = not yet */
	uint32_t form_count;
	uint64_t routes[FAMILY_COUNT];
	struct prefix prefixes[RUN_PREFIXES_MAX];
	uint8_t scratch[MODEL_SCRATCH_OCTETS];
};

static bool has_add_path(uint32_t member)
{
	return member % 4 == 1;
}

void routers_member(const struct scene *scene, uint32_t number, struct registry_member *out)
{
	const struct scene_member *from = &scene->member[number];

	*out = (struct registry_member){ .asn = from->asn, .add_path = has_add_path(number) };
	(void)snprintf(out->name, sizeof out->name, "%s", from->name);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		if (from->has[f])
			out->address[out->address_count++] = from->address[f];
	}
}

/* --- making ----------------------------------------------------------------------------------- */

static struct fault runs_make(struct routers *routers)
{
	const struct scene *scene = routers->scene;

	for (uint32_t i = 0; i < scene->route_count; i++) {
		const struct scene_route *route = &scene->route[i];
		struct run *run = routers->run_count == 0 ? NULL :
							    &routers->run[routers->run_count - 1];
		uint32_t number = 0;
		if (!routers->router[route->member].carries[route->prefix.family])
			continue;
		TRY(universe_add(&routers->universe, &route->prefix, &number));
		if (run != NULL && run->first + run->count == i && run->member == route->member &&
		    scene->route[run->first].set == route->set &&
		    scene->route[run->first].prefix.family == route->prefix.family &&
		    run->count < RUN_PREFIXES_MAX) {
			run->count++;
			continue;
		}
		if (!heap_grow(routers->heap, (void **)&routers->run, &routers->run_room,
			       routers->run_count + 1, sizeof *routers->run))
			return fault_of(FAULT_LIMIT, 0);
		routers->run[routers->run_count++] = (struct run){ .first = i,
								   .count = 1,
								   .member = route->member };
	}
	return fault_none();
}

static struct fault run_say(struct routers *routers, const struct run *run)
{
	const struct scene_route *route = &routers->scene->route[run->first];
	const struct scene_set *set = &routers->scene->set[route->set];
	struct bgp_attrs attrs;

	for (uint32_t i = 0; i < run->count; i++)
		routers->prefixes[i] = route[i].prefix;
	if (run->is_out)
		return speaker_withdraw(routers->speakers, run->member, routers->prefixes,
					run->count);
	TRY(bgp_attrs_unpack(octets_of(set->octets, set->len_octets), &attrs));
	return speaker_announce(routers->speakers, run->member, &attrs, routers->prefixes,
				run->count);
}

static struct fault speaker_make(struct routers *routers, const struct port_endpoint *server,
				 uint32_t number)
{
	const struct scene_member *from = &routers->scene->member[number];
	const struct router *router = &routers->router[number];
	bool restarts = number % 3 == 0;
	struct speaker_config config = {
		.offer = { .asn = from->asn,
			   .router_id = ROUTER_ID + number,
			   .hold_s = HOLD_S,
			   .role = BGP_ROLE_ROUTE_SERVER_CLIENT,
			   .as4 = true,
			   .refresh = true,
			   .enhanced_refresh = true,
			   .extended_next_hop = true,
			   .add_path_receive = { router->add_path, router->add_path },
			   .graceful_restart = restarts,
			   .restart_s = restarts ? RESTART_S : 0,
			   .gr_families = { restarts, restarts && router->carries[1] },
			   .gr_forwarding = { restarts, restarts && router->carries[1] },
			   .families = { router->carries[0], router->carries[1] } },
		.server_asn = routers->scene->asn,
		.local = from->address[FAMILY_IPV4],
		.server = *server,
	};

	return speaker_configure(routers->speakers, number, &config);
}

static struct fault routers_make(struct routers *routers, const struct port_endpoint *server)
{
	const struct scene *scene = routers->scene;

	TRY(sys_port_init(&routers->sys));
	struct port *port = &routers->sys.port;
	struct hash_key key = { port->random(port), port->random(port) };
	universe_init(&routers->universe, routers->heap, key);
	TRY(sets_init(&routers->sets, routers->heap, key));
	routers->form_count = scene->set_count * SET_FORMS;
	routers->router = heap_array(routers->heap, scene->member_count, sizeof *routers->router);
	routers->form = heap_array(routers->heap, routers->form_count + 1, sizeof *routers->form);
	if (routers->router == NULL || routers->form == NULL)
		return fault_of(FAULT_LIMIT, 0);
	for (uint32_t i = 0; i < scene->member_count; i++)
		routers->router[i] = (struct router){ .carries = { true, scene->member[i].has[1] },
						      .add_path = has_add_path(i) };
	TRY(runs_make(routers));
	TRY(speakers_new(routers->heap, port, &routers->universe, &routers->sets,
			 scene->member_count, &routers->speakers));
	for (uint32_t i = 0; i < scene->member_count; i++)
		TRY(speaker_make(routers, server, i));
	for (uint32_t i = 0; i < routers->run_count; i++)
		TRY(run_say(routers, &routers->run[i]));
	for (uint32_t i = 0; i < scene->member_count; i++) {
		for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
			if (routers->router[i].carries[f])
				TRY(speaker_end_of_rib(routers->speakers, i, (enum family)f));
		}
		speaker_start(routers->speakers, i);
	}
	return fault_none();
}

struct fault routers_new(struct heap *heap, const struct scene *scene,
			 const struct port_endpoint *server, struct routers **out)
{
	struct routers *routers = heap_zero(heap, sizeof *routers);

	if (routers == NULL)
		return fault_of(FAULT_LIMIT, 0);
	routers->heap = heap;
	routers->scene = scene;
	struct fault fault = routers_make(routers, server);
	if (failed(fault)) {
		routers_free(routers);
		return fault;
	}
	*out = routers;
	return fault_none();
}

void routers_free(struct routers *routers)
{
	if (routers == NULL)
		return;
	struct heap *heap = routers->heap;
	uint32_t count = routers->scene->member_count;
	if (routers->speakers != NULL)
		speakers_free(routers->speakers);
	universe_fini(&routers->universe);
	sets_fini(&routers->sets);
	heap_free(heap, routers->router, count * sizeof *routers->router);
	heap_free(heap, routers->run, routers->run_room * sizeof *routers->run);
	heap_free(heap, routers->form, (routers->form_count + 1) * sizeof *routers->form);
	sys_port_fini(&routers->sys);
	heap_free(heap, routers, sizeof *routers);
}

/* --- what happens ----------------------------------------------------------------------------- */

struct instant routers_now(struct routers *routers)
{
	return routers->sys.port.now(&routers->sys.port);
}

void routers_step(struct routers *routers, uint32_t ms)
{
	struct instant end = instant_add(routers_now(routers), span_ms(ms));

	do
		speakers_step(routers->speakers, end);
	while (routers_now(routers).ns < end.ns);
}

static void come_again(struct routers *routers, uint32_t number)
{
	speaker_stop(routers->speakers, number);
	speaker_start(routers->speakers, number);
}

/* Who is not there asks for nothing. */
static struct fault refresh(struct routers *routers, uint32_t number, enum family family)
{
	if (!routers->router[number].carries[family])
		return fault_none();
	struct fault fault = speaker_refresh(routers->speakers, number, family);
	return fault.kind == FAULT_AGAIN ? fault_none() : fault;
}

struct fault routers_stir(struct routers *routers, struct random *random)
{
	uint32_t number = random_below(random, routers->scene->member_count);
	struct run *run = &routers->run[random_below(random, routers->run_count)];
	enum family family = (enum family)random_below(random, FAMILY_COUNT);

	switch (random_below(random, 16)) {
	case 0: /* told */
		come_again(routers, number);
		return fault_none();
	case 1: /* without a word */
		speaker_cut(routers->speakers, number);
		come_again(routers, number);
		return fault_none();
	case 2: /* the next attempt is its own */
		speaker_cut(routers->speakers, number);
		return fault_none();
	case 3:
		return refresh(routers, number, family);
	default:
		run->is_out = !run->is_out;
		return run_say(routers, run);
	}
}

void routers_urge(struct routers *routers)
{
	for (uint32_t i = 0; i < routers->scene->member_count; i++) {
		struct speaker_view view;
		speaker_view_of(routers->speakers, i, &view);
		if (view.state == BGP_STATE_IDLE || view.state == BGP_STATE_ACTIVE)
			come_again(routers, i);
	}
}

/* --- what should be held ---------------------------------------------------------------------- */

struct expecting {
	struct routers *routers;
	struct model *model;
	struct router *router;
	struct fault fault;
};

static bool path_expect(void *context, const struct model_path *path)
{
	struct expecting *expecting = context;
	struct routers *routers = expecting->routers;
	uint32_t at = path->set_number * SET_FORMS + path->prepend_count;

	CHECK(at < routers->form_count);
	if (routers->form[at] == 0) {
		struct bgp_attrs attrs;
		model_delivered(expecting->model, path, routers->scratch, &attrs);
		expecting->fault = sets_take(&routers->sets, &attrs, &routers->form[at]);
		if (failed(expecting->fault))
			return false;
	}
	uint32_t number = universe_find(&routers->universe, &path->prefix);
	expecting->router->wanted_count++;
	expecting->router->wanted_digest += speaker_digest_of(number, routers->form[at]);
	return true;
}

static struct fault model_learn(struct routers *routers, const struct plan *plan,
				struct model *model)
{
	const struct scene *scene = routers->scene;

	for (uint32_t i = 0; i < scene->member_count; i++) {
		const struct router *router = &routers->router[i];
		const struct plan_session *session = plan_session_at(
			plan, &scene->member[i].address[FAMILY_IPV4]);
		if (session == NULL)
			return fault_of(FAULT_ABSENT, 0);
		struct model_session agreed = { .is_up = true,
						.families = { router->carries[0],
							      router->carries[1] },
						.add_path = { router->add_path, router->add_path },
						.extended_next_hop = true,
						.router_id = ROUTER_ID + i };
		model_session(model, session->id, &agreed);
	}
	for (uint32_t i = 0; i < routers->run_count; i++) {
		const struct run *run = &routers->run[i];
		const struct scene_route *route = &scene->route[run->first];
		const struct scene_set *set = &scene->set[route->set];
		const struct plan_session *session = plan_session_at(
			plan, &scene->member[run->member].address[FAMILY_IPV4]);
		for (uint32_t j = 0; j < run->count && !run->is_out; j++)
			TRY(model_announce(model, session->id, &route[j].prefix,
					   octets_of(set->octets, set->len_octets)));
	}
	return fault_none();
}

static struct fault router_expect(struct routers *routers, const struct plan *plan,
				  struct model *model, uint32_t number)
{
	struct router *router = &routers->router[number];
	struct expecting expecting = { .routers = routers, .model = model, .router = router };
	const struct address *address = &routers->scene->member[number].address[FAMILY_IPV4];
	const struct plan_session *session = plan_session_at(plan, address);

	router->wanted_count = 0;
	router->wanted_digest = 0;
	for (uint32_t f = 0; f < FAMILY_COUNT && !failed(expecting.fault); f++) {
		if (router->carries[f])
			model_walk(model, session->id, (enum family)f, path_expect, &expecting);
	}
	return expecting.fault;
}

struct fault routers_expect(struct routers *routers, struct plan *plan)
{
	struct model *model = NULL;

	for (uint32_t i = 0; i < routers->form_count; i++)
		routers->form[i] = 0;
	TRY(model_new(routers->heap, plan, &model));
	struct fault fault = model_learn(routers, plan, model);
	for (uint32_t i = 0; i < routers->scene->member_count && !failed(fault); i++)
		fault = router_expect(routers, plan, model, i);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		uint64_t prefixes = 0;
		uint64_t refused = 0;
		model_totals(model, (enum family)f, &prefixes, &routers->routes[f], &refused);
	}
	model_free(model);
	return fault;
}

static bool is_right(const struct routers *routers, uint32_t number)
{
	const struct router *router = &routers->router[number];

	return speaker_holds(routers->speakers, number, router->wanted_count,
			     router->wanted_digest);
}

uint32_t routers_right(const struct routers *routers)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < routers->scene->member_count; i++)
		count += is_right(routers, i);
	return count;
}

void routers_tell(const struct routers *routers)
{
	for (uint32_t i = 0; i < routers->scene->member_count; i++) {
		struct speaker_view view;
		speaker_view_of(routers->speakers, i, &view);
		if (!is_right(routers, i))
			printf("# AS%u (%u): %s, held %u of %u paths; established %u times, %u "
			       "strange prefixes, %u messages not understood\n",
			       routers->scene->member[i].asn, i, bgp_state_name(view.state),
			       view.held_count, routers->router[i].wanted_count,
			       view.established_count, (unsigned)view.strangers,
			       (unsigned)view.malformed);
	}
}

uint32_t routers_count(const struct routers *routers)
{
	return routers->scene->member_count;
}

uint64_t routers_routes(const struct routers *routers, enum family family)
{
	return routers->routes[family];
}
