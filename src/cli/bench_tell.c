/* cli/bench_tell.c — the figures of plenum bench, for people and for programs. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/benching.h"
#include "text/columns.h"
#include "text/json.h"

#define RATIO_TEXT_MAX 32u

static const char *const server_names[] = { "plenum", "floor", "other" };

static struct spread spread_named(const struct bench *bench, enum trial_server server,
				  const char *name)
{
	return spread_of(bench, server, measure_named(name)->of);
}

/* --- for people ------------------------------------------------------------------------------- */

static void row_put(struct columns *columns, const struct bench *bench, enum trial_server server)
{
	struct spread wall = spread_named(bench, server, "converge_s");
	struct spread cpu = spread_named(bench, server, "cpu_s");

	columns_cell(columns, COLOUR_NONE, "%s", server_names[server]);
	columns_cell(columns, COLOUR_NONE, "%.4f", wall.median);
	columns_cell(columns, COLOUR_NONE, "%.4f-%.4f", wall.least, wall.most);
	columns_cell(columns, COLOUR_NONE, "%.4f", cpu.median);
	columns_cell(columns, COLOUR_NONE, "%.4f-%.4f", cpu.least, cpu.most);
	columns_cell(columns, COLOUR_NONE, "%.2f", ns_per_delivery(bench, cpu.median));
	columns_cell(columns, COLOUR_NONE, "%.1f", spread_named(bench, server, "peak_mib").median);
	columns_cell(columns, COLOUR_NONE, "%.1f", spread_named(bench, server, "sent_mib").median);
	columns_cell(columns, COLOUR_NONE, "%.1f",
		     spread_named(bench, server, "kernel_mib").median);
	columns_cell(columns, COLOUR_NONE, "%.4f",
		     spread_named(bench, server, "generator_cpu_s").median);
}

static bool servers_put(struct heap *heap, const struct bench *bench)
{
	static const struct column column[] = {
		{ "SERVER", false },         { "CONVERGED S", true }, { "FROM-TO", true },
		{ "CPU S", true },           { "FROM-TO", true },     { "NS/DELIVERY", true },
		{ "PEAK MIB", true },        { "SENT MIB", true },    { "KERNEL MIB", true },
		{ "GENERATOR CPU S", true },
	};
	struct columns columns CLEAN(columns_fini);

	columns_init(&columns, heap, bench->out, column, sizeof column / sizeof *column, false);
	row_put(&columns, bench, bench->server);
	if (bench->floor)
		row_put(&columns, bench, TRIAL_FLOOR);
	return columns_end(&columns);
}

/* Everything beyond converging: a row each. */
static bool phases_put(struct heap *heap, const struct bench *bench)
{
	static const struct column column[] = { { "MEASURED", false },
						{ "MEDIAN", true },
						{ "FROM-TO", true } };
	struct columns columns CLEAN(columns_fini);
	const struct measure *at = NULL;

	columns_init(&columns, heap, bench->out, column, sizeof column / sizeof *column, false);
	while ((at = measure_next(at)) != NULL) {
		if (at->words == NULL || !measure_is_made(bench, at, bench->server))
			continue;
		struct spread spread = spread_of(bench, bench->server, at->of);
		columns_cell(&columns, COLOUR_NONE, "%s", at->words);
		columns_cell(&columns, COLOUR_NONE, "%.4f", spread.median);
		columns_cell(&columns, COLOUR_NONE, "%.4f-%.4f", spread.least, spread.most);
	}
	return columns_end(&columns);
}

static bool has_phases(const struct bench *bench)
{
	const struct measure *at = NULL;

	while ((at = measure_next(at)) != NULL) {
		if (at->words != NULL && measure_is_made(bench, at, bench->server))
			return true;
	}
	return false;
}

static void ratio_print(const struct bench *bench, figure of, char out[RATIO_TEXT_MAX])
{
	double times;

	if (times_the_floor(bench, of, &times))
		(void)snprintf(out, RATIO_TEXT_MAX, "%.2f", times);
	else
		(void)snprintf(out, RATIO_TEXT_MAX, "-");
}

static void ratios_put(const struct bench *bench)
{
	char wall[RATIO_TEXT_MAX];
	char cpu[RATIO_TEXT_MAX];

	ratio_print(bench, measure_named("converge_s")->of, wall);
	ratio_print(bench, measure_named("cpu_s")->of, cpu);
	(void)text_put(bench->out,
		       "\nPlenum took %s times the floor's time and %s times its CPU.\n", wall,
		       cpu);
}

