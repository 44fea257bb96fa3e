/* cli/demo.c — plenum demo: an exchange with members of its own, to look at and to try.
 *
 * Phases, each with its progress: the scene is made or read from files; the server starts; sessions
 * come up; routes go round until every member holds exactly what the model says.  Then a line that
 * lives, while something changes now and then, until the time is over or the person has seen
 * enough; at the end everything is compared once more. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "cli/serve_here.h"
#include "cli/values.h"
#include "demo/play.h"
#include "demo/replay.h"
#include "registry/members.h"
#include "rules/reason.h"
#include "sys/files.h"
#include "sys/process.h"
#include "text/yaml.h"

#define MEMBERS_DEFAULT 60u
#define SEED_DEFAULT 1u
#define ASN_DEFAULT 64500u
#define TIMEOUT_S_DEFAULT 300u
#define STIR_MS 500 /* something changes */
#define SETTLE_S 30 /* for the last comparison */
#define FILES_WANTED 65536u
#define REFUSED_SHOWN 12u

static volatile sig_atomic_t must_end;

static void on_signal(int number)
{
	(void)number;
	must_end = 1;
}

struct demo {
	struct desk *desk;
	const struct arguments *arguments;
	struct heap heap;
	struct scene scene;
	struct stage stage;
	struct play *play;
	struct progress progress;
	uint32_t worker_count;
	uint32_t for_s; /* 0 = until told */
	uint32_t timeout_s;
	bool wants_json;
	bool is_complete;
	bool is_complete_at_end;
	uint64_t first_reasons[REASON_COUNT];
	struct play_counts first; /* when everybody held what he should */
	double sessions_s;
	double converged_s;
};

/* --- the scene -------------------------------------------------------------------------------- */

static void table_progress(void *context, uint64_t taken_octets, uint64_t total_octets)
{
	struct demo *demo = context;
	uint32_t percent = total_octets == 0 ? 0 : (uint32_t)(taken_octets * 100 / total_octets);

	progress_say(&demo->progress, "reading the table: %u %%, %u routes", percent,
		     demo->scene.route_count);
}

static bool members_take(struct demo *demo, const char *what, const struct replay_options *options)
{
	struct complaints *complaints = demo->desk->complaints;
	struct octets text;
	uint32_t count = 0;

	if (yaml_u32(what, SCENE_MEMBERS_MAX, &count) && count >= 2)
		return true;
	struct fault fault = file_read(&demo->heap, what, IXF_OCTETS_MAX, &text);
	if (failed(fault)) {
		complain(complaints, false, "%s: %s", what,
			 fault.kind == FAULT_SYSTEM ? strerror(fault.code) : "too large");
		return false;
	}
	fault = replay_members(&demo->scene, what, text, options, complaints);
	file_free(&demo->heap, text);
	return !failed(fault);
}

static uint32_t members_wanted(const struct demo *demo)
{
	const char *what = argument_of(demo->arguments, "members");
	uint32_t count = MEMBERS_DEFAULT;

	return what == NULL || !yaml_u32(what, SCENE_MEMBERS_MAX, &count) || count < 2 ?
		       MEMBERS_DEFAULT :
		       count;
}

/* Files first; what they do not say is made. */
static bool scene_prepare(struct demo *demo)
{
	struct complaints *complaints = demo->desk->complaints;
	struct replay_options options = { .progress = table_progress, .context = demo };
	const char *members = argument_of(demo->arguments, "members");
	const char *lan = argument_of(demo->arguments, "lan");
	const char *table;
	uint32_t from = 0;
	bool has_table = argument_given(demo->arguments, "table");

	options.has_lan = lan != NULL;
	if (lan != NULL && !prefix_parse(lan, &options.lan, NULL)) {
		complain(complaints, false, "--lan \"%s\" is not a prefix", lan);
		return false;
	}
	if (members != NULL && !members_take(demo, members, &options))
		return false;
	struct fault fault = fault_none();
	if (!has_table && demo->scene.member_count == 0)
		fault = scene_make(&demo->scene, members_wanted(demo),
				   argument_number(demo->arguments, "seed", 1, UINT32_MAX,
						   SEED_DEFAULT, complaints));
	else if (!has_table || (members != NULL && demo->scene.member_count == 0))
		fault = scene_people(&demo->scene, members_wanted(demo), SEED_DEFAULT);
	while (!failed(fault) && (table = argument_next(demo->arguments, "table", &from)) != NULL) {
		fault = replay_table(&demo->scene, table, &options, complaints);
		progress_end(&demo->progress);
	}
	if (!failed(fault))
		fault = stage_fit(&demo->stage, &demo->scene);
	if (!failed(fault) && demo->scene.lan_count == 0)
		fault = scene_settle(&demo->scene);
	if (failed(fault) && complaints->error_count == 0)
		complain(complaints, false, "the exchange cannot be made: %s",
			 fault.kind == FAULT_SYSTEM ? strerror(fault.code) : fault_word(fault));
	return complaints->error_count == 0;
}

