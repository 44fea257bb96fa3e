/* cli/main.c — plenum: finds the command and has it run, here or where the directory is served.
 *
 * What a person sees does not depend on where: the same code writes the same text.  Files that a
 * command names are read here, with the rights of the person, and sent along. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/run.h"
#include "server/house.h"
#include "server/control.h"
#include "sys/fault.h"
#include "sys/files.h"
#include "sys/process.h"

#define WORDS_MAX (CONTROL_WORDS_MAX - 2)
#define ANSWER_MAX 64
#define ATTACHED_OCTETS_MAX (CONTROL_REQUEST_OCTETS_MAX / 2)
#define OUTPUT_OCTETS 65536u
#define WORD_LEN_MAX 16u
#define SLIP_LETTERS_MAX 2u
#define COLUMNS_USUAL 80 /* of a terminal that does not say */

/* What a command says, at once or kept for the file of --to. */
struct said {
	const char *path; /* NULL: standard output */
	bool is_private;  /* it has a password in it */
	struct text_buffer kept;
};

static bool put_file(void *context, const char *octets, size_t len)
{
	return fwrite(octets, 1, len, context) == len;
}

static bool put_said(void *context, const char *octets, size_t len)
{
	struct said *said = context;

	return said->path != NULL ? text_put_octets(text_buffer_sink(&said->kept), octets, len) :
				    put_file(stdout, octets, len);
}

/* What the person was asked by the command. */
struct asked {
	bool is_set;
	char question[512];
	char word[128];
};

static void ask_keep(void *context, const char *question, const char *word)
{
	struct asked *asked = context;

	asked->is_set = true;
	(void)snprintf(asked->question, sizeof asked->question, "%s", question);
	(void)snprintf(asked->word, sizeof asked->word, "%s", word);
}

struct call {
	const char *words[CONTROL_WORDS_MAX];
	uint32_t word_count;
	const struct command *command;
	const char *directory;
	bool has_colour;
	uint16_t columns;
	struct heap heap;
	struct octets attached;
	struct asked asked;
	struct said said;
};

static void terminal_look(struct call *call)
{
	struct winsize size;

	if (isatty(STDOUT_FILENO) != 1)
		return;
	const char *term = getenv("TERM");
	call->has_colour = getenv("NO_COLOR") == NULL && term != NULL && strcmp(term, "dumb") != 0;
	call->columns = COLUMNS_USUAL;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0)
		call->columns = size.ws_col;
}

/* --- where it runs ---------------------------------------------------------------------------- */

static bool frame_take(void *context, enum control_frame kind, struct octets octets)
{
	struct call *call = context;
	const char *text = (const char *)octets.at;

	if (kind == CONTROL_ASK) {
		/* The question and the word, each closed by its NUL. */
		const char *end = memchr(text, 0, octets.len_octets);
		if (end != NULL && text[octets.len_octets - 1] == '\0' &&
		    end + 1 < text + octets.len_octets)
			ask_keep(&call->asked, text, end + 1);
		return true;
	}
	return kind == CONTROL_ERROR ? put_file(stderr, text, octets.len_octets) :
				       put_said(&call->said, text, octets.len_octets);
}

static bool run_there(struct call *call, enum exit_code *code)
{
	struct control_request request = { .has_colour = call->has_colour,
					   .columns = call->columns,
					   .word_count = call->word_count,
					   .words = call->words,
					   .attached = call->attached };
	uint8_t exit_code = EXIT_COULD_NOT;
	struct fault fault = control_call(call->directory, &request,
					  (struct control_reply){ frame_take, call }, &exit_code);

	/* Where there is no directory nobody serves it: what else is wrong is said here. */
	if (fault.kind == FAULT_ABSENT ||
	    (fault.kind == FAULT_SYSTEM && (fault.code == ENOENT || fault.code == ENOTDIR)))
		return false;
	*code = (enum exit_code)exit_code;
	if (!failed(fault))
		return true;
	*code = EXIT_COULD_NOT;
	if (ferror(stdout) == 0)
		(void)fprintf(stderr, "plenum: %s/" CONTROL_SOCKET ": %s\n", call->directory,
			      fault.kind == FAULT_SYSTEM && fault.code == EAGAIN ?
				      "plenum serve does not answer; look whether it was done" :
				      system_word(fault));
	return true;
}

