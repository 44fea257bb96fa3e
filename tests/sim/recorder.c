/* sim/recorder.c — sessions recorded as an operator would: added, edited, removed. */
#include "sim/recorder.h"

#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "ledger/ledger.h"
#include "registry/edit.h"
#include "registry/records.h"
#include "registry/verify.h"
#include "sim/disk.h"
#include "sim/world.h"

/* What is recorded has the time of the world whose record is being kept. */
static const struct world *timed;

int clock_gettime(clockid_t clock, struct timespec *out)
{
	if (timed == NULL || clock != CLOCK_REALTIME)
		return (int)syscall(SYS_clock_gettime, clock, out);
	*out = (struct timespec){ .tv_sec = net_wall(&timed->net).s };
	return 0;
}

/* --- what stands there ------------------------------------------------------------------------ */

struct row {
	bool is_there;
	uint32_t asn;
	bool is_active;
	bool takes_blackhole;
	bool add_path;
	bool allow_as2;
	uint32_t routes_max;
	enum plan_limit_action limit_action;
};

static struct row row_wanted(const struct world *world, uint32_t slot)
{
	bool is_limited = bit_has(world->limited, slot);

	if (!bit_has(world->in_plan, slot))
		return (struct row){ 0 };
	return (struct row){ .is_there = true,
			     .asn = world_asn(world, slot),
			     .is_active = bit_has(world->active, slot),
			     .takes_blackhole = bit_has(world->blackhole, slot),
			     .add_path = bit_has(world->add_path, slot),
			     .allow_as2 = bit_has(world->as2, slot),
			     .routes_max = is_limited ? SIM_LIMIT : 0,
			     .limit_action = is_limited ? world->limit_action :
							  LIMIT_ACTION_DEFAULT };
}

static bool row_equals(const struct row *a, const struct row *b)
{
	return a->is_there == b->is_there && a->asn == b->asn && a->is_active == b->is_active &&
	       a->takes_blackhole == b->takes_blackhole && a->add_path == b->add_path &&
	       a->allow_as2 == b->allow_as2 && a->routes_max == b->routes_max &&
	       a->limit_action == b->limit_action;
}

struct rows {
	struct row row[SIM_SLOTS];
};

static bool row_take(void *context, const struct registry_member *member)
{
	struct rows *rows = context;

	for (uint32_t i = 0; i < SIM_SLOTS; i++) {
		struct address address = world_address(i);
		if (member->address_count == 1 &&
		    address_compare(&address, &member->address[0]) == 0)
			rows->row[i] = (struct row){ .is_there = true,
						     .asn = member->asn,
						     .is_active = member->is_active,
						     .takes_blackhole = member->takes_blackhole,
						     .add_path = member->add_path,
						     .allow_as2 = member->allow_as2,
						     .routes_max = member->routes_max[0],
						     .limit_action = member->limit_action };
	}
	return true;
}

static void rows_read(const struct world *world, struct rows *rows)
{
	*rows = (struct rows){ 0 };
	CHECK(!failed(registry_walk(world->recorder.store, row_take, rows)));
}

static void bit_put(uint32_t *bits, uint32_t number, bool value)
{
	*bits = (*bits & ~(UINT32_C(1) << number)) | (uint32_t)value << number;
}

/* Nothing else is wanted any more. */
static void rows_obey(struct world *world, const struct rows *rows)
{
	world->limited = 0;
	for (uint32_t i = 0; i < SIM_SLOTS; i++) {
		const struct row *row = &rows->row[i];
		bit_put(&world->in_plan, i, row->is_there);
		if (!row->is_there)
			continue;
		bit_put(&world->other_asn, i, false);
		bit_put(&world->other_asn, i, world_asn(world, i) != row->asn);
		bit_put(&world->active, i, row->is_active);
		bit_put(&world->blackhole, i, row->takes_blackhole);
		bit_put(&world->add_path, i, row->add_path);
		bit_put(&world->as2, i, row->allow_as2);
		bit_put(&world->limited, i, row->routes_max != 0);
		if (row->routes_max != 0)
			world->limit_action = row->limit_action;
	}
}

