/* cli/command.h — the subcommands: what each is called, takes, and does.
 *
 * A command is a row of a table (cli/commands.c): its options are parsed, checked and described
 * from there.  It runs either in this process, which then holds the directory, or in the one that
 * serves the directory, over the control socket: the person typing sees no difference.  So a
 * command touches nothing but its desk.
 * Owns    nothing: words and values live as long as the call
 * Faults  exit codes: 0 done, 1 found something, 2 could not, with a complaint for each cause
 * Thread  one a call; several calls at once in a process that serves */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base/complaint.h"
#include "registry/exchange.h"
#include "server/serving.h"
#include "text/json.h"
#include "text/sink.h"

enum exit_code {
	EXIT_DONE = 0,
	EXIT_FOUND = 1,
	EXIT_COULD_NOT = 2,
	EXIT_INTERRUPTED = 130, /* as a shell says it of SIGINT */
};

#define ARGUMENTS_MAX 512u
#define COMMAND_NAME_WORDS_MAX 2u

enum option_kind {
	OPTION_TEXT = 0, /* --name VALUE or --name=VALUE */
	OPTION_YES,      /* --name, --name yes, --name no */
	OPTION_FILE,     /* --name FILE: read by the process of the person typing */
	OPTION_OUT,      /* --name FILE: written by it, with what the command says */
};

struct option {
	const char *name;  /* without the dashes; NULL ends the list */
	const char *value; /* what stands in its place in the help: "ADDRESS" */
	const char *help;
	enum option_kind kind;
	bool is_many; /* may stand several times */
};

/* What a call said, after parsing. */
struct arguments {
	const struct command *command;
	uint32_t word_count; /* what is no option, without the command itself */
	const char *word[ARGUMENTS_MAX];
	uint32_t option_count;
	const struct option *option[ARGUMENTS_MAX];
	const char *value[ARGUMENTS_MAX]; /* "yes" or "no" for OPTION_YES */
};

/* The option's last value, or NULL; the next of an option that may stand several times, moving
 * *from (0 at first). */
const char *argument_of(const struct arguments *arguments, const char *name);
const char *argument_next(const struct arguments *arguments, const char *name, uint32_t *from);
bool argument_yes(const struct arguments *arguments, const char *name);

/* Of an OPTION_YES: whether it was said at all. */
bool argument_given(const struct arguments *arguments, const char *name);

/* A decimal number from `min` to `max`; `missing` when the option is not there.  Complains. */
uint32_t argument_number(const struct arguments *arguments, const char *name, uint32_t min,
			 uint32_t max, uint32_t missing, struct complaints *complaints);

/* What a command has at hand. */
struct desk {
	struct text_sink out;
	bool has_colour;  /* the output is a terminal that shows colours */
	uint16_t columns; /* its width; 0 = no terminal */
	struct complaints *complaints;
	const char *directory;
	struct exchange_config *config; /* NULL without COMMAND_DIRECTORY */
	struct store *store;            /* likewise; its use is the record holder's */
	struct serving *serving;        /* NULL: this process does not serve */
	struct octets attached;         /* the file that an OPTION_FILE or the word names */
	/* The person may be asked `question`; on yes the command runs again with `word` added. */
	void (*ask)(void *context, const char *question, const char *word);
	void *ask_context;
	struct confine *confine; /* begun for serve; else NULL */
	int ready_fd;            /* serve tells here that members can connect; 0 = nowhere */
};

/* The registry changed: where the exchange is served, that holds at once, and its log says what
 * changed in one line. */
