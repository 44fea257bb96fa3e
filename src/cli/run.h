/* cli/run.h — running a command from its words, wherever that is.
 * Owns    nothing
 * Faults  the exit code, and complaints on `error`
 * Thread  any: a call has its own struct run */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "cli/command.h"

struct run {
	struct text_sink out;
	struct text_sink error;
	bool has_colour;
	uint16_t columns;
	void (*ask)(void *context, const char *question, const char *word);
	void *ask_context;
	struct octets attached;
	/* Set in the process that serves the directory; else the command opens it. */
	struct serving *serving;
	struct store *store;
	struct exchange_config *config;
	const char *directory;
};

enum exit_code run_words(struct run *run, const char *const *words, uint32_t word_count);

#endif
