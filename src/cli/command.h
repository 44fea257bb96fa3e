/* cli/command.h — the subcommands: a table of names, help, and functions.
 * Owns    nothing
 * Faults  exit codes: 0 done, 1 found something, 2 could not
 * Thread  the process's first */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base/complaint.h"

enum exit_code { EXIT_DONE = 0, EXIT_FOUND = 1, EXIT_COULD_NOT = 2 };

/* Options of one call, as "--name value" pairs, and what stands between them. */
#define ARGUMENTS_MAX 64

struct arguments {
	const char *directory; /* -C */
	const char *words[ARGUMENTS_MAX];
	int word_count;
	const char *names[ARGUMENTS_MAX]; /* without the dashes */
	const char *values[ARGUMENTS_MAX];
	int option_count;
	int taken[ARGUMENTS_MAX]; /* options that were asked for */
};

/* The value of the option at or after *from, moving *from behind it; NULL at the end. */
const char *arguments_next(struct arguments *arguments, const char *name, int *from);
const char *arguments_one(struct arguments *arguments, const char *name);

/* Complains of every option nobody asked for. */
void arguments_finish(const struct arguments *arguments, struct complaints *complaints);

enum exit_code complaints_tell(const struct complaints *complaints);

enum exit_code command_init(struct arguments *arguments, struct complaints *complaints);
enum exit_code command_member(struct arguments *arguments, struct complaints *complaints);
enum exit_code command_check(struct arguments *arguments, struct complaints *complaints);
enum exit_code command_serve(struct arguments *arguments, struct complaints *complaints);

#endif