/* --- playing ---------------------------------------------------------------------------------- */

static double seconds_since(struct demo *demo, struct instant begin)
{
	return (double)instant_since(play_now(demo->play), begin).ns / (double)NS_PER_S;
}

static bool server_is_there(struct demo *demo)
{
	int status = 0;

	if (!stage_has_ended(&demo->stage, &status))
		return true;
	complain(demo->desk->complaints, false,
		 "the server has ended by itself (status %d); %s/serve.log says what happened",
		 status, demo->stage.directory);
	return false;
}

static bool sessions_await(struct demo *demo, struct instant begin)
{
	struct play_counts counts;

	do {
		play_step(demo->play, instant_add(play_now(demo->play), span_ms(50)));
		play_counts_of(demo->play, &counts);
		progress_say(&demo->progress, "sessions: %u of %u established",
			     counts.established_count, counts.session_count);
		if (must_end != 0 || !server_is_there(demo))
			return false;
	} while (counts.established_count < counts.session_count &&
		 seconds_since(demo, begin) < demo->timeout_s);
	progress_end(&demo->progress);
	demo->sessions_s = seconds_since(demo, begin);
	return true;
}

/* Until all hold what they should. */
static bool routes_await(struct demo *demo, struct instant begin, uint32_t seconds)
{
	struct play_counts counts;

	do {
		play_step(demo->play, instant_add(play_now(demo->play), span_ms(50)));
		play_counts_of(demo->play, &counts);
		progress_say(&demo->progress, "routes: %u of %u sessions hold what they should",
			     counts.complete_count, counts.session_count);
		if (counts.complete_count == counts.session_count)
			return true;
	} while (server_is_there(demo) && seconds_since(demo, begin) < seconds && must_end == 0);
	return false;
}

static bool converge(struct demo *demo)
{
	struct instant begin = play_now(demo->play);

	if (!sessions_await(demo, begin))
		return false;
	progress_say(&demo->progress, "working out what everybody should hold");
	if (failed(play_expect(demo->play))) {
		complain(demo->desk->complaints, false, "out of memory");
		return false;
	}
	begin = play_now(demo->play);
	play_announce(demo->play);
	demo->is_complete = routes_await(demo, begin, demo->timeout_s);
	demo->converged_s = seconds_since(demo, begin);
	play_counts_of(demo->play, &demo->first);
	play_reasons_of(demo->play, demo->first_reasons, REASON_COUNT);
	progress_end(&demo->progress);
	return true;
}

static void live_say(struct demo *demo, struct instant begin)
{
	struct play_counts counts;
	char span[VALUE_TEXT_MAX];
	char held[VALUE_TEXT_MAX];
	char changes[VALUE_TEXT_MAX];

	play_counts_of(demo->play, &counts);
	value_span_print((int64_t)seconds_since(demo, begin), span);
	value_count_print(counts.paths_held, held);
	value_count_print(counts.changes, changes);
	progress_say(&demo->progress,
		     "%s  %u of %u sessions up  %s paths held  %s routes changed since", span,
		     counts.established_count, counts.session_count, held, changes);
}

/* Something changes now and then, till the time is over. */
static void live(struct demo *demo)
{
	struct instant begin = play_now(demo->play);
	struct instant stir_at = begin;
	uint64_t chance = 1;

	while (must_end == 0 && server_is_there(demo) &&
	       (demo->for_s == 0 || seconds_since(demo, begin) < demo->for_s)) {
		if (instant_due(stir_at, play_now(demo->play))) {
			chance = chance * UINT64_C(6364136223846793005) + 1442695040888963407u;
			if (failed(play_stir(demo->play, (uint32_t)(chance >> 33))))
				break;
			stir_at = instant_add(play_now(demo->play), span_ms(STIR_MS));
		}
		play_step(demo->play, instant_add(play_now(demo->play), span_ms(100)));
		live_say(demo, begin);
	}
	progress_end(&demo->progress);
}

static void last_look(struct demo *demo)
{
	must_end = 0;
	if (failed(play_expect(demo->play)))
		return;
	demo->is_complete_at_end = routes_await(demo, play_now(demo->play), SETTLE_S);
	progress_end(&demo->progress);
	if (!demo->is_complete_at_end)
		play_differences(demo->play, demo->desk->complaints);
}

/* --- what is told ----------------------------------------------------------------------------- */

static double server_cpu_s(const struct demo *demo)
{
	struct timespec at;
	clockid_t clock;

	if (demo->stage.server == 0 || clock_getcpuclockid(demo->stage.server, &clock) != 0 ||
	    clock_gettime(clock, &at) != 0)
		return 0;
	return (double)at.tv_sec + (double)at.tv_nsec / (double)NS_PER_S;
}

