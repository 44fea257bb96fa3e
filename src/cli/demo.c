/* cli/demo.c — plenum demo: an exchange with members of its own, to look at and to try.
 *
 * Phases, each with its progress: the scene is made or read from files; the server starts; sessions
 * come up; routes go round until every member holds exactly what the model says.  Then a table that
 * lives, while something changes now and then, until the time is over or the person has seen
 * enough; at the end everything is compared once more.
 *
 * An interrupt ends the process at once, from the signal's handler: server and directory go by
 * themselves then (demo/stage.h).  Only while the table lives the first one leads to the
 * comparison, which then may take no longer than INTERRUPTED_S. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/demoing.h"
#include "cli/serve_here.h"
#include "cli/values.h"
#include "demo/replay.h"
#include "registry/members.h"
#include "server/control.h"
#include "sys/fault.h"
#include "sys/files.h"
#include "sys/process.h"
#include "text/json_read.h"
#include "text/yaml.h"

#define MEMBERS_DEFAULT 60u
#define MEMBERS_MIN 2u
#define SEED_DEFAULT 1u
#define ASN_DEFAULT 64500u
#define TIMEOUT_S_DEFAULT 300u
#define STIR_MS 500     /* something changes */
#define SETTLE_S 30     /* for the last comparison */
#define INTERRUPTED_S 1 /* and for its two halves when somebody waits for the end */
#define FILES_WANTED 65536u
#define STATUS_OCTETS_MAX 65536u

static volatile sig_atomic_t is_live;
static volatile sig_atomic_t must_end;
static volatile sig_atomic_t has_line; /* progress may stand unfinished on the terminal */

static void on_signal(int number)
{
	(void)number;
	if (is_live == 0 || must_end != 0) {
		if (has_line != 0)
			(void)!write(STDERR_FILENO, "\n", 1);
		_exit(EXIT_INTERRUPTED);
	}
	must_end = 1;
}

double demo_seconds_since(const struct demo *demo, struct instant begin)
{
	return (double)instant_since(play_now(demo->play), begin).ns / (double)NS_PER_S;
}

/* --- the scene -------------------------------------------------------------------------------- */

static void table_progress(void *context, uint64_t taken_octets, uint64_t total_octets)
{
	struct demo *demo = context;
	uint32_t percent = total_octets == 0 ? 0 : (uint32_t)(taken_octets * 100 / total_octets);

	progress_say(&demo->progress, "reading the table: %u %%, %u routes", percent,
		     demo->scene.route_count);
}

