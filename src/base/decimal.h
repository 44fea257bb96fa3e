/* base/decimal.h — numbers written as people write them: the whole text, digits alone, no leading
 * zero, so that a number has one text.
 * Faults  false; *out is untouched
 * Thread  any */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/octets.h"

bool decimal_read(struct octets text, uint64_t max, uint64_t *out);
bool decimal_read_u32(struct octets text, uint32_t max, uint32_t *out);
bool decimal_u32(const char *text, uint32_t max, uint32_t *out);

/* "1,239,032", for eyes. */
#define DECIMAL_GROUPED_MAX 27u
void decimal_grouped(uint64_t number, char out[DECIMAL_GROUPED_MAX]);

#endif