static void try_next(const struct demo *demo, struct text_sink out)
{
	const char *directory = demo->stage.directory;
	char text[PREFIX_TEXT_MAX];
	char program[PROGRAM_TEXT_MAX];
	struct prefix prefix;
	uint32_t asn = 0;

	process_program_print(program);
	(void)text_put(out, "\nIn another terminal:\n");
	(void)text_put(out, "  %s show sessions -C %s\n", program, directory);
	(void)text_put(out, "  %s show rejected -C %s\n", program, directory);
	if (play_example(demo->play, 0, &prefix, &asn)) {
		prefix_print(&prefix, text);
		(void)text_put(out, "  %s explain -C %s %s        # several candidates\n", program,
			       directory, text);
	}
	for (uint8_t reason = 1; reason < REASON_COUNT; reason++) {
		if (!play_example(demo->play, reason, &prefix, &asn))
			continue;
		prefix_print(&prefix, text);
		(void)text_put(out, "  %s explain -C %s %s --from AS%u   # refused: %s\n", program,
			       directory, text, asn, reason_name((enum reason)reason));
		break;
	}
}

static void family_print(const struct play_counts *counts, enum family family, const char *name,
			 struct text_sink out)
{
	char prefixes[VALUE_TEXT_MAX];
	char routes[VALUE_TEXT_MAX];
	char refused[VALUE_TEXT_MAX];

	value_count_print(counts->prefixes[family], prefixes);
	value_count_print(counts->routes[family], routes);
	value_count_print(counts->refused[family], refused);
	(void)text_put(out, "  %-12s%s prefixes, %s routes, %s of them refused\n", name, prefixes,
		       routes, refused);
}

static void reasons_print(const struct demo *demo, struct text_sink out)
{
	uint64_t count[REASON_COUNT] = { 0 };
	uint32_t shown = 0;

	play_reasons_of(demo->play, count, REASON_COUNT);
	for (uint32_t i = 1; i < REASON_COUNT && shown < REFUSED_SHOWN; i++) {
		if (count[i] == 0)
			continue;
		(void)text_put(out, "  %-12s%8llu  %-18s %s\n", shown == 0 ? "refused" : "",
			       (unsigned long long)count[i], reason_name((enum reason)i),
			       reason_sentence((enum reason)i));
		shown++;
	}
}

static void summary_print(const struct demo *demo, struct text_sink out)
{
	struct play_counts counts;
	char held[VALUE_TEXT_MAX];

	play_counts_of(demo->play, &counts);
	value_count_print(counts.paths_held, held);
	(void)text_put(out, "%s (AS%u) in %s\n", demo->scene.name, demo->scene.asn,
		       demo->stage.directory);
	(void)text_put(out, "  %-12s%u connections, %u of %u sessions established in %.1f s%s\n",
		       "members", demo->scene.member_count, counts.established_count,
		       counts.session_count, demo->sessions_s,
		       demo->stage.has_own_network ? "" :
						     " (no network of its own: IPv6 routes go "
						     "over IPv4 sessions)");
	family_print(&counts, FAMILY_IPV4, "IPv4", out);
	family_print(&counts, FAMILY_IPV6, "IPv6", out);
	reasons_print(demo, out);
	if (demo->scene.left_out != 0)
		(void)text_put(out, "  %-12s%u routes over their member's limit\n", "left out",
			       demo->scene.left_out);
	(void)text_put(out,
		       "  %-12s%.2f s after the first announcement, %.2f s of CPU; members "
		       "hold %s paths\n",
		       demo->is_complete ? "converged" : "NOT converged", demo->converged_s,
		       server_cpu_s(demo), held);
	(void)text_put(out, "  %-12severy session holds exactly what the model says: %s\n",
		       "checked", demo->is_complete ? "yes" : "NO");
}

static enum exit_code summary_json(const struct demo *demo, struct text_sink out)
{
	static const char *const family[] = { "ipv4", "ipv6" };
	const uint64_t *reason = demo->first_reasons;
	const struct play_counts counts = demo->first;
	struct play_counts now;
	struct json json;

