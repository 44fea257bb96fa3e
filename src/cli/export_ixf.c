/* cli/export_ixf.c — the list of members, for others. */
#include "cli/command.h"
#include "export/ixf.h"

/* The time in the form that the list has; false with a complaint. */
static bool timestamp_take(const char *text, struct fact *room, const char **out,
			   struct complaints *complaints)
{
	fact_init(room, FACT_MEMBER, "");
	uint32_t field = fact_field_index(room->kind, "member_since");
	const char *wrong = text != NULL ? fact_set(room, field, text) : NULL;

	if (wrong != NULL)
		complain(complaints, false, "--timestamp \"%s\" %s", text, wrong);
	*out = text != NULL ? fact_at(room, field) : NULL;
	return wrong == NULL;
}

enum exit_code command_export_ixf(struct desk *desk, const struct arguments *arguments)
{
	struct ixf_export how = { .is_full = argument_yes(arguments, "full") };
	struct fact room;

	if (!timestamp_take(argument_of(arguments, "timestamp"), &room, &how.timestamp,
			    desk->complaints))
		return EXIT_COULD_NOT;
	struct fault fault = ixf_export_print(desk->store, &desk->config->exchange, &how, desk->out,
					      desk->complaints);
	if (failed(fault) && fault.kind != FAULT_SHORT)
		complain(desk->complaints, false, "the registry cannot be read: %s",
			 store_error(desk->store));
	return failed(fault) ? EXIT_COULD_NOT : EXIT_DONE;
}