static bool is_number(const char *text)
{
	return text != NULL && text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

static bool members_take(struct demo *demo, const char *file, const struct replay_options *options)
{
	struct complaints *complaints = demo->desk->complaints;
	struct octets text;

	struct fault fault = file_read(&demo->heap, file, IXF_OCTETS_MAX, &text);
	if (failed(fault)) {
		complain(complaints, false, "%s: %s", file,
			 fault.kind == FAULT_SYSTEM ? strerror(fault.code) : "too large");
		return false;
	}
	fault = replay_members(&demo->scene, file, text, options, complaints);
	file_free(&demo->heap, text);
	return !failed(fault);
}

static bool lan_read(struct demo *demo, struct replay_options *options)
{
	struct complaints *complaints = demo->desk->complaints;
	const char *lan = argument_of(demo->arguments, "lan");
	const char *members = argument_of(demo->arguments, "members");

	options->has_lan = lan != NULL;
	if (lan == NULL)
		return true;
	if (!prefix_parse(lan, &options->lan, NULL))
		complain(complaints, false, "--lan \"%s\" is not a prefix", lan);
	if (members == NULL ? !argument_given(demo->arguments, "table") : is_number(members))
		complain(complaints, false,
			 "--lan %s takes members of files, and there is none: give --members FILE, "
			 "or --table FILE without --members",
			 lan);
	return complaints->error_count == 0;
}

/* Who is no member by a file or a table is made up. */
static struct fault people_take(struct demo *demo, bool has_table,
				const struct replay_options *options)
{
	const char *members = argument_of(demo->arguments, "members");
	uint32_t seed = argument_number(demo->arguments, "seed", 1, UINT32_MAX, SEED_DEFAULT,
					demo->desk->complaints);
	uint32_t count = MEMBERS_DEFAULT;

	if (members != NULL && !is_number(members))
		return members_take(demo, members, options) ? fault_none() :
							      fault_of(FAULT_ABSENT, 0);
	if (members != NULL)
		count = argument_number(demo->arguments, "members", MEMBERS_MIN, SCENE_MEMBERS_MAX,
					count, demo->desk->complaints);
	if (demo->desk->complaints->error_count != 0)
		return fault_of(FAULT_ABSENT, 0);
	return has_table && members == NULL ? fault_none() :
					      scene_people(&demo->scene, count, seed);
}

static struct fault tables_take(struct demo *demo, const struct replay_options *options)
{
	uint32_t from = 0;
	const char *table;

	while ((table = argument_next(demo->arguments, "table", &from)) != NULL) {
		TRY(replay_table(&demo->scene, table, options, demo->desk->complaints));
		progress_end(&demo->progress);
	}
	return stage_fit(&demo->stage, &demo->scene);
}

/* Made-up routes need to know what addresses their members have. */
static struct fault routes_make(struct demo *demo)
{
	TRY(stage_fit(&demo->stage, &demo->scene));
	return scene_routes(&demo->scene,
			    argument_number(demo->arguments, "seed", 1, UINT32_MAX, SEED_DEFAULT,
					    demo->desk->complaints),
			    true);
}

/* Files first; what they do not say is made. */
static bool scene_prepare(struct demo *demo)
{
	struct complaints *complaints = demo->desk->complaints;
	struct replay_options options = { .progress = table_progress, .context = demo };
	bool has_table = argument_given(demo->arguments, "table");

	if (!lan_read(demo, &options))
		return false;
	struct fault fault = people_take(demo, has_table, &options);
	if (!failed(fault))
		fault = has_table ? tables_take(demo, &options) : routes_make(demo);
	scene_settle(&demo->scene);
	if (failed(fault) && complaints->error_count == 0)
		complain(complaints, false, "the exchange cannot be made: %s", system_word(fault));
	return complaints->error_count == 0;
}

/* --- changes from outside --------------------------------------------------------------------- */

static bool status_take(void *context, enum control_frame kind, struct octets octets)
{
	return kind != CONTROL_OUTPUT ||
	       text_put_octets(text_buffer_sink(context), (const char *)octets.at,
			       octets.len_octets);
}

/* How often the server's plan was changed; 0 = it does not say. */
static uint64_t plan_version_of(struct demo *demo)
{
	const char *const words[] = { "show", "status", "-C", demo->stage.directory, "--json" };
	struct control_request request = { .words = words,
					   .word_count = sizeof words / sizeof *words };
	struct complaints *unsaid = heap_zero(&demo->heap, sizeof *unsaid);
	struct text_buffer answer CLEAN(text_buffer_fini);
	uint8_t exit_code = 0;
	uint64_t version = 0;

	text_buffer_init(&answer, &demo->heap, STATUS_OCTETS_MAX);
	if (unsaid != NULL &&
	    !failed(control_call(demo->stage.directory, &request,
				 (struct control_reply){ status_take, &answer }, &exit_code))) {
		json_t *status = json_read("status", octets_of_text(text_buffer_of(&answer)),
					   STATUS_OCTETS_MAX, 1, unsaid);
		version = (uint64_t)json_integer_value(json_object_get(status, "plan_version"));
		json_decref(status);
	}
	heap_free(&demo->heap, unsaid, sizeof *unsaid);
	return version;
}

static bool is_changed_outside(struct demo *demo)
{
	return demo->stage.server != 0 && plan_version_of(demo) != demo->plan_version;
}

/* --- playing ---------------------------------------------------------------------------------- */

static bool server_is_there(struct demo *demo)
{
	return demo->stage.server != 0 && !stage_has_ended(&demo->stage, demo->desk->complaints);
}

static bool sessions_await(struct demo *demo, struct instant begin)
{
	struct play_counts counts;

	do {
		play_step(demo->play, instant_add(play_now(demo->play), span_ms(50)));
		play_counts_of(demo->play, &counts);
		progress_say(&demo->progress, "sessions: %u of %u established",
			     counts.established_count, counts.session_count);
		if (!server_is_there(demo))
			return false;
	} while (counts.established_count < counts.session_count &&
		 demo_seconds_since(demo, begin) < demo->timeout_s);
	progress_end(&demo->progress);
	demo->sessions_s = demo_seconds_since(demo, begin);
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
	} while (server_is_there(demo) && demo_seconds_since(demo, begin) < seconds);
	return false;
}

static bool converge(struct demo *demo)
{
	struct instant begin = play_now(demo->play);

	demo->plan_version = plan_version_of(demo);
	if (!sessions_await(demo, begin))
		return false;
	progress_say(&demo->progress, "working out what everybody should hold");
	if (failed(play_expect(demo->play, (struct instant){ 0 }))) {
		complain(demo->desk->complaints, false, "out of memory");
		return false;
	}
	begin = play_now(demo->play);
	play_announce(demo->play);
	demo->is_complete = routes_await(demo, begin, demo->timeout_s);
	demo->converged_s = demo_seconds_since(demo, begin);
	play_counts_of(demo->play, &demo->first);
	play_totals_of(demo->play, &demo->first_totals);
	for (uint32_t f = 0; f < FAMILY_COUNT; f++)
		play_reasons_of(demo->play, (enum family)f, demo->first_reasons[f], REASON_COUNT);
	progress_end(&demo->progress);
	return demo->desk->complaints->error_count == 0;
}

