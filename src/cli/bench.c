/* cli/bench.c — plenum bench: an exchange on trial, with figures for people or for programs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "text/columns.h"
#include "text/json.h"
#include "trial/trial.h"

#define RUNS_MAX 25u
#define OCTETS_PER_MIB 1048576.0
#define RATIO_TEXT_MAX 32u

struct bench {
	struct trial_config config;
	uint32_t runs;
	bool floor;
	bool json;
	struct text_sink out;
	uint64_t deliveries;
	struct trial_result result[TRIAL_FLOOR + 1][RUNS_MAX];
};

/* Of one figure over the runs. */
struct spread {
	double median;
	double least;
	double most;
};

typedef double (*figure)(const struct trial_result *result);

/* --- options ---------------------------------------------------------------------------------- */

static enum family family_of(const struct arguments *arguments, struct complaints *complaints)
{
	const char *text = argument_of(arguments, "family");

	for (uint32_t i = 0; i < FAMILY_COUNT && text != NULL; i++) {
		if (strcmp(text, family_name((enum family)i)) == 0)
			return (enum family)i;
	}
	if (text != NULL)
		complain(complaints, false, "--family \"%s\" is neither ipv4 nor ipv6", text);
	return FAMILY_IPV4;
}

/* What the numbers must be to each other. */
static void load_check(const struct load_config *load, struct complaints *complaints)
{
	if (load->overlap > load->members)
		complain(complaints, false,
			 "--overlap %" PRIu32 ": there are only %" PRIu32 " members", load->overlap,
			 load->members);
	if (load->routes % load->overlap != 0)
		complain(complaints, false,
			 "--routes %" PRIu32 " is no multiple of --overlap %" PRIu32
			 "; members cannot all announce the same number",
			 load->routes, load->overlap);
	else if ((uint64_t)load->members * (load->routes / load->overlap) > LOAD_PREFIXES_MAX)
		complain(complaints, false,
			 "%" PRIu64 " prefixes: more than the %u that a trial has",
			 (uint64_t)load->members * (load->routes / load->overlap),
			 LOAD_PREFIXES_MAX);
}

static void options_read(const struct arguments *arguments, struct bench *bench,
			 struct complaints *complaints)
{
	struct trial_config *config = &bench->config;
	struct load_config *load = &config->load;

	load->members = argument_number(arguments, "members", 2, LOAD_MEMBERS_MAX, 100, complaints);
	load->routes = argument_number(arguments, "routes", 1, LOAD_PREFIXES_MAX, 100, complaints);
	load->overlap = argument_number(arguments, "overlap", 1, LOAD_OVERLAP_MAX, 1, complaints);
	load->family = family_of(arguments, complaints);
	load->steered_percent = argument_number(arguments, "steered", 0, 100, 0, complaints);
	load->churn_percent = argument_number(arguments, "churn", 0, 100, 0, complaints);
	config->rounds = argument_number(arguments, "rounds", 1, TRIAL_ROUNDS_MAX, 3, complaints);
	if (load->churn_percent == 0)
		config->rounds = 0;
	config->timeout_s = argument_number(arguments, "timeout", 1, TRIAL_TIMEOUT_S_MAX, 120,
					    complaints);
	config->workers = argument_number(arguments, "workers", 1, TRIAL_WORKERS_MAX, 1,
					  complaints);
	config->pin = !argument_given(arguments, "pin") || argument_yes(arguments, "pin");
	bench->runs = argument_number(arguments, "runs", 1, RUNS_MAX, 1, complaints);
	bench->floor = argument_yes(arguments, "floor");
	bench->json = argument_yes(arguments, "json");
	if (bench->floor && load->steered_percent != 0)
		complain(complaints, false,
			 "--floor: a bare sender knows no control "
			 "communities; leave --steered out");
	if (complaints->error_count == 0)
		load_check(load, complaints);
}

/* --- figures ---------------------------------------------------------------------------------- */

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left;
	double b = *(const double *)right;

	return (a > b) - (a < b);
}

