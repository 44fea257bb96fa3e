/* cli/bench.c — plenum bench: an exchange on trial, with figures for people or for programs. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/benching.h"
#include "sys/fault.h"

#define PROCESS_MAX 4194304u /* the kernel's PID_MAX_LIMIT */

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

/* A load by its name, or by numbers. */
static void load_read(const struct arguments *arguments, struct bench *bench,
		      struct complaints *complaints)
{
	static const char *const numbers[] = { "members", "routes", "overlap", "steered" };
	struct load_config *load = &bench->config.load;

	load->members = argument_number(arguments, "members", 2, LOAD_MEMBERS_MAX, 100, complaints);
	load->routes = argument_number(arguments, "routes", 1, LOAD_PREFIXES_MAX, 100, complaints);
	load->overlap = argument_number(arguments, "overlap", 1, LOAD_OVERLAP_MAX, 1, complaints);
	load->steered_percent = argument_number(arguments, "steered", 0, 100, 0, complaints);
	bench->load_name = argument_of(arguments, "load");
	if (bench->load_name == NULL)
		return;
	for (uint32_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		if (argument_of(arguments, numbers[i]) != NULL)
			complain(complaints, false, "--%s: --load says that already", numbers[i]);
	}
	if (!load_named(bench->load_name, load))
		complain(complaints, false,
			 "--load \"%s\" is no load: u100x1000 is 100 members with 1,000 routes "
			 "each, o100x50000k4 50,000 prefixes from 4 of 100 members each, .x10 "
			 "behind "
			 "either steers one attribute set in ten; at most %u members and %u "
			 "prefixes, "
			 "which must divide evenly",
			 bench->load_name, LOAD_MEMBERS_MAX, LOAD_PREFIXES_MAX);
}

/* The processes of another route server, which listens on the LAN. */
static void processes_read(const struct arguments *arguments, struct bench *bench,
			   struct complaints *complaints)
{
	struct trial_config *config = &bench->config;
	const char *text = argument_of(arguments, "against");
	uint64_t number = 0;

	bench->server = text == NULL ? TRIAL_PLENUM : TRIAL_OTHER;
	config->process_count = 0;
	for (const char *at = text; at != NULL; at++) {
		bool is_digit = *at >= '0' && *at <= '9';
		number = is_digit ? number * 10 + (uint64_t)(*at - '0') : number;
		if (is_digit && number <= PROCESS_MAX)
			continue;
		if ((*at != ',' && *at != '\0') || number == 0 ||
		    config->process_count == TRIAL_PROCESSES_MAX) {
			complain(complaints, false,
				 "--against \"%s\" is no list of process numbers, at most %u, with "
				 "commas between",
				 text, TRIAL_PROCESSES_MAX);
			return;
		}
		config->process[config->process_count++] = (pid_t)number;
		number = 0;
		if (*at == '\0')
			break;
	}
	config->load.on_lan |= text != NULL;
}

/* What the other route server is known to withhold is not waited for. */
static void hides_read(const struct arguments *arguments, struct bench *bench,
		       struct complaints *complaints)
{
	const char *text = argument_of(arguments, "hides");
	struct load_config *load = &bench->config.load;

	load->hides_own = text != NULL && (strcmp(text, "own") == 0 || strcmp(text, "both") == 0);
	load->hides_filtered = text != NULL &&
			       (strcmp(text, "filtered") == 0 || strcmp(text, "both") == 0);
	if (text != NULL && !load->hides_own && !load->hides_filtered)
		complain(complaints, false, "--hides \"%s\" is none of own, filtered, both", text);
	if (text != NULL && bench->server != TRIAL_OTHER)
		complain(complaints, false, "--hides is for another route server: --against");
}

static void options_read(const struct arguments *arguments, struct bench *bench,
			 struct complaints *complaints)
{
	struct trial_config *config = &bench->config;
	struct load_config *load = &config->load;

	load_read(arguments, bench, complaints);
	load->family = family_of(arguments, complaints);
	load->on_lan = argument_yes(arguments, "lan");
	processes_read(arguments, bench, complaints);
	hides_read(arguments, bench, complaints);
	load->churn_percent = argument_number(arguments, "churn", 0, 100, 0, complaints);
	config->rounds = argument_number(arguments, "rounds", 1, TRIAL_ROUNDS_MAX, 3, complaints);
	if (load->churn_percent == 0)
		config->rounds = 0;
	config->timeout_s = argument_number(arguments, "timeout", 1, TRIAL_TIMEOUT_S_MAX, 120,
					    complaints);
	config->connecting_s = argument_number(arguments, "connecting", 1, TRIAL_TIMEOUT_S_MAX,
					       config->timeout_s, complaints);
	config->workers = argument_number(arguments, "workers", 1, TRIAL_WORKERS_MAX, 1,
					  complaints);
	config->pin = !argument_given(arguments, "pin") || argument_yes(arguments, "pin");
	config->slow_one_in = argument_number(arguments, "slow", 2, LOAD_MEMBERS_MAX, 0,
					      complaints);
	config->trickle_s = argument_number(arguments, "trickle", 1, TRIAL_TRICKLE_S_MAX, 0,
					    complaints);
	config->probes = argument_number(arguments, "probes", 1, TRIAL_PROBES_MAX, 0, complaints);
	config->rules = argument_yes(arguments, "rules");
	config->reload = argument_of(arguments, "reload");
	if (config->rules && bench->server == TRIAL_OTHER && config->reload == NULL)
		complain(complaints, false,
			 "--rules: another route server needs --reload, a program that makes it "
			 "take up its changed rules");
	bench->runs = argument_number(arguments, "runs", 1, BENCH_RUNS_MAX, 1, complaints);
	bench->floor = argument_yes(arguments, "floor");
	config->floor_shares = argument_yes(arguments, "shared");
	if (config->floor_shares && !bench->floor)
		complain(complaints, false, "--shared says how --floor sends: give both");
	bench->json = argument_yes(arguments, "json");
	if (bench->floor && load->steered_percent != 0)
		complain(complaints, false,
			 "--floor: a bare sender knows no control "
			 "communities; leave --steered out");
	if (complaints->error_count == 0)
		load_check(load, complaints);
}

/* --- the command ------------------------------------------------------------------------------ */

static enum exit_code runs_do(struct bench *bench, struct complaints *complaints)
{
	static const char *const servers[] = { "plenum", "the floor", "the other route server" };
	const enum trial_server order[] = { bench->server, TRIAL_FLOOR };

	for (uint32_t i = 0; i < bench->runs; i++) {
		for (uint32_t j = 0; j < (bench->floor ? 2u : 1u); j++) {
			enum trial_server s = order[j];
			struct trial_result *result = &bench->result[s][i];
			struct fault fault = trial_run(&bench->config, s, result);
			if (failed(fault)) {
				complain(complaints, false, "%s cannot be tried: %s", servers[s],
					 system_word(fault));
				return EXIT_COULD_NOT;
			}
			if (!result->converged) {
				(void)fprintf(stderr, "plenum: %s did not converge: %s\n",
					      servers[s], result->trouble);
				if (bench->json && !bench_json(bench, result))
					return EXIT_COULD_NOT;
				return EXIT_FOUND;
			}
			bench->deliveries = result->deliveries;
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
	return (bench.json ? bench_json(&bench, NULL) : bench_table(&bench)) ? EXIT_DONE :
									       EXIT_COULD_NOT;
}
