/* cli/demo_live.c — the running exchange on a terminal.
 *
 * A frame is put with one write: back up over the one before, then its lines, each of which clears
 * what is left of the old one.  Nothing is cleared before there is something to stand in its
 * place, so nothing flickers.  Lines are cut to the terminal's width: one that it wrapped would
 * take more room than counted.  After a change of the width a frame is begun anew below. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/demoing.h"
#include "cli/values.h"
#include "sys/process.h"
#include "text/columns.h"

#define LIVE_ROWS_MIN 14u /* the table and the line below */
#define LIVE_COLUMNS_MIN 60u
#define LIVE_MS 1000
#define BUSIEST 3u
#define FRAME_OCTETS_MAX 8192u
#define LINE_CLEAR "\x1b[K"
#define BELOW_CLEAR "\x1b[J"

/* What a frame shows. */
struct shown {
	struct play_counts counts;
	struct play_totals totals;
	double span_s; /* since the frame before */
	double changes_a_second;
	double cpu_s;
	double cpu_percent;
	uint64_t memory_octets;
	char lasted[VALUE_TEXT_MAX];
	char held[VALUE_TEXT_MAX];
	char changes[VALUE_TEXT_MAX];
};

static void lasted_print(int64_t seconds, char out[VALUE_TEXT_MAX])
{
	if (seconds < 60)
		(void)snprintf(out, VALUE_TEXT_MAX, "%lld s", (long long)seconds);
	else
		value_span_print(seconds, out);
}

static void shown_take(const struct demo *demo, struct instant begin, struct shown *shown)
{
	const struct demo_live *live = &demo->live;

	play_counts_of(demo->play, &shown->counts);
	play_totals_of(demo->play, &shown->totals);
	shown->cpu_s = demo->stage.server == 0 ? 0 : process_cpu_s(demo->stage.server);
	shown->memory_octets = process_memory_octets_of(demo->stage.server);
	if (instant_is_set(live->said_at)) {
		shown->span_s = demo_seconds_since(demo, live->said_at);
		shown->changes_a_second = (double)(shown->counts.changes - live->changes) /
					  shown->span_s;
		shown->cpu_percent = (shown->cpu_s - live->cpu_s) / shown->span_s * 100;
	}
	lasted_print((int64_t)demo_seconds_since(demo, begin), shown->lasted);
	value_count_print(shown->counts.paths_held, shown->held);
	value_count_print(shown->counts.changes, shown->changes);
}

/* --- the table -------------------------------------------------------------------------------- */

static void families_put(const struct demo *demo, const struct shown *shown,
			 struct columns *columns)
{
	static const char *const name[] = { "IPv4", "IPv6" };
	const struct play_totals *totals = &shown->totals;
	char text[VALUE_TEXT_MAX];

	(void)demo;
	for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
		const uint64_t count[] = { totals->prefixes[f], totals->routes[f],
					   totals->refused[f] };
		columns_cell(columns, COLOUR_NONE, "%s", name[f]);
		for (uint32_t i = 0; i < sizeof count / sizeof *count; i++) {
			value_count_print(count[i], text);
			columns_cell(columns, COLOUR_NONE, "%s", text);
		}
	}
}

static void busiest_put(const struct demo *demo, struct columns *columns)
{
	struct play_member busiest[BUSIEST];
	uint32_t count = play_busiest(demo->play, busiest, BUSIEST);
	char text[VALUE_TEXT_MAX];

	for (uint32_t i = 0; i < count; i++) {
		columns_cell(columns, COLOUR_NONE, "AS%u", busiest[i].asn);
		for (uint32_t f = 0; f < FAMILY_COUNT; f++) {
			value_count_print(busiest[i].routes[f], text);
			columns_cell(columns, COLOUR_NONE, "%s", text);
		}
		columns_cell(columns, COLOUR_NONE, "%s", busiest[i].name);
	}
}

static bool families_table(struct demo *demo, const struct shown *shown, struct text_sink out,
			   uint16_t width)
{
	static const struct column column[] = {
		{ "", false }, { "PREFIXES", true }, { "ROUTES", true }, { "REFUSED", true }
	};
	struct columns columns CLEAN(columns_fini);

	columns_init(&columns, &demo->heap, out, column, sizeof column / sizeof *column,
		     demo->desk->has_colour);
	columns_fit(&columns, width);
	families_put(demo, shown, &columns);
	return columns_end(&columns);
}

