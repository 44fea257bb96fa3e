/* text/screen.h — a door before a person's terminal: what would steer it does not pass.
 *
 * Names are checked where they come in; a database that somebody edited was not.  Line breaks, tabs
 * and the colours of text/columns.h pass, other control characters, marks that change the direction
 * of writing and what is no UTF-8 become question marks.  A character comes whole in one piece.
 * Owns    nothing
 * Faults  those of the sink behind it
 * Thread  one */
#ifndef TEXT_SCREEN_H
#define TEXT_SCREEN_H

#include "text/sink.h"

struct text_screen {
	struct text_sink to;
};

struct text_sink text_screen_init(struct text_screen *screen, struct text_sink to);

#endif
