/* text/columns.c — rows kept, widths settled, rows put. */
#include "text/columns.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "text/utf8.h"

#define GAP 2u
#define ELLIPSIS "\xe2\x80\xa6"
#define CUT_COLUMNS_MIN 8u

static const char *const sequences[COLOUR_COUNT] = {
	[COLOUR_NONE] = "",         [COLOUR_BOLD] = "\x1b[1m",   [COLOUR_DIM] = "\x1b[2m",
	[COLOUR_RED] = "\x1b[31m",  [COLOUR_GREEN] = "\x1b[32m", [COLOUR_YELLOW] = "\x1b[33m",
	[COLOUR_CYAN] = "\x1b[36m",
};

const char *colour_on(enum colour colour, bool has_colour)
{
	CHECK(colour < COLOUR_COUNT);
	return has_colour ? sequences[colour] : "";
}

const char *colour_off(bool has_colour)
{
	return has_colour ? "\x1b[0m" : "";
}

void columns_init(struct columns *columns, struct heap *heap, struct text_sink sink,
		  const struct column *column, uint32_t column_count, bool has_colour)
{
	CHECK(column_count > 0 && column_count <= COLUMNS_MAX);
	*columns = (struct columns){ .sink = sink,
				     .column = column,
				     .column_count = column_count,
				     .has_colour = has_colour };
	text_buffer_init(&columns->rows, heap, 0);
	for (uint32_t i = 0; i < column_count; i++)
		columns->width[i] = (uint32_t)strlen(column[i].header);
}

void columns_fit(struct columns *columns, uint32_t line_max)
{
	columns->line_max = line_max;
}

void columns_fini(struct columns *columns)
{
	text_buffer_fini(&columns->rows);
}

static uint32_t text_width(const char *text)
{
	struct octets octets = octets_of_text(text);
	uint32_t width = 0;

	for (uint32_t at = 0; at < octets.len_octets;)
		width += utf8_width(utf8_take(octets, &at, NULL));
	return width;
}

static void put(struct columns *columns, const char *text)
{
	columns->failed = columns->failed || !text_put_text(columns->sink, text);
}

static void blanks_put(struct columns *columns, uint32_t count)
{
	if (count != 0 && !text_put(columns->sink, "%*s", (int)count, ""))
		columns->failed = true;
}

/* The cell as it fits into `room` columns.  Where there is next to none, nothing is gained. */
static void cell_cut(char text[COLUMNS_CELL_MAX + 1], uint32_t room)
{
	struct octets octets = octets_of_text(text);
	uint32_t shown = 0;

	if (room < CUT_COLUMNS_MIN || text_width(text) <= room)
		return;
	for (uint32_t at = 0; at < octets.len_octets;) {
		uint32_t from = at;
		shown += utf8_width(utf8_take(octets, &at, NULL));
		if (shown < room)
			continue;
		(void)snprintf(text + from, COLUMNS_CELL_MAX + 1 - from, "%s",
			       from + strlen(ELLIPSIS) <= COLUMNS_CELL_MAX ? ELLIPSIS : "");
		return;
	}
}

static void last_put(struct columns *columns, uint32_t used, enum colour colour, const char *text)
{
	char cut[COLUMNS_CELL_MAX + 1];
	bool is_coloured = columns->has_colour && colour != COLOUR_NONE;

	(void)snprintf(cut, sizeof cut, "%s", text);
	if (columns->line_max > used)
		cell_cut(cut, columns->line_max - used);
	put(columns, colour_on(colour, is_coloured));
	put(columns, cut);
	put(columns, colour_off(is_coloured));
	put(columns, "\n");
}

static void cell_put(struct columns *columns, uint32_t index, enum colour colour, const char *text)
{
	uint32_t width = text_width(text);
	uint32_t padding = columns->width[index] > width ? columns->width[index] - width : 0;
	bool is_coloured = columns->has_colour && colour != COLOUR_NONE;

	if (columns->column[index].to_right)
		blanks_put(columns, padding);
	put(columns, colour_on(colour, is_coloured));
	put(columns, text);
	put(columns, colour_off(is_coloured));
	blanks_put(columns, (columns->column[index].to_right ? 0 : padding) + GAP);
}

/* A row whose last cells are empty must not end in blanks: what is empty at the end is left out. */
static void row_put(struct columns *columns, const char *const *text, const enum colour *colour)
{
	uint32_t end = columns->column_count;
	uint32_t used = 0;

	while (end > 1 && text[end - 1][0] == '\0')
		end--;
	for (uint32_t i = 0; i + 1 < end; i++) {
		uint32_t width = text_width(text[i]);
		cell_put(columns, i, colour[i], text[i]);
		used += (width > columns->width[i] ? width : columns->width[i]) + GAP;
	}
	if (columns->column[end - 1].to_right) {
		uint32_t width = text_width(text[end - 1]);
		if (columns->width[end - 1] > width)
			blanks_put(columns, columns->width[end - 1] - width);
	}
	last_put(columns, used, colour[end - 1], text[end - 1]);
}

static void header_put(struct columns *columns)
{
	const char *text[COLUMNS_MAX];
	enum colour colour[COLUMNS_MAX];

	for (uint32_t i = 0; i < columns->column_count; i++) {
		text[i] = columns->column[i].header;
		colour[i] = COLOUR_BOLD;
	}
	row_put(columns, text, colour);
}

/* Puts every complete row that is kept. */
static void rows_put(struct columns *columns)
{
	const char *text[COLUMNS_MAX];
	enum colour colour[COLUMNS_MAX];
	uint32_t at = 0;
	uint32_t index = 0;

	while (at < columns->rows.len_octets) {
		const char *cell = text_buffer_of(&columns->rows) + at;
		colour[index] = (enum colour)(cell[0] - 'a');
		text[index++] = cell + 1;
		at += (uint32_t)strlen(cell) + 1;
		if (index == columns->column_count) {
			row_put(columns, text, colour);
			index = 0;
		}
	}
	CHECK(index == 0);
	text_buffer_clear(&columns->rows);
}

static void settle(struct columns *columns)
{
	if (!columns->is_settled) {
		columns->is_settled = true;
		header_put(columns);
	}
	rows_put(columns);
}

void columns_cell(struct columns *columns, enum colour colour, const char *format, ...)
{
	char raw[TEXT_PUT_MAX + 1];
	char cell[COLUMNS_CELL_MAX + 1];
	uint32_t index = columns->cell_count % columns->column_count;
	va_list arguments;

	CHECK(colour < COLOUR_COUNT);
	va_start(arguments, format);
	(void)vsnprintf(raw, sizeof raw, format, arguments);
	va_end(arguments);
	(void)utf8_clean(octets_of_text(raw), UTF8_BAD_TEXT, cell, sizeof cell);

	uint32_t width = text_width(cell);
	if (!columns->is_settled && width > columns->width[index])
		columns->width[index] = width;
	const char letter = (char)('a' + (int)colour);
	struct text_sink rows = text_buffer_sink(&columns->rows);
	if (!text_put_octets(rows, &letter, 1) || !text_put_octets(rows, cell, strlen(cell) + 1))
		columns->failed = true;
	columns->cell_count++;
	bool row_ends = columns->cell_count % columns->column_count == 0;
	bool is_full = columns->cell_count >= COLUMNS_ROWS_MAX * columns->column_count;
	if (row_ends && (columns->is_settled || is_full) && !columns->failed)
		settle(columns);
}

bool columns_end(struct columns *columns)
{
	CHECK(columns->cell_count % columns->column_count == 0);
	if (!columns->failed)
		settle(columns);
	return !columns->failed;
}
