/* text/json_read.h — one JSON document into a tree of Jansson's, within bounds.
 *
 * Names that stand twice in an object are refused: two readers would take different ones.
 * Owns    the caller the tree: json_decref
 * Faults  NULL with a complaint that names line and column
 * Bound   octets_max, JSON_READ_DEPTH_MAX collections inside each other: the parser below calls
 *         itself for each
 * Thread  any, after the first call */
#ifndef TEXT_JSON_READ_H
#define TEXT_JSON_READ_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/complaint.h"
#include "base/octets.h"

#define JSON_READ_DEPTH_MAX 32u

/* `file` is only named in complaints.  `seed`, unpredictable and not 0, keys the tree's tables; the
 * first one given stays. */
json_t *json_read(const char *file, struct octets text, uint32_t octets_max, size_t seed,
		  struct complaints *complaints);

#endif