/* Something changes now and then, till the time is over. */
static void live(struct demo *demo)
{
	struct instant begin = play_now(demo->play);
	struct instant stir_at = begin;
	uint64_t chance = 1;

	while (must_end == 0 && server_is_there(demo) &&
	       (demo->for_s == 0 || demo_seconds_since(demo, begin) < demo->for_s)) {
		if (instant_due(stir_at, play_now(demo->play))) {
			chance = chance * UINT64_C(6364136223846793005) + 1442695040888963407u;
			if (failed(play_stir(demo->play, (uint32_t)(chance >> 33))))
				break;
			stir_at = instant_add(play_now(demo->play), span_ms(STIR_MS));
		}
		play_step(demo->play, instant_add(play_now(demo->play), span_ms(100)));
		demo_live_say(demo, begin);
	}
	demo_live_end(demo);
}

static enum demo_verdict last_look(struct demo *demo)
{
	bool is_hurried = must_end != 0;
	uint32_t seconds = is_hurried ? INTERRUPTED_S : SETTLE_S;
	struct instant until = { 0 };

	if (is_hurried)
		until = instant_add(play_now(demo->play), span_s(INTERRUPTED_S));
	if (is_changed_outside(demo))
		return DEMO_CHANGED;
	if (failed(play_expect(demo->play, until)))
		return DEMO_NOT_COMPARED;
	bool is_exact = routes_await(demo, play_now(demo->play), seconds);
	progress_end(&demo->progress);
	if (is_exact)
		return DEMO_EXACT;
	if (is_changed_outside(demo))
		return DEMO_CHANGED;
	if (is_hurried)
		return DEMO_NOT_COMPARED;
	play_differences(demo->play, demo->desk->complaints);
	return DEMO_DIFFERS;
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
	demo->scene.asn = ASN_DEFAULT;
	if (argument_given(arguments, "asn"))
		(void)value_asn(argument_of(arguments, "asn"), &demo->scene.asn, complaints);
	demo->wants_json = argument_yes(arguments, "json");
	(void)snprintf(demo->scene.name, sizeof demo->scene.name, "%s",
		       name != NULL ? name : "Demo-IX");
}

static bool demo_begin(struct demo *demo)
{
	struct complaints *complaints = demo->desk->complaints;

	options_read(demo);
	if (complaints->error_count != 0 ||
	    !stage_directory(&demo->stage, argument_of(demo->arguments, "keep"), complaints))
		return false;
	progress_say(&demo->progress, "making the exchange");
	stage_network(&demo->stage);
	if (!scene_prepare(demo))
		return false;
	progress_end(&demo->progress);
	if (!stage_begin(&demo->stage, &demo->scene, demo->worker_count, serve_here, complaints))
		return false;
	struct fault fault = play_new(&demo->heap, &demo->scene, &demo->stage, &demo->play);
	if (failed(fault))
		complain(complaints, false, "the members cannot be played: %s", system_word(fault));
	return !failed(fault);
}

static enum exit_code exit_code_of(const struct demo *demo)
{
	switch (demo->verdict) {
	case DEMO_NOT_COMPARED:
		return EXIT_INTERRUPTED;
	case DEMO_CHANGED:
		return EXIT_DONE;
	case DEMO_EXACT:
		return demo->is_complete ? EXIT_DONE : EXIT_FOUND;
	case DEMO_DIFFERS:
		break;
	}
	return EXIT_FOUND;
}

static enum exit_code demo_run(struct demo *demo)
{
	if (!demo_begin(demo) || !converge(demo))
		return EXIT_COULD_NOT;
	is_live = 1;
	if (!demo->wants_json) {
		demo_summary_print(demo, demo->desk->out);
		demo_next_print(demo, demo->desk->out);
		(void)text_put(demo->desk->out, demo->for_s == 0 ? "\nCtrl-C ends it.\n" : "\n");
		(void)fflush(stdout);
	}
	if (demo->is_complete)
		live(demo);
	is_live = 0;
	if (!server_is_there(demo))
		return EXIT_COULD_NOT;
	demo->verdict = last_look(demo);
	if (demo->wants_json && !demo_summary_json(demo, demo->desk->out))
		return EXIT_COULD_NOT;
	if (!demo->wants_json)
		demo_verdict_print(demo, demo->desk->out);
	return exit_code_of(demo);
}

enum exit_code command_demo(struct desk *desk, const struct arguments *arguments)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct sigaction before;
	struct demo demo = { .desk = desk, .arguments = arguments, .heap = heap_libc() };

	progress_init(&demo.progress);
	has_line = demo.progress.is_terminal ? 1 : 0;
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	/* Under nohup(1) it goes on. */
	if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
		(void)sigaction(SIGHUP, &action, NULL);
	action.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &action, NULL);
	(void)process_files_max(FILES_WANTED);
	scene_init(&demo.scene, &demo.heap);
	enum exit_code code = demo_run(&demo);
	progress_end(&demo.progress);
	play_free(demo.play);
	stage_end(&demo.stage);
	scene_fini(&demo.scene);
	return code;
}
