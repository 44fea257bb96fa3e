/* kit/tap.h — the tests' harness: TAP with a plan, each case in a child with a time limit.
 *
 * A case that ends by a signal, runs over its time, or checks nothing at all is a failure.
 * TAP_SEED=n in the environment gives random cases their seed, TAP_ONLY=name runs one case; a
 * failing case prints the line that runs it again.
 * Thread  one */
#ifndef KIT_TAP_H
#define KIT_TAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tap_case {
	const char *name;
	void (*run)(void);
	uint32_t limit_s; /* 0 = TAP_LIMIT_S */
};

#define TAP_LIMIT_S 60u

int tap_main(const char *program, const struct tap_case *cases, size_t count);

#define TAP_MAIN(cases) \
	int main(int argc, char **argv) \
	{ \
		(void)argc; \
		return tap_main(argv[0], cases, sizeof(cases) / sizeof *(cases)); \
	}

/* Ends the case as passed, saying why it could not run. */
void tap_skip(const char *why);

/* From TAP_SEED, or fixed. */
uint64_t tap_seed(void);

#define expect_true(condition) tap_true((condition), #condition, __FILE__, __LINE__)
#define expect_u64(actual, expected) \
	tap_u64((uint64_t)(actual), (uint64_t)(expected), #actual, __FILE__, __LINE__)
#define expect_text(actual, expected) tap_text((actual), (expected), #actual, __FILE__, __LINE__)
#define expect_octets(actual, actual_len, expected, expected_len) \
	tap_octets((actual), (actual_len), (expected), (expected_len), #actual, __FILE__, __LINE__)

/* Names the row of a table that the following checks are about; NULL ends it. */
void tap_row(const char *name);
void tap_true(bool passed, const char *what, const char *file, int line);
void tap_u64(uint64_t actual, uint64_t expected, const char *what, const char *file, int line);
void tap_text(const char *actual, const char *expected, const char *what, const char *file,
	      int line);
void tap_octets(const void *actual, size_t actual_len, const void *expected, size_t expected_len,
		const char *what, const char *file, int line);

#endif