bool bench_table(const struct bench *bench)
{
	const struct load_config *load = &bench->config.load;
	struct heap heap = heap_libc();

	(void)text_put(bench->out, "%" PRIu32 " members with %" PRIu32 " %s routes each",
		       load->members, load->routes, family_name(load->family));
	if (load->overlap > 1)
		(void)text_put(bench->out, ", each prefix from %" PRIu32 " members", load->overlap);
	if (load->steered_percent != 0)
		(void)text_put(bench->out, ", %" PRIu32 " %% of the attribute sets steered",
			       load->steered_percent);
	(void)text_put(bench->out,
		       "\n%" PRIu64 " deliveries; %s of %" PRIu32 " run%s; %" PRIu32
		       " worker%s%s\n\n",
		       bench->deliveries, bench->runs == 1 ? "figures" : "medians", bench->runs,
		       bench->runs == 1 ? "" : "s", bench->config.workers,
		       bench->config.workers == 1 ? "" : "s",
		       bench->config.pin ? "; server and generator on cores of their own" : "");
	if (!servers_put(&heap, bench))
		return false;
	if (bench->floor)
		ratios_put(bench);
	if (!has_phases(bench))
		return true;
	if (bench->config.rounds != 0)
		(void)text_put(bench->out,
			       "\nChurn: %" PRIu32 " %% of the routes, mean of %" PRIu32
			       " rounds.\n",
			       load->churn_percent, bench->config.rounds);
	(void)text_put(bench->out, "\n");
	return phases_put(&heap, bench);
}

/* --- for programs ----------------------------------------------------------------------------- */

static void seconds_json(struct json *json, const char *name, double value)
{
	json_field_decimal(json, name, (int64_t)(value * 1e6), 6);
}

static void ratio_json(struct json *json, const char *name, const struct bench *bench, figure of)
{
	double times;

	if (times_the_floor(bench, of, &times))
		seconds_json(json, name, times);
	else
		json_field_text(json, name, NULL);
}

static void server_json(struct json *json, const struct bench *bench, enum trial_server server)
{
	const struct measure *at = NULL;

	json_field_object(json, server_names[server]);
	while ((at = measure_next(at)) != NULL) {
		if (!measure_is_made(bench, at, server))
			continue;
		struct spread spread = spread_of(bench, server, at->of);
		json_field_object(json, at->name);
		seconds_json(json, "median", spread.median);
		seconds_json(json, "least", spread.least);
		seconds_json(json, "most", spread.most);
		json_object_close(json);
	}
	seconds_json(json, "cpu_ns_per_delivery",
		     ns_per_delivery(bench, spread_named(bench, server, "cpu_s").median));
	json_object_close(json);
}

static void load_json(struct json *json, const struct bench *bench)
{
	const struct load_config *load = &bench->config.load;

	json_field_text(json, "load", bench->load_name);
	json_field_u64(json, "members", load->members);
	json_field_u64(json, "routes", load->routes);
	json_field_u64(json, "overlap", load->overlap);
	json_field_text(json, "family", family_name(load->family));
	json_field_u64(json, "steered_percent", load->steered_percent);
	json_field_u64(json, "churn_percent", load->churn_percent);
	json_field_u64(json, "rounds", bench->config.rounds);
	json_field_u64(json, "slow_one_in", bench->config.slow_one_in);
	json_field_u64(json, "workers", bench->config.workers);
	json_field_bool(json, "pinned", bench->config.pin);
	json_field_u64(json, "runs", bench->runs);
}

bool bench_json(const struct bench *bench, const struct trial_result *failed_run)
{
	struct json json;

	json_init(&json, bench->out, 2);
	json_object_open(&json);
	load_json(&json, bench);
	json_field_bool(&json, "converged", failed_run == NULL);
	if (failed_run != NULL) {
		json_field_text(&json, "trouble", failed_run->trouble);
		json_field_u64(&json, "members_complete", failed_run->members_complete);
		json_field_u64(&json, "paths_held", failed_run->paths_held);
		json_field_u64(&json, "paths_wanted", failed_run->paths_wanted);
		json_field_u64(&json, "deliveries", failed_run->deliveries);
		/* Of one run, what was measured before it broke off; the rest is nothing. */
		for (uint32_t s = TRIAL_PLENUM; s <= TRIAL_OTHER && bench->runs == 1; s++) {
			if (failed_run == &bench->result[s][0])
				server_json(&json, bench, (enum trial_server)s);
		}
	} else {
		json_field_u64(&json, "deliveries", bench->deliveries);
		server_json(&json, bench, bench->server);
	}
	if (failed_run == NULL && bench->floor) {
		server_json(&json, bench, TRIAL_FLOOR);
		json_field_object(&json, "times_the_floor");
		ratio_json(&json, "time", bench, measure_named("converge_s")->of);
		ratio_json(&json, "cpu", bench, measure_named("cpu_s")->of);
		json_object_close(&json);
	}
	json_object_close(&json);
	return json_done(&json);
}
