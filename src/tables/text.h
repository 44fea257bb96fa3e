/* tables/text.h — fields of a line, and the readers of lines.  For this folder only.
 * Owns    nothing
 * Faults  MALFORMED: complained, with line and column
 * Thread  one at a time */
#ifndef TABLES_TEXT_H
#define TABLES_TEXT_H

#include "base/wr.h"
#include "tables/reader.h"

/* A stretch of the line that ends before any of the octets in `stops`; rd stands on the stop. */
struct octets text_take_until(struct rd *rd, const char *stops);
/* Blanks and tabs; false when there was none. */
bool text_skip_blanks(struct rd *rd);
/* The next octet, or 0 at the end. */
uint8_t text_peek(const struct rd *rd);

bool text_address(struct octets text, struct address *out);
/* Counts it when bits behind the length were cleared. */
bool text_prefix(struct table_reader *reader, struct octets text, struct prefix *out);

/* Refuses at the column where `text` stands in the line: `expected` "is not a prefix". */
struct fault text_refuse(struct table_reader *reader, const struct rd *rd, struct octets text,
			 const char *expected);

/* "64496 {64497,64498}" or "64496 { 64497 64498 }" as segments of four-octet ASNs. */
bool text_path(struct octets text, struct wr *wr, struct octets *out);

bool text_is_dump(struct octets line);
MUST_USE struct fault text_dump_read(struct table_reader *reader, struct rd *rd);

bool text_is_bird(struct octets line);
MUST_USE struct fault text_bird_read(struct table_reader *reader, struct rd *rd);
MUST_USE struct fault text_bird_end(struct table_reader *reader);
void text_bird_free(struct table_reader *reader);

#endif