/* --- changes ---------------------------------------------------------------------------------- */

static struct fault slot_remove(struct world *world, uint32_t slot, const struct rows *rows,
				struct complaints *complaints)
{
	struct address address = world_address(slot);
	uint32_t asn = rows->row[slot].asn;
	bool has_other = false;

	for (uint32_t i = 0; i < SIM_SLOTS; i++)
		has_other |= i != slot && rows->row[i].is_there && rows->row[i].asn == asn;
	return has_other ? registry_connection_remove(world->recorder.store, asn, &address,
						      complaints) :
			   registry_member_remove(world->recorder.store, asn, complaints);
}

static struct fault slot_add(struct world *world, uint32_t slot, struct complaints *complaints)
{
	struct row row = row_wanted(world, slot);
	struct registry_member member = { .asn = row.asn,
					  .name = "member",
					  .address_count = 1,
					  .address = { world_address(slot) },
					  .routes_max = { row.routes_max, 0 },
					  .takes_blackhole = row.takes_blackhole,
					  .is_active = row.is_active,
					  .add_path = row.add_path,
					  .allow_as2 = row.allow_as2,
					  .limit_action = row.limit_action };

	return registry_member_add(world->recorder.store, &world->recorder.exchange, &member,
				   complaints);
}

static enum registry_choice choice(bool is_wanted)
{
	return is_wanted ? CHOICE_YES : CHOICE_NO;
}

static struct fault slot_edit(struct world *world, uint32_t slot, struct complaints *complaints)
{
	struct row row = row_wanted(world, slot);
	struct registry_edit edit = { .asn = row.asn,
				      .has_at = true,
				      .at = world_address(slot),
				      .has_routes_max = { true, false },
				      .routes_max = { row.routes_max, 0 },
				      .takes_blackhole = choice(row.takes_blackhole),
				      .is_active = choice(row.is_active),
				      .add_path = choice(row.add_path),
				      .allow_as2 = choice(row.allow_as2),
				      .has_limit_action = true,
				      .limit_action = row.limit_action };

	return registry_member_edit(world->recorder.store, &world->recorder.exchange, &edit,
				    complaints);
}

/* As it was, and the words say why. */
static void refusal_check(struct world *world, const struct rows *before,
			  const struct complaints *complaints)
{
	const char *words = store_error(world->recorder.store);
	struct rows rows;

	rows_read(world, &rows);
	for (uint32_t i = 0; i < SIM_SLOTS; i++) {
		if (!row_equals(&rows.row[i], &before->row[i]))
			world_fail(world, "what was refused for session %u is recorded", i);
	}
	for (uint32_t i = 0; i < complaints->count; i++) {
		if (!complaints->list[i].is_warning)
			words = complaints->list[i].text;
	}
	bool is_full = strstr(words, "the disk is full; nothing was changed") != NULL;
	bool is_locked = strstr(words, "another program holds the database") != NULL;
	if (!is_full && !is_locked)
		world_fail(world, "a change is refused with \"%s\"", words);
	world->recorder.refused++;
	world->recorder.full += is_full ? 1 : 0;
	world->recorder.locked += is_locked ? 1 : 0;
	world_trace(world, "record: %s", words);
}

/* One transaction at a time; false: it was refused. */
static bool slot_settle(struct world *world, uint32_t slot)
{
	for (;;) {
		struct complaints complaints = { 0 };
		struct row wanted = row_wanted(world, slot);
		struct rows rows;
		struct fault fault;
		rows_read(world, &rows);
		const struct row *row = &rows.row[slot];
		if (row_equals(row, &wanted))
			return true;
		if (row->is_there && (!wanted.is_there || wanted.asn != row->asn))
			fault = slot_remove(world, slot, &rows, &complaints);
		else if (!row->is_there)
			fault = slot_add(world, slot, &complaints);
		else
			fault = slot_edit(world, slot, &complaints);
		if (failed(fault)) {
			refusal_check(world, &rows, &complaints);
			return false;
		}
		world->recorder.kept++;
	}
}