static enum exit_code run_here(struct call *call)
{
	static struct complaints complaints;
	struct run run = { .out = { put_said, &call->said },
			   .error = { put_file, stderr },
			   .has_colour = call->has_colour,
			   .columns = call->columns,
			   .ask = ask_keep,
			   .ask_context = &call->asked,
			   .attached = call->attached };

	complaints = (struct complaints){ 0 };
	if ((call->command->flags & COMMAND_SERVING) != 0) {
		struct exchange_config config;
		if (house_config(call->directory, &config, &complaints))
			complain(&complaints, false,
				 "%s: nobody serves it now; start it with plenum serve -C %s",
				 call->directory, call->directory);
		complaints_print(&complaints, run.error);
		return EXIT_COULD_NOT;
	}
	return run_words(&run, call->words, call->word_count);
}

/* --- what it needs ---------------------------------------------------------------------------- */

static const char *file_of(const struct call *call, const struct arguments *arguments)
{
	if ((call->command->flags & COMMAND_FILE_WORD) != 0 && arguments->word_count != 0)
		return arguments->word[0];
	if ((call->command->flags & COMMAND_FILE_LAST) != 0 && arguments->word_count != 0) {
		const char *last = arguments->word[arguments->word_count - 1];
		return strspn(last, "0123456789") == strlen(last) ? NULL : last;
	}
	for (uint32_t i = 0; i < arguments->option_count; i++) {
		if (arguments->option[i]->kind == OPTION_FILE)
			return arguments->value[i];
	}
	return NULL;
}

/* The file of an OPTION_OUT; what a command says that failed is no file. */
static const char *out_of(const struct arguments *arguments)
{
	for (uint32_t i = 0; i < arguments->option_count; i++) {
		if (arguments->option[i]->kind == OPTION_OUT)
			return arguments->value[i];
	}
	return NULL;
}

static enum exit_code said_end(struct call *call, enum exit_code code)
{
	struct octets text = octets_of_text(text_buffer_of(&call->said.kept));

	text.len_octets = call->said.kept.len_octets;
	if (call->said.path != NULL && code == EXIT_DONE) {
		struct fault fault = call->said.is_private ?
					     file_write_private(call->said.path, text) :
					     file_write(call->said.path, text);
		if (failed(fault)) {
			(void)fprintf(stderr, "plenum: %s: %s\n", call->said.path,
				      system_word(fault));
			code = EXIT_COULD_NOT;
		}
	}
	text_buffer_fini(&call->said.kept);
	return code;
}

static bool file_attach(struct call *call, const char *path, struct complaints *complaints)
{
	struct fault fault = strcmp(path, "-") == 0 ?
				     file_read_standard(&call->heap, ATTACHED_OCTETS_MAX,
							&call->attached) :
				     file_read(&call->heap, path, ATTACHED_OCTETS_MAX,
					       &call->attached);

	if (failed(fault) && fault.kind == FAULT_SYSTEM)
		complain(complaints, false, "%s: %s", path, strerror(fault.code));
	else if (failed(fault))
		complain(complaints, false, "%s: larger than %u MiB", path,
			 ATTACHED_OCTETS_MAX / (1024u * 1024u));
	return !failed(fault);
}

/* The table is asked before anything is sent: a slip is told without the other side. */
static bool call_prepare(struct call *call, struct complaints *complaints)
{
	static struct arguments arguments;
	uint32_t used = 0;

	call->command = command_find(call->words, call->word_count, &used);
	if (!arguments_read(call->command, call->words + used, call->word_count - used, &arguments,
			    &call->directory, complaints))
		return false;
	const char *shape = call->command->words;
	bool has_directory = (call->command->flags & COMMAND_DIRECTORY) != 0 ||
			     (shape != NULL && strstr(shape, "-C DIR") != NULL);
	if (!has_directory && strcmp(call->directory, ".") != 0)
		complain(complaints, true, "-C %s is not looked at: plenum %s is of no exchange",
			 call->directory, call->command->name);
	call->said.path = out_of(&arguments);
	call->said.is_private = argument_yes(&arguments, "with-password");
	text_buffer_init(&call->said.kept, &call->heap, 0);
	const char *path = file_of(call, &arguments);
	return path == NULL || file_attach(call, path, complaints);
}