static struct spread spread_of(const struct bench *bench, enum trial_server server, figure of)
{
	double values[RUNS_MAX];
	uint32_t runs = bench->runs;

	for (uint32_t i = 0; i < runs; i++)
		values[i] = of(&bench->result[server][i]);
	qsort(values, runs, sizeof *values, compare);
	return (struct spread){
		.median = (values[(runs - 1) / 2] + values[runs / 2]) / 2,
		.least = values[0],
		.most = values[runs - 1],
	};
}

static double first_s(const struct trial_result *result)
{
	return result->first.wall_s;
}

static double first_cpu_s(const struct trial_result *result)
{
	return result->first.server_cpu_s;
}

static double generator_cpu_s(const struct trial_result *result)
{
	return result->first.generator_cpu_s;
}

static double peak_mib(const struct trial_result *result)
{
	return (double)result->peak_octets / OCTETS_PER_MIB;
}

static double sent_mib(const struct trial_result *result)
{
	return (double)result->first.octets / OCTETS_PER_MIB;
}

static double mean_of(const struct trial_phase *phases, double (*of)(const struct trial_phase *))
{
	double sum = 0;
	uint32_t count = 0;

	for (; count < TRIAL_ROUNDS_MAX && phases[count].wall_s > 0; count++)
		sum += of(&phases[count]);
	return count == 0 ? 0 : sum / count;
}

static double phase_s(const struct trial_phase *phase)
{
	return phase->wall_s;
}

static double phase_cpu_s(const struct trial_phase *phase)
{
	return phase->server_cpu_s;
}

static double withdraw_s(const struct trial_result *result)
{
	return mean_of(result->withdraw, phase_s);
}

static double withdraw_cpu_s(const struct trial_result *result)
{
	return mean_of(result->withdraw, phase_cpu_s);
}

static double announce_s(const struct trial_result *result)
{
	return mean_of(result->announce, phase_s);
}

static double announce_cpu_s(const struct trial_result *result)
{
	return mean_of(result->announce, phase_cpu_s);
}

static double ns_per_delivery(const struct bench *bench, double seconds)
{
	return bench->deliveries != 0 ? seconds * 1e9 / (double)bench->deliveries : 0;
}

/* One measured thing, with its name for programs. */
struct measure {
	const char *name;
	figure of;
	bool is_churn;
};

static const struct measure measures[] = {
	{ "converge_s", first_s, false },
	{ "cpu_s", first_cpu_s, false },
	{ "generator_cpu_s", generator_cpu_s, false },
	{ "peak_mib", peak_mib, false },
	{ "sent_mib", sent_mib, false },
	{ "withdraw_s", withdraw_s, true },
	{ "withdraw_cpu_s", withdraw_cpu_s, true },
	{ "announce_s", announce_s, true },
	{ "announce_cpu_s", announce_cpu_s, true },
};

/* False: one of the two was too short for the clock to see. */
static bool times_the_floor(const struct bench *bench, figure of, double *out)
{
	double floor = spread_of(bench, TRIAL_FLOOR, of).median;
	double plenum = spread_of(bench, TRIAL_PLENUM, of).median;

	*out = floor > 0 ? plenum / floor : 0;
	return floor > 0 && plenum > 0;
}

/* --- for people ------------------------------------------------------------------------------- */

static void row_put(struct columns *columns, const struct bench *bench, const char *name,
		    enum trial_server server)
{
	struct spread wall = spread_of(bench, server, first_s);
	struct spread cpu = spread_of(bench, server, first_cpu_s);

