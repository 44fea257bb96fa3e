/* sim/trouble.c — what befalls the machine: it goes on, says so, and recovers by itself. */
#include "base/check.h"
#include "sim/day.h"
#include "sim/disk.h"

#define SHORT_S 60
#define CHANGE_TRIES 60u
#define BELIEVED_S 15 /* more than ACCEPT_SHORT_S */
#define YEAR_S (365 * 86400)
#define CLOCK_ROUND_S 2 /* more than between two looks at it */
#define CLOCK_MIX_S 120
#define AGE_SLACK_S 2

static void must_tell(struct world *world, enum told what, uint32_t before, uint32_t most,
		      const char *words)
{
	uint32_t lines = world->told[what] - before;

	if (lines == 0 || lines > most)
		world_fail(world, "%s: told in %u lines", words, lines);
}

static void call(struct world *world)
{
	struct net_conn *conn = net_call(&world->net, SIM_SLOTS);

	if (conn != NULL)
		conn->is_idle = true;
	world_run(world, instant_add(world->net.now, span_ms(200)));
}

/* --- descriptors ------------------------------------------------------------------------------ */

bool trouble_descriptors(struct world *world)
{
	uint32_t dropped = world->told[TOLD_DROPPED];
	uint32_t again = world->told[TOLD_TAKEN_AGAIN];

	world->net.has_no_numbers = true;
	call(world);
	day_mix(world, span_s(SHORT_S));
	must_tell(world, TOLD_DROPPED, dropped, 1, "that connections are dropped");
	if (world->told[TOLD_TAKEN_AGAIN] != again)
		world_fail(world, "connections are taken again without a descriptor");
	world->net.has_no_numbers = false;
	day_mix(world, span_s(BELIEVED_S));
	call(world);
	must_tell(world, TOLD_TAKEN_AGAIN, again, 1, "that connections are taken again");
	return true;
}

/* --- the record ------------------------------------------------------------------------------- */

/* One change that the record is asked for. */
static void change(struct world *world)
{
	uint32_t before = world->recorder.kept + world->recorder.refused;

	for (uint32_t i = 0; i < CHANGE_TRIES && !world->has_failed; i++) {
		script_replan(world);
		world_run(world, instant_add(world->net.now, span_s(1)));
		if (world->recorder.kept + world->recorder.refused != before)
			return;
	}
	world_fail(world, "no change was tried");
}

/* While it lasts nothing is changed, and routes go on; then all is as before. */
static void record_lost(struct world *world, const uint32_t *reason, const char *words)
{
	uint32_t kept = world->recorder.kept;
	uint32_t refused = *reason;

	change(world);
	day_mix(world, span_s(SHORT_S));
	if (world->recorder.kept != kept || *reason == refused)
		world_fail(world, "%s: %u changes are kept, %u refused for it", words,
			   world->recorder.kept - kept, *reason - refused);
}

static void record_back(struct world *world, const char *words)
{
	uint32_t kept = world->recorder.kept;

	change(world);
	if (!world->has_failed && world->recorder.kept == kept)
		world_fail(world, "%s: nothing is kept after it", words);
	if (!world->has_failed)
		recorder_check(world);
}

bool trouble_disk_full(struct world *world)
{
	disk_fill(true);
	record_lost(world, &world->recorder.full, "disk full");
	disk_fill(false);
	record_back(world, "disk full");
	return true;
}

bool trouble_locked(struct world *world)
{
	disk_hold(world->recorder.place);
	record_lost(world, &world->recorder.locked, "database locked");
	disk_release();
	record_back(world, "database locked");
	return true;
}

/* --- the clock -------------------------------------------------------------------------------- */

/* Whatever the clock says, a session is as old as it is. */
static void check_ages(struct world *world)
{
	for (uint32_t i = 0; i < SIM_SLOTS && !world->has_failed; i++) {
		const struct worker *worker = world->worker[i % world->worker_count];
		const struct truth *truth = &world->truth[i];
		struct view_session view;
		if (!truth->is_up ||
		    !worker_view(worker, (struct session_id){ (uint16_t)i }, &view))
			continue;
		int64_t age_s = instant_since(world->net.now, truth->up_at).ns / NS_PER_S;
		int64_t off_s = net_wall(&world->net).s - view.established_at.s - age_s;
		/* The worker may have slept for a while. */
		int64_t slept_s = instant_since(world->net.now, worker->now).ns / NS_PER_S;
		if (off_s < -AGE_SLACK_S - slept_s || off_s > AGE_SLACK_S)
			world_fail(world, "session %u is shown %lld s older than it is", i,
				   (long long)off_s);
	}
}

static bool clock_set(struct world *world, int64_t by_s)
{
	uint32_t sessions = 0;
	uint32_t stayed = 0;

	call(world);
	world_run(world, instant_add(world->net.now, span_s(CLOCK_ROUND_S)));
	uint32_t told = world->told[TOLD_CLOCK];
	for (uint32_t i = 0; i < SIM_SLOTS; i++)
		sessions |= (uint32_t)world->truth[i].is_up << i;
	world->net.wall_offset_s += by_s;
	for (uint32_t i = 0; i < SIM_SLOTS; i++) {
		world_run(world, instant_add(world->net.now, span_ms(100)));
		check_ages(world);
	}
	for (uint32_t i = 0; i < SIM_SLOTS; i++)
		stayed |= (uint32_t)(world->truth[i].is_up && bit_has(sessions, i)) << i;
	world_trace(world, "script: the clock was set by %lld s; sessions %x, then %x",
		    (long long)by_s, sessions, stayed);
	call(world);
	must_tell(world, TOLD_CLOCK, told, 1, "that the clock was set");
	day_mix(world, span_s(CLOCK_MIX_S));
	return true;
}

bool trouble_clock_forward(struct world *world)
{
	return clock_set(world, YEAR_S);
}

bool trouble_clock_back(struct world *world)
{
	return clock_set(world, -YEAR_S);
}
