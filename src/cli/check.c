/* cli/check.c — everything that is wrong with an exchange: findings on standard output. */
#include <string.h>

#include "cli/command.h"
#include "registry/rules.h"
#include "registry/verify.h"
#include "server/house.h"

/* What was edited since: it would be found out at the next start, when it is late. */
static bool config_again(const struct desk *desk, struct exchange_config *out,
			 struct complaints *findings)
{
	char in_force[EXCHANGE_TEXT_MAX];
	char edited[EXCHANGE_TEXT_MAX];

	if (!house_config(desk->directory, out, findings))
		return false;
	if (exchange_print(desk->config, in_force) && exchange_print(out, edited) &&
	    strcmp(in_force, edited) != 0)
		complain(findings, true,
			 "%s/exchange.yaml was edited since plenum serve read it; it holds from "
			 "the next start",
			 desk->directory);
	return true;
}

static void findings_print(void *context, const struct complaints *findings)
{
	desk_findings(context, findings);
}

static enum exit_code findings_end(struct desk *desk, const struct complaints *findings,
				   const char *name, bool is_strict)
{
	uint32_t warnings = findings->warning_count;
	uint32_t errors = findings->error_count;

	desk_findings(desk, findings);
	if (warnings + errors == 0)
		(void)text_put(desk->out, "%s: nothing is wrong\n", name);
	else
		(void)text_put(desk->out, "%s: %u warning%s, %u error%s\n", name, warnings,
			       warnings == 1 ? "" : "s", errors, errors == 1 ? "" : "s");
	return errors != 0 || (is_strict && warnings != 0) ? EXIT_FOUND : EXIT_DONE;
}

enum exit_code command_check(struct desk *desk, const struct arguments *arguments)
{
	struct complaints findings = { .drain = findings_print, .drain_context = desk };
	struct exchange_config edited = *desk->config;
	bool is_strict = argument_yes(arguments, "strict");

	if (!registry_check_store(desk->store, desk->complaints))
		return EXIT_COULD_NOT;
	if (desk->serving != NULL && !config_again(desk, &edited, &findings))
		return findings_end(desk, &findings, desk->config->exchange.name, is_strict);
	if (failed(rules_lay(desk->store, record_now_s(), &edited.exchange)) ||
	    failed(registry_check(desk->store, &edited, &findings))) {
		desk_findings(desk, &findings);
		complain(desk->complaints, false, "the registry cannot be read: %s",
			 store_error(desk->store));
		return EXIT_COULD_NOT;
	}
	return findings_end(desk, &findings, edited.exchange.name, is_strict);
}