	columns_cell(columns, COLOUR_NONE, "%s", name);
	columns_cell(columns, COLOUR_NONE, "%.4f", wall.median);
	columns_cell(columns, COLOUR_NONE, "%.4f-%.4f", wall.least, wall.most);
	columns_cell(columns, COLOUR_NONE, "%.4f", cpu.median);
	columns_cell(columns, COLOUR_NONE, "%.4f-%.4f", cpu.least, cpu.most);
	columns_cell(columns, COLOUR_NONE, "%.2f", ns_per_delivery(bench, cpu.median));
	columns_cell(columns, COLOUR_NONE, "%.1f", spread_of(bench, server, peak_mib).median);
	columns_cell(columns, COLOUR_NONE, "%.1f", spread_of(bench, server, sent_mib).median);
	columns_cell(columns, COLOUR_NONE, "%.4f",
		     spread_of(bench, server, generator_cpu_s).median);
}

static bool servers_put(struct heap *heap, const struct bench *bench)
{
	static const struct column column[] = {
		{ "SERVER", false },  { "CONVERGED S", true }, { "FROM-TO", true },
		{ "CPU S", true },    { "FROM-TO", true },     { "NS/DELIVERY", true },
		{ "PEAK MIB", true }, { "SENT MIB", true },    { "GENERATOR CPU S", true },
	};
	struct columns columns CLEAN(columns_fini);

	columns_init(&columns, heap, bench->out, column, sizeof column / sizeof *column, false);
	row_put(&columns, bench, "plenum", TRIAL_PLENUM);
	if (bench->floor)
		row_put(&columns, bench, "floor", TRIAL_FLOOR);
	return columns_end(&columns);
}

static bool churn_put(struct heap *heap, const struct bench *bench)
{
	static const struct column column[] = { { "CHURN", false },
						{ "SECONDS", true },
						{ "CPU S", true } };
	struct columns columns CLEAN(columns_fini);

	columns_init(&columns, heap, bench->out, column, sizeof column / sizeof *column, false);
	columns_cell(&columns, COLOUR_NONE, "withdraw");
	columns_cell(&columns, COLOUR_NONE, "%.4f",
		     spread_of(bench, TRIAL_PLENUM, withdraw_s).median);
	columns_cell(&columns, COLOUR_NONE, "%.4f",
		     spread_of(bench, TRIAL_PLENUM, withdraw_cpu_s).median);
	columns_cell(&columns, COLOUR_NONE, "announce");
	columns_cell(&columns, COLOUR_NONE, "%.4f",
		     spread_of(bench, TRIAL_PLENUM, announce_s).median);
	columns_cell(&columns, COLOUR_NONE, "%.4f",
		     spread_of(bench, TRIAL_PLENUM, announce_cpu_s).median);
	return columns_end(&columns);
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

	ratio_print(bench, first_s, wall);
	ratio_print(bench, first_cpu_s, cpu);
	(void)text_put(bench->out,
		       "\nPlenum took %s times the floor's time and %s times its CPU.\n", wall,
		       cpu);
}

static bool table_print(const struct bench *bench)
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
	if (bench->config.rounds == 0)
		return true;
	(void)text_put(bench->out, "\n%" PRIu32 " %% of the routes, mean of %" PRIu32 " rounds\n\n",
		       load->churn_percent, bench->config.rounds);
	return churn_put(&heap, bench);
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

static void server_json(struct json *json, const struct bench *bench, const char *name,
			enum trial_server server)
{
	bool has_churn = server == TRIAL_PLENUM && bench->config.rounds != 0;

	json_field_object(json, name);
	for (uint32_t i = 0; i < sizeof measures / sizeof *measures; i++) {
		if (measures[i].is_churn && !has_churn)
			continue;
		struct spread spread = spread_of(bench, server, measures[i].of);
		json_field_object(json, measures[i].name);
		seconds_json(json, "median", spread.median);
		seconds_json(json, "least", spread.least);
		seconds_json(json, "most", spread.most);
		json_object_close(json);
	}
	seconds_json(json, "cpu_ns_per_delivery",
		     ns_per_delivery(bench, spread_of(bench, server, first_cpu_s).median));
	json_object_close(json);
}

