/* cli/rules.h — the commands of the rule book, and what their files share.
 * Owns    nothing
 * Faults  complaints
 * Thread  one a call */
#ifndef CLI_RULES_H
#define CLI_RULES_H

#include "cli/command.h"
#include "cli/show_session.h"
#include "registry/rules.h"

enum exit_code command_rules_show(struct desk *desk, const struct arguments *arguments);
enum exit_code command_rules_list(struct desk *desk, const struct arguments *arguments);
enum exit_code command_rules_diff(struct desk *desk, const struct arguments *arguments);
enum exit_code command_rules_check(struct desk *desk, const struct arguments *arguments);
enum exit_code command_rules_dry_run(struct desk *desk, const struct arguments *arguments);
enum exit_code command_rules_propose(struct desk *desk, const struct arguments *arguments);
enum exit_code command_rules_adopt(struct desk *desk, const struct arguments *arguments);

/* --- rules_limits.c: the sessions that would feel a plan's prefix limits, and how many --- */
bool rules_limits_print(struct desk *desk, const struct plan *plan, const struct session_list *list,
			uint32_t *count);
uint32_t rules_limits_json(struct json *json, const struct plan *plan,
			   const struct session_list *list);

/* The attached file as a new rule book. */
bool rules_file_read(const struct desk *desk, const char *file, struct rulebook *out);

/* A version by the word that names it, NULL = the one in force. */
bool rules_version_read(const struct desk *desk, const char *word, struct rulebook *book,
			struct plan_book *out);

/* What the store said, as a complaint. */
enum exit_code rules_store_failed(const struct desk *desk, struct fault fault);

#endif
