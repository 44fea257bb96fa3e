/* text/columns.h — an aligned table for a terminal.
 *
 * Rows are kept until COLUMNS_ROWS_MAX or the end, whichever comes first; then the widths are
 * settled, and every later row is put as it comes (a wider cell pushes its own row only).
 * Shape   a header row; columns two blanks apart; no blanks at the end of a line.  Cells may hold
 *         anything: what is not UTF-8, controls and marks of direction become U+FFFD
 * Owns    the rows it keeps: columns_init/_fini
 * Faults  sticky: after the sink or the heap refused once, columns_end says so
 * Bound   COLUMNS_MAX columns, COLUMNS_CELL_MAX octets a cell (more is cut), COLUMNS_ROWS_MAX rows
 * Thread  one */
#ifndef TEXT_COLUMNS_H
#define TEXT_COLUMNS_H

#include "base/fault.h"
#include "text/sink.h"

#define COLUMNS_MAX 24u
#define COLUMNS_CELL_MAX 255u
#define COLUMNS_ROWS_MAX 4096u

enum colour {
	COLOUR_NONE = 0,
	COLOUR_BOLD,
	COLOUR_DIM,
	COLOUR_RED,
	COLOUR_GREEN,
	COLOUR_YELLOW,
	COLOUR_CYAN,
	COLOUR_COUNT,
};

struct column {
	const char *header;
	bool to_right; /* numbers */
};

struct columns {
	struct text_sink sink;
	const struct column *column;
	uint32_t column_count;
	bool has_colour;
	uint32_t line_max; /* 0 = lines may be as long as they are */
	uint32_t width[COLUMNS_MAX];
	struct text_buffer rows; /* a colour's letter, the text, a NUL: a cell */
	uint32_t cell_count;     /* of all rows */
	bool is_settled;
	bool failed;
};

/* `column` must outlive the table; has_colour: the output is a terminal that shows colours. */
void columns_init(struct columns *columns, struct heap *heap, struct text_sink sink,
		  const struct column *column, uint32_t column_count, bool has_colour);

/* The terminal is so wide: what is longer is cut in its last column, with an ellipsis.  0: not. */
void columns_fit(struct columns *columns, uint32_t line_max);

/* The next cell; a row ends by itself after its last. */
void columns_cell(struct columns *columns, enum colour colour, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts what is kept, the header also when there was no row.  A row must be complete. */
MUST_USE bool columns_end(struct columns *columns);
void columns_fini(struct columns *columns); /* for CLEAN */

/* A colour around text that is no table: the escape sequence, "" when there is no colour. */
const char *colour_on(enum colour colour, bool has_colour);
const char *colour_off(bool has_colour);

#endif
