/* cli/desk.c — what several commands do at their desk alike. */
#include <stdarg.h>
#include <stdio.h>

#include "cli/command.h"
#include "registry/registry.h"
#include "text/columns.h"
#include "text/utf8.h"

#define LOG_LINE_MAX 512u

enum exit_code desk_changed(struct desk *desk, const char *format, ...)
{
	char line[LOG_LINE_MAX];
	va_list arguments;

	if (desk->serving == NULL)
		return EXIT_DONE;
	va_start(arguments, format);
	(void)vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	serving_tell(desk->serving, line);
	return failed(serving_replan(desk->serving, desk->complaints)) ? EXIT_COULD_NOT : EXIT_DONE;
}

bool desk_members(const struct desk *desk, uint32_t asn, struct registry_list *out)
{
	struct fault fault = registry_member_get(desk->store, asn, out);

	if (fault.kind == FAULT_ABSENT)
		complain(desk->complaints, false, "AS%u is no member", asn);
	else if (failed(fault))
		complain(desk->complaints, false, "the registry cannot be read: %s",
			 store_error(desk->store));
	return !failed(fault);
}

void desk_findings(const struct desk *desk, const struct complaints *findings)
{
	char text[COMPLAINT_TEXT_MAX];

	for (uint32_t i = 0; i < findings->count; i++) {
		bool is_warning = findings->list[i].is_warning;
		(void)utf8_clean(octets_of_text(findings->list[i].text), "?", text, sizeof text);
		(void)text_put(desk->out, "%s%s%s: %s\n",
			       colour_on(is_warning ? COLOUR_YELLOW : COLOUR_RED, desk->has_colour),
			       is_warning ? "warning" : "error", colour_off(desk->has_colour),
			       text);
	}
}
