/* fuzz/target.h — what every fuzz target is: a function of octets that must neither crash nor break
 * what it says in MUST.  libFuzzer calls it, or fuzz/replay.c with the corpus.
 * Thread  one */
#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define MUST(condition) \
	do { \
		if (!(condition)) \
			abort(); \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