/* What is typed next, such as serve, finds the directory free. */
static enum exit_code end_await(const struct call *call)
{
	static struct complaints complaints;

	if (house_await_end(call->directory, &complaints))
		return EXIT_DONE;
	complaints_print(&complaints, (struct text_sink){ put_file, stderr });
	return EXIT_COULD_NOT;
}

static enum exit_code run_once(struct call *call)
{
	enum exit_code code = EXIT_COULD_NOT;
	bool may_be_there = (call->command->flags & COMMAND_DIRECTORY) != 0 &&
			    (call->command->flags & COMMAND_HOLDS) == 0;

	call->asked.is_set = false;
	if (!may_be_there || !run_there(call, &code))
		code = run_here(call);
	else if (call->command->run == command_stop && code == EXIT_DONE)
		code = end_await(call);
	return code;
}

static bool person_agrees(const struct asked *asked)
{
	char answer[ANSWER_MAX] = "";

	(void)fflush(stdout);
	(void)fprintf(stderr, "%s [y/N] ", asked->question);
	return fgets(answer, sizeof answer, stdin) != NULL &&
	       (answer[0] == 'y' || answer[0] == 'Y');
}

static enum exit_code call_run(struct call *call)
{
	enum exit_code code = run_once(call);

	if (!call->asked.is_set || call->word_count == CONTROL_WORDS_MAX ||
	    isatty(STDIN_FILENO) != 1)
		return code;
	if (!person_agrees(&call->asked)) {
		(void)fprintf(stderr, "not applied\n");
		return code;
	}
	char word[sizeof call->asked.word];
	(void)snprintf(word, sizeof word, "%s", call->asked.word);
	call->words[call->word_count++] = word;
	return run_once(call);
}

/* --- main ------------------------------------------------------------------------------------- */

static bool asks_for_help(const struct call *call)
{
	for (uint32_t i = 0; i < call->word_count; i++) {
		if (strcmp(call->words[i], "--help") == 0 || strcmp(call->words[i], "-h") == 0)
			return true;
		if (strcmp(call->words[i], "--") == 0)
			return false;
	}
	return false;
}

static bool is_group(const char *word)
{
	for (const struct command *at = command_next(NULL); at != NULL; at = command_next(at)) {
		if (command_is_in(at, word))
			return true;
	}
	return false;
}

/* How many letters are put in, taken out or changed; a word above WORD_LEN_MAX is far from all. */
static uint32_t letters_between(const char *one, const char *other, size_t other_len)
{
	uint32_t row[WORD_LEN_MAX + 1];
	size_t one_len = strlen(one);

	if (one_len > WORD_LEN_MAX || other_len > WORD_LEN_MAX)
		return UINT32_MAX;
	for (uint32_t j = 0; j <= other_len; j++)
		row[j] = j;
	for (uint32_t i = 1; i <= one_len; i++) {
		uint32_t corner = row[0];
		row[0] = i;
		for (uint32_t j = 1; j <= other_len; j++) {
			uint32_t best = corner + (one[i - 1] != other[j - 1]);
			best = row[j] + 1 < best ? row[j] + 1 : best;
			best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			corner = row[j];
			row[j] = best;
		}
	}
	return row[other_len];
}

/* The first word of a command that the word is a slip for; NULL: none is near. */
static const char *likely(const char *word, size_t *len)
{
	const char *found = NULL;
	uint32_t least = SLIP_LETTERS_MAX + 1;

	for (const struct command *at = command_next(NULL); at != NULL; at = command_next(at)) {
		size_t own = strcspn(at->name, " ");
		bool is_begun = strlen(word) >= 3 && strncmp(word, at->name, strlen(word)) == 0;
		uint32_t letters = is_begun ? 0 : letters_between(word, at->name, own);
		if (letters >= least || word[0] != at->name[0] || letters > own / 2)
			continue;
		least = letters;
		found = at->name;
		*len = own;
	}
	return found;
}