	play_counts_of(demo->play, &now);
	json_init(&json, out, 2);
	json_object_open(&json);
	json_field_text(&json, "name", demo->scene.name);
	json_field_u64(&json, "asn", demo->scene.asn);
	json_field_text(&json, "directory", demo->stage.directory);
	json_field_bool(&json, "own_network", demo->stage.has_own_network);
	json_field_u64(&json, "connections", demo->scene.member_count);
	json_field_u64(&json, "sessions", counts.session_count);
	json_field_u64(&json, "sessions_established", counts.established_count);
	json_field_u64(&json, "sessions_complete", counts.complete_count);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		json_field_object(&json, family[f]);
		json_field_u64(&json, "prefixes", counts.prefixes[f]);
		json_field_u64(&json, "routes", counts.routes[f]);
		json_field_u64(&json, "routes_refused", counts.refused[f]);
		json_object_close(&json);
	}
	json_field_object(&json, "refused");
	for (uint32_t i = 1; i < REASON_COUNT; i++) {
		if (reason[i] != 0)
			json_field_u64(&json, reason_name((enum reason)i), reason[i]);
	}
	json_object_close(&json);
	json_field_u64(&json, "routes_left_out", demo->scene.left_out);
	json_field_u64(&json, "paths_wanted", counts.paths_wanted);
	json_field_u64(&json, "paths_held", counts.paths_held);
	json_field_u64(&json, "routes_changed", now.changes);
	json_field_decimal(&json, "sessions_s", (int64_t)(demo->sessions_s * 1000), 3);
	json_field_decimal(&json, "converged_s", (int64_t)(demo->converged_s * 1000), 3);
	json_field_decimal(&json, "server_cpu_s", (int64_t)(server_cpu_s(demo) * 1000), 3);
	json_field_bool(&json, "converged", demo->is_complete);
	json_field_bool(&json, "exact_at_the_end", demo->is_complete_at_end);
	json_object_close(&json);
	return json_done(&json) ? EXIT_DONE : EXIT_COULD_NOT;
}

/* --- the whole -------------------------------------------------------------------------------- */

static void options_read(struct demo *demo)
{
	const struct arguments *arguments = demo->arguments;
	struct complaints *complaints = demo->desk->complaints;
	const char *name = argument_of(arguments, "name");

	demo->for_s = argument_number(arguments, "for", 1, 86400, 0, complaints);
	demo->timeout_s = argument_number(arguments, "timeout", 1, 86400, TIMEOUT_S_DEFAULT,
					  complaints);
	demo->worker_count = argument_number(arguments, "workers", 1, SERVING_WORKERS_MAX, 0,
					     complaints);
	demo->scene.asn = argument_number(arguments, "asn", 1, UINT32_MAX, ASN_DEFAULT, complaints);
	demo->wants_json = argument_yes(arguments, "json");
	(void)snprintf(demo->scene.name, sizeof demo->scene.name, "%s",
		       name != NULL ? name : "Demo-IX");
}

static bool demo_begin(struct demo *demo)
{
	struct complaints *complaints = demo->desk->complaints;

	options_read(demo);
	if (complaints->error_count != 0)
		return false;
	progress_say(&demo->progress, "making the exchange");
	stage_network(&demo->stage);
	if (!scene_prepare(demo))
		return false;
	progress_end(&demo->progress);
	if (!stage_begin(&demo->stage, &demo->scene, argument_of(demo->arguments, "keep"),
			 demo->worker_count, serve_here, complaints))
		return false;
	struct fault fault = play_new(&demo->heap, &demo->scene, &demo->stage, &demo->play);
	if (failed(fault))
		complain(complaints, false, "the members cannot be played: %s",
			 fault.kind == FAULT_SYSTEM ? strerror(fault.code) : fault_word(fault));
	return !failed(fault);
}

static enum exit_code demo_run(struct demo *demo)
{
	if (!demo_begin(demo) || !converge(demo))
		return EXIT_COULD_NOT;
	if (!demo->wants_json) {
		summary_print(demo, demo->desk->out);
		try_next(demo, demo->desk->out);
		(void)text_put(demo->desk->out, demo->for_s == 0 ? "\nCtrl-C ends it.\n" : "\n");
		(void)fflush(stdout);
	}
	if (demo->is_complete)
		live(demo);
	last_look(demo);
	if (demo->wants_json && summary_json(demo, demo->desk->out) != EXIT_DONE)
		return EXIT_COULD_NOT;
	if (!demo->wants_json)
		(void)text_put(demo->desk->out,
			       "At the end every session holds exactly what the model says: %s\n",
			       demo->is_complete_at_end ? "yes" : "NO");
	return demo->is_complete && demo->is_complete_at_end ? EXIT_DONE : EXIT_FOUND;
}

enum exit_code command_demo(struct desk *desk, const struct arguments *arguments)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct demo demo = { .desk = desk, .arguments = arguments, .heap = heap_libc() };

	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	action.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &action, NULL);
	(void)process_files_max(FILES_WANTED);
	progress_init(&demo.progress);
	scene_init(&demo.scene, &demo.heap);
	enum exit_code code = demo_run(&demo);
	progress_end(&demo.progress);
	play_free(demo.play);
	/* What went wrong can be read about in the directory. */
	stage_end(&demo.stage,
		  argument_given(arguments, "keep") || desk->complaints->error_count != 0);
	scene_fini(&demo.scene);
	return code;
}
