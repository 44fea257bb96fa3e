/* base/fault.h — operating errors as values.
 *
 * A fault is what went wrong outside the program: bad input, a bound reached, the kernel's refusal.
 * It is eight octets, returned by value and never ignored.  Programmer errors are CHECKs.
 * Thread  any */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <stdbool.h>
#include <stdint.h>

enum fault_kind {
	FAULT_NONE = 0,  /* success is the zero value */
	FAULT_SHORT,     /* input ended inside an item */
	FAULT_MALFORMED, /* input breaks its grammar */
	FAULT_LIMIT,     /* a stated bound was reached; memory is one of them */
	FAULT_AGAIN,     /* nothing wrong, nothing ready */
	FAULT_ABSENT,    /* what was asked for is not there */
	FAULT_CONFLICT,  /* what was asked for contradicts what is there */
	FAULT_SYSTEM,    /* the kernel or a library said no; code is errno or the library's code */
};

struct fault {
	uint16_t kind;     /* enum fault_kind */
	uint16_t code;     /* NOTIFICATION subcode, errno, library code: by kind */
	uint32_t at_octet; /* where in the input; 0 when not about input */
};

#define MUST_USE __attribute__((warn_unused_result))
#define CLEAN(fini) __attribute__((cleanup(fini)))
#define TRY(expr) \
	do { \
		struct fault try_ = (expr); \
		if (failed(try_)) \
			return try_; \
	} while (0)

static inline bool failed(struct fault fault)
{
	return fault.kind != FAULT_NONE;
}

static inline struct fault fault_none(void)
{
	return (struct fault){ 0 };
}

static inline struct fault fault_of(enum fault_kind kind, uint16_t code)
{
	return (struct fault){ .kind = (uint16_t)kind, .code = code };
}

static inline struct fault fault_at(enum fault_kind kind, uint16_t code, uint32_t at_octet)
{
	return (struct fault){ .kind = (uint16_t)kind, .code = code, .at_octet = at_octet };
}

/* A word or some for the kind: "malformed", "out of memory, or too much"; never NULL. */
const char *fault_word(struct fault fault);

#endif
