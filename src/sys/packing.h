/* sys/packing.h — the ways a file can be packed, each as begin, step and end over memory.  For
 * sys/unpack.c only.
 * Owns    the library's state between begin and end
 * Faults  MALFORMED: the data is not what the packing writes · LIMIT: memory
 * Thread  one at a time */
#ifndef SYS_PACKING_H
#define SYS_PACKING_H

#include <bzlib.h>
#include <lzma.h>
#include <stdbool.h>
#include <zlib.h>
#include <zstd.h>

#include "base/fault.h"
#include "base/octets.h"

union packing_state {
	z_stream gzip;
	bz_stream bzip2;
	ZSTD_DStream *zstd;
	lzma_stream xz;
};

struct packing_step {
	const uint8_t *in;
	uint32_t in_octets; /* what is left of it afterwards */
	uint8_t *out;
	uint32_t out_octets;
	bool member_ended;
};

struct packing {
	const char *name;
	struct octets magic;
	struct fault (*begin)(union packing_state *state);
	struct fault (*step)(union packing_state *state, struct packing_step *step);
	void (*end)(union packing_state *state);
};

/* The packing whose magic these first octets bear; NULL for none. */
const struct packing *packing_find(struct octets head);
#define PACKING_MAGIC_OCTETS_MAX 6u

#endif
