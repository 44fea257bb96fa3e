/* base/complaint.c — gathering complaints. */
#include "base/complaint.h"

#include <stdarg.h>
#include <stdio.h>

/* The last warning makes room for an error: what stops a person must be among what is said. */
static bool warning_drop(struct complaints *complaints)
{
	for (uint32_t i = complaints->count; i-- != 0;) {
		if (!complaints->list[i].is_warning)
			continue;
		for (uint32_t j = i + 1; j < complaints->count; j++)
			complaints->list[j - 1] = complaints->list[j];
		complaints->count--;
		return true;
	}
	return false;
}

void complain(struct complaints *complaints, bool is_warning, const char *format, ...)
{
	va_list arguments;

	if (is_warning)
		complaints->warning_count++;
	else
		complaints->error_count++;
	if (complaints->count == COMPLAINTS_MAX && complaints->drain != NULL) {
		complaints->drain(complaints->drain_context, complaints);
		complaints->count = 0;
	}
	if (complaints->count == COMPLAINTS_MAX) {
		complaints->left_out++;
		if (is_warning || !warning_drop(complaints))
			return;
	}
	struct complaint *complaint = &complaints->list[complaints->count++];
	complaint->is_warning = is_warning;
	va_start(arguments, format);
	(void)vsnprintf(complaint->text, sizeof complaint->text, format, arguments);
	va_end(arguments);
}
