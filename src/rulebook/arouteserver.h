/* rulebook/arouteserver.h — ARouteServer's general.yml as a proposed rule book.
 *
 * The shipped rule book with what the file sets of it.  What belongs to the machine, and what has
 * no counterpart, is a warning each: nothing is taken over unseen.
 * Owns    nothing
 * Faults  false with complaints, each with file, line and column: no YAML, or a value that is none
 * Thread  one at a time
 * Source  ARouteServer's documentation of general.yml */
#ifndef RULEBOOK_AROUTESERVER_H
#define RULEBOOK_AROUTESERVER_H

#include "rulebook/rulebook.h"

bool rulebook_of_arouteserver(const char *file, struct octets text, struct rulebook *out,
			      struct complaints *complaints);

#endif