static void load_json(struct json *json, const struct bench *bench)
{
	const struct load_config *load = &bench->config.load;

	json_field_u64(json, "members", load->members);
	json_field_u64(json, "routes", load->routes);
	json_field_u64(json, "overlap", load->overlap);
	json_field_text(json, "family", family_name(load->family));
	json_field_u64(json, "steered_percent", load->steered_percent);
	json_field_u64(json, "churn_percent", load->churn_percent);
	json_field_u64(json, "rounds", bench->config.rounds);
	json_field_u64(json, "workers", bench->config.workers);
	json_field_bool(json, "pinned", bench->config.pin);
	json_field_u64(json, "runs", bench->runs);
}

/* `failed_run` NULL: all runs converged. */
static bool json_print(const struct bench *bench, const struct trial_result *failed_run)
{
	struct json json;

	json_init(&json, bench->out, 2);
	json_object_open(&json);
	load_json(&json, bench);
	json_field_bool(&json, "converged", failed_run == NULL);
	if (failed_run != NULL) {
		json_field_u64(&json, "members_complete", failed_run->members_complete);
		json_field_u64(&json, "paths_held", failed_run->paths_held);
		json_field_u64(&json, "paths_wanted", failed_run->paths_wanted);
	} else {
		json_field_u64(&json, "deliveries", bench->deliveries);
		server_json(&json, bench, "plenum", TRIAL_PLENUM);
	}
	if (failed_run == NULL && bench->floor) {
		server_json(&json, bench, "floor", TRIAL_FLOOR);
		json_field_object(&json, "times_the_floor");
		ratio_json(&json, "time", bench, first_s);
		ratio_json(&json, "cpu", bench, first_cpu_s);
		json_object_close(&json);
	}
	json_object_close(&json);
	return json_done(&json);
}

/* --- the command ------------------------------------------------------------------------------ */

static enum exit_code runs_do(struct bench *bench, struct complaints *complaints)
{
	static const char *const servers[] = { "plenum", "the floor" };

	for (uint32_t i = 0; i < bench->runs; i++) {
		for (uint32_t s = TRIAL_PLENUM; s <= (bench->floor ? TRIAL_FLOOR : TRIAL_PLENUM);
		     s++) {
			struct trial_result *result = &bench->result[s][i];
			struct fault fault = trial_run(&bench->config, (enum trial_server)s,
						       result);
			if (failed(fault)) {
				complain(complaints, false, "%s cannot be tried: %s", servers[s],
					 fault.kind == FAULT_SYSTEM ? strerror(fault.code) :
								      fault_word(fault));
				return EXIT_COULD_NOT;
			}
			if (!result->converged) {
				(void)fprintf(stderr, "plenum: %s did not converge: %s\n",
					      servers[s], result->trouble);
				if (bench->json && !json_print(bench, result))
					return EXIT_COULD_NOT;
				return EXIT_FOUND;
			}
			bench->deliveries = result->paths_wanted;
		}
	}
	return EXIT_DONE;
}

enum exit_code command_bench(struct desk *desk, const struct arguments *arguments)
{
	struct complaints *complaints = desk->complaints;
	static struct bench bench;
	uint32_t needed = 0;
	uint32_t allowed = 0;

	bench.out = desk->out;
	options_read(arguments, &bench, complaints);
	if (complaints->error_count != 0)
		return EXIT_COULD_NOT;
	if (failed(trial_descriptors(&bench.config, &needed, &allowed))) {
		complain(complaints, false,
			 "%" PRIu32 " members need %" PRIu32 " open files, and the system allows "
			 "this process %" PRIu32
			 ": raise the hard limit (ulimit -Hn) or give fewer "
			 "--members",
			 bench.config.load.members, needed, allowed);
		return EXIT_COULD_NOT;
	}
	enum exit_code code = runs_do(&bench, complaints);
	if (code != EXIT_DONE)
		return code;
	return (bench.json ? json_print(&bench, NULL) : table_print(&bench)) ? EXIT_DONE :
									       EXIT_COULD_NOT;
}
