/* cli/progress.c — progress on standard error. */
#include "cli/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_MS 100
#define WIDTH_UNKNOWN 79

void progress_init(struct progress *progress)
{
	*progress = (struct progress){ .is_terminal = isatty(STDERR_FILENO) == 1 };
}

static int64_t now_ms(void)
{
	struct timespec at;

	return clock_gettime(CLOCK_MONOTONIC, &at) == 0 ?
		       at.tv_sec * 1000 + at.tv_nsec / NS_PER_MS :
		       0;
}

/* A line that the terminal wraps could not be rewritten. */
static int width_of_terminal(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1 :
										 WIDTH_UNKNOWN;
}

static void put(struct progress *progress)
{
	progress->is_put = true;
	if (progress->is_terminal)
		(void)fprintf(stderr, "\r%.*s\033[K", width_of_terminal(), progress->last);
	else
		(void)fprintf(stderr, "%s\n", progress->last);
	(void)fflush(stderr);
}

void progress_say(struct progress *progress, const char *format, ...)
{
	char kind[sizeof progress->kind];
	char fresh[sizeof progress->last];
	va_list arguments;
	int64_t now = now_ms();

	(void)snprintf(kind, sizeof kind, "%s", format);
	bool is_new = !progress->is_open || strcmp(kind, progress->kind) != 0;
	va_start(arguments, format);
	(void)vsnprintf(fresh, sizeof fresh, format, arguments);
	va_end(arguments);
	progress->is_put = progress->is_put && !is_new && strcmp(fresh, progress->last) == 0;
	(void)snprintf(progress->last, sizeof progress->last, "%s", fresh);
	if (!is_new && (!progress->is_terminal || now - progress->said_ms < PAUSE_MS))
		return;
	(void)snprintf(progress->kind, sizeof progress->kind, "%s", kind);
	progress->is_open = true;
	progress->said_ms = now;
	if (progress->is_terminal || is_new)
		put(progress);
}

void progress_end(struct progress *progress)
{
	if (!progress->is_open)
		return;
	if (!progress->is_put)
		put(progress);
	if (progress->is_terminal)
		(void)fprintf(stderr, "\n");
	progress->is_open = false;
}