enum exit_code desk_changed(struct desk *desk, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The connections of a member, or of all for 0; false with a complaint, also when it is none. */
bool desk_members(const struct desk *desk, uint32_t asn, struct registry_list *out);

/* Warnings and errors that are the answer, a line each. */
void desk_findings(const struct desk *desk, const struct complaints *findings);

enum command_flag {
	COMMAND_DIRECTORY = 1,   /* works on an exchange's directory: -C DIR */
	COMMAND_SERVING = 2,     /* only in the process that serves it */
	COMMAND_RECORD = 4,      /* reads or changes the database: holds the record */
	COMMAND_FILE_WORD = 8,   /* its first word names a file, which is read and attached */
	COMMAND_HOLDS = 16,      /* holds the directory itself, never over the socket: serve */
	COMMAND_KEYS = 32,       /* its help ends with what exchange.yaml may say */
	COMMAND_CLAUSES = 64,    /* its help ends with the keys of the rule book */
	COMMAND_CONFINED = 256,  /* gives up the user and rights before it opens the directory */
	COMMAND_FILE_LAST = 128, /* its last word names a file, unless it is a number */
	COMMAND_CURSOR = 256,    /* moves the cursor itself; what others say is screened */
};

struct command {
	const char *name;
	const char *words; /* "AS NAME" for the help */
	const char *summary;
	const char *help; /* examples and what else is to be said */
	uint32_t flags;   /* enum command_flag, joined */
	uint32_t words_min;
	uint32_t words_max;
	const struct option *options;
	enum exit_code (*run)(struct desk *desk, const struct arguments *arguments);
};

/* "member add" before "member"; NULL when there is none.  *used: how many words name it. */
const struct command *command_find(const char *const *words, uint32_t word_count, uint32_t *used);

/* "show status" is in "show". */
bool command_is_in(const struct command *command, const char *group);

/* Puts the command's name first: -C, --json and --help may stand before and between its words. */
void command_words_order(const char **words, uint32_t word_count);

/* The command behind `at` in order of the help; the first for NULL, NULL behind the last. */
const struct command *command_next(const struct command *at);

/* Rows of one room each, ended by one without a name: cli/commands.c lists the rooms. */
extern const struct command exchange_commands[];
extern const struct command rules_commands[];
extern const struct command registry_commands[];
extern const struct command ledger_commands[];
extern const struct command store_commands[];
extern const struct command export_commands[];
extern const struct command irr_commands[];
extern const struct command fabric_commands[];
extern const struct command pool_commands[];

/* The words behind the command's name.  False with complaints. */
bool arguments_read(const struct command *command, const char *const *words, uint32_t word_count,
		    struct arguments *out, const char **directory, struct complaints *complaints);

void help_print(const struct command *command, struct text_sink out);
void help_print_group(const char *group, struct text_sink out); /* "show" */
void help_print_all(struct text_sink out);

/* Everything said so far, one a line, as "plenum: ..." */
void complaints_print(const struct complaints *complaints, struct text_sink out);

/* What many commands have; the last row of all lists. */
#define OPTION_JSON \
	{ \
		"json", NULL, "for programs: one JSON document", OPTION_YES, false \
	}
#define OPTION_TO \
	{ \
		"to", "FILE", "write it there, whole or not at all", OPTION_OUT, false \
	}
#define OPTIONS_END \
	{ \
		NULL, NULL, NULL, OPTION_TEXT, false \
	}

extern const struct option options_json[]; /* --json alone: cli/commands.c */

/* --- the commands ----------------------------------------------------------------------------- */

enum exit_code command_bench(struct desk *desk, const struct arguments *arguments);
enum exit_code command_init(struct desk *desk, const struct arguments *arguments);
enum exit_code command_backup(struct desk *desk, const struct arguments *arguments);
enum exit_code command_restore(struct desk *desk, const struct arguments *arguments);
enum exit_code command_check(struct desk *desk, const struct arguments *arguments);
enum exit_code command_serve(struct desk *desk, const struct arguments *arguments);
enum exit_code command_demo(struct desk *desk, const struct arguments *arguments);
enum exit_code command_stop(struct desk *desk, const struct arguments *arguments);
enum exit_code command_import(struct desk *desk, const struct arguments *arguments);
enum exit_code command_member_add(struct desk *desk, const struct arguments *arguments);
enum exit_code command_member_edit(struct desk *desk, const struct arguments *arguments);
enum exit_code command_member_remove(struct desk *desk, const struct arguments *arguments);
enum exit_code command_ledger_show(struct desk *desk, const struct arguments *arguments);
enum exit_code command_ledger_prove(struct desk *desk, const struct arguments *arguments);
enum exit_code command_ledger_verify(struct desk *desk, const struct arguments *arguments);
enum exit_code command_ledger_check(struct desk *desk, const struct arguments *arguments);
enum exit_code command_member_list(struct desk *desk, const struct arguments *arguments);
enum exit_code command_member_show(struct desk *desk, const struct arguments *arguments);
enum exit_code command_connection_add(struct desk *desk, const struct arguments *arguments);
enum exit_code command_connection_edit(struct desk *desk, const struct arguments *arguments);
enum exit_code command_connection_list(struct desk *desk, const struct arguments *arguments);
enum exit_code command_connection_remove(struct desk *desk, const struct arguments *arguments);
enum exit_code command_exchange_show(struct desk *desk, const struct arguments *arguments);
enum exit_code command_fact_add(struct desk *desk, const struct arguments *arguments);
enum exit_code command_fact_edit(struct desk *desk, const struct arguments *arguments);
enum exit_code command_fact_erase(struct desk *desk, const struct arguments *arguments);
enum exit_code command_fact_list(struct desk *desk, const struct arguments *arguments);
enum exit_code command_fact_remove(struct desk *desk, const struct arguments *arguments);
enum exit_code command_port_add(struct desk *desk, const struct arguments *arguments);
enum exit_code command_show_status(struct desk *desk, const struct arguments *arguments);
enum exit_code command_show_sessions(struct desk *desk, const struct arguments *arguments);
enum exit_code command_show_slat(struct desk *desk, const struct arguments *arguments);
enum exit_code command_show_session(struct desk *desk, const struct arguments *arguments);
enum exit_code command_show_routes(struct desk *desk, const struct arguments *arguments);
enum exit_code command_show_rpki(struct desk *desk, const struct arguments *arguments);
enum exit_code command_show_rejected(struct desk *desk, const struct arguments *arguments);
enum exit_code command_export_ixf(struct desk *desk, const struct arguments *arguments);
enum exit_code command_export_arp(struct desk *desk, const struct arguments *arguments);
enum exit_code command_export_mac(struct desk *desk, const struct arguments *arguments);
enum exit_code command_export_nd(struct desk *desk, const struct arguments *arguments);
enum exit_code command_export_zone(struct desk *desk, const struct arguments *arguments);
enum exit_code command_irr_accept(struct desk *desk, const struct arguments *arguments);
enum exit_code command_irr_refresh(struct desk *desk, const struct arguments *arguments);
enum exit_code command_irr_show(struct desk *desk, const struct arguments *arguments);
enum exit_code command_export_router(struct desk *desk, const struct arguments *arguments);
enum exit_code command_explain(struct desk *desk, const struct arguments *arguments);
enum exit_code command_pool_add(struct desk *desk, const struct arguments *arguments);
enum exit_code command_pool_remove(struct desk *desk, const struct arguments *arguments);
enum exit_code command_pool_list(struct desk *desk, const struct arguments *arguments);
enum exit_code command_pool_show(struct desk *desk, const struct arguments *arguments);
enum exit_code command_pool_map(struct desk *desk, const struct arguments *arguments);
enum exit_code command_pool_find(struct desk *desk, const struct arguments *arguments);
enum exit_code command_pool_forecast(struct desk *desk, const struct arguments *arguments);
enum exit_code command_pool_grow(struct desk *desk, const struct arguments *arguments);
enum exit_code command_pool_renumber(struct desk *desk, const struct arguments *arguments);
enum exit_code command_request_add(struct desk *desk, const struct arguments *arguments);
enum exit_code command_request_list(struct desk *desk, const struct arguments *arguments);
enum exit_code command_request_show(struct desk *desk, const struct arguments *arguments);
enum exit_code command_request_queue(struct desk *desk, const struct arguments *arguments);
enum exit_code command_request_grant(struct desk *desk, const struct arguments *arguments);
enum exit_code command_request_refuse(struct desk *desk, const struct arguments *arguments);
enum exit_code command_request_withdraw(struct desk *desk, const struct arguments *arguments);
enum exit_code command_request_return(struct desk *desk, const struct arguments *arguments);
enum exit_code command_request_resume(struct desk *desk, const struct arguments *arguments);
enum exit_code command_request_release(struct desk *desk, const struct arguments *arguments);
enum exit_code command_request_transfer(struct desk *desk, const struct arguments *arguments);
enum exit_code command_request_review(struct desk *desk, const struct arguments *arguments);

#endif
