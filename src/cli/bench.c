/* cli/bench.c — plenum bench: an exchange on trial, with figures for people or for programs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "trial/trial.h"

#define RUNS_MAX 25u
#define OCTETS_PER_MIB 1048576.0

struct bench {
	struct trial_config config;
	uint32_t runs;
	bool floor;
	bool json;
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

/* --- options ----------------------------------------------------------------------------------
 * */

static uint32_t number_of(struct arguments *arguments, const char *name, uint32_t otherwise,
			  uint32_t least, uint32_t most, struct complaints *complaints)
{
	const char *text = arguments_one(arguments, name);
	uint64_t value = 0;

	if (text == NULL)
		return otherwise;
	bool is_number = text[0] != '\0' && strlen(text) < 10;
	for (const char *at = text; *at != '\0' && is_number; at++) {
		is_number = *at >= '0' && *at <= '9';
		value = value * 10 + (uint64_t)(*at - '0');
	}
	if (is_number && value >= least && value <= most)
		return (uint32_t)value;
	complain(complaints, false, "--%s \"%s\" is not a number from %" PRIu32 " to %" PRIu32,
		 name, text, least, most);
	return otherwise;
}

static bool yes_or_no(struct arguments *arguments, const char *name, bool otherwise,
		      struct complaints *complaints)
{
	const char *text = arguments_one(arguments, name);

	if (text == NULL)
		return otherwise;
	if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
		complain(complaints, false, "--%s \"%s\" is neither yes nor no", name, text);
	return strcmp(text, "yes") == 0;
}

static enum family family_of(struct arguments *arguments, struct complaints *complaints)
{
	const char *text = arguments_one(arguments, "family");

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

static void options_read(struct arguments *arguments, struct bench *bench,
			 struct complaints *complaints)
{
	struct trial_config *config = &bench->config;
	struct load_config *load = &config->load;

