/* cli/benching.h — the inside of plenum bench, for its files.
 *
 *   bench.c  options and runs   bench_figures.c  medians and spreads   bench_tell.c  both outputs
 * Owns    nothing
 * Thread  the call's */
#ifndef CLI_BENCHING_H
#define CLI_BENCHING_H

#include "cli/command.h"
#include "trial/trial.h"

#define BENCH_RUNS_MAX 25u

struct bench {
	struct trial_config config;
	const char *load_name;    /* NULL: made of numbers */
	enum trial_server server; /* PLENUM or OTHER */
	uint32_t runs;
	bool floor;
	bool json;
	struct text_sink out;
	uint64_t deliveries;
	struct trial_result result[TRIAL_OTHER + 1][BENCH_RUNS_MAX];
};

/* Of one figure over the runs. */
struct spread {
	double median;
	double least;
	double most;
};

typedef double (*figure)(const struct trial_result *result);

/* When a figure is measured. */
enum measure_of {
	MEASURE_ALWAYS = 0,
	MEASURE_CHURN,
	MEASURE_SLOW,
	MEASURE_TRICKLE,
	MEASURE_PROBES,
	MEASURE_RULES
};

/* One measured thing, with its name for programs and its words for people; words NULL: it has a
 * column of its own. */
struct measure {
	const char *name;
	const char *words;
	figure of;
	enum measure_of when;
};

/* The measures in order: the first for NULL, NULL behind the last. */
const struct measure *measure_next(const struct measure *at);
bool measure_is_made(const struct bench *bench, const struct measure *measure,
		     enum trial_server server);
const struct measure *measure_named(const char *name);

struct spread spread_of(const struct bench *bench, enum trial_server server, figure of);

/* False: one of the two was too short for the clock to see. */
bool times_the_floor(const struct bench *bench, figure of, double *out);
double ns_per_delivery(const struct bench *bench, double seconds);

/* --- bench_tell.c --- */
bool bench_table(const struct bench *bench);

/* `failed_run` NULL: all runs converged. */
bool bench_json(const struct bench *bench, const struct trial_result *failed_run);

#endif