bool recorder_settle(struct world *world)
{
	bool is_kept = true;
	struct rows rows;

	for (uint32_t i = 0; i < SIM_SLOTS && is_kept; i++)
		is_kept = slot_settle(world, i);
	rows_read(world, &rows);
	rows_obey(world, &rows);
	return is_kept;
}

/* --- all of it -------------------------------------------------------------------------------- */

static void plan_check(struct world *world)
{
	struct plan *plan = NULL;

	CHECK(!failed(registry_plan(world->recorder.store, &world->recorder.exchange, &plan)));
	for (uint32_t i = 0; i < SIM_SLOTS; i++) {
		struct address address = world_address(i);
		const struct plan_session *recorded = plan_session_at(plan, &address);
		const struct plan_session *served = plan_session_of(
			world->plan, (struct session_id){ (uint16_t)i });
		if ((recorded == NULL) != (served == NULL))
			world_fail(world, "session %u is %srecorded and %sserved", i,
				   recorded == NULL ? "not " : "", served == NULL ? "not " : "");
		else if (recorded != NULL && (recorded->asn != served->asn ||
					      recorded->is_active != served->is_active ||
					      recorded->add_path != served->add_path ||
					      recorded->routes_max[0] != served->routes_max[0] ||
					      recorded->limit_action != served->limit_action))
			world_fail(world, "session %u is not served as it is recorded", i);
	}
	plan_unref(plan);
}

void recorder_check(struct world *world)
{
	struct ledger_verification verification = { .store = world->recorder.store,
						    .migrations = registry_migrations,
						    .migration_count = registry_migration_count,
						    .kinds = registry_kind_lists,
						    .tables = registry_table_lists };
	struct complaints findings = { 0 };
	struct ledger_verdict verdict = { 0 };

	plan_check(world);
	if (!registry_check_store(world->recorder.store, &findings))
		world_fail(world, "the record: %s", findings.list[0].text);
	CHECK(!failed(ledger_verify(&verification, &verdict, &findings)));
	if (findings.error_count != 0)
		world_fail(world, "the log: %s", findings.list[0].text);
	if (verdict.size < world->recorder.kept)
		world_fail(world, "%llu records of %u changes", (unsigned long long)verdict.size,
			   world->recorder.kept);
}

void recorder_begin(struct world *world)
{
	struct recorder *recorder = &world->recorder;
	char error[256] = "";

	*recorder = (struct recorder){ 0 };
	recorder->exchange = (struct registry_exchange){
		.name = "Pretend-IX",
		.asn = world->rs_asn,
		.router_id = 1000,
		.has_blackhole_next_hop = { true, true },
		.blackhole_next_hop = { address_ipv4(0xb9010242), world_address(1) },
		.lan_count = 2,
		.lan = { { FAMILY_IPV4, 24, { 185, 1, 2 } },
			 { FAMILY_IPV6, 64, { 0x20, 0x01, 0x07, 0xf8 } } }
	};
	recorder->exchange.blackhole_next_hop[FAMILY_IPV6].octet[14] = 0x66; /* nobody's */
	timed = world;
	disk_begin();
	database_make(recorder->place);
	CHECK(!failed(store_open(recorder->place, true, registry_migrations,
				 registry_migration_count, &recorder->store, error)));
	CHECK(recorder_settle(world));
}

void recorder_end(struct world *world)
{
	store_close(world->recorder.store);
	world->recorder.store = NULL;
	timed = NULL;
	database_unmake(world->recorder.place);
}
