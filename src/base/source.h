/* base/source.h — where a stream of octets comes from: a function that a test can replace.
 *
 * What reads files of any size is given a struct source and stays a function of octets; sys/ gives
 * one on a file, a test one on an array.
 * Owns    nothing
 * Faults  whatever the source meets; it has complained, naming itself and the place
 * Thread  one at a time */
#ifndef BASE_SOURCE_H
#define BASE_SOURCE_H

#include <stdint.h>

#include "base/complaint.h"
#include "base/fault.h"

struct source {
	/* At most `room_octets` > 0 octets; *len_octets is 0 only at the end. */
	struct fault (*read)(struct source *source, uint8_t *out, uint32_t room_octets,
			     uint32_t *len_octets, struct complaints *complaints);
	const char *packing;   /* "gzip": octets are counted after unpacking; NULL = as stored */
	uint64_t taken_octets; /* of what is stored, so far; for showing progress */
	uint64_t total_octets; /* of what is stored; 0 = not known */
};

#endif