static bool busiest_table(struct demo *demo, struct text_sink out, uint16_t width)
{
	static const struct column column[] = {
		{ "SENDS MOST", false }, { "IPV4", true }, { "IPV6", true }, { "NAME", false }
	};
	struct columns columns CLEAN(columns_fini);

	columns_init(&columns, &demo->heap, out, column, sizeof column / sizeof *column,
		     demo->desk->has_colour);
	columns_fit(&columns, width);
	busiest_put(demo, &columns);
	return columns_end(&columns);
}

static bool frame_make(struct demo *demo, const struct shown *shown, struct text_sink out,
		       uint16_t width)
{
	char memory[VALUE_TEXT_MAX];

	value_octets_print(shown->memory_octets, memory);
	return text_put(out, "live    %s, %u of %u sessions up\n", shown->lasted,
			shown->counts.established_count, shown->counts.session_count) &&
	       families_table(demo, shown, out, width) &&
	       text_put(out, "paths   %s held by members\n", shown->held) &&
	       text_put(out, "change  %.1f routes a second, %s in all\n", shown->changes_a_second,
			shown->changes) &&
	       text_put(out, "server  %.2f s of CPU, %.1f %% of a processor, %s\n", shown->cpu_s,
			shown->cpu_percent, memory) &&
	       busiest_table(demo, out, width);
}

/* --- the terminal ----------------------------------------------------------------------------- */

/* It has room for the table, and can move up. */
static bool terminal_fits(const struct demo *demo, uint16_t *width)
{
	const char *kind = getenv("TERM");
	struct winsize size;

	if (!demo->progress.is_terminal || kind == NULL || strcmp(kind, "dumb") == 0 ||
	    ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0)
		return false;
	*width = size.ws_col;
	return size.ws_row >= LIVE_ROWS_MIN && size.ws_col >= LIVE_COLUMNS_MIN;
}

static void frame_put(struct demo *demo, const char *frame, uint16_t width)
{
	struct demo_live *live = &demo->live;
	struct text_buffer buffer CLEAN(text_buffer_fini);
	uint32_t lines = 0;

	text_buffer_init(&buffer, &demo->heap, 2 * FRAME_OCTETS_MAX);
	struct text_sink out = text_buffer_sink(&buffer);
	if (live->line_count != 0 && live->columns == width)
		(void)text_put(out, "\x1b[%uA\r", live->line_count);
	for (const char *end; (end = strchr(frame, '\n')) != NULL; frame = end + 1, lines++) {
		(void)text_put_octets(out, frame, (size_t)(end - frame));
		(void)text_put_text(out, LINE_CLEAR "\n");
	}
	(void)text_put_text(out, BELOW_CLEAR);
	(void)fwrite(text_buffer_of(&buffer), 1, buffer.len_octets, stderr);
	(void)fflush(stderr);
	live->line_count = lines;
	live->columns = width;
}

static void line_put(struct demo *demo, const struct shown *shown)
{
	const struct play_counts *counts = &shown->counts;
	char line[PROGRESS_TEXT_MAX];

	(void)snprintf(line, sizeof line,
		       "for %s: %u of %u sessions up, %s paths held, %s route%s changed",
		       shown->lasted, counts->established_count, counts->session_count, shown->held,
		       shown->changes, counts->changes == 1 ? "" : "s");
	demo->live.line_count = 0;
	if (demo->progress.is_terminal)
		progress_say(&demo->progress, "%s", line);
	else
		(void)fprintf(stderr, "%s\n", line);
}

void demo_live_say(struct demo *demo, struct instant begin)
{
	struct demo_live *live = &demo->live;
	struct instant now = play_now(demo->play);
	struct text_buffer frame CLEAN(text_buffer_fini);
	struct shown shown = { 0 };
	uint16_t width = 0;

	text_buffer_init(&frame, &demo->heap, FRAME_OCTETS_MAX);
	if (instant_is_set(live->said_at) &&
	    !instant_due(instant_add(live->said_at, span_ms(LIVE_MS)), now))
		return;
	shown_take(demo, begin, &shown);
	if (!terminal_fits(demo, &width)) {
		line_put(demo, &shown);
	} else if (frame_make(demo, &shown, text_buffer_sink(&frame), width)) {
		progress_end(&demo->progress);
		frame_put(demo, text_buffer_of(&frame), width);
	}
	live->said_at = now;
	live->changes = shown.counts.changes;
	live->cpu_s = shown.cpu_s;
}

void demo_live_end(struct demo *demo)
{
	progress_end(&demo->progress);
	demo->live.line_count = 0;
}