static void no_such_command(const char *word)
{
	size_t len = 0;
	const char *near = likely(word, &len);

	(void)fprintf(stderr, "plenum: there is no command \"%s\"; ", word);
	if (near != NULL)
		(void)fprintf(stderr, "there is plenum %.*s; ", (int)len, near);
	(void)fprintf(stderr, "plenum --help lists them\n");
}

static enum exit_code no_command(const struct call *call)
{
	struct text_sink out = { put_file, stdout };
	bool any = false;

	if (call->word_count == 0 || asks_for_help(call)) {
		if (call->word_count != 0 && is_group(call->words[0]))
			help_print_group(call->words[0], out);
		else
			help_print_all(out);
		return call->word_count == 0 ? EXIT_COULD_NOT : EXIT_DONE;
	}
	if (strcmp(call->words[0], "--version") == 0) {
		printf("plenum %s\n", PLENUM_VERSION);
		return EXIT_DONE;
	}
	if (call->words[0][0] == '-') {
		(void)fprintf(stderr, "plenum: a command is missing; plenum --help lists them\n");
		return EXIT_COULD_NOT;
	}
	for (const struct command *at = command_next(NULL); at != NULL; at = command_next(at)) {
		if (!command_is_in(at, call->words[0]))
			continue;
		(void)fprintf(stderr, "%s plenum %s", any ? "," : "plenum: there is", at->name);
		any = true;
	}
	if (any)
		(void)fprintf(stderr, "\n");
	else
		no_such_command(call->words[0]);
	return EXIT_COULD_NOT;
}

/* The command that the words name, or what is to be said without one. */
static enum exit_code call_take(struct call *call)
{
	static struct complaints complaints;
	struct text_sink error = { put_file, stderr };
	uint32_t used = 0;

	call->command = command_find(call->words, call->word_count, &used);
	if (call->command == NULL)
		return no_command(call);
	if (asks_for_help(call)) {
		help_print(call->command, (struct text_sink){ put_file, stdout });
		return EXIT_DONE;
	}
	terminal_look(call);
	bool is_ready = call_prepare(call, &complaints);
	complaints_print(&complaints, error);
	return is_ready ? said_end(call, call_run(call)) : EXIT_COULD_NOT;
}

/* Text that did not get out is a failure, but for a reader who has seen enough. */
static bool output_end(void)
{
	errno = 0;
	bool ok = fflush(stdout) == 0 && ferror(stdout) == 0;

	return ok || errno == EPIPE;
}

int main(int argc, char **argv)
{
	static struct call call;
	static char room[OUTPUT_OCTETS];
	bool asks = argc > 1 && strcmp(argv[1], "help") == 0;

	process_memory_begin();
	/* A text that fits is put at once, and what is wrong then is known by its name. */
	if (isatty(STDOUT_FILENO) != 1)
		(void)setvbuf(stdout, room, _IOFBF, sizeof room);
	if (argc - 1 > (int)WORDS_MAX) {
		(void)fprintf(stderr, "plenum: more than %u words\n", WORDS_MAX);
		return EXIT_COULD_NOT;
	}
	/* "plenum help show" is "plenum show --help". */
	for (int i = asks ? 2 : 1; i < argc; i++)
		call.words[call.word_count++] = argv[i];
	if (asks)
		call.words[call.word_count++] = "--help";
	command_words_order(call.words, call.word_count);
	call.heap = heap_libc();
	enum exit_code code = call_take(&call);
	if (call.attached.at != NULL)
		file_free(&call.heap, call.attached);
	if (!output_end()) {
		(void)fprintf(stderr, "plenum: standard output: %s\n",
			      errno != 0 ? strerror(errno) : "not all of the text was taken");
		code = EXIT_COULD_NOT;
	}
	return (int)code;
}
