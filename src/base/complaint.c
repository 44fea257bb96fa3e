/* base/complaint.c — gathering complaints. */
#include "base/complaint.h"

#include <stdarg.h>
#include <stdio.h>

void complain(struct complaints *complaints, bool is_warning, const char *format, ...)
{
	va_list arguments;

	if (!is_warning)
		complaints->error_count++;
	if (complaints->count == COMPLAINTS_MAX)
		return;
	struct complaint *complaint = &complaints->list[complaints->count++];
	complaint->is_warning = is_warning;
	va_start(arguments, format);
	(void)vsnprintf(complaint->text, sizeof complaint->text, format, arguments);
	va_end(arguments);
}
