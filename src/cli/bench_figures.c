/* cli/bench_figures.c — what is measured, and its medians over the runs. */
#include <stdlib.h>
#include <string.h>

#include "cli/benching.h"

#define OCTETS_PER_MIB 1048576.0

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left;
	double b = *(const double *)right;

	return (a > b) - (a < b);
}

struct spread spread_of(const struct bench *bench, enum trial_server server, figure of)
{
	double values[BENCH_RUNS_MAX];
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

static double kernel_mib(const struct trial_result *result)
{
	return (double)result->kernel_octets / OCTETS_PER_MIB;
}

static double slow_s(const struct trial_result *result)
{
	return result->slow_s;
}

static double cores_of(const struct trial_stretch *stretch)
{
	return stretch->wall_s > 0 ? stretch->server_cpu_s / stretch->wall_s : 0;
}

static double trickle_cores(const struct trial_result *result)
{
	return cores_of(&result->trickle);
}

static double trickle_changes(const struct trial_result *result)
{
	return result->trickle.latency.count;
}

static double trickle_unfinished(const struct trial_result *result)
{
	return result->trickle.latency.unfinished;
}

static double trickle_median_s(const struct trial_result *result)
{
	return result->trickle.latency.median_s;
}

static double trickle_p99_s(const struct trial_result *result)
{
	return result->trickle.latency.p99_s;
}

static double trickle_most_s(const struct trial_result *result)
{
	return result->trickle.latency.most_s;
}

static double idle_median_s(const struct trial_result *result)
{
	return result->idle.latency.median_s;
}

static double idle_p99_s(const struct trial_result *result)
{
	return result->idle.latency.p99_s;
}

static double idle_most_s(const struct trial_result *result)
{
	return result->idle.latency.most_s;
}

static double idle_unfinished(const struct trial_result *result)
{
	return result->idle.latency.unfinished;
}

static double flapping_median_s(const struct trial_result *result)
{
	return result->flapping.latency.median_s;
}

static double flapping_p99_s(const struct trial_result *result)
{
	return result->flapping.latency.p99_s;
}

static double flapping_most_s(const struct trial_result *result)
{
	return result->flapping.latency.most_s;
}

static double flapping_unfinished(const struct trial_result *result)
{
	return result->flapping.latency.unfinished;
}

static double flapping_cores(const struct trial_result *result)
{
	return cores_of(&result->flapping);
}

static double flapped_per_s(const struct trial_result *result)
{
	return result->flapping.wall_s > 0 ? (double)result->flapped / result->flapping.wall_s : 0;
}

static double rules_complete_s(const struct trial_result *result)
{
	return result->rules.complete_s;
}

static double rules_cpu_s(const struct trial_result *result)
{
	return result->rules.server_cpu_s;
}

static double rules_before_median_s(const struct trial_result *result)
{
	return result->rules.before.median_s;
}

static double rules_during_median_s(const struct trial_result *result)
{
	return result->rules.during.median_s;
}

static double rules_during_most_s(const struct trial_result *result)
{
	return result->rules.during.most_s;
}

static double rules_during_count(const struct trial_result *result)
{
	return result->rules.during.count;
}

static double rules_unfinished(const struct trial_result *result)
{
	return result->rules.before.unfinished + result->rules.during.unfinished;
}

static double rules_sessions_lost(const struct trial_result *result)
{
	return result->rules.sessions_lost;
}

static double rules_needless(const struct trial_result *result)
{
	return (double)result->rules.needless;
}

double ns_per_delivery(const struct bench *bench, double seconds)
{
	return bench->deliveries != 0 ? seconds * 1e9 / (double)bench->deliveries : 0;
}

static const struct measure measures[] = {
	{ "converge_s", NULL, first_s, MEASURE_ALWAYS },
	{ "cpu_s", NULL, first_cpu_s, MEASURE_ALWAYS },
	{ "generator_cpu_s", NULL, generator_cpu_s, MEASURE_ALWAYS },
	{ "peak_mib", NULL, peak_mib, MEASURE_ALWAYS },
	{ "kernel_mib", NULL, kernel_mib, MEASURE_ALWAYS },
	{ "sent_mib", NULL, sent_mib, MEASURE_ALWAYS },
	{ "withdraw_s", "churn: withdrawn, s", withdraw_s, MEASURE_CHURN },
	{ "withdraw_cpu_s", "churn: withdrawn, CPU s", withdraw_cpu_s, MEASURE_CHURN },
	{ "announce_s", "churn: announced again, s", announce_s, MEASURE_CHURN },
	{ "announce_cpu_s", "churn: announced again, CPU s", announce_cpu_s, MEASURE_CHURN },
	{ "slow_s", "slow members complete, s", slow_s, MEASURE_SLOW },
	{ "trickle_cores", "trickle: cores of the server", trickle_cores, MEASURE_TRICKLE },
	{ "trickle_changes", "trickle: changes that arrived", trickle_changes, MEASURE_TRICKLE },
	{ "trickle_unfinished", "trickle: changes that did not", trickle_unfinished,
	  MEASURE_TRICKLE },
	{ "trickle_median_s", "trickle: to the last member, median s", trickle_median_s,
	  MEASURE_TRICKLE },
	{ "trickle_p99_s", "trickle: 99th percentile", trickle_p99_s, MEASURE_TRICKLE },
	{ "trickle_most_s", "trickle: most", trickle_most_s, MEASURE_TRICKLE },
	{ "idle_median_s", "one change, else idle: to the last member, median s", idle_median_s,
	  MEASURE_PROBES },
	{ "idle_p99_s", "one change, else idle: 99th percentile", idle_p99_s, MEASURE_PROBES },
	{ "idle_most_s", "one change, else idle: most", idle_most_s, MEASURE_PROBES },
	{ "idle_unfinished", "one change, else idle: did not arrive", idle_unfinished,
	  MEASURE_PROBES },
	{ "flapping_median_s", "one change, a member flapping: to the last member, median s",
	  flapping_median_s, MEASURE_PROBES },
	{ "flapping_p99_s", "one change, a member flapping: 99th percentile", flapping_p99_s,
	  MEASURE_PROBES },
	{ "flapping_most_s", "one change, a member flapping: most", flapping_most_s,
	  MEASURE_PROBES },
	{ "flapping_unfinished", "one change, a member flapping: did not arrive",
	  flapping_unfinished, MEASURE_PROBES },
	{ "flapping_cores", "a member flapping: cores of the server", flapping_cores,
	  MEASURE_PROBES },
	{ "flapped_per_s", "a member flapping: routes a second", flapped_per_s, MEASURE_PROBES },
	{ "rules_complete_s", "change of rules: complete, s", rules_complete_s, MEASURE_RULES },
	{ "rules_cpu_s", "change of rules: CPU s", rules_cpu_s, MEASURE_RULES },
	{ "rules_before_median_s", "change of rules: a change before it, median s",
	  rules_before_median_s, MEASURE_RULES },
	{ "rules_during_median_s", "change of rules: a change during it, median s",
	  rules_during_median_s, MEASURE_RULES },
	{ "rules_during_most_s", "change of rules: a change during it, most", rules_during_most_s,
	  MEASURE_RULES },
	{ "rules_during_count", "change of rules: changes during it", rules_during_count,
	  MEASURE_RULES },
	{ "rules_unfinished", "change of rules: changes that did not arrive", rules_unfinished,
	  MEASURE_RULES },
	{ "rules_sessions_lost", "change of rules: sessions lost", rules_sessions_lost,
	  MEASURE_RULES },
	{ "rules_needless", "change of rules: routes sent though unchanged", rules_needless,
	  MEASURE_RULES },
};

const struct measure *measure_next(const struct measure *at)
{
	const struct measure *next = at == NULL ? measures : at + 1;

	return next < measures + sizeof measures / sizeof *measures ? next : NULL;
}

const struct measure *measure_named(const char *name)
{
	const struct measure *at = NULL;

	while ((at = measure_next(at)) != NULL && strcmp(at->name, name) != 0)
		continue;
	return at;
}

/* The floor converges, with slow members too, and that is all it can. */
bool measure_is_made(const struct bench *bench, const struct measure *measure,
		     enum trial_server server)
{
	const struct trial_config *config = &bench->config;
	bool is_floor = server == TRIAL_FLOOR;

	switch (measure->when) {
	case MEASURE_ALWAYS:
		return true;
	case MEASURE_SLOW:
		return config->slow_one_in != 0;
	case MEASURE_CHURN:
		return !is_floor && config->rounds != 0;
	case MEASURE_TRICKLE:
		return !is_floor && config->trickle_s != 0;
	case MEASURE_PROBES:
		return !is_floor && config->probes != 0;
	case MEASURE_RULES:
		return !is_floor && config->rules;
	}
	return false;
}

bool times_the_floor(const struct bench *bench, figure of, double *out)
{
	double floor = spread_of(bench, TRIAL_FLOOR, of).median;
	double server = spread_of(bench, bench->server, of).median;

	*out = floor > 0 ? server / floor : 0;
	return floor > 0 && server > 0;
}
