/* cli/run.c — a command at its desk. */
#include "cli/run.h"

#include "server/house.h"
#include "server/ledger_files.h"
#include "text/screen.h"

/* What it says is kept until others may have the record: a caller that does not read would hold it
 * from them. */
static enum exit_code run_with_record(const struct run *run, struct desk *desk,
				      const struct arguments *arguments)
{
	struct heap heap = heap_libc();
	struct text_buffer said CLEAN(text_buffer_fini);
	struct text_sink out = desk->out;

	text_buffer_init(&said, &heap, 0);
	desk->out = text_buffer_sink(&said);
	serving_record_take(run->serving);
	enum exit_code code = arguments->command->run(desk, arguments);
	ledger_files_publish(desk->directory, desk->store, false, desk->complaints);
	serving_record_give(run->serving);
	desk->out = out;
	bool put = text_put_octets(desk->out, text_buffer_of(&said), said.len_octets);
	return put && !said.is_cut ? code : EXIT_COULD_NOT;
}

static enum exit_code run_served(const struct run *run, struct desk *desk,
				 const struct arguments *arguments)
{
	desk->serving = run->serving;
	desk->store = run->store;
	desk->config = run->config;
	desk->directory = run->directory;
	return (arguments->command->flags & COMMAND_RECORD) != 0 ?
		       run_with_record(run, desk, arguments) :
		       arguments->command->run(desk, arguments);
}

static enum exit_code run_alone(struct desk *desk, const struct arguments *arguments)
{
	struct confine confine = { 0 };
	struct house house;

	if ((arguments->command->flags & COMMAND_DIRECTORY) == 0)
		return arguments->command->run(desk, arguments);
	if ((arguments->command->flags & COMMAND_CONFINED) != 0) {
		if (!house_confine(desk->directory, argument_of(arguments, "user"), &confine,
				   desk->complaints))
			return EXIT_COULD_NOT;
		desk->confine = &confine;
	}
	if (!house_open(desk->directory, argument_of(arguments, "accept-rollback"), &house,
			desk->complaints))
		return EXIT_COULD_NOT;
	desk->store = house.store;
	desk->config = &house.config;
	enum exit_code code = arguments->command->run(desk, arguments);
	ledger_files_publish(desk->directory, house.store, false, desk->complaints);
	house_close(&house);
	confine_end(&confine);
	return code;
}

static void complaints_drain(void *context, const struct complaints *complaints)
{
	const struct run *run = context;

	complaints_print(complaints, run->error);
}

/* Only what works on the directory served: a demo or a bench beside it would take what it needs. */
static bool runs_served(const struct command *command)
{
	return (command->flags & COMMAND_DIRECTORY) != 0 && (command->flags & COMMAND_HOLDS) == 0;
}

enum exit_code run_words(struct run *run, const char *const *words, uint32_t word_count)
{
	struct heap heap = heap_libc();
	struct complaints *complaints = heap_zero(&heap, sizeof *complaints);
	struct arguments *arguments = heap_zero(&heap, sizeof *arguments);
	enum exit_code code = EXIT_COULD_NOT;
	uint32_t used = 0;

	if (complaints == NULL || arguments == NULL) {
		(void)text_put(run->error, "plenum: out of memory\n");
		goto out;
	}
	complaints->drain = complaints_drain;
	complaints->drain_context = run;
	struct desk desk = { .out = run->out,
			     .has_colour = run->has_colour,
			     .columns = run->columns,
			     .complaints = complaints,
			     .ask = run->ask,
			     .ask_context = run->ask_context,
			     .attached = run->attached };
	struct text_screen screen;
	const struct command *command = command_find(words, word_count, &used);
	/* What a directory holds may have been edited, what a file holds was said by others. */
	if (command != NULL && (command->flags & COMMAND_CURSOR) == 0)
		desk.out = text_screen_init(&screen, run->out);
	if (command == NULL || (run->serving != NULL && !runs_served(command))) {
		complain(complaints, false,
			 "this plenum does not know the command; is the running "
			 "one of the same version?");
	} else if (arguments_read(command, words + used, word_count - used, arguments,
				  &desk.directory, complaints)) {
		code = run->serving != NULL ? run_served(run, &desk, arguments) :
					      run_alone(&desk, arguments);
	}
	if (complaints->error_count != 0 && code == EXIT_DONE)
		code = EXIT_COULD_NOT;
	/* All else is said where it is known. */
	if (complaints->error_count == 0 && code == EXIT_COULD_NOT)
		complain(complaints, false,
			 "memory ran out, or what there is to say could not be written; what was "
			 "to be changed may have been");
	complaints_print(complaints, run->error);
out:
	heap_free(&heap, arguments, sizeof *arguments);
	heap_free(&heap, complaints, sizeof *complaints);
	return code;
}