	load->members = number_of(arguments, "members", 100, 2, LOAD_MEMBERS_MAX, complaints);
	load->routes = number_of(arguments, "routes", 100, 1, LOAD_PREFIXES_MAX, complaints);
	load->overlap = number_of(arguments, "overlap", 1, 1, LOAD_OVERLAP_MAX, complaints);
	load->family = family_of(arguments, complaints);
	load->steered_percent = number_of(arguments, "steered", 0, 0, 100, complaints);
	load->churn_percent = number_of(arguments, "churn", 0, 0, 100, complaints);
	config->rounds = number_of(arguments, "rounds", 3, 1, TRIAL_ROUNDS_MAX, complaints);
	if (load->churn_percent == 0)
		config->rounds = 0;
	config->timeout_s = number_of(arguments, "timeout", 120, 1, TRIAL_TIMEOUT_S_MAX,
				      complaints);
	config->workers = number_of(arguments, "workers", 1, 1, TRIAL_WORKERS_MAX, complaints);
	config->pin = yes_or_no(arguments, "pin", true, complaints);
	bench->runs = number_of(arguments, "runs", 1, 1, RUNS_MAX, complaints);
	bench->floor = yes_or_no(arguments, "floor", false, complaints);
	bench->json = yes_or_no(arguments, "json", false, complaints);
	if (bench->floor && load->steered_percent != 0)
		complain(complaints, false,
			 "--floor yes: a bare sender knows no control "
			 "communities; leave --steered out");
	if (arguments->word_count != 0)
		complain(complaints, false, "\"%s\": plenum bench takes options only",
			 arguments->words[0]);
	arguments_finish(arguments, complaints);
	if (complaints->error_count == 0)
		load_check(load, complaints);
}

/* --- figures ----------------------------------------------------------------------------------
 * */

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

static double ratio_of(double value, double to)
{
	return to > 0 ? value / to : 0;
}

static double ns_per_delivery(const struct bench *bench, double seconds)
{
	return bench->deliveries != 0 ? seconds * 1e9 / (double)bench->deliveries : 0;
}

/* --- for people -------------------------------------------------------------------------------
 * */

static void row_print(const struct bench *bench, const char *name, enum trial_server server)
{
	struct spread wall = spread_of(bench, server, first_s);
	struct spread cpu = spread_of(bench, server, first_cpu_s);

	printf("%-8s %9.4f  %7.4f-%-7.4f %9.4f  %7.4f-%-7.4f %12.2f %10.1f %10.1f %12.4f\n", name,
	       wall.median, wall.least, wall.most, cpu.median, cpu.least, cpu.most,
	       ns_per_delivery(bench, cpu.median), spread_of(bench, server, peak_mib).median,
	       spread_of(bench, server, sent_mib).median,
	       spread_of(bench, server, generator_cpu_s).median);
}

static void churn_print(const struct bench *bench)
{
	printf("\n%-8s %9s %9s   %" PRIu32 " %% of the routes, mean of %" PRIu32 " rounds\n",
	       "churn", "seconds", "CPU s", bench->config.load.churn_percent, bench->config.rounds);
	printf("%-8s %9.4f %9.4f\n", "withdraw", spread_of(bench, TRIAL_PLENUM, withdraw_s).median,
	       spread_of(bench, TRIAL_PLENUM, withdraw_cpu_s).median);
	printf("%-8s %9.4f %9.4f\n", "announce", spread_of(bench, TRIAL_PLENUM, announce_s).median,
	       spread_of(bench, TRIAL_PLENUM, announce_cpu_s).median);
}

static void table_print(const struct bench *bench)
{
	const struct load_config *load = &bench->config.load;

	printf("%" PRIu32 " members with %" PRIu32 " %s routes each", load->members, load->routes,
	       family_name(load->family));
	if (load->overlap > 1)
		printf(", each prefix from %" PRIu32 " members", load->overlap);
	if (load->steered_percent != 0)
		printf(", %" PRIu32 " %% of the attribute sets steered", load->steered_percent);
	printf("\n%" PRIu64 " deliveries; %s of %" PRIu32 " run%s%s\n\n", bench->deliveries,
	       bench->runs == 1 ? "figures" : "medians", bench->runs, bench->runs == 1 ? "" : "s",
	       bench->config.pin ? "; server and generator on a core each" : "");
	printf("%-8s %9s  %-15s %9s  %-15s %12s %10s %10s %12s\n", "", "converged", "s, from-to",
	       "CPU s", "from-to", "ns/delivery", "peak MiB", "MiB sent", "generator CPU");
	row_print(bench, "plenum", TRIAL_PLENUM);
	if (bench->floor) {
		row_print(bench, "floor", TRIAL_FLOOR);
		printf("%-8s %9.2f  %-15s %9.2f\n", "times",
		       ratio_of(spread_of(bench, TRIAL_PLENUM, first_s).median,
				spread_of(bench, TRIAL_FLOOR, first_s).median),
		       "",
		       ratio_of(spread_of(bench, TRIAL_PLENUM, first_cpu_s).median,
				spread_of(bench, TRIAL_FLOOR, first_cpu_s).median));
	}
	if (bench->config.rounds != 0)
		churn_print(bench);
}

/* --- for programs -----------------------------------------------------------------------------
 * */

static void spread_json(const char *name, struct spread spread)
{
	printf("\"%s\":{\"median\":%.6f,\"least\":%.6f,\"most\":%.6f},", name, spread.median,
	       spread.least, spread.most);
}

static void server_json(const struct bench *bench, const char *name, enum trial_server server)
{
	printf("\"%s\":{", name);
	spread_json("converge_s", spread_of(bench, server, first_s));
	spread_json("cpu_s", spread_of(bench, server, first_cpu_s));
	spread_json("generator_cpu_s", spread_of(bench, server, generator_cpu_s));
	spread_json("peak_mib", spread_of(bench, server, peak_mib));
	spread_json("sent_mib", spread_of(bench, server, sent_mib));
	if (server == TRIAL_PLENUM && bench->config.rounds != 0) {
		spread_json("withdraw_s", spread_of(bench, server, withdraw_s));
		spread_json("withdraw_cpu_s", spread_of(bench, server, withdraw_cpu_s));
		spread_json("announce_s", spread_of(bench, server, announce_s));
		spread_json("announce_cpu_s", spread_of(bench, server, announce_cpu_s));
	}
	printf("\"cpu_ns_per_delivery\":%.4f}",
	       ns_per_delivery(bench, spread_of(bench, server, first_cpu_s).median));
}

static void json_print(const struct bench *bench)
{
	const struct load_config *load = &bench->config.load;

	printf("{\"members\":%" PRIu32 ",\"routes\":%" PRIu32 ",\"overlap\":%" PRIu32
	       ",\"family\":\"%s\",\"steered_percent\":%" PRIu32 ",\"churn_percent\":%" PRIu32
	       ",\"rounds\":%" PRIu32 ",\"workers\":%" PRIu32 ",\"pinned\":%s,\"runs\":%" PRIu32
	       ",\"deliveries\":%" PRIu64 ",\"converged\":true,",
	       load->members, load->routes, load->overlap, family_name(load->family),
	       load->steered_percent, load->churn_percent, bench->config.rounds,
	       bench->config.workers, bench->config.pin ? "true" : "false", bench->runs,
	       bench->deliveries);
	server_json(bench, "plenum", TRIAL_PLENUM);
	if (bench->floor) {
		printf(",");
		server_json(bench, "floor", TRIAL_FLOOR);
		printf(",\"times_the_floor\":{\"time\":%.4f,\"cpu\":%.4f}",
		       ratio_of(spread_of(bench, TRIAL_PLENUM, first_s).median,
				spread_of(bench, TRIAL_FLOOR, first_s).median),
		       ratio_of(spread_of(bench, TRIAL_PLENUM, first_cpu_s).median,
				spread_of(bench, TRIAL_FLOOR, first_cpu_s).median));
	}
	printf("}\n");
}

static void failure_tell(const struct bench *bench, const char *server,
			 const struct trial_result *result)
{
	(void)fprintf(stderr, "plenum: %s did not converge within %" PRIu32 " s a phase: %s\n",
		      server, bench->config.timeout_s, result->trouble);
	if (bench->json)
		printf("{\"members\":%" PRIu32 ",\"routes\":%" PRIu32
		       ",\"converged\":false,\"members_complete\":%" PRIu32
		       ",\"paths_held\":%" PRIu64 ",\"paths_wanted\":%" PRIu64 "}\n",
		       bench->config.load.members, bench->config.load.routes,
		       result->members_complete, result->paths_held, result->paths_wanted);
}

/* --- the command ------------------------------------------------------------------------------
 * */

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
				failure_tell(bench, servers[s], result);
				return EXIT_FOUND;
			}
			bench->deliveries = result->paths_wanted;
		}
	}
	return EXIT_DONE;
}

enum exit_code command_bench(struct arguments *arguments, struct complaints *complaints)
{
	static struct bench bench;
	uint32_t needed = 0;
	uint32_t allowed = 0;

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
	if (code == EXIT_DONE && bench.json)
		json_print(&bench);
	else if (code == EXIT_DONE)
		table_print(&bench);
	return code;
}
